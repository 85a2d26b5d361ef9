/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/port.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum { WRITE_MS = 1000 };

int ut_port_open(struct ut_port *p, struct ut_fault *fault)
{
    return p->kind->open(p, fault);
}

int ut_port_read(struct ut_port *p, uint8_t *data, size_t n, struct ut_fault *fault)
{
    struct pollfd q = {.fd = p->fd, .events = POLLIN};
    if (poll(&q, 1, 0) <= 0)
        return UT_PORT_NOTHING;
    ssize_t got = read(p->fd, data, n);
    if (got > 0)
        return (int)got;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return UT_PORT_NOTHING;
    /* ready but empty, or an error such as EIO: the other end has gone */
    if (p->kind->ended != NULL)
        return p->kind->ended(p, fault);
    (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: the %s has gone", p->name, p->kind->what);
    return UT_PORT_VANISHED;
}

int ut_port_rssi_dbm(const struct ut_port *p)
{
    return p->kind->rssi_dbm != NULL ? p->kind->rssi_dbm(p) : UT_PORT_NO_RSSI;
}

void ut_port_forget(struct ut_port *p)
{
    uint8_t data[512];
    struct ut_fault nothing_to_say;
    while (p->fd >= 0 && ut_port_read(p, data, sizeof data, &nothing_to_say) > 0)
        continue;
}

int ut_port_write(struct ut_port *p, const uint8_t *data, size_t n, struct ut_fault *fault)
{
    if (p->kind->write != NULL)
        return p->kind->write(p, data, n, fault);
    while (n > 0) {
        struct pollfd q = {.fd = p->fd, .events = POLLOUT};
        ssize_t put = poll(&q, 1, WRITE_MS) == 1 && (q.revents & POLLOUT) != 0 ? write(p->fd, data, n) : -1;
        if (put < 0 && (errno == EAGAIN || errno == EINTR) && (q.revents & POLLOUT) != 0)
            continue;
        if (put <= 0)
            return ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                                "%s: the %s takes no bytes; unplug the headset and plug it in", p->name, p->kind->what);
        data += put;
        n -= (size_t)put;
    }
    return 0;
}

int ut_port_offer(struct ut_port *p, const uint8_t *data, size_t n)
{
    struct ut_fault fault;
    struct pollfd room = {.fd = p->fd, .events = POLLOUT};
    if (p->kind->write != NULL)
        return p->kind->write(p, data, n, &fault);
    return poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0 && write(p->fd, data, n) == (ssize_t)n ? 0 : -1;
}

void ut_port_close(struct ut_port *p)
{
    p->kind->close(p);
    p->fd = -1;
}
