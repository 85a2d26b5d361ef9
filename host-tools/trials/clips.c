/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/clips.h"

#include "firmware/engine.h"
#include "host-tools/sources/audio_file.h"
#include "host-tools/system/grow.h"
#include "host-tools/system/jobs.h"
#include "host-tools/system/table.h"
#include "host-tools/trials/records.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CHUNK_PAIRS = 2048, HOP = 160, NAMED_MAX = 5, PER_MS = UT_AUDIO_RATE / 1000 };

static const int64_t whole_ms = INT64_MAX / PER_MS; /* the end of a clip that is its whole file */

const char *const ut_clips_class[UT_MODEL_CLASSES] = {"frustration", "delight", "other"};

struct row {
    char *path;
    const char *file; /* the index, and the line in it */
    int line;
    int64_t begin_ms, end_ms;
    int truth;
    struct ut_clip clip[UT_CLIPS_MODELS_MAX];
    struct ut_fault fault;
};

struct work {
    const struct ut_clips *clips;
    struct row *row;
    size_t rows, room;
    struct row **order; /* by recording, then by begin */
    size_t *group;      /* where in order each recording begins, and the end */
    size_t groups;
};

/* A clip that is being heard. */
struct ear {
    struct row *row;
    struct ut_engine *engine;          /* NULL = not yet, or no more */
    uint64_t sum[2][UT_MODEL_CLASSES]; /* over all steps, over speech steps */
    int64_t steps[2];
};

static void hear(struct ear *e, const int16_t *at, int64_t n)
{
    while (n > 0) {
        struct ut_row row;
        int ready, step = 0, speech = 0;
        int taken = ut_engine_push(e->engine, at, 2, (int)n, &row, &ready, &step, &speech);
        for (int k = 0; step && k <= (speech != 0); k++) {
            for (int c = 0; c < UT_MODEL_CLASSES; c++)
                e->sum[k][c] += e->engine->last.posterior_q15[c];
            e->steps[k]++;
        }
        at += 2 * taken;
        n -= taken;
    }
}

/* 0, or -1 and the row's fault. */
static int begin_clip(struct ear *e, const struct ut_model *model)
{
    e->engine = malloc(sizeof *e->engine);
    if (e->engine == NULL)
        return ut_fault_set(&e->row->fault, UT_EXIT_FAILURE, "%s: not enough memory", e->row->path);
    if (ut_engine_init(e->engine, model) == 0)
        return 0;
    free(e->engine);
    e->engine = NULL;
    return ut_fault_set(&e->row->fault, UT_EXIT_FEATURES,
                        "model %s was trained on another version of the features; use a model of "
                        "version %d",
                        model->id, UT_FEATURES_VERSION);
}

/* The look-ahead's worth of silence, so that every sample gets its row; then the mean posteriors. */
static void end_clip(struct ear *e, struct ut_clip *clip)
{
    static const int16_t silence[2 * HOP];
    for (int i = 0; i < UT_FEATURES_LOOKAHEAD; i++)
        hear(e, silence, HOP);
    free(e->engine);
    e->engine = NULL;
    int k = e->steps[1] > 0;
    double total = 0;
    for (int c = 0; c < UT_MODEL_CLASSES; c++)
        total += (double)e->sum[k][c];
    for (int c = 0; c < UT_MODEL_CLASSES; c++)
        clip->posterior[c] = total > 0 ? (double)e->sum[k][c] / total : 1.0 / UT_MODEL_CLASSES;
}

/* What a clip hears of a piece of the recording: n pairs that begin at `from`. */
static void offer(struct ear *e, const struct ut_model *model, int m, const int16_t *pairs, int64_t from, int64_t n)
{
    struct row *r = e->row;
    int64_t first = r->begin_ms * PER_MS - from, last = r->end_ms * PER_MS - from;
    if (first >= n || last <= 0 || r->fault.code != 0 || (first < 0 && e->engine == NULL))
        return;
    if (first >= 0 && begin_clip(e, model) != 0)
        return;
    first = first < 0 ? 0 : first;
    hear(e, pairs + 2 * first, (last < n ? last : n) - first);
    if (last <= n)
        end_clip(e, &r->clip[m]);
}

