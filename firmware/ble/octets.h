/* SPDX-License-Identifier: Apache-2.0 */
/* Little-endian integers in packets. */
#ifndef UT_FIRMWARE_BLE_OCTETS_H
#define UT_FIRMWARE_BLE_OCTETS_H

#include <stdint.h>

static inline uint16_t ut_octets_get16(const uint8_t *from)
{
    return (uint16_t)(from[0] | from[1] << 8);
}

static inline void ut_octets_put16(uint8_t *to, unsigned value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

#endif
