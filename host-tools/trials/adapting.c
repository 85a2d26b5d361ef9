/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/adapting.h"

#include "host-tools/system/jobs.h"
#include "host-tools/trials/records.h"
#include "host-tools/trials/trial.h"
#include "models/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is tried of a cue: on from 0.3 to 0.95, hold 2, 3 or 5 s of speech. */
enum { ONS = 14, HOLDS = 3, SETTINGS = ONS * HOLDS, FITS = UT_ADAPTING_FOLDS + 1 /* and one from all calls */ };

static const double holds_s[HOLDS] = {2, 3, 5};

static const struct {
    enum ut_cue cue;
    enum ut_param confidence;
    int label;
} kinds[UT_ADAPTING_KINDS] = {
    {UT_CUE_EMPATHY, UT_P_EMPATHY_CONFIDENCE, UT_LABEL_FRUSTRATION},
    {UT_CUE_POSITIVE, UT_P_POSITIVE_CONFIDENCE, UT_LABEL_DELIGHT},
};

struct work {
    struct ut_adapting *a;
    struct ut_records *records;
    struct ut_calibrating_call *call;
    struct ut_fault *fault;
    struct ut_calibration fit[FITS];
    struct ut_tally *before; /* [call][kind] */
    struct ut_tally *tally;  /* [fit][call][setting][kind] */
};

static int no_memory(struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_FAILURE, "adapt: not enough memory");
}

static double rounded(double x)
{
    return round(x * 1e4) / 1e4;
}

static struct ut_adapting_setting setting_of(int s)
{
    return (struct ut_adapting_setting){rounded(0.3 + 0.05 * (s % ONS)), holds_s[s / ONS]};
}

/* A cue's numbers, with the distance from on to off that the base has; a threshold below the confidence asked for takes
 * that down with it. */
static void put_setting(const struct ut_config *base, struct ut_config *c, int kind, struct ut_adapting_setting s)
{
    enum ut_param first = ut_cue_param(kinds[kind].cue), confidence = kinds[kind].confidence;
    double gap = base->value[first + UT_COMMON_ON] - base->value[first + UT_COMMON_OFF];
    c->value[first + UT_COMMON_ON] = s.on;
    c->value[first + UT_COMMON_OFF] = rounded(fmax(0, s.on - gap));
    c->value[first + UT_COMMON_HOLD] = s.hold_s;
    c->value[confidence] = fmin(base->value[confidence], s.on);
}

static void put_calibration(struct ut_config *c, const struct ut_calibration *of)
{
    c->value[UT_P_CALIBRATION_TEMPERATURE] = rounded(of->temperature);
    c->value[UT_P_CALIBRATION_FRUSTRATION] = rounded(of->offset[UT_CALIBRATION_FRUSTRATION]);
    c->value[UT_P_CALIBRATION_DELIGHT] = rounded(of->offset[UT_CALIBRATION_DELIGHT]);
    char model[16];
    struct ut_fault none;
    snprintf(model, sizeof model, "%08x", (unsigned)ut_model_default.crc32);
    (void)ut_config_set(c, "calibration", "model", model, "adapt", &none);
}

/* The score of a feeling that one of x becomes, when the other feeling and other share the rest. */
static double moved(const struct ut_calibration *from, const struct ut_calibration *to, int feeling, double x)
{
    double log_of[UT_CALIBRATION_CLASSES], p[UT_CALIBRATION_CLASSES];
    for (int c = 0; c < UT_CALIBRATION_CLASSES; c++)
        log_of[c] = from->temperature * (log(fmax(c == feeling ? x : (1 - x) / 2, 1e-6)) - from->offset[c]);
    ut_calibration_apply(to, log_of, p);
    return p[feeling];
}

