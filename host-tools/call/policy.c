/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/policy.h"

#include "firmware/engine.h"
#include "host-tools/cues/readings.h"

#include <string.h>

const char *ut_policy_name(enum ut_policy policy)
{
    return policy == UT_POLICY_EU ? "eu" : "research";
}

struct ut_wire_score ut_policy_withhold(const struct ut_wire_score *r)
{
    struct ut_wire_score bare = *r;
    bare.frustration = bare.delight = bare.confidence = 0;
    memset(bare.top, 0, sizeof bare.top);
    if (ut_wire_abstain(r) == UT_ABSTAIN_MIXED) /* it also keeps what is measured from being a cue */
        return bare;
    bare.flags =
        (uint8_t)((r->flags & ~(7U << UT_WIRE_ABSTAIN_SHIFT)) | (unsigned)UT_UNDISCLOSED << UT_WIRE_ABSTAIN_SHIFT);
    return bare;
}

const char *ut_policy_abstain_name(int abstain)
{
    return abstain == UT_UNDISCLOSED ? "not_disclosed" : ut_readings_abstain_name(abstain);
}
