/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/session.h"

#include "firmware/engine.h"
#include "firmware/turns.h"
#include "host-tools/call/summary.h"
#include "host-tools/cues/readings.h"
#include "host-tools/headset/reset.h"
#include "host-tools/system/utf8.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BACK_MS = 1000,   /* a record's time may lie this far behind the newest ... */
    AHEAD_MS = 60000, /* ... or this far ahead of it; beyond, a second one has to agree */
    AGREE_MS = 5000,
    LOST_MS = 3600000, /* silence of the link after which the call is given up */
    RECENT = 64,       /* records that may wait in the headset, and so be sent again */
    REPEATS = 2 * RECENT
};

struct ut_session {
    struct ut_session_options options;
    char base_id[100];
    char config_crc32[12];
    struct ut_wire_receiver receiver;
    struct ut_events events;
    struct ut_cue_engine engine;
    struct ut_call_summary summary;
    struct ut_snapshot snapshot;
    bool active; /* a call is under way */
    bool ending; /* its last score came, its last status has not */
    bool said_unknown;
    const char *status;                     /* JobStatus */
    char disclosed[24], disclosed_next[24]; /* by whom, of this (or the last) call and before the next; "" = not yet */
    int64_t disclosed_ms;                   /* -1 = before the call */
    struct ut_wire_reset reset;             /* the last one told */
    bool have_reset;
    int calls;
    uint8_t recent[RECENT][UT_WIRE_RECORD_BYTES];
    unsigned recent_at, resumed; /* records since a link began anew, up to REPEATS */
    int64_t newest_ms;           /* of the call; -1 = none yet */
    int64_t score_ms;            /* time of the last score; -1 = none yet */
    int64_t doubtful_ms;         /* time of the last record that lay far from the newest; -1 = none */
    bool hello_last;             /* the record before was a hello: the headset may have started again */
    uint32_t malformed_said;     /* frames dropped when garbage was last remarked upon */
    /* since the last score event */
    struct {
        int records, speech, scored;
        int64_t begin_ms;
        int32_t loudness, frustration, delight, confidence;
    } second;
};

static const char *const role[] = {[UT_CUSTOMER] = "CUSTOMER", [UT_AGENT] = "AGENT", [UT_BOTH] = "BOTH"};
static const char *const person[] = {[UT_CUSTOMER] = "customer", [UT_AGENT] = "agent", [UT_BOTH] = "both"};

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

__attribute__((format(printf, 2, 3))) static void note(const struct ut_session *s, const char *format, ...)
{
    char text[300];
    va_list args;
    if (s->options.on_note == NULL)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    s->options.on_note(s->options.ctx, text);
}

const char *ut_policy_name(enum ut_policy policy)
{
    return policy == UT_POLICY_EU ? "eu" : "research";
}

static bool undisclosed(const struct ut_session *s)
{
    return s->options.policy == UT_POLICY_EU && s->disclosed[0] == '\0';
}

/* The provenance every event and file carries. */
static json_t *model_json(const struct ut_session *s)
{
    char id[sizeof s->snapshot.hello.model_id + 1] = {0}, crc[16];
    if (!s->snapshot.have_hello || s->snapshot.hello.model_crc32 == 0)
        return json_pack("{s:n, s:n, s:n}", "Id", "Crc32", "Sha256");
    memcpy(id, s->snapshot.hello.model_id, sizeof s->snapshot.hello.model_id);
    ut_utf8_clean(id);
    snprintf(crc, sizeof crc, "%08x", (unsigned)s->snapshot.hello.model_crc32);
    return json_pack("{s:s, s:s, s:n}", "Id", id, "Crc32", crc, "Sha256");
}

static json_t *firmware_json(const struct ut_session *s)
{
    char text[20];
    if (!s->snapshot.have_hello)
        return json_null();
    snprintf(text, sizeof text, "%d.%d.%d", s->snapshot.hello.fw_major, s->snapshot.hello.fw_minor,
             s->snapshot.hello.fw_patch);
    return json_string(text);
}

/* Data common to all events; the caller adds its own members. */
static json_t *data_new(const struct ut_session *s)
{
    return json_pack("{s:s, s:o, s:o, s:s, s:s}", "ContactId", s->events.contact_id, "Model", model_json(s), "Firmware",
                     firmware_json(s), "ConfigCrc32", s->config_crc32, "Policy", ut_policy_name(s->options.policy));
}

static void set_time(json_t *data, const char *key, int64_t ms)
{
    json_object_set_new(data, key, json_integer(ms));
}

/* "   12.340 s" */
static const char *clock_text(int64_t ms, char *text, size_t room)
{
    snprintf(text, room, "%6lld.%03d s", (long long)(ms / 1000), (int)(ms % 1000));
    return text;
}

