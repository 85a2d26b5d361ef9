/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/undertone-test-XXXXXX";
static struct ut_signature_keys keys;
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    keys = (struct ut_signature_keys){0};
    fault = (struct ut_fault){0};
    return chmod(path, 0600);
}

static void put(const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* The example of the text that describes Standard Webhooks. */
static void the_published_example(void **state)
{
    (void)state;
    static const char id[] = "msg_p5jXN8AQM9LWM0D4loKWxJek.", when[] = "1614265330.", body[] = "{\"test\": 2432232314}";
    const struct ut_signature_part part[] = {{id, strlen(id)}, {when, strlen(when)}, {body, strlen(body)}};
    char text[UT_SIGNATURE_TEXT];
    assert_int_equal(ut_signature_keys_add(&keys, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), 0);
    assert_int_equal(keys.length[0], 24);
    ut_signature_text(&keys, part, 3, text);
    assert_string_equal(text, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    assert_int_equal(ut_signature_keys_add(&keys, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), 0);
    ut_signature_text(&keys, part, 3, text);
    assert_string_equal(text, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= "
                              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    assert_int_equal(ut_signature_keys_add(&keys, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), -1); /* a third */
}

/* A key longer than a block of the hash is hashed first (RFC 2104); 64 bytes are not. RFC 4231 has no key of this
 * length: Python's hmac gives the same. */
static void the_longest_key(void **state)
{
    (void)state;
    const struct ut_signature_part part = {"x", 1};
    char text[UT_SIGNATURE_TEXT];
    assert_int_equal(ut_signature_keys_add(&keys, "whsec_"
                                                  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                                                  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="),
                     0);
    assert_int_equal(keys.length[0], 64);
    ut_signature_text(&keys, &part, 1, text);
    assert_string_equal(text, "v1,TLyWCZpkZ84AJGHxBUm0iYJl6+YYi0XvrMRCk1FuYsQ=");
}

static void base64_of_every_length(void **state)
{
    (void)state;
    static const uint8_t bytes[] = "abcdefghijklmnopqrstuvwxyz";
    static const char *const text[] = {
        "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4",
        "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eQ==", "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo="};
    for (size_t i = 0; i < 3; i++) {
        keys = (struct ut_signature_keys){0};
        assert_int_equal(ut_signature_keys_add(&keys, text[i]), 0);
        assert_int_equal(keys.length[0], 24 + i);
        assert_memory_equal(keys.key[0], bytes, 24 + i);
    }
}

static void what_is_no_key(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "whsec_",
                                      "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4",
                                      "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnc=",    /* 23 bytes */
                                      "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4e",   /* one letter too many */
                                      "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eQ=", /* padding missing */
                                      "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4====",
                                      "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd=4",
                                      "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1 nd4",
                                      "whsec_"
                                      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                                      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}; /* 65 bytes */
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(ut_signature_keys_add(&keys, bad[i]), -1);
        assert_int_equal(keys.count, 0);
    }
}

static void a_file_of_keys(void **state)
{
    (void)state;
    put("whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4\n\nwhsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
    assert_int_equal(ut_signature_keys_read(&keys, path, &fault), 0);
    assert_int_equal(keys.count, 2);
    assert_int_equal(keys.key[0][0], 'a');
    static const char *const bad[] = {"whsec_YWJj\n", "\n", "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4\nsecret\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put(bad[i]);
        assert_int_equal(ut_signature_keys_read(&keys, path, &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
        assert_non_null(strstr(fault.text, path));
        assert_null(strstr(fault.text, "YWJj"));
        assert_null(strstr(fault.text, "secret"));
    }
    assert_int_equal(chmod(path, 0604), 0);
    assert_int_equal(ut_signature_keys_read(&keys, path, &fault), -1);
    assert_non_null(strstr(fault.text, "others may read it"));
    assert_int_equal(ut_signature_keys_read(&keys, "/nonexistent/keys", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0)
        return 1;
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(the_published_example), TEST(the_longest_key), TEST(base64_of_every_length),
        TEST(what_is_no_key),        TEST(a_file_of_keys),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
