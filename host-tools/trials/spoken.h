/* SPDX-License-Identifier: Apache-2.0 */
/* The customer's speech in a folder of recordings, cut into stretches to listen to.
 *
 * in    a folder, whose own files with names of recordings count; a call's records (records.h); how long a stretch
 *       may be
 * out   stretches by name and time, none overlapping another: speech of the customer whose parts lie at most
 *       UT_SPOKEN_GAP_MS apart; longer speech is cut. What has less than UT_SPOKEN_LEAST_MS of speech is left out
 * errors host-tools/system/fault.h: the folder, UT_EXIT_EMPTY it has no recording or none with speech, UT_EXIT_INDEX a
 *       name that no table can hold, the first recording that cannot be used, out of memory
 */
#ifndef UT_HOST_SPOKEN_H
#define UT_HOST_SPOKEN_H

#include "host-tools/sources/audio_file.h"
#include "host-tools/trials/records.h"

enum { UT_SPOKEN_GAP_MS = 3000, UT_SPOKEN_LEAST_MS = 1000 };

struct ut_spoken {
    char **name; /* of recordings, without the folder */
    size_t recordings, name_room;
    struct ut_spoken_stretch {
        size_t recording;
        int64_t begin_ms, end_ms;
    } * stretch;
    size_t n, room;
};

/* cache: as ut_records_load. 0, or -1 and *fault; free it in any case. */
int ut_spoken_folder(struct ut_spoken *s, const char *folder, struct ut_audio_choice choice, int64_t longest_ms,
                     const char *cache, struct ut_fault *fault);

/* One recording's. 0, or -1 when out of memory. */
int ut_spoken_cut(struct ut_spoken *s, size_t recording, const struct ut_records *r, int64_t longest_ms);

void ut_spoken_free(struct ut_spoken *s);

#endif
