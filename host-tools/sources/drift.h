/* SPDX-License-Identifier: Apache-2.0 */
/* Two sound devices, two crystals: how fast the agent's samples have to be taken to keep step with the customer's.
 *
 * in     how many samples of each party wait for the other's, after each block that came, and when that was
 * out    the ratio of the agent's resampler, output rate to input rate, 1 +- UT_DRIFT_MAX_PPM
 * A control loop of second order: the mean difference of a second moves the ratio (2 / T) and its sum (1 / T^2), T =
 * UT_DRIFT_TIME_S. It leaves no lasting offset at any constant drift. The mean is over time: one over blocks would
 * follow the phase in which the two devices' blocks come. Pure: no clock, no memory but the struct.
 */
#ifndef UT_HOST_DRIFT_H
#define UT_HOST_DRIFT_H

#include <stddef.h>
#include <stdint.h>

enum {
    UT_DRIFT_MAX_PPM = 1000, /* 1.7 cents: no pitch is heard to move */
    UT_DRIFT_LAST_PPM = 500, /* what is held for drift; crystals of sound devices are within 100 or so */
    UT_DRIFT_TIME_S = 30,    /* so slow that blocks which come early or late do not move it */
    UT_DRIFT_SAMPLES_S = 16000,
    UT_DRIFT_SECOND_US = 1000000
};

struct ut_drift {
    int64_t last_us;   /* when the difference became what it is; -1 = there is none yet */
    double difference; /* agent's samples that wait less the customer's */
    double sum;        /* of the difference in this second, samples times us */
    int64_t sum_us;
    double drift; /* found so far: the agent's device is faster by this */
    double ratio;
};

void ut_drift_init(struct ut_drift *d);

/* From now_us on (any clock that runs evenly, us) so many samples wait; one of the two is 0 as a rule. The ratio
 * from now on. More than a second since the last call, or a clock that went back, is no part of the mean. */
double ut_drift_step(struct ut_drift *d, int64_t now_us, size_t customer_waits, size_t agent_waits);

/* The difference is gone by other means: nothing is learnt of it; the drift found stays. */
void ut_drift_gap(struct ut_drift *d);

/* By how many millionths the agent's device is found to be faster than the customer's. */
double ut_drift_ppm(const struct ut_drift *d);

#endif
