/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone store`: the calls of a store, what happened in one, and how they are erased. */
#include "host-tools/commands/call_list.h"
#include "host-tools/commands/commands.h"
#include "host-tools/commands/retention.h"
#include "host-tools/reports/archive_kept.h"
#include "host-tools/settings/config.h"
#include "host-tools/sinks/event_table.h"
#include "host-tools/sinks/outcome_table.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t DAY_MS = 86400000;
enum { DAYS_MAX = 100000 };

struct choices {
    const char *file;
    int older; /* days; 0 = not said */
    bool json;
};

static const struct ut_option options[] = {
    {.help = "What to do:"},
    {.argument = "list", .help = "every call, the oldest first"},
    {.argument = "show", .help = "the events of one call as they were sent, one JSON object per line"},
    {.argument = "erase",
     .help = "calls with all their events, and what replay FOLDER --store left of them in STORE.calls, by "
             "their sessions or their age"},
    {.argument = "outcome", .help = "what became of a call, by its session or its contact: " UT_OUTCOMES},
    {.help = "Where, and how:"},
    {"store", "FILE", "the store (default: store.file of the config file)", ut_option_text,
     .place = offsetof(struct choices, file)},
    {"older", "DAYS",
     "erase: every call that ended more than so many days ago; one without a date by when it was stored",
     ut_option_count, .place = offsetof(struct choices, older), .low = 1, .high = DAYS_MAX},
    {"json", NULL, "list: one JSON object per call", ut_option_flag, .place = offsetof(struct choices, json)},
    UT_OPTION_HELP,
    {0},
};

static int no_session(const char *file, const char *session, struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_MISSING, "%s: has no session %s; `undertone store list` names them", file,
                        session);
}

static int show(struct ut_database *d, const char *file, const char *session, struct ut_fault *fault)
{
    int n = ut_event_table_events(d, session, ut_call_list_event, stdout, fault);
    return n == 0 ? no_session(file, session, fault) : n < 0 ? -1 : 0;
}

/* The results of a replay of a folder, which are found by a session, go first: what is killed in between can be asked
 * for again. */
static int erase_kept(const char *file, char *session, struct ut_fault *fault)
{
    char folder[UT_ARCHIVE_KEPT_PATH];
    ut_archive_kept_folder(file, folder);
    return ut_archive_kept_erase(folder, &session, 1, fault);
}

/* Those that are there go even where another is not. */
static int erase(struct ut_database *d, const struct choices *c, char **session, int sessions, struct ut_fault *fault)
{
    int gone = 0, r = 0;
    if (c->older > 0 && (gone = ut_retention_erase(d, c->file, ut_clock_unix_ms() - c->older * DAY_MS, fault)) < 0)
        return -1;
    for (int i = 0; i < sessions; i++) {
        struct ut_fault own = {0};
        int kept = erase_kept(c->file, session[i], &own);
        int n = kept >= 0 ? ut_event_table_erase(d, session[i], &own) : -1;
        if (n == 0)
            n = kept > 0 ? kept : no_session(c->file, session[i], &own);
        if (n > 0)
            gone += n;
        else if (r == 0)
            r = ut_fault_set(fault, own.code, "%s", own.text);
    }
    printf("%d %s erased\n", gone, gone == 1 ? "call" : "calls");
    return r;
}

static int put_outcome(struct ut_database *d, const char *file, const char *call, const char *outcome,
                       struct ut_fault *fault)
{
    int n = ut_outcome_put(d, call, outcome, ut_clock_unix_ms(), "command", fault);
    return n == 0 ? no_session(file, call, fault) : n < 0 ? -1 : 0;
}

/* What the words ask for. 0, or -1 and *fault. */
static int check(const struct choices *c, char **word, int words, struct ut_fault *fault)
{
    if (words == 0)
        return ut_options_refuse(&ut_command_store, fault, "list, show, erase or outcome?");
    bool is_outcome = strcmp(word[0], "outcome") == 0;
    bool is_list = strcmp(word[0], "list") == 0, is_show = strcmp(word[0], "show") == 0;
    bool is_erase = strcmp(word[0], "erase") == 0;
    if (!is_list && !is_show && !is_erase && !is_outcome)
        return ut_options_refuse(&ut_command_store, fault, "%s: list, show, erase or outcome", word[0]);
    if (is_outcome && (words != 3 || ut_outcome_about(word[2]) == NULL))
        return ut_options_refuse(&ut_command_store, fault,
                                 "outcome takes a session or contact and one of " UT_OUTCOMES);
    if (is_list && words > 1)
        return ut_options_refuse(&ut_command_store, fault, "%s: unexpected; list takes every call", word[1]);
    if (is_show && words != 2)
        return ut_options_refuse(&ut_command_store, fault, "show takes one session");
    if (is_erase && words == 1 && c->older == 0)
        return ut_options_refuse(&ut_command_store, fault, "erase takes sessions, or --older DAYS");
    if (c->older > 0 && !is_erase)
        return ut_options_refuse(&ut_command_store, fault, "--older goes with erase");
    if (c->json && !is_list)
        return ut_options_refuse(&ut_command_store, fault, "--json goes with list");
    if (c->file[0] == '\0')
        return ut_options_refuse(&ut_command_store, fault, "no store; give --store FILE, or set [store] file");
    return 0;
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices c = {.file = ut_config_text(config, "store", "file")};
    struct ut_fault fault = {0};
    bool begun = false;
    int words = ut_options_take(&ut_command_store, argc, argv, &c, &fault), r = -1;
    if (words < 0 || check(&c, argv, words, &fault) != 0)
        return ut_fault_print(&fault);
    struct ut_database *d = ut_database_open(c.file, &ut_event_table_kind, false, &fault);
    if (d == NULL)
        return ut_fault_print(&fault);
    if (argv[0][0] == 'l')
        r = ut_event_table_calls(d, c.json ? ut_call_list_json : ut_call_list_row, &begun, &fault);
    else if (argv[0][0] == 's')
        r = show(d, c.file, argv[1], &fault);
    else if (argv[0][0] == 'o')
        r = put_outcome(d, c.file, argv[1], argv[2], &fault);
    else
        r = erase(d, &c, argv + 1, words - 1, &fault);
    ut_database_close(d);
    if (r == 0)
        (void)ut_output_flush(&fault);
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone store list --json", "The calls that the store has:"},
    {NULL, NULL},
};

const struct ut_command ut_command_store = {
    .name = "store",
    .purpose = "calls kept on this machine: list them, show one, erase",
    .usage = "list [--json]\nshow SESSION\nerase SESSION... | --older DAYS\noutcome CALL OUTCOME",
    .about =
        "A store is one file in which live and replay (--store) keep the events that may not be lost: a call's begin "
        "and end, disclosures, cues, flags. It holds no sound and no word of the call.",
    .options = options,
    .operands = "WORD",
    .exit_codes = "0 done, 1 failure, 2 usage, 10 no such store or session, 17 and 18 faults of the config, 31 not a "
                  "store, or damaged, 32 locked by another program, 33 made by a later program, 34 no space.",
    .examples = examples,
    .run = run,
};
