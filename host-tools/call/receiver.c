/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/receiver.h"

#include "dsp/features.h"
#include "firmware/control.h"
#include "firmware/wire.h"
#include "host-tools/system/clock.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    LIGHT_MS = 10000, /* between two words to the headset that a cue is still there; it forgets after 30 s */
    RETRY_MS = 500,   /* between attempts to open a port */
    OPENING_MS = 20,  /* between looks at one that is opening */
    NEXT_MS = 2000,   /* within which a headset begins the call that it is asked for; its owner does so in 0.1 s */
    WORD = 6,         /* readable characters in a row that are text */
    RATE_MS = 1000
};

static int64_t clock_now(const struct ut_receiver *r)
{
    return r->options.clock_ms != NULL ? r->options.clock_ms(r->options.clock_ctx) : ut_clock_ms();
}

__attribute__((format(printf, 2, 3))) static void note(struct ut_receiver *r, const char *format, ...)
{
    char text[600];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ut_sinks_note(r->options.sinks, text);
}

void ut_receiver_init(struct ut_receiver *r, const struct ut_receiver_options *options)
{
    memset(r, 0, sizeof *r);
    r->options = *options;
    r->lit = -1;
    r->lit_cue = UT_CUES;
    r->began_ms = r->next_try_ms = clock_now(r);
}

static enum ut_receiver_state fail(struct ut_receiver *r, struct ut_fault *fault, const struct ut_fault *why)
{
    *fault = *why;
    return r->state = UT_RECEIVER_FAILED;
}

/* The port is open for the first time. */
static enum ut_receiver_state begin(struct ut_receiver *r, int64_t now, struct ut_fault *fault)
{
    struct ut_session_options o = r->options.session;
    char id[32];
    if (o.clock_ms != NULL)
        o.start_ms = o.clock_ms(r->options.sinks);
    if (o.contact_id == NULL) {
        (void)snprintf(id, sizeof id, "live-%" PRId64, o.start_ms / 1000);
        o.contact_id = id;
    }
    if (o.session == NULL && r->options.port->sound[0] != '\0')
        o.session = r->options.port->sound;
    o.unheard |= r->options.port->unheard;
    if (o.alone == NULL)
        o.alone = r->options.port->alone;
    r->session = ut_sinks_session(r->options.sinks, &o);
    if (r->session == NULL) {
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "out of memory; close other programs");
        return r->state = UT_RECEIVER_FAILED;
    }
    r->snapshot = ut_session_snapshot(r->session);
    r->heard_ms = now;
    for (int i = 0; i <= UT_RECEIVER_RATE_S; i++)
        r->rate_at_ms[i] = now;
    return r->state = UT_RECEIVER_OPEN;
}

static enum ut_receiver_state open_first(struct ut_receiver *r, int64_t now, struct ut_fault *fault)
{
    const struct ut_port_kind *kind = r->options.port->kind;
    int64_t limit_ms = kind->open_wait_ms > 0 ? kind->open_wait_ms : UT_PORT_OPEN_WAIT_MS;
    bool patient = r->options.patient;
    struct ut_fault why = {0};
    int open = ut_port_open(r->options.port, &why);
    if (open == UT_PORT_OPEN)
        return begin(r, now, fault);
    if (open == UT_PORT_REFUSED || (open < 0 && !patient))
        return fail(r, fault, &why);
    if (open == UT_PORT_OPENING && !patient && now - r->began_ms > limit_ms) {
        (void)ut_fault_set(&why, UT_EXIT_NO_DEVICE,
                           "%s: no answer within %d s; check the address and that its server runs",
                           r->options.port->name, (int)(limit_ms / 1000));
        return fail(r, fault, &why);
    }
    if (open < 0 && !r->told_absent) {
        r->told_absent = true;
        note(r, "%s; waiting", why.text);
    }
    r->next_try_ms = now + (open == UT_PORT_OPENING ? OPENING_MS : RETRY_MS);
    return r->state;
}

static int64_t threshold_ms(const struct ut_receiver *r, enum ut_param p)
{
    return ut_config_ms(r->options.session.config, p);
}

