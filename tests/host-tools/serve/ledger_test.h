/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger under test, in a folder of its own, and events on their way into it. */
#ifndef UT_TESTS_HOST_TOOLS_LEDGER_TEST_H
#define UT_TESTS_HOST_TOOLS_LEDGER_TEST_H

#include "host-tools/serve/ledger.h"

#include "tests/host-tools/serve/floor_event.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/undertone-test-XXXXXX", path[60];
static struct ut_ledger *l;
static struct ut_fault fault;
static struct ut_ledger_event e[20];
static size_t count;
static char json[20][UT_FLOOR_EVENT_MAX];
static const int64_t NOW = 1800000000000, DAY = 86400000;

static inline void clear(void)
{
    char name[400];
    DIR *d = opendir(folder);
    for (struct dirent *f; d != NULL && (f = readdir(d)) != NULL;) {
        (void)snprintf(name, sizeof name, "%s/%s", folder, f->d_name);
        (void)unlink(name);
    }
    if (d != NULL)
        (void)closedir(d);
}

/* How many damaged ones were moved aside. */
static inline int aside(void)
{
    int n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *f; (f = readdir(d)) != NULL;)
        n += strstr(f->d_name, ".damaged-") != NULL;
    (void)closedir(d);
    return n;
}

static inline int teardown(void **state)
{
    (void)state;
    if (l != NULL)
        l->kind->close(l);
    return 0;
}

static inline void add(const char *device, const char *session, int sequence, const char *type)
{
    static const enum ut_floor_kind kinds[] = {UT_FLOOR_CALL, UT_FLOOR_CUE, UT_FLOOR_FLAG, UT_FLOOR_SCORE};
    int k = 0;
    (void)snprintf(json[count], sizeof json[count], "%s", ut_floor_event(session, sequence, type));
    while (ut_payload_parse(json[count], strlen(json[count]), kinds[k], &e[count].about) != UT_PAYLOAD_FINE)
        assert_true(++k < 4);
    (void)snprintf(e[count].device, sizeof e[count].device, "%s", device);
    e[count].json = json[count];
    count++;
}

static inline void take(int64_t now)
{
    assert_int_equal(l->kind->take(l, e, count, now, &fault), 0);
    count = 0;
}

static inline struct ut_ledger_counts counts(void)
{
    struct ut_ledger_counts c;
    assert_int_equal(l->kind->counts(l, &c, &fault), 0);
    return c;
}

#endif
