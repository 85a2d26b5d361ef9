/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/session.h"

#include "dsp/two_channels.h"
#include "firmware/engine.h"
#include "firmware/turns.h"
#include "host-tools/call/channels.h"
#include "host-tools/call/event_data.h"
#include "host-tools/call/party.h"
#include "host-tools/call/summary.h"
#include "host-tools/call/withheld.h"
#include "host-tools/cues/calibration.h"
#include "host-tools/cues/readings.h"
#include "host-tools/headset/reset.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/identity.h"
#include "host-tools/system/site_key.h"
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
    char base_id[100], base_session[UT_IDENTITY_MAX + 1];
    char config_crc32[12];
    uint32_t uncalibrated; /* checksum of the model that was said not to be the calibration's */
    struct ut_wire_receiver receiver;
    struct ut_events events;
    struct ut_cue_engine engine;
    struct ut_call_summary summary;
    struct ut_snapshot snapshot;
    bool active; /* a call is under way */
    bool parked; /* it was said to be over: records are nobody's */
    bool ending; /* its last score came, its last status has not */
    bool said_unknown;
    const char *status;                     /* JobStatus */
    char disclosed[24], disclosed_next[24]; /* by whom, of this (or the last) call and before the next; "" = not yet */
    int64_t disclosed_ms;                   /* -1 = before the call */
    char customer[UT_CUSTOMER_TEXT], customer_next[UT_CUSTOMER_TEXT]; /* hashes, of this call and of the next one */
    char contact[128], contact_next[128]; /* the name that others have for it; "" = not known */
    char refused[24];                     /* by whom, that the customer does not want to be scored; "" = not */
    bool conference;
    struct ut_handover_cue opened[UT_HANDOVER_CUES]; /* cues of the call, the newest last */
    int opened_count;
    struct ut_wire_reset reset; /* the last one told */
    bool have_reset;
    int calls;
    uint8_t recent[RECENT][UT_WIRE_RECORD_BYTES];
    unsigned recent_at, resumed; /* records since the link last began again, up to REPEATS */
    int64_t newest_ms;           /* of the call; -1 = none yet */
    int64_t score_ms;            /* time of the last score; -1 = none yet */
    int64_t doubtful_ms;         /* time of the last record that lay far from the newest; -1 = none */
    bool hello_last;             /* the record before was a hello: the headset may have started again */
    uint32_t malformed_said;     /* frames dropped when garbage was last remarked upon */
    /* An inter-pausal unit that begins on hold is a scrap of music until it is long enough to end the hold. */
    struct scrap {
        bool waits;                      /* the start has come, and nobody knows of it yet */
        struct ut_wire_turn start, turn; /* turn: the start of the turn that began with one */
        int64_t unit_ms, turn_ms; /* begin of the last one left out, and of a turn that began with one; -1 = none */
        int64_t told_ms;          /* end of the last unit that was not; -1 = none */
    } scrap[2];
    /* since the last score event */
    struct {
        int records, speech, scored;
        int64_t begin_ms;
        int32_t loudness, frustration, delight, confidence;
    } second;
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

static bool undisclosed(const struct ut_session *s)
{
    return s->options.policy == UT_POLICY_EU && s->disclosed[0] == '\0';
}

static bool undeclared(const struct ut_session *s)
{
    return s->options.alone != NULL && strcmp(s->options.alone, "undeclared") == 0;
}

/* Why no voice is scored, whatever the headset says; NULL = nothing is against it. */
static const char *unscored(const struct ut_session *s)
{
    return s->refused[0] != '\0' ? "refused"
           : undisclosed(s)      ? "not_disclosed"
           : s->conference       ? "conference"
           : undeclared(s)       ? "undeclared"
                                 : NULL;
}

static struct ut_event_origin origin(const struct ut_session *s)
{
    return (struct ut_event_origin){
        .contact_id = s->events.contact_id,
        .hello = s->snapshot.have_hello ? &s->snapshot.hello : NULL,
        .config = s->options.config,
        .config_crc32 = s->config_crc32,
        .policy = ut_policy_name(s->options.policy),
        .explain = s->options.explain,
    };
}

