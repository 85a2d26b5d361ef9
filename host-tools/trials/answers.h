/* SPDX-License-Identifier: Apache-2.0 */
/* What people said of stretches of recorded calls, each for himself: the file that `undertone label` adds to.
 *
 * in    a table with path, begin_ms, end_ms, labeller, answer; paths are relative to it. An answer is frustration,
 *       delight, none, or unclear; of a labeller's answers about one stretch the last one counts
 * out   rows in their order; stretches by labellers; the label of each stretch that more than half gave
 * errors host-tools/system/fault.h: of the file; UT_EXIT_INDEX a row, with its line; UT_EXIT_LABEL_NAME an answer that
 *       is none; out of memory
 * A last row without a line's end is one that a fall of the power has cut, unless it is whole: it is passed over.
 * SPEC.md "Answers of labellers".
 */
#ifndef UT_HOST_ANSWERS_H
#define UT_HOST_ANSWERS_H

#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum ut_answer { UT_ANSWER_FRUSTRATION, UT_ANSWER_DELIGHT, UT_ANSWER_NONE, UT_ANSWER_UNCLEAR, UT_ANSWERS };

enum {
    UT_LABELLER = 21, /* with its zero: letters of ASCII, digits, . _ - */
    UT_LABELLERS_MAX = 64
};

#define UT_ANSWERS_HEAD "path\tbegin_ms\tend_ms\tlabeller\tanswer\n"

/* "frustration", ... */
extern const char *const ut_answer_name[UT_ANSWERS];

/* UT_ANSWERS = it is none. */
enum ut_answer ut_answer_find(const char *name);

bool ut_labeller_is(const char *name);

struct ut_answer_row {
    const char *path; /* as the file has it */
    int64_t begin_ms, end_ms;
    const char *labeller;
    enum ut_answer answer;
    int line;
};

struct ut_answers {
    char *text; /* what rows point into */
    struct ut_answer_row *row;
    size_t n, room;
    bool own_head; /* the file begins with UT_ANSWERS_HEAD: rows may be added to it as they stand */
    bool cut;      /* its last row is no whole one */
};

/* 0, or -1 and *fault with *a empty. */
int ut_answers_read(struct ut_answers *a, const char *file, struct ut_fault *fault);

/* The same of text from malloc, which is taken in any case. */
int ut_answers_parse(struct ut_answers *a, char *text, const char *file, struct ut_fault *fault);

void ut_answers_free(struct ut_answers *a);

/* Stretches by path and time, labellers by name; it points into the rows. */
struct ut_answer_table {
    struct ut_answer_stretch {
        const char *path;
        int64_t begin_ms, end_ms;
    } * stretch;
    size_t stretches, recordings;
    const char *labeller[UT_LABELLERS_MAX];
    size_t labellers;
    signed char *value; /* [stretch * labellers + labeller]: enum ut_answer; -1 = none was given */
};

/* 0, or -1 when out of memory. */
int ut_answer_table(struct ut_answer_table *t, const struct ut_answers *a);
void ut_answer_table_free(struct ut_answer_table *t);

/* What more than half of a stretch's answers say; UT_ANSWERS = nothing. */
enum ut_answer ut_answer_majority(const struct ut_answer_table *t, size_t stretch);

/* The stretches with frustration, delight or none by majority as a table of labels (labels.h): those of one label that
 * meet are one. folder: before each relative path, NULL = the table lies where the answers do. */
void ut_answer_labels(const struct ut_answer_table *t, const char *folder, FILE *out);

#endif
