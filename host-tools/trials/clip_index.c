/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/clip_index.h"

#include "host-tools/system/grow.h"
#include "host-tools/system/table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const ut_clip_class[UT_MODEL_CLASSES] = {"frustration", "delight", "other"};

/* The path is taken. 0, or -1 and *fault. */
static int add_row(struct ut_clip_index *x, struct ut_clip_row row, char *path, struct ut_fault *fault)
{
    struct ut_clip_row *grown = path != NULL ? ut_grow(x->row, &x->room, x->rows + 1, sizeof *grown) : NULL;
    if (grown == NULL) {
        free(path);
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", row.file);
    }
    x->row = grown;
    row.path = path;
    x->row[x->rows++] = row;
    return 0;
}

/* UT_MODEL_CLASSES = none. */
static int class_of(const char *target)
{
    int truth = 0;
    while (truth < UT_MODEL_CLASSES && strcasecmp(target, ut_clip_class[truth]) != 0)
        truth++;
    return truth;
}

static bool is_class(const char *name)
{
    return class_of(name) < UT_MODEL_CLASSES;
}

/* Where a table has what; times are optional. */
struct columns {
    int path, target, speaker, call, time[2];
    bool seconds;
};

/* A clip's times, both or none. 0, or -1 and *fault. */
static int read_times(const struct ut_table *t, const struct columns *c, struct ut_clip_row *row,
                      struct ut_fault *fault)
{
    int64_t *ms[2] = {&row->begin_ms, &row->end_ms};
    const char *text[2];
    row->begin_ms = 0;
    row->end_ms = UT_CLIP_WHOLE_MS;
    for (int i = 0; i < 2; i++)
        text[i] = c->time[i] >= 0 && c->time[i] < t->fields ? t->field[c->time[i]] : "";
    if (text[0][0] == '\0' && text[1][0] == '\0')
        return 0;
    for (int i = 0; i < 2; i++)
        if (c->seconds ? ut_marks_seconds(text[i], ms[i]) != 0 : ut_marks_milliseconds(text[i], ms[i]) != 0)
            return ut_fault_set(fault, UT_EXIT_INDEX,
                                "%s:%d: '%.60s' is not a time; give %s, or leave begin and end empty", t->file, t->line,
                                text[i], c->seconds ? "seconds" : "whole milliseconds");
    if (row->end_ms > row->begin_ms)
        return 0;
    return ut_fault_set(fault, UT_EXIT_INDEX,
                        "%s:%d: the clip ends at %lld ms, not after its begin at %lld ms; correct the times", t->file,
                        t->line, (long long)row->end_ms, (long long)row->begin_ms);
}

/* A row is of the call of the row before it when both name the same one. */
static void find_call(struct ut_clip_index *x, struct ut_clip_row *row, const char *call, const char **last)
{
    if (*last == NULL || call[0] == '\0' || strcmp(call, *last) != 0)
        x->calls++;
    row->call = x->calls - 1;
    x->has_calls |= call[0] != '\0';
    *last = call;
}

int ut_clip_index_parse(struct ut_clip_index *x, char *text, const char *file, struct ut_fault *fault)
{
    struct ut_table t;
    const char *last = NULL;
    int more;
    if (ut_table_open(&t, text, file, fault) != 0)
        return -1;
    struct columns c = {.path = ut_table_find(&t, "path"),
                        .target = ut_table_find(&t, "target"),
                        .speaker = ut_table_find(&t, "speaker"),
                        .call = ut_table_find(&t, "call"),
                        .seconds = ut_table_find(&t, "begin_ms") < 0};
    c.time[0] = ut_table_find(&t, c.seconds ? "begin_s" : "begin_ms");
    c.time[1] = ut_table_find(&t, c.seconds ? "end_s" : "end_ms");
    if (c.path < 0 || c.target < 0 || c.speaker < 0)
        return ut_fault_set(
            fault, UT_EXIT_INDEX,
            "%s: the header lacks path, speaker or target; give a table with these columns, an Audacity "
            "label track, a Praat TextGrid or RTTM",
            file);
    while ((more = ut_table_row(&t, fault)) > 0) {
        struct ut_clip_row row = {.file = file, .line = t.line};
        if (c.path >= t.fields || c.target >= t.fields)
            return ut_fault_set(fault, UT_EXIT_INDEX, "%s:%d: fewer columns than the header; correct the row", file,
                                t.line);
        row.truth = class_of(ut_marks_trim(t.field[c.target]));
        if (row.truth == UT_MODEL_CLASSES) {
            x->skipped++;
            continue;
        }
        if (read_times(&t, &c, &row, fault) != 0)
            return -1;
        find_call(x, &row, c.call >= 0 && c.call < t.fields ? t.field[c.call] : "", &last);
        if (add_row(x, row, ut_table_path(file, t.field[c.path]), fault) != 0)
            return -1;
    }
    return more;
}

/* What is no table: each mark with a length is a clip. 0, or -1 and *fault. */
static int read_marks(struct ut_clip_index *x, const struct ut_label_file *f, const char *file, struct ut_fault *fault)
{
    for (size_t i = 0; i < f->marks.n; i++) {
        const struct ut_mark *m = &f->marks.mark[i];
        struct ut_clip_row row = {
            .file = file, .line = m->line, .begin_ms = m->begin_ms, .end_ms = m->end_ms, .truth = class_of(m->text)};
        if (row.truth == UT_MODEL_CLASSES || row.end_ms == row.begin_ms) {
            x->skipped++;
            continue;
        }
        row.call = x->calls++;
        if (add_row(x, row, strdup(m->recording), fault) != 0)
            return -1;
    }
    return 0;
}

int ut_clip_index_add(struct ut_clip_index *x, const char *file, const struct ut_label_choice *choice,
                      struct ut_fault *fault)
{
    struct ut_label_choice labelled = *choice;
    struct ut_label_file f;
    labelled.is_label = is_class;
    int result = ut_label_file_read(&f, file, &labelled, fault);
    if (result == 0)
        result = f.is_table ? ut_clip_index_parse(x, f.text, file, fault) : read_marks(x, &f, file, fault);
    ut_label_file_free(&f);
    return result;
}

void ut_clip_index_free(struct ut_clip_index *x)
{
    for (size_t i = 0; i < x->rows; i++)
        free(x->row[i].path);
    free(x->row);
    memset(x, 0, sizeof *x);
}
