/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/sink_stream.h"

#include <stdlib.h>

static struct ut_sink_stream *own(struct ut_sink *s)
{
    return (struct ut_sink_stream *)s;
}

struct ut_sink *ut_sink_stream_new(const struct ut_sink_kind *kind, size_t size, FILE *stream, const char *path)
{
    struct ut_sink_stream *s = calloc(1, size);
    if (s == NULL)
        return NULL;
    s->sink.kind = kind;
    s->stream = stream;
    s->path = path;
    return &s->sink;
}

FILE *ut_sink_stream_file(const struct ut_sink *s)
{
    return ((const struct ut_sink_stream *)s)->to.file;
}

int ut_sink_stream_check(struct ut_sink *s)
{
    return ut_output_check(&own(s)->to);
}

int ut_sink_stream_open(struct ut_sink *s, struct ut_fault *fault)
{
    struct ut_sink_stream *w = own(s);
    if (w->path != NULL)
        return ut_output_open(&w->to, w->path, fault);
    ut_output_borrow(&w->to, w->stream);
    return 0;
}

int ut_sink_stream_flush(struct ut_sink *s, struct ut_fault *fault)
{
    return ut_output_push(&own(s)->to, fault);
}

int ut_sink_stream_close(struct ut_sink *s, bool keep, struct ut_fault *fault)
{
    struct ut_sink_stream *w = own(s);
    int r = 0;
    if (!keep)
        ut_output_abandon(&w->to);
    else if (w->to.file != NULL)
        r = ut_output_commit(&w->to, fault);
    free(w);
    return r;
}
