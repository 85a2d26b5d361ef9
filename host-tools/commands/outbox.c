/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone outbox`: what has yet to reach the webhook or the floor, and carrying it there. */
#include "host-tools/commands/commands.h"
#include "host-tools/commands/outputs.h"
#include "host-tools/commands/to_floor.h"
#include "host-tools/settings/config.h"
#include "host-tools/sinks/courier.h"
#include "host-tools/sinks/event_table.h"
#include "host-tools/sinks/floor_link.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/stop.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct choices {
    const char *file;
    bool json, mqtt;
};

static const struct ut_option options[] = {
    {.help = "What to do:"},
    {.argument = "list", .help = "how many events wait, since when, and why the last attempt failed"},
    {.argument = "send", .help = "try all that wait, now, and end"},
    {.argument = "revive", .help = "let what is dead (tried ten times, or refused with 410) wait again"},
    {.help = "Where, and how:"},
    {"store", "FILE", "the store with the outbox (default: store.file of the config file)", ut_option_text,
     .place = offsetof(struct choices, file)},
    {"mqtt", NULL, "what is for the floor, by the brokers of [mqtt], instead of for the webhook", ut_option_flag,
     .place = offsetof(struct choices, mqtt)},
    {"json", NULL, "list: one JSON object", ut_option_flag, .place = offsetof(struct choices, json)},
    UT_OPTION_HELP,
    {0},
};

static const char *receiver(const struct choices *c)
{
    return c->mqtt ? UT_FLOOR_RECEIVER : UT_COURIER_RECEIVER;
}

static int list(const struct choices *c, struct ut_database *d, struct ut_fault *fault)
{
    struct ut_outbox_counts n;
    if (ut_outbox_counts(d, receiver(c), &n, fault) != 0)
        return -1;
    int64_t age = n.oldest_ms < 0 ? 0 : (ut_clock_unix_ms() - n.oldest_ms) / 1000;
    json_t *error = n.error[0] != '\0' ? json_string(n.error) : json_null();
    if (c->json)
        ut_json_line(json_pack("{s:s, s:I, s:I, s:o, s:o}", "Receiver", receiver(c), "Waiting", (json_int_t)n.waiting,
                               "Dead", (json_int_t)n.dead, "OldestSeconds",
                               n.oldest_ms < 0 ? json_null() : json_integer(age), "Error", json_incref(error)));
    else
        printf("%s: %" PRId64 " waiting, %" PRId64 " dead%s%s\n", receiver(c), n.waiting, n.dead,
               json_is_string(error) ? "; last failure: " : "", json_is_string(error) ? json_string_value(error) : "");
    json_decref(error);
    return 0;
}

static int send_to_floor(const struct choices *c, const struct ut_config *config, struct ut_fault *fault)
{
    struct ut_floor_link_options o;
    struct ut_to_floor n;
    if (ut_outputs_floor(config, c->file, &o, fault) != 0)
        return -1;
    if (ut_stop_watch(fault) != 0 || ut_to_floor(&o, &n, fault) != 0)
        return -1;
    printf("%" PRIu64 " sent, %" PRId64 " waiting, %" PRId64 " dead\n", n.sent, n.left.waiting, n.left.dead);
    if (n.left.waiting > 0)
        return ut_fault_set(fault, UT_EXIT_UNSENT, "%s; try again later", n.why);
    return 0;
}

static int send_all(const struct choices *c, const struct ut_config *config, struct ut_fault *fault)
{
    struct ut_courier_options o;
    struct ut_courier_round round;
    struct ut_outbox_counts n;
    if (ut_outputs_webhook(config, c->file, &o, fault) != 0)
        return -1;
    if (ut_stop_watch(fault) != 0)
        return -1;
    struct ut_courier *courier = ut_courier_new(&o, fault);
    if (courier == NULL)
        return -1;
    int r = ut_courier_hurry(courier, fault);
    if (r == 0 && ut_courier_round(courier, ut_stop_flag(), &round, fault) >= 0 &&
        ut_courier_counts(courier, &n, fault) == 0) {
        printf("%d sent, %" PRId64 " waiting, %" PRId64 " dead\n", round.taken, n.waiting, n.dead);
        if (n.waiting > 0)
            r = ut_fault_set(fault, UT_EXIT_UNSENT, "webhook %s: %" PRId64 " events wait: %s; try again later",
                             ut_courier_host(courier), n.waiting,
                             round.error[0] != '\0' ? round.error : "another program has them in hand");
    } else {
        r = -1;
    }
    ut_courier_free(courier);
    return r;
}

static int revive(const struct choices *c, struct ut_database *d, struct ut_fault *fault)
{
    int n = ut_outbox_revive(d, receiver(c), ut_clock_unix_ms(), fault);
    if (n >= 0)
        printf("%d %s again\n", n, n == 1 ? "event waits" : "events wait");
    return n < 0 ? -1 : 0;
}

/* What the words ask for. 0, or -1 and *fault. */
static int check(const struct choices *c, char **word, int words, struct ut_fault *fault)
{
    static const char *const known[] = {"list", "send", "revive"};
    bool found = false;
    for (size_t i = 0; words == 1 && i < sizeof known / sizeof known[0]; i++)
        found = found || strcmp(word[0], known[i]) == 0;
    if (!found)
        return ut_options_refuse(&ut_command_outbox, fault, "list, send or revive?");
    if (c->json && word[0][0] != 'l')
        return ut_options_refuse(&ut_command_outbox, fault, "--json goes with list");
    if (c->file[0] == '\0')
        return ut_options_refuse(&ut_command_outbox, fault, "no store; give --store FILE, or set [store] file");
    return 0;
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices c = {.file = ut_config_text(config, "store", "file")};
    struct ut_fault fault = {0};
    int words = ut_options_take(&ut_command_outbox, argc, argv, &c, &fault), r = -1;
    if (words < 0 || check(&c, argv, words, &fault) != 0)
        return ut_fault_print(&fault);
    struct ut_database *d = ut_database_open(c.file, &ut_event_table_kind, false, &fault);
    if (d == NULL)
        return ut_fault_print(&fault);
    if (argv[0][0] == 'l')
        r = list(&c, d, &fault);
    else if (argv[0][0] == 's')
        r = c.mqtt ? send_to_floor(&c, config, &fault) : send_all(&c, config, &fault);
    else
        r = revive(&c, d, &fault);
    ut_database_close(d);
    struct ut_fault closed = {0};
    if (ut_output_flush(&closed) != 0 && r == 0)
        fault = closed;
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone outbox list", "What has yet to reach the receiver, and why:"},
    {NULL, NULL},
};

const struct ut_command ut_command_outbox = {
    .name = "outbox",
    .purpose = "events that have yet to reach the webhook or the floor: how many, and sending them",
    .usage = "list [--mqtt] [--json]\nsend [--mqtt]\nrevive [--mqtt]",
    .about = "What live and replay with --webhook, or live with --mqtt, could not deliver waits in the store. A later "
             "run tries it again when its "
             "time has come; `send` tries it at once.",
    .options = options,
    .operands = "WORD",
    .exit_codes =
        "0 done, 1 failure, 2 usage, 10 no such store or file of keys, 17 and 18 faults of the config, 31 to 34 "
        "of the store, 36 some events wait still.",
    .examples = examples,
    .run = run,
};
