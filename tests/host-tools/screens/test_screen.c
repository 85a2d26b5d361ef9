/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/screens/screen.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

static int master = -1;
static FILE *in, *out;

/* A terminal of 24 x 80 whose other end is `master`. */
static int set_up(void **state)
{
    (void)state;
    master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        return -1;
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    (void)ioctl(master, TIOCSWINSZ, &size);
    in = fdopen(open(ptsname(master), O_RDONLY | O_NOCTTY), "r"); /* a session's first terminal takes the test along */
    out = fdopen(open(ptsname(master), O_WRONLY | O_NOCTTY), "w");
    (void)setenv("LC_ALL", "C.UTF-8", 1);
    (void)unsetenv("NO_COLOR");
    (void)unsetenv("LINES");
    (void)unsetenv("COLUMNS");
    return in == NULL || out == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    (void)fclose(in);
    (void)fclose(out);
    return close(master);
}

/* What the terminal was sent, up to n - 1 bytes. */
static const char *sent(void)
{
    static char text[65536];
    size_t used = 0;
    struct pollfd q = {.fd = master, .events = POLLIN};
    while (used < sizeof text - 1 && poll(&q, 1, 50) > 0) {
        ssize_t n = read(master, text + used, sizeof text - 1 - used);
        if (n <= 0)
            break;
        used += (size_t)n;
    }
    for (size_t i = 0; i < used; i++)
        if (text[i] == '\0')
            text[i] = ' ';
    text[used] = '\0';
    return text;
}

static struct ut_view_screen picture;

static void draw(enum ut_view_style style)
{
    picture.rows = 24;
    picture.cols = 80;
    for (int r = 0; r < 24; r++)
        for (int c = 0; c < 80; c++) {
            picture.glyph[r][c] = ' ';
            picture.style[r][c] = UT_VIEW_PLAIN;
        }
    picture.glyph[3][4] = 0x2588;
    picture.glyph[3][5] = 'Z';
    picture.style[3][4] = picture.style[3][5] = (uint8_t)style;
}

static void paints_what_is_asked(void **state)
{
    (void)state;
    (void)setenv("TERM", "xterm-256color", 1);
    assert_int_equal(ut_screen_open(in, out), 0);
    assert_true(ut_screen_utf8());
    int rows, cols;
    ut_screen_size(&rows, &cols);
    assert_int_equal(rows, 24);
    assert_int_equal(cols, 80);
    draw(UT_VIEW_FRUSTRATION);
    ut_screen_paint(&picture);
    const char *text = sent();
    assert_non_null(strstr(text, "\xE2\x96\x88Z"));
    assert_non_null(strstr(text, "\x1b[33m")); /* yellow */
    ut_screen_close();
    assert_non_null(strstr(sent(), "\x1b[?1049l")); /* the old screen comes back */
    ut_screen_close();
}

static void no_color_is_respected(void **state)
{
    (void)state;
    (void)setenv("TERM", "xterm-256color", 1);
    (void)setenv("NO_COLOR", "1", 1);
    assert_int_equal(ut_screen_open(in, out), 0);
    for (int style = 0; style < UT_VIEW_STYLES; style++) {
        draw((enum ut_view_style)style);
        ut_screen_paint(&picture);
    }
    ut_screen_close();
    const char *text = sent();
    assert_non_null(strstr(text, "Z"));
    for (char c = '0'; c < '8'; c++) {
        const char colour[] = {'[', '3', c, 'm', '\0'}, later[] = {';', '3', c, 'm', '\0'};
        assert_null(strstr(text, colour));
        assert_null(strstr(text, later));
    }
}

static void a_terminal_without_colours_is_fine(void **state)
{
    (void)state;
    (void)setenv("TERM", "vt100", 1);
    assert_int_equal(ut_screen_open(in, out), 0);
    draw(UT_VIEW_TROUBLE);
    ut_screen_paint(&picture);
    ut_screen_close();
    const char *text = sent();
    assert_non_null(strstr(text, "Z"));
    assert_null(strstr(text, "\x1b[31m"));
}

static void keys_arrive_and_none_is_none(void **state)
{
    (void)state;
    (void)setenv("TERM", "xterm-256color", 1);
    assert_int_equal(ut_screen_open(in, out), 0);
    assert_int_equal(ut_screen_key(), 0);
    assert_int_equal(write(master, "mq", 2), 2);
    struct pollfd q = {.fd = fileno(in), .events = POLLIN};
    assert_int_equal(poll(&q, 1, 1000), 1);
    assert_int_equal(ut_screen_key(), 'm');
    assert_int_equal(ut_screen_key(), 'q');
    assert_int_equal(ut_screen_key(), 0);
    ut_screen_close();
    (void)sent();
}

static void a_picture_larger_than_the_terminal_is_cut(void **state)
{
    (void)state;
    (void)setenv("TERM", "xterm-256color", 1);
    struct winsize size = {.ws_row = 2, .ws_col = 5};
    (void)ioctl(master, TIOCSWINSZ, &size);
    assert_int_equal(ut_screen_open(in, out), 0);
    draw(UT_VIEW_CUE);
    picture.glyph[1][1] = 'K';
    ut_screen_paint(&picture);
    ut_screen_close();
    const char *text = sent();
    assert_non_null(strstr(text, "K"));
    assert_null(strstr(text, "Z"));
}

static void an_unknown_terminal_is_refused(void **state)
{
    (void)state;
    (void)setenv("TERM", "no-such-terminal", 1);
    assert_int_equal(ut_screen_open(in, out), -1);
    (void)setenv("TERM", "dumb", 1); /* known, but nothing can be put in its place */
    assert_int_equal(ut_screen_open(in, out), -1);
    assert_string_equal(sent(), "");
    (void)unsetenv("TERM");
    assert_int_equal(ut_screen_open(in, out), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(paints_what_is_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_color_is_respected, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_terminal_without_colours_is_fine, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys_arrive_and_none_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_picture_larger_than_the_terminal_is_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_terminal_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
