/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/simulate/line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

enum { LEAVE_MS = 200 };

static int listen_at(struct ut_line *l, struct ut_fault *fault)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)l->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int on = 1;
    l->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (l->listener >= 0)
        (void)setsockopt(l->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (l->listener < 0 || bind(l->listener, (struct sockaddr *)&a, sizeof a) != 0 || listen(l->listener, 1) != 0 ||
        getsockname(l->listener, (struct sockaddr *)&a, &size) != 0)
        return ut_fault_set(fault, UT_EXIT_NO_DEVICE, "127.0.0.1:%d: cannot listen there (%s); give another --tcp PORT",
                            l->port, strerror(errno));
    l->port = ntohs(a.sin_port);
    (void)snprintf(l->name, sizeof l->name, "127.0.0.1:%d", l->port);
    return 0;
}

int ut_line_open_tcp(struct ut_line *l, int port, struct ut_fault *fault)
{
    *l = (struct ut_line){.port = port, .listener = -1, .fd = -1};
    return listen_at(l, fault);
}

/* A terminal in raw mode that nobody has open at its other end. */
static int make_pty(struct ut_line *l, struct ut_fault *fault)
{
    struct termios t;
    const char *name = NULL;
    l->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (l->fd >= 0 && grantpt(l->fd) == 0 && unlockpt(l->fd) == 0)
        name = ptsname(l->fd);
    int slave = name != NULL ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
    bool fine = slave >= 0 && tcgetattr(slave, &t) == 0;
    if (fine) {
        t.c_iflag = t.c_oflag = t.c_lflag = 0;
        t.c_cflag = CS8 | CREAD | CLOCAL;
        fine = tcsetattr(slave, TCSANOW, &t) == 0;
    }
    if (slave >= 0)
        (void)close(slave);
    if (!fine)
        return ut_fault_set(fault, UT_EXIT_NO_DEVICE, "no pseudo-terminal: %s; close other programs", strerror(errno));
    (void)fcntl(l->fd, F_SETFL, O_NONBLOCK);
    if (symlink(name, l->name) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be made (%s); give --pty an empty folder", l->name,
                            strerror(errno));
    return 0;
}

int ut_line_open_pty(struct ut_line *l, const char *link, struct ut_fault *fault)
{
    *l = (struct ut_line){.pty = true, .listener = -1, .fd = -1};
    (void)snprintf(l->name, sizeof l->name, "%s", link);
    int done = make_pty(l, fault);
    if (done != 0) { /* a link of that name is another's */
        if (l->fd >= 0)
            (void)close(l->fd);
        l->fd = -1;
        l->gone = true;
    }
    return done;
}

static void drop(struct ut_line *l)
{
    if (!l->pty && l->fd >= 0) {
        (void)close(l->fd);
        l->fd = -1;
    }
    l->finished = false;
    l->held_n = 0;
}

/* Who closes with something unread takes his own last bytes with him: the other side hears the end first. */
static void take_leave(const struct ut_line *l)
{
    uint8_t asked[256];
    struct pollfd q = {.fd = l->fd, .events = POLLIN};
    if (l->pty || l->fd < 0 || shutdown(l->fd, SHUT_WR) != 0)
        return;
    while (poll(&q, 1, LEAVE_MS) > 0 && read(l->fd, asked, sizeof asked) > 0)
        continue;
}

static void accept_one(struct ut_line *l)
{
    int on = 1;
    l->fd = accept(l->listener, NULL, NULL);
    if (l->fd < 0)
        return;
    (void)fcntl(l->fd, F_SETFL, O_NONBLOCK);
    (void)fcntl(l->fd, F_SETFD, FD_CLOEXEC);
    (void)setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* a record is news */
}

bool ut_line_heard(struct ut_line *l)
{
    uint8_t asked[256];
    if (l->gone)
        return false;
    if (l->fd < 0)
        accept_one(l);
    if (l->fd < 0)
        return false;
    struct pollfd q = {.fd = l->fd, .events = POLLIN};
    (void)poll(&q, 1, 0);
    if (l->pty && (q.revents & POLLHUP) != 0) {
        l->held_n = 0;
        return false;
    }
    ssize_t n = 1;
    while ((q.revents & POLLIN) != 0 && (n = read(l->fd, asked, sizeof asked)) > 0)
        continue;
    if (!l->pty && (n == 0 || (n < 0 && errno != EAGAIN))) {
        drop(l);
        return false;
    }
    return true;
}

int ut_line_fd(const struct ut_line *l)
{
    if (l->gone || (l->pty && l->fd >= 0))
        return -1; /* a master that nobody listens to is always ready */
    return l->fd >= 0 ? l->fd : l->listener;
}

static bool send_held(struct ut_line *l)
{
    while (l->held_n > 0) {
        ssize_t n = write(l->fd, l->held, l->held_n);
        if (n <= 0)
            return false;
        l->held_n -= (size_t)n;
        memmove(l->held, l->held + n, l->held_n);
    }
    return true;
}

bool ut_line_send(struct ut_line *l, const uint8_t *bytes, size_t n)
{
    if (l->gone || l->fd < 0 || !send_held(l))
        return false;
    ssize_t done = write(l->fd, bytes, n);
    if (done < 0 && errno != EAGAIN)
        drop(l);
    if (done <= 0)
        return false;
    size_t rest = n - (size_t)done;
    if (rest <= sizeof l->held) { /* else it was garbage, and a part of it will do */
        memcpy(l->held, bytes + done, rest);
        l->held_n = rest;
    }
    return true;
}

void ut_line_finish(struct ut_line *l)
{
    if (l->pty || l->gone || l->fd < 0 || l->finished || !send_held(l))
        return;
    l->finished = shutdown(l->fd, SHUT_WR) == 0;
}

bool ut_line_has_room(const struct ut_line *l)
{
    struct pollfd q = {.fd = l->fd, .events = POLLOUT};
    return l->fd >= 0 && poll(&q, 1, 0) > 0 && (q.revents & POLLOUT) != 0;
}

void ut_line_vanish(struct ut_line *l)
{
    if (l->gone)
        return;
    l->gone = true;
    take_leave(l);
    drop(l);
    if (l->pty) {
        (void)unlink(l->name);
        (void)close(l->fd);
        l->fd = -1;
    }
    if (l->listener >= 0)
        (void)close(l->listener);
    l->listener = -1;
}

int ut_line_return(struct ut_line *l, struct ut_fault *fault)
{
    l->gone = false;
    return l->pty ? make_pty(l, fault) : listen_at(l, fault);
}

void ut_line_close(struct ut_line *l)
{
    ut_line_vanish(l);
}