static void forget_foreign(struct ut_receiver *r)
{
    r->foreign.bytes = r->foreign.length = 0;
    r->foreign.whole = false;
}

/* A byte that is not, or not yet, of a record. */
static void keep_foreign(struct ut_receiver *r, uint8_t byte, int64_t now)
{
    bool readable = byte > ' ' - (r->foreign.length > 0) && byte <= '~';
    if (r->foreign.bytes++ == 0)
        r->foreign.from_ms = now;
    if (r->foreign.whole)
        return;
    if (readable)
        r->foreign.text[r->foreign.length++] = (char)byte;
    else if (r->foreign.length < WORD)
        r->foreign.length = 0;
    r->foreign.whole = r->foreign.length == UT_RECEIVER_FOREIGN || (!readable && r->foreign.length > 0);
}

/* Bytes come, for long enough, and none is a record. */
static void remark_foreign(struct ut_receiver *r, int64_t now)
{
    bool readable = r->foreign.length >= WORD;
    if (r->foreign.told || r->foreign.bytes == 0 || now - r->foreign.from_ms < threshold_ms(r, UT_P_LINK_NO_RECORD))
        return;
    r->foreign.told = true;
    r->foreign.text[r->foreign.length] = '\0';
    note(r,
         "%s: %u bytes came in %d s and none is a record%s%s%s; it is the wrong port, the wrong speed (not 115200 "
         "baud), or a bootloader: see `undertone devices`, or start the headset again",
         r->options.port->name, (unsigned)r->foreign.bytes, (int)((now - r->foreign.from_ms) / 1000),
         readable ? ": \"" : "", readable ? r->foreign.text : "", readable ? "\"" : "");
}

static enum ut_receiver_state open_again(struct ut_receiver *r, int64_t now)
{
    struct ut_port *p = r->options.port;
    struct ut_fault why;
    int open = ut_port_open(p, &why);
    r->next_try_ms = now + (open == UT_PORT_OPENING ? OPENING_MS : RETRY_MS);
    if (open != UT_PORT_OPEN)
        return r->state;
    r->heard_ms = now;
    forget_foreign(r);
    r->foreign.told = false;
    ut_session_relink(r->session, p->kind->renumbers);
    note(r, "%s: back after %.1f s", p->name, (double)(now - r->lost_at_ms) / 1000);
    return r->state = UT_RECEIVER_OPEN;
}

/* Bytes into the session, one at a time so that a headset of another features version is met before its scores. */
static enum ut_receiver_state take(struct ut_receiver *r, const uint8_t *data, int n, int64_t now,
                                   struct ut_fault *fault)
{
    for (int i = 0; i < n; i++) {
        uint32_t records = r->snapshot->records;
        ut_session_bytes(r->session, data + i, 1);
        keep_foreign(r, data[i], now);
        if (r->snapshot->records != records) {
            forget_foreign(r);
            r->foreign.told = false;
        }
        if (r->snapshot->have_hello && r->snapshot->hello.features_version != UT_FEATURES_VERSION) {
            ut_session_finish(r->session, "the headset has another features version");
            (void)ut_fault_set(fault, UT_EXIT_FEATURES,
                               "%s: this headset has features version %d, this program %d; update one of them",
                               r->options.port->name, r->snapshot->hello.features_version, UT_FEATURES_VERSION);
            return r->state = UT_RECEIVER_FAILED;
        }
        if (r->snapshot->records != records && ut_session_active(r->session))
            ut_sinks_snapshot(r->options.sinks, r->snapshot);
    }
    return r->state;
}

/* The port has come to its end: of a call, of itself, or for the time being. */
static enum ut_receiver_state lose(struct ut_receiver *r, int how, int64_t now, const struct ut_fault *why,
                                   struct ut_fault *fault)
{
    if (how == UT_PORT_FAILED) {
        ut_session_finish(r->session, why->text);
        return fail(r, fault, why);
    }
    /* vanishing after the last record of a call is how a file, or a desk board, ends */
    if (how == UT_PORT_ENDED || (ut_session_calls(r->session) > 0 && !ut_session_active(r->session))) {
        ut_session_finish(r->session, NULL);
        return r->state = UT_RECEIVER_ENDED;
    }
    note(r, "%s; waiting for it to come back", why->text);
    ut_port_close(r->options.port);
    r->lost_at_ms = now;
    r->next_try_ms = now + RETRY_MS;
    return r->state = UT_RECEIVER_GONE;
}

