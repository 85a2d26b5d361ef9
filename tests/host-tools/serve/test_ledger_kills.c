/* SPDX-License-Identifier: Apache-2.0 */
/* A floor that is killed at each write of its ledger, before it and in the middle of it, or whose disk is full from it
 * on, for good or for a while: from the file's first byte to the last call that is forgotten. What a desk, a supervisor
 * or a customer was told is there, nothing is twice, no number is passed over, what was refused stays erased; and when
 * there is room again the same program takes the rest. */
#include "host-tools/serve/ingest.h"
#include "tests/host-tools/last_write.h"
#include "tests/host-tools/serve/ledger_test.h"

#include <inttypes.h>
#include <sys/wait.h>

enum { CALL = 16, DESKS = 2, AT_ONCE = 3, REFUSED_AT = 9, FLAG_AT = 4, VAIN = 3 };
enum { DONE, CAME_TO_IT, STOPPED, WRONG }; /* how a floor ends: without a write that fails; in spite of one; by it */

static const char *const SESSION[DESKS] = {"a", "b"}, *const DEVICE[DESKS] = {"d1", "d2"};
static const char GONE[] = "gone", CUSTOMER[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/* What somebody was told by the floor: how far each session is acknowledged, and what is done. */
static struct told {
    int64_t acked[DESKS + 1];
    bool acted, checkpoint, forgotten, came_back;
} told;

struct word {
    int64_t what, number; /* acked by its index, then the others in their order */
};

static bool for_a_while; /* the disk is full for some attempts, then there is room */
static int failures;

static const char *line_of(int desk, int sequence)
{
    static char text[UT_FLOOR_EVENT_MAX + 100];
    const char *type = sequence == 1             ? "session.started"
                       : sequence == CALL        ? "session.completed"
                       : sequence == FLAG_AT     ? "flag.raised"
                       : sequence == FLAG_AT + 2 ? "flag.lowered"
                       : sequence == REFUSED_AT  ? "session.refused"
                       : sequence < REFUSED_AT   ? "handover"
                                                 : "cue.opened";
    if (desk < DESKS)
        return ut_floor_event(SESSION[desk], sequence, type);
    (void)snprintf(text, sizeof text, "%s", ut_floor_event(GONE, sequence, type));
    char *data = strstr(text, "\"EndOffset");
    (void)snprintf(data, sizeof text - (size_t)(data - text), "\"Customer\":\"%s\",\"EndOffsetMillis\":0}}", CUSTOMER);
    return text;
}

static const char *topic_of(int desk, int sequence)
{
    static char text[60];
    const char *word = sequence == FLAG_AT || sequence == FLAG_AT + 2 ? "flag"
                       : sequence > REFUSED_AT && sequence < CALL     ? "cue"
                                                                      : "call";
    (void)snprintf(text, sizeof text, "undertone/v1/s/%s/%s", DEVICE[desk % DESKS], word);
    return text;
}

static void tell(int fd, int64_t what, int64_t number)
{
    const struct word w = {what, number};
    (void)syscall(SYS_write, fd, &w, sizeof w);
}

static int index_of(const char *session)
{
    return strcmp(session, GONE) == 0 ? DESKS : session[0] - 'a';
}

static void take_word(const struct word *w)
{
    if (w->what <= DESKS && w->number > told.acked[w->what])
        told.acked[w->what] = w->number;
    told.acted = told.acted || w->what == DESKS + 1;
    told.checkpoint = told.checkpoint || w->what == DESKS + 2;
    told.forgotten = told.forgotten || w->what == DESKS + 3;
    told.came_back = told.came_back || w->what == DESKS + 4;
}

/* To the parent, and to the desk, which is in the same process. */
static void say(int fd, int64_t what, int64_t number)
{
    tell(fd, what, number);
    take_word(&(struct word){what, number});
}

static void hear_ack(void *ctx, const char *device, const struct ut_floor_ack *ack)
{
    (void)device;
    if (ack->refused[0] == '\0' && ack->sequence < told.acked[index_of(ack->session)])
        _exit(WRONG); /* the floor has lost what it had acknowledged */
    if (ack->refused[0] == '\0')
        say(*(int *)ctx, index_of(ack->session), ack->sequence);
    else if (index_of(ack->session) != DESKS) /* of what was forgotten nothing is taken any more */
        _exit(WRONG);
}

/* True when there will be room: what failed is tried again. Only a full disk may fail it. */
static bool bear(const struct ut_fault *f)
{
    if (!full || f->code != UT_EXIT_STORE_FULL)
        _exit(WRONG);
    if (!for_a_while)
        _exit(STOPPED);
    full = ++failures < VAIN;
    return true;
}

/* What each desk has that is not acknowledged, a few at once, and a score. */
static void send_all(struct ut_ingest *in)
{
    struct ut_fault f = {0};
    static const char up[] =
        "{\"State\":\"connected\",\"Boot\":\"01a2281e-4c47-7019-8312-0bf93b8f283b\",\"Connection\":1}";
    static int64_t now;
    now += 1000;
    for (int desk = 0; desk <= DESKS; desk++) {
        if (desk < DESKS && told.acked[desk] == 0) {
            char topic[60];
            (void)snprintf(topic, sizeof topic, "undertone/v1/s/%s/status", DEVICE[desk]);
            if (ut_ingest_message(in, topic, up, strlen(up), false, now, NOW, &f) < 0)
                (void)bear(&f);
        }
        if (desk == DESKS && told.forgotten)
            continue;
        for (int64_t i = told.acked[desk] + 1; i <= CALL && i <= told.acked[desk] + AT_ONCE; i++)
            if (ut_ingest_message(in, topic_of(desk, (int)i), line_of(desk, (int)i), strlen(line_of(desk, (int)i)),
                                  false, now, NOW, &f) != 0)
                _exit(WRONG);
        char score[60];
        (void)snprintf(score, sizeof score, "undertone/v1/s/%s/score", DEVICE[desk % DESKS]);
        const char *line = ut_floor_event(desk < DESKS ? SESSION[desk] : GONE, 0, "score");
        if (told.acked[desk] > 0 && told.acked[desk] < CALL &&
            ut_ingest_message(in, score, line, strlen(line), false, now, NOW, &f) != 0)
            _exit(WRONG);
    }
    if (ut_ingest_commit(in, NOW, &f) < 0)
        (void)bear(&f);
}

static void supervise(int fd, struct ut_ledger *own)
{
    struct ut_fault f = {0};
    const struct ut_ledger_checkpoint c = {.device = "d1", .verifier = "v", .root = "r", .note = "n", .n = 7};
    int r = told.acted ? 1 : own->kind->act(own, 1, "kim", "joined", NOW, &f);
    if (r == 1)
        say(fd, DESKS + 1, 0);
    else if (r == 0 || bear(&f))
        return;
    if (!told.checkpoint && own->kind->keep_checkpoint(own, &c, NOW, &f) == 0)
        say(fd, DESKS + 2, 0);
    else if (!told.checkpoint)
        (void)bear(&f);
}

static struct ut_ledger *open_ledger(void)
{
    struct ut_fault f = {0};
    for (;;) {
        struct ut_ledger *own = ut_ledger_sqlite(path, true, &f);
        if (own != NULL)
            return own;
        (void)bear(&f);
    }
}

/* The floor, and two desks that send until all is acknowledged; a third call's customer is forgotten then. */
static void serve(int fd)
{
    struct ut_fault f = {0};
    struct ut_ledger *own = open_ledger();
    const struct ut_ingest_options o = {.ledger = own, .site = "s", .ctx = &fd, .ack = hear_ack};
    struct ut_ingest *in = ut_ingest_new(&o);
    while (told.acked[0] < CALL || told.acked[1] < CALL || (told.acked[DESKS] < CALL && !told.forgotten) ||
           !told.checkpoint) {
        send_all(in);
        if (told.acked[0] >= FLAG_AT)
            supervise(fd, own);
    }
    while (own->kind->retain(own, NOW, &f) < 0)
        (void)bear(&f);
    while (own->kind->forget(own, CUSTOMER, &f) < 0)
        (void)bear(&f);
    say(fd, DESKS + 3, 0);
    if (failures > 0)
        say(fd, DESKS + 4, 0);
    ut_ingest_free(in);
    own->kind->close(own);
}

/* A floor in a process of its own with so many writes to live; 0 = all of them. Whether it came to them. */
static bool run(long writes)
{
    int line[2], status = 0;
    struct word w;
    assert_int_equal(pipe(line), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(line[0]);
        writes_left = writes;
        serve(line[1]);
        _exit(writes > 0 && writes_left == 0 ? CAME_TO_IT : DONE);
    }
    (void)close(line[1]);
    while (read(line[0], &w, sizeof w) == (ssize_t)sizeof w)
        take_word(&w);
    (void)close(line[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
        assert_true(end != FULL && WTERMSIG(status) == SIGKILL);
        return true;
    }
    assert_in_range(WEXITSTATUS(status), DONE, end == FULL && writes > 0 && !for_a_while ? STOPPED : CAME_TO_IT);
    return WEXITSTATUS(status) != DONE;
}

static int64_t ask(struct ut_database *d, const char *sql)
{
    int64_t n = -1;
    assert_int_equal(ut_database_count(d, &fault, &n, -1, sql), 0);
    return n;
}

static int judge_line(void *ctx, int64_t sequence, const char *line)
{
    const int desk = *(int *)ctx;
    if (strcmp(line, line_of(desk, (int)sequence)) != 0)
        assert_true(sequence < REFUSED_AT && strstr(line, "\"Erased\":true") != NULL);
    return 0;
}

/* What a floor has left, whatever ended it. */
static void judge(void)
{
    char sql[300];
    assert_int_equal(aside(), 0); /* no room is no damage */
    l = ut_ledger_sqlite(path, true, &fault);
    assert_non_null(l);
    struct ut_database *d = ut_database_open(path, &ut_ledger_table_kind, false, &fault);
    assert_non_null(d);
    assert_int_equal(ask(d, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
    assert_int_equal(ask(d, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    for (int desk = 0; desk < DESKS; desk++) {
        int64_t kept;
        (void)snprintf(sql, sizeof sql, "SELECT contiguous FROM progress WHERE session = '%s'", SESSION[desk]);
        assert_int_equal(ut_database_count(d, &fault, &kept, 0, sql), 0);
        assert_true(kept >= told.acked[desk]);
        (void)snprintf(sql, sizeof sql,
                       "SELECT count(*) = coalesce(max(sequence), 0) AND count(*) = %" PRId64
                       " FROM event WHERE session = '%s'",
                       kept, SESSION[desk]);
        assert_int_equal(ask(d, sql), 1);
        assert_int_equal(l->kind->events(l, SESSION[desk], 0, CALL, judge_line, &desk, &fault), 0);
        (void)snprintf(sql, sizeof sql,
                       "SELECT count(*) FROM event WHERE session = '%s' AND sequence < %d AND type = %d AND "
                       "json NOT LIKE '%%\"Erased\":true%%'",
                       SESSION[desk], REFUSED_AT, UT_EVENT_HANDOVER);
        assert_true(kept < REFUSED_AT || ask(d, sql) == 0); /* the refusal and what it erases are one */
        (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM flag WHERE session = '%s'", SESSION[desk]);
        assert_int_equal(ask(d, sql), kept >= FLAG_AT);
        (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM progress WHERE session = '%s' AND state = 'COMPLETED'",
                       SESSION[desk]);
        assert_int_equal(ask(d, sql), kept == CALL);
    }
    assert_true(!told.acted || ask(d, "SELECT count(*) FROM flag WHERE acked_by = 'kim' AND action = 'joined'") == 1);
    assert_true(!told.checkpoint || ask(d, "SELECT n FROM checkpoint WHERE device = 'd1'") == 7);
    assert_true(!told.forgotten ||
                ask(d, "SELECT (SELECT count(*) FROM event WHERE session = 'gone') + (SELECT count(*) FROM "
                       "progress WHERE session = 'gone' AND device <> '')") == 0);
    ut_database_close(d);
    l->kind->close(l);
    l = NULL;
}

/* Every step-th write; sanitizers, which look at the same statements each time, get few of them. */
static void sweep(enum end how, bool while_only, int step)
{
#ifdef __SANITIZE_ADDRESS__
    step *= 10;
#endif
    long n = 1 - step;
    int late = 0, back = 0;
    end = how;
    for (bool cut = true; cut; clear()) {
        told = (struct told){0};
        n += step;
        for_a_while = while_only;
        cut = run(n);
        late += told.acted;
        back += told.came_back;
        judge();
        if (how == FULL && !while_only) {
            (void)run(1); /* started again without room for a byte */
            judge();
        }
        for_a_while = false;
        (void)run(0); /* started again it takes the rest */
        assert_true(told.acked[0] == CALL && told.acked[1] == CALL && told.checkpoint && told.forgotten);
        judge();
    }
    assert_true(n > 150 && late > 30 / step);
    assert_true(back > (while_only ? 100 / step : -1));
}

static void a_kill_before_a_write(void **state)
{
    (void)state;
    sweep(KILLED_BEFORE, false, 1);
}

static void a_kill_within_a_write(void **state)
{
    (void)state;
    sweep(KILLED_WITHIN, false, 3);
}

static void a_full_disk_from_a_write_on(void **state)
{
    (void)state;
    sweep(FULL, false, 2);
}

static void a_disk_that_is_full_for_a_while(void **state)
{
    (void)state;
    sweep(FULL, true, 2);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        return 1;
    (void)snprintf(path, sizeof path, "%s/floor", folder);
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_kill_before_a_write), cmocka_unit_test(a_kill_within_a_write),
                                       cmocka_unit_test(a_full_disk_from_a_write_on),
                                       cmocka_unit_test(a_disk_that_is_full_for_a_while)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    clear();
    (void)rmdir(folder);
    return failed;
}
