/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/questions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct ut_questions q;

static const struct ut_question *take(const char *device, int id, int64_t now, bool *news)
{
    struct ut_floor_question asked = {
        .session = "s", .action = "act", .text = "May we?", .remaining_ms = UT_ACTION_ASK_MS};
    (void)snprintf(asked.id, sizeof asked.id, "q%d", id);
    return ut_questions_take(&q, device, &asked, now, news);
}

static int setup(void **state)
{
    (void)state;
    q = (struct ut_questions){.n = 0};
    return 0;
}

static void it_is_one_however_often_it_is_asked(void **state)
{
    (void)state;
    bool news;
    const struct ut_question *one = take("desk", 1, 100, &news);
    assert_non_null(one);
    assert_true(news);
    assert_int_equal(one->until_ms, 100 + UT_ACTION_ASK_MS);
    assert_ptr_equal(take("desk", 1, 5000, &news), one);
    assert_false(news);
    assert_int_equal(one->until_ms, 100 + UT_ACTION_ASK_MS); /* asking again gives no more time */
    assert_null(take("other", 1, 5000, &news));              /* nor is it another's */
    assert_int_equal(ut_questions_due_ms(&q, 99 + UT_ACTION_ASK_MS), 1);
    assert_int_equal(ut_questions_due_ms(&q, 101 + UT_ACTION_ASK_MS), 0);
    assert_int_equal(ut_questions_expire(&q, 99 + UT_ACTION_ASK_MS), 0);
    assert_int_equal(ut_questions_expire(&q, 100 + UT_ACTION_ASK_MS), 1);
    assert_int_equal(q.n, 0);
    assert_int_equal(ut_questions_due_ms(&q, 0), -1);
}

static void the_first_answer_stays(void **state)
{
    (void)state;
    bool news;
    struct ut_floor_answer yes = {.id = "q1", .by = "Kim", .yes = true}, no = {.id = "q1", .by = "Ada"};
    assert_null(ut_questions_answer(&q, &yes, 0));
    (void)take("desk", 1, 0, &news);
    assert_non_null(ut_questions_find(&q, "q1", 1));
    const struct ut_question *one = ut_questions_answer(&q, &yes, 1);
    assert_true(one->answered && one->answer.yes);
    assert_true(ut_questions_answer(&q, &no, 2)->answer.yes);
    assert_true(take("desk", 1, 3, &news)->answered); /* whoever asks again may hear it */
    json_t *list = ut_questions_json(&q, 4000), *said = json_array_get(list, 0);
    assert_string_equal(json_string_value(json_object_get(said, "Answer")), "yes");
    assert_string_equal(json_string_value(json_object_get(said, "By")), "Kim");
    assert_int_equal(json_integer_value(json_object_get(said, "RemainingMillis")), UT_ACTION_ASK_MS - 4000);
    assert_null(json_object_get(said, "Device"));
    json_decref(list);
    assert_null(ut_questions_answer(&q, &yes, UT_ACTION_ASK_MS)); /* too late */
    assert_null(ut_questions_find(&q, "q1", UT_ACTION_ASK_MS));
}

static void there_are_only_so_many(void **state)
{
    (void)state;
    bool news;
    char device[20];
    for (int i = 0; i < UT_QUESTIONS_OF; i++)
        assert_non_null(take("desk", i, 0, &news));
    assert_null(take("desk", 100, 0, &news));
    assert_true(news); /* said once, and counted */
    assert_null(take("desk", 100, 500, &news));
    assert_false(news);
    assert_int_equal(q.not_shown, 1);
    for (int i = 1; i < 20; i++) {
        assert_null(take("desk", 100 + i, 0, &news));
        assert_int_equal(news, i < UT_QUESTIONS_OF); /* who floods does not fill the record */
    }
    assert_int_equal(q.not_shown, 20);
    for (int i = UT_QUESTIONS_OF; i < UT_QUESTIONS; i++) {
        (void)snprintf(device, sizeof device, "desk-%d", i);
        assert_non_null(take(device, i, 0, &news));
    }
    assert_null(take("one-more", 1000, 0, &news));
    assert_true(news);
    assert_non_null(take("one-more", 1000, UT_ACTION_ASK_MS, &news)); /* those before it have gone */
    assert_int_equal(q.n, 1);
}

static void those_of_a_session_go(void **state)
{
    (void)state;
    bool news;
    (void)take("desk", 1, 0, &news);
    (void)take("desk", 2, 0, &news);
    assert_int_equal(ut_questions_forget(&q, "another"), 0);
    assert_int_equal(ut_questions_forget(&q, "s"), 2);
    json_t *list = ut_questions_json(&q, 0);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(it_is_one_however_often_it_is_asked),
        TEST(the_first_answer_stays),
        TEST(there_are_only_so_many),
        TEST(those_of_a_session_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
