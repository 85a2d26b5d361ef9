/* SPDX-License-Identifier: Apache-2.0 */
/* A headset over Bluetooth Low Energy: a thread that finds it, connects, and frames each notification's records as a
 * serial line would, so that whoever reads the port sees one kind of bytes; requests go to its control, also of whoever
 * reads the stream. */
#include "host-tools/sources/bluez.h"
#include "host-tools/sources/port.h"

#include "firmware/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    FIND_MS = 10000,
    CONNECT_MS = 20000,
    OPEN_WAIT_MS = 40000,
    POLL_MS = 100,
    RSSI_MS = 5000,
    NOTIFICATION = 512 /* the longest attribute value there is */
};

struct ble {
    pthread_t thread;
    const char *who;   /* NULL = the only one */
    char address[24];  /* the headset's, complete before state is OPEN */
    const char *uuid;  /* read from */
    const char *asked; /* written to */
    int bare;          /* 1 = update packets: no records to frame */
    int mtu;           /* of the link */
    int to, from;      /* ends of the pipe */
    int request[2];    /* the port's end and the thread's, a request per packet */
    atomic_int stop;
    atomic_int state; /* enum ut_port_open */
    atomic_int rssi_dbm;
    struct ut_fault fault; /* complete before state leaves OPENING */
};

/* The records of one notification; what is left after the last whole one is passed on as a broken frame, which the
 * receiver counts. 0, or -1 when nobody reads any more. */
static int pass_on(const struct ble *b, const uint8_t *data, size_t n)
{
    if (b->bare)
        return write(b->to, data, n) == (ssize_t)n ? 0 : -1;
    for (; n > 0;) {
        uint8_t frame[UT_WIRE_FRAME_BYTES] = {1};
        size_t len = 2, taken = n;
        if (n >= UT_WIRE_RECORD_BYTES) {
            len = ut_wire_frame(data, frame);
            taken = UT_WIRE_RECORD_BYTES;
        }
        if (write(b->to, frame, len) != (ssize_t)len)
            return -1;
        data += taken;
        n -= taken;
    }
    return 0;
}

/* Requests are sent between notifications; one that the headset refuses gets no reply. */
static void pass_request(const struct ble *b, struct ut_bluez *bluez, const struct ut_bluez_device *d)
{
    uint8_t request[NOTIFICATION];
    ssize_t n = recv(b->request[1], request, sizeof request, MSG_DONTWAIT);
    if (b->bare && n > 0 && n <= b->mtu - 3)
        (void)ut_bluez_command(bluez, d, b->asked, request, (size_t)n);
    else if (!b->bare && n == UT_WIRE_RECORD_BYTES)
        (void)ut_bluez_write(bluez, d, b->asked, request, (size_t)n);
}

static void stream(struct ble *b, struct ut_bluez *bluez, const struct ut_bluez_device *d, int fd)
{
    for (int round = 0; !atomic_load(&b->stop); round++) {
        uint8_t data[NOTIFICATION];
        struct pollfd q[2] = {{.fd = fd, .events = POLLIN}, {.fd = b->request[1], .events = POLLIN}};
        (void)poll(q, 2, POLL_MS);
        if (q[1].revents != 0)
            pass_request(b, bluez, d);
        if (q[0].revents != 0) {
            ssize_t n = read(fd, data, sizeof data); /* one notification: the socket keeps them apart */
            if (n < 0 && (errno == EINTR || errno == EAGAIN))
                continue;
            if (n <= 0 || pass_on(b, data, (size_t)n) != 0)
                return;
        }
        if (round % (RSSI_MS / POLL_MS) != 0)
            continue;
        int rssi_dbm = ut_bluez_rssi_dbm(bluez, d);
        if (rssi_dbm != UT_BLUEZ_NO_RSSI)
            atomic_store(&b->rssi_dbm, rssi_dbm);
    }
}

static void *serve(void *arg)
{
    struct ble *b = arg;
    struct ut_bluez *bluez = NULL;
    struct ut_bluez_device d;
    int fd = -1, r = ut_bluez_open(&bluez, &b->stop, &b->fault);
    if (r == 0)
        r = ut_bluez_find(bluez, b->who, FIND_MS, &d, &b->fault);
    if (r == 0) {
        atomic_store(&b->rssi_dbm, d.rssi_dbm);
        r = ut_bluez_connect(bluez, &d, CONNECT_MS, &b->fault);
    }
    if (r == 0)
        r = ut_bluez_notify(bluez, &d, b->uuid, &fd, &b->mtu, &b->fault);
    if (r == 0) {
        memcpy(b->address, d.address, sizeof b->address);
        atomic_store(&b->state, UT_PORT_OPEN);
        stream(b, bluez, &d, fd);
        (void)close(fd);
    } else {
        atomic_store(&b->state, b->fault.code == UT_EXIT_NO_DEVICE ? UT_PORT_ABSENT : UT_PORT_REFUSED);
    }
    ut_bluez_close(bluez);
    (void)close(b->to); /* the reader sees the end */
    return NULL;
}

/* Signals are the main thread's: one that cut a call to BlueZ short would look like a fault of the link. 0 = it
 * runs. */
