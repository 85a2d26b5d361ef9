/* SPDX-License-Identifier: Apache-2.0 */
/* Roll-outs to the desks of a site: the manifest, one signed note for each ring, and what may be in its files. SPEC.md
 * "Roll-outs".
 *
 * in    a note that anybody may have written; a file of settings likewise
 * out   what the note says, and the text that is signed; settings over a config
 * errors UT_EXIT_CONFIG, UT_EXIT_CONFIG_KEY and the line: settings that cannot be read, that a roll-out may not set,
 *       that are out of range or break a law between numbers
 */
#ifndef UT_HOST_ROLLOUT_H
#define UT_HOST_ROLLOUT_H

#include "host-tools/settings/config.h"
#include "host-tools/system/digest.h"
#include "host-tools/system/identity.h"
#include "host-tools/system/signed_note.h"

#include <stdint.h>

enum ut_rollout_ring { UT_RING_CANARY, UT_RING_EARLY, UT_RING_ALL, UT_RINGS };
enum ut_rollout_kind { UT_ROLLOUT_SETTINGS, UT_ROLLOUT_PACK, UT_ROLLOUT_FIRMWARE, UT_ROLLOUT_KINDS };
extern const char *const ut_rollout_ring_name[UT_RINGS];         /* "canary", "early", "all" */
extern const char *const ut_rollout_kind_name[UT_ROLLOUT_KINDS]; /* "settings", "pack", "firmware" */

enum { UT_ROLLOUT_FILES = 4, UT_ROLLOUT_SHARE = 10000 /* all of a site */, UT_ROLLOUT_BYTES_MAX = 1 << 20 };

struct ut_rollout_file {
    enum ut_rollout_kind kind;
    char sha256[UT_DIGEST_TEXT];
    uint32_t bytes;                 /* 1 to UT_ROLLOUT_BYTES_MAX */
    char name[UT_IDENTITY_MAX + 1]; /* fits (identity.h), and begins with no dot; no two are the same */
};

struct ut_rollout {
    char site[UT_IDENTITY_MAX + 1];
    uint32_t number; /* 1 to INT32_MAX; rises within the site */
    enum ut_rollout_ring ring;
    unsigned share; /* of UT_ROLLOUT_SHARE, 1 up; all of it in the last ring, and there alone needed */
    int64_t made_s; /* Unix time */
    int files;      /* 1 to UT_ROLLOUT_FILES; at most one of settings and one of firmware */
    struct ut_rollout_file file[UT_ROLLOUT_FILES];
};

/* 0, or -1: no manifest, or none that this key has signed. */
int ut_rollout_parse(struct ut_rollout *r, const struct ut_note_verifier *v, const char *note, size_t n);

/* What is signed. 0, or -1: it would be no manifest, or there is no room. */
int ut_rollout_text(const struct ut_rollout *r, char *text, size_t room);

/* 0 to UT_ROLLOUT_SHARE - 1, the same for a desk always: it is in a ring whose share is above that. */
unsigned ut_rollout_draw(const char *site, const char *device);

/* Puts a file of settings over a config. 0, or -1 and *fault; then the config is half done. */
int ut_rollout_judge_settings(struct ut_config *config, const char *bytes, size_t n, const char *name,
                              struct ut_fault *fault);

#endif
