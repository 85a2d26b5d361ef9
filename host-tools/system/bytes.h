/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of files and records, the lowest byte first, on any machine.
 *
 * in    one to four bytes; or a number, of which the lowest bytes are taken
 * out   the other of the two
 */
#ifndef UT_HOST_BYTES_H
#define UT_HOST_BYTES_H

#include <stddef.h>
#include <stdint.h>

uint32_t ut_bytes_get(const uint8_t *p, size_t bytes);
void ut_bytes_put(uint8_t *p, uint32_t x, size_t bytes);

#endif