/* For people: the rule with its numbers, then what was measured. */
static void evidence_text(const struct ut_session *s, const struct ut_cue_change *c, char *text, size_t room)
{
    enum ut_language language = s->snapshot.language;
    ut_catalogue_fill(text, room, ut_catalogue[language][c->cue].rule, language, c->cue, s->options.config, c->detail);
    size_t at = strlen(text);
    for (int i = 0; i < c->evidence_count && at < room; i++) {
        const struct ut_cue_evidence *e = &c->evidence[i];
        const char *unit = ut_catalogue_word(language, e->unit);
        if (strcmp(e->unit, "count") == 0 || strcmp(e->unit, "score") == 0 || strcmp(e->unit, "share") == 0)
            unit = "";
        at += (size_t)snprintf(text + at, room - at, "%s %s %.4g%s%s", i > 0 ? "," : ":",
                               ut_catalogue_word(language, e->feature), e->value, unit[0] != '\0' ? " " : "", unit);
        if (e->has_baseline && at < room)
            at += (size_t)snprintf(text + at, room - at, " (%s %.4g)", ut_catalogue_word(language, "usually"),
                                   e->baseline);
    }
}

/* Members that a cue's events and a flag's have in common. */
static json_t *cue_data(const struct ut_session *s, const struct ut_cue_change *c, const char *state)
{
    const struct ut_cue_info *info = &ut_cue_info[c->cue];
    json_t *data = data_new(s);
    json_object_set_new(data, "Cue", json_string(info->name));
    json_object_set_new(data, "State", json_string(state));
    json_object_set_new(data, "ParticipantRole", json_string(info->role));
    json_object_set_new(data, "Severity", json_string(info->severity));
    json_object_set_new(data, "Title", json_string(c->title));
    json_object_set_new(data, "Text", json_string(c->text));
    set_time(data, "BeginOffsetMillis", c->begin_ms);
    set_time(data, "EndOffsetMillis", c->t_ms);
    set_time(data, "NotifyOffsetMillis", c->opened_ms);
    json_object_set_new(data, "Rule", json_string(c->rule));
    json_object_set_new(data, "Explanation", ut_call_summary_explanation(c));
    return data;
}

static void cue_opened(struct ut_session *s, const struct ut_cue_change *c, const char *when)
{
    static const char *const display[] = {
        [UT_DISPLAY_SHOWN] = "shown", [UT_DISPLAY_WAITING] = "waiting", [UT_DISPLAY_BUDGET] = "suppressed",
        [UT_DISPLAY_MUTED] = "muted", [UT_DISPLAY_GAUGE] = "gauge",     [UT_DISPLAY_ARROW] = "arrow"};
    static const char *const remark[] = {[UT_DISPLAY_SHOWN] = "",
                                         [UT_DISPLAY_WAITING] = " [waits: another cue is visible]",
                                         [UT_DISPLAY_BUDGET] = " [not shown: budget spent]",
                                         [UT_DISPLAY_MUTED] = " [not shown: muted]",
                                         [UT_DISPLAY_GAUGE] = " [gauge]",
                                         [UT_DISPLAY_ARROW] = " [arrow]"};
    char why[600], line[800];
    json_t *data = cue_data(s, c, "OPEN");
    json_object_set_new(data, "Display", json_string(display[c->display]));
    evidence_text(s, c, why, sizeof why);
    snprintf(line, sizeof line, "%s  cue opens    %s: %s (%s)%s", when, ut_cue_info[c->cue].name,
             ut_catalogue[s->snapshot.language][c->cue].title, why, remark[c->display]);
    ut_events_send(&s->events, UT_EVENT_CUE_OPENED, c->t_ms, data, line);
}

static void cue_closed(struct ut_session *s, const struct ut_cue_change *c, const char *when)
{
    char line[200];
    json_t *data = cue_data(s, c, "CLOSED");
    set_time(data, "ShownMillis", c->shown_ms);
    json_object_set_new(data, "Reason", json_string(c->call_ended ? "call_ended" : "condition_ended"));
    json_object_set_new(data, "Dismissed", json_boolean(c->dismissed));
    snprintf(line, sizeof line, "%s  cue closes   %s after %.2f s%s", when, ut_cue_info[c->cue].name,
             (double)(c->t_ms - c->opened_ms) / 1000, c->call_ended ? " (end of the call)" : "");
    ut_events_send(&s->events, UT_EVENT_CUE_CLOSED, c->t_ms, data, line);
}

static void flag_changed(struct ut_session *s, const struct ut_cue_change *c, const char *when)
{
    char line[200];
    bool raised = c->what == UT_CUE_FLAG_RAISED;
    json_t *data = cue_data(s, c, raised ? "RAISED" : "LOWERED");
    if (!raised)
        json_object_set_new(data, "Reason", json_string(c->reason));
    s->snapshot.flagged = raised;
    snprintf(line, sizeof line, "%s  flag         %s for the supervisor: %s%s%s", when, raised ? "raised" : "lowered",
             ut_cue_info[c->cue].name, raised ? "" : ", ", raised ? "" : c->reason);
    ut_events_send(&s->events, raised ? UT_EVENT_FLAG_RAISED : UT_EVENT_FLAG_LOWERED, c->t_ms, data, line);
}

