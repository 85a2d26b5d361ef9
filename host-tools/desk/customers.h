/* SPDX-License-Identifier: Apache-2.0 */
/* What a desk's store has of one customer, for that customer: shown, handed out, forgotten, as `undertone customer`
 * does it. SPEC.md "Customers".
 *
 * in    a customer's key in a request's path, [customer] site_key, a store
 * out   the answer; a record of what was done in the desk's audit file, before it is
 * errors statuses: 400 no key, 404 no call with that customer, 405 another method, 409 no store or no site key, or the
 *       call under way is with that customer, 503 it cannot be recorded
 */
#ifndef UT_HOST_DESK_CUSTOMERS_H
#define UT_HOST_DESK_CUSTOMERS_H

#include "host-tools/call/sink.h"
#include "host-tools/settings/config.h"
#include "host-tools/system/web.h"

struct ut_desk_customers {
    const struct ut_config *config;
    const char *store;          /* NULL = nothing is stored */
    struct ut_sink *audit;      /* sinks/audit.h; NULL = no record is kept */
    struct ut_event_ring *ring; /* of news, which forgets as well */
};

#define UT_DESK_CUSTOMERS_PATH "/v1/customers/"

/* under_way: the session of the call in progress; "" = none. */
void ut_desk_customers_answer(const struct ut_desk_customers *c, const struct ut_web_request *q, const char *under_way,
                              struct ut_web_answer *a);

#endif
