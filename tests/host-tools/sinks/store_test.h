/* SPDX-License-Identifier: Apache-2.0 */
/* A store in a file of its own for the tests of its tables, empty at the begin of each. make_file and remove_file stand
 * around the group, setup and teardown around a test. */
#ifndef UT_TEST_STORE_H
#define UT_TEST_STORE_H

#include "host-tools/sinks/event_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/undertone-test-XXXXXX";
static struct ut_database *d;
static struct ut_fault fault;

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static int setup(void **state)
{
    (void)state;
    d = ut_database_open(path, &ut_event_table_kind, true, &fault);
    return d == NULL;
}

static int teardown(void **state)
{
    (void)state;
    ut_database_close(d);
    return truncate(path, 0);
}

/* An event of a call whose contact has the session's name, `sequence` ms after its start. */
static inline void put_event(const char *session, int64_t sequence, int64_t start, const char *type, const char *json)
{
    const struct ut_event_row row = {.session = session,
                                     .contact_id = session,
                                     .type = type,
                                     .json = json,
                                     .sequence = sequence,
                                     .start_ms = start,
                                     .at_ms = start + sequence};
    assert_int_equal(ut_event_table_put(d, &row, 1000, &fault), 1);
}

#endif
