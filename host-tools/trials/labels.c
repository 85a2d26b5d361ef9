/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/labels.h"

#include "host-tools/system/grow.h"
#include "host-tools/system/table.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NONE = UT_LABEL_KINDS, UNKNOWN, UNKNOWN_NAMED = 4 };

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

static int kind_of(const char *name)
{
    int kind = 0;
    if (strcasecmp(name, "none") == 0)
        return NONE;
    while (kind < UT_LABEL_KINDS && strcasecmp(ut_labels_name(kind), name) != 0)
        kind++;
    return kind < UT_LABEL_KINDS ? kind : UNKNOWN;
}

static bool is_label(const char *name)
{
    return kind_of(name) < UT_LABEL_KINDS;
}

/* What is being read, and the names in it that are no label. */
struct reading {
    struct ut_labels *labels;
    const char *file;
    struct ut_fault *fault;
    char unknown[UNKNOWN_NAMED][42]; /* the first of them, each once */
    int unknowns, line;              /* line: of the first */
    bool more;
};

static int no_memory(const struct reading *r)
{
    return ut_fault_set(r->fault, UT_EXIT_FAILURE, "%s: not enough memory", r->file);
}

/* The index of a call, made when new; -1 and the fault. Labels of one call mostly stand together: search from the end.
 * The path is taken. */
static long call_of(const struct reading *r, char *path)
{
    struct ut_labels *l = r->labels;
    if (path == NULL)
        return no_memory(r);
    for (size_t i = l->calls; i-- > 0;)
        if (strcmp(l->path[i], path) == 0) {
            free(path);
            return (long)i;
        }
    char **grown = ut_grow(l->path, &l->path_room, l->calls + 1, sizeof *grown);
    if (grown == NULL) {
        free(path);
        return no_memory(r);
    }
    l->path = grown;
    l->path[l->calls] = path;
    return (long)l->calls++;
}

static int add_label(const struct reading *r, const struct ut_label *label)
{
    struct ut_labels *l = r->labels;
    struct ut_label *grown = ut_grow(l->label, &l->label_room, l->n + 1, sizeof *grown);
    if (grown == NULL)
        return no_memory(r);
    l->label = grown;
    l->label[l->n++] = *label;
    return 0;
}

static void note_unknown(struct reading *r, const char *name, int line)
{
    char text[sizeof r->unknown[0]];
    snprintf(text, sizeof text, "%.40s", name);
    for (int i = 0; i < r->unknowns; i++)
        if (strcmp(r->unknown[i], text) == 0)
            return;
    r->more = r->unknowns == UNKNOWN_NAMED;
    if (r->more)
        return;
    r->line = r->unknowns == 0 ? line : r->line;
    memcpy(r->unknown[r->unknowns++], text, sizeof text);
}

/* 0; or -1 and the fault: one line with the names that are no labels and those that are. */
static int judge_names(const struct reading *r)
{
    char unknown[UNKNOWN_NAMED * 50] = "", known[600] = "";
    size_t at = 0;
    if (r->unknowns == 0)
        return 0;
    for (int i = 0; i < r->unknowns; i++)
        at += (size_t)snprintf(unknown + at, sizeof unknown - at, "%s'%s'", i > 0 ? ", " : "", r->unknown[i]);
    at = 0;
    for (int kind = 0; kind < UT_LABEL_KINDS && at < sizeof known; kind++)
        at += (size_t)snprintf(known + at, sizeof known - at, "%s, ", ut_labels_name(kind));
    return ut_fault_set(r->fault, UT_EXIT_LABEL_NAME, "%s:%d: no cue is named %s%s; labels are: %snone", r->file,
                        r->line, unknown, r->more ? " and others" : "", known);
}

/* Takes the path. 0, or -1 and the fault; an unknown name is noted. */
static int add(struct reading *r, char *path, struct ut_label *label, const char *name)
{
    int kind = kind_of(name);
    long call = call_of(r, path);
    if (call < 0)
        return -1;
    if (kind == UNKNOWN)
        note_unknown(r, name, label->line);
    if (kind == UNKNOWN || kind == NONE)
        return 0;
    label->call = (size_t)call;
    label->kind = kind;
    label->file = r->file;
    return add_label(r, label);
}

