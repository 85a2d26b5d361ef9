/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone eval`: labelled clips through the customer's engine, each with fresh state. */
#include "host-tools/commands/eval.h"

#include "firmware/engine.h"
#include "host-tools/call/events.h"
#include "host-tools/sources/audio_file.h"
#include "host-tools/sources/model_file.h"
#include "host-tools/system/output.h"
#include "host-tools/system/tsv.h"
#include "host-tools/trials/figures.h"

#include <getopt.h>
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK_PAIRS = 2048, HOP = 160, JOBS_MAX = 64, NAMED_MAX = 5, FIELDS_MAX = 64, MODELS_MAX = 2 };

static const char usage[] =
    "usage: undertone eval --index TSV [--model FILE [--model FILE]] [--json] [--jobs N] [--allow-missing]\n"
    "       undertone eval --export-model FILE\n"
    "Scores labelled clips: each file is one clip on the customer's channel with fresh state; the decision is the\n"
    "largest posterior averaged over its speech (over all of it where no speech is found).\n"
    "  --index TSV       a header with at least path, speaker, target; path relative to the TSV or absolute;\n"
    "                    target frustration, delight or other; rows with another target are skipped and counted\n"
    "  --model FILE      that model instead of the built-in one; given twice (one may be `built-in`), both on the "
    "same\n"
    "                    clips, and the second less the first with a 95 % interval\n"
    "  --json            {\"n\", \"uar\", \"recall\", \"auc\", \"confusion\", \"ece\", ...}; confusion has a row\n"
    "                    per truth, a column per decision, in the order frustration, delight, other; of two models\n"
    "                    {\"models\": [both], \"difference\": {\"uar\", \"auc\", \"ece\"}}\n"
    "  --jobs N          threads (default: one per processor)\n"
    "  --allow-missing   leave out files that cannot be read, and count them, instead of refusing\n"
    "  --export-model FILE  write the built-in model as a file and do nothing else\n"
    "Exit codes: 0 done, 1 failure, 2 usage, 10 no such file, 12 empty, 13 damaged model, 19 model of other features,\n"
    "20 an index without the columns needed, 29 no model file, else that of the first clip at fault;\n"
    "`undertone --help` lists them.\n";

static const char *const class_name[UT_MODEL_CLASSES] = {"frustration", "delight", "other"};

struct row {
    char *path;
    int truth;
    struct ut_clip clip[MODELS_MAX];
    struct ut_fault fault;
};

struct work {
    const struct ut_model *model[MODELS_MAX];
    int models;
    struct row *row;
    size_t rows;
    atomic_size_t next, done;
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

static void *worker(void *ctx)
{
    struct work *w = ctx;
    for (;;) {
        size_t i = atomic_fetch_add(&w->next, 1);
        if (i >= w->rows)
            return NULL;
        struct row *r = &w->row[i];
        for (int m = 0; m < w->models && r->fault.code == 0; m++) {
            r->clip[m].truth = r->truth;
            (void)score_clip(r->path, w->model[m], &r->clip[m], &r->fault);
        }
        atomic_fetch_add(&w->done, 1);
    }
}

/* Fills w->row. 0, or -1 and *fault. */
static int read_index(const char *index, struct work *w, size_t *skipped, struct ut_fault *fault)
{
    char *text = ut_tsv_read(index, fault);
    if (text == NULL)
        return -1;
    size_t rows_room = 0;
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
            continue;
        }
        if (path >= n || target >= n) {
            result = ut_fault_set(fault, UT_EXIT_INDEX, "%s:%d: fewer columns than the header; correct the row", index,
                                  number);
            break;
        }
        int truth = 0;
        while (truth < UT_MODEL_CLASSES && strcmp(field[target], class_name[truth]) != 0)
            truth++;
        if (truth == UT_MODEL_CLASSES) {
            (*skipped)++;
            continue;
        }
        if (w->rows == rows_room) {
            rows_room = rows_room == 0 ? 1024 : 2 * rows_room;
            struct row *grown = realloc(w->row, rows_room * sizeof *grown);
            if (grown == NULL) {
                result = ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", index);
                break;
            }
            w->row = grown;
        }
        w->row[w->rows] = (struct row){.path = ut_tsv_path(index, field[path]), .truth = truth};
        if (w->row[w->rows].path == NULL)
            result = ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", index);
        else
            w->rows++;
    }
    free(text);
    if (result == 0 && w->rows == 0)
        return ut_fault_set(fault, UT_EXIT_INDEX, "%s: no row has target frustration, delight or other; label some",
                            index);
    return result;
}

static void run(struct work *w, int jobs)
{
    pthread_t thread[JOBS_MAX];
    int started = 0;
    while (started < jobs && pthread_create(&thread[started], NULL, worker, w) == 0)
        started++;
    if (started == 0)
        worker(w);
    struct timespec pause = {.tv_nsec = 50000000};
    while (atomic_load(&w->done) < w->rows) {
        ut_output_progress("eval", (int64_t)atomic_load(&w->done), (int64_t)w->rows);
        nanosleep(&pause, NULL);
    }
    ut_output_progress_end();
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
}

/* What an evaluation found: each model's figures, and of two how they differ. */
struct result {
    struct ut_figures figures[MODELS_MAX];
    struct ut_figures_differences differences;
    size_t skipped, missing;
};

static json_t *number_or_null(double x)
{
    return x < 0 ? json_null() : ut_events_number(x, 4);
}

static json_t *figures_json(const struct ut_model *model, const struct ut_figures *f, const struct result *r)
{
    json_t *recall = json_object(), *confusion = json_array();
    for (int c = 0; c < UT_MODEL_CLASSES; c++) {
        json_t *line = json_array();
        for (int d = 0; d < UT_MODEL_CLASSES; d++)
            json_array_append_new(line, json_integer(f->confusion[c][d]));
        json_array_append_new(confusion, line);
        json_object_set_new(recall, class_name[c], number_or_null(f->recall[c]));
    }
    char crc[16];
    snprintf(crc, sizeof crc, "%08x", (unsigned)model->crc32);
    return json_pack("{s:I, s:o, s:o, s:{s:o, s:o}, s:o, s:o, s:I, s:I, s:{s:s, s:s}}", "n", (json_int_t)f->n, "uar",
                     ut_events_number(f->uar, 4), "recall", recall, "auc", "frustration", number_or_null(f->auc[0]),
                     "delight", number_or_null(f->auc[1]), "confusion", confusion, "ece", ut_events_number(f->ece, 4),
                     "skipped", (json_int_t)r->skipped, "missing", (json_int_t)r->missing, "model", "id", model->id,
                     "crc32", crc);
}

static json_t *difference_json(const struct ut_figures_difference *d)
{
    if (isnan(d->value))
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "value", ut_events_number(d->value, 4), "low", ut_events_number(d->low, 4),
                     "high", ut_events_number(d->high, 4));
}

static void print_json(const struct work *w, const struct result *r)
{
    json_t *out;
    if (w->models == 1) {
        out = figures_json(w->model[0], &r->figures[0], r);
    } else {
        const struct ut_figures_differences *d = &r->differences;
        out =
            json_pack("{s:[o, o], s:{s:o, s:{s:o, s:o}, s:o}}", "models", figures_json(w->model[0], &r->figures[0], r),
                      figures_json(w->model[1], &r->figures[1], r), "difference", "uar", difference_json(&d->uar),
                      "auc", "frustration", difference_json(&d->auc[0]), "delight", difference_json(&d->auc[1]), "ece",
                      difference_json(&d->ece));
    }
    json_dumpf(out, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(out);
}

static void print_table(const struct ut_model *model, const struct ut_figures *f, const struct result *r)
{
    printf("model %s (%08x), %zu clips, %zu rows skipped, %zu files missing\n\n", model->id, (unsigned)model->crc32,
           f->n, r->skipped, r->missing);
    printf("%-12s %7s %7s   %s\n", "class", "recall", "AUC", "decided: frustration  delight  other");
    for (int c = 0; c < UT_MODEL_CLASSES; c++) {
        printf("%-12s ", class_name[c]);
        if (f->recall[c] < 0)
            printf("%7s ", "-");
        else
            printf("%7.3f ", f->recall[c]);
        if (f->auc[c] < 0)
            printf("%7s ", "-");
        else
            printf("%7.3f ", f->auc[c]);
        printf("           %11d  %7d  %5d\n", f->confusion[c][0], f->confusion[c][1], f->confusion[c][2]);
    }
    printf("\nunweighted average recall %.3f, expected calibration error %.3f\n", f->uar, f->ece);
}

/* A row of the comparison; a figure below 0 is not defined. */
static void print_pair(const char *name, double a, double b, const struct ut_figures_difference *d)
{
    if (a < 0 || b < 0 || isnan(d->value))
        printf("%-18s %8s %8s %8s\n", name, "-", "-", "-");
    else
        printf("%-18s %8.3f %8.3f %+8.3f   %+.3f to %+.3f\n", name, a, b, d->value, d->low, d->high);
}

static void print_comparison(const struct work *w, const struct result *r)
{
    static const char *const auc_name[UT_MODEL_CLASSES] = {"AUC frustration", "AUC delight", "AUC other"};
    const struct ut_figures *a = &r->figures[0], *b = &r->figures[1];
    const struct ut_figures_differences *d = &r->differences;
    printf("A: model %s (%08x), B: model %s (%08x); %zu clips, %zu rows skipped, %zu files missing\n\n",
           w->model[0]->id, (unsigned)w->model[0]->crc32, w->model[1]->id, (unsigned)w->model[1]->crc32, a->n,
           r->skipped, r->missing);
    printf("%-18s %8s %8s %8s   %s\n", "", "A", "B", "B - A", "95 % interval");
    print_pair("UAR", a->uar, b->uar, &d->uar);
    for (int c = 0; c < UT_MODEL_CLASSES; c++)
        print_pair(auc_name[c], a->auc[c], b->auc[c], &d->auc[c]);
    print_pair("calibration error", a->ece, b->ece, &d->ece);
}

/* Scores all rows and gathers the figures. 0, or -1 and *fault. */
static int evaluate(struct work *w, int jobs, bool allow_missing, struct result *out, struct ut_fault *fault)
{
    run(w, jobs);
    struct ut_clip *clips[MODELS_MAX];
    for (int m = 0; m < MODELS_MAX; m++)
        clips[m] = malloc(w->rows * sizeof *clips[m]);
    size_t n = 0;
    const struct ut_fault *first = NULL;
    bool room = clips[0] != NULL && clips[1] != NULL;
    for (size_t i = 0; room && i < w->rows; i++) {
        const struct row *r = &w->row[i];
        if (r->fault.code == 0) {
            for (int m = 0; m < w->models; m++)
                clips[m][n] = r->clip[m];
            n++;
            continue;
        }
        if (first == NULL)
            first = &r->fault;
        if (++out->missing <= NAMED_MAX)
            ut_note("%s", r->fault.text);
    }
    int result = 0;
    if (first != NULL && (!allow_missing || n == 0))
        result = ut_fault_set(fault, first->code,
                              "eval: %zu of %zu clips cannot be used; correct the index, or leave them out with "
                              "--allow-missing",
                              out->missing, w->rows);
    for (int m = 0; room && result == 0 && m < w->models; m++)
        room = ut_figures(clips[m], n, &out->figures[m]) == 0;
    if (room && result == 0 && w->models == 2)
        room = ut_figures_compare(clips[0], clips[1], n, &out->differences) == 0;
    if (!room)
        result = ut_fault_set(fault, UT_EXIT_FAILURE, "eval: not enough memory");
    for (int m = 0; m < MODELS_MAX; m++)
        free(clips[m]);
    return result;
}

/* Everything from the index to the last line printed. 0, or -1 and *fault. */
static int judge(struct work *w, const char *index, int jobs, bool allow_missing, bool json, struct ut_fault *fault)
{
    static struct result found;
    int result = read_index(index, w, &found.skipped, fault);
    if (result == 0)
        result = evaluate(w, jobs, allow_missing, &found, fault);
    for (size_t i = 0; i < w->rows; i++)
        free(w->row[i].path);
    free(w->row);
    if (result != 0)
        return -1;
    if (json)
        print_json(w, &found);
    else if (w->models == 1)
        print_table(w->model[0], &found.figures[0], &found);
    else
        print_comparison(w, &found);
    return ut_output_flush(fault);
}

int ut_eval_main(int argc, char **argv)
{
    static const struct option options[] = {
        {"index", required_argument, NULL, 'i'}, {"json", no_argument, NULL, 'j'},
        {"jobs", required_argument, NULL, 'n'},  {"allow-missing", no_argument, NULL, 'm'},
        {"model", required_argument, NULL, 'M'}, {"export-model", required_argument, NULL, 'x'},
        {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0},
    };
    const char *index = NULL, *export = NULL;
    const char *file[MODELS_MAX] = {"built-in", NULL};
    int files = 0;
    bool json = false, allow_missing = false;
    long jobs = sysconf(_SC_NPROCESSORS_ONLN);
    for (int o; (o = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        char *end;
        switch (o) {
        case 'i':
            index = optarg;
            break;
        case 'j':
            json = true;
            break;
        case 'n':
            jobs = strtol(optarg, &end, 10);
            if (end == optarg || *end != '\0' || jobs < 1) {
                ut_note("--jobs %s: not a number of threads; give 1..%d", optarg, JOBS_MAX);
                return UT_EXIT_USAGE;
            }
            break;
        case 'm':
            allow_missing = true;
            break;
        case 'M':
            if (files == MODELS_MAX) {
                ut_note("--model %s: one model too many; compare two at a time", optarg);
                return UT_EXIT_USAGE;
            }
            file[files++] = optarg;
            break;
        case 'x':
            export = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            return UT_EXIT_OK;
        default:
            return UT_EXIT_USAGE;
        }
    }
    struct ut_fault fault = {0};
    if (export != NULL && index == NULL && files == 0 && optind == argc)
        return ut_model_file_write(&ut_model_default, export, &fault) == 0 ? UT_EXIT_OK : ut_fault_print(&fault);
    if (index == NULL || export != NULL || optind < argc) {
        ut_note("eval: give --index TSV, or --export-model FILE, and nothing else; see `undertone eval --help`");
        return UT_EXIT_USAGE;
    }
    struct ut_model_file model[MODELS_MAX];
    struct work work = {0};
    int result = 0;
    for (; result == 0 && work.models < (files > 0 ? files : 1); work.models += result == 0) {
        result = ut_model_file_read(&model[work.models], file[work.models], &fault);
        work.model[work.models] = &model[work.models].model;
    }
    if (result == 0)
        result = judge(&work, index, (int)(jobs > JOBS_MAX ? JOBS_MAX : jobs), allow_missing, json, &fault);
    for (int m = 0; m < work.models; m++)
        ut_model_file_free(&model[m]);
    return fault.code == UT_EXIT_OK ? UT_EXIT_OK : ut_fault_print(&fault);
}
