/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 (IEEE 802.3) of bytes in pieces of any size: whether a file is whole, a short name for settings.
 *
 * in    the CRC of the bytes before, 0 at the start; the next bytes
 * out   the CRC of all of them
 */
#ifndef UT_HOST_CRC32_H
#define UT_HOST_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t ut_crc32(uint32_t crc, const void *data, size_t len);

#endif
