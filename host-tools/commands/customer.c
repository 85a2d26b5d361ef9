/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone customer`: what a store has of one customer, for that customer: to see, to take along, to be forgotten. */
#include "host-tools/settings/customer.h"
#include "host-tools/call/recollection.h"
#include "host-tools/call/risk_fit.h"
#include "host-tools/commands/call_list.h"
#include "host-tools/commands/commands.h"
#include "host-tools/reports/archive_kept.h"
#include "host-tools/sinks/action_table.h"
#include "host-tools/sinks/audit_chain.h"
#include "host-tools/sinks/customer_past.h"
#include "host-tools/sinks/event_table.h"
#include "host-tools/sinks/outcome_table.h"
#include "host-tools/sinks/score_table.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/run_files.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct choices {
    const char *store, *audit, *out, *site_key;
    bool json;
};

static const struct ut_option options[] = {
    {.help = "What to do; KEY is the customer's key as live and replay were given it, or - for a line of standard "
             "input, which no other user of the machine sees:"},
    {.argument = "show", .help = "the calls with that customer, the oldest first"},
    {.argument = "memory",
     .help = "what live says of that customer before the first word, the risk and where it is from, and all it comes "
             "from"},
    {.argument = "export",
     .help = "all that is kept of those calls, one JSON object per line: events as they were sent, scores that wait "
             "for the floor, actions, outcomes"},
    {.argument = "forget",
     .help = "erase those calls with all their events, what waits in the outbox and what replay FOLDER --store left "
             "in STORE.calls included"},
    {.argument = "make-key", .help = "make the site's key, once, into a file that its owner alone may read"},
    {.help = "Where, and how:"},
    {"store", "FILE", "the store (default: store.file of the config file)", ut_option_text,
     .place = offsetof(struct choices, store)},
    {"audit", "FILE", "the record that says it was done, by hash and counts (default: audit.file of the config file)",
     ut_option_text, .place = offsetof(struct choices, audit)},
    {"site-key", "FILE", "make-key: the file to make (default: customer.site_key of the config file)", ut_option_text,
     .place = offsetof(struct choices, site_key)},
    {"out", "FILE", "export: into FILE, which its owner alone may read, instead of standard output", ut_option_text,
     .place = offsetof(struct choices, out)},
    {"json", NULL, "show: one JSON object per call; memory: one in all", ut_option_flag,
     .place = offsetof(struct choices, json)},
    UT_OPTION_HELP,
    {0},
};

/* What is done with a customer's calls, and what it came to. */
struct work {
    struct ut_database *d;
    ut_event_table_each *print; /* NULL = nothing of a call but its events */
    FILE *events;               /* where those go; NULL = nowhere */
    bool begun;
    int64_t calls, count;
    struct ut_fault *fault;
    char **session; /* of the calls found */
};

static int take_call(void *ctx, const struct ut_event_table_call *c)
{
    struct work *w = ctx;
    char **longer = realloc(w->session, (size_t)(w->calls + 1) * sizeof *longer);
    if (longer != NULL)
        w->session = longer;
    if (longer == NULL || (w->session[w->calls] = strdup(c->session)) == NULL)
        return ut_fault_no_memory(w->fault);
    w->calls++;
    w->count += c->events;
    return w->print != NULL ? w->print(&w->begun, c) : 0;
}

static void put_line(void *ctx, json_t *line)
{
    (void)json_dumpf(line, ctx, JSON_COMPACT);
    (void)fputc('\n', ctx);
    json_decref(line);
}

static int put_score(void *ctx, int64_t t_ms, const char *json)
{
    (void)t_ms;
    ut_call_list_event(ctx, json);
    return 0;
}

static int put_action(void *ctx, const struct ut_action_row *row)
{
    put_line(ctx, ut_action_json(row, true));
    return 0;
}

/* All that is kept of a call: its events, scores that wait for the floor, actions, outcomes. */
static int hand_out(struct work *w, const char *session, struct ut_fault *fault)
{
    return ut_event_table_events(w->d, session, ut_call_list_event, w->events, fault) < 0 ||
                   ut_score_table_behind(w->d, session, -1, INT_MAX, put_score, w->events, fault) != 0 ||
                   ut_action_list_of(w->d, session, put_action, w->events, fault) != 0 ||
                   ut_outcome_of(w->d, session, put_line, w->events, fault) != 0
               ? -1
               : 0;
}

/* The calls of a customer, and what is kept of them. 0, or -1 and *fault. */
static int look(struct work *w, const char *customer, struct ut_fault *fault)
{
    int r = ut_event_table_calls_of(w->d, customer, take_call, w, fault);
    if (r == 0 && fault->code != 0)
        r = -1;
    for (int64_t i = 0; r == 0 && w->events != NULL && i < w->calls; i++)
        r = hand_out(w, w->session[i], fault);
    return r;
}

static int export_to(struct work *w, const char *out, const char *customer, struct ut_fault *fault)
{
    struct ut_output o;
    if (out == NULL)
        ut_output_borrow(&o, stdout);
    else if (ut_output_open(&o, out, fault) != 0)
        return -1;
    w->events = o.file;
    if (look(w, customer, fault) == 0 && w->calls > 0)
        return ut_output_commit(&o, fault);
    ut_output_abandon(&o);
    return fault->code != 0 ? -1 : 0;
}

static void print_inputs(const struct ut_risk *risk, const struct ut_risk_inputs *in)
{
    if (risk->fitted)
        printf("Fitted to %d outcomes, %d of them churned; cross-validated: AUC %.2f, Brier score %.3f (%.3f by their "
               "share alone).\n",
               risk->n, risk->churned, risk->auc, risk->brier, risk->brier_share);
    else
        printf("By rule of thumb: %d of %d outcomes churned or stayed are known.\n", risk->n, UT_RISK_OUTCOMES);
    for (int k = 0; k < UT_RISK_INPUTS; k++)
        printf("  %-14s %.2f\n", ut_risk_input_name[k], in->x[k]);
}

static void print_memory_json(const struct ut_customer_past *p, const char *customer,
                              const struct ut_recollection *told, const struct ut_risk *risk,
                              const struct ut_risk_inputs *in)
{
    json_t *calls = json_array(), *inputs = json_object();
    for (size_t i = 0; i < p->n; i++)
        json_array_append_new(calls, ut_customer_past_json(&p->call[i]));
    for (int k = 0; k < UT_RISK_INPUTS; k++)
        json_object_set_new(inputs, ut_risk_input_name[k], ut_json_number(in->x[k], 3));
    ut_json_line(json_pack("{s:s, s:o, s:s, s:o, s:s, s:o, s:i, s:o}", "Customer", customer, "Calls", calls, "Text",
                           told->text, "Risk", ut_json_number(told->risk, 3), "By",
                           risk->fitted ? "fitted" : "rule_of_thumb", "Inputs", inputs, "Outcomes", risk->n, "AUC",
                           risk->fitted ? ut_json_number(risk->auc, 3) : json_null()));
}

/* What memory makes of the customer's calls. 0, or -1 and *fault. */
static int remember(struct work *w, const char *customer, bool json)
{
    struct ut_customer_past p;
    struct ut_recollection told;
    struct ut_risk risk = {0};
    int64_t now = ut_clock_unix_ms();
    int r = ut_customer_past(&p, w->d, customer, w->fault);
    struct ut_past_call *calls = r == 0 ? ut_customer_past_calls(&p) : NULL;
    if (r == 0 && calls == NULL)
        r = ut_fault_no_memory(w->fault);
    if (r == 0)
        r = ut_customer_past_fit(w->d, &risk, w->fault);
    if (r == 0) {
        const struct ut_risk_inputs in = ut_risk_inputs_of(calls, p.n, now);
        ut_recollect(&told, calls, p.n, now, &risk, UT_ENGLISH);
        if (json)
            print_memory_json(&p, customer, &told, &risk, &in);
        else if (p.n == 0)
            printf("No call with that customer has ended.\n");
        else {
            printf("%s\n", told.text);
            print_inputs(&risk, &in);
        }
    }
    free(calls);
    ut_customer_past_free(&p);
    return r;
}

/* The number of calls, or -1 and *fault. */
static int forget(const struct choices *c, struct work *w, const char *customer, struct ut_fault *fault)
{
    char folder[UT_ARCHIVE_KEPT_PATH];
    ut_archive_kept_folder(c->store, folder);
    if (ut_archive_kept_erase(folder, w->session, (size_t)w->calls, fault) < 0)
        return -1;
    return ut_event_table_erase_of(w->d, customer, fault);
}

/* 0, or -1 and *fault; *calls: how many there were. */
static int work(const struct choices *c, char what, const char *customer, struct ut_audit_chain *chain,
                struct ut_fault *fault)
{
    static const char *const KIND[] = {"customer_shown", "customer_exported", "customer_forgotten"};
    struct work w = {.d = ut_database_open(c->store, &ut_event_table_kind, false, fault), .fault = fault};
    if (w.d == NULL)
        return -1;
    int r = 0, gone = 0;
    if (what == 's')
        w.print = c->json ? ut_call_list_json : ut_call_list_row;
    if (what == 'e')
        r = export_to(&w, c->out, customer, fault);
    else
        r = look(&w, customer, fault);
    if (r == 0 && what == 'm' && w.calls > 0)
        r = remember(&w, customer, c->json);
    if (r == 0 && what == 'f' && (gone = forget(c, &w, customer, fault)) < 0)
        r = -1;
    ut_database_close(w.d);
    for (int64_t i = 0; i < w.calls; i++)
        free(w.session[i]);
    free(w.session);
    if (r == 0 && c->audit[0] != '\0')
        r = ut_audit_chain_add(chain,
                               KIND[what == 's' || what == 'm' ? 0
                                    : what == 'e'              ? 1
                                                               : 2],
                               ut_clock_unix_ms(),
                               json_pack("{s:s, s:I, s:I}", "Customer", customer, "Calls", (json_int_t)w.calls,
                                         "Events", (json_int_t)w.count),
                               fault);
    if (r == 0 && w.calls == 0)
        r = ut_fault_set(fault, UT_EXIT_MISSING, "%s: has no call with that customer", c->store);
    if (r == 0 && what == 'f')
        printf("%d %s erased\n", gone, gone == 1 ? "call" : "calls");
    return r == 0 ? ut_output_flush(fault) : r;
}

/* Nothing is shown, handed out or erased that cannot be put on record. */
static int recorded(const struct choices *c, char what, struct ut_customer_key *key, const struct ut_config *config,
                    struct ut_fault *fault)
{
    char customer[UT_CUSTOMER_TEXT];
    struct ut_run_files files = {0};
    struct ut_audit_chain chain;
    ut_config_files(config, &files);
    ut_run_files_read(&files, c->store, "the store");
    ut_run_files_read(&files, c->audit, "the audit file");
    ut_run_files_write(&files, c->out, "--out");
    if (ut_run_files_check(&files, "customer", fault) != 0 || ut_customer_hash(key, config, customer, fault) != 0)
        return -1;
    ut_audit_chain_init(&chain, c->audit);
    if (c->audit[0] != '\0' && ut_audit_chain_open(&chain, fault) != 0)
        return -1;
    int r = work(c, what, customer, &chain, fault);
    ut_audit_chain_close(&chain);
    return r;
}

static int make_key(const char *file, struct ut_fault *fault)
{
    if (ut_site_key_make(file, fault) != 0)
        return -1;
    printf("%s: the site's key; every desk of the site needs this one, and nobody else\n", file);
    return ut_output_flush(fault);
}

/* What the words ask for. 0, or -1 and *fault. */
static int check(const struct choices *c, char **word, int words, struct ut_fault *fault)
{
    static const char *const WORDS[] = {"show", "memory", "export", "forget", "make-key"};
    size_t which = 0;
    if (words == 0)
        return ut_options_refuse(&ut_command_customer, fault, "show, memory, export, forget or make-key?");
    while (which < 5 && strcmp(word[0], WORDS[which]) != 0)
        which++;
    if (which == 5)
        return ut_options_refuse(&ut_command_customer, fault, "%s: show, memory, export, forget or make-key", word[0]);
    if (words != (which == 4 ? 1 : 2))
        return ut_options_refuse(&ut_command_customer, fault,
                                 which == 4 ? "make-key takes no word" : "%s takes one customer's key", word[0]);
    if (c->json && which > 1)
        return ut_options_refuse(&ut_command_customer, fault, "--json goes with show and memory");
    if (c->out != NULL && which != 2)
        return ut_options_refuse(&ut_command_customer, fault, "--out goes with export");
    if (which == 4 && c->site_key[0] == '\0')
        return ut_options_refuse(&ut_command_customer, fault,
                                 "make-key: no file; give --site-key FILE, or set [customer] site_key");
    if (which < 4 && c->store[0] == '\0')
        return ut_options_refuse(&ut_command_customer, fault, "no store; give --store FILE, or set [store] file");
    return 0;
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices c = {.store = ut_config_text(config, "store", "file"),
                        .audit = ut_config_text(config, "audit", "file"),
                        .site_key = ut_config_text(config, "customer", "site_key")};
    struct ut_customer_key key = {0};
    struct ut_fault fault = {0};
    int words = ut_options_take(&ut_command_customer, argc, argv, &c, &fault);
    if (words < 0 || check(&c, argv, words, &fault) != 0)
        return ut_fault_print(&fault);
    if (strcmp(argv[0], "make-key") == 0)
        (void)make_key(c.site_key, &fault);
    else if (ut_customer_word(&key, argv[1], "customer: KEY", &fault) == 0)
        (void)recorded(&c, argv[0][0], &key, config, &fault);
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone customer make-key --site-key site.key", "The site's key, once; [customer] site_key names it:"},
    {NULL, NULL},
};

const struct ut_command ut_command_customer = {
    .name = "customer",
    .purpose = "what is kept of one customer: show it, hand it out, forget it",
    .usage = "show KEY [--json]\nmemory KEY [--json]\nexport KEY [--out FILE]\nforget KEY\nmake-key [--site-key FILE]",
    .about = "A customer's key is in no store, event or record: only its hash under the site's key, by which this "
             "command finds the calls that live and replay were told are with that customer (--customer-key).",
    .options = options,
    .operands = "WORD",
    .exit_codes =
        "0 done, 1 failure, 2 usage (also: the site's key is there already), 5 an audit file that was changed, "
        "10 no such store, or no call with that customer, 17 and 18 faults of the config or of the site's "
        "key, 31 not a store, or damaged, 32 locked by another program, 33 made by a later program, 34 no "
        "space.",
    .examples = examples,
    .run = run,
};
