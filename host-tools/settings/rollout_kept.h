/* SPDX-License-Identifier: Apache-2.0 */
/* What a desk has of roll-outs: which ones are in force, what was before, how the last one came out, and their files,
 * in one folder. Settings with them. SPEC.md "At the desk".
 *
 * in    [fleet] of a config; the folder: `state`, and NUMBER/ with the manifest and the files of each that is kept
 * out   the same; a config as it is with what is in force
 * errors those of the config, and: UT_EXIT_CONFIG_KEY no verifier; UT_EXIT_MISSING a file that is not there;
 *       UT_EXIT_IMAGE one that is not as it was signed; UT_EXIT_FAILURE the folder cannot be written
 * What is written is on the disk, whole, when a call returns 0; otherwise what was there before is.
 */
#ifndef UT_HOST_ROLLOUT_KEPT_H
#define UT_HOST_ROLLOUT_KEPT_H

#include "host-tools/settings/rollout.h"

#include <stdbool.h>

enum {
    UT_ROLLOUT_BEGINS = 2, /* begun so often and never confirmed, a roll-out is put back at the next start */
    UT_ROLLOUT_WHY = 201
};

enum ut_rollout_course {
    UT_ROLLOUT_NONE, /* there never was one */
    UT_ROLLOUT_TRYING,
    UT_ROLLOUT_CONFIRMED,
    UT_ROLLOUT_REFUSED,
    UT_ROLLOUT_REVERTED,
    UT_ROLLOUT_COURSES
};

struct ut_rollout_kept {
    uint32_t newest; /* that came out somehow; older ones are not listened to; 0 = none */
    uint32_t number; /* whose course it is */
    enum ut_rollout_course course;
    char why[UT_ROLLOUT_WHY]; /* "" = there is nothing to say */
    unsigned begun;           /* how often live has begun with one that is tried */
    uint32_t taken;           /* the newest that is in force, which may be put back; 0 = none */
    uint32_t in_force[UT_ROLLOUT_KINDS], before[UT_ROLLOUT_KINDS]; /* numbers by kind; 0 = none */
};

/* Where they are. */
void ut_rollout_kept_folder(const struct ut_config *config, char folder[UT_CONFIG_PATH_BYTES]);

/* All zero where there is nothing yet. 0, or -1 and *fault, and it is all zero too. */
int ut_rollout_kept_read(const char *folder, struct ut_rollout_kept *k, struct ut_fault *fault);
int ut_rollout_kept_write(const char *folder, const struct ut_rollout_kept *k, struct ut_fault *fault);

/* The two halves of those, of text: 0 or -1; from malloc. */
int ut_rollout_kept_parse(const char *text, struct ut_rollout_kept *k);
char *ut_rollout_kept_text(const struct ut_rollout_kept *k);

/* "FOLDER/NUMBER/NAME"; a part of a file is ".NAME", the manifest ".manifest": no file's name begins with a dot. */
#define UT_ROLLOUT_MANIFEST ".manifest"
void ut_rollout_kept_path(const char *folder, uint32_t number, const char *name, char path[UT_CONFIG_PATH_BYTES]);

/* The manifest of a number. 0, or -1 and *fault. */
int ut_rollout_kept_manifest(const char *folder, uint32_t number, const struct ut_note_verifier *v,
                             struct ut_rollout *r, struct ut_fault *fault);
int ut_rollout_kept_put_manifest(const char *folder, uint32_t number, const char *note, struct ut_fault *fault);

/* A file as it was signed, from malloc; NULL and *fault. path: of it or of its part. */
char *ut_rollout_kept_bytes(const char *path, const struct ut_rollout_file *f, struct ut_fault *fault);

/* An open part that is whole takes its name. 0, or -1 and errno. */
int ut_rollout_kept_name(int fd, const char *part, const char *path);

/* The path of the firmware that is in force. 1; 0 when there is none; or -1 and *fault. */
int ut_rollout_kept_firmware(const struct ut_config *config, char path[UT_CONFIG_PATH_BYTES], struct ut_fault *fault);

/* Away with numbers that are neither in force nor before, but for one, and with what a kill has left half written. A
 * folder without a manifest is none of ours, and a link leads nowhere. */
void ut_rollout_kept_sweep(const char *folder, const struct ut_rollout_kept *k, uint32_t but);

/* All settings as ut_config_load reads them, installed packs, and with a verifier these numbers. 0, or -1 and
 * *fault. */
int ut_rollout_kept_try(struct ut_config *config, const char *file, const uint32_t number[UT_ROLLOUT_KINDS],
                        struct ut_fault *fault);

/* The same numbers over the defaults alone: what fails so is no fault of this desk's own settings. */
int ut_rollout_kept_alone(const struct ut_config *config, const uint32_t number[UT_ROLLOUT_KINDS],
                          struct ut_fault *fault);

/* ut_rollout_kept_try with what is in force. Where that cannot be, with what was before, else with none, which is said
 * on stderr. */
int ut_rollout_kept_load(struct ut_config *config, const char *file, struct ut_fault *fault);

#endif
