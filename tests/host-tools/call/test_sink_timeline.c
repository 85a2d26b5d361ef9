/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/sink_timeline.h"

#include "tests/host-tools/sink_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static char wav[64];
static struct ut_sinks list;
static struct ut_fault fault;

static const struct ut_sink_kind KIND = {.recording = ut_sink_timeline_recording,
                                         .audio = ut_sink_timeline_audio,
                                         .score = ut_sink_timeline_score,
                                         .turn = ut_sink_timeline_turn,
                                         .cue = ut_sink_timeline_cue,
                                         .snapshot = ut_sink_timeline_snapshot,
                                         .end = ut_sink_timeline_end,
                                         .close = ut_sink_timeline_close};

static int setup(void **state)
{
    (void)state;
    memset(&list, 0, sizeof list);
    snprintf(wav, sizeof wav, "/tmp/undertone-test-XXXXXX");
    int fd = mkstemp(wav);
    return fd < 0 || close(fd) != 0 || ut_sink_test_wav(wav) != 0 ||
           ut_sinks_add(&list, ut_sink_stream_new(&KIND, sizeof(struct ut_sink_timeline), NULL, NULL), &fault) != 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)ut_sinks_close(&list, true);
    return remove(wav);
}

static const struct ut_timeline *timeline(void)
{
    return &((const struct ut_sink_timeline *)list.sink[0])->timeline;
}

static void a_whole_call_and_then_the_next(void **state)
{
    (void)state;
    static const struct ut_audio_choice unset = {UT_AUDIO_UNSET, UT_AUDIO_UNSET};
    const struct ut_timeline *t = timeline();
    for (int call = 0; call < 2; call++) {
        ut_sink_test_play(&list, wav, unset);
        assert_int_equal(list.fault.code, 0);
        assert_string_equal(t->contact_id, "c");
        assert_string_equal(t->file, strrchr(wav, '/') + 1);
        assert_int_equal(t->channel[UT_CUSTOMER], 2);
        assert_int_equal(t->channel[UT_AGENT], 1);
        assert_int_equal(t->end_ms, 2000);
        assert_int_equal(t->scores, 8);
        assert_int_equal(t->turns, 1);
        assert_ptr_equal(t->config, &ut_sink_test_config);
        assert_memory_equal(t->hello.board, "test", 4);
    }
}

static void averages_follow_the_snapshot(void **state)
{
    (void)state;
    struct ut_sink *s = list.sink[0];
    const struct ut_wire_score score = {.t_ms = 250};
    const struct ut_snapshot snapshot = {.score_valid = 1, .delight_fast = 0.25};
    assert_int_equal(KIND.score(s, &score), 0);
    assert_int_equal(KIND.snapshot(s, &snapshot), 0);
    assert_true(timeline()->score[0].fast_valid && timeline()->score[0].delight_fast > 0.2);
}

static void cues_are_kept(void **state)
{
    (void)state;
    const struct ut_cue_change opening = {.what = UT_CUE_OPENED, .cue = UT_CUE_RAISED_VOICE, .opened_ms = 500};
    assert_int_equal(KIND.cue(list.sink[0], &opening), 0);
    assert_int_equal(timeline()->cues, 1);
}

static void channels_as_chosen(void **state)
{
    (void)state;
    ut_sink_test_play(&list, wav, (struct ut_audio_choice){1, UT_AUDIO_NONE});
    assert_int_equal(timeline()->channel[UT_CUSTOMER], 1);
    assert_int_equal(timeline()->channel[UT_AGENT], 0);
}

static void one_that_is_incomplete_is_a_fault(void **state)
{
    (void)state;
    ((struct ut_sink_timeline *)list.sink[0])->timeline.incomplete = true;
    struct ut_session *s = ut_sink_test_session(&list);
    ut_sink_test_call(s);
    ut_session_free(s);
    assert_int_equal(list.fault.code, UT_EXIT_FAILURE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(a_whole_call_and_then_the_next), TEST(averages_follow_the_snapshot),
                                       TEST(cues_are_kept), TEST(channels_as_chosen),
                                       TEST(one_that_is_incomplete_is_a_fault)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
