/* SPDX-License-Identifier: Apache-2.0 */
/* The customer's sound and the agent's from two devices, as pairs of one clock: the customer's.
 *
 * in     int16 Q15 at 16 kHz of either party, in blocks of any size, as they come
 * out    int16 {customer, agent} pairs; the agent's samples are resampled by the ratio of host-tools/sources/drift.h
 * Until both devices have spoken nothing comes out, so that both begin together. A device that says nothing for
 * UT_TWO_CLOCKS_STALL samples of the other's is silent in the pairs until it speaks again; these count as lost.
 * What then comes late, so that more than UT_TWO_CLOCKS_SKEW samples of a party wait for a whole second, is thrown
 * away, and counts as lost too: no drift is that fast.
 */
#ifndef UT_HOST_TWO_CLOCKS_H
#define UT_HOST_TWO_CLOCKS_H

#include <stddef.h>
#include <stdint.h>

enum { UT_TWO_CLOCKS_STALL = 16000, UT_TWO_CLOCKS_SKEW = 800, UT_TWO_CLOCKS_BLOCK = 160 };

struct ut_two_clocks;

/* From a put: n pairs, at most UT_TWO_CLOCKS_BLOCK. lost = 1: a party's sound is missing in them. Nonzero: no more. */
typedef int ut_two_clocks_sink(void *ctx, const int16_t *pairs, size_t n, int lost);

/* NULL without memory. */
struct ut_two_clocks *ut_two_clocks_new(ut_two_clocks_sink *sink, void *ctx);
void ut_two_clocks_free(struct ut_two_clocks *t);

/* n samples that came at now_us (ut_drift_step). samples NULL: silence for as many that were lost on the way. 0, or
 * what the sink said, or -1 when the resampler fails. */
int ut_two_clocks_customer(struct ut_two_clocks *t, int64_t now_us, const int16_t *samples, size_t n);
int ut_two_clocks_agent(struct ut_two_clocks *t, int64_t now_us, const int16_t *samples, size_t n);

/* The samples that wait for the other party's. */
size_t ut_two_clocks_waiting(const struct ut_two_clocks *t);

/* Drift found so far, ut_drift_ppm. */
double ut_two_clocks_ppm(const struct ut_two_clocks *t);

#endif
