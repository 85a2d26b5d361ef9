/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/from_store.h"

#include "host-tools/sinks/event_table.h"
#include "host-tools/sinks/outcome_table.h"
#include "host-tools/system/json.h"
#include "host-tools/system/output.h"
#include "host-tools/system/run_files.h"
#include "host-tools/system/timestamp.h"
#include "host-tools/trials/cue_outcomes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const int64_t WEEK_MS = 7 * 86400000LL;

struct reading {
    struct ut_cue_outcomes *out;
    struct ut_fault *fault;
};

static int take(void *ctx, const struct ut_outcome_cue *found)
{
    const struct reading *r = ctx;
    const struct ut_cue_outcome one = {.cue = ut_cue_find(found->cue),
                                       .said = ut_cue_said_find(found->outcome),
                                       .at_ms = found->at_ms,
                                       .has_value = found->has_value,
                                       .value = found->value};
    if (one.cue == UT_CUES || one.said == UT_CUE_SAIDS || ut_cue_outcomes_add(r->out, &one) == 0)
        return 0; /* of a later program, or kept */
    return ut_fault_no_memory(r->fault);
}

/* 0, or -1 and *fault. */
static int read_outcomes(const struct ut_config *config, const char *store, struct ut_cue_outcomes *o,
                         struct ut_fault *fault)
{
    const char *file = store != NULL ? store : ut_config_text(config, "store", "file");
    if (file[0] == '\0')
        return ut_fault_set(fault, UT_EXIT_USAGE, "--from-store: no store; give --store FILE, or set [store] file");
    struct ut_database *d = ut_database_open(file, &ut_event_table_kind, false, fault);
    struct reading reading = {o, fault};
    int r = d != NULL ? ut_outcome_cues(d, take, &reading, fault) : -1;
    ut_database_close(d);
    return r;
}

static json_t *share_json(const struct ut_proportion *p)
{
    return isnan(p->value) ? json_null()
                           : json_pack("{s:o, s:o, s:o}", "Value", ut_json_number(p->value, 4), "Low",
                                       ut_json_number(p->low, 4), "High", ut_json_number(p->high, 4));
}

static json_t *precision_json(const struct ut_cue_precision *p)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:o, s:o}", "N", p->n, "Helped", p->said[UT_CUE_HELPED], "DidNotHelp",
                     p->said[UT_CUE_DID_NOT_HELP], "Wrong", p->said[UT_CUE_WRONG], "Precision", share_json(&p->right),
                     "HelpedShare", share_json(&p->helped));
}

static void put_share(const struct ut_proportion *p)
{
    if (isnan(p->value))
        printf("  %17s", "-");
    else
        printf("  %4.2f [%4.2f, %4.2f]", p->value, p->low, p->high);
}

static void put_precision(const char *cue, const char *week, const struct ut_cue_precision *p)
{
    printf("%-22s  %-10s", cue, week);
    put_share(&p->right);
    put_share(&p->helped);
    printf("  %5d\n", p->n);
}

/* "2026-01-26" */
static const char *day(int64_t at_ms, char text[UT_TIMESTAMP_TEXT])
{
    ut_timestamp_text(at_ms, text);
    text[strlen("2026-01-26")] = '\0';
    return text;
}

/* The weeks of a cue; those without an outcome are left out. */
static json_t *eval_cue(const struct ut_cue_outcomes *o, enum ut_cue cue, bool json)
{
    struct ut_cue_precision all;
    char text[UT_TIMESTAMP_TEXT];
    int64_t first = INT64_MAX, last = INT64_MIN;
    ut_cue_outcomes_judge(o, cue, INT64_MIN, INT64_MAX, -(double)INFINITY, &all);
    if (all.n == 0)
        return NULL;
    for (size_t i = 0; i < o->n; i++)
        if (o->one[i].cue == cue) {
            int64_t week = ut_cue_outcomes_week(o->one[i].at_ms);
            first = week < first ? week : first;
            last = week > last ? week : last;
        }
    json_t *weeks = json_array();
    if (!json)
        put_precision(ut_cue_info[cue].name, "all", &all);
    for (int64_t week = first; week <= last; week += WEEK_MS) {
        struct ut_cue_precision one;
        ut_cue_outcomes_judge(o, cue, week, week + WEEK_MS, -(double)INFINITY, &one);
        if (one.n == 0)
            continue;
        if (!json)
            put_precision("", day(week, text), &one);
        json_t *row = precision_json(&one);
        json_object_set_new(row, "Week", json_string(day(week, text)));
        json_array_append_new(weeks, row);
    }
    json_t *out = precision_json(&all);
    json_object_set_new(out, "Cue", json_string(ut_cue_info[cue].name));
    json_object_set_new(out, "Weeks", weeks);
    return out;
}

