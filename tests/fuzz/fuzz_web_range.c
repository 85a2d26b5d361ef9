/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the value of Range, of something of any length: a part lies within it. */
#include "host-tools/system/web_range.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t total = size > 0 ? data[0] : 0, first, length;
    char *text = malloc(size + 7);
    if (text == NULL)
        return 0;
    memcpy(text, "bytes=", 6);
    if (size > 1)
        memcpy(text + 6, data + 1, size - 1);
    text[size > 1 ? size + 5 : 6] = '\0';
    int status = ut_web_range(text, total, &first, &length);
    if ((status != 200 && status != 206 && status != 416) || first > total || length > total - first)
        abort();
    if ((status == 206 && length == 0) || (status == 200 && length != total))
        abort();
    free(text);
    return 0;
}
