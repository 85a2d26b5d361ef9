/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/summary.h"

#include "firmware/engine.h"
#include "firmware/turns.h"
#include "host-tools/call/evidence.h"
#include "host-tools/call/party.h"
#include "host-tools/call/policy.h"
#include "host-tools/cues/readings.h"
#include "host-tools/cues/rules.h"
#include "host-tools/system/grow.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void ut_call_summary_init(struct ut_call_summary *s)
{
    memset(s, 0, sizeof *s);
    s->cues = json_array();
    s->suppressed = json_array();
    s->flags = json_array();
    ut_facts_init(&s->facts);
    ut_trajectory_init(&s->trajectory);
}

void ut_call_summary_free(struct ut_call_summary *s)
{
    free(s->score);
    free(s->turn);
    free(s->hold);
    json_decref(s->cues);
    json_decref(s->suppressed);
    json_decref(s->flags);
    memset(s, 0, sizeof *s);
}

static void reach(struct ut_call_summary *s, int64_t t_ms)
{
    if (t_ms > s->end_ms)
        s->end_ms = t_ms;
}

void ut_call_summary_score(struct ut_call_summary *s, const struct ut_wire_score *score,
                           const struct ut_cue_memory *memory)
{
    struct ut_wire_score *array = ut_grow(s->score, &s->score_room, s->scores + 1, sizeof *array);
    reach(s, score->t_ms);
    s->memory = memory;
    if (array == NULL) /* the record is left out */
        return;
    s->score = array;
    s->score[s->scores++] = *score;
    ut_trajectory_score(&s->trajectory, score, memory);
}

void ut_call_summary_turn(struct ut_call_summary *s, const struct ut_wire_turn *turn)
{
    reach(s, turn->end_ms);
    ut_facts_turn(&s->facts, turn);
    if (turn->kind != UT_TURN_END && turn->kind != UT_TURN_OVERLAP_END && turn->kind != UT_TURN_INTERRUPTION &&
        turn->kind != UT_TURN_NONTALK_END)
        return;
    struct ut_wire_turn *array = ut_grow(s->turn, &s->turn_room, s->turns + 1, sizeof *array);
    if (array == NULL)
        return;
    s->turn = array;
    s->turn[s->turns++] = *turn;
}

void ut_call_summary_forget(struct ut_call_summary *s)
{
    const struct ut_facts before = s->facts;
    size_t kept = 0;
    for (size_t i = 0; i < s->turns; i++)
        if (s->turn[i].kind == UT_TURN_NONTALK_END)
            s->turn[kept++] = s->turn[i];
    s->turns = kept;
    for (size_t i = 0; i < s->scores; i++)
        ut_withheld_mark(&s->score[i]);
    ut_facts_init(&s->facts);
    s->facts.nontalk_ms = before.nontalk_ms;
    s->facts.nontalks = before.nontalks;
    s->facts.hold = before.hold;
    s->facts.holds = before.holds;
    s->facts.hold_ms = before.hold_ms;
    ut_trajectory_init(&s->trajectory);
}

/* Takes cues that come from scores out of a list. */
static void drop_scored(json_t *list)
{
    for (size_t i = json_array_size(list); i-- > 0;) {
        enum ut_cue cue = ut_cue_find(json_string_value(json_object_get(json_array_get(list, i), "Cue")));
        if (cue < UT_CUES && ut_cue_rules_scored(cue))
            json_array_remove(list, i);
    }
}

void ut_call_summary_unscore(struct ut_call_summary *s)
{
    for (size_t i = 0; i < s->scores; i++)
        if (ut_wire_abstain(&s->score[i]) != UT_ABSTAIN_MIXED)
            s->score[i] = ut_policy_withhold(&s->score[i]);
    ut_trajectory_init(&s->trajectory);
    drop_scored(s->cues);
    drop_scored(s->suppressed);
    drop_scored(s->flags);
}

