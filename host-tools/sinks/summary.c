/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/summary.h"

#include "host-tools/call/sink_stream.h"
#include "host-tools/system/json.h"

#include <stdlib.h>

static int put_summary(struct ut_sink *s, const struct ut_session *session, struct ut_fault *fault)
{
    (void)fault;
    json_t *summary = ut_session_summary(session);
    FILE *out = ut_sink_stream_file(s);
    (void)json_dumpf(summary, out, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    (void)fputc('\n', out);
    json_decref(summary);
    (void)ut_sink_stream_check(s); /* flush and close say what it was */
    return 0;
}

struct ut_sink *ut_summary_sink(FILE *stream, const char *path)
{
    static const struct ut_sink_kind KIND = {
        .open = ut_sink_stream_open, .end = put_summary, .flush = ut_sink_stream_flush, .close = ut_sink_stream_close};
    return ut_sink_stream_new(&KIND, sizeof(struct ut_sink_stream), stream, path);
}

struct file {
    struct ut_sink sink;
    const char *path;
};

static int write_file(struct ut_sink *s, const struct ut_session *session, struct ut_fault *fault)
{
    return ut_json_file(((const struct file *)s)->path, ut_session_summary(session), fault);
}

static int close_file(struct ut_sink *s, bool keep, struct ut_fault *fault)
{
    (void)keep;
    (void)fault;
    free(s);
    return 0;
}

struct ut_sink *ut_summary_file_sink(const char *path)
{
    static const struct ut_sink_kind KIND = {.end = write_file, .close = close_file};
    struct file *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    *f = (struct file){.sink = {.kind = &KIND}, .path = path};
    return &f->sink;
}
