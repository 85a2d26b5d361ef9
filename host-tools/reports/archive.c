/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/archive.h"

#include "dsp/features.h"
#include "firmware/call.h"
#include "host-tools/system/grow.h"
#include "host-tools/system/hash.h"
#include "host-tools/system/json.h"
#include "host-tools/system/output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATH_ROOM = 4096, JOBS_MAX = 1024, PARTS_MAX = 100000 };

enum state { WAITING, BEFORE, DONE, FAILED };

struct call {
    char *name; /* relative to the folder */
    int64_t size;
    struct timespec changed;
    enum state state;
    struct ut_fault fault;
    char *row; /* of the summary, without name and state */
    double seconds;
};

struct archive {
    const struct ut_archive *batch;
    struct call *call;
    size_t n, room;
    size_t other; /* files that are no audio by their names */
    char settings[UT_HASH_TEXT];
    struct stat out; /* the folder of results, which may lie within the archive */
};

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

static bool is_audio(const char *name)
{
    static const char *const ends[] = {"wav", "wave", "flac", "ogg", "oga",  "opus", "mp3",  "aif", "aiff", "aifc",
                                       "au",  "snd",  "caf",  "w64", "rf64", "sph",  "nist", "voc", NULL};
    const char *dot = strrchr(name, '.');
    if (dot == NULL || dot == name)
        return false;
    for (int i = 0; ends[i] != NULL; i++)
        if (strcasecmp(dot + 1, ends[i]) == 0)
            return true;
    return false;
}

/* Which part of the archive a name belongs to, 1..parts; the same whatever else the archive holds. */
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

static int add_call(struct archive *a, const char *name, const struct stat *st)
{
    struct call *grown = ut_grow(a->call, &a->room, a->n + 1, sizeof *grown);
    if (grown == NULL)
        return -1;
    a->call = grown;
    struct call c = {.name = strdup(name), .size = st->st_size, .changed = st->st_mtim};
    if (c.name == NULL)
        return -1;
    a->call[a->n++] = c;
    return 0;
}

/* Folders that are links are not followed: an archive has no loops. 0, or -1 and *fault. */
static int walk(struct archive *a, const char *relative, struct ut_fault *fault)
{
    char path[PATH_ROOM];
    snprintf(path, sizeof path, "%s/%s", a->batch->folder, relative);
    DIR *d = opendir(path);
    if (d == NULL)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened (%s); check its permissions", path,
                            strerror(errno));
    int result = 0;
    for (struct dirent *e; result == 0 && (e = readdir(d)) != NULL;) {
        char name[PATH_ROOM];
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        int len = snprintf(name, sizeof name, "%s%s%s", relative, relative[0] != '\0' ? "/" : "", e->d_name);
        if (len >= (int)sizeof name - (int)strlen(a->batch->folder) - 1 ||
            fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (S_ISDIR(st.st_mode)) {
            if (st.st_dev != a->out.st_dev || st.st_ino != a->out.st_ino)
                result = walk(a, name, fault);
            continue;
        }
        if (S_ISLNK(st.st_mode) && fstatat(dirfd(d), e->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode))
            continue;
        if (!is_audio(e->d_name)) {
            a->other++;
        } else if (part_of(name, a->batch->parts) == a->batch->part && add_call(a, name, &st) != 0) {
            result = ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
        }
    }
    closedir(d);
    return result;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct call *)a)->name, ((const struct call *)b)->name);
}

/* The folders of a file. 0 or -1. */
static int make_folders(const char *path)
{
    char text[PATH_ROOM];
    snprintf(text, sizeof text, "%s", path);
    for (char *at = text + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        if (mkdir(text, 0777) != 0 && errno != EEXIST)
            return -1;
        *at = '/';
    }
    return 0;
}

static void result_path(const struct archive *a, const struct call *c, const char *ext, char path[PATH_ROOM])
{
    snprintf(path, PATH_ROOM, "%.2000s/%.2000s.%.40s", a->batch->out, c->name, ext);
}

