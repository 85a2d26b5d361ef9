/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/clips.h"

#include "firmware/engine.h"
#include "host-tools/sources/audio_file.h"
#include "host-tools/system/jobs.h"
#include "host-tools/trials/clip_index.h"
#include "host-tools/trials/marks.h"
#include "host-tools/trials/records.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_PAIRS = 2048, HOP = 160, NAMED_MAX = 5, PER_MS = UT_AUDIO_RATE / 1000 };

/* What was heard of a clip: by itself, and as a part of its call. */
struct heard {
    const struct ut_clip_row *row;
    struct ut_clip clip[UT_CLIPS_MODELS_MAX], in_call[UT_CLIPS_MODELS_MAX];
    struct ut_fault fault;
};

struct work {
    const struct ut_clips *clips;
    struct heard *heard; /* in the order of the indexes */
    size_t rows;
    struct heard **order; /* by recording, then by begin */
    size_t *group;        /* where in order each recording begins, and the end */
    size_t groups;
    size_t *call; /* where in heard each call begins, and the end */
    size_t calls;
};

/* A clip that is being heard. */
struct ear {
    struct heard *heard;
    struct ut_clip *clip;
    struct ut_engine *engine;          /* NULL = not yet, or no more */
    struct ut_engine *of_call;         /* the one that goes on from clip to clip; NULL = each clip has its own */
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

/* An engine in its first state; NULL and *fault. */
static struct ut_engine *make_engine(const struct ut_model *model, const char *path, struct ut_fault *fault)
{
    struct ut_engine *engine = malloc(sizeof *engine);
    if (engine == NULL)
        ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
    else if (ut_engine_init(engine, model) == 0)
        return engine;
    else
        ut_fault_set(fault, UT_EXIT_FEATURES,
                     "model %s was trained on another version of the features; use a model of "
                     "version %d",
                     model->id, UT_FEATURES_VERSION);
    free(engine);
    return NULL;
}

/* 0, or -1 and the clip's fault. */
static int begin_clip(struct ear *e, const struct ut_model *model)
{
    e->engine = e->of_call != NULL ? e->of_call : make_engine(model, e->heard->row->path, &e->heard->fault);
    return e->engine != NULL ? 0 : -1;
}

static void drop_engine(struct ear *e)
{
    if (e->engine != e->of_call)
        free(e->engine);
    e->engine = NULL;
}

/* The look-ahead's worth of silence, so that every sample gets its row; then the mean posteriors. */
static void end_clip(struct ear *e)
{
    static const int16_t silence[2 * HOP];
    for (int i = 0; i < UT_FEATURES_LOOKAHEAD; i++)
        hear(e, silence, HOP);
    drop_engine(e);
    int k = e->steps[1] > 0;
    double total = 0;
    for (int c = 0; c < UT_MODEL_CLASSES; c++)
        total += (double)e->sum[k][c];
    for (int c = 0; c < UT_MODEL_CLASSES; c++)
        e->clip->posterior[c] = total > 0 ? (double)e->sum[k][c] / total : 1.0 / UT_MODEL_CLASSES;
}

/* What a clip hears of a piece of the recording: n pairs that begin at `from`. */
static void offer(struct ear *e, const struct ut_model *model, const int16_t *pairs, int64_t from, int64_t n)
{
    const struct ut_clip_row *r = e->heard->row;
    int64_t first = r->begin_ms * PER_MS - from, last = r->end_ms * PER_MS - from;
    if (first >= n || last <= 0 || e->heard->fault.code != 0 || (first < 0 && e->engine == NULL))
        return;
    if (first >= 0 && begin_clip(e, model) != 0)
        return;
    first = first < 0 ? 0 : first;
    hear(e, pairs + 2 * first, (last < n ? last : n) - first);
    if (last <= n)
        end_clip(e);
}

/* When the recording is over. */
static void close_ear(struct ear *e, int64_t pairs)
{
    const struct ut_clip_row *r = e->heard->row;
    struct ut_fault *fault = &e->heard->fault;
    if (e->engine != NULL && r->end_ms != UT_CLIP_WHOLE_MS && r->end_ms > pairs / PER_MS + UT_MARKS_BEYOND_MS)
        ut_fault_set(fault, UT_EXIT_LABEL_END, "%s:%d: the clip ends at %lld ms, %s at %lld ms; correct the time",
                     r->file, r->line, (long long)r->end_ms, r->path, (long long)(pairs / PER_MS));
    else if (fault->code == 0 && e->engine == NULL && r->begin_ms * PER_MS >= pairs)
        ut_fault_set(fault, UT_EXIT_LABEL_END,
                     "%s:%d: the clip begins at %lld ms, %s ends at %lld ms; correct the time", r->file, r->line,
                     (long long)r->begin_ms, r->path, (long long)(pairs / PER_MS));
    else if (e->engine != NULL)
        end_clip(e);
    drop_engine(e);
}

/* n clips of a recording by one model; they may overlap. 0, or -1 and *fault, which is that of each of them. */
static int score_recording(struct ear *ear, size_t n, const struct ut_model *model, bool quietly,
                           struct ut_fault *fault)
{
    struct ut_audio_choice choice = {UT_AUDIO_UNSET, UT_AUDIO_UNSET};
    const struct ut_audio_reading quiet = {.quiet = quietly};
    int16_t pairs[2 * CHUNK_PAIRS];
    int64_t from = 0;
    long got = 0;
    struct ut_audio *audio = ut_audio_open_as(ear[0].heard->row->path, choice, &quiet, fault);
    if (audio == NULL)
        return -1;
    size_t first = 0, until; /* clips before first are over, those from until on have not begun */
    while ((got = ut_audio_read(audio, pairs, CHUNK_PAIRS, fault)) > 0) {
        for (until = first; until < n && ear[until].heard->row->begin_ms * PER_MS < from + got; until++)
            offer(&ear[until], model, pairs, from, got);
        from += got;
        while (first < until && ear[first].heard->row->end_ms * PER_MS <= from)
            first++;
    }
    ut_audio_close(audio);
    for (size_t i = 0; i < n; i++)
        close_ear(&ear[i], from);
    return got < 0 ? -1 : 0;
}

/* Every clip of a recording, each with a fresh state. */
static void score_group(void *ctx, size_t i, atomic_size_t *done)
{
    const struct work *w = ctx;
    struct heard **heard = w->order + w->group[i];
    size_t n = w->group[i + 1] - w->group[i];
    struct ut_fault fault = {0};
    struct ear *ear = calloc(n, sizeof *ear);
    if (ear == NULL)
        ut_fault_set(&fault, UT_EXIT_FAILURE, "%s: not enough memory", heard[0]->row->path);
    for (int m = 0; m < w->clips->models && fault.code == 0; m++) {
        for (size_t k = 0; k < n; k++) {
            ear[k] = (struct ear){.heard = heard[k], .clip = &heard[k]->clip[m]};
            ear[k].clip->truth = heard[k]->row->truth;
        }
        (void)score_recording(ear, n, w->clips->model[m], m > 0, &fault);
    }
    for (size_t k = 0; k < n && fault.code != 0; k++)
        heard[k]->fault = fault;
    free(ear);
    atomic_fetch_add(done, n);
}

/* The clips of a call, one after another into one engine; those that could not be heard alone are passed over. */
static void score_call(void *ctx, size_t i, atomic_size_t *done)
{
    const struct work *w = ctx;
    for (int m = 0; m < w->clips->models; m++) {
        struct ut_fault none = {0};
        struct ut_engine *engine = make_engine(w->clips->model[m], w->heard[w->call[i]].row->path, &none);
        for (size_t k = w->call[i]; k < w->call[i + 1]; k++) {
            struct heard *h = &w->heard[k];
            struct ear ear = {.heard = h, .clip = &h->in_call[m], .of_call = engine};
            struct ut_fault fault = none;
            ear.clip->truth = h->row->truth;
            if (h->fault.code == 0 &&
                (engine == NULL || score_recording(&ear, 1, w->clips->model[m], true, &fault) != 0))
                h->fault = fault;
        }
        free(engine);
    }
    atomic_fetch_add(done, w->call[i + 1] - w->call[i]);
}

static int by_recording(const void *a, const void *b)
{
    const struct heard *x = *(struct heard *const *)a, *y = *(struct heard *const *)b;
    int paths = strcmp(x->row->path, y->row->path);
    if (paths != 0)
        return paths;
    if (x->row->begin_ms != y->row->begin_ms)
        return x->row->begin_ms < y->row->begin_ms ? -1 : 1;
    return (x > y) - (x < y);
}

/* Of the rows: the clips to hear, by recording and by call. 0, or -1 when out of memory. */
static int find_groups(struct work *w, const struct ut_clip_index *index)
{
    w->rows = index->rows;
    w->heard = calloc(w->rows, sizeof *w->heard);
    w->order = malloc(w->rows * sizeof *w->order);
    w->group = malloc((w->rows + 1) * sizeof *w->group);
    w->call = malloc((w->rows + 1) * sizeof *w->call);
    if (w->heard == NULL || w->order == NULL || w->group == NULL || w->call == NULL)
        return -1;
    for (size_t i = 0; i < w->rows; i++) {
        w->heard[i].row = &index->row[i];
        w->order[i] = &w->heard[i];
        if (i == 0 || index->row[i].call != index->row[i - 1].call)
            w->call[w->calls++] = i;
    }
    w->call[w->calls] = w->rows;
    qsort(w->order, w->rows, sizeof *w->order, by_recording);
    for (size_t i = 0; i < w->rows; i++)
        if (i == 0 || strcmp(w->order[i]->row->path, w->order[i - 1]->row->path) != 0)
            w->group[w->groups++] = i;
    w->group[w->groups] = w->rows;
    return 0;
}

/* Of the clips that could be scored. 0, or -1 when out of memory. */
static int find_figures(const struct work *w, int models, bool in_calls, struct ut_clips_figures *out)
{
    struct ut_clip *clip[UT_CLIPS_MODELS_MAX];
    bool room = true;
    size_t n = 0;
    for (int m = 0; m < UT_CLIPS_MODELS_MAX; m++)
        room = (clip[m] = malloc(w->rows * sizeof *clip[m])) != NULL && room;
    for (size_t i = 0; room && i < w->rows; i++) {
        const struct heard *h = &w->heard[i];
        for (int m = 0; m < models && h->fault.code == 0; m++)
            clip[m][n] = in_calls ? h->in_call[m] : h->clip[m];
        n += h->fault.code == 0;
    }
    for (int m = 0; room && m < models; m++)
        room = ut_figures(clip[m], n, &out->of[m]) == 0;
    if (room && models == 2)
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
        const struct heard *h = &w->heard[i];
        if (h->fault.code == 0)
            continue;
        if (first == NULL)
            first = &h->fault;
        if (++c->missing <= NAMED_MAX)
            ut_note("%s", h->fault.text);
    }
    if (first == NULL || (c->allow_missing && c->missing < w->rows))
        return 0;
    return ut_fault_set(fault, first->code,
                        "eval: %zu of %zu clips cannot be used; correct the index, or leave them out with "
                        "--allow-missing",
                        c->missing, w->rows);
}