void ut_call_summary_forget_silence(struct ut_call_summary *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->turns; i++)
        if (s->turn[i].kind != UT_TURN_NONTALK_END)
            s->turn[kept++] = s->turn[i];
    s->turns = kept;
    s->facts.nontalk_ms = 0;
    s->facts.nontalks = 0;
}

void ut_call_summary_hold(struct ut_call_summary *s, const struct ut_hold_span *span)
{
    ut_facts_hold(&s->facts, span);
    if (s->holds > 0 && s->hold[s->holds - 1].end_ms == UT_HOLD_OPEN) {
        s->hold[s->holds - 1] = *span;
        return;
    }
    struct ut_hold_span *array = ut_grow(s->hold, &s->hold_room, s->holds + 1, sizeof *array);
    if (array == NULL)
        return;
    s->hold = array;
    s->hold[s->holds++] = *span;
}

void ut_call_summary_cue(struct ut_call_summary *s, const struct ut_cue_change *change)
{
    const struct ut_cue_info *info = &ut_cue_info[change->cue];
    if (change->what == UT_CUE_SUPPRESSED)
        json_array_append_new(s->suppressed, json_pack("{s:s, s:I, s:s}", "Cue", info->name, "OffsetMillis",
                                                       (json_int_t)change->t_ms, "Reason", change->reason));
    if (change->what == UT_CUE_FLAG_RAISED || change->what == UT_CUE_FLAG_LOWERED)
        json_array_append_new(s->flags, json_pack("{s:s, s:s, s:I}", "Cue", info->name, "State",
                                                  change->what == UT_CUE_FLAG_RAISED ? "RAISED" : "LOWERED",
                                                  "OffsetMillis", (json_int_t)change->t_ms));
    /* Gauges and arrows are seen in weeks held out as well. */
    if (change->what == UT_CUE_OPENED && ut_cue_rules_scored(change->cue) && change->display != UT_DISPLAY_GAUGE &&
        change->display != UT_DISPLAY_ARROW)
        ut_trajectory_cue(&s->trajectory, change->opened_ms);
    if (change->what != UT_CUE_CLOSED)
        return;
    json_array_append_new(
        s->cues, json_pack("{s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:s, s:o}", "Cue", info->name, "Role",
                           info->role, "Severity", info->severity, "Dismissed", change->dismissed, "BeginOffsetMillis",
                           (json_int_t)change->begin_ms, "NotifyOffsetMillis", (json_int_t)change->opened_ms,
                           "EndOffsetMillis", (json_int_t)change->t_ms, "DurationMillis",
                           (json_int_t)(change->t_ms - change->begin_ms), "ShownMillis", (json_int_t)change->shown_ms,
                           "Rule", change->rule, "Explanation", ut_evidence_json(change)));
}

static json_t *span(const struct ut_wire_turn *t)
{
    return json_pack("{s:I, s:I, s:I}", "BeginOffsetMillis", (json_int_t)t->begin_ms, "EndOffsetMillis",
                     (json_int_t)t->end_ms, "DurationMillis", (json_int_t)t->end_ms - (json_int_t)t->begin_ms);
}

static json_t *spans(const struct ut_call_summary *s, int kind, int party, int64_t *total_ms)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->turns; i++) {
        const struct ut_wire_turn *t = &s->turn[i];
        if (t->kind != kind || (party >= 0 && t->party != party))
            continue;
        json_array_append_new(list, span(t));
        *total_ms += (int64_t)t->end_ms - t->begin_ms;
    }
    return list;
}

/* One that lasts goes to the end of what is known. */
static int64_t hold_end_ms(const struct ut_call_summary *s, const struct ut_hold_span *span)
{
    return span->end_ms == UT_HOLD_OPEN ? s->end_ms : span->end_ms;
}

