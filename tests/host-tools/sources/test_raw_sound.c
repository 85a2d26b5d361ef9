/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/raw_sound.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void words_are_parsed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct ut_raw_sound raw;
    } cases[] = {
        {"mulaw:8000:2", {UT_RAW_MULAW, 8000, 2}},   {"ulaw:8000:1", {UT_RAW_MULAW, 8000, 1}},
        {"ALAW:8000:1", {UT_RAW_ALAW, 8000, 1}},     {"s16:44100:1024", {UT_RAW_S16, 44100, 1024}},
        {"s16be:16000:1", {UT_RAW_S16BE, 16000, 1}}, {"u8:11025:2", {UT_RAW_U8, 11025, 2}},
        {"gsm:8000:1", {UT_RAW_GSM, 8000, 1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ut_raw_sound raw;
        struct ut_fault fault = {0};
        assert_int_equal(ut_raw_sound_parse(cases[i].text, &raw, &fault), 0);
        assert_true(raw.coding == cases[i].raw.coding && raw.rate == cases[i].raw.rate &&
                    raw.channels == cases[i].raw.channels);
    }
}

static void other_words_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "mulaw",
                                      "mulaw:8000",
                                      "mulaw:8000:",
                                      "mulaw:8000:0",
                                      "mulaw:7999:1",
                                      "mulaw:8000:1:1",
                                      "mulaw:8000:1 ",
                                      "mulaw:-8000:1",
                                      "mulaw: 8000:1",
                                      "mulaw:8000:1025",
                                      "mulaw:99999999999999999999:1",
                                      "mu:8000:1",
                                      ":8000:1",
                                      "s16le2:8000:1",
                                      "gsm:16000:1",
                                      "gsm:8000:2"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ut_raw_sound raw;
        struct ut_fault fault = {0};
        assert_int_equal(ut_raw_sound_parse(bad[i], &raw, &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_USAGE);
        assert_non_null(strstr(fault.text, "mulaw:8000:2"));
        assert_true(raw.coding == UT_RAW_NONE && raw.rate == 0);
    }
}

static void names_say_what_they_are(void **state)
{
    (void)state;
    struct ut_raw_sound raw;
    assert_true(ut_raw_sound_by_name("a/b.ulaw", &raw) && raw.coding == UT_RAW_MULAW && raw.rate == 8000 &&
                raw.channels == 1);
    assert_true(ut_raw_sound_by_name("b.AL", &raw) && raw.coding == UT_RAW_ALAW);
    assert_true(ut_raw_sound_by_name("b.sln16", &raw) && raw.coding == UT_RAW_S16 && raw.rate == 16000);
    assert_true(ut_raw_sound_by_name("b.gsm", &raw) && raw.coding == UT_RAW_GSM && raw.rate == 8000 &&
                raw.channels == 1);
    static const char *const others[] = {"b.wav", "b.raw", "b", "ulaw", "b.ulaw.wav", "b.ulawx", "b."};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(ut_raw_sound_by_name(others[i], &raw));
}

static void whole_frames_are_counted(void **state)
{
    (void)state;
    enum { FRAME = 33, FRAMES = 1500 };
    static uint8_t bytes[FRAME * FRAMES];
    static const struct ut_raw_sound gsm = {UT_RAW_GSM, 8000, 1}, wide = {UT_RAW_S16, 8000, 2};
    bool other;
    FILE *f = tmpfile();
    assert_non_null(f);
    for (int i = 0; i < FRAMES; i++)
        bytes[i * FRAME] = (uint8_t)(0xD0 | (i & 15));
    for (int damaged = -1; damaged < FRAMES; damaged = damaged < 0 ? 0 : 2 * damaged + 1) {
        if (damaged >= 0)
            bytes[damaged * FRAME] = 0xC0;
        rewind(f);
        assert_int_equal(fwrite(bytes, 1, sizeof bytes, f), sizeof bytes);
        assert_int_equal(fflush(f), 0);
        struct ut_stretch s = {.fd = fileno(f), .bytes = sizeof bytes};
        assert_int_equal(ut_raw_sound_whole(&gsm, &s, &other), damaged < 0 ? (int)sizeof bytes : damaged * FRAME);
        assert_int_equal(other, damaged >= 0);
        if (damaged >= 0)
            bytes[damaged * FRAME] = 0xD0;
    }
    struct ut_stretch s = {.fd = fileno(f), .bytes = 3 * FRAME + 7};
    assert_int_equal(ut_raw_sound_whole(&wide, &s, &other), 3 * FRAME + 7 - 2);
    assert_false(other);
    s.at = FRAME;
    s.bytes = 10;
    bytes[FRAME] = 0xD0;
    rewind(f);
    assert_int_equal(fwrite(bytes, 1, sizeof bytes, f), sizeof bytes);
    assert_int_equal(fflush(f), 0);
    assert_int_equal(ut_raw_sound_whole(&gsm, &s, &other), 0); /* a part of a frame */
    assert_false(other);
    fclose(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_parsed),
        cmocka_unit_test(other_words_are_refused),
        cmocka_unit_test(names_say_what_they_are),
        cmocka_unit_test(whole_frames_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
