/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/wav_header.h"

#include "host-tools/system/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { FRAME = 4, SOUND = 4000, HEADER = 44 };
static FILE *file;
static struct ut_wav_header h;

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

static void put_number(uint32_t x, size_t bytes)
{
    uint8_t b[4];
    ut_bytes_put(b, x, bytes);
    put(b, bytes);
}

static void put_head(const char *riff, uint32_t size)
{
    rewind(file);
    assert_int_equal(ftruncate(fileno(file), 0), 0);
    put(riff, 4);
    put_number(size, 4);
    put("WAVE", 4);
}

/* 16 kHz, two channels of 16 bits. */
static void put_fmt(uint32_t coding, uint32_t frame)
{
    put("fmt ", 4);
    put_number(16, 4);
    put_number(coding, 2);
    put_number(2, 2);
    put_number(16000, 4);
    put_number(64000, 4);
    put_number(frame, 2);
    put_number(16, 2);
}

static void put_data(uint32_t said, int there)
{
    put("data", 4);
    put_number(said, 4);
    for (int i = 0; i < there; i++)
        put_number((uint32_t)(i * 37 + 1) & 0x1F, 1); /* never what could be a chunk's name */
}

static enum ut_wav_judgement judge(void)
{
    fflush(file);
    return ut_wav_header_read(&h, fileno(file), 0);
}

static void sizes_are_held_against_the_bytes(void **state)
{
    (void)state;
    static const struct {
        uint32_t said;
        int there;
        enum ut_wav_judgement judged;
        int bytes;
    } cases[] = {
        {SOUND, SOUND, UT_WAV_RIGHT, SOUND},
        {0, SOUND, UT_WAV_UNFINISHED, SOUND},
        {0, SOUND + 3, UT_WAV_UNFINISHED, SOUND},
        {0, 0, UT_WAV_RIGHT, 0},
        {0xFFFFFFFF, SOUND, UT_WAV_UNFINISHED, SOUND},
        {0xFFFFFFFF - 36, SOUND, UT_WAV_UNFINISHED, SOUND},
        {0x7FFFFFFF - 36, SOUND, UT_WAV_UNFINISHED, SOUND},
        {0x80000000, SOUND, UT_WAV_UNFINISHED, SOUND},
        {0x7FFFF000, SOUND, UT_WAV_UNFINISHED, SOUND},
        {0x90000000, SOUND, UT_WAV_CUT, SOUND},
        {SOUND / 10, SOUND, UT_WAV_MORE, SOUND},
        {SOUND - FRAME, SOUND, UT_WAV_MORE, SOUND},
        {SOUND, SOUND + 3, UT_WAV_RIGHT, SOUND},
        {SOUND, SOUND - 1, UT_WAV_FEWER, SOUND - FRAME},
        {SOUND + HEADER, SOUND, UT_WAV_FEWER, SOUND},
        {SOUND + 511, SOUND, UT_WAV_FEWER, SOUND},
        {SOUND + 512, SOUND, UT_WAV_CUT, SOUND},
        {2 * SOUND, SOUND, UT_WAV_CUT, SOUND},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        put_head("RIFF", 36 + cases[i].said);
        put_fmt(1, FRAME);
        put_data(cases[i].said, cases[i].there);
        assert_int_equal(judge(), cases[i].judged);
        assert_int_equal(h.bytes, cases[i].bytes);
        assert_int_equal(h.said, cases[i].said);
        assert_int_equal(h.at, HEADER);
        assert_int_equal(h.missing,
                         cases[i].said > (uint32_t)cases[i].there ? (int64_t)cases[i].said - cases[i].there : 0);
        assert_true(h.channels == 2 && h.rate == 16000 && h.frame == FRAME && h.coding == 1);
    }
}