/* Thresholds of scores that nothing was fitted to mean what they meant. */
static void move_thresholds(const struct ut_adapting *a, struct ut_config *c, const struct ut_calibration *from)
{
    static const struct {
        enum ut_param param;
        int feeling;
    } scores[] = {
        {UT_P_HELP_ON, UT_CALIBRATION_FRUSTRATION},         {UT_P_HELP_OFF, UT_CALIBRATION_FRUSTRATION},
        {UT_P_EMPATHY_ON, UT_CALIBRATION_FRUSTRATION},      {UT_P_EMPATHY_OFF, UT_CALIBRATION_FRUSTRATION},
        {UT_P_SCORE_USUAL, UT_CALIBRATION_FRUSTRATION},     {UT_P_EMPATHY_CONFIDENCE, UT_CALIBRATION_FRUSTRATION},
        {UT_P_POSITIVE_ON, UT_CALIBRATION_DELIGHT},         {UT_P_POSITIVE_OFF, UT_CALIBRATION_DELIGHT},
        {UT_P_POSITIVE_CONFIDENCE, UT_CALIBRATION_DELIGHT}, {UT_P_GOOD_MOMENT_ON, UT_CALIBRATION_DELIGHT},
        {UT_P_GOOD_MOMENT_OFF, UT_CALIBRATION_DELIGHT},     {UT_P_GOOD_MOMENT_FRUSTRATION, UT_CALIBRATION_FRUSTRATION},
    };
    for (size_t i = 0; i < sizeof scores / sizeof scores[0]; i++)
        c->value[scores[i].param] =
            rounded(moved(from, &a->calibration, scores[i].feeling, a->base->value[scores[i].param]));
}

static int truth_at(const struct ut_labels *l, size_t call, int64_t t_ms)
{
    for (size_t i = 0; i < l->n; i++)
        for (int kind = 0; kind < UT_ADAPTING_KINDS; kind++)
            if (l->label[i].call == call && ut_tally_cue(l->label[i].kind) == (int)kinds[kind].cue &&
                t_ms > l->label[i].begin_ms && t_ms <= l->label[i].end_ms)
                return kind;
    return UT_CALIBRATION_OTHER;
}

/* The scores of a call's speech with their truths. 0, or -1 and *fault. */
static int take_scores(struct work *w, size_t i, struct ut_fault *fault)
{
    const struct ut_records *r = &w->records[i];
    struct ut_calibrating_call *call = &w->call[i];
    call->score = calloc(r->n + 1, sizeof *call->score);
    if (call->score == NULL)
        return no_memory(fault);
    for (size_t k = 0; k < r->n; k++) {
        struct ut_wire_score s;
        if (ut_wire_unpack_score(r->record + k * UT_WIRE_RECORD_BYTES, &s) != 0 || !ut_wire_scored(&s))
            continue;
        ut_calibration_logs(&s, call->score[call->n].log);
        call->score[call->n++].truth = truth_at(&w->a->labels, i, (int64_t)s.t_ms - 125);
    }
    return 0;
}

static void load_call(void *ctx, size_t i, atomic_size_t *done)
{
    struct work *w = ctx;
    struct ut_adapting *a = w->a;
    if (ut_records_load(&w->records[i], a->labels.path[i], &ut_model_default, a->choice, a->folder, &w->fault[i]) ==
            0 &&
        ut_labels_fit(&a->labels, i, w->records[i].call_ms, &w->fault[i]) == 0)
        (void)take_scores(w, i, &w->fault[i]);
    atomic_fetch_add(done, 1);
}

static struct ut_tally *cell(const struct work *w, size_t fit, size_t call, int setting)
{
    return &w->tally[((fit * w->a->labels.calls + call) * SETTINGS + (size_t)setting) * UT_ADAPTING_KINDS];
}

/* What the two cues do in a call under a config. 0, or -1 when out of memory. */
static int count(struct work *w, size_t call, const struct ut_config *config, struct ut_tally out[UT_ADAPTING_KINDS])
{
    const struct ut_labels *l = &w->a->labels;
    size_t first = 0, last;
    struct ut_trial trial;
    if (ut_trial_run(&trial, &w->records[call], config) != 0)
        return -1;
    while (first < l->n && l->label[first].call < call)
        first++;
    for (last = first; last < l->n && l->label[last].call == call;)
        last++;
    for (int kind = 0; kind < UT_ADAPTING_KINDS; kind++)
        ut_tally_count(&out[kind], &w->a->rule, (int)kinds[kind].cue, l->label + first, last - first, &trial,
                       w->records[call].end_ms);
    ut_trial_free(&trial);
    return 0;
}

