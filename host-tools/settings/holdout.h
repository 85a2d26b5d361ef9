/* SPDX-License-Identifier: Apache-2.0 */
/* Which weeks of a desk go without cues, so that what cues change can be seen. SPEC.md "Effect".
 *
 * in    the config in force ([effect], [customer] site_key, [mqtt] device); a moment
 * out   whether the desk's week of that moment is held out: a draw by a hash that only the site's key can make
 * errors UT_EXIT_CONFIG_KEY there is no name of the desk, or no key; those of host-tools/system/site_key.h
 */
#ifndef UT_HOST_HOLDOUT_H
#define UT_HOST_HOLDOUT_H

#include "host-tools/settings/config.h"
#include "host-tools/system/site_key.h"

#include <stdbool.h>
#include <stdint.h>

enum { UT_HOLDOUT_DESK = 128 };

struct ut_holdout {
    double share; /* of desk-weeks; 0 = none */
    struct ut_site_key key;
    char desk[UT_HOLDOUT_DESK];
};

/* 0, or -1 and *fault. */
int ut_holdout_init(struct ut_holdout *h, const struct ut_config *config, struct ut_fault *fault);

/* unix_ms: any time of the week, which begins on Monday, UTC. */
bool ut_holdout_held(const struct ut_holdout *h, int64_t unix_ms);

#endif
