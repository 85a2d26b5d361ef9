/* SPDX-License-Identifier: Apache-2.0 */
/* What of a call is withheld because nobody can be told apart: a channel holds both parties (abstain reason mixed).
 *
 * in    score and status records in order
 * out   whether a turn may count, how much of the call is withheld, and from when back everything is void
 * Before the headset has told the parties apart, what was gathered is of both as well: it is void when mixed is said.
 * What was gathered while they were apart stays. SPEC.md "Facts withheld".
 */
#ifndef UT_HOST_WITHHELD_H
#define UT_HOST_WITHHELD_H

#include "firmware/wire.h"
#include "host-tools/cues/catalogue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: a call begins. */
struct ut_withheld {
    bool mixed;        /* the newest score says so */
    bool apart;        /* a status told the parties apart, after enough speech to know */
    int64_t ms;        /* of the call so far */
    int64_t before_ms; /* what was said and scored before is void; 0 = nothing is */
    int64_t until_ms;  /* of the newest score that said mixed; 0 = none did */
    int64_t newest_ms; /* of the newest score */
    int heard;         /* score records with speech since the call's begin or the last mixed one, saturates */
};

/* Returns true where mixed begins and nothing before it was told apart: forget what was gathered. */
bool ut_withheld_score(struct ut_withheld *w, const struct ut_wire_score *score);
void ut_withheld_status(struct ut_withheld *w, const struct ut_wire_status *status);

/* Whether a turn record says who speaks while that is not known. That both are silent always is. */
bool ut_withheld_turn(const struct ut_withheld *w, const struct ut_wire_turn *turn);

/* No part of the call told the parties apart: its facts are not known. */
bool ut_withheld_all(const struct ut_withheld *w);

/* Makes a score one of an interval that is withheld. */
void ut_withheld_mark(struct ut_wire_score *score);

/* "who speaks is withheld for 40.0 s: both parties in one channel"; "" = nothing is. Returns text. */
const char *ut_withheld_words(const struct ut_withheld *w, enum ut_language language, char *text, size_t size);

#endif
