/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/archive_results.h"

#include "host-tools/reports/archive_row.h"
#include "host-tools/system/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ut_archive_results_folders(const char *path)
{
    char text[UT_ARCHIVE_PATH];
    snprintf(text, sizeof text, "%s", path);
    for (char *at = text + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        if (mkdir(text, 0777) != 0 && errno != EEXIST)
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
    free(text);
    fclose(f);
    return done && c->row != NULL;
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
    json_decref(call);
    return ut_output_commit(&o, fault);
}

void ut_archive_results_remove(const struct ut_archive_results *r, const struct ut_archive_call *c)
{
    static const char *const ends[] = {"done", "json", "json.part", "done.part"}; /* .part: of a crash */
    char path[UT_ARCHIVE_PATH];
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        ut_archive_results_path(r, c, ends[i], path);
        remove(path);
    }
    if (r->ext != NULL) {
        ut_archive_results_path(r, c, r->ext, path);
        remove(path);
        strcat(path, ".part"); /* there is room */
        remove(path);
    }
}
