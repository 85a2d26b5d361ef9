/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/desk/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_snapshot v;
static const struct ut_desk_link LINK = {.text = "live", .records_per_s = 4.96};

static int setup(void **state)
{
    (void)state;
    ut_snapshot_init(&v, "c", UT_ENGLISH);
    v.session = "s";
    v.t_ms = 20000;
    v.scored_ms = 15000;
    v.score_valid = 1;
    v.frustration_fast = 0.5;
    return 0;
}

static json_t *of(const char *path, json_t *root)
{
    char name[40];
    while (*path != '\0') {
        size_t n = strcspn(path, ".");
        (void)snprintf(name, sizeof name, "%.*s", (int)n, path);
        root = json_object_get(root, name);
        path += n + (path[n] == '.');
    }
    return root;
}

static void nothing_is_there_yet(void **state)
{
    (void)state;
    json_t *s = ut_desk_state(NULL, false, &LINK, NULL, UT_ENGLISH);
    assert_string_equal(json_string_value(of("State", s)), "none");
    assert_true(json_is_null(of("Score", s)));
    assert_true(json_is_null(of("Cue", s)));
    assert_string_equal(json_string_value(of("Link.Text", s)), "live");
    json_decref(s);
}

static void scores_have_an_age(void **state)
{
    (void)state;
    json_t *s = ut_desk_state(&v, true, &LINK, NULL, UT_ENGLISH);
    assert_string_equal(json_string_value(of("State", s)), "live");
    assert_int_equal(json_integer_value(of("Score.AgeMillis", s)), 5000);
    assert_true(json_number_value(of("Score.Frustration", s)) == 0.5);
    assert_true(json_number_value(of("Link.RecordsPerSecond", s)) == 5.0);
    assert_true(json_is_null(of("Facts.AgentShare", s))); /* nobody has spoken */
    json_decref(s);
    s = ut_desk_state(&v, false, &LINK, NULL, UT_ENGLISH);
    assert_string_equal(json_string_value(of("State", s)), "ended");
    json_decref(s);
}

static void no_score_says_why(void **state)
{
    (void)state;
    v.score_valid = 0;
    static const char *const words[] = {"erst nach der Ansage", "keine: der Kunde möchte es nicht",
                                        "keine: der eine Kanal enthält vielleicht beide Seiten"};
    for (int how = 0; how < 3; how++) {
        v.undisclosed = how == 0;
        v.refused = how == 1;
        v.undeclared = how == 2;
        v.scored_ms = how == 2 ? -1 : v.scored_ms;
        json_t *s = ut_desk_state(&v, true, &LINK, NULL, UT_GERMAN);
        assert_true(json_is_null(of("Score", s)));
        assert_string_equal(json_string_value(of("NoScore", s)), words[how]);
        json_decref(s);
    }
}

static void the_visible_cue_has_its_reason_and_its_id(void **state)
{
    (void)state;
    v.cue = UT_CUE_SILENCE;
    v.cue_event = 7;
    v.cue_since_ms = 19000;
    (void)snprintf(v.cue_why, sizeof v.cue_why, "because");
    json_t *handover = json_pack("{s:s}", "Kind", "transfer");
    json_t *s = ut_desk_state(&v, true, &LINK, handover, UT_ENGLISH);
    assert_string_equal(json_string_value(of("Cue.Id", s)), "s-000007");
    assert_string_equal(json_string_value(of("Cue.Why", s)), "because");
    assert_int_equal(json_integer_value(of("Cue.AgeMillis", s)), 1000);
    assert_string_equal(json_string_value(of("Handover.Kind", s)), "transfer");
    json_decref(s);
    json_decref(handover);
}

static void the_calls_before_are_there_while_they_are_told(void **state)
{
    (void)state;
    json_t *s = ut_desk_state(&v, true, &LINK, NULL, UT_ENGLISH);
    assert_true(json_is_null(of("Past", s)));
    json_decref(s);
    v.past = (struct ut_recollection){.text = "Last call", .risk = 0.25};
    s = ut_desk_state(&v, true, &LINK, NULL, UT_ENGLISH);
    assert_string_equal(json_string_value(of("Past.Text", s)), "Last call");
    assert_true(json_number_value(of("Past.Risk", s)) == 0.25);
    json_decref(s);
}

/* Pace and share are what is said of the agent. */
static void of_the_agent_nothing_is_felt(void **state)
{
    (void)state;
    json_t *s = ut_desk_state(&v, true, &LINK, NULL, UT_ENGLISH);
    char *text = json_dumps(s, 0);
    int found = 0;
    for (const char *at = text; (at = strstr(at, "Agent")) != NULL; at++)
        found++;
    assert_int_equal(found, 2);
    assert_non_null(of("Facts.AgentPace", s));
    assert_non_null(of("Facts.AgentShare", s));
    free(text);
    json_decref(s);
}

static void every_word_is_there_in_every_language(void **state)
{
    (void)state;
    json_t *english = ut_desk_words(UT_ENGLISH), *value;
    const char *word;
    assert_true(json_object_size(english) > 25);
    for (int language = UT_ENGLISH + 1; language < UT_LANGUAGES; language++) {
        json_t *words = ut_desk_words((enum ut_language)language);
        int same = 0;
        assert_int_equal(json_object_size(words), json_object_size(english));
        json_object_foreach(words, word, value)
        {
            assert_string_equal(json_string_value(json_object_get(english, word)), word);
            same += strcmp(json_string_value(value), word) == 0;
        }
        assert_int_equal(same, language == UT_FRENCH ? 2 : language == UT_SPANISH); /* Frustration, agent; No */
        json_decref(words);
    }
    json_decref(english);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_is_there_yet, setup),
        cmocka_unit_test_setup(scores_have_an_age, setup),
        cmocka_unit_test_setup(no_score_says_why, setup),
        cmocka_unit_test_setup(the_visible_cue_has_its_reason_and_its_id, setup),
        cmocka_unit_test_setup(of_the_agent_nothing_is_felt, setup),
        cmocka_unit_test_setup(the_calls_before_are_there_while_they_are_told, setup),
        cmocka_unit_test_setup(every_word_is_there_in_every_language, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
