/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes to the test image: words are printable, within the line, and numbers within their range. */
#include "firmware/selftest/line.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ut_line line;
    ut_line_init(&line);
    for (size_t i = 0; i < size; i++) {
        if (!ut_line_take(&line, data[i]))
            continue;
        if (line.words == 0 || line.words > UT_LINE_WORDS)
            abort();
        for (unsigned k = 0; k < line.words; k++) {
            const char *word = line.word[k];
            int32_t n;
            char back[16] = "";
            if (word < line.text || word + strlen(word) >= line.text + UT_LINE_BYTES || *word <= ' ' || *word > '~')
                abort();
            if (ut_line_number(word, -1000, 1000, &n) != 0)
                continue;
            ut_line_add_number(back, sizeof back, n);
            if (n < -1000 || n > 1000 || strtol(word, NULL, 10) != n || strtol(back, NULL, 10) != n)
                abort();
        }
    }
    return 0;
}