static void cue_changed(void *ctx, const struct ut_cue_change *c)
{
    struct ut_session *s = ctx;
    char when[32];
    ut_call_summary_cue(&s->summary, c);
    if (s->options.on_cue != NULL)
        s->options.on_cue(s->options.ctx, c);
    clock_text(c->t_ms, when, sizeof when);
    switch (c->what) {
    case UT_CUE_OPENED:
        cue_opened(s, c, when);
        break;
    case UT_CUE_CLOSED:
        cue_closed(s, c, when);
        break;
    case UT_CUE_SUPPRESSED:
        note(s, "%s: %s not shown at %.2f s: %s", s->events.contact_id, ut_cue_info[c->cue].name,
             (double)c->t_ms / 1000, c->reason);
        break;
    case UT_CUE_FLAG_RAISED:
    case UT_CUE_FLAG_LOWERED:
        flag_changed(s, c, when);
        break;
    }
}

static void call_begin(struct ut_session *s)
{
    char id[128];
    struct ut_wire_hello hello = s->snapshot.hello;
    int have_hello = s->snapshot.have_hello;
    s->calls++;
    if (s->calls == 1)
        snprintf(id, sizeof id, "%s", s->base_id);
    else
        snprintf(id, sizeof id, "%s-%d", s->base_id, s->calls);
    ut_events_init(&s->events, id, s->options.start_ms, s->options.sink, s->options.ctx);
    ut_cue_engine_next(&s->engine);
    ut_call_summary_free(&s->summary);
    ut_call_summary_init(&s->summary);
    if (s->options.disclosed != NULL)
        snprintf(s->disclosed, sizeof s->disclosed, "%s", s->options.disclosed);
    else
        memcpy(s->disclosed, s->disclosed_next, sizeof s->disclosed);
    s->disclosed_next[0] = '\0'; /* what was acknowledged to one customer is not to the next */
    s->disclosed_ms = -1;
    enum ut_language language = s->snapshot.language;
    memset(&s->snapshot, 0, sizeof s->snapshot);
    s->snapshot.contact_id = s->events.contact_id;
    s->snapshot.hello = hello;
    s->snapshot.have_hello = have_hello;
    s->snapshot.language = language;
    s->snapshot.muted = s->engine.muted;
    s->snapshot.undisclosed = undisclosed(s);
    s->snapshot.t_ms = -1;
    s->snapshot.agent_share = 0.5;
    s->snapshot.cue = s->snapshot.dismissed = UT_CUES;
    s->snapshot.customer_snr_db = s->snapshot.agent_snr_db = -1;
    memset(&s->second, 0, sizeof s->second);
    s->newest_ms = -1;
    s->score_ms = -1;
    s->doubtful_ms = -1;
    s->active = true;
    s->ending = false;
    s->status = "IN_PROGRESS";
}

static void send_disclosed(struct ut_session *s)
{
    char when[32], line[200];
    int64_t at = s->disclosed_ms < 0 ? 0 : s->disclosed_ms;
    json_t *data = data_new(s);
    set_time(data, "OffsetMillis", at);
    json_object_set_new(data, "By", json_string(s->disclosed));
    snprintf(line, sizeof line, "%s  disclosure   acknowledged (%s)", clock_text(at, when, sizeof when), s->disclosed);
    ut_events_send(&s->events, UT_EVENT_SESSION_DISCLOSED, at, data, line);
}

static void call_started(struct ut_session *s)
{
    char line[200];
    if (s->events.count > 0)
        return;
    json_t *data = data_new(s);
    set_time(data, "BeginOffsetMillis", 0);
    json_object_set_new(data, "Channel", json_string("VOICE"));
    json_object_set_new(data, "Disclosure",
                        json_string(s->options.policy == UT_POLICY_RESEARCH ? "not_required"
                                    : undisclosed(s)                        ? "pending"
                                                                            : "acknowledged"));
    if (s->snapshot.have_hello)
        json_object_set_new(data, "FeaturesVersion", json_integer(s->snapshot.hello.features_version));
    snprintf(line, sizeof line, "     0.000 s  call         %s begins", s->events.contact_id);
    ut_events_send(&s->events, UT_EVENT_SESSION_STARTED, 0, data, line);
    if (s->options.policy == UT_POLICY_EU && !undisclosed(s))
        send_disclosed(s);
}

