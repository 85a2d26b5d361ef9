/* SPDX-License-Identifier: Apache-2.0 */
/* What a store has of the calls before with customers, and no more than memory may use: date, length, quarters, begin,
 * end and peak, time on hold, outcomes. SPEC.md "Memory".
 *
 * in    a store, which may be anybody's; a customer's hash, or none for all
 * out   calls that have ended, a customer's together and the oldest first
 * errors host-tools/system/database.h; UT_EXIT_FAILURE no memory
 * Nothing is kept for it: what it reads goes with the call, and so with `forget`.
 */
#ifndef UT_HOST_CUSTOMER_PAST_H
#define UT_HOST_CUSTOMER_PAST_H

#include "host-tools/call/customer_risk.h"
#include "host-tools/system/database.h"
#include "host-tools/system/json.h"

struct ut_customer_call {
    struct ut_past_call past;
    size_t customer;    /* calls of one have the same number */
    json_t *trajectory; /* NULL = nothing was scored, or the customer refused */
    char outcomes[80];  /* "unresolved csat2"; "" = none is known */
};

struct ut_customer_past {
    struct ut_customer_call *call;
    size_t n, room;
};

/* Calls without a date are none. 0, or -1 and *fault; to be freed either way. */
int ut_customer_past(struct ut_customer_past *p, struct ut_database *d, const char *customer, struct ut_fault *fault);
void ut_customer_past_free(struct ut_customer_past *p);

/* The same as ut_risk_inputs_of and ut_recollect take it; the caller's to free, NULL when out of memory. */
struct ut_past_call *ut_customer_past_calls(const struct ut_customer_past *p);

/* The risk as the outcomes of all customers teach it. 0, or -1 and *fault. */
int ut_customer_past_fit(struct ut_database *d, struct ut_risk *risk, struct ut_fault *fault);

/* A call as JSON, of these members alone: Begin, DurationMillis, Quarters, BeginFrustration, EndFrustration, Peak,
 * HoldMillis, Outcomes. The caller's reference. */
json_t *ut_customer_past_json(const struct ut_customer_call *call);

#endif
