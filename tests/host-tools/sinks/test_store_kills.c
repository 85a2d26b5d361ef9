/* SPDX-License-Identifier: Apache-2.0 */
/* A desk that is killed at each of its writes, before it and in the middle of it, or whose disk is full from it on:
 * from the store's first byte to the last row that leaves its outbox. What was shown as stored is there, nothing is
 * twice, no number is left out, what was erased stays erased, each receiver gets all of it, and the record verifies. */
#include "host-tools/sinks/audit.h"
#include "host-tools/sinks/audit_chain.h"
#include "host-tools/sinks/event_table.h"
#include "host-tools/sinks/outbox.h"
#include "host-tools/sinks/store.h"
#include "tests/host-tools/last_write.h"
#include "tests/host-tools/sink_test.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { EVENTS = 40, JSON = 4000 };

static const int64_t NOW = 1700000000000;
static char folder[] = "/tmp/undertone-test-XXXXXX";
static char store[64], record[64];
static const char *const RECEIVERS[] = {"webhook", "mqtt", NULL};

/* What one run of a desk has told: the last number that was shown as stored, and what each receiver has. */
struct told {
    int64_t shown, got[2];
};

struct word {
    int64_t what, sequence; /* 0 shown, 1 at the webhook, 2 at the floor */
};

static void tell(int fd, int64_t what, int64_t sequence)
{
    const struct word w = {what, sequence};
    (void)syscall(SYS_write, fd, &w, sizeof w);
}

/* The sink behind the store. */
struct shown {
    struct ut_sink sink;
    int fd;
};

static int show(struct ut_sink *s, const struct ut_event *event)
{
    if (event->sequence > 0)
        tell(((struct shown *)s)->fd, 0, event->sequence);
    return 0;
}

static const struct ut_sink_kind SHOWN = {.event = show};

/* The lines of the call as they were sent. */
static char sent[EVENTS + 1][JSON];
static int64_t events;

static int keep_line(struct ut_sink *s, const struct ut_event *event)
{
    (void)s;
    if (event->sequence == 0)
        return 0;
    assert_true(event->sequence <= EVENTS && strlen(event->json) < JSON);
    (void)snprintf(sent[event->sequence], JSON, "%s", event->json);
    events = event->sequence;
    return 0;
}

static const struct ut_sink_kind LINES = {.event = keep_line};

/* Twenty seconds with an angry customer, holds, a handover; then the customer refuses to be scored, and what came from
 * scores is erased. */
static void play(struct ut_session *s)
{
    uint8_t record_of[UT_WIRE_RECORD_BYTES];
    const struct ut_wire_hello hello = {.fw_minor = 1, .features_version = 1, .board = "test"};
    const struct ut_wire_status status = {.t_ms = 30000};
    const struct ut_wire_turn turn = {
        .t_ms = 250, .kind = UT_TURN_IPU_START, .party = UT_AGENT, .begin_ms = 10, .end_ms = 10};
    ut_session_disclose(s, "key");
    ut_wire_pack_hello(record_of, 0, &hello);
    ut_session_record(s, record_of);
    ut_wire_pack_turn(record_of, 0, &turn);
    ut_session_record(s, record_of);
    for (uint32_t t = 250; t <= 30000; t += 250) {
        struct ut_wire_score score = {.t_ms = t,
                                      .flags = (uint8_t)(UT_WIRE_CUSTOMER_SPEECH | (t == 30000 ? UT_WIRE_END : 0)),
                                      .frustration = 230,
                                      .delight = 10,
                                      .confidence = 230,
                                      .customer_loudness = 121,
                                      .agent_level = 61,
                                      .customer_pace = 68,
                                      .agent_pace = 48,
                                      .customer_f0 = 42,
                                      .customer_f0_range = 7};
        ut_wire_pack_score(record_of, 0, &score);
        ut_session_record(s, record_of);
        if (t == 18000 || t == 19000)
            (void)ut_session_hold(s, t == 18000);
        if (t == 20000)
            (void)ut_session_handover(s, UT_HANDOVER_ESCALATION, "second line");
        if (t == 21000)
            ut_session_identify(s, "crm-7", "");
        if (t == 25000)
            (void)ut_session_refuse(s, true, "http");
    }
    ut_wire_pack_status(record_of, 0, &status);
    ut_session_record(s, record_of);
}

static int to_floor(void *ctx, int64_t n, const char *session, int64_t sequence, const char *type, const char *json)
{
    int64_t *newest = ctx;
    (void)n;
    (void)session;
    (void)type;
    (void)json;
    *newest = sequence;
    return 0;
}

