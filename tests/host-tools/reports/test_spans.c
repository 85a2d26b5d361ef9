/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/spans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Whatever the spans: parts lie edge to edge, cover everything, and name exactly the spans around them. */
static void partitions_cover_without_gaps(void **state)
{
    (void)state;
    uint32_t seed = 11;
    for (int round = 0; round < 200; round++) {
        struct ut_span span[12], *part;
        size_t n = (size_t)round % 13;
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525 + 1013904223;
            span[i].begin_ms = seed >> 8 & 63;
            span[i].end_ms = span[i].begin_ms + (seed >> 16 & 31);
            snprintf(span[i].label, sizeof span[i].label, "%c%c", 'a' + (int)(i % 4), 'a' + (int)(i % 4));
        }
        long parts = ut_spans_partition(span, n, 100, &part);
        assert_true(parts >= 1);
        int64_t at = 0;
        for (long k = 0; k < parts; k++) {
            assert_int_equal(part[k].begin_ms, at);
            assert_true(part[k].end_ms > at);
            for (size_t i = 0; i < n; i++) {
                int around = span[i].begin_ms <= part[k].begin_ms && span[i].end_ms >= part[k].end_ms;
                if (around)
                    assert_non_null(strstr(part[k].label, span[i].label));
            }
            for (char c = 'a'; c < 'e'; c++) {
                char name[3] = {c, c, '\0'};
                const char *found = strstr(part[k].label, name);
                int around = 0;
                for (size_t i = 0; i < n; i++)
                    around |= span[i].label[0] == c && span[i].begin_ms <= part[k].begin_ms &&
                              span[i].end_ms >= part[k].end_ms;
                assert_int_equal(found != NULL, around);
                assert_true(found == NULL || strstr(found + 2, name) == NULL); /* once */
            }
            at = part[k].end_ms;
        }
        assert_int_equal(at, 100);
        free(part);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(partitions_cover_without_gaps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
