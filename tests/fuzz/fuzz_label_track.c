/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a label track: refused with one line, or marks that lie in the text and end no sooner than they begin. */
#include "host-tools/trials/label_track.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ut_marks m = {0};
    struct ut_fault fault = {0};
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    (void)ut_label_track_is(text);
    if (ut_label_track_parse(&m, text, "f", &fault) != 0 && (fault.code == 0 || fault.text[0] == '\0'))
        abort();
    for (size_t i = 0; i < m.n; i++) {
        const struct ut_mark *x = &m.mark[i];
        if (x->begin_ms < 0 || x->end_ms < x->begin_ms || x->line < 1 || x->text < text ||
            x->text + strlen(x->text) > text + size || x->tier != -1)
            abort();
    }
    ut_marks_free(&m);
    free(text);
    return 0;
}
