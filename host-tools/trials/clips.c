/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/clips.h"

#include "firmware/engine.h"
#include "host-tools/sources/audio_file.h"
#include "host-tools/system/grow.h"
#include "host-tools/system/jobs.h"
#include "host-tools/system/tsv.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_PAIRS = 2048, HOP = 160, NAMED_MAX = 5, FIELDS_MAX = 64 };

const char *const ut_clips_class[UT_MODEL_CLASSES] = {"frustration", "delight", "other"};

struct row {
    char *path;
    int truth;
    struct ut_clip clip[UT_CLIPS_MODELS_MAX];
    struct ut_fault fault;
};

struct work {
    const struct ut_clips *clips;
    struct row *row;
    size_t rows, room;
};

/* 0, or -1 and *fault. */
static int score_clip(const char *path, const struct ut_model *model, struct ut_clip *clip, struct ut_fault *fault)
{
    static const int16_t silence[2 * HOP];
    struct ut_audio_choice choice = {UT_AUDIO_UNSET, UT_AUDIO_UNSET};
    int16_t pairs[2 * CHUNK_PAIRS];
    uint64_t sum[2][UT_MODEL_CLASSES] = {{0}}; /* over all steps, over speech steps */
    int64_t steps[2] = {0};
    struct ut_engine *engine = malloc(sizeof *engine);
    struct ut_audio *audio = ut_audio_open(path, choice, fault);
    if (audio == NULL || engine == NULL) {
        free(engine);
        ut_audio_close(audio);
        return audio == NULL ? -1 : ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
    }
    int result = ut_engine_init(engine, model);
    if (result != 0)
        ut_fault_set(fault, UT_EXIT_FEATURES,
                     "model %s was trained on another version of the features; use a model of "
                     "version %d",
                     model->id, UT_FEATURES_VERSION);
    int flush = UT_FEATURES_LOOKAHEAD;
    while (result == 0) {
        long n = ut_audio_read(audio, pairs, CHUNK_PAIRS, fault);
        const int16_t *at = pairs;
        if (n < 0)
            result = -1;
        if (n == 0) { /* the look-ahead's worth of silence: every sample gets its row */
            if (flush-- == 0)
                break;
            at = silence;
            n = HOP;
        }
        while (n > 0) {
            struct ut_row row;
            int ready, step = 0, speech = 0;
            int taken = ut_engine_push(engine, at, 2, (int)n, &row, &ready, &step, &speech);
            for (int k = 0; step && k <= (speech != 0); k++) {
                for (int c = 0; c < UT_MODEL_CLASSES; c++)
                    sum[k][c] += engine->last.posterior_q15[c];
                steps[k]++;
            }
            at += 2 * taken;
            n -= taken;
        }
    }
    ut_audio_close(audio);
    free(engine);
    if (result != 0)
        return -1;
    int k = steps[1] > 0;
    double total = 0;
    for (int c = 0; c < UT_MODEL_CLASSES; c++)
        total += (double)sum[k][c];
    for (int c = 0; c < UT_MODEL_CLASSES; c++)
        clip->posterior[c] = total > 0 ? (double)sum[k][c] / total : 1.0 / UT_MODEL_CLASSES;
    return 0;
}

static void score_row(void *ctx, size_t i, atomic_size_t *done)
{
    const struct work *w = ctx;
    struct row *r = &w->row[i];
    for (int m = 0; m < w->clips->models && r->fault.code == 0; m++) {
        r->clip[m].truth = r->truth;
        (void)score_clip(r->path, w->clips->model[m], &r->clip[m], &r->fault);
    }
    atomic_fetch_add(done, 1);
}

static int add_row(struct work *w, const char *index, const char *path, int truth, struct ut_fault *fault)
{
    struct row *grown = ut_grow(w->row, &w->room, w->rows + 1, sizeof *grown);
    if (grown == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", index);
    w->row = grown;
    struct row *r = &w->row[w->rows];
    *r = (struct row){.path = ut_tsv_path(index, path), .truth = truth};
    if (r->path == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", index);
    w->rows++;
    return 0;
}

/* UT_MODEL_CLASSES = none. */
static int class_of(const char *target)
{
    int truth = 0;
    while (truth < UT_MODEL_CLASSES && strcmp(target, ut_clips_class[truth]) != 0)
        truth++;
    return truth;
}

/* Fills w->row. 0, or -1 and *fault. */
static int read_index(const char *index, struct work *w, size_t *skipped, struct ut_fault *fault)
{
    char *text = ut_tsv_read(index, fault);
    if (text == NULL)
        return -1;
    int columns = 0, path = -1, target = -1, number = 0, result = 0;
    char *field[FIELDS_MAX];
    for (char *next = text, *line; result == 0 && (line = ut_tsv_line(&next)) != NULL;) {
        if (++number > 1 && line[0] == '\0')
            continue;
        int n = ut_tsv_split(line, field, FIELDS_MAX);
        if (number == 1) {
            columns = n < FIELDS_MAX ? n : FIELDS_MAX;
            path = ut_tsv_find(field, columns, "path");
            target = ut_tsv_find(field, columns, "target");
            if (path < 0 || target < 0 || ut_tsv_find(field, columns, "speaker") < 0)
                result =
                    ut_fault_set(fault, UT_EXIT_INDEX,
                                 "%s: the header lacks path, speaker or target; give a TSV with these columns", index);
        } else if (path >= n || target >= n) {
            result = ut_fault_set(fault, UT_EXIT_INDEX, "%s:%d: fewer columns than the header; correct the row", index,
                                  number);
        } else if (class_of(field[target]) == UT_MODEL_CLASSES) {
            (*skipped)++;
        } else {
            result = add_row(w, index, field[path], class_of(field[target]), fault);
        }
    }
    free(text);
    if (result == 0 && w->rows == 0)
        return ut_fault_set(fault, UT_EXIT_INDEX, "%s: no row has target frustration, delight or other; label some",
                            index);
    return result;
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

int ut_clips_judge(struct ut_clips *c, const char *index, int jobs, struct ut_fault *fault)
{
    struct work w = {.clips = c};
    int result = read_index(index, &w, &c->skipped, fault);
    if (result == 0) {
        ut_jobs_run(&(struct ut_jobs){.label = "eval", .pieces = w.rows, .steps = w.rows, .work = score_row, .ctx = &w},
                    jobs);
        result = count_missing(&w, c, fault);
    }
    if (result == 0 && find_figures(&w, c) != 0)
        result = ut_fault_set(fault, UT_EXIT_FAILURE, "eval: not enough memory");
    for (size_t i = 0; i < w.rows; i++)
        free(w.row[i].path);
    free(w.row);
    return result;
}
