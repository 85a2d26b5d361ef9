/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/audio_file.h"

#include <math.h>
#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { FRAMES = 20000 };

static const struct ut_audio_choice unset = {UT_AUDIO_UNSET, UT_AUDIO_UNSET};
static char folder[64], file[128];
static int16_t samples[4 * FRAMES], pairs[2 * 40000];
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    uint32_t seed = 99;
    snprintf(folder, sizeof folder, "/tmp/undertone-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(file, sizeof file, "%s/a.wav", folder);
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        seed = seed * 1664525 + 1013904223;
        samples[i] = (int16_t)(seed >> 16);
    }
    memset(&fault, 0, sizeof fault);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    remove(file);
    return rmdir(folder);
}

static void write_shorts(int format, int rate, int channels, int frames)
{
    SF_INFO info = {.samplerate = rate, .channels = channels, .format = format};
    SNDFILE *f = sf_open(file, SFM_WRITE, &info);
    assert_non_null(f);
    assert_int_equal(sf_writef_short(f, samples, frames), frames);
    sf_close(f);
}

static void write_floats(int format, const double *x, int frames)
{
    SF_INFO info = {.samplerate = 16000, .channels = 1, .format = format};
    SNDFILE *f = sf_open(file, SFM_WRITE, &info);
    assert_non_null(f);
    sf_command(f, SFC_SET_NORM_DOUBLE, NULL, SF_TRUE);
    assert_int_equal(sf_writef_double(f, x, frames), frames);
    sf_close(f);
}

/* Reads the whole file in pieces of `chunk`. Pairs read. */
static long read_all(struct ut_audio_choice choice, size_t chunk)
{
    struct ut_audio *a = ut_audio_open(file, choice, &fault);
    long total = 0, n;
    if (a == NULL)
        return -1;
    while ((n = ut_audio_read(a, pairs + 2 * total, chunk, &fault)) > 0)
        total += n;
    assert_int_equal(n, 0);
    ut_audio_close(a);
    return total;
}

static void refused(int code, const char *says)
{
    memset(&fault, 0, sizeof fault);
    assert_int_equal(read_all(unset, 4096), -1);
    assert_int_equal(fault.code, code);
    assert_non_null(strstr(fault.text, says));
    assert_non_null(strchr(fault.text, ';')); /* says what to do */
    assert_null(strchr(fault.text, '\n'));
}

static void stereo_passes_bit_for_bit(void **state)
{
    (void)state;
    static const size_t chunks[] = {1, 7, 160, 4096, 30000};
    write_shorts(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 2, FRAMES);
    for (size_t c = 0; c < sizeof chunks / sizeof chunks[0]; c++) {
        assert_int_equal(read_all(unset, chunks[c]), FRAMES);
        for (int i = 0; i < FRAMES; i++) {
            assert_int_equal(pairs[2 * i], samples[2 * i + 1]); /* customer right */
            assert_int_equal(pairs[2 * i + 1], samples[2 * i]); /* agent left */
        }
    }
}

static void mono_is_the_customer(void **state)
{
    (void)state;
    write_shorts(SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, 1, FRAMES);
    assert_int_equal(read_all(unset, 1000), FRAMES);
    for (int i = 0; i < FRAMES; i++) {
        assert_int_equal(pairs[2 * i], samples[i]);
        assert_int_equal(pairs[2 * i + 1], 0);
    }
}

static void channels_are_chosen_or_refused(void **state)
{
    (void)state;
    static const struct {
        int channels;
        struct ut_audio_choice choice;
        int customer, agent; /* expected, from 0; -1 = silent, -2 = refused */
    } cases[] = {
        {1, {1, UT_AUDIO_UNSET}, 0, -1},
        {1, {2, UT_AUDIO_UNSET}, -2, 0},
        {1, {UT_AUDIO_UNSET, 1}, -2, 0},
        {2, {1, UT_AUDIO_UNSET}, 0, 1},
        {2, {UT_AUDIO_UNSET, 2}, 0, 1},
        {2, {UT_AUDIO_UNSET, UT_AUDIO_NONE}, 1, -1},
        {2, {1, 1}, -2, 0},
        {2, {1, 3}, -2, 0},
        {2, {0, 1}, -2, 0},
        {3, {UT_AUDIO_UNSET, UT_AUDIO_UNSET}, -2, 0},
        {3, {2, UT_AUDIO_UNSET}, -2, 0},
        {3, {3, 1}, 2, 0},
        {4, {2, UT_AUDIO_NONE}, 1, -1},
        {4, {5, 1}, -2, 0},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        int n = cases[c].channels;
        write_shorts(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, n, 5000);
        if (cases[c].customer == -2) {
            assert_int_equal(read_all(cases[c].choice, 4096), -1);
            assert_int_equal(fault.code, UT_EXIT_CHANNELS);
            continue;
        }
        assert_int_equal(read_all(cases[c].choice, 4096), 5000);
        for (int i = 0; i < 5000; i++) {
            assert_int_equal(pairs[2 * i], samples[n * i + cases[c].customer]);
            assert_int_equal(pairs[2 * i + 1], cases[c].agent < 0 ? 0 : samples[n * i + cases[c].agent]);
        }
    }
}

