/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a file of labels: refused with one line, or marks that lie in the text, end no sooner than they begin,
 * and are as UT_RIGHT says. Included once, with UT_IS and UT_PARSE, the format's two functions, UT_RIGHT(x, m), what a
 * mark x of marks m must be besides, and UT_HEAD: an empty one, or a right beginning that an odd first byte puts
 * before the rest, so that what follows is reached. */
#ifndef UT_TESTS_FUZZ_MARKS_H
#define UT_TESTS_FUZZ_MARKS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = UT_HEAD;
    size_t odd = sizeof head > 1 && size > 0 && (data[0] & 1) != 0, before = odd ? sizeof head - 1 : 0,
           whole = before + size - odd;
    struct ut_marks m = {0};
    struct ut_fault fault = {0};
    char *text = malloc(whole + 1);
    if (text == NULL)
        return 0;
    memcpy(text, head, before);
    if (size > odd)
        memcpy(text + before, data + odd, size - odd);
    text[whole] = '\0';
    (void)UT_IS(text);
    if (UT_PARSE(&m, text, "f", &fault) != 0 && (fault.code == 0 || fault.text[0] == '\0'))
        abort();
    for (size_t i = 0; i < m.n; i++) {
        const struct ut_mark *x = &m.mark[i];
        if (x->begin_ms < 0 || x->end_ms < x->begin_ms || x->line < 1 || x->text < text ||
            x->text + strlen(x->text) > text + whole || !UT_RIGHT(x, &m))
            abort();
    }
    ut_marks_free(&m);
    free(text);
    return 0;
}

#endif
