/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/simulate/script.h"

#include "firmware/engine.h"
#include "firmware/turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_script s;
static struct ut_fault fault;

static int parse(const char *text)
{
    char *copy = strdup(text);
    assert_non_null(copy);
    fault = (struct ut_fault){0};
    int done = ut_script_parse(&s, copy, "f.txt", &fault);
    free(copy);
    return done;
}

static void a_script_is_read(void **state)
{
    (void)state;
    assert_int_equal(parse("# what it is about\n"
                           "\tcall  one  # a remark\r\n"
                           "0 agent 2.5 level=-30 pace=5\n"
                           "2 customer 3 frustration=0.1..0.9 loudness=70\n"
                           "5 abstain noise\n"
                           "5 lose 3\n"
                           "5.001 garbage 40\n"
                           "6 vanish 1.5\n"
                           "\n"
                           "8 end\n"
                           "call two\n"
                           "1 end"),
                     0);
    assert_int_equal(s.calls, 2);
    assert_string_equal(s.call[0].name, "one");
    assert_int_equal(s.call[0].end_ms, 8000);
    assert_int_equal(s.call[0].count, 6);
    assert_int_equal(s.call[1].first, 6);
    assert_int_equal(s.call[1].count, 0);
    const struct ut_script_step *x = s.step;
    assert_int_equal(x[0].word, UT_SCRIPT_SPEAK);
    assert_int_equal(x[0].party, UT_AGENT);
    assert_int_equal(x[0].for_ms, 2500);
    assert_true(x[0].sound[UT_SCRIPT_LEVEL].set && x[0].sound[UT_SCRIPT_LEVEL].to == -30);
    assert_true(x[0].sound[UT_SCRIPT_AGENT_PACE].set && !x[0].sound[UT_SCRIPT_PACE].set);
    assert_int_equal(x[1].party, UT_CUSTOMER);
    assert_true(x[1].sound[UT_SCRIPT_FRUSTRATION].from == 0.1 && x[1].sound[UT_SCRIPT_FRUSTRATION].to == 0.9);
    assert_false(x[1].sound[UT_SCRIPT_DELIGHT].set);
    assert_int_equal(x[2].count, UT_ABSTAIN_NOISE);
    assert_int_equal(x[3].count, 3);
    assert_int_equal(x[4].t_ms, 5001);
    assert_int_equal(x[5].for_ms, 1500);
    ut_script_free(&s);
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } of[] = {{"", "has no call"},
              {"# nothing\n", "has no call"},
              {"1 agent 1\n", "line 1: no call has begun"},
              {"call\n", "line 1: call: give a name"},
              {"call a/b\n", "line 1: call: give a name"},
              {"call a b\n", "line 1: 'b' is one word too many"},
              {"call a\ncall b\n", "line 2: call a has no end yet"},
              {"call a\n1 agent 1\n", "call a has no end"},
              {"call a\nx agent 1\n", "line 2: 'x' is neither"},
              {"call a\n-1 agent 1\n", "line 2: '-1' is neither"},
              {"call a\n86401 end\n", "line 2: '86401' is neither"},
              {"call a\n1e3 end\n", "line 2: '1e3' is neither"},
              {"call a\n2 agent 1\n1 customer 1\n", "line 3: 1 s is before"},
              {"call a\n1\n", "line 2: a time alone"},
              {"call a\n1 shouts 1\n", "line 2: 'shouts' is no word"},
              {"call a\n1 agent\n", "line 2: agent: give for how many"},
              {"call a\n1 agent 0\n", "line 2: agent: give for how many"},
              {"call a\n1 customer 2\n2.9 customer 1\n", "line 3: the customer speaks already, until 3 s"},
              {"call a\n1 agent 2 frustration=0.5\n", "line 2: 'frustration': an agent has level and pace"},
              {"call a\n1 customer 2 level=-3\n", "line 2: 'level': a customer has"},
              {"call a\n1 customer 2 loud\n", "line 2: 'loud': give KEY"},
              {"call a\n1 customer 2 frustration=1.1\n", "line 2: frustration: give it once"},
              {"call a\n1 customer 2 frustration=0..2\n", "line 2: frustration: give it once"},
              {"call a\n1 customer 2 frustration=nan\n", "line 2: frustration: give it once"},
              {"call a\n1 customer 2 frustration=\n", "line 2: frustration: give it once"},
              {"call a\n1 customer 2 frustration=0.1 frustration=0.2\n", "line 2: frustration: give it once"},
              {"call a\n1 abstain\n", "line 2: abstain: give none"},
              {"call a\n1 abstain boredom\n", "line 2: abstain: give none"},
              {"call a\n1 lose 0\n", "line 2: '0': give a whole number, 1 to 200"},
              {"call a\n1 lose 201\n", "line 2: '201': give a whole number"},
              {"call a\n1 garbage 1.5\n", "line 2: '1.5': give a whole number, 1 to 10000"},
              {"call a\n1 vanish\n", "line 2: vanish: give for how many"},
              {"call a\n0 end\n", "line 2: the call ends before it is over"},
              {"call a\n1 agent 2\n2.9 end\n", "line 3: the call ends before it is over: somebody speaks until 3 s"},
              {"call a\n1 agent 2\n3 end now\n", "line 3: 'now' is one word too many"}};
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
        assert_int_equal(parse(of[i].text), -1);
        assert_int_equal(fault.code, UT_EXIT_SCRIPT);
        if (strstr(fault.text, of[i].says) == NULL)
            fail_msg("%s: %s", of[i].text, fault.text);
        assert_null(s.call);
        assert_null(s.step);
    }
}

static void files(void **state)
{
    (void)state;
    assert_int_equal(ut_script_read(&s, NULL, &fault), 0);
    assert_int_equal(s.calls, 3);
    ut_script_free(&s);
    assert_int_equal(ut_script_read(&s, "/nonexistent/script", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_script_is_read),
                                       cmocka_unit_test(what_is_wrong_is_said_with_its_line), cmocka_unit_test(files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
