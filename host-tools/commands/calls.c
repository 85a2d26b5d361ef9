/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone calls`: the calls of a store by how they went. */
#include "host-tools/commands/call_list.h"
#include "host-tools/commands/commands.h"
#include "host-tools/settings/config.h"
#include "host-tools/settings/cue_table.h"
#include "host-tools/sinks/call_search.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/timestamp.h"

#include <stdio.h>
#include <string.h>

struct choices {
    const char *store;
    struct ut_call_search want;
    double above_s;
    bool json;
};

static int take_time(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    if (ut_timestamp_parse_day(text, place) == 0)
        return 0;
    return ut_fault_set(fault, UT_EXIT_USAGE, "calls: --%s %s: give a day such as 2026-01-31, or a time of it", o->name,
                        text);
}

static int take_change(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    if (strcmp(text, "worse") != 0 && strcmp(text, "same") != 0 && strcmp(text, "better") != 0)
        return ut_fault_set(fault, UT_EXIT_USAGE, "calls: --%s %s: give worse, same or better", o->name, text);
    *(const char **)place = text;
    return 0;
}

static int take_cue(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    if (ut_cue_find(text) == UT_CUES)
        return ut_fault_set(fault, UT_EXIT_USAGE, "calls: --%s %s: there is no such cue; `undertone cues` names them",
                            o->name, text);
    *(const char **)place = text;
    return 0;
}

static const struct ut_option options[] = {
    {.help = "Which calls (default: all; several of these: what fits all of them):"},
    {"since", "DAY", "began on that day (2026-01-31, UTC) or at that time, or later", take_time,
     .place = offsetof(struct choices, want.since_ms)},
    {"until", "DAY", "began before that", take_time, .place = offsetof(struct choices, want.until_ms)},
    {"change", "HOW", "ended worse, same or better than it began, by [trajectory] change", take_change,
     .place = offsetof(struct choices, want.change)},
    {"peak", "SCORE", "its highest fast frustration score, at least", ut_option_number,
     .place = offsetof(struct choices, want.peak), .low = 0, .high = 1},
    {"above", "S", "seconds of scored speech with that score at empathy_cue.on or above, at least", ut_option_number,
     .place = offsetof(struct choices, above_s), .low = 0, .high = 1e6},
    {"cue", "NAME", "that cue opened in it", take_cue, .place = offsetof(struct choices, want.cue)},
    {"contact", "ID", "the call of that ContactId", ut_option_text, .place = offsetof(struct choices, want.contact)},
    {.help = "Where, and how:"},
    {"store", "FILE", "the store (default: store.file of the config file)", ut_option_text,
     .place = offsetof(struct choices, store)},
    {"json", NULL, "one JSON object per call", ut_option_flag, .place = offsetof(struct choices, json)},
    UT_OPTION_HELP,
    {0},
};

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices c = {.store = ut_config_text(config, "store", "file")};
    struct ut_fault fault = {0};
    bool begun = false;
    if (ut_options_take(&ut_command_calls, argc, argv, &c, &fault) < 0)
        return ut_fault_print(&fault);
    if (c.store[0] == '\0') {
        (void)ut_options_refuse(&ut_command_calls, &fault, "no store; give --store FILE, or set [store] file");
        return ut_fault_print(&fault);
    }
    struct ut_database *d = ut_database_open(c.store, &ut_event_table_kind, false, &fault);
    if (d == NULL)
        return ut_fault_print(&fault);
    c.want.above_ms = (int64_t)(c.above_s * 1000);
    int r = ut_call_search(d, &c.want, c.json ? ut_call_list_course_json : ut_call_list_course, &begun, &fault);
    ut_database_close(d);
    if (r == 0)
        (void)ut_output_flush(&fault);
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone calls --change worse --since 2026-01-01", "Calls since the new year that ended worse than they began:"},
    {NULL, NULL},
};

const struct ut_command ut_command_calls = {
    .name = "calls",
    .purpose = "calls of a store by how they went: begin, peak and end of the customer's frustration",
    .usage = "[--since DAY] [--change worse] [--peak SCORE] [options]",
    .about = "A line per call, the oldest first: what the customer's frustration was when it began, at its peak and "
             "when it ended, how long it was above the threshold of empathy_cue, and how long it took from the peak "
             "until it was below that cue's off-threshold again.",
    .options = options,
    .examples = examples,
    .operands = NULL,
    .exit_codes = "0 done, 1 failure, 2 usage, 10 no such store, 17 and 18 faults of the config, 31 not a store, or "
                  "damaged, 32 locked by another program, 33 made by a later program.",
    .run = run,
};
