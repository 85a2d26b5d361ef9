/* SPDX-License-Identifier: Apache-2.0 */
/* The ingest before a ledger that is a list. */
#include "host-tools/serve/ingest.h"

#include "tests/host-tools/serve/floor_event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ut_ingest *in;
static struct ut_fault fault;
static int takes, acks, refuses, states, broken, questions, rollouts;
static char last_device[80], last_session[80], last_refused[80];
static int64_t last_ack;
static enum ut_ledger_result answer;

static int take(struct ut_ledger *l, struct ut_ledger_event *event, size_t n, int64_t unix_ms, struct ut_fault *f)
{
    (void)l;
    (void)unix_ms;
    if (broken)
        return ut_fault_set(f, UT_EXIT_STORE_FULL, "full");
    for (size_t i = 0; i < n; i++) {
        event[i].result = answer;
        event[i].contiguous = event[i].about.sequence;
    }
    for (size_t i = 0; i < n; i++)
        event[i].contiguous = event[n - 1].about.sequence;
    takes += (int)n;
    return 0;
}

static int status(struct ut_ledger *l, const char *device, const struct ut_floor_status *s, int64_t unix_ms,
                  struct ut_fault *f)
{
    (void)l;
    (void)device;
    (void)unix_ms;
    (void)f;
    states++;
    return s->state == UT_FLOOR_CONNECTED;
}

static void hear(void *ctx, const char *device, const struct ut_floor_ack *ack)
{
    (void)ctx;
    (void)snprintf(last_device, sizeof last_device, "%s", device);
    (void)snprintf(last_session, sizeof last_session, "%s", ack->session);
    (void)snprintf(last_refused, sizeof last_refused, "%s", ack->refused);
    last_ack = ack->sequence;
    if (ack->refused[0] != '\0')
        refuses++;
    else
        acks++;
}

static int calls(struct ut_ledger *l, const char *session, int64_t since_ms, ut_ledger_each_call *each, void *ctx,
                 struct ut_fault *f)
{
    const struct ut_ledger_call c = {.session = session, .device = "desk-1"};
    (void)l;
    (void)since_ms;
    (void)f;
    return strcmp(session, "known") == 0 ? each(ctx, &c) : 0;
}

static void hear_question(void *ctx, const char *device, const struct ut_floor_question *question)
{
    (void)ctx;
    (void)question;
    (void)snprintf(last_device, sizeof last_device, "%s", device);
    questions++;
}

static int report_rollout(struct ut_ledger *l, const char *device, const struct ut_floor_rollout_report *r, int64_t now,
                          struct ut_fault *f)
{
    (void)l;
    (void)device;
    (void)now;
    if (r->number == 9)
        return ut_fault_set(f, UT_EXIT_STORE_FULL, "full");
    return r->number > 1;
}

static void hear_rollout(void *ctx, const char *device, const struct ut_floor_rollout_report *report)
{
    (void)ctx;
    (void)snprintf(last_device, sizeof last_device, "%s", device);
    rollouts += (int)report->number;
}

static int setup(void **state)
{
    static const struct ut_ledger_kind KIND = {
        .take = take, .status = status, .calls = calls, .report_rollout = report_rollout};
    static struct ut_ledger ledger = {&KIND};
    (void)state;
    const struct ut_ingest_options o = {
        .ledger = &ledger, .site = "s", .ack = hear, .asked = hear_question, .rollout = hear_rollout};
    takes = acks = refuses = states = broken = questions = rollouts = 0;
    answer = UT_LEDGER_NEW;
    last_session[0] = last_refused[0] = '\0';
    in = ut_ingest_new(&o);
    return in == NULL;
}

static int teardown(void **state)
{
    (void)state;
    ut_ingest_free(in);
    return 0;
}

static int put(const char *topic, const char *text, int64_t now)
{
    return ut_ingest_message(in, topic, text, strlen(text), false, now, now, &fault);
}

static uint64_t rejected(enum ut_ingest_reason reason)
{
    return ut_ingest_counts(in)->rejected[reason];
}

static void an_acknowledgement_comes_behind_the_commit(void **state)
{
    (void)state;
    for (int i = 1; i <= 3; i++)
        assert_int_equal(put("undertone/v1/s/d/cue", ut_floor_event("a", i, "cue.opened"), 0), 0);
    assert_int_equal(acks, 0);
    assert_int_equal(ut_ingest_commit(in, 0, &fault), 3);
    assert_int_equal(takes, 3);
    assert_int_equal(acks, 1); /* one of a session */
    assert_string_equal(last_device, "d");
    assert_string_equal(last_session, "a");
    assert_int_equal(last_ack, 3);
    assert_int_equal(ut_ingest_counts(in)->taken, 3);
    assert_int_equal(ut_ingest_counts(in)->commits, 1);
    assert_int_equal(ut_ingest_commit(in, 0, &fault), 0);
}

