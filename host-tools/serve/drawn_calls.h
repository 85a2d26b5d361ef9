/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of a ledger that were drawn to have cues or to go without. SPEC.md "Effect".
 *
 * in    a ledger of either kind, which has the calls of a whole site
 * out   what is known of each call that is over and says which of the two it was, and its desk
 * errors host-tools/serve/ledger.h
 * Calls whose customer refused to be scored are left out, as from a desk's store (sinks/effect_calls.h). What a CRM
 * says became of a call is kept at its desk alone: escalated is a handover of that kind, csat is not known.
 */
#ifndef UT_HOST_DRAWN_CALLS_H
#define UT_HOST_DRAWN_CALLS_H

#include "host-tools/serve/ledger.h"
#include "host-tools/sinks/effect_calls.h"

#include <stdint.h>

/* Those that began then or later, by desk and then by time; not 0 from `each` ends it. 0, or -1 and *fault, or what
 * `each` returned. */
typedef int ut_drawn_calls_each(void *ctx, const char *device, const struct ut_effect_call *call);
int ut_drawn_calls(struct ut_ledger *l, int64_t since_ms, ut_drawn_calls_each *each, void *ctx, struct ut_fault *fault);

#endif