/* When the recording is over. */
static void close_ear(struct ear *e, int m, int64_t pairs)
{
    struct row *r = e->row;
    if (e->engine != NULL && r->end_ms != whole_ms && r->end_ms > pairs / PER_MS + UT_RECORDS_REST_MS)
        ut_fault_set(&r->fault, UT_EXIT_LABEL_END, "%s:%d: the clip ends at %lld ms, %s at %lld ms; correct the time",
                     r->file, r->line, (long long)r->end_ms, r->path, (long long)(pairs / PER_MS));
    else if (r->fault.code == 0 && e->engine == NULL && r->begin_ms * PER_MS >= pairs)
        ut_fault_set(&r->fault, UT_EXIT_LABEL_END,
                     "%s:%d: the clip begins at %lld ms, %s ends at %lld ms; correct the time", r->file, r->line,
                     (long long)r->begin_ms, r->path, (long long)(pairs / PER_MS));
    else if (e->engine != NULL)
        end_clip(e, &r->clip[m]);
    free(e->engine);
}

/* All clips of a recording by one model; they may overlap. 0, or -1 and *fault, which is that of each of them. */
static int score_recording(struct ear *ear, size_t n, const struct ut_model *model, int m, struct ut_fault *fault)
{
    struct ut_audio_choice choice = {UT_AUDIO_UNSET, UT_AUDIO_UNSET};
    const struct ut_audio_reading quiet = {.quiet = m > 0};
    int16_t pairs[2 * CHUNK_PAIRS];
    int64_t from = 0;
    long got;
    struct ut_audio *audio = ut_audio_open_as(ear[0].row->path, choice, &quiet, fault);
    if (audio == NULL)
        return -1;
    size_t first = 0, until; /* clips before first are over, those from until on have not begun */
    while ((got = ut_audio_read(audio, pairs, CHUNK_PAIRS, fault)) > 0) {
        for (until = first; until < n && ear[until].row->begin_ms * PER_MS < from + got; until++)
            offer(&ear[until], model, m, pairs, from, got);
        from += got;
        while (first < until && ear[first].row->end_ms * PER_MS <= from)
            first++;
    }
    ut_audio_close(audio);
    for (size_t i = 0; i < n; i++)
        close_ear(&ear[i], m, from);
    return got < 0 ? -1 : 0;
}

static void score_group(void *ctx, size_t i, atomic_size_t *done)
{
    const struct work *w = ctx;
    struct row **row = w->order + w->group[i];
    size_t n = w->group[i + 1] - w->group[i];
    struct ut_fault fault = {0};
    struct ear *ear = calloc(n, sizeof *ear);
    if (ear == NULL)
        ut_fault_set(&fault, UT_EXIT_FAILURE, "%s: not enough memory", row[0]->path);
    for (int m = 0; m < w->clips->models && fault.code == 0; m++) {
        for (size_t k = 0; k < n; k++) {
            ear[k] = (struct ear){.row = row[k]};
            row[k]->clip[m].truth = row[k]->truth;
        }
        (void)score_recording(ear, n, w->clips->model[m], m, &fault);
    }
    for (size_t k = 0; k < n && fault.code != 0; k++)
        row[k]->fault = fault;
    free(ear);
    atomic_fetch_add(done, n);
}

/* The path is taken. 0, or -1 and *fault. */
static int add_row(struct work *w, struct row row, char *path, struct ut_fault *fault)
{
    struct row *grown = path != NULL ? ut_grow(w->row, &w->room, w->rows + 1, sizeof *grown) : NULL;
    if (grown == NULL) {
        free(path);
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", row.file);
    }
    w->row = grown;
    row.path = path;
    w->row[w->rows++] = row;
    return 0;
}

/* UT_MODEL_CLASSES = none. */
static int class_of(const char *target)
{
    int truth = 0;
    while (truth < UT_MODEL_CLASSES && strcasecmp(target, ut_clips_class[truth]) != 0)
        truth++;
    return truth;
}

static bool is_class(const char *name)
{
    return class_of(name) < UT_MODEL_CLASSES;
}

/* Where a table has what; times are optional. */
struct columns {
    int path, target, speaker, time[2];
    bool seconds;
};

