/* SPDX-License-Identifier: Apache-2.0 */
/* What an agent is told of a customer before the first word: how the last call went, and the risk. SPEC.md "Memory".
 *
 * in    what is kept of the customer's calls, the oldest first
 * out   one line in the language of the screen
 */
#ifndef UT_HOST_RECOLLECTION_H
#define UT_HOST_RECOLLECTION_H

#include "host-tools/call/customer_risk.h"
#include "host-tools/cues/catalogue.h"

enum {
    UT_RECOLLECTION_TEXT = 240,
    UT_RECOLLECTION_MS = 60000,      /* of call time that it is shown for: behind that it is read, or never will be */
    UT_RECOLLECTION_HOLD_MS = 120000 /* a long hold; the two minutes of common service levels' goals for waiting */
};

struct ut_recollection {
    char text[UT_RECOLLECTION_TEXT]; /* "" = nothing is known */
    double risk;                     /* -1 = likewise */
};

void ut_recollect(struct ut_recollection *out, const struct ut_past_call *call, size_t n, int64_t now_ms,
                  const struct ut_risk *risk, enum ut_language language);

/* Whoever can be asked about a customer, by the hash. */
struct ut_recall {
    void (*ask)(void *ctx, const char *customer, enum ut_language language, struct ut_recollection *out);
    void *ctx;
};

#endif
