/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/archive_results.h"

#include "host-tools/reports/archive_row.h"
#include "host-tools/system/output.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int ut_archive_results_folders(const char *path)
{
    char text[UT_ARCHIVE_PATH];
    snprintf(text, sizeof text, "%s", path);
    for (char *at = text + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        if (mkdir(text, 0700) != 0 && errno != EEXIST)
            return -1;
        *at = '/';
    }
    return 0;
}

void ut_archive_results_path(const struct ut_archive_results *r, const struct ut_archive_call *c, const char *ext,
                             char path[UT_ARCHIVE_PATH])
{
    snprintf(path, UT_ARCHIVE_PATH, "%.2000s/%.2000s.%.40s", r->out, c->name, ext);
}

static void identity(const struct ut_archive_results *r, const struct ut_archive_call *c, char *line, size_t room)
{
    snprintf(line, room, "%lld %lld.%09ld %s", (long long)c->size, (long long)c->changed.tv_sec, c->changed.tv_nsec,
             r->settings);
}

bool ut_archive_results_done(const struct ut_archive_results *r, struct ut_archive_call *c)
{
    char path[UT_ARCHIVE_PATH], line[200];
    char *text = NULL;
    size_t room = 0;
    bool done = false;
    ut_archive_results_path(r, c, "done", path);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return false;
    identity(r, c, line, sizeof line);
    if (getline(&text, &room, f) > 0) {
        text[strcspn(text, "\n")] = '\0';
        done = strcmp(text, line) == 0;
    }
    if (done && getline(&text, &room, f) > 0)
        c->seconds = strtod(text, NULL);
    if (done && getline(&text, &room, f) > 0) {
        text[strcspn(text, "\n")] = '\0';
        free(c->row);
        c->row = strdup(text);
    }
    c->fault = (struct ut_fault){0};
    if (done && getline(&text, &room, f) > 0) {
        text[strcspn(text, "\n")] = '\0';
        ut_fault_set(&c->fault, UT_EXIT_CUT, "%s: truncated after %.1f s: %s", c->name, c->seconds, text);
    }
    free(text);
    fclose(f);
    return done && c->row != NULL;
}

/* A per-call file of this program (call/call.schema.json). */
static bool is_summary(const char *path)
{
    json_t *call = json_load_file(path, 0, NULL);
    bool ours = json_is_object(json_object_get(call, "AcousticEmotion")) &&
                json_is_object(json_object_get(call, "ConversationCharacteristics"));
    json_decref(call);
    return ours;
}

static bool is_mark(const char *path)
{
    long long size, seconds;
    int nanoseconds, end = 0;
    FILE *f = fopen(path, "r");
    bool ours = f != NULL && fscanf(f, "%18lld %18lld.%9d %n", &size, &seconds, &nanoseconds, &end) == 3 && end > 0;
    if (f != NULL)
        fclose(f);
    return ours;
}

int ut_archive_results_check(const struct ut_archive_results *r, const struct ut_archive_call *c,
                             struct ut_fault *fault)
{
    const struct {
        const char *ext;
        bool (*is_ours)(const char *path); /* NULL = it does not say */
    } results[] = {{"json", is_summary}, {"done", is_mark}, {r->ext, NULL}};
    for (size_t i = 0; i < sizeof results / sizeof results[0] && results[i].ext != NULL; i++) {
        char path[UT_ARCHIVE_PATH];
        struct stat st;
        ut_archive_results_path(r, c, results[i].ext, path);
        if (lstat(path, &st) != 0)
            continue;
        if (S_ISREG(st.st_mode) && results[i].is_ours != NULL && results[i].is_ours(path))
            return 0; /* so are the others */
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: was not made by undertone; move it, or give another --out",
                            path);
    }
    return 0;
}

int ut_archive_results_mark(const struct ut_archive_results *r, const struct ut_archive_call *c, struct ut_fault *fault)
{
    char path[UT_ARCHIVE_PATH], line[200];
    struct ut_output o;
    ut_archive_results_path(r, c, "json", path);
    json_t *call = json_load_file(path, 0, NULL);
    if (call == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be read back; check the disk", path);
    ut_archive_results_path(r, c, "done", path);
    if (ut_output_open(&o, path, fault) != 0) {
        json_decref(call);
        return -1;
    }
    identity(r, c, line, sizeof line);
    fprintf(o.file, "%s\n%.3f\n", line, ut_archive_row_seconds(call));
    ut_archive_row(o.file, call);
    fputc('\n', o.file);
    if (ut_archive_row_cut(call) != NULL)
        fprintf(o.file, "%s\n", ut_archive_row_cut(call));
    json_decref(call);
    return ut_output_commit(&o, fault);
}

void ut_archive_results_remove(const struct ut_archive_results *r, const struct ut_archive_call *c)
{
    /* The one that says whose they are goes last: a run may be killed in between. */
    const char *const ends[] = {"done", r->ext, "json"};
    char path[UT_ARCHIVE_PATH];
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (ends[i] != NULL) {
            ut_archive_results_path(r, c, ends[i], path);
            remove(path);
        }
}

static int by_name(const void *name, const void *call)
{
    return strcmp(name, ((const struct ut_archive_call *)call)->name);
}

/* True when a file in the results, named relative to their folder, is a result of one of the calls. */
static bool is_result(const struct ut_archive_results *r, const struct ut_archive_calls *calls, char *name)
{
    const char *const ends[] = {"done", "json", r->ext};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t len = strlen(name), end = ends[i] != NULL ? strlen(ends[i]) + 1 : len;
        if (len <= end || name[len - end] != '.' || strcmp(name + len - end + 1, ends[i]) != 0)
            continue;
        name[len - end] = '\0';
        bool found = bsearch(name, calls->call, calls->n, sizeof calls->call[0], by_name) != NULL;
        name[len - end] = '.';
        if (found)
            return true;
    }
    return false;
}

/* folder: relative to that of the results, with a slash behind it, or "". */
static void sweep_folder(const struct ut_archive_results *r, const struct ut_archive_calls *calls, const char *folder)
{
    char path[UT_ARCHIVE_PATH], name[UT_ARCHIVE_PATH];
    snprintf(path, sizeof path, "%.2000s/%.2000s", r->out, folder);
    DIR *d = opendir(path);
    if (d == NULL)
        return;
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        size_t len = ut_output_temporary(e->d_name);
        snprintf(name, sizeof name, "%.2000s%.*s", folder, (int)len, e->d_name);
        if (len > 0 && is_result(r, calls, name))
            (void)unlinkat(dirfd(d), e->d_name, 0);
    }
    closedir(d);
}

void ut_archive_results_sweep(const struct ut_archive_results *r, const struct ut_archive_calls *calls)
{
    char folder[UT_ARCHIVE_PATH], last[UT_ARCHIVE_PATH] = "/";
    for (size_t i = 0; i < calls->n; i++) {
        const char *name = calls->call[i].name, *slash = strrchr(name, '/');
        snprintf(folder, sizeof folder, "%.*s", slash != NULL ? (int)(slash - name) + 1 : 0, name);
        if (strcmp(folder, last) != 0)
            sweep_folder(r, calls, folder);
        memcpy(last, folder, sizeof last);
    }
}
