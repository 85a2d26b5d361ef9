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

static void the_next_program_knows_who_was_here(void **state)
{
    (void)state;
    struct ut_web_guard first = g;
    struct ut_fault fault = {0};
    assert_int_equal(ut_web_guard_init(&g, 8137, &fault), 0);
    assert_int_equal(judge("127.0.0.1:8137", NULL, cookie, bearer), 401);
    ut_web_guard_keep(&g, first.token, first.ticket);
    assert_int_equal(judge("127.0.0.1:8137", NULL, cookie, NULL), 0);
    assert_int_equal(judge("127.0.0.1:8137", NULL, NULL, bearer), 0);
    assert_string_equal(g.set, first.set);
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

/* 0, 421 or 403 of a server at a port, with or without TLS, with or without a name. */
static int place(int port, bool secure, bool proxied, bool anywhere, const char *name, const char *host,
                 const char *origin)
{
    const struct ut_web_guard of = {
        .port = port, .secure = secure, .proxied = proxied, .anywhere = anywhere, .host = name};
    const struct ut_web_headers h = {.host = host, .origin = origin};
    return ut_web_guard_place(&of, &h);
}

static void pages_have_the_scheme_of_the_server(void **state)
{
    (void)state;
    assert_int_equal(place(8137, true, false, false, NULL, "127.0.0.1:8137", "https://127.0.0.1:8137"), 0);
    assert_int_equal(place(8137, true, false, false, NULL, "127.0.0.1:8137", "http://127.0.0.1:8137"), 403);
    assert_int_equal(place(8137, true, false, true, NULL, "10.0.0.1:8137", "https://10.0.0.1:8137"), 0);
    assert_int_equal(place(8137, true, false, true, NULL, "10.0.0.1:8137", "http://10.0.0.1:8137"), 403);
    assert_int_equal(place(8137, true, false, true, NULL, "10.0.0.1:8137", "https://evil.example:8137"), 403);
    assert_int_equal(place(8137, true, false, true, "f.example:8137", "F.example:8137", "https://f.example:8137"), 0);
    assert_int_equal(place(8137, true, false, true, "f.example:8137", "f.example:8137", "http://f.example:8137"), 403);
    assert_int_equal(place(8137, false, false, false, "f.example:8137", "f.example:8137", "http://f.example:8137"), 0);
    assert_int_equal(place(8137, false, false, false, "f.example:8137", "f.example:8137", "https://f.example:8137"),
                     403);
}

static void a_proxy_has_tls_whatever_is_behind_it(void **state)
{
    (void)state;
    assert_int_equal(place(8137, false, true, true, "f.example", "f.example", "https://f.example"), 0);
    assert_int_equal(place(8137, false, true, true, "f.example", "f.example", "http://f.example"), 403);
    assert_int_equal(place(8137, false, true, true, "f.example", "g.example", NULL), 421);
    assert_int_equal(place(8137, false, true, false, "f.example", "127.0.0.1:8137", "http://127.0.0.1:8137"), 0);
    assert_int_equal(place(8137, false, true, false, "f.example", "127.0.0.1:8137", "https://127.0.0.1:8137"), 403);
}

static void the_usual_port_may_be_left_out(void **state)
{
    (void)state;
    assert_int_equal(place(443, true, false, false, NULL, "localhost", "https://localhost"), 0);
    assert_int_equal(place(443, true, false, false, NULL, "localhost:443", "https://localhost"), 0);
    assert_int_equal(place(443, true, false, false, NULL, "localhost:80", NULL), 421);
    assert_int_equal(place(443, true, false, true, "f.example:443", "f.example", "https://f.example"), 0);
    assert_int_equal(place(443, true, false, true, "f.example", "f.example:443", "https://f.example:443"), 0);
    assert_int_equal(place(80, false, false, false, NULL, "127.0.0.1", "http://127.0.0.1"), 0);
    assert_int_equal(place(80, false, false, false, NULL, "127.0.0.1", "https://127.0.0.1"), 403);
    assert_int_equal(place(443, true, false, false, NULL, "[::1]", "https://[::1]"), 0);
    assert_int_equal(place(80, true, false, false, NULL, "127.0.0.1", NULL), 421);
    assert_int_equal(place(80, true, false, false, NULL, "127.0.0.1:80:443", NULL), 421);
    assert_int_equal(place(80, true, false, false, NULL, "127.0.0.1:80", "https://127.0.0.1:80:443"), 403);
    assert_int_equal(place(80, false, false, false, NULL, ":80", NULL), 421);
    assert_int_equal(place(8137, true, false, false, NULL, "127.0.0.1", NULL), 421);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_start_has_its_own, setup),
        cmocka_unit_test_setup(the_next_program_knows_who_was_here, setup),
        cmocka_unit_test_setup(whoever_has_token_or_cookie, setup),
        cmocka_unit_test_setup(nobody_else, setup),
        cmocka_unit_test(pages_have_the_scheme_of_the_server),
        cmocka_unit_test(a_proxy_has_tls_whatever_is_behind_it),
        cmocka_unit_test(the_usual_port_may_be_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