static void chunks_behind_the_sound_are_no_sound(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        int n;
        enum ut_wav_judgement judged;
    } cases[] = {
        {"LIST\4\0\0\0INFO", 12, UT_WAV_RIGHT},
        {"LIST\4\0\0\0INFOid3 \1\0\0\0x", 21, UT_WAV_RIGHT},
        {"LIST\4\0\0\0INFOid3 \1\0\0\0x\0", 22, UT_WAV_RIGHT},
        {"TAGtitle", 8, UT_WAV_RIGHT},
        {"ID3\3\0\0\0\0", 8, UT_WAV_RIGHT},
        {"APETAGEX", 8, UT_WAV_RIGHT},
        {"LIST\x7F\0\0\0INFO", 12, UT_WAV_MORE},
        {"\1\2\3\4\5\6\7\10\11\12\13\14", 12, UT_WAV_MORE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        put_head("RIFF", 36 + SOUND);
        put_fmt(1, FRAME);
        put_data(SOUND, SOUND);
        put(cases[i].bytes, (size_t)cases[i].n);
        assert_int_equal(judge(), cases[i].judged);
        assert_int_equal(h.bytes, cases[i].judged == UT_WAV_RIGHT ? SOUND : SOUND + cases[i].n);
    }
    put_head("RIFF", 0); /* odd sound, with the byte that fills it up and without */
    put_fmt(1, 1);
    put_data(SOUND - 1, SOUND);
    put("LIST\4\0\0\0INFO", 12);
    assert_int_equal(judge(), UT_WAV_RIGHT);
    put_head("RIFF", 0);
    put_fmt(1, 1);
    put_data(SOUND - 1, SOUND - 1);
    put("LIST\4\0\0\0INFO", 12);
    assert_int_equal(judge(), UT_WAV_RIGHT);
}

static void another_wav_may_begin_behind_it(void **state)
{
    (void)state;
    for (int odd = 0; odd < 2; odd++)
        for (int list = 0; list < 2; list++) {
            put_head("RIFF", 0);
            put_fmt(1, 1);
            put_data((uint32_t)(SOUND - odd), SOUND - odd);
            if (list)
                put(odd ? "\0LIST\4\0\0\0INFO" : "LIST\4\0\0\0INFO", (size_t)(12 + odd));
            long begin = ftell(file);
            uint8_t head[20] = "RIFF\x7F\0\0\0WAVEfmt \x10\0\0\0";
            put(head, sizeof head);
            put("\1\0\2\0\x80\x3E\0\0\0\xFA\0\0\4\0\x10\0", 16);
            put_data(SOUND, SOUND);
            assert_int_equal(judge(), UT_WAV_RIGHT);
            assert_int_equal(h.bytes, SOUND - odd);
            assert_int_equal(h.end, begin);
            assert_int_equal(ut_wav_header_read(&h, fileno(file), begin), UT_WAV_RIGHT);
            assert_true(h.at == begin + HEADER && h.bytes == SOUND && h.channels == 2);
            assert_int_equal(h.end, ftell(file));
        }
}

static void a_chunk_before_the_sound_may_lack_its_fill(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        int n;
        bool unfilled;
    } cases[] = {{"LIST\5\0\0\0INFOx", 13, true},
                 {"LIST\5\0\0\0INFOx\0", 14, false},
                 {"LIST\5\0\0\0INFOxP", 14, false}, /* filled with a letter */
                 {"LIST\5\0\0\0INFOxJUNK\4\0\0\0abcd", 25, true},
                 {"LIST\4\0\0\0INFO", 12, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        put_head("RIFF", 36 + SOUND);
        put_fmt(1, FRAME);
        put(cases[i].bytes, (size_t)cases[i].n);
        put_data(SOUND, SOUND);
        assert_int_equal(judge(), UT_WAV_RIGHT);
        assert_int_equal(h.unfilled, cases[i].unfilled);
        assert_int_equal(h.at, HEADER + cases[i].n);
        assert_int_equal(h.bytes, SOUND);
    }
}

/* A recording of 20 hours, its length modulo 2^32 in the header; its file has holes instead of sound. */
static void a_wrapped_length_loses_nothing(void **state)
{
    (void)state;
    const int64_t sound = (int64_t)20 * 3600 * 16000 * FRAME;
    put_head("RIFF", (uint32_t)(sound + 36));
    put_fmt(1, FRAME);
    put_data((uint32_t)sound, FRAME);
    fflush(file);
    assert_int_equal(ftruncate(fileno(file), HEADER + sound), 0);
    assert_int_equal(judge(), UT_WAV_MORE);
    assert_true(h.bytes == sound);
    struct ut_stretch s;
    ut_wav_header_mend(&h, fileno(file), &s);
    assert_true(ut_stretch_length(&s) == sound + s.head_bytes);
    assert_memory_equal(s.head, "RF64", 4);
    assert_memory_equal(s.head + 12, "ds64", 4);
    assert_int_equal(ut_bytes_get(s.head + 28, 4), (uint32_t)sound);
    assert_int_equal(ut_bytes_get(s.head + 32, 4), sound >> 32);
}

