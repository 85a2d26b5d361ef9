/* SPDX-License-Identifier: Apache-2.0 */
/* Lines among frames: MCUmgr's own example, packets of every length there and back, what is damaged. */
#include "firmware/update/console.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define LINE                                                                                                           \
    "\x06\x09"                                                                                                         \
    "AA9IZWxsbywgd29ybGQhet4=\n"
static struct ut_console c;
static uint8_t passed[4096];
static size_t passed_len;
static unsigned packets;
static uint8_t got[UT_CONSOLE_PACKET_BYTES];
static size_t got_len;

static int setup(void **state)
{
    (void)state;
    ut_console_init(&c);
    passed_len = packets = 0;
    return 0;
}

static void take(const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t pass[2];
        unsigned n = ut_console_take(&c, ((const uint8_t *)bytes)[i], pass);
        assert_true(n <= 2 && passed_len + n <= sizeof passed);
        for (unsigned k = 0; k < n; k++)
            passed[passed_len++] = pass[k];
        size_t packet_len;
        const uint8_t *packet = n == 0 ? ut_console_packet(&c, &packet_len) : NULL;
        if (packet != NULL) {
            packets++;
            got_len = packet_len;
            memcpy(got, packet, packet_len);
        }
    }
}

/* All lines of a packet. */
static size_t lines_of(const uint8_t *packet, size_t len, uint8_t to[1024])
{
    static struct ut_console sender;
    size_t n = 0, piece;
    ut_console_init(&sender);
    ut_console_send(&sender, packet, len);
    for (const uint8_t *bytes; (bytes = ut_console_next(&sender, &piece)) != NULL;) {
        size_t some = piece > 7 ? 7 : piece; /* the link takes little at a time */
        memcpy(to + n, bytes, some);
        n += some;
        ut_console_sent(&sender, some);
    }
    return n;
}

/* "Hello, world!" as smp, a client in Python, shows it in its documentation. */
static void an_example(void **state)
{
    (void)state;
    uint8_t lines[1024];
    static const char many[] = "\x06\x09"
                               "AA9I\n"
                               "\x04\x14"
                               "ZWxs\n"
                               "\x04\x14"
                               "bywg\n"
                               "\x04\x14"
                               "d29y\n"
                               "\x04\x14"
                               "bGQh\n"
                               "\x04\x14"
                               "et4=\n";
    size_t n = lines_of((const uint8_t *)"Hello, world!", 13, lines);
    assert_int_equal(n, sizeof LINE - 1);
    assert_memory_equal(lines, LINE, n);
    take(LINE, sizeof LINE - 1);
    assert_int_equal(packets, 1);
    assert_int_equal(got_len, 13);
    assert_memory_equal(got, "Hello, world!", 13);
    take(many, sizeof many - 1);
    assert_int_equal(packets, 2);
    assert_int_equal(passed_len, 0);
}

static void every_length(void **state)
{
    (void)state;
    uint8_t packet[UT_CONSOLE_PACKET_BYTES], lines[1024];
    for (size_t i = 0; i < sizeof packet; i++)
        packet[i] = (uint8_t)(i * 13 + i / 256);
    for (size_t len = 0; len <= sizeof packet; len++) {
        size_t n = lines_of(packet, len, lines), begin = 0;
        for (size_t i = 0; i < n; i++)
            if (lines[i] == '\n') {
                assert_true(i + 1 - begin <= UT_CONSOLE_LINE_BYTES);
                begin = i + 1;
            }
        assert_int_equal(begin, n);
        packets = 0;
        take(lines, n);
        assert_int_equal(packets, 1);
        assert_int_equal(got_len, len);
        assert_memory_equal(got, packet, len);
    }
    assert_int_equal(passed_len, 0);
}

/* The pair inside a frame is the frame's; behind its 0, or a line's end, it is a line's. */
static void among_frames(void **state)
{
    (void)state;
    static const char frames[] = "\x05\x06\x09\x41\x06\x09\x01\x02\0"
                                 "\x06\x08rest\0"
                                 "\x04\x14xyz\0";
    take(frames, sizeof frames - 1);
    assert_int_equal(passed_len, sizeof frames - 1);
    assert_memory_equal(passed, frames, passed_len);
    take(LINE LINE, 2 * (sizeof LINE - 1));
    take(frames, sizeof frames - 1);
    assert_int_equal(packets, 2);
    assert_int_equal(passed_len, 2 * (sizeof frames - 1));
    take("abc", 3); /* a frame has begun: no line before its end */
    take(LINE, sizeof LINE - 1);
    assert_int_equal(packets, 2);
    take("\0", 1);
    take(LINE, sizeof LINE - 1);
    assert_int_equal(packets, 3);
}

