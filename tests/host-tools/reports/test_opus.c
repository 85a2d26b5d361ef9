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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_sides_are_where_they_belong, setup, teardown),
        cmocka_unit_test_setup_teardown(a_customer_alone_is_mono, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