static void identity(const struct archive *a, const struct call *c, char *line, size_t room)
{
    snprintf(line, room, "%lld %lld.%09ld %s", (long long)c->size, (long long)c->changed.tv_sec, c->changed.tv_nsec,
             a->settings);
}

/* Reads FILE.done: identity, seconds, row. True when the call is done under these settings. */
static bool read_done(const struct archive *a, struct call *c)
{
    char path[PATH_ROOM], line[200];
    char *text = NULL;
    size_t room = 0;
    bool done = false;
    result_path(a, c, "done", path);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return false;
    identity(a, c, line, sizeof line);
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

static const char columns[] =
    "duration_s,customer_talk_s,agent_talk_s,agent_talk_share,non_talk_s,interruptions_by_agent,"
    "interruptions_by_customer,overlaps,customer_words_per_minute,agent_words_per_minute,customer_sentiment,"
    "frustration_begin,frustration_end,frustration_peak,delight_peak,scored_speech_s,abstained_s,cues_not_shown";
enum { COLUMNS = 18 };

static const json_t *at(const json_t *value, const char *path)
{
    char key[64];
    while (value != NULL && *path != '\0') {
        size_t len = strcspn(path, ".");
        snprintf(key, sizeof key, "%.*s", (int)len, path);
        value = json_object_get(value, key);
        path += len + (path[len] == '.');
    }
    return value;
}

static void put_number(FILE *out, const json_t *summary, const char *path, double scale)
{
    const json_t *value = at(summary, path);
    if (json_is_number(value))
        fprintf(out, "%.6g", json_number_value(value) * scale);
    fputc(',', out);
}

static void put_count(FILE *out, const json_t *summary, const char *path)
{
    fprintf(out, "%zu,", json_array_size(at(summary, path)));
}

static void put_row(FILE *out, const json_t *summary)
{
#define CHARACTERISTICS "ConversationCharacteristics."
#define TALK CHARACTERISTICS "TalkTime.DetailsByParticipant."
#define EMOTION "AcousticEmotion."
    put_number(out, summary, CHARACTERISTICS "TotalConversationDurationMillis", 1e-3);
    put_number(out, summary, TALK "CUSTOMER.TotalTimeMillis", 1e-3);
    put_number(out, summary, TALK "AGENT.TotalTimeMillis", 1e-3);
    double all = json_number_value(at(summary, CHARACTERISTICS "TalkTime.TotalTimeMillis"));
    double agent = json_number_value(at(summary, TALK "AGENT.TotalTimeMillis"));
    if (all > 0)
        fprintf(out, "%.3f", agent / all);
    fputc(',', out);
    put_number(out, summary, CHARACTERISTICS "NonTalkTime.TotalTimeMillis", 1e-3);
    put_count(out, summary, CHARACTERISTICS "Interruptions.InterruptionsByInterrupter.AGENT");
    put_count(out, summary, CHARACTERISTICS "Interruptions.InterruptionsByInterrupter.CUSTOMER");
    put_count(out, summary, EMOTION "Overlaps");
    put_number(out, summary, CHARACTERISTICS "TalkSpeed.DetailsByParticipant.CUSTOMER.AverageWordsPerMinute", 1);
    put_number(out, summary, CHARACTERISTICS "TalkSpeed.DetailsByParticipant.AGENT.AverageWordsPerMinute", 1);
    put_number(out, summary, CHARACTERISTICS "Sentiment.OverallSentiment.CUSTOMER", 1);
    put_number(out, summary, EMOTION "Summary.FrustrationBegin", 1);
    put_number(out, summary, EMOTION "Summary.FrustrationEnd", 1);
    put_number(out, summary, EMOTION "Summary.FrustrationPeak", 1);
    put_number(out, summary, EMOTION "Summary.DelightPeak", 1);
    put_number(out, summary, EMOTION "Summary.ScoredSpeechMillis", 1e-3);
    put_number(out, summary, EMOTION "Summary.AbstainedMillis", 1e-3);
    fprintf(out, "%zu", json_array_size(at(summary, EMOTION "Suppressed")));
    for (int cue = 0; cue < UT_CUES; cue++) {
        size_t i, n = 0;
        json_t *one;
        json_array_foreach((json_t *)at(summary, EMOTION "Cues"), i, one)
        {
            const char *name = json_string_value(json_object_get(one, "Cue"));
            n += name != NULL && strcmp(name, ut_cue_info[cue].name) == 0;
        }
        fprintf(out, ",%zu", n);
    }
#undef CHARACTERISTICS
#undef TALK
#undef EMOTION
}

/* FILE.done of a call whose summary is written. 0, or -1 and *fault. */
static int write_done(const struct archive *a, const struct call *c, const char *summary, struct ut_fault *fault)
{
    char path[PATH_ROOM], line[200];
    struct ut_output o;
    json_t *call = json_load_file(summary, 0, NULL);
    if (call == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be read back; check the disk", summary);
    result_path(a, c, "done", path);
    if (ut_output_open(&o, path, fault) != 0) {
        json_decref(call);
        return -1;
    }
    identity(a, c, line, sizeof line);
    fprintf(o.file, "%s\n%.3f\n", line,
            json_number_value(at(call, "ConversationCharacteristics.TotalConversationDurationMillis")) / 1000);
    put_row(o.file, call);
    fputc('\n', o.file);
    json_decref(call);
    return ut_output_commit(&o, fault);
}

/* What an earlier run left of a call that is to be done anew. */
static void remove_results(const struct archive *a, const struct call *c)
{
    static const char *const ends[] = {"done", "json", "json.part", "done.part"}; /* .part: of a crash */
    char path[PATH_ROOM];
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        result_path(a, c, ends[i], path);
        remove(path);
    }
    if (a->batch->ext != NULL) {
        result_path(a, c, a->batch->ext, path);
        remove(path);
        strcat(path, ".part"); /* result_path leaves room */
        remove(path);
    }
}

/* In the child. */
static int work(const struct archive *a, const struct call *c, struct ut_fault *fault)
{
    const struct ut_archive *b = a->batch;
    char path[PATH_ROOM], summary[PATH_ROOM], text[PATH_ROOM], part[PATH_ROOM + 8];
    snprintf(path, sizeof path, "%.2000s/%.2000s", b->folder, c->name);
    result_path(a, c, "json", summary);
    if (make_folders(summary) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: its folder cannot be made (%s); check permissions", summary,
                            strerror(errno));
    remove_results(a, c);
    snprintf(part, sizeof part, "/dev/null");
    if (b->ext != NULL) {
        result_path(a, c, b->ext, text);
        snprintf(part, sizeof part, "%s.part", text);
    }
    if (freopen(part, "w", stdout) == NULL || freopen("/dev/null", "w", stderr) == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written (%s); check the folder", part,
                            strerror(errno));
    int result = b->one(b->ctx, path, summary, fault);
    if (result == 0 && ut_output_flush(fault) != 0)
        result = -1;
    if (b->ext != NULL) {
        if (result == 0 && rename(part, text) != 0)
            result = ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written (%s); check the folder", text,
                                  strerror(errno));
        if (result != 0)
            remove(part);
    }
    if (result == 0)
        result = write_done(a, c, summary, fault);
    if (result != 0)
        remove_results(a, c);
    return result;
}

