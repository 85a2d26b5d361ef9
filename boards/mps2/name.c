/* SPDX-License-Identifier: Apache-2.0 */
/* The board's name, for the firmware and for its bootloader. */
#include "boards/board.h"

const char board_name[4] = {'m', 'p', 's', '2'};
