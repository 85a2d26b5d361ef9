/* SPDX-License-Identifier: Apache-2.0 */
/* Cue packs: numbers and words for cues, with a card, as one file in the form of a config. SPEC.md "Cue packs".
 *
 * in    a file that anybody may have made
 * out   its card; its numbers and words in a config
 * errors UT_EXIT_CONFIG unreadable; UT_EXIT_CONFIG_KEY and the line: a section that is no pack's, a number that is out
 *       of range or breaks a law between numbers, a card that lacks something, a file that is not as published
 */
#ifndef UT_HOST_PACK_H
#define UT_HOST_PACK_H

#include "host-tools/settings/config.h"
#include "host-tools/system/digest.h"

enum { UT_PACK_TEXT = 200, UT_PACK_BYTES_MAX = 65536 };

struct ut_pack {
    char name[UT_CONFIG_PACK_NAME], author[UT_PACK_TEXT], license[UT_PACK_TEXT];
    char measured_by[UT_PACK_TEXT];                   /* a command that anybody can run */
    char purpose[UT_CONFIG_LANGUAGES][UT_PACK_TEXT];  /* English is there; others may be "" */
    char sha256[UT_DIGEST_TEXT], own[UT_DIGEST_TEXT]; /* as the card says it, and of what the file holds */
    struct ut_pack_measure {
        int n; /* stretches in which the cue was right; 0 = not measured */
        double precision, recall;
    } measured[UT_CUES];
    int numbers, words; /* that it sets */
    struct ut_config *config;
    size_t size;
    char bytes[UT_PACK_BYTES_MAX + 1]; /* the file's, as they were judged */
};

/* Reads it over a config that has what is in force without it. 0, or -1 and *fault; then the config is half done. */
int ut_pack_read(struct ut_pack *p, struct ut_config *config, const char *file, struct ut_fault *fault);

/* What the config leaves at its default, by n packs that may be there, each over those before. 0, or -1 and *fault. */
int ut_pack_apply(struct ut_config *config, const char *const *file, int n, struct ut_fault *fault);

/* The same with one that ut_pack_read has read from `file`: over everyone's where it is to be mine, or under mine where
 * it is to be everyone's (the other is NULL). */
int ut_pack_try(struct ut_pack *p, struct ut_config *config, const char *file, const char *everyones, const char *mine,
                struct ut_fault *fault);

/* Where one is installed. */
void ut_pack_place(bool everyones, char path[UT_CONFIG_PATH_BYTES]);

/* ut_pack_apply of those that are installed (of a config that was named, --config, none are) and, over them, of n
 * others. */
enum { UT_PACK_OTHERS = 4 };
int ut_pack_apply_installed(struct ut_config *config, const char *const *other, int n, struct ut_fault *fault);

#endif
