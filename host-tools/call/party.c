/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/party.h"

#include "firmware/turns.h"

const char *ut_party_word(int party)
{
    return party == UT_CUSTOMER ? "customer" : party == UT_AGENT ? "agent" : "both";
}

const char *ut_party_role(int party)
{
    return party == UT_CUSTOMER ? "CUSTOMER" : party == UT_AGENT ? "AGENT" : "BOTH";
}
