/* SPDX-License-Identifier: Apache-2.0 */
/* From the bootloader into an image, as a reset would enter it.
 *
 * in    the address of the image's vectors, a multiple of 512
 * out   does not return: exceptions go to the image's vectors, its stack is empty, its start-up runs
 */
#ifndef UT_BOARDS_CORTEXM_JUMP_H
#define UT_BOARDS_CORTEXM_JUMP_H

#include <stdint.h>

_Noreturn void ut_cortexm_jump(uint32_t vectors);

#endif