static void call_end(struct ut_session *s, const char *reason)
{
    char when[32], line[500];
    if (!s->active)
        return;
    call_started(s);
    ut_cue_engine_finish(&s->engine);
    s->active = false;
    s->ending = false;
    s->status = reason == NULL ? "COMPLETED" : "FAILED";
    s->snapshot.cue = UT_CUES;
    s->snapshot.undisclosed =
        s->options.policy == UT_POLICY_EU && s->options.disclosed == NULL; /* to the next customer */
    int64_t end = s->newest_ms < 0 ? 0 : s->newest_ms;
    json_t *data = data_new(s);
    set_time(data, "BeginOffsetMillis", 0);
    set_time(data, "EndOffsetMillis", end);
    set_time(data, "RecordsLost", s->receiver.lost);
    clock_text(end, when, sizeof when);
    if (reason != NULL) {
        char why[300];
        snprintf(why, sizeof why, "%s", reason);
        ut_utf8_clean(why);
        json_object_set_new(data, "Reason", json_string(why));
        snprintf(line, sizeof line, "%s  call         %s failed: %s", when, s->events.contact_id, why);
        ut_events_send(&s->events, UT_EVENT_SESSION_FAILED, end, data, line);
    } else {
        snprintf(line, sizeof line, "%s  call         %s ends", when, s->events.contact_id);
        ut_events_send(&s->events, UT_EVENT_SESSION_COMPLETED, end, data, line);
    }
}

/* One frame of garbage in 65536 has a right CRC: a time that does not fit is believed when a second record, or a hello,
 * agrees with it. */
static bool believable(struct ut_session *s, int64_t t_ms)
{
    bool greeted = s->hello_last;
    s->hello_last = false;
    if (!s->active || s->newest_ms < 0 || (t_ms >= s->newest_ms - BACK_MS && t_ms <= s->newest_ms + AHEAD_MS)) {
        s->doubtful_ms = -1;
        return true;
    }
    bool agrees = s->doubtful_ms >= 0 && t_ms >= s->doubtful_ms && t_ms <= s->doubtful_ms + AGREE_MS;
    s->doubtful_ms = agrees ? -1 : t_ms;
    if (agrees || (greeted && t_ms < s->newest_ms))
        return true;
    s->receiver.malformed++;
    return false;
}

/* Makes sure that a call is under way which a record of time t_ms can belong to. */
static void call_for(struct ut_session *s, int64_t t_ms)
{
    if (s->active && s->newest_ms >= 0 && t_ms < s->newest_ms - BACK_MS)
        call_end(s, "the headset started again before the call ended");
    else if (s->active && s->newest_ms >= 0 && t_ms > s->newest_ms + LOST_MS)
        call_end(s, "the headset was out of reach for more than an hour");
    if (!s->active)
        call_begin(s);
    if (s->options.clock_ms != NULL && s->events.count == 0)
        s->events.start_ms = s->options.clock_ms(s->options.ctx) - t_ms;
    call_started(s);
    if (t_ms > s->newest_ms)
        s->newest_ms = t_ms;
    s->snapshot.t_ms = s->newest_ms;
}

static void view_cue(struct ut_session *s)
{
    struct ut_snapshot *v = &s->snapshot;
    v->cue = s->engine.visible;
    v->dismissed = UT_CUES;
    for (int cue = UT_CUES; cue-- > 0;) {
        const struct ut_cue_slot *slot = &s->engine.slot[cue];
        double show = s->options.config->value[ut_cue_param((enum ut_cue)cue)];
        v->open[cue] = slot->open ? (uint8_t)show : UT_SHOW_OFF;
        if (slot->open && slot->dismissed)
            v->dismissed = (enum ut_cue)cue;
    }
    v->cue_title[0] = v->cue_advice[0] = v->cue_text[0] = v->cue_why[0] = '\0';
    if (v->cue == UT_CUES)
        return;
    const struct ut_cue_words *words = &ut_catalogue[v->language][v->cue];
    const struct ut_cue_change *opening = &s->engine.slot[v->cue].opening;
    v->cue_since_ms = s->engine.visible_from_ms;
    snprintf(v->cue_title, sizeof v->cue_title, "%s", words->title);
    ut_catalogue_fill(v->cue_advice, sizeof v->cue_advice, words->text, v->language, v->cue, s->options.config,
                      opening->detail);
    snprintf(v->cue_text, sizeof v->cue_text, "%s. %s", v->cue_title, v->cue_advice);
    evidence_text(s, opening, v->cue_why, sizeof v->cue_why);
}

