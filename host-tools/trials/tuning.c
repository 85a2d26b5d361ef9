/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/tuning.h"

#include "host-tools/cues/engine.h"
#include "host-tools/system/jobs.h"
#include "host-tools/trials/records.h"
#include "host-tools/trials/trial.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS_STEPS = 50 /* a call's audio, in settings' worth of progress */ };

static int no_memory(struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_FAILURE, "tune: not enough memory");
}

/* Which cues the labels speak of. 0, or -1 and *fault. */
static int find_judged(struct ut_tuning *t, struct ut_fault *fault)
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
                            t->file[0]);
    if (t->rule.cue != UT_CUES && !any && t->labels.n > 0)
        return ut_fault_set(fault, UT_EXIT_INDEX, "%s: no label is answered by %s; label it or judge another cue",
                            t->file[0], ut_cue_info[t->rule.cue].name);
    for (int cue = 0; cue < UT_CUES; cue++)
        if (wanted[cue])
            t->judged[t->cues++] = cue;
    return 0;
}

static struct ut_tally *cell(const struct ut_tuning *t, size_t setting, int cue, size_t call)
{
    return &t->tally[(setting * (size_t)t->cues + (size_t)cue) * t->labels.calls + call];
}

struct run {
    struct ut_tuning *t;
    struct ut_fault *fault; /* per call */
    atomic_size_t cached, computed;
};

/* A call's records under every setting. 0, or -1 and *fault. */
static int try_settings(struct run *r, size_t call, const struct ut_records *records, atomic_size_t *done,
                        struct ut_fault *fault)
{
    const struct ut_tuning *t = r->t;
    const struct ut_label *label = t->labels.label;
    struct ut_trials trials;
    size_t first = 0, last;
    struct ut_config *config = malloc(sizeof *config);
    if (config == NULL)
        return no_memory(fault);
    while (first < t->labels.n && label[first].call < call)
        first++;
    for (last = first; last < t->labels.n && label[last].call == call;)
        last++;
    ut_trials_open(&trials, t->folder, records);
    size_t known = trials.entries;
    int result = 0;
    for (size_t s = 0; s < t->settings; s++) {
        struct ut_trial trial;
        ut_tuning_config(t, s, config);
        if (ut_trials_get(&trials, records, config, &trial) != 0) {
            result = ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", t->labels.path[call]);
            break;
        }
        for (int cue = 0; cue < t->cues; cue++)
            ut_tally_count(cell(t, s, cue, call), &t->rule, t->judged[cue], label + first, last - first, &trial,
                           records->end_ms);
        atomic_fetch_add(done, 1);
    }
    atomic_fetch_add(&r->computed, trials.entries - known);
    ut_trials_close(&trials, t->folder);
    free(config);
    return result;
}

static void run_call(void *ctx, size_t call, atomic_size_t *done)
{
    struct run *r = ctx;
    const struct ut_tuning *t = r->t;
    struct ut_fault *fault = &r->fault[call];
    struct ut_records records;
    if (ut_records_load(&records, t->labels.path[call], &ut_model_default, t->choice, t->folder, fault) != 0)
        return;
    atomic_fetch_add(&r->cached, (size_t)records.cached);
    atomic_fetch_add(done, RECORDS_STEPS);
    if (ut_labels_fit(&t->labels, call, records.call_ms, fault) == 0)
        (void)try_settings(r, call, &records, done, fault);
    ut_records_free(&records);
}

static int run_calls(struct ut_tuning *t, int jobs, struct ut_fault *fault)
{
    size_t calls = t->labels.calls;
    struct run r = {.t = t, .fault = calloc(calls, sizeof *r.fault)};
    t->tally = calloc(t->settings * (size_t)t->cues * calls, sizeof *t->tally);
    if (t->tally == NULL || r.fault == NULL) {
        free(r.fault);
        return no_memory(fault);
    }
    ut_jobs_run(&(struct ut_jobs){.label = "tune",
                                  .pieces = calls,
                                  .steps = calls * (RECORDS_STEPS + t->settings),
                                  .work = run_call,
                                  .ctx = &r},
                jobs);
    t->cached = atomic_load(&r.cached);
    t->computed = atomic_load(&r.computed);
    int result = ut_fault_first(fault, r.fault, calls);
    free(r.fault);
    return result;
}