struct child {
    pid_t pid;
    int from; /* read end: the fault */
    size_t call;
};

/* 0, or -1 when no process can be had. */
static int start(struct archive *a, size_t call, struct child *child)
{
    int ends[2];
    if (pipe(ends) != 0)
        return -1;
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0) {
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    if (pid == 0) {
        struct ut_fault fault = {0};
        close(ends[0]);
        int result = work(a, &a->call[call], &fault);
        if (result != 0 && write(ends[1], &fault, sizeof fault) != (ssize_t)sizeof fault)
            _exit(UT_EXIT_FAILURE);
        _exit(result == 0 ? UT_EXIT_OK : fault.code == 0 ? UT_EXIT_FAILURE : fault.code);
    }
    close(ends[1]);
    *child = (struct child){pid, ends[0], call};
    return 0;
}

static void finish(struct archive *a, const struct child *child, int status)
{
    struct call *c = &a->call[child->call];
    bool said = read(child->from, &c->fault, sizeof c->fault) == (ssize_t)sizeof c->fault;
    close(child->from);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && read_done(a, c)) {
        c->state = DONE;
        return;
    }
    c->state = FAILED;
    if (WIFSIGNALED(status)) {
        ut_fault_set(&c->fault, UT_EXIT_FAILURE, "%s: the program crashed on it (signal %d); report the file", c->name,
                     WTERMSIG(status));
        remove_results(a, c);
    } else if (!said) {
        ut_fault_set(&c->fault, UT_EXIT_FAILURE, "%s: its process ended without a word; check memory and disk",
                     c->name);
    }
}

