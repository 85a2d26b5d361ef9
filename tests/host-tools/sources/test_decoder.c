/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/decoder.h"

#include "host-tools/system/bytes.h"

#include <fcntl.h>
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

enum { FRAMES = 9000, LONG_FRAMES = 20 * FRAMES, PIECE = 1000 /* frames asked for at a time */ };
static char folder[64], file[128];
static int16_t samples[2 * FRAMES], shorts[2 * (2 * FRAMES + PIECE)];
static double wide[2 * (2 * FRAMES + PIECE)];
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/undertone-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(file, sizeof file, "%s/a", folder);
    for (int i = 0; i < 2 * FRAMES; i++)
        samples[i] = (int16_t)(i * 7919 % 20011 - 10000);
    memset(&fault, 0, sizeof fault);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    remove(file);
    return rmdir(folder);
}

static void write_file(int format, int rate)
{
    SF_INFO info = {.samplerate = rate, .channels = 2, .format = format};
    SNDFILE *f = sf_open(file, SFM_WRITE, &info);
    assert_non_null(f);
    assert_int_equal(sf_writef_short(f, samples, FRAMES), FRAMES);
    sf_close(f);
}

static void write_long(int format)
{
    SF_INFO info = {.samplerate = 16000, .channels = 2, .format = format};
    SNDFILE *f = sf_open(file, SFM_WRITE, &info);
    assert_non_null(f);
    for (int i = 0; i < LONG_FRAMES / FRAMES; i++)
        assert_int_equal(sf_writef_short(f, samples, FRAMES), FRAMES);
    sf_close(f);
}

/* From `at` on, bytes of no format. */
static void overwrite_with(long at, int bytes)
{
    FILE *f = fopen(file, "r+b");
    fseek(f, at, SEEK_SET);
    for (int i = 0; i < bytes; i++)
        fputc(i * 89 % 251, f);
    fclose(f);
}

