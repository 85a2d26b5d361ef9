/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/event_data.h"

#include "firmware/turns.h"
#include "host-tools/call/channels.h"
#include "host-tools/call/evidence.h"
#include "host-tools/call/party.h"
#include "host-tools/cues/readings.h"
#include "host-tools/system/timestamp.h"
#include "host-tools/system/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const turn_name[UT_TURN_KINDS] = {
    [UT_TURN_IPU_START] = "ipu_started",
    [UT_TURN_IPU_END] = "ipu_ended",
    [UT_TURN_BACKCHANNEL] = "backchannel",
    [UT_TURN_START] = "turn_started",
    [UT_TURN_END] = "turn_ended",
    [UT_TURN_OVERLAP_START] = "overlap_started",
    [UT_TURN_OVERLAP_END] = "overlap_ended",
    [UT_TURN_INTERRUPTION] = "interruption",
    [UT_TURN_NONTALK_START] = "non_talk_started",
    [UT_TURN_NONTALK_END] = "non_talk_ended",
};

json_t *ut_event_data_model(const struct ut_event_origin *o)
{
    char id[sizeof o->hello->model_id + 1] = {0}, crc[16];
    if (o->hello == NULL || o->hello->model_crc32 == 0)
        return json_pack("{s:n, s:n, s:n}", "Id", "Crc32", "Sha256");
    memcpy(id, o->hello->model_id, sizeof o->hello->model_id);
    ut_utf8_clean(id);
    snprintf(crc, sizeof crc, "%08x", (unsigned)o->hello->model_crc32);
    return json_pack("{s:s, s:s, s:n}", "Id", id, "Crc32", crc, "Sha256");
}

json_t *ut_event_data_firmware(const struct ut_event_origin *o)
{
    char text[20];
    if (o->hello == NULL)
        return json_null();
    snprintf(text, sizeof text, "%d.%d.%d", o->hello->fw_major, o->hello->fw_minor, o->hello->fw_patch);
    return json_string(text);
}

/* Members that all events have in common. */
static json_t *data_new(const struct ut_event_origin *o)
{
    return json_pack("{s:s, s:o, s:o, s:s, s:s}", "ContactId", o->contact_id, "Model", ut_event_data_model(o),
                     "Firmware", ut_event_data_firmware(o), "ConfigCrc32", o->config_crc32, "Policy", o->policy);
}

static void set(json_t *data, const char *key, json_t *value)
{
    json_object_set_new(data, key, value);
}

static void set_text(json_t *data, const char *key, const char *text)
{
    set(data, key, json_string(text));
}

static void set_count(json_t *data, const char *key, int64_t n)
{
    set(data, key, json_integer(n));
}

json_t *ut_event_data_started(const struct ut_event_origin *o, const char *disclosure, const char *alone,
                              const char *customer, char line[UT_EVENT_LINE])
{
    char when[UT_TIMESTAMP_TEXT];
    json_t *data = data_new(o);
    set_count(data, "BeginOffsetMillis", 0);
    set_text(data, "Channel", "VOICE");
    set_text(data, "Disclosure", disclosure);
    if (o->hello != NULL)
        set_count(data, "FeaturesVersion", o->hello->features_version);
    if (alone != NULL)
        set_text(data, "CustomerAlone", alone);
    if (customer[0] != '\0')
        set_text(data, "Customer", customer);
    snprintf(line, UT_EVENT_LINE, "%s  call         %s begins%s", ut_timestamp_call(0, when), o->contact_id,
             alone == NULL                    ? ""
             : strcmp(alone, "declared") == 0 ? "; its one channel is declared to be the customer alone"
                                              : "; nobody has declared that its one channel is the customer alone");
    return data;
}

json_t *ut_event_data_disclosed(const struct ut_event_origin *o, int64_t t_ms, const char *by, char line[UT_EVENT_LINE])
{
    char when[UT_TIMESTAMP_TEXT];
    json_t *data = data_new(o);
    set_count(data, "OffsetMillis", t_ms);
    set_text(data, "By", by);
    snprintf(line, UT_EVENT_LINE, "%s  disclosure   acknowledged (%s)", ut_timestamp_call(t_ms, when), by);
    return data;
}

