/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone eval`: its options, and the figures of labelled clips (host-tools/trials/clips.h), or of cues on calls
 * whose feelings are known (host-tools/trials/feelings.h), as tables or JSON. */
#include "host-tools/commands/commands.h"
#include "host-tools/commands/from_store.h"
#include "host-tools/settings/config.h"
#include "host-tools/sources/model_file.h"
#include "host-tools/system/grow.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/run_files.h"
#include "host-tools/trials/clip_index.h"
#include "host-tools/trials/clips.h"
#include "host-tools/trials/feelings.h"

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
    const char *export, *calls, *store;
    struct ut_sweep sweep;
    struct ut_label_choice labelled;
    const char *model[UT_CLIPS_MODELS_MAX];
    int models;
    bool json, allow_missing, from_store;
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

static int take_sweep(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    (void)o;
    return ut_sweep_add(place, text, fault);
}

static const struct ut_option options[] = {
    {"index", "FILE",
     "a table with a header (tabs, ; or , between its fields) with at least path, speaker, target; path relative to "
     "the "
     "file or absolute; target frustration, delight or other; with begin_ms and end_ms, a part of the file; with call, "
     "also heard in the file's order by one engine per call. Or an "
     "Audacity "
     "label track, a Praat TextGrid or RTTM of the recording beside it (call.txt of call.wav): each label is a clip. "
     "Other targets are skipped and counted; again for more",
     take_index, .place = 0},
    {"calls", "INDEX.json",
     "instead of clips, the cues about feelings on calls whose feelings are known, as models/train/calls.py lays them "
     "out: found share of each kind, false ones per hour of calm speech, delay",
     ut_option_text, .place = offsetof(struct choices, calls)},
    {"sweep", "NUMBERS", "with --calls: CUE.KEY=FIRST:LAST:STEP or CUE.KEY=A,B,...; again for a grid, as in tune",
     take_sweep, .place = offsetof(struct choices, sweep)},
    {"from-store", NULL,
     "instead of clips, what agents said of cues in a store: precision of each cue with intervals, in all and by week",
     ut_option_flag, .place = offsetof(struct choices, from_store)},
    {"store", "FILE", "with --from-store: the store (default: store.file of the config file)", ut_option_text,
     .place = offsetof(struct choices, store)},
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
     "the order frustration, delight, other; with calls also \"call\", the same in them; of two models {\"models\": "
     "[both], \"difference\": {\"uar\", \"auc\", "
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

static json_t *figures_json(const struct ut_figures *f)
{
    json_t *recall = json_object(), *confusion = json_array();
    for (int c = 0; c < UT_MODEL_CLASSES; c++) {
        json_t *line = json_array();
        for (int d = 0; d < UT_MODEL_CLASSES; d++)
            json_array_append_new(line, json_integer(f->confusion[c][d]));
        json_array_append_new(confusion, line);
        json_object_set_new(recall, ut_clip_class[c], number_or_null(f->recall[c]));
    }
    return json_pack("{s:I, s:o, s:o, s:{s:o, s:o}, s:o, s:o}", "n", (json_int_t)f->n, "uar", ut_json_number(f->uar, 4),
                     "recall", recall, "auc", "frustration", number_or_null(f->auc[0]), "delight",
                     number_or_null(f->auc[1]), "confusion", confusion, "ece", ut_json_number(f->ece, 4));
}

/* The clips alone, beside them in their calls. */
static json_t *model_json(const struct ut_clips *clips, int which)
{
    const struct ut_model *model = clips->model[which];
    json_t *out = figures_json(&clips->fresh.of[which]);
    char crc[16];
    snprintf(crc, sizeof crc, "%08x", (unsigned)model->crc32);
    json_object_set_new(out, "skipped", json_integer((json_int_t)clips->skipped));
    json_object_set_new(out, "missing", json_integer((json_int_t)clips->missing));
    json_object_set_new(out, "model", json_pack("{s:s, s:s}", "id", model->id, "crc32", crc));
    if (clips->calls > 0) {
        json_t *call = figures_json(&clips->in_calls.of[which]);
        json_object_set_new(call, "calls", json_integer((json_int_t)clips->calls));
        json_object_set_new(out, "call", call);
    }
    return out;
}

static json_t *difference_json(const struct ut_figures_difference *d)
{
    if (isnan(d->value))
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "value", ut_json_number(d->value, 4), "low", ut_json_number(d->low, 4), "high",
                     ut_json_number(d->high, 4));
}

static json_t *differences_json(const struct ut_figures_differences *d)
{
    return json_pack("{s:o, s:{s:o, s:o}, s:o}", "uar", difference_json(&d->uar), "auc", "frustration",
                     difference_json(&d->auc[0]), "delight", difference_json(&d->auc[1]), "ece",
                     difference_json(&d->ece));
}

static void print_json(const struct ut_clips *clips)
{
    if (clips->models == 1) {
        ut_json_line(model_json(clips, 0));
        return;
    }
    json_t *difference = differences_json(&clips->fresh.differences);
    if (clips->calls > 0)
        json_object_set_new(difference, "call", differences_json(&clips->in_calls.differences));
    ut_json_line(
        json_pack("{s:[o, o], s:o}", "models", model_json(clips, 0), model_json(clips, 1), "difference", difference));
}

static void print_figures(const struct ut_figures *f)
{
    printf("%-12s %7s %7s   %s\n", "class", "recall", "AUC", "decided: frustration  delight  other");
    for (int c = 0; c < UT_MODEL_CLASSES; c++) {
        printf("%-12s ", ut_clip_class[c]);
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

static void print_table(const struct ut_clips *clips)
{
    const struct ut_model *model = clips->model[0];
    printf("model %s (%08x), %zu clips, %zu rows skipped, %zu files missing\n\n", model->id, (unsigned)model->crc32,
           clips->fresh.of[0].n, clips->skipped, clips->missing);
    print_figures(&clips->fresh.of[0]);
    if (clips->calls == 0)
        return;
    printf("\nthe same clips one after another in their %zu calls\n\n", clips->calls);
    print_figures(&clips->in_calls.of[0]);
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

static void print_pairs(const struct ut_clips_figures *of)
{
    static const char *const auc_name[UT_MODEL_CLASSES] = {"AUC frustration", "AUC delight", "AUC other"};
    const struct ut_figures *a = &of->of[0], *b = &of->of[1];
    const struct ut_figures_differences *d = &of->differences;
    printf("%-18s %8s %8s %8s   %s\n", "", "A", "B", "B - A", "95 % interval");
    print_pair("UAR", a->uar, b->uar, &d->uar);
    for (int c = 0; c < UT_MODEL_CLASSES; c++)
        print_pair(auc_name[c], a->auc[c], b->auc[c], &d->auc[c]);
    print_pair("calibration error", a->ece, b->ece, &d->ece);
}

static void print_comparison(const struct ut_clips *clips)
{
    printf("A: model %s (%08x), B: model %s (%08x); %zu clips, %zu rows skipped, %zu files missing\n\n",
           clips->model[0]->id, (unsigned)clips->model[0]->crc32, clips->model[1]->id, (unsigned)clips->model[1]->crc32,
           clips->fresh.of[0].n, clips->skipped, clips->missing);
    print_pairs(&clips->fresh);
    if (clips->calls == 0)
        return;
    printf("\nthe same clips one after another in their %zu calls\n\n", clips->calls);
    print_pairs(&clips->in_calls);
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

static json_t *figure_json(const struct ut_feelings_figure *f)
{
    if (isnan(f->value))
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "value", ut_json_number(f->value, 4), "low", ut_json_number(f->low, 4), "high",
                     ut_json_number(f->high, 4));
}

static json_t *found_json(const struct ut_feelings_found *f)
{
    return json_pack("{s:i, s:i, s:o, s:o}", "n", f->n, "found", f->found, "share", figure_json(&f->share), "delay_s",
                     ut_json_number(f->delay_s, 2));
}

static json_t *feelings_json(const struct ut_feelings_figures *f)
{
    json_t *found = json_object(), *cues = json_object();
    for (int kind = 0; kind < UT_FEELINGS; kind++) {
        json_t *one = found_json(&f->all[kind]);
        json_object_set_new(one, "late", found_json(&f->of[kind][UT_ONSET_LATE]));
        json_object_set_new(one, "first", found_json(&f->of[kind][UT_ONSET_FIRST]));
        json_object_set_new(found, ut_feeling_name[kind], one);
    }
    for (int cue = 0; cue < UT_FEELINGS_CUES; cue++)
        json_object_set_new(cues, ut_cue_info[ut_feelings_cue[cue]].name, json_integer(f->of_cue[cue]));
    return json_pack("{s:I, s:I, s:o, s:o, s:{s:i, s:o, s:o, s:o}, s:i}", "calls", (json_int_t)f->calls, "speakers",
                     (json_int_t)f->speakers, "hours", ut_json_number(f->hours, 4), "found", found, "false", "n",
                     f->alarms, "calm_hours", ut_json_number(f->calm_hours, 4), "per_hour", figure_json(&f->per_hour),
                     "cues", cues, "mistaken", f->mistaken);
}

static const char *const by_name[UT_BYS] = {"corpora", "genders"};

/* 0, or -1 when out of memory. */
static int print_feelings_json(const struct ut_feelings *f)
{
    json_t *list = json_array();
    struct ut_feelings_figures figures;
    char crc[16];
    int result = 0;
    for (size_t s = 0; s < f->settings && result == 0; s++) {
        result = ut_feelings_judge(f, s, UT_BY_CORPUS, NULL, &figures);
        json_t *row = feelings_json(&figures);
        for (int by = 0; by < UT_BYS; by++) {
            json_t *groups = json_object();
            const char *name;
            for (size_t i = 0; result == 0 && (name = ut_feelings_name(f, by, i)) != NULL; i++) {
                result = ut_feelings_judge(f, s, by, name, &figures);
                json_object_set_new(groups, name, feelings_json(&figures));
            }
            json_object_set_new(row, by_name[by], groups);
        }
        json_object_set_new(row, "set", ut_sweep_json(&f->sweep, f->setting[s]));
        json_array_append_new(list, row);
    }
    snprintf(crc, sizeof crc, "%08x", (unsigned)f->model->crc32);
    json_t *out = json_pack("{s:{s:s, s:s}, s:o}", "model", "id", f->model->id, "crc32", crc, "settings", list);
    if (result == 0)
        ut_json_line(out);
    else
        json_decref(out);
    return result;
}

static void print_found(const struct ut_feelings_found *f)
{
    char text[40] = "-";
    if (f->n > 0)
        snprintf(text, sizeof text, "%.2f [%.2f, %.2f] of %d", f->share.value, f->share.low, f->share.high, f->n);
    printf("  %25s", text);
}

static void print_feelings_row(const char *name, int width, const struct ut_feelings_figures *f)
{
    char rate[60] = "-", delay[2][20] = {"-", "-"};
    if (!isnan(f->per_hour.value))
        snprintf(rate, sizeof rate, "%.1f [%.1f, %.1f]", f->per_hour.value, f->per_hour.low, f->per_hour.high);
    for (int kind = 0; kind < UT_FEELINGS; kind++)
        if (f->all[kind].found > 0)
            snprintf(delay[kind], sizeof delay[kind], "%.1f", f->all[kind].delay_s);
    printf("%-*s", width, name);
    print_found(&f->of[UT_FEELING_FRUSTRATION][UT_ONSET_LATE]);
    print_found(&f->of[UT_FEELING_FRUSTRATION][UT_ONSET_FIRST]);
    print_found(&f->all[UT_FEELING_DELIGHT]);
    printf("  %4s / %4s  %20s of %5.2f h  %8d\n", delay[0], delay[1], rate, f->calm_hours, f->mistaken);
}

/* 0, or -1 when out of memory. */
static int print_feelings_table(const struct ut_feelings *f)
{
    struct ut_feelings_figures figures;
    char text[300];
    int width = 13;
    for (size_t s = 0; s < f->settings; s++) {
        ut_sweep_text(&f->sweep, f->setting[s], 0, text, sizeof text);
        width = (int)strlen(text) > width ? (int)strlen(text) : width;
    }
    if (ut_feelings_judge(f, 0, UT_BY_CORPUS, NULL, &figures) != 0)
        return -1;
    printf("model %s (%08x), %zu calls of %zu speakers, %.2f h; brackets: 95 %% intervals\n\n", f->model->id,
           (unsigned)f->model->crc32, figures.calls, figures.speakers, figures.hours);
    printf("%-*s  %25s  %25s  %25s  %11s  %31s  %8s\n", width, "", "frustration found", "from the first word",
           "delight found", "delay s F/D", "false cues per h of calm speech", "mistaken");
    for (size_t s = 0; s < f->settings; s++) {
        ut_sweep_text(&f->sweep, f->setting[s], 0, text, sizeof text);
        if (ut_feelings_judge(f, s, UT_BY_CORPUS, NULL, &figures) != 0)
            return -1;
        print_feelings_row(text, width, &figures);
        const char *name;
        for (int by = 0; by < UT_BYS && f->settings == 1; by++)
            for (size_t i = 0; (name = ut_feelings_name(f, by, i)) != NULL; i++) {
                if (ut_feelings_judge(f, s, by, name, &figures) != 0)
                    return -1;
                snprintf(text, sizeof text, "%s %.200s", by == UT_BY_CORPUS ? "corpus" : "gender", name);
                print_feelings_row(text, width, &figures);
            }
    }
    return 0;
}

/* Calls whose feelings are known. 0, or -1 and *fault. */
static int judge_feelings(const struct choices *chosen, const struct ut_config *config, struct ut_fault *fault)
{
    struct ut_model_file model;
    struct ut_feelings f = {.file = chosen->calls, .model = &model.model, .base = config, .sweep = chosen->sweep};
    if (ut_model_file_read(&model, chosen->models > 0 ? chosen->model[0] : "built-in", fault) != 0)
        return -1;
    int result = ut_feelings_run(&f, chosen->jobs > JOBS_MAX ? JOBS_MAX : chosen->jobs, fault);
    if (result == 0 && (chosen->json ? print_feelings_json(&f) : print_feelings_table(&f)) != 0)
        result = ut_fault_set(fault, UT_EXIT_FAILURE, "eval: not enough memory");
    if (result == 0)
        result = ut_output_flush(fault);
    ut_feelings_free(&f);
    ut_model_file_free(&model);
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
    if (chosen.from_store && (chosen.indexes > 0 || chosen.calls != NULL || chosen.export != NULL || chosen.models > 0))
        (void)ut_options_refuse(&ut_command_eval, &fault, "--from-store takes no clips, calls or models");
    else if (!chosen.from_store && chosen.store != NULL)
        (void)ut_options_refuse(&ut_command_eval, &fault, "--store goes with --from-store");
    else if (chosen.from_store)
        (void)ut_from_store_eval(config, chosen.store, chosen.json, &fault);
    else if (chosen.indexes > 1 && chosen.labelled.recording != NULL)
        (void)ut_options_refuse(&ut_command_eval, &fault, "--recording is for one --index");
    else if (chosen.calls != NULL && (chosen.indexes > 0 || chosen.export != NULL || chosen.models > 1))
        (void)ut_options_refuse(&ut_command_eval, &fault, "give --calls, one --model at most, and no clips");
    else if (chosen.calls == NULL && chosen.sweep.axes > 0)
        (void)ut_options_refuse(&ut_command_eval, &fault, "--sweep is for --calls");
    else if (chosen.calls != NULL)
        (void)judge_feelings(&chosen, config, &fault);
    else if (chosen.export != NULL && chosen.indexes == 0 && chosen.models == 0)
        (void)export(chosen.export, config, &fault);
    else if (chosen.indexes == 0 || chosen.export != NULL)
        (void)ut_options_refuse(&ut_command_eval, &fault,
                                "give --index FILE, --calls INDEX.json, or --export-model FILE and nothing else");
    else
        (void)judge(&chosen, &fault);
    free(chosen.index);
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone eval --index index.tsv --json", "The built-in model on labelled clips:"},
    {NULL, NULL},
};

const struct ut_command ut_command_eval = {
    .name = "eval",
    .purpose = "the classifier's figures on labelled clips",
    .usage =
        "--index FILE [--model FILE [--model FILE]] [options]\n--calls INDEX.json [--model FILE] [--sweep NUMBERS]\n"
        "--from-store [--store FILE] [--json]\n--export-model FILE",
    .about = "Scores labelled clips: each file or label is one clip on the customer's channel with fresh state; the "
             "decision is the "
             "largest posterior averaged over its speech (over all of it where no speech is found). With --calls: the "
             "cues that open on calls, as replay would show them.",
    .options = options,
    .exit_codes =
        "0 done, 1 failure, 2 usage, 10 no such file, 12 empty, 13 damaged model, 19 model of other features, "
        "20 an index without the columns or members needed, 23 a stretch or clip past its end, 29 no model file, else "
        "that of the first clip at fault; "
        "`undertone --help` lists them.",
    .examples = examples,
    .run = run,
};
