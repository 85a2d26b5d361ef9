/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/outputs.h"

#include "host-tools/screens/plain.h"
#include "host-tools/sinks/ndjson.h"
#include "host-tools/sinks/scores.h"
#include "host-tools/sinks/summary.h"
#include "host-tools/sinks/text.h"

#include <string.h>

static struct ut_sink *summary_file(FILE *stream, const char *path)
{
    (void)stream;
    return ut_summary_file_sink(path);
}

static const struct row {
    const char *name;
    struct ut_sink *(*make)(FILE *stream, const char *path);
} TABLE[] = {
    {"text", ut_text_sink},  {"plain", ut_plain_sink},  {"ndjson", ut_ndjson_sink},
    {"csv", ut_scores_sink}, {"call", ut_summary_sink}, {"summary", summary_file},
};

int ut_outputs_add(struct ut_sinks *list, const char *name, FILE *stream, const char *path, struct ut_fault *fault)
{
    for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++)
        if (strcmp(name, TABLE[i].name) == 0)
            return ut_sinks_add(list, TABLE[i].make(stream, path), fault);
    return ut_fault_set(fault, UT_EXIT_USAGE, "%s: no such output", name);
}
