/* SPDX-License-Identifier: Apache-2.0 */
/* Who carries events from a store's outbox to a web server, until it has taken them. SPEC.md "Outbox".
 *
 * in    a store, an address, a file with the keys
 * out   every event of the outbox at least once, those of a session in order; what waits meanwhile
 * errors those of the three at the beginning; a server that fails is none: its events wait
 */
#ifndef UT_HOST_COURIER_H
#define UT_HOST_COURIER_H

#include "host-tools/call/sink.h"
#include "host-tools/sinks/outbox.h"
#include "host-tools/sinks/webhook.h"

#include <stdatomic.h>
#include <stdint.h>

/* The receiver's name in the outbox. */
#define UT_COURIER_RECEIVER "webhook"

/* Strings outlive the courier. */
struct ut_courier_options {
    const char *store, *url, *key_file, *ca_file; /* ca_file "" = the system's */
};

struct ut_courier;

/* NULL and *fault. */
struct ut_courier *ut_courier_new(const struct ut_courier_options *options, struct ut_fault *fault);
void ut_courier_free(struct ut_courier *c);

/* The host, for people. */
const char *ut_courier_host(const struct ut_courier *c);

/* Carries what is due, until nothing is or *stop is not 0. The number taken by the server, or -1 and *fault of the
 * store; failed: attempts that were made in vain, and error the last one's reason. */
struct ut_courier_round {
    int taken, failed;
    bool gone; /* the server wants no more: what waited is dead */
    char error[UT_WEBHOOK_ERROR];
};
int ut_courier_round(struct ut_courier *c, atomic_int *stop, struct ut_courier_round *round, struct ut_fault *fault);

/* All that waits is due at once. 0, or -1 and *fault. */
int ut_courier_hurry(struct ut_courier *c, struct ut_fault *fault);

/* What is left. 0, or -1 and *fault. */
int ut_courier_counts(struct ut_courier *c, struct ut_outbox_counts *counts, struct ut_fault *fault);

/* Carries while a call goes on, in a thread, so that a slow server holds nothing up; stands behind the store's sink
 * (sinks/store.h). At the close what was not tried yet has UT_COURIER_LAST_MS; the rest waits in the outbox, which is a
 * remark and no failure. */
enum { UT_COURIER_LAST_MS = 5000 };
struct ut_sink *ut_courier_sink(const struct ut_courier_options *options);

#endif
