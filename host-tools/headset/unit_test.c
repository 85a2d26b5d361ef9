/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/headset/unit_test.h"

#include <stdlib.h>
#include <string.h>

/* 94 dB SPL at 1 kHz give a sine 26 dB below full scale, +-3 dB; by its mean square, as SPEC.md "Numbers" counts, 3 dB
 * less. A line input is driven with the same part of its full scale. */
enum {
    LEVEL_TENTHS = -290,
    LEVEL_OFF_TENTHS = 30,
    FLASH_MS = 30000,
    BUTTON_MS = 12000,
    OTHER_MS = 10000,
    WATCHDOG_MS = 20000
};

const struct ut_unit_test ut_unit_tests[UT_UNIT_TESTS] = {
    {"level", "an input is too faint, too loud or dead", "Play 1 kHz at 94 dB SPL to both microphones.", 2,
     LEVEL_TENTHS - LEVEL_OFF_TENTHS, LEVEL_TENTHS + LEVEL_OFF_TENTHS, OTHER_MS,
     "MP34DT01-M data sheet: sensitivity -26 dBFS, +-3 dB, at 94 dB SPL and 1 kHz"},
    {"random", "the source of random numbers is stuck", NULL, 1, 1, 1, OTHER_MS, "SPEC.md \"Test of a unit\""},
    {"flash", "the flash does not keep what is written", NULL, 1, 1, 1, FLASH_MS,
     "8 erasures of at most 2 s, STM32F407 data sheet, sector of 128 KB"},
    {"crystal", "the crystal does not start", NULL, 1, 1, 1, OTHER_MS, "SPEC.md \"Test of a unit\""},
    {"radio", "the Bluetooth controller does not answer", NULL, 1, 1, 1, OTHER_MS, "Bluetooth Core, HCI Reset"},
    {"button", "nobody pressed the button, or it hangs", "If all lights blink, press the button and let it go.", 1, 1,
     1, BUTTON_MS, "SPEC.md \"Test of a unit\""},
    {"watchdog", "the watchdog does not bite", NULL, 1, 0, 0, WATCHDOG_MS, "7.5 s on the STM32F407, RM0090"},
};

int ut_unit_test_named(const char *name)
{
    for (int i = 0; i < UT_UNIT_TESTS; i++)
        if (strcmp(name, ut_unit_tests[i].name) == 0)
            return i;
    return -1;
}

/* " -290": a blank and a whole number of at most six digits. Where it ends, or NULL. */
static const char *take_number(const char *at, int32_t *value)
{
    int negative, digits = 0;
    int32_t n = 0;
    if (*at++ != ' ')
        return NULL;
    negative = *at == '-';
    at += negative;
    for (; *at >= '0' && *at <= '9'; at++, digits++) {
        if (digits == 6)
            return NULL;
        n = 10 * n + (*at - '0');
    }
    *value = negative ? -n : n;
    return digits > 0 ? at : NULL;
}

int ut_unit_test_read(const struct ut_unit_test *t, const char *line, int32_t value[UT_UNIT_VALUES])
{
    size_t n = strlen(t->name);
    if (strncmp(line, t->name, n) != 0)
        return -1;
    line += n;
    for (int i = 0; i < t->values; i++)
        if ((line = take_number(line, &value[i])) == NULL)
            return -1;
    return *line == '\0' ? 0 : -1;
}

int ut_unit_test_passes(const struct ut_unit_test *t, const int32_t value[UT_UNIT_VALUES])
{
    for (int i = 0; i < t->values; i++)
        if (value[i] < t->low || value[i] > t->high)
            return 0;
    return 1;
}

int ut_unit_trim_db(int32_t level_tenths)
{
    int off = LEVEL_TENTHS - level_tenths;
    return off < 0 ? -((5 - off) / 10) : (off + 5) / 10;
}

/* A word and the blank behind it. Where that ends, or NULL. */
static const char *take_word(const char *at, char *word, size_t room)
{
    size_t n = strcspn(at, " ");
    if (n == 0 || n >= room || at[n] != ' ')
        return NULL;
    memcpy(word, at, n);
    word[n] = '\0';
    return at + n + 1;
}

int ut_unit_greeting(const char *line, struct ut_unit_greeting *g)
{
    static const char begin[] = "undertone-test 1 ";
    if (strncmp(line, begin, sizeof begin - 1) != 0 ||
        (line = take_word(line + sizeof begin - 1, g->board, sizeof g->board)) == NULL ||
        (line = take_word(line, g->serial, sizeof g->serial)) == NULL || !ut_unit_is_serial(g->serial) ||
        (*line != '0' && *line != '1') || line[1] != '\0')
        return -1;
    g->by_watchdog = *line == '1';
    return 0;
}
