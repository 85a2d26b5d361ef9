/* SPDX-License-Identifier: Apache-2.0 */
/* A headset, or a serial server, behind a TCP connection. */
#include "host-tools/sources/port.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct tcp {
    struct addrinfo *all;
    struct addrinfo *at; /* being tried */
    int fd;              /* connecting; -1 = none */
    int error;           /* errno of the last address tried */
};

/* HOST:PORT or [V6]:PORT into its parts; 0, or -1 */
static int split(const char *name, char *host, size_t host_size, const char **port)
{
    const char *colon = strrchr(name, ':');
    if (colon == NULL || colon[1] == '\0' || colon == name)
        return -1;
    const char *from = name;
    size_t n = (size_t)(colon - name);
    if (name[0] == '[' && n >= 2 && colon[-1] == ']') {
        from = name + 1;
        n -= 2;
    } else if (memchr(name, ':', n) != NULL) {
        return -1;
    }
    if (n == 0 || n >= host_size)
        return -1;
    memcpy(host, from, n);
    host[n] = '\0';
    *port = colon + 1;
    char *end;
    long number = strtol(*port, &end, 10); /* a name of a service is as good */
    return *end == '\0' && (number < 1 || number > 65535) ? -1 : 0;
}

static void forget(struct ut_port *p)
{
    struct tcp *t = p->own;
    if (t == NULL)
        return;
    if (t->fd >= 0)
        (void)close(t->fd);
    if (t->all != NULL)
        freeaddrinfo(t->all);
    free(t);
    p->own = NULL;
}

/* Starts connecting to t->at or a later address; -1 when there is none left. */
static int start(struct tcp *t)
{
    for (; t->at != NULL; t->at = t->at->ai_next) {
        t->fd = socket(t->at->ai_family, t->at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, t->at->ai_protocol);
        if (t->fd < 0) {
            t->error = errno;
            continue;
        }
        if (connect(t->fd, t->at->ai_addr, t->at->ai_addrlen) == 0 || errno == EINPROGRESS)
            return 0;
        t->error = errno;
        (void)close(t->fd);
        t->fd = -1;
    }
    return -1;
}

static int absent(struct ut_port *p, const char *reason, struct ut_fault *fault)
{
    (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                       "%s: no headset at this address (%s); check it and that its server runs", p->name, reason);
    forget(p);
    return UT_PORT_ABSENT;
}

static int tcp_open(struct ut_port *p, struct ut_fault *fault)
{
    struct tcp *t = p->own;
    if (t == NULL) {
        char host[UT_PORT_NAME];
        const char *port;
        if (split(p->name, host, sizeof host, &port) != 0) {
            (void)ut_fault_set(
                fault, UT_EXIT_USAGE,
                "%s: not HOST:PORT with a port of 1..65535; give for example localhost:7007 or [::1]:7007", p->name);
            return UT_PORT_REFUSED;
        }
        t = calloc(1, sizeof *t);
        if (t == NULL)
            return absent(p, "out of memory", fault);
        t->fd = -1;
        p->own = t;
        struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
        int e = getaddrinfo(host, port, &hints, &t->all);
        if (e != 0) {
            t->all = NULL;
            return absent(p, gai_strerror(e), fault);
        }
        t->at = t->all;
        if (start(t) != 0)
            return absent(p, strerror(t->error), fault);
    }
    struct pollfd q = {.fd = t->fd, .events = POLLOUT};
    if (poll(&q, 1, 0) <= 0)
        return UT_PORT_OPENING;
    int e = 0;
    socklen_t size = sizeof e;
    if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &e, &size) != 0)
        e = errno;
    if (e != 0) {
        t->error = e;
        (void)close(t->fd);
        t->fd = -1;
        t->at = t->at->ai_next;
        if (start(t) != 0)
            return absent(p, strerror(t->error), fault);
        return UT_PORT_OPENING;
    }
    int on = 1; /* notices a peer that died without a word */
    (void)setsockopt(t->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    p->fd = t->fd;
    t->fd = -1;
    forget(p);
    return UT_PORT_OPEN;
}

static void tcp_close(struct ut_port *p)
{
    forget(p);
    if (p->fd >= 0)
        (void)close(p->fd);
}

static const struct ut_port_kind TCP = {.what = "tcp connection", .open = tcp_open, .close = tcp_close, .takes = 1};

void ut_port_tcp(struct ut_port *p, const char *host_port)
{
    memset(p, 0, sizeof *p);
    p->kind = &TCP;
    p->fd = -1;
    (void)snprintf(p->name, sizeof p->name, "%s", host_port);
}
