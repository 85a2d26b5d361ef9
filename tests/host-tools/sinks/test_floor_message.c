/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/floor_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BOOT "01a2281e-4c47-7019-8312-0bf93b8f283b"

static void topics_there_and_back(void **state)
{
    (void)state;
    static const char *const last[UT_FLOOR_KINDS] = {"status", "score", "call",   "cue",     "flag",    "ack",
                                                     "audit",  "ask",   "answer", "outcome", "receipt", "rollout"};
    for (int i = 0; i < UT_FLOOR_KINDS; i++) {
        char text[UT_FLOOR_TOPIC], wanted[UT_FLOOR_TOPIC];
        struct ut_floor_topic t;
        ut_floor_topic_text("a.b", "desk_7-x", (enum ut_floor_kind)i, text);
        (void)snprintf(wanted, sizeof wanted, "undertone/v1/a.b/desk_7-x/%s", last[i]);
        assert_string_equal(text, wanted);
        assert_int_equal(ut_floor_topic_parse(text, &t), 0);
        assert_string_equal(t.site, "a.b");
        assert_string_equal(t.device, "desk_7-x");
        assert_int_equal(t.kind, i);
    }
    char longest[UT_IDENTITY_MAX + 1], text[UT_FLOOR_TOPIC];
    struct ut_floor_topic t;
    memset(longest, 'x', UT_IDENTITY_MAX);
    longest[UT_IDENTITY_MAX] = '\0';
    ut_floor_topic_text(longest, longest, UT_FLOOR_STATUS, text);
    assert_int_equal(ut_floor_topic_parse(text, &t), 0);
    assert_string_equal(t.device, longest);
}

static void no_topics(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "undertone/v1/",
        "undertone/v1/s/d",
        "undertone/v1/s/d/",
        "undertone/v1/s/d/cue/",
        "undertone/v1/s/d/Cue",
        "undertone/v1/s/d/cmd",
        "undertone/v1//d/cue",
        "undertone/v1/s//cue",
        "undertone/v2/s/d/cue",
        "undertone/v1/s/d e/cue",
        "undertone/v1/+/d/cue",
        "/undertone/v1/s/d/cue",
        "undertone/v1/s/0123456789012345678901234567890123456789012345678901234567890123x/cue"};
    struct ut_floor_topic t;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ut_floor_topic_parse(bad[i], &t), -1);
}

static void kinds_of_types(void **state)
{
    (void)state;
    assert_int_equal(ut_floor_kind_of("undertone.cue.opened.v1"), UT_FLOOR_CUE);
    assert_int_equal(ut_floor_kind_of("undertone.flag.lowered.v1"), UT_FLOOR_FLAG);
    assert_int_equal(ut_floor_kind_of("undertone.score.v1"), UT_FLOOR_SCORE);
    assert_int_equal(ut_floor_kind_of("undertone.session.started.v1"), UT_FLOOR_CALL);
    assert_int_equal(ut_floor_kind_of("undertone.hold.ended.v1"), UT_FLOOR_CALL);
}

