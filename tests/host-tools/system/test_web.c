/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/web.h"

#include "host-tools/system/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct ut_web *web;
static struct ut_event_ring *ring;
static struct ut_fault fault;
static char got[1 << 16], body[UT_WEB_BODY + 1];
static int asked;
static int64_t ahead_ms; /* of the clock that goes */
static int64_t until_ms; /* of streams */
static uint64_t reader;  /* whose they are */

int64_t ut_clock_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + ahead_ms;
}

int64_t ut_clock_unix_ms(void)
{
    return ut_clock_ms();
}

static void answer(void *ctx, const struct ut_web_request *r, struct ut_web_answer *a)
{
    (void)ctx;
    asked++;
    (void)snprintf(body, sizeof body, "%s", r->body);
    if (strcmp(r->path, "/events") == 0) {
        a->type = "text/event-stream";
        a->stream = ring;
        a->reader = reader;
        a->until_ms = until_ms;
    } else if (strcmp(r->path, "/fixed") == 0) {
        a->fixed = "fixed";
        a->length = 5;
    } else if (strcmp(r->path, "/file") == 0) {
        a->file = true;
        a->fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        a->length = 4;
    } else if (strcmp(r->path, "/user") == 0) {
        ut_web_refuse(a, 200, "%s of %d", r->headers.user, r->headers.users);
    } else if (strcmp(r->method, "PUT") == 0) {
        ut_web_json(a, 200, strdup("{}"));
    } else {
        const char *n = ut_web_query(r, "n");
        ut_web_refuse(a, 404, "no \"%s\" of %s", n != NULL ? n : "-", r->path);
    }
}

static int setup(void **state)
{
    (void)state;
    const struct ut_web_options o = {.address = "127.0.0.1", .handler = answer};
    fault = (struct ut_fault){0};
    asked = 0;
    ring = ut_event_ring_new();
    web = ut_web_open(&o, &fault);
    return web == NULL || ring == NULL;
}

static int teardown(void **state)
{
    (void)state;
    ut_web_close(web);
    ut_event_ring_free(ring);
    return 0;
}

static int dial(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)ut_web_port(web))};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static void say(int fd, const char *text, size_t n)
{
    assert_int_equal(send(fd, text, n, MSG_NOSIGNAL), n);
}

/* Serves until the answer holds the text; NULL = until the connection is closed. */
static void serve(int fd, const char *wanted)
{
    size_t n = 0;
    got[0] = '\0';
    for (int turns = 0; turns < 2000; turns++) {
        struct pollfd q[2] = {{.fd = ut_web_fd(web), .events = POLLIN}, {.fd = fd, .events = POLLIN}};
        int64_t due = ut_web_due_ms(web);
        assert_in_range(due, 0, UT_WEB_BEAT_MS);
        assert_true(poll(q, 2, due < 20 ? (int)due : 20) >= 0);
        ut_web_step(web);
        ssize_t more = recv(fd, got + n, sizeof got - n - 1, MSG_DONTWAIT);
        if (more > 0)
            got[n += (size_t)more] = '\0';
        if (wanted != NULL ? strstr(got, wanted) != NULL : more == 0)
            return;
    }
    fail_msg("waited for %s, got %s", wanted != NULL ? wanted : "the end", got);
}

static void ask(const char *text)
{
    int fd = dial();
    say(fd, text, strlen(text));
    serve(fd, NULL);
    assert_int_equal(close(fd), 0);
}

