/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/update_link.h"

#include "host-tools/system/clock.h"

#include <poll.h>
#include <string.h>

enum { RETRY_MS = 200, LINES_BYTES = 1024 };

static int left_ms(int64_t until)
{
    int64_t left = until - ut_clock_ms();
    return left > 0 ? (int)left : 0;
}

static int link_open(void *ctx, int ms, struct ut_fault *fault)
{
    struct ut_update_link_port *l = ctx;
    int64_t until = ut_clock_ms() + ms;
    ut_console_init(&l->console);
    ut_wire_receiver_init(&l->receiver);
    l->len = 0;
    while (l->port->fd < 0) {
        int state = ut_port_open(l->port, fault);
        if (state == UT_PORT_OPEN)
            break;
        if (state == UT_PORT_REFUSED)
            return -1;
        if (left_ms(until) == 0)
            return fault->code != 0
                       ? -1
                       : ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                                      "%s: does not come back; plug it in, and update it again", l->port->name);
        (void)poll(NULL, 0, state == UT_PORT_OPENING ? 10 : RETRY_MS);
    }
    return 0;
}

/* -1 and a closed port. */
static int lost(struct ut_update_link_port *l)
{
    ut_port_close(l->port);
    return -1;
}

static int send(struct ut_update_link_port *l, const uint8_t *packet, size_t len, struct ut_fault *fault)
{
    uint8_t lines[LINES_BYTES] = {0}; /* a 0 ends what came before */
    size_t n = 1, piece;
    if (l->bare)
        return ut_port_write(l->port, packet, len, fault);
    ut_console_send(&l->console, packet, len);
    for (const uint8_t *bytes; (bytes = ut_console_next(&l->console, &piece)) != NULL;) {
        if (n + piece <= sizeof lines) /* as 512 bytes and their lines do */
            memcpy(lines + n, bytes, piece);
        n += piece;
        ut_console_sent(&l->console, piece);
    }
    return ut_port_write(l->port, lines, n < sizeof lines ? n : sizeof lines, fault);
}

/* What is whole of a packet that comes as it is: its length, or 0. */
static size_t take_bare(struct ut_update_link_port *l, uint8_t byte)
{
    if (l->len == sizeof l->packet)
        l->len = 0;
    l->packet[l->len++] = byte;
    if (l->len < UT_UPDATE_HEADER_BYTES)
        return 0;
    size_t whole = UT_UPDATE_HEADER_BYTES + (size_t)(l->packet[2] << 8 | l->packet[3]);
    if (whole > sizeof l->packet) {
        l->len = 0; /* no packet at all: the next answer begins anew */
        return 0;
    }
    return l->len == whole ? whole : 0;
}

/* A byte of the link: the length of the packet that it ends, or 0; *hello when it ends one. */
static size_t take(struct ut_update_link_port *l, uint8_t byte, uint8_t answer[UT_UPDATE_PACKET_BYTES], bool *hello)
{
    uint8_t pass[2], record[UT_WIRE_RECORD_BYTES];
    size_t len = 0;
    if (l->bare) {
        len = take_bare(l, byte);
        if (len > 0)
            memcpy(answer, l->packet, len);
        l->len = len > 0 ? 0 : l->len;
        return len;
    }
    unsigned passed = ut_console_take(&l->console, byte, pass);
    for (unsigned i = 0; i < passed; i++)
        *hello |= ut_wire_receive(&l->receiver, pass[i], record) == 1 && ut_wire_type(record) == UT_WIRE_HELLO;
    const uint8_t *packet = passed == 0 ? ut_console_packet(&l->console, &len) : NULL;
    if (packet == NULL || len > UT_UPDATE_PACKET_BYTES)
        return 0;
    memcpy(answer, packet, len);
    return len;
}

/* Reads until a packet is whole, or a hello is where it is waited for. The packet's length, 0 when neither came in
 * time, -1 and *fault. */
static int receive(struct ut_update_link_port *l, uint8_t answer[UT_UPDATE_PACKET_BYTES], int64_t until, bool *hello,
                   struct ut_fault *fault)
{
    bool wanted = *hello;
    *hello = false;
    while (left_ms(until) > 0 && !(wanted && *hello)) {
        uint8_t data[512];
        struct pollfd q = {.fd = l->port->fd, .events = POLLIN};
        (void)poll(&q, 1, left_ms(until));
        int n = ut_port_read(l->port, data, sizeof data, fault);
        if (n < 0)
            return lost(l);
        for (int i = 0; i < n; i++) {
            size_t len = take(l, data[i], answer, hello);
            if (len > 0 && !wanted)
                return (int)len; /* one request, one answer: nothing of worth is behind it */
        }
    }
    return 0;
}

static int link_exchange(void *ctx, const uint8_t *packet, size_t len, uint8_t answer[UT_UPDATE_PACKET_BYTES], int ms,
                         struct ut_fault *fault)
{
    struct ut_update_link_port *l = ctx;
    bool hello = false;
    if (l->port->fd < 0)
        return -1;
    l->len = 0;
    if (send(l, packet, len, fault) != 0)
        return lost(l);
    return receive(l, answer, ut_clock_ms() + ms, &hello, fault);
}

/* A serial line: a hello, which no headset says between an answer and its restart. Bluetooth: the link ends. */
static int link_started(void *ctx, int ms)
{
    struct ut_update_link_port *l = ctx;
    struct ut_fault fault = {0};
    uint8_t answer[UT_UPDATE_PACKET_BYTES];
    for (int64_t until = ut_clock_ms() + ms; left_ms(until) > 0;) {
        bool hello = true;
        int got = l->port->fd < 0 ? -1 : receive(l, answer, until, &hello, &fault);
        if (got == 0 && hello)
            return 1;
        if (got < 0 && (l->bare || link_open(l, left_ms(until), &fault) != 0))
            return l->bare;
    }
    return 0;
}

static void link_pause(void *ctx, int ms)
{
    (void)ctx;
    (void)poll(NULL, 0, ms);
}

struct ut_update_link ut_update_link_over(struct ut_update_link_port *l, struct ut_port *port, bool bare)
{
    memset(l, 0, sizeof *l);
    l->port = port;
    l->bare = bare;
    return (struct ut_update_link){link_open, link_exchange, link_started, link_pause, l};
}
