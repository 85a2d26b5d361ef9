/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/recall.h"

#include "host-tools/sinks/audit.h"
#include "host-tools/sinks/customer_past.h"
#include "host-tools/sinks/event_table.h"
#include "host-tools/system/clock.h"

#include <stdlib.h>
#include <string.h>

enum { STORE_WAIT_MS = 1000 }; /* for other programs: a call goes on meanwhile */

/* 0, or -1 and *fault. */
static int tell(const struct ut_store_recall *r, const char *customer, const struct ut_customer_past *past,
                enum ut_language language, struct ut_recollection *out, struct ut_fault *fault)
{
    struct ut_past_call *calls = ut_customer_past_calls(past);
    int done = calls != NULL ? 0 : ut_fault_no_memory(fault);
    if (done == 0 && past->n > 0 && r->audit != NULL)
        done = ut_audit_sink_add(r->audit, "customer_recalled",
                                 json_pack("{s:s, s:I}", "Customer", customer, "Calls", (json_int_t)past->n), fault);
    if (done == 0)
        ut_recollect(out, calls, past->n, ut_clock_unix_ms(), &r->risk, language);
    free(calls);
    return done;
}

static void ask(void *ctx, const char *customer, enum ut_language language, struct ut_recollection *out)
{
    const struct ut_store_recall *r = ctx;
    struct ut_customer_past past = {0};
    struct ut_fault fault = {0};
    *out = (struct ut_recollection){.risk = -1};
    struct ut_database *d = ut_database_open(r->store, &ut_event_table_kind, true, &fault);
    if (d != NULL)
        ut_database_wait(d, STORE_WAIT_MS);
    if (d == NULL || ut_customer_past(&past, d, customer, &fault) != 0 ||
        tell(r, customer, &past, language, out, &fault) != 0)
        ut_sinks_note(r->sinks, fault.text);
    ut_customer_past_free(&past);
    ut_database_close(d);
}

int ut_store_recall_open(struct ut_store_recall *r, const struct ut_config *config, const char *store,
                         struct ut_sinks *sinks, struct ut_fault *fault)
{
    *r = (struct ut_store_recall){.recall = {ask, r}, .sinks = sinks};
    if (strcmp(ut_config_text(config, "customer", "memory"), "yes") != 0)
        return 0;
    if (store == NULL)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "[customer] memory = yes: there is no store to remember from; set [store] file, or give "
                            "--store FILE");
    struct ut_database *d = ut_database_open(store, &ut_event_table_kind, true, fault);
    int done = d != NULL ? ut_customer_past_fit(d, &r->risk, fault) : -1;
    ut_database_close(d);
    if (done == 0)
        r->store = store;
    return done;
}
