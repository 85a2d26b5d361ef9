/* SPDX-License-Identifier: Apache-2.0 */
/* Packets over a line whose other end is here: among records, as they are, and a line that goes away. */
#include "host-tools/commands/update_link.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int line[2], opened, absent;
static struct ut_port port;
static struct ut_update_link_port over;
static struct ut_fault fault;

static int open_it(struct ut_port *p, struct ut_fault *f)
{
    if (absent != 0)
        return absent > 0 ? UT_PORT_OPENING : ut_fault_set(f, UT_EXIT_NO_DEVICE, "%s: none", p->name);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, line) != 0)
        return UT_PORT_REFUSED;
    opened++;
    p->fd = line[0];
    return UT_PORT_OPEN;
}

static void close_it(struct ut_port *p)
{
    if (p->fd >= 0)
        close(p->fd);
}

static const struct ut_port_kind kind = {.what = "line", .open = open_it, .close = close_it};
static const uint8_t answer[] = {9, 0, 0, 4, 0, 1, 7, 0, 0xA1, 0x61, 'x', 5};

static struct ut_update_link begin(int bare)
{
    port = (struct ut_port){.kind = &kind, .name = "LINE", .fd = -1};
    opened = absent = 0;
    struct ut_update_link l = ut_update_link_over(&over, &port, bare);
    assert_int_equal(l.open(l.ctx, 1000, &fault), 0);
    return l;
}

static void say(const void *bytes, size_t n)
{
    assert_int_equal(write(line[1], bytes, n), n);
}

/* As a headset does: between two records. */
static void say_answer(const uint8_t *packet, size_t len)
{
    struct ut_console c;
    size_t n;
    ut_console_init(&c);
    ut_console_send(&c, packet, len);
    for (const uint8_t *bytes; (bytes = ut_console_next(&c, &n)) != NULL; ut_console_sent(&c, n))
        say(bytes, n);
}

static void say_hello(void)
{
    uint8_t record[UT_WIRE_RECORD_BYTES], frame[UT_WIRE_FRAME_BYTES];
    const struct ut_wire_hello h = {.board = {'m', 'p', 's', '2'}};
    ut_wire_pack_hello(record, 0, &h);
    say(frame, ut_wire_frame(record, frame));
}

static void among_records(void **state)
{
    (void)state;
    uint8_t got[UT_UPDATE_PACKET_BYTES], packet[UT_UPDATE_PACKET_BYTES], sent[1024], pass[2];
    struct ut_update_link l = begin(0);
    memset(packet, 0x5A, sizeof packet);
    say_hello();
    say_answer(answer, sizeof answer);
    assert_int_equal(l.exchange(l.ctx, packet, sizeof packet, got, 2000, &fault), sizeof answer);
    assert_memory_equal(got, answer, sizeof answer);
    struct ut_console c;
    const uint8_t *arrived = NULL;
    size_t len = 0;
    ut_console_init(&c);
    ssize_t n = read(line[1], sent, sizeof sent);
    assert_int_equal(sent[0], 0); /* ends what another program may have left */
    for (ssize_t i = 0; i < n && arrived == NULL; i++)
        if (ut_console_take(&c, sent[i], pass) == 0)
            arrived = ut_console_packet(&c, &len);
    assert_non_null(arrived);
    assert_int_equal(len, sizeof packet);
    assert_memory_equal(arrived, packet, len);
    say_hello(); /* a record alone is no answer */
    assert_int_equal(l.exchange(l.ctx, packet, 10, got, 50, &fault), 0);
    assert_int_equal(l.started(l.ctx, 20), 0);
    say_answer(answer, sizeof answer);
    say_hello();
    assert_int_equal(l.started(l.ctx, 5000), 1);
    close(line[1]);
    assert_int_equal(l.exchange(l.ctx, packet, 10, got, 1000, &fault), -1);
    assert_int_equal(port.fd, -1);
    assert_int_equal(l.exchange(l.ctx, packet, 10, got, 1000, &fault), -1);
    assert_int_equal(l.open(l.ctx, 1000, &fault), 0);
    assert_int_equal(opened, 2);
    ut_port_close(&port);
    close(line[1]);
}

static void as_they_are(void **state)
{
    (void)state;
    uint8_t got[UT_UPDATE_PACKET_BYTES], sent[64];
    struct ut_update_link l = begin(1);
    say(answer, 5); /* in pieces, as notifications bring it */
    say(answer + 5, sizeof answer - 5);
    assert_int_equal(l.exchange(l.ctx, answer, sizeof answer, got, 2000, &fault), sizeof answer);
    assert_memory_equal(got, answer, sizeof answer);
    assert_int_equal(read(line[1], sent, sizeof sent), sizeof answer);
    assert_memory_equal(sent, answer, sizeof answer);
    say("\x09\0\xFF\xFF\0\1\7\0", 8); /* longer than any: not waited for */
    assert_int_equal(l.exchange(l.ctx, answer, sizeof answer, got, 50, &fault), 0);
    say(answer, sizeof answer);
    assert_int_equal(l.exchange(l.ctx, answer, sizeof answer, got, 2000, &fault), sizeof answer);
    assert_int_equal(l.started(l.ctx, 20), 0);
    close(line[1]);
    assert_int_equal(l.started(l.ctx, 5000), 1); /* the link's end is the restart */
}

static void a_port_that_stays_away(void **state)
{
    (void)state;
    struct ut_update_link l = begin(0);
    close(line[1]);
    ut_port_close(&port);
    absent = 1;
    memset(&fault, 0, sizeof fault);
    assert_int_equal(l.open(l.ctx, 50, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_NO_DEVICE);
    absent = -1;
    assert_int_equal(l.open(l.ctx, 50, &fault), -1);
    assert_string_equal(fault.text, "LINE: none");
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(among_records),
        cmocka_unit_test(as_they_are),
        cmocka_unit_test(a_port_that_stays_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
