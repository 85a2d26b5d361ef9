/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/sink_timeline.h"

#include "firmware/turns.h"
#include "host-tools/system/utf8.h"

#include <stdio.h>
#include <string.h>

static struct ut_sink_timeline *own(struct ut_sink *s)
{
    return (struct ut_sink_timeline *)s;
}

int ut_sink_timeline_recording(struct ut_sink *s, const struct ut_sink_recording *r)
{
    struct ut_timeline *t = &own(s)->timeline;
    const char *slash = strrchr(r->path, '/');
    bool stereo = ut_audio_channels(r->audio) > 1;
    ut_timeline_free(t);
    ut_timeline_init(t);
    (void)snprintf(t->contact_id, sizeof t->contact_id, "%s", r->contact_id);
    ut_utf8_clean(t->contact_id); /* as the events have it */
    (void)snprintf(t->file, sizeof t->file, "%s", slash != NULL ? slash + 1 : r->path);
    if (ut_audio_cut(r->audio) != NULL)
        (void)snprintf(t->cut, sizeof t->cut, "%s", ut_audio_cut(r->audio));
    t->unheard = ut_audio_unheard(r->audio);
    t->start_ms = r->start_ms;
    t->config = r->config;
    t->alone = r->alone;
    t->channel[UT_CUSTOMER] = r->choice.customer != UT_AUDIO_UNSET ? r->choice.customer : stereo ? 2 : 1;
    t->channel[UT_AGENT] = !ut_audio_has_agent(r->audio) ? 0 : r->choice.agent != UT_AUDIO_UNSET ? r->choice.agent : 1;
    own(s)->samples = 0;
    return 0;
}

int ut_sink_timeline_audio(struct ut_sink *s, const int16_t *pairs, size_t n, struct ut_fault *fault)
{
    (void)pairs;
    (void)fault;
    own(s)->samples += (int64_t)n;
    return 0;
}

int ut_sink_timeline_score(struct ut_sink *s, const struct ut_wire_score *score)
{
    ut_timeline_score(&own(s)->timeline, score);
    return 0;
}

int ut_sink_timeline_turn(struct ut_sink *s, const struct ut_wire_turn *turn)
{
    ut_timeline_turn(&own(s)->timeline, turn);
    return 0;
}

int ut_sink_timeline_cue(struct ut_sink *s, const struct ut_cue_change *change)
{
    ut_timeline_cue(&own(s)->timeline, change);
    return 0;
}

int ut_sink_timeline_hold(struct ut_sink *s, const struct ut_hold_span *span)
{
    ut_timeline_hold(&own(s)->timeline, span);
    return 0;
}

int ut_sink_timeline_snapshot(struct ut_sink *s, const struct ut_snapshot *snapshot)
{
    ut_timeline_averages(&own(s)->timeline, snapshot);
    return 0;
}

int ut_sink_timeline_end(struct ut_sink *s, const struct ut_session *session, struct ut_fault *fault)
{
    struct ut_timeline *t = &own(s)->timeline;
    t->hello = ut_session_snapshot(session)->hello;
    t->status = ut_session_snapshot(session)->status;
    json_t *summary = ut_session_summary(session);
    json_decref(t->trajectory);
    t->trajectory = json_incref(json_object_get(json_object_get(summary, "AcousticEmotion"), "Trajectory"));
    json_decref(summary);
    ut_timeline_withhold(t, &ut_session_snapshot(session)->withheld);
    ut_timeline_finish(t, own(s)->samples * 1000 / UT_AUDIO_RATE);
    return t->incomplete ? ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", t->file) : 0;
}

int ut_sink_timeline_close(struct ut_sink *s, bool keep, struct ut_fault *fault)
{
    ut_timeline_free(&own(s)->timeline);
    return ut_sink_stream_close(s, keep, fault);
}