static void append(const void *bytes, size_t n)
{
    FILE *f = fopen(file, "ab");
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

/* Frames until the end or an error. */
static long count_all(struct ut_decoder *d)
{
    long all = 0;
    for (long n; (n = ut_decoder_read(d, shorts, wide, PIECE)) > 0;)
        all += n;
    return all;
}

static void overwrite(long at, uint32_t x)
{
    uint8_t b[4];
    FILE *f = fopen(file, "r+b");
    ut_bytes_put(b, x, 4);
    fseek(f, at, SEEK_SET);
    assert_int_equal(fwrite(b, 1, 4, f), 4);
    fclose(f);
}

/* Frames to the end, in pieces. */
static long read_all(struct ut_decoder *d)
{
    long total = 0, n;
    while ((n = ut_decoder_read(d, shorts + 2 * total, wide + 2 * total, PIECE)) > 0)
        total += n;
    return total;
}

static void codings_are_read_twice(void **state)
{
    (void)state;
    static const struct {
        int format;
        bool shorts;
    } cases[] = {{SF_FORMAT_WAV | SF_FORMAT_PCM_16, true},  {SF_FORMAT_WAV | SF_FORMAT_PCM_U8, true},
                 {SF_FORMAT_WAV | SF_FORMAT_ULAW, true},    {SF_FORMAT_WAV | SF_FORMAT_ALAW, true},
                 {SF_FORMAT_WAV | SF_FORMAT_PCM_24, false}, {SF_FORMAT_FLAC | SF_FORMAT_PCM_16, true},
                 {SF_FORMAT_W64 | SF_FORMAT_PCM_16, true},  {SF_FORMAT_RF64 | SF_FORMAT_PCM_16, true},
                 {SF_FORMAT_AU | SF_FORMAT_PCM_16, true},   {SF_FORMAT_AIFF | SF_FORMAT_PCM_16, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ut_decoder d;
        write_file(cases[i].format, 11025);
        assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
        assert_true(d.rate == 11025 && d.channels == 2 && d.shorts == cases[i].shorts && d.frames == FRAMES);
        assert_true(d.remark[0] == '\0' && d.cut[0] == '\0');
        for (int pass = 0; pass < 2; pass++) {
            assert_int_equal(read_all(&d), FRAMES);
            assert_null(ut_decoder_error(&d));
            for (int k = 0; k < 2 * FRAMES; k++)
                assert_true(abs((d.shorts ? shorts[k] : (int)(wide[k] * 32768)) - samples[k]) <= 512);
            assert_int_equal(ut_decoder_rewind(&d), 0);
        }
        ut_decoder_close(&d);
    }
}

static void a_false_length_is_mended_and_remarked(void **state)
{
    (void)state;
    static const int formats[] = {SF_FORMAT_PCM_16, SF_FORMAT_PCM_24,   SF_FORMAT_FLOAT,
                                  SF_FORMAT_ULAW,   SF_FORMAT_MS_ADPCM, SF_FORMAT_GSM610};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct ut_decoder d;
        SF_INFO info = {.samplerate = 8000, .channels = 1, .format = SF_FORMAT_WAV | formats[i]};
        SNDFILE *f = sf_open(file, SFM_WRITE, &info);
        assert_int_equal(sf_writef_short(f, samples, 6400), 6400);
        sf_close(f);
        assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
        long whole = read_all(&d);
        assert_true(whole >= 6400);
        ut_decoder_close(&d);
        f = NULL;
        uint8_t head[256];
        FILE *raw = fopen(file, "rb");
        size_t n = fread(head, 1, sizeof head, raw), at = 12;
        fclose(raw);
        while (at + 8 < n && memcmp(head + at, "data", 4) != 0)
            at += 8 + ut_bytes_get(head + at + 4, 4);
        overwrite((long)at + 4, 0);
        assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
        assert_non_null(strstr(d.remark, "never finished"));
        assert_int_equal(read_all(&d), whole);
        ut_decoder_close(&d);
    }
}

static void what_is_cut_says_so_and_can_be_read(void **state)
{
    (void)state;
    struct ut_decoder d;
    struct stat st;
    write_file(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(truncate(file, st.st_size - 4002), 0);
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
    assert_string_equal(d.cut, "4002 bytes fewer than its header says");
    assert_int_equal(read_all(&d), FRAMES - 1001);
    assert_memory_equal(shorts, samples, (FRAMES - 1001) * 4);
    ut_decoder_close(&d);
}

/* Damage in the middle ends the sound, also where a library would go on behind it; what is no sound at the end is no
 * damage. */
static void damage_in_the_middle_ends_it(void **state)
{
    (void)state;
    static const int formats[] = {SF_FORMAT_OGG | SF_FORMAT_VORBIS, SF_FORMAT_OGG | SF_FORMAT_OPUS,
                                  SF_FORMAT_FLAC | SF_FORMAT_PCM_16, SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III};
    static char tag[3000] = "APETAGEX";
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct ut_decoder d;
        struct stat st;
        long before = 0;
        write_long(formats[i]);
        assert_int_equal(stat(file, &st), 0);
        assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
        long whole = count_all(&d);
        assert_true(d.cut[0] == '\0' && ut_decoder_error(&d) == NULL && whole > LONG_FRAMES / 2);
        ut_decoder_close(&d);
        overwrite_with(st.st_size / 2, 4000);
        for (int again = 0; again < 2; again++) {
            assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
            long n = count_all(&d);
            assert_true(d.cut[0] != '\0' || ut_decoder_error(&d) != NULL || n < d.frames);
            assert_true(n > whole / 10 && n < whole * 6 / 10);
            assert_true(again == 0 || n == before);
            before = n;
            ut_decoder_close(&d);
        }
    }
    write_long(SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III);
    append(tag, sizeof tag);
    struct ut_decoder d;
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
    assert_true(count_all(&d) > LONG_FRAMES / 2);
    assert_true(d.cut[0] == '\0' && ut_decoder_error(&d) == NULL);
    ut_decoder_close(&d);
}

/* As some recorders put it: MP3 as the sound of a WAV. */
static void mp3_is_read_alone_and_in_a_wav(void **state)
{
    (void)state;
    struct ut_decoder d;
    static uint8_t coded[1 << 18];
    write_file(SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 16000);
    FILE *f = fopen(file, "rb");
    uint32_t n = (uint32_t)fread(coded, 1, sizeof coded, f);
    fclose(f);
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
    assert_true(d.rate == 16000 && d.channels == 2 && !d.shorts && d.frames == FRAMES);
    assert_int_equal(read_all(&d), FRAMES);
    ut_decoder_close(&d);
    uint8_t head[44] = "RIFF....WAVEfmt \x10\0\0\0\x55\0\2\0\x80\x3E\0\0\xA0\x0F\0\0\1\0\0\0data";
    ut_bytes_put(head + 4, 36 + n, 4);
    ut_bytes_put(head + 40, n, 4);
    f = fopen(file, "wb");
    assert_int_equal(fwrite(head, 1, sizeof head, f), sizeof head);
    assert_int_equal(fwrite(coded, 1, n, f), n);
    fclose(f);
    for (int pass = 0; pass < 2; pass++) {
        assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
        assert_int_equal(read_all(&d), FRAMES);
        assert_null(ut_decoder_error(&d));
        assert_int_equal(ut_decoder_rewind(&d), 0);
        assert_int_equal(read_all(&d), FRAMES);
        assert_int_equal(d.remark[0] != '\0', pass);
        ut_decoder_close(&d);
        overwrite(40, 0);
    }
}

/* A header that says no length promises none: nothing to remark. */
static void an_mp3_without_its_header_is_read_without_a_remark(void **state)
{
    (void)state;
    struct ut_decoder d;
    static uint8_t coded[1 << 18];
    write_file(SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 16000);
    FILE *f = fopen(file, "rb");
    size_t n = fread(coded, 1, sizeof coded, f), second = 4;
    fclose(f);
    while (coded[second] != 0xFF || (coded[second + 1] & 0xFE) != (coded[1] & 0xFE)) /* the second frame */
        second++;
    f = fopen(file, "wb");
    assert_int_equal(fwrite(coded + second, 1, n - second, f), n - second);
    fclose(f);
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
    assert_true(d.frames >= FRAMES);
    assert_string_equal(d.remark, "");
    assert_string_equal(d.cut, "");
    ut_decoder_close(&d);
}

static uint8_t coded[1 << 18];

/* The file's bytes. */
static size_t read_file(void)
{
    FILE *f = fopen(file, "rb");
    size_t n = fread(coded, 1, sizeof coded, f);
    fclose(f);
    return n;
}

static const int chained[] = {SF_FORMAT_OGG | SF_FORMAT_VORBIS,  SF_FORMAT_OGG | SF_FORMAT_OPUS,
                              SF_FORMAT_FLAC | SF_FORMAT_PCM_16, SF_FORMAT_WAV | SF_FORMAT_PCM_16,
                              SF_FORMAT_WAV | SF_FORMAT_ULAW,    SF_FORMAT_WAV | SF_FORMAT_FLOAT,
                              SF_FORMAT_RF64 | SF_FORMAT_PCM_16, SF_FORMAT_W64 | SF_FORMAT_PCM_16};

static void a_chain_is_read_to_its_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof chained / sizeof chained[0]; i++) {
        struct ut_decoder d;
        write_file(chained[i], 16000);
        size_t n = read_file();
        assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
        long one = count_all(&d);
        assert_string_equal(d.remark, "");
        ut_decoder_close(&d);
        append(coded, n);
        append(coded, n);
        assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
        assert_non_null(strstr(d.remark, "3 recordings"));
        assert_string_equal(d.cut, "");
        for (int pass = 0; pass < 2; pass++) {
            assert_int_equal(count_all(&d), 3 * one);
            assert_null(ut_decoder_error(&d));
            assert_int_equal(ut_decoder_rewind(&d), 0);
        }
        ut_decoder_close(&d);
        write_file(chained[i], 48000); /* another rate behind the first: not played as one */
        append(coded, n);
        assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
        assert_true(read_all(&d) > 0);
        assert_string_equal(ut_decoder_error(&d), "a recording of another kind begins");
        ut_decoder_close(&d);
    }
}

