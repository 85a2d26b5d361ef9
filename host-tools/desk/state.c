/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/desk/state.h"

#include "firmware/engine.h"
#include "firmware/turns.h"

#include <stdio.h>

/* Those of page.html and page.js. */
static const char *const WORDS[] = {
    "Undertone: the agent's desk",
    "No cue",
    "Why",
    "Frustration",
    "Delight",
    "as of",
    "s ago",
    "rising",
    "falling",
    "steady",
    "Pace",
    "customer",
    "agent",
    "syl/s",
    "Talk share",
    "On hold",
    "not on hold",
    "Link",
    "The customer has been told",
    "The customer does not want it",
    "Dismiss",
    "Mute cues",
    "Cues are muted",
    "helped",
    "did not help",
    "wrong",
    "Small window",
    "no call yet",
    "the call has ended",
    "the program does not answer",
    "Handed over",
    "Open cues",
    "Tried",
    "Thank you",
    "The last cue",
    "transfer",
    "escalation",
    "conference",
    "Before the first word",
    "Yes",
    "No",
    "without an answer",
    "in",
};

json_t *ut_desk_words(enum ut_language language)
{
    json_t *out = json_object();
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
        json_object_set_new(out, WORDS[i], json_string(ut_catalogue_word(language, WORDS[i])));
    return out;
}

/* Why there is no score, in English. */
static const char *no_score(const struct ut_snapshot *v)
{
    const char *obstacle = ut_snapshot_obstacle(v->abstain);
    if (v->refused)
        return "none: the customer does not want it";
    if (v->undisclosed)
        return "none before the disclosure";
    if (v->conference)
        return "none in a conference";
    if (v->undeclared)
        return "none: the one channel may hold both parties";
    if (v->have_hello && v->hello.model_crc32 == 0)
        return "this headset has no classifier";
    if (v->on_hold)
        return "on hold";
    if (obstacle != NULL)
        return obstacle;
    return v->scored_ms >= 0 ? "the customer listens" : "too little customer speech";
}

static json_t *score(const struct ut_snapshot *v)
{
    if (v->scored_ms < 0 || v->refused || v->undisclosed)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:I}", "Frustration", ut_json_number(v->frustration_fast, 3), "Delight",
                     ut_json_number(v->delight_fast, 3), "Confidence", ut_json_number(v->confidence_fast, 3), "Trend",
                     ut_json_number(v->frustration_trend, 3), "AgeMillis", (json_int_t)(v->t_ms - v->scored_ms));
}

static json_t *cue(const struct ut_snapshot *v)
{
    char id[UT_EVENTS_SESSION + 16];
    if (v->cue == UT_CUES)
        return json_null();
    (void)snprintf(id, sizeof id, "%s-%06u", v->session, (unsigned)v->cue_event);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "Id", id, "Cue", ut_cue_info[v->cue].name, "Title", v->cue_title,
                     "Text", v->cue_advice, "Why", v->cue_why, "AgeMillis", (json_int_t)(v->t_ms - v->cue_since_ms));
}

static json_t *facts(const struct ut_snapshot *v)
{
    bool known = v->unheard == 0 && !v->withheld.mixed && v->talk_ms[0] + v->talk_ms[1] > 0;
    return json_pack("{s:o, s:o, s:o, s:b, s:b, s:I}", "CustomerPace", ut_json_number(v->customer_pace, 1), "AgentPace",
                     ut_json_number(v->agent_pace, 1), "AgentShare",
                     known ? ut_json_number(v->agent_share, 3) : json_null(), "CustomerSpeaks", v->customer_speech,
                     "OnHold", v->on_hold, "HoldMillis",
                     (json_int_t)(v->on_hold ? v->t_ms - v->hold_from_ms : v->hold_ms));
}

json_t *ut_desk_state(const struct ut_snapshot *v, bool active, const struct ut_desk_link *link, json_t *handover,
                      enum ut_language language)
{
    static const struct ut_snapshot NONE = {.contact_id = "",
                                            .session = "",
                                            .contact = "",
                                            .customer = "",
                                            .t_ms = -1,
                                            .scored_ms = -1,
                                            .cue = UT_CUES,
                                            .dismissed = UT_CUES};
    const char *state = v == NULL || v->session[0] == '\0' ? "none" : active ? "live" : "ended";
    if (v == NULL)
        v = &NONE;
    json_t *out =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:s, s:o, s:o, s:b, s:b, s:b, s:b, s:b, s:O}", "State", state,
                  "Language", ut_catalogue_code(language), "Session", v->session, "ContactId", v->contact_id, "Contact",
                  v->contact, "TimeMillis", (json_int_t)v->t_ms, "Score", score(v), "NoScore",
                  v->score_valid ? "" : ut_catalogue_word(language, no_score(v)), "Cue", cue(v), "Facts", facts(v),
                  "Undisclosed", v->undisclosed, "Refused", v->refused, "Conference", v->conference, "Muted", v->muted,
                  "Flagged", v->flagged, "Handover", handover != NULL ? handover : json_null());
    json_object_set_new(out, "Past",
                        v->past.text[0] == '\0'
                            ? json_null()
                            : json_pack("{s:s, s:o}", "Text", v->past.text, "Risk", ut_json_number(v->past.risk, 3)));
    json_object_set_new(out, "Link",
                        json_pack("{s:s, s:b, s:o, s:I, s:I}", "Text", link->text, "Trouble", link->trouble,
                                  "RecordsPerSecond", ut_json_number(link->records_per_s, 1), "Lost",
                                  (json_int_t)v->lost, "Malformed", (json_int_t)v->malformed));
    return out;
}
