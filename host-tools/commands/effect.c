/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone effect`: what cues change, by calls with them against calls held out. */
#include "host-tools/trials/effect.h"
#include "host-tools/commands/commands.h"
#include "host-tools/serve/drawn_calls.h"
#include "host-tools/settings/config.h"
#include "host-tools/sinks/effect_calls.h"
#include "host-tools/sinks/event_table.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/postgres_address.h"
#include "host-tools/system/run_files.h"
#include "host-tools/system/timestamp.h"
#include "host-tools/trials/cue_outcomes.h"
#include "host-tools/trials/effect_plot.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct choices {
    int64_t since_ms;
    const char *plot, *floor, *site;
    bool json;
};

static int take_time(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    if (ut_timestamp_parse_day(text, place) == 0)
        return 0;
    return ut_fault_set(fault, UT_EXIT_USAGE, "effect: --%s %s: give a day such as 2026-01-31, or a time of it",
                        o->name, text);
}

static const struct ut_option options[] = {
    {"since", "DAY", "calls that began on that day (2026-01-31, UTC) or later (default: all)", take_time,
     .place = offsetof(struct choices, since_ms)},
    {"floor", "LEDGER",
     "the ledger of the site's floor, a file or postgresql://..., instead of stores: no CSAT, and of "
     "escalations those that the desk was told",
     ut_option_text, .place = offsetof(struct choices, floor)},
    {"site", "NAME",
     "which site of a server of ledgers (default: mqtt.site of the config file); without --floor that of "
     "serve.store",
     ut_option_text, .place = offsetof(struct choices, site)},
    {"plot", "FILE.png", "draw the differences with their intervals", ut_option_text,
     .place = offsetof(struct choices, plot)},
    {"json", NULL, "one JSON object", ut_option_flag, .place = offsetof(struct choices, json)},
    UT_OPTION_HELP,
    {.help = "A figure is never that of a desk or an agent: with fewer than 20 desks there is none at all (code 6)."},
    {0},
};

static const char *const KEY[UT_EFFECT_MEASURES] = {"FrustrationAfterCue", "EndedWorse", "Escalated", "Minutes",
                                                    "Csat"};
static const char *const NAME[UT_EFFECT_MEASURES] = {"frustration 60 s after a cue", "calls ended worse", "escalations",
                                                     "minutes a call", "CSAT"};

struct reading {
    struct ut_effect effect;
    struct ut_fault *fault;
    int desk;
    int64_t calls;
    char (*name)[UT_FLOOR_NAME]; /* of a ledger's desks */
    int names, room;
};

static int take(void *ctx, const struct ut_effect_call *call)
{
    struct reading *r = ctx;
    const double value[UT_EFFECT_MEASURES] = {call->after, call->worse, call->escalated ? 1.0 : 0.0, call->minutes,
                                              call->csat};
    r->calls++;
    if (ut_effect_add(&r->effect, r->desk, ut_cue_outcomes_week(call->began_ms), call->held, value) == 0)
        return 0;
    return ut_fault_set(r->fault, UT_EXIT_FAILURE, "effect: not enough memory; close other programs");
}

/* The number of a ledger's desk; -1 and *fault. */
static int desk_of(struct reading *r, const char *device)
{
    for (int i = 0; i < r->names; i++)
        if (strcmp(r->name[i], device) == 0)
            return i;
    if (r->names == r->room) {
        int room = r->room > 0 ? 2 * r->room : 64;
        char(*more)[UT_FLOOR_NAME] = realloc(r->name, (size_t)room * sizeof *more);
        if (more == NULL)
            return ut_fault_set(r->fault, UT_EXIT_FAILURE, "effect: not enough memory; close other programs");
        r->name = more;
        r->room = room;
    }
    (void)snprintf(r->name[r->names], sizeof r->name[0], "%s", device);
    return r->names++;
}

static int take_of_floor(void *ctx, const char *device, const struct ut_effect_call *call)
{
    struct reading *r = ctx;
    r->desk = desk_of(r, device);
    return r->desk >= 0 ? take(r, call) : -1;
}

static json_t *number(double x)
{
    return isnan(x) ? json_null() : ut_json_number(x, 5);
}

/* Calls that are missing to see a fall of a tenth. */
static int64_t needed(const struct ut_effect_figure *f)
{
    return ut_effect_calls_needed(f, f->mean[1] / 10);
}

static json_t *figure_json(const struct ut_effect_figure *f, const char *key)
{
    static const char *const VERDICT[] = {"too_little", "not_shown", "real"};
    json_t *out =
        json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "Measure", key, "Verdict", VERDICT[f->verdict], "Shown",
                  number(f->mean[0]), "HeldOut", number(f->mean[1]), "Difference", number(f->difference), "Low",
                  number(f->low), "High", number(f->high), "Detectable", number(f->detectable));
    json_object_set_new(out, "Calls", json_pack("[i, i]", f->calls[0], f->calls[1]));
    json_object_set_new(out, "DeskWeeks", json_pack("[i, i]", f->clusters[0], f->clusters[1]));
    json_object_set_new(out, "CallsNeededForTenth", needed(f) < 0 ? json_null() : json_integer(needed(f)));
    return out;
}

static void print_figure(const struct ut_effect_figure *f, const char *name)
{
    static const char *const VERDICT[] = {"too few calls to say", "no difference shown", "real"};
    char more[40] = "-";
    printf("%-28s  ", name);
    if (f->verdict == UT_EFFECT_TOO_LITTLE)
        printf("%8s  %8s  %26s  %10s  %10s", "-", "-", "-", "-", "-");
    else {
        (void)snprintf(more, sizeof more, "%" PRId64, needed(f));
        printf("%8.4f  %8.4f  %+8.4f [%+.4f, %+.4f]  %10.4f  %10s", f->mean[0], f->mean[1], f->difference, f->low,
               f->high, f->detectable, needed(f) < 0 ? "-" : more);
    }
    printf("  %6d/%-6d  %s\n", f->calls[0], f->calls[1], VERDICT[f->verdict]);
}

static int print(const struct reading *r, const struct choices *c, struct ut_fault *fault)
{
    struct ut_effect_figure figure[UT_EFFECT_MEASURES];
    char title[120];
    int desks = ut_effect_desks(&r->effect);
    json_t *list = json_array();
    for (int m = 0; m < UT_EFFECT_MEASURES; m++) {
        ut_effect_judge(&r->effect, (enum ut_effect_measure)m, &figure[m]);
        json_array_append_new(list, figure_json(&figure[m], KEY[m]));
    }
    (void)snprintf(title, sizeof title, "%" PRId64 " calls of %d desks, %zu desk-weeks", r->calls, desks, r->effect.n);
    if (c->json) {
        ut_json_line(json_pack("{s:I, s:i, s:I, s:o}", "Calls", (json_int_t)r->calls, "Desks", desks, "DeskWeeks",
                               (json_int_t)r->effect.n, "Measures", list));
    } else {
        json_decref(list);
        printf("%s; with cues less held out, brackets: 95 %% intervals\n\n%-28s  %8s  %8s  %26s  %10s  %10s  %13s\n",
               title, "", "cues", "held out", "difference", "detectable", "more calls", "calls");
        for (int m = 0; m < UT_EFFECT_MEASURES; m++)
            print_figure(&figure[m], NAME[m]);
        printf("\ndetectable: what would be seen in four of five such sites; more calls: until a change of a tenth "
               "would\n");
    }
    if (c->plot != NULL && ut_effect_png(figure, NAME, title, c->plot, fault) != 0)
        return -1;
    return ut_output_flush(fault);
}

/* A desk that is named twice is not two. 0, or -1 and *fault. */
static int check_twice(struct ut_database *d, char (*id)[UT_EVENT_TABLE_ID], int before, const char *file,
                       struct ut_fault *fault)
{
    if (ut_event_table_id(d, id[before], fault) != 0)
        return -1;
    for (int i = 0; i < before; i++)
        if (strcmp(id[i], id[before]) == 0)
            return ut_fault_set(fault, UT_EXIT_USAGE, "effect: %s: is a store that is named already, or a copy of it",
                                file);
    return 0;
}

/* 0, or -1 and *fault. */
static int read_floor(struct reading *r, const struct choices *c, struct ut_fault *fault)
{
    struct ut_ledger *l = ut_ledger_open(c->floor, c->site, false, fault);
    int n = l != NULL ? ut_drawn_calls(l, c->since_ms, take_of_floor, r, fault) : -1;
    if (l != NULL)
        l->kind->close(l);
    return n;
}

/* 0, or -1 and *fault. */
static int read_stores(struct reading *r, char **file, int files, int64_t since_ms, struct ut_fault *fault)
{
    char(*id)[UT_EVENT_TABLE_ID] = calloc((size_t)files, sizeof *id);
    int n = id != NULL ? 0 : ut_fault_set(fault, UT_EXIT_FAILURE, "effect: not enough memory; close other programs");
    for (r->desk = 0; r->desk < files && n == 0; r->desk++) {
        struct ut_database *d = ut_database_open(file[r->desk], &ut_event_table_kind, false, fault);
        n = d == NULL || check_twice(d, id, r->desk, file[r->desk], fault) != 0
                ? -1
                : ut_effect_calls(d, since_ms, take, r, fault);
        ut_database_close(d);
    }
    free(id);
    return n;
}

/* 0, or -1 and *fault: too few desks for any figure. */
static int check_desks(const struct reading *r, struct ut_fault *fault)
{
    int desks = ut_effect_desks(&r->effect);
    if (desks >= UT_EFFECT_DESKS)
        return 0;
    return ut_fault_set(fault, UT_EXIT_POLICY,
                        "effect: calls of %d desks, and it takes %d: with fewer a figure could be read as one agent's; "
                        "take more desks",
                        desks, UT_EFFECT_DESKS);
}

/* Where calls are read from: stores that are named, or one ledger. 0, or -1 and *fault. */
static int choose(struct choices *c, const struct ut_config *config, int words, struct ut_fault *fault)
{
    if (c->site != NULL && c->floor == NULL)
        c->floor = ut_config_text(config, "serve", "store");
    if (words > 0 && c->floor != NULL)
        return ut_options_refuse(&ut_command_effect, fault, "give stores, or --floor or --site, not both");
    if (words > 0)
        return 0;
    if (c->floor == NULL || c->floor[0] == '\0')
        return ut_options_refuse(&ut_command_effect, fault,
                                 "which stores? One of each desk, or --floor LEDGER of a whole site");
    if (c->site != NULL && !ut_postgres_is(c->floor))
        return ut_options_refuse(&ut_command_effect, fault, "--site: a ledger in a file has one site; leave it out");
    if (c->site == NULL)
        c->site = ut_config_text(config, "mqtt", "site");
    return 0;
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices c = {.since_ms = INT64_MIN};
    struct ut_fault fault = {0};
    struct ut_run_files files = {0};
    struct reading r = {.fault = &fault};
    int words = ut_options_take(&ut_command_effect, argc, argv, &c, &fault);
    if (words < 0 || choose(&c, config, words, &fault) != 0)
        return ut_fault_print(&fault);
    ut_config_files(config, &files);
    for (int i = 0; i < words; i++)
        ut_run_files_read(&files, argv[i], "a store");
    if (words == 0 && !ut_postgres_is(c.floor))
        ut_run_files_read(&files, c.floor, "a ledger");
    ut_run_files_write(&files, c.plot, "--plot");
    if (ut_run_files_check(&files, "effect", &fault) == 0 &&
        (words > 0 ? read_stores(&r, argv, words, c.since_ms, &fault) : read_floor(&r, &c, &fault)) == 0 &&
        check_desks(&r, &fault) == 0)
        (void)print(&r, &c, &fault);
    free(r.name);
    ut_effect_free(&r.effect);
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone effect desks/*.db --plot effect.png",
     "What cues changed on the desks whose stores lie in a folder, as a picture too:"},
    {NULL, NULL},
};

const struct ut_command ut_command_effect = {
    .name = "effect",
    .purpose = "what cues change, by calls with them against calls held out",
    .usage = "STORE... [options]\n--floor LEDGER [--site NAME] [options]",
    .about = "STORE is the store of one desk; name those of a whole site, or the ledger of its floor. Where [effect] "
             "holdout is set, some weeks of "
             "some desks go without cues, by a draw; their calls are held against the others.",
    .options = options,
    .examples = examples,
    .operands = "FILE",
    .exit_codes =
        "0 done, 1 failure, 2 usage, 6 fewer than 20 desks, 10 no such store or ledger, 31 not a store, or damaged, 32 "
        "locked by another program, 33 made by a later program, 45 no server of ledgers.",
    .run = run,
};
