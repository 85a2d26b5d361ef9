/* SPDX-License-Identifier: Apache-2.0 */
/* Sound to steps, and steps through a model, as the headset does it; for training on the host (steps.py). */
#ifndef UT_MODELS_TRAIN_STEPS_H
#define UT_MODELS_TRAIN_STEPS_H

#include "models/model.h"

#include <stdint.h>

/* n samples, int16 Q15, 16 kHz, from the start of a call; room for n / 640 + 1 steps in each array. Returns the number
 * of steps. x [steps][UT_FEATURES_N] Q8, levels above the fast own level; own_q8: that level, dBFS; speech: 0 or 1. */
int ut_train_steps(const int16_t *samples, int n, int16_t *x, int16_t *own_q8, uint8_t *speech);

/* The same sound's rows of pitch: Hz Q4 were the row voiced, and inputs [rows][UT_PITCH_INPUTS] of the voicing
 * decision; room for n / 160. Returns the number of rows. */
int ut_train_pitch(const int16_t *samples, int n, uint16_t *f0_q4, int16_t *x);

/* The same sound's syllable peaks: what each is weighed by, [peaks][UT_PACE_INPUTS] Q8; room for n / 160. Returns their
 * number. */
int ut_train_peaks(const int16_t *samples, int n, int16_t *x_q8);

/* One call's steps, from a fresh state: posteriors [steps][UT_MODEL_CLASSES] Q15, views [steps][UT_CALLER_INPUTS] Q8.
 * forget_steps without speech: the classifier starts afresh (firmware/engine.h). */
void ut_train_call(const struct ut_model *m, int steps, const int16_t *x, const int16_t *own_q8, const uint8_t *speech,
                   int forget_steps, uint16_t *posterior_q15, int16_t *views_q8);

#endif
