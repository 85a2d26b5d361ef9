/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/simulate/truth.h"

#include "host-tools/system/timestamp.h"

#include <inttypes.h>
#include <stdio.h>

int ut_truth_open(struct ut_truth *t, const char *path, struct ut_fault *fault)
{
    *t = (struct ut_truth){0};
    if (path == NULL)
        return 0;
    if (ut_output_open(&t->output, path, fault) != 0)
        return -1;
    t->open = true;
    return 0;
}

int ut_truth_close(struct ut_truth *t, struct ut_fault *fault)
{
    if (!t->open)
        return 0;
    t->open = false;
    return ut_output_commit(&t->output, fault);
}

static void begin(struct ut_truth *t, const struct ut_truth_place *p, const char *kind)
{
    char at[UT_TIMESTAMP_TEXT];
    ut_timestamp_text(p->unix_ms, at);
    (void)fprintf(t->output.file,
                  "{\"Kind\":\"%s\",\"At\":\"%s\",\"Headset\":\"%s\",\"Call\":\"%s\",\"Number\":%u,"
                  "\"OffsetMillis\":%" PRIu32,
                  kind, at, p->headset, p->call, p->number, p->t_ms);
}

void ut_truth_moment(struct ut_truth *t, const struct ut_truth_place *p, const char *kind)
{
    if (!t->open)
        return;
    begin(t, p, kind);
    (void)fputs("}\n", t->output.file);
}

void ut_truth_record(struct ut_truth *t, const struct ut_truth_place *p, const uint8_t record[UT_WIRE_RECORD_BYTES],
                     const char *fate)
{
    if (!t->open)
        return;
    begin(t, p, "record");
    (void)fprintf(t->output.file, ",\"Fate\":\"%s\",\"Record\":\"", fate);
    for (int i = 0; i < UT_WIRE_RECORD_BYTES; i++)
        (void)fprintf(t->output.file, "%02x", record[i]);
    (void)fputs("\"}\n", t->output.file);
}

void ut_truth_event(struct ut_truth *t, const struct ut_truth_place *p, const struct ut_truth_event *e)
{
    if (!t->open)
        return;
    begin(t, p, "event");
    (void)fprintf(t->output.file,
                  ",\"Session\":\"%s\",\"Sequence\":%" PRIu32 ",\"Type\":\"%s\",\"Crc32\":\"%08" PRIx32 "\"}\n",
                  e->session, e->sequence, e->type, e->crc32);
}