/* Where a table has what. */
struct columns {
    int path, label, time[2];
    bool seconds;
};

static const char *time_name(const struct columns *c, int i)
{
    return c->seconds ? (i == 0 ? "begin_s" : "end_s") : i == 0 ? "begin_ms" : "end_ms";
}

static int find_columns(const struct ut_table *t, struct columns *c, struct ut_fault *fault)
{
    c->path = ut_table_find(t, "path");
    c->label = ut_table_find(t, "label");
    c->seconds = ut_table_find(t, "begin_ms") < 0 && ut_table_find(t, "begin_s") >= 0;
    for (int i = 0; i < 2; i++)
        c->time[i] = ut_table_find(t, time_name(c, i));
    const char *lacks = c->path < 0      ? "path"
                        : c->time[0] < 0 ? time_name(c, 0)
                        : c->time[1] < 0 ? time_name(c, 1)
                        : c->label < 0   ? "label"
                                         : NULL;
    if (lacks == NULL)
        return 0;
    return ut_fault_set(fault, UT_EXIT_INDEX,
                        "%s:1: the header lacks %s; give a table with path, begin_ms, end_ms and label, an Audacity "
                        "label track, a Praat TextGrid or RTTM",
                        t->file, lacks);
}

static int read_row(struct reading *r, const struct ut_table *t, const struct columns *c)
{
    struct ut_label label = {.line = t->line};
    for (int i = 0; i < 4; i++)
        if ((const int[]){c->path, c->label, c->time[0], c->time[1]}[i] >= t->fields)
            return ut_fault_set(r->fault, UT_EXIT_INDEX, "%s:%d: %d columns, the header has %d; correct the row",
                                r->file, t->line, t->cells, t->columns);
    const char *path = t->field[c->path], *name = ut_marks_trim(t->field[c->label]);
    bool judged = is_label(name);
    if (path[0] == '\0')
        return ut_fault_set(r->fault, UT_EXIT_INDEX, "%s:%d: no path; name the call's audio file", r->file, t->line);
    for (int i = 0; i < 2 && judged; i++) {
        const char *text = t->field[c->time[i]];
        int64_t *ms = i == 0 ? &label.begin_ms : &label.end_ms;
        if (c->seconds ? ut_marks_seconds(text, ms) != 0 : ut_marks_milliseconds(text, ms) != 0)
            return ut_fault_set(r->fault, UT_EXIT_INDEX, "%s:%d: %s '%.60s' is not a time; give %s", r->file, t->line,
                                time_name(c, i), text, c->seconds ? "seconds" : "whole milliseconds");
    }
    if (judged && label.end_ms <= label.begin_ms)
        return ut_fault_set(r->fault, UT_EXIT_INDEX,
                            "%s:%d: the label ends at %lld ms, not after its begin at %lld ms; "
                            "correct the times",
                            r->file, t->line, (long long)label.end_ms, (long long)label.begin_ms);
    return add(r, ut_table_path(r->file, path), &label, name);
}

static int read_table(struct reading *r, char *text)
{
    struct ut_table t;
    struct columns c;
    if (text[0] == '\0')
        return ut_fault_set(r->fault, UT_EXIT_EMPTY, "%s: is empty; give a table with path, begin_ms, end_ms and label",
                            r->file);
    if (ut_table_open(&t, text, r->file, r->fault) != 0 || find_columns(&t, &c, r->fault) != 0)
        return -1;
    size_t before = r->labels->calls;
    int more, rows = 0;
    while ((more = ut_table_row(&t, r->fault)) > 0) {
        if (t.field[0][0] == '#')
            continue;
        if (read_row(r, &t, &c) != 0)
            return -1;
        rows++;
    }
    if (more == 0 && rows == 0 && r->labels->calls == before)
        return ut_fault_set(r->fault, UT_EXIT_INDEX, "%s: no rows; label some calls", r->file);
    return more;
}

