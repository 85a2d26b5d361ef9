/* SPDX-License-Identifier: Apache-2.0 */
#define NCURSES_WIDECHAR 1
#include "host-tools/screens/screen.h"

#include "host-tools/system/output.h"

#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <wchar.h>

static SCREEN *terminal;
static chtype look[UT_VIEW_STYLES];

static void choose_looks(void)
{
    static const struct {
        attr_t attributes;
        short colour; /* -1 = the terminal's own */
    } styles[UT_VIEW_STYLES] = {
        [UT_VIEW_PLAIN] = {A_NORMAL, -1},
        [UT_VIEW_FAINT] = {A_DIM, -1},
        [UT_VIEW_STRONG] = {A_BOLD, -1},
        [UT_VIEW_FRUSTRATION] = {A_NORMAL, COLOR_YELLOW},
        [UT_VIEW_DELIGHT] = {A_NORMAL, COLOR_GREEN},
        [UT_VIEW_CUSTOMER] = {A_NORMAL, COLOR_CYAN},
        [UT_VIEW_AGENT] = {A_NORMAL, -1},
        [UT_VIEW_CUE] = {A_BOLD | A_REVERSE, COLOR_CYAN},
        [UT_VIEW_TROUBLE] = {A_BOLD, COLOR_RED},
        [UT_VIEW_FRAME] = {A_REVERSE, -1},
    };
    int coloured = !ut_output_no_color() && has_colors() && start_color() == OK && use_default_colors() == OK;
    for (int i = 0; i < UT_VIEW_STYLES; i++) {
        look[i] = styles[i].attributes;
        if (coloured && styles[i].colour >= 0 && init_pair((short)(i + 1), styles[i].colour, -1) == OK)
            look[i] |= (chtype)COLOR_PAIR(i + 1);
    }
}

int ut_screen_open(FILE *in, FILE *out)
{
    const char *name = getenv("TERM");
    if (name == NULL || name[0] == '\0')
        return -1;
    int known;
    if (setupterm(name, fileno(out), &known) != OK)
        return -1;
    const char *move = tigetstr("cup");
    (void)del_curterm(cur_term);
    if (move == NULL || move == (char *)-1) /* such as "dumb": no place on it can be written to */
        return -1;
    (void)setlocale(LC_CTYPE, "");
    terminal = newterm(NULL, out, in);
    if (terminal == NULL)
        return -1;
    (void)set_term(terminal);
    (void)cbreak(); /* ^C stays a signal */
    (void)noecho();
    (void)nodelay(stdscr, TRUE);
    (void)keypad(stdscr, TRUE);
    (void)set_escdelay(25);
    (void)curs_set(0);
    choose_looks();
    return 0;
}

void ut_screen_close(void)
{
    if (terminal == NULL)
        return;
    (void)endwin();
    delscreen(terminal);
    terminal = NULL;
}

int ut_screen_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

void ut_screen_size(int *rows, int *cols)
{
    getmaxyx(stdscr, *rows, *cols);
}

void ut_screen_paint(const struct ut_view_screen *s)
{
    (void)erase();
    for (int r = 0; r < s->rows; r++) {
        for (int from = 0, to; from < s->cols; from = to) {
            wchar_t run[UT_VIEW_COLS_MAX];
            for (to = from; to < s->cols && s->style[r][to] == s->style[r][from]; to++)
                run[to - from] = (wchar_t)s->glyph[r][to];
            (void)attrset((int)look[s->style[r][from]]);
            (void)mvaddnwstr(r, from, run, to - from);
        }
    }
    (void)refresh();
}

int ut_screen_key(void)
{
    int key = getch();
    if (key == ERR)
        return 0;
    return key == KEY_RESIZE ? '\f' : key;
}