json_t *ut_event_data_identified(const struct ut_event_origin *o, int64_t t_ms, const char *contact,
                                 const char *customer, char line[UT_EVENT_LINE])
{
    char when[UT_TIMESTAMP_TEXT];
    json_t *data = data_new(o);
    set_count(data, "OffsetMillis", t_ms);
    if (contact[0] != '\0')
        set_text(data, "Contact", contact);
    if (customer[0] != '\0')
        set_text(data, "Customer", customer);
    snprintf(line, UT_EVENT_LINE, "%s  call         %s%s%s", ut_timestamp_call(t_ms, when),
             contact[0] != '\0' ? "is contact " : "", contact,
             customer[0] == '\0'  ? ""
             : contact[0] != '\0' ? ", its customer is known"
                                  : "its customer is known");
    return data;
}

json_t *ut_event_data_refused(const struct ut_event_origin *o, int64_t t_ms, bool withdrawn, const char *by,
                              char line[UT_EVENT_LINE])
{
    char when[UT_TIMESTAMP_TEXT];
    json_t *data = data_new(o);
    set_count(data, "OffsetMillis", t_ms);
    set_text(data, "Kind", withdrawn ? "withdrawn" : "refused");
    set_text(data, "By", by);
    snprintf(line, UT_EVENT_LINE, "%s  disclosure   %s by the customer (%s): no scores any more",
             ut_timestamp_call(t_ms, when), withdrawn ? "withdrawn" : "refused", by);
    return data;
}

json_t *ut_event_data_outcome(const struct ut_event_origin *o, int64_t t_ms, enum ut_cue cue, const char *opening,
                              const char *outcome, char line[UT_EVENT_LINE])
{
    char when[UT_TIMESTAMP_TEXT];
    json_t *data = data_new(o);
    set_count(data, "OffsetMillis", t_ms);
    set_text(data, "Cue", ut_cue_info[cue].name);
    set_text(data, "Opening", opening);
    set_text(data, "Outcome", outcome);
    snprintf(line, UT_EVENT_LINE, "%s  cue          %s: %s", ut_timestamp_call(t_ms, when), ut_cue_info[cue].name,
             outcome);
    return data;
}

json_t *ut_event_data_common(const struct ut_event_origin *o)
{
    return data_new(o);
}

json_t *ut_event_data_cut(int64_t t_ms, const char *cut)
{
    char clean[300];
    snprintf(clean, sizeof clean, "%s", cut);
    ut_utf8_clean(clean);
    return json_pack("{s:I, s:s}", "AfterMillis", (json_int_t)t_ms, "Reason", clean);
}

json_t *ut_event_data_ended(const struct ut_event_origin *o, int64_t t_ms, uint32_t records_lost, const char *reason,
                            const char *cut, char line[UT_EVENT_LINE])
{
    char when[UT_TIMESTAMP_TEXT], why[300];
    json_t *data = data_new(o);
    set_count(data, "BeginOffsetMillis", 0);
    set_count(data, "EndOffsetMillis", t_ms);
    set_count(data, "RecordsLost", records_lost);
    ut_timestamp_call(t_ms, when);
    if (cut != NULL)
        set(data, "Truncated", ut_event_data_cut(t_ms, cut));
    if (reason == NULL) {
        int n = snprintf(line, UT_EVENT_LINE, "%s  call         %s ends", when, o->contact_id);
        if (cut != NULL)
            snprintf(line + n, UT_EVENT_LINE - (size_t)n, ": truncated recording, %s",
                     json_string_value(json_object_get(json_object_get(data, "Truncated"), "Reason")));
        return data;
    }
    snprintf(why, sizeof why, "%s", reason);
    ut_utf8_clean(why);
    set_text(data, "Reason", why);
    snprintf(line, UT_EVENT_LINE, "%s  call         %s failed: %s", when, o->contact_id, why);
    return data;
}

