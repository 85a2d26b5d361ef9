/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/receiver.h"

#include "dsp/features.h"
#include "firmware/control.h"
#include "firmware/turns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { SECONDS = 40, SCRIPT = 16 * 1024, HEADSETS = 8 };

static struct ut_config config;

/* What a headset sends in a call. */
struct script {
    uint8_t data[SCRIPT];
    size_t len;
    uint8_t seq;
};

static void put(struct script *s, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    assert_true(s->len + UT_WIRE_FRAME_BYTES <= SCRIPT);
    s->len += ut_wire_frame(record, s->data + s->len);
    s->seq++;
}

static void put_hello(struct script *s, int features_version)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    const struct ut_wire_hello h = {.fw_minor = 1,
                                    .features_version = (uint8_t)features_version,
                                    .model_crc32 = 7,
                                    .board = "test",
                                    .model_id = "m1"};
    ut_wire_pack_hello(record, s->seq, &h);
    put(s, record);
}

static void put_score(struct script *s, uint32_t t_ms, int flags, unsigned frustration)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    const struct ut_wire_score score = {.t_ms = t_ms,
                                        .flags = (uint8_t)flags,
                                        .frustration = (uint8_t)frustration,
                                        .delight = 20,
                                        .confidence = 230,
                                        .customer_loudness = 120,
                                        .agent_level = 60,
                                        .customer_pace = 64,
                                        .agent_pace = 48};
    ut_wire_pack_score(record, s->seq, &score);
    put(s, record);
}

static void put_status(struct script *s, uint32_t t_ms)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    const struct ut_wire_status status = {.t_ms = t_ms, .customer_snr = 20, .agent_snr = 30};
    ut_wire_pack_status(record, s->seq, &status);
    put(s, record);
}

static void put_turn(struct script *s, int kind, int party, uint32_t begin_ms, uint32_t end_ms)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    const struct ut_wire_turn turn = {
        .t_ms = end_ms, .kind = (uint8_t)kind, .party = (uint8_t)party, .begin_ms = begin_ms, .end_ms = end_ms};
    ut_wire_pack_turn(record, s->seq, &turn);
    put(s, record);
}

/* A call of that number: who speaks when, and how the customer grows frustrated, differ from call to call. */
static void put_call(struct script *s, unsigned number)
{
    uint32_t span = 3000 + 250 * number, begin = 0;
    put_hello(s, UT_FEATURES_VERSION);
    for (uint32_t t = 250; t <= 1000 * SECONDS; t += 250) {
        int who = (t - 1) / span % 2 == 0 ? UT_CUSTOMER : UT_AGENT;
        int last = t == 1000 * SECONDS;
        if (t % span == 0 || last) {
            put_turn(s, UT_TURN_IPU_END, who, begin, t);
            put_turn(s, UT_TURN_END, who, begin, t);
            begin = t;
        }
        put_score(s, t,
                  (who == UT_CUSTOMER ? UT_WIRE_CUSTOMER_SPEECH : UT_WIRE_AGENT_SPEECH) | (last ? UT_WIRE_END : 0),
                  t > 10000 + 1000 * number ? 200 + number : 30);
        if (t % 5000 == 0)
            put_status(s, t);
    }
}

/* What a receiver says. */
struct log {
    struct ut_sink sink;
    FILE *out;
    char *events;
    size_t size;
    char notes[4000];
    int snapshots, ended;
};

static int log_event(struct ut_sink *s, const struct ut_event *event)
{
    return fprintf(((struct log *)s)->out, "%s\n", event->json) < 0 ? -1 : 0;
}

static int log_snapshot(struct ut_sink *s, const struct ut_snapshot *snapshot)
{
    assert_true(snapshot->records > 0);
    ((struct log *)s)->snapshots++;
    return 0;
}

static void log_note(struct ut_sink *s, const char *text)
{
    struct log *l = (struct log *)s;
    size_t used = strlen(l->notes);
    (void)snprintf(l->notes + used, sizeof l->notes - used, "%s\n", text);
}

static int log_end(struct ut_sink *s, const struct ut_session *session, struct ut_fault *fault)
{
    (void)fault;
    assert_false(ut_session_active(session));
    ((struct log *)s)->ended++;
    return 0;
}

static int log_flush(struct ut_sink *s, struct ut_fault *fault)
{
    (void)fault;
    return fflush(((struct log *)s)->out);
}

static const struct ut_sink_kind LOG = {
    .event = log_event, .snapshot = log_snapshot, .note = log_note, .end = log_end, .flush = log_flush};

static void log_open(struct log *l)
{
    memset(l, 0, sizeof *l);
    l->sink.kind = &LOG;
    l->out = open_memstream(&l->events, &l->size);
    assert_non_null(l->out);
}

