/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/audio_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void recordings_are_known_by_their_ending(void **state)
{
    (void)state;
    static const char *const yes[] = {"a.wav", "A.WAV", "x/a.b.Flac", "/x/y.m4a", "../.x.opus", "a.sln16", " .wav"};
    static const char *const no[] = {"wav", ".wav",    "x/.wav", "a.wav.txt", "a.wavx",
                                     "a.",  "x.wav/a", "",       "a.txt",     "a.wav "};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        assert_true(ut_audio_name(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_false(ut_audio_name(no[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(recordings_are_known_by_their_ending)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
