/* SPDX-License-Identifier: Apache-2.0 */
#define UT_WRITER ut_format_emotionml
#define UT_CHANNELS "one channel"
#define UT_ALONE "<!-- " UT_ALONE_SAID " -->"
#define UT_ON_HOLD "<!-- on hold from 10000 to 18500 ms: sound -->\n"
#include "tests/host-tools/reports/format_test.h"

static int count(const char *what)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
        n++;
    return n;
}

static void one_emotion_per_second_of_scored_speech(void **state)
{
    (void)state;
    assert_int_equal(count("<emotion "), 3); /* the first second of speech abstains */
    assert_int_equal(count("</emotion>"), 3);
    assert_non_null(strstr(text, "offset-to-start=\"2000\" duration=\"1000\""));
    assert_null(strstr(text, "offset-to-start=\"1000\""));
    assert_int_equal(count("<dimension name=\"frustration\" value=\"0.400\" confidence=\"0.800\"/>"), 3);
    assert_int_equal(count("<dimension name=\"delight\" value=\"0.200\" confidence=\"0.800\"/>"), 3);
}

static void the_vocabulary_is_stated(void **state)
{
    (void)state;
    static const char head[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- The customer's voice, one emotion per second";
    assert_int_equal(strncmp(text, head, sizeof head - 1), 0);
    assert_non_null(strstr(text, "dimension-set=\"#customer-voice\""));
    assert_non_null(strstr(text, "<vocabulary type=\"dimension\" id=\"customer-voice\">"));
    assert_non_null(strstr(text, "<item name=\"frustration\"/>"));
}

static void names_become_uris(void **state)
{
    (void)state;
    assert_int_equal(count("time-ref-uri=\"a%20call.wav\""), 3);
    free(text);
    snprintf(t.file, sizeof t.file, "\"<&>\xc3\xbc.wav");
    text = ut_example_text(ut_format_emotionml, &t);
    assert_non_null(strstr(text, "time-ref-uri=\"%22%3C%26%3E%C3%BC.wav\""));
}

static void the_agent_is_not_in_it(void **state)
{
    (void)state;
    assert_null(strstr(text, "agent"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_emotion_per_second_of_scored_speech),
        TEST(the_vocabulary_is_stated),
        TEST(names_become_uris),
        TEST(the_agent_is_not_in_it),
        FORMAT_TESTS,
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
