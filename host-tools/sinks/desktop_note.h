/* SPDX-License-Identifier: Apache-2.0 */
/* A note on the desktop of whoever runs this program, over D-Bus (org.freedesktop.Notifications). sd-bus is included in
 * desktop_note.c for it.
 *
 * in    a title and a text
 * out   the note, or what was wrong
 */
#ifndef UT_HOST_DESKTOP_NOTE_H
#define UT_HOST_DESKTOP_NOTE_H

#include <stddef.h>

enum { UT_DESKTOP_NOTE_MS = 5000 };

/* 0, or -1 and a few words. Waits UT_DESKTOP_NOTE_MS at most. */
int ut_desktop_note(const char *title, const char *text, char *error, size_t room);

#endif
