/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone action`: what rules had done, and what waits. */
#include "host-tools/commands/commands.h"
#include "host-tools/settings/action_rules.h"
#include "host-tools/sinks/action_table.h"
#include "host-tools/sinks/action_work.h"
#include "host-tools/sinks/audit.h"
#include "host-tools/sinks/event_table.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/stop.h"
#include "host-tools/system/timestamp.h"
#include "host-tools/system/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct choices {
    const char *store;
    bool json;
};

static const struct ut_option options[] = {
    {.help = "What to do:"},
    {.argument = "list", .help = "every action, the oldest first: what became of it and when"},
    {.argument = "run", .help = "do what waits, at once, also what was tried in vain a moment ago"},
    {.argument = "retry", .help = "take what is parked of an action's name, or one by its id, up again"},
    {.argument = "check", .help = "what the config's [action.NAME] say, and whether they go together"},
    {.help = "Where, and how:"},
    {"store", "FILE", "the store (default: store.file of the config file)", ut_option_text,
     .place = offsetof(struct choices, store)},
    {"json", NULL, "list: one JSON object per action", ut_option_flag, .place = offsetof(struct choices, json)},
    UT_OPTION_HELP,
    {0},
};

static void clean(const char *text, char *out, size_t size)
{
    (void)snprintf(out, size, "%s", text);
    ut_utf8_clean(out); /* the store may be anybody's */
}

static int print_json(void *ctx, const struct ut_action_row *row)
{
    (void)ctx;
    ut_json_line(ut_action_json(row, false));
    return 0;
}

static int print_row(void *ctx, const struct ut_action_row *row)
{
    bool *begun = ctx;
    char when[UT_TIMESTAMP_TEXT], id[40], name[40], error[200];
    if (!*begun)
        printf("%-32s  %-20s  %-24s  %-9s  %s\n", "id", "requested", "action", "state", "last failure");
    *begun = true;
    clean(row->id, id, sizeof id);
    clean(row->name, name, sizeof name);
    clean(row->error, error, sizeof error);
    ut_timestamp_text(row->requested_ms, when);
    (void)snprintf(when + strlen("2026-01-02T03:04:05"), 2, "Z");
    printf("%-32s  %-20s  %-24s  %-9s  %s\n", id, when, name, row->state, error);
    return 0;
}

static int run_round(const struct choices *c, const struct ut_config *config, const struct ut_action_rules *rules,
                     struct ut_sink *audit, struct ut_fault *fault)
{
    struct ut_action_round round;
    struct ut_action_work *w = ut_action_work_new(rules, config, c->store, audit, fault);
    struct ut_database *d = w != NULL ? ut_database_open(c->store, &ut_event_table_kind, false, fault) : NULL;
    int r = d != NULL && ut_action_hurry(d, fault) == 0 ? ut_action_work_round(w, ut_stop_flag(), &round, fault) : -1;
    if (r == 0) {
        printf("%d done, %d failed, %d parked\n", round.done, round.failed, round.parked);
        if (round.failed > 0)
            r = ut_fault_set(fault, UT_EXIT_UNSENT, "%s",
                             round.remark[0] != '\0' ? round.remark
                                                     : "some actions failed; `undertone action list` says why");
    }
    ut_database_close(d);
    ut_action_work_free(w);
    return r;
}

/* On record where the config says so: a live that runs has the file, and does what waits itself. */
static int run_all(const struct choices *c, const struct ut_config *config, const struct ut_action_rules *rules,
                   struct ut_fault *fault)
{
    const char *file = ut_config_text(config, "audit", "file");
    struct ut_sinks sinks = {0};
    struct ut_sink *audit =
        file[0] != '\0' ? ut_audit_sink(file, ut_config_text(config, "audit", "key_file"), config) : NULL;
    if (ut_stop_watch(fault) != 0 || (file[0] != '\0' && ut_sinks_add(&sinks, audit, fault) != 0))
        return -1;
    int r = run_round(c, config, rules, audit, fault);
    if (ut_sinks_close(&sinks, true) != 0 && r == 0) {
        *fault = sinks.fault;
        r = -1;
    }
    return r;
}

static int ask_store(const struct choices *c, char **word, struct ut_fault *fault)
{
    bool begun = false;
    struct ut_database *d = ut_database_open(c->store, &ut_event_table_kind, false, fault);
    if (d == NULL)
        return -1;
    int n = 0;
    if (word[0][0] == 'l')
        n = ut_action_list(d, c->json ? print_json : print_row, &begun, fault);
    else if ((n = ut_action_retry(d, word[1], ut_clock_unix_ms(), fault)) >= 0)
        printf("%d %s again\n", n, n == 1 ? "action waits" : "actions wait");
    ut_database_close(d);
    return n < 0 ? -1 : 0;
}

static void print_rules(const struct ut_action_rules *rules)
{
    for (int i = 0; i < rules->n; i++) {
        const struct ut_action_rule *r = &rules->rule[i];
        printf("%s: %s%s%s%s%s; ", r->name, ut_action_do_name[r->how], r->to[0] != '\0' ? " " : "", r->to,
               r->text[0] != '\0' ? ", \"" : "", r->text);
        printf("%s%d %s; ", r->text[0] != '\0' ? "\"; " : "", r->conditions,
               r->conditions == 1 ? "condition" : "conditions");
        if (r->consent != UT_ACTION_ASKS_NOBODY)
            printf("asks the %s for %d s, without an answer: %s; ", ut_action_consent_name[r->consent],
                   UT_ACTION_ASK_MS / 1000, r->otherwise ? "yes" : "no");
        if (r->limit > 0)
            printf("%d an hour at most; ", r->limit);
        printf("parked after %d failures\n", r->park);
    }
}

/* What the words ask for. 0, or -1 and *fault. */
static int check(const struct choices *c, char **word, int words, struct ut_fault *fault)
{
    static const char *const KNOWN[] = {"list", "run", "retry", "check"};
    size_t which = 0;
    while (words > 0 && which < 4 && strcmp(word[0], KNOWN[which]) != 0)
        which++;
    if (words == 0 || which == 4)
        return ut_options_refuse(&ut_command_action, fault, "list, run, retry or check?");
    if (words != (which == 2 ? 2 : 1))
        return ut_options_refuse(&ut_command_action, fault,
                                 which == 2 ? "retry takes an action's name or id" : "%s takes no word", word[0]);
    if (c->json && which != 0)
        return ut_options_refuse(&ut_command_action, fault, "--json goes with list");
    if (which < 3 && c->store[0] == '\0')
        return ut_options_refuse(&ut_command_action, fault, "no store; give --store FILE, or set [store] file");
    return 0;
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices c = {.store = ut_config_text(config, "store", "file")};
    struct ut_action_rules rules;
    struct ut_fault fault = {0};
    int words = ut_options_take(&ut_command_action, argc, argv, &c, &fault), r = -1;
    if (words < 0 || check(&c, argv, words, &fault) != 0)
        return ut_fault_print(&fault);
    bool runs = strcmp(argv[0], "run") == 0, checks = argv[0][0] == 'c';
    if (!runs && !checks)
        r = ask_store(&c, argv, &fault);
    else if ((r = ut_action_rules_read(&rules, config, &fault)) == 0 && runs)
        r = run_all(&c, config, &rules, &fault);
    else if (r == 0)
        print_rules(&rules);
    struct ut_fault closed = {0};
    if (ut_output_flush(&closed) != 0 && r == 0)
        fault = closed;
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone action check", "The rules that the config has:"},
    {NULL, NULL},
};

const struct ut_command ut_command_action = {
    .name = "action",
    .purpose = "what rules of the config had done because of calls: list it, do what waits, take up what is parked",
    .usage = "list [--json]\nrun\nretry NAME|ID\ncheck",
    .about =
        "A section [action.NAME] of the config says on what something is done, under which conditions, and whether "
        "the agent is asked before. live does it; what it could not do waits in the store.",
    .options = options,
    .operands = "WORD",
    .exit_codes = "0 done, 1 failure, 2 usage, 10 no such store or file of keys, 17 and 18 faults of the config, 31 to "
                  "34 of the store, 36 some actions failed.",
    .examples = examples,
    .run = run,
};