static void log_close(struct log *l)
{
    (void)fclose(l->out);
    free(l->events);
}

/* A port that answers as told; the headset is the other end of its socket. */
static struct fake {
    int open_answer, end_answer, far, opened, closed, rssi_dbm;
} fake;

static int fake_open(struct ut_port *p, struct ut_fault *fault)
{
    int ends[2];
    fake.opened++;
    if (fake.open_answer != UT_PORT_OPEN) {
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE, "not there");
        return fake.open_answer;
    }
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    p->fd = ends[0];
    fake.far = ends[1];
    return UT_PORT_OPEN;
}

static void fake_close(struct ut_port *p)
{
    fake.closed++;
    if (p->fd >= 0)
        (void)close(p->fd);
}

static int fake_ended(struct ut_port *p, struct ut_fault *fault)
{
    (void)p;
    (void)ut_fault_set(fault, UT_EXIT_FAILURE, "ended as told");
    return fake.end_answer;
}

static int fake_rssi(const struct ut_port *p)
{
    (void)p;
    return fake.rssi_dbm;
}

static const struct ut_port_kind FAKE = {.what = "fake",
                                         .open = fake_open,
                                         .close = fake_close,
                                         .ended = fake_ended,
                                         .open_wait_ms = 7000,
                                         .rssi_dbm = fake_rssi};

/* One with a light. */
static const struct ut_port_kind LIT = {.what = "fake", .open = fake_open, .close = fake_close, .takes = 1};

static int64_t now_ms;

static int64_t clock_ms(void *ctx)
{
    return *(const int64_t *)ctx;
}

static int64_t unix_ms(void *ctx)
{
    (void)ctx;
    return 1700000000000 + now_ms;
}

static struct script script;
static struct log heard;
static struct ut_sinks sinks;
static struct ut_port port;
static struct ut_receiver receiver;
static struct ut_fault fault;

static struct ut_receiver_options options(void)
{
    return (struct ut_receiver_options){.port = &port,
                                        .sinks = &sinks,
                                        .session = {.config = &config, .contact_id = "c"},
                                        .clock_ms = clock_ms,
                                        .clock_ctx = &now_ms};
}

static void begin(const struct ut_receiver_options *o)
{
    ut_receiver_init(&receiver, o);
}

static int setup(void **state)
{
    (void)state;
    memset(&script, 0, sizeof script);
    memset(&sinks, 0, sizeof sinks);
    memset(&receiver, 0, sizeof receiver);
    memset(&fault, 0, sizeof fault);
    fake = (struct fake){.far = -1, .end_answer = UT_PORT_VANISHED, .rssi_dbm = UT_PORT_NO_RSSI};
    port = (struct ut_port){.kind = &FAKE, .name = "here", .fd = -1};
    now_ms = 50000;
    ut_config_defaults(&config);
    log_open(&heard);
    return ut_sinks_add(&sinks, &heard.sink, &fault);
}

static int teardown(void **state)
{
    (void)state;
    ut_receiver_close(&receiver);
    assert_int_equal(port.fd, -1);
    if (fake.far >= 0)
        (void)close(fake.far);
    (void)ut_sinks_close(&sinks, true);
    log_close(&heard);
    return 0;
}

static enum ut_receiver_state step(void)
{
    return ut_receiver_step(&receiver, &fault);
}

static void say(size_t from, size_t to)
{
    for (; from < to; from += 4096) { /* what a socket holds at the least */
        size_t n = to - from < 4096 ? to - from : 4096;
        assert_int_equal(write(fake.far, script.data + from, n), (ssize_t)n);
        assert_int_equal(step(), UT_RECEIVER_OPEN);
    }
}

static void leave(void)
{
    (void)close(fake.far);
    fake.far = -1;
}

static const char *events(void)
{
    (void)ut_sinks_flush(&sinks);
    return heard.events;
}

static int count(const char *what)
{
    int n = 0;
    for (const char *at = events(); (at = strstr(at, what)) != NULL; at++)
        n++;
    return n;
}

static const char *link_words(int *trouble)
{
    static char text[300];
    *trouble = ut_receiver_link(&receiver, text, sizeof text);
    return text;
}

