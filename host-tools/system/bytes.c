/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/bytes.h"

uint32_t ut_bytes_get(const uint8_t *p, size_t bytes)
{
    uint32_t x = 0;
    for (size_t i = 0; i < bytes; i++)
        x |= (uint32_t)p[i] << (8 * i);
    return x;
}

void ut_bytes_put(uint8_t *p, uint32_t x, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        p[i] = (uint8_t)(x >> (8 * i));
}
