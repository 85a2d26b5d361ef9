/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/answers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_answers a;
static struct ut_answer_table t;
static struct ut_fault fault;

static int parse(const char *text)
{
    fault = (struct ut_fault){0};
    return ut_answers_parse(&a, strdup(text), "site/a.tsv", &fault);
}

static void refused(const char *text, int code, const char *says)
{
    assert_int_equal(parse(text), -1);
    assert_int_equal(fault.code, code);
    assert_non_null(strstr(fault.text, says));
    assert_true(a.n == 0 && a.row == NULL && a.text == NULL);
}

static void free_both(void)
{
    ut_answer_table_free(&t);
    ut_answers_free(&a);
}

static void the_last_answer_counts(void **state)
{
    (void)state;
    assert_int_equal(parse(UT_ANSWERS_HEAD "b.wav\t0\t900\tKM\tdelight\n"
                                           "a.wav\t900\t1900\tKM\tfrustration\n"
                                           "a.wav\t900\t1900\tJ.S\tnone\n"
                                           "b.wav\t0\t900\tKM\tunclear\n"
                                           "a.wav\t100\t200\tKM\tnone\n"),
                     0);
    assert_true(a.n == 5 && a.own_head && !a.cut && a.row[3].line == 5);
    assert_int_equal(ut_answer_table(&t, &a), 0);
    assert_true(t.stretches == 3 && t.recordings == 2 && t.labellers == 2);
    assert_string_equal(t.labeller[0], "J.S");
    assert_string_equal(t.stretch[2].path, "b.wav");
    assert_int_equal(t.stretch[0].begin_ms, 100);
    static const signed char wanted[] = {-1, UT_ANSWER_NONE,   UT_ANSWER_NONE, UT_ANSWER_FRUSTRATION,
                                         -1, UT_ANSWER_UNCLEAR};
    assert_memory_equal(t.value, wanted, sizeof wanted);
    free_both();
}

static void columns_may_stand_in_any_order(void **state)
{
    (void)state;
    assert_int_equal(parse("answer;path;begin_ms;end_ms;labeller\r\nnone;x;1;2;a\r\n"), 0);
    assert_true(a.n == 1 && !a.own_head && a.row[0].answer == UT_ANSWER_NONE);
    ut_answers_free(&a);
    assert_int_equal(parse(UT_ANSWERS_HEAD), 0);
    assert_int_equal(ut_answer_table(&t, &a), 0);
    assert_true(t.stretches == 0 && t.labellers == 0);
    free_both();
}

static void damaged_rows_are_named(void **state)
{
    (void)state;
    refused("path\tbegin_ms\tend_ms\tlabeller\n", UT_EXIT_INDEX, "site/a.tsv:1: the header lacks answer");
    refused(UT_ANSWERS_HEAD "a\t1\t2\tA\tnone\na\t1\t2\n", UT_EXIT_INDEX, "site/a.tsv:3: 3 columns, the header has 5");
    refused(UT_ANSWERS_HEAD "a\tone\t2\tA\tnone\n", UT_EXIT_INDEX, "site/a.tsv:2: begin_ms 'one'");
    refused(UT_ANSWERS_HEAD "a\t1\t-2\tA\tnone\n", UT_EXIT_INDEX, "site/a.tsv:2: end_ms '-2'");
    refused(UT_ANSWERS_HEAD "a\t2\t2\tA\tnone\n", UT_EXIT_INDEX, "site/a.tsv:2: the stretch has no length");
    refused(UT_ANSWERS_HEAD "\t1\t2\tA\tnone\n", UT_EXIT_INDEX, "site/a.tsv:2: no path");
    refused(UT_ANSWERS_HEAD "a\t1\t2\tA B\tnone\n", UT_EXIT_INDEX, "site/a.tsv:2: labeller 'A B'");
    refused(UT_ANSWERS_HEAD "a\t1\t2\tabcdefghijklmnopqrstu\tnone\n", UT_EXIT_INDEX, "1 to 20 of");
    refused(UT_ANSWERS_HEAD "a\t1\t2\tA\tanger\n", UT_EXIT_LABEL_NAME, "site/a.tsv:2: 'anger' is no answer");
}