/* Members that a cue's events and a flag's have in common. */
static json_t *cue_data(const struct ut_event_origin *o, const struct ut_cue_change *c, const char *state)
{
    const struct ut_cue_info *info = &ut_cue_info[c->cue];
    json_t *data = data_new(o);
    set_text(data, "Cue", info->name);
    set_text(data, "State", state);
    set_text(data, "ParticipantRole", info->role);
    set_text(data, "Severity", info->severity);
    set_text(data, "Title", c->title);
    set_text(data, "Text", c->text);
    set_count(data, "BeginOffsetMillis", c->begin_ms);
    set_count(data, "EndOffsetMillis", c->t_ms);
    set_count(data, "NotifyOffsetMillis", c->opened_ms);
    set_text(data, "Rule", c->rule);
    set(data, "Explanation", ut_evidence_json(c));
    return data;
}

static json_t *opened(const struct ut_event_origin *o, const struct ut_cue_change *c, const char *when,
                      char line[UT_EVENT_LINE])
{
    static const struct {
        const char *code, *remark;
    } display[] = {[UT_DISPLAY_SHOWN] = {"shown", ""},
                   [UT_DISPLAY_WAITING] = {"waiting", " [waits: another cue is visible]"},
                   [UT_DISPLAY_BUDGET] = {"suppressed", " [not shown: budget spent]"},
                   [UT_DISPLAY_MUTED] = {"muted", " [not shown: muted]"},
                   [UT_DISPLAY_GAUGE] = {"gauge", " [gauge]"},
                   [UT_DISPLAY_ARROW] = {"arrow", " [arrow]"}};
    char why[600];
    json_t *data = cue_data(o, c, "OPEN");
    set_text(data, "Display", display[c->display].code);
    snprintf(line, UT_EVENT_LINE, "%s  cue opens    %s: %s (%s)%s", when, ut_cue_info[c->cue].name,
             ut_catalogue_cue(UT_ENGLISH, c->cue, o->config).title,
             ut_evidence_rule(UT_ENGLISH, o->config, c, o->explain, why, sizeof why), display[c->display].remark);
    return data;
}

static json_t *closed(const struct ut_event_origin *o, const struct ut_cue_change *c, const char *when,
                      char line[UT_EVENT_LINE])
{
    json_t *data = cue_data(o, c, "CLOSED");
    set_count(data, "ShownMillis", c->shown_ms);
    set_text(data, "Reason", c->call_ended ? "call_ended" : "condition_ended");
    set(data, "Dismissed", json_boolean(c->dismissed));
    snprintf(line, UT_EVENT_LINE, "%s  cue closes   %s after %.2f s%s", when, ut_cue_info[c->cue].name,
             (double)(c->t_ms - c->opened_ms) / 1000, c->call_ended ? " (end of the call)" : "");
    return data;
}

static json_t *flag(const struct ut_event_origin *o, const struct ut_cue_change *c, const char *when,
                    char line[UT_EVENT_LINE])
{
    bool raised = c->what == UT_CUE_FLAG_RAISED;
    json_t *data = cue_data(o, c, raised ? "RAISED" : "LOWERED");
    if (!raised)
        set_text(data, "Reason", c->reason);
    snprintf(line, UT_EVENT_LINE, "%s  flag         %s for the supervisor: %s%s%s", when, raised ? "raised" : "lowered",
             ut_cue_info[c->cue].name, raised ? "" : ", ", raised ? "" : c->reason);
    return data;
}

json_t *ut_event_data_cue(const struct ut_event_origin *o, const struct ut_cue_change *c, char line[UT_EVENT_LINE])
{
    char when[UT_TIMESTAMP_TEXT];
    ut_timestamp_call(c->t_ms, when);
    if (c->what == UT_CUE_OPENED)
        return opened(o, c, when, line);
    return c->what == UT_CUE_CLOSED ? closed(o, c, when, line) : flag(o, c, when, line);
}

static json_t *means_json(const struct ut_cue_means *m)
{
    if (!m->valid)
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "Frustration", ut_json_number(m->frustration, 3), "Delight",
                     ut_json_number(m->delight, 3), "Confidence", ut_json_number(m->confidence, 3));
}

