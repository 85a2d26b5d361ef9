/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { MANY = 300 };

static char file[] = "/tmp/undertone-access-XXXXXX", token[MANY][UT_TOKEN_TEXT];
static struct ut_access *a;
static struct ut_fault fault;

/* Users u0, u1, ... */
static int setup(void **state)
{
    (void)state;
    const struct ut_access_options o = {.users = file, .desks = "", .proxy = "", .host = "", .port = 8137};
    int fd = mkstemp(file);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (f == NULL)
        return -1;
    for (int i = 0; i < MANY; i++) {
        char hash[UT_TOKEN_TEXT];
        ut_token_make(token[i]);
        ut_token_hash(token[i], hash);
        (void)fprintf(f, "u%d supervisor %s\n", i, hash);
    }
    if (fclose(f) != 0)
        return -1;
    a = ut_access_new(&o, &fault);
    return a == NULL;
}

static int teardown(void **state)
{
    (void)state;
    ut_access_free(a);
    int r = unlink(file);
    memcpy(file + sizeof file - 7, "XXXXXX", 6);
    return r;
}

static int judge(const char *cookie, const char *bearer, const char *address_token, int64_t now_ms,
                 struct ut_access_user *who)
{
    char text[100];
    (void)snprintf(text, sizeof text, "Bearer %.64s", bearer != NULL ? bearer : "");
    const struct ut_web_request r = {
        .method = "GET",
        .path = "/",
        .headers = {.host = "127.0.0.1:8137", .cookie = cookie, .authorization = bearer != NULL ? text : NULL},
        .peer = "127.0.0.1"};
    return ut_access_judge(a, &r, address_token, now_ms, who);
}

/* The cookie for a user's token. */
static void log_in(int user, int64_t now_ms, char cookie[100])
{
    struct ut_access_user who;
    assert_int_equal(judge(NULL, NULL, token[user], now_ms, &who), 0);
    assert_non_null(who.set_cookie);
    (void)snprintf(cookie, 100, "%.*s", (int)strcspn(who.set_cookie, ";"), who.set_cookie);
}

static int ask(const char *method, const char *cookie, const char *origin, const char *typed)
{
    struct ut_access_user who;
    const struct ut_web_request r = {.method = method,
                                     .path = "/x",
                                     .headers = {.host = "127.0.0.1:8137", .cookie = cookie, .origin = origin},
                                     .peer = "127.0.0.1"};
    return ut_access_judge(a, &r, typed, 0, &who);
}

/* Another site's page sends the cookie where a browser knows no SameSite, but cannot say that it is from here. */
static void a_change_by_a_cookie_says_where_it_is_from(void **state)
{
    (void)state;
    static const char HERE[] = "http://127.0.0.1:8137";
    char cookie[100];
    log_in(0, 0, cookie);
    assert_int_equal(ask("GET", cookie, NULL, NULL), 0);
    assert_int_equal(ask("POST", cookie, NULL, NULL), 403);
    assert_int_equal(ask("DELETE", cookie, NULL, NULL), 403);
    assert_int_equal(ask("POST", cookie, "http://evil.example", NULL), 403);
    assert_int_equal(ask("POST", cookie, HERE, NULL), 0);
    assert_int_equal(ask("POST", NULL, NULL, token[0]), 403);
    assert_int_equal(ask("POST", NULL, HERE, token[0]), 0);
    assert_int_equal(ask("POST", NULL, NULL, NULL), 401);
}

static void who_leaves_is_out_and_nobody_else(void **state)
{
    (void)state;
    char cookie[2][100];
    uint64_t left;
    struct ut_access_user who[2];
    for (int i = 0; i < 2; i++) {
        log_in(0, 0, cookie[i]);
        assert_int_equal(judge(cookie[i], NULL, NULL, 0, &who[i]), 0);
    }
    assert_true(who[0].ticket != 0 && who[1].ticket != 0 && who[0].ticket != who[1].ticket);
    unsigned before = ut_access_refresh(a);
    const struct ut_web_request none = {.headers = {.cookie = "undertone_8137=x"}},
                                own = {.headers = {.cookie = cookie[0]}};
    (void)ut_access_leave(a, &none, &left);
    assert_int_equal(left, 0);
    const char *set = ut_access_leave(a, &own, &left);
    assert_true(left == who[0].ticket);
    assert_non_null(strstr(set, "undertone_8137=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"));
    assert_int_equal(ut_access_refresh(a), before); /* other people's streams go on */
    assert_int_equal(ask("GET", cookie[0], NULL, NULL), 401);
    assert_int_equal(ask("GET", cookie[1], NULL, NULL), 0);
}

