/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cue_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void every_number_is_filled_in(void **state)
{
    (void)state;
    for (int i = 0; i < UT_PARAMS; i++) {
        const struct ut_param_info *p = &ut_param_info[i];
        assert_non_null(p->section);
        assert_non_null(p->key);
        assert_true(strlen(p->unit) > 0 && strlen(p->meaning) > 0);
        assert_true(p->low < p->high);
        assert_true(p->value >= p->low && p->value <= p->high);
        for (int j = 0; j < i; j++)
            assert_true(strcmp(p->section, ut_param_info[j].section) != 0 || strcmp(p->key, ut_param_info[j].key) != 0);
    }
}

static void every_cue_has_its_six(void **state)
{
    (void)state;
    static const char *const keys[] = {"enabled", "on", "hold", "off", "release", "refractory"};
    for (int cue = 0; cue < UT_CUES; cue++) {
        const char *name = ut_cue_info[cue].name;
        assert_int_equal(ut_cue_find(name), cue);
        for (int k = 0; k < 6; k++) {
            const struct ut_param_info *p = &ut_param_info[(int)ut_cue_param((enum ut_cue)cue) + k];
            assert_string_equal(p->section, name);
            assert_string_equal(p->key, keys[k]);
        }
    }
    assert_int_equal(ut_cue_find("no_such_cue"), UT_CUES);
}

/* The product's thresholds; a change here is a change of the product. */
static void defaults_are_the_published_ones(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double on, hold, off, release, refractory;
    } published[] = {
        {"extended_silence", 6, 0, 0.3, 0, 30},         {"continuous_speaking", 30, 0, 1.5, 0, 45},
        {"frequent_overlaps", 3, 0, 20, 0, 60},         {"interrupting_customer", 2, 0, 30, 0, 60},
        {"customer_raised_voice", 6, 2, 3, 5, 45},      {"empathy_cue", 0.65, 3, 0.45, 5, 30},
        {"positive_interaction", 0.70, 2, 0.5, 4, 120},
    };
    assert_int_equal(sizeof published / sizeof published[0], UT_CUES);
    for (int i = 0; i < UT_CUES; i++) {
        enum ut_cue cue = ut_cue_find(published[i].name);
        assert_true(cue < UT_CUES);
        const struct ut_param_info *p = &ut_param_info[ut_cue_param(cue)];
        assert_true(p[UT_COMMON_ENABLED].value == 1);
        assert_true(p[UT_COMMON_ON].value == published[i].on);
        assert_true(p[UT_COMMON_HOLD].value == published[i].hold);
        assert_true(p[UT_COMMON_OFF].value == published[i].off);
        assert_true(p[UT_COMMON_RELEASE].value == published[i].release);
        assert_true(p[UT_COMMON_REFRACTORY].value == published[i].refractory);
    }
}

/* Nothing an agent reads speaks of the agent's feelings, of truthfulness or of a diagnosis. */
static void texts_keep_to_the_vocabulary(void **state)
{
    (void)state;
    static const char *const banned[] = {"you feel", "you are", "you sound", "your mood", "your emotion", "calm down",
                                         "angry",    "lying",   "honest",    "truth",     "stress",       "upset"};
    static const char *const roles[] = {"AGENT", "CUSTOMER", "BOTH"};
    for (int cue = 0; cue < UT_CUES; cue++) {
        const struct ut_cue_info *c = &ut_cue_info[cue];
        int known = 0;
        for (int i = 0; i < 3; i++)
            known += strcmp(c->role, roles[i]) == 0;
        assert_int_equal(known, 1);
        assert_true(strlen(c->title) > 0 && strlen(c->text) > 0 && strlen(c->rule) > 0);
        for (size_t i = 0; i < sizeof banned / sizeof banned[0]; i++) {
            assert_null(strstr(c->title, banned[i]));
            assert_null(strstr(c->text, banned[i]));
            assert_null(strstr(c->rule, banned[i]));
        }
        if (strstr(c->title, "sounds") != NULL) /* only the customer is said to sound like anything */
            assert_int_equal(strncmp(c->title, "Customer", 8), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_is_filled_in),
        cmocka_unit_test(every_cue_has_its_six),
        cmocka_unit_test(defaults_are_the_published_ones),
        cmocka_unit_test(texts_keep_to_the_vocabulary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