static void cue_changed(void *ctx, const struct ut_cue_change *c)
{
    static const enum ut_event_type type[] = {[UT_CUE_OPENED] = UT_EVENT_CUE_OPENED,
                                              [UT_CUE_CLOSED] = UT_EVENT_CUE_CLOSED,
                                              [UT_CUE_FLAG_RAISED] = UT_EVENT_FLAG_RAISED,
                                              [UT_CUE_FLAG_LOWERED] = UT_EVENT_FLAG_LOWERED};
    struct ut_session *s = ctx;
    const struct ut_event_origin from = origin(s);
    char line[UT_EVENT_LINE];
    ut_call_summary_cue(&s->summary, c);
    if (s->options.on_cue != NULL)
        s->options.on_cue(s->options.ctx, c);
    if (c->what == UT_CUE_SUPPRESSED) {
        if (!s->engine.held_out)
            note(s, "%s: %s not shown at %.2f s: %s", s->events.contact_id, ut_cue_info[c->cue].name,
                 (double)c->t_ms / 1000, c->reason);
        return;
    }
    if (c->what == UT_CUE_FLAG_RAISED || c->what == UT_CUE_FLAG_LOWERED)
        s->snapshot.flagged = c->what == UT_CUE_FLAG_RAISED;
    json_t *data = ut_event_data_cue(&from, c, line);
    if (s->engine.held_out && c->display == UT_DISPLAY_MUTED)
        line[0] = '\0'; /* who reads lines instead of the screen must not see it either */
    ut_events_send(&s->events, type[c->what], c->t_ms, data, line);
    if (c->what == UT_CUE_OPENED)
        ut_handover_opened(s->opened, &s->opened_count, c, s->events.count,
                           ut_catalogue_language_of_events(s->options.config));
    else
        ut_handover_closed(s->opened, s->opened_count, c);
}

static void set_unheard(struct ut_session *s, unsigned parties)
{
    s->snapshot.unheard = parties;
    ut_cue_engine_unheard(&s->engine, parties);
}

static void tell_turn(struct ut_session *s, const struct ut_wire_turn *said)
{
    const struct ut_event_origin from = origin(s);
    struct ut_wire_turn turn = *said, *t = &turn;
    char line[UT_EVENT_LINE];
    if (t->party < UT_BOTH && t->kind == UT_TURN_IPU_END)
        s->scrap[t->party].told_ms = t->end_ms;
    if (t->party < UT_BOTH && t->kind == UT_TURN_END && s->scrap[t->party].unit_ms > s->scrap[t->party].told_ms &&
        s->scrap[t->party].told_ms > (int64_t)t->begin_ms)
        t->end_ms = (uint32_t)s->scrap[t->party].told_ms; /* a turn does not end with what was left out */
    ut_call_summary_turn(&s->summary, t);
    if (s->options.on_turn != NULL)
        s->options.on_turn(s->options.ctx, t);
    json_t *data = ut_event_data_turn(&from, t, line);
    ut_events_send(&s->events, UT_EVENT_TURN, t->t_ms, data, line);
}

/* What began on hold and has become long, or has outlasted the hold, is speech. */
static void tell_scraps(struct ut_session *s, int64_t t_ms)
{
    const struct ut_hold *h = &s->engine.memory.hold;
    int64_t long_ms = ut_config_ms(s->options.config, UT_P_HOLD_SPEECH);
    for (int party = UT_CUSTOMER; party <= UT_AGENT; party++) {
        struct scrap *scrap = &s->scrap[party];
        if (!scrap->waits || (h->open && t_ms - scrap->start.begin_ms < long_ms))
            continue;
        scrap->waits = false;
        tell_turn(s, &scrap->start);
        if (scrap->turn_ms == (int64_t)scrap->start.begin_ms) {
            scrap->turn_ms = -1;
            tell_turn(s, &scrap->turn);
        }
    }
}

