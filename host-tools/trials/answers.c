/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/answers.h"

#include "host-tools/system/grow.h"
#include "host-tools/system/table.h"
#include "host-tools/system/text_file.h"
#include "host-tools/trials/marks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const ut_answer_name[UT_ANSWERS] = {"frustration", "delight", "none", "unclear"};

enum { PATH, BEGIN, END, LABELLER, ANSWER, COLUMNS };
static const char *const COLUMN[COLUMNS] = {"path", "begin_ms", "end_ms", "labeller", "answer"};

enum ut_answer ut_answer_find(const char *name)
{
    enum ut_answer i = 0;
    while (i < UT_ANSWERS && strcmp(name, ut_answer_name[i]) != 0)
        i++;
    return i;
}

bool ut_labeller_is(const char *name)
{
    static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t n = strlen(name);
    return n > 0 && n < UT_LABELLER && strspn(name, LETTERS) == n;
}

static int no_memory(const char *file, struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory; close other programs", file);
}

/* A row's fields as one. 0, or -1 and *fault. */
static int judge(const struct ut_table *t, const int column[COLUMNS], struct ut_answer_row *row, struct ut_fault *fault)
{
    char *field[COLUMNS];
    int64_t *time[] = {&row->begin_ms, &row->end_ms};
    for (int i = 0; i < COLUMNS; i++) {
        if (column[i] >= t->fields)
            return ut_fault_set(fault, UT_EXIT_INDEX, "%s:%d: %d columns, the header has %d; correct the row", t->file,
                                t->line, t->cells, t->columns);
        field[i] = t->field[column[i]];
    }
    for (int i = 0; i < 2; i++)
        if (ut_marks_milliseconds(field[BEGIN + i], time[i]) != 0)
            return ut_fault_set(fault, UT_EXIT_INDEX, "%s:%d: %s '%.60s' is not a time; give whole milliseconds",
                                t->file, t->line, COLUMN[BEGIN + i], field[BEGIN + i]);
    if (field[PATH][0] == '\0' || row->end_ms <= row->begin_ms)
        return ut_fault_set(fault, UT_EXIT_INDEX, "%s:%d: %s; correct the row", t->file, t->line,
                            field[PATH][0] == '\0' ? "no path" : "the stretch has no length");
    if (!ut_labeller_is(field[LABELLER]))
        return ut_fault_set(fault, UT_EXIT_INDEX,
                            "%s:%d: labeller '%.60s': give 1 to %d of A-Z, a-z, 0-9, dot, dash and underscore", t->file,
                            t->line, field[LABELLER], UT_LABELLER - 1);
    row->answer = ut_answer_find(field[ANSWER]);
    if (row->answer == UT_ANSWERS)
        return ut_fault_set(fault, UT_EXIT_LABEL_NAME,
                            "%s:%d: '%.60s' is no answer; answers are frustration, delight, none and unclear", t->file,
                            t->line, field[ANSWER]);
    row->path = field[PATH];
    row->labeller = field[LABELLER];
    row->line = t->line;
    return 0;
}

static int read_rows(struct ut_answers *a, const char *file, bool ended, struct ut_fault *fault)
{
    struct ut_table t;
    int column[COLUMNS], more;
    if (ut_table_open(&t, a->text, file, fault) != 0)
        return -1;
    for (int i = 0; i < COLUMNS; i++)
        if ((column[i] = ut_table_find(&t, COLUMN[i])) < 0)
            return ut_fault_set(fault, UT_EXIT_INDEX,
                                "%s:1: the header lacks %s; give a file that `undertone label` made", file, COLUMN[i]);
    while ((more = ut_table_row(&t, fault)) > 0) {
        struct ut_answer_row row;
        if (judge(&t, column, &row, fault) != 0) {
            a->cut = !ended && *t.next == '\0';
            if (!a->cut)
                return -1;
            *fault = (struct ut_fault){0};
            return 0;
        }
        struct ut_answer_row *grown = ut_grow(a->row, &a->room, a->n + 1, sizeof *grown);
        if (grown == NULL)
            return no_memory(file, fault);
        a->row = grown;
        a->row[a->n++] = row;
    }
    return more;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Those of all rows, by name; room for all. The number of them. */
static size_t name_labellers(const struct ut_answers *a, const char **name)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++)
        name[i] = a->row[i].labeller;
    if (a->n > 0)
        qsort(name, a->n, sizeof name[0], by_name);
    for (size_t i = 0; i < a->n; i++)
        if (n == 0 || strcmp(name[n - 1], name[i]) != 0)
            name[n++] = name[i];
    return n;
}

/* 0, or -1 and *fault. */
static int check_labellers(const struct ut_answers *a, const char *file, struct ut_fault *fault)
{
    const char **name = calloc(a->n + 1, sizeof *name);
    size_t n = name != NULL ? name_labellers(a, name) : 0;
    free(name);
    if (name == NULL)
        return no_memory(file, fault);
    return n <= UT_LABELLERS_MAX
               ? 0
               : ut_fault_set(fault, UT_EXIT_INDEX, "%s: %zu labellers, and %d are the most; part the file", file, n,
                              UT_LABELLERS_MAX);
}