static void channel_words_are_parsed(void **state)
{
    (void)state;
    static const struct ut_option customer = {.name = "customer"}, agent = {.name = "agent"};
    int n = 7;
    assert_int_equal(ut_audio_take_channel(&customer, "2", &n, &fault), 0);
    assert_int_equal(n, 2);
    assert_int_equal(ut_audio_take_channel(&agent, "none", &n, &fault), 0);
    assert_int_equal(n, UT_AUDIO_NONE);
    static const char *const bad[] = {"0", "-1", "", "two", "1x", "99999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fault.code = 0;
        assert_int_equal(ut_audio_take_channel(&agent, bad[i], &n, &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_CHANNELS);
    }
    assert_int_equal(ut_audio_take_channel(&customer, "none", &n, &fault), -1);
}

static void floats_are_rounded_once_and_saturated(void **state)
{
    (void)state;
    static const double x[] = {0, 0.5, -0.5, 1, -1, 3, -3, 0.5 / 32768, 1.5 / 32768, -0.5 / 32768, -2.6 / 32768};
    static const int16_t want[] = {0, 16384, -16384, 32767, -32768, 32767, -32768, 0, 2, 0, -3};
    enum { N = sizeof x / sizeof x[0] };
    write_floats(SF_FORMAT_WAV | SF_FORMAT_DOUBLE, x, N);
    assert_int_equal(read_all(unset, 4096), N);
    for (int i = 0; i < N; i++)
        assert_int_equal(pairs[2 * i], want[i]);
}

static void other_rates_keep_length_and_level(void **state)
{
    (void)state;
    static const int rates[] = {8000, 11025, 44100, 48000, 192000};
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        int frames = rates[r] / 5; /* 200 ms of 500 Hz */
        static int16_t tone[192000 / 5];
        for (int i = 0; i < frames; i++)
            tone[i] = (int16_t)lrint(10000 * sin(6.283185307179586 * 500 * i / rates[r]));
        SF_INFO info = {.samplerate = rates[r], .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
        SNDFILE *f = sf_open(file, SFM_WRITE, &info);
        assert_int_equal(sf_writef_short(f, tone, frames), frames);
        sf_close(f);
        long n = read_all(unset, 333);
        assert_true(labs(n - 3200) <= 2);
        double sum = 0;
        for (int i = 800; i < 2400; i++)
            sum += (double)pairs[2 * i] * pairs[2 * i];
        assert_true(fabs(sqrt(sum / 1600) / (10000 / sqrt(2)) - 1) < 0.01);
    }
}

static void chunks_do_not_matter_when_resampling(void **state)
{
    (void)state;
    static int16_t whole[2 * 40000];
    write_shorts(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 22050, 2, FRAMES);
    long n = read_all(unset, 4096);
    memcpy(whole, pairs, sizeof whole);
    assert_int_equal(read_all(unset, 97), n);
    assert_memory_equal(whole, pairs, (size_t)n * 4);
}

static void no_more_is_given_than_was_asked_for(void **state)
{
    (void)state;
    write_shorts(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 1, FRAMES);
    for (size_t asked = 4000; asked < 4200; asked++) {
        struct ut_audio *a = ut_audio_open(file, unset, &fault);
        assert_non_null(a);
        long n = ut_audio_read(a, pairs, asked, &fault);
        assert_in_range(n, 1, asked);
        for (long i = 0; i < n; i++)
            assert_int_equal(pairs[2 * i], samples[i]);
        ut_audio_close(a);
    }
}

static void not_finite_is_refused(void **state)
{
    (void)state;
    static double x[FRAMES];
    x[FRAMES - 1] = (double)NAN;
    write_floats(SF_FORMAT_WAV | SF_FORMAT_FLOAT, x, FRAMES);
    refused(UT_EXIT_SAMPLES, "sample 19999 of channel 1");
    x[FRAMES - 1] = -(double)INFINITY;
    write_floats(SF_FORMAT_WAV | SF_FORMAT_DOUBLE, x, FRAMES);
    refused(UT_EXIT_SAMPLES, "not a finite number");
}

static void low_rates_are_refused(void **state)
{
    (void)state;
    write_shorts(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1000, 1, 5000);
    refused(UT_EXIT_RATE, "1000 Hz");
    write_shorts(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 7999, 1, 5000);
    refused(UT_EXIT_RATE, "7999 Hz");
}

/* A byte behind the head of an Ogg file's page, counted from 0. */
static void damage_page(int page)
{
    static char bytes[1 << 16];
    FILE *f = fopen(file, "r+b");
    size_t n = fread(bytes, 1, sizeof bytes, f), at = 0;
    for (int found = -1; found < page && at + 4 <= n; at++)
        found += memcmp(bytes + at, "OggS", 4) == 0;
    assert_true(at + 100 < n);
    fseek(f, (long)at + 99, SEEK_SET);
    fputc(bytes[at + 99] ^ 1, f);
    fclose(f);
}

static void cut_files_are_refused(void **state)
{
    (void)state;
    static const int formats[] = {SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_WAV | SF_FORMAT_FLOAT,
                                  SF_FORMAT_FLAC | SF_FORMAT_PCM_16};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct stat st;
        write_shorts(formats[i], 16000, 1, FRAMES);
        assert_int_equal(stat(file, &st), 0);
        assert_int_equal(truncate(file, st.st_size / 2), 0);
        refused(UT_EXIT_TRUNCATED, "truncated");
    }
    struct stat st;
    write_shorts(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 1, FRAMES);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(truncate(file, st.st_size - 600), 0);
    refused(UT_EXIT_TRUNCATED, "600 bytes fewer");
    assert_int_equal(truncate(file, st.st_size - 2), 0); /* a sample short: wrongly counted */
    assert_int_equal(read_all(unset, 4096), FRAMES - 1);
    write_shorts(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 2, 16000);
    assert_int_equal(truncate(file, 44), 0); /* of a WAV all but the header, of Ogg all but its two pages of it */
    refused(UT_EXIT_TRUNCATED, "before its sound begins (64000 bytes fewer than its header says)");
    write_shorts(SF_FORMAT_OGG | SF_FORMAT_VORBIS, 16000, 2, 16000);
    damage_page(2);
    refused(UT_EXIT_TRUNCATED, "before its sound begins (byte ");
}