static void which_program_serves(void **state)
{
    (void)state;
    char topic[UT_FLOOR_TOPIC], boot[UT_IDENTITY_UUID] = "";
    struct ut_floor_topic t;
    ut_floor_served_topic("berlin", topic);
    assert_string_equal(topic, "undertone/v1/berlin/floor");
    assert_int_equal(ut_floor_topic_parse(topic, &t), -1); /* no device's */
    char *text = ut_floor_served_text(BOOT, 7);
    assert_string_equal(text, "{\"Boot\":\"" BOOT "\",\"Epoch\":7}");
    assert_int_equal(ut_floor_served_parse(text, strlen(text), boot), 0);
    assert_string_equal(boot, BOOT);
    free(text);
    text = ut_floor_served_text(BOOT, 0);
    assert_string_equal(text, "{\"Boot\":\"" BOOT "\"}");
    free(text);
    static const char *const bad[] = {
        "", "{}", "[]", "{\"Boot\":1}", "{\"Boot\":\"short\"}", "{\"Boot\":\"" BOOT "0\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ut_floor_served_parse(bad[i], strlen(bad[i]), boot), -1);
    static const char ONE[] = "{\"Boot\":\"" BOOT "\"}";
    char heard[UT_IDENTITY_UUID] = "";
    assert_true(ut_floor_served_news(ONE, strlen(ONE), heard));
    assert_string_equal(heard, BOOT);
    assert_false(ut_floor_served_news(ONE, strlen(ONE), heard));
    assert_false(ut_floor_served_news("{}", 2, heard));
    assert_string_equal(heard, BOOT);
}

static int parse_ack(const char *text, struct ut_floor_ack *ack)
{
    return ut_floor_ack_parse(text, strlen(text), ack);
}

static void acknowledgements(void **state)
{
    (void)state;
    struct ut_floor_ack made = {.session = "s-1", .sequence = 4000000000}, read;
    char *text = ut_floor_ack_text(&made);
    assert_string_equal(text, "{\"Session\":\"s-1\",\"Sequence\":4000000000}");
    assert_int_equal(parse_ack(text, &read), 0);
    assert_memory_equal(&made, &read, sizeof made);
    free(text);
    made = (struct ut_floor_ack){.session = "s", .refused = "type"};
    text = ut_floor_ack_text(&made);
    assert_int_equal(parse_ack(text, &read), 0);
    assert_string_equal(read.refused, "type");
    free(text);
    assert_int_equal(parse_ack("{\"Session\":\"s\",\"Sequence\":0,\"Refused\":\"\",\"More\":[1]}", &read), 0);
    assert_string_not_equal(read.refused, "");
    static const char *const bad[] = {"",
                                      "[]",
                                      "{}",
                                      "{\"Session\":\"s\"}",
                                      "{\"Session\":\"s\",\"Sequence\":-1}",
                                      "{\"Session\":\"s\",\"Sequence\":4294967296}",
                                      "{\"Session\":\"s\",\"Sequence\":1.5}",
                                      "{\"Session\":\"s\",\"Sequence\":\"1\"}",
                                      "{\"Session\":\"\",\"Sequence\":1}",
                                      "{\"Session\":\"a b\",\"Sequence\":1}",
                                      "{\"Session\":\"s\",\"Sequence\":1,\"Sequence\":2}",
                                      "{\"Session\":\"s\",\"Sequence\":1} x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(parse_ack(bad[i], &read), -1);
}

/* A reason's character that does not fit is cut to something that is still text. */
static void a_reason_is_text(void **state)
{
    (void)state;
    struct ut_floor_ack ack;
    char text[300] = "{\"Session\":\"s\",\"Sequence\":0,\"Refused\":\"x";
    for (int i = 0; i < 60; i++)
        (void)strcat(text, "\xC3\xA4");
    (void)strcat(text, "\"}");
    assert_int_equal(parse_ack(text, &ack), 0);
    assert_int_equal(strlen(ack.refused), UT_FLOOR_REASON - 1);
    assert_true((unsigned char)ack.refused[UT_FLOOR_REASON - 2] < 0x80 ||
                (unsigned char)ack.refused[UT_FLOOR_REASON - 2] == 0xA4);
}

static int parse_status(const char *text, struct ut_floor_status *status)
{
    return ut_floor_status_parse(text, strlen(text), status);
}

static void states(void **state)
{
    (void)state;
    for (int i = UT_FLOOR_CONNECTED; i <= UT_FLOOR_LOST; i++) {
        struct ut_floor_status made = {.state = (enum ut_floor_state)i, .boot = BOOT, .connection = 7}, read;
        (void)strcpy(made.session, i == UT_FLOOR_CONNECTED ? "s" : "");
        char *text = ut_floor_status_text(&made);
        assert_int_equal(parse_status(text, &read), 0);
        assert_memory_equal(&made, &read, sizeof made);
        free(text);
    }
    static const char *const bad[] = {"{\"State\":\"connected\"}",
                                      "{\"State\":\"connected\",\"Boot\":\"" BOOT "\"}",
                                      "{\"State\":\"connected\",\"Boot\":\"" BOOT "\",\"Connection\":0}",
                                      "{\"State\":\"connected\",\"Boot\":\"short\",\"Connection\":1}",
                                      "{\"State\":\"gone\",\"Boot\":\"" BOOT "\",\"Connection\":1}",
                                      "{\"Boot\":\"" BOOT "\",\"Connection\":1}",
                                      "{\"State\":\"lost\",\"Boot\":\"" BOOT "\",\"Connection\":1,\"Session\":\"a b\"}",
                                      "{\"State\":\"lost\",\"Boot\":\"" BOOT "\",\"Connection\":1,\"Session\":3}"};
    struct ut_floor_status read;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(parse_status(bad[i], &read), -1);
}

static void questions(void **state)
{
    (void)state;
    struct ut_floor_question made = {.id = "a1",
                                     .session = "s-1",
                                     .action = "act",
                                     .text = "May \"we\"? \xC3\xA4",
                                     .otherwise = true,
                                     .remaining_ms = UT_ACTION_ASK_MS},
                             read;
    char *text = ut_floor_question_text(&made);
    assert_int_equal(ut_floor_question_parse(text, strlen(text), &read), 0);
    assert_memory_equal(&made, &read, sizeof made);
    free(text);
    memset(made.text, '"', sizeof made.text - 1); /* the longest, which is twice as long in JSON */
    memset(made.action, 'x', sizeof made.action - 1);
    memset(made.session, 'x', UT_IDENTITY_MAX);
    text = ut_floor_question_text(&made);
    assert_int_equal(ut_floor_question_parse(text, strlen(text), &read), 0);
    assert_memory_equal(&made, &read, sizeof made);
    free(text);
#define QUESTION(id, text, otherwise, ms)                                                                              \
    "{\"Id\":" id ",\"Session\":\"s\",\"Action\":\"a\",\"Text\":" text ",\"Default\":" otherwise                       \
    ",\"RemainingMillis\":" ms "}"
    static const char *const bad[] = {"{}",
                                      QUESTION("\"a b\"", "\"?\"", "\"no\"", "1"),
                                      QUESTION("\"a\"", "\"\"", "\"no\"", "1"),
                                      QUESTION("\"a\"", "\"x\\ny\"", "\"no\"", "1"),
                                      QUESTION("\"a\"", "7", "\"no\"", "1"),
                                      QUESTION("\"a\"", "\"?\"", "\"perhaps\"", "1"),
                                      QUESTION("\"a\"", "\"?\"", "true", "1"),
                                      QUESTION("\"a\"", "\"?\"", "\"no\"", "0"),
                                      QUESTION("\"a\"", "\"?\"", "\"no\"", "10001"),
                                      QUESTION("\"a\"", "\"?\"", "\"no\"", "\"1\"")};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ut_floor_question_parse(bad[i], strlen(bad[i]), &read), -1);
}

static void answers(void **state)
{
    (void)state;
    struct ut_floor_answer made = {.id = "a1", .by = "Kim", .yes = true}, read;
    char *text = ut_floor_answer_text(&made);
    assert_string_equal(text, "{\"Id\":\"a1\",\"Answer\":\"yes\",\"By\":\"Kim\"}");
    assert_int_equal(ut_floor_answer_parse(text, strlen(text), &read), 0);
    assert_memory_equal(&made, &read, sizeof made);
    free(text);
    static const char *const bad[] = {"", "{}", "{\"Id\":\"a\",\"Answer\":\"yes\"}",
                                      "{\"Id\":\"a\",\"Answer\":\"y\",\"By\":\"x\"}",
                                      "{\"Answer\":\"yes\",\"By\":\"x\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ut_floor_answer_parse(bad[i], strlen(bad[i]), &read), -1);
}

/* What is typed is judged as the desk judges it, which says nothing of what it does not take. */
static void an_answer_is_made_as_it_is_taken(void **state)
{
    (void)state;
    struct ut_floor_answer made;
    char longest[UT_IDENTITY_MAX + 2];
    memset(longest, 'x', sizeof longest);
    longest[UT_IDENTITY_MAX + 1] = '\0';
    assert_int_equal(ut_floor_answer_make("a1", "no", longest, &made), -1);
    longest[UT_IDENTITY_MAX] = '\0';
    assert_int_equal(ut_floor_answer_make("a1", "no", longest, &made), 0);
    assert_true(strcmp(made.id, "a1") == 0 && !made.yes && strcmp(made.by, longest) == 0);
    assert_int_equal(ut_floor_answer_make("a1", "yes", "J\xc3\xb6rg Lee", &made), 0);
    assert_true(made.yes);
    static const char *const by[] = {NULL, "", "Ann\tLee", "Ann\n", "Ann\x7f", "\xff"};
    for (size_t i = 0; i < sizeof by / sizeof by[0]; i++)
        assert_int_equal(ut_floor_answer_make("a1", "no", by[i], &made), -1);
    assert_int_equal(ut_floor_answer_make("a1", "perhaps", "Kim", &made), -1);
    assert_int_equal(ut_floor_answer_make("a1", NULL, "Kim", &made), -1);
    assert_int_equal(ut_floor_answer_make("a/1", "no", "Kim", &made), -1);
}

static void outcomes_and_their_receipts(void **state)
{
    (void)state;
    static const char GOOD[] = "{\"Id\":\"crm-1\",\"Call\":\"+49 30 1\",\"Outcome\":\"csat5\",\"More\":1}";
    struct ut_floor_outcome o;
    assert_int_equal(ut_floor_outcome_parse(GOOD, strlen(GOOD), &o), 0);
    assert_string_equal(o.id, "crm-1");
    assert_string_equal(o.call, "+49 30 1");
    assert_string_equal(o.outcome, "csat5");
    static const char HALF[] = "{\"Id\":\"crm-2\",\"Call\":7}"; /* is answered, by its id */
    assert_int_equal(ut_floor_outcome_parse(HALF, strlen(HALF), &o), -1);
    assert_string_equal(o.id, "crm-2");
    assert_int_equal(ut_floor_outcome_parse("{\"Id\":\"a b\"}", 12, &o), -1);
    assert_string_equal(o.id, "");
    struct ut_floor_receipt taken = {.id = "crm-1"}, refused = {.id = "crm-2", .refused = "no"};
    char *text = ut_floor_receipt_text(&taken), *other = ut_floor_receipt_text(&refused);
    assert_string_equal(text, "{\"Id\":\"crm-1\"}");
    assert_string_equal(other, "{\"Id\":\"crm-2\",\"Refused\":\"no\"}");
    free(text);
    free(other);
}

static void a_later_boot_and_a_later_connection(void **state)
{
    (void)state;
    const struct ut_floor_status a = {.boot = BOOT, .connection = 2}, b = {.boot = BOOT, .connection = 3},
                                 c = {.boot = "02a2281e-4c47-7019-8312-0bf93b8f283b", .connection = 1};
    assert_int_equal(ut_floor_status_order(&a, &a), 0);
    assert_true(ut_floor_status_order(&a, &b) < 0 && ut_floor_status_order(&b, &a) > 0);
    assert_true(ut_floor_status_order(&b, &c) < 0 && ut_floor_status_order(&c, &b) > 0);
}

static void what_a_ring_is_to_take(void **state)
{
    (void)state;
    char topic[UT_FLOOR_TOPIC];
    struct ut_floor_topic t;
    struct ut_floor_rollout made = {.number = 7, .from = "https://floor.example:8443"}, read;
    ut_floor_rollout_topic("berlin", "canary", topic);
    assert_string_equal(topic, "undertone/v1/berlin/rollout-canary");
    assert_int_equal(ut_floor_topic_parse(topic, &t), -1); /* no device's */
    memset(made.note, '\n', sizeof made.note - 1);         /* the longest, which is twice as long in JSON */
    char *text = ut_floor_rollout_text(&made);
    assert_int_equal(ut_floor_rollout_parse(text, strlen(text), &read), -1);
    free(text);
    memset(made.note, '\0', sizeof made.note);
    memset(made.note, 'x', sizeof made.note - 60);
    memset(made.note, '\n', 20);
    text = ut_floor_rollout_text(&made);
    assert_int_equal(ut_floor_rollout_parse(text, strlen(text), &read), 0);
    assert_memory_equal(&made, &read, sizeof made);
    free(text);
    made.stopped = true;
    text = ut_floor_rollout_text(&made);
    assert_int_equal(ut_floor_rollout_parse(text, strlen(text), &read), 0);
    assert_true(read.stopped && read.number == 7 && read.note[0] == '\0');
    free(text);
    static const char BARE[] = "{\"Number\":7,\"State\":\"stopped\"}";
    assert_int_equal(ut_floor_rollout_parse(BARE, strlen(BARE), &read), 0);
    static const char *const bad[] = {"",
                                      "[]",
                                      "{\"State\":\"stopped\"}",
                                      "{\"Number\":0,\"State\":\"stopped\"}",
                                      "{\"Number\":2147483648,\"State\":\"stopped\"}",
                                      "{\"Number\":1,\"State\":\"waiting\",\"From\":\"x\",\"Note\":\"n\"}",
                                      "{\"Number\":1,\"State\":\"open\",\"From\":\"x\"}",
                                      "{\"Number\":1,\"State\":\"open\",\"From\":\"\",\"Note\":\"n\"}",
                                      "{\"Number\":1,\"State\":\"open\",\"Note\":\"n\"}",
                                      "{\"Number\":\"1\",\"State\":\"open\",\"From\":\"x\",\"Note\":\"n\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ut_floor_rollout_parse(bad[i], strlen(bad[i]), &read), -1);
}

static void how_far_a_desk_has_come(void **state)
{
    (void)state;
    struct ut_floor_rollout_report made = {.number = 7, .boot = BOOT}, read;
    memset(made.why, '"', sizeof made.why - 1);
    for (int i = 0; i < UT_FLOOR_ROLLOUT_STATES; i++) {
        made.state = (enum ut_floor_rollout_state)i;
        char *text = ut_floor_rollout_report_text(&made);
        assert_int_equal(ut_floor_rollout_report_parse(text, strlen(text), &read), 0);
        assert_memory_equal(&made, &read, sizeof made);
        free(text);
    }
    static const char BARE[] = "{\"Number\":1,\"State\":\"trying\",\"Boot\":\"" BOOT "\"}";
    assert_int_equal(ut_floor_rollout_report_parse(BARE, strlen(BARE), &read), 0);
    assert_true(read.state == UT_FLOOR_TRYING && read.why[0] == '\0');
    static const char LINES[] = "{\"Number\":1,\"State\":\"refused\",\"Why\":\"a\\nb\",\"Boot\":\"" BOOT "\"}";
    assert_int_equal(ut_floor_rollout_report_parse(LINES, strlen(LINES), &read), 0);
    assert_string_equal(read.why, "a?b");
    static const char *const bad[] = {"{}",
                                      "{\"Number\":1,\"Boot\":\"" BOOT "\"}",
                                      "{\"Number\":1,\"State\":\"open\",\"Boot\":\"" BOOT "\"}",
                                      "{\"Number\":1,\"State\":\"trying\",\"Boot\":\"short\"}",
                                      "{\"Number\":-1,\"State\":\"trying\",\"Boot\":\"" BOOT "\"}",
                                      "{\"Number\":1,\"State\":\"trying\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ut_floor_rollout_report_parse(bad[i], strlen(bad[i]), &read), -1);
}

/* What serve and a desk send on as it came would end at one. */
static void a_zero_byte_is_no_message(void **state)
{
    (void)state;
    char text[] = "{\"Sequence\":7 ,\"Session\":\"s\"}";
    struct ut_floor_ack ack;
    assert_int_equal(ut_floor_ack_parse(text, sizeof text - 1, &ack), 0);
    *strchr(text, ' ') = '\0';
    assert_int_equal(ut_floor_ack_parse(text, sizeof text - 1, &ack), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topics_there_and_back),
        cmocka_unit_test(no_topics),
        cmocka_unit_test(kinds_of_types),
        cmocka_unit_test(which_program_serves),
        cmocka_unit_test(acknowledgements),
        cmocka_unit_test(a_reason_is_text),
        cmocka_unit_test(a_zero_byte_is_no_message),
        cmocka_unit_test(states),
        cmocka_unit_test(questions),
        cmocka_unit_test(answers),
        cmocka_unit_test(an_answer_is_made_as_it_is_taken),
        cmocka_unit_test(outcomes_and_their_receipts),
        cmocka_unit_test(a_later_boot_and_a_later_connection),
        cmocka_unit_test(what_a_ring_is_to_take),
        cmocka_unit_test(how_far_a_desk_has_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
