/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/customer_risk.h"

#include <math.h>

/* A rule of thumb: nobody measured these. `most` is what counts in full, `weight` what that alone makes of the risk. */
static const struct {
    double most, weight;
} RULE[UT_RISK_INPUTS] = {
    {0.5, 0.4}, /* frustration at the end above that at the begin, mean of calls */
    {3, 0.3},   /* calls that ended within the week before */
    {2, 0.4},   /* calls that were not resolved */
    {10, 0.2},  /* minutes on hold, mean of calls */
};

#define WEEK_MS (7 * 86400000LL)

const char *const ut_risk_input_name[UT_RISK_INPUTS] = {"FallingEnds", "RepeatContact", "Unresolved", "OnHold"};

struct ut_risk_inputs ut_risk_inputs_of(const struct ut_past_call *call, size_t n, int64_t now_ms)
{
    double raw[UT_RISK_INPUTS] = {0};
    int newest = 0, scored = 0;
    struct ut_risk_inputs out;
    for (size_t i = n; i-- > 0; newest++) {
        if (call[i].ended_ms <= now_ms && call[i].ended_ms >= now_ms - WEEK_MS)
            raw[1]++;
        if (newest >= UT_RISK_CALLS)
            continue;
        scored += call[i].scored;
        raw[0] += call[i].scored ? fmax(0, call[i].end - call[i].begin) : 0;
        raw[2] += call[i].unresolved;
        raw[3] += (double)call[i].hold_ms / 60000;
    }
    raw[0] /= scored > 0 ? scored : 1;
    raw[3] /= newest > UT_RISK_CALLS ? UT_RISK_CALLS : newest > 0 ? newest : 1;
    for (int k = 0; k < UT_RISK_INPUTS; k++)
        out.x[k] = fmin(1, raw[k] / RULE[k].most);
    return out;
}

double ut_risk_score(const struct ut_risk *risk, const struct ut_risk_inputs *inputs)
{
    double stays = 1, odds = risk->intercept;
    for (int k = 0; k < UT_RISK_INPUTS; k++) {
        stays *= 1 - RULE[k].weight * inputs->x[k];
        odds += risk->weight[k] * inputs->x[k];
    }
    return risk->fitted ? 1 / (1 + exp(-odds)) : 1 - stays;
}
