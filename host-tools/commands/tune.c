/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone tune`: labelled calls under many settings. Audio becomes records once; each setting then runs the cue
 * engine over the records. */
#include "host-tools/commands/tune.h"

#include "host-tools/call/events.h"
#include "host-tools/cues/engine.h"
#include "host-tools/system/output.h"
#include "host-tools/trials/curve.h"
#include "host-tools/trials/labels.h"
#include "host-tools/trials/records.h"
#include "host-tools/trials/sweep.h"
#include "host-tools/trials/tally.h"
#include "host-tools/trials/trial.h"
#include "models/model.h"

#include <getopt.h>
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { JOBS_MAX = 256, NAMED_MAX = 5, RECORDS_STEPS = 50 /* a call's audio, in settings' worth of progress */ };

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

struct tune {
    const char *file; /* of labels */
    struct ut_labels labels;
    struct ut_sweep sweep;
    struct ut_tally_rule rule;
    struct ut_audio_choice choice;
    const char *folder;  /* of the cache; NULL = none */
    int judged[UT_CUES]; /* cues judged */
    int cues;
    size_t *setting; /* numbers of the combinations that are possible */
    size_t settings;
    struct ut_tally *tally; /* [setting][judged cue][call] */
    struct ut_fault *fault; /* per call */
    atomic_size_t next, done;
    atomic_size_t cached_calls, computed;
    atomic_bool stop;
};

static struct ut_tally *cell(const struct tune *t, size_t setting, int cue, size_t call)
{
    return &t->tally[(setting * (size_t)t->cues + (size_t)cue) * t->labels.calls + call];
}

/* A call under every setting. 0, or -1 and the call's fault. */
static int run_call(struct tune *t, size_t call, struct ut_config *config)
{
    struct ut_fault *fault = &t->fault[call];
    const struct ut_label *label = t->labels.label;
    const char *path = t->labels.path[call];
    struct ut_records records;
    struct ut_trials trials;
    size_t first = 0, last;
    if (ut_records_load(&records, path, t->choice, t->folder, fault) != 0)
        return -1;
    atomic_fetch_add(&t->cached_calls, (size_t)records.cached);
    atomic_fetch_add(&t->done, RECORDS_STEPS);
    if (ut_labels_fit(&t->labels, call, records.end_ms, t->file, fault) != 0) {
        ut_records_free(&records);
        return -1;
    }
    while (first < t->labels.n && label[first].call < call)
        first++;
    for (last = first; last < t->labels.n && label[last].call == call;)
        last++;
    ut_trials_open(&trials, t->folder, &records);
    int result = 0;
    size_t known = trials.entries;
    for (size_t s = 0; result == 0 && s < t->settings && !atomic_load(&t->stop); s++) {
        struct ut_trial trial;
        struct ut_fault none;
        (void)ut_sweep_config(&t->sweep, t->setting[s], ut_config_current(), config, &none);
        if (ut_trials_get(&trials, &records, config, &trial) != 0) {
            result = ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
            break;
        }
        for (int cue = 0; cue < t->cues; cue++)
            ut_tally_count(cell(t, s, cue, call), &t->rule, t->judged[cue], label + first, last - first, &trial,
                           records.end_ms);
        atomic_fetch_add(&t->done, 1);
    }
    atomic_fetch_add(&t->computed, trials.entries - known);
    ut_trials_close(&trials, t->folder);
    ut_records_free(&records);
    return result;
}

static void *worker(void *ctx)
{
    struct tune *t = ctx;
    struct ut_config *config = malloc(sizeof *config);
    for (;;) {
        size_t call = atomic_fetch_add(&t->next, 1);
        if (call >= t->labels.calls || atomic_load(&t->stop))
            break;
        if (config == NULL)
            ut_fault_set(&t->fault[call], UT_EXIT_FAILURE, "tune: not enough memory");
        else
            (void)run_call(t, call, config);
    }
    free(config);
    return NULL;
}

/* 0, or -1 and *fault: that of the first call, the others named before. */
static int run(struct tune *t, int jobs, struct ut_fault *fault)
{
    pthread_t thread[JOBS_MAX];
    int started = 0;
    size_t total = t->labels.calls * (RECORDS_STEPS + t->settings);
    (void)ut_cue_loudness_dbfs(0); /* makes its table before there are threads */
    while (started < jobs && (size_t)started < t->labels.calls &&
           pthread_create(&thread[started], NULL, worker, t) == 0)
        started++;
    if (started == 0)
        worker(t);
    if (isatty(STDERR_FILENO)) {
        struct timespec pause = {.tv_nsec = 50000000};
        while (atomic_load(&t->next) < t->labels.calls + (size_t)started) {
            ut_output_progress("tune", (int64_t)atomic_load(&t->done), (int64_t)total);
            nanosleep(&pause, NULL);
        }
        ut_output_progress_end();
    }
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    size_t bad = 0;
    const struct ut_fault *first = NULL;
    for (size_t i = 0; i < t->labels.calls; i++) {
        if (t->fault[i].code == 0)
            continue;
        if (first == NULL)
            first = &t->fault[i];
        else if (bad < NAMED_MAX)
            ut_note("%s", t->fault[i].text);
        bad++;
    }
    if (first == NULL)
        return 0;
    *fault = *first;
    return -1;
}

/* Which cues the labels speak of. 0, or -1 and *fault. */
static int find_judged(struct tune *t, struct ut_fault *fault)
{
    bool wanted[UT_CUES] = {false};
    bool any = false;
    for (size_t i = 0; i < t->labels.n; i++)
        for (int cue = 0; cue < UT_CUES; cue++)
            if (ut_tally_judges(&t->rule, cue, t->labels.label[i].kind))
                wanted[cue] = any = true;
    if (t->rule.cue != UT_CUES)
        wanted[t->rule.cue] = true;
    else if (!any)
        return ut_fault_set(fault, UT_EXIT_INDEX, "%s: nothing is labelled; label some calls, or name a cue with --cue",
                            t->file);
    if (t->rule.cue != UT_CUES && !any && t->labels.n > 0)
        return ut_fault_set(fault, UT_EXIT_INDEX, "%s: no label is answered by %s; label it or judge another cue",
                            t->file, ut_cue_info[t->rule.cue].name);
    for (int cue = 0; cue < UT_CUES; cue++)
        if (wanted[cue])
            t->judged[t->cues++] = cue;
    return 0;
}

/* Leaves out the combinations that no config may have. 0, or -1 and *fault when none is left. */
static int find_settings(struct tune *t, struct ut_fault *fault)
{
    size_t count = ut_sweep_count(&t->sweep), left_out = 0;
    struct ut_fault first = {0}, now;
    struct ut_config *config = malloc(sizeof *config);
    t->setting = calloc(count, sizeof *t->setting);
    if (config == NULL || t->setting == NULL) {
        free(config);
        return ut_fault_set(fault, UT_EXIT_FAILURE, "tune: not enough memory");
    }
    for (size_t i = 0; i < count; i++) {
        if (ut_sweep_config(&t->sweep, i, ut_config_current(), config, &now) == 0)
            t->setting[t->settings++] = i;
        else if (left_out++ == 0)
            first = now;
    }
    free(config);
    if (t->settings == 0) {
        *fault = first;
        return -1;
    }
    if (left_out > 0)
        ut_note("%zu of %zu settings are impossible and left out, such as: %s", left_out, count, first.text);
    return 0;
}

static void setting_text(const struct tune *t, size_t s, bool brief, char *text, size_t room)
{
    size_t at = 0;
    text[0] = '\0';
    for (size_t axis = 0; axis < t->sweep.axes && at < room; axis++) {
        const struct ut_param_info *p = &ut_param_info[t->sweep.axis[axis].param];
        double x = ut_sweep_value(&t->sweep, t->setting[s], axis);
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

struct outcome {
    struct ut_tally_figures *all; /* [setting] over the judged cues */
    unsigned char *front;
    long chosen; /* -1 = none */
};

static void sum_call(const struct tune *t, size_t setting, size_t call, struct ut_tally *sum)
{
    *sum = *cell(t, setting, 0, call);
    for (int cue = 1; cue < t->cues; cue++) {
        struct ut_tally one = *cell(t, setting, cue, call);
        one.call_ms = 0; /* the call's, counted once */
        ut_tally_add(sum, &one);
    }
    sum->popups = cell(t, setting, 0, call)->all_popups;
}

/* How far a setting lies from the one in force, each number in units of the width swept. */
static double distance(const struct tune *t, size_t s)
{
    double sum = 0;
    for (size_t axis = 0; axis < t->sweep.axes; axis++) {
        const struct ut_sweep_axis *a = &t->sweep.axis[axis];
        double low = a->value[0], high = a->value[0], now = ut_config_current()->value[a->param];
        for (size_t i = 1; i < a->n; i++) {
            low = fmin(low, a->value[i]);
            high = fmax(high, a->value[i]);
        }
        sum += high > low ? fabs(ut_sweep_value(&t->sweep, t->setting[s], axis) - now) / (high - low) : 0;
    }
    return sum;
}

/* Of two with the same merit: fewer false alarms, then fewer pop-ups, then nearer to the setting in force. */
static bool calmer(const struct tune *t, const struct outcome *o, size_t a, size_t b)
{
    const struct ut_tally_figures *x = &o->all[a], *y = &o->all[b];
    if (x->alarms_per_hour.value != y->alarms_per_hour.value)
        return x->alarms_per_hour.value < y->alarms_per_hour.value;
    if (x->popups_per_5min.value != y->popups_per_5min.value)
        return x->popups_per_5min.value < y->popups_per_5min.value;
    return distance(t, a) < distance(t, b);
}

static long choose(const struct tune *t, const struct outcome *o, double max_alarms)
{
    long best = -1;
    for (size_t s = 0; s < t->settings; s++) {
        const struct ut_tally_figures *f = &o->all[s];
        if (isnan(f->recall.value) || (max_alarms < 0 && !o->front[s]) ||
            (max_alarms >= 0 && f->alarms_per_hour.value > max_alarms))
            continue;
        double merit = max_alarms < 0 ? f->f1.value : f->recall.value;
        const struct ut_tally_figures *b = best < 0 ? NULL : &o->all[best];
        double beaten = b == NULL ? -1 : max_alarms < 0 ? b->f1.value : b->recall.value;
        if (merit > beaten || (merit == beaten && calmer(t, o, s, (size_t)best)))
            best = (long)s;
    }
    return best;
}

static int judge(const struct tune *t, double max_alarms, struct outcome *o)
{
    struct ut_tally *sum = calloc(t->labels.calls, sizeof *sum);
    o->all = calloc(t->settings, sizeof *o->all);
    o->front = calloc(t->settings, 1);
    if (sum == NULL || o->all == NULL || o->front == NULL) {
        free(sum);
        return -1;
    }
    for (size_t s = 0; s < t->settings; s++) {
        for (size_t call = 0; call < t->labels.calls; call++)
            sum_call(t, s, call, &sum[call]);
        ut_tally_figures(sum, t->labels.calls, &o->all[s]);
    }
    free(sum);
    ut_tally_front(o->all, t->settings, o->front);
    o->chosen = choose(t, o, max_alarms);
    return 0;
}

static void cue_figures(const struct tune *t, size_t setting, int cue, struct ut_tally_figures *out)
{
    ut_tally_figures(cell(t, setting, cue, 0), t->labels.calls, out);
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

static void print_table(const struct tune *t, const struct outcome *o, double max_alarms)
{
    char text[300];
    int width = 7;
    const struct ut_tally *sum = &o->all[0].sum;
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
        put_row((long)s == o->chosen ? " >" : o->front[s] ? " *" : "  ", text, width, &o->all[s]);
    }
    puts("\n * = on the Pareto front: no other setting finds as many labels with fewer false alarms");
    if (o->chosen >= 0 && max_alarms < 0)
        puts(" > = chosen: the best F1 on the front; among equals the fewest pop-ups, then the nearest to the one in "
             "force");
    else if (o->chosen >= 0)
        printf(" > = chosen: finds most with at most %g false alarms per hour\n", max_alarms);
    if (t->cues < 2 || o->chosen < 0)
        return;
    putchar('\n');
    put_head("cue", width);
    for (int cue = 0; cue < t->cues; cue++) {
        struct ut_tally_figures f;
        cue_figures(t, (size_t)o->chosen, cue, &f);
        put_row("  ", ut_cue_info[t->judged[cue]].name, width, &f);
    }
}

static json_t *figure_json(const struct ut_tally_figure *f)
{
    if (isnan(f->value))
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "value", ut_events_number(f->value, 4), "low", ut_events_number(f->low, 4),
                     "high", ut_events_number(f->high, 4));
}

static json_t *figures_json(const struct ut_tally_figures *f)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "labels", f->sum.labels, "hits", f->sum.hits,
                     "false_alarms", f->sum.false_alarms, "repeats", f->sum.repeats, "precision",
                     figure_json(&f->precision), "recall", figure_json(&f->recall), "f1", figure_json(&f->f1),
                     "false_alarms_per_hour", figure_json(&f->alarms_per_hour), "lead_s", figure_json(&f->lead_s));
}

static void print_json(const struct tune *t, const struct outcome *o)
{
    json_t *list = json_array();
    char crc[16];
    for (size_t s = 0; s < t->settings; s++) {
        const struct ut_tally_figures *f = &o->all[s];
        json_t *set = json_object(), *cues = json_object(), *row = figures_json(f);
        for (size_t axis = 0; axis < t->sweep.axes; axis++) {
            const struct ut_param_info *p = &ut_param_info[t->sweep.axis[axis].param];
            char name[100];
            snprintf(name, sizeof name, "%s.%s", p->section, p->key);
            json_object_set_new(set, name, json_real(ut_sweep_value(&t->sweep, t->setting[s], axis)));
        }
        for (int cue = 0; cue < t->cues; cue++) {
            struct ut_tally_figures one;
            cue_figures(t, s, cue, &one);
            json_object_set_new(cues, ut_cue_info[t->judged[cue]].name, figures_json(&one));
        }
        json_object_set_new(row, "popups", json_integer(f->sum.popups));
        json_object_set_new(row, "popups_per_5min", figure_json(&f->popups_per_5min));
        json_object_set_new(row, "set", set);
        json_object_set_new(row, "cues", cues);
        json_object_set_new(row, "front", json_boolean(o->front[s]));
        json_object_set_new(row, "chosen", json_boolean((long)s == o->chosen));
        json_array_append_new(list, row);
    }
    snprintf(crc, sizeof crc, "%08x", (unsigned)ut_model_default.crc32);
    json_t *out = json_pack("{s:I, s:o, s:i, s:{s:s, s:s}, s:o}", "calls", (json_int_t)t->labels.calls, "hours",
                            ut_events_number((double)o->all[0].sum.call_ms / 3600000, 4), "labels",
                            o->all[0].sum.labels, "model", "id", ut_model_default.id, "crc32", crc, "settings", list);
    json_dumpf(out, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(out);
}

static bool is_swept(const struct tune *t, int param)
{
    for (size_t axis = 0; axis < t->sweep.axes; axis++)
        if (t->sweep.axis[axis].param == param)
            return true;
    return false;
}

/* Every number that was swept or is not the default, and the texts that are not: as --config the file stands alone. */
static int write_setting(const struct tune *t, const struct outcome *o, const char *path, struct ut_fault *fault)
{
    struct ut_output out;
    if (o->chosen < 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE,
                            "%s: not written: no setting has few enough false alarms; allow more with --max-alarms",
                            path);
    struct ut_config *config = malloc(sizeof *config);
    if (config == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "tune: not enough memory");
    (void)ut_sweep_config(&t->sweep, t->setting[o->chosen], ut_config_current(), config, fault);
    if (ut_output_open(&out, path, fault) != 0) {
        free(config);
        return -1;
    }
    const struct ut_tally_figures *f = &o->all[o->chosen];
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

static int plot(const struct tune *t, const struct outcome *o, const char *path, struct ut_fault *fault)
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
        const struct ut_tally_figures *f = &o->all[s];
        setting_text(t, s, true, label[s], sizeof label[s]);
        point[s] = (struct ut_curve_point){
            .alarms = f->alarms_per_hour.value,
            .alarms_low = f->alarms_per_hour.low,
            .alarms_high = f->alarms_per_hour.high,
            .recall = f->recall.value,
            .recall_low = f->recall.low,
            .recall_high = f->recall.high,
            .front = o->front[s],
            .chosen = (long)s == o->chosen,
            .in_force = t->sweep.axes > 0,
            .label = label[s],
        };
        for (size_t axis = 0; axis < t->sweep.axes; axis++)
            if (ut_sweep_value(&t->sweep, t->setting[s], axis) != ut_config_current()->value[t->sweep.axis[axis].param])
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
             (double)o->all[0].sum.call_ms / 3600000, o->all[0].sum.labels);
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
static int parse(int argc, char **argv, struct tune *t, struct options *o)
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
                ut_note("--jobs %s: not a number of threads; give 1..%d", optarg, JOBS_MAX);
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

static int tune(struct tune *t, const struct options *o, struct outcome *outcome, struct ut_fault *fault)
{
    if (ut_labels_read(&t->labels, t->file, fault) != 0 || find_judged(t, fault) != 0 || find_settings(t, fault) != 0)
        return -1;
    t->tally = calloc(t->settings * (size_t)t->cues * t->labels.calls, sizeof *t->tally);
    t->fault = calloc(t->labels.calls, sizeof *t->fault);
    if (t->tally == NULL || t->fault == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "tune: not enough memory");
    if (run(t, (int)(o->jobs < 1 ? 1 : o->jobs > JOBS_MAX ? JOBS_MAX : o->jobs), fault) != 0)
        return -1;
    if (judge(t, o->max_alarms, outcome) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "tune: not enough memory");
    if (o->json)
        print_json(t, outcome);
    else
        print_table(t, outcome, o->max_alarms);
    if (o->write != NULL && write_setting(t, outcome, o->write, fault) != 0)
        return -1;
    if (o->plot != NULL && plot(t, outcome, o->plot, fault) != 0)
        return -1;
    return ut_output_flush(fault);
}

int ut_tune_main(int argc, char **argv)
{
    static struct tune t;
    static char folder[1000];
    struct options o = {.max_alarms = -1, .cache = true, .jobs = sysconf(_SC_NPROCESSORS_ONLN)};
    struct outcome outcome = {.chosen = -1};
    struct ut_fault fault = {0};
    t.rule = (struct ut_tally_rule){.early_ms = 1000, .late_ms = 1000, .cue = UT_CUES};
    t.choice = (struct ut_audio_choice){UT_AUDIO_UNSET, UT_AUDIO_UNSET};
    int code = parse(argc, argv, &t, &o);
    if (code >= 0)
        return code;
    if (o.cache && ut_records_folder(folder, sizeof folder) == 0)
        t.folder = folder;
    int result = tune(&t, &o, &outcome, &fault);
    if (result == 0)
        ut_note("tune: %zu settings on %zu calls; %zu calls' records were in the cache, %zu trials computed",
                t.settings, t.labels.calls, atomic_load(&t.cached_calls), atomic_load(&t.computed));
    ut_labels_free(&t.labels);
    free(t.setting);
    free(t.tally);
    free(t.fault);
    free(outcome.all);
    free(outcome.front);
    if (result != 0)
        return fault.code == UT_EXIT_OK ? UT_EXIT_OK : ut_fault_print(&fault);
    return UT_EXIT_OK;
}
