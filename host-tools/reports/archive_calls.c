/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/archive_calls.h"

#include "host-tools/system/grow.h"
#include "host-tools/system/hash.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_audio(const char *name)
{
    static const char *const ends[] = {"wav",  "wave", "flac", "ogg",  "oga",  "opus", "mp3",  "aif",
                                       "aiff", "aifc", "au",   "snd",  "caf",  "w64",  "rf64", "sph",
                                       "nist", "voc",  "ulaw", "ul",   "alaw", "al",   "sln",  "sln16",
                                       "m4a",  "aac",  "amr",  "webm", "wma",  "g722", NULL};
    const char *dot = strrchr(name, '.');
    if (dot == NULL || dot == name)
        return false;
    for (int i = 0; ends[i] != NULL; i++)
        if (strcasecmp(dot + 1, ends[i]) == 0)
            return true;
    return false;
}

/* Which part of the archive a name belongs to, 1..parts. */
static int part_of(const char *name, int parts)
{
    struct ut_hash h;
    char text[UT_HASH_TEXT];
    ut_hash_init(&h);
    ut_hash_add(&h, name, strlen(name));
    ut_hash_text(&h, text);
    text[12] = '\0';
    return (int)(strtoull(text, NULL, 16) % (unsigned)parts) + 1;
}

static int add_call(struct ut_archive_calls *c, const char *name, const struct stat *st)
{
    struct ut_archive_call *grown = ut_grow(c->call, &c->room, c->n + 1, sizeof *grown);
    if (grown == NULL)
        return -1;
    c->call = grown;
    struct ut_archive_call call = {.name = strdup(name), .size = st->st_size, .changed = st->st_mtim};
    if (call.name == NULL)
        return -1;
    c->call[c->n++] = call;
    return 0;
}

/* By its ending; the last place is for all that have no place of their own. */
static void count_other(struct ut_archive_calls *c, const char *name)
{
    const char *dot = strrchr(name, '.');
    char ending[UT_ARCHIVE_ENDING] = "";
    if (dot != NULL && strlen(dot) < sizeof ending)
        snprintf(ending, sizeof ending, "%s", dot);
    for (char *at = ending; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    int k = 0;
    while (k < UT_ARCHIVE_ENDINGS - 1 && c->other[k].files > 0 && strcmp(c->other[k].ending, ending) != 0)
        k++;
    snprintf(c->other[k].ending, sizeof ending, "%s", k < UT_ARCHIVE_ENDINGS - 1 ? ending : "");
    c->other[k].files++;
    c->others++;
}

struct search {
    struct ut_archive_calls *calls;
    const char *folder;
    const struct stat *results;
    int part, parts;
};

/* Folders that are links are not followed: an archive has no loops. 0, or -1 and *fault. */
static int walk(const struct search *s, const char *relative, struct ut_fault *fault)
{
    char path[UT_ARCHIVE_PATH];
    snprintf(path, sizeof path, "%s/%s", s->folder, relative);
    DIR *d = opendir(path);
    if (d == NULL)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened (%s); check its permissions", path,
                            strerror(errno));
    int result = 0;
    for (struct dirent *e; result == 0 && (e = readdir(d)) != NULL;) {
        char name[UT_ARCHIVE_PATH];
        struct stat st;
        if (e->d_name[0] == '.') /* also what systems put beside files, such as ._a.wav */
            continue;
        int len = snprintf(name, sizeof name, "%s%s%s", relative, relative[0] != '\0' ? "/" : "", e->d_name);
        if (len >= (int)sizeof name - (int)strlen(s->folder) - 1 ||
            fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (S_ISDIR(st.st_mode)) {
            if (st.st_dev != s->results->st_dev || st.st_ino != s->results->st_ino)
                result = walk(s, name, fault);
            continue;
        }
        if (S_ISLNK(st.st_mode) && fstatat(dirfd(d), e->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode))
            continue;
        if (!is_audio(e->d_name)) {
            count_other(s->calls, e->d_name);
        } else if (part_of(name, s->parts) == s->part && add_call(s->calls, name, &st) != 0) {
            result = ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
        }
    }
    closedir(d);
    return result;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct ut_archive_call *)a)->name, ((const struct ut_archive_call *)b)->name);
}

int ut_archive_calls_find(struct ut_archive_calls *c, const char *folder, const struct stat *results, int part,
                          int parts, struct ut_fault *fault)
{
    const struct search s = {.calls = c, .folder = folder, .results = results, .part = part, .parts = parts};
    memset(c, 0, sizeof *c);
    if (walk(&s, "", fault) != 0)
        return -1;
    if (c->n > 0)
        qsort(c->call, c->n, sizeof c->call[0], by_name);
    return 0;
}

void ut_archive_calls_free(struct ut_archive_calls *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->call[i].name);
        free(c->call[i].row);
    }
    free(c->call);
    memset(c, 0, sizeof *c);
}
