/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone tune`: its options, and what a tuning (host-tools/trials/tuning.h) found as a table, JSON, a picture, a
 * config file. */
#include "host-tools/commands/commands.h"
#include "host-tools/commands/from_store.h"
#include "host-tools/system/jobs.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/run_files.h"
#include "host-tools/trials/curve.h"
#include "host-tools/trials/records.h"
#include "host-tools/trials/tuning.h"
#include "models/model.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct choices {
    struct ut_sweep sweep;
    struct ut_audio_choice channels;
    struct ut_label_choice labelled;
    const char *write, *plot, *store;
    double early_s, late_s, max_alarms; /* max_alarms -1 = choose by F1 */
    bool json, no_cache, from_store;
    int cue, jobs;
};

static int take_sweep(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    (void)o;
    return ut_sweep_add(place, text, fault);
}

static int take_cue(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    int *cue = place;
    *cue = (int)ut_cue_find(text);
    if (*cue == UT_CUES)
        return ut_fault_set(fault, UT_EXIT_LABEL_NAME, "--%s %s: no such cue; `undertone cues` lists them", o->name,
                            text);
    return 0;
}

static const struct ut_option options[] = {
    {"sweep", "NUMBERS",
     "CUE.KEY=FIRST:LAST:STEP or CUE.KEY=A,B,...; again for a grid (default: the settings in force)", take_sweep,
     .place = offsetof(struct choices, sweep)},
    {"cue", "NAME",
     "judge this cue only (default: every cue with labels; frustration is answered by empathy_cue, delight by "
     "positive_interaction)",
     take_cue, .place = offsetof(struct choices, cue)},
    {"recording", "FILE", "the recording that a label track, TextGrid or RTTM is of (default: the one beside it)",
     ut_option_text, .place = offsetof(struct choices, labelled.recording)},
    {"tier", "NAME",
     "the tier of a TextGrid that holds the labels (default: those named like a label, else the one named cues, labels "
     "or label, else the only one)",
     ut_option_text, .place = offsetof(struct choices, labelled.tier)},
    {"early", "S", "an opening counts from S seconds before a label on (default 1)", ut_option_number,
     .place = offsetof(struct choices, early_s), .low = 0, .high = 1e6},
    {"late", "S", "and until S seconds after it (default 1)", ut_option_number,
     .place = offsetof(struct choices, late_s), .low = 0, .high = 1e6},
    {"max-alarms", "X",
     "choose the setting that finds most with at most X false alarms per hour (default: the best F1 on the Pareto "
     "front)",
     ut_option_number, .place = offsetof(struct choices, max_alarms), .low = 0, .high = 1e6},
    {"write", "FILE.ini", "write the chosen setting as a config file", ut_option_text,
     .place = offsetof(struct choices, write)},
    {"plot", "FILE.png", "draw labels found against false alarms per hour", ut_option_text,
     .place = offsetof(struct choices, plot)},
    {"from-store", NULL,
     "instead of labels, what agents said of cues in a store: on-thresholds that would have left more right than wrong",
     ut_option_flag, .place = offsetof(struct choices, from_store)},
    {"store", "FILE", "with --from-store: the store (default: store.file of the config file)", ut_option_text,
     .place = offsetof(struct choices, store)},
    {"json", NULL, "one JSON object on standard output", ut_option_flag, .place = offsetof(struct choices, json)},
    {"jobs", "N", "threads (default: one per processor)", ut_option_count, .place = offsetof(struct choices, jobs),
     .low = 1, .high = 1e6},
    {"customer", "N", "the customer's channel, as in replay", ut_audio_take_channel,
     .place = offsetof(struct choices, channels.customer)},
    {"agent", "N|none", "the agent's channel, as in replay", ut_audio_take_channel,
     .place = offsetof(struct choices, channels.agent)},
    {"no-cache", NULL, "compute everything again, keep nothing", ut_option_flag,
     .place = offsetof(struct choices, no_cache)},
    UT_OPTION_HELP,
    {0},
};

static void put_figure(const struct ut_tally_figure *f, int digits, int width)
{
    char text[64] = "-";
    double unit = digits == 1 ? 10 : 100;
    if (!isnan(f->value) && isnan(f->low))
        snprintf(text, sizeof text, "%.*f -", digits, round(f->value * unit) / unit + 0);
    else if (!isnan(f->value)) /* + 0 makes 0 of what rounds to -0 */
        snprintf(text, sizeof text, "%.*f [%.*f, %.*f]", digits, round(f->value * unit) / unit + 0, digits,
                 round(f->low * unit) / unit + 0, digits, round(f->high * unit) / unit + 0);
    printf("  %*s", width, text);
}

static void put_row(const char *mark, const char *name, int width, const struct ut_tally_figures *f)
{
    printf("%s %-*s", mark, width, name);
    put_figure(&f->precision, 2, 17);
    put_figure(&f->recall, 2, 17);
    put_figure(&f->alarms_per_hour, 1, 18);
    put_figure(&f->lead_s, 1, 18);
    put_figure(&f->popups_per_5min, 1, 15);
    printf("  %6d", f->sum.labels);
    if (isnan(f->f1.value))
        printf("  %5s\n", "-");
    else
        printf("  %5.2f\n", f->f1.value);
}

static void put_head(const char *name, int width)
{
    printf("   %-*s  %17s  %17s  %18s  %18s  %15s  %6s  %5s\n", width, name, "precision", "recall", "false alarms/h",
           "lead s", "pop-ups/5 min", "labels", "F1");
}

static void print_table(const struct ut_tuning *t, long chosen, double max_alarms)
{
    char text[300];
    int width = 7;
    const struct ut_tally *sum = &t->all[0].sum;
    for (size_t s = 0; s < t->settings; s++) {
        ut_sweep_text(&t->sweep, t->setting[s], false, text, sizeof text);
        width = (int)strlen(text) > width ? (int)strlen(text) : width;
    }
    for (int cue = 0; cue < t->cues; cue++) {
        int len = (int)strlen(ut_cue_info[t->judged[cue]].name);
        width = len > width ? len : width;
    }
    printf("%zu calls, %.2f h, %d labels, model %s (%08x); brackets: 95 %% intervals over calls%s\n\n", t->labels.calls,
           (double)sum->call_ms / 3600000, sum->labels, ut_model_default.id, (unsigned)ut_model_default.crc32,
           t->labels.calls < 2 ? " (-: none of one call)" : "");
    put_head("setting", width);
    for (size_t s = 0; s < t->settings; s++) {
        ut_sweep_text(&t->sweep, t->setting[s], false, text, sizeof text);
        put_row((long)s == chosen ? " >" : t->front[s] ? " *" : "  ", text, width, &t->all[s]);
    }
    puts("\n * = on the Pareto front: no other setting finds as many labels with fewer false alarms");
    if (chosen >= 0 && max_alarms < 0)
        puts(" > = chosen: the best F1 on the front; among equals the fewest pop-ups, then the nearest to the one in "
             "force");
    else if (chosen >= 0)
        printf(" > = chosen: finds most with at most %g false alarms per hour\n", max_alarms);
    if (t->cues < 2 || chosen < 0)
        return;
    putchar('\n');
    put_head("cue", width);
    for (int cue = 0; cue < t->cues; cue++) {
        struct ut_tally_figures f;
        ut_tuning_cue(t, (size_t)chosen, cue, &f);
        put_row("  ", ut_cue_info[t->judged[cue]].name, width, &f);
    }
}

static json_t *figure_json(const struct ut_tally_figure *f)
{
    if (isnan(f->value))
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "value", ut_json_number(f->value, 4), "low", ut_json_number(f->low, 4), "high",
                     ut_json_number(f->high, 4));
}

static json_t *figures_json(const struct ut_tally_figures *f)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "labels", f->sum.labels, "hits", f->sum.hits,
                     "false_alarms", f->sum.false_alarms, "repeats", f->sum.repeats, "precision",
                     figure_json(&f->precision), "recall", figure_json(&f->recall), "f1", figure_json(&f->f1),
                     "false_alarms_per_hour", figure_json(&f->alarms_per_hour), "lead_s", figure_json(&f->lead_s));
}

static void print_json(const struct ut_tuning *t, long chosen)
{
    json_t *list = json_array();
    char crc[16];
    for (size_t s = 0; s < t->settings; s++) {
        const struct ut_tally_figures *f = &t->all[s];
        json_t *cues = json_object(), *row = figures_json(f);
        for (int cue = 0; cue < t->cues; cue++) {
            struct ut_tally_figures one;
            ut_tuning_cue(t, s, cue, &one);
            json_object_set_new(cues, ut_cue_info[t->judged[cue]].name, figures_json(&one));
        }
        json_object_set_new(row, "popups", json_integer(f->sum.popups));
        json_object_set_new(row, "popups_per_5min", figure_json(&f->popups_per_5min));
        json_object_set_new(row, "set", ut_sweep_json(&t->sweep, t->setting[s]));
        json_object_set_new(row, "cues", cues);
        json_object_set_new(row, "front", json_boolean(t->front[s]));
        json_object_set_new(row, "chosen", json_boolean((long)s == chosen));
        json_array_append_new(list, row);
    }
    snprintf(crc, sizeof crc, "%08x", (unsigned)ut_model_default.crc32);
    json_t *out = json_pack("{s:I, s:o, s:i, s:{s:s, s:s}, s:o}", "calls", (json_int_t)t->labels.calls, "hours",
                            ut_json_number((double)t->all[0].sum.call_ms / 3600000, 4), "labels", t->all[0].sum.labels,
                            "model", "id", ut_model_default.id, "crc32", crc, "settings", list);
    ut_json_line(out);
}

/* Every number that was swept or is not the default, and the texts that are not: as --config the file stands alone. */
static int write_setting(const struct ut_tuning *t, long chosen, const char *path, struct ut_fault *fault)
{
    struct ut_output out;
    if (chosen < 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE,
                            "%s: not written: no setting has few enough false alarms; allow more with --max-alarms",
                            path);
    struct ut_config *config = malloc(sizeof *config);
    if (config == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "tune: not enough memory");
    ut_tuning_config(t, (size_t)chosen, config);
    if (ut_output_open(&out, path, fault) != 0) {
        free(config);
        return -1;
    }
    const struct ut_tally_figures *f = &t->all[chosen];
    fprintf(out.file,
            "; chosen by undertone tune: %d of %d labels found, %.2f false alarms per hour, %.2f pop-ups per "
            "5 min\n; %zu calls, %.2f h, model %s (%08x)\n",
            f->sum.hits, f->sum.labels, f->alarms_per_hour.value, f->popups_per_5min.value, t->labels.calls,
            (double)f->sum.call_ms / 3600000, ut_model_default.id, (unsigned)ut_model_default.crc32);
    unsigned char swept[UT_PARAMS] = {0};
    for (size_t axis = 0; axis < t->sweep.axes; axis++)
        swept[t->sweep.axis[axis].param] = 1;
    ut_config_write(config, swept, out.file);
    free(config);
    return ut_output_commit(&out, fault);
}

static int plot(const struct ut_tuning *t, long chosen, const char *path, struct ut_fault *fault)
{
    struct ut_curve_point *point = calloc(t->settings, sizeof *point);
    char(*label)[100] = calloc(t->settings, sizeof *label);
    char title[300] = "", subtitle[200];
    int result;
    if (point == NULL || label == NULL) {
        free(point);
        free(label);
        return ut_fault_set(fault, UT_EXIT_FAILURE, "tune: not enough memory");
    }
    for (size_t s = 0; s < t->settings; s++) {
        const struct ut_tally_figures *f = &t->all[s];
        ut_sweep_text(&t->sweep, t->setting[s], true, label[s], sizeof label[s]);
        point[s] = (struct ut_curve_point){
            .alarms = f->alarms_per_hour.value,
            .alarms_low = f->alarms_per_hour.low,
            .alarms_high = f->alarms_per_hour.high,
            .recall = f->recall.value,
            .recall_low = f->recall.low,
            .recall_high = f->recall.high,
            .front = t->front[s],
            .chosen = (long)s == chosen,
            .in_force = t->sweep.axes > 0,
            .label = label[s],
        };
        for (size_t axis = 0; axis < t->sweep.axes; axis++)
            if (ut_tuning_value(t, s, axis) != t->base->value[t->sweep.axis[axis].param])
                point[s].in_force = 0;
    }
    size_t at = 0;
    for (size_t axis = 0; axis < t->sweep.axes && at < sizeof title; axis++) {
        const struct ut_param_info *p = &ut_param_info[t->sweep.axis[axis].param];
        at += (size_t)snprintf(title + at, sizeof title - at, "%s%s.%s", axis > 0 ? ", " : "", p->section, p->key);
    }
    if (t->sweep.axes == 0)
        snprintf(title, sizeof title, "Settings in force");
    snprintf(subtitle, sizeof subtitle, "%zu settings on %zu calls, %.2f h, %d labels", t->settings, t->labels.calls,
             (double)t->all[0].sum.call_ms / 3600000, t->all[0].sum.labels);
    struct ut_curve curve = {.title = title, .subtitle = subtitle, .point = point, .n = t->settings};
    result = ut_curve_png(&curve, path, fault);
    free(point);
    free(label);
    return result;
}

/* 0, or -1 and *fault. */
static int tune(struct ut_tuning *t, const struct choices *c, struct ut_fault *fault)
{
    if (ut_tuning_run(t, c->jobs > UT_JOBS_MAX ? UT_JOBS_MAX : c->jobs, fault) != 0)
        return -1;
    long chosen = ut_tuning_choose(t, c->max_alarms);
    if (c->json)
        print_json(t, chosen);
    else
        print_table(t, chosen, c->max_alarms);
    if (c->write != NULL && write_setting(t, chosen, c->write, fault) != 0)
        return -1;
    if (c->plot != NULL && plot(t, chosen, c->plot, fault) != 0)
        return -1;
    return ut_output_flush(fault);
}

/* 0, or -1 and *fault: what is written is nothing of what is read. */
static int check_outputs(const struct choices *c, char **file, int n, const struct ut_config *config,
                         struct ut_fault *fault)
{
    struct ut_run_files files = {0};
    struct ut_labels labels;
    if (c->write == NULL && c->plot == NULL)
        return 0;
    for (int i = 0; i < n; i++)
        ut_run_files_read(&files, file[i], "the file of labels");
    ut_config_files(config, &files);
    ut_run_files_write(&files, c->write, "--write");
    ut_run_files_write(&files, c->plot, "--plot");
    if (ut_run_files_check(&files, "tune", fault) != 0 ||
        ut_labels_read(&labels, (const char *const *)file, (size_t)n, &c->labelled, fault) != 0)
        return -1;
    for (size_t i = 0; i < labels.calls; i++)
        ut_run_files_read(&files, labels.path[i], "a recording");
    ut_run_files_write(&files, c->write, "--write");
    ut_run_files_write(&files, c->plot, "--plot");
    ut_labels_free(&labels);
    return ut_run_files_check(&files, "tune", fault);
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    static struct choices chosen;
    static char folder[1000];
    struct ut_fault fault = {0};
    chosen = (struct choices){.channels = {UT_AUDIO_UNSET, UT_AUDIO_UNSET},
                              .early_s = 1,
                              .late_s = 1,
                              .max_alarms = -1,
                              .cue = UT_CUES,
                              .jobs = (int)sysconf(_SC_NPROCESSORS_ONLN)};
    int files = ut_options_take(&ut_command_tune, argc, argv, &chosen, &fault);
    if (files >= 0 && chosen.from_store) {
        if (files > 0 || chosen.sweep.axes > 0 || chosen.plot != NULL)
            (void)ut_options_refuse(&ut_command_tune, &fault, "--from-store takes no files, --sweep or --plot");
        else
            (void)ut_from_store_tune(config, chosen.store, chosen.write, chosen.json, &fault);
        return ut_fault_print(&fault);
    }
    if (files >= 0 && chosen.store != NULL)
        (void)ut_options_refuse(&ut_command_tune, &fault, "--store goes with --from-store");
    else if (files == 0)
        (void)ut_options_refuse(&ut_command_tune, &fault, "give a file of labels");
    if (files > 1 && chosen.labelled.recording != NULL)
        (void)ut_options_refuse(&ut_command_tune, &fault, "--recording is for one file of labels");
    if (files < 1 || fault.code != UT_EXIT_OK || check_outputs(&chosen, argv, files, config, &fault) != 0)
        return ut_fault_print(&fault);
    struct ut_tuning t = {.file = (const char *const *)argv,
                          .files = (size_t)files,
                          .labelled = chosen.labelled,
                          .base = config,
                          .sweep = chosen.sweep,
                          .rule = {.early_ms = llround(1000 * chosen.early_s),
                                   .late_ms = llround(1000 * chosen.late_s),
                                   .cue = chosen.cue},
                          .choice = chosen.channels};
    if (!chosen.no_cache && ut_records_folder(folder, sizeof folder) == 0)
        t.folder = folder;
    if (tune(&t, &chosen, &fault) == 0)
        ut_note("tune: %zu settings on %zu calls; %zu calls' records were in the cache, %zu trials computed",
                t.settings, t.labels.calls, t.cached, t.computed);
    ut_tuning_free(&t);
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone tune labels.tsv --sweep empathy_cue.on=0.5:0.9:0.1",
     "What each threshold finds of the labels, and what it invents:"},
    {NULL, NULL},
};

const struct ut_command ut_command_tune = {
    .name = "tune",
    .purpose = "labelled calls under many settings: which threshold finds most and cries wolf least",
    .usage = "FILE... [options]\n--from-store [--store FILE] [--write FILE.ini] [--json]",
    .about =
        "Runs labelled calls under every setting asked for and says how well the cues answer the labels.\n\n"
        "FILE is a table with a header (path, begin_ms, end_ms, label, with tabs, ; or , between them; paths "
        "relative to "
        "it), or for one recording an Audacity label track, a Praat TextGrid or RTTM, which lies beside it with "
        "another "
        "ending: call.txt beside call.wav. A label is a cue's name, frustration, delight, or none for a call in which "
        "nothing is to be marked. What replay writes as labels or textgrid can be read back.",
    .options = options,
    .operands = "FILE",
    .exit_codes =
        "0 done, 1 failure, 2 usage, 10 to 16 faults of a file, 18 impossible setting, 20 to 23 faults of the "
        "labels; `undertone --help` lists them.",
    .examples = examples,
    .run = run,
};
