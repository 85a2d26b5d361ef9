/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/fault.h"

#include <stdarg.h>
#include <stdio.h>

int ut_fault_set(struct ut_fault *f, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    f->code = code;
    vsnprintf(f->text, sizeof f->text, format, args);
    va_end(args);
    return -1;
}

int ut_fault_print(const struct ut_fault *f)
{
    if (f->code != UT_EXIT_OK)
        fprintf(stderr, "undertone: %s\n", f->text);
    return f->code;
}

void ut_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("undertone: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}