static void a_score_is_not_acknowledged(void **state)
{
    (void)state;
    assert_int_equal(put("undertone/v1/s/d/score", ut_floor_event("a", 0, "score"), 0), 0);
    assert_int_equal(ut_ingest_commit(in, 0, &fault), 1);
    assert_int_equal(acks, 0);
    assert_int_equal(ut_ingest_counts(in)->scores, 1);
    assert_int_equal(ut_ingest_counts(in)->taken, 0);
}

/* The desk's event `late_ms` after its time by serve's clock, `now` by the one that never goes back. */
static void see(const char *device, const char *session, int sequence, const char *type, int64_t late_ms, int64_t now)
{
    const int64_t AT = 1767323040000 + 1000 * sequence;
    char topic[80];
    const char *text = ut_floor_event(session, sequence, type);
    (void)snprintf(topic, sizeof topic, "undertone/v1/s/%s/%s", device, sequence == 0 ? "score" : "cue");
    assert_true(ut_ingest_message(in, topic, text, strlen(text), false, now, AT + late_ms, &fault) >= 0);
    assert_true(ut_ingest_commit(in, AT + late_ms, &fault) == 1);
}

static void the_clock_that_differs_most(void **state)
{
    (void)state;
    static const char LIVE[] = "019b7cd2-0000-7000-8000-000000000001",
                      OF_FILE[] = "019b7cd2-0000-8000-8000-000000000001";
    enum { HOUR = 3600000 };
    assert_int_equal(ut_ingest_skew_ms(in), 0);
    see("a", LIVE, 1, "cue.opened", HOUR, 0); /* it may have waited */
    see("a", OF_FILE, 0, "score", HOUR, 0);   /* of a recording of that day */
    see("a", "s", 0, "score", HOUR, 0);
    assert_int_equal(ut_ingest_skew_ms(in), 0);
    see("a", LIVE, 0, "score", 20000, 0);
    assert_int_equal(ut_ingest_skew_ms(in), -20000);
    see("a", LIVE, 0, "score", 300, 0); /* the one before was long on its way */
    assert_int_equal(ut_ingest_skew_ms(in), -300);
    see("b", LIVE, 0, "score", HOUR, 0);
    assert_int_equal(ut_ingest_skew_ms(in), -HOUR);
    see("c", LIVE, 1, "cue.opened", -2 * HOUR, 0);
    assert_int_equal(ut_ingest_skew_ms(in), 2 * HOUR);
    ut_ingest_turn(in, UT_INGEST_SKEW_MS); /* c's was set right */
    see("b", LIVE, 0, "score", HOUR, UT_INGEST_SKEW_MS);
    see("c", LIVE, 0, "score", 0, UT_INGEST_SKEW_MS);
    assert_int_equal(ut_ingest_skew_ms(in), 2 * HOUR);
    ut_ingest_turn(in, 2 * UT_INGEST_SKEW_MS - 1);
    assert_int_equal(ut_ingest_skew_ms(in), 2 * HOUR);
    ut_ingest_turn(in, 2 * UT_INGEST_SKEW_MS);
    assert_int_equal(ut_ingest_skew_ms(in), -HOUR);
    ut_ingest_turn(in, 3 * UT_INGEST_SKEW_MS);
    assert_int_equal(ut_ingest_skew_ms(in), 0);
}

static void topics_of_others(void **state)
{
    (void)state;
    static const char *const bad[] = {"undertone/v1/other/d/cue", "undertone/v1/s/d/ack", "undertone/v1/s/d/none",
                                      "undertone/v1/s/d/cmd", "x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(put(bad[i], ut_floor_event("a", 1, "cue.opened"), 0), 0);
    assert_int_equal(rejected(UT_INGEST_TOPIC), sizeof bad / sizeof bad[0]);
    assert_int_equal(ut_ingest_commit(in, 0, &fault), 0);
}

static void what_is_malformed_is_counted_and_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum ut_ingest_reason reason;
    } bad[] = {{"", UT_INGEST_SIZE}, {"{", UT_INGEST_JSON}, {"{\"session\":\"x\"}", UT_INGEST_TYPE}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(put("undertone/v1/s/d/cue", bad[i].text, 0), 0);
        assert_int_equal(rejected(bad[i].reason), 1);
    }
    assert_int_equal(refuses, 1);
    assert_string_equal(last_session, "x");
    assert_string_equal(last_refused, "type");
    assert_int_equal(put("undertone/v1/s/d/flag", ut_floor_event("a", 1, "cue.opened"), 0), 0);
    assert_int_equal(rejected(UT_INGEST_TYPE), 2);
    assert_int_equal(ut_ingest_commit(in, 0, &fault), 0);
}