/* A file's sound names the call, unless it was named; whom it lacks and whom it holds alone goes along. */
static void what_the_port_knows_goes_into_the_call(void **state)
{
    (void)state;
    for (int named = 0; named < 3; named++) {
        struct ut_receiver_options o = options();
        if (named > 0)
            setup(state);
        if (named < 2)
            snprintf(port.sound, sizeof port.sound, "of-its-sound");
        o.session.session = named == 1 ? "by-name" : NULL;
        port.unheard = named < 2 ? 1U << UT_AGENT : 0;
        port.alone = named < 2 ? "undeclared" : NULL;
        put_call(&script, 0);
        begin(&o);
        assert_int_equal(step(), UT_RECEIVER_OPEN);
        say(0, script.len);
        assert_int_equal(count("\"of-its-sound\"") > 0, named == 0);
        assert_int_equal(count("\"by-name\"") > 0, named == 1);
        assert_int_equal(count("\"\""), 0); /* else a name of its own */
        assert_int_equal(receiver.snapshot->unheard, named < 2 ? 1U << UT_AGENT : 0);
        json_t *summary = ut_session_summary(receiver.session);
        assert_int_equal(json_is_array(json_object_get(json_object_get(summary, "AcousticEmotion"), "NotRecorded")),
                         named < 2);
        json_decref(summary);
        if (named < 2)
            teardown(state);
    }
}

static void a_call_from_its_first_byte_to_its_last(void **state)
{
    (void)state;
    const struct ut_receiver_options o = options();
    int trouble;
    put_call(&script, 0);
    begin(&o);
    assert_int_equal(ut_receiver_fd(&receiver), -1);
    assert_true(ut_receiver_due_ms(&receiver) <= now_ms);
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    assert_int_equal(ut_receiver_fd(&receiver), port.fd);
    assert_int_equal(step(), UT_RECEIVER_OPEN); /* nothing there: it does not wait */
    assert_int_equal(ut_receiver_due_ms(&receiver), now_ms + 1000);
    say(0, script.len);
    assert_string_equal(link_words(&trouble), "live");
    assert_int_equal(trouble, 0);
    leave();
    assert_int_equal(step(), UT_RECEIVER_ENDED);
    assert_int_equal(step(), UT_RECEIVER_ENDED);
    assert_int_equal(ut_receiver_due_ms(&receiver), INT64_MAX);
    assert_int_equal(ut_receiver_fd(&receiver), -1);
    assert_int_equal(count("session.started"), 1);
    assert_int_equal(count("session.completed"), 1);
    assert_int_equal(count("undertone.score.v1"), SECONDS);
    assert_true(count("cue.opened") > 0);
    assert_int_equal(heard.ended, 1);
    assert_int_equal(heard.snapshots, receiver.snapshot->records - 1); /* the call is over with its last record */
    assert_string_equal(heard.notes, "");
    assert_int_equal(fault.code, 0);
}

static void the_link_is_told_in_the_language_of_the_screen(void **state)
{
    (void)state;
    const struct ut_receiver_options o = options();
    int trouble;
    assert_int_equal(ut_config_set(&config, "display", "language", "de", "test", &fault), 0);
    put_call(&script, 0);
    begin(&o);
    assert_string_equal(link_words(&trouble), "live"); /* nobody knows a language before the port is open */
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    say(0, script.len);
    assert_string_equal(link_words(&trouble), "läuft");
}

static void a_missing_port_is_a_fault(void **state)
{
    (void)state;
    const struct ut_receiver_options o = options();
    fake.open_answer = UT_PORT_ABSENT;
    begin(&o);
    assert_int_equal(step(), UT_RECEIVER_FAILED);
    assert_int_equal(fault.code, UT_EXIT_NO_DEVICE);
    assert_string_equal(fault.text, "not there");
    assert_int_equal(step(), UT_RECEIVER_FAILED);
    assert_int_equal(fake.opened, 1);
}

static void a_missing_port_is_waited_for_when_patient(void **state)
{
    (void)state;
    struct ut_receiver_options o = options();
    o.patient = true;
    fake.open_answer = UT_PORT_ABSENT;
    begin(&o);
    for (int ms = 0; ms < 20000; ms += 10, now_ms += 10)
        assert_int_equal(step(), UT_RECEIVER_OPENING);
    assert_int_equal(fake.opened, 40);
    assert_string_equal(heard.notes, "not there; waiting\n");
    assert_int_equal(fault.code, 0);
    fake.open_answer = UT_PORT_OPEN;
    now_ms = ut_receiver_due_ms(&receiver);
    assert_int_equal(step(), UT_RECEIVER_OPEN);
}

static void a_port_that_refuses_is_not_waited_for(void **state)
{
    (void)state;
    struct ut_receiver_options o = options();
    o.patient = true;
    fake.open_answer = UT_PORT_REFUSED;
    begin(&o);
    assert_int_equal(step(), UT_RECEIVER_FAILED);
    assert_string_equal(fault.text, "not there");
}

static void a_port_that_opens_has_its_time(void **state)
{
    (void)state;
    struct ut_receiver_options o = options();
    int64_t start = now_ms;
    fake.open_answer = UT_PORT_OPENING;
    begin(&o);
    while (step() == UT_RECEIVER_OPENING) {
        assert_int_equal(ut_receiver_due_ms(&receiver), now_ms + 20);
        now_ms += 20;
    }
    assert_int_equal(receiver.state, UT_RECEIVER_FAILED);
    assert_in_range(now_ms - start, 7001, 7020);
    assert_string_equal(fault.text, "here: no answer within 7 s; check the address and that its server runs");
}

