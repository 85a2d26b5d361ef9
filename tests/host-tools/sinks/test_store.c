/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/store.h"

#include "host-tools/sinks/event_table.h"
#include "tests/host-tools/sink_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/undertone-test-XXXXXX";

/* The list's other sink: what it got, and what it was told. */
static struct other {
    struct ut_sink sink;
    int events, notes;
    bool kept;
    char note[300];
} other;

static int count_event(struct ut_sink *s, const struct ut_event *event)
{
    (void)event;
    ((struct other *)s)->events++;
    return 0;
}

static void hear_note(struct ut_sink *s, const char *text)
{
    ((struct other *)s)->notes++;
    (void)snprintf(((struct other *)s)->note, sizeof other.note, "%s", text);
}

static int close_other(struct ut_sink *s, bool keep, struct ut_fault *fault)
{
    (void)fault;
    ((struct other *)s)->kept = keep;
    return 0;
}

static const struct ut_sink_kind OTHER = {.event = count_event, .note = hear_note, .close = close_other};

static struct ut_session *begin(struct ut_sinks *l, struct ut_fault *fault)
{
    other = (struct other){.sink = {.kind = &OTHER}};
    assert_int_equal(ut_sinks_add(l, &other.sink, fault), 0);
    assert_int_equal(ut_sinks_add(l, ut_store_sink(path, NULL), fault), 0);
    struct ut_session *s = ut_sink_test_session(l);
    assert_non_null(s);
    return s;
}

static struct ut_database *opened(void)
{
    struct ut_fault fault = {0};
    struct ut_database *d = ut_database_open(path, &ut_event_table_kind, true, &fault);
    assert_non_null(d);
    return d;
}

static void add_line(void *ctx, const char *json)
{
    char *text = ctx;
    (void)strcat(text, strstr(json, "undertone.session.completed") != NULL ? "completed " : "other ");
}

/* What the store says of the call that sink_test.h plays. */
static void judge(const char *wanted)
{
    struct ut_fault fault = {0};
    char text[200] = "";
    struct ut_database *d = opened();
    assert_true(ut_event_table_events(d, "s", add_line, text, &fault) >= 0);
    assert_string_equal(text, wanted);
    ut_database_close(d);
}

static int setup(void **state)
{
    (void)state;
    return truncate(path, 0);
}

/* Scores, turns and status have no number and are not stored. */
static void what_may_not_be_lost_is_stored(void **state)
{
    (void)state;
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    struct ut_session *s = begin(&l, &fault);
    ut_sink_test_call(s);
    assert_true(other.events > 4);
    judge("other completed "); /* committed before the close */
    assert_int_equal(ut_sinks_close(&l, false), 0);
    ut_session_free(s);
    judge("other completed "); /* and kept although the other outputs are not */
    assert_int_equal(other.notes, 0);
}

static void the_same_call_again_changes_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct ut_sinks l = {0};
        struct ut_fault fault = {0};
        struct ut_session *s = begin(&l, &fault);
        ut_sink_test_call(s);
        assert_int_equal(ut_sinks_close(&l, true), 0);
        ut_session_free(s);
        judge("other completed ");
    }
}

/* How many there are of a table. */
static int64_t count(const char *sql)
{
    struct ut_fault fault = {0};
    int64_t n = -1;
    struct ut_database *d = opened();
    assert_int_equal(ut_database_count(d, &fault, &n, -1, sql), 0);
    ut_database_close(d);
    return n;
}

/* First for nobody, then for a floor, then again: events and scores of a recording wait once, those of a call in
 * progress have no scores. */
static void a_recording_waits_for_the_floor_with_its_scores(void **state)
{
    (void)state;
    static const char *const floor[] = {"mqtt", NULL};
    static const struct {
        const char *const *receivers;
        bool recorded;
        int events, scores;
    } runs[] = {{NULL, true, 0, 0}, {floor, false, 2, 0}, {floor, true, 2, 1}, {floor, true, 2, 1}};
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        struct ut_sinks l = {0};
        struct ut_fault fault = {0};
        const struct ut_sink_recording recording = {.path = "a.wav", .contact_id = "c"};
        assert_int_equal(ut_sinks_add(&l, ut_store_sink(path, runs[i].receivers), &fault), 0);
        if (runs[i].recorded)
            ut_sinks_recording(&l, &recording);
        struct ut_session *s = ut_sink_test_session(&l);
        assert_non_null(s);
        ut_sink_test_call(s);
        assert_int_equal(ut_sinks_close(&l, true), 0);
        ut_session_free(s);
        assert_int_equal(count("SELECT count(*) FROM outbox"), runs[i].events);
        assert_int_equal(count("SELECT count(*) FROM score") > 0, runs[i].scores);
    }
    judge("other completed ");
}