/* Whether a turn record is about a scrap: it is then left out of everything. */
static bool is_scrap(struct ut_session *s, const struct ut_wire_turn *t)
{
    const struct ut_hold *h = &s->engine.memory.hold;
    struct scrap *scrap = t->party < UT_BOTH ? &s->scrap[t->party] : NULL;
    if (scrap == NULL)
        return false;
    switch (t->kind) {
    case UT_TURN_IPU_START:
        scrap->waits = h->open;
        scrap->start = *t;
        return h->open;
    case UT_TURN_START:
        if (scrap->waits && t->begin_ms == scrap->start.begin_ms) {
            scrap->turn_ms = t->begin_ms;
            scrap->turn = *t;
        }
        return scrap->turn_ms == (int64_t)t->begin_ms;
    case UT_TURN_IPU_END:
        if (scrap->waits)
            scrap->unit_ms = t->begin_ms;
        scrap->waits = false;
        return scrap->unit_ms == (int64_t)t->begin_ms;
    case UT_TURN_BACKCHANNEL:
        return scrap->unit_ms == (int64_t)t->begin_ms;
    case UT_TURN_END:
        return scrap->turn_ms == (int64_t)t->begin_ms && (h->open || (int64_t)t->end_ms <= h->span.end_ms);
    default:
        return false;
    }
}

static void hold_changed(void *ctx, const struct ut_hold_span *span)
{
    struct ut_session *s = ctx;
    const struct ut_event_origin from = origin(s);
    const struct ut_hold *h = &s->engine.memory.hold;
    char line[UT_EVENT_LINE];
    ut_call_summary_hold(&s->summary, span);
    if (s->options.on_hold != NULL)
        s->options.on_hold(s->options.ctx, span);
    json_t *data = ut_event_data_hold(&from, span, h->count, h->total_ms, line);
    ut_events_send(&s->events, h->open ? UT_EVENT_HOLD_STARTED : UT_EVENT_HOLD_ENDED, span->known_ms, data, line);
    tell_scraps(s, span->known_ms);
}

/* The customer of the call is known from here on. */
static void recall(struct ut_session *s)
{
    const struct ut_recall *r = s->options.recall;
    if (r != NULL && s->customer[0] != '\0' && s->refused[0] == '\0' && s->newest_ms < UT_RECOLLECTION_MS)
        r->ask(r->ctx, s->customer, s->snapshot.language, &s->snapshot.past);
}

static void call_begin(struct ut_session *s)
{
    char id[128], session[UT_EVENTS_SESSION], later[16] = "";
    s->calls++;
    if (s->calls > 1)
        snprintf(later, sizeof later, "-%d", s->calls);
    snprintf(id, sizeof id, "%s%s", s->base_id, later);
    snprintf(session, sizeof session, "%s%s", s->base_session, later);
    ut_events_init(&s->events, id, session, s->options.start_ms, s->options.sink, s->options.ctx);
    ut_cue_engine_next(&s->engine);
    ut_call_summary_free(&s->summary);
    ut_call_summary_init(&s->summary);
    if (s->options.disclosed != NULL)
        snprintf(s->disclosed, sizeof s->disclosed, "%s", s->options.disclosed);
    else
        memcpy(s->disclosed, s->disclosed_next, sizeof s->disclosed);
    s->disclosed_next[0] = '\0'; /* what was acknowledged to one customer is not to the next */
    s->disclosed_ms = -1;
    memcpy(s->customer, s->customer_next, sizeof s->customer);
    s->customer_next[0] = '\0';
    ut_snapshot_begin(&s->snapshot, s->events.contact_id);
    set_unheard(s, s->options.unheard);
    s->snapshot.undisclosed = undisclosed(s);
    s->snapshot.undeclared = undeclared(s);
    memset(&s->second, 0, sizeof s->second);
    for (int party = UT_CUSTOMER; party <= UT_AGENT; party++)
        s->scrap[party] = (struct scrap){.unit_ms = -1, .turn_ms = -1, .told_ms = -1};
    s->refused[0] = '\0';
    s->conference = false;
    s->opened_count = 0;
    memcpy(s->contact, s->contact_next, sizeof s->contact);
    s->contact_next[0] = '\0';
    s->snapshot.session = s->events.session;
    s->snapshot.contact = s->contact;
    s->snapshot.customer = s->customer;
    s->newest_ms = -1;
    s->score_ms = -1;
    s->doubtful_ms = -1;
    s->active = true;
    s->ending = false;
    s->status = "IN_PROGRESS";
    recall(s);
}