/* What the headset's light is to say of the visible cue: 4 times which of 32, plus its severity; -1 = no cue is. */
static int light_of(struct ut_receiver *r)
{
    static const char *const severities[] = {"high", "medium", "low", "info"};
    const struct ut_snapshot *v = r->snapshot;
    int severity = 0;
    if (v->cue == UT_CUES)
        return -1;
    if (v->cue_since_ms != r->lit_since_ms || v->cue != r->lit_cue) { /* another, perhaps right behind one */
        r->lights = (r->lights + 1) % 32;
        r->lit_since_ms = v->cue_since_ms;
        r->lit_cue = v->cue;
    }
    while (severity < 3 && strcmp(ut_cue_info[v->cue].severity, severities[severity]) != 0)
        severity++;
    return 4 * r->lights + severity;
}

/* 0; -1: the port takes no byte now. */
static int offer(struct ut_receiver *r, const struct ut_wire_request *request)
{
    uint8_t record[UT_WIRE_RECORD_BYTES], line[1 + UT_WIRE_FRAME_BYTES] = {0}; /* a delimiter ends what came before */
    ut_wire_pack_request(record, 0, request);
    size_t n = 1 + ut_wire_frame(record, line + 1);
    return ut_port_offer(r->options.port, line, n);
}

/* Tells a headset that may have a light, whether or not anybody has a view open. A port that takes no byte now gets it
 * later. */
static void light(struct ut_receiver *r, int64_t now)
{
    int lit = r->options.port->kind->takes ? light_of(r) : -1;
    if (lit == r->lit && (lit < 0 || now - r->lit_ms < LIGHT_MS))
        return;
    const struct ut_wire_request request = {
        .op = UT_CONTROL_CUE, .key = lit >= 0, .len = 1, .value = {(uint8_t)(lit >= 0 ? lit : 0)}};
    if (offer(r, &request) != 0)
        return;
    r->lit = lit;
    r->lit_ms = now;
}

/* Asks for the next call, which begins with the headset's first row of it; or, where that does not come, with the next
 * record. */
static void renew(struct ut_receiver *r, int64_t now)
{
    static const struct ut_wire_request request = {.op = UT_CONTROL_CALL};
    if (r->next == UT_RECEIVER_NO_NEXT)
        return;
    if (now - r->next_ms >= NEXT_MS)
        ut_session_start(r->session);
    if (ut_session_active(r->session) || now - r->next_ms >= NEXT_MS)
        r->next = UT_RECEIVER_NO_NEXT;
    else if (r->next == UT_RECEIVER_NEXT && offer(r, &request) == 0)
        r->next = UT_RECEIVER_NEXT_ASKED;
}

void ut_receiver_next_call(struct ut_receiver *r)
{
    if (ut_session_active(r->session) || r->state != UT_RECEIVER_OPEN || !r->options.port->kind->takes) {
        ut_session_start(r->session);
        return;
    }
    r->next = UT_RECEIVER_NEXT;
    r->next_ms = clock_now(r);
    renew(r, r->next_ms);
}

static void measure_rate(struct ut_receiver *r, int64_t now)
{
    if (now - r->rate_at_ms[0] < RATE_MS)
        return;
    memmove(r->rate_at_ms + 1, r->rate_at_ms, UT_RECEIVER_RATE_S * sizeof r->rate_at_ms[0]);
    memmove(r->rate_records + 1, r->rate_records, UT_RECEIVER_RATE_S * sizeof r->rate_records[0]);
    r->rate_at_ms[0] = now;
    r->rate_records[0] = r->snapshot->records;
    int64_t over_ms = now - r->rate_at_ms[UT_RECEIVER_RATE_S];
    r->records_per_s = (double)(r->rate_records[0] - r->rate_records[UT_RECEIVER_RATE_S]) * 1000 / (double)over_ms;
}

