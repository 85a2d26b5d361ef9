/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *hex, const void *data, size_t len, size_t piece)
{
    struct ut_sha256 s;
    uint8_t digest[UT_SHA256_BYTES];
    char text[2 * UT_SHA256_BYTES + 1];
    ut_sha256_init(&s);
    for (size_t at = 0; at < len; at += piece)
        ut_sha256_add(&s, (const uint8_t *)data + at, len - at < piece ? len - at : piece);
    ut_sha256_end(&s, digest);
    for (int i = 0; i < UT_SHA256_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(text, hex);
}

/* FIPS 180-4's examples, and what coreutils' sha256sum says of the other two. */
static void test_known_digests(void **state)
{
    (void)state;
    static char a[1000];
    memset(a, 'a', sizeof a);
    expect("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "", 0, 1);
    expect("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "abc", 3, 3);
    expect("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
           "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, 56);
    expect("41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3", a, sizeof a, sizeof a);
}

static void test_pieces_do_not_matter(void **state)
{
    (void)state;
    static char a[1000];
    memset(a, 'a', sizeof a);
    for (size_t piece = 1; piece < 130; piece++)
        expect("41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3", a, sizeof a, piece);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_digests),
        cmocka_unit_test(test_pieces_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
