/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/spans.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_span_begin(const void *a, const void *b)
{
    const struct ut_span *x = a, *y = b;
    if (x->begin_ms != y->begin_ms)
        return x->begin_ms < y->begin_ms ? -1 : 1;
    return strcmp(x->label, y->label);
}

static int by_time(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Adds one more span's label; one that is there already is not repeated, one that does not fit is left out. */
static void join(char *label, size_t room, const char *more)
{
    size_t used = strlen(label), len = strlen(more);
    const char *found = strstr(label, more);
    if (found != NULL && (found == label || found[-1] == ' ') && (found[len] == '\0' || found[len] == ' '))
        return;
    if (used + len + 4 < room)
        snprintf(label + used, room - used, "%s%s", used > 0 ? " + " : "", more);
}

long ut_spans_partition(struct ut_span *span, size_t n, int64_t end_ms, struct ut_span **out)
{
    int64_t *edge = malloc((2 * n + 2) * sizeof *edge);
    struct ut_span *part = malloc((2 * n + 1) * sizeof *part);
    size_t edges = 0, first = 0;
    long parts = 0;
    *out = part;
    if (edge == NULL || part == NULL) {
        free(edge);
        free(part);
        *out = NULL;
        return -1;
    }
    if (n > 0)
        qsort(span, n, sizeof *span, by_span_begin);
    edge[edges++] = 0;
    edge[edges++] = end_ms;
    for (size_t i = 0; i < n; i++) {
        if (span[i].begin_ms >= span[i].end_ms)
            continue; /* a moment cuts nothing */
        edge[edges++] = span[i].begin_ms < end_ms ? span[i].begin_ms : end_ms;
        edge[edges++] = span[i].end_ms < end_ms ? span[i].end_ms : end_ms;
    }
    qsort(edge, edges, sizeof *edge, by_time);
    for (size_t e = 0; e + 1 < edges; e++) {
        if (edge[e] == edge[e + 1])
            continue;
        struct ut_span *p = &part[parts++];
        *p = (struct ut_span){.begin_ms = edge[e], .end_ms = edge[e + 1]};
        while (first < n && span[first].end_ms <= p->begin_ms)
            first++;
        for (size_t i = first; i < n && span[i].begin_ms <= p->begin_ms; i++)
            if (span[i].end_ms >= p->end_ms)
                join(p->label, sizeof p->label, span[i].label);
    }
    free(edge);
    return parts;
}
