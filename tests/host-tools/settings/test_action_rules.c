/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/settings/action_rules.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct ut_config config;
static struct ut_action_rules rules;
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    ut_config_defaults(&config);
    fault = (struct ut_fault){0};
    return 0;
}

static int set(const char *section, const char *key, const char *value)
{
    return ut_config_set(&config, section, key, value, "a.ini:3", &fault);
}

/* "key = value" lines of an action. */
static void put(const char *name, const char *lines)
{
    char text[1000], section[60], *at = NULL;
    (void)snprintf(text, sizeof text, "%s", lines);
    (void)snprintf(section, sizeof section, "action.%s", name);
    for (char *line = strtok_r(text, "\n", &at); line != NULL; line = strtok_r(NULL, "\n", &at)) {
        char *value = strstr(line, " = ");
        *value = '\0';
        assert_int_equal(set(section, line, value + 3), 0);
    }
}

static const struct ut_action_rule *read_one(const char *lines)
{
    put("a", lines);
    assert_int_equal(ut_action_rules_read(&rules, &config, &fault), 0);
    assert_int_equal(rules.n, 1);
    return &rules.rule[0];
}

#define FLAG "on = ask_for_help.opened\ndo = webhook\nto = https://x/\n"

static void a_rule_with_all_it_can_have(void **state)
{
    (void)state;
    assert_int_equal(set("customer", "memory", "yes"), 0);
    const struct ut_action_rule *r =
        read_one("on = empathy_cue.opened, call.ended_worse flag.raised\n"
                 "when = frustration_slow >= 0.75, frustration_slow <= 0.9, customer.risk>=0.5\n"
                 "do = command\nto = /bin/cat -n x\ntext = Really?\nconsent = agent\ndefault = yes\nlimit = 3\n"
                 "quiet = 22:00-07:30\npark = 2");
    assert_int_equal(r->cues, 1U << UT_CUE_EMPATHY);
    assert_int_equal(r->on, UT_ACTION_ON_ENDED_WORSE | UT_ACTION_ON_FLAG);
    assert_int_equal(r->conditions, 3);
    assert_int_equal(r->how, UT_ACTION_COMMAND);
    assert_true(r->consent == UT_ACTION_ASKS_AGENT && r->otherwise);
    assert_false(ut_action_rules_ask_floor(&rules));
    assert_int_equal(r->limit, 3);
    assert_int_equal(r->park, 2);
    assert_true(ut_action_rule_quiet(r, 1320) && ut_action_rule_quiet(r, 0) && ut_action_rule_quiet(r, 449));
    assert_false(ut_action_rule_quiet(r, 450) || ut_action_rule_quiet(r, 1319));
}

static void a_supervisor_is_asked_by_way_of_the_floor(void **state)
{
    (void)state;
    assert_int_equal(set("mqtt", "brokers", "mqtt://127.0.0.1:1"), 0);
    assert_int_equal(read_one(FLAG "consent = supervisor\ntext = x")->consent, UT_ACTION_ASKS_SUPERVISOR);
    assert_true(ut_action_rules_ask_floor(&rules));
    put("b", FLAG "consent = agent\ntext = x\nwhen = frustration_slow >= 0.5");
    assert_int_equal(ut_action_rules_read(&rules, &config, &fault), -1);
    assert_non_null(strstr(fault.text, "does not ask the same"));
}

static void without_more_it_is_asked_of_nobody(void **state)
{
    (void)state;
    const struct ut_action_rule *r = read_one(FLAG);
    assert_false(r->consent != UT_ACTION_ASKS_NOBODY || r->otherwise);
    assert_int_equal(r->limit, 20);
    assert_int_equal(r->park, 5);
    assert_false(ut_action_rule_quiet(r, 0));
    const double nothing[UT_MEASURES] = {0};
    assert_true(ut_action_rule_holds(r, nothing));
}

static void what_is_not_known_fulfils_nothing(void **state)
{
    (void)state;
    const struct ut_action_rule *r = read_one(FLAG "when = frustration_slow >= 0.75, hold.minutes <= 2");
    double value[UT_MEASURES] = {0};
    assert_false(ut_action_rule_holds(r, value));
    value[UT_MEASURE_FRUSTRATION_SLOW] = 0.75;
    assert_true(ut_action_rule_holds(r, value));
    value[UT_MEASURE_HOLD_MINUTES] = 2.01;
    assert_false(ut_action_rule_holds(r, value));
    value[UT_MEASURE_HOLD_MINUTES] = (double)NAN;
    assert_false(ut_action_rule_holds(r, value));
}