/* A call under every setting with every fit's calibration, and as things are. */
static void try_call(void *ctx, size_t i, atomic_size_t *done)
{
    struct work *w = ctx;
    struct ut_config *config = malloc(sizeof *config);
    int result = config == NULL || count(w, i, w->a->base, &w->before[i * UT_ADAPTING_KINDS]) != 0 ? -1 : 0;
    for (size_t fit = 0; fit < FITS && result == 0; fit++) {
        *config = *w->a->base;
        put_calibration(config, &w->fit[fit]);
        for (int s = 0; s < SETTINGS && result == 0; s++) {
            for (int kind = 0; kind < UT_ADAPTING_KINDS; kind++)
                put_setting(w->a->base, config, kind, setting_of(s));
            result = count(w, i, config, cell(w, fit, i, s));
        }
        atomic_fetch_add(done, 1);
    }
    free(config);
    if (result != 0)
        (void)no_memory(&w->fault[i]);
}

static double f1_of(const struct ut_tally *t)
{
    int either = t->labels + t->hits + t->false_alarms;
    return either > 0 ? 2.0 * t->hits / either : 0;
}

/* Of the settings with few enough false alarms on the calls of a fit the one with the highest F1, else the one with the
 * fewest. */
static int choose(const struct work *w, size_t fit, int kind)
{
    int best = 0;
    bool best_few = false;
    double best_worth = -(double)INFINITY;
    for (int s = 0; s < SETTINGS; s++) {
        struct ut_tally sum = {0};
        for (size_t i = 0; i < w->a->labels.calls; i++)
            if (w->call[i].fold != (int)fit)
                ut_tally_add(&sum, &cell(w, fit, i, s)[kind]);
        bool few = sum.false_alarms <= w->a->max_alarms * (double)sum.call_ms / 3600000;
        double worth = few ? f1_of(&sum) : -(double)sum.false_alarms;
        if (few > best_few || (few == best_few && worth > best_worth)) {
            best = s;
            best_few = few;
            best_worth = worth;
        }
    }
    return best;
}

/* Each call's number among others of its sort, so that every fold has some of each. */
static void deal(struct work *w)
{
    int dealt[1 << UT_ADAPTING_KINDS] = {0};
    for (size_t i = 0; i < w->a->labels.calls; i++) {
        int sort = 0;
        for (size_t k = 0; k < w->a->labels.n; k++)
            for (int kind = 0; kind < UT_ADAPTING_KINDS; kind++)
                if (w->a->labels.label[k].call == i && ut_tally_cue(w->a->labels.label[k].kind) == (int)kinds[kind].cue)
                    sort |= 1 << kind;
        w->call[i].fold = (dealt[sort]++ + sort) % UT_ADAPTING_FOLDS;
    }
}

static size_t drawn(uint64_t *random, size_t n)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return (size_t)((*random >> 32) * n >> 32);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The value is that of all calls, each once. measure: what a set of calls says; which[] names them. */
static struct ut_adapting_gain gain(size_t calls, double (*measure)(const void *ctx, const size_t *which, size_t n),
                                    const void *ctx, size_t *which)
{
    double of[UT_TALLY_DRAWS];
    uint64_t random = 0x9E3779B97F4A7C15U;
    size_t n = 0;
    for (size_t i = 0; i < calls; i++)
        which[i] = i;
    struct ut_adapting_gain g = {measure(ctx, which, calls), (double)NAN, (double)NAN};
    for (int draw = 0; draw < UT_TALLY_DRAWS; draw++) {
        for (size_t i = 0; i < calls; i++)
            which[i] = drawn(&random, calls);
        double x = measure(ctx, which, calls);
        if (!isnan(x))
            of[n++] = x;
    }
    if (n == 0)
        return g;
    qsort(of, n, sizeof of[0], by_size);
    g.low = of[n * 25 / 1000];
    g.high = of[(n * 975 - 1) / 1000];
    return g;
}

struct losses {
    const struct ut_calibrating_loss *of[2]; /* before, after; per call */
};

static double loss_of(const struct ut_calibrating_loss *call, const size_t *which, size_t n)
{
    struct ut_calibrating_loss sum = {{0}, {0}};
    for (size_t i = 0; i < n; i++)
        for (int c = 0; c < UT_CALIBRATION_CLASSES; c++) {
            sum.sum[c] += call[which[i]].sum[c];
            sum.n[c] += call[which[i]].n[c];
        }
    return ut_calibrating_mean(&sum);
}

static double loss_gained(const void *ctx, const size_t *which, size_t n)
{
    const struct losses *l = ctx;
    return loss_of(l->of[1], which, n) - loss_of(l->of[0], which, n);
}

