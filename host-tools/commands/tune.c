/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone tune`: its options, and what a tuning (host-tools/trials/tuning.h) found as a table, JSON, a picture, a
 * config file. */
#include "host-tools/commands/tune.h"

#include "host-tools/system/jobs.h"
#include "host-tools/system/json.h"
#include "host-tools/system/output.h"
#include "host-tools/trials/curve.h"
#include "host-tools/trials/records.h"
#include "host-tools/trials/tuning.h"
#include "models/model.h"

#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: undertone tune LABELS.tsv [options]\n"
    "Runs labelled calls under every setting asked for and says how well the cues answer the labels.\n"
    "LABELS.tsv: a header with path, begin_ms, end_ms, label; paths relative to the file. A label is a cue's name,\n"
    "frustration, delight, or none for a call in which nothing is to be marked.\n"
    "  --sweep CUE.KEY=FIRST:LAST:STEP   or CUE.KEY=A,B,...; again for a grid (default: the settings in force)\n"
    "  --cue NAME          judge this cue only (default: every cue with labels; frustration is answered by "
    "empathy_cue,\n"
    "                      delight by positive_interaction)\n"
    "  --early S, --late S an opening counts from S seconds before a label to S seconds after it (default: 1 and 1)\n"
    "  --max-alarms X      choose the setting that finds most with at most X false alarms per hour\n"
    "                      (default: the best F1 on the Pareto front)\n"
    "  --write FILE.ini    write the chosen setting as a config file\n"
    "  --plot FILE.png     draw labels found against false alarms per hour\n"
    "  --json              one JSON object on standard output\n"
    "  --jobs N            threads (default: one per processor)\n"
    "  --customer N, --agent N|none      channels, as in replay\n"
    "  --no-cache          compute everything anew, keep nothing\n"
    "Exit codes: 0 done, 1 failure, 2 usage, 10 to 16 faults of a file, 18 impossible setting, 20 to 23 faults of the\n"
    "labels; `undertone --help` lists them.\n";

static void setting_text(const struct ut_tuning *t, size_t s, bool brief, char *text, size_t room)
{
    size_t at = 0;
    text[0] = '\0';
    for (size_t axis = 0; axis < t->sweep.axes && at < room; axis++) {
        const struct ut_param_info *p = &ut_param_info[t->sweep.axis[axis].param];
        double x = ut_tuning_value(t, s, axis);
        if (brief && t->sweep.axes == 1)
            at += (size_t)snprintf(text + at, room - at, "%g", x);
        else if (brief)
            at += (size_t)snprintf(text + at, room - at, "%s%s=%g", at > 0 ? " " : "", p->key, x);
        else
            at += (size_t)snprintf(text + at, room - at, "%s%s.%s=%g", at > 0 ? " " : "", p->section, p->key, x);
    }
    if (t->sweep.axes == 0)
        snprintf(text, room, "as configured");
}

static void put_figure(const struct ut_tally_figure *f, int digits, int width)
{
    char text[64] = "-";
    double unit = digits == 1 ? 10 : 100;
    if (!isnan(f->value)) /* + 0 makes 0 of what rounds to -0 */
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
        setting_text(t, s, false, text, sizeof text);
        width = (int)strlen(text) > width ? (int)strlen(text) : width;
    }
    for (int cue = 0; cue < t->cues; cue++) {
        int len = (int)strlen(ut_cue_info[t->judged[cue]].name);
        width = len > width ? len : width;
    }
    printf("%zu calls, %.2f h, %d labels, model %s (%08x); brackets: 95 %% intervals over calls\n\n", t->labels.calls,
           (double)sum->call_ms / 3600000, sum->labels, ut_model_default.id, (unsigned)ut_model_default.crc32);
    put_head("setting", width);
    for (size_t s = 0; s < t->settings; s++) {
        setting_text(t, s, false, text, sizeof text);
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
        json_t *set = json_object(), *cues = json_object(), *row = figures_json(f);
        for (size_t axis = 0; axis < t->sweep.axes; axis++) {
            const struct ut_param_info *p = &ut_param_info[t->sweep.axis[axis].param];
            char name[100];
            snprintf(name, sizeof name, "%s.%s", p->section, p->key);
            json_object_set_new(set, name, json_real(ut_tuning_value(t, s, axis)));
        }
        for (int cue = 0; cue < t->cues; cue++) {
            struct ut_tally_figures one;
            ut_tuning_cue(t, s, cue, &one);
            json_object_set_new(cues, ut_cue_info[t->judged[cue]].name, figures_json(&one));
        }
        json_object_set_new(row, "popups", json_integer(f->sum.popups));
        json_object_set_new(row, "popups_per_5min", figure_json(&f->popups_per_5min));
        json_object_set_new(row, "set", set);
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

static bool is_swept(const struct ut_tuning *t, int param)
{
    for (size_t axis = 0; axis < t->sweep.axes; axis++)
        if (t->sweep.axis[axis].param == param)
            return true;
    return false;
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
    const char *section = "";
    for (int i = 0; i < UT_PARAMS; i++) {
        const struct ut_param_info *p = &ut_param_info[i];
        if (config->value[i] == p->value && !is_swept(t, i))
            continue;
        if (strcmp(section, p->section) != 0)
            fprintf(out.file, "\n[%s]\n", p->section);
        section = p->section;
        fprintf(out.file, "%s = %.12g\n", p->key, config->value[i]);
    }
    for (int i = 0; ut_text_info[i].section != NULL; i++) {
        const struct ut_text_info *text = &ut_text_info[i];
        if (strcmp(config->text[i], text->value) == 0)
            continue;
        if (strcmp(section, text->section) != 0)
            fprintf(out.file, "\n[%s]\n", text->section);
        section = text->section;
        fprintf(out.file, "%s = %s\n", text->key, config->text[i]);
    }
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
        setting_text(t, s, true, label[s], sizeof label[s]);
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

static int parse_number(const char *text, const char *option, double *x)
{
    char *end;
    *x = strtod(text, &end);
    if (end != text && *end == '\0' && isfinite(*x) && *x >= 0 && *x <= 1e6)
        return 0;
    ut_note("%s %s: not a number of at least 0; give one", option, text);
    return -1;
}

struct options {
    const char *write, *plot;
    double max_alarms; /* -1 = choose by F1 */
    bool json, cache;
    long jobs;
};

/* -1 = go on; else the exit code. */
static int parse(int argc, char **argv, struct ut_tuning *t, struct options *o)
{
    enum { CUE = 256, EARLY, LATE, MAX_ALARMS, WRITE, PLOT, JSON, JOBS, NO_CACHE, CUSTOMER, AGENT, SWEEP };
    static const struct option options[] = {
        {"sweep", required_argument, NULL, SWEEP},
        {"cue", required_argument, NULL, CUE},
        {"early", required_argument, NULL, EARLY},
        {"late", required_argument, NULL, LATE},
        {"max-alarms", required_argument, NULL, MAX_ALARMS},
        {"write", required_argument, NULL, WRITE},
        {"plot", required_argument, NULL, PLOT},
        {"json", no_argument, NULL, JSON},
        {"jobs", required_argument, NULL, JOBS},
        {"no-cache", no_argument, NULL, NO_CACHE},
        {"customer", required_argument, NULL, CUSTOMER},
        {"agent", required_argument, NULL, AGENT},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct ut_fault fault = {0};
    double x;
    char *end;
    for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        switch (c) {
        case SWEEP:
            if (ut_sweep_add(&t->sweep, optarg, &fault) != 0)
                return ut_fault_print(&fault);
            break;
        case CUE:
            t->rule.cue = (int)ut_cue_find(optarg);
            if (t->rule.cue == UT_CUES) {
                ut_note("--cue %s: no such cue; `undertone cues` lists them", optarg);
                return UT_EXIT_LABEL_NAME;
            }
            break;
        case EARLY:
        case LATE:
            if (parse_number(optarg, c == EARLY ? "--early" : "--late", &x) != 0)
                return UT_EXIT_USAGE;
            *(c == EARLY ? &t->rule.early_ms : &t->rule.late_ms) = llround(1000 * x);
            break;
        case MAX_ALARMS:
            if (parse_number(optarg, "--max-alarms", &o->max_alarms) != 0)
                return UT_EXIT_USAGE;
            break;
        case WRITE:
            o->write = optarg;
            break;
        case PLOT:
            o->plot = optarg;
            break;
        case JSON:
            o->json = true;
            break;
        case NO_CACHE:
            o->cache = false;
            break;
        case JOBS:
            o->jobs = strtol(optarg, &end, 10);
            if (end == optarg || *end != '\0' || o->jobs < 1) {
                ut_note("--jobs %s: not a number of threads; give 1..%d", optarg, UT_JOBS_MAX);
                return UT_EXIT_USAGE;
            }
            break;
        case CUSTOMER:
            if (ut_audio_parse_channel(optarg, "--customer", &t->choice.customer, &fault) != 0)
                return ut_fault_print(&fault);
            break;
        case AGENT:
            if (ut_audio_parse_channel(optarg, "--agent", &t->choice.agent, &fault) != 0)
                return ut_fault_print(&fault);
            break;
        case 'h':
            fputs(usage, stdout);
            return UT_EXIT_OK;
        default:
            return UT_EXIT_USAGE;
        }
    }
    if (optind + 1 != argc) {
        ut_note("tune: give one file of labels; see `undertone tune --help`");
        return UT_EXIT_USAGE;
    }
    t->file = argv[optind];
    return -1;
}

static int tune(struct ut_tuning *t, const struct options *o, struct ut_fault *fault)
{
    if (ut_tuning_run(t, o->jobs > UT_JOBS_MAX ? UT_JOBS_MAX : (int)o->jobs, fault) != 0)
        return -1;
    long chosen = ut_tuning_choose(t, o->max_alarms);
    if (o->json)
        print_json(t, chosen);
    else
        print_table(t, chosen, o->max_alarms);
    if (o->write != NULL && write_setting(t, chosen, o->write, fault) != 0)
        return -1;
    if (o->plot != NULL && plot(t, chosen, o->plot, fault) != 0)
        return -1;
    return ut_output_flush(fault);
}

int ut_tune_main(int argc, char **argv)
{
    static struct ut_tuning t;
    static char folder[1000];
    struct options o = {.max_alarms = -1, .cache = true, .jobs = sysconf(_SC_NPROCESSORS_ONLN)};
    struct ut_fault fault = {0};
    t.base = ut_config_current();
    t.rule = (struct ut_tally_rule){.early_ms = 1000, .late_ms = 1000, .cue = UT_CUES};
    t.choice = (struct ut_audio_choice){UT_AUDIO_UNSET, UT_AUDIO_UNSET};
    int code = parse(argc, argv, &t, &o);
    if (code >= 0)
        return code;
    if (o.cache && ut_records_folder(folder, sizeof folder) == 0)
        t.folder = folder;
    int result = tune(&t, &o, &fault);
    if (result == 0)
        ut_note("tune: %zu settings on %zu calls; %zu calls' records were in the cache, %zu trials computed",
                t.settings, t.labels.calls, t.cached, t.computed);
    ut_tuning_free(&t);
    if (result != 0)
        return fault.code == UT_EXIT_OK ? UT_EXIT_OK : ut_fault_print(&fault);
    return UT_EXIT_OK;
}
