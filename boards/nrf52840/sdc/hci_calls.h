/* SPDX-License-Identifier: Apache-2.0 */
/* HCI commands as calls of Nordic's SoftDevice Controller, which takes no command packets.
 *
 * in    a whole command packet: opcode, length, parameters
 * out   the event that answers it: Command Complete, or Command Status where the specification wants that
 * Commands that firmware/ble/hci.c never sends to a controller with buffers for LE are unknown (error 0x01), one of
 * another length is 0x12. To be called in the one priority that all calls of the controller live in.
 */
#ifndef UT_BOARDS_NRF52840_SDC_HCI_CALLS_H
#define UT_BOARDS_NRF52840_SDC_HCI_CALLS_H

#include <stddef.h>
#include <stdint.h>

enum { UT_NRF_HCI_ANSWER_BYTES = 15 };

/* The event with its H4 type; its length. */
size_t ut_nrf_hci_call(const uint8_t *command, uint8_t answer[UT_NRF_HCI_ANSWER_BYTES]);

#endif
