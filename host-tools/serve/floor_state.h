/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of a floor as JSON, for a supervisor's page and for programs: about customers and flags; no member is of an
 * agent or a desk. SPEC.md "Supervisor's page".
 *
 * in    a ledger
 * out   text, which the caller frees
 * errors those of the ledger
 */
#ifndef UT_HOST_FLOOR_STATE_H
#define UT_HOST_FLOOR_STATE_H

#include "host-tools/serve/ledger.h"
#include "host-tools/system/json.h"

#include <stdbool.h>

enum { UT_FLOOR_STATE_MOST = 5000 /* events or scores of one answer */ };

/* {Calls: [call], ...more}: those in progress, flags that are up first, and those that ended since; device: only those
 * of that desk, NULL = of all. Takes the reference to more. NULL and *fault. */
char *ut_floor_state(struct ut_ledger *l, const char *device, int64_t since_ms, json_t *more, struct ut_fault *fault);

/* The calls of a customer, {Customer, Calls: [call]}, with events: each with its Events, as they were sent. The number
 * of calls and *text; or -1 and *fault. *count: their events. */
int ut_floor_state_customer(struct ut_ledger *l, const char *customer, bool events, char **text, int64_t *count,
                            struct ut_fault *fault);

/* One of them. 1 and *text; 0 there is no such session; or -1 and *fault. */
int ut_floor_state_call(struct ut_ledger *l, const char *session, char **text, struct ut_fault *fault);

/* The same with its events behind a sequence and its scores behind a call time: {Call, Events, Scores: [[t,
 * frustration, delight, confidence or null]]}. */
int ut_floor_state_detail(struct ut_ledger *l, const char *session, int64_t after, int64_t t, char **text,
                          struct ut_fault *fault);

#endif
