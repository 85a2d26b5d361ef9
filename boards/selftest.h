/* SPDX-License-Identifier: Apache-2.0 */
/* What the test image (firmware/selftest) asks a board for besides boards/board.h. The firmware's own image has none of
 * it.
 */
#ifndef UT_BOARDS_SELFTEST_H
#define UT_BOARDS_SELFTEST_H

/* 1 while the button is pressed, as it is wired, without a wait for its contacts. */
int board_test_button(void);

/* All lights of the board. */
void board_test_lights(int on);

/* 1 = the processor runs on its crystal, 0 = on an oscillator that came to its aid. */
int board_test_crystal(void);

#endif