static void sizes_of_64_bits_count(void **state)
{
    (void)state;
    for (int unfinished = 0; unfinished < 2; unfinished++) {
        put_head("RF64", 0xFFFFFFFF);
        put("ds64", 4);
        put_number(28, 4);
        put_number(unfinished ? 0 : SOUND + 72, 4);
        put_number(0, 4);
        put_number(unfinished ? 0 : SOUND, 4);
        for (int i = 0; i < 4; i++)
            put_number(0, 4);
        put_fmt(1, FRAME);
        put_data(0xFFFFFFFF, SOUND);
        assert_int_equal(judge(), unfinished ? UT_WAV_UNFINISHED : UT_WAV_RIGHT);
        assert_int_equal(h.bytes, SOUND);
    }
    static const uint8_t riff[] = "riff\x2E\x91\xCF\x11\xA5\xD6\x28\xDB\x04\xC1\0\0";
    static const uint8_t rest[] = "\xF3\xAC\xD3\x11\x8C\xD1\0\xC0\x4F\x8E\xDB\x8A";
    for (int said = 0; said <= SOUND; said += SOUND / 2) { /* Wave64 */
        rewind(file);
        put(riff, 16);
        put_number(0, 4);
        put_number(0, 4);
        put("wave", 4);
        put(rest, 12);
        put("fmt ", 4);
        put(rest, 12);
        put_number(24 + 16, 4);
        put_number(0, 4);
        put("\1\0\2\0\x80\x3E\0\0\0\xFA\0\0\4\0\x10\0", 16);
        put("data", 4);
        put(rest, 12);
        put_number((uint32_t)(24 + said), 4);
        put_number(0, 4);
        for (int i = 0; i < SOUND; i++)
            put("\1", 1);
        assert_int_equal(judge(), said == SOUND ? UT_WAV_RIGHT : said == 0 ? UT_WAV_UNFINISHED : UT_WAV_MORE);
        assert_int_equal(h.bytes, SOUND);
    }
}

static void a_mended_header_is_right(void **state)
{
    (void)state;
    put_head("RIFF", 7);
    put("JUNK\3\0\0\0abc", 12);
    put_fmt(1, FRAME);
    put_data(0, SOUND + 1);
    assert_int_equal(judge(), UT_WAV_UNFINISHED);
    struct ut_stretch s;
    ut_wav_header_mend(&h, fileno(file), &s);
    assert_int_equal(ut_stretch_length(&s), HEADER + SOUND);
    uint8_t whole[HEADER + SOUND], first;
    assert_int_equal(ut_stretch_read(&s, whole, sizeof whole), sizeof whole);
    assert_int_equal(pread(fileno(file), &first, 1, h.at), 1);
    assert_int_equal(whole[HEADER], first);
    rewind(file);
    put(whole, sizeof whole);
    fflush(file);
    assert_int_equal(ftruncate(fileno(file), sizeof whole), 0);
    assert_int_equal(judge(), UT_WAV_RIGHT);
    assert_int_equal(ut_bytes_get(whole + 4, 4), sizeof whole - 8);
    assert_int_equal(h.bytes, SOUND);
}

static void what_ends_before_the_sound(void **state)
{
    (void)state;
    put_head("RIFF", 36 + SOUND);
    put_fmt(1, FRAME);
    put_data(SOUND, 0);
    fflush(file);
    for (int n = HEADER - 1; n > 0; n--) {
        assert_int_equal(ftruncate(fileno(file), n), 0);
        bool between = n == 12 || n == 36 || n < 12; /* no chunk is cut */
        assert_int_equal(judge(), between ? UT_WAV_OTHER : UT_WAV_HEADER_CUT);
        assert_int_equal(h.missing > 0, !between);
    }
}

static void what_cannot_be_judged_is_left_alone(void **state)
{
    (void)state;
    put("not a WAV file, but something of more than forty bytes", 54);
    assert_int_equal(judge(), UT_WAV_OTHER);
    put_head("RIFF", 100); /* no format before the sound */
    put_data(SOUND, SOUND);
    assert_int_equal(judge(), UT_WAV_OTHER);
    put_head("RIFF", 100); /* no chunk's name */
    put("\1\2\3\4\0\0\0\0\0\0\0\0", 12);
    assert_int_equal(judge(), UT_WAV_OTHER);
    put_head("RIFF", 36 + SOUND); /* a frame of no bytes divides nothing by zero */
    put_fmt(1, 0);
    put_data(0, SOUND);
    assert_int_equal(judge(), UT_WAV_UNFINISHED);
    assert_int_equal(h.frame, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(sizes_are_held_against_the_bytes),
        TEST(chunks_behind_the_sound_are_no_sound),
        TEST(another_wav_may_begin_behind_it),
        TEST(a_chunk_before_the_sound_may_lack_its_fill),
        TEST(a_wrapped_length_loses_nothing),
        TEST(sizes_of_64_bits_count),
        TEST(a_mended_header_is_right),
        TEST(what_ends_before_the_sound),
        TEST(what_cannot_be_judged_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
