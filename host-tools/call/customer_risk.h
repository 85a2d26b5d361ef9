/* SPDX-License-Identifier: Apache-2.0 */
/* How likely a customer is to go, by how the calls before went: a rule of thumb, or what a site's own outcomes taught.
 * SPEC.md "Memory".
 *
 * in    what is kept of a customer's calls, the oldest first
 * out   0..1, never less when an input is more
 * Of the agents of those calls there is nothing in it.
 */
#ifndef UT_HOST_CUSTOMER_RISK_H
#define UT_HOST_CUSTOMER_RISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of how many calls, the newest ones, fall, unresolved and hold are. */
enum { UT_RISK_CALLS = 3, UT_RISK_INPUTS = 4 };

/* What is kept of a call that has ended. */
struct ut_past_call {
    int64_t began_ms, ended_ms; /* Unix time */
    bool scored;                /* the two below are known */
    double begin, end;          /* slow mean of frustration, 0..1 */
    enum { UT_PAST_UNKNOWN, UT_PAST_WORSE, UT_PAST_SAME, UT_PAST_BETTER } change;
    int64_t hold_ms; /* in all */
    bool unresolved; /* somebody said so */
    enum { UT_PAST_UNSAID, UT_PAST_STAYED, UT_PAST_CHURNED } loyalty;
};

/* Each 0..1: falling ends, repeat contact, unresolved, on hold. */
struct ut_risk_inputs {
    double x[UT_RISK_INPUTS];
};

extern const char *const ut_risk_input_name[UT_RISK_INPUTS];

/* As of now_ms. */
struct ut_risk_inputs ut_risk_inputs_of(const struct ut_past_call *call, size_t n, int64_t now_ms);

/* All zero: the rule of thumb. */
struct ut_risk {
    bool fitted;
    double weight[UT_RISK_INPUTS], intercept; /* of the log-odds; no weight is negative */
    int n, churned;                           /* outcomes churned or stayed that are known, whether fitted or not */
    double auc;                               /* cross-validated; of a fit */
    double brier, brier_share;                /* likewise; of who says the share of the churned to everybody */
};

double ut_risk_score(const struct ut_risk *risk, const struct ut_risk_inputs *inputs);

#endif
