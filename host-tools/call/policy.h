/* SPDX-License-Identifier: Apache-2.0 */
/* What scores are for, and what a score record says before the customer has been told. SPEC.md "Policy".
 *
 * in    a policy; a score record of the headset
 * out   its name; the record without its scores
 */
#ifndef UT_HOST_POLICY_H
#define UT_HOST_POLICY_H

#include "firmware/wire.h"

enum ut_policy {
    UT_POLICY_RESEARCH, /* recordings: scored */
    UT_POLICY_EU /* a call in progress: no scores, and no cues from scores, before the disclosure is acknowledged */
};

enum {
    UT_UNDISCLOSED = 7 /* beside enum ut_abstain, in this program alone: scores are withheld, the session says why */
};

/* "research", "eu" */
const char *ut_policy_name(enum ut_policy policy);

/* What was measured stays; the reason to abstain becomes UT_UNDISCLOSED, unless it is UT_ABSTAIN_MIXED. */
struct ut_wire_score ut_policy_withhold(const struct ut_wire_score *r);

/* Why there is no score: ut_readings_abstain_name, or "not_disclosed". */
const char *ut_policy_abstain_name(int abstain);

#endif
