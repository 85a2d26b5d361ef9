/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/labels.h"

#include "host-tools/system/grow.h"
#include "host-tools/system/tsv.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH, BEGIN, END, LABEL, COLUMNS, FIELDS_MAX = 64 };

static const char *const column_name[COLUMNS] = {"path", "begin_ms", "end_ms", "label"};
static const int64_t latest_ms = INT32_MAX; /* a call is shorter */

const char *ut_labels_name(int kind)
{
    return kind < UT_CUES ? ut_cue_info[kind].name : kind == UT_LABEL_FRUSTRATION ? "frustration" : "delight";
}

void ut_labels_free(struct ut_labels *l)
{
    for (size_t i = 0; i < l->calls; i++)
        free(l->path[i]);
    free(l->path);
    free(l->label);
    memset(l, 0, sizeof *l);
}

/* Index of a call, made when new; -1 = out of memory. Rows of one call mostly stand together: search from the end. */
static long call_of(struct ut_labels *l, const char *file, const char *path)
{
    char *full = ut_tsv_path(file, path);
    if (full == NULL)
        return -1;
    for (size_t i = l->calls; i-- > 0;)
        if (strcmp(l->path[i], full) == 0) {
            free(full);
            return (long)i;
        }
    char **grown = ut_grow(l->path, &l->path_room, l->calls + 1, sizeof *grown);
    if (grown == NULL) {
        free(full);
        return -1;
    }
    l->path = grown;
    l->path[l->calls] = full;
    return (long)l->calls++;
}

static int add_label(struct ut_labels *l, const struct ut_label *label)
{
    struct ut_label *grown = ut_grow(l->label, &l->label_room, l->n + 1, sizeof *grown);
    if (grown == NULL)
        return -1;
    l->label = grown;
    l->label[l->n++] = *label;
    return 0;
}

static int parse_ms(const char *text, int64_t *ms)
{
    char *end;
    errno = 0;
    long long x = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || x < 0 || x > latest_ms)
        return -1;
    *ms = x;
    return 0;
}

static int kind_of(const char *name)
{
    for (int kind = 0; kind < UT_LABEL_KINDS; kind++)
        if (strcmp(ut_labels_name(kind), name) == 0)
            return kind;
    return -1;
}

static int read_row(struct ut_labels *l, char **field, const char *file, int line, struct ut_fault *fault)
{
    struct ut_label label = {.line = line, .kind = kind_of(field[LABEL])};
    bool none = strcmp(field[LABEL], "none") == 0;
    if (label.kind < 0 && !none)
        return ut_fault_set(fault, UT_EXIT_LABEL_NAME,
                            "%s:%d: no cue is named '%.60s'; write a name that `undertone cues` lists, frustration, "
                            "delight or none",
                            file, line, field[LABEL]);
    if (field[PATH][0] == '\0')
        return ut_fault_set(fault, UT_EXIT_INDEX, "%s:%d: no path; name the call's audio file", file, line);
    for (int i = BEGIN; i <= END && !none; i++)
        if (parse_ms(field[i], i == BEGIN ? &label.begin_ms : &label.end_ms) != 0)
            return ut_fault_set(fault, UT_EXIT_INDEX, "%s:%d: %s '%.60s' is not a time; give whole milliseconds", file,
                                line, column_name[i], field[i]);
    if (!none && label.end_ms <= label.begin_ms)
        return ut_fault_set(fault, UT_EXIT_INDEX,
                            "%s:%d: the label ends at %lld ms, not after its begin at %lld ms; "
                            "correct the times",
                            file, line, (long long)label.end_ms, (long long)label.begin_ms);
    long call = call_of(l, file, field[PATH]);
    if (call >= 0)
        label.call = (size_t)call;
    if (call < 0 || (!none && add_label(l, &label) != 0))
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", file);
    return 0;
}