static void another_call_of_that_session_is_not_mixed_in(void **state)
{
    (void)state;
    what_may_not_be_lost_is_stored(state);
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    struct ut_session *s = begin(&l, &fault);
    ut_sink_test_score(s, 250, 0); /* no hello: the start's event is another, and the call goes on for longer */
    ut_session_disclose(s, "key");
    ut_session_finish(s, NULL);
    assert_int_equal(other.notes, 1);
    assert_non_null(strstr(other.note, "session s: the store has it with another event 1"));
    assert_int_equal(ut_sinks_flush(&l), 0); /* the others go on */
    assert_int_equal(ut_sinks_close(&l, true), -1);
    assert_int_equal(l.fault.code, UT_EXIT_STORE_OTHER);
    assert_true(other.kept);
    ut_session_free(s);
    judge("other completed ");
}

/* Locked for a while: what could not be stored waits for the next event. */
static void a_lock_delays_and_loses_nothing(void **state)
{
    (void)state;
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    struct ut_session *s = begin(&l, &fault);
    struct ut_database *lock = opened();
    assert_int_equal(ut_database_do(lock, &fault, "BEGIN IMMEDIATE", ""), 0);
    ut_sink_test_score(s, 250, 0);
    assert_int_equal(other.notes, 1);
    assert_non_null(strstr(other.note, "locked by another program"));
    assert_int_equal(ut_database_do(lock, &fault, "ROLLBACK", ""), 0);
    ut_session_finish(s, NULL);
    judge("other completed ");
    assert_int_equal(other.notes, 1);
    assert_int_equal(ut_sinks_close(&l, true), 0);
    ut_session_free(s);
    ut_database_close(lock);
}

/* Locked until nothing more comes: the close stores what waits. */
static void what_waits_is_stored_at_the_close(void **state)
{
    (void)state;
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    struct ut_session *s = begin(&l, &fault);
    struct ut_database *lock = opened();
    assert_int_equal(ut_database_do(lock, &fault, "BEGIN IMMEDIATE", ""), 0);
    ut_sink_test_call(s);
    judge("");
    assert_int_equal(ut_database_do(lock, &fault, "ROLLBACK", ""), 0);
    ut_database_close(lock);
    assert_int_equal(ut_sinks_close(&l, true), 0);
    ut_session_free(s);
    judge("other completed ");
}

static void what_is_not_stored_in_the_end_is_said(void **state)
{
    (void)state;
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    const struct ut_sink_recording recording = {.path = "a.wav", .contact_id = "c"};
    struct ut_session *s = begin(&l, &fault);
    ut_sinks_recording(&l, &recording);
    struct ut_database *d = opened();
    assert_int_equal(ut_database_do(d, &fault, "DROP TABLE event", ""), 0);
    ut_sink_test_call(s);
    assert_int_equal(ut_sinks_flush(&l), 0);
    assert_int_equal(other.notes, 0); /* of a recording the close says it */
    assert_int_equal(ut_sinks_close(&l, true), -1);
    assert_int_equal(l.fault.code, UT_EXIT_STORE);
    assert_non_null(strstr(l.fault.text, "; 2 events of calls are not in the store"));
    assert_true(other.kept);
    ut_session_free(s);
    ut_database_close(d);
}

static void what_is_no_store_is_refused_at_the_opening(void **state)
{
    (void)state;
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    assert_int_equal(ut_sinks_add(&l, ut_store_sink("/dev/null", NULL), &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_STORE);
    assert_int_equal(l.count, 0);
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0)
        return 1;
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(what_may_not_be_lost_is_stored),
        TEST(the_same_call_again_changes_nothing),
        TEST(a_recording_waits_for_the_floor_with_its_scores),
        TEST(another_call_of_that_session_is_not_mixed_in),
        TEST(a_lock_delays_and_loses_nothing),
        TEST(what_waits_is_stored_at_the_close),
        TEST(what_is_not_stored_in_the_end_is_said),
        TEST(what_is_no_store_is_refused_at_the_opening),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