/* Who asks for it gets what is before the damage, and what is missing. */
static void of_cut_files_the_begin_can_be_had(void **state)
{
    (void)state;
    static const struct ut_audio_reading cut_too = {.cut_too = true};
    static const int formats[] = {SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_FLAC | SF_FORMAT_PCM_16};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct stat st;
        write_shorts(formats[i], 16000, 1, FRAMES);
        assert_int_equal(stat(file, &st), 0);
        assert_int_equal(truncate(file, st.st_size / 2), 0);
        struct ut_audio *a = ut_audio_open_as(file, unset, &cut_too, &fault);
        assert_non_null(a);
        long n, total = 0;
        while ((n = ut_audio_read(a, pairs + 2 * total, 1000, &fault)) > 0)
            total += n;
        assert_int_equal(n, 0);
        assert_true(total > FRAMES / 4 && total < FRAMES && total == ut_audio_pairs(a));
        for (long k = 0; k < total; k++)
            assert_int_equal(pairs[2 * k], samples[k]);
        assert_non_null(ut_audio_cut(a));
        assert_true(strstr(ut_audio_cut(a), "fewer than its header says") != NULL ||
                    strstr(ut_audio_cut(a), "its decoder says: ") != NULL);
        ut_audio_close(a);
    }
    write_shorts(formats[0], 16000, 1, FRAMES);
    struct ut_audio *a = ut_audio_open_as(file, unset, &cut_too, &fault);
    assert_null(ut_audio_cut(a));
    ut_audio_close(a);
    write_shorts(formats[1], 16000, 1, FRAMES);
    assert_int_equal(truncate(file, 200), 0); /* nothing is before it */
    assert_null(ut_audio_open_as(file, unset, &cut_too, &fault));
    assert_int_equal(fault.code, UT_EXIT_TRUNCATED);
}

static void a_streamed_header_promises_nothing(void **state)
{
    (void)state;
    write_shorts(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 1, FRAMES);
    FILE *f = fopen(file, "r+b");
    assert_non_null(f);
    static const uint8_t unknown[] = {0xFF, 0xFF, 0xFF, 0xFF};
    fseek(f, 4, SEEK_SET);
    fwrite(unknown, 1, 4, f);
    fseek(f, 40, SEEK_SET);
    fwrite(unknown, 1, 4, f);
    fclose(f);
    assert_int_equal(read_all(unset, 4096), FRAMES);
}