static json_t *number_if(int valid, double value, int digits)
{
    return valid ? ut_json_number(value, digits) : json_null();
}

json_t *ut_event_data_score(const struct ut_event_origin *o, const struct ut_event_second *second,
                            char line[UT_EVENT_LINE])
{
    const struct ut_wire_score *r = &second->newest;
    const struct ut_cue_memory *m = second->usual;
    const struct ut_cue_means *now = &second->now;
    char when[UT_TIMESTAMP_TEXT], score[80] = "no score";
    bool abstains = strcmp(second->abstain, "none") != 0;
    json_t *data = data_new(o);
    set_text(data, "ParticipantRole", ut_party_role(UT_CUSTOMER));
    set_count(data, "BeginOffsetMillis", second->begin_ms);
    set_count(data, "EndOffsetMillis", r->t_ms);
    set(data, "Score", means_json(now));
    set(data, "ScoreFast", means_json(&m->fast));
    set(data, "ScoreSlow", means_json(&m->slow));
    set(data, "Slope", number_if(m->slope_valid, m->slope, 3));
    set(data, "Forecast", number_if(m->slope_valid, m->forecast, 3));
    set_text(data, "Abstain", second->abstain);
    set(data, "LoudnessScore", number_if(second->loudness >= 0, second->loudness, 1));
    set(data, "PitchSemitones", number_if(r->customer_f0 > 0, ut_readings_semitones(r->customer_f0), 2));
    set(data, "SyllablesPerSecond", ut_json_number(ut_readings_pace(r->customer_pace), 3));
    set(data, "Agent",
        json_pack("{s:o, s:o, s:o}", "LevelDbfs", ut_json_number(ut_readings_level_dbfs(r->agent_level), 1),
                  "SyllablesPerSecond", ut_json_number(ut_readings_pace(r->agent_pace), 3), "TalkShare",
                  second->agent_share >= 0 ? ut_json_number(second->agent_share, 3) : json_null()));
    if (now->valid)
        snprintf(score, sizeof score, "frustration %.2f delight %.2f confidence %.2f", now->frustration, now->delight,
                 now->confidence);
    snprintf(line, UT_EVENT_LINE, "%s  score        %s%s%s", ut_timestamp_call(r->t_ms, when), score,
             abstains ? ", abstains: " : "", abstains ? second->abstain : "");
    return data;
}

json_t *ut_event_data_turn(const struct ut_event_origin *o, const struct ut_wire_turn *t, char line[UT_EVENT_LINE])
{
    char when[UT_TIMESTAMP_TEXT];
    double from = t->begin_ms / 1000.0, to = t->end_ms / 1000.0;
    const char *who = ut_party_word(t->party);
    json_t *data = data_new(o);
    set_text(data, "Kind", turn_name[t->kind]);
    set_text(data, "ParticipantRole", ut_party_role(t->party));
    set_count(data, "BeginOffsetMillis", t->begin_ms);
    set_count(data, "EndOffsetMillis", t->end_ms);
    set_count(data, "NotifyOffsetMillis", t->t_ms);
    line[0] = '\0';
    ut_timestamp_call(t->t_ms, when);
    switch (t->kind) {
    case UT_TURN_END:
        snprintf(line, UT_EVENT_LINE, "%s  turn         %s spoke from %.2f to %.2f s", when, who, from, to);
        break;
    case UT_TURN_BACKCHANNEL:
        snprintf(line, UT_EVENT_LINE, "%s  backchannel  %s, %.2f to %.2f s", when, who, from, to);
        break;
    case UT_TURN_INTERRUPTION:
        snprintf(line, UT_EVENT_LINE, "%s  interruption by the %s at %.2f s; the other stopped at %.2f s", when, who,
                 from, to);
        break;
    case UT_TURN_OVERLAP_END:
        snprintf(line, UT_EVENT_LINE, "%s  overlap      both spoke from %.2f to %.2f s", when, from, to);
        break;
    case UT_TURN_NONTALK_END:
        snprintf(line, UT_EVENT_LINE, "%s  non-talk     silence from %.2f to %.2f s", when, from, to);
        break;
    default:
        break;
    }
    return data;
}

