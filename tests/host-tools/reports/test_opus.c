/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/opus.h"

#include <sndfile.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 32000 };

static int16_t pairs[2 * N];
static struct ut_opus *opus;

/* A second of a tone on the customer's side, then one on the agent's. */
static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        int16_t x = (int16_t)(i % 32 < 16 ? 4000 : -4000);
        pairs[2 * i] = i < N / 2 ? x : 0;
        pairs[2 * i + 1] = i < N / 2 ? 0 : x;
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ut_opus_free(opus);
    opus = NULL;
    return 0;
}

/* Energy of one channel in a tenth of a second from `from`. */
static double energy(const int16_t *frames, int channels, int channel, size_t from)
{
    double sum = 0;
    for (size_t i = from; i < from + 1600; i++)
        sum += (double)frames[i * (size_t)channels + (size_t)channel] * frames[i * (size_t)channels + (size_t)channel];
    return sum;
}

static sf_count_t read_back(const uint8_t *data, size_t len, int16_t *frames, int *channels)
{
    SF_INFO info = {0};
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    rewind(file);
    SNDFILE *sound = sf_open_fd(fileno(file), SFM_READ, &info, 0);
    assert_non_null(sound);
    assert_int_equal(info.format & SF_FORMAT_SUBMASK, SF_FORMAT_OPUS);
    *channels = info.channels;
    sf_count_t n = sf_readf_short(sound, frames, N + 1000);
    sf_close(sound);
    fclose(file);
    return n;
}

static void both_sides_are_where_they_belong(void **state)
{
    (void)state;
    static int16_t frames[2 * (N + 1000)];
    size_t len;
    int channels;
    opus = ut_opus_open(1);
    assert_non_null(opus);
    for (size_t at = 0; at < N; at += 1500)
        assert_int_equal(ut_opus_push(opus, pairs + 2 * at, N - at < 1500 ? N - at : 1500), 0);
    const uint8_t *data = ut_opus_finish(opus, &len);
    assert_non_null(data);
    assert_memory_equal(data, "OggS", 4);
    assert_in_range(len, 1000, 20000);
    sf_count_t n = read_back(data, len, frames, &channels);
    assert_int_equal(channels, 2);
    assert_in_range(n, N - 320, N + 320);
    assert_true(energy(frames, 2, 1, 8000) > 100 * energy(frames, 2, 0, 8000)); /* customer right */
    assert_true(energy(frames, 2, 0, 24000) > 100 * energy(frames, 2, 1, 24000));
}

static void a_customer_alone_is_mono(void **state)
{
    (void)state;
    static int16_t frames[N + 1000];
    size_t len;
    int channels;
    opus = ut_opus_open(0);
    assert_non_null(opus);
    assert_int_equal(ut_opus_push(opus, pairs, N), 0);
    const uint8_t *data = ut_opus_finish(opus, &len);
    assert_non_null(data);
    sf_count_t n = read_back(data, len, frames, &channels);
    assert_int_equal(channels, 1);
    assert_in_range(n, N - 320, N + 320);
    assert_true(energy(frames, 1, 0, 8000) > 100 * energy(frames, 1, 0, 24000));
}

static uint32_t little(const uint8_t *bytes, int n)
{
    uint32_t x = 0;
    for (int i = 0; i < n; i++)
        x |= (uint32_t)bytes[i] << 8 * i;
    return x;
}

/* What a player plays of it: 48 kHz from the pre-skip of the first page to the granule of the last, RFC 7845. */
static void the_length_is_exact(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 279, 280, 281, 320, 16000, N};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t len, at = 0, last = 0;
        opus = ut_opus_open(1);
        assert_non_null(opus);
        for (size_t k = 0; k < lengths[i]; k++)
            assert_int_equal(ut_opus_push(opus, pairs + 2 * k, 1), 0);
        const uint8_t *data = ut_opus_finish(opus, &len);
        assert_non_null(data);
        assert_memory_equal(data + 28, "OpusHead", 8);
        assert_int_equal(data[28 + 9], 2);
        while (at < len) { /* page by page: 27 bytes, its segments' lengths, the segments */
            size_t body = 0;
            assert_memory_equal(data + at, "OggS", 4);
            for (size_t s = 0; s < data[at + 26]; s++)
                body += data[at + 27 + s];
            last = at;
            at += 27u + data[at + 26] + body;
        }
        assert_int_equal(at, len);
        assert_true((data[last + 5] & 4) != 0); /* says that it is the last */
        assert_int_equal(little(data + last + 6, 4) - little(data + 28 + 10, 2), 3 * lengths[i]);
        ut_opus_free(opus);
        opus = NULL;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_sides_are_where_they_belong, setup, teardown),
        cmocka_unit_test_setup_teardown(a_customer_alone_is_mono, setup, teardown),
        cmocka_unit_test_setup_teardown(the_length_is_exact, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
