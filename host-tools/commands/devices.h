/* SPDX-License-Identifier: Apache-2.0 */
/* Serial ports of this machine, and which headset answers on each. */
#ifndef UT_HOST_DEVICES_H
#define UT_HOST_DEVICES_H

#include "firmware/wire.h"
#include "host-tools/system/fault.h"

#include <stdint.h>

enum { UT_DEVICES_MAX = 32, UT_DEVICES_TEXT = 128 };

struct ut_device {
    char port[UT_DEVICES_TEXT];
    char description[UT_DEVICES_TEXT];
    int vid, pid;               /* USB; -1 = not USB */
    int opened;                 /* 1 = listened to */
    struct ut_fault fault;      /* why not */
    struct ut_wire_hello hello; /* of the headset on it */
    int have_hello;
    struct ut_wire_reset reset; /* why it started, when it says so */
    int have_reset;
    uint32_t records; /* valid records heard, hello or not */
};

/* Fills d from libserialport; returns how many (at most UT_DEVICES_MAX). Listens to none. */
int ut_devices_list(struct ut_device d[UT_DEVICES_MAX]);

/* Opens all of them and listens until each has said hello, and why it started, at most `ms`. */
void ut_devices_listen(struct ut_device *d, int n, int ms);

/* `undertone devices [PORT...] [--seconds N] [--json]` */
int ut_devices_main(int argc, char **argv);

#endif
