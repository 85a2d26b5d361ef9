/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/archive_kept.h"

#include "host-tools/reports/archive_lock.h"
#include "host-tools/reports/archive_row.h"
#include "host-tools/system/output.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of what is printed of a call; a test holds them to the formats of replay. */
static const char *const PRINTED[] = {"ndjson", "csv", "labels.txt", "TextGrid", "emotionml", "vtt", "rttm"};

struct walk {
    const char *folder; /* the whole one */
    char *const *session;
    size_t sessions;
    struct ut_archive_kept found;
    int gone;
    struct ut_fault *fault;
};

void ut_archive_kept_folder(const char *store, char folder[UT_ARCHIVE_KEPT_PATH])
{
    (void)snprintf(folder, UT_ARCHIVE_KEPT_PATH, "%.4000s.calls", store);
}

static bool ends_in(const char *name, const char *ending)
{
    size_t n = strlen(name), m = strlen(ending);
    return n > m && strcmp(name + n - m, ending) == 0;
}

static int cannot(const char *path, const char *what, struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be %s (%s); check permissions", path, what,
                        strerror(errno));
}

static int drop(const char *path, struct ut_fault *fault)
{
    return unlink(path) == 0 || errno == ENOENT ? 0 : cannot(path, "removed", fault);
}

/* The first line of the mark, which says of what file and settings it is, and no figure behind it. */
static int blank_mark(const char *path, struct ut_fault *fault)
{
    char *line = NULL;
    size_t room = 0;
    struct ut_output o;
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return errno == ENOENT ? 0 : cannot(path, "read", fault);
    ssize_t n = getline(&line, &room, f);
    (void)fclose(f);
    int r = n > 0 ? ut_output_open(&o, path, fault) : 0;
    if (n > 0 && r == 0) {
        (void)fputs(line, o.file);
        (void)fputs("0.000\n", o.file);
        ut_archive_row_empty(o.file);
        (void)fputc('\n', o.file);
        r = ut_output_commit(&o, fault);
    }
    free(line);
    return r;
}

/* Behind a row of the table: a line's end between quotes is the field's. */
static const char *row_end(const char *at)
{
    bool quoted = false;
    for (; *at != '\0' && (quoted || *at != '\n'); at++)
        quoted ^= *at == '"';
    return *at != '\0' ? at + 1 : at;
}

static char *read_whole(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = fopen(path, "r"), *out = f != NULL ? open_memstream(&text, &size) : NULL;
    for (int c; out != NULL && (c = getc(f)) != EOF;)
        (void)putc(c, out);
    if (out != NULL)
        (void)fclose(out);
    if (f != NULL)
        (void)fclose(f);
    return text;
}

/* The figures of a call out of a table of the folder. */
static int blank_row(const char *path, const char *name, struct ut_fault *fault)
{
    char *text = read_whole(path), *field = NULL;
    size_t size = 0;
    struct ut_output o;
    FILE *f = open_memstream(&field, &size);
    if (f != NULL) {
        ut_output_csv(name, f);
        (void)fputc(',', f);
        (void)fclose(f);
    }
    int r = text == NULL || field == NULL ? cannot(path, "read", fault) : ut_output_open(&o, path, fault);
    if (r == 0) {
        for (const char *at = text, *end; *at != '\0'; at = end) {
            end = row_end(at);
            if (strncmp(at, field, size) == 0) {
                (void)fprintf(o.file, "%sdone,0,,", field);
                ut_archive_row_empty(o.file);
                (void)fputc('\n', o.file);
            } else {
                (void)fwrite(at, 1, (size_t)(end - at), o.file);
            }
        }
        r = ut_output_commit(&o, fault);
    }
    free(text);
    free(field);
    return r;
}

static int blank_rows(const char *folder, const char *name, struct ut_fault *fault)
{
    int r = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d != NULL && r == 0 && (e = readdir(d)) != NULL;)
        if (strncmp(e->d_name, "summary", 7) == 0 && ends_in(e->d_name, ".csv")) {
            char path[UT_ARCHIVE_KEPT_PATH];
            (void)snprintf(path, sizeof path, "%.2000s/%s", folder, e->d_name);
            r = blank_row(path, name, fault);
        }
    if (d != NULL)
        (void)closedir(d);
    return r;
}

/* path: of the per-call file, which goes last: it says whose the others are. */
static int erase_call(const struct walk *w, const char *path, struct ut_fault *fault)
{
    char other[UT_ARCHIVE_KEPT_PATH];
    int stem = (int)(strlen(path) - strlen(".json"));
    (void)snprintf(other, sizeof other, "%.*s", stem, path);
    if (blank_rows(w->folder, other + strlen(w->folder) + 1, fault) != 0)
        return -1;
    for (size_t i = 0; i < sizeof PRINTED / sizeof PRINTED[0]; i++) {
        (void)snprintf(other, sizeof other, "%.*s.%s", stem, path, PRINTED[i]);
        if (drop(other, fault) != 0)
            return -1;
    }
    (void)snprintf(other, sizeof other, "%.*s.done", stem, path);
    return blank_mark(other, fault) == 0 ? drop(path, fault) : -1;
}

static bool is_wanted(const struct walk *w, const char *session)
{
    for (size_t i = 0; session != NULL && i < w->sessions; i++)
        if (strcmp(w->session[i], session) == 0)
            return true;
    return false;
}

static int see_file(struct walk *w, const char *path, const struct stat *st)
{
    json_t *call = ends_in(path, ".json") ? json_load_file(path, 0, NULL) : NULL;
    const char *session = json_string_value(json_object_get(json_object_get(call, "AcousticEmotion"), "Session"));
    int r = 0;
    w->found.bytes += st->st_size;
    w->found.calls += session != NULL;
    if (is_wanted(w, session) && (r = erase_call(w, path, w->fault)) == 0)
        w->gone++;
    json_decref(call);
    return r;
}

/* 0, or -1 and *fault. */
static int walk(struct walk *w, const char *folder)
{
    int r = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d != NULL && r == 0 && (e = readdir(d)) != NULL;) {
        char path[UT_ARCHIVE_KEPT_PATH];
        struct stat st;
        int n = snprintf(path, sizeof path, "%.3000s/%s", folder, e->d_name);
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || n >= (int)sizeof path ||
            lstat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode))
            r = walk(w, path);
        else if (S_ISREG(st.st_mode))
            r = see_file(w, path, &st);
    }
    if (d == NULL)
        return w->fault != NULL ? cannot(folder, "read", w->fault) : 0;
    (void)closedir(d);
    return r;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

struct ut_archive_kept ut_archive_kept_count(const char *folder)
{
    struct walk w = {.folder = folder};
    if (is_folder(folder))
        (void)walk(&w, folder);
    return w.found;
}

int ut_archive_kept_erase(const char *folder, char *const *session, size_t sessions, struct ut_fault *fault)
{
    struct walk w = {.folder = folder, .session = session, .sessions = sessions, .fault = fault};
    struct ut_archive_lock lock = {.fd = -1};
    if (sessions == 0 || !is_folder(folder))
        return 0;
    if (ut_archive_lock(&lock, folder, 1, 1, fault) != 0)
        return -1;
    int r = walk(&w, folder);
    ut_archive_unlock(&lock);
    return r == 0 ? w.gone : -1;
}
