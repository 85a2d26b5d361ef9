/* SPDX-License-Identifier: Apache-2.0 */
/* What is wired to which pin of the nRF52840 DK, and the board's name. */
#include "boards/nrf52840/pins.h"

#include "boards/board.h"

const char board_name[4] = {'n', '8', '4', '0'};

const struct ut_nrf_pins ut_nrf_pins = {
    .link_tx = 6,
    .link_rx = 8,
    .hci_tx = 34, /* P1.02 */
    .hci_rx = 33,
    .hci_rts = 35,
    .hci_cts = 36,
    .microphone_clock = 26,
    .microphone_data = 27,
    .button = 11,
    .light = {13, 14, 15, 16},
};
