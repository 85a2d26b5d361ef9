/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/metrics.h"

#include "firmware/version.h"
#include "host-tools/sinks/courier.h"
#include "host-tools/sinks/event_table.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/json.h"
#include "host-tools/system/output.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const display[] = {"shown", "waiting", "suppressed", "muted", "gauge", "arrow"};
enum { DISPLAYS = sizeof display / sizeof display[0], WAIT_MS = 200 /* for another program's lock */ };

struct metrics {
    struct ut_sink sink;
    const char *path, *store;
    const struct ut_floor_scores *floor;
    int64_t written_ms;
    uint64_t events[UT_EVENT_TYPES], cues[UT_CUES][DISPLAYS];
    uint32_t records, lost, malformed, overruns, drops;
    int live, flagged;
};

static void head(FILE *out, const char *name, const char *type, const char *help)
{
    (void)fprintf(out, "# HELP undertone_%s %s\n# TYPE undertone_%s %s\n", name, help, name, type);
}

static void one(FILE *out, const char *name, const char *type, const char *help, uint32_t value)
{
    head(out, name, type, help);
    (void)fprintf(out, "undertone_%s %u\n", name, (unsigned)value);
}

/* What waits for each receiver. A store that cannot be asked within a moment is asked the next time. */
static void put_outbox(const struct metrics *m, FILE *out)
{
    static const char *const RECEIVERS[] = {UT_COURIER_RECEIVER, UT_FLOOR_RECEIVER};
    enum { N = sizeof RECEIVERS / sizeof RECEIVERS[0] };
    struct ut_outbox_counts c[N];
    struct ut_fault fault;
    struct ut_database *d = m->store != NULL ? ut_database_open(m->store, &ut_event_table_kind, false, &fault) : NULL;
    bool known = d != NULL;
    if (known)
        ut_database_wait(d, WAIT_MS);
    for (int i = 0; i < N && known; i++)
        known = ut_outbox_counts(d, RECEIVERS[i], &c[i], &fault) == 0;
    ut_database_close(d);
    if (!known)
        return;
    head(out, "outbox_rows", "gauge", "Events that have yet to reach a receiver.");
    for (int i = 0; i < N; i++)
        (void)fprintf(out, "undertone_outbox_rows{receiver=\"%s\"} %lld\n", RECEIVERS[i], (long long)c[i].waiting);
    head(out, "outbox_dead_rows", "gauge", "Events that are not tried any more by themselves.");
    for (int i = 0; i < N; i++)
        (void)fprintf(out, "undertone_outbox_dead_rows{receiver=\"%s\"} %lld\n", RECEIVERS[i], (long long)c[i].dead);
    head(out, "outbox_oldest_seconds", "gauge", "How long the oldest of them has waited.");
    for (int i = 0; i < N; i++) {
        int64_t age = c[i].oldest_ms < 0 ? 0 : (ut_clock_unix_ms() - c[i].oldest_ms) / 1000;
        (void)fprintf(out, "undertone_outbox_oldest_seconds{receiver=\"%s\"} %lld\n", RECEIVERS[i],
                      (long long)(age > 0 ? age : 0));
    }
}

static void put_floor(const struct ut_floor_scores *f, FILE *out)
{
    head(out, "floor_scores_total", "counter", "Scores of calls in progress for the floor, by what became of them.");
    (void)fprintf(out,
                  "undertone_floor_scores_total{fate=\"sent\"} %llu\n"
                  "undertone_floor_scores_total{fate=\"replaced\"} %llu\n"
                  "undertone_floor_scores_total{fate=\"no_link\"} %llu\n",
                  f->sent, f->replaced, f->no_link);
}

