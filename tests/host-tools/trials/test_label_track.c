/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/label_track.h"
#include "tests/host-tools/marks_test.h"

static int parse(const char *contents)
{
    return parse_with(ut_label_track_parse, contents);
}

static void lines_are_labels(void **state)
{
    (void)state;
    assert_int_equal(parse("20.000000\t30.000000\tfrustration\n"
                           "\\\t200.0\t4000.0\n"
                           "\n"
                           "31,5\t31,5\ta point \r\n"
                           "40.25\told point\r"
                           "0\t1\t\n"
                           "2\t3"),
                     0);
    assert_int_equal(m.n, 5);
    mark(0, 20000, 30000, "frustration", 1);
    mark(1, 31500, 31500, "a point", 4);
    mark(2, 40250, 40250, "old point", 5);
    mark(3, 0, 1000, "", 6);
    mark(4, 2000, 3000, "", 7);
    assert_string_equal(m.mark[0].recording, "");
    assert_int_equal(m.mark[0].tier, -1);
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    refused("1\t2\tx\nbegin\tend\tx\n", "in/x:2: 'begin\tend\tx' is no label");
    refused("1\t2\tx\n\n-1\t2\tx\n", "in/x:3:");
    refused("1\t-2\tx\n", "in/x:1: '1\t-2\tx' is no label");
    refused("1\t2147484\tx\n", "in/x:1:"); /* beyond 2^31 ms */
    refused("2\t1.5\tx\n", "in/x:1: the label ends at 1500 ms, before its begin at 2000 ms");
}

static void a_track_is_known_by_its_first_label(void **state)
{
    (void)state;
    static const char *const yes[] = {"1\t2\tx", "0,5\t1\tx", "\r\n\\\t1\t2\n 3 4 x", "1e1\tx"};
    static const char *const no[] = {"",  "\n\n",     "path\tlabel\n1\t2\n", "1;2;x", "1,2,x",
                                     "1", "\\\t1\t2", "SPEAKER x 1 0 1"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        assert_true(ut_label_track_is(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_false(ut_label_track_is(no[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(lines_are_labels, teardown),
        cmocka_unit_test_teardown(what_is_none_is_refused, teardown),
        cmocka_unit_test_teardown(a_track_is_known_by_its_first_label, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
