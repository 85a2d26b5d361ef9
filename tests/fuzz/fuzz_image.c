/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a firmware image: no undefined behaviour, and the bytes stay as they are. */
#include "host-tools/headset/image_file.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input stands where the header does, and again behind the first bytes of an ELF. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t elf[20] = {0x7F, 'E', 'L', 'F', 1, 1, 1, [18] = 40};
    static uint8_t bytes[4096], before[4096];
    const size_t front[2] = {0x200, sizeof elf};
    struct ut_image image;
    struct ut_fault fault = {0};
    for (int i = 0; i < 2; i++) {
        size_t n = size < sizeof bytes - front[i] ? size : sizeof bytes - front[i];
        memset(bytes, 0, sizeof bytes);
        if (i == 1)
            memcpy(bytes, elf, sizeof elf);
        memcpy(bytes + front[i], data, n);
        memcpy(before, bytes, sizeof bytes);
        (void)ut_image_parse("input", bytes, front[i] + n, &image, &fault);
        if (memcmp(bytes, before, sizeof bytes) != 0)
            abort();
    }
    return 0;
}
