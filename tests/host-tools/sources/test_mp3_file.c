/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/mp3_file.h"

#include <math.h>
#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { RATE = 16000, FRAMES = 3 * RATE, MPEG_2_FRAME = 576 };
static char name[64];
static uint8_t coded[1 << 20]; /* a tone as MP3, its first frame the header */
static size_t coded_bytes, first_bytes;
static double wide[4 * FRAMES];

static int make_tone(void **state)
{
    (void)state;
    static int16_t tone[FRAMES];
    for (int i = 0; i < FRAMES; i++)
        tone[i] = (int16_t)lrint(8000 * sin(6.283185307179586 * 440 * i / RATE));
    snprintf(name, sizeof name, "/tmp/undertone-test-XXXXXX");
    int fd = mkstemp(name);
    SF_INFO info = {.samplerate = RATE, .channels = 1, .format = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III};
    SNDFILE *f = fd >= 0 ? sf_open(name, SFM_WRITE, &info) : NULL;
    if (f == NULL || sf_writef_short(f, tone, FRAMES) != FRAMES)
        return -1;
    sf_close(f);
    coded_bytes = (size_t)pread(fd, coded, sizeof coded, 0);
    close(fd);
    remove(name);
    for (first_bytes = 4; coded[first_bytes] != 0xFF || (coded[first_bytes + 1] & 0xFE) != (coded[1] & 0xFE);)
        first_bytes++;
    return coded_bytes > 4000 ? 0 : -1;
}

static FILE *file;
static struct ut_stretch sound;

static int setup(void **state)
{
    (void)state;
    file = tmpfile();
    return file != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return fclose(file);
}

static void put(const void *bytes, size_t n)
{
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fflush(file);
    sound = (struct ut_stretch){.fd = fileno(file), .bytes = ftell(file)};
}

/* Reads twice to the end; the frames of each time, which are those that were counted. */
static long read_all(struct ut_mp3_file *m)
{
    long n, total = 0;
    assert_int_equal(ut_mp3_file_open(m, &sound), 0);
    assert_true(m->rate == RATE && m->channels == 1);
    for (int pass = 0; pass < 2; pass++) {
        total = 0;
        while ((n = ut_mp3_file_read(m, wide + total, 1000)) > 0)
            total += n;
        assert_null(ut_mp3_file_error(m));
        assert_int_equal(total, m->frames);
        assert_int_equal(ut_mp3_file_rewind(m), 0);
    }
    double sum = 0;
    for (long i = 0; i < total; i++)
        sum += wide[i] * wide[i];
    assert_true(fabs(sqrt(2 * sum / (double)total) * 32768 / 8000 - 1) < 0.05);
    return total;
}

static void with_its_header_it_is_as_long_as_it_was(void **state)
{
    (void)state;
    struct ut_mp3_file m;
    put(coded, coded_bytes);
    assert_true(ut_mp3_file_is(&sound));
    assert_int_equal(read_all(&m), FRAMES);
    assert_int_equal(m.said, FRAMES);
    ut_mp3_file_close(&m);
}

static void without_a_header_all_of_it_is_read(void **state)
{
    (void)state;
    struct ut_mp3_file m;
    put(coded + first_bytes, coded_bytes - first_bytes);
    assert_true(ut_mp3_file_is(&sound));
    long n = read_all(&m);
    assert_int_equal(m.said, -1);
    assert_true(n >= FRAMES && n < FRAMES + 5 * MPEG_2_FRAME);
    ut_mp3_file_close(&m);
}

static void two_files_in_one_are_both_read(void **state)
{
    (void)state;
    struct ut_mp3_file m;
    put(coded, coded_bytes);
    put(coded, coded_bytes);
    long n = read_all(&m);
    assert_int_equal(m.said, FRAMES);
    assert_true(n >= 2 * FRAMES && n < 2 * FRAMES + 8 * MPEG_2_FRAME);
    ut_mp3_file_close(&m);
}

static void what_is_missing_is_known(void **state)
{
    (void)state;
    struct ut_mp3_file m;
    put(coded, coded_bytes / 2);
    long n = read_all(&m);
    assert_int_equal(m.said, FRAMES);
    assert_true(n > FRAMES / 3 && n < FRAMES * 2 / 3);
    ut_mp3_file_close(&m);
}

static void a_tag_before_it_is_passed_over(void **state)
{
    (void)state;
    struct ut_mp3_file m;
    uint8_t tag[10 + 130] = "ID3\3\0\0\0\0\1\2"; /* 128 + 2 bytes */
    put(tag, sizeof tag);
    put(coded, coded_bytes);
    assert_true(ut_mp3_file_is(&sound));
    assert_int_equal(read_all(&m), FRAMES);
    assert_int_equal(m.said, FRAMES);
    ut_mp3_file_close(&m);
}

static void what_is_no_mp3_says_so(void **state)
{
    (void)state;
    struct ut_mp3_file m;
    put("\0\0\0\x1C"
        "ftypM4A ",
        12);
    for (int i = 0; i < 5000; i++)
        put("words, ", 7);
    assert_false(ut_mp3_file_is(&sound));
    assert_int_equal(ut_mp3_file_open(&m, &sound), -1);
    assert_non_null(ut_mp3_file_error(&m));
    ut_mp3_file_close(&m);
    rewind(file);
    put(coded, 4); /* one head is no frame */
    put("\0\0\0\0\0\0\0\0", 8);
    assert_false(ut_mp3_file_is(&sound));
    assert_true(ut_mp3_file_begins(&sound));
    sound.bytes = 1;
    assert_false(ut_mp3_file_begins(&sound));
    sound.bytes = 0;
    assert_false(ut_mp3_file_is(&sound));
    rewind(file);
    put("\xFF\xC0", 2);
    sound.bytes = 2;
    assert_false(ut_mp3_file_begins(&sound));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(with_its_header_it_is_as_long_as_it_was), TEST(without_a_header_all_of_it_is_read),
        TEST(two_files_in_one_are_both_read),          TEST(what_is_missing_is_known),
        TEST(a_tag_before_it_is_passed_over),          TEST(what_is_no_mp3_says_so),
    };
    return cmocka_run_group_tests(tests, make_tone, NULL);
}
