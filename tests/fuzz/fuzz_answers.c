/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as answers of labellers: refused with one line, or rows whose table has each labeller's last answer, and
 * whose labels are read back as labels that do not overlap. */
#define _XOPEN_SOURCE 700 /* open_memstream */
#include "host-tools/trials/answers.h"

#include "host-tools/trials/agreement.h"
#include "host-tools/trials/labels.h"

#include "tests/fuzz/begun.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The value that the table has for a row's stretch and labeller. */
static int value_of(const struct ut_answer_table *t, const struct ut_answer_row *row)
{
    size_t s = 0, l = 0;
    while (strcmp(t->stretch[s].path, row->path) != 0 || t->stretch[s].begin_ms != row->begin_ms ||
           t->stretch[s].end_ms != row->end_ms)
        if (++s == t->stretches)
            abort();
    while (strcmp(t->labeller[l], row->labeller) != 0)
        if (++l == t->labellers)
            abort();
    return t->value[s * t->labellers + l];
}

static bool same_cell(const struct ut_answer_row *a, const struct ut_answer_row *b)
{
    return strcmp(a->path, b->path) == 0 && a->begin_ms == b->begin_ms && a->end_ms == b->end_ms &&
           strcmp(a->labeller, b->labeller) == 0;
}

static void check_labels(const struct ut_answer_table *t)
{
    char *text = NULL;
    size_t n, wanted = 0;
    struct ut_labels labels;
    struct ut_fault fault = {0};
    FILE *out = open_memstream(&text, &n);
    ut_answer_labels(t, NULL, out);
    fclose(out);
    for (size_t i = 0; i < t->stretches; i++)
        wanted += ut_answer_majority(t, i) < UT_ANSWER_NONE;
    for (size_t i = 0; i < t->stretches; i++) /* a remark, or what is no name of a recording */
        if (strpbrk(t->stretch[i].path, "#\"\t\r\n") != NULL)
            wanted = 0;
    if (wanted > 0 && (ut_labels_parse(&labels, text, "f.tsv", &fault) != 0 || labels.n == 0 || labels.n > wanted))
        abort();
    if (wanted > 0)
        ut_labels_free(&labels);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const heads[] = {UT_ANSWERS_HEAD, UT_ANSWERS_HEAD "a.wav\t0\t9\tA\tdelight\n",
                                        "answer,path,begin_ms,end_ms,labeller\r\n",
                                        UT_ANSWERS_HEAD "b\t5\t9\tA\tnone\nb\t5\t9\tB\tfrustration\nb\t5\t9\tA\t"};
    struct ut_answers a;
    struct ut_answer_table t;
    struct ut_agreement g;
    struct ut_fault fault = {0};
    char *text = ut_begun_text(heads, data, size);
    if (text == NULL)
        return 0;
    if (ut_answers_parse(&a, text, "f.tsv", &fault) != 0) {
        if (fault.code == 0 || fault.text[0] == '\0' || a.n != 0 || a.text != NULL)
            abort();
        return 0;
    }
    if (ut_answer_table(&t, &a) != 0 || ut_agreement(t.value, t.stretches, t.labellers, &g) != 0)
        abort();
    for (size_t i = 0; i < a.n; i++) {
        bool last = true;
        for (size_t k = i + 1; k < a.n; k++)
            last = last && !same_cell(&a.row[i], &a.row[k]);
        if (last && value_of(&t, &a.row[i]) != (int)a.row[i].answer)
            abort();
    }
    if (g.alpha > 1 || g.low > g.high || g.units > t.stretches)
        abort();
    check_labels(&t);
    ut_answer_table_free(&t);
    ut_answers_free(&a);
    return 0;
}
