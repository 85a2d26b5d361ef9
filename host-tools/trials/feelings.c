/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/feelings.h"

#include "host-tools/system/jobs.h"
#include "host-tools/trials/marks.h"
#include "host-tools/trials/proportion.h"
#include "host-tools/trials/records.h"
#include "host-tools/trials/trial.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS_STEPS = 50 /* a call's audio, in settings' worth of progress */ };

const enum ut_cue ut_feelings_cue[UT_FEELINGS_CUES] = {UT_CUE_HELP, UT_CUE_EMPATHY, UT_CUE_RISING, UT_CUE_POSITIVE,
                                                       UT_CUE_GOOD_MOMENT};
/* Which feeling each of them is about, and whether a stretch is found by it. */
static const struct {
    int kind;
    bool finds;
} meaning[UT_FEELINGS_CUES] = {{UT_FEELING_FRUSTRATION, false},
                               {UT_FEELING_FRUSTRATION, true},
                               {UT_FEELING_FRUSTRATION, false},
                               {UT_FEELING_DELIGHT, true},
                               {UT_FEELING_DELIGHT, false}};

struct ut_feelings_count {
    int alarms[UT_FEELINGS_CUES];
    int mistaken;
};

static int no_memory(struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_FAILURE, "eval: not enough memory");
}

/* The stretch that a time belongs to; NULL = calm. */
static const struct ut_call_span *stretch_at(const struct ut_known_call *call, int64_t t_ms)
{
    const struct ut_call_span *found = NULL;
    for (size_t i = 0; i < call->stretches; i++)
        if (t_ms >= call->stretch[i].begin_ms && t_ms < call->stretch[i].end_ms + UT_FEELINGS_LATE_MS)
            found = &call->stretch[i];
    return found;
}

static void judge_opening(const struct ut_known_call *call, const struct ut_opening *o, int cue,
                          struct ut_feelings_count *count, int32_t *delay_ms)
{
    const struct ut_call_span *s = stretch_at(call, o->opened_ms);
    if (s == NULL)
        count->alarms[cue]++;
    else if (s->kind != meaning[cue].kind)
        count->mistaken++;
    else if (meaning[cue].finds && delay_ms[s - call->stretch] < 0)
        delay_ms[s - call->stretch] = (int32_t)(o->opened_ms - s->begin_ms);
}

static void judge_trial(const struct ut_known_call *call, const struct ut_trial *trial, struct ut_feelings_count *count,
                        int32_t *delay_ms)
{
    for (size_t i = 0; i < call->stretches; i++)
        delay_ms[i] = -1;
    for (size_t i = 0; i < trial->n; i++)
        for (int cue = 0; cue < UT_FEELINGS_CUES; cue++)
            if (trial->opening[i].cue == (int32_t)ut_feelings_cue[cue])
                judge_opening(call, &trial->opening[i], cue, count, delay_ms);
}

struct run {
    struct ut_feelings *f;
    struct ut_fault *fault; /* per call */
};

static void run_call(void *ctx, size_t i, atomic_size_t *done)
{
    const struct run *r = ctx;
    struct ut_feelings *f = r->f;
    const struct ut_known_call *call = &f->index.call[i];
    const struct ut_audio_choice choice = {UT_AUDIO_UNSET, UT_AUDIO_UNSET};
    struct ut_fault *fault = &r->fault[i], none;
    struct ut_records records;
    struct ut_config *config;
    if (ut_records_load(&records, call->path, f->model, choice, NULL, fault) != 0)
        return;
    atomic_fetch_add(done, RECORDS_STEPS);
    f->length_ms[i] = records.call_ms;
    for (size_t k = 0; k < call->stretches; k++)
        if (call->stretch[k].end_ms > f->length_ms[i] + UT_MARKS_BEYOND_MS)
            ut_fault_set(fault, UT_EXIT_LABEL_END,
                         "%s: a stretch of %s ends at %lld ms, the call at %lld ms; correct it", f->file, call->path,
                         (long long)call->stretch[k].end_ms, (long long)f->length_ms[i]);
    if ((config = malloc(sizeof *config)) == NULL)
        (void)no_memory(fault);
    for (size_t s = 0; s < f->settings && fault->code == 0; s++) {
        struct ut_trial trial;
        (void)ut_sweep_config(&f->sweep, f->setting[s], f->base, config, &none); /* possible ones only */
        if (ut_trial_run(&trial, &records, config) != 0) {
            (void)no_memory(fault);
            break;
        }
        judge_trial(call, &trial, &f->cell[s * f->index.calls + i],
                    &f->delay_ms[s * f->stretches + f->first_stretch[i]]);
        ut_trial_free(&trial);
        atomic_fetch_add(done, 1);
    }
    free(config);
    ut_records_free(&records);
}