static void send_disclosed(struct ut_session *s)
{
    const struct ut_event_origin from = origin(s);
    char line[UT_EVENT_LINE];
    int64_t at = s->disclosed_ms < 0 ? 0 : s->disclosed_ms;
    json_t *data = ut_event_data_disclosed(&from, at, s->disclosed, line);
    ut_events_send(&s->events, UT_EVENT_SESSION_DISCLOSED, at, data, line);
}

static void call_started(struct ut_session *s)
{
    const struct ut_event_origin from = origin(s);
    char line[UT_EVENT_LINE];
    if (s->events.count > 0)
        return;
    const char *disclosure = s->options.policy == UT_POLICY_RESEARCH ? "not_required"
                             : undisclosed(s)                        ? "pending"
                                                                     : "acknowledged";
    json_t *data = ut_event_data_started(&from, disclosure, s->options.alone, s->customer, line);
    if (s->options.holdout != NULL && s->options.holdout->share > 0) {
        bool held_out = ut_holdout_held(s->options.holdout, s->events.start_ms);
        ut_cue_engine_hold_out(&s->engine, held_out);
        json_object_set_new(data, "Arm", json_string(held_out ? "held_out" : "shown"));
    }
    ut_events_send(&s->events, UT_EVENT_SESSION_STARTED, 0, data, line);
    if (s->contact[0] != '\0') {
        data = ut_event_data_identified(&from, 0, s->contact, "", line);
        ut_events_send(&s->events, UT_EVENT_SESSION_IDENTIFIED, 0, data, line);
    }
    if (s->options.policy == UT_POLICY_EU && !undisclosed(s))
        send_disclosed(s);
}

