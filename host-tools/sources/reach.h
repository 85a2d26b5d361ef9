/* SPDX-License-Identifier: Apache-2.0 */
/* Serial ports of this machine, and which headset answers on each.
 *
 * in    the system's serial ports, or ports by name
 * out   what each port is; after listening, the headset's hello and why it started, or why the port cannot be opened
 * A headset speaks of itself at its start and every 10 s (SPEC.md "Wire").
 */
#ifndef UT_HOST_REACH_H
#define UT_HOST_REACH_H

#include "firmware/wire.h"
#include "host-tools/system/fault.h"

#include <stdint.h>

enum { UT_REACH_MAX = 32, UT_REACH_TEXT = 128 };

/* A port and who is on it. */
struct ut_reach {
    char port[UT_REACH_TEXT];
    char description[UT_REACH_TEXT];
    int vid, pid;               /* USB; -1 = not USB */
    int opened;                 /* 1 = listened to */
    struct ut_fault fault;      /* why not */
    struct ut_wire_hello hello; /* of the headset on it */
    int have_hello;
    struct ut_wire_reset reset; /* why it started, when it says so */
    int have_reset;
    uint32_t records; /* valid records heard, hello or not */
    uint32_t bytes;   /* heard, of records or not */
};

/* The system's serial ports; how many. Listens to none. */
int ut_reach_list(struct ut_reach r[UT_REACH_MAX]);

/* A port by its name, of which nothing else is known. */
void ut_reach_name(struct ut_reach *r, const char *port);

/* Opens all n (at most UT_REACH_MAX) and listens until each has said hello, and why it started, at most `ms`. */
void ut_reach_listen(struct ut_reach *r, int n, int ms);

#endif
