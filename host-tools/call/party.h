/* SPDX-License-Identifier: Apache-2.0 */
/* What the two parties of a call are called: a word for people, a role for programs.
 *
 * in    enum ut_party (firmware/turns.h), UT_BOTH included
 */
#ifndef UT_HOST_PARTY_H
#define UT_HOST_PARTY_H

/* "customer", "agent" or "both" */
const char *ut_party_word(int party);

/* "CUSTOMER", "AGENT" or "BOTH", as Contact Lens has them */
const char *ut_party_role(int party);

#endif