static void call_end(struct ut_session *s, const char *reason)
{
    const struct ut_event_origin from = origin(s);
    char line[UT_EVENT_LINE];
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
    json_t *data = ut_event_data_ended(&from, end, s->receiver.lost, reason, s->options.cut, line);
    json_t *trajectory = ut_call_summary_trajectory(&s->summary);
    if (json_is_object(trajectory))
        json_object_set(data, "Trajectory", trajectory);
    json_decref(trajectory);
    ut_events_send(&s->events, reason != NULL ? UT_EVENT_SESSION_FAILED : UT_EVENT_SESSION_COMPLETED, end, data, line);
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

static void view_cues(struct ut_session *s)
{
    ut_snapshot_cues(&s->snapshot, &s->engine, s->options.config);
    s->snapshot.cue_event = 0;
    for (int i = 0; i < s->opened_count; i++)
        if (s->opened[i].cue == s->snapshot.cue)
            s->snapshot.cue_event = s->opened[i].event;
}

/* The score event, once a second. */
static void send_second(struct ut_session *s, const struct ut_wire_score *r)
{
    const struct ut_event_origin from = origin(s);
    char line[UT_EVENT_LINE];
    int speech = s->second.speech;
    struct ut_event_second second = {
        .begin_ms = s->second.begin_ms,
        .now = {.valid = s->second.scored > 0},
        .usual = &s->engine.memory,
        .abstain = unscored(s) != NULL && ut_wire_abstain(r) == UT_UNDISCLOSED
                       ? unscored(s)
                       : ut_policy_abstain_name(ut_wire_abstain(r)),
        .loudness = speech > 0 ? ut_readings_loudness(s->second.loudness) / speech : -1,
        .agent_share = s->snapshot.unheard == 0 && !s->snapshot.withheld.mixed ? s->snapshot.agent_share : -1,
        .newest = *r,
    };
    if (second.now.valid) {
        second.now.frustration = ut_readings_mean_share(s->second.frustration, s->second.scored);
        second.now.delight = ut_readings_mean_share(s->second.delight, s->second.scored);
        second.now.confidence = ut_readings_mean_share(s->second.confidence, s->second.scored);
    }
    json_t *data = ut_event_data_score(&from, &second, line);
    ut_events_send(&s->events, UT_EVENT_SCORE, r->t_ms, data, line);
    memset(&s->second, 0, sizeof s->second);
    s->second.begin_ms = r->t_ms;
}

/* By the site's numbers, where they are of the headset's model. */
static struct ut_wire_score calibrated(struct ut_session *s, const struct ut_wire_score *r)
{
    struct ut_calibration c = ut_calibration_of(s->options.config);
    uint32_t model = s->snapshot.hello.model_crc32;
    if (ut_calibration_is_none(&c) || ut_calibration_is_for(s->options.config, model))
        return ut_calibrated(&c, r);
    if (s->uncalibrated != model)
        note(s,
             "[calibration] model is not this headset's (%08x): its scores stay as they are; run `undertone adapt` "
             "again",
             (unsigned)model);
    s->uncalibrated = model;
    return *r;
}

static void use_score(struct ut_session *s, const struct ut_wire_score *record)
{
    struct ut_wire_score own, bare, quiet;
    call_for(s, record->t_ms);
    own = calibrated(s, record);
    const struct ut_wire_score *r = &own;
    tell_scraps(s, r->t_ms);
    bool abstains = ut_wire_abstain(r) != UT_ABSTAIN_NONE;
    if (unscored(s) != NULL) {
        bare = ut_policy_withhold(r);
        r = &bare;
        abstains = true;
    }
    const struct ut_wire_score *heard = r; /* by the cues' engine, which judges holds by it */
    if (s->engine.memory.hold.open) {
        quiet = *r;
        quiet.flags &= (uint8_t) ~(UT_WIRE_CUSTOMER_SPEECH | UT_WIRE_AGENT_SPEECH);
        r = &quiet;
    }
    bool speech = ut_wire_speaks(r, UT_CUSTOMER);
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
    ut_cue_engine_score(&s->engine, heard);
    if (ut_withheld_score(&s->snapshot.withheld, r))
        ut_call_summary_forget(&s->summary);
    ut_call_summary_score(&s->summary, r, &s->engine.memory);
    ut_snapshot_score(&s->snapshot, r, &s->engine.memory, &s->summary.facts);
    if (r->t_ms % 1000 == 0 || (r->flags & UT_WIRE_END) != 0)
        send_second(s, r);
}

static void use_turn(struct ut_session *s, const struct ut_wire_turn *t)
{
    if (s->snapshot.unheard != 0 && (t->kind == UT_TURN_NONTALK_START || t->kind == UT_TURN_NONTALK_END))
        return; /* that both are silent is not known of one who was not recorded */
    call_for(s, t->t_ms);
    if (ut_withheld_turn(&s->snapshot.withheld, t)) {
        ut_cue_engine_turn(&s->engine, t);
        return;
    }
    tell_scraps(s, t->t_ms);
    if (!is_scrap(s, t))
        tell_turn(s, t);
    ut_cue_engine_turn(&s->engine, t);
}

static void use_status(struct ut_session *s, const struct ut_wire_status *d)
{
    char line[UT_EVENT_LINE];
    call_for(s, d->t_ms);
    const struct ut_wire_status before = s->snapshot.status;
    ut_snapshot_status(&s->snapshot, d);
    ut_withheld_status(&s->snapshot.withheld, d);
    unsigned unheard = s->options.unheard | (d->channels == UT_CHANNELS_ONE ? d->about : 0U);
    if (unheard != 0 && s->snapshot.unheard == 0) /* that channel has been empty from the call's begin on */
        ut_call_summary_forget_silence(&s->summary);
    set_unheard(s, unheard);
    const struct ut_event_origin from = origin(s);
    json_t *data = ut_event_data_status(&from, d, &before, &s->receiver, line);
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
    if (s->parked)
        return;
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

/* Whether a link that began again repeats a record that it had delivered: all bytes are the same, the number too. */
static bool repeated(struct ut_session *s, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    for (unsigned i = 0; s->resumed < REPEATS && i < RECENT; i++)
        if (memcmp(s->recent[i], record, UT_WIRE_RECORD_BYTES) == 0)
            return true;
    memcpy(s->recent[s->recent_at++ % RECENT], record, UT_WIRE_RECORD_BYTES);
    return false;
}

/* The copy of the last status, with which a link begins again, is older than what came since. */
static bool is_copy(struct ut_session *s)
{
    bool copy = s->resumed == 2 && s->hello_last && s->active && s->newest_ms >= 0;
    if (copy)
        s->hello_last = false;
    return copy;
}

/* Whether a record belongs to a call that was said to be over. */
static bool is_parked(struct ut_session *s, int64_t t_ms)
{
    if (s->parked && t_ms < s->newest_ms - BACK_MS)
        s->parked = false; /* the headset has begun anew */
    else if (s->parked && t_ms > s->newest_ms)
        s->newest_ms = t_ms;
    return s->parked;
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
        if (fine && believable(s, u.score.t_ms) && !is_parked(s, u.score.t_ms))
            use_score(s, &u.score);
        break;
    case UT_WIRE_TURN:
        fine = ut_wire_unpack_turn(record, &u.turn) == 0 && u.turn.begin_ms <= u.turn.end_ms &&
               u.turn.end_ms <= u.turn.t_ms && u.turn.t_ms <= INT32_MAX;
        if (fine && believable(s, u.turn.t_ms) && !is_parked(s, u.turn.t_ms))
            use_turn(s, &u.turn);
        break;
    case UT_WIRE_STATUS:
        fine = ut_wire_unpack_status(record, &u.status) == 0 && u.status.t_ms <= INT32_MAX;
        if (fine && is_copy(s))
            u.status.t_ms = (uint32_t)s->newest_ms;
        if (fine && believable(s, u.status.t_ms) && !is_parked(s, u.status.t_ms))
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
    if (s->newest_ms >= UT_RECOLLECTION_MS)
        s->snapshot.past = (struct ut_recollection){.risk = -1};
    ut_snapshot_link(&s->snapshot, &s->receiver);
    view_cues(s);
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
            ut_snapshot_link(&s->snapshot, &s->receiver);
        }
        if (got == 1)
            ut_session_record(s, record);
    }
}

