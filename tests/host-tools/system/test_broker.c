/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, and brokers that are not there or say nothing; beside one that is:
 * tests/host-tools/commands/test_serve.py. */
#include "host-tools/system/broker.h"

#include "host-tools/system/clock.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct ut_fault fault;
static char path[] = "/tmp/undertone-test-XXXXXX";

static void hear(void *ctx, const char *topic, const char *bytes, size_t n)
{
    (void)ctx;
    (void)topic;
    (void)bytes;
    (void)n;
}

static struct ut_broker *new (const char *list, const char *password_file)
{
    const struct ut_broker_options o = {.list = list,
                                        .setting = "[mqtt] brokers",
                                        .id = "d",
                                        .password_file = password_file,
                                        .ca_file = "",
                                        .will_topic = "",
                                        .message = hear};
    fault = (struct ut_fault){0};
    return ut_broker_new(&o, &fault);
}

static void addresses(void **state)
{
    (void)state;
    static const char *const good[] = {"mqtt://127.0.0.1",
                                       "mqtt://localhost:1",
                                       "mqtt://[::1]:65535",
                                       "mqtts://floor.example",
                                       "mqtts://a.example:8883 mqtt://127.0.0.1",
                                       "mqtts://[2001:db8::1]",
                                       " mqtt://localhost , mqtts://b.example "};
    static const struct {
        const char *list, *says;
    } bad[] = {{"", "is not set"},
               {"localhost", "is no broker"},
               {"http://localhost", "is no broker"},
               {"mqtt://", "is no broker"},
               {"mqtt://localhost/x", "is no broker"},
               {"mqtt://localhost:0", "is no broker"},
               {"mqtt://localhost:65536", "is no broker"},
               {"mqtt://localhost:", "is no broker"},
               {"mqtt://localhost:+1", "is no broker"},
               {"mqtt://[::1", "is no broker"},
               {"mqtt://me:secret@localhost", "user's name"},
               {"mqtt://floor.example", "unencrypted"},
               {"mqtt://localhost mqtt://127.0.0.1.example", "unencrypted"},
               {"mqtt://a mqtt://a mqtt://a mqtt://a mqtt://a mqtt://a mqtt://a mqtt://a mqtt://a", "unencrypted"},
               {"mqtts://a mqtts://a mqtts://a mqtts://a mqtts://a mqtts://a mqtts://a mqtts://a mqtts://a", "eight"}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct ut_broker *b = new (good[i], "");
        assert_non_null(b);
        assert_false(ut_broker_is_up(b));
        assert_int_equal(ut_broker_publish(b, "t", "x", 1, 1, false), -1);
        assert_int_equal(ut_broker_subscribe(b, "t", 1), -1);
        ut_broker_free(b);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_null(new (bad[i].list, ""));
        assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
        assert_non_null(strstr(fault.text, bad[i].says));
        assert_null(strstr(fault.text, "secret"));
    }
}

static void passwords(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int mode, code;
    } of[] = {{"secret\n", 0600, 0},
              {"secret", 0400, 0},
              {"secret\n\n", 0600, 0},
              {"secret\n", 0640, UT_EXIT_CONFIG_KEY},
              {"one\ntwo\n", 0600, UT_EXIT_CONFIG_KEY},
              {"\n", 0600, UT_EXIT_CONFIG_KEY},
              {"", 0600, UT_EXIT_EMPTY}};
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
        (void)chmod(path, 0600);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        assert_true(fputs(of[i].text, f) >= 0);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(chmod(path, (mode_t)of[i].mode), 0);
        struct ut_broker *b = new ("mqtt://localhost", path);
        assert_int_equal(fault.code, of[i].code);
        assert_int_equal(b == NULL, of[i].code != 0);
        assert_null(strstr(fault.text, "secret"));
        ut_broker_free(b);
    }
    assert_null(new ("mqtt://localhost", "/nonexistent/password"));
    assert_int_equal(fault.code, UT_EXIT_MISSING);
}

static void pauses_grow_and_end_growing(void **state)
{
    (void)state;
    assert_int_equal(ut_broker_pause_ms(1, 200), 1000);
    assert_int_equal(ut_broker_pause_ms(2, 200), 2000);
    assert_int_equal(ut_broker_pause_ms(3, 200), 4000);
    assert_int_equal(ut_broker_pause_ms(4, 200), 5000);
    assert_int_equal(ut_broker_pause_ms(1000, 200), 5000);
    assert_int_equal(ut_broker_pause_ms(1, 0), 800);
    assert_int_equal(ut_broker_pause_ms(1, 400), 1200);
    assert_int_equal(ut_broker_pause_ms(1, UINT32_MAX), 800 + UINT32_MAX % 401);
}

/* The whole list is tried at once, then there is a pause. */
static void nobody_there(void **state)
{
    (void)state;
    struct ut_broker *b = new ("mqtt://127.0.0.1:1 mqtt://127.0.0.2:1", "");
    assert_non_null(b);
    int64_t begun = ut_clock_ms();
    bool other = false;
    for (int i = 0; i < 50 && !other; i++) {
        ut_broker_step(&b, 1, -1, 20);
        other = strcmp(ut_broker_host(b), "127.0.0.2") == 0 && ut_broker_error(b)[0] != '\0';
    }
    assert_true(other);
    assert_true(ut_clock_ms() - begun < 700);
    assert_false(ut_broker_is_up(b));
    assert_int_equal(ut_broker_connections(b), 0);
    ut_broker_leave(b, 100);
    ut_broker_step(&b, 1, -1, 0);
    ut_broker_free(b);
}

/* One of many waits its turn before it tries. */
static void the_first_attempt_may_wait(void **state)
{
    (void)state;
    const struct ut_broker_options o = {
        .list = "mqtt://127.0.0.1:1", .setting = "s", .id = "i", .password_file = "", .first_ms = 200, .message = hear};
    struct ut_broker *b = ut_broker_new(&o, &fault);
    assert_non_null(b);
    int64_t begun = ut_clock_ms();
    while (ut_broker_error(b)[0] == '\0' && ut_clock_ms() - begun < 5000)
        ut_broker_step(&b, 1, -1, 20);
    assert_in_range(ut_clock_ms() - begun, 199, 4999);
    ut_broker_free(b);
}

/* A port that takes the connection and never answers holds nobody up. */
static void nobody_answers(void **state)
{
    (void)state;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    char list[60];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    (void)snprintf(list, sizeof list, "mqtt://127.0.0.1:%d", ntohs(at.sin_port));
    struct ut_broker *b = new (list, "");
    int64_t begun = ut_clock_ms();
    for (int i = 0; i < 5; i++)
        ut_broker_step(&b, 1, -1, 20);
    assert_true(ut_clock_ms() - begun < 500);
    assert_false(ut_broker_is_up(b));
    ut_broker_leave(b, 50);
    assert_true(ut_clock_ms() - begun < 1000);
    ut_broker_free(b);
    assert_int_equal(close(fd), 0);
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0)
        return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(addresses),
                                       cmocka_unit_test(passwords),
                                       cmocka_unit_test(pauses_grow_and_end_growing),
                                       cmocka_unit_test(nobody_there),
                                       cmocka_unit_test(the_first_attempt_may_wait),
                                       cmocka_unit_test(nobody_answers)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
