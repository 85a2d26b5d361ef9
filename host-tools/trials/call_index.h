/* SPDX-License-Identifier: Apache-2.0 */
/* Calls whose feelings are known: the INDEX.json that models/train/calls.py writes beside the calls it lays out.
 *
 * in    {"calls": [{"path", "speaker", "corpus", "gender", "stretches": [{"kind": "frustration" or "delight",
 *       "begin_ms", "end_ms"}], "speech": [[begin_ms, end_ms]]}]}; path relative to the file or absolute; corpus and
 *       gender may be missing; other members are ignored
 * out   calls in the file's order; stretches and the customer's turns in order of time, each with a length, none
 *       overlapping another
 * errors host-tools/system/fault.h: of the file, UT_EXIT_INDEX of what it says, out of memory
 * SPEC.md "Calls with known feelings".
 */
#ifndef UT_HOST_CALL_INDEX_H
#define UT_HOST_CALL_INDEX_H

#include "host-tools/system/fault.h"

#include <stddef.h>
#include <stdint.h>

enum ut_feeling { UT_FEELING_FRUSTRATION, UT_FEELING_DELIGHT, UT_FEELINGS };

/* "frustration", "delight" */
extern const char *const ut_feeling_name[UT_FEELINGS];

#define UT_CALL_INDEX_LONGEST_MS 86400000 /* of a call: a day */

struct ut_call_span {
    int64_t begin_ms, end_ms;
    int kind; /* of a stretch: enum ut_feeling */
};

struct ut_call_index {
    struct ut_known_call {
        char *path;                      /* as it can be opened */
        char *speaker, *corpus, *gender; /* "" = not said */
        struct ut_call_span *stretch;
        size_t stretches;
        struct ut_call_span *speech; /* the customer's turns */
        size_t turns;
    } * call;
    size_t calls; /* at least one */
};

/* 0, or -1 and *fault with *x empty. */
int ut_call_index_read(struct ut_call_index *x, const char *file, struct ut_fault *fault);

/* The same of text in memory; `file` is for messages and for the folder that paths are relative to. */
int ut_call_index_parse(struct ut_call_index *x, const char *text, const char *file, struct ut_fault *fault);

void ut_call_index_free(struct ut_call_index *x);

#endif
