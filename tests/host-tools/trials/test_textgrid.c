/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/textgrid.h"
#include "tests/host-tools/marks_test.h"

static int parse(const char *contents)
{
    return parse_with(ut_textgrid_parse, contents);
}

#define LONG                                                                                                           \
    "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\nxmin = 0 \nxmax = 9.5 \ntiers? <exists> \nsize = 2 \n" \
    "item []: \n    item [1]:\n        class = \"IntervalTier\" \n        name = \" mood\" \n        xmin = 0 \n"      \
    "        xmax = 9.5 \n        intervals: size = 3 \n        intervals [1]:\n            xmin = 0 \n"               \
    "            xmax = 1.25 \n            text = \"\" \n        intervals [2]:\n            xmin = 1.25 \n"           \
    "            xmax = 2,5 \n            text = \" so \"\"angry\"\" \" \n        intervals [3]:\n            xmin = " \
    "2.5 \n"                                                                                                           \
    "            xmax = 9.5 \n            text = \"two\nlines\" \n"                                                    \
    "    item [2]:\n        class = \"TextTier\" \n        name = \"points\" \n        xmin = 0 \n        xmax = 9.5 " \
    "\n"                                                                                                               \
    "        points: size = 1 \n        points [1]:\n            number = 3e0 \n            mark = \"now\" \n"
#define SHORT                                                                                                          \
    "File type = "                                                                                                     \
    "\"ooTextFile\"\n\"TextGrid\"\n\n0\n9.5\n<exists>\n2\n\"IntervalTier\"\n\"mood\"\n0\n9.5\n3\n0\n1.25\n\"\"\n"      \
    "1.25\n2.5\n\"so \"\"angry\"\"\"\n2.5\n9.5\n\"two\nlines\"\n\"TextTier\"\n\"points\"\n0\n9.5\n1\n3\n\"now\"\n"

static void both_forms_say_the_same(void **state)
{
    (void)state;
    static const char *const forms[] = {LONG, SHORT};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(parse(forms[i]), 0);
        assert_int_equal(m.tiers, 2);
        assert_string_equal(m.tier[0], "mood");
        assert_string_equal(m.tier[1], "points");
        assert_int_equal(m.n, 3); /* the empty interval is none */
        mark(0, 1250, 2500, "so \"angry\"", m.mark[0].line);
        mark(1, 2500, 9500, "two\nlines", m.mark[1].line);
        mark(2, 3000, 3000, "now", m.mark[2].line);
        assert_int_equal(m.mark[1].tier, 0);
        assert_int_equal(m.mark[2].tier, 1);
        for (int k = 0; k < 3; k++) { /* the line of its first time */
            const char *at = forms[i];
            for (int line = 1; line < m.mark[k].line; line++)
                at = strchr(at, '\n') + 1;
            at += strcspn(at, "0123456789");
            static const char *const begins[] = {"1.25", "2.5", "3"};
            assert_int_equal(strncmp(at, begins[k], strlen(begins[k])), 0);
        }
        ut_marks_free(&m);
    }
}

static void only_what_stands_alone_counts(void **state)
{
    (void)state;
    assert_int_equal(parse("ooTextFile \"ooTextFile\" x=1 \"TextGrid\" ! 5 \"no\"\r\n(2) 0 [3] 1s3 4 <exists> 1\r"
                           "\"TextTier\" \"p\" 0 9 1 2 \"x\" and then 5 more"),
                     0);
    assert_int_equal(m.n, 1);
    mark(0, 2000, 2000, "x", 3);
    ut_marks_free(&m);
    assert_int_equal(parse("\"ooTextFile\" \"TextGrid\" 0 1 <absent>"), 0);
    assert_int_equal(m.tiers, 0);
}

static void what_is_no_textgrid_is_refused(void **state)
{
    (void)state;
    refused("", "in/x:1: is no TextGrid here, \"ooTextFile\" is wanted");
    refused("\"ooTextFile\"\n\"Pitch 1\"\n0 1", "in/x:2: is no TextGrid here, \"TextGrid\" is wanted");
    refused("\"ooTextFile\" \"TextGrid\" 0 1 <exists> 1.5", "the number of its tiers");
    refused("\"ooTextFile\" \"TextGrid\" 0 1 <exists> 1 \"Tier\" \"a\" 0 1 0", "an IntervalTier or a TextTier");
    refused("\"ooTextFile\" \"TextGrid\" 0 9 <exists> 1 \"IntervalTier\" \"a\" 0 9 1\n2 1 \"x\"",
            "in/x:2: the interval ends at 1000 ms, before its begin at 2000 ms");
    refused("\"ooTextFile\" \"TextGrid\" 0 9 <exists> 1 \"IntervalTier\" \"a\" 0 9 1 0 1 \"x",
            "the quote that ends a text");
    /* cut anywhere it is refused, and says where */
    for (size_t n = 0; n < sizeof SHORT - 2; n++) {
        char cut[sizeof SHORT];
        memcpy(cut, SHORT, n);
        cut[n] = '\0';
        refused(cut, "in/x:");
    }
}

static void a_textgrid_is_known_by_its_first_words(void **state)
{
    (void)state;
    static const char *const yes[] = {LONG, "\nFile type = \"ooTextFile short\"\n", "\"ooTextFile\"\n\"TextGrid\"",
                                      "ooTextFile"};
    static const char *const no[] = {"", "File type,label\n", "path\tlabel\n\"ooTextFile\"", "File type = \"other\""};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        assert_true(ut_textgrid_is(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_false(ut_textgrid_is(no[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(both_forms_say_the_same, teardown),
        cmocka_unit_test_teardown(only_what_stands_alone_counts, teardown),
        cmocka_unit_test_teardown(what_is_no_textgrid_is_refused, teardown),
        cmocka_unit_test_teardown(a_textgrid_is_known_by_its_first_words, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
