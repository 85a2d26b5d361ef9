/* SPDX-License-Identifier: Apache-2.0 */
/* Pairing with a headset over Bluetooth: this program is BlueZ's agent while a person compares or types the code.
 *
 * in    a headset of ut_bluez_find; the person's answers
 * out   a bond, kept by BlueZ and the headset
 * errors host-tools/system/fault.h: no agent, refused, stopped
 * Interfaces: doc/agent-api and device-api of BlueZ 5.66. SPEC.md "Pairing".
 */
#ifndef UT_HOST_BLUEZ_PAIR_H
#define UT_HOST_BLUEZ_PAIR_H

#include "host-tools/sources/bluez.h"

/* What a person is asked. Each returns 1 yes, 0 no; passkey: 0..999999, or -1 to give up. */
struct ut_bluez_person {
    int (*confirm)(void *ctx, uint32_t code);
    int (*blind)(void *ctx); /* without a code to compare, as a headset without a display pairs */
    long (*passkey)(void *ctx);
    void (*show)(void *ctx, uint32_t code);
    void *ctx;
};

/* Waits up to ms. 0 (also when it was paired), or -1 and *fault. */
int ut_bluez_pair(struct ut_bluez *b, const struct ut_bluez_device *d, const struct ut_bluez_person *person, int ms,
                  struct ut_fault *fault);

#endif