static void view_score(struct ut_session *s, const struct ut_wire_score *r)
{
    struct ut_snapshot *v = &s->snapshot;
    const struct ut_cue_memory *m = &s->engine.memory;
    v->abstain = ut_wire_abstain(r);
    v->score_valid = m->fast.valid && v->abstain == UT_ABSTAIN_NONE;
    v->frustration_fast = m->fast.frustration;
    v->delight_fast = m->fast.delight;
    v->confidence_fast = m->fast.confidence;
    v->frustration_slow = m->slow.frustration;
    v->delight_slow = m->slow.delight;
    v->frustration_trend = m->slope;
    v->forecast = m->forecast;
    v->customer_speech = ut_wire_speaks(r, UT_CUSTOMER);
    v->agent_speech = ut_wire_speaks(r, UT_AGENT);
    v->customer_loudness = ut_readings_loudness(r->customer_loudness);
    v->agent_level_dbfs = ut_readings_level_dbfs(r->agent_level);
    v->customer_pace = ut_readings_pace(r->customer_pace);
    v->agent_pace = ut_readings_pace(r->agent_pace);
    v->customer_f0_semitones = r->customer_f0 > 0 ? ut_readings_semitones(r->customer_f0) : 0;
    for (int p = 0; p < 2; p++) {
        v->talk_ms[p] = s->summary.talk_ms[p];
        if (m->party[p].in_ipu && v->t_ms > m->party[p].begin_ms)
            v->talk_ms[p] += v->t_ms - m->party[p].begin_ms;
    }
    int64_t talk = v->talk_ms[0] + v->talk_ms[1];
    v->facts = s->summary.facts;
    v->agent_share = talk > 0 ? (double)v->talk_ms[UT_AGENT] / (double)talk : 0.5;
}

static json_t *means_json(const struct ut_cue_means *m)
{
    if (!m->valid)
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "Frustration", ut_json_number(m->frustration, 3), "Delight",
                     ut_json_number(m->delight, 3), "Confidence", ut_json_number(m->confidence, 3));
}

/* The score event, once a second. */
static void send_second(struct ut_session *s, const struct ut_wire_score *r)
{
    char when[32], line[200], score[80] = "no score";
    struct ut_cue_means now = {.valid = s->second.scored > 0};
    if (now.valid) {
        now.frustration = ut_readings_mean_share(s->second.frustration, s->second.scored);
        now.delight = ut_readings_mean_share(s->second.delight, s->second.scored);
        now.confidence = ut_readings_mean_share(s->second.confidence, s->second.scored);
        snprintf(score, sizeof score, "frustration %.2f delight %.2f confidence %.2f", now.frustration, now.delight,
                 now.confidence);
    }
    int abstain = ut_wire_abstain(r);
    const char *why = abstain == UT_SESSION_UNDISCLOSED ? "not_disclosed" : ut_readings_abstain_name(abstain);
    json_t *data = data_new(s);
    json_object_set_new(data, "ParticipantRole", json_string("CUSTOMER"));
    set_time(data, "BeginOffsetMillis", s->second.begin_ms);
    set_time(data, "EndOffsetMillis", r->t_ms);
    json_object_set_new(data, "Score", means_json(&now));
    json_object_set_new(data, "ScoreFast", means_json(&s->engine.memory.fast));
    json_object_set_new(data, "ScoreSlow", means_json(&s->engine.memory.slow));
    json_object_set_new(data, "Slope",
                        s->engine.memory.slope_valid ? ut_json_number(s->engine.memory.slope, 3) : json_null());
    json_object_set_new(data, "Forecast",
                        s->engine.memory.slope_valid ? ut_json_number(s->engine.memory.forecast, 3) : json_null());
    json_object_set_new(data, "Abstain", json_string(why));
    json_object_set_new(data, "LoudnessScore",
                        s->second.speech > 0
                            ? ut_json_number(ut_readings_loudness(s->second.loudness) / s->second.speech, 1)
                            : json_null());
    json_object_set_new(data, "PitchSemitones",
                        r->customer_f0 > 0 ? ut_json_number(ut_readings_semitones(r->customer_f0), 2) : json_null());
    json_object_set_new(data, "SyllablesPerSecond", ut_json_number(ut_readings_pace(r->customer_pace), 3));
    json_object_set_new(data, "Agent",
                        json_pack("{s:o, s:o, s:o}", "LevelDbfs",
                                  ut_json_number(ut_readings_level_dbfs(r->agent_level), 1), "SyllablesPerSecond",
                                  ut_json_number(ut_readings_pace(r->agent_pace), 3), "TalkShare",
                                  ut_json_number(s->snapshot.agent_share, 3)));
    snprintf(line, sizeof line, "%s  score        %s%s%s", clock_text(r->t_ms, when, sizeof when), score,
             abstain != UT_ABSTAIN_NONE ? ", abstains: " : "", abstain != UT_ABSTAIN_NONE ? why : "");
    ut_events_send(&s->events, UT_EVENT_SCORE, r->t_ms, data, line);
    memset(&s->second, 0, sizeof s->second);
    s->second.begin_ms = r->t_ms;
}

/* A score record without its scores: what was measured stays. */
static struct ut_wire_score without_scores(const struct ut_wire_score *r)
{
    struct ut_wire_score bare = *r;
    bare.frustration = bare.delight = bare.confidence = 0;
    memset(bare.top, 0, sizeof bare.top);
    bare.flags = (uint8_t)((r->flags & ~(7U << UT_WIRE_ABSTAIN_SHIFT)) | (unsigned)UT_SESSION_UNDISCLOSED
                                                                             << UT_WIRE_ABSTAIN_SHIFT);
    return bare;
}

