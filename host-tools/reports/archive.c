/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/archive.h"

#include "dsp/features.h"
#include "firmware/version.h"
#include "host-tools/reports/archive_lock.h"
#include "host-tools/reports/archive_row.h"
#include "host-tools/reports/archive_work.h"
#include "host-tools/system/hash.h"
#include "host-tools/system/output.h"
#include "host-tools/system/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

enum { PARTS_MAX = 100000, NAMED_MAX = 20 };

static const char summary_head[] = "file,status,exit_code,reason,";

int ut_archive_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int ut_archive_parse_part(const char *text, int *part, int *parts, struct ut_fault *fault)
{
    char *slash, *end;
    long i = strtol(text, &slash, 10);
    if (slash != text && *slash == '/') {
        long n = strtol(slash + 1, &end, 10);
        if (end != slash + 1 && *end == '\0' && i >= 1 && n >= i && n <= PARTS_MAX) {
            *part = (int)i;
            *parts = (int)n;
            return 0;
        }
    }
    return ut_fault_set(fault, UT_EXIT_USAGE, "--part %.40s: not a part; write it like 3/16", text);
}

static void summary_path(const struct ut_archive *a, char path[UT_ARCHIVE_PATH])
{
    if (a->parts > 1)
        snprintf(path, UT_ARCHIVE_PATH, "%.2000s/summary-%d-of-%d.csv", a->out, a->part, a->parts);
    else
        snprintf(path, UT_ARCHIVE_PATH, "%.2000s/summary.csv", a->out);
}

/* A table that no run wrote is not replaced. 0, or -1 and *fault. */
static int check_summary(const char *path, struct ut_fault *fault)
{
    char begin[sizeof summary_head] = "";
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
        return 0;
    FILE *f = fopen(path, "r");
    size_t n = f != NULL ? fread(begin, 1, sizeof begin - 1, f) : 0;
    if (f != NULL)
        fclose(f);
    if (n == sizeof begin - 1 && strcmp(begin, summary_head) == 0)
        return 0;
    return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: was not made by undertone; move it, or give another --out", path);
}

/* A row of a file that has no figures. */
static void put_other(FILE *out, const char *name, const char *status, const char *code, const char *reason)
{
    char plain[sizeof(struct ut_fault)];
    ut_output_csv(name, out);
    fprintf(out, ",%s,%s,", status, code);
    ut_output_csv(ut_utf8_plain(reason, plain, sizeof plain), out);
    fputc(',', out);
    ut_archive_row_empty(out);
    fputc('\n', out);
}

static bool is_cut(const struct ut_archive_call *c)
{
    return c->state != UT_ARCHIVE_FAILED && c->fault.code != UT_EXIT_OK;
}