/* What is there on an open port. */
static enum ut_receiver_state receive(struct ut_receiver *r, int64_t now, struct ut_fault *fault)
{
    uint8_t data[4096];
    struct ut_fault why = {0};
    int n = ut_port_read(r->options.port, data, sizeof data, &why);
    if (n < 0)
        return lose(r, n, now, &why, fault);
    if (n > 0) {
        if (r->silent) /* what came before the silence is another matter */
            forget_foreign(r);
        r->heard_ms = now;
        r->silent = false;
        if (take(r, data, n, now, fault) == UT_RECEIVER_FAILED)
            return r->state;
        remark_foreign(r, now);
    }
    if (!r->silent && now - r->heard_ms > threshold_ms(r, UT_P_LINK_SILENT)) {
        r->silent = true;
        note(r, "%s: open, but silent for %d s; is the headset on?", r->options.port->name,
             (int)((now - r->heard_ms) / 1000));
    }
    light(r, now);
    renew(r, now);
    return r->state;
}

enum ut_receiver_state ut_receiver_step(struct ut_receiver *r, struct ut_fault *fault)
{
    int64_t now = clock_now(r);
    if (r->state == UT_RECEIVER_OPENING)
        return now >= r->next_try_ms ? open_first(r, now, fault) : r->state;
    if (r->state == UT_RECEIVER_OPEN)
        (void)receive(r, now, fault);
    else if (r->state == UT_RECEIVER_GONE && now >= r->next_try_ms)
        (void)open_again(r, now);
    if (r->state == UT_RECEIVER_OPEN || r->state == UT_RECEIVER_GONE)
        measure_rate(r, now);
    return r->state;
}

int ut_receiver_fd(const struct ut_receiver *r)
{
    return r->state == UT_RECEIVER_OPEN ? r->options.port->fd : -1;
}

int64_t ut_receiver_due_ms(const struct ut_receiver *r)
{
    switch (r->state) {
    case UT_RECEIVER_OPENING:
    case UT_RECEIVER_GONE:
        return r->next_try_ms;
    case UT_RECEIVER_OPEN:
        return r->rate_at_ms[0] + RATE_MS; /* soon enough for silence and the light too */
    default:
        return INT64_MAX;
    }
}

int ut_receiver_link(const struct ut_receiver *r, char *text, size_t room)
{
    const struct ut_port *p = r->options.port;
    enum ut_language language = r->snapshot != NULL ? r->snapshot->language : UT_ENGLISH;
    int64_t now = clock_now(r);
    int rssi_dbm;
    if (r->state == UT_RECEIVER_GONE)
        (void)snprintf(text, room, "%s %d s, %s %s", ut_catalogue_word(language, "gone for"),
                       (int)((now - r->lost_at_ms) / 1000), ut_catalogue_word(language, "waiting for"), p->name);
    else if (r->silent)
        (void)snprintf(text, room, "%s %d s", ut_catalogue_word(language, "silent for"),
                       (int)((now - r->heard_ms) / 1000));
    else if (r->foreign.told)
        (void)snprintf(text, room, "%u %s", (unsigned)r->foreign.bytes,
                       ut_catalogue_word(language, "bytes and no record"));
    else if ((rssi_dbm = ut_port_rssi_dbm(p)) != UT_PORT_NO_RSSI)
        (void)snprintf(text, room, "%s, %d dBm", ut_catalogue_word(language, "live"), rssi_dbm);
    else
        (void)snprintf(text, room, "%s", ut_catalogue_word(language, "live"));
    return r->state == UT_RECEIVER_GONE || r->silent || r->foreign.told;
}

void ut_receiver_close(struct ut_receiver *r)
{
    if (r->session != NULL)
        ut_session_finish(r->session, NULL);
    ut_port_close(r->options.port);
    ut_session_free(r->session);
    r->session = NULL;
    r->snapshot = NULL;
}