struct tallies {
    const struct ut_tally *of[2]; /* before, after; per call */
};

static struct ut_tally sum_of(const struct ut_tally *call, const size_t *which, size_t n)
{
    struct ut_tally sum = {0};
    for (size_t i = 0; i < n; i++)
        ut_tally_add(&sum, &call[which[i]]);
    return sum;
}

static double found_gained(const void *ctx, const size_t *which, size_t n)
{
    const struct tallies *t = ctx;
    struct ut_tally before = sum_of(t->of[0], which, n), after = sum_of(t->of[1], which, n);
    return before.labels > 0 ? (double)(after.hits - before.hits) / before.labels : (double)NAN;
}

static double alarms_gained(const void *ctx, const size_t *which, size_t n)
{
    const struct tallies *t = ctx;
    struct ut_tally before = sum_of(t->of[0], which, n), after = sum_of(t->of[1], which, n);
    return before.call_ms > 0 ? 3600000.0 * (after.false_alarms - before.false_alarms) / (double)before.call_ms
                              : (double)NAN;
}

static struct ut_calibration in_force(const struct ut_config *config)
{
    const struct ut_calibration none = {.temperature = 1};
    return ut_calibration_is_for(config, ut_model_default.crc32) ? ut_calibration_of(config) : none;
}

/* Fits to all folds but one, and to all; what the held-out calls say of them. 0, or -1 and *fault. */
static int calibrate(struct work *w, struct ut_fault *fault)
{
    struct ut_adapting *a = w->a;
    size_t calls = a->labels.calls;
    const struct ut_calibration before = in_force(a->base);
    struct ut_calibrating_loss *loss[2] = {calloc(calls, sizeof *loss[0]), calloc(calls, sizeof *loss[1])};
    struct ut_calibration *of[2] = {calloc(calls, sizeof *of[0]), calloc(calls, sizeof *of[1])};
    size_t *which = calloc(calls, sizeof *which);
    bool room = loss[0] != NULL && loss[1] != NULL && of[0] != NULL && of[1] != NULL && which != NULL;
    for (int fit = 0; room && fit < FITS; fit++)
        w->fit[fit] = ut_calibrating_fit(w->call, calls, fit);
    for (size_t i = 0; room && i < calls; i++) {
        of[0][i] = before;
        of[1][i] = w->fit[w->call[i].fold];
        for (int k = 0; k < 2; k++)
            loss[k][i] = ut_calibrating_loss(&w->call[i], &of[k][i]);
        a->scores += w->call[i].n;
        a->hours += (double)w->records[i].end_ms / 3600000;
    }
    if (room) {
        const struct losses both = {{loss[0], loss[1]}};
        a->loss_gain = gain(calls, loss_gained, &both, which);
        for (int k = 0; k < 2; k++) {
            a->error[k] = ut_calibrating_error(w->call, calls, of[k]);
            for (size_t i = 0; i < calls; i++)
                which[i] = i;
            a->loss[k] = loss_of(loss[k], which, calls);
        }
        a->calibrated = a->loss_gain.value < 0;
        a->calibration = a->calibrated ? w->fit[FITS - 1] : before;
        for (int fit = 0; fit < FITS && !a->calibrated; fit++)
            w->fit[fit] = before;
    }
    for (int k = 0; k < 2; k++) {
        free(loss[k]);
        free(of[k]);
    }
    free(which);
    return room ? 0 : no_memory(fault);
}

/* Per cue: what held-out calls say of the thresholds that the others chose. 0, or -1 and *fault. */
static int judge(struct work *w, struct ut_fault *fault)
{
    struct ut_adapting *a = w->a;
    size_t calls = a->labels.calls;
    struct ut_tally *before = calloc(calls, sizeof *before), *after = calloc(calls, sizeof *after);
    size_t *which = calloc(calls, sizeof *which);
    bool room = before != NULL && after != NULL && which != NULL;
    for (int kind = 0; room && kind < UT_ADAPTING_KINDS; kind++) {
        struct ut_adapting_kind *k = &a->kind[kind];
        int chosen[FITS];
        for (size_t fit = 0; fit < FITS; fit++)
            chosen[fit] = choose(w, fit, kind);
        for (size_t i = 0; i < calls; i++) {
            size_t fold = (size_t)w->call[i].fold;
            before[i] = w->before[i * UT_ADAPTING_KINDS + (size_t)kind];
            after[i] = k->fitted ? cell(w, fold, i, chosen[fold])[kind] : before[i];
        }
        const struct tallies both = {{before, after}};
        ut_tally_figures(before, calls, &k->before);
        ut_tally_figures(after, calls, &k->after);
        k->found = gain(calls, found_gained, &both, which);
        k->alarms = gain(calls, alarms_gained, &both, which);
        k->setting = setting_of(chosen[FITS - 1]);
        k->better = k->fitted && f1_of(&k->after.sum) > f1_of(&k->before.sum);
    }
    free(before);
    free(after);
    free(which);
    return room ? 0 : no_memory(fault);
}

