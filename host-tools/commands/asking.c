/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/asking.h"

#include "firmware/control.h"
#include "firmware/image.h"
#include "host-tools/system/clock.h"

#include <poll.h>
#include <string.h>

enum { ANSWER_MS = 1000, ATTEMPTS = 4 };

int ut_asking_open(struct ut_port *port, struct ut_fault *fault)
{
    int wait_ms = port->kind->open_wait_ms > 0 ? port->kind->open_wait_ms : UT_PORT_OPEN_WAIT_MS;
    int64_t until = ut_clock_ms() + wait_ms;
    for (;;) {
        int state = ut_port_open(port, fault);
        if (state == UT_PORT_OPEN)
            return 0;
        if (state != UT_PORT_OPENING)
            return -1;
        if (ut_clock_ms() > until)
            return ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: no answer from this address; check it", port->name);
        (void)poll(NULL, 0, 10);
    }
}

/* 1 = the reply to this tag, 0 = none within the time, -1 and the fault. */
static int await(struct ut_asking *a, int op, struct ut_wire_reply *reply, struct ut_fault *fault)
{
    uint8_t data[512], record[UT_WIRE_RECORD_BYTES];
    for (int64_t until = ut_clock_ms() + ANSWER_MS, left; (left = until - ut_clock_ms()) > 0;) {
        struct pollfd q = {.fd = a->port->fd, .events = POLLIN};
        (void)poll(&q, 1, (int)left);
        int n = ut_port_read(a->port, data, sizeof data, fault);
        if (n < 0)
            return -1;
        for (int i = 0; i < n; i++)
            if (ut_wire_receive(&a->receiver, data[i], record) == 1 && ut_wire_unpack_reply(record, reply) == 0 &&
                reply->tag == a->tag && reply->op == op)
                return 1;
    }
    return 0;
}

int ut_asking_ask(struct ut_asking *a, int op, int key, const uint8_t *value, size_t len, struct ut_wire_reply *reply,
                  struct ut_fault *fault)
{
    struct ut_wire_request r = {.op = (uint8_t)op, .tag = ++a->tag, .key = (uint8_t)key, .len = (uint8_t)len};
    uint8_t record[UT_WIRE_RECORD_BYTES], line[1 + UT_WIRE_FRAME_BYTES] = {0}; /* a delimiter ends what came before */
    if (len > 0)
        memcpy(r.value, value, len);
    ut_wire_pack_request(record, 0, &r);
    size_t n = 1 + ut_wire_frame(record, line + 1);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (ut_port_write(a->port, line, n, fault) != 0)
            return -1;
        int got = await(a, op, reply, fault);
        if (got != 0)
            return got < 0 ? -1 : 0;
    }
    return ut_fault_set(
        fault, UT_EXIT_PROTOCOL,
        "%s: no headset answers here; see `undertone devices`, and that no other program reads this port",
        a->port->name);
}

int ut_asking_signer(struct ut_asking *a, uint8_t key[32], struct ut_fault *fault)
{
    uint8_t parts[3 * UT_WIRE_VALUE_BYTES];
    struct ut_wire_reply r;
    for (int i = 0; i < 3; i++) {
        if (ut_asking_ask(a, UT_CONTROL_IMAGE, UT_IMAGE_HEADER_BYTES / UT_WIRE_VALUE_BYTES + i, NULL, 0, &r, fault) !=
            0)
            return -1;
        if (r.error != UT_CONTROL_OK)
            return 0;
        memcpy(parts + (size_t)i * UT_WIRE_VALUE_BYTES, r.value, UT_WIRE_VALUE_BYTES);
    }
    memcpy(key, parts, 32);
    return 1;
}