static void use_score(struct ut_session *s, const struct ut_wire_score *r)
{
    bool speech = ut_wire_speaks(r, UT_CUSTOMER);
    bool abstains = ut_wire_abstain(r) != UT_ABSTAIN_NONE;
    struct ut_wire_score bare;
    call_for(s, r->t_ms);
    if (undisclosed(s)) {
        bare = without_scores(r);
        r = &bare;
        abstains = true;
    }
    if ((r->flags & UT_WIRE_END) != 0)
        s->ending = true;
    if (r->t_ms == s->score_ms)
        return; /* the end fell on an interval's end: the last score came again, only to say so */
    s->score_ms = r->t_ms;
    if (s->options.on_score != NULL)
        s->options.on_score(s->options.ctx, r);
    if (s->second.records == 0 && s->second.begin_ms == 0 && r->t_ms > 1000)
        s->second.begin_ms = r->t_ms - UT_CUE_SCORE_MS;
    s->second.records++;
    if (speech) {
        s->second.speech++;
        s->second.loudness += r->customer_loudness;
    }
    if (speech && !abstains) {
        s->second.scored++;
        s->second.frustration += r->frustration;
        s->second.delight += r->delight;
        s->second.confidence += r->confidence;
    }
    ut_cue_engine_score(&s->engine, r);
    ut_call_summary_score(&s->summary, r, &s->engine.memory);
    view_score(s, r);
    if (r->t_ms % 1000 == 0 || (r->flags & UT_WIRE_END) != 0)
        send_second(s, r);
}

static void use_turn(struct ut_session *s, const struct ut_wire_turn *t)
{
    char when[32], line[200] = "";
    call_for(s, t->t_ms);
    ut_call_summary_turn(&s->summary, t);
    if (s->options.on_turn != NULL)
        s->options.on_turn(s->options.ctx, t);
    json_t *data = data_new(s);
    json_object_set_new(data, "Kind", json_string(turn_name[t->kind]));
    json_object_set_new(data, "ParticipantRole", json_string(role[t->party]));
    set_time(data, "BeginOffsetMillis", t->begin_ms);
    set_time(data, "EndOffsetMillis", t->end_ms);
    set_time(data, "NotifyOffsetMillis", t->t_ms);
    double from = t->begin_ms / 1000.0, to = t->end_ms / 1000.0;
    clock_text(t->t_ms, when, sizeof when);
    switch (t->kind) {
    case UT_TURN_END:
        snprintf(line, sizeof line, "%s  turn         %s spoke from %.2f to %.2f s", when, person[t->party], from, to);
        break;
    case UT_TURN_BACKCHANNEL:
        snprintf(line, sizeof line, "%s  backchannel  %s, %.2f to %.2f s", when, person[t->party], from, to);
        break;
    case UT_TURN_INTERRUPTION:
        snprintf(line, sizeof line, "%s  interruption by the %s at %.2f s; the other stopped at %.2f s", when,
                 person[t->party], from, to);
        break;
    case UT_TURN_OVERLAP_END:
        snprintf(line, sizeof line, "%s  overlap      both spoke from %.2f to %.2f s", when, from, to);
        break;
    case UT_TURN_NONTALK_END:
        snprintf(line, sizeof line, "%s  non-talk     silence from %.2f to %.2f s", when, from, to);
        break;
    default:
        break;
    }
    ut_events_send(&s->events, UT_EVENT_TURN, t->t_ms, data, line);
    ut_cue_engine_turn(&s->engine, t);
}

static void use_status(struct ut_session *s, const struct ut_wire_status *d)
{
    char when[32], line[200] = "";
    call_for(s, d->t_ms);
    if (d->overruns != s->snapshot.overruns || d->drops != s->snapshot.drops)
        snprintf(line, sizeof line, "%s  headset      %u audio blocks lost, %u records dropped",
                 clock_text(d->t_ms, when, sizeof when), (unsigned)d->overruns, (unsigned)d->drops);
    s->snapshot.overruns = d->overruns;
    s->snapshot.drops = d->drops;
    s->snapshot.customer_snr_db = d->customer_snr;
    s->snapshot.agent_snr_db = d->agent_snr;
    json_t *data = data_new(s);
    set_time(data, "OffsetMillis", d->t_ms);
    set_time(data, "AudioBlocksLost", d->overruns);
    set_time(data, "RecordsDropped", d->drops);
    set_time(data, "RecordsLost", s->receiver.lost);
    set_time(data, "FramesMalformed", s->receiver.malformed);
    set_time(data, "RecordsUnknown", s->receiver.unknown);
    set_time(data, "CustomerSnrDb", d->customer_snr);
    set_time(data, "AgentSnrDb", d->agent_snr);
    ut_events_send(&s->events, UT_EVENT_DEVICE_STATUS, d->t_ms, data, line);
    ut_cue_engine_status(&s->engine, d);
    if (s->ending)
        call_end(s, NULL);
}