static void sum_call(const struct ut_tuning *t, size_t setting, size_t call, struct ut_tally *sum)
{
    *sum = *cell(t, setting, 0, call);
    for (int cue = 1; cue < t->cues; cue++) {
        struct ut_tally one = *cell(t, setting, cue, call);
        one.call_ms = 0; /* the call's, counted once */
        ut_tally_add(sum, &one);
    }
    sum->popups = cell(t, setting, 0, call)->all_popups;
}

static int sum_up(struct ut_tuning *t, struct ut_fault *fault)
{
    struct ut_tally *sum = calloc(t->labels.calls, sizeof *sum);
    t->all = calloc(t->settings, sizeof *t->all);
    t->front = calloc(t->settings, 1);
    if (sum == NULL || t->all == NULL || t->front == NULL) {
        free(sum);
        return no_memory(fault);
    }
    for (size_t s = 0; s < t->settings; s++) {
        for (size_t call = 0; call < t->labels.calls; call++)
            sum_call(t, s, call, &sum[call]);
        ut_tally_figures(sum, t->labels.calls, &t->all[s]);
    }
    free(sum);
    ut_tally_front(t->all, t->settings, t->front);
    return 0;
}

int ut_tuning_run(struct ut_tuning *t, int jobs, struct ut_fault *fault)
{
    if (ut_labels_read(&t->labels, t->file, t->files, &t->labelled, fault) != 0 || find_judged(t, fault) != 0 ||
        ut_sweep_possible(&t->sweep, t->base, &t->setting, &t->settings, fault) != 0 || run_calls(t, jobs, fault) != 0)
        return -1;
    return sum_up(t, fault);
}

void ut_tuning_free(struct ut_tuning *t)
{
    ut_labels_free(&t->labels);
    free(t->setting);
    free(t->tally);
    free(t->all);
    free(t->front);
    memset(t, 0, sizeof *t);
}

void ut_tuning_cue(const struct ut_tuning *t, size_t setting, int cue, struct ut_tally_figures *out)
{
    ut_tally_figures(cell(t, setting, cue, 0), t->labels.calls, out);
}

double ut_tuning_value(const struct ut_tuning *t, size_t setting, size_t axis)
{
    return ut_sweep_value(&t->sweep, t->setting[setting], axis);
}

void ut_tuning_config(const struct ut_tuning *t, size_t setting, struct ut_config *config)
{
    struct ut_fault none; /* ut_sweep_possible left only those that are */
    (void)ut_sweep_config(&t->sweep, t->setting[setting], t->base, config, &none);
}

/* How far a setting lies from the one in force, each number in units of the width swept. */
static double distance(const struct ut_tuning *t, size_t s)
{
    double sum = 0;
    for (size_t axis = 0; axis < t->sweep.axes; axis++) {
        const struct ut_sweep_axis *a = &t->sweep.axis[axis];
        double low = a->value[0], high = a->value[0], now = t->base->value[a->param];
        for (size_t i = 1; i < a->n; i++) {
            low = fmin(low, a->value[i]);
            high = fmax(high, a->value[i]);
        }
        sum += high > low ? fabs(ut_tuning_value(t, s, axis) - now) / (high - low) : 0;
    }
    return sum;
}

/* Of two with the same merit. */
static bool calmer(const struct ut_tuning *t, size_t a, size_t b)
{
    const struct ut_tally_figures *x = &t->all[a], *y = &t->all[b];
    if (x->alarms_per_hour.value != y->alarms_per_hour.value)
        return x->alarms_per_hour.value < y->alarms_per_hour.value;
    if (x->popups_per_5min.value != y->popups_per_5min.value)
        return x->popups_per_5min.value < y->popups_per_5min.value;
    return distance(t, a) < distance(t, b);
}

long ut_tuning_choose(const struct ut_tuning *t, double max_alarms)
{
    long best = -1;
    double beaten = -1;
    for (size_t s = 0; s < t->settings; s++) {
        const struct ut_tally_figures *f = &t->all[s];
        if (isnan(f->recall.value) || (max_alarms < 0 && !t->front[s]) ||
            (max_alarms >= 0 && f->alarms_per_hour.value > max_alarms))
            continue;
        double merit = max_alarms < 0 ? f->f1.value : f->recall.value;
        if (merit > beaten || (merit == beaten && calmer(t, s, (size_t)best))) {
            best = (long)s;
            beaten = merit;
        }
    }
    return best;
}
