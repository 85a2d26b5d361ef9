/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of label files share: one set of marks, parsed from a text, and what is asserted of it. */
#ifndef UT_TEST_MARKS_H
#define UT_TEST_MARKS_H

#include "host-tools/trials/marks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct ut_marks m;
static struct ut_fault fault;
static char text[2000];

/* The test's own parser on a copy of the contents. */
static int parse(const char *contents);

static inline int parse_with(int (*parser)(struct ut_marks *, char *, const char *, struct ut_fault *),
                             const char *contents)
{
    snprintf(text, sizeof text, "%s", contents);
    memset(&fault, 0, sizeof fault);
    return parser(&m, text, "in/x", &fault);
}

static inline int teardown(void **state)
{
    (void)state;
    ut_marks_free(&m);
    return 0;
}

static inline void mark(size_t i, int64_t begin_ms, int64_t end_ms, const char *says, int line)
{
    assert_true(i < m.n);
    assert_int_equal(m.mark[i].begin_ms, begin_ms);
    assert_int_equal(m.mark[i].end_ms, end_ms);
    assert_string_equal(m.mark[i].text, says);
    assert_int_equal(m.mark[i].line, line);
}

static inline void refused(const char *contents, const char *says)
{
    assert_int_equal(parse(contents), -1);
    assert_int_equal(fault.code, UT_EXIT_INDEX);
    assert_non_null(strstr(fault.text, says));
    assert_non_null(strchr(fault.text, ';')); /* what to do */
    ut_marks_free(&m);
}

#endif