static void a_port_that_vanishes_comes_back(void **state)
{
    (void)state;
    const struct ut_receiver_options o = options();
    int trouble;
    put_call(&script, 0);
    begin(&o);
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    say(0, script.len / 2);
    leave();
    assert_int_equal(step(), UT_RECEIVER_GONE);
    assert_int_equal(ut_receiver_fd(&receiver), -1);
    assert_int_equal(port.fd, -1);
    assert_int_equal(ut_receiver_due_ms(&receiver), now_ms + 500);
    fake.open_answer = UT_PORT_REFUSED; /* whatever: it was there, so it may be again */
    for (int ms = 0; ms < 3000; ms += 100, now_ms += 100)
        assert_int_equal(step(), UT_RECEIVER_GONE);
    assert_string_equal(link_words(&trouble), "gone for 3 s, waiting for here");
    assert_int_equal(trouble, 1);
    fake.open_answer = UT_PORT_OPEN;
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    say(script.len / 2, script.len); /* from the middle of a record */
    assert_string_equal(heard.notes, "ended as told; waiting for it to come back\nhere: back after 3.0 s\n"
                                     "1 records lost on the link (1 so far)\n");
    assert_int_equal(count("session.started"), 1);
    assert_int_equal(count("session.completed"), 1);
    assert_string_equal(link_words(&trouble), "live");
}

static void a_port_that_ends_or_fails(void **state)
{
    (void)state;
    const struct ut_receiver_options o = options();
    put_call(&script, 0);
    begin(&o);
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    say(0, script.len / 2);
    leave();
    if (*state != NULL)
        fake.end_answer = UT_PORT_FAILED;
    else
        fake.end_answer = UT_PORT_ENDED;
    assert_int_equal(step(), *state != NULL ? UT_RECEIVER_FAILED : UT_RECEIVER_ENDED);
    assert_int_equal(count("session.completed"), *state == NULL);
    assert_int_equal(count("session.failed"), *state != NULL);
    assert_int_equal(count("\"Reason\":\"ended as told\""), *state != NULL);
    assert_int_equal(fault.code, *state != NULL ? UT_EXIT_FAILURE : 0);
    assert_int_equal(heard.ended, 1);
}

static void a_port_that_fails(void **state)
{
    static int fails;
    *state = &fails;
    a_port_that_ends_or_fails(state);
}

static void silence_is_remarked_upon(void **state)
{
    (void)state;
    const struct ut_receiver_options o = options();
    int trouble;
    put_call(&script, 0);
    begin(&o);
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    for (size_t round = 0; round < 2; round++) {
        say(round * 500, 500 + round * 500);
        assert_string_equal(link_words(&trouble), "live");
        now_ms += 5000;
        assert_int_equal(step(), UT_RECEIVER_OPEN);
        assert_string_equal(link_words(&trouble), "live");
        now_ms += 1;
        assert_int_equal(step(), UT_RECEIVER_OPEN);
        now_ms += 2999;
        assert_int_equal(step(), UT_RECEIVER_OPEN);
        assert_string_equal(link_words(&trouble), "silent for 8 s");
        assert_int_equal(trouble, 1);
    }
    assert_string_equal(heard.notes, "here: open, but silent for 5 s; is the headset on?\n"
                                     "here: open, but silent for 5 s; is the headset on?\n");
}

/* A step every 100 ms; the far end says `text` at every one. */
static void hear(const char *text, int64_t for_ms)
{
    size_t n = strlen(text) + 1; /* its NUL ends a frame */
    for (int64_t until = now_ms + for_ms; now_ms < until; now_ms += 100) {
        assert_int_equal(write(fake.far, text, n), (ssize_t)n);
        assert_int_equal(step(), UT_RECEIVER_OPEN);
    }
}

static int notes_about_records(void)
{
    int n = 0;
    for (const char *at = heard.notes; (at = strstr(at, "none is a record")) != NULL; at++)
        n++;
    return n;
}