static void an_answer_and_what_goes_with_each(void **state)
{
    (void)state;
    ask("GET /there?n=a%22b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_ptr_equal(strstr(got, "HTTP/1.1 404 "), got);
    assert_non_null(strstr(got, "{\"Error\":\"no \\\"a\\\"b\\\" of /there\"}"));
    assert_non_null(strstr(got, "Content-Security-Policy: default-src 'none'; script-src 'self';"));
    assert_null(strstr(got, "unsafe-inline"));
    assert_non_null(strstr(got, "Cache-Control: no-store"));
    assert_non_null(strstr(got, "X-Content-Type-Options: nosniff"));
    ask("GET /fixed HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(got, "\r\n\r\nfixed"));
    ask("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc");
    assert_ptr_equal(strstr(got, "HTTP/1.1 200 "), got);
    assert_string_equal(body, "abc");
}

static void a_body_has_a_limit(void **state)
{
    (void)state;
    static char text[UT_WEB_BODY + 200];
    for (int more = 0; more <= 1; more++) {
        int fd = dial(), n = snprintf(text, sizeof text,
                                      "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n"
                                      "Connection: close\r\n\r\n",
                                      UT_WEB_BODY + more);
        memset(text + n, 'a', (size_t)(UT_WEB_BODY + more));
        asked = 0;
        say(fd, text, (size_t)(n + UT_WEB_BODY + more));
        serve(fd, NULL);
        assert_int_equal(close(fd), 0);
        assert_ptr_equal(strstr(got, more ? "HTTP/1.1 413 " : "HTTP/1.1 200 "), got);
        assert_int_equal(asked, 1 - more);
        if (!more)
            assert_int_equal(strlen(body), UT_WEB_BODY);
    }
}

static void what_is_no_http_reaches_nobody(void **state)
{
    (void)state;
    ask("\x16\x03\x01\x02\r\n\r\n");
    ask("GET / HTTP/9.9\r\n\r\n");
    assert_int_equal(asked, 0);
}

static void news_goes_out_at_once(void **state)
{
    (void)state;
    static const char hello[] = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n";
    int fd = dial(), other = dial();
    say(fd, hello, strlen(hello));
    serve(fd, "retry: 1000");
    assert_int_equal(ut_web_streams(web), 1);
    say(other, hello, strlen(hello));
    serve(other, "retry: 1000");
    assert_int_equal(ut_web_streams(web), 2);
    ut_event_ring_put(ring, "cue", "{\"x\":1}");
    ut_web_wake(web);
    serve(fd, "event: cue\ndata: {\"x\":1}\n\n");
    serve(other, "event: cue\ndata: {\"x\":1}\n\n");
    assert_int_equal(close(other), 0);
    for (int turns = 0; turns < 100 && ut_web_streams(web) == 2; turns++) {
        ut_event_ring_put(ring, "cue", "{\"x\":2}");
        ut_web_wake(web);
        struct pollfd q = {.fd = ut_web_fd(web), .events = POLLIN};
        assert_true(poll(&q, 1, 20) >= 0);
        ut_web_step(web);
    }
    assert_int_equal(ut_web_streams(web), 1);
    assert_int_equal(close(fd), 0);
}

static void who_comes_again_misses_nothing(void **state)
{
    (void)state;
    char hello[200];
    ut_event_ring_put(ring, "cue", "1");
    ut_event_ring_put(ring, "cue", "2");
    (void)snprintf(hello, sizeof hello, "GET /events HTTP/1.1\r\nHost: x\r\nLast-Event-ID: %s-1\r\n\r\n",
                   ut_event_ring_epoch(ring));
    int fd = dial();
    say(fd, hello, strlen(hello));
    serve(fd, "data: 2\n\n");
    assert_null(strstr(got, "data: 1\n\n"));
    assert_int_equal(close(fd), 0);
}

static void a_quiet_stream_says_that_it_is_there(void **state)
{
    (void)state;
    static const char hello[] = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n";
    int fd = dial();
    say(fd, hello, strlen(hello));
    serve(fd, "retry: 1000");
    assert_null(strstr(got, "\n:\n"));
    ahead_ms += UT_WEB_BEAT_MS;
    assert_int_equal(ut_web_due_ms(web), 0);
    serve(fd, ":\n\n");
    assert_int_equal(close(fd), 0);
}

/* Its socket is full: nothing is due for it before it reads. */
static void who_reads_nothing_keeps_nobody_awake(void **state)
{
    (void)state;
    static const char hello[] = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n";
    static char big[1 << 16];
    int fd = dial();
    say(fd, hello, strlen(hello));
    serve(fd, "retry: 1000");
    memset(big, '1', sizeof big - 1);
    for (int turns = 0; turns < 400; turns++) { /* 26 MB, more than any socket here holds */
        ut_event_ring_put(ring, "cue", big);
        ut_web_wake(web);
        ut_web_step(web);
    }
    ahead_ms += 2 * UT_WEB_BEAT_MS;
    int idle = 0;
    for (int turns = 0; turns < 10; turns++) {
        ut_web_step(web);
        idle += ut_web_due_ms(web) > 0;
    }
    assert_in_range(idle, 8, 10);
    assert_int_equal(ut_web_streams(web), 1);
    assert_int_equal(close(fd), 0);
}

static int subscribe(void)
{
    static const char EVENTS[] = "GET /events HTTP/1.1\r\nHost: h\r\n\r\n";
    int fd = dial();
    say(fd, EVENTS, sizeof EVENTS - 1);
    serve(fd, "retry");
    assert_int_equal(ut_web_streams(web), 1);
    return fd;
}

static void a_stream_has_an_end(void **state)
{
    (void)state;
    until_ms = ut_clock_ms() + 3600000;
    int fd = subscribe();
    ahead_ms += 3599000;
    ut_event_ring_put(ring, "event", "{\"a\":1}");
    ut_web_wake(web);
    serve(fd, "\"a\"");
    ahead_ms += 1001;
    assert_int_equal(ut_web_due_ms(web), 0);
    serve(fd, "0\r\n\r\n"); /* of a body in chunks */
    assert_int_equal(ut_web_streams(web), 0);
    assert_int_equal(close(fd), 0);
    until_ms = 0;
}

static void those_of_one_reader_end_alone(void **state)
{
    (void)state;
    reader = 2;
    int fd = subscribe();
    ut_web_end_streams_of(web, 0);
    ut_web_end_streams_of(web, 1);
    ut_event_ring_put(ring, "event", "{\"a\":1}");
    ut_web_wake(web);
    serve(fd, "\"a\"");
    assert_int_equal(ut_web_streams(web), 1);
    ut_web_end_streams_of(web, 2);
    assert_int_equal(ut_web_due_ms(web), 0);
    serve(fd, "0\r\n\r\n");
    assert_int_equal(ut_web_streams(web), 0);
    assert_int_equal(close(fd), 0);
    reader = 0;
}

static void streams_can_be_ended(void **state)
{
    (void)state;
    int fd = subscribe();
    ut_event_ring_put(ring, "event", "{\"secret\":1}");
    ut_web_end_streams(web);
    serve(fd, "0\r\n\r\n");
    assert_null(strstr(got, "secret"));
    assert_int_equal(ut_web_streams(web), 0);
    assert_int_equal(close(fd), 0);
}

static void an_open_file_is_sent(void **state)
{
    (void)state;
    ask("GET /file HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(got, "Content-Length: 4\r\n"));
    assert_non_null(strstr(got, "\r\n\r\n\177ELF"));
}

static void a_header_that_comes_twice_is_counted(void **state)
{
    (void)state;
    ask("GET /user HTTP/1.1\r\nHost: h\r\nX-Forwarded-User: eve\r\nx-forwarded-user: kim\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(got, "eve of 2"));
}

/* What is behind it would not be looked at. */
static void a_zero_byte_in_an_address_is_refused(void **state)
{
    (void)state;
    static const char *const address[] = {"/fixed%00other", "/fixed?n=a%00b", "/%00"};
    for (size_t i = 0; i < sizeof address / sizeof address[0]; i++) {
        char text[100];
        (void)snprintf(text, sizeof text, "DELETE %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", address[i]);
        ask(text);
        assert_ptr_equal(strstr(got, "HTTP/1.1 400 "), got);
    }
    assert_int_equal(asked, 0);
}

static void run(int turns)
{
    for (int i = 0; i < turns; i++) {
        struct pollfd q = {.fd = ut_web_fd(web), .events = POLLIN};
        (void)poll(&q, 1, 1);
        ut_web_step(web);
    }
}

/* As many as there is room for, each with a byte now and then: whoever comes next is served 10 s later. */
static void requests_that_never_end_are_ended(void **state)
{
    (void)state;
    static const char FIXED[] = "GET /fixed HTTP/1.1\r\nHost: x\r\n\r\n";
    static const char EVENTS[] = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n";
    static const char part[] = "GET /fixed HTTP/1.1\r\nHost: x\r\nX: ";
    int slow[UT_WEB_READERS];
    for (int i = 0; i < UT_WEB_READERS; i++) {
        slow[i] = dial();
        say(slow[i], part, i % 2 ? sizeof part - 1 : 3); /* some within the first line */
        run(1);
    }
    run(10);
    int next = dial();
    say(next, FIXED, sizeof FIXED - 1);
    for (int s = 0; s < 9; s++) {
        ahead_ms += UT_WEB_REQUEST_MS / 10;
        for (int i = 0; i < UT_WEB_READERS; i++)
            say(slow[i], " ", 1);
        run(3);
    }
    assert_int_equal(asked, 0);
    ahead_ms += UT_WEB_REQUEST_MS / 10;
    assert_int_equal(ut_web_due_ms(web), 0);
    serve(next, "fixed");
    for (int i = 0; i < UT_WEB_READERS; i++) {
        char byte;
        assert_true(recv(slow[i], &byte, 1, MSG_DONTWAIT) <= 0);
        assert_int_equal(close(slow[i]), 0);
    }

    /* one that was answered may think for a minute, but not over a request that it has begun; nor in a stream */
    int follower = dial();
    say(follower, EVENTS, sizeof EVENTS - 1);
    serve(follower, "retry: 1000");
    ahead_ms += 5 * UT_WEB_REQUEST_MS;
    run(3);
    say(next, FIXED, sizeof FIXED - 1);
    serve(next, "fixed");
    say(next, part, sizeof part - 1);
    run(3);
    ahead_ms += UT_WEB_REQUEST_MS;
    serve(next, NULL);
    assert_string_equal(got, "");
    assert_int_equal(close(next), 0);
    next = dial();
    say(next, FIXED, sizeof FIXED - 1);
    serve(next, "fixed");
    ahead_ms += 1000 * UT_WEB_IDLE_S;
    serve(next, NULL);
    assert_int_equal(close(next), 0);
    ut_event_ring_put(ring, "cue", "7");
    ut_web_wake(web);
    serve(follower, "data: 7");
    assert_int_equal(close(follower), 0);
}

static void a_port_in_use_is_said(void **state)
{
    (void)state;
    const struct ut_web_options o = {.address = "127.0.0.1", .port = ut_web_port(web), .handler = answer};
    assert_null(ut_web_open(&o, &fault));
    assert_int_equal(fault.code, UT_EXIT_NO_DEVICE);
    assert_non_null(strstr(fault.text, "127.0.0.1:"));
}

static void an_address_is_four_numbers(void **state)
{
    (void)state;
    static const char *const others[] = {"[::1]", "::1", "page.example", ""};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const struct ut_web_options o = {.address = others[i], .handler = answer};
        errno = ENOENT; /* of something before */
        assert_null(ut_web_open(&o, &fault));
        assert_int_equal(fault.code, UT_EXIT_USAGE);
        assert_non_null(strstr(fault.text, "no IPv4 address"));
        assert_null(strstr(fault.text, "No such file"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_and_what_goes_with_each, setup, teardown),
        cmocka_unit_test_setup_teardown(a_body_has_a_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_http_reaches_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(news_goes_out_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(who_comes_again_misses_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_quiet_stream_says_that_it_is_there, setup, teardown),
        cmocka_unit_test_setup_teardown(who_reads_nothing_keeps_nobody_awake, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stream_has_an_end, setup, teardown),
        cmocka_unit_test_setup_teardown(those_of_one_reader_end_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(streams_can_be_ended, setup, teardown),
        cmocka_unit_test_setup_teardown(an_open_file_is_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(a_header_that_comes_twice_is_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_zero_byte_in_an_address_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(requests_that_never_end_are_ended, setup, teardown),
        cmocka_unit_test_setup_teardown(a_port_in_use_is_said, setup, teardown),
        cmocka_unit_test(an_address_is_four_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