/* What is no table. */
static int read_marks(struct reading *r, const struct ut_label_file *f)
{
    for (size_t i = 0; i < f->recordings; i++) /* also those in which nothing is marked */
        if (call_of(r, strdup(f->recording[i])) < 0)
            return -1;
    for (size_t i = 0; i < f->marks.n; i++) {
        const struct ut_mark *m = &f->marks.mark[i];
        struct ut_label label = {.begin_ms = m->begin_ms, .end_ms = m->end_ms, .line = m->line};
        if (add(r, strdup(m->recording), &label, m->text) != 0)
            return -1;
    }
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

static int find_overlap(const struct ut_labels *l, struct ut_fault *fault)
{
    const struct ut_label *last[UT_LABEL_KINDS] = {NULL};
    for (size_t i = 0; i < l->n; i++) {
        const struct ut_label *x = &l->label[i], *before = last[x->kind];
        if (before != NULL && before->call == x->call && x->begin_ms < before->end_ms) {
            const struct ut_label *late = x->line > before->line ? x : before, *early = late == x ? before : x;
            bool elsewhere = strcmp(early->file, late->file) != 0;
            return ut_fault_set(
                fault, UT_EXIT_LABEL_OVERLAP,
                "%s:%d: %s from %lld to %lld ms overlaps that of line %d%s%s (%lld to %lld ms); join or "
                "part them",
                late->file, late->line, ut_labels_name(x->kind), (long long)late->begin_ms, (long long)late->end_ms,
                early->line, elsewhere ? " of " : "", elsewhere ? early->file : "", (long long)early->begin_ms,
                (long long)early->end_ms);
        }
        last[x->kind] = x;
    }
    return 0;
}

/* What follows when everything is read: order, names, overlaps. */
static int judge(const struct reading *r)
{
    struct ut_labels *l = r->labels;
    if (l->n > 0)
        qsort(l->label, l->n, sizeof l->label[0], by_call_and_time);
    return find_overlap(l, r->fault);
}

int ut_labels_parse(struct ut_labels *l, char *text, const char *file, struct ut_fault *fault)
{
    struct reading r = {.labels = l, .file = file, .fault = fault};
    memset(l, 0, sizeof *l);
    if (read_table(&r, text) == 0 && judge_names(&r) == 0 && judge(&r) == 0)
        return 0;
    ut_labels_free(l);
    return -1;
}

int ut_labels_read(struct ut_labels *l, const char *const *file, size_t files, const struct ut_label_choice *choice,
                   struct ut_fault *fault)
{
    struct ut_label_choice named = *choice;
    struct reading r = {.labels = l, .fault = fault};
    int result = 0;
    memset(l, 0, sizeof *l);
    named.is_label = is_label;
    for (size_t i = 0; i < files && result == 0; i++) {
        struct ut_label_file f;
        r.file = file[i];
        r.unknowns = 0;
        result = ut_label_file_read(&f, file[i], &named, fault);
        if (result == 0)
            result = f.is_table ? read_table(&r, f.text) : read_marks(&r, &f);
        if (result == 0)
            result = judge_names(&r);
        ut_label_file_free(&f);
    }
    if (result == 0)
        result = judge(&r);
    if (result != 0)
        ut_labels_free(l);
    return result;
}

int ut_labels_fit(const struct ut_labels *l, size_t call, int64_t call_ms, struct ut_fault *fault)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->label[i].call == call && l->label[i].end_ms > call_ms + UT_MARKS_BEYOND_MS)
            return ut_fault_set(fault, UT_EXIT_LABEL_END,
                                "%s:%d: the label ends at %lld ms, %s at %lld ms; correct the time or the path",
                                l->label[i].file, l->label[i].line, (long long)l->label[i].end_ms, l->path[call],
                                (long long)call_ms);
    return 0;
}
