/* SPDX-License-Identifier: Apache-2.0 */
/* Weights of the doubt (dsp/doubt.h). dsp/doubt_net.c is written by models/train/doubt.py.
 *
 * Rows of weights are stored as ut_dot_bytes takes them: within each four, second and third exchanged.
 */
#ifndef UT_DSP_DOUBT_NET_H
#define UT_DSP_DOUBT_NET_H

#include <stdint.h>

enum { UT_DOUBT_INPUTS = 32, UT_DOUBT_UNITS = 24 };

extern const int16_t ut_doubt_net_centre_q8[UT_DOUBT_INPUTS]; /* the inputs' means ... */
extern const int16_t ut_doubt_net_gain_q12[UT_DOUBT_INPUTS];  /* ... and what makes their deviation 1; 1..16383 */
extern const int8_t ut_doubt_net_update_q5[UT_DOUBT_UNITS][UT_DOUBT_INPUTS + UT_DOUBT_UNITS]; /* of inputs, of state */
extern const int8_t ut_doubt_net_candidate_q5[UT_DOUBT_UNITS][UT_DOUBT_INPUTS + UT_DOUBT_UNITS];
extern const int32_t ut_doubt_net_update_bias_q17[UT_DOUBT_UNITS];
extern const int32_t ut_doubt_net_candidate_bias_q17[UT_DOUBT_UNITS];
extern const int8_t ut_doubt_net_out_q5[UT_DOUBT_UNITS];
extern const int32_t ut_doubt_net_out_bias_q17;

#endif