static void put_all(const struct metrics *m, FILE *out)
{
    head(out, "build_info", "gauge", "Always 1; the labels say which program this is.");
    (void)fputs("undertone_build_info{version=\"" UT_VERSION "\"} 1\n", out);
    head(out, "events_total", "counter", "Events by type.");
    for (int i = 0; i < UT_EVENT_TYPES; i++)
        (void)fprintf(out, "undertone_events_total{type=\"%s\"} %llu\n", ut_event_type_name((enum ut_event_type)i),
                      (unsigned long long)m->events[i]);
    head(out, "cues_total", "counter", "Cues that opened, by what the agent saw of them.");
    for (int cue = 0; cue < UT_CUES; cue++)
        for (int k = 0; k < DISPLAYS; k++)
            if (m->cues[cue][k] > 0)
                (void)fprintf(out, "undertone_cues_total{cue=\"%s\",display=\"%s\"} %llu\n", ut_cue_info[cue].name,
                              display[k], (unsigned long long)m->cues[cue][k]);
    one(out, "records_total", "counter", "Records from the headset.", m->records);
    one(out, "records_lost_total", "counter", "Records lost on the link.", m->lost);
    one(out, "frames_malformed_total", "counter", "Frames that were no record.", m->malformed);
    one(out, "records_dropped_total", "counter", "Records that the headset could not send.", m->drops);
    one(out, "audio_blocks_lost_total", "counter", "Blocks of sound that the headset lost.", m->overruns);
    one(out, "calls_live", "gauge", "Calls in progress.", (uint32_t)m->live);
    one(out, "flags_raised", "gauge", "Flags for the supervisor that are up.", (uint32_t)m->flagged);
    put_outbox(m, out);
    if (m->floor != NULL)
        put_floor(m->floor, out);
}

/* 0, or -1 and *fault. */
static int write_file(struct metrics *m, struct ut_fault *fault)
{
    struct ut_output o;
    m->written_ms = ut_clock_ms();
    if (m->path == NULL)
        return 0;
    if (ut_output_open(&o, m->path, fault) != 0)
        return -1;
    (void)fchmod(fileno(o.file), 0644); /* counts are nobody's secret, and the collector is another user */
    put_all(m, o.file);
    return ut_output_commit(&o, fault);
}

void ut_metrics_print(const struct ut_sink *s, FILE *out)
{
    put_all((const struct metrics *)s, out);
}

static int open_metrics(struct ut_sink *s, struct ut_fault *fault)
{
    return write_file((struct metrics *)s, fault);
}

static void count_cue(struct metrics *m, const char *json)
{
    json_t *event = json_loads(json, 0, NULL), *data = json_object_get(event, "data");
    const char *name = json_string_value(json_object_get(data, "Cue"));
    const char *how = json_string_value(json_object_get(data, "Display"));
    int cue = name != NULL ? (int)ut_cue_find(name) : UT_CUES;
    for (int k = 0; k < DISPLAYS && cue < UT_CUES && how != NULL; k++)
        m->cues[cue][k] += strcmp(display[k], how) == 0;
    json_decref(event);
}

static int count_event(struct ut_sink *s, const struct ut_event *event)
{
    struct metrics *m = (struct metrics *)s;
    m->events[event->type]++;
    switch (event->type) {
    case UT_EVENT_SESSION_STARTED:
        m->live = 1;
        break;
    case UT_EVENT_SESSION_COMPLETED:
    case UT_EVENT_SESSION_FAILED:
        m->live = m->flagged = 0;
        break;
    case UT_EVENT_FLAG_RAISED:
    case UT_EVENT_FLAG_LOWERED:
        m->flagged = event->type == UT_EVENT_FLAG_RAISED;
        break;
    case UT_EVENT_CUE_OPENED:
        count_cue(m, event->json);
        break;
    default:
        break;
    }
    return 0;
}

static int take_snapshot(struct ut_sink *s, const struct ut_snapshot *v)
{
    struct metrics *m = (struct metrics *)s;
    m->records = v->records;
    m->lost = v->lost;
    m->malformed = v->malformed;
    m->overruns = v->overruns;
    m->drops = v->drops;
    return 0;
}

static int flush(struct ut_sink *s, struct ut_fault *fault)
{
    struct metrics *m = (struct metrics *)s;
    struct ut_fault later = {0};
    (void)fault;
    if (ut_clock_ms() - m->written_ms >= UT_METRICS_MS)
        (void)write_file(m, &later); /* of no weight beside the call */
    return 0;
}

static int close_metrics(struct ut_sink *s, bool keep, struct ut_fault *fault)
{
    struct metrics *m = (struct metrics *)s;
    (void)keep;
    int r = m->written_ms > 0 ? write_file(m, fault) : 0;
    free(m);
    return r;
}

void ut_metrics_keeps(struct ut_sink *s, const char *store, const struct ut_floor_scores *floor)
{
    ((struct metrics *)s)->store = store;
    ((struct metrics *)s)->floor = floor;
}

struct ut_sink *ut_metrics_sink(const char *path)
{
    static const struct ut_sink_kind KIND = {
        .open = open_metrics, .event = count_event, .snapshot = take_snapshot, .flush = flush, .close = close_metrics};
    struct metrics *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    *m = (struct metrics){.sink = {.kind = &KIND}, .path = path};
    return &m->sink;
}