static void use_hello(struct ut_session *s, const struct ut_wire_hello *h)
{
    if (s->active && s->snapshot.have_hello && h->model_crc32 != s->snapshot.hello.model_crc32)
        note(s, "the headset now says another model (%08x)", (unsigned)h->model_crc32);
    s->snapshot.hello = *h;
    s->snapshot.have_hello = 1;
    s->hello_last = true;
    if (!s->active)
        call_begin(s);
    if (s->options.clock_ms == NULL) /* else the start's time is known with the first record that has one */
        call_started(s);
}

/* It comes behind every hello: said once for each start. */
static void use_reset(struct ut_session *s, const struct ut_wire_reset *r)
{
    char line[UT_RESET_TEXT];
    if (s->have_reset && r->boots == s->reset.boots && r->cause == s->reset.cause && r->pc == s->reset.pc)
        return;
    s->reset = *r;
    s->have_reset = true;
    ut_reset_text(r, NULL, line);
    note(s, "%s", line);
}

/* Whether a link that began anew repeats what it had delivered: the very record, its number included. */
static bool repeated(struct ut_session *s, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    for (unsigned i = 0; s->resumed < REPEATS && i < RECENT; i++)
        if (memcmp(s->recent[i], record, UT_WIRE_RECORD_BYTES) == 0)
            return true;
    memcpy(s->recent[s->recent_at++ % RECENT], record, UT_WIRE_RECORD_BYTES);
    return false;
}

/* The copy of the last status, which opens a link that begins anew, is older than what came since. */
static bool is_copy(struct ut_session *s)
{
    bool copy = s->resumed == 2 && s->hello_last && s->active && s->newest_ms >= 0;
    if (copy)
        s->hello_last = false;
    return copy;
}

void ut_session_record(struct ut_session *s, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    if (s->resumed < REPEATS)
        s->resumed++;
    if (repeated(s, record))
        return;
    union {
        struct ut_wire_hello hello;
        struct ut_wire_score score;
        struct ut_wire_turn turn;
        struct ut_wire_status status;
        struct ut_wire_reset reset;
    } u;
    bool fine = true; /* a call is shorter than 2^31 ms */
    switch (ut_wire_type(record)) {
    case UT_WIRE_HELLO:
        fine = ut_wire_unpack_hello(record, &u.hello) == 0;
        if (fine)
            use_hello(s, &u.hello);
        break;
    case UT_WIRE_SCORE:
        fine = ut_wire_unpack_score(record, &u.score) == 0 && u.score.t_ms <= INT32_MAX;
        if (fine && believable(s, u.score.t_ms))
            use_score(s, &u.score);
        break;
    case UT_WIRE_TURN:
        fine = ut_wire_unpack_turn(record, &u.turn) == 0 && u.turn.begin_ms <= u.turn.end_ms &&
               u.turn.end_ms <= u.turn.t_ms && u.turn.t_ms <= INT32_MAX;
        if (fine && believable(s, u.turn.t_ms))
            use_turn(s, &u.turn);
        break;
    case UT_WIRE_STATUS:
        fine = ut_wire_unpack_status(record, &u.status) == 0 && u.status.t_ms <= INT32_MAX;
        if (fine && is_copy(s))
            u.status.t_ms = (uint32_t)s->newest_ms;
        if (fine && believable(s, u.status.t_ms))
            use_status(s, &u.status);
        break;
    case UT_WIRE_RESET:
        fine = ut_wire_unpack_reset(record, &u.reset) == 0;
        if (fine)
            use_reset(s, &u.reset);
        break;
    case UT_WIRE_REQUEST:
    case UT_WIRE_REPLY:
        break; /* between a headset and `undertone device` */
    default:
        if (!s->said_unknown)
            note(s,
                 "records of an unknown version or type (first byte 0x%02x) are skipped; update this program or "
                 "the headset",
                 record[0]);
        s->said_unknown = true;
        break;
    }
    s->receiver.malformed += !fine;
    s->snapshot.records = s->receiver.records;
    s->snapshot.lost = s->receiver.lost;
    s->snapshot.malformed = s->receiver.malformed;
    s->snapshot.unknown = s->receiver.unknown;
    view_cue(s);
}

void ut_session_bytes(struct ut_session *s, const uint8_t *data, size_t len)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    for (size_t i = 0; i < len; i++) {
        uint32_t lost = s->receiver.lost;
        int got = ut_wire_receive(&s->receiver, data[i], record);
        if (s->receiver.lost != lost && s->active) {
            note(s, "%u records lost on the link (%u so far)", (unsigned)(s->receiver.lost - lost),
                 (unsigned)s->receiver.lost);
            ut_cue_engine_gap(&s->engine);
        }
        if (got < 0) {
            /* each doubling is worth a remark, each frame is not */
            if (s->receiver.malformed >= 2 * s->malformed_said || s->malformed_said == 0) {
                s->malformed_said = s->receiver.malformed;
                note(s, "garbage on the link: %u frames dropped so far", (unsigned)s->receiver.malformed);
            }
            s->snapshot.malformed = s->receiver.malformed;
        }
        if (got == 1)
            ut_session_record(s, record);
    }
}

