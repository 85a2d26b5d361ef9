/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/facts.h"

#include "host-tools/cues/readings.h"

#include <stdbool.h>
#include <string.h>

void ut_facts_init(struct ut_facts *f)
{
    memset(f, 0, sizeof *f);
    for (int p = 0; p < 2; p++)
        f->party[p].ipu_begin_ms = f->party[p].ipu_end_ms = f->party[p].answer_ms = -1;
}

/* `who` has answered, gap_ms after the other's turn. */
static void response(struct ut_facts_party *who, int64_t gap_ms)
{
    int64_t bin = gap_ms / UT_FACTS_LATENCY_MS;
    who->responses++;
    who->response_ms += gap_ms;
    if (gap_ms > who->response_max_ms)
        who->response_max_ms = gap_ms;
    who->response[bin < UT_FACTS_LATENCY_BINS ? bin : UT_FACTS_LATENCY_BINS - 1]++;
}

/* Whether the last hold lies between the end of a turn and its answer, or a part of it. */
static bool held_between(const struct ut_facts *f, int64_t end_ms, int64_t answer_ms)
{
    return f->holds > 0 && f->hold.begin_ms < answer_ms && (f->hold.end_ms == UT_HOLD_OPEN || f->hold.end_ms > end_ms);
}

/* Of a turn, what the last hold took. */
static int64_t held_ms(const struct ut_facts *f, const struct ut_wire_turn *t)
{
    struct ut_hold_span hold = f->hold;
    if (f->holds > 0 && hold.end_ms == UT_HOLD_OPEN)
        hold.end_ms = t->end_ms;
    return f->holds > 0 ? ut_hold_shared_ms(&hold, t->begin_ms, t->end_ms) : 0;
}

void ut_facts_hold(struct ut_facts *f, const struct ut_hold_span *span)
{
    f->hold = *span;
    if (span->end_ms == UT_HOLD_OPEN)
        f->holds++;
    else
        f->hold_ms += span->end_ms - span->begin_ms;
}

void ut_facts_turn(struct ut_facts *f, const struct ut_wire_turn *t)
{
    int64_t length_ms = (int64_t)t->end_ms - t->begin_ms;
    if (t->kind == UT_TURN_OVERLAP_START) {
        for (int p = 0; p < 2; p++)
            f->party[p].overlaps += f->party[p].ipu_begin_ms == t->begin_ms;
    } else if (t->kind == UT_TURN_OVERLAP_END) {
        f->overlap_ms += length_ms;
    } else if (t->kind == UT_TURN_NONTALK_END) {
        f->nontalk_ms += length_ms;
        f->nontalks++;
    }
    if (t->party >= UT_BOTH)
        return;
    struct ut_facts_party *who = &f->party[t->party], *other = &f->party[1 - t->party];
    switch (t->kind) {
    case UT_TURN_IPU_START:
        who->ipus++;
        who->ipu_begin_ms = t->begin_ms;
        other->answer_ms = -1; /* this party went on: nobody has answered it yet */
        if (who->answer_ms < 0 && other->ipu_end_ms >= 0 && t->begin_ms >= other->ipu_end_ms)
            who->answer_ms = t->begin_ms;
        break;
    case UT_TURN_IPU_END:
        who->talk_ms += length_ms;
        who->ipu_end_ms = t->end_ms;
        break;
    case UT_TURN_BACKCHANNEL:
        who->backchannels++;
        break;
    case UT_TURN_END:
        who->turns++;
        length_ms -= held_ms(f, t);
        if (length_ms > who->monologue_ms)
            who->monologue_ms = length_ms;
        if (other->answer_ms >= (int64_t)t->end_ms && !held_between(f, t->end_ms, other->answer_ms))
            response(other, other->answer_ms - t->end_ms);
        break;
    case UT_TURN_INTERRUPTION:
        who->interruptions++;
        break;
    default:
        break;
    }
}

double ut_facts_share(const struct ut_facts *f, int party)
{
    int64_t talk = f->party[0].talk_ms + f->party[1].talk_ms;
    return talk > 0 ? (double)f->party[party].talk_ms / (double)talk : 0.5;
}

int64_t ut_facts_response_ms(const struct ut_facts *f, int party)
{
    const struct ut_facts_party *p = &f->party[party];
    uint32_t seen = 0;
    if (p->responses == 0)
        return -1;
    for (int bin = 0; bin < UT_FACTS_LATENCY_BINS; bin++) {
        seen += p->response[bin];
        if (seen > (p->responses - 1) / 2)
            return (int64_t)bin * UT_FACTS_LATENCY_MS;
    }
    return p->response_max_ms;
}

