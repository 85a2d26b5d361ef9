/* SPDX-License-Identifier: Apache-2.0 */
/* A double of Nordic's SoftDevice Controller and MPSL that keeps their rules: what their headers say of order, priority
 * and arguments, each an assertion. It controls nothing; a test says what it has to tell.
 */
#ifndef UT_TESTS_BOARDS_NRF52840_SDC_DOUBLE_H
#define UT_TESTS_BOARDS_NRF52840_SDC_DOUBLE_H

#include <stddef.h>
#include <stdint.h>

struct sdc_double {
    int in_irq;            /* the test runs ut_nrf_radio_irq: the one priority of all calls */
    int inited, timeslots; /* MPSL, and its session */
    int sdc, configured, supported, source, enabled;
    int fails;          /* which call of the start is refused, from 1; 0 = none */
    int32_t needs;      /* bytes of memory that it asks for */
    int resets, refuse; /* HCI_Reset seen; the status of each command */
    uint8_t data[256];  /* the last packet of data from the host */
    int datas;
    uint8_t pending[8][260]; /* what sdc_hci_get has, types in front */
    int pendings, news;
    int requested, blocked; /* a timeslot is waited for; so many are refused first */
    uint32_t slot_us;
    int hears; /* the controller's own call of the application */
};
extern struct sdc_double sdc_double;

void sdc_double_clear(void);

/* A packet for sdc_hci_get: its type and itself. */
void sdc_double_tell(uint8_t type, const uint8_t *packet, size_t len);

/* The timeslot that was asked for begins, in the highest priority, or is refused, in that of the calls. */
void sdc_double_slot(void);

/* A fault within: MPSL's and the controller's. */
void sdc_double_fault(void);

#endif