static void a_chain_of_two_codings_ends_with_the_first(void **state)
{
    (void)state;
    struct ut_decoder d;
    write_file(SF_FORMAT_WAV | SF_FORMAT_FLOAT, 16000);
    size_t n = read_file();
    write_file(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000);
    append(coded, n);
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
    assert_int_equal(read_all(&d), FRAMES);
    assert_string_equal(ut_decoder_error(&d), "a recording of another kind begins");
    ut_decoder_close(&d);
    write_file(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000);
    append("RIFF\4\0\0\0WAVEnothing that is a chunk", 35);
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
    assert_int_equal(read_all(&d), FRAMES);
    assert_string_equal(ut_decoder_error(&d), "a recording of another kind begins");
    ut_decoder_close(&d);
    static const int others[] = {SF_FORMAT_FLAC | SF_FORMAT_PCM_16, SF_FORMAT_OGG | SF_FORMAT_VORBIS};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        write_file(others[i], 16000);
        n = read_file();
        write_file(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000);
        append(coded, n);
        assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
        assert_int_equal(read_all(&d), FRAMES);
        assert_string_equal(ut_decoder_error(&d), "a recording of another kind begins");
        ut_decoder_close(&d);
    }
}

static void a_chain_ends_where_it_is_damaged(void **state)
{
    (void)state;
    static const int formats[] = {SF_FORMAT_FLAC | SF_FORMAT_PCM_16, SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct ut_decoder d;
        write_file(formats[i], 16000);
        size_t n = read_file();
        append(coded, n - n / 4); /* cut: a quarter of the second is missing */
        assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
        assert_string_equal(d.cut, "recording 2 of the 2 in it is damaged or cut");
        assert_string_equal(d.remark, "");
        long frames = count_all(&d);
        assert_true(frames >= FRAMES && frames < 2 * FRAMES);
        ut_decoder_close(&d);
    }
    struct ut_decoder d;
    write_file(SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000);
    size_t n = read_file();
    append(coded, n);
    append(coded, n);
    overwrite((long)(n + n / 2), 0x12345678);
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
    assert_string_equal(d.cut, "recording 2 of the 3 in it is damaged or cut");
    assert_true(count_all(&d) <= 2 * FRAMES);
    ut_decoder_close(&d);
}

