/* SPDX-License-Identifier: Apache-2.0 */
/* Whose voice each channel holds, as the headset says it, in words and as JSON.
 *
 * in    a status record (firmware/wire.h)
 * out   a name, a line for people, {State, Heard: [{In, Of, DelayMillis, GainDb}], Quiet: [role]}, and Mixed: [role]
 *       where that is the state
 * SPEC.md "Two channels".
 */
#ifndef UT_HOST_CHANNELS_H
#define UT_HOST_CHANNELS_H

#include "firmware/wire.h"
#include "host-tools/system/json.h"

#include <stdbool.h>
#include <stddef.h>

/* "unknown", "separate", "leak", "same", "silent_leg", "one_leg", "mixed" */
const char *ut_channels_name(int channels);

/* The same in a few words, which the catalogue has in other languages: "both hold the same". */
const char *ut_channels_title(const struct ut_wire_status *d);

/* "the agent is heard in the customer's channel, 20 dB fainter, 60 ms late". Returns text. */
const char *ut_channels_words(const struct ut_wire_status *d, char *text, size_t size);

/* Whether there is nothing to say: a party each, or not known yet. */
bool ut_channels_usual(const struct ut_wire_status *d);

json_t *ut_channels_json(const struct ut_wire_status *d);

#endif
