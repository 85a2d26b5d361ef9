/* SPDX-License-Identifier: Apache-2.0 */
/* The settings to try: every combination of the values that --sweep names.
 *
 * in    "empathy_cue.on=0.5:0.9:0.05" (first:last:step, both ends tried) or "empathy_cue.on=0.5,0.65"; several times
 * out   configs, each the base with some numbers changed; combinations that no config file may have (off above on) are
 *       left out and counted
 * SPEC.md "Tune".
 */
#ifndef UT_HOST_SWEEP_H
#define UT_HOST_SWEEP_H

#include "host-tools/settings/config.h"
#include "host-tools/system/fault.h"
#include "host-tools/system/json.h"

#include <stddef.h>

enum { UT_SWEEP_AXES_MAX = 6, UT_SWEEP_VALUES_MAX = 1000, UT_SWEEP_SETTINGS_MAX = 2000 };

struct ut_sweep {
    struct ut_sweep_axis {
        int param; /* enum ut_param */
        double value[UT_SWEEP_VALUES_MAX];
        size_t n;
    } axis[UT_SWEEP_AXES_MAX];
    size_t axes;
};

/* One --sweep. 0, or -1 and *fault. */
int ut_sweep_add(struct ut_sweep *s, const char *text, struct ut_fault *fault);

/* How many combinations there are; 1 without an axis. */
size_t ut_sweep_count(const struct ut_sweep *s);

/* Combination number i: *c = base with its numbers. 0; -1 and *fault when no config may be so. */
int ut_sweep_config(const struct ut_sweep *s, size_t i, const struct ut_config *base, struct ut_config *c,
                    struct ut_fault *fault);

/* The numbers of the combinations that a config may have, in *possible, which the caller frees in any case; what is
 * left out is noted. 0, or -1 and *fault when none is left. */
int ut_sweep_possible(const struct ut_sweep *s, const struct ut_config *base, size_t **possible, size_t *n,
                      struct ut_fault *fault);

/* Value of an axis in combination i. */
double ut_sweep_value(const struct ut_sweep *s, size_t i, size_t axis);

/* Combination i in words: "empathy_cue.on=0.7 empathy_cue.hold=2", or brief "on=0.7 hold=2" and of one axis "0.7". */
void ut_sweep_text(const struct ut_sweep *s, size_t i, int brief, char *text, size_t room);

/* Combination i as {"empathy_cue.on": 0.7, ...}. */
json_t *ut_sweep_json(const struct ut_sweep *s, size_t i);

#endif