static void damaged(void **state)
{
    (void)state;
    char line[] = LINE;
    for (size_t i = 2; i < sizeof line - 3; i++) {
        char was = line[i];
        line[i] = was == 'A' ? 'B' : 'A';
        take(line, sizeof line - 1);
        line[i] = '!';
        take(line, sizeof line - 1);
        line[i] = was;
    }
    assert_int_equal(packets, 0);
    take("\x06\x09"
         "AA9I\n" LINE,
         7 + sizeof LINE - 1); /* one that is cut off, and a new one */
    assert_int_equal(packets, 1);
    take("\x06\x09"
         "AAAA\n"
         "\x06\x09"
         "AA==\n"
         "\x06\x09"
         "=\n"
         "\x06\x09\n",
         21); /* no room for a CRC; nothing */
    assert_int_equal(packets, 1);
    static char longer[2000]; /* more than any packet has */
    memset(longer, 'A', sizeof longer);
    memcpy(longer, "\x06\x09//", 4);
    longer[sizeof longer - 1] = '\n';
    take(longer, sizeof longer);
    assert_int_equal(packets, 1);
    take(LINE, sizeof LINE - 1);
    assert_int_equal(packets, 2);
    take("\x06\x09"
         "AA9I",
         6); /* broken off, and then a line, or a frame's end and a line */
    take(LINE, sizeof LINE - 1);
    take("\x06\x09"
         "AA\0",
         5);
    take(LINE, sizeof LINE - 1);
    assert_int_equal(packets, 4);
    assert_int_equal(passed_len, 0);
}

/* What the link takes until it is records' again, at a time. */
static size_t pump(uint8_t *to, uint32_t now_us)
{
    size_t n = 0, piece;
    while (ut_console_holds(&c, now_us)) {
        const uint8_t *bytes = ut_console_next(&c, &piece);
        if (bytes == NULL)
            break;
        memcpy(to + n, bytes, piece);
        n += piece;
        ut_console_sent(&c, piece);
    }
    return n;
}

/* Records wait behind an answer, however long it took to make or to send; a 0 then parts them from the lines. */
static void records_wait(void **state)
{
    (void)state;
    uint8_t out[1024];
    uint32_t now = UINT32_MAX - 1000000;
    size_t piece;
    assert_int_equal(ut_console_holds(&c, now), 0);
    take(LINE, sizeof LINE - 1);
    now += 2 * UT_CONSOLE_REST_US; /* sectors were erased */
    ut_console_send(&c, got, got_len);
    assert_int_equal(ut_console_holds(&c, now), 1);
    assert_non_null(ut_console_next(&c, &piece));
    ut_console_sent(&c, 5);
    now += 2 * UT_CONSOLE_REST_US; /* nobody takes anything */
    assert_int_equal(pump(out, now), sizeof LINE - 1 - 5);
    assert_memory_equal(out, LINE + 5, sizeof LINE - 1 - 5);
    assert_int_equal(ut_console_holds(&c, now + UT_CONSOLE_REST_US), 1);
    assert_int_equal(pump(out, now + UT_CONSOLE_REST_US), 0);
    assert_int_equal(pump(out, now + UT_CONSOLE_REST_US + 1), 1);
    assert_int_equal(out[0], 0);
    assert_int_equal(ut_console_holds(&c, now + UT_CONSOLE_REST_US + 1), 0);
    ut_console_send(&c, got, got_len); /* another, while the 0 was due */
    assert_int_equal(pump(out, now), sizeof LINE - 1);
    assert_int_equal(ut_console_holds(&c, now + UT_CONSOLE_REST_US + 1), 1);
    ut_console_send(&c, got, got_len);
    assert_int_equal(pump(out, now + UT_CONSOLE_REST_US + 1), sizeof LINE - 1);
    assert_int_equal(ut_console_holds(&c, now + UT_CONSOLE_REST_US + 2), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_example, setup),   cmocka_unit_test_setup(every_length, setup),
        cmocka_unit_test_setup(among_frames, setup), cmocka_unit_test_setup(damaged, setup),
        cmocka_unit_test_setup(records_wait, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