static int no_memory(struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_FAILURE, "eval: not enough memory");
}

/* 0, or -1 and *fault. */
static int hear_all(struct work *w, struct ut_clips *c, const struct ut_clip_index *index, int jobs,
                    struct ut_fault *fault)
{
    struct ut_jobs alone = {.label = "eval", .pieces = w->groups, .steps = w->rows, .work = score_group, .ctx = w};
    struct ut_jobs calls = {.label = "calls", .pieces = w->calls, .steps = w->rows, .work = score_call, .ctx = w};
    ut_jobs_run(&alone, jobs);
    if (index->has_calls) {
        ut_jobs_run(&calls, jobs);
        c->calls = w->calls;
    }
    if (count_missing(w, c, fault) != 0)
        return -1;
    if (find_figures(w, c->models, false, &c->fresh) != 0 ||
        (index->has_calls && find_figures(w, c->models, true, &c->in_calls) != 0))
        return no_memory(fault);
    return 0;
}

int ut_clips_judge(struct ut_clips *c, const char *const *file, size_t files, int jobs, struct ut_fault *fault)
{
    struct work w = {.clips = c};
    struct ut_clip_index index = {0};
    int result = 0;
    for (size_t i = 0; i < files && result == 0; i++)
        result = ut_clip_index_add(&index, file[i], &c->labelled, fault);
    c->skipped = index.skipped;
    if (result == 0 && index.rows == 0)
        result = ut_fault_set(fault, UT_EXIT_INDEX, "%s: no row has target frustration, delight or other; label some",
                              file[0]);
    if (result == 0 && find_groups(&w, &index) != 0)
        result = no_memory(fault);
    if (result == 0)
        result = hear_all(&w, c, &index, jobs, fault);
    free(w.heard);
    free(w.order);
    free(w.group);
    free(w.call);
    ut_clip_index_free(&index);
    return result;
}
