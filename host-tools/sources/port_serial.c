/* SPDX-License-Identifier: Apache-2.0 */
/* A headset on a serial line, or on a pseudo-terminal, which speaks the same. */
#include "host-tools/sources/port.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
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

static int serial_open(struct ut_port *p, struct ut_fault *fault)
{
    int fd = open(p->name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        int e = errno;
        if (e == EACCES || e == EPERM) {
            (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                               "%s: no permission to open this serial port; join its group "
                               "(sudo usermod -aG dialout $USER) and log in again",
                               p->name);
            return UT_PORT_REFUSED;
        }
        if (e == ENOENT || e == ENXIO || e == ENODEV || e == EIO)
            (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                               "%s: no such serial port; plug the headset in, or run `undertone devices` to see what "
                               "is there",
                               p->name);
        else
            (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                               "%s: cannot open this serial port (%s); close other programs "
                               "that use it",
                               p->name, strerror(e));
        return UT_PORT_ABSENT;
    }
    if (set_raw(fd) != 0) {
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: not a serial port; give a device such as /dev/ttyACM0",
                           p->name);
        (void)close(fd);
        return UT_PORT_REFUSED;
    }
    p->fd = fd;
    return UT_PORT_OPEN;
}

static void serial_close(struct ut_port *p)
{
    if (p->fd >= 0)
        (void)close(p->fd);
}

static const struct ut_port_kind SERIAL = {.what = "serial port", .open = serial_open, .close = serial_close};

void ut_port_serial(struct ut_port *p, const char *device)
{
    memset(p, 0, sizeof *p);
    p->kind = &SERIAL;
    p->fd = -1;
    (void)snprintf(p->name, sizeof p->name, "%s", device);
}
