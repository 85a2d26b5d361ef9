/* SPDX-License-Identifier: Apache-2.0 */
/* What sinks that are made of a whole recorded call have in common: its timeline, complete when the call has ended.
 *
 * in    a recording and what its session says
 * out   host-tools/call/timeline.h
 * errors a timeline without the memory for it, when the call ends
 */
#ifndef UT_HOST_SINK_TIMELINE_H
#define UT_HOST_SINK_TIMELINE_H

#include "host-tools/call/sink.h"
#include "host-tools/call/sink_stream.h"
#include "host-tools/call/timeline.h"

#include <stddef.h>
#include <stdint.h>

/* The first member of the kind's own struct; made by ut_sink_stream_new. */
struct ut_sink_timeline {
    struct ut_sink_stream to;
    struct ut_timeline timeline;
    int64_t samples; /* of the recording so far, per channel */
};

/* Hooks of the kind, or the first things that its own hooks do. */
int ut_sink_timeline_recording(struct ut_sink *s, const struct ut_sink_recording *recording);
int ut_sink_timeline_audio(struct ut_sink *s, const int16_t *pairs, size_t n, struct ut_fault *fault);
int ut_sink_timeline_score(struct ut_sink *s, const struct ut_wire_score *score);
int ut_sink_timeline_turn(struct ut_sink *s, const struct ut_wire_turn *turn);
int ut_sink_timeline_cue(struct ut_sink *s, const struct ut_cue_change *change);
int ut_sink_timeline_hold(struct ut_sink *s, const struct ut_hold_span *span);
int ut_sink_timeline_snapshot(struct ut_sink *s, const struct ut_snapshot *snapshot);

/* The timeline is finished. 0, or -1 and *fault. */
int ut_sink_timeline_end(struct ut_sink *s, const struct ut_session *session, struct ut_fault *fault);
int ut_sink_timeline_close(struct ut_sink *s, bool keep, struct ut_fault *fault);

#endif
