/* SPDX-License-Identifier: Apache-2.0 */
/* The one catalogue of what people read about cues, in every language the program speaks.
 *
 * Texts speak of the customer, of the connection or of measured facts, never of the agent's feelings. A rule is a
 * template: {on} is the cue's own number of that key, {score.fast} that of another section, {share%} a share in per
 * cent, {detail} the word that came with the change. Adding a language: a LANGUAGE.po, named in the Makefile, its name
 * in the enumeration below, its code in display.language. SPEC.md "Cues".
 */
#ifndef UT_HOST_CATALOGUE_H
#define UT_HOST_CATALOGUE_H

#include "host-tools/settings/config.h"
#include "host-tools/settings/cue_table.h"

#include <stddef.h>

/* In the order of words.py. */
enum ut_language { UT_ENGLISH, UT_GERMAN, UT_FRENCH, UT_SPANISH, UT_LANGUAGES = UT_CONFIG_LANGUAGES };

struct ut_cue_words {
    const char *title;  /* a few words */
    const char *text;   /* the suggestion, one sentence */
    const char *rule;   /* template of the on-condition with its numbers */
    const char *about;  /* the on-condition in words */
    const char *closes; /* template of the off-condition with its numbers */
};

/* Titles and suggestions of an installed pack come before the catalogue's; config = NULL: none does. */
struct ut_cue_words ut_catalogue_cue(enum ut_language language, enum ut_cue cue, const struct ut_config *config);

/* For screens: display.language, or where that is auto LC_ALL, LC_MESSAGES, LANG. */
enum ut_language ut_catalogue_language(const struct ut_config *c);

/* For events and files, which may not depend on the environment: display.language, or where that is auto English. */
enum ut_language ut_catalogue_language_of_events(const struct ut_config *c);

/* Fills in a template of the cue; detail may be NULL. The result always ends with a NUL. */
void ut_catalogue_fill(char *out, size_t room, const char *format, enum ut_language language, enum ut_cue cue,
                       const struct ut_config *c, const char *detail);

/* A measured quantity ("both_silent"), a reason ("noise"), a unit, or a word of the full screen by its English
 * ("speaking"), for people; the name itself when there is no other word for it. */
const char *ut_catalogue_word(enum ut_language language, const char *name);

/* Word i of screens, pages, pictures and captions, in English, and in that language; NULL behind the last. */
const char *ut_catalogue_translated(enum ut_language language, size_t i, const char **word);

/* Name i of what is measured, of a reason or a unit, and its word in that language; NULL behind the last. */
const char *ut_catalogue_named(enum ut_language language, size_t i, const char **word);

/* "en", "de", ... */
const char *ut_catalogue_code(enum ut_language language);

#endif
