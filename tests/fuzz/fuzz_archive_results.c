/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as what lies in the place of a call's results: a mark that is believed has its first line; a FILE.json
 * that is replaced is an object; a row made of any JSON has as many columns as the head. */
#define _XOPEN_SOURCE 700 /* mkdtemp, fmemopen */
#include "host-tools/reports/archive_results.h"

#include "host-tools/reports/archive_row.h"
#include "host-tools/system/json.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/undertone-fuzz-XXXXXX", json[60], done[60];

static void clear(void)
{
    (void)unlink(json);
    (void)unlink(done);
    (void)rmdir(folder);
}

static void fill(const char *path, const char *begin, const uint8_t *data, size_t size)
{
    FILE *f = fopen(path, "w");
    if (f == NULL || fputs(begin, f) < 0 || fwrite(data, 1, size, f) != size || fclose(f) != 0)
        abort();
}

static size_t columns(void (*put)(FILE *out, const json_t *call), const json_t *call)
{
    static char text[65536];
    size_t n = 1;
    FILE *out = fmemopen(text, sizeof text, "w");
    if (out == NULL)
        abort();
    put(out, call);
    long len = ftell(out);
    if (fclose(out) != 0 || len < 0 || (size_t)len >= sizeof text)
        abort();
    for (long i = 0; i < len; i++)
        n += text[i] == ',';
    return memchr(text, '\n', (size_t)len) == NULL ? n : 0;
}

static void put_head(FILE *out, const json_t *call)
{
    (void)call;
    ut_archive_row_head(out);
}

/* The first byte's bits: as FILE.json or as FILE.done, and whether a right first line of the mark stands before. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char identity[] = "5 7.000000008 s\n";
    static char name[] = "c.wav";
    const struct ut_archive_results r = {.out = folder, .ext = NULL, .settings = "s"};
    struct ut_archive_call c = {.name = name, .size = 5, .changed = {.tv_sec = 7, .tv_nsec = 8}};
    struct ut_fault fault = {0};
    if (json[0] == '\0') {
        if (mkdtemp(folder) == NULL || atexit(clear) != 0)
            abort();
        (void)snprintf(json, sizeof json, "%s/c.wav.json", folder);
        (void)snprintf(done, sizeof done, "%s/c.wav.done", folder);
    }
    if (size == 0)
        return 0;
    const uint8_t *rest = data + 1;
    (void)unlink(json);
    (void)unlink(done);
    if ((data[0] & 1) != 0) {
        const char *begin = (data[0] & 2) != 0 ? identity : "";
        fill(done, begin, rest, size - 1);
        bool believed = ut_archive_results_done(&r, &c);
        if (believed && (c.row == NULL || strchr(c.row, '\n') != NULL ||
                         (begin[0] == '\0' && memcmp(rest, identity, sizeof identity - 2) != 0)))
            abort();
        if (believed && ut_archive_results_check(&r, &c, &fault) != 0)
            abort();
        free(c.row);
        return 0;
    }
    fill(json, "", rest, size - 1);
    json_t *call = json_loadb((const char *)rest, size - 1, 0, NULL);
    if (ut_archive_results_check(&r, &c, &fault) == 0 && !json_is_object(call))
        abort();
    if (call != NULL && columns(ut_archive_row, call) != columns(put_head, NULL))
        abort();
    if ((ut_archive_results_mark(&r, &c, &fault) == 0) != (call != NULL))
        abort();
    if (call != NULL && !ut_archive_results_done(&r, &c))
        abort();
    free(c.row);
    json_decref(call);
    return 0;
}
