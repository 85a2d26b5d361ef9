/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/run_files.h"

#include "host-tools/system/grow.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum role { INPUT, OUTPUT, PRINTED };

struct ut_run_file {
    enum role role;
    char *path;
    const char *word; /* what an input is, or the option of an output */
    const char *name; /* in path, of an output that is not there yet; NULL = it is there */
    dev_t device;     /* of the file, or of the folder that it will be in */
    ino_t inode;
};

static void know(struct ut_run_file *file, const struct stat *st)
{
    file->device = st->st_dev;
    file->inode = st->st_ino;
}

/* False when nothing can be known of it, or when it is a device or a pipe, which nothing is lost of. */
static bool identify(struct ut_run_file *file)
{
    struct stat st;
    if (file->role == PRINTED ? fstat(STDOUT_FILENO, &st) == 0 : stat(file->path, &st) == 0) {
        know(file, &st);
        return S_ISREG(st.st_mode);
    }
    if (file->role != OUTPUT)
        return false;
    char *slash = strrchr(file->path, '/');
    file->name = slash != NULL ? slash + 1 : file->path;
    if (slash == NULL)
        slash = file->path;
    const char kept = *slash;
    *slash = '\0';
    int result = stat(file->name == file->path ? "." : slash == file->path ? "/" : file->path, &st);
    *slash = kept;
    know(file, &st);
    return result == 0;
}

static void add(struct ut_run_files *f, enum role role, const char *path, const char *word)
{
    struct ut_run_file file = {.role = role, .path = strdup(path), .word = word};
    struct ut_run_file *grown = file.path != NULL ? ut_grow(f->file, &f->room, f->n + 1, sizeof file) : NULL;
    if (grown != NULL)
        f->file = grown;
    if (grown != NULL && identify(&file)) {
        f->file[f->n++] = file;
        return;
    }
    f->failed = f->failed || grown == NULL;
    free(file.path);
}

void ut_run_files_read(struct ut_run_files *f, const char *path, const char *what)
{
    if (path != NULL && path[0] != '\0')
        add(f, INPUT, strcmp(path, "-") == 0 ? "/dev/stdin" : path, what);
}

void ut_run_files_write(struct ut_run_files *f, const char *path, const char *option)
{
    if (path != NULL)
        add(f, OUTPUT, path, option);
}

void ut_run_files_print(struct ut_run_files *f)
{
    add(f, PRINTED, "standard output", "");
}

static bool same(const struct ut_run_file *a, const struct ut_run_file *b)
{
    if (a->device != b->device || a->inode != b->inode || (a->name == NULL) != (b->name == NULL))
        return false;
    return a->name == NULL || strcmp(a->name, b->name) == 0;
}

static int refuse(const struct ut_run_file *out, const struct ut_run_file *other, const char *command,
                  struct ut_fault *fault)
{
    const char *space = out->role == PRINTED ? "" : " ";
    if (other->role == INPUT)
        return ut_fault_set(fault, UT_EXIT_USAGE, "%s: %s%s%s: is %s itself; give another name", command, out->word,
                            space, out->path, other->word);
    return ut_fault_set(fault, UT_EXIT_USAGE, "%s: %s %s: is %s as well; give each a name of its own", command,
                        out->word, out->path, other->word);
}

int ut_run_files_check(struct ut_run_files *f, const char *command, struct ut_fault *fault)
{
    int result = 0;
    if (f->failed)
        result = ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", command);
    for (size_t i = 0; i < f->n; i++) {
        const struct ut_run_file *out = &f->file[i];
        for (size_t j = 0; result == 0 && out->role != INPUT && j < f->n; j++) {
            const struct ut_run_file *other = &f->file[j];
            bool matters = other->role == INPUT || (j < i && out->role == OUTPUT && other->role == OUTPUT);
            if (matters && same(out, other))
                result = refuse(out, other, command, fault);
        }
    }
    for (size_t i = 0; i < f->n; i++)
        free(f->file[i].path);
    free(f->file);
    *f = (struct ut_run_files){0};
    return result;
}
