/* SPDX-License-Identifier: Apache-2.0 */
/* A headset on a serial line, or on a pseudo-terminal, which speaks the same. */
#include "host-tools/sources/port.h"
#include "host-tools/sources/tty_holder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* 115200 baud, 8 data bits, no parity, 1 stop bit, no flow control, no translation; modem lines ignored */
static int set_raw(int fd)
{
    struct termios t;
    if (tcgetattr(fd, &t) != 0)
        return -1;
    t.c_iflag = 0;
    t.c_oflag = 0;
    t.c_lflag = 0;
    t.c_cflag = CS8 | CREAD | CLOCAL;
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
    if (cfsetispeed(&t, B115200) != 0 || cfsetospeed(&t, B115200) != 0)
        return -1;
    return tcsetattr(fd, TCSANOW, &t);
}

static int busy(const struct ut_port *p, const struct ut_tty_holder *holder, struct ut_fault *fault)
{
    if (holder->pid > 0)
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: in use by %s (process %ld); end it, or choose another port",
                           p->name, holder->program, holder->pid);
    else
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                           "%s: in use by a program of another user; end it, or choose another port", p->name);
    return UT_PORT_BUSY;
}

static int not_opened(const struct ut_port *p, int error, struct ut_fault *fault)
{
    struct ut_tty_holder holder = {0};
    switch (error) {
    case EACCES:
    case EPERM:
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                           "%s: no permission to open this serial port; join its group "
                           "(sudo usermod -aG dialout $USER) and log in again",
                           p->name);
        return UT_PORT_REFUSED;
    case EBUSY:
        (void)ut_tty_holder(p->name, &holder);
        return busy(p, &holder, fault);
    case ENOENT:
    case ENXIO:
    case ENODEV:
    case EIO:
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                           "%s: no such serial port; plug the headset in, or run `undertone devices` to see what "
                           "is there",
                           p->name);
        return UT_PORT_ABSENT;
    default:
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: cannot open this serial port (%s); run `undertone doctor`",
                           p->name, strerror(error));
        return UT_PORT_ABSENT;
    }
}

/* Two readers of one line get half of its bytes each. The lock tells programs that ask for it, this one among them,
 * and root, whom the exclusive mode does not hold up; the exclusive mode keeps out who opens it later; whoever had it
 * open before and asked for neither is found by looking. */
static bool is_ours(const struct ut_port *p, int fd, struct ut_tty_holder *holder)
{
    bool locked = flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (ut_tty_holder(p->name, holder) || locked)
        return false;
    (void)ioctl(fd, TIOCEXCL);
    return true;
}

static int serial_open(struct ut_port *p, struct ut_fault *fault)
{
    struct ut_tty_holder holder = {0};
    int fd = open(p->name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return not_opened(p, errno, fault);
    if (!isatty(fd)) {
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: not a serial port; give a device such as /dev/ttyACM0",
                           p->name);
        (void)close(fd);
        return UT_PORT_REFUSED;
    }
    if (!is_ours(p, fd, &holder)) { /* its speed too is the holder's */
        (void)close(fd);
        return busy(p, &holder, fault);
    }
    p->fd = fd;
    if (set_raw(fd) == 0)
        return UT_PORT_OPEN;
    (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: does not take 115200 baud; give the headset's port", p->name);
    ut_port_close(p);
    return UT_PORT_REFUSED;
}

static void serial_close(struct ut_port *p)
{
    if (p->fd < 0)
        return;
    (void)ioctl(p->fd, TIOCNXCL); /* who made a pseudo-terminal may keep it open, and with it the exclusive mode */
    (void)close(p->fd);
}

static const struct ut_port_kind SERIAL = {
    .what = "serial port", .open = serial_open, .close = serial_close, .takes = 1};

void ut_port_serial(struct ut_port *p, const char *device)
{
    memset(p, 0, sizeof *p);
    p->kind = &SERIAL;
    p->fd = -1;
    (void)snprintf(p->name, sizeof p->name, "%s", device);
}
