/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/channels.h"

#include "dsp/two_channels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char text[200];

static void expect(const struct ut_wire_status *d, const char *words, const char *json)
{
    assert_string_equal(ut_channels_words(d, text, sizeof text), words);
    json_t *made = ut_channels_json(d), *wanted = json_loads(json, JSON_DECODE_ANY, NULL);
    assert_non_null(wanted);
    assert_true(json_equal(made, wanted));
    json_decref(made);
    json_decref(wanted);
}

static void a_leak_says_where_how_faint_and_how_late(void **state)
{
    (void)state;
    const struct ut_wire_status one = {.channels = UT_CHANNELS_LEAK, .about = 1, .delay = {6}, .gain = {-20}};
    expect(
        &one, "the agent is heard in the customer's channel, 20 dB fainter, 60 ms late",
        "{\"State\": \"leak\", \"Heard\": [{\"In\": \"CUSTOMER\", \"Of\": \"AGENT\", \"DelayMillis\": 60, \"GainDb\": "
        "-20}], \"Quiet\": []}");
    const struct ut_wire_status both = {.channels = UT_CHANNELS_LEAK, .about = 3, .delay = {6, 0}, .gain = {-20, 2}};
    expect(
        &both,
        "the agent is heard in the customer's channel, 20 dB fainter, 60 ms late; the customer is heard in the agent's "
        "channel, 2 dB louder, 0 ms late",
        "{\"State\": \"leak\", \"Heard\": [{\"In\": \"CUSTOMER\", \"Of\": \"AGENT\", \"DelayMillis\": 60, \"GainDb\": "
        "-20}, {\"In\": \"AGENT\", \"Of\": \"CUSTOMER\", \"DelayMillis\": 0, \"GainDb\": 2}], \"Quiet\": []}");
}

static void a_copy_is_heard_in_the_other(void **state)
{
    (void)state;
    const struct ut_wire_status d = {.channels = UT_CHANNELS_SAME, .about = 2, .delay = {0, 15}};
    expect(&d, "both hold the same, so nobody can be told apart",
           "{\"State\": \"same\", \"Heard\": [{\"In\": \"AGENT\", \"Of\": \"CUSTOMER\", \"DelayMillis\": 150, "
           "\"GainDb\": 0}], \"Quiet\": []}");
}

static void two_voices_in_one_are_nobodys(void **state)
{
    (void)state;
    const struct ut_wire_status d = {.channels = UT_CHANNELS_MIXED, .about = 1};
    expect(&d, "two voices in turn in the customer's, so nobody can be told apart",
           "{\"State\": \"mixed\", \"Heard\": [], \"Quiet\": [], \"Mixed\": [\"CUSTOMER\"]}");
}

static void a_leg_without_speech_has_a_name(void **state)
{
    (void)state;
    const struct ut_wire_status agent = {.channels = UT_CHANNELS_ONE, .about = 2};
    expect(&agent, "no sound in the agent's", "{\"State\": \"one_leg\", \"Heard\": [], \"Quiet\": [\"AGENT\"]}");
    const struct ut_wire_status customer = {.channels = UT_CHANNELS_SILENT, .about = 1};
    expect(&customer, "nobody speaks in the customer's",
           "{\"State\": \"silent_leg\", \"Heard\": [], \"Quiet\": [\"CUSTOMER\"]}");
}

static void what_is_usual_needs_no_word(void **state)
{
    (void)state;
    for (int channels = 0; channels < UT_CHANNELS_STATES; channels++) {
        const struct ut_wire_status d = {.channels = (uint8_t)channels};
        assert_int_equal(ut_channels_usual(&d), channels <= UT_CHANNELS_SEPARATE);
        assert_true(strlen(ut_channels_words(&d, text, sizeof text)) > 0);
        assert_true(channels == 0 || strcmp(ut_channels_name(channels), "unknown") != 0);
    }
    assert_string_equal(ut_channels_name(UT_CHANNELS_STATES), "unknown");
    assert_string_equal(ut_channels_name(-1), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leak_says_where_how_faint_and_how_late),
        cmocka_unit_test(a_copy_is_heard_in_the_other),
        cmocka_unit_test(two_voices_in_one_are_nobodys),
        cmocka_unit_test(a_leg_without_speech_has_a_name),
        cmocka_unit_test(what_is_usual_needs_no_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