/* The only thing that may go wrong. */
static _Noreturn void give_up(const struct ut_fault *fault)
{
    _exit(full && fault->code == UT_EXIT_STORE_FULL ? 1 : 2);
}

/* All that waits leaves: to the webhook one by one, every third at the second attempt; to the floor four at a time. */
static void carry(int fd)
{
    struct ut_fault fault = {0};
    struct ut_outbox_row row;
    struct ut_database *d = ut_database_open(store, &ut_event_table_kind, true, &fault);
    if (d == NULL || ut_database_do(d, &fault, "UPDATE outbox SET taken = 0", "") != 0)
        give_up(&fault);
    for (int r = 1, i = 0; r == 1; i++) {
        r = ut_outbox_take(d, "webhook", NOW * 2, &row, &fault);
        if (r == 1 && i % 3 == 1)
            r = ut_outbox_again(d, "webhook", &row, NOW, 1, "answer 500", &fault) == 0 ? 1 : -1;
        else if (r == 1) {
            tell(fd, 1, row.sequence);
            r = ut_outbox_sent(d, "webhook", &row, &fault) == 0 ? 1 : -1;
        }
        free(row.json);
        if (r < 0)
            give_up(&fault);
    }
    for (int64_t last = -1; last != 0;) {
        last = 0;
        if (ut_outbox_head(d, "mqtt", 0, 4, to_floor, &last, &fault) != 0)
            give_up(&fault);
        if (last == 0)
            break;
        tell(fd, 2, last);
        if (ut_outbox_acked(d, "mqtt", "s", last, NOW, &fault) != 0)
            give_up(&fault);
    }
    ut_database_close(d);
}

static void desk(int fd)
{
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    struct shown shown = {.sink = {.kind = &SHOWN}, .fd = fd};
    static struct ut_config config;
    ut_config_defaults(&config);
    if (ut_sinks_add(&l, ut_audit_sink(record, "", &config), &fault) != 0 ||
        ut_sinks_add(&l, ut_store_sink(store, RECEIVERS), &fault) != 0 || ut_sinks_add(&l, &shown.sink, &fault) != 0)
        give_up(&fault);
    struct ut_session *s = ut_sink_test_session(&l);
    play(s);
    if (ut_sinks_close(&l, true) != 0)
        give_up(&l.fault);
    ut_session_free(s);
    carry(fd);
}

/* A desk in a process of its own with so many writes to live; 0 = all of them. Whether it came to them; adds to *t. */
static bool run(void (*what)(int fd), long writes, struct told *t)
{
    int line[2], status = 0;
    struct word w;
    assert_int_equal(pipe(line), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(line[0]);
        writes_left = writes;
        what(line[1]);
        _exit(0);
    }
    (void)close(line[1]);
    while (read(line[0], &w, sizeof w) == (ssize_t)sizeof w) {
        int64_t *last = w.what == 0 ? &t->shown : &t->got[w.what - 1];
        assert_true(w.what == 2 || w.sequence <= *last + 1); /* none is left out */
        if (w.sequence > *last)
            *last = w.sequence;
    }
    (void)close(line[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status))
        assert_in_range(WEXITSTATUS(status), 0, end == FULL && writes > 0);
    else
        assert_true(end != FULL && WTERMSIG(status) == SIGKILL);
    return status != 0;
}

static void remove_files(void)
{
    static const char *const ENDS[] = {"", "-wal", "-shm", "-journal"};
    char name[80];
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++) {
        (void)snprintf(name, sizeof name, "%s%s", store, ENDS[i]);
        (void)unlink(name);
    }
    (void)unlink(record);
}

/* The stored lines, whether the customer's refusal is among them, and whether all are as they have to be then. */
struct stored {
    int64_t n;
    bool refused, erased, whole;
};

static void judge_line(void *ctx, const char *json)
{
    struct stored *s = ctx;
    s->n++;
    assert_true(s->n <= events);
    s->refused = s->refused || strstr(json, "undertone.session.refused") != NULL;
    if (strcmp(json, sent[s->n]) == 0)
        s->whole = s->whole || strstr(json, "undertone.handover") != NULL;
    else if (strstr(json, "\"Erased\":true") != NULL)
        s->erased = true;
    else
        fail_msg("another line: %s", json);
}

