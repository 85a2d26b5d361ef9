/* SPDX-License-Identifier: Apache-2.0 */
/* One recorded call under one setting: which cues open and close, and what has been tried already.
 *
 * in    records (host-tools/trials/records.h), a config
 * out   openings in order of time
 * A call's trials are kept in one file of the cache, known by the records and by the contents of this program: another
 * build asks again. SPEC.md "Caches".
 */
#ifndef UT_HOST_TRIAL_H
#define UT_HOST_TRIAL_H

#include "host-tools/settings/config.h"
#include "host-tools/trials/records.h"

#include <stddef.h>
#include <stdint.h>

struct ut_opening {
    int32_t cue;   /* enum ut_cue */
    int32_t shown; /* 1 = it was visible for a while */
    int64_t begin_ms, opened_ms, closed_ms;
};

struct ut_trial {
    struct ut_opening *opening;
    size_t n;
};

/* Runs the cue engine over the records. 0, or -1 when out of memory. */
int ut_trial_run(struct ut_trial *t, const struct ut_records *records, const struct ut_config *config);
void ut_trial_free(struct ut_trial *t);

struct ut_trials {
    struct ut_trials_entry {
        char setting[UT_HASH_TEXT]; /* of the numbers */
        size_t at, n;               /* openings */
    } * entry;
    size_t entries, entry_room;
    struct ut_opening *opening;
    size_t openings, opening_room;
    char name[2 * UT_HASH_TEXT]; /* of the file; "" = nothing is kept */
    int changed;
};

/* What the cache holds of a call; nothing when folder = NULL. */
void ut_trials_open(struct ut_trials *s, const char *folder, const struct ut_records *records);

/* The openings under a setting, from the cache or computed and remembered; valid until the next call. 0, or -1 when out
 * of memory. */
int ut_trials_get(struct ut_trials *s, const struct ut_records *records, const struct ut_config *config,
                  struct ut_trial *t);

/* Writes what is new and frees everything. */
void ut_trials_close(struct ut_trials *s, const char *folder);

#endif
