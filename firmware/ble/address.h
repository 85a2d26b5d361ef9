/* SPDX-License-Identifier: Apache-2.0 */
/* A Bluetooth device address, as the Host Controller Interface carries it. */
#ifndef UT_FIRMWARE_BLE_ADDRESS_H
#define UT_FIRMWARE_BLE_ADDRESS_H

#include <stdint.h>

enum { UT_ADDRESS_PUBLIC = 0, UT_ADDRESS_RANDOM = 1 };

struct ut_address {
    uint8_t type;
    uint8_t octets[6]; /* least significant first */
};

#endif