/* 0, or -1 and *fault when too little is labelled. */
static int count_labels(struct ut_adapting *a, struct ut_fault *fault)
{
    bool any = false;
    for (int kind = 0; kind < UT_ADAPTING_KINDS; kind++) {
        struct ut_adapting_kind *k = &a->kind[kind];
        k->cue = (int)kinds[kind].cue;
        for (size_t i = 0; i < a->labels.n; i++)
            k->labels += ut_tally_cue(a->labels.label[i].kind) == k->cue;
        k->fitted = k->labels >= UT_ADAPTING_LABELS;
        any = any || k->fitted;
    }
    if (any && a->labels.calls >= UT_ADAPTING_CALLS)
        return 0;
    return ut_fault_set(fault, UT_EXIT_INDEX,
                        "%s: %zu calls with %d labels of frustration and %d of delight are too few to fit to; label %d "
                        "calls or more, with %d of one of them",
                        a->file, a->labels.calls, a->kind[0].labels, a->kind[1].labels, UT_ADAPTING_CALLS,
                        UT_ADAPTING_LABELS);
}

static int run(struct work *w, int jobs, struct ut_fault *fault)
{
    struct ut_adapting *a = w->a;
    size_t calls = a->labels.calls;
    w->records = calloc(calls, sizeof *w->records);
    w->call = calloc(calls, sizeof *w->call);
    w->fault = calloc(calls, sizeof *w->fault);
    w->before = calloc(calls * UT_ADAPTING_KINDS, sizeof *w->before);
    w->tally = calloc(FITS * calls * SETTINGS * UT_ADAPTING_KINDS, sizeof *w->tally);
    if (w->records == NULL || w->call == NULL || w->fault == NULL || w->before == NULL || w->tally == NULL)
        return no_memory(fault);
    ut_jobs_run(&(struct ut_jobs){.label = "calls", .pieces = calls, .steps = calls, .work = load_call, .ctx = w},
                jobs);
    if (ut_fault_first(fault, w->fault, calls) != 0)
        return -1;
    deal(w);
    if (calibrate(w, fault) != 0)
        return -1;
    ut_jobs_run(&(struct ut_jobs){.label = "adapt", .pieces = calls, .steps = calls * FITS, .work = try_call, .ctx = w},
                jobs);
    return ut_fault_first(fault, w->fault, calls) != 0 ? -1 : judge(w, fault);
}

int ut_adapting_run(struct ut_adapting *a, int jobs, struct ut_fault *fault)
{
    struct work w = {.a = a};
    if (ut_labels_read(&a->labels, &a->file, 1, &a->labelled, fault) != 0 || count_labels(a, fault) != 0)
        return -1;
    a->rule.cue = UT_CUES;
    int result = run(&w, jobs, fault);
    for (size_t i = 0; i < a->labels.calls; i++) {
        if (w.records != NULL)
            ut_records_free(&w.records[i]);
        if (w.call != NULL)
            free(w.call[i].score);
    }
    free(w.records);
    free(w.call);
    free(w.fault);
    free(w.before);
    free(w.tally);
    return result;
}

void ut_adapting_free(struct ut_adapting *a)
{
    ut_labels_free(&a->labels);
}

void ut_adapting_config(const struct ut_adapting *a, struct ut_config *config)
{
    const struct ut_calibration before = in_force(a->base);
    *config = *a->base;
    if (a->calibrated) {
        move_thresholds(a, config, &before);
        put_calibration(config, &a->calibration);
    }
    for (int kind = 0; kind < UT_ADAPTING_KINDS; kind++)
        if (a->kind[kind].better)
            put_setting(a->base, config, kind, a->kind[kind].setting);
}