static int write_summary(const struct ut_archive_calls *calls, const char *path, struct ut_fault *fault)
{
    struct ut_output o;
    char code[12], plain[sizeof(struct ut_fault)];
    if (ut_output_open(&o, path, fault) != 0)
        return -1;
    fputs(summary_head, o.file);
    ut_archive_row_head(o.file);
    fputc('\n', o.file);
    for (size_t i = 0; i < calls->n; i++) {
        const struct ut_archive_call *c = &calls->call[i];
        snprintf(code, sizeof code, "%d", c->fault.code);
        if (c->state == UT_ARCHIVE_FAILED) {
            put_other(o.file, c->name, "failed", code, c->fault.text);
            continue;
        }
        ut_output_csv(c->name, o.file);
        fprintf(o.file, ",%s,%s,", is_cut(c) ? "cut" : "done", code);
        ut_output_csv(ut_utf8_plain(c->fault.text, plain, sizeof plain), o.file);
        fprintf(o.file, ",%s\n", c->row);
    }
    for (size_t i = 0; i < calls->others; i++)
        put_other(o.file, calls->left_out[i].name, "left_out", "", calls->left_out[i].reason);
    return ut_output_commit(&o, fault);
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds_of_children(void)
{
    struct rusage r;
    getrusage(RUSAGE_CHILDREN, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

/* What the results depend on besides the file, as a hash. */
static void make_settings(const struct ut_archive *a, char text[UT_HASH_TEXT])
{
    struct ut_hash h;
    char line[200];
    snprintf(line, sizeof line, "%08x %d " UT_VERSION " %s ", (unsigned)ut_config_crc32(a->config), UT_FEATURES_VERSION,
             a->ext != NULL ? a->ext : "");
    ut_hash_init(&h);
    ut_hash_add(&h, line, strlen(line));
    ut_hash_add(&h, a->settings, strlen(a->settings));
    ut_hash_text(&h, text);
}

static void name_left_out(const struct ut_archive *a, const struct ut_archive_calls *calls, const char *summary)
{
    for (size_t i = 0; i < calls->others && i < NAMED_MAX; i++)
        ut_note("%s/%s: left out: %s", a->folder, calls->left_out[i].name, calls->left_out[i].reason);
    if (calls->others > NAMED_MAX)
        ut_note("%s: %zu more left out; %s names them all", a->folder, calls->others - NAMED_MAX, summary);
}

/* Makes the folder of the results, locks it, and finds the calls and what is done of them. 0, or -1 and *fault. */
static int prepare(const struct ut_archive *a, const struct ut_archive_results *results, const char *summary,
                   struct ut_archive_lock *lock, struct ut_archive_calls *calls, struct ut_fault *fault)
{
    char inside[UT_ARCHIVE_PATH];
    struct stat out;
    snprintf(inside, sizeof inside, "%.4000s/", a->out);
    if (ut_archive_results_folders(inside) != 0 || stat(a->out, &out) != 0 || !S_ISDIR(out.st_mode))
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be made a folder of results; give another --out",
                            a->out);
    if (ut_archive_lock(lock, a->out, a->part, a->parts, fault) != 0 || check_summary(summary, fault) != 0)
        return -1;
    if (ut_archive_calls_find(calls, a->folder, &out, a->part, a->parts, fault) != 0)
        return -1;
    name_left_out(a, calls, summary);
    if (calls->n == 0 && a->parts == 1)
        return ut_fault_set(fault, UT_EXIT_EMPTY, "%s: holds no audio files; check the folder", a->folder);
    ut_archive_results_sweep(results, calls);
    for (size_t i = 0; i < calls->n; i++)
        if (ut_archive_results_done(results, &calls->call[i]))
            calls->call[i].state = UT_ARCHIVE_BEFORE;
        else if (ut_archive_results_check(results, &calls->call[i], &calls->call[i].fault) != 0)
            calls->call[i].state = UT_ARCHIVE_FAILED;
    return 0;
}

static void name_failed(const struct ut_archive_calls *calls)
{
    for (size_t i = 0; i < calls->n; i++) {
        const struct ut_archive_call *c = &calls->call[i];
        if (c->fault.code != UT_EXIT_OK)
            ut_note("%s (exit code %d)", c->fault.text, c->fault.code);
    }
}

/* " (2 .txt, 1 without an ending)" */
static void print_others(const struct ut_archive_calls *calls)
{
    for (int k = 0; k < UT_ARCHIVE_ENDINGS && calls->other[k].files > 0; k++) {
        char ending[UT_ARCHIVE_ENDING];
        snprintf(ending, sizeof ending, "%s", calls->other[k].ending);
        ut_utf8_clean(ending);
        printf("%s%zu %s", k == 0 ? " (" : ", ", calls->other[k].files,
               ending[0] != '\0'             ? ending
               : k == UT_ARCHIVE_ENDINGS - 1 ? "of other kinds"
                                             : "without an ending");
    }
    fputs(calls->others > 0 ? ")" : "", stdout);
}

static int report(const struct ut_archive_calls *calls, double wall, double cpu, const char *summary,
                  struct ut_fault *fault)
{
    size_t count[UT_ARCHIVE_STATES] = {0}, cut = 0;
    double audio = 0;
    for (size_t i = 0; i < calls->n; i++) {
        const struct ut_archive_call *c = &calls->call[i];
        count[c->state]++;
        cut += is_cut(c);
        if (c->state == UT_ARCHIVE_DONE)
            audio += c->seconds;
    }
    printf("%zu calls: %zu done, %zu done before, %zu failed; ", calls->n, count[UT_ARCHIVE_DONE],
           count[UT_ARCHIVE_BEFORE], count[UT_ARCHIVE_FAILED]);
    if (cut > 0)
        printf("%zu of those done are truncated; ", cut);
    printf("%zu other files left out", calls->others);
    print_others(calls);
    printf("; %s\n", summary);
    if (audio > 0 && wall > 0 && cpu > 0)
        printf("%.2f h of audio in %.1f s: %.0f times real time, %.0f times per core in use\n", audio / 3600, wall,
               audio / wall, audio / cpu);
    if (ut_output_flush(fault) != 0)
        return -1;
    return count[UT_ARCHIVE_FAILED] > 0 ? UT_EXIT_FAILURE : cut > 0 ? UT_EXIT_CUT : UT_EXIT_OK;
}

int ut_archive_run(const struct ut_archive *a)
{
    char summary[UT_ARCHIVE_PATH] = "", settings[UT_HASH_TEXT];
    struct ut_fault fault = {0};
    struct ut_archive_calls calls = {0};
    struct ut_archive_lock lock = {.fd = -1};
    const struct ut_archive_work work = {
        .folder = a->folder,
        .results = {.out = a->out, .ext = a->ext, .settings = settings},
        .jobs = a->jobs < 1                     ? 1
                : a->jobs > UT_ARCHIVE_JOBS_MAX ? UT_ARCHIVE_JOBS_MAX
                                                : a->jobs,
        .one = a->one,
        .ctx = a->ctx,
    };
    double wall = seconds_now(), cpu = seconds_of_children();
    make_settings(a, settings);
    summary_path(a, summary);
    int result = prepare(a, &work.results, summary, &lock, &calls, &fault);
    if (result == 0)
        result = ut_archive_work(&work, &calls, &fault);
    if (result == 0) {
        name_failed(&calls); /* also when the disk is full */
        result = write_summary(&calls, summary, &fault);
    }
    if (result == 0)
        result = report(&calls, seconds_now() - wall, seconds_of_children() - cpu, summary, &fault);
    ut_archive_unlock(&lock);
    ut_archive_calls_free(&calls);
    if (result < 0)
        return fault.code == UT_EXIT_OK ? UT_EXIT_OK : ut_fault_print(&fault);
    return result;
}