/* A clip's times, both or none. 0, or -1 and *fault. */
static int read_times(const struct ut_table *t, const struct columns *c, struct row *row, struct ut_fault *fault)
{
    int64_t *ms[2] = {&row->begin_ms, &row->end_ms};
    const char *text[2];
    row->begin_ms = 0;
    row->end_ms = whole_ms;
    for (int i = 0; i < 2; i++)
        text[i] = c->time[i] >= 0 && c->time[i] < t->fields ? t->field[c->time[i]] : "";
    if (text[0][0] == '\0' && text[1][0] == '\0')
        return 0;
    for (int i = 0; i < 2; i++)
        if (c->seconds ? ut_marks_seconds(text[i], ms[i]) != 0 : ut_marks_milliseconds(text[i], ms[i]) != 0)
            return ut_fault_set(fault, UT_EXIT_INDEX,
                                "%s:%d: '%.60s' is not a time; give %s, or leave begin and end empty", t->file, t->line,
                                text[i], c->seconds ? "seconds" : "whole milliseconds");
    if (row->end_ms > row->begin_ms)
        return 0;
    return ut_fault_set(fault, UT_EXIT_INDEX,
                        "%s:%d: the clip ends at %lld ms, not after its begin at %lld ms; correct the times", t->file,
                        t->line, (long long)row->end_ms, (long long)row->begin_ms);
}

/* 0, or -1 and *fault. */
static int read_table(struct work *w, char *text, const char *file, size_t *skipped, struct ut_fault *fault)
{
    struct ut_table t;
    int more;
    if (ut_table_open(&t, text, file, fault) != 0)
        return -1;
    struct columns c = {.path = ut_table_find(&t, "path"),
                        .target = ut_table_find(&t, "target"),
                        .speaker = ut_table_find(&t, "speaker"),
                        .seconds = ut_table_find(&t, "begin_ms") < 0};
    c.time[0] = ut_table_find(&t, c.seconds ? "begin_s" : "begin_ms");
    c.time[1] = ut_table_find(&t, c.seconds ? "end_s" : "end_ms");
    if (c.path < 0 || c.target < 0 || c.speaker < 0)
        return ut_fault_set(
            fault, UT_EXIT_INDEX,
            "%s: the header lacks path, speaker or target; give a table with these columns, an Audacity "
            "label track, a Praat TextGrid or RTTM",
            file);
    while ((more = ut_table_row(&t, fault)) > 0) {
        struct row row = {.file = file, .line = t.line};
        if (c.path >= t.fields || c.target >= t.fields)
            return ut_fault_set(fault, UT_EXIT_INDEX, "%s:%d: fewer columns than the header; correct the row", file,
                                t.line);
        row.truth = class_of(ut_marks_trim(t.field[c.target]));
        if (row.truth == UT_MODEL_CLASSES) {
            (*skipped)++;
            continue;
        }
        if (read_times(&t, &c, &row, fault) != 0 || add_row(w, row, ut_table_path(file, t.field[c.path]), fault) != 0)
            return -1;
    }
    return more;
}

/* What is no table: each mark with a length is a clip. 0, or -1 and *fault. */
static int read_marks(struct work *w, const struct ut_label_file *f, const char *file, size_t *skipped,
                      struct ut_fault *fault)
{
    for (size_t i = 0; i < f->marks.n; i++) {
        const struct ut_mark *m = &f->marks.mark[i];
        struct row row = {
            .file = file, .line = m->line, .begin_ms = m->begin_ms, .end_ms = m->end_ms, .truth = class_of(m->text)};
        if (row.truth == UT_MODEL_CLASSES || row.end_ms == row.begin_ms)
            (*skipped)++;
        else if (add_row(w, row, strdup(m->recording), fault) != 0)
            return -1;
    }
    return 0;
}

/* Fills w->row. 0, or -1 and *fault. */
static int read_index(const char *index, const struct ut_label_choice *labelled, struct work *w, size_t *skipped,
                      struct ut_fault *fault)
{
    struct ut_label_choice choice = *labelled;
    struct ut_label_file f;
    choice.is_label = is_class;
    int result = ut_label_file_read(&f, index, &choice, fault);
    if (result == 0)
        result = f.is_table ? read_table(w, f.text, index, skipped, fault) : read_marks(w, &f, index, skipped, fault);
    ut_label_file_free(&f);
    return result;
}