int ut_answers_parse(struct ut_answers *a, char *text, const char *file, struct ut_fault *fault)
{
    size_t n = strlen(text);
    *a = (struct ut_answers){.text = text, .own_head = strncmp(text, UT_ANSWERS_HEAD, strlen(UT_ANSWERS_HEAD)) == 0};
    if (read_rows(a, file, n > 0 && text[n - 1] == '\n', fault) == 0 && check_labellers(a, file, fault) == 0)
        return 0;
    ut_answers_free(a);
    return -1;
}

int ut_answers_read(struct ut_answers *a, const char *file, struct ut_fault *fault)
{
    char *text = ut_text_file_read(file, "a file that `undertone label` made", fault);
    *a = (struct ut_answers){0};
    return text != NULL ? ut_answers_parse(a, text, file, fault) : -1;
}

void ut_answers_free(struct ut_answers *a)
{
    free(a->row);
    free(a->text);
    *a = (struct ut_answers){0};
}

static int by_place(const struct ut_answer_row *x, const struct ut_answer_row *y)
{
    int order = strcmp(x->path, y->path);
    if (order == 0)
        order = (x->begin_ms > y->begin_ms) - (x->begin_ms < y->begin_ms);
    return order != 0 ? order : (x->end_ms > y->end_ms) - (x->end_ms < y->end_ms);
}

static int by_place_and_line(const void *a, const void *b)
{
    const struct ut_answer_row *x = *(const struct ut_answer_row *const *)a,
                               *y = *(const struct ut_answer_row *const *)b;
    int order = by_place(x, y);
    return order != 0 ? order : (x > y) - (x < y);
}

static void fill(struct ut_answer_table *t, const struct ut_answer_row **row, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct ut_answer_row *x = row[i];
        if (i == 0 || by_place(row[i - 1], x) != 0) {
            t->recordings += i == 0 || strcmp(row[i - 1]->path, x->path) != 0;
            t->stretch[t->stretches++] = (struct ut_answer_stretch){x->path, x->begin_ms, x->end_ms};
        }
        const char **who = bsearch(&x->labeller, t->labeller, t->labellers, sizeof t->labeller[0], by_name);
        t->value[(t->stretches - 1) * t->labellers + (size_t)(who - t->labeller)] = (signed char)x->answer;
    }
}

int ut_answer_table(struct ut_answer_table *t, const struct ut_answers *a)
{
    const char **name = calloc(a->n + 1, sizeof *name);
    const struct ut_answer_row **row = calloc(a->n + 1, sizeof *row);
    memset(t, 0, sizeof *t);
    t->stretch = calloc(a->n + 1, sizeof *t->stretch);
    if (name != NULL) {
        t->labellers = name_labellers(a, name);
        memcpy(t->labeller, name, t->labellers * sizeof *name);
        t->value = malloc(a->n * t->labellers + 1);
    }
    free(name);
    bool fine = row != NULL && t->stretch != NULL && t->value != NULL;
    if (fine) {
        memset(t->value, -1, a->n * t->labellers + 1);
        for (size_t i = 0; i < a->n; i++)
            row[i] = &a->row[i];
        if (a->n > 0)
            qsort(row, a->n, sizeof row[0], by_place_and_line);
        fill(t, row, a->n);
    } else {
        ut_answer_table_free(t);
    }
    free(row);
    return fine ? 0 : -1;
}

void ut_answer_table_free(struct ut_answer_table *t)
{
    free(t->stretch);
    free(t->value);
    memset(t, 0, sizeof *t);
}

enum ut_answer ut_answer_majority(const struct ut_answer_table *t, size_t stretch)
{
    size_t n[UT_ANSWERS] = {0}, all = 0;
    for (size_t i = 0; i < t->labellers; i++) {
        int value = t->value[stretch * t->labellers + i];
        if (value >= 0) {
            n[value]++;
            all++;
        }
    }
    enum ut_answer most = 0;
    while (most < UT_ANSWERS && 2 * n[most] <= all)
        most++;
    return most;
}

static void put_label(FILE *out, const char *folder, const struct ut_answer_stretch *s, enum ut_answer label)
{
    bool within = folder == NULL || s->path[0] == '/';
    fprintf(out, "%s%s%s\t%" PRId64 "\t%" PRId64 "\t%s\n", within ? "" : folder, within ? "" : "/", s->path,
            s->begin_ms, s->end_ms, ut_answer_name[label]);
}

void ut_answer_labels(const struct ut_answer_table *t, const char *folder, FILE *out)
{
    struct ut_answer_stretch at[UT_ANSWER_UNCLEAR]; /* of each label the one that has yet to be written */
    bool there[UT_ANSWER_UNCLEAR] = {false};
    fputs("path\tbegin_ms\tend_ms\tlabel\n", out);
    for (size_t i = 0; i < t->stretches; i++) {
        enum ut_answer label = ut_answer_majority(t, i);
        const struct ut_answer_stretch *s = &t->stretch[i];
        if (label >= UT_ANSWER_UNCLEAR)
            continue;
        if (there[label] && strcmp(at[label].path, s->path) == 0 && s->begin_ms <= at[label].end_ms) {
            at[label].end_ms = s->end_ms > at[label].end_ms ? s->end_ms : at[label].end_ms;
            continue;
        }
        if (there[label])
            put_label(out, folder, &at[label], label);
        at[label] = *s;
        there[label] = true;
    }
    for (enum ut_answer label = 0; label < UT_ANSWER_UNCLEAR; label++)
        if (there[label])
            put_label(out, folder, &at[label], label);
}
