/* SPDX-License-Identifier: Apache-2.0 */
/* The security counter: the lowest an image may have to run here. It only rises. SPEC.md "Slots".
 *
 * in    the area BOARD_COUNTER: records of 16 bytes, written once each, never erased
 * out   the highest counter that a whole record names; 0 without one
 * A record holds its number twice with its complement, so that neither a torn write nor a bit that rots raises or
 * loses it.
 */
#ifndef UT_FIRMWARE_BOOT_COUNTER_H
#define UT_FIRMWARE_BOOT_COUNTER_H

#include <stdint.h>

uint32_t ut_counter_read(void);

/* 0, also when it is as high already; -1: the area is full, or the memory failed. */
int ut_counter_raise(uint32_t to);

#endif