int ut_from_store_eval(const struct ut_config *config, const char *store, bool json, struct ut_fault *fault)
{
    struct ut_cue_outcomes o = {0};
    int r = read_outcomes(config, store, &o, fault);
    if (r == 0) {
        if (!json && o.n > 0)
            printf("%-22s  %-10s  %-18s  %-18s  %5s\n", "cue", "week of", "precision", "helped", "n");
        json_t *list = json_array();
        for (int cue = 0; cue < UT_CUES; cue++) {
            json_t *row = eval_cue(&o, (enum ut_cue)cue, json);
            if (row != NULL)
                json_array_append_new(list, row);
        }
        if (json)
            ut_json_line(json_pack("{s:I, s:o}", "Outcomes", (json_int_t)o.n, "Cues", list));
        else
            json_decref(list);
        if (!json)
            printf("%s%zu outcomes; precision: not wrong, of those that somebody judged; brackets: 95 %% intervals\n",
                   o.n > 0 ? "\n" : "", o.n);
        r = ut_output_flush(fault);
    }
    ut_cue_outcomes_free(&o);
    return r;
}

static int write_config(struct ut_config *own, const unsigned char *changed, size_t n, const char *file,
                        struct ut_fault *fault)
{
    struct ut_output out;
    struct ut_run_files files = {0};
    ut_config_files(own, &files);
    ut_run_files_write(&files, file, "--write");
    if (ut_config_check(own, fault) != 0 || ut_run_files_check(&files, "tune", fault) != 0 ||
        ut_output_open(&out, file, fault) != 0)
        return -1;
    (void)fprintf(out.file, "; by undertone tune --from-store: %zu outcomes of cues\n", n);
    ut_config_write(own, changed, out.file);
    return ut_output_commit(&out, fault);
}

/* A cue's row; *to: the threshold that suits it. NULL: nobody judged it, or its threshold cannot be judged. */
static json_t *tune_cue(const struct ut_cue_outcomes *o, enum ut_cue cue, double now, double *to, bool json)
{
    struct ut_cue_precision before, after;
    *to = now;
    ut_cue_outcomes_judge(o, cue, INT64_MIN, INT64_MAX, -(double)INFINITY, &before);
    if (before.n == 0 || !ut_cue_outcomes_can_tune(cue))
        return NULL;
    *to = ut_cue_outcomes_threshold(o, cue, now);
    ut_cue_outcomes_judge(o, cue, INT64_MIN, INT64_MAX, *to > now ? *to : -1e9, &after);
    if (!json) {
        printf("%-22s  %8.3g", ut_cue_info[cue].name, now);
        put_share(&before.right);
        printf("  %5d  %8.3g", before.n, *to);
        put_share(&after.right);
        printf("  %5d\n", after.n);
    }
    return json_pack("{s:s, s:o, s:o, s:o, s:o}", "Cue", ut_cue_info[cue].name, "On", ut_json_number(now, 4), "Before",
                     precision_json(&before), "Chosen", ut_json_number(*to, 4), "After", precision_json(&after));
}

int ut_from_store_tune(const struct ut_config *config, const char *store, const char *write, bool json,
                       struct ut_fault *fault)
{
    struct ut_cue_outcomes o = {0};
    struct ut_config own = *config;
    unsigned char changed[UT_PARAMS] = {0};
    int r = read_outcomes(config, store, &o, fault);
    if (r == 0) {
        json_t *list = json_array();
        if (!json && o.n > 0)
            printf("%-22s  %8s  %-18s  %5s  %8s  %-18s  %5s\n", "cue", "on", "precision", "n", "better", "precision",
                   "n");
        for (int cue = 0; cue < UT_CUES; cue++) {
            enum ut_param on = ut_cue_param((enum ut_cue)cue) + UT_COMMON_ON;
            double to;
            json_t *row = tune_cue(&o, (enum ut_cue)cue, config->value[on], &to, json);
            changed[on] = row != NULL && to != own.value[on];
            own.value[on] = to;
            if (row != NULL)
                json_array_append_new(list, row);
        }
        if (json)
            ut_json_line(json_pack("{s:I, s:o}", "Outcomes", (json_int_t)o.n, "Cues", list));
        else
            json_decref(list);
        if (!json)
            printf("%s%zu outcomes. Only higher thresholds can be judged by them: what never opened has no outcome. "
                   "Fewer than %d of a cue change nothing.\n",
                   o.n > 0 ? "\n" : "", o.n, UT_CUE_OUTCOMES_LEAST);
        r = write != NULL ? write_config(&own, changed, o.n, write, fault) : 0;
        if (r == 0)
            r = ut_output_flush(fault);
    }
    ut_cue_outcomes_free(&o);
    return r;
}
