/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/recording.h"

#include "host-tools/sources/audio_name.h"
#include "host-tools/system/table.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct found {
    char name[2][NAME_MAX + 1];
    int n;
};

/* Whether `name` is `wanted` for len characters, where a blank may stand for a _. */
static bool is_like(const char *name, const char *wanted, size_t len, bool blanks)
{
    for (size_t i = 0; i < len; i++)
        if (name[i] != wanted[i] && !(blanks && name[i] == ' ' && wanted[i] == '_'))
            return false;
    return true;
}

/* Audio files of the folder that are called `wanted`, or `wanted` and one ending; the first two by name. */
static void look(const char *folder, const char *wanted, size_t len, bool blanks, struct found *f)
{
    f->n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        const char *dot = strrchr(e->d_name, '.');
        size_t whole = strlen(e->d_name), stem = dot != NULL ? (size_t)(dot - e->d_name) : whole;
        if (e->d_name[0] == '.' || !ut_audio_name(e->d_name) || (len != whole && len != stem) ||
            !is_like(e->d_name, wanted, len, blanks))
            continue;
        int at = f->n > 0 && strcmp(e->d_name, f->name[0]) > 0;
        if (f->n > 0 && at == 0)
            memcpy(f->name[1], f->name[0], sizeof f->name[0]);
        if (at == 0 || f->n < 2 || strcmp(e->d_name, f->name[1]) < 0)
            snprintf(f->name[at], sizeof f->name[at], "%s", e->d_name);
        f->n++;
        if (len == whole) { /* the very name */
            snprintf(f->name[0], sizeof f->name[0], "%s", e->d_name);
            f->n = 1;
            break;
        }
    }
    if (d != NULL)
        closedir(d);
}

/* The path of the only one; NULL and *fault when two were found, or when there is no memory. */
static char *only(const char *labels, const struct found *f, struct ut_fault *fault)
{
    if (f->n > 1) {
        (void)ut_fault_set(fault, UT_EXIT_MISSING, "%s: is it of %s or of %s? Say which with --recording", labels,
                           f->name[0], f->name[1]);
        return NULL;
    }
    char *path = ut_table_path(labels, f->name[0]);
    if (path == NULL)
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", labels);
    return path;
}

/* The folder of a file of labels and where its name begins. False when the path is too long. */
static bool part(const char *labels, char folder[PATH_MAX], const char **name)
{
    const char *slash = strrchr(labels, '/');
    *name = slash != NULL ? slash + 1 : labels;
    int n = snprintf(folder, PATH_MAX, "%.*s", slash != NULL ? (int)(slash - labels) + 1 : 2,
                     slash != NULL ? labels : "./");
    return n < PATH_MAX;
}

char *ut_recording_of(const char *labels, struct ut_fault *fault)
{
    char folder[PATH_MAX];
    const char *name;
    struct found f = {.n = 0};
    bool fits = part(labels, folder, &name);
    for (size_t len = strlen(name); fits && f.n == 0;) {
        while (len > 0 && name[len - 1] != '.')
            len--;
        if (len < 2)
            break;
        look(folder, name, --len, false, &f);
    }
    if (f.n > 0)
        return only(labels, &f, fault);
    (void)ut_fault_set(fault, UT_EXIT_MISSING,
                       "%s: no recording of this name lies beside it (%.*s.wav, .flac, ...); name it with --recording",
                       labels, (int)strcspn(name, "."), name);
    return NULL;
}

char *ut_recording_named(const char *labels, const char *name, struct ut_fault *fault)
{
    char folder[PATH_MAX];
    const char *unused;
    struct found f = {.n = 0};
    if (part(labels, folder, &unused) && strchr(name, '/') == NULL)
        look(folder, name, strlen(name), true, &f);
    if (f.n > 0)
        return only(labels, &f, fault);
    (void)ut_fault_set(fault, UT_EXIT_MISSING,
                       "%s: its recording %.80s (.wav, .flac, ...) does not lie beside it; name it with --recording",
                       labels, name);
    return NULL;
}
