/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a Bluetooth controller has done HCI Reset. Core Specification, Vol 4 Part E, 7.7.14.
 *
 * in    bytes from the controller, one at a time, from anywhere
 * out   1 at the last byte of a Command Complete of Reset without an error
 */
#ifndef UT_FIRMWARE_SELFTEST_RADIO_H
#define UT_FIRMWARE_SELFTEST_RADIO_H

#include <stdint.h>

enum { UT_RADIO_ANSWER_BYTES = 7 };

struct ut_radio_answer {
    uint8_t last[UT_RADIO_ANSWER_BYTES];
};

void ut_radio_answer_init(struct ut_radio_answer *a);
int ut_radio_answer_take(struct ut_radio_answer *a, uint8_t byte);

#endif
