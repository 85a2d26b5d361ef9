/* SPDX-License-Identifier: Apache-2.0 */
/* The risk that a site's own outcomes teach: weights by logistic regression, none of them negative, calibrated on
 * customers that the fit had not met. SPEC.md "Memory".
 *
 * in    calls after which the customer is known to have gone or stayed, with the inputs as of their ends
 * out   struct ut_risk: fitted, or the rule of thumb with the number of outcomes there are
 */
#ifndef UT_HOST_RISK_FIT_H
#define UT_HOST_RISK_FIT_H

#include "host-tools/call/customer_risk.h"

enum {
    UT_RISK_OUTCOMES = 200, /* from how many on it is fitted */
    UT_RISK_EITHER = 20,    /* and how many of either kind: an AUC of fewer is chance */
    UT_RISK_FOLDS = 5
};

struct ut_risk_case {
    struct ut_risk_inputs inputs;
    bool churned;
    size_t customer; /* calls of one customer are kept together */
};

/* The rule of thumb too where the fit tells gone from stayed no better than a coin. 0, or -1 when out of memory. */
int ut_risk_fit(const struct ut_risk_case *cases, size_t n, struct ut_risk *out);

#endif
