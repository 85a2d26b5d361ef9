/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/flac_frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { BLOCK = 301, FRAME = 20000 }; /* odd: blocks of metadata have any length */

static FILE *file;

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
}

static bool is_whole(int64_t fewer)
{
    fflush(file);
    struct ut_stretch s = {.fd = fileno(file), .bytes = ftell(file) - fewer};
    return ut_flac_frames_whole(&s);
}

/* Two blocks of metadata. */
static void put_head(void)
{
    static const uint8_t first[4 + BLOCK] = {0, 0, BLOCK >> 8, BLOCK & 0xFF, 1, 2, 3}, last[4 + 1] = {0x84, 0, 0, 1, 9};
    put("fLaC", 4);
    put(first, sizeof first);
    put(last, sizeof last);
}

/* Any bytes, then their CRC-16 bit by bit. */
static void put_frame(unsigned seed)
{
    uint8_t frame[FRAME + 2];
    unsigned sum = 0;
    for (int i = 0; i < FRAME; i++) {
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF;
        frame[i] = (uint8_t)(seed >> 16);
        sum ^= (unsigned)frame[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            sum = (sum << 1 ^ ((sum & 0x8000) != 0 ? 0x8005 : 0)) & 0xFFFF;
    }
    frame[FRAME] = (uint8_t)(sum >> 8);
    frame[FRAME + 1] = (uint8_t)sum;
    put(frame, sizeof frame);
}

static void whole_frames_are_whole(void **state)
{
    (void)state;
    put_head();
    assert_true(is_whole(0));
    put_frame(1);
    put_frame(2);
    put_frame(3);
    assert_true(is_whole(0));
    assert_true(is_whole(FRAME + 2)); /* one frame fewer */
}

static void a_cut_frame_is_not(void **state)
{
    (void)state;
    put_head();
    put_frame(1);
    put_frame(2);
    for (int fewer = 1; fewer < FRAME + 2; fewer += 977)
        assert_false(is_whole(fewer));
}

static void nor_is_damage_in_the_middle(void **state)
{
    (void)state;
    static const uint8_t damage[] = {0, 0, 0};
    put_head();
    put_frame(1);
    put_frame(2);
    put_frame(3);
    assert_int_equal(fseek(file, FRAME + 5000, SEEK_SET), 0);
    put(damage, sizeof damage);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    assert_false(is_whole(0));
}

static void a_tag_at_the_end_is_no_frame(void **state)
{
    (void)state;
    uint8_t tag[128] = "TAGa title";
    put_head();
    put_frame(1);
    put(tag, sizeof tag);
    assert_true(is_whole(0));
    assert_false(is_whole(1));
}

static void other_files_are_not_judged(void **state)
{
    (void)state;
    put("RIFF of any bytes", 17);
    assert_true(is_whole(0));
    rewind(file);
    put("fLaC\0\xFF\xFF\xFFx", 9); /* a block longer than the file */
    assert_true(is_whole(0));
}

/* The heads of others: bytes that are like one but in one are frames. */
static void others_begin_with_their_head(void **state)
{
    (void)state;
    static const uint8_t last[] = {'f', 'L', 'a', 'C', 0x80, 0, 0, 34}, more[] = {'f', 'L', 'a', 'C', 0, 0, 0, 34};
    long begins[4] = {0};
    for (int i = 0; i < 3; i++) {
        begins[i] = ftell(file);
        put(i == 1 ? last : more, sizeof more);
        put_frame((unsigned)i + 1);
        for (size_t k = 0; i == 1 && k < sizeof more; k++) {
            uint8_t like[sizeof more];
            memcpy(like, more, sizeof more);
            like[k] ^= 1;
            put(like, sizeof like);
        }
    }
    begins[3] = ftell(file);
    fflush(file);
    struct ut_stretch s = {.fd = fileno(file), .bytes = begins[3]};
    for (int i = 0; i < 3; i++)
        assert_int_equal(ut_flac_frames_next(&s, begins[i]), begins[i + 1]);
    assert_int_equal(ut_flac_frames_next(&s, 1), begins[3]); /* no head stands there */
    for (int at = 16370; at < 16400; at++) {                 /* across the pieces that are read at a time */
        rewind(file);
        put(more, sizeof more);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        put(last, sizeof last);
        fflush(file);
        assert_int_equal(ut_flac_frames_next(&s, 0), at);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        put("        ", 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whole_frames_are_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cut_frame_is_not, setup, teardown),
        cmocka_unit_test_setup_teardown(nor_is_damage_in_the_middle, setup, teardown),
        cmocka_unit_test_setup_teardown(a_tag_at_the_end_is_no_frame, setup, teardown),
        cmocka_unit_test_setup_teardown(other_files_are_not_judged, setup, teardown),
        cmocka_unit_test_setup_teardown(others_begin_with_their_head, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
