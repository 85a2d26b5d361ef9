/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/sink.h"

#include "tests/host-tools/sink_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A sink that writes down, in one letter each, what it was told; and fails where told. */
struct teller {
    struct ut_sink sink;
    char told[200];
    int fails; /* the letter whose hook fails, 0 = none */
    int code;  /* of its fault */
    bool kept;
};

static int tell(struct ut_sink *s, char letter, struct ut_fault *fault)
{
    struct teller *t = (struct teller *)s;
    size_t at = strlen(t->told);
    assert_true(at + 1 < sizeof t->told);
    t->told[at] = letter;
    if (t->fails != letter)
        return 0;
    return fault != NULL ? ut_fault_set(fault, t->code, "%c failed with %d", letter, t->code) : -1;
}

static int on_open(struct ut_sink *s, struct ut_fault *fault)
{
    return tell(s, 'o', fault);
}

static int on_recording(struct ut_sink *s, const struct ut_sink_recording *recording)
{
    assert_string_equal(recording->path, "p");
    return tell(s, 'r', NULL);
}

static int on_audio(struct ut_sink *s, const int16_t *pairs, size_t n, struct ut_fault *fault)
{
    assert_int_equal(pairs[2 * n - 1], 7);
    return tell(s, 'a', fault);
}

static int on_score(struct ut_sink *s, const struct ut_wire_score *score)
{
    return tell(s, score->flags & UT_WIRE_END ? 'S' : 's', NULL);
}

static int on_turn(struct ut_sink *s, const struct ut_wire_turn *turn)
{
    assert_int_equal(turn->begin_ms, 100);
    return tell(s, 't', NULL);
}

static int on_cue(struct ut_sink *s, const struct ut_cue_change *change)
{
    (void)change;
    return tell(s, 'c', NULL);
}

static int on_event(struct ut_sink *s, const struct ut_event *event)
{
    return tell(s,
                event->type == UT_EVENT_SESSION_STARTED     ? '<'
                : event->type == UT_EVENT_SESSION_COMPLETED ? '>'
                                                            : 'e',
                NULL);
}

static int on_snapshot(struct ut_sink *s, const struct ut_snapshot *snapshot)
{
    (void)snapshot;
    return tell(s, 'v', NULL);
}

static char noted[100]; /* the last remark */

static void on_note(struct ut_sink *s, const char *text)
{
    (void)snprintf(noted, sizeof noted, "%s", text);
    (void)tell(s, 'n', NULL);
}

static int on_end(struct ut_sink *s, const struct ut_session *session, struct ut_fault *fault)
{
    assert_int_equal(ut_session_calls(session), 1);
    return tell(s, 'E', fault);
}

static int on_flush(struct ut_sink *s, struct ut_fault *fault)
{
    return tell(s, 'f', fault);
}

static int on_close(struct ut_sink *s, bool keep, struct ut_fault *fault)
{
    ((struct teller *)s)->kept = keep;
    return tell(s, 'x', fault);
}

static const struct ut_sink_kind ALL = {.open = on_open,
                                        .recording = on_recording,
                                        .audio = on_audio,
                                        .score = on_score,
                                        .turn = on_turn,
                                        .cue = on_cue,
                                        .event = on_event,
                                        .snapshot = on_snapshot,
                                        .note = on_note,
                                        .end = on_end,
                                        .flush = on_flush,
                                        .close = on_close};
static const struct ut_sink_kind GATE = {
    .gate = true, .cue = on_cue, .event = on_event, .score = on_score, .flush = on_flush, .close = on_close};
static const struct ut_sink_kind NOTHING = {.open = NULL};

static struct ut_sinks list;
static struct teller one, two;
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    memset(&list, 0, sizeof list);
    memset(&fault, 0, sizeof fault);
    noted[0] = '\0';
    one = two = (struct teller){.sink = {.kind = &ALL}, .code = UT_EXIT_FAILURE};
    return 0;
}

static void add(struct teller *t)
{
    assert_int_equal(ut_sinks_add(&list, &t->sink, &fault), 0);
}

static void play(void)
{
    struct ut_session *s = ut_sink_test_session(&list);
    assert_non_null(s);
    ut_sink_test_call(s);
    ut_session_free(s);
}

static void each_hears_everything_in_order(void **state)
{
    (void)state;
    static struct ut_sink deaf = {.kind = &NOTHING};
    const struct ut_sink_recording recording = {.path = "p"};
    const struct ut_snapshot snapshot = {.t_ms = 1};
    const int16_t pairs[] = {1, 2, 3, 7};
    add(&one);
    assert_int_equal(ut_sinks_add(&list, &deaf, &fault), 0);
    add(&two);
    ut_sinks_recording(&list, &recording);
    assert_int_equal(ut_sinks_audio(&list, pairs, 2, &fault), 0);
    play();
    ut_sinks_snapshot(&list, &snapshot);
    ut_sinks_note(&list, "remark");
    assert_string_equal(noted, "remark");
    assert_int_equal(ut_sinks_flush(&list), 0);
    assert_int_equal(ut_sinks_close(&list, true), 0);
    assert_string_equal(one.told, "ora<ssssessste" /* the turn */
                                  "Se"             /* the last score, the second's event */
                                  "e>E"            /* the status, the end */
                                  "vnfx");
    assert_string_equal(two.told, one.told);
    assert_true(one.kept && two.kept);
    assert_int_equal(list.count, 0);
}

