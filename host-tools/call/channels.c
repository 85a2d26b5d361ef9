/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/channels.h"

#include "dsp/two_channels.h"
#include "firmware/turns.h"

#include <stdio.h>
#include <stdlib.h>

enum { DELAY_MS = 10 };

static const char *const ROLE[2] = {"CUSTOMER", "AGENT"};

const char *ut_channels_name(int channels)
{
    static const char *const names[UT_CHANNELS_STATES] = {
        [UT_CHANNELS_UNKNOWN] = "unknown", [UT_CHANNELS_SEPARATE] = "separate", [UT_CHANNELS_LEAK] = "leak",
        [UT_CHANNELS_SAME] = "same",       [UT_CHANNELS_SILENT] = "silent_leg", [UT_CHANNELS_ONE] = "one_leg",
        [UT_CHANNELS_MIXED] = "mixed",
    };
    return channels >= 0 && channels < UT_CHANNELS_STATES ? names[channels] : "unknown";
}

static int about(const struct ut_wire_status *d, int party)
{
    return (d->about >> party & 1) != 0;
}

static void add_leak(const struct ut_wire_status *d, int party, char *text, size_t size)
{
    static const char *const who[2] = {"customer", "agent"};
    size_t n = 0;
    while (text[n] != '\0')
        n++;
    (void)snprintf(text + n, size - n, "%sthe %s is heard in the %s's channel, %d dB %s, %d ms late", n > 0 ? "; " : "",
                   who[1 - party], who[party], abs(d->gain[party]), d->gain[party] <= 0 ? "fainter" : "louder",
                   DELAY_MS * d->delay[party]);
}

const char *ut_channels_title(const struct ut_wire_status *d)
{
    static const char *const words[UT_CHANNELS_STATES] = {
        [UT_CHANNELS_UNKNOWN] = "too little heard to tell",           [UT_CHANNELS_SEPARATE] = "each party has its own",
        [UT_CHANNELS_LEAK] = "one party is heard in the other's",     [UT_CHANNELS_SAME] = "both hold the same",
        [UT_CHANNELS_SILENT] = "nobody speaks in one of them",        [UT_CHANNELS_ONE] = "one of them holds no sound",
        [UT_CHANNELS_MIXED] = "one of them holds two voices in turn",
    };
    return words[d->channels < UT_CHANNELS_STATES ? d->channels : UT_CHANNELS_UNKNOWN];
}

const char *ut_channels_words(const struct ut_wire_status *d, char *text, size_t size)
{
    int quiet = d->channels == UT_CHANNELS_SILENT || d->channels == UT_CHANNELS_ONE;
    text[0] = '\0';
    for (int party = 0; party < 2 && d->channels == UT_CHANNELS_LEAK; party++)
        if (about(d, party))
            add_leak(d, party, text, size);
    if (quiet && (d->about == 1 << UT_CUSTOMER || d->about == 1 << UT_AGENT))
        (void)snprintf(text, size, "%s in the %s's", d->channels == UT_CHANNELS_ONE ? "no sound" : "nobody speaks",
                       d->about == 1 << UT_CUSTOMER ? "customer" : "agent");
    if (d->channels == UT_CHANNELS_MIXED)
        (void)snprintf(text, size, "two voices in turn in the %s's, so nobody can be told apart",
                       d->about == 1 << UT_AGENT ? "agent" : "customer");
    if (text[0] == '\0')
        (void)snprintf(text, size, "%s%s", ut_channels_title(d),
                       d->channels == UT_CHANNELS_SAME ? ", so nobody can be told apart" : "");
    return text;
}

bool ut_channels_usual(const struct ut_wire_status *d)
{
    return d->channels == UT_CHANNELS_UNKNOWN || d->channels == UT_CHANNELS_SEPARATE;
}

json_t *ut_channels_json(const struct ut_wire_status *d)
{
    json_t *heard = json_array(), *quiet = json_array(), *mixed = json_array();
    int holds = d->channels == UT_CHANNELS_LEAK || d->channels == UT_CHANNELS_SAME;
    for (int party = 0; party < 2; party++) {
        if (!about(d, party))
            continue;
        if (holds)
            json_array_append_new(heard,
                                  json_pack("{s:s, s:s, s:i, s:i}", "In", ROLE[party], "Of", ROLE[1 - party],
                                            "DelayMillis", DELAY_MS * d->delay[party], "GainDb", (int)d->gain[party]));
        else
            json_array_append_new(d->channels == UT_CHANNELS_MIXED ? mixed : quiet, json_string(ROLE[party]));
    }
    json_t *all = json_pack("{s:s, s:o, s:o}", "State", ut_channels_name(d->channels), "Heard", heard, "Quiet", quiet);
    if (json_array_size(mixed) > 0)
        json_object_set(all, "Mixed", mixed);
    json_decref(mixed);
    return all;
}
