/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/calibration.h"

#include "host-tools/cues/readings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LEAST (0.5 / 255) /* half a step of the wire */

struct ut_calibration ut_calibration_of(const struct ut_config *config)
{
    return (struct ut_calibration){
        config->value[UT_P_CALIBRATION_TEMPERATURE],
        {config->value[UT_P_CALIBRATION_FRUSTRATION], config->value[UT_P_CALIBRATION_DELIGHT], 0}};
}

int ut_calibration_is_none(const struct ut_calibration *c)
{
    return c->temperature == 1 && c->offset[0] == 0 && c->offset[1] == 0;
}

int ut_calibration_is_for(const struct ut_config *config, uint32_t model_crc32)
{
    const char *model = ut_config_text(config, "calibration", "model");
    char own[16];
    snprintf(own, sizeof own, "%08x", (unsigned)model_crc32);
    return model[0] == '\0' || strcmp(model, own) == 0;
}

void ut_calibration_logs(const struct ut_wire_score *score, double log_of[UT_CALIBRATION_CLASSES])
{
    double f = ut_readings_share(score->frustration), d = ut_readings_share(score->delight);
    const double p[UT_CALIBRATION_CLASSES] = {f, d, 1 - f - d};
    for (int c = 0; c < UT_CALIBRATION_CLASSES; c++)
        log_of[c] = log(fmax(p[c], LEAST));
}

void ut_calibration_apply(const struct ut_calibration *c, const double log_of[UT_CALIBRATION_CLASSES],
                          double p[UT_CALIBRATION_CLASSES])
{
    double most = -(double)INFINITY, sum = 0;
    for (int i = 0; i < UT_CALIBRATION_CLASSES; i++) {
        p[i] = log_of[i] / c->temperature + c->offset[i];
        most = fmax(most, p[i]);
    }
    for (int i = 0; i < UT_CALIBRATION_CLASSES; i++) {
        p[i] = exp(p[i] - most);
        sum += p[i];
    }
    for (int i = 0; i < UT_CALIBRATION_CLASSES; i++)
        p[i] /= sum;
}

struct ut_wire_score ut_calibrated(const struct ut_calibration *c, const struct ut_wire_score *score)
{
    struct ut_wire_score out = *score;
    double log_of[UT_CALIBRATION_CLASSES], p[UT_CALIBRATION_CLASSES];
    if (ut_calibration_is_none(c) || score->confidence == 0)
        return out;
    ut_calibration_logs(score, log_of);
    ut_calibration_apply(c, log_of, p);
    out.frustration = (uint8_t)lround(255 * p[UT_CALIBRATION_FRUSTRATION]);
    out.delight = (uint8_t)lround(255 * p[UT_CALIBRATION_DELIGHT]);
    out.confidence = (uint8_t)lround(255 * fmax(p[0], fmax(p[1], p[2])));
    return out;
}
