/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void hash(const void *data, size_t len, char text[UT_HASH_TEXT])
{
    struct ut_hash h;
    ut_hash_init(&h);
    ut_hash_add(&h, data, len);
    ut_hash_text(&h, text);
}

static void pieces_do_not_matter(void **state)
{
    (void)state;
    uint8_t data[257];
    char whole[UT_HASH_TEXT], parts[UT_HASH_TEXT];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7 + 3);
    hash(data, sizeof data, whole);
    assert_int_equal(strlen(whole), UT_HASH_TEXT - 1);
    assert_int_equal(strspn(whole, "0123456789abcdef"), UT_HASH_TEXT - 1);
    for (size_t piece = 1; piece < 40; piece++) {
        struct ut_hash h;
        ut_hash_init(&h);
        for (size_t at = 0; at < sizeof data; at += piece)
            ut_hash_add(&h, data + at, sizeof data - at < piece ? sizeof data - at : piece);
        ut_hash_text(&h, parts);
        assert_string_equal(parts, whole);
        ut_hash_text(&h, parts); /* asking changes nothing */
        assert_string_equal(parts, whole);
    }
}

/* Every flipped bit, every length and every order gives another text. */
static void small_changes_show(void **state)
{
    (void)state;
    static char seen[3000][UT_HASH_TEXT];
    static uint8_t data[96];
    size_t n = 0;
    for (size_t i = 0; i < sizeof data; i++)
        for (int bit = 0; bit < 8; bit++) {
            data[i] ^= (uint8_t)(1 << bit);
            hash(data, sizeof data, seen[n++]);
            data[i] ^= (uint8_t)(1 << bit);
        }
    for (size_t len = 0; len <= sizeof data; len++) /* zeros only: the length alone tells them apart */
        hash(data, len, seen[n++]);
    hash("abcdefgh12345678", 16, seen[n++]);
    hash("12345678abcdefgh", 16, seen[n++]);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(seen[i], seen[k]);
}

/* Over many inputs that differ little, every one of the 128 bits is as often 0 as 1 and no two go together. */
static void no_bit_stands_still(void **state)
{
    (void)state;
    enum { N = 2000, BITS = 128 };
    static unsigned char bit[N][BITS];
    for (int i = 0; i < N; i++) {
        char name[32], text[UT_HASH_TEXT];
        snprintf(name, sizeof name, "calls/%04d.wav", i);
        hash(name, strlen(name), text);
        for (int k = 0; k < BITS; k++) {
            int digit = text[k / 4] <= '9' ? text[k / 4] - '0' : text[k / 4] - 'a' + 10;
            bit[i][k] = (unsigned char)(digit >> k % 4 & 1);
        }
    }
    for (int k = 0; k < BITS; k++)
        for (int m = 0; m <= k; m++) {
            int differ = 0;
            for (int i = 0; i < N; i++)
                differ += m == k ? bit[i][k] : bit[i][k] ^ bit[i][m];
            assert_in_range(differ, N / 2 - N / 8, N / 2 + N / 8); /* eleven standard deviations */
        }
}

/* Names as archives have them: numbers, dates, telephone numbers, folders, one much like the next. */
static void name_of_kind(int kind, int i, char name[64])
{
    switch (kind) {
    case 0:
        snprintf(name, 64, "call_%04d.wav", i);
        break;
    case 1:
        snprintf(name, 64, "%d.wav", i);
        break;
    case 2:
        snprintf(name, 64, "2026-%02d-%02d/%02d-%02d-00.wav", 1 + i / 280, 1 + i / 10 % 28, 8 + i % 10, i * 7 % 60);
        break;
    case 3:
        snprintf(name, 64, "agent%d/call-%d.mp3", i % 10, i / 10);
        break;
    case 4:
        snprintf(name, 64, "%d_+49301234%03d.wav", 1700000000 + i * 60, i);
        break;
    case 5:
        snprintf(name, 64, "%08x-0000-4000-a000-%012x.wav", (unsigned)i * 0x9E3779B1U, (unsigned)i);
        break;
    default:
        snprintf(name, 64, "%0*d.opus", 1 + i % 50, i);
        break;
    }
}

/* A thousand of each, among 2 to 4 parts: no part has a fifth more or less than its share (3.7 standard deviations
 * at least), by the digits that `--part` takes and by any others. */
static void names_of_archives_spread(void **state)
{
    (void)state;
    enum { N = 1000, KINDS = 7, DIGITS = 12 };
    for (int kind = 0; kind < KINDS; kind++)
        for (int parts = 2; parts <= 4; parts++)
            for (int from = 0; from + DIGITS < UT_HASH_TEXT; from += 10) {
                int calls[4] = {0};
                for (int i = 0; i < N; i++) {
                    char name[64], text[UT_HASH_TEXT];
                    name_of_kind(kind, i, name);
                    hash(name, strlen(name), text);
                    text[from + DIGITS] = '\0';
                    calls[strtoull(text + from, NULL, 16) % (unsigned)parts]++;
                }
                for (int part = 0; part < parts; part++)
                    assert_in_range(calls[part], N / parts * 4 / 5, N / parts * 6 / 5 + 1);
            }
}

static void a_file_is_its_bytes(void **state)
{
    (void)state;
    static uint8_t data[200001];
    char name[] = "/tmp/undertest-hash-XXXXXX", of_file[UT_HASH_TEXT], of_bytes[UT_HASH_TEXT];
    struct ut_fault fault = {0};
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * i >> 5);
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, sizeof data), sizeof data);
    close(fd);
    hash(data, sizeof data, of_bytes);
    assert_int_equal(ut_hash_file(name, of_file, &fault), 0);
    assert_string_equal(of_file, of_bytes);
    unlink(name);
    assert_int_equal(ut_hash_file(name, of_file, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    assert_int_equal(ut_hash_file("/tmp", of_file, &fault), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_do_not_matter), cmocka_unit_test(small_changes_show),
        cmocka_unit_test(no_bit_stands_still),  cmocka_unit_test(names_of_archives_spread),
        cmocka_unit_test(a_file_is_its_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
