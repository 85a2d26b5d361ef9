/* SPDX-License-Identifier: Apache-2.0 */
/* Sound to steps, and steps through a model, as the headset does it; for training on the host (steps.py). */
#ifndef UT_MODELS_TRAIN_STEPS_H
#define UT_MODELS_TRAIN_STEPS_H

#include "models/model.h"

#include <stdint.h>

/* n samples, int16 Q15, 16 kHz, from the start of a call; room for n / 640 + 1 steps in each array. Returns the number
 * of steps. x [steps][UT_FEATURES_N] Q8, levels above the fast own level; own_q8: that level, dBFS; speech: 0 or 1. */
int ut_train_steps(const int16_t *samples, int n, int16_t *x, int16_t *own_q8, uint8_t *speech);

/* One call's steps, from a fresh state: posteriors [steps][UT_MODEL_CLASSES] Q15, views [steps][UT_CALLER_INPUTS] Q8.
 * forget_steps without speech: the classifier starts afresh (firmware/engine.h). */
void ut_train_call(const struct ut_model *m, int steps, const int16_t *x, const int16_t *own_q8, const uint8_t *speech,
                   int forget_steps, uint16_t *posterior_q15, int16_t *views_q8);

#endif
