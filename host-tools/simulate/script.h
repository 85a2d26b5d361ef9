/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that never were, as somebody wrote them down: who speaks when, how it sounds, and what the line does.
 * SPEC.md "Scripts".
 *
 * in    lines of text: "call NAME", then "AT WORD ..." in order of time, closed by "AT end"
 * out   the calls and their steps, checked: a party speaks once at a time, and no call ends while somebody speaks
 * errors UT_EXIT_SCRIPT and the line; those of text files (system/text_file.h)
 */
#ifndef UT_HOST_SCRIPT_H
#define UT_HOST_SCRIPT_H

#include "host-tools/system/fault.h"
#include "host-tools/system/identity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    UT_SCRIPT_MAX_MS = 86400000, /* of a call */
    UT_SCRIPT_CALLS = 1000,
    UT_SCRIPT_LOSE = 200,     /* records at a time: fewer than their numbers count */
    UT_SCRIPT_GARBAGE = 10000 /* bytes at a time */
};

enum ut_script_word {
    UT_SCRIPT_SPEAK,
    UT_SCRIPT_ABSTAIN,      /* from here on scores say why they are none */
    UT_SCRIPT_LOSE_RECORDS, /* the next ones, on their way */
    UT_SCRIPT_ADD_GARBAGE,  /* bytes on the line that are no record */
    UT_SCRIPT_VANISH        /* the line is gone for a while */
};

/* What a voice sounds like; all but the last two are the customer's. */
enum ut_script_value {
    UT_SCRIPT_FRUSTRATION, /* 0..1 */
    UT_SCRIPT_DELIGHT,
    UT_SCRIPT_CONFIDENCE,
    UT_SCRIPT_LOUDNESS, /* 0..100 */
    UT_SCRIPT_PITCH,    /* semitones above 55 Hz, 0..63 */
    UT_SCRIPT_PACE,     /* syllables/s, 0..15 */
    UT_SCRIPT_LEVEL,    /* of the agent, dBFS, -127..0 */
    UT_SCRIPT_AGENT_PACE,
    UT_SCRIPT_VALUES
};

/* While somebody speaks a value goes from one number to the other, and stays there. */
struct ut_script_sound {
    bool set;
    double from, to;
};

struct ut_script_step {
    enum ut_script_word word;
    uint32_t t_ms, for_ms; /* for_ms: of UT_SCRIPT_SPEAK and UT_SCRIPT_VANISH */
    int party;             /* enum ut_party */
    int count;             /* records, bytes, or enum ut_abstain */
    struct ut_script_sound sound[UT_SCRIPT_VALUES];
};

struct ut_script_call {
    char name[UT_IDENTITY_MAX + 1];
    uint32_t end_ms;
    size_t first, count; /* its steps */
};

struct ut_script {
    struct ut_script_call *call;
    size_t calls, call_room;
    struct ut_script_step *step;
    size_t steps, step_room;
};

/* What a value is before anybody says. */
double ut_script_usual(enum ut_script_value value);

/* The text is cut up. file is for messages. 0; or -1, *fault, and nothing to free. */
int ut_script_parse(struct ut_script *s, char *text, const char *file, struct ut_fault *fault);

/* The same of a file, or, where file is NULL, of the script that this program brings along: three calls, the second one
 * of a customer who grows frustrated. */
int ut_script_read(struct ut_script *s, const char *file, struct ut_fault *fault);

void ut_script_free(struct ut_script *s);

#endif