enum { WAV_SIZE_AT = 40, WAV_BYTES = 44 + 4 * FRAMES };

/* Open, twice through: these frames, in two passes the same, and these words. */
static void plays(long frames, const char *remark, const char *cut)
{
    struct ut_decoder d;
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
    assert_string_equal(d.remark, remark);
    assert_string_equal(d.cut, cut);
    for (int pass = 0; pass < 2; pass++) {
        memset(shorts, 0, sizeof shorts);
        assert_int_equal(read_all(&d), frames);
        assert_memory_equal(shorts, samples, 4 * (size_t)(frames < FRAMES ? frames : FRAMES));
        assert_null(ut_decoder_error(&d));
        assert_int_equal(ut_decoder_rewind(&d), 0);
    }
    ut_decoder_close(&d);
}

/* The head of the first is mended, or that of the second: either way both are played, and nothing of their heads. */
static void a_false_head_hides_no_recording(void **state)
{
    (void)state;
    static const uint32_t false_sizes[] = {0, UINT32_MAX, 0x7FFFFFFF, 4 * FRAMES - 2000, 4 * FRAMES + 100};
    static const char wrong[] =
        "holds 2 recordings one behind the other; all of them are played, 1 with a length in its "
        "header that is not that of its sound";
    for (size_t i = 0; i < sizeof false_sizes / sizeof false_sizes[0]; i++)
        for (int second = 0; second < 2; second++) {
            write_file(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000);
            append(coded, read_file());
            overwrite(WAV_SIZE_AT + second * WAV_BYTES, false_sizes[i]);
            plays(2 * FRAMES, wrong, "");
            assert_memory_equal(shorts + 2 * FRAMES, samples, 4 * FRAMES);
        }
    write_file(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000);
    size_t n = read_file();
    FILE *f = fopen(file, "wb"); /* an odd chunk before the sound that lacks its fill */
    assert_int_equal(fwrite(coded, 1, 12, f), 12);
    assert_int_equal(fwrite("note\3\0\0\0abc", 1, 11, f), 11);
    assert_int_equal(fwrite(coded + 12, 1, n - 12, f), n - 12);
    fclose(f);
    append(coded, n);
    plays(2 * FRAMES, "holds 2 recordings one behind the other; all of them are played", "");
    write_file(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000);
    append("ID3 and what else a player writes", 33);
    append(coded, n);
    plays(2 * FRAMES, "holds 2 recordings one behind the other; all of them are played", "");
}