static int by_call_and_time(const void *a, const void *b)
{
    const struct ut_label *x = a, *y = b;
    if (x->call != y->call)
        return x->call < y->call ? -1 : 1;
    if (x->begin_ms != y->begin_ms)
        return x->begin_ms < y->begin_ms ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static int find_overlap(const struct ut_labels *l, const char *file, struct ut_fault *fault)
{
    const struct ut_label *last[UT_LABEL_KINDS] = {NULL};
    for (size_t i = 0; i < l->n; i++) {
        const struct ut_label *x = &l->label[i], *before = last[x->kind];
        if (before != NULL && before->call == x->call && x->begin_ms < before->end_ms) {
            const struct ut_label *late = x->line > before->line ? x : before, *early = late == x ? before : x;
            return ut_fault_set(fault, UT_EXIT_LABEL_OVERLAP,
                                "%s:%d: %s from %lld to %lld ms overlaps that of line %d (%lld to %lld ms); join or "
                                "part them",
                                file, late->line, ut_labels_name(x->kind), (long long)late->begin_ms,
                                (long long)late->end_ms, early->line, (long long)early->begin_ms,
                                (long long)early->end_ms);
        }
        last[x->kind] = x;
    }
    return 0;
}

static int find_columns(char *header, int at[COLUMNS], int *fields, const char *file, struct ut_fault *fault)
{
    char *name[FIELDS_MAX];
    *fields = ut_tsv_split(header, name, FIELDS_MAX);
    for (int c = 0; c < COLUMNS; c++) {
        at[c] = ut_tsv_find(name, *fields < FIELDS_MAX ? *fields : FIELDS_MAX, column_name[c]);
        if (at[c] < 0)
            return ut_fault_set(fault, UT_EXIT_INDEX,
                                "%s:1: the header lacks %s; give a TSV with path, begin_ms, end_ms and label", file,
                                column_name[c]);
    }
    return 0;
}

static int parse(struct ut_labels *l, char *text, const char *file, struct ut_fault *fault)
{
    int at[COLUMNS], columns = 0, line = 0;
    for (char *record; (record = ut_tsv_line(&text)) != NULL;) {
        char *field[FIELDS_MAX], *row[COLUMNS];
        if (++line == 1) {
            if (find_columns(record, at, &columns, file, fault) != 0)
                return -1;
            continue;
        }
        if (record[0] == '\0' || record[0] == '#')
            continue;
        int n = ut_tsv_split(record, field, FIELDS_MAX);
        for (int c = 0; c < COLUMNS; c++) {
            if (at[c] >= n)
                return ut_fault_set(fault, UT_EXIT_INDEX, "%s:%d: %d columns, the header has %d; correct the row", file,
                                    line, n, columns);
            row[c] = field[at[c]];
        }
        if (read_row(l, row, file, line, fault) != 0)
            return -1;
    }
    if (line == 0)
        return ut_fault_set(fault, UT_EXIT_EMPTY, "%s: is empty; give a TSV with path, begin_ms, end_ms and label",
                            file);
    if (l->calls == 0)
        return ut_fault_set(fault, UT_EXIT_INDEX, "%s: no rows; label some calls", file);
    if (l->n > 0)
        qsort(l->label, l->n, sizeof l->label[0], by_call_and_time);
    return find_overlap(l, file, fault);
}

int ut_labels_parse(struct ut_labels *l, char *text, const char *file, struct ut_fault *fault)
{
    memset(l, 0, sizeof *l);
    if (parse(l, text, file, fault) == 0)
        return 0;
    ut_labels_free(l);
    return -1;
}

int ut_labels_read(struct ut_labels *l, const char *file, struct ut_fault *fault)
{
    memset(l, 0, sizeof *l);
    char *text = ut_tsv_read(file, fault);
    int result = text == NULL ? -1 : ut_labels_parse(l, text, file, fault);
    free(text);
    return result;
}

int ut_labels_fit(const struct ut_labels *l, size_t call, int64_t call_ms, const char *file, struct ut_fault *fault)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->label[i].call == call && l->label[i].end_ms > call_ms)
            return ut_fault_set(fault, UT_EXIT_LABEL_END,
                                "%s:%d: the label ends at %lld ms, %s at %lld ms; correct the time or the path", file,
                                l->label[i].line, (long long)l->label[i].end_ms, l->path[call], (long long)call_ms);
    return 0;
}