static int make_room(struct ut_feelings *f, struct ut_fault *fault)
{
    size_t calls = f->index.calls;
    f->first_stretch = calloc(calls, sizeof *f->first_stretch);
    f->length_ms = calloc(calls, sizeof *f->length_ms);
    for (size_t i = 0; f->first_stretch != NULL && i < calls; i++) {
        f->first_stretch[i] = f->stretches;
        f->stretches += f->index.call[i].stretches;
    }
    f->cell = calloc(f->settings * calls, sizeof *f->cell);
    f->delay_ms = calloc(f->settings * f->stretches + 1, sizeof *f->delay_ms);
    if (f->first_stretch == NULL || f->length_ms == NULL || f->cell == NULL || f->delay_ms == NULL)
        return no_memory(fault);
    return 0;
}

int ut_feelings_run(struct ut_feelings *f, int jobs, struct ut_fault *fault)
{
    if (ut_call_index_read(&f->index, f->file, fault) != 0 ||
        ut_sweep_possible(&f->sweep, f->base, &f->setting, &f->settings, fault) != 0 || make_room(f, fault) != 0)
        return -1;
    size_t calls = f->index.calls;
    struct run r = {.f = f, .fault = calloc(calls, sizeof *r.fault)};
    if (r.fault == NULL)
        return no_memory(fault);
    ut_jobs_run(&(struct ut_jobs){.label = "eval",
                                  .pieces = calls,
                                  .steps = calls * (RECORDS_STEPS + f->settings),
                                  .work = run_call,
                                  .ctx = &r},
                jobs);
    int result = ut_fault_first(fault, r.fault, calls);
    free(r.fault);
    return result;
}

void ut_feelings_free(struct ut_feelings *f)
{
    ut_call_index_free(&f->index);
    free(f->setting);
    free(f->first_stretch);
    free(f->delay_ms);
    free(f->cell);
    free(f->length_ms);
    memset(f, 0, sizeof *f);
}

static const char *group_of(const struct ut_known_call *call, int by)
{
    return by == UT_BY_CORPUS ? call->corpus : call->gender;
}

const char *ut_feelings_name(const struct ut_feelings *f, int by, size_t i)
{
    for (size_t k = 0; k < f->index.calls; k++) {
        const char *name = group_of(&f->index.call[k], by);
        size_t before = 0;
        while (before < k && strcmp(group_of(&f->index.call[before], by), name) != 0)
            before++;
        if (name[0] != '\0' && before == k && i-- == 0)
            return name;
    }
    return NULL;
}

/* The customer's speech that belongs to no stretch. */
static int64_t calm_ms(const struct ut_known_call *call)
{
    int64_t sum = 0;
    for (size_t i = 0; i < call->turns; i++) {
        const struct ut_call_span *t = &call->speech[i];
        int64_t from = t->begin_ms;
        for (size_t k = 0; k < call->stretches; k++) {
            int64_t begin = call->stretch[k].begin_ms, end = call->stretch[k].end_ms + UT_FEELINGS_LATE_MS;
            if (end <= from || begin >= t->end_ms)
                continue;
            sum += begin > from ? begin - from : 0;
            from = end;
        }
        sum += t->end_ms > from ? t->end_ms - from : 0;
    }
    return sum;
}

static enum ut_feelings_onset onset_of(const struct ut_known_call *call, const struct ut_call_span *s)
{
    return call->turns > 0 && call->speech[0].begin_ms < s->begin_ms ? UT_ONSET_LATE : UT_ONSET_FIRST;
}

/* P(X <= n) of Poisson's distribution. */
static double poisson_below(int n, double mean)
{
    double sum = 0;
    for (int k = 0; k <= n; k++)
        sum += exp(k * log(mean) - mean - lgamma(k + 1.0));
    return sum;
}

