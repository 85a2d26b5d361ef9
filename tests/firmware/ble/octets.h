/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as standards print them, most significant octet first. */
#ifndef UT_TESTS_FIRMWARE_BLE_OCTETS_H
#define UT_TESTS_FIRMWARE_BLE_OCTETS_H

#include <stddef.h>
#include <stdint.h>

static inline uint8_t ut_octet(const char *hex)
{
    uint8_t value = 0;
    for (int i = 0; i < 2; i++)
        value = (uint8_t)(value << 4 | (hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10));
    return value;
}

/* In the order printed. */
static inline void ut_octets(uint8_t *to, size_t len, const char *hex)
{
    for (size_t i = 0; i < len; i++)
        to[i] = ut_octet(hex + 2 * i);
}

/* Least significant first, as in packets. */
static inline void ut_octets_reversed(uint8_t *to, size_t len, const char *hex)
{
    for (size_t i = 0; i < len; i++)
        to[len - 1 - i] = ut_octet(hex + 2 * i);
}

#endif
