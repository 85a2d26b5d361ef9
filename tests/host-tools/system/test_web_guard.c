/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/web_guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct ut_web_guard g;
static char cookie[100], bearer[100];

static int setup(void **state)
{
    (void)state;
    struct ut_fault fault = {0};
    int r = ut_web_guard_init(&g, 8137, &fault);
    (void)snprintf(cookie, sizeof cookie, "undertone_8137=%s", g.ticket);
    (void)snprintf(bearer, sizeof bearer, "Bearer %s", g.token);
    return r;
}

static int judge(const char *host, const char *origin, const char *cookies, const char *authorization)
{
    const struct ut_web_headers h = {.host = host, .origin = origin, .cookie = cookies, .authorization = authorization};
    return ut_web_guard_judge(&g, &h);
}

static void every_start_has_its_own(void **state)
{
    (void)state;
    struct ut_web_guard other;
    struct ut_fault fault = {0};
    assert_int_equal(ut_web_guard_init(&other, 8137, &fault), 0);
    assert_int_equal(strlen(g.token), 64);
    assert_string_not_equal(g.token, other.token);
    assert_string_not_equal(g.token, g.ticket);
    assert_non_null(strstr(g.set, "HttpOnly; SameSite=Strict"));
    assert_null(strstr(g.set, g.token));
}

static void whoever_has_token_or_cookie(void **state)
{
    (void)state;
    char more[300];
    assert_int_equal(judge("127.0.0.1:8137", NULL, cookie, NULL), 0);
    assert_int_equal(judge("localhost:8137", "http://localhost:8137", cookie, NULL), 0);
    assert_int_equal(judge("[::1]:8137", NULL, NULL, bearer), 0);
    (void)snprintf(more, sizeof more, "a=b; undertone_1=x;%s; z", cookie);
    assert_int_equal(judge("LOCALHOST:8137", NULL, more, NULL), 0);
}

static void nobody_else(void **state)
{
    (void)state;
    char wrong[200];
    static const char *const hosts[] = {"127.0.0.1", "127.0.0.1:81", "evil.example:8137", "127.0.0.1:81370", ""};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        assert_int_equal(judge(hosts[i], NULL, cookie, bearer), 421);
    assert_int_equal(judge(NULL, NULL, cookie, bearer), 421);
    static const char *const origins[] = {"null", "http://evil.example", "https://127.0.0.1:8137",
                                          "http://localhost:8137", "http://127.0.0.1:8137.evil.example"};
    for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++)
        assert_int_equal(judge("127.0.0.1:8137", origins[i], cookie, bearer), 403);
    assert_int_equal(judge("127.0.0.1:8137", NULL, NULL, NULL), 401);
    assert_int_equal(judge("127.0.0.1:8137", NULL, "", "Bearer"), 401);
    assert_int_equal(judge("127.0.0.1:8137", NULL, "undertone_8137=", "Bearer "), 401);
    (void)snprintf(wrong, sizeof wrong, "%sa", cookie);
    assert_int_equal(judge("127.0.0.1:8137", NULL, wrong, NULL), 401);
    (void)snprintf(wrong, sizeof wrong, "%s", cookie);
    wrong[strlen(wrong) - 1] = '\0';
    assert_int_equal(judge("127.0.0.1:8137", NULL, wrong, NULL), 401);
    (void)snprintf(wrong, sizeof wrong, "undertone_8137=%s", g.token); /* of the address, not of the cookie */
    assert_int_equal(judge("127.0.0.1:8137", NULL, wrong, NULL), 401);
    (void)snprintf(wrong, sizeof wrong, "xundertone_8137=%s", g.ticket);
    assert_int_equal(judge("127.0.0.1:8137", NULL, wrong, NULL), 401);
    (void)snprintf(wrong, sizeof wrong, "Bearer %s", g.ticket);
    assert_int_equal(judge("127.0.0.1:8137", NULL, NULL, wrong), 401);
    assert_false(ut_web_guard_token(&g, NULL));
    assert_false(ut_web_guard_token(&g, ""));
    assert_true(ut_web_guard_token(&g, g.token));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_start_has_its_own, setup),
        cmocka_unit_test_setup(whoever_has_token_or_cookie, setup),
        cmocka_unit_test_setup(nobody_else, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
