/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/scores.h"

#include "firmware/engine.h"
#include "tests/host-tools/sink_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_row_per_record_in_its_units(void **state)
{
    (void)state;
    char *text = ut_sink_test_text(ut_scores_sink), *rest = text;
    assert_non_null(text);
    assert_string_equal(strsep(&rest, "\n"),
                        "file,t_ms,customer_speech,agent_speech,frustration,delight,confidence,abstain,"
                        "customer_clipped,agent_clipped,customer_loudness,agent_level_dbfs,customer_pace_syl_s,"
                        "agent_pace_syl_s,customer_f0_semitones,customer_f0_range_semitones,top1,top1_log_odds,top2,"
                        "top2_log_odds,truncated,customer_alone,on_hold");
    assert_string_equal(strsep(&rest, "\n"), /* no pitch */
                        "\"a,b.wav\",250,1,0,0.2000,0.4000,0.8000,0,0,0,60.5,-30.5,4.2500,3.0000,,1.75,loudness,"
                        "-0.5000,,0.0000,0,,0");
    assert_string_equal(strsep(&rest, "\n"),
                        "\"a,b.wav\",500,1,0,0.2000,0.4000,0.8000,0,0,0,60.5,-30.5,4.2500,3.0000,10.25,1.75,loudness,"
                        "-0.5000,,0.0000,0,,0");
    int rows = 2;
    while (strsep(&rest, "\n") != NULL && rest != NULL)
        rows++;
    assert_int_equal(rows, 8);
    free(text);
}

/* Only 0 is no pitch: the lowest that a record can hold is one. */
static void the_lowest_pitch_is_a_pitch(void **state)
{
    (void)state;
    struct ut_fault fault;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    struct ut_sink *s = ut_scores_sink(file, NULL);
    const struct ut_wire_score score = {.t_ms = 250, .customer_f0 = 1};
    assert_int_equal(s->kind->open(s, &fault), 0);
    assert_int_equal(s->kind->score(s, &score), 0);
    assert_int_equal(s->kind->close(s, true, &fault), 0);
    (void)fclose(file);
    assert_non_null(strstr(text, ",0.0000,0.0000,0.00,0.00,")); /* the paces, the pitch, its range */
    free(text);
}

static void who_speaks_is_not_said_of_both_in_one_channel(void **state)
{
    (void)state;
    struct ut_fault fault;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    struct ut_sink *s = ut_scores_sink(file, NULL);
    const struct ut_sink_recording recording = {.path = "a.wav", .alone = "undeclared"};
    const struct ut_wire_score score = {.t_ms = 250,
                                        .flags = UT_ABSTAIN_MIXED << UT_WIRE_ABSTAIN_SHIFT | UT_WIRE_CUSTOMER_SPEECH |
                                                 UT_WIRE_AGENT_SPEECH};
    assert_int_equal(s->kind->open(s, &fault), 0);
    assert_int_equal(s->kind->recording(s, &recording), 0);
    assert_int_equal(s->kind->score(s, &score), 0);
    assert_int_equal(s->kind->close(s, true, &fault), 0);
    (void)fclose(file);
    assert_non_null(strstr(text, "\na.wav,250,,,0.0000,0.0000,0.0000,5,"));
    assert_non_null(strstr(text, ",0,undeclared,0\n"));
    free(text);
}

static void records_on_hold_say_so_once_it_is_known(void **state)
{
    (void)state;
    struct ut_fault fault;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    struct ut_sink *s = ut_scores_sink(file, NULL);
    struct ut_hold_span span = {.begin_ms = 100, .end_ms = UT_HOLD_OPEN};
    struct ut_wire_score score = {.t_ms = 250};
    assert_int_equal(s->kind->open(s, &fault), 0);
    assert_int_equal(s->kind->score(s, &score), 0);
    assert_int_equal(s->kind->hold(s, &span), 0);
    score.t_ms = 500;
    assert_int_equal(s->kind->score(s, &score), 0);
    span.end_ms = 600;
    assert_int_equal(s->kind->hold(s, &span), 0);
    score.t_ms = 750;
    assert_int_equal(s->kind->score(s, &score), 0);
    assert_int_equal(s->kind->close(s, true, &fault), 0);
    (void)fclose(file);
    const char *row = strstr(text, "\n,250,");
    assert_non_null(row);
    assert_memory_equal(strchr(row + 1, '\n') - 2, ",0\n,500,", 8);
    row = strstr(text, "\n,500,");
    assert_memory_equal(strchr(row + 1, '\n') - 2, ",1\n,750,", 8);
    assert_memory_equal(text + size - 3, ",0\n", 3);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_row_per_record_in_its_units),
                                       cmocka_unit_test(the_lowest_pitch_is_a_pitch),
                                       cmocka_unit_test(records_on_hold_say_so_once_it_is_known),
                                       cmocka_unit_test(who_speaks_is_not_said_of_both_in_one_channel)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