/* Two behind the one that is cut: it ends there, and what is behind the cut is not taken for its sound. */
static void a_cut_one_ends_where_the_next_begins(void **state)
{
    (void)state;
    write_file(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000);
    size_t n = read_file();
    assert_int_equal(truncate(file, (off_t)n - 1000), 0);
    append(coded, n);
    append(coded, n);
    plays(FRAMES - 250, "", "recording 1 of the 3 in it is damaged or cut");
}

static void append_data(uint32_t bytes)
{
    uint8_t head[8] = "data";
    ut_bytes_put(head + 4, bytes, 4);
    append(head, sizeof head);
    append(samples, 4 * FRAMES);
}

static void every_data_chunk_is_played(void **state)
{
    (void)state;
    struct ut_decoder d;
    for (int list = 0; list < 2; list++) {
        write_file(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000);
        append("LIST\4\0\0\0INFO", list ? 12 : 0);
        append_data(4 * FRAMES);
        plays(2 * FRAMES, "its sound lies in 2 data chunks; all of them are played", "");
        assert_memory_equal(shorts + 2 * FRAMES, samples, 4 * FRAMES);
    }
    write_file(SF_FORMAT_W64 | SF_FORMAT_PCM_16, 16000);
    size_t n = read_file();
    append(coded + n - 4 * FRAMES - 24, 4 * FRAMES + 24);
    plays(2 * FRAMES, "its sound lies in 2 data chunks; all of them are played", "");
    write_file(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000); /* the first holds nothing */
    overwrite(WAV_SIZE_AT, 0);
    assert_int_equal(truncate(file, 44), 0);
    append_data(4 * FRAMES);
    plays(FRAMES, "its sound lies in 2 data chunks; all of them are played", "");
    append_data(8 * FRAMES);
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
    assert_string_equal(d.cut, "data chunk 3 of the 3 in it is damaged or cut");
    assert_int_equal(count_all(&d), 2 * FRAMES);
    ut_decoder_close(&d);
}

/* What is behind MP3 in a WAV is not read: it says so. */
static void mp3_in_a_wav_hides_nothing(void **state)
{
    (void)state;
    struct ut_decoder d;
    char cut[100];
    write_file(SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 16000);
    uint32_t n = (uint32_t)read_file();
    uint8_t head[44] = "RIFF....WAVEfmt \x10\0\0\0\x55\0\2\0\x80\x3E\0\0\xA0\x0F\0\0\1\0\0\0data";
    ut_bytes_put(head + 40, n, 4);
    for (int wrong = 0; wrong < 2; wrong++) {
        FILE *f = fopen(file, "wb");
        for (int i = 0; i < 2; i++) {
            assert_int_equal(fwrite(head, 1, sizeof head, f), sizeof head);
            assert_int_equal(fwrite(coded, 1, n, f), n);
            if (n % 2 == 1)
                fputc(0, f);
        }
        fclose(f);
        uint32_t begin = 44 + n + n % 2;
        if (wrong)
            overwrite(40, UINT32_MAX);
        snprintf(cut, sizeof cut, "another recording begins at byte %u; what is behind MP3 sound is not played",
                 (unsigned)begin + 1);
        assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
        assert_string_equal(d.cut, cut);
        assert_int_equal(count_all(&d), FRAMES);
        ut_decoder_close(&d);
    }
}

static void without_a_header_it_is_what_is_said(void **state)
{
    (void)state;
    struct ut_decoder d;
    static const struct ut_raw_sound s16 = {UT_RAW_S16, 12000, 2};
    FILE *f = fopen(file, "wb");
    assert_int_equal(fwrite(samples, 2, 2 * FRAMES, f), 2 * FRAMES);
    fputc(1, f); /* half a sample */
    fclose(f);
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), -1);
    ut_decoder_close(&d);
    assert_int_equal(ut_decoder_open(&d, file, &s16, false, &fault), 0);
    assert_true(d.rate == 12000 && d.channels == 2 && d.shorts);
    for (int pass = 0; pass < 2; pass++) {
        assert_int_equal(read_all(&d), FRAMES);
        assert_memory_equal(shorts, samples, sizeof samples);
        assert_int_equal(ut_decoder_rewind(&d), 0);
    }
    ut_decoder_close(&d);
    strcat(file, ".sln16");
    f = fopen(file, "wb");
    assert_int_equal(fwrite(samples, 2, 2 * FRAMES, f), 2 * FRAMES);
    fclose(f);
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
    assert_true(d.rate == 16000 && d.channels == 1);
    assert_int_equal(read_all(&d), 2 * FRAMES);
    ut_decoder_close(&d);
    write_file(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000); /* a header counts more than a name */
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
    assert_int_equal(read_all(&d), FRAMES);
    ut_decoder_close(&d);
    remove(file);
    *strrchr(file, '.') = '\0';
}

