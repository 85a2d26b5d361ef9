/* SPDX-License-Identifier: Apache-2.0 */
/* Differences with their intervals as a picture: a row per measure, in shares of its mean without cues.
 *
 * in    figures (host-tools/trials/effect.h)
 * out   a PNG
 * errors those of the file
 */
#ifndef UT_HOST_EFFECT_PLOT_H
#define UT_HOST_EFFECT_PLOT_H

#include "host-tools/system/fault.h"
#include "host-tools/trials/effect.h"

/* name: of each measure, for people. 0, or -1 and *fault. */
int ut_effect_png(const struct ut_effect_figure figure[UT_EFFECT_MEASURES], const char *const name[UT_EFFECT_MEASURES],
                  const char *title, const char *path, struct ut_fault *fault);

#endif
