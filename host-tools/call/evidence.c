/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/evidence.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char *ut_evidence_unit(enum ut_language language, const char *unit)
{
    bool bare = strcmp(unit, "count") == 0 || strcmp(unit, "score") == 0 || strcmp(unit, "share") == 0;
    return bare ? "" : ut_catalogue_word(language, unit);
}

const char *ut_evidence_value(enum ut_language language, double value, const char *unit, char *text, size_t room)
{
    const char *word = ut_evidence_unit(language, unit);
    snprintf(text, room, "%.3g%s%s", value, word[0] != '\0' ? " " : "", word);
    return text;
}

const char *ut_evidence_why(enum ut_language language, const struct ut_cue_change *c, char *text, size_t room)
{
    size_t at = 0;
    text[0] = '\0';
    for (int i = 0; i < c->evidence_count && at < room; i++) {
        const struct ut_cue_evidence *e = &c->evidence[i];
        char value[60];
        at += (size_t)snprintf(text + at, room - at, "%s%s %s", i > 0 ? ", " : "",
                               ut_catalogue_word(language, e->feature),
                               ut_evidence_value(language, e->value, e->unit, value, sizeof value));
        if (e->has_baseline && at < room)
            at += (size_t)snprintf(text + at, room - at, " (%s %s)", ut_catalogue_word(language, "usually"),
                                   ut_evidence_value(language, e->baseline, e->unit, value, sizeof value));
    }
    return text;
}

const char *ut_evidence_rule(enum ut_language language, const struct ut_config *config, const struct ut_cue_change *c,
                             char *text, size_t room)
{
    ut_catalogue_fill(text, room, ut_catalogue_cue(language, c->cue)->rule, language, c->cue, config, c->detail);
    size_t at = strlen(text);
    for (int i = 0; i < c->evidence_count && at < room; i++) {
        const struct ut_cue_evidence *e = &c->evidence[i];
        const char *unit = ut_evidence_unit(language, e->unit);
        at += (size_t)snprintf(text + at, room - at, "%s %s %.4g%s%s", i > 0 ? "," : ":",
                               ut_catalogue_word(language, e->feature), e->value, unit[0] != '\0' ? " " : "", unit);
        if (e->has_baseline && at < room)
            at += (size_t)snprintf(text + at, room - at, " (%s %.4g)", ut_catalogue_word(language, "usually"),
                                   e->baseline);
    }
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
