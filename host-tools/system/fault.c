/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/fault.h"

#include "host-tools/system/utf8.h"

#include <stdarg.h>
#include <stdio.h>

enum { NAMED_MAX = 5 };

int ut_fault_set(struct ut_fault *f, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    f->code = code;
    vsnprintf(f->text, sizeof f->text, format, args);
    va_end(args);
    return -1;
}

int ut_fault_no_memory(struct ut_fault *f)
{
    return ut_fault_set(f, UT_EXIT_FAILURE, "not enough memory; close other programs");
}

/* What came from a file's name or a device neither forges a line nor moves the terminal's cursor. */
static void say(char *text)
{
    ut_utf8_clean(text);
    fprintf(stderr, "undertone: %s\n", text);
}

int ut_fault_print(const struct ut_fault *f)
{
    char text[sizeof f->text];
    snprintf(text, sizeof text, "%s", f->text);
    if (f->code != UT_EXIT_OK)
        say(text);
    return f->code;
}

void ut_note(const char *format, ...)
{
    char text[2000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say(text);
}

int ut_fault_first(struct ut_fault *f, const struct ut_fault *of, size_t n)
{
    size_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        if (of[i].code == 0)
            continue;
        if (bad == 0)
            *f = of[i];
        else if (bad < NAMED_MAX)
            ut_note("%s", of[i].text);
        bad++;
    }
    return bad == 0 ? 0 : -1;
}
