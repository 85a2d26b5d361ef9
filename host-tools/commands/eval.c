/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone eval`: its options, and the figures of labelled clips (host-tools/trials/clips.h) as tables or JSON. */
#include "host-tools/commands/commands.h"
#include "host-tools/settings/config.h"
#include "host-tools/sources/model_file.h"
#include "host-tools/system/grow.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/run_files.h"
#include "host-tools/trials/clips.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { JOBS_MAX = 64 };

struct choices {
    const char **index; /* grows */
    size_t indexes, room;
    const char *export;
    struct ut_label_choice labelled;
    const char *model[UT_CLIPS_MODELS_MAX];
    int models;
    bool json, allow_missing;
    int jobs;
};

static int take_index(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    struct choices *chosen = place;
    const char **grown = ut_grow(chosen->index, &chosen->room, chosen->indexes + 1, sizeof *grown);
    if (grown == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "--%s %s: not enough memory", o->name, text);
    chosen->index = grown;
    chosen->index[chosen->indexes++] = text;
    return 0;
}

static int take_model(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    struct choices *chosen = place;
    if (chosen->models == UT_CLIPS_MODELS_MAX)
        return ut_fault_set(fault, UT_EXIT_USAGE, "--%s %s: one model too many; compare two at a time", o->name, text);
    chosen->model[chosen->models++] = text;
    return 0;
}

static const struct ut_option options[] = {
    {"index", "FILE",
     "a table with a header (tabs, ; or , between its fields) with at least path, speaker, target; path relative to "
     "the "
     "file or absolute; target frustration, delight or other; with begin_ms and end_ms, a part of the file. Or an "
     "Audacity "
     "label track, a Praat TextGrid or RTTM of the recording beside it (call.txt of call.wav): each label is a clip. "
     "Other targets are skipped and counted; again for more",
     take_index, .place = 0},
    {"recording", "FILE", "the recording that a label track, TextGrid or RTTM is of (default: the one beside it)",
     ut_option_text, .place = offsetof(struct choices, labelled.recording)},
    {"tier", "NAME", "the tier of a TextGrid that holds the labels (default: as in tune)", ut_option_text,
     .place = offsetof(struct choices, labelled.tier)},
    {"model", "FILE",
     "that model instead of the built-in one; given twice (one may be `built-in`), both on the same clips, and the "
     "second "
     "less the first with a 95 % interval",
     take_model, .place = 0},
    {"json", NULL,
     "{\"n\", \"uar\", \"recall\", \"auc\", \"confusion\", \"ece\", ...}; confusion has a row per truth, a column per "
     "decision, in "
     "the order frustration, delight, other; of two models {\"models\": [both], \"difference\": {\"uar\", \"auc\", "
     "\"ece\"}}",
     ut_option_flag, .place = offsetof(struct choices, json)},
    {"jobs", "N", "threads (default: one per processor)", ut_option_count, .place = offsetof(struct choices, jobs),
     .low = 1, .high = 1e6},
    {"allow-missing", NULL, "leave out files that cannot be read, and count them, instead of refusing", ut_option_flag,
     .place = offsetof(struct choices, allow_missing)},
    {"export-model", "FILE", "write the built-in model as a file and do nothing else", ut_option_text,
     .place = offsetof(struct choices, export)},
    UT_OPTION_HELP,
    {0},
};

static json_t *number_or_null(double x)
{
    return x < 0 ? json_null() : ut_json_number(x, 4);
}

static json_t *figures_json(const struct ut_clips *clips, int which)
{
    const struct ut_model *model = clips->model[which];
    const struct ut_figures *f = &clips->figures[which];
    json_t *recall = json_object(), *confusion = json_array();
    for (int c = 0; c < UT_MODEL_CLASSES; c++) {
        json_t *line = json_array();
        for (int d = 0; d < UT_MODEL_CLASSES; d++)
            json_array_append_new(line, json_integer(f->confusion[c][d]));
        json_array_append_new(confusion, line);
        json_object_set_new(recall, ut_clips_class[c], number_or_null(f->recall[c]));
    }
    char crc[16];
    snprintf(crc, sizeof crc, "%08x", (unsigned)model->crc32);
    return json_pack("{s:I, s:o, s:o, s:{s:o, s:o}, s:o, s:o, s:I, s:I, s:{s:s, s:s}}", "n", (json_int_t)f->n, "uar",
                     ut_json_number(f->uar, 4), "recall", recall, "auc", "frustration", number_or_null(f->auc[0]),
                     "delight", number_or_null(f->auc[1]), "confusion", confusion, "ece", ut_json_number(f->ece, 4),
                     "skipped", (json_int_t)clips->skipped, "missing", (json_int_t)clips->missing, "model", "id",
                     model->id, "crc32", crc);
}

static json_t *difference_json(const struct ut_figures_difference *d)
{
    if (isnan(d->value))
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "value", ut_json_number(d->value, 4), "low", ut_json_number(d->low, 4), "high",
                     ut_json_number(d->high, 4));
}

static void print_json(const struct ut_clips *clips)
{
    json_t *out;
    if (clips->models == 1) {
        out = figures_json(clips, 0);
    } else {
        const struct ut_figures_differences *d = &clips->differences;
        out = json_pack("{s:[o, o], s:{s:o, s:{s:o, s:o}, s:o}}", "models", figures_json(clips, 0),
                        figures_json(clips, 1), "difference", "uar", difference_json(&d->uar), "auc", "frustration",
                        difference_json(&d->auc[0]), "delight", difference_json(&d->auc[1]), "ece",
                        difference_json(&d->ece));
    }
    ut_json_line(out);
}

static void print_table(const struct ut_clips *clips)
{
    const struct ut_model *model = clips->model[0];
    const struct ut_figures *f = &clips->figures[0];
    printf("model %s (%08x), %zu clips, %zu rows skipped, %zu files missing\n\n", model->id, (unsigned)model->crc32,
           f->n, clips->skipped, clips->missing);
    printf("%-12s %7s %7s   %s\n", "class", "recall", "AUC", "decided: frustration  delight  other");
    for (int c = 0; c < UT_MODEL_CLASSES; c++) {
        printf("%-12s ", ut_clips_class[c]);
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
    else if (isnan(d->low))
        printf("%-18s %8.3f %8.3f %+8.3f   -\n", name, a, b, d->value);
    else
        printf("%-18s %8.3f %8.3f %+8.3f   %+.3f to %+.3f\n", name, a, b, d->value, d->low, d->high);
}

static void print_comparison(const struct ut_clips *clips)
{
    static const char *const auc_name[UT_MODEL_CLASSES] = {"AUC frustration", "AUC delight", "AUC other"};
    const struct ut_figures *a = &clips->figures[0], *b = &clips->figures[1];
    const struct ut_figures_differences *d = &clips->differences;
    printf("A: model %s (%08x), B: model %s (%08x); %zu clips, %zu rows skipped, %zu files missing\n\n",
           clips->model[0]->id, (unsigned)clips->model[0]->crc32, clips->model[1]->id, (unsigned)clips->model[1]->crc32,
           a->n, clips->skipped, clips->missing);
    printf("%-18s %8s %8s %8s   %s\n", "", "A", "B", "B - A", "95 % interval");
    print_pair("UAR", a->uar, b->uar, &d->uar);
    for (int c = 0; c < UT_MODEL_CLASSES; c++)
        print_pair(auc_name[c], a->auc[c], b->auc[c], &d->auc[c]);
    print_pair("calibration error", a->ece, b->ece, &d->ece);
}

/* Everything from the models to the last line printed. 0, or -1 and *fault. */
static int judge(const struct choices *chosen, struct ut_fault *fault)
{
    const char *const built_in[] = {"built-in"};
    const char *const *file = chosen->models > 0 ? chosen->model : built_in;
    struct ut_model_file model[UT_CLIPS_MODELS_MAX];
    struct ut_clips clips = {.allow_missing = chosen->allow_missing, .labelled = chosen->labelled};
    int result = 0;
    for (; result == 0 && clips.models < (chosen->models > 0 ? chosen->models : 1); clips.models += result == 0) {
        result = ut_model_file_read(&model[clips.models], file[clips.models], fault);
        clips.model[clips.models] = &model[clips.models].model;
    }
    if (result == 0)
        result = ut_clips_judge(&clips, chosen->index, chosen->indexes,
                                chosen->jobs > JOBS_MAX ? JOBS_MAX : chosen->jobs, fault);
    if (result == 0) {
        if (chosen->json)
            print_json(&clips);
        else if (clips.models == 1)
            print_table(&clips);
        else
            print_comparison(&clips);
        result = ut_output_flush(fault);
    }
    for (int m = 0; m < clips.models; m++)
        ut_model_file_free(&model[m]);
    return result;
}

/* 0, or -1 and *fault. */
static int export(const char *path, const struct ut_config *config, struct ut_fault *fault)
{
    struct ut_run_files files = {0};
    ut_config_files(config, &files);
    ut_run_files_write(&files, path, "--export-model");
    if (ut_run_files_check(&files, "eval", fault) != 0)
        return -1;
    return ut_model_file_write(&ut_model_default, path, fault);
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices chosen = {.jobs = (int)sysconf(_SC_NPROCESSORS_ONLN)};
    struct ut_fault fault = {0};
    if (ut_options_take(&ut_command_eval, argc, argv, &chosen, &fault) < 0) {
        free(chosen.index);
        return ut_fault_print(&fault);
    }
    if (chosen.indexes > 1 && chosen.labelled.recording != NULL)
        (void)ut_options_refuse(&ut_command_eval, &fault, "--recording is for one --index");
    else if (chosen.export != NULL && chosen.indexes == 0 && chosen.models == 0)
        (void)export(chosen.export, config, &fault);
    else if (chosen.indexes == 0 || chosen.export != NULL)
        (void)ut_options_refuse(&ut_command_eval, &fault, "give --index FILE, or --export-model FILE and nothing else");
    else
        (void)judge(&chosen, &fault);
    free(chosen.index);
    return ut_fault_print(&fault);
}

const struct ut_command ut_command_eval = {
    .name = "eval",
    .purpose = "the classifier's figures on labelled clips",
    .usage = "--index FILE [--model FILE [--model FILE]] [options]\n--export-model FILE",
    .about = "Scores labelled clips: each file or label is one clip on the customer's channel with fresh state; the "
             "decision is the "
             "largest posterior averaged over its speech (over all of it where no speech is found).",
    .options = options,
    .exit_codes =
        "0 done, 1 failure, 2 usage, 10 no such file, 12 empty, 13 damaged model, 19 model of other features, "
        "20 an index without the columns needed, 29 no model file, else that of the first clip at fault; "
        "`undertone --help` lists them.",
    .run = run,
};