static void a_format_that_cannot_seek_is_read(void **state)
{
    (void)state;
    write_shorts(SF_FORMAT_WAV | SF_FORMAT_GSM610, 8000, 1, 320 * 30); /* whole blocks of the format */
    assert_int_equal(read_all(unset, 4096), 2 * 320 * 30);
    int64_t energy = 0;
    for (int i = 0; i < 2 * 320 * 30; i++)
        energy += abs(pairs[2 * i]);
    assert_true(energy / (2 * 320 * 30) > 1000);
}

static void what_is_no_audio_is_refused(void **state)
{
    (void)state;
    refused(UT_EXIT_MISSING, "cannot be opened");
    FILE *f = fopen(file, "w");
    fclose(f);
    refused(UT_EXIT_EMPTY, "is empty");
    f = fopen(file, "w");
    for (int i = 0; i < 100; i++)
        fputs("not audio\n", f);
    fclose(f);
    refused(UT_EXIT_NOT_AUDIO, "not an audio file");
    write_shorts(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 1, 0);
    refused(UT_EXIT_EMPTY, "holds no audio");
    remove(file);
    assert_int_equal(mkfifo(file, 0600), 0);
    refused(UT_EXIT_NOT_AUDIO, "not an ordinary file");
    char longer[5000];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_null(ut_audio_open(longer, unset, &fault));
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    assert_null(ut_audio_open(folder, unset, &fault));
    assert_int_equal(fault.code, UT_EXIT_NOT_AUDIO);
}

static void what_can_be_read_once_only_is_known(void **state)
{
    (void)state;
    assert_true(ut_audio_is_once("-"));
    assert_true(ut_audio_is_once("/dev/null"));
    assert_false(ut_audio_is_once(file));
    assert_false(ut_audio_is_once(folder));
    assert_int_equal(mkfifo(file, 0600), 0);
    assert_true(ut_audio_is_once(file));
    remove(file);
    write_shorts(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 1, 100);
    assert_false(ut_audio_is_once(file));
}

static void names_lose_folder_and_ending(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"calls/a.b.wav", "a.b"}, {"a", "a"}, {"/x.y/.wav", ".wav"}, {"x.d/b", "b"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int len;
        const char *name = ut_audio_stem(names[i][0], &len);
        assert_int_equal(len, strlen(names[i][1]));
        assert_memory_equal(name, names[i][1], (size_t)len);
    }
}

static void properties_are_told(void **state)
{
    (void)state;
    write_shorts(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 2, FRAMES);
    struct ut_audio *a = ut_audio_open(file, unset, &fault);
    assert_non_null(a);
    assert_int_equal(ut_audio_pairs(a), 2 * FRAMES);
    assert_int_equal(ut_audio_has_agent(a), 1);
    assert_int_equal(ut_audio_rate(a), 8000);
    assert_int_equal(ut_audio_channels(a), 2);
    ut_audio_close(a);
    ut_audio_close(NULL);
}

static void one_channel_is_whose_somebody_says(void **state)
{
    (void)state;
    const struct ut_audio_choice said = {.customer = 2, .agent = UT_AUDIO_NONE},
                                 half = {.customer = UT_AUDIO_UNSET, .agent = UT_AUDIO_NONE};
    assert_string_equal(ut_audio_alone(said, 2), "declared");
    assert_string_equal(ut_audio_alone(half, 2), "undeclared");
    assert_string_equal(ut_audio_alone(unset, 3), "undeclared");
    assert_null(ut_audio_alone(unset, 1));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(stereo_passes_bit_for_bit),
        TEST(mono_is_the_customer),
        TEST(channels_are_chosen_or_refused),
        TEST(channel_words_are_parsed),
        TEST(floats_are_rounded_once_and_saturated),
        TEST(other_rates_keep_length_and_level),
        TEST(chunks_do_not_matter_when_resampling),
        TEST(no_more_is_given_than_was_asked_for),
        TEST(not_finite_is_refused),
        TEST(low_rates_are_refused),
        TEST(cut_files_are_refused),
        TEST(of_cut_files_the_begin_can_be_had),
        TEST(a_streamed_header_promises_nothing),
        TEST(a_format_that_cannot_seek_is_read),
        TEST(what_is_no_audio_is_refused),
        TEST(what_can_be_read_once_only_is_known),
        TEST(names_lose_folder_and_ending),
        TEST(properties_are_told),
        TEST(one_channel_is_whose_somebody_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
