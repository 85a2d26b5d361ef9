/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/format.h"

#include "host-tools/call/sink_timeline.h"

struct format {
    struct ut_sink_timeline call;
    ut_format_writer *write;
};

static int write_format(struct ut_sink *s, const struct ut_session *session, struct ut_fault *fault)
{
    const struct format *f = (const struct format *)s;
    if (ut_sink_timeline_end(s, session, fault) != 0)
        return -1;
    if (f->write(&f->call.timeline, ut_sink_stream_file(s)) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", f->call.timeline.file);
    (void)ut_sink_stream_check(s); /* flush and close say what it was */
    return 0;
}

struct ut_sink *ut_format_sink(ut_format_writer *write, FILE *stream, const char *path)
{
    static const struct ut_sink_kind KIND = {.open = ut_sink_stream_open,
                                             .recording = ut_sink_timeline_recording,
                                             .audio = ut_sink_timeline_audio,
                                             .score = ut_sink_timeline_score,
                                             .turn = ut_sink_timeline_turn,
                                             .cue = ut_sink_timeline_cue,
                                             .hold = ut_sink_timeline_hold,
                                             .snapshot = ut_sink_timeline_snapshot,
                                             .end = write_format,
                                             .flush = ut_sink_stream_flush,
                                             .close = ut_sink_timeline_close};
    struct ut_sink *s = ut_sink_stream_new(&KIND, sizeof(struct format), stream, path);
    if (s != NULL)
        ((struct format *)s)->write = write;
    return s;
}