static void bytes_that_are_no_records_are_remarked_upon_once(void **state)
{
    (void)state;
    const struct ut_receiver_options o = options();
    int trouble;
    put_call(&script, 0);
    begin(&o);
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    hear("\001\xFFok\002\003U-Boot 2024.01 (Feb 01 2024 - 10:00:00)\033[2J\r\n", 10000);
    assert_int_equal(notes_about_records(), 0);
    assert_string_equal(link_words(&trouble), "live");
    hear("", 100);
    assert_int_equal(notes_about_records(), 1);
    const char *line = strstr(heard.notes, "here: 5201 bytes came in 10 s and none is a record: "
                                           "\"U-Boot 2024.01 (Feb 01 2024 - 10:00:00)\";");
    assert_non_null(line);
    assert_non_null(strstr(line, "wrong port"));
    assert_null(strchr(heard.notes, '\033'));
    assert_non_null(strstr(link_words(&trouble), "no record"));
    assert_int_equal(trouble, 1);
    hear("", 60000);
    assert_int_equal(notes_about_records(), 1);    /* said once ... */
    say(0, strlen((const char *)script.data) + 1); /* a hello */
    assert_string_equal(link_words(&trouble), "live");
    hear("x", 10200);
    assert_int_equal(notes_about_records(), 2);                      /* ... and again only after records */
    assert_non_null(strstr(heard.notes, "none is a record; it is")); /* nothing readable among them */
}

/* What comes back may be another device: nothing is known of it. */
static void a_port_that_is_back_has_sent_nothing_yet(void **state)
{
    (void)state;
    const struct ut_receiver_options o = options();
    int trouble;
    begin(&o);
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    hear("x", 10200);
    assert_int_equal(notes_about_records(), 1);
    leave();
    assert_int_equal(step(), UT_RECEIVER_GONE);
    now_ms += 1000;
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    assert_string_equal(link_words(&trouble), "live");
    assert_int_equal(trouble, 0);
    hear("x", 10200);
    assert_int_equal(notes_about_records(), 2);
}

/* A headset that begins to speak in the middle of a record after a long silence is no other device. */
static void bytes_before_a_silence_do_not_count(void **state)
{
    (void)state;
    const struct ut_receiver_options o = options();
    put_call(&script, 0);
    begin(&o);
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    hear("", 100);
    now_ms += 20000;
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    hear("", 9000);
    assert_int_equal(notes_about_records(), 0);
    assert_non_null(strstr(heard.notes, "silent for"));
}

static void a_radio_says_how_strong_it_is(void **state)
{
    (void)state;
    const struct ut_receiver_options o = options();
    int trouble;
    fake.rssi_dbm = -71;
    begin(&o);
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    assert_string_equal(link_words(&trouble), "live, -71 dBm");
}

static void another_features_version_is_refused(void **state)
{
    (void)state;
    const struct ut_receiver_options o = options();
    put_hello(&script, UT_FEATURES_VERSION + 1);
    put_score(&script, 250, UT_WIRE_CUSTOMER_SPEECH, 100);
    begin(&o);
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    assert_int_equal(write(fake.far, script.data, script.len), (ssize_t)script.len);
    assert_int_equal(step(), UT_RECEIVER_FAILED);
    assert_int_equal(fault.code, UT_EXIT_FEATURES);
    assert_non_null(strstr(fault.text, "here: this headset has features version"));
    assert_int_equal(count("session.failed"), 1);
    assert_int_equal(count("undertone.score.v1"), 0);
    assert_int_equal(heard.snapshots, 0);
}

static void a_call_in_progress_is_named_by_its_time(void **state)
{
    (void)state;
    struct ut_receiver_options o = options();
    o.session.contact_id = NULL;
    o.session.clock_ms = unix_ms;
    put_call(&script, 0);
    begin(&o);
    now_ms = 60999;
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    now_ms = 70000;
    say(0, script.len);
    assert_string_equal(receiver.snapshot->contact_id, "live-1700000060");
    assert_int_equal(count("\"time\":\"2023-11-14T22:14:29.750Z\""), 1); /* call time 0: the first score is 250 ms in */
}

static void records_per_second(void **state)
{
    (void)state;
    const struct ut_receiver_options o = options();
    put_call(&script, 0);
    begin(&o);
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    size_t at = 0;
    for (int second = 1; second <= 8; second++) {
        for (int i = 0; i < (second <= 6 ? 6 : 0); i++) {
            size_t from = at;
            while (script.data[at++] != 0) {
            }
            say(from, at);
        }
        now_ms += 1000;
        assert_int_equal(step(), UT_RECEIVER_OPEN);
        double expected = second <= 6 ? 6 : second == 7 ? 4.8 : 3.6; /* over the last 5 s */
        assert_true(receiver.records_per_s > expected - 1e-9 && receiver.records_per_s < expected + 1e-9);
    }
}

/* What the far end was asked by cue requests, in order: '-' or 'a' and the value. */
static int asked(char *keys)
{
    static struct ut_wire_receiver wire;
    uint8_t data[1000], record[UT_WIRE_RECORD_BYTES];
    int n = 0;
    ssize_t got = read(fake.far, data, sizeof data);
    ut_wire_receiver_init(&wire);
    for (ssize_t i = 0; i < got; i++) {
        struct ut_wire_request q;
        if (ut_wire_receive(&wire, data[i], record) != 1)
            continue;
        assert_int_equal(ut_wire_unpack_request(record, &q), 0);
        assert_int_equal(q.op, UT_CONTROL_CUE);
        assert_int_equal(q.len, 1);
        keys[n++] = q.key != 0 ? (char)('a' + q.value[0]) : '-';
    }
    keys[n] = '\0';
    return n;
}

