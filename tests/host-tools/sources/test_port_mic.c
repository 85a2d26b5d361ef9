/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/call.h"
#include "host-tools/sources/port.h"
#include "models/model.h"

#include "tests/host-tools/sound.h"
#include "tests/talk.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { RECORDS = 60, COMPARED = 40 };

static int16_t frames[2 * UT_TALK_SAMPLES];

static struct {
    uint8_t record[RECORDS][UT_WIRE_RECORD_BYTES];
    int n;
} expected, heard;

static void keep(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    (void)ctx;
    if (expected.n < RECORDS)
        memcpy(expected.record[expected.n++], record, UT_WIRE_RECORD_BYTES);
}

/* The records of a microphone are those of the same samples pushed into a call. */
static void a_microphone_is_a_headset(void **state)
{
    (void)state;
    static struct ut_call call;
    static struct ut_talk talk;
    struct ut_sound sound;
    ut_talk_init(&talk);
    assert_int_equal(ut_call_init(&call, &ut_model_default, "host", keep, NULL), 0);
    for (int i = 0; i < UT_TALK_SAMPLES; i++) {
        int16_t pair[2];
        ut_talk_next(&talk, pair);
        ut_call_push(&call, pair, 1);
        frames[2 * i] = pair[1]; /* left: agent */
        frames[2 * i + 1] = pair[0];
    }
    assert_true(expected.n >= COMPARED);
    assert_int_equal(ut_sound_open(&sound, frames, UT_TALK_SAMPLES), 0);

    const struct ut_port_options options = {.choice = {UT_AUDIO_UNSET, UT_AUDIO_UNSET}};
    struct ut_port p;
    struct ut_fault fault = {0};
    struct ut_wire_receiver receiver;
    ut_wire_receiver_init(&receiver);
    receiver.skipping = 0; /* from the first byte */
    ut_port_mic(&p, &options);
    if (ut_port_open(&p, &fault) != UT_PORT_OPEN)
        fail_msg("%s", fault.text);
    while (heard.n < COMPARED) {
        uint8_t data[256], record[UT_WIRE_RECORD_BYTES];
        struct pollfd q = {.fd = p.fd, .events = POLLIN};
        assert_int_equal(poll(&q, 1, 20000), 1);
        int n = ut_port_read(&p, data, sizeof data, &fault);
        assert_true(n > 0);
        for (int i = 0; i < n; i++)
            if (ut_wire_receive(&receiver, data[i], record) == 1 && heard.n < RECORDS)
                memcpy(heard.record[heard.n++], record, sizeof record);
    }
    ut_port_close(&p);
    assert_memory_equal(heard.record, expected.record, COMPARED * UT_WIRE_RECORD_BYTES);
    ut_sound_close(&sound);
}

static void no_microphone_may_come_back(void **state)
{
    (void)state;
    struct ut_sound sound;
    assert_int_equal(ut_sound_open(&sound, NULL, 0), 0);
    const struct ut_port_options options = {.choice = {UT_AUDIO_UNSET, UT_AUDIO_UNSET}};
    struct ut_port p;
    struct ut_fault fault = {0};
    ut_port_mic(&p, &options);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ut_port_open(&p, &fault), UT_PORT_ABSENT);
        assert_int_equal(fault.code, UT_EXIT_NO_DEVICE);
        assert_int_equal(p.fd, -1);
        assert_null(p.own);
    }
    ut_port_close(&p);
    ut_sound_close(&sound);
}

static void a_channel_that_is_not_there_is_refused(void **state)
{
    (void)state;
    struct ut_sound sound;
    assert_int_equal(ut_sound_open(&sound, frames, 100), 0);
    const struct ut_port_options options = {.choice = {.customer = 100, .agent = UT_AUDIO_NONE}};
    struct ut_port p;
    struct ut_fault fault = {0};
    ut_port_mic(&p, &options);
    assert_int_equal(ut_port_open(&p, &fault), UT_PORT_REFUSED);
    assert_int_equal(fault.code, UT_EXIT_CHANNELS);
    ut_port_close(&p);
    ut_sound_close(&sound);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_microphone_is_a_headset),
        cmocka_unit_test(no_microphone_may_come_back),
        cmocka_unit_test(a_channel_that_is_not_there_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