/* The mean of which n events or fewer have a chance of p. */
static double poisson_mean(int n, double p)
{
    double low = 1e-9, high = 4.0 * n + 20;
    for (int i = 0; i < 200; i++) {
        double middle = (low + high) / 2;
        if (poisson_below(n, middle) > p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

void ut_feelings_poisson(int n, double *low, double *high)
{
    *low = n == 0 ? 0 : poisson_mean(n - 1, 0.975);
    *high = poisson_mean(n, 0.025);
}

static void find_share(struct ut_feelings_found *f)
{
    struct ut_proportion p = ut_proportion(f->found, f->n);
    f->share = (struct ut_feelings_figure){p.value, p.low, p.high};
}

static int by_size(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static double median_s(int32_t *ms, size_t n)
{
    if (n == 0)
        return (double)NAN;
    qsort(ms, n, sizeof *ms, by_size);
    return (ms[(n - 1) / 2] + ms[n / 2]) / 2000.0;
}

/* Stretches of a kind and an onset (UT_ONSETS = any) in the calls that count; delay has room for all. */
static void find_found(const struct ut_feelings *f, size_t setting, const bool *counts, int kind, int onset,
                       int32_t *delay, struct ut_feelings_found *out)
{
    const int32_t *of = &f->delay_ms[setting * f->stretches];
    *out = (struct ut_feelings_found){0};
    for (size_t i = 0; i < f->index.calls; i++) {
        const struct ut_known_call *call = &f->index.call[i];
        for (size_t k = 0; counts[i] && k < call->stretches; k++) {
            int32_t ms = of[f->first_stretch[i] + k];
            if (call->stretch[k].kind != kind ||
                (onset != UT_ONSETS && onset != (int)onset_of(call, &call->stretch[k])))
                continue;
            out->n++;
            if (ms >= 0)
                delay[out->found++] = ms;
        }
    }
    find_share(out);
    out->delay_s = median_s(delay, (size_t)out->found);
}

static bool is_new_speaker(const struct ut_feelings *f, const bool *counts, size_t i)
{
    const struct ut_known_call *call = f->index.call;
    for (size_t k = 0; k < i; k++)
        if (counts[k] && strcmp(call[k].speaker, call[i].speaker) == 0 && strcmp(call[k].corpus, call[i].corpus) == 0)
            return false;
    return true;
}

int ut_feelings_judge(const struct ut_feelings *f, size_t setting, int by, const char *name,
                      struct ut_feelings_figures *out)
{
    bool *counts = calloc(f->index.calls, sizeof *counts);
    int32_t *delay = malloc((f->stretches + 1) * sizeof *delay);
    int64_t calm = 0, whole = 0;
    memset(out, 0, sizeof *out);
    if (counts == NULL || delay == NULL) {
        free(counts);
        free(delay);
        return -1;
    }
    for (size_t i = 0; i < f->index.calls; i++) {
        const struct ut_known_call *call = &f->index.call[i];
        const struct ut_feelings_count *c = &f->cell[setting * f->index.calls + i];
        counts[i] = name == NULL || strcmp(group_of(call, by), name) == 0;
        if (!counts[i])
            continue;
        out->calls++;
        out->speakers += is_new_speaker(f, counts, i);
        whole += f->length_ms[i];
        calm += calm_ms(call);
        out->mistaken += c->mistaken;
        for (int cue = 0; cue < UT_FEELINGS_CUES; cue++) {
            out->of_cue[cue] += c->alarms[cue];
            out->alarms += c->alarms[cue];
        }
    }
    out->hours = (double)whole / 3600000;
    out->calm_hours = (double)calm / 3600000;
    out->per_hour = (struct ut_feelings_figure){(double)NAN, (double)NAN, (double)NAN};
    if (calm > 0) {
        ut_feelings_poisson(out->alarms, &out->per_hour.low, &out->per_hour.high);
        out->per_hour.value = out->alarms / out->calm_hours;
        out->per_hour.low /= out->calm_hours;
        out->per_hour.high /= out->calm_hours;
    }
    for (int kind = 0; kind < UT_FEELINGS; kind++) {
        find_found(f, setting, counts, kind, UT_ONSETS, delay, &out->all[kind]);
        for (int onset = 0; onset < UT_ONSETS; onset++)
            find_found(f, setting, counts, kind, onset, delay, &out->of[kind][onset]);
    }
    free(counts);
    free(delay);
    return 0;
}
