/* SPDX-License-Identifier: Apache-2.0 */
/* A site's own calibration of scores: a temperature and offsets of their log-odds, on the host. The headset's weights
 * stay as they are.
 *
 * in    a score record, the numbers of the section calibration
 * out   the same record with frustration, delight and confidence after p' = p^(1/T) exp(offset), normalised over
 *       frustration, delight and other; the very same bytes where temperature is 1 and both offsets are 0
 * A record without scores (confidence 0) stays as it is. Total. SPEC.md "Calibration of a site".
 */
#ifndef UT_HOST_CALIBRATION_H
#define UT_HOST_CALIBRATION_H

#include "firmware/wire.h"
#include "host-tools/settings/config.h"

#include <stdint.h>

enum { UT_CALIBRATION_FRUSTRATION, UT_CALIBRATION_DELIGHT, UT_CALIBRATION_OTHER, UT_CALIBRATION_CLASSES };

struct ut_calibration {
    double temperature, offset[UT_CALIBRATION_CLASSES]; /* of other 0 */
};

struct ut_calibration ut_calibration_of(const struct ut_config *config);

/* 1 when it changes nothing. */
int ut_calibration_is_none(const struct ut_calibration *c);

/* 1 when the config's calibration was made for that model: calibration.model is empty or its checksum. */
int ut_calibration_is_for(const struct ut_config *config, uint32_t model_crc32);

/* Log of a record's frustration, delight and other, each at least that of half a step of the wire. */
void ut_calibration_logs(const struct ut_wire_score *score, double log[UT_CALIBRATION_CLASSES]);

/* What the logs become: probabilities that sum to 1. */
void ut_calibration_apply(const struct ut_calibration *c, const double log[UT_CALIBRATION_CLASSES],
                          double p[UT_CALIBRATION_CLASSES]);

struct ut_wire_score ut_calibrated(const struct ut_calibration *c, const struct ut_wire_score *score);

#endif