/* Largest first, so that no long call is left for the end. */
static const struct call *ranked;

static int by_size(const void *x, const void *y)
{
    const struct call *a = &ranked[*(const size_t *)x], *b = &ranked[*(const size_t *)y];
    if (a->size != b->size)
        return a->size > b->size ? -1 : 1;
    return (a > b) - (a < b);
}

static int run_all(struct archive *a, struct ut_fault *fault)
{
    struct child child[JOBS_MAX];
    int running = 0;
    size_t next = 0, waiting = 0;
    int64_t done = 0, total = 0;
    size_t *order = calloc(a->n, sizeof *order);
    if (order == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", a->batch->folder);
    for (size_t i = 0; i < a->n; i++)
        if (a->call[i].state == WAITING) {
            order[waiting++] = i;
            total += a->call[i].size;
        }
    ranked = a->call;
    if (waiting > 0)
        qsort(order, waiting, sizeof *order, by_size);
    int result = 0;
    while (running > 0 || (next < waiting && result == 0)) {
        if (result == 0 && next < waiting && running < a->batch->jobs) {
            if (start(a, order[next], &child[running]) == 0) {
                running++;
                next++;
                continue;
            }
            if (running == 0) {
                result = ut_fault_set(fault, UT_EXIT_FAILURE, "%s: no process can be started (%s); free some memory",
                                      a->batch->folder, strerror(errno));
                continue;
            }
        }
        int status;
        pid_t pid = wait(&status);
        if (pid < 0 && errno != EINTR)
            break;
        for (int i = 0; i < running; i++) {
            if (child[i].pid != pid)
                continue;
            finish(a, &child[i], status);
            done += a->call[child[i].call].size;
            child[i] = child[--running];
            break;
        }
        ut_output_progress("replay", done, total);
    }
    ut_output_progress_end();
    free(order);
    return result;
}

static int write_summary(const struct archive *a, char path[PATH_ROOM], struct ut_fault *fault)
{
    struct ut_output o;
    const struct ut_archive *b = a->batch;
    if (b->parts > 1)
        snprintf(path, PATH_ROOM, "%.2000s/summary-%d-of-%d.csv", b->out, b->part, b->parts);
    else
        snprintf(path, PATH_ROOM, "%.2000s/summary.csv", b->out);
    if (ut_output_open(&o, path, fault) != 0)
        return -1;
    fprintf(o.file, "file,status,exit_code,reason,%s", columns);
    for (int cue = 0; cue < UT_CUES; cue++)
        fprintf(o.file, ",%s", ut_cue_info[cue].name);
    fputc('\n', o.file);
    for (size_t i = 0; i < a->n; i++) {
        const struct call *c = &a->call[i];
        ut_output_csv(c->name, o.file);
        if (c->state != FAILED) {
            fprintf(o.file, ",done,0,,%s\n", c->row);
            continue;
        }
        fprintf(o.file, ",failed,%d,", c->fault.code);
        ut_output_csv(c->fault.text, o.file);
        for (int k = 0; k < COLUMNS + UT_CUES; k++)
            fputc(',', o.file);
        fputc('\n', o.file);
    }
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

static void make_settings(struct archive *a)
{
    struct ut_hash h;
    char line[200];
    snprintf(line, sizeof line, "%08x %d %d.%d.%d %s ", (unsigned)ut_config_crc32(a->batch->config),
             UT_FEATURES_VERSION, UT_CALL_FW_MAJOR, UT_CALL_FW_MINOR, UT_CALL_FW_PATCH,
             a->batch->ext != NULL ? a->batch->ext : "");
    ut_hash_init(&h);
    ut_hash_add(&h, line, strlen(line));
    ut_hash_add(&h, a->batch->settings, strlen(a->batch->settings));
    ut_hash_text(&h, a->settings);
}

/* What has to be there before the first call. 0, or -1 and *fault. */
static int prepare(struct archive *a, struct ut_fault *fault)
{
    const struct ut_archive *b = a->batch;
    char inside[PATH_ROOM];
    snprintf(inside, sizeof inside, "%.4000s/", b->out);
    if (make_folders(inside) != 0 || stat(b->out, &a->out) != 0 || !S_ISDIR(a->out.st_mode))
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be made a folder of results; give another --out",
                            b->out);
    make_settings(a);
    if (walk(a, "", fault) != 0)
        return -1;
    if (a->n == 0 && b->parts == 1)
        return ut_fault_set(fault, UT_EXIT_EMPTY, "%s: holds no audio files; check the folder", b->folder);
    if (a->n > 0)
        qsort(a->call, a->n, sizeof a->call[0], by_name);
    for (size_t i = 0; i < a->n; i++)
        if (read_done(a, &a->call[i]))
            a->call[i].state = BEFORE;
    return 0;
}

static int report(const struct archive *a, double wall, double cpu, const char *summary, struct ut_fault *fault)
{
    size_t count[FAILED + 1] = {0};
    double audio = 0;
    for (size_t i = 0; i < a->n; i++) {
        const struct call *c = &a->call[i];
        count[c->state]++;
        if (c->state == DONE)
            audio += c->seconds;
        if (c->state == FAILED)
            ut_note("%s (exit code %d)", c->fault.text, c->fault.code);
    }
    printf("%zu calls: %zu done, %zu done before, %zu failed; %zu other files left alone; %s\n", a->n, count[DONE],
           count[BEFORE], count[FAILED], a->other, summary);
    if (audio > 0 && wall > 0 && cpu > 0)
        printf("%.2f h of audio in %.1f s: %.0f times real time, %.0f times per core in use\n", audio / 3600, wall,
               audio / wall, audio / cpu);
    if (ut_output_flush(fault) != 0)
        return -1;
    return count[FAILED] > 0 ? 1 : 0;
}

int ut_archive_run(const struct ut_archive *b)
{
    static struct ut_archive limited;
    char summary[PATH_ROOM] = "";
    struct ut_fault fault = {0};
    limited = *b;
    limited.jobs = b->jobs < 1 ? 1 : b->jobs > JOBS_MAX ? JOBS_MAX : b->jobs;
    struct archive a = {.batch = &limited};
    double wall = seconds_now(), cpu = seconds_of_children();
    int result = prepare(&a, &fault);
    if (result == 0)
        result = run_all(&a, &fault);
    if (result == 0)
        result = write_summary(&a, summary, &fault);
    if (result == 0)
        result = report(&a, seconds_now() - wall, seconds_of_children() - cpu, summary, &fault);
    for (size_t i = 0; i < a.n; i++) {
        free(a.call[i].name);
        free(a.call[i].row);
    }
    free(a.call);
    if (result < 0)
        return fault.code == UT_EXIT_OK ? UT_EXIT_OK : ut_fault_print(&fault);
    return result > 0 ? UT_EXIT_FAILURE : UT_EXIT_OK;
}
