/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/raw_sound.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    RATE_MIN = 8000,
    RATE_MAX = 768000,
    CHANNELS_MAX = 1024,
    GSM_RATE = 8000,
    GSM_FRAME = 33,
    GSM_FRAMES = 1000 /* read at a time */
};

static const struct {
    const char *name;
    enum ut_raw_coding coding;
} codings[] = {{"mulaw", UT_RAW_MULAW}, {"ulaw", UT_RAW_MULAW}, {"alaw", UT_RAW_ALAW}, {"s16", UT_RAW_S16},
               {"s16be", UT_RAW_S16BE}, {"u8", UT_RAW_U8},      {"gsm", UT_RAW_GSM}};

static const struct {
    const char *ending;
    struct ut_raw_sound raw;
} endings[] = {
    {"ulaw", {UT_RAW_MULAW, 8000, 1}},   {"ul", {UT_RAW_MULAW, 8000, 1}},   {"mulaw", {UT_RAW_MULAW, 8000, 1}},
    {"pcmu", {UT_RAW_MULAW, 8000, 1}},   {"alaw", {UT_RAW_ALAW, 8000, 1}},  {"al", {UT_RAW_ALAW, 8000, 1}},
    {"pcma", {UT_RAW_ALAW, 8000, 1}},    {"sln", {UT_RAW_S16, 8000, 1}},    {"sln12", {UT_RAW_S16, 12000, 1}},
    {"sln16", {UT_RAW_S16, 16000, 1}},   {"sln24", {UT_RAW_S16, 24000, 1}}, {"sln32", {UT_RAW_S16, 32000, 1}},
    {"sln44", {UT_RAW_S16, 44100, 1}},   {"sln48", {UT_RAW_S16, 48000, 1}}, {"sln96", {UT_RAW_S16, 96000, 1}},
    {"sln192", {UT_RAW_S16, 192000, 1}}, {"gsm", {UT_RAW_GSM, GSM_RATE, 1}}};

/* A whole number within bounds, behind a colon; *text moves behind it. 0 = none. */
static int take(const char **text, long low, long high)
{
    char *end;
    if (**text != ':' || (*text)[1] < '0' || (*text)[1] > '9')
        return 0;
    long n = strtol(*text + 1, &end, 10);
    *text = end;
    return n >= low && n <= high ? (int)n : 0;
}

int ut_raw_sound_parse(const char *text, struct ut_raw_sound *raw, struct ut_fault *fault)
{
    size_t n = strcspn(text, ":");
    const char *rest = text + n;
    *raw = (struct ut_raw_sound){.coding = UT_RAW_NONE};
    for (size_t i = 0; i < sizeof codings / sizeof codings[0]; i++)
        if (strlen(codings[i].name) == n && strncasecmp(text, codings[i].name, n) == 0)
            raw->coding = codings[i].coding;
    raw->rate = take(&rest, RATE_MIN, RATE_MAX);
    raw->channels = take(&rest, 1, CHANNELS_MAX);
    bool fits = raw->coding != UT_RAW_GSM || (raw->rate == GSM_RATE && raw->channels == 1);
    if (raw->coding != UT_RAW_NONE && raw->rate > 0 && raw->channels > 0 && fits && *rest == '\0')
        return 0;
    *raw = (struct ut_raw_sound){.coding = UT_RAW_NONE};
    return ut_fault_set(
        fault, UT_EXIT_USAGE,
        "--raw %.100s: not CODING:RATE:CHANNELS; write it like mulaw:8000:2, with mulaw, alaw, s16, s16be "
        "or u8 and 8000 Hz or more, or gsm:8000:1",
        text);
}

bool ut_raw_sound_by_name(const char *path, struct ut_raw_sound *raw)
{
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof endings[0]; i++)
        if (strcasecmp(dot + 1, endings[i].ending) == 0) {
            *raw = endings[i].raw;
            return true;
        }
    return false;
}

int64_t ut_raw_sound_whole(const struct ut_raw_sound *raw, struct ut_stretch *file, bool *other)
{
    uint8_t frame[GSM_FRAMES * GSM_FRAME];
    int bytes = raw->coding == UT_RAW_S16 || raw->coding == UT_RAW_S16BE ? 2 : 1;
    int64_t there = ut_stretch_length(file), whole = 0;
    *other = false;
    if (raw->coding != UT_RAW_GSM)
        return there - there % (raw->channels * bytes);
    (void)ut_stretch_seek(file, 0, SEEK_SET);
    for (size_t got; (got = ut_stretch_read(file, frame, sizeof frame)) > 0;)
        for (size_t i = 0; i < got; i += GSM_FRAME) {
            *other = frame[i] >> 4 != 13;
            if (*other || got - i < GSM_FRAME)
                return whole;
            whole += GSM_FRAME;
        }
    return whole;
}
