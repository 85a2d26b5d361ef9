/* SPDX-License-Identifier: Apache-2.0 */
/* What a technician may set on one headset, and what it does to the audio.
 *
 * in    keys with values: text of 0..12 characters, or an integer as four bytes, little-endian
 * out   struct ut_settings, which the store keeps as a whole (firmware/control.h)
 * errors UT_ERR_ABSENT no such key, UT_ERR_RANGE not a value of it
 * Gains and the channel map act from the next chunk of audio on, the others from the next start. SPEC.md "Settings".
 */
#ifndef UT_FIRMWARE_SETTINGS_H
#define UT_FIRMWARE_SETTINGS_H

#include "firmware/err.h"

#include <stddef.h>
#include <stdint.h>

/* Codes are in the memory of headsets: new ones at the end. */
enum ut_setting {
    UT_SETTING_ID = 1,            /* text: letters, digits, "-", "_", "." */
    UT_SETTING_CUSTOMER_GAIN = 2, /* dB */
    UT_SETTING_AGENT_GAIN = 3,
    UT_SETTING_SWAP = 4,   /* 1 = the board's two inputs change places */
    UT_SETTING_POLICY = 5, /* enum ut_settings_policy */
    UT_SETTING_UART = 6,   /* 1 = records leave by this link; one of the two stays on */
    UT_SETTING_BLE = 7,
    UT_SETTING_KEYS = 8 /* 1 .. UT_SETTING_KEYS - 1 */
};

enum ut_settings_policy {
    UT_SETTINGS_SCORES = 0,
    UT_SETTINGS_FACTS = 1 /* no classifier runs: measured facts alone leave the headset */
};

enum { UT_SETTINGS_VALUE_BYTES = 12, UT_SETTINGS_PACKED_BYTES = 112, UT_SETTINGS_GAIN_MAX_DB = 24 };

struct ut_settings {
    char id[UT_SETTINGS_VALUE_BYTES]; /* NUL-padded */
    int8_t number[UT_SETTING_KEYS];   /* by enum ut_setting */
    int8_t trim_db[2]; /* of the board's inputs, by its factory page; the owner sets it, nobody stores it */
};

void ut_settings_defaults(struct ut_settings *s);

/* As the store keeps them: the length of what was packed. Unpacking takes any bytes: what is not among them, or is
 * outside its range, becomes the default. */
size_t ut_settings_pack(const struct ut_settings *s, uint8_t packed[UT_SETTINGS_PACKED_BYTES]);
void ut_settings_unpack(struct ut_settings *s, const uint8_t *packed, size_t len);

/* The length of the value, or an error. */
int ut_settings_get(const struct ut_settings *s, int key, uint8_t value[UT_SETTINGS_VALUE_BYTES]);

/* 0 or an error; then s is unchanged. */
int ut_settings_set(struct ut_settings *s, int key, const uint8_t *value, size_t len);

/* The ends of an integer's range. 0, or UT_ERR_ABSENT for a text or no key. */
int ut_settings_range(int key, int *least, int *most);

/* Puts {customer, agent} in their places, then applies their gains, with the trim of the input that each comes from and
 * limited to UT_SETTINGS_GAIN_MAX_DB, rounded and saturated (dsp/q.h). */
void ut_settings_apply(const struct ut_settings *s, int16_t *pairs, size_t frames);

#endif
