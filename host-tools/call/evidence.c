/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/evidence.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *ut_evidence_unit(enum ut_language language, const char *unit)
{
    bool bare = strcmp(unit, "count") == 0 || strcmp(unit, "score") == 0 || strcmp(unit, "share") == 0;
    return bare ? "" : ut_catalogue_word(language, unit);
}

/* As many digits as count, none of them as a power of ten: a person reads 120 dB, not 1.2e+02 dB. */
static void put(char *text, size_t room, double value, int digits)
{
    snprintf(text, room, "%.*g", digits, value);
    if (strchr(text, 'e') != NULL)
        snprintf(text, room, "%.0f", value);
}

const char *ut_evidence_value(enum ut_language language, double value, const char *unit, char *text, size_t room)
{
    const char *word = ut_evidence_unit(language, unit);
    char number[40];
    put(number, sizeof number, value, 3);
    snprintf(text, room, "%s%s%s", number, word[0] != '\0' ? " " : "", word);
    return text;
}

bool ut_evidence_is_plain(const struct ut_cue_evidence *e)
{
    return strcmp(e->unit, "log-odds") != 0;
}

/* "loudness 9.1 dB higher than usual", "both silent 6 s" */
static void say(enum ut_language language, const struct ut_cue_evidence *e, char *text, size_t room)
{
    char value[60];
    const char *feature = ut_catalogue_word(language, e->feature);
    if (!e->has_baseline) {
        snprintf(text, room, "%s %s", feature, ut_evidence_value(language, e->value, e->unit, value, sizeof value));
        return;
    }
    double away = e->value - e->baseline;
    /* of a difference of levels; a score has no word for its unit */
    const char *unit = ut_evidence_unit(language, strcmp(e->unit, "dBFS") == 0 ? "dB" : e->unit);
    put(value, sizeof value, fabs(away), 2);
    snprintf(text, room, "%s %s%s%s %s", feature, value, unit[0] != '\0' ? " " : "", unit,
             ut_catalogue_word(language, away < 0 ? "lower_than_usual" : "higher_than_usual"));
}

/* All that may be told, with `first` before the first; the text ends inside its room. */
static void say_all(enum ut_language language, const struct ut_cue_change *c, bool explain, const char *first,
                    char *text, size_t room)
{
    size_t at = 0;
    text[0] = '\0';
    for (int i = 0; i < c->evidence_count; i++) {
        char one[160];
        if (!explain && !ut_evidence_is_plain(&c->evidence[i]))
            continue;
        say(language, &c->evidence[i], one, sizeof one);
        if (at < room)
            at += (size_t)snprintf(text + at, room - at, "%s%s", at > 0 ? ", " : first, one);
    }
}

const char *ut_evidence_why(enum ut_language language, const struct ut_cue_change *c, char *text, size_t room)
{
    say_all(language, c, false, "", text, room);
    return text;
}

const char *ut_evidence_rule(enum ut_language language, const struct ut_config *config, const struct ut_cue_change *c,
                             bool explain, char *text, size_t room)
{
    ut_catalogue_fill(text, room, ut_catalogue_cue(language, c->cue, config).rule, language, c->cue, config, c->detail);
    size_t at = strlen(text);
    say_all(language, c, explain, ": ", text + at, room - at);
    return text;
}

json_t *ut_evidence_json(const struct ut_cue_change *c)
{
    json_t *list = json_array();
    for (int i = 0; i < c->evidence_count; i++) {
        const struct ut_cue_evidence *e = &c->evidence[i];
        json_array_append_new(list, json_pack("{s:s, s:o, s:s, s:o, s:o}", "Feature", e->feature, "Value",
                                              ut_json_number(e->value, 3), "Unit", e->unit, "Baseline",
                                              e->has_baseline ? ut_json_number(e->baseline, 3) : json_null(),
                                              "Contribution", ut_json_number(e->contribution, 3)));
    }
    return list;
}
