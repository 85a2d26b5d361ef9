/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/scores.h"

#include "firmware/engine.h"
#include "firmware/turns.h"
#include "host-tools/call/sink_stream.h"
#include "host-tools/cues/readings.h"

struct scores {
    struct ut_sink_stream to;
    const char *label; /* the recording's path; NULL = no recording */
    bool cut;          /* the recording is truncated */
    const char *alone; /* as in session.h */
    bool on_hold;      /* as far as it is known by then */
};

static int open_scores(struct ut_sink *s, struct ut_fault *fault)
{
    if (ut_sink_stream_open(s, fault) != 0)
        return -1;
    (void)fputs("file,t_ms,customer_speech,agent_speech,frustration,delight,confidence,abstain,customer_clipped,"
                "agent_clipped,customer_loudness,agent_level_dbfs,customer_pace_syl_s,agent_pace_syl_s,"
                "customer_f0_semitones,customer_f0_range_semitones,top1,top1_log_odds,top2,top2_log_odds,truncated,"
                "customer_alone,on_hold\n",
                ut_sink_stream_file(s));
    return 0;
}

static int name_recording(struct ut_sink *s, const struct ut_sink_recording *recording)
{
    ((struct scores *)s)->label = recording->path;
    ((struct scores *)s)->alone = recording->alone;
    ((struct scores *)s)->cut = recording->audio != NULL && ut_audio_cut(recording->audio) != NULL;
    return 0;
}

static int put_score(struct ut_sink *s, const struct ut_wire_score *r)
{
    const struct scores *own = (const struct scores *)s;
    FILE *out = own->to.to.file;
    ut_output_csv(own->label != NULL ? own->label : "", out);
    if (ut_wire_abstain(r) == UT_ABSTAIN_MIXED) /* who speaks is not known */
        (void)fprintf(out, ",%u,,,", (unsigned)r->t_ms);
    else
        (void)fprintf(out, ",%u,%d,%d,", (unsigned)r->t_ms, ut_wire_speaks(r, UT_CUSTOMER),
                      ut_wire_speaks(r, UT_AGENT));
    (void)fprintf(out, "%.4f,%.4f,%.4f,%d,%d,%d,%.1f,%.1f,%.4f,%.4f,", ut_readings_share(r->frustration),
                  ut_readings_share(r->delight), ut_readings_share(r->confidence), ut_wire_abstain(r),
                  ut_wire_clipped(r, UT_CUSTOMER), ut_wire_clipped(r, UT_AGENT),
                  ut_readings_loudness(r->customer_loudness), ut_readings_level_dbfs(r->agent_level),
                  ut_readings_pace(r->customer_pace), ut_readings_pace(r->agent_pace));
    if (r->customer_f0 > 0)
        (void)fprintf(out, "%.2f", ut_readings_semitones(r->customer_f0));
    (void)fprintf(out, ",%.2f", ut_readings_range(r->customer_f0_range));
    for (int i = 0; i < 2; i++)
        (void)fprintf(out, ",%s,%.4f", ut_readings_group_name(r->top[i].feature),
                      ut_readings_log_odds(r->top[i].contribution));
    (void)fprintf(out, ",%d,%s,%d\n", own->cut, own->alone != NULL ? own->alone : "", own->on_hold);
    return ut_sink_stream_check(s);
}

static int put_hold(struct ut_sink *s, const struct ut_hold_span *span)
{
    ((struct scores *)s)->on_hold = span->end_ms == UT_HOLD_OPEN;
    return 0;
}

struct ut_sink *ut_scores_sink(FILE *stream, const char *path)
{
    static const struct ut_sink_kind KIND = {.open = open_scores,
                                             .recording = name_recording,
                                             .score = put_score,
                                             .hold = put_hold,
                                             .flush = ut_sink_stream_flush,
                                             .close = ut_sink_stream_close};
    return ut_sink_stream_new(&KIND, sizeof(struct scores), stream, path);
}