static void what_the_ledger_says(void **state)
{
    (void)state;
    answer = UT_LEDGER_FOREIGN;
    (void)put("undertone/v1/s/d/cue", ut_floor_event("a", 1, "cue.opened"), 0);
    assert_int_equal(ut_ingest_commit(in, 0, &fault), 1);
    assert_int_equal(refuses, 1);
    assert_int_equal(acks, 0);
    assert_int_equal(rejected(UT_INGEST_FOREIGN), 1);
    answer = UT_LEDGER_TOO_FAR;
    (void)put("undertone/v1/s/d/cue", ut_floor_event("a", 9, "cue.opened"), 0);
    assert_int_equal(ut_ingest_commit(in, 0, &fault), 1);
    assert_int_equal(acks, 1); /* which says what is wanted */
    assert_int_equal(rejected(UT_INGEST_AHEAD), 1);
    answer = UT_LEDGER_AGAIN;
    (void)put("undertone/v1/s/d/cue", ut_floor_event("a", 1, "cue.opened"), 0);
    assert_int_equal(ut_ingest_commit(in, 0, &fault), 1);
    assert_int_equal(acks, 2);
    assert_int_equal(ut_ingest_counts(in)->again, 1);
}

static void what_cannot_be_committed_is_not_acknowledged(void **state)
{
    (void)state;
    broken = 1;
    (void)put("undertone/v1/s/d/cue", ut_floor_event("a", 1, "cue.opened"), 0);
    assert_int_equal(ut_ingest_commit(in, 0, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_STORE_FULL);
    assert_int_equal(acks, 0);
    assert_int_equal(rejected(UT_INGEST_STORE), 1);
    broken = 0;
    assert_int_equal(ut_ingest_commit(in, 0, &fault), 0); /* its desk sends it again */
}

static void a_batch_that_is_full_says_so(void **state)
{
    (void)state;
    for (int i = 1; i < UT_INGEST_BATCH; i++)
        assert_int_equal(put("undertone/v1/s/d/cue", ut_floor_event("a", i, "cue.opened"), 0), 0);
    assert_int_equal(put("undertone/v1/s/d/cue", ut_floor_event("a", UT_INGEST_BATCH, "cue.opened"), 0), 1);
    assert_int_equal(put("undertone/v1/s/d/cue", ut_floor_event("a", UT_INGEST_BATCH + 1, "cue.opened"), 0), 0);
    assert_int_equal(takes, UT_INGEST_BATCH);
}

static void one_device_holds_up_no_other(void **state)
{
    (void)state;
    for (int i = 0; i < UT_INGEST_BURST + 7; i++)
        (void)put("undertone/v1/s/loud/score", ut_floor_event("a", 0, "score"), 5);
    assert_int_equal(rejected(UT_INGEST_RATE_LIMIT), 7);
    assert_int_equal(put("undertone/v1/s/other/score", ut_floor_event("b", 0, "score"), 5), 0);
    assert_int_equal(rejected(UT_INGEST_RATE_LIMIT), 7);
    for (int i = 0; i < 20; i++)
        (void)put("undertone/v1/s/loud/score", ut_floor_event("a", 0, "score"), 15);
    assert_int_equal(rejected(UT_INGEST_RATE_LIMIT), 17); /* ten more in 10 ms */
}

static void states_of_devices(void **state)
{
    (void)state;
    static const char lost[] =
        "{\"State\":\"lost\",\"Boot\":\"01a2281e-4c47-7019-8312-0bf93b8f283b\",\"Connection\":1}";
    static const char up[] =
        "{\"State\":\"connected\",\"Boot\":\"01a2281e-4c47-7019-8312-0bf93b8f283b\",\"Connection\":1}";
    assert_int_equal(put("undertone/v1/s/d/status", up, 0), 0);
    assert_int_equal(put("undertone/v1/s/d/status", lost, 0), 0);
    assert_int_equal(states, 2);
    assert_int_equal(rejected(UT_INGEST_STALE), 1);
    assert_int_equal(put("undertone/v1/s/d/status", "", 0), 0);
    assert_int_equal(put("undertone/v1/s/d/status", "{}", 0), 0);
    assert_int_equal(states, 2);
    assert_int_equal(rejected(UT_INGEST_JSON), 1);
}

static void ask(const char *device, const char *session)
{
    char topic[100], text[300];
    (void)snprintf(topic, sizeof topic, "undertone/v1/s/%s/ask", device);
    (void)snprintf(text, sizeof text,
                   "{\"Id\":\"a\",\"Session\":\"%s\",\"Action\":\"b\",\"Text\":\"?\",\"Default\":\"no\","
                   "\"RemainingMillis\":9000}",
                   session);
    assert_int_equal(ut_ingest_message(in, topic, text, strlen(text), false, 0, 0, &fault), 0);
}

static void a_question_is_about_a_call_of_its_desk(void **state)
{
    (void)state;
    ask("desk-1", "known");
    assert_int_equal(questions, 1);
    assert_string_equal(last_device, "desk-1");
    ask("desk-2", "known");
    assert_int_equal(ut_ingest_counts(in)->rejected[UT_INGEST_FOREIGN], 1);
    ask("desk-1", "not-yet"); /* it is asked again */
    assert_int_equal(ut_ingest_message(in, "undertone/v1/s/desk-1/ask", "{", 1, false, 0, 0, &fault), 0);
    assert_int_equal(ut_ingest_counts(in)->rejected[UT_INGEST_JSON], 1);
    assert_int_equal(questions, 1);
    static const char *const others[] = {"answer", "outcome", "receipt"}; /* desks do not say these to a floor */
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char topic[100];
        (void)snprintf(topic, sizeof topic, "undertone/v1/s/desk-1/%s", others[i]);
        assert_int_equal(ut_ingest_message(in, topic, "{}", 2, false, 0, 0, &fault), 0);
    }
    assert_int_equal(ut_ingest_counts(in)->rejected[UT_INGEST_TOPIC], 3);
}