static void the_light_of_a_headset(void **state)
{
    (void)state;
    const struct ut_receiver_options o = options();
    char keys[50];
    size_t at = 0;
    port.kind = *state == NULL ? &LIT : &FAKE;
    put_call(&script, 0);
    begin(&o);
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    while (receiver.snapshot->cue == UT_CUES) {
        assert_int_equal(asked(keys), 0);
        say(at, at + 10);
        at += 10;
    }
    if (*state != NULL) {
        assert_int_equal(asked(keys), 0); /* not on this port */
        return;
    }
    (void)asked(keys);
    assert_string_equal(keys, "e"); /* the first, of high severity */
    assert_string_equal(ut_cue_info[receiver.snapshot->cue].severity, "high");
    for (int ms = 0; ms < 25000; ms += 1000, now_ms += 1000)
        assert_int_equal(step(), UT_RECEIVER_OPEN);
    (void)asked(keys);
    assert_string_equal(keys, "ee"); /* it forgets, so it is told again */
    ut_session_dismiss(receiver.session);
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    (void)asked(keys);
    assert_string_equal(keys, "-");
}

static void no_light(void **state)
{
    static int none;
    *state = &none;
    the_light_of_a_headset(state);
}

/* What the far end was asked, in order: 'n' the next call, '-' anything else. */
static const char *asked_next(void)
{
    static struct ut_wire_receiver wire;
    static char words[50];
    uint8_t data[1000], record[UT_WIRE_RECORD_BYTES];
    struct ut_wire_request q;
    int n = 0;
    ssize_t got = read(fake.far, data, sizeof data);
    ut_wire_receiver_init(&wire);
    for (ssize_t i = 0; i < got; i++)
        if (ut_wire_receive(&wire, data[i], record) == 1 && ut_wire_unpack_request(record, &q) == 0)
            words[n++] = q.op == UT_CONTROL_CALL ? 'n' : '-';
    words[n] = '\0';
    return words;
}

static void records(size_t from, size_t to)
{
    say(from * UT_WIRE_FRAME_BYTES, to * UT_WIRE_FRAME_BYTES);
}

/* The next caller begins with a headset that knows nothing of the last one. */
static void the_next_call_is_asked_for(void **state)
{
    (void)state;
    const struct ut_receiver_options o = options();
    port.kind = &LIT;
    put_call(&script, 0);
    begin(&o);
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    records(0, 40);
    assert_int_equal(ut_session_end(receiver.session), 0);
    records(40, 44);
    assert_string_equal(asked_next(), "");
    ut_receiver_next_call(&receiver);
    assert_string_equal(asked_next(), "n");
    records(44, 48); /* of the old call still */
    assert_false(ut_session_active(receiver.session));
    assert_string_equal(asked_next(), "");
    records(0, 4); /* the headset begins anew */
    assert_true(ut_session_active(receiver.session));
    assert_int_equal(count("session.started"), 2);
    assert_int_equal(count("session.completed"), 1);
    assert_int_equal(count("session.failed"), 0);
    now_ms += 5000;
    records(4, 8);
    assert_string_equal(asked_next(), "");
    assert_int_equal(count("session.started"), 2);

    /* one that does not know that request; and what is under way is left alone */
    ut_receiver_next_call(&receiver);
    assert_string_equal(asked_next(), "");
    assert_int_equal(ut_session_end(receiver.session), 0);
    ut_receiver_next_call(&receiver);
    assert_string_equal(asked_next(), "n");
    now_ms += 1999;
    records(8, 10);
    assert_false(ut_session_active(receiver.session));
    now_ms += 1;
    records(10, 11);
    records(11, 12);
    assert_true(ut_session_active(receiver.session));
    assert_int_equal(count("session.started"), 3);
}

static void closing_ends_the_call(void **state)
{
    (void)state;
    const struct ut_receiver_options o = options();
    put_call(&script, 0);
    begin(&o);
    assert_int_equal(step(), UT_RECEIVER_OPEN);
    say(0, script.len / 2);
    ut_receiver_close(&receiver);
    assert_int_equal(fake.closed, 1);
    assert_int_equal(count("session.completed"), 1);
    assert_int_equal(heard.ended, 1);
}

/* A headset behind a TCP port of its own, and what receives it. */
struct headset {
    struct script script;
    size_t sent, chunk;
    size_t leaves_at; /* after this many bytes it goes away once; 0 = stays */
    int server, peer; /* -1 = not connected */
    bool leaving;     /* it has said all, and hears what is left */
    struct ut_port port;
    struct ut_sinks sinks;
    struct log heard;
    struct ut_receiver receiver;
    struct ut_fault fault;
    int64_t now_ms;
};