void ut_session_relink(struct ut_session *s, int anew)
{
    struct ut_wire_receiver before = s->receiver;
    ut_wire_receiver_init(&s->receiver);
    s->receiver.have_seq = before.have_seq && !anew;
    s->receiver.seq = before.seq;
    s->receiver.records = before.records;
    s->receiver.lost = before.lost;
    s->receiver.malformed = before.malformed;
    s->receiver.unknown = before.unknown;
    s->resumed = anew ? 0 : REPEATS;
    if (s->active)
        ut_cue_engine_gap(&s->engine);
}

void ut_session_disclose(struct ut_session *s, const char *by)
{
    if (!s->snapshot.undisclosed)
        return;
    s->snapshot.undisclosed = 0;
    if (!s->active) {
        snprintf(s->disclosed_next, sizeof s->disclosed_next, "%s", by);
        return;
    }
    snprintf(s->disclosed, sizeof s->disclosed, "%s", by);
    s->disclosed_ms = s->newest_ms < 0 ? 0 : s->newest_ms;
    if (s->events.count > 0)
        send_disclosed(s);
}

void ut_session_mute(struct ut_session *s, int muted)
{
    ut_cue_engine_mute(&s->engine, muted);
    s->snapshot.muted = s->engine.muted;
    view_cue(s);
}

void ut_session_dismiss(struct ut_session *s)
{
    ut_cue_engine_dismiss(&s->engine);
    view_cue(s);
}

void ut_session_finish(struct ut_session *s, const char *reason)
{
    call_end(s, reason);
}

int ut_session_active(const struct ut_session *s)
{
    return s->active;
}

int ut_session_calls(const struct ut_session *s)
{
    return s->calls - (s->active ? 1 : 0);
}

const struct ut_snapshot *ut_session_snapshot(const struct ut_session *s)
{
    return &s->snapshot;
}

json_t *ut_session_summary(const struct ut_session *s)
{
    const struct ut_snapshot *v = &s->snapshot;
    char board[sizeof v->hello.board + 1] = {0};
    memcpy(board, v->hello.board, sizeof v->hello.board);
    ut_utf8_clean(board);
    json_t *model = model_json(s);
    json_t *device =
        json_pack("{s:s, s:o, s:I, s:I, s:I, s:I}", "Board", board, "Firmware", firmware_json(s), "AudioBlocksLost",
                  (json_int_t)v->overruns, "RecordsDropped", (json_int_t)v->drops, "RecordsLost",
                  (json_int_t)s->receiver.lost, "FramesMalformed", (json_int_t)s->receiver.malformed);
    json_t *disclosure = json_null();
    if (s->options.policy == UT_POLICY_EU)
        disclosure = json_pack("{s:b, s:o, s:o}", "Acknowledged", !undisclosed(s), "OffsetMillis",
                               undisclosed(s) ? json_null() : json_integer(s->disclosed_ms < 0 ? 0 : s->disclosed_ms),
                               "By", undisclosed(s) ? json_null() : json_string(s->disclosed));
    json_t *out = ut_call_summary_json(&s->summary, s->events.contact_id, s->status, ut_policy_name(s->options.policy),
                                       disclosure, model, device);
    json_decref(disclosure);
    json_decref(model);
    json_decref(device);
    return out;
}

struct ut_session *ut_session_new(const struct ut_session_options *options)
{
    struct ut_session *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->options = *options;
    snprintf(s->base_id, sizeof s->base_id, "%s", options->contact_id);
    snprintf(s->config_crc32, sizeof s->config_crc32, "%08x", (unsigned)ut_config_crc32(options->config));
    ut_wire_receiver_init(&s->receiver);
    s->resumed = REPEATS;
    ut_call_summary_init(&s->summary);
    ut_events_init(&s->events, s->base_id, options->start_ms, options->sink, options->ctx);
    ut_cue_engine_init(&s->engine, options->config, cue_changed, s);
    s->status = "IN_PROGRESS";
    s->newest_ms = -1;
    s->snapshot.contact_id = s->events.contact_id;
    s->snapshot.language = ut_catalogue_language(options->config);
    s->disclosed_ms = -1;
    s->snapshot.undisclosed = options->policy == UT_POLICY_EU && options->disclosed == NULL;
    s->snapshot.t_ms = -1;
    s->snapshot.agent_share = 0.5;
    s->snapshot.cue = s->snapshot.dismissed = UT_CUES;
    s->snapshot.customer_snr_db = s->snapshot.agent_snr_db = -1;
    return s;
}

void ut_session_free(struct ut_session *s)
{
    if (s == NULL)
        return;
    ut_call_summary_free(&s->summary);
    free(s);
}
