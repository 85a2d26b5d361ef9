/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal in full-screen mode: paints a view and takes keys, whatever happens to its size.
 *
 * One at a time. NO_COLOR (not empty) or a terminal without colours: bold, faint and reverse only.
 */
#ifndef UT_HOST_SCREEN_H
#define UT_HOST_SCREEN_H

#include "host-tools/screens/view.h"

#include <stdio.h>

/* 0, or -1 when the terminal cannot do it (TERM unset or unknown). */
int ut_screen_open(FILE *in, FILE *out);
void ut_screen_close(void);

/* 1 when the terminal shows Unicode. */
int ut_screen_utf8(void);

/* The size now. */
void ut_screen_size(int *rows, int *cols);

void ut_screen_paint(const struct ut_view_screen *s);

/* The next key waiting, 0 when there is none, '\f' when the size has changed. Never waits. */
int ut_screen_key(void);

#endif