/* Frames of GSM 06.10 by their name, as libsndfile writes them, up to the first that is none. */
static void gsm_without_a_header(void **state)
{
    (void)state;
    enum { FRAME = 33, SAMPLES = 160, GSM_FRAMES = 40 };
    struct ut_decoder d;
    SF_INFO info = {.samplerate = 8000, .channels = 1, .format = SF_FORMAT_RAW | SF_FORMAT_GSM610};
    strcat(file, ".gsm");
    SNDFILE *f = sf_open(file, SFM_WRITE, &info);
    assert_non_null(f);
    assert_int_equal(sf_writef_short(f, samples, SAMPLES * GSM_FRAMES), SAMPLES * GSM_FRAMES);
    sf_close(f);
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
    assert_true(d.rate == 8000 && d.channels == 1 && d.cut[0] == '\0');
    for (int pass = 0; pass < 2; pass++) {
        assert_int_equal(count_all(&d), SAMPLES * GSM_FRAMES);
        assert_null(ut_decoder_error(&d));
        assert_int_equal(ut_decoder_rewind(&d), 0);
    }
    ut_decoder_close(&d);
    overwrite(10 * FRAME, 0);
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), 0);
    assert_string_equal(d.cut, "byte 331 of 1320 begins no frame of GSM 06.10");
    assert_int_equal(count_all(&d), SAMPLES * 10);
    ut_decoder_close(&d);
    overwrite(0, 0);
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_NOT_AUDIO);
    ut_decoder_close(&d);
    remove(file);
    *strrchr(file, '.') = '\0';
}

/* As in a program that was started without a standard input: the file gets its number. */
static void descriptor_0_is_a_file_as_well(void **state)
{
    (void)state;
    struct ut_decoder d;
    write_file(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000);
    int input = dup(STDIN_FILENO);
    close(STDIN_FILENO);
    int opened = ut_decoder_open(&d, file, NULL, false, &fault);
    bool is_0 = fcntl(STDIN_FILENO, F_GETFD) >= 0;
    long frames = opened == 0 ? count_all(&d) : -1;
    ut_decoder_close(&d);
    if (input >= 0)
        assert_int_equal(dup2(input, STDIN_FILENO), STDIN_FILENO);
    close(input);
    assert_int_equal(opened, 0);
    assert_true(is_0);
    assert_int_equal(frames, FRAMES);
}

static void what_is_no_sound_is_refused(void **state)
{
    (void)state;
    struct ut_decoder d;
    FILE *f;
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    ut_decoder_close(&d);
    f = fopen(file, "w");
    fclose(f);
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_EMPTY);
    ut_decoder_close(&d);
    f = fopen(file, "w");
    fputs("words, not sound, and more of them than a header has", f);
    fclose(f);
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_NOT_AUDIO);
    ut_decoder_close(&d);
    write_file(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000);
    assert_int_equal(truncate(file, 30), 0);
    assert_int_equal(ut_decoder_open(&d, file, NULL, false, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_TRUNCATED);
    ut_decoder_close(&d);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(codings_are_read_twice),
        TEST(a_false_length_is_mended_and_remarked),
        TEST(what_is_cut_says_so_and_can_be_read),
        TEST(an_mp3_without_its_header_is_read_without_a_remark),
        TEST(damage_in_the_middle_ends_it),
        TEST(mp3_is_read_alone_and_in_a_wav),
        TEST(a_chain_is_read_to_its_end),
        TEST(a_chain_of_two_codings_ends_with_the_first),
        TEST(a_chain_ends_where_it_is_damaged),
        TEST(a_false_head_hides_no_recording),
        TEST(a_cut_one_ends_where_the_next_begins),
        TEST(every_data_chunk_is_played),
        TEST(mp3_in_a_wav_hides_nothing),
        TEST(without_a_header_it_is_what_is_said),
        TEST(gsm_without_a_header),
        TEST(descriptor_0_is_a_file_as_well),
        TEST(what_is_no_sound_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
