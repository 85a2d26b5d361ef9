/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone adapt`: its options, and what fitting to a site's labelled calls gains (host-tools/trials/adapting.h) as a
 * table, JSON, a config file. */
#include "host-tools/commands/commands.h"
#include "host-tools/system/jobs.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/run_files.h"
#include "host-tools/trials/adapting.h"
#include "host-tools/trials/records.h"
#include "models/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct choices {
    struct ut_audio_choice channels;
    struct ut_label_choice labelled;
    const char *labels, *write;
    double early_s, late_s, max_alarms;
    bool json, no_cache;
    int jobs;
};

static const struct ut_option options[] = {
    {"labels", "FILE", "the labels, a file of FOLDER or a path (default labels.tsv): path, begin_ms, end_ms, label",
     ut_option_text, .place = offsetof(struct choices, labels)},
    {"write", "FILE.ini", "write what gains as a config file, which live and replay take by --config", ut_option_text,
     .place = offsetof(struct choices, write)},
    {"max-alarms", "X",
     "thresholds may raise at most X false cues of a kind per hour of the calls fitted to (default 4)",
     ut_option_number, .place = offsetof(struct choices, max_alarms), .low = 0, .high = 1e6},
    {"early", "S", "an opening counts from S seconds before a label on (default 1)", ut_option_number,
     .place = offsetof(struct choices, early_s), .low = 0, .high = 1e6},
    {"late", "S", "and until S seconds after it (default 5)", ut_option_number,
     .place = offsetof(struct choices, late_s), .low = 0, .high = 1e6},
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

static bool gained(const struct ut_adapting *a)
{
    return a->calibrated || a->kind[0].better || a->kind[1].better;
}

static void put_row(const char *name, double before, double after, const struct ut_adapting_gain *gain, int digits)
{
    printf("%-36s %8.*f %8.*f", name, digits, before, digits, after);
    if (gain != NULL && !isnan(gain->low))
        printf("   %+.*f [%+.*f, %+.*f]", digits, gain->value, digits, gain->low, digits, gain->high);
    putchar('\n');
}

static void print_table(const struct ut_adapting *a)
{
    char name[100];
    printf("%zu calls, %.2f h, %d labels of frustration, %d of delight, %zu scores; model %s (%08x)\n"
           "%d folds: each call is judged by what the others gave; brackets: 95 %% intervals over calls\n\n",
           a->labels.calls, a->hours, a->kind[0].labels, a->kind[1].labels, a->scores, ut_model_default.id,
           (unsigned)ut_model_default.crc32, UT_ADAPTING_FOLDS);
    printf("%-36s %8s %8s   %s\n", "", "before", "fitted", "difference");
    put_row("log loss", a->loss[0], a->loss[1], &a->loss_gain, 3);
    put_row("calibration error", a->error[0], a->error[1], NULL, 3);
    for (int i = 0; i < UT_ADAPTING_KINDS; i++) {
        const struct ut_adapting_kind *k = &a->kind[i];
        const char *cue = ut_cue_info[k->cue].name;
        if (k->labels == 0)
            continue;
        snprintf(name, sizeof name, "%s found, of %d", cue, k->before.sum.labels);
        put_row(name, k->before.recall.value, k->after.recall.value, k->fitted ? &k->found : NULL, 2);
        snprintf(name, sizeof name, "%s false/h", cue);
        put_row(name, k->before.alarms_per_hour.value, k->after.alarms_per_hour.value, k->fitted ? &k->alarms : NULL,
                1);
    }
    putchar('\n');
    const char *kept = a->calibrated ? "as it was, its thresholds moved along with the scores" : "as it was";
    if (a->calibrated)
        printf("calibration: temperature %.3f, frustration %+.3f, delight %+.3f\n", a->calibration.temperature,
               a->calibration.offset[0], a->calibration.offset[1]);
    else
        puts("calibration: as it was; a fitted one does not lower the held-out log loss");
    for (int i = 0; i < UT_ADAPTING_KINDS; i++) {
        const struct ut_adapting_kind *k = &a->kind[i];
        const char *cue = ut_cue_info[k->cue].name;
        if (k->better)
            printf("%s: on %.2f, hold %g s\n", cue, k->setting.on, k->setting.hold_s);
        else if (k->fitted)
            printf("%s: %s; fitted thresholds are no better on held-out calls\n", cue, kept);
        else
            printf("%s: %s; %d labels are fewer than %d\n", cue, kept, k->labels, UT_ADAPTING_LABELS);
    }
}

static json_t *gain_json(const struct ut_adapting_gain *g)
{
    if (isnan(g->value) || isnan(g->low))
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "value", ut_json_number(g->value, 4), "low", ut_json_number(g->low, 4), "high",
                     ut_json_number(g->high, 4));
}

static json_t *pair_json(double before, double after, const struct ut_adapting_gain *g)
{
    return json_pack("{s:o, s:o, s:o}", "before", isnan(before) ? json_null() : ut_json_number(before, 4), "fitted",
                     isnan(after) ? json_null() : ut_json_number(after, 4), "difference",
                     g != NULL ? gain_json(g) : json_null());
}

static void print_json(const struct ut_adapting *a)
{
    json_t *cues = json_object();
    char crc[16];
    for (int i = 0; i < UT_ADAPTING_KINDS; i++) {
        const struct ut_adapting_kind *k = &a->kind[i];
        json_object_set_new(
            cues, ut_cue_info[k->cue].name,
            json_pack("{s:i, s:b, s:b, s:o, s:o, s:o, s:o}", "labels", k->labels, "fitted", k->fitted, "better",
                      k->better, "on", ut_json_number(k->setting.on, 4), "hold", ut_json_number(k->setting.hold_s, 4),
                      "found", pair_json(k->before.recall.value, k->after.recall.value, &k->found), "false_per_hour",
                      pair_json(k->before.alarms_per_hour.value, k->after.alarms_per_hour.value, &k->alarms)));
    }
    snprintf(crc, sizeof crc, "%08x", (unsigned)ut_model_default.crc32);
    ut_json_line(
        json_pack("{s:I, s:o, s:I, s:i, s:{s:s, s:s}, s:{s:b, s:o, s:o, s:o}, s:o, s:o, s:o}", "calls",
                  (json_int_t)a->labels.calls, "hours", ut_json_number(a->hours, 4), "scores", (json_int_t)a->scores,
                  "folds", UT_ADAPTING_FOLDS, "model", "id", ut_model_default.id, "crc32", crc, "calibration", "better",
                  a->calibrated, "temperature", ut_json_number(a->calibration.temperature, 4), "frustration",
                  ut_json_number(a->calibration.offset[0], 4), "delight", ut_json_number(a->calibration.offset[1], 4),
                  "log_loss", pair_json(a->loss[0], a->loss[1], &a->loss_gain), "calibration_error",
                  pair_json(a->error[0], a->error[1], NULL), "cues", cues));
}

/* The settings in force with what gains: as --config the file stands alone. */
static int write_config(const struct ut_adapting *a, const char *path, struct ut_fault *fault)
{
    struct ut_output out;
    static struct ut_config config;
    if (!gained(a))
        return ut_fault_set(fault, UT_EXIT_FAILURE,
                            "%s: not written: nothing fitted does better on calls that were not in the fit; label more "
                            "calls",
                            path);
    ut_adapting_config(a, &config);
    if (ut_output_open(&out, path, fault) != 0)
        return -1;
    fprintf(out.file, "; fitted by undertone adapt to %zu calls, %.2f h, %d labels of frustration, %d of delight\n",
            a->labels.calls, a->hours, a->kind[0].labels, a->kind[1].labels);
    ut_config_write(&config, NULL, out.file);
    return ut_output_commit(&out, fault);
}

/* 0, or -1 and *fault: what is written is nothing of what is read. */
static int check_output(const struct choices *c, const char *labels, const struct ut_config *config,
                        struct ut_fault *fault)
{
    struct ut_run_files files = {0};
    if (c->write == NULL)
        return 0;
    ut_run_files_read(&files, labels, "the file of labels");
    ut_config_files(config, &files);
    ut_run_files_write(&files, c->write, "--write");
    return ut_run_files_check(&files, "adapt", fault);
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    static struct choices chosen;
    static char folder[1000], labels[4096];
    struct ut_fault fault = {0};
    chosen = (struct choices){.channels = {UT_AUDIO_UNSET, UT_AUDIO_UNSET},
                              .labels = "labels.tsv",
                              .early_s = 1,
                              .late_s = 5,
                              .max_alarms = 4,
                              .jobs = (int)sysconf(_SC_NPROCESSORS_ONLN)};
    int operands = ut_options_take(&ut_command_adapt, argc, argv, &chosen, &fault);
    if (operands >= 0 && operands != 1)
        (void)ut_options_refuse(&ut_command_adapt, &fault, "give one folder of calls");
    if (operands != 1 || fault.code != UT_EXIT_OK)
        return ut_fault_print(&fault);
    int len = chosen.labels[0] == '/' ? snprintf(labels, sizeof labels, "%s", chosen.labels)
                                      : snprintf(labels, sizeof labels, "%s/%s", argv[0], chosen.labels);
    if (len >= (int)sizeof labels)
        (void)ut_options_refuse(&ut_command_adapt, &fault, "%s: the path is too long", argv[0]);
    if (fault.code != UT_EXIT_OK || check_output(&chosen, labels, config, &fault) != 0)
        return ut_fault_print(&fault);
    struct ut_adapting a = {
        .file = labels,
        .labelled = chosen.labelled,
        .base = config,
        .rule = {.early_ms = llround(1000 * chosen.early_s), .late_ms = llround(1000 * chosen.late_s)},
        .max_alarms = chosen.max_alarms,
        .choice = chosen.channels};
    if (!chosen.no_cache && ut_records_folder(folder, sizeof folder) == 0)
        a.folder = folder;
    if (ut_adapting_run(&a, chosen.jobs > UT_JOBS_MAX ? UT_JOBS_MAX : chosen.jobs, &fault) == 0) {
        if (chosen.json)
            print_json(&a);
        else
            print_table(&a);
        if (ut_output_flush(&fault) == 0 && chosen.write != NULL)
            (void)write_config(&a, chosen.write, &fault);
    }
    ut_adapting_free(&a);
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone adapt site --write site.ini",
     "What fitting to a site's labelled calls gains, and the settings for it:"},
    {NULL, NULL},
};

const struct ut_command ut_command_adapt = {
    .name = "adapt",
    .purpose = "calibration and thresholds fitted to a site's labelled calls, and what they gain",
    .usage = "FOLDER [options]",
    .about =
        "Fits a temperature, offsets and the thresholds of empathy_cue and positive_interaction to labelled calls. The "
        "model's weights stay as they are.\n\n"
        "Every figure is of calls that were not in the fit: a fifth of the calls is held out in turn. Labels are those "
        "of tune: frustration, delight, or none for a call in which nothing is to be marked; what is not marked "
        "counts as neither, so label whole calls. Ten calls with ten labels of one feeling are the least.",
    .options = options,
    .operands = "FOLDER",
    .exit_codes =
        "0 done, 1 nothing gained or failure, 2 usage, 10 to 16 faults of a file, 20 to 23 faults of the labels, "
        "20 too few of them; `undertone --help` lists them.",
    .examples = examples,
    .run = run,
};
