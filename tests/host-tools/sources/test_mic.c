/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/mic.h"

#include "tests/host-tools/sound.h"

#include <dirent.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { FRAMES = 3000 };

static struct ut_sound sound;
static const struct ut_audio_choice unset = {UT_AUDIO_UNSET, UT_AUDIO_UNSET};

/* Left counts up from 1, right counts down from -1. */
static int set_up(void **state)
{
    (void)state;
    static int16_t frames[2 * FRAMES];
    for (int i = 0; i < FRAMES; i++) {
        frames[2 * i] = (int16_t)(i + 1);
        frames[2 * i + 1] = (int16_t)(-i - 1);
    }
    return ut_sound_open(&sound, frames, FRAMES);
}

static int tear_down(void **state)
{
    (void)state;
    ut_sound_close(&sound);
    return 0;
}

static struct {
    int16_t pairs[2 * FRAMES];
    size_t n;
    atomic_int full;
} heard;

static int hear(void *ctx, const int16_t *pairs, size_t n, int lost)
{
    (void)lost;
    assert_ptr_equal(ctx, &heard);
    if (heard.n + n > FRAMES || n == 0) {
        atomic_store(&heard.full, 1);
        return 1;
    }
    memcpy(heard.pairs + 2 * heard.n, pairs, 2 * n * sizeof *pairs);
    heard.n += n;
    return 0;
}

static void listen_to(const char *input, struct ut_audio_choice choice)
{
    struct ut_fault fault = {0};
    heard.n = 0;
    atomic_store(&heard.full, 0);
    struct ut_mic *m = ut_mic_open(input, choice, hear, &heard, &fault);
    if (m == NULL)
        fail_msg("%s", fault.text);
    for (int i = 0; i < 500 && !atomic_load(&heard.full); i++)
        (void)poll(NULL, 0, 10);
    assert_true(atomic_load(&heard.full));
    ut_mic_close(m);
    assert_true(heard.n >= 10 * UT_MIC_BLOCK);
}

static void left_is_the_agent_and_right_the_customer(void **state)
{
    (void)state;
    listen_to(NULL, unset);
    for (size_t i = 0; i < heard.n; i++) {
        assert_int_equal(heard.pairs[2 * i + UT_AUDIO_NONE], -(int)i - 1);
        assert_int_equal(heard.pairs[2 * i + 1], (int)i + 1);
    }
}

static void channels_can_be_chosen(void **state)
{
    (void)state;
    listen_to("UnderTest", (struct ut_audio_choice){.customer = 1, .agent = UT_AUDIO_NONE});
    for (size_t i = 0; i < heard.n; i++) {
        assert_int_equal(heard.pairs[2 * i], (int)i + 1);
        assert_int_equal(heard.pairs[2 * i + 1], 0);
    }
}

static void the_input_is_listed(void **state)
{
    (void)state;
    static struct ut_mic_input inputs[UT_MIC_INPUTS_MAX];
    int n = ut_mic_list(inputs), named = 0, defaults = 0;
    for (int i = 0; i < n; i++) {
        named += strcmp(inputs[i].name, "undertest") == 0;
        defaults += inputs[i].is_default;
        assert_true(inputs[i].channels >= 2);
        assert_true(inputs[i].rate_hz > 0);
    }
    assert_int_equal(named, 1);
    assert_int_equal(defaults, 1);
}

static int open_files(void)
{
    int n = 0;
    DIR *all = opendir("/proc/self/fd");
    assert_non_null(all);
    while (readdir(all) != NULL)
        n++;
    (void)closedir(all);
    return n;
}

static void listing_leaves_nothing_open(void **state)
{
    (void)state;
    static struct ut_mic_input inputs[UT_MIC_INPUTS_MAX];
    (void)ut_mic_list(inputs);
    int before = open_files();
    (void)ut_mic_list(inputs);
    assert_int_equal(open_files(), before);
}

static void refused(const char *input, struct ut_audio_choice choice, int code, const char *word)
{
    struct ut_fault fault = {0};
    assert_null(ut_mic_open(input, choice, hear, &heard, &fault));
    assert_int_equal(fault.code, code);
    assert_non_null(strstr(fault.text, word));
    assert_null(strchr(fault.text, '\n'));
}

static void what_is_not_there_is_named(void **state)
{
    (void)state;
    refused("nosuch", unset, UT_EXIT_NO_DEVICE, "nosuch");
    refused(NULL, (struct ut_audio_choice){.customer = 9, .agent = 1}, UT_EXIT_CHANNELS, "channel");
}

static void a_machine_without_inputs(void **state)
{
    (void)state;
    static struct ut_mic_input inputs[UT_MIC_INPUTS_MAX];
    assert_int_equal(ut_sound_open(&sound, NULL, 0), 0);
    assert_int_equal(ut_mic_list(inputs), 0);
    refused(NULL, unset, UT_EXIT_NO_DEVICE, "microphone");
    ut_mic_close(NULL);
    ut_sound_close(&sound);
}

static void pick_takes_the_channels_asked_for(void **state)
{
    (void)state;
    static const int16_t frames[] = {1, 2, 3, 4, 5, 6};
    int16_t pairs[4];
    ut_mic_pick(frames, 2, 3, 3, 1, pairs);
    assert_memory_equal(pairs, ((int16_t[]){3, 1, 6, 4}), sizeof pairs);
    ut_mic_pick(frames, 2, 3, UT_AUDIO_NONE, 2, pairs);
    assert_memory_equal(pairs, ((int16_t[]){0, 2, 0, 5}), sizeof pairs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(left_is_the_agent_and_right_the_customer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(channels_can_be_chosen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_input_is_listed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(listing_leaves_nothing_open, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_named, set_up, tear_down),
        cmocka_unit_test(a_machine_without_inputs),
        cmocka_unit_test(pick_takes_the_channels_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