static int64_t count(struct ut_database *d, const char *sql)
{
    struct ut_fault fault;
    int64_t n = -1;
    assert_int_equal(ut_database_count(d, &fault, &n, -1, sql), 0);
    return n;
}

/* What a desk that was killed has left: all or nothing of each event, and all that was shown. Whether the call was
 * stored to its end. */
static bool judge(const struct told *t)
{
    struct ut_fault fault = {0};
    struct stored s = {0};
    struct ut_audit_chain chain;
    struct ut_database *d = ut_database_open(store, &ut_event_table_kind, true, &fault);
    assert_non_null(d);
    int lines = ut_event_table_events(d, "s", judge_line, &s, &fault);
    assert_int_equal(lines, s.n);
    /* a full store holds up nothing else, a full record all: one event was shown between them at most */
    assert_true(s.n <= t->shown + 1 && s.n >= t->shown - (end == FULL));
    assert_int_equal(count(d, "SELECT coalesce(max(sequence), 0) FROM event"), s.n);
    assert_int_equal(count(d, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
    assert_int_equal(count(d, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_true(s.refused ? s.erased && !s.whole : !s.erased); /* the refusal and what it erases are one */
    /* each receiver has an event, or it waits for it; none waits that has been told of as gone and was */
    for (int i = 0; i < 2; i++) {
        char sql[200];
        (void)snprintf(sql, sizeof sql,
                       "SELECT count(*) FROM event WHERE sequence > %" PRId64 " AND n NOT IN "
                       "(SELECT n FROM outbox WHERE receiver = '%s' AND state = 'WAITING')",
                       t->got[i], RECEIVERS[i]);
        assert_int_equal(count(d, sql), 0);
    }
    ut_database_close(d);
    ut_audit_chain_init(&chain, record);
    int r = ut_audit_chain_verify(&chain, 0, "", &fault);
    assert_true(r == 0 || fault.code == UT_EXIT_MISSING);
    return s.n == events;
}

/* Started again: what waits leaves, and the record goes on. */
static void judge_after(struct told *t)
{
    struct ut_fault fault = {0};
    struct ut_audit_chain chain;
    struct ut_database *d;
    assert_false(run(carry, 0, t));
    d = ut_database_open(store, &ut_event_table_kind, true, &fault);
    assert_non_null(d);
    assert_int_equal(count(d, "SELECT count(*) FROM outbox"), 0);
    int64_t n = count(d, "SELECT count(*) FROM event");
    assert_int_equal(t->got[0], n);
    assert_int_equal(t->got[1], n);
    ut_database_close(d);
    ut_audit_chain_init(&chain, record);
    assert_int_equal(ut_audit_chain_open(&chain, &fault), 0);
    assert_int_equal(ut_audit_chain_add(&chain, "run_started", NOW, json_object(), &fault), 0);
    ut_audit_chain_close(&chain);
    ut_audit_chain_init(&chain, record);
    assert_int_equal(ut_audit_chain_verify(&chain, 0, "", &fault), 0);
    assert_true(chain.n > n); /* what is stored is on record */
}

/* Every step-th write; sanitizers, which look at the same statements each time, get few of them. */
static void sweep(enum end how, int step)
{
#ifdef __SANITIZE_ADDRESS__
    step *= 10;
#endif
    long n = 1 - step;
    int whole = 0;
    end = how;
    for (bool killed = true; killed; remove_files()) {
        struct told t = {0};
        n += step;
        killed = run(desk, n, &t);
        whole += judge(&t);
        judge_after(&t);
    }
    assert_true(n > 300 && whole > 100 / step); /* that many writes, and kills behind the call's end */
}

static void a_kill_before_a_write(void **state)
{
    (void)state;
    sweep(KILLED_BEFORE, 1);
}

static void a_kill_within_a_write(void **state)
{
    (void)state;
    sweep(KILLED_WITHIN, 3);
}

static void a_full_disk_from_a_write_on(void **state)
{
    (void)state;
    sweep(FULL, 3);
}

static int setup(void **state)
{
    (void)state;
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    struct ut_sink lines = {.kind = &LINES};
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(store, sizeof store, "%s/store.db", folder);
    (void)snprintf(record, sizeof record, "%s/audit", folder);
    assert_int_equal(ut_sinks_add(&l, &lines, &fault), 0);
    struct ut_session *s = ut_sink_test_session(&l);
    play(s);
    ut_session_free(s);
    return events > 8 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_kill_before_a_write), cmocka_unit_test(a_kill_within_a_write),
                                       cmocka_unit_test(a_full_disk_from_a_write_on)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
