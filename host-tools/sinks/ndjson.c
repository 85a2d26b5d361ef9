/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/ndjson.h"

#include "host-tools/call/sink_stream.h"

static int put_event(struct ut_sink *s, const struct ut_event *event)
{
    (void)fprintf(ut_sink_stream_file(s), "%s\n", event->json);
    return ut_sink_stream_check(s);
}

struct ut_sink *ut_ndjson_sink(FILE *stream, const char *path)
{
    static const struct ut_sink_kind KIND = {
        .open = ut_sink_stream_open, .event = put_event, .flush = ut_sink_stream_flush, .close = ut_sink_stream_close};
    return ut_sink_stream_new(&KIND, sizeof(struct ut_sink_stream), stream, path);
}
