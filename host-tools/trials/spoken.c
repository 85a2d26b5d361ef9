/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/spoken.h"

#include "firmware/turns.h"
#include "host-tools/sources/audio_name.h"
#include "host-tools/system/grow.h"
#include "host-tools/system/output.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_FAILURE, "label: not enough memory; close other programs");
}

/* A stretch that grows, and how much of it is speech. */
struct open {
    struct ut_spoken_stretch at;
    int64_t speech_ms;
};

static int close_stretch(struct ut_spoken *s, struct open *o)
{
    if (o->speech_ms >= UT_SPOKEN_LEAST_MS) {
        struct ut_spoken_stretch *grown = ut_grow(s->stretch, &s->room, s->n + 1, sizeof *grown);
        if (grown == NULL)
            return -1;
        s->stretch = grown;
        s->stretch[s->n++] = o->at;
    }
    o->speech_ms = 0;
    return 0;
}

int ut_spoken_cut(struct ut_spoken *s, size_t recording, const struct ut_records *r, int64_t longest_ms)
{
    struct open o = {.speech_ms = 0};
    for (size_t i = 0; i < r->n; i++) {
        struct ut_wire_turn t;
        if (ut_wire_unpack_turn(r->record + i * UT_WIRE_RECORD_BYTES, &t) != 0 || t.kind != UT_TURN_IPU_END ||
            t.party != UT_CUSTOMER || t.end_ms <= t.begin_ms)
            continue;
        int64_t begin = t.begin_ms, end = t.end_ms;
        if (o.speech_ms > 0 && (begin - o.at.end_ms > UT_SPOKEN_GAP_MS || end - o.at.begin_ms > longest_ms) &&
            close_stretch(s, &o) != 0)
            return -1;
        for (;; begin += longest_ms) {
            int64_t until = end - begin > longest_ms ? begin + longest_ms : end;
            if (o.speech_ms == 0)
                o.at = (struct ut_spoken_stretch){.recording = recording, .begin_ms = begin};
            o.at.end_ms = until;
            o.speech_ms += until - begin;
            if (until == end)
                break;
            if (close_stretch(s, &o) != 0)
                return -1;
        }
    }
    return close_stretch(s, &o);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether a row of a table can begin with it and gives it back as it is. */
static bool fits_table(const char *name)
{
    for (const char *at = name; *at != '\0'; at++)
        if ((unsigned char)*at < ' ')
            return false;
    return name[0] != '#' && name[0] != ' ' && name[0] != '"';
}

static int list(struct ut_spoken *s, const char *folder, struct ut_fault *fault)
{
    int r = 0;
    DIR *d = opendir(folder);
    if (d == NULL)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened (%s); give a folder of recordings", folder,
                            strerror(errno));
    for (struct dirent *e; r == 0 && (e = readdir(d)) != NULL;) {
        if (e->d_name[0] == '.' || !ut_audio_name(e->d_name))
            continue;
        char **grown = ut_grow(s->name, &s->name_room, s->recordings + 1, sizeof *grown);
        s->name = grown != NULL ? grown : s->name;
        char *name = grown != NULL ? strdup(e->d_name) : NULL;
        if (name == NULL)
            r = no_memory(fault);
        else if (s->name[s->recordings++] = name, !fits_table(name))
            r = ut_fault_set(fault, UT_EXIT_INDEX, "%s/%s: no table can hold its name; rename it", folder, name);
    }
    (void)closedir(d);
    if (r == 0 && s->recordings == 0)
        return ut_fault_set(fault, UT_EXIT_EMPTY, "%s: has no recordings; give a folder of recorded calls", folder);
    if (r == 0)
        qsort(s->name, s->recordings, sizeof s->name[0], by_name);
    return r;
}

int ut_spoken_folder(struct ut_spoken *s, const char *folder, struct ut_audio_choice choice, int64_t longest_ms,
                     const char *cache, struct ut_fault *fault)
{
    *s = (struct ut_spoken){0};
    int r = list(s, folder, fault);
    for (size_t i = 0; i < s->recordings && r == 0; i++) {
        struct ut_records records;
        char path[PATH_MAX];
        (void)snprintf(path, sizeof path, "%s/%s", folder, s->name[i]);
        r = ut_records_load(&records, path, &ut_model_default, choice, cache, fault);
        if (r == 0 && ut_spoken_cut(s, i, &records, longest_ms) != 0)
            r = no_memory(fault);
        ut_records_free(&records);
        ut_output_progress("recordings", (int64_t)i + 1, (int64_t)s->recordings);
    }
    ut_output_progress_end();
    if (r == 0 && s->n == 0)
        return ut_fault_set(fault, UT_EXIT_EMPTY,
                            "%s: no customer speaks in its recordings; which channel is it? --customer N", folder);
    return r;
}

void ut_spoken_free(struct ut_spoken *s)
{
    for (size_t i = 0; i < s->recordings; i++)
        free(s->name[i]);
    free(s->name);
    free(s->stretch);
    *s = (struct ut_spoken){0};
}