static int begin(struct ble *b)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int r = pthread_create(&b->thread, NULL, serve, b);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r;
}

/* Else the pipe closes too. */
static bool open_requests(struct ble *b, const int ends[2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, b->request) == 0)
        return true;
    (void)close(ends[0]);
    (void)close(ends[1]);
    return false;
}

static void close_requests(const struct ble *b)
{
    (void)close(b->request[0]);
    (void)close(b->request[1]);
}

static void ble_close(struct ut_port *p)
{
    struct ble *b = p->own;
    if (b != NULL) {
        atomic_store(&b->stop, 1);
        (void)close(b->from); /* a writer that waits for room gives up */
        (void)pthread_join(b->thread, NULL);
        close_requests(b);
        free(b);
        p->own = NULL;
    }
    p->fd = -1;
}

static int packet_write(struct ut_port *p, const uint8_t *data, size_t n, struct ut_fault *fault)
{
    const struct ble *b = p->own;
    if (send(b->request[0], data, n, MSG_DONTWAIT) == (ssize_t)n)
        return 0;
    return ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: the Bluetooth link takes no requests; try again", p->name);
}

static int ble_open(struct ut_port *p, struct ut_fault *fault)
{
    struct ble *b = p->own;
    if (b == NULL) {
        int ends[2];
        b = calloc(1, sizeof *b);
        if (b == NULL || pipe(ends) != 0 || !open_requests(b, ends)) {
            free(b);
            (void)ut_fault_set(fault, UT_EXIT_FAILURE, "Bluetooth: no room for its pipe (%s)", strerror(errno));
            return UT_PORT_REFUSED;
        }
        for (int i = 0; i < 2; i++)
            (void)fcntl(ends[i], F_SETFD, FD_CLOEXEC);
        (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
        b->from = ends[0];
        b->to = ends[1];
        b->bare = p->kind->write == packet_write;
        b->asked = b->bare ? UT_BLE_PACKETS : UT_BLE_CONTROL;
        b->uuid = p->kind->takes ? UT_BLE_STREAM : b->asked;
        b->who = p->name[0] != '\0' ? p->name : NULL;
        atomic_store(&b->state, UT_PORT_OPENING);
        atomic_store(&b->rssi_dbm, UT_PORT_NO_RSSI);
        if (begin(b) != 0) {
            (void)close(ends[0]);
            (void)close(ends[1]);
            close_requests(b);
            free(b);
            (void)ut_fault_set(fault, UT_EXIT_FAILURE, "Bluetooth: no thread for its link");
            return UT_PORT_REFUSED;
        }
        p->own = b;
    }
    int state = atomic_load(&b->state);
    if (state == UT_PORT_OPEN) {
        p->fd = b->from;
        if (b->who == NULL) /* from now on this one, also after a loss */
            (void)snprintf(p->name, sizeof p->name, "%s", b->address);
    } else if (state != UT_PORT_OPENING) {
        *fault = b->fault;
        ble_close(p);
    }
    return state;
}

static int ble_rssi_dbm(const struct ut_port *p)
{
    const struct ble *b = p->own;
    return b != NULL ? atomic_load(&b->rssi_dbm) : UT_PORT_NO_RSSI;
}

static int ble_write(struct ut_port *p, const uint8_t *data, size_t n, struct ut_fault *fault)
{
    const struct ble *b = p->own;
    struct ut_wire_receiver r;
    uint8_t record[UT_WIRE_RECORD_BYTES];
    ut_wire_receiver_init(&r);
    for (size_t i = 0; i < n; i++)
        if (ut_wire_receive(&r, data[i], record) == 1 &&
            send(b->request[0], record, sizeof record, MSG_DONTWAIT) != (ssize_t)sizeof record)
            return ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: the Bluetooth link takes no requests; try again",
                                p->name);
    return 0;
}

static const struct ut_port_kind STREAM = {.what = "Bluetooth link",
                                           .open = ble_open,
                                           .close = ble_close,
                                           .write = ble_write,
                                           .takes = 1,
                                           .renumbers = 1,
                                           .open_wait_ms = OPEN_WAIT_MS,
                                           .rssi_dbm = ble_rssi_dbm};
static const struct ut_port_kind CONTROL = {
    .what = "Bluetooth link", .open = ble_open, .close = ble_close, .open_wait_ms = OPEN_WAIT_MS, .write = ble_write};
static const struct ut_port_kind UPDATE = {.what = "Bluetooth link",
                                           .open = ble_open,
                                           .close = ble_close,
                                           .open_wait_ms = OPEN_WAIT_MS,
                                           .write = packet_write};

static void fill(struct ut_port *p, const struct ut_port_kind *kind, const char *who)
{
    memset(p, 0, sizeof *p);
    p->kind = kind;
    p->fd = -1;
    (void)snprintf(p->name, sizeof p->name, "%s", who != NULL ? who : "");
}

void ut_port_ble(struct ut_port *p, const char *who)
{
    fill(p, &STREAM, who);
}

void ut_port_ble_control(struct ut_port *p, const char *who)
{
    fill(p, &CONTROL, who);
}

void ut_port_ble_update(struct ut_port *p, const char *who)
{
    fill(p, &UPDATE, who);
}
