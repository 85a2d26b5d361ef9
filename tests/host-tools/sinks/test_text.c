/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/text.h"

#include "tests/host-tools/sink_test.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static void a_line_per_event_but_scores_and_the_sums(void **state)
{
    (void)state;
    char *text = ut_sink_test_text(ut_text_sink);
    assert_non_null(text);
    assert_string_equal(text, "     0.000 s  call         c begins\n"
                              "     2.000 s  call         c ends\n"
                              "summary: 2.0 s; customer spoke 1.6 s, agent 0.0 s, non-talk 0.0 s; 0 interruptions, 0 "
                              "overlaps, 0 cues (0 shown)\n");
    free(text);
}

/* Sends one cue's opening. */
static void send_cue(struct ut_sink *s)
{
    const struct ut_event cue = {.type = UT_EVENT_CUE_OPENED, .json = "{}", .text = "a cue"};
    assert_int_equal(s->kind->event(s, &cue), 0);
}

static void cues_are_bold_on_a_terminal_only(void **state)
{
    (void)state;
    struct ut_fault fault;
    char *text = NULL, seen[100] = "";
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    struct ut_sink *s = ut_text_sink(file, NULL);
    assert_int_equal(s->kind->open(s, &fault), 0);
    send_cue(s);
    assert_int_equal(s->kind->close(s, true, &fault), 0);
    (void)fclose(file);
    assert_string_equal(text, "a cue\n");
    free(text);
    for (int plain = 0; plain < 2; plain++) {
        int master = posix_openpt(O_RDWR | O_NOCTTY);
        assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
        FILE *terminal = fopen(ptsname(master), "w");
        assert_non_null(terminal);
        assert_int_equal(plain ? setenv("NO_COLOR", "1", 1) : unsetenv("NO_COLOR"), 0);
        s = ut_text_sink(terminal, NULL);
        assert_int_equal(s->kind->open(s, &fault), 0);
        send_cue(s);
        assert_int_equal(s->kind->close(s, true, &fault), 0);
        ssize_t n = read(master, seen, sizeof seen - 1);
        assert_true(n > 0);
        seen[n] = '\0';
        assert_string_equal(seen, plain ? "a cue\r\n" : "\033[1ma cue\033[0m\r\n");
        (void)fclose(terminal);
        (void)close(master);
    }
    (void)unsetenv("NO_COLOR");
}

static void what_an_event_names_does_nothing_to_a_terminal(void **state)
{
    (void)state;
    struct ut_fault fault;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    struct ut_sink *s = ut_text_sink(file, NULL);
    const struct ut_event event = {.type = UT_EVENT_SESSION_STARTED, .json = "{}", .text = "call\033[2J \nforged\xff"};
    assert_int_equal(s->kind->open(s, &fault), 0);
    assert_int_equal(s->kind->event(s, &event), 0);
    assert_int_equal(s->kind->close(s, true, &fault), 0);
    (void)fclose(file);
    assert_string_equal(text, "call?[2J ?forged?\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_line_per_event_but_scores_and_the_sums),
                                       cmocka_unit_test(cues_are_bold_on_a_terminal_only),
                                       cmocka_unit_test(what_an_event_names_does_nothing_to_a_terminal)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