static json_t *holds(const struct ut_call_summary *s)
{
    json_t *list = json_array();
    int64_t total_ms = 0;
    for (size_t i = 0; i < s->holds; i++) {
        const struct ut_hold_span *h = &s->hold[i];
        int64_t end_ms = hold_end_ms(s, h);
        total_ms += end_ms - h->begin_ms;
        json_array_append_new(list, json_pack("{s:I, s:I, s:I, s:s, s:s}", "BeginOffsetMillis", (json_int_t)h->begin_ms,
                                              "EndOffsetMillis", (json_int_t)end_ms, "DurationMillis",
                                              (json_int_t)(end_ms - h->begin_ms), "Kind", ut_hold_kind_name(h->kind),
                                              "ParticipantRole", ut_party_role(h->party)));
    }
    return json_pack("{s:I, s:o}", "TotalTimeMillis", (json_int_t)total_ms, "Instances", list);
}

/* Of the time in which both were silent, that on hold. */
static int64_t silent_hold_ms(const struct ut_call_summary *s)
{
    int64_t shared_ms = 0;
    for (size_t i = 0; i < s->turns; i++)
        for (size_t k = 0; s->turn[i].kind == UT_TURN_NONTALK_END && k < s->holds; k++) {
            struct ut_hold_span h = s->hold[k];
            h.end_ms = hold_end_ms(s, &h);
            shared_ms += ut_hold_shared_ms(&h, s->turn[i].begin_ms, s->turn[i].end_ms);
        }
    return shared_ms;
}

static double loudness(const struct ut_wire_score *r, int party)
{
    if (party == UT_CUSTOMER)
        return ut_readings_loudness(r->customer_loudness);
    return ut_readings_loudness_of(ut_readings_level_dbfs(r->agent_level));
}

static json_t *talk_speed(const struct ut_call_summary *s, int party)
{
    double sum = 0;
    int n = 0;
    for (size_t i = 0; i < s->scores; i++) {
        uint8_t pace = party == UT_CUSTOMER ? s->score[i].customer_pace : s->score[i].agent_pace;
        if (ut_wire_speaks(&s->score[i], party) && pace > 0 && ut_wire_abstain(&s->score[i]) != UT_ABSTAIN_MIXED) {
            sum += ut_readings_pace(pace);
            n++;
        }
    }
    double pace = n > 0 ? sum / n : 0;
    return json_pack("{s:I, s:o, s:b}", "AverageWordsPerMinute",
                     (json_int_t)llround(ut_readings_words_per_minute(pace)), "SyllablesPerSecond",
                     ut_json_number(pace, 2), "Estimated", 1);
}

/* 5 x (D - F) over the scored records of [begin, end); *n = how many there were. */
static double sentiment(const struct ut_call_summary *s, int64_t begin_ms, int64_t end_ms, int *n)
{
    double sum = 0;
    *n = 0;
    for (size_t i = 0; i < s->scores; i++) {
        const struct ut_wire_score *r = &s->score[i];
        if (!ut_wire_scored(r) || r->t_ms <= begin_ms || r->t_ms > end_ms)
            continue;
        sum += ut_readings_share(5 * (r->delight - r->frustration));
        (*n)++;
    }
    return *n > 0 ? sum / *n : 0;
}

static json_t *sentiments(const struct ut_call_summary *s)
{
    json_t *overall = json_object(), *quarters = json_array();
    int n;
    double all = sentiment(s, -1, s->end_ms, &n);
    if (n > 0)
        json_object_set_new(overall, "CUSTOMER", ut_json_number(all, 2));
    for (int q = 0; q < 4; q++) {
        int64_t begin = s->end_ms * q / 4, end = s->end_ms * (q + 1) / 4;
        double x = sentiment(s, q == 0 ? -1 : begin, end, &n);
        if (n > 0)
            json_array_append_new(quarters,
                                  json_pack("{s:I, s:I, s:o}", "BeginOffsetMillis", (json_int_t)begin,
                                            "EndOffsetMillis", (json_int_t)end, "Score", ut_json_number(x, 2)));
    }
    return json_pack("{s:o, s:{s:{s:o}}}", "OverallSentiment", overall, "SentimentByPeriod", "QUARTER", "CUSTOMER",
                     quarters);
}

