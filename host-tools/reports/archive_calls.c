/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/archive_calls.h"

#include "host-tools/sources/audio_name.h"
#include "host-tools/system/grow.h"
#include "host-tools/system/hash.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What runs leave beside calls where the folder of results is that of the calls: CALL.json, CALL.labels.txt, ... */
static bool is_result(const char *relative, const char *name)
{
    char text[NAME_MAX + 1];
    snprintf(text, sizeof text, "%s", name);
    for (char *dot; (dot = strrchr(text, '.')) != NULL;) {
        *dot = '\0';
        if (ut_audio_name(text))
            return true;
    }
    return relative[0] == '\0' && (strcmp(name, "undertone.lock") == 0 || strcmp(name, "summary.csv") == 0 ||
                                   strncmp(name, "summary-", 8) == 0);
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
static void count_ending(struct ut_archive_calls *c, const char *name)
{
    const char *slash = strrchr(name, '/'), *dot = strrchr(slash != NULL ? slash : name, '.');
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
}

static int leave_out(struct ut_archive_calls *c, const char *name, const char *reason)
{
    struct ut_archive_left_out *grown = ut_grow(c->left_out, &c->left_out_room, c->others + 1, sizeof *grown);
    if (grown == NULL)
        return -1;
    c->left_out = grown;
    c->left_out[c->others] = (struct ut_archive_left_out){.name = strdup(name), .reason = reason};
    if (c->left_out[c->others].name == NULL)
        return -1;
    c->others++;
    return 0;
}

struct search {
    struct ut_archive_calls *calls;
    const char *folder;
    const struct stat *results;
    bool mixed; /* the results lie among the calls */
    int part, parts;
};

/* A file, or a link to a folder. 0 or -1. */
static int sort_in(const struct search *s, const char *relative, const char *name, const struct stat *st)
{
    const char *base = name + strlen(relative) + (relative[0] != '\0');
    bool folder = S_ISDIR(st->st_mode), audio = ut_audio_name(base);
    if (part_of(name, s->parts) != s->part || (s->mixed && !audio && is_result(relative, base)))
        return 0;
    if (folder)
        return leave_out(s->calls, name, "a link to a folder, which is not followed");
    if (!audio)
        return leave_out(s->calls, name, "not an audio file by its name");
    /* A pipe may never say anything; a link to nothing fails as a file does. */
    if (!S_ISREG(st->st_mode) && !S_ISLNK(st->st_mode))
        return leave_out(s->calls, name, "a pipe or a device, not an ordinary file");
    return add_call(s->calls, name, st);
}

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
        int bad = 0;
        if (len >= (int)sizeof name - (int)strlen(s->folder) - 1)
            bad = part_of(name, s->parts) == s->part ? leave_out(s->calls, name, "its name is too long") : 0;
        else if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue; /* gone meanwhile */
        else if (S_ISDIR(st.st_mode) && (st.st_dev != s->results->st_dev || st.st_ino != s->results->st_ino))
            result = walk(s, name, fault);
        else if (!S_ISDIR(st.st_mode)) {
            struct stat target;
            if (S_ISLNK(st.st_mode) && fstatat(dirfd(d), e->d_name, &target, 0) == 0)
                st = target;
            bad = sort_in(s, relative, name, &st);
        }
        if (bad != 0)
            result = ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
    }
    closedir(d);
    return result;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct ut_archive_call *)a)->name, ((const struct ut_archive_call *)b)->name);
}

static int left_by_name(const void *a, const void *b)
{
    return strcmp(((const struct ut_archive_left_out *)a)->name, ((const struct ut_archive_left_out *)b)->name);
}

int ut_archive_calls_find(struct ut_archive_calls *c, const char *folder, const struct stat *results, int part,
                          int parts, struct ut_fault *fault)
{
    struct stat root;
    struct search s = {.calls = c, .folder = folder, .results = results, .part = part, .parts = parts};
    memset(c, 0, sizeof *c);
    s.mixed = stat(folder, &root) == 0 && root.st_dev == results->st_dev && root.st_ino == results->st_ino;
    if (walk(&s, "", fault) != 0)
        return -1;
    if (c->n > 0)
        qsort(c->call, c->n, sizeof c->call[0], by_name);
    if (c->others > 0)
        qsort(c->left_out, c->others, sizeof c->left_out[0], left_by_name);
    for (size_t i = 0; i < c->others; i++)
        count_ending(c, c->left_out[i].name);
    return 0;
}

void ut_archive_calls_free(struct ut_archive_calls *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->call[i].name);
        free(c->call[i].row);
    }
    free(c->call);
    for (size_t i = 0; i < c->others; i++)
        free(c->left_out[i].name);
    free(c->left_out);
    memset(c, 0, sizeof *c);
}
