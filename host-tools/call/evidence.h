/* SPDX-License-Identifier: Apache-2.0 */
/* Why a cue opened: the values that were measured, with their units, against what is usual.
 *
 * in    a change of a cue, and the language of the text
 * out   one line for people, cut to its room; or JSON, in codes
 * People are told what they can hear and check: of the classifier's log-odds nothing, unless they ask (`explain`).
 */
#ifndef UT_HOST_EVIDENCE_H
#define UT_HOST_EVIDENCE_H

#include "host-tools/cues/catalogue.h"
#include "host-tools/cues/change.h"
#include "host-tools/settings/config.h"
#include "host-tools/system/json.h"

#include <stdbool.h>
#include <stddef.h>

/* The word for a unit; "" for what is a bare number: a count, a score, a share. */
const char *ut_evidence_unit(enum ut_language language, const char *unit);

/* A number with its unit: "6 s", "0.71", "3". Returns text. */
const char *ut_evidence_value(enum ut_language language, double value, const char *unit, char *text, size_t room);

/* Not log-odds. */
bool ut_evidence_is_plain(const struct ut_cue_evidence *e);

/* The measured values: "both silent 6 s, loudness 9 dB higher than usual". Returns text. */
const char *ut_evidence_why(enum ut_language language, const struct ut_cue_change *c, char *text, size_t room);

/* The rule with its numbers, then what was measured: "both silent >= 6 s: both silent 6.02 s". explain: log-odds too.
 * Returns text. */
const char *ut_evidence_rule(enum ut_language language, const struct ut_config *config, const struct ut_cue_change *c,
                             bool explain, char *text, size_t room);

/* Explanation: [{Feature, Value, Unit, Baseline, Contribution}]. */
json_t *ut_evidence_json(const struct ut_cue_change *c);

#endif