json_t *ut_event_data_hold(const struct ut_event_origin *o, const struct ut_hold_span *span, uint32_t count,
                           int64_t ended_ms, char line[UT_EVENT_LINE])
{
    static const char *const why[] = {[UT_HOLD_BY_SPEECH] = "somebody speaks",
                                      [UT_HOLD_BY_LINE] = "the line is back",
                                      [UT_HOLD_BY_CALL] = "end of the call",
                                      [UT_HOLD_BY_WORD] = "taken off"};
    char when[UT_TIMESTAMP_TEXT], what[60];
    bool ended = span->end_ms != UT_HOLD_OPEN;
    json_t *data = data_new(o);
    set_text(data, "State", ended ? "ENDED" : "ON_HOLD");
    set_text(data, "Kind", ut_hold_kind_name(span->kind));
    set_text(data, "ParticipantRole", ut_party_role(span->party));
    set_count(data, "BeginOffsetMillis", span->begin_ms);
    if (ended) {
        set_count(data, "EndOffsetMillis", span->end_ms);
        set_count(data, "DurationMillis", span->end_ms - span->begin_ms);
        set_text(data, "Reason", ut_hold_end_name(span->reason));
    }
    set_count(data, "NotifyOffsetMillis", span->known_ms);
    set_count(data, "Count", count);
    set_count(data, "TotalTimeMillis", ended_ms);
    ut_timestamp_call(span->known_ms, when);
    if (span->kind == UT_HOLD_SOUND)
        snprintf(what, sizeof what, "sound, and no speech, in the %s's channel", ut_party_word(span->party));
    else
        snprintf(what, sizeof what, "%s",
                 span->kind == UT_HOLD_TOLD ? "put there" : "nothing is heard of the customer's line");
    if (ended)
        snprintf(line, UT_EVENT_LINE, "%s  hold ends    at %.2f s, after %.2f s: %s; %u hold%s so far, %.2f s", when,
                 (double)span->end_ms / 1000, (double)(span->end_ms - span->begin_ms) / 1000, why[span->reason],
                 (unsigned)count, count == 1 ? "" : "s", (double)ended_ms / 1000);
    else
        snprintf(line, UT_EVENT_LINE, "%s  on hold      since %.2f s: %s", when, (double)span->begin_ms / 1000, what);
    return data;
}

json_t *ut_event_data_status(const struct ut_event_origin *o, const struct ut_wire_status *d,
                             const struct ut_wire_status *before, const struct ut_wire_receiver *receiver,
                             char line[UT_EVENT_LINE])
{
    char when[UT_TIMESTAMP_TEXT], words[200];
    json_t *data = data_new(o);
    set_count(data, "OffsetMillis", d->t_ms);
    set_count(data, "AudioBlocksLost", d->overruns);
    set_count(data, "RecordsDropped", d->drops);
    set_count(data, "RecordsLost", receiver->lost);
    set_count(data, "FramesMalformed", receiver->malformed);
    set_count(data, "RecordsUnknown", receiver->unknown);
    set_count(data, "CustomerSnrDb", d->customer_snr);
    set_count(data, "AgentSnrDb", d->agent_snr);
    set_count(data, "CallerKnownPercent", d->known);
    json_object_set_new(data, "Channels", ut_channels_json(d));
    line[0] = '\0';
    if (d->overruns != before->overruns || d->drops != before->drops)
        snprintf(line, UT_EVENT_LINE, "%s  headset      %u audio blocks lost, %u records dropped",
                 ut_timestamp_call(d->t_ms, when), (unsigned)d->overruns, (unsigned)d->drops);
    else if (d->channels != before->channels)
        snprintf(line, UT_EVENT_LINE, "%s  channels     %s", ut_timestamp_call(d->t_ms, when),
                 ut_channels_words(d, words, sizeof words));
    return data;
}
