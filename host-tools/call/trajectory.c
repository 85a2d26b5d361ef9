/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/trajectory.h"

#include "host-tools/cues/readings.h"

#include <math.h>

enum { QUARTERS = 4, AFTER_MS = 60000 };

void ut_trajectory_init(struct ut_trajectory *t)
{
    *t = (struct ut_trajectory){.peak = -1, .delight_peak = -1, .recovered_ms = -1, .cue_ms = -1, .after = -1};
}

void ut_trajectory_score(struct ut_trajectory *t, const struct ut_wire_score *score, const struct ut_cue_memory *memory)
{
    const double *value = memory->config->value;
    t->on = value[UT_P_EMPATHY_ON];
    t->change = value[UT_P_TRAJECTORY_CHANGE];
    if (memory->slow.valid) {
        if (!t->first.valid)
            t->first = memory->slow;
        t->last = memory->slow;
    }
    if (!memory->fast.valid)
        return;
    double now = memory->fast.frustration;
    t->delight_peak = fmax(t->delight_peak, memory->fast.delight);
    if (t->cue_ms >= 0 && t->after < 0 && (int64_t)score->t_ms >= t->cue_ms + AFTER_MS)
        t->after = now;
    if (now > t->peak) {
        t->peak = now;
        t->peak_ms = score->t_ms;
        t->recovered_ms = -1;
    }
    if (now >= t->on && ut_wire_scored(score))
        t->above_ms += UT_CUE_SCORE_MS;
    if (t->recovered_ms < 0 && now <= value[UT_P_EMPATHY_OFF])
        t->recovered_ms = score->t_ms;
}

void ut_trajectory_cue(struct ut_trajectory *t, int64_t t_ms)
{
    if (t->cue_ms < 0)
        t->cue_ms = t_ms;
}

static json_t *quarters(const struct ut_wire_score *scores, size_t n, int64_t end_ms)
{
    json_t *list = json_array();
    size_t at = 0;
    for (int64_t q = 1; q <= QUARTERS; q++) {
        int64_t frustration = 0, delight = 0;
        int count = 0;
        for (; at < n && scores[at].t_ms <= end_ms * q / QUARTERS; at++) {
            if (!ut_wire_scored(&scores[at]))
                continue;
            frustration += scores[at].frustration;
            delight += scores[at].delight;
            count++;
        }
        json_array_append_new(
            list, count == 0 ? json_null()
                             : json_pack("{s:o, s:o}", "Frustration",
                                         ut_json_number(ut_readings_mean_share((double)frustration, count), 3),
                                         "Delight", ut_json_number(ut_readings_mean_share((double)delight, count), 3)));
    }
    return list;
}

static json_t *change(const struct ut_trajectory *t)
{
    if (!t->first.valid)
        return json_null();
    double by = t->last.frustration - t->first.frustration;
    return json_string(by >= t->change ? "worse" : by <= -t->change ? "better" : "same");
}

json_t *ut_trajectory_json(const struct ut_trajectory *t, const struct ut_wire_score *scores, size_t n, int64_t end_ms)
{
    bool scored = false, rose = t->peak >= t->on && t->peak >= 0;
    for (size_t i = 0; i < n && !scored; i++)
        scored = ut_wire_scored(&scores[i]);
    if (!scored)
        return json_null();
    json_t *out = json_pack("{s:o, s:o, s:o, s:o}", "Quarters", quarters(scores, n, end_ms), "Begin",
                            t->first.valid ? ut_json_number(t->first.frustration, 3) : json_null(), "End",
                            t->last.valid ? ut_json_number(t->last.frustration, 3) : json_null(), "Change", change(t));
    json_object_set_new(out, "Peak", t->peak >= 0 ? ut_json_number(t->peak, 3) : json_null());
    json_object_set_new(out, "PeakOffsetMillis", t->peak >= 0 ? json_integer(t->peak_ms) : json_null());
    json_object_set_new(out, "AboveMillis", json_integer(t->above_ms));
    json_object_set_new(out, "RecoveryMillis",
                        rose && t->recovered_ms >= 0 ? json_integer(t->recovered_ms - t->peak_ms) : json_null());
    json_object_set_new(out, "AfterCue", t->after >= 0 ? ut_json_number(t->after, 3) : json_null());
    return out;
}
