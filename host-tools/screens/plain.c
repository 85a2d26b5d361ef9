/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/screens/plain.h"

#include "host-tools/call/policy.h"
#include "host-tools/call/sink_stream.h"
#include "host-tools/system/timestamp.h"
#include "host-tools/system/utf8.h"

#include <string.h>

static int line(struct ut_plain *p, const char *what)
{
    char text[1000];
    (void)snprintf(text, sizeof text, "%s", what);
    ut_utf8_clean(text); /* it names calls and devices */
    /* flushed, so that a pipe's reader sees the event when it happens */
    return fprintf(p->out, "%s\n", text) < 0 || fflush(p->out) != 0 ? -1 : 0;
}

void ut_plain_init(struct ut_plain *p, FILE *out)
{
    memset(p, 0, sizeof *p);
    p->out = out;
}

int ut_plain_event(struct ut_plain *p, const struct ut_event *event)
{
    if (event->type == UT_EVENT_SESSION_STARTED) {
        p->status_ms = event->t_ms;
        p->status[0] = '\0';
    }
    if (event->type == UT_EVENT_SCORE || event->text[0] == '\0')
        return 0;
    return line(p, event->text);
}

static const char *paused(const struct ut_snapshot *call)
{
    const char *obstacle = ut_snapshot_obstacle(call->abstain);
    if (call->abstain == UT_UNDISCLOSED)
        return call->refused       ? "the customer does not want it"
               : call->undisclosed ? "disclosure not acknowledged"
               : call->conference  ? "a conference"
                                   : "the one channel may hold both parties";
    return obstacle != NULL ? obstacle : "little customer speech";
}

int ut_plain_status(struct ut_plain *p, const struct ut_snapshot *call)
{
    if (call->t_ms < p->status_ms + UT_PLAIN_STATUS_MS)
        return 0;
    char status[sizeof p->status];
    int agent = (int)(call->agent_share * 100 + 0.5);
    if (call->on_hold)
        (void)snprintf(status, sizeof status, "on hold");
    else if (call->score_valid) /* one decimal, so that a steady call gives no lines */
        (void)snprintf(status, sizeof status, "frustration %.1f  delight %.1f  talk customer %d %% agent %d %%",
                       call->frustration_fast, call->delight_fast, 100 - agent, agent);
    else
        (void)snprintf(status, sizeof status, "scores paused (%s)", paused(call));
    p->status_ms = call->t_ms - call->t_ms % UT_PLAIN_STATUS_MS;
    if (strcmp(status, p->status) == 0)
        return 0;
    (void)snprintf(p->status, sizeof p->status, "%s", status);
    char when[UT_TIMESTAMP_TEXT], text[sizeof status + 40];
    (void)snprintf(text, sizeof text, "%s  status       %s", ut_timestamp_call(call->t_ms, when), status);
    return line(p, text);
}

struct plain_sink {
    struct ut_sink_stream to;
    struct ut_plain plain;
};

static int open_plain(struct ut_sink *s, struct ut_fault *fault)
{
    if (ut_sink_stream_open(s, fault) != 0)
        return -1;
    ut_plain_init(&((struct plain_sink *)s)->plain, ut_sink_stream_file(s));
    return 0;
}

static int put_event(struct ut_sink *s, const struct ut_event *event)
{
    (void)ut_plain_event(&((struct plain_sink *)s)->plain, event);
    return ut_sink_stream_check(s);
}

static int put_status(struct ut_sink *s, const struct ut_snapshot *call)
{
    (void)ut_plain_status(&((struct plain_sink *)s)->plain, call);
    return ut_sink_stream_check(s);
}

struct ut_sink *ut_plain_sink(FILE *stream, const char *path)
{
    static const struct ut_sink_kind KIND = {.open = open_plain,
                                             .event = put_event,
                                             .snapshot = put_status,
                                             .flush = ut_sink_stream_flush,
                                             .close = ut_sink_stream_close};
    return ut_sink_stream_new(&KIND, sizeof(struct plain_sink), stream, path);
}