void ut_session_relink(struct ut_session *s, int renumbered)
{
    struct ut_wire_receiver before = s->receiver;
    ut_wire_receiver_init(&s->receiver);
    s->receiver.have_seq = before.have_seq && !renumbered;
    s->receiver.seq = before.seq;
    s->receiver.records = before.records;
    s->receiver.lost = before.lost;
    s->receiver.malformed = before.malformed;
    s->receiver.unknown = before.unknown;
    s->resumed = renumbered ? 0 : REPEATS;
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

static int64_t now_of(const struct ut_session *s)
{
    return s->newest_ms < 0 ? 0 : s->newest_ms;
}

/* A call whose begin has been sent. */
static bool under_way(const struct ut_session *s)
{
    return s->active && s->events.count > 0;
}

void ut_session_identify(struct ut_session *s, const char *contact, const char *customer)
{
    const struct ut_event_origin from = origin(s);
    char line[UT_EVENT_LINE];
    bool next = !under_way(s);
    char *name = next ? s->contact_next : s->contact, *hash = next ? s->customer_next : s->customer;
    if (contact[0] != '\0') {
        snprintf(name, sizeof s->contact, "%s", contact);
        ut_utf8_clean(name);
    }
    if (customer[0] != '\0')
        snprintf(hash, sizeof s->customer, "%s", customer);
    if (next || (contact[0] == '\0' && customer[0] == '\0'))
        return;
    if (customer[0] != '\0')
        recall(s);
    json_t *data = ut_event_data_identified(&from, now_of(s), contact[0] != '\0' ? name : "", customer, line);
    ut_events_send(&s->events, UT_EVENT_SESSION_IDENTIFIED, now_of(s), data, line);
}

int ut_session_refuse(struct ut_session *s, bool withdrawn, const char *by)
{
    char line[UT_EVENT_LINE];
    struct ut_snapshot *v = &s->snapshot;
    if (!under_way(s) || s->refused[0] != '\0')
        return -1;
    snprintf(s->refused, sizeof s->refused, "%s", by);
    v->refused = 1;
    v->past = (struct ut_recollection){.risk = -1};
    ut_cue_engine_unscore(&s->engine); /* first: what closes goes out before the event that has it erased */
    ut_call_summary_unscore(&s->summary);
    memset(&s->second, 0, sizeof s->second);
    s->second.begin_ms = now_of(s);
    v->score_valid = 0;
    v->scored_ms = -1;
    v->frustration_fast = v->delight_fast = v->confidence_fast = v->frustration_slow = v->delight_slow = 0;
    v->frustration_trend = 0;
    ut_handover_unscore(s->opened, &s->opened_count);
    view_cues(s);
    const struct ut_event_origin from = origin(s);
    json_t *data = ut_event_data_refused(&from, now_of(s), withdrawn, by, line);
    ut_events_send(&s->events, UT_EVENT_SESSION_REFUSED, now_of(s), data, line);
    return 0;
}

int ut_session_hold(struct ut_session *s, bool on)
{
    if (!under_way(s))
        return -1;
    ut_cue_engine_hold(&s->engine, on);
    view_cues(s);
    return 0;
}

int ut_session_conference(struct ut_session *s, bool on)
{
    if (!under_way(s))
        return -1;
    if (on && !s->conference)
        (void)ut_session_handover(s, UT_HANDOVER_CONFERENCE, "");
    s->conference = on;
    s->snapshot.conference = on;
    return 0;
}

int ut_session_outcome(struct ut_session *s, const char *opening, const char *outcome)
{
    char id[UT_EVENTS_SESSION + 16], line[UT_EVENT_LINE];
    const struct ut_event_origin from = origin(s);
    for (int i = 0; i < s->opened_count && under_way(s); i++) {
        struct ut_handover_cue *c = &s->opened[i];
        ut_events_id(&s->events, c->event, id, sizeof id);
        if (strcmp(id, opening) != 0)
            continue;
        snprintf(c->outcome, sizeof c->outcome, "%s", outcome);
        json_t *data = ut_event_data_outcome(&from, now_of(s), c->cue, id, outcome, line);
        ut_events_send(&s->events, UT_EVENT_CUE_OUTCOME, now_of(s), data, line);
        return 0;
    }
    return -1;
}

int ut_session_handover(struct ut_session *s, enum ut_handover_kind kind, const char *to)
{
    char line[UT_EVENT_LINE];
    const struct ut_event_origin from = origin(s);
    if (!under_way(s))
        return -1;
    const struct ut_handover h = {.kind = kind,
                                  .t_ms = now_of(s),
                                  .to = to,
                                  .contact = s->contact,
                                  .customer = s->customer,
                                  .scores = unscored(s) == NULL ? s->summary.score : NULL,
                                  .score_count = s->summary.scores,
                                  .hold = &s->engine.memory.hold,
                                  .cue = s->opened,
                                  .cues = s->opened_count,
                                  .session = &s->events};
    json_t *data = ut_handover_data(&from, &h, line);
    ut_events_send(&s->events, UT_EVENT_HANDOVER, now_of(s), data, line);
    return 0;
}

int ut_session_end(struct ut_session *s)
{
    if (!under_way(s))
        return -1;
    call_end(s, NULL);
    s->parked = true;
    view_cues(s);
    return 0;
}

void ut_session_start(struct ut_session *s)
{
    s->parked = false;
}

void ut_session_mute(struct ut_session *s, int muted)
{
    ut_cue_engine_mute(&s->engine, muted);
    s->snapshot.muted = s->engine.muted;
    view_cues(s);
}

void ut_session_dismiss(struct ut_session *s)
{
    ut_cue_engine_dismiss(&s->engine);
    view_cues(s);
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

static json_t *not_recorded(unsigned parties)
{
    json_t *out = json_array();
    for (int party = 0; party < UT_BOTH; party++)
        if ((parties >> party & 1) != 0)
            json_array_append_new(out, json_string(ut_party_role(party)));
    return out;
}

json_t *ut_session_summary(const struct ut_session *s)
{
    const struct ut_snapshot *v = &s->snapshot;
    char board[sizeof v->hello.board + 1] = {0};
    memcpy(board, v->hello.board, sizeof v->hello.board);
    ut_utf8_clean(board);
    const struct ut_event_origin from = origin(s);
    json_t *model = ut_event_data_model(&from);
    json_t *device =
        json_pack("{s:s, s:o, s:I, s:I, s:I, s:I}", "Board", board, "Firmware", ut_event_data_firmware(&from),
                  "AudioBlocksLost", (json_int_t)v->overruns, "RecordsDropped", (json_int_t)v->drops, "RecordsLost",
                  (json_int_t)s->receiver.lost, "FramesMalformed", (json_int_t)s->receiver.malformed);
    json_t *channels = ut_channels_json(&v->status);
    if (s->options.alone != NULL)
        json_object_set_new(channels, "CustomerAlone", json_string(s->options.alone));
    json_t *disclosure = json_null();
    if (s->options.policy == UT_POLICY_EU)
        disclosure = json_pack("{s:b, s:o, s:o}", "Acknowledged", !undisclosed(s), "OffsetMillis",
                               undisclosed(s) ? json_null() : json_integer(s->disclosed_ms < 0 ? 0 : s->disclosed_ms),
                               "By", undisclosed(s) ? json_null() : json_string(s->disclosed));
    json_t *out = ut_call_summary_json(&s->summary, s->events.contact_id, s->status, ut_policy_name(s->options.policy),
                                       disclosure, model, device, channels);
    json_t *emotion = json_object_get(out, "AcousticEmotion");
    json_object_set_new(emotion, "Session", json_string(s->events.session));
    if (s->customer[0] != '\0')
        json_object_set_new(emotion, "Customer", json_string(s->customer));
    if (s->options.cut != NULL)
        json_object_set_new(emotion, "Truncated",
                            ut_event_data_cut(s->newest_ms < 0 ? 0 : s->newest_ms, s->options.cut));
    if (s->snapshot.unheard != 0) {
        json_t *facts = json_object_get(json_object_get(out, "ConversationCharacteristics"), "Facts");
        json_object_set_new(emotion, "NotRecorded", not_recorded(s->snapshot.unheard));
        for (int party = 0; party < UT_BOTH && json_is_object(facts); party++)
            json_object_set_new(json_object_get(facts, ut_party_role(party)), "TalkShare", json_null());
    }
    ut_call_summary_withhold(out, &v->withheld);
    json_decref(channels);
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
    if (options->session != NULL) {
        snprintf(s->base_session, sizeof s->base_session, "%s", options->session);
    } else if (ut_identity_new(ut_clock_unix_ms(), s->base_session) != 0) {
        free(s);
        return NULL;
    }
    s->options = *options;
    snprintf(s->base_id, sizeof s->base_id, "%s", options->contact_id);
    if (options->customer != NULL)
        snprintf(s->customer_next, sizeof s->customer_next, "%s", options->customer);
    snprintf(s->config_crc32, sizeof s->config_crc32, "%08x", (unsigned)ut_config_crc32(options->config));
    ut_wire_receiver_init(&s->receiver);
    s->resumed = REPEATS;
    ut_call_summary_init(&s->summary);
    ut_events_init(&s->events, s->base_id, s->base_session, options->start_ms, options->sink, options->ctx);
    ut_cue_engine_init(&s->engine, options->config, cue_changed, s);
    ut_cue_engine_holds(&s->engine, hold_changed);
    s->status = "IN_PROGRESS";
    s->newest_ms = -1;
    s->disclosed_ms = -1;
    ut_snapshot_init(&s->snapshot, s->events.contact_id, ut_catalogue_language(options->config));
    s->snapshot.undisclosed = options->policy == UT_POLICY_EU && options->disclosed == NULL;
    s->snapshot.undeclared = undeclared(s);
    s->snapshot.session = s->snapshot.contact = s->snapshot.customer = "";
    set_unheard(s, options->unheard);
    return s;
}

void ut_session_free(struct ut_session *s)
{
    if (s == NULL)
        return;
    ut_call_summary_free(&s->summary);
    free(s);
}
