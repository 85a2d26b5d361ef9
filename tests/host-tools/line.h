/* SPDX-License-Identifier: Apache-2.0 */
/* A serial line whose other end is the test's: a pseudo-terminal on which a headset speaks. */
#ifndef UT_TESTS_LINE_H
#define UT_TESTS_LINE_H

#include "dsp/features.h"
#include "firmware/wire.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct ut_line {
    int master, kept; /* kept: keeps the set-up of the line while nobody listens */
    char port[64];
};

static inline void ut_line_open(struct ut_line *l)
{
    l->master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(l->master >= 0);
    assert_int_equal(grantpt(l->master), 0);
    assert_int_equal(unlockpt(l->master), 0);
    (void)snprintf(l->port, sizeof l->port, "%s", ptsname(l->master));
    l->kept = open(l->port, O_RDWR | O_NOCTTY);
    assert_true(l->kept >= 0);
}

static inline void ut_line_close(struct ut_line *l)
{
    (void)close(l->kept);
    (void)close(l->master);
}

/* A receiver starts after the first delimiter. */
static inline void ut_line_begin(const struct ut_line *l)
{
    assert_int_equal(write(l->master, "x\0", 2), 2);
}

static inline void ut_line_say(const struct ut_line *l, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    uint8_t frame[UT_WIRE_FRAME_BYTES];
    size_t n = ut_wire_frame(record, frame);
    assert_int_equal(write(l->master, frame, n), n);
}

static const struct ut_wire_hello ut_line_hello = {1, 2, 3, UT_FEATURES_VERSION, 0xABCDEF01, "m7", "test"};

static inline void ut_line_say_hello(const struct ut_line *l, uint16_t features)
{
    struct ut_wire_hello h = ut_line_hello;
    uint8_t record[UT_WIRE_RECORD_BYTES];
    h.features_version = features;
    ut_wire_pack_hello(record, 1, &h);
    ut_line_say(l, record);
}

#endif