static void each_is_first_once(void **state)
{
    (void)state;
    struct ut_access_user who;
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(judge(NULL, token[i], NULL, 0, &who), 0);
        assert_true(who.first);
        assert_int_equal(judge(NULL, token[i], NULL, 0, &who), 0);
        assert_true(who.first); /* which nobody has recorded yet */
        ut_access_seen(a, who.name);
    }
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(judge(NULL, token[i], NULL, 0, &who), 0);
        assert_false(who.first);
    }
}

static void who_logs_in_often_drives_nobody_out(void **state)
{
    (void)state;
    struct ut_access_user who;
    char other[100], own[UT_ACCESS_TICKETS + 1][100], cookie[100];
    log_in(1, 0, other);
    for (int i = 0; i < MANY; i++)
        log_in(0, 1 + i, cookie);
    for (int i = 0; i <= UT_ACCESS_TICKETS; i++)
        log_in(0, 1000 + i, own[i]);
    assert_int_equal(judge(other, NULL, NULL, 2000, &who), 0);
    assert_string_equal(who.name, "u1");
    assert_int_equal(judge(own[0], NULL, NULL, 2000, &who), 401); /* the oldest went */
    for (int i = 1; i <= UT_ACCESS_TICKETS; i++)
        assert_int_equal(judge(own[i], NULL, NULL, 2000, &who), 0);
}

static void everybody_can_have_a_cookie(void **state)
{
    (void)state;
    static char cookie[MANY][100];
    struct ut_access_user who;
    for (int i = 0; i < MANY; i++)
        log_in(i, 0, cookie[i]);
    for (int i = 0; i < MANY; i++) {
        char name[16];
        assert_int_equal(judge(cookie[i], NULL, NULL, 1, &who), 0);
        (void)snprintf(name, sizeof name, "u%d", i);
        assert_string_equal(who.name, name);
    }
}

static void a_cookie_is_over_after_its_hours(void **state)
{
    (void)state;
    struct ut_access_user who;
    char cookie[100];
    log_in(0, 5, cookie);
    assert_int_equal(judge(cookie, NULL, NULL, 4 + UT_ACCESS_TICKET_MS, &who), 0);
    assert_int_equal(who.until_ms, 5 + UT_ACCESS_TICKET_MS);
    assert_int_equal(judge(cookie, NULL, NULL, 5 + UT_ACCESS_TICKET_MS, &who), 401);
    assert_int_equal(judge(NULL, token[0], NULL, 5 + UT_ACCESS_TICKET_MS, &who), 0);
    assert_int_equal(who.until_ms, 0);
}

static void a_change_of_the_file_is_seen_once(void **state)
{
    (void)state;
    struct ut_access_user who;
    unsigned before = ut_access_refresh(a);
    assert_int_equal(ut_access_refresh(a), before);
    assert_int_equal(chmod(file, 0644), 0);
    assert_int_equal(ut_access_refresh(a), before + 1);
    assert_int_equal(judge(NULL, token[0], NULL, 0, &who), 401);
    assert_int_equal(ut_access_refresh(a), before + 1);
    assert_int_equal(chmod(file, 0600), 0);
    assert_int_equal(judge(NULL, token[0], NULL, 0, &who), 0);
    assert_int_equal(ut_access_refresh(a), before + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_is_first_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_change_by_a_cookie_says_where_it_is_from, setup, teardown),
        cmocka_unit_test_setup_teardown(who_leaves_is_out_and_nobody_else, setup, teardown),
        cmocka_unit_test_setup_teardown(who_logs_in_often_drives_nobody_out, setup, teardown),
        cmocka_unit_test_setup_teardown(everybody_can_have_a_cookie, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cookie_is_over_after_its_hours, setup, teardown),
        cmocka_unit_test_setup_teardown(a_change_of_the_file_is_seen_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