/* One entry per turn: no words, one loudness per second of it. */
static json_t *transcript(const struct ut_call_summary *s)
{
    json_t *list = json_array();
    size_t from[2] = {0, 0}; /* turns of one party do not overlap: no need to look back */
    int number = 0;
    for (size_t i = 0; i < s->turns; i++) {
        const struct ut_wire_turn *t = &s->turn[i];
        if (t->kind != UT_TURN_END || t->party >= UT_BOTH)
            continue;
        json_t *values = json_array();
        size_t at = from[t->party];
        while (at < s->scores && s->score[at].t_ms <= t->begin_ms)
            at++;
        for (int64_t second = t->begin_ms; second < t->end_ms; second += 1000) {
            double sum = 0;
            int n = 0;
            for (; at < s->scores && s->score[at].t_ms <= second + 1000; at++) {
                if (!ut_wire_speaks(&s->score[at], t->party))
                    continue;
                sum += loudness(&s->score[at], t->party);
                n++;
            }
            json_array_append_new(values, ut_json_number(n > 0 ? sum / n : 0, 1));
        }
        from[t->party] = at;
        char id[24];
        snprintf(id, sizeof id, "T%d", ++number);
        json_t *entry = span(t);
        json_object_set_new(entry, "Id", json_string(id));
        json_object_set_new(entry, "ParticipantId", json_string(ut_party_role(t->party)));
        json_object_set_new(entry, "ParticipantRole", json_string(ut_party_role(t->party)));
        json_object_set_new(entry, "LoudnessScore", values);
        json_array_append_new(list, entry);
    }
    return list;
}

static json_t *characteristics(const struct ut_call_summary *s)
{
    int64_t nontalk_ms = 0, interrupted_ms = 0;
    int64_t agent_ms = s->facts.party[UT_AGENT].talk_ms, customer_ms = s->facts.party[UT_CUSTOMER].talk_ms;
    json_t *nontalk = spans(s, UT_TURN_NONTALK_END, -1, &nontalk_ms);
    json_t *by = json_object();
    size_t interruptions = 0;
    for (int party = UT_AGENT; party >= UT_CUSTOMER; party--) {
        json_t *list = spans(s, UT_TURN_INTERRUPTION, party, &interrupted_ms);
        interruptions += json_array_size(list);
        if (json_array_size(list) > 0)
            json_object_set_new(by, ut_party_role(party), list);
        else
            json_decref(list);
    }
    json_t *silence = json_pack("{s:I, s:I, s:o}", "TotalTimeMillis", (json_int_t)nontalk_ms, "HoldMillis",
                                (json_int_t)silent_hold_ms(s), "Instances", nontalk);
    json_t *time = json_pack("{s:I, s:{s:{s:I}, s:{s:I}}}", "TotalTimeMillis", (json_int_t)(agent_ms + customer_ms),
                             "DetailsByParticipant", "AGENT", "TotalTimeMillis", (json_int_t)agent_ms, "CUSTOMER",
                             "TotalTimeMillis", (json_int_t)customer_ms);
    json_t *speed = json_pack("{s:{s:o, s:o}}", "DetailsByParticipant", "AGENT", talk_speed(s, UT_AGENT), "CUSTOMER",
                              talk_speed(s, UT_CUSTOMER));
    json_t *interrupted = json_pack("{s:I, s:I, s:o}", "TotalCount", (json_int_t)interruptions, "TotalTimeMillis",
                                    (json_int_t)interrupted_ms, "InterruptionsByInterrupter", by);
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "TotalConversationDurationMillis",
                     (json_int_t)s->end_ms, "NonTalkTime", silence, "HoldTime", holds(s), "TalkTime", time, "TalkSpeed",
                     speed, "Interruptions", interrupted, "Sentiment", sentiments(s), "Facts",
                     s->memory != NULL ? ut_facts_json(&s->facts, s->memory) : json_null());
}

