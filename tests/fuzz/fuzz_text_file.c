/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file of text: refused, or text without a zero and lines that are all of it. */
#include "host-tools/system/text_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ut_fault fault = {0};
    char *bytes = malloc(size + 1);
    if (bytes == NULL)
        return 0;
    if (size > 0)
        memcpy(bytes, data, size);
    char *text = ut_text_file_decode(bytes, size, "f", "a table", &fault), *next = text;
    if (text == NULL) {
        if (fault.code == 0 || fault.text[0] == '\0')
            abort();
        return 0;
    }
    size_t whole = strlen(text), seen = 0;
    if (whole == 0 || whole > size / 2 * 3 + 1)
        abort();
    for (char *line; (line = ut_text_file_line(&next)) != NULL; seen++)
        if (strpbrk(line, "\r\n") != NULL || line + strlen(line) > text + whole || seen > whole)
            abort();
    if (next != text + whole)
        abort();
    free(text);
    return 0;
}
