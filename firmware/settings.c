/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/settings.h"

#include "dsp/q.h"

#include <string.h>

enum { GAIN_Q = 12, NUMBER_BYTES = 4 };

_Static_assert(UT_SETTING_KEYS *(2 + UT_SETTINGS_VALUE_BYTES) <= (int)UT_SETTINGS_PACKED_BYTES,
               "all settings fit, whatever their values");

static const struct {
    int8_t is_text, least, most, preset;
} table[UT_SETTING_KEYS] = {
    [UT_SETTING_ID] = {1, 0, 0, 0},
    [UT_SETTING_CUSTOMER_GAIN] = {0, -UT_SETTINGS_GAIN_MAX_DB, UT_SETTINGS_GAIN_MAX_DB, 0},
    [UT_SETTING_AGENT_GAIN] = {0, -UT_SETTINGS_GAIN_MAX_DB, UT_SETTINGS_GAIN_MAX_DB, 0},
    [UT_SETTING_SWAP] = {0, 0, 1, 0},
    [UT_SETTING_POLICY] = {0, UT_SETTINGS_SCORES, UT_SETTINGS_FACTS, UT_SETTINGS_SCORES},
    [UT_SETTING_UART] = {0, 0, 1, 1},
    [UT_SETTING_BLE] = {0, 0, 1, 1},
};

/* 2^12 x 10^(dB / 20), dB = -24 .. 24 */
static const uint16_t gain_q12[2 * UT_SETTINGS_GAIN_MAX_DB + 1] = {
    258,   290,   325,   365,   410,   460,   516,   579,   649,   728,   817,   917,   1029,
    1154,  1295,  1453,  1631,  1830,  2053,  2303,  2584,  2900,  3254,  3651,  4096,  4596,
    5157,  5786,  6492,  7284,  8173,  9170,  10289, 11544, 12953, 14533, 16306, 18296, 20529,
    23034, 25844, 28997, 32536, 36506, 40960, 45958, 51566, 57858, 64917};

static int is_key(int key)
{
    return key > 0 && key < UT_SETTING_KEYS;
}

void ut_settings_defaults(struct ut_settings *s)
{
    memset(s, 0, sizeof *s);
    for (int key = 1; key < UT_SETTING_KEYS; key++)
        s->number[key] = table[key].preset;
}

int ut_settings_get(const struct ut_settings *s, int key, uint8_t value[UT_SETTINGS_VALUE_BYTES])
{
    if (!is_key(key))
        return UT_ERR_ABSENT;
    if (table[key].is_text) {
        int len = 0;
        for (; len < UT_SETTINGS_VALUE_BYTES && s->id[len] != '\0'; len++)
            value[len] = (uint8_t)s->id[len];
        return len;
    }
    uint32_t number = (uint32_t)(int32_t)s->number[key];
    for (int i = 0; i < NUMBER_BYTES; i++)
        value[i] = (uint8_t)(number >> 8 * i);
    return NUMBER_BYTES;
}

static int is_id_character(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
           c == '.';
}

/* A value that fits its own key, whatever the others are. */
static int put(struct ut_settings *s, int key, const uint8_t *value, size_t len)
{
    if (!is_key(key))
        return UT_ERR_ABSENT;
    if (table[key].is_text) {
        if (len > UT_SETTINGS_VALUE_BYTES)
            return UT_ERR_RANGE;
        for (size_t i = 0; i < len; i++)
            if (!is_id_character(value[i]))
                return UT_ERR_RANGE;
        memset(s->id, 0, sizeof s->id);
        if (len > 0)
            memcpy(s->id, value, len);
        return 0;
    }
    if (len != NUMBER_BYTES)
        return UT_ERR_RANGE;
    uint32_t bits = value[0] | (uint32_t)value[1] << 8 | (uint32_t)value[2] << 16 | (uint32_t)value[3] << 24;
    int32_t number = (int32_t)bits;
    if (number < table[key].least || number > table[key].most)
        return UT_ERR_RANGE;
    s->number[key] = (int8_t)number;
    return 0;
}

static int is_reachable(const struct ut_settings *s)
{
    return s->number[UT_SETTING_UART] != 0 || s->number[UT_SETTING_BLE] != 0;
}

int ut_settings_set(struct ut_settings *s, int key, const uint8_t *value, size_t len)
{
    struct ut_settings changed = *s;
    int error = put(&changed, key, value, len);
    if (error == 0 && !is_reachable(&changed))
        error = UT_ERR_RANGE;
    if (error == 0)
        *s = changed;
    return error;
}

void ut_settings_unpack(struct ut_settings *s, const uint8_t *packed, size_t len)
{
    ut_settings_defaults(s);
    for (size_t at = 0; at + 2 <= len && at + 2 + packed[at + 1] <= len; at += 2U + packed[at + 1])
        (void)put(s, packed[at], packed + at + 2, packed[at + 1]); /* skips a key of a later firmware */
    if (!is_reachable(s))
        s->number[UT_SETTING_UART] = 1;
}

size_t ut_settings_pack(const struct ut_settings *s, uint8_t packed[UT_SETTINGS_PACKED_BYTES])
{
    size_t at = 0;
    for (int key = 1; key < UT_SETTING_KEYS; key++) {
        int len = ut_settings_get(s, key, packed + at + 2);
        packed[at] = (uint8_t)key;
        packed[at + 1] = (uint8_t)len;
        at += 2 + (size_t)len;
    }
    return at;
}

int ut_settings_range(int key, int *least, int *most)
{
    if (!is_key(key) || table[key].is_text)
        return UT_ERR_ABSENT;
    *least = table[key].least;
    *most = table[key].most;
    return 0;
}

static int32_t gain_of(const struct ut_settings *s, enum ut_setting key, int input)
{
    int place = s->number[key] + s->trim_db[input] + UT_SETTINGS_GAIN_MAX_DB;
    return gain_q12[place < 0 ? 0 : place > 2 * UT_SETTINGS_GAIN_MAX_DB ? 2 * UT_SETTINGS_GAIN_MAX_DB : place];
}

void ut_settings_apply(const struct ut_settings *s, int16_t *pairs, size_t frames)
{
    int swap = s->number[UT_SETTING_SWAP];
    int32_t customer_q12 = gain_of(s, UT_SETTING_CUSTOMER_GAIN, swap);
    int32_t agent_q12 = gain_of(s, UT_SETTING_AGENT_GAIN, !swap);
    if (customer_q12 == 1 << GAIN_Q && agent_q12 == 1 << GAIN_Q && !swap)
        return;
    for (size_t i = 0; i < 2 * frames; i += 2) {
        int16_t first = pairs[i], second = pairs[i + 1];
        if (swap) {
            first = pairs[i + 1];
            second = pairs[i];
        }
        pairs[i] = ut_q_sat16(ut_q_rshift(first * customer_q12, GAIN_Q));
        pairs[i + 1] = ut_q_sat16(ut_q_rshift(second * agent_q12, GAIN_Q));
    }
}
