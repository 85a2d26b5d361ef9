/* SPDX-License-Identifier: Apache-2.0 */
/* What the outcomes in a store say of cues, as eval and tune print it with --from-store. SPEC.md "Outcomes".
 *
 * in    a store; the config in force
 * out   tables or JSON on standard output; a config file
 * errors those of the store, and of the file
 */
#ifndef UT_HOST_FROM_STORE_H
#define UT_HOST_FROM_STORE_H

#include "host-tools/settings/config.h"

#include <stdbool.h>

/* How many openings of each cue were right, in all and by week. store: NULL = [store] file. 0, or -1 and *fault. */
int ut_from_store_eval(const struct ut_config *config, const char *store, bool json, struct ut_fault *fault);

/* On-thresholds that suit the outcomes better; write: as a config file that stands alone, NULL = nowhere. */
int ut_from_store_tune(const struct ut_config *config, const char *store, const char *write, bool json,
                       struct ut_fault *fault);

#endif
