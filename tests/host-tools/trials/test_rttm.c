/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/rttm.h"
#include "tests/host-tools/marks_test.h"

static int parse(const char *contents)
{
    return parse_with(ut_rttm_parse, contents);
}

static void speakers_are_marks(void **state)
{
    (void)state;
    assert_int_equal(parse(";; a remark\n"
                           "SPKR-INFO call 1 <NA> <NA> <NA> unknown customer <NA>\n"
                           "SPEAKER call 1 0.250 1,5 <NA> <NA> frustration <NA> <NA>\r\n"
                           "\n"
                           " SPEAKER\tother  2 3 0 <NA> <NA> x\n"
                           "LEXEME call 1 2 1 word lex customer 0.5"),
                     0);
    assert_int_equal(m.n, 2);
    mark(0, 250, 1750, "frustration", 3);
    assert_string_equal(m.mark[0].recording, "call");
    mark(1, 3000, 3000, "x", 5);
    assert_string_equal(m.mark[1].recording, "other");
}

static void what_is_no_segment_is_refused(void **state)
{
    (void)state;
    refused("SPEAKER call 1 0 1 <NA> <NA> x\nSPEAKER call 1 0 1 <NA> <NA>\n", "in/x:2: is no segment");
    refused("SPEAKER call 1 <NA> 1 <NA> <NA> x\n", "in/x:1: is no segment");
    refused("SPEAKER call 1 2000000 200000 <NA> <NA> x\n", "in/x:1: is no segment"); /* ends beyond 2^31 ms */
    refused("SPEAKER call 1 1 -1 <NA> <NA> x\n", "in/x:1: is no segment");
}

static void rttm_is_known_by_its_first_line(void **state)
{
    (void)state;
    static const char *const yes[] = {"SPEAKER c 1 0.5 1 <NA> <NA> x", ";; x\r\n\n SPKR-INFO\tc 1 <NA> <NA>"};
    static const char *const no[] = {
        "", ";; x", "SPEAKER\tPATH\tTARGET\tTEXT\n", "SPEAKER", "speaker c 1 0.5", "1\t2\tx", "SPEAKERS c 1 0.5 1"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        assert_true(ut_rttm_is(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_false(ut_rttm_is(no[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(speakers_are_marks, teardown),
        cmocka_unit_test_teardown(what_is_no_segment_is_refused, teardown),
        cmocka_unit_test_teardown(rttm_is_known_by_its_first_line, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
