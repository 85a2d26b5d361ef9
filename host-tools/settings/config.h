/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: defaults, then /etc/undertone/undertone.ini, then $XDG_CONFIG_HOME/undertone/undertone.ini, then the
 * environment (UNDERTONE_<SECTION>_<KEY>), later ones winning; below them all an installed cue pack (pack.h); what was
 * rolled out stands before the environment (rollout_kept.h). `--config FILE` replaces all of these files.
 *
 * An unknown section or key, a number out of its range and an unreadable file given by name are refused with
 * file and line. Two kinds of settings: the cue table's numbers (cue_table.h), and text settings (config.c).
 */
#ifndef UT_HOST_CONFIG_H
#define UT_HOST_CONFIG_H

#include "host-tools/settings/cue_table.h"
#include "host-tools/system/fault.h"
#include "host-tools/system/run_files.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { UT_CONFIG_FILES = 2, UT_CONFIG_PATH_BYTES = 1024 };
enum { UT_CONFIG_TEXTS_MAX = 64, UT_CONFIG_TEXT_BYTES = 512, UT_CONFIG_ORIGIN_BYTES = 300 };

enum { UT_CONFIG_ACTIONS = 8, UT_CONFIG_ACTION_NAME = 25, UT_CONFIG_ACTION_BYTES = 256 };

/* The keys of a section [action.NAME], whose values settings/action_rules.h reads. */
enum ut_action_key {
    UT_ACTION_ON,
    UT_ACTION_WHEN,
    UT_ACTION_DO,
    UT_ACTION_TO,
    UT_ACTION_TEXT,
    UT_ACTION_CONSENT,
    UT_ACTION_DEFAULT,
    UT_ACTION_LIMIT,
    UT_ACTION_QUIET,
    UT_ACTION_PARK,
    UT_ACTION_KEYS
};

extern const struct ut_action_key_info {
    const char *key, *meaning;
} ut_action_key_info[UT_ACTION_KEYS];

/* What an installed pack has agents read of a cue, in languages; "" = the catalogue's. */
enum { UT_CONFIG_LANGUAGES = 4, UT_CONFIG_TITLE_BYTES = 80, UT_CONFIG_ADVICE_BYTES = 160, UT_CONFIG_PACK_NAME = 25 };
extern const char *const ut_config_language[UT_CONFIG_LANGUAGES]; /* "en", "de", "fr", "es" */
struct ut_config_words {
    char title[UT_CONFIG_TITLE_BYTES], text[UT_CONFIG_ADVICE_BYTES];
};

struct ut_action_setting {
    char name[UT_CONFIG_ACTION_NAME];
    char value[UT_ACTION_KEYS][UT_CONFIG_ACTION_BYTES]; /* "" = not set */
    char origin[UT_CONFIG_ORIGIN_BYTES];                /* of the first of them */
};

struct ut_config {
    const char *file;                                     /* named by --config; NULL = the standard places */
    char read[UT_CONFIG_FILES][UT_CONFIG_PATH_BYTES];     /* files that are in force, "" = none */
    double value[UT_PARAMS];                              /* indexed by enum ut_param */
    char value_origin[UT_PARAMS][UT_CONFIG_ORIGIN_BYTES]; /* "default", "FILE:LINE" or "environment" */
    char text[UT_CONFIG_TEXTS_MAX][UT_CONFIG_TEXT_BYTES];
    char text_origin[UT_CONFIG_TEXTS_MAX][UT_CONFIG_ORIGIN_BYTES];
    struct ut_action_setting action[UT_CONFIG_ACTIONS];
    int actions;
    char pack[UT_CONFIG_PACK_NAME]; /* in force; "" = none */
    struct ut_config_words words[UT_CUES][UT_CONFIG_LANGUAGES];
};

/* One text setting: config.c holds the table, closed by a NULL section. */
struct ut_text_info {
    const char *section, *key;
    const char *value;   /* default */
    const char *choices; /* "eu research", or NULL for free text */
    const char *meaning;
};

extern const struct ut_text_info ut_text_info[];

void ut_config_defaults(struct ut_config *c);

/* Every pair of a file in the form of a config, with its origin, "FILE:LINE"; -1 and *fault from `pair` ends it. 0,
 * also when it is optional and absent, or -1 and *fault. */
typedef int ut_config_pair(void *ctx, const char *section, const char *key, const char *value, const char *origin,
                           struct ut_fault *fault);
int ut_config_pairs(const char *file, bool optional, ut_config_pair *pair, void *ctx, struct ut_fault *fault);

/* The same of what is open; `file` is its name in origins and faults. */
int ut_config_pairs_in(FILE *stream, const char *file, ut_config_pair *pair, void *ctx, struct ut_fault *fault);

/* file = NULL: the standard places, each of which may be absent. 0, or -1 and *fault. */
int ut_config_load(struct ut_config *c, const char *file, struct ut_fault *fault);

/* Puts the environment's settings over a config, as the last step of that does. 0, or -1 and *fault. */
int ut_config_environment(struct ut_config *c, struct ut_fault *fault);

/* Where a file of this user's settings lies. */
void ut_config_place(const char *name, char path[UT_CONFIG_PATH_BYTES]);

/* Sets "section.key" from the command line. 0, or -1 and *fault. */
int ut_config_set(struct ut_config *c, const char *section, const char *key, const char *value, const char *origin,
                  struct ut_fault *fault);

/* Relations between numbers that a range cannot express, such as off above on. 0, or -1 and *fault. */
int ut_config_check(const struct ut_config *c, struct ut_fault *fault);

/* Adds the files in force to those that a run reads. */
void ut_config_files(const struct ut_config *c, struct ut_run_files *f);

/* Every setting that is not the default, as a config file that stands alone; of the numbers also those that `also`
 * names by a 1 (UT_PARAMS of them; NULL = none). */
void ut_config_write(const struct ut_config *c, const unsigned char *also, FILE *out);

/* A text setting such as "live.port"; NULL when there is no such setting (a programming error). */
const char *ut_config_text(const struct ut_config *c, const char *section, const char *key);

/* A number in seconds, in milliseconds. */
int64_t ut_config_ms(const struct ut_config *c, enum ut_param p);

/* CRC-32 of the cue numbers and the policy, in canonical text: the config's identity in events. */
uint32_t ut_config_crc32(const struct ut_config *c);

#endif