static void what_cannot_be_is_refused_with_its_line(void **state)
{
    (void)state;
    static const char *const WRONG[][2] = {
        {"do = webhook\nto = https://x/", "is missing: what sets it off"},
        {"on = empathy_cue.closed\ndo = desktop\ntext = x", "give CUE.opened"},
        {"on = anger.opened\ndo = desktop\ntext = x", "there is no such cue"},
        {"on = good_moment.opened\ndo = desktop\ntext = x", "that cue is off"},
        {"on = call.ended\ntext = x", "give webhook, mqtt, command or desktop"},
        {"on = call.ended\ndo = desktop", "what does the note say"},
        {"on = call.ended\ndo = desktop\ntext = x\nto = y", "leave it out"},
        {"on = call.ended\ndo = webhook", "give the address"},
        {"on = call.ended\ndo = mqtt\nto = a/#", "without + and #"},
        {"on = call.ended\ndo = command\nto = /a 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24",
         "at most 24 words"},
        {"on = call.ended\ndo = command\nto = ls -l", "whole path"},
        {FLAG "when = frustration_slow > 0.5", "give conditions such as"},
        {FLAG "when = anger >= 0.5", "known are"},
        {FLAG "when = frustration_slow >= 1.5", "out of range"},
        {FLAG "when = frustration_slow >= nan", "out of range"},
        {FLAG "when = customer.risk >= 0.5", "[customer] memory"},
        {FLAG "when = frustration_slow >= 0.8, frustration_slow <= 0.7", "no number can fulfil"},
        {FLAG "when = delight_fast >= 0, delight_fast >= 0, delight_fast >= 0, delight_fast >= 0, delight_fast >= 0",
         "at most 4"},
        {"on = call.ended\ndo = desktop\ntext = R\xfc"
         "ckruf?",
         "saved as UTF-8"},
        {FLAG "consent = agent\ntext = R\xc3", "saved as UTF-8"},
        {FLAG "text = a\xe2\x80\xae"
              "b",
         "turns the direction of writing"},
        {"on = call.ended\ndo = mqtt\nto = b\xfcro/calls", "saved as UTF-8"},
        {FLAG "consent = boss", "give agent, supervisor or none"},
        {FLAG "consent = supervisor\ntext = x", "set [mqtt] brokers"},
        {FLAG "consent = agent", "what is to be asked"},
        {FLAG "default = yes", "nobody is asked"},
        {FLAG "consent = agent\ntext = x\ndefault = perhaps", "give yes or no"},
        {FLAG "limit = -1", "whole number"},
        {FLAG "park = 0", "whole number"},
        {FLAG "quiet = 7-22", "times of day"},
        {FLAG "quiet = 24:00-07:00", "times of day"},
        {FLAG "quiet = 07:00-07:00", "the whole day"},
    };
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        ut_config_defaults(&config);
        put("a", WRONG[i][0]);
        assert_int_equal(ut_action_rules_read(&rules, &config, &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
        assert_non_null(strstr(fault.text, "a.ini:3: [action.a]"));
        if (strstr(fault.text, WRONG[i][1]) == NULL)
            fail_msg("%s: %s", WRONG[i][1], fault.text);
    }
}

static void rules_that_contradict_each_other_are_refused(void **state)
{
    (void)state;
    put("a", FLAG);
    put("b", FLAG "when = frustration_slow >= 0.5");
    assert_int_equal(ut_action_rules_read(&rules, &config, &fault), -1);
    assert_non_null(strstr(fault.text, "[action.b]"));
    assert_non_null(strstr(fault.text, "[action.a] does the same on the same: it would be done twice"));
    ut_config_defaults(&config);
    put("a", FLAG "when = frustration_slow >= 0.5\nconsent = agent\ntext = x");
    put("b", FLAG "when = frustration_slow <= 0.5");
    assert_int_equal(ut_action_rules_read(&rules, &config, &fault), -1);
    assert_non_null(strstr(fault.text, "does not ask the same"));
    ut_config_defaults(&config);
    put("a", FLAG "when = frustration_slow >= 0.5");
    put("b", FLAG "when = frustration_slow <= 0.4");
    put("c", "on = call.ended\ndo = webhook\nto = https://x/");
    assert_int_equal(ut_action_rules_read(&rules, &config, &fault), 0);
}

static void sections_are_named_and_few(void **state)
{
    (void)state;
    char section[30];
    assert_int_equal(set("action.", "do", "desktop"), -1);
    assert_int_equal(set("action.A b", "do", "desktop"), -1);
    assert_int_equal(set("action.a", "colour", "red"), -1);
    assert_non_null(strstr(fault.text, "unknown key 'colour'"));
    for (int i = 0; i < UT_CONFIG_ACTIONS; i++) {
        (void)snprintf(section, sizeof section, "action.a%d", i);
        assert_int_equal(set(section, "do", "desktop"), 0);
    }
    assert_int_equal(set("action.more", "do", "desktop"), -1);
    assert_int_equal(set("action.a0", "do", "mqtt"), 0);
    assert_string_equal(config.action[0].value[UT_ACTION_DO], "mqtt");
}

static void a_command_is_words(void **state)
{
    (void)state;
    char text[] = "  /bin/a  --b c;d  ", many[200] = "", *word[UT_ACTION_WORDS + 1];
    assert_int_equal(ut_action_words(text, word), 3);
    assert_string_equal(word[0], "/bin/a");
    assert_string_equal(word[2], "c;d"); /* no shell */
    assert_null(word[3]);
    for (int i = 0; i < 60; i++)
        (void)strcat(many, "x ");
    assert_int_equal(ut_action_words(many, word), 60);
    assert_null(word[UT_ACTION_WORDS]);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(a_rule_with_all_it_can_have),
        TEST(a_supervisor_is_asked_by_way_of_the_floor),
        TEST(without_more_it_is_asked_of_nobody),
        TEST(what_is_not_known_fulfils_nothing),
        TEST(what_cannot_be_is_refused_with_its_line),
        TEST(rules_that_contradict_each_other_are_refused),
        TEST(sections_are_named_and_few),
        TEST(a_command_is_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