/* Median and MAD in the unit named, of codes that the reading undoes. */
static json_t *baseline(const struct ut_baseline *b, double (*reading)(double), const char *unit)
{
    double mad = reading(ut_baseline_mad(b)) - reading(0);
    if (b->n == 0)
        return json_null();
    return json_pack("{s:o, s:o, s:s}", "Median", ut_json_number(reading(ut_baseline_median(b)), 2), "Mad",
                     ut_json_number(mad < 0 ? -mad : mad, 2), "Unit", unit);
}

/* Loudness runs in halves of a scale that is not straight in dB: the spread is that of the quarter ranks' distances. */
static json_t *loudness_baseline(const struct ut_baseline *b)
{
    if (b->n == 0)
        return json_null();
    double middle = ut_baseline_median(b), mad = ut_baseline_mad(b);
    double low = middle - mad < 0 ? 0 : middle - mad, high = middle + mad > 200 ? 200 : middle + mad;
    double spread = ut_readings_loudness_dbfs((uint8_t)high) - ut_readings_loudness_dbfs((uint8_t)low);
    return json_pack("{s:o, s:o, s:s}", "Median", ut_json_number(ut_readings_loudness_dbfs((uint8_t)(middle + 0.5)), 2),
                     "Mad", ut_json_number(spread / 2, 2), "Unit", "dBFS");
}

static json_t *baselines(const struct ut_cue_memory *m, int party)
{
    const struct ut_cue_party *p = &m->party[party];
    int64_t speech_ms = (int64_t)p->level.n * UT_CUE_SCORE_MS;
    json_t *level =
        party == UT_CUSTOMER ? loudness_baseline(&p->level) : baseline(&p->level, ut_readings_level_dbfs, "dBFS");
    return json_pack("{s:I, s:b, s:o, s:o, s:o}", "SpeechMillis", (json_int_t)speech_ms, "Valid",
                     ut_cue_memory_settled(m, party), "Level", level, "Pace",
                     baseline(&p->pace, ut_readings_pace, "syllables/s"), "Pitch",
                     baseline(&p->f0, ut_readings_semitones, "semitones above 55 Hz"));
}

static json_t *party_json(const struct ut_facts *f, const struct ut_cue_memory *m, int party)
{
    const struct ut_facts_party *p = &f->party[party];
    json_t *latency = json_null();
    if (p->responses > 0)
        latency =
            json_pack("{s:I, s:I, s:I, s:I}", "Count", (json_int_t)p->responses, "MedianMillis",
                      (json_int_t)ut_facts_response_ms(f, party), "MeanMillis",
                      (json_int_t)(p->response_ms / p->responses), "MaximumMillis", (json_int_t)p->response_max_ms);
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:o, s:o}", "IpuCount", (json_int_t)p->ipus, "TurnCount",
                     (json_int_t)p->turns, "BackchannelCount", (json_int_t)p->backchannels, "InterruptionCount",
                     (json_int_t)p->interruptions, "OverlapsBegunCount", (json_int_t)p->overlaps, "TalkTimeMillis",
                     (json_int_t)p->talk_ms, "TalkShare", ut_json_number(ut_facts_share(f, party), 3),
                     "LongestMonologueMillis", (json_int_t)p->monologue_ms, "ResponseLatency", latency, "Baseline",
                     baselines(m, party));
}

json_t *ut_facts_json(const struct ut_facts *f, const struct ut_cue_memory *memory)
{
    return json_pack(
        "{s:o, s:o, s:{s:I, s:I}, s:{s:I, s:I}, s:{s:I, s:I}}", "AGENT", party_json(f, memory, UT_AGENT), "CUSTOMER",
        party_json(f, memory, UT_CUSTOMER), "Overlap", "Count", (json_int_t)f->party[0].overlaps + f->party[1].overlaps,
        "TotalTimeMillis", (json_int_t)f->overlap_ms, "NonTalk", "Count", (json_int_t)f->nontalks, "TotalTimeMillis",
        (json_int_t)f->nontalk_ms, "Hold", "Count", (json_int_t)f->holds, "TotalTimeMillis", (json_int_t)f->hold_ms);
}