static void one_that_fails_disturbs_no_other(void **state)
{
    (void)state;
    for (const char *letter = "stevEfx"; *letter != '\0'; letter++) {
        (void)setup(NULL);
        one.fails = *letter;
        add(&one);
        add(&two);
        play();
        const struct ut_snapshot snapshot = {.t_ms = 1};
        ut_sinks_snapshot(&list, &snapshot);
        bool by_now = strchr("fx", *letter) == NULL;
        assert_true(list.broken == by_now);
        assert_int_equal(ut_sinks_flush(&list), by_now || *letter == 'f' ? -1 : 0);
        assert_int_equal(ut_sinks_close(&list, false), -1);
        assert_string_equal(two.told, one.told);
        assert_false(two.kept);
        assert_int_equal(list.fault.code, strchr("Efx", *letter) != NULL ? UT_EXIT_FAILURE : 0);
    }
}

static void the_first_fault_is_kept(void **state)
{
    (void)state;
    one.fails = two.fails = 'f';
    one.code = UT_EXIT_OK; /* its reader has gone */
    two.code = 7;
    add(&one);
    assert_int_equal(ut_sinks_flush(&list), -1);
    assert_string_equal(list.fault.text, "f failed with 0");
    assert_int_equal(ut_sinks_flush(&list), -1);
    add(&two);
    assert_int_equal(ut_sinks_flush(&list), -1);
    assert_string_equal(list.fault.text, "f failed with 7"); /* a failure counts for more */
    two.code = 8;
    assert_int_equal(ut_sinks_flush(&list), -1);
    assert_string_equal(list.fault.text, "f failed with 7");
}

static void what_is_not_kept_is_a_remark_once(void **state)
{
    (void)state;
    one.fails = two.fails = 'f';
    one.code = 7;
    two.code = 8;
    add(&one);
    add(&two);
    assert_int_equal(ut_sinks_flush(&list), -1);
    assert_string_equal(list.fault.text, "f failed with 7");
    assert_string_equal(noted, "f failed with 8");
    assert_int_equal(ut_sinks_flush(&list), -1);
    assert_string_equal(one.told, "ofnf");
    assert_string_equal(two.told, "ofnf");
}

/* Those before it have what it could not take, those behind it have nothing of it, nor of what follows. */
static void a_gate_that_fails_shuts(void **state)
{
    (void)state;
    static struct teller gate;
    const struct ut_snapshot snapshot = {.t_ms = 1};
    const int16_t pairs[] = {1, 7};
    gate = (struct teller){.sink = {.kind = &GATE}, .fails = 'e', .code = UT_EXIT_FAILURE};
    add(&gate);
    add(&two);
    play();
    assert_true(list.shut && list.broken);
    assert_string_equal(gate.told, "<sssse");
    assert_string_equal(two.told, "o<ssss");
    ut_sinks_snapshot(&list, &snapshot);
    assert_int_equal(ut_sinks_audio(&list, pairs, 1, &fault), 0);
    ut_sinks_note(&list, "remark");
    assert_int_equal(ut_sinks_flush(&list), -1);
    assert_int_equal(ut_sinks_close(&list, false), -1);
    assert_string_equal(two.told, "o<ssssnfx");
}

/* What others still do while they close passes it. */
static void a_gate_closes_last(void **state)
{
    (void)state;
    static struct teller gate;
    gate = (struct teller){.sink = {.kind = &GATE}, .fails = 'x', .code = 7};
    one.fails = 'x';
    add(&gate);
    add(&one);
    assert_int_equal(ut_sinks_close(&list, true), -1);
    assert_int_equal(list.fault.code, UT_EXIT_FAILURE); /* of the first that failed */
    assert_string_equal(gate.told, "x");
    assert_string_equal(one.told, "ox");
}

static void one_that_does_not_open_is_closed(void **state)
{
    (void)state;
    one.fails = 'o';
    assert_int_equal(ut_sinks_add(&list, &one.sink, &fault), -1);
    assert_string_equal(fault.text, "o failed with 1");
    assert_string_equal(one.told, "ox");
    assert_false(one.kept);
    assert_int_equal(ut_sinks_add(&list, NULL, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    assert_int_equal(list.count, 0);
    for (int i = 0; i < UT_SINKS_MAX; i++)
        add(&two);
    assert_int_equal(ut_sinks_add(&list, &one.sink, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
}

static void audio_that_cannot_be_taken_stops(void **state)
{
    (void)state;
    const int16_t pairs[] = {1, 7};
    one.fails = 'a';
    add(&one);
    add(&two);
    assert_int_equal(ut_sinks_audio(&list, pairs, 1, &fault), -1);
    assert_string_equal(fault.text, "a failed with 1");
    assert_string_equal(two.told, "o");
}

static void ends_can_be_left_out(void **state)
{
    (void)state;
    add(&one);
    struct ut_session *s = ut_sink_test_session(&list);
    list.session = NULL;
    ut_sink_test_call(s);
    ut_session_free(s);
    assert_non_null(strchr(one.told, '>'));
    assert_null(strchr(one.told, 'E'));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(each_hears_everything_in_order),
        TEST(one_that_fails_disturbs_no_other),
        TEST(the_first_fault_is_kept),
        TEST(what_is_not_kept_is_a_remark_once),
        TEST(a_gate_closes_last),
        TEST(a_gate_that_fails_shuts),
        TEST(one_that_does_not_open_is_closed),
        TEST(audio_that_cannot_be_taken_stops),
        TEST(ends_can_be_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