static int by_recording(const void *a, const void *b)
{
    const struct row *x = *(struct row *const *)a, *y = *(struct row *const *)b;
    int paths = strcmp(x->path, y->path);
    if (paths != 0)
        return paths;
    if (x->begin_ms != y->begin_ms)
        return x->begin_ms < y->begin_ms ? -1 : 1;
    return (x > y) - (x < y);
}

/* 0, or -1 when out of memory. */
static int find_groups(struct work *w)
{
    w->order = malloc(w->rows * sizeof *w->order);
    w->group = malloc((w->rows + 1) * sizeof *w->group);
    if (w->order == NULL || w->group == NULL)
        return -1;
    for (size_t i = 0; i < w->rows; i++)
        w->order[i] = &w->row[i];
    qsort(w->order, w->rows, sizeof *w->order, by_recording);
    for (size_t i = 0; i < w->rows; i++)
        if (i == 0 || strcmp(w->order[i]->path, w->order[i - 1]->path) != 0)
            w->group[w->groups++] = i;
    w->group[w->groups] = w->rows;
    return 0;
}

/* Of the clips that could be scored. 0, or -1 when out of memory. */
static int find_figures(const struct work *w, struct ut_clips *out)
{
    struct ut_clip *clip[UT_CLIPS_MODELS_MAX];
    bool room = true;
    size_t n = 0;
    for (int m = 0; m < UT_CLIPS_MODELS_MAX; m++)
        room = (clip[m] = malloc(w->rows * sizeof *clip[m])) != NULL && room;
    for (size_t i = 0; room && i < w->rows; i++) {
        const struct row *r = &w->row[i];
        for (int m = 0; m < out->models && r->fault.code == 0; m++)
            clip[m][n] = r->clip[m];
        n += r->fault.code == 0;
    }
    for (int m = 0; room && m < out->models; m++)
        room = ut_figures(clip[m], n, &out->figures[m]) == 0;
    if (room && out->models == 2)
        room = ut_figures_compare(clip[0], clip[1], n, &out->differences) == 0;
    for (int m = 0; m < UT_CLIPS_MODELS_MAX; m++)
        free(clip[m]);
    return room ? 0 : -1;
}

/* Notes and counts what cannot be used. 0, or -1 and *fault when that is too much. */
static int count_missing(const struct work *w, struct ut_clips *c, struct ut_fault *fault)
{
    const struct ut_fault *first = NULL;
    for (size_t i = 0; i < w->rows; i++) {
        const struct row *r = &w->row[i];
        if (r->fault.code == 0)
            continue;
        if (first == NULL)
            first = &r->fault;
        if (++c->missing <= NAMED_MAX)
            ut_note("%s", r->fault.text);
    }
    if (first == NULL || (c->allow_missing && c->missing < w->rows))
        return 0;
    return ut_fault_set(fault, first->code,
                        "eval: %zu of %zu clips cannot be used; correct the index, or leave them out with "
                        "--allow-missing",
                        c->missing, w->rows);
}

int ut_clips_judge(struct ut_clips *c, const char *const *index, size_t indexes, int jobs, struct ut_fault *fault)
{
    struct work w = {.clips = c};
    int result = 0;
    for (size_t i = 0; i < indexes && result == 0; i++)
        result = read_index(index[i], &c->labelled, &w, &c->skipped, fault);
    if (result == 0 && w.rows == 0)
        result = ut_fault_set(fault, UT_EXIT_INDEX, "%s: no row has target frustration, delight or other; label some",
                              index[0]);
    if (result == 0 && find_groups(&w) != 0)
        result = ut_fault_set(fault, UT_EXIT_FAILURE, "eval: not enough memory");
    if (result == 0) {
        ut_jobs_run(
            &(struct ut_jobs){.label = "eval", .pieces = w.groups, .steps = w.rows, .work = score_group, .ctx = &w},
            jobs);
        result = count_missing(&w, c, fault);
    }
    if (result == 0 && find_figures(&w, c) != 0)
        result = ut_fault_set(fault, UT_EXIT_FAILURE, "eval: not enough memory");
    for (size_t i = 0; i < w.rows; i++)
        free(w.row[i].path);
    free(w.row);
    free(w.order);
    free(w.group);
    return result;
}
