/* SPDX-License-Identifier: Apache-2.0 */
/* The wire records of a recorded call, made once for each audio and model and kept in a cache.
 *
 * in    an audio file, a model, which channel is whom
 * out   packed 20-byte records as the headset sends them; the cues of any setting follow from these alone
 * The cache knows a call by its contents, the channels chosen, the features' version, the model's CRC and the
 * firmware's version: SPEC.md "Caches". A cache that cannot be written costs time, nothing else.
 */
#ifndef UT_HOST_RECORDS_H
#define UT_HOST_RECORDS_H

#include "firmware/wire.h"
#include "host-tools/sources/audio_file.h"
#include "host-tools/system/fault.h"
#include "host-tools/system/hash.h"
#include "models/model.h"

#include <stddef.h>
#include <stdint.h>

struct ut_records {
    uint8_t *record; /* n times UT_WIRE_RECORD_BYTES */
    size_t n;
    int64_t end_ms;         /* time of the newest score, of which there is one each quarter of a second */
    int64_t call_ms;        /* length of the audio */
    char key[UT_HASH_TEXT]; /* what the cache knows it by */
    int cached;             /* 1 = nothing had to be computed */
};

/* folder = NULL: no cache. 0, or -1 and *fault with *r empty. */
int ut_records_load(struct ut_records *r, const char *path, const struct ut_model *model, struct ut_audio_choice choice,
                    const char *folder, struct ut_fault *fault);
void ut_records_free(struct ut_records *r);

/* $XDG_CACHE_HOME/undertone or ~/.cache/undertone, made when missing. 0, or -1 where there is no such place. */
int ut_records_folder(char *folder, size_t room);

/* Writes data to a file of that folder under a name of its own, then renames it. 0 or -1. */
int ut_records_keep(const char *folder, const char *name, const void *data, size_t len);

/* The whole of a file of that folder; the caller frees *data. 0, or -1 when there is none. */
int ut_records_recall(const char *folder, const char *name, uint8_t **data, size_t *len);

#endif
