/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a TextGrid: refused with one line, or marks that lie in the text and in a tier. An odd first byte puts
 * a right head before the rest, so that tiers are reached. */
#include "host-tools/trials/textgrid.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = "\"ooTextFile\" \"TextGrid\" 0 9 <exists> 2 \"IntervalTier\" \"a\" 0 9 ";
    size_t odd = size > 0 && (data[0] & 1) != 0, before = odd ? sizeof head - 1 : 0, whole = before + size - odd;
    struct ut_marks m = {0};
    struct ut_fault fault = {0};
    char *text = malloc(whole + 1);
    if (text == NULL)
        return 0;
    memcpy(text, head, before);
    if (size > odd)
        memcpy(text + before, data + odd, size - odd);
    text[whole] = '\0';
    (void)ut_textgrid_is(text);
    if (ut_textgrid_parse(&m, text, "f", &fault) != 0 && (fault.code == 0 || fault.text[0] == '\0'))
        abort();
    for (size_t i = 0; i < m.n; i++) {
        const struct ut_mark *x = &m.mark[i];
        if (x->begin_ms < 0 || x->end_ms < x->begin_ms || x->line < 1 || x->text < text ||
            x->text + strlen(x->text) > text + whole || x->tier < 0 || (size_t)x->tier >= m.tiers || x->text[0] == '\0')
            abort();
    }
    ut_marks_free(&m);
    free(text);
    return 0;
}