static void a_row_that_was_cut_is_passed_over(void **state)
{
    (void)state;
    assert_int_equal(parse(UT_ANSWERS_HEAD "a\t1\t2\tA\tnone\na\t1\t2\tB\tfrustr"), 0);
    assert_true(a.cut && a.n == 1);
    ut_answers_free(&a);
    assert_int_equal(parse(UT_ANSWERS_HEAD "a\t1\t2\tA\tnone\na\t1"), 0);
    assert_true(a.cut && a.n == 1);
    ut_answers_free(&a);
    assert_int_equal(parse(UT_ANSWERS_HEAD "a\t1\t2\tA\tnone\na\t1\t2\tB\tdelight"), 0); /* whole but for its end */
    assert_true(!a.cut && a.n == 2);
    ut_answers_free(&a);
    refused(UT_ANSWERS_HEAD "a\t1\t2\tB\tfrustr\na\t1\t2\tA\tnone", UT_EXIT_LABEL_NAME, "site/a.tsv:2: ");
}

static void there_are_at_most_64_labellers(void **state)
{
    (void)state;
    char text[4000] = UT_ANSWERS_HEAD;
    for (int i = 0; i < UT_LABELLERS_MAX; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "a\t1\t2\tL%d\tnone\n", i);
    assert_int_equal(parse(text), 0);
    ut_answers_free(&a);
    strcat(text, "a\t1\t2\tM\tnone\n");
    refused(text, UT_EXIT_INDEX, "65 labellers");
}

/* Writes the labels of the answers. */
static void labels(const char *text, const char *folder, char *out, size_t room)
{
    FILE *f = fmemopen(out, room, "w");
    assert_int_equal(parse(text), 0);
    assert_int_equal(ut_answer_table(&t, &a), 0);
    ut_answer_labels(&t, folder, f);
    assert_int_equal(fclose(f), 0);
}

static void more_than_half_make_a_label(void **state)
{
    (void)state;
    char out[600];
    labels(UT_ANSWERS_HEAD "a\t0\t10\tA\tdelight\na\t0\t10\tB\tdelight\na\t0\t10\tC\tnone\n" /* two of three */
                           "a\t10\t20\tA\tdelight\na\t10\t20\tB\tnone\n"                     /* a tie */
                           "a\t20\t30\tA\tdelight\na\t20\t30\tB\tunclear\n" /* unclear is an answer, too */
                           "a\t30\t40\tA\tunclear\na\t40\t50\tA\tnone\n",
           NULL, out, sizeof out);
    assert_string_equal(out, "path\tbegin_ms\tend_ms\tlabel\na\t0\t10\tdelight\na\t40\t50\tnone\n");
    assert_int_equal(ut_answer_majority(&t, 0), UT_ANSWER_DELIGHT);
    assert_int_equal(ut_answer_majority(&t, 1), UT_ANSWERS);
    assert_int_equal(ut_answer_majority(&t, 2), UT_ANSWERS);
    assert_int_equal(ut_answer_majority(&t, 3), UT_ANSWER_UNCLEAR);
    free_both();
}

static void labels_of_one_name_do_not_overlap(void **state)
{
    (void)state;
    char out[600];
    labels(UT_ANSWERS_HEAD "a\t0\t10\tA\tfrustration\na\t10\t20\tA\tfrustration\na\t15\t18\tA\tfrustration\n"
                           "a\t21\t30\tA\tfrustration\nb\t30\t40\tA\tfrustration\n/c\t0\t9\tA\tnone\n",
           "/site", out, sizeof out);
    assert_string_equal(out,
                        "path\tbegin_ms\tend_ms\tlabel\n/site/a\t0\t20\tfrustration\n/site/a\t21\t30\tfrustration\n"
                        "/site/b\t30\t40\tfrustration\n/c\t0\t9\tnone\n");
    free_both();
}

static void a_file_that_is_not_there(void **state)
{
    (void)state;
    fault = (struct ut_fault){0};
    assert_int_equal(ut_answers_read(&a, "/nowhere/a.tsv", &fault), -1);
    assert_true(fault.code == UT_EXIT_MISSING && a.text == NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_answer_counts),
        cmocka_unit_test(columns_may_stand_in_any_order),
        cmocka_unit_test(damaged_rows_are_named),
        cmocka_unit_test(a_row_that_was_cut_is_passed_over),
        cmocka_unit_test(there_are_at_most_64_labellers),
        cmocka_unit_test(more_than_half_make_a_label),
        cmocka_unit_test(labels_of_one_name_do_not_overlap),
        cmocka_unit_test(a_file_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
