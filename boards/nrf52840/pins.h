/* SPDX-License-Identifier: Apache-2.0 */
/* Which pins of the nRF52840 a board has wired to what: the board's own file gives the values, beside its board_name.
 *
 * in    pins by number: P0.00 .. P0.31 are 0 .. 31, P1.00 .. P1.15 are 32 .. 47
 * A light is lit when its pin is low. The button pulls its pin low; the chip pulls it up. The customer's microphone is
 * the left one, which is taken at the falling edge of the clock. The chip has its inductor for the DC/DC converter.
 */
#ifndef UT_BOARDS_NRF52840_PINS_H
#define UT_BOARDS_NRF52840_PINS_H

#include <stdint.h>

enum ut_nrf_light { UT_NRF_LIGHT_AUDIO, UT_NRF_LIGHT_MUTED, UT_NRF_LIGHT_CUE, UT_NRF_LIGHT_STOPPED, UT_NRF_LIGHTS };

struct ut_nrf_pins {
    uint8_t link_tx, link_rx;
    uint8_t hci_tx, hci_rx, hci_rts, hci_cts;
    uint8_t microphone_clock, microphone_data;
    uint8_t button;
    uint8_t light[UT_NRF_LIGHTS];
};

extern const struct ut_nrf_pins ut_nrf_pins;

#endif
