/* SPDX-License-Identifier: Apache-2.0 */
/* A board with the chip as no board is wired: pins of both ports for each kind of use. */
#include "boards/nrf52840/pins.h"
#include "boards/board.h"

const char board_name[4] = {'t', 'e', 's', 't'};

const struct ut_nrf_pins ut_nrf_pins = {
    .link_tx = 6,
    .link_rx = 8,
    .hci_tx = 34,
    .hci_rx = 33,
    .hci_rts = 35,
    .hci_cts = 36,
    .microphone_clock = 40,
    .microphone_data = 27,
    .button = 43,
    .light = {13, 14, 15, 47},
};
