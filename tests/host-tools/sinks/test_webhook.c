/* SPDX-License-Identifier: Apache-2.0 */
/* What an address may be, and what a server that is not there comes to; the rest is seen from outside:
 * tests/host-tools/commands/test_outbox.py. */
#include "host-tools/sinks/webhook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void addresses_that_may_be(void **state)
{
    (void)state;
    static const char *const good[][2] = {{"https://example.com/a?b=c", "example.com"},
                                          {"https://example.com:8443", "example.com"},
                                          {"http://127.0.0.1:80/x", "127.0.0.1"},
                                          {"http://127.1.2.3/", "127.1.2.3"},
                                          {"http://LocalHost/", "LocalHost"},
                                          {"http://[::1]:9/", "[::1]"},
                                          {"https://10.0.0.1/", "10.0.0.1"}};
    char host[UT_WEBHOOK_HOST];
    struct ut_fault fault = {0};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(ut_webhook_check(good[i][0], "s", host, &fault), 0);
        assert_string_equal(host, good[i][1]);
    }
}

static void addresses_that_may_not(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "example",
                                      "http://example.com/",
                                      "http://127.0.0.1.example.com/",
                                      "http://localhost.example.com/",
                                      "http://128.0.0.1/",
                                      "http://127.0.0.1@example.com/",
                                      "https://user@example.com/",
                                      "https://user:word@example.com/",
                                      "https://example.com/#part",
                                      "ftp://example.com/",
                                      "file:///etc/passwd"};
    char host[UT_WEBHOOK_HOST];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ut_fault fault = {0};
        assert_int_equal(ut_webhook_check(bad[i], "[webhook] url", host, &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
        assert_memory_equal(fault.text, "[webhook] url: ", 15);
        assert_null(strstr(fault.text, "word@"));
        assert_string_equal(host, "");
    }
}

static struct ut_webhook *webhook(struct ut_signature_keys *keys)
{
    struct ut_fault fault = {0};
    assert_int_equal(ut_signature_keys_add(keys, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), 0);
    struct ut_webhook *w = ut_webhook_new("http://127.0.0.1:1/secret", NULL, keys, &fault);
    assert_non_null(w);
    return w;
}

static void nobody_there_is_a_failure_that_names_nothing(void **state)
{
    (void)state;
    struct ut_signature_keys keys = {0};
    struct ut_webhook_answer answer;
    atomic_int stop = 0;
    struct ut_webhook *w = webhook(&keys);
    assert_int_equal(ut_webhook_post(w, "s", 1, "{\"private\":1}", 5, &stop, &answer), UT_WEBHOOK_FAILED);
    assert_string_not_equal(answer.error, "");
    assert_null(strstr(answer.error, "secret"));
    assert_null(strstr(answer.error, "private"));
    assert_int_equal(answer.retry_after_ms, 0);
    ut_webhook_free(w);
}

/* A store from elsewhere may hold a session with a line's end in it: it is not put into a header. */
static void a_session_that_is_no_name_is_not_sent(void **state)
{
    (void)state;
    struct ut_signature_keys keys = {0};
    struct ut_webhook_answer answer;
    atomic_int stop = 0;
    struct ut_webhook *w = webhook(&keys);
    assert_int_equal(ut_webhook_post(w, "s\r\nx: y", 1, "{}", 5, &stop, &answer), UT_WEBHOOK_FAILED);
    assert_string_equal(answer.error, "its session is no name");
    ut_webhook_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_that_may_be),
        cmocka_unit_test(addresses_that_may_not),
        cmocka_unit_test(nobody_there_is_a_failure_that_names_nothing),
        cmocka_unit_test(a_session_that_is_no_name_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
