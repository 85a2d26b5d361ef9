/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the ELF in which the place of a fault is looked up: no undefined behaviour, a place is a short text. */
#include "host-tools/headset/reset.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An odd first byte: the rest stands behind a right head, whose section headers begin there. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { HEAD = 52 };
    static const uint8_t head[HEAD] = {0x7F, 'E', 'L', 'F', 1, 1, 1, [18] = 40, [32] = HEAD, [48] = 4};
    char place[UT_RESET_PLACE];
    if (size < 3)
        return 0;
    size_t front = (data[0] & 1) != 0 ? HEAD : 0, n = front + size - 3;
    uint8_t *elf = malloc(n > 0 ? n : 1); /* of its size, so that a byte beyond its end is noticed */
    if (elf == NULL)
        return 0;
    memcpy(elf, head, front);
    memcpy(elf + front, data + 3, size - 3);
    memset(place, 'x', sizeof place);
    int r = ut_reset_symbol(elf, n, (uint32_t)(data[1] | data[2] << 8), place);
    free(elf);
    if (r < -1 || r > 1 || (front == HEAD && r == -1))
        abort();
    for (size_t i = 0; r == 0 && (i == 0 || place[i - 1] != '\0'); i++)
        if (i == sizeof place || (place[i] != '\0' && (place[i] <= ' ' || place[i] > '~')))
            abort();
    return 0;
}
