/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/snapshot.h"

#include "firmware/engine.h"
#include "firmware/turns.h"
#include "host-tools/call/evidence.h"
#include "host-tools/cues/readings.h"

#include <stdio.h>
#include <string.h>

const char *ut_snapshot_obstacle(int abstain)
{
    return abstain == UT_ABSTAIN_NOISE      ? "noisy line"
           : abstain == UT_ABSTAIN_CLIPPING ? "clipped audio"
           : abstain == UT_ABSTAIN_HOLD     ? "hold music or a tone"
           : abstain == UT_ABSTAIN_MIXED    ? "both parties in one channel"
                                            : NULL;
}

void ut_snapshot_init(struct ut_snapshot *v, const char *contact_id, enum ut_language language)
{
    memset(v, 0, sizeof *v);
    v->contact_id = contact_id;
    v->session = v->contact = v->customer = "";
    v->language = language;
    v->t_ms = v->scored_ms = -1;
    v->past.risk = -1;
    v->agent_share = 0.5;
    v->cue = v->dismissed = UT_CUES;
    v->customer_snr_db = v->agent_snr_db = -1;
}

void ut_snapshot_begin(struct ut_snapshot *v, const char *contact_id)
{
    const struct ut_snapshot before = *v;
    ut_snapshot_init(v, contact_id, before.language);
    v->hello = before.hello;
    v->have_hello = before.have_hello;
    v->muted = before.muted;
}

void ut_snapshot_score(struct ut_snapshot *v, const struct ut_wire_score *r, const struct ut_cue_memory *m,
                       const struct ut_facts *facts)
{
    v->abstain = ut_wire_abstain(r);
    v->score_valid = m->fast.valid && v->abstain == UT_ABSTAIN_NONE;
    if (v->score_valid) {
        if (ut_wire_scored(r) || v->scored_ms < 0)
            v->scored_ms = r->t_ms;
        v->frustration_fast = m->fast.frustration;
        v->delight_fast = m->fast.delight;
        v->confidence_fast = m->fast.confidence;
        v->frustration_slow = m->slow.frustration;
        v->delight_slow = m->slow.delight;
        v->frustration_trend = m->slope;
    }
    v->customer_speech = !v->withheld.mixed && ut_wire_speaks(r, UT_CUSTOMER);
    v->agent_speech = !v->withheld.mixed && ut_wire_speaks(r, UT_AGENT);
    v->customer_loudness = ut_readings_loudness(r->customer_loudness);
    v->agent_loudness = ut_readings_loudness_of(ut_readings_level_dbfs(r->agent_level));
    v->customer_pace = ut_readings_pace(r->customer_pace);
    v->agent_pace = ut_readings_pace(r->agent_pace);
    for (int p = 0; p < 2; p++) {
        v->talk_ms[p] = facts->party[p].talk_ms;
        if (m->party[p].in_ipu && v->t_ms > m->party[p].begin_ms && !v->withheld.mixed &&
            m->party[p].begin_ms >= v->withheld.until_ms)
            v->talk_ms[p] += v->t_ms - m->party[p].begin_ms;
    }
    int64_t talk = v->talk_ms[0] + v->talk_ms[1];
    v->agent_share = talk > 0 ? (double)v->talk_ms[UT_AGENT] / (double)talk : 0.5;
}

void ut_snapshot_status(struct ut_snapshot *v, const struct ut_wire_status *d)
{
    v->status = *d;
    v->overruns = d->overruns;
    v->drops = d->drops;
    v->customer_snr_db = d->customer_snr;
    v->agent_snr_db = d->agent_snr;
}

void ut_snapshot_link(struct ut_snapshot *v, const struct ut_wire_receiver *r)
{
    v->records = r->records;
    v->lost = r->lost;
    v->malformed = r->malformed;
    v->unknown = r->unknown;
}

void ut_snapshot_cues(struct ut_snapshot *v, const struct ut_cue_engine *e, const struct ut_config *config)
{
    const struct ut_hold *hold = &e->memory.hold;
    v->on_hold = hold->open;
    v->hold_from_ms = hold->span.begin_ms;
    v->hold_ms = hold->total_ms + (hold->open && v->t_ms > v->hold_from_ms ? v->t_ms - v->hold_from_ms : 0);
    v->cue = e->visible;
    v->dismissed = UT_CUES;
    for (int cue = UT_CUES; cue-- > 0;) {
        const struct ut_cue_slot *slot = &e->slot[cue];
        double show = config->value[ut_cue_param((enum ut_cue)cue)];
        v->open[cue] = slot->open ? (uint8_t)show : UT_SHOW_OFF;
        if (slot->open && slot->dismissed)
            v->dismissed = (enum ut_cue)cue;
    }
    v->cue_title[0] = v->cue_advice[0] = v->cue_why[0] = '\0';
    if (v->cue == UT_CUES)
        return;
    const struct ut_cue_words words = ut_catalogue_cue(v->language, v->cue, config);
    const struct ut_cue_change *opening = &e->slot[v->cue].opening;
    v->cue_since_ms = e->visible_from_ms;
    snprintf(v->cue_title, sizeof v->cue_title, "%s", words.title);
    ut_catalogue_fill(v->cue_advice, sizeof v->cue_advice, words.text, v->language, v->cue, config, opening->detail);
    ut_evidence_rule(v->language, config, opening, false, v->cue_why, sizeof v->cue_why);
}
