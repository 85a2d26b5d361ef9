/* SPDX-License-Identifier: Apache-2.0 */
/* What live's session asks about a customer: the calls before, of the store. SPEC.md "Memory".
 *
 * in    [customer] memory, the store, the desk's record
 * out   what the agent is told; a record of it, before it is (customer_recalled)
 * errors at the opening those of the store, and UT_EXIT_CONFIG_KEY there is none; later ones are remarked upon, and
 *       nothing is told
 */
#ifndef UT_HOST_RECALL_H
#define UT_HOST_RECALL_H

#include "host-tools/call/recollection.h"
#include "host-tools/call/sink.h"
#include "host-tools/settings/config.h"

struct ut_store_recall {
    struct ut_recall recall; /* for the session */
    const char *store;       /* NULL = memory is off */
    struct ut_sinks *sinks;  /* for remarks */
    struct ut_sink *audit;   /* sinks/audit.h; NULL = no record is kept */
    struct ut_risk risk;     /* as the outcomes of the store taught it when this was opened */
};

/* 0, or -1 and *fault. store and sinks outlive it. */
int ut_store_recall_open(struct ut_store_recall *r, const struct ut_config *config, const char *store,
                         struct ut_sinks *sinks, struct ut_fault *fault);

#endif