static void what_a_desk_says_of_a_rollout(void **state)
{
    (void)state;
#define REPORT(number)                                                                                                 \
    "{\"Number\":" number ",\"State\":\"trying\",\"Why\":\"\",\"Boot\":\"01a2281e-4c47-7019-8312-0bf93b8f283b\"}"
    static const char TOPIC[] = "undertone/v1/s/desk-1/rollout";
    assert_int_equal(put(TOPIC, REPORT("2"), 0), 0);
    assert_int_equal(rollouts, 2);
    assert_string_equal(last_device, "desk-1");
    assert_int_equal(put(TOPIC, REPORT("1"), 0), 0); /* no news */
    assert_int_equal(put(TOPIC, "", 0), 0);          /* what was retained is taken back */
    assert_int_equal(rollouts, 2);
    assert_int_equal(rejected(UT_INGEST_JSON), 0);
    assert_int_equal(put(TOPIC, "{\"Number\":2}", 0), 0);
    assert_int_equal(rejected(UT_INGEST_JSON), 1);
    assert_int_equal(put(TOPIC, REPORT("9"), 0), -1);
    assert_int_equal(fault.code, UT_EXIT_STORE_FULL);
    for (int i = 0; i < UT_INGEST_BURST; i++)
        assert_int_equal(put(TOPIC, REPORT("3"), 0), 0);
    assert_true(rejected(UT_INGEST_RATE_LIMIT) > 0 && rollouts < 3 * UT_INGEST_BURST);
}

static void reasons_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < UT_INGEST_REASONS; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(ut_ingest_reason_name((enum ut_ingest_reason)i),
                                    ut_ingest_reason_name((enum ut_ingest_reason)k));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_acknowledgement_comes_behind_the_commit),
        TEST(a_score_is_not_acknowledged),
        TEST(the_clock_that_differs_most),
        TEST(topics_of_others),
        TEST(what_is_malformed_is_counted_and_refused),
        TEST(what_the_ledger_says),
        TEST(what_cannot_be_committed_is_not_acknowledged),
        TEST(a_batch_that_is_full_says_so),
        TEST(one_device_holds_up_no_other),
        TEST(states_of_devices),
        TEST(a_question_is_about_a_call_of_its_desk),
        TEST(what_a_desk_says_of_a_rollout),
        TEST(reasons_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
