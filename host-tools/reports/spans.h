/* SPDX-License-Identifier: Apache-2.0 */
/* Spans of time that may overlap, as spans that do not.
 *
 * in    labelled spans in any order
 * out   parts from 0 to the end, edge to edge: cut wherever a span begins or ends, labels joined with " + ", gaps with
 *       empty labels. What begins and ends at once is left out.
 */
#ifndef UT_HOST_SPANS_H
#define UT_HOST_SPANS_H

#include <stddef.h>
#include <stdint.h>

struct ut_span {
    int64_t begin_ms, end_ms;
    char label[160];
};

/* Sorts span[]. The number written to *out (the caller frees it), or -1 when out of memory. */
long ut_spans_partition(struct ut_span *span, size_t n, int64_t end_ms, struct ut_span **out);

#endif