enum { GARBAGE = 3, LEAVES = 5 };

static void headset_open(struct headset *h, unsigned number)
{
    static char id[HEADSETS][8];
    char name[40];
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    memset(h, 0, sizeof *h);
    put_call(&h->script, number);
    if (number == GARBAGE) /* in the place of 20 records */
        for (size_t i = 2000; i < 2500; i++)
            h->script.data[i] = (uint8_t)(i * i / 7 % 251);
    h->leaves_at = number == LEAVES ? h->script.len / 2 : 0;
    h->chunk = 7 + 13 * number;
    h->server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    h->peer = -1;
    assert_true(h->server >= 0);
    assert_int_equal(bind(h->server, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(h->server, 1), 0);
    assert_int_equal(getsockname(h->server, (struct sockaddr *)&a, &size), 0);
    (void)snprintf(name, sizeof name, "127.0.0.1:%d", ntohs(a.sin_port));
    (void)snprintf(id[number], sizeof id[number], "h%u", number);
    ut_port_tcp(&h->port, name);
    log_open(&h->heard);
    assert_int_equal(ut_sinks_add(&h->sinks, &h->heard.sink, &h->fault), 0);
    const struct ut_receiver_options o = {
        .port = &h->port,
        .sinks = &h->sinks,
        .session = {.config = &config, .contact_id = id[number], .session = id[number]},
        .clock_ms = clock_ms,
        .clock_ctx = &h->now_ms};
    ut_receiver_init(&h->receiver, &o);
}

/* What it was told of its light is read first: who closes with something unread takes his last bytes with him. */
static void headset_leave(struct headset *h)
{
    uint8_t told[256];
    ssize_t n = recv(h->peer, told, sizeof told, MSG_DONTWAIT);
    if (n > 0 || (n < 0 && errno == EAGAIN))
        return;
    (void)close(h->peer);
    h->peer = -1;
    h->leaving = false;
    if (h->sent == h->script.len) {
        (void)close(h->server);
        h->server = -1;
    }
}

/* The next piece of its call, once somebody listens. */
static void headset_send(struct headset *h)
{
    if (h->leaving) {
        headset_leave(h);
        return;
    }
    if (h->peer < 0)
        h->peer = accept(h->server, NULL, NULL);
    if (h->peer < 0)
        return;
    (void)setsockopt(h->peer, IPPROTO_TCP, TCP_NODELAY, &(int){1},
                     sizeof(int)); /* the receiver's clock runs by rounds */
    size_t n = h->script.len - h->sent < h->chunk ? h->script.len - h->sent : h->chunk;
    bool leaves = h->leaves_at != 0 && h->sent + n >= h->leaves_at;
    if (leaves) {
        n = h->leaves_at - h->sent;
        h->leaves_at = 0;
    }
    assert_int_equal(send(h->peer, h->script.data + h->sent, n, MSG_NOSIGNAL), (ssize_t)n);
    h->sent += n;
    if (leaves || h->sent == h->script.len) {
        (void)shutdown(h->peer, SHUT_WR);
        h->leaving = true;
    }
}

static bool headset_over(const struct headset *h)
{
    return h->receiver.state == UT_RECEIVER_ENDED || h->receiver.state == UT_RECEIVER_FAILED;
}

static void headset_close(struct headset *h)
{
    ut_receiver_close(&h->receiver);
    (void)ut_sinks_flush(&h->sinks);
    (void)ut_sinks_close(&h->sinks, true);
    if (h->peer >= 0)
        (void)close(h->peer);
    if (h->server >= 0)
        (void)close(h->server);
}

/* Some headsets at once, in one poll loop. */
static void receive_all(struct headset *h, int n)
{
    int open = n;
    for (int round = 0; open > 0; round++) {
        struct pollfd q[HEADSETS];
        assert_true(round < 100000);
        open = 0;
        for (int i = 0; i < n; i++) {
            bool over = headset_over(&h[i]);
            if (!over && h[i].server >= 0 && (round + i) % 3 != 0) /* not all in step */
                headset_send(&h[i]);
            q[i] = (struct pollfd){.fd = ut_receiver_fd(&h[i].receiver), .events = POLLIN};
            open += !over;
        }
        (void)poll(q, (nfds_t)n, 0);
        for (int i = 0; i < n; i++) {
            h[i].now_ms += 10;
            if (q[i].revents != 0 || h[i].now_ms >= ut_receiver_due_ms(&h[i].receiver))
                (void)ut_receiver_step(&h[i].receiver, &h[i].fault);
        }
    }
}

static void *receive_one(void *headset)
{
    receive_all(headset, 1);
    return NULL;
}

/* The same eight, each alone. */
static char *alone[HEADSETS], *alone_notes[HEADSETS];

static int receive_each_alone(void **state)
{
    (void)state;
    ut_config_defaults(&config);
    struct headset *h = malloc(sizeof *h);
    assert_non_null(h);
    for (unsigned i = 0; i < HEADSETS; i++) {
        headset_open(h, i);
        receive_all(h, 1);
        headset_close(h);
        assert_int_equal(h->receiver.state, UT_RECEIVER_ENDED);
        alone_notes[i] = strdup(h->heard.notes);
        assert_int_equal(fclose(h->heard.out), 0);
        alone[i] = h->heard.events; /* where it is once closed */
    }
    free(h);
    return 0;
}

static int forget_alone(void **state)
{
    (void)state;
    for (int i = 0; i < HEADSETS; i++) {
        free(alone[i]);
        free(alone_notes[i]);
    }
    return 0;
}

/* The address in the notes differs from run to run. */
static const char *without_address(const char *notes)
{
    const char *space = strchr(notes, ' ');
    return space != NULL ? space : notes;
}

static void judge(struct headset *h)
{
    for (int i = 0; i < HEADSETS; i++) {
        headset_close(&h[i]);
        assert_int_equal(h[i].receiver.state, UT_RECEIVER_ENDED);
        assert_string_equal(h[i].heard.events, alone[i]);
        if (i == LEAVES) {
            assert_non_null(strstr(h[i].heard.notes, "waiting for it to come back"));
            assert_non_null(strstr(h[i].heard.notes, "back after 0."));
        } else {
            assert_string_equal(without_address(h[i].heard.notes), without_address(alone_notes[i]));
        }
        log_close(&h[i].heard);
    }
}

static void calls_differ_and_so_do_their_faults(void **state)
{
    (void)state;
    for (int i = 0; i < HEADSETS; i++) {
        assert_non_null(strstr(alone[i], "undertone.session.completed.v1"));
        assert_non_null(strstr(alone[i], "undertone.cue.opened.v1"));
        for (int k = 0; k < i; k++)
            assert_string_not_equal(alone[i], alone[k]);
        if (i != GARBAGE && i != LEAVES)
            assert_string_equal(alone_notes[i], "");
    }
    assert_non_null(strstr(alone_notes[GARBAGE], "garbage on the link"));
}

static void eight_at_once_in_one_loop(void **state)
{
    (void)state;
    struct headset *h = calloc(HEADSETS, sizeof *h);
    assert_non_null(h);
    for (unsigned i = 0; i < HEADSETS; i++)
        headset_open(&h[i], i);
    receive_all(h, HEADSETS);
    judge(h);
    free(h);
}

static void eight_at_once_in_a_thread_each(void **state)
{
    (void)state;
    pthread_t thread[HEADSETS];
    struct headset *h = calloc(HEADSETS, sizeof *h);
    assert_non_null(h);
    for (unsigned i = 0; i < HEADSETS; i++)
        headset_open(&h[i], i);
    for (int i = 0; i < HEADSETS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, receive_one, &h[i]), 0);
    for (int i = 0; i < HEADSETS; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    judge(h);
    free(h);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest one[] = {
        TEST(a_call_from_its_first_byte_to_its_last),
        TEST(what_the_port_knows_goes_into_the_call),
        TEST(the_link_is_told_in_the_language_of_the_screen),
        TEST(a_missing_port_is_a_fault),
        TEST(a_missing_port_is_waited_for_when_patient),
        TEST(a_port_that_refuses_is_not_waited_for),
        TEST(a_port_that_opens_has_its_time),
        TEST(a_port_that_vanishes_comes_back),
        TEST(a_port_that_ends_or_fails),
        TEST(a_port_that_fails),
        TEST(silence_is_remarked_upon),
        TEST(bytes_that_are_no_records_are_remarked_upon_once),
        TEST(a_port_that_is_back_has_sent_nothing_yet),
        TEST(bytes_before_a_silence_do_not_count),
        TEST(a_radio_says_how_strong_it_is),
        TEST(another_features_version_is_refused),
        TEST(a_call_in_progress_is_named_by_its_time),
        TEST(records_per_second),
        TEST(the_light_of_a_headset),
        TEST(no_light),
        TEST(the_next_call_is_asked_for),
        TEST(closing_ends_the_call),
    };
    const struct CMUnitTest many[] = {
        cmocka_unit_test(calls_differ_and_so_do_their_faults),
        cmocka_unit_test(eight_at_once_in_one_loop),
        cmocka_unit_test(eight_at_once_in_a_thread_each),
    };
    return cmocka_run_group_tests_name("one", one, NULL, NULL) +
           cmocka_run_group_tests_name("eight", many, receive_each_alone, forget_alone);
}