static json_t *emotion_summary(const struct ut_call_summary *s)
{
    int64_t scored_ms = 0, abstained_ms = 0;
    for (size_t i = 0; i < s->scores; i++) {
        if (ut_wire_scored(&s->score[i]))
            scored_ms += UT_CUE_SCORE_MS;
        else if (ut_wire_speaks(&s->score[i], UT_CUSTOMER))
            abstained_ms += UT_CUE_SCORE_MS;
    }
    json_t *out = json_pack("{s:I, s:I}", "ScoredSpeechMillis", (json_int_t)scored_ms, "AbstainedMillis",
                            (json_int_t)abstained_ms);
    const struct ut_trajectory *t = &s->trajectory;
    if (t->first.valid) {
        json_object_set_new(out, "FrustrationBegin", ut_json_number(t->first.frustration, 3));
        json_object_set_new(out, "FrustrationEnd", ut_json_number(t->last.frustration, 3));
    }
    if (t->peak >= 0) {
        json_object_set_new(out, "FrustrationPeak", ut_json_number(t->peak, 3));
        json_object_set_new(out, "DelightPeak", ut_json_number(t->delight_peak, 3));
    }
    return out;
}

json_t *ut_call_summary_trajectory(const struct ut_call_summary *s)
{
    return ut_trajectory_json(&s->trajectory, s->score, s->scores, s->end_ms);
}

json_t *ut_call_summary_json(const struct ut_call_summary *s, const char *contact_id, const char *status,
                             const char *policy, json_t *disclosure, json_t *model, json_t *device, json_t *channels)
{
    int64_t overlap_ms = 0;
    json_t *overlaps = spans(s, UT_TURN_OVERLAP_END, -1, &overlap_ms);
    json_t *emotion = json_pack(
        "{s:s, s:O, s:O, s:O, s:s, s:O, s:s, s:o, s:o, s:O, s:O, s:O, s:o, s:O, s:O}", "SchemaVersion", "1", "ModelId",
        json_object_get(model, "Id"), "ModelSha256", json_object_get(model, "Sha256"), "ModelCrc32",
        json_object_get(model, "Crc32"), "Policy", policy, "Disclosure", disclosure, "ScoredRole", "CUSTOMER",
        "Summary", emotion_summary(s), "Trajectory", ut_call_summary_trajectory(s), "Cues", s->cues, "Suppressed",
        s->suppressed, "Flags", s->flags, "Overlaps", overlaps, "Device", device, "Channels", channels);
    return json_pack("{s:s, s:s, s:s, s:s, s:{s:s}, s:[{s:s, s:s}, {s:s, s:s}], s:o, s:o, s:o}", "Version", "1.1.0",
                     "Channel", "VOICE", "JobStatus", status, "LanguageCode", "und", "CustomerMetadata", "ContactId",
                     contact_id, "Participants", "ParticipantId", "AGENT", "ParticipantRole", "AGENT", "ParticipantId",
                     "CUSTOMER", "ParticipantRole", "CUSTOMER", "ConversationCharacteristics", characteristics(s),
                     "Transcript", transcript(s), "AcousticEmotion", emotion);
}

void ut_call_summary_withhold(json_t *call, const struct ut_withheld *w)
{
    json_t *c = json_object_get(call, "ConversationCharacteristics"),
           *emotion = json_object_get(call, "AcousticEmotion");
    if (w->ms > 0)
        json_object_set_new(
            emotion, "Withheld",
            json_pack("{s:s, s:I}", "Reason", ut_readings_abstain_name(UT_ABSTAIN_MIXED), "Millis", (json_int_t)w->ms));
    if (!ut_withheld_all(w))
        return;
    json_object_set_new(c, "TalkTime", json_pack("{s:n, s:{}}", "TotalTimeMillis", "DetailsByParticipant"));
    json_object_set_new(c, "TalkSpeed", json_pack("{s:{}}", "DetailsByParticipant"));
    json_object_set_new(c, "Interruptions",
                        json_pack("{s:n, s:n, s:{}}", "TotalCount", "TotalTimeMillis", "InterruptionsByInterrupter"));
    json_object_set_new(c, "Facts", json_null());
    json_object_set_new(emotion, "Overlaps", json_null());
}
