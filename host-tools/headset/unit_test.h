/* SPDX-License-Identifier: Apache-2.0 */
/* The test of a unit as its station judges it: each test's line, limits and their sources. SPEC.md "Test of a unit".
 *
 * in    lines of the test image, from anywhere
 * out   values, and whether they are within the limits
 */
#ifndef UT_HOST_UNIT_TEST_H
#define UT_HOST_UNIT_TEST_H

#include "host-tools/headset/factory_image.h"

#include <stddef.h>
#include <stdint.h>

enum { UT_UNIT_TESTS = 7, UT_UNIT_VALUES = 2, UT_UNIT_BOARD = 5 };

struct ut_unit_test {
    const char *name;   /* of its line */
    const char *what;   /* for people, when it fails */
    const char *prompt; /* what the operator does meanwhile; NULL = nothing */
    int values;
    int32_t low, high; /* of each value */
    int limit_ms;      /* until its answer */
    const char *source;
};

/* A test's place is its bit in the factory page. */
extern const struct ut_unit_test ut_unit_tests[UT_UNIT_TESTS];

/* The place of a test; -1 when there is none of that name. */
int ut_unit_test_named(const char *name);

/* 0, or -1: not this test's answer, or not with that many values. */
int ut_unit_test_read(const struct ut_unit_test *t, const char *line, int32_t value[UT_UNIT_VALUES]);

/* 1 when all values are within the limits. */
int ut_unit_test_passes(const struct ut_unit_test *t, const int32_t value[UT_UNIT_VALUES]);

/* What brings a level in the middle of its limits, whole dB. */
int ut_unit_trim_db(int32_t level_tenths);

struct ut_unit_greeting {
    char board[UT_UNIT_BOARD], serial[UT_UNIT_SERIAL];
    int by_watchdog;
};

/* 0, or -1: no greeting that this program knows. */
int ut_unit_greeting(const char *line, struct ut_unit_greeting *g);

#endif
