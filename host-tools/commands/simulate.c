/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone simulate`: headsets and desks that never were, and the truth about what they sent. */
#include "host-tools/commands/commands.h"
#include "host-tools/settings/config.h"
#include "host-tools/simulate/desks.h"
#include "host-tools/simulate/headset.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/run_files.h"
#include "host-tools/system/stop.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = UT_LINE_NAME, STEP_MS = 10, LATER_MS = 1000, DRAIN_S = 60, DESCRIPTORS = 3, SPARE = 256 };

struct choices {
    const char *tcp, *pty, *script, *truth, *run, *tokens;
    bool mqtt;
    int headsets, calls;
    double speed, rate, seconds, drain;
};

static const struct ut_option options[] = {
    {.help = "Where they are (default: --tcp 0):"},
    {"tcp", "PORT", "each listens on a port of this machine: PORT, the next one and so on; 0: any that are free",
     ut_option_text, .place = offsetof(struct choices, tcp)},
    {"pty", "FOLDER", "each has a pseudo-terminal, by a link in FOLDER: headset-1, headset-2 ...", ut_option_text,
     .place = offsetof(struct choices, pty)},
    {"mqtt", NULL,
     "desks instead, at the brokers of [mqtt] in the config file: DEVICE-1, DEVICE-2 ..., DEVICE being its device",
     ut_option_flag, .place = offsetof(struct choices, mqtt)},
    {"tokens", "FILE",
     "with --mqtt: the desks of this file instead, each by its own name and password: tokens of `undertone enrol "
     "desks`",
     ut_option_text, .place = offsetof(struct choices, tokens)},
    {.help = "What they play:"},
    {"script", "FILE",
     "calls (SPEC.md \"Scripts\"; default: three that are built in); the n-th headset begins with "
     "the n-th call",
     ut_option_text, .place = offsetof(struct choices, script)},
    {"headsets", "N", "how many (default: 1)", ut_option_count, .place = offsetof(struct choices, headsets), .low = 1,
     .high = UT_DESKS_MAX},
    {"calls", "N", "calls of each; 0: without end (default: 1)", ut_option_count,
     .place = offsetof(struct choices, calls), .low = 0, .high = 1000000},
    {"speed", "X", "times as fast as real; 0: as fast as the line takes it, not with --mqtt (default: 1)",
     ut_option_number, .place = offsetof(struct choices, speed), .low = 0, .high = 1000},
    {"rate", "R",
     "with --mqtt, for load: events with a sequence that each desk makes in a second, whatever the script's times",
     ut_option_number, .place = offsetof(struct choices, rate), .low = 0.001, .high = 1000},
    {"seconds", "S", "makes nothing more after so long (default: when the calls are over)", ut_option_number,
     .place = offsetof(struct choices, seconds), .low = 0.1, .high = 1000000},
    {"drain", "S", "with --mqtt: waits so long at the end for what is not acknowledged (default: 60)", ut_option_number,
     .place = offsetof(struct choices, drain), .low = 0, .high = 100000},
    {"run", "ID", "with --mqtt: what tells these calls from those of other runs (default: a new one)", ut_identity_take,
     .place = offsetof(struct choices, run)},
    {.help = "The truth:"},
    {"truth", "FILE", "every record or event and whether it went, a JSON object a line", ut_option_text,
     .place = offsetof(struct choices, truth)},
    UT_OPTION_HELP,
    {.help = "The names of ports are printed, a line each, when all can be opened. A headset's first call begins when "
             "somebody opens its port; a terminal stays until its reader leaves it. Ctrl-C or SIGTERM ends all."},
    {0},
};

/* So many connections. 0, or -1 and *fault. */
static int raise_limit(int headsets, struct ut_fault *fault)
{
    struct rlimit l;
    rlim_t wanted = (rlim_t)(DESCRIPTORS * headsets + SPARE);
    if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < wanted) {
        l.rlim_cur = wanted < l.rlim_max ? wanted : l.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &l);
        if (l.rlim_cur < wanted)
            return ut_fault_set(fault, UT_EXIT_FAILURE,
                                "--headsets %d: needs %d descriptors, this user may have %d; raise the limit (ulimit "
                                "-n), or give fewer",
                                headsets, (int)wanted, (int)l.rlim_max);
    }
    return 0;
}

struct simulation {
    const struct choices *choices;
    const struct ut_config *config;
    struct ut_script script;
    struct ut_simulated_call *call;
    struct ut_templates *made;
    struct ut_truth truth;
    struct ut_headset_plan plan;
    struct ut_headset *headset;
    int opened;
    struct ut_token_list tokens;
    struct ut_desks_rollout *rollout;
};

static int make_calls(struct simulation *s, struct ut_fault *fault)
{
    s->call = calloc(s->script.calls, sizeof *s->call);
    s->made = calloc(s->script.calls, sizeof *s->made);
    if (s->call == NULL || s->made == NULL)
        return ut_fault_no_memory(fault);
    for (size_t i = 0; i < s->script.calls; i++)
        if (ut_simulated_records(&s->script, i, &s->call[i]) != 0 ||
            (s->choices->mqtt && ut_templates_make(&s->made[i], &s->call[i], s->config) != 0))
            return ut_fault_no_memory(fault);
    return 0;
}

static int open_lines(struct simulation *s, int port, struct ut_fault *fault)
{
    const struct choices *c = s->choices;
    if (c->pty != NULL && mkdir(c->pty, 0755) != 0 && errno != EEXIST)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be made (%s); give --pty a folder", c->pty,
                            strerror(errno));
    s->headset = calloc((size_t)c->headsets, sizeof *s->headset);
    if (s->headset == NULL)
        return ut_fault_no_memory(fault);
    for (int i = 0; i < c->headsets; i++) {
        struct ut_headset *h = &s->headset[i];
        char path[PATH_ROOM];
        *h = (struct ut_headset){.plan = &s->plan, .truth = &s->truth, .chance = (uint32_t)i, .first = (size_t)i};
        (void)snprintf(h->name, sizeof h->name, "headset-%d", i + 1);
        if (c->pty != NULL && snprintf(path, sizeof path, "%s/%s", c->pty, h->name) >= (int)sizeof path)
            return ut_fault_set(fault, UT_EXIT_USAGE, "%s: too long for --pty; give a shorter one", c->pty);
        if ((c->pty != NULL ? ut_line_open_pty(&h->line, path, fault)
                            : ut_line_open_tcp(&h->line, port > 0 ? port + i : 0, fault)) != 0)
            return -1;
        s->opened++;
    }
    for (int i = 0; i < c->headsets; i++)
        printf("%s %s\n", s->headset[i].name, s->headset[i].line.name);
    return ut_output_flush(fault);
}

/* When the soonest of them wants to be asked again; -1: none does; -2 and *fault. */
static int step_all(struct simulation *s, struct pollfd *q, struct ut_fault *fault)
{
    int soonest = -1;
    int64_t now = ut_clock_ms(), unix_ms = ut_clock_unix_ms();
    for (int i = 0; i < s->opened; i++) {
        int64_t due = ut_headset_step(&s->headset[i], now, unix_ms, fault);
        if (due == -2)
            return -2;
        q[i] = (struct pollfd){.fd = due >= 0 ? ut_line_fd(&s->headset[i].line) : -1, .events = POLLIN};
        if (due < 0)
            ut_line_close(&s->headset[i].line);
        else if (soonest < 0 || due < soonest)
            soonest = due < LATER_MS ? (int)due : LATER_MS;
    }
    return soonest;
}

static int play_lines(struct simulation *s, struct ut_fault *fault)
{
    int64_t until = s->choices->seconds > 0 ? ut_clock_ms() + (int64_t)(1000 * s->choices->seconds) : INT64_MAX;
    struct pollfd *q = calloc((size_t)s->opened + 1, sizeof *q);
    if (q == NULL)
        return ut_fault_no_memory(fault);
    int wait = 0;
    while (ut_stop_signal() == 0 && ut_clock_ms() < until && (wait = step_all(s, q, fault)) >= 0) {
        q[s->opened] = (struct pollfd){.fd = ut_stop_fd(), .events = POLLIN};
        (void)poll(q, (nfds_t)s->opened + 1, wait);
    }
    free(q);
    return wait == -2 ? -1 : 0;
}

static void print_counts(const struct ut_desks_counts *n, int desks, int64_t ms, int64_t drain_ms)
{
    ut_json_line(json_pack("{s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "Desks", desks, "Events",
                           (json_int_t)n->made, "Acknowledged", (json_int_t)n->acknowledged, "Again",
                           (json_int_t)n->again, "Refused", (json_int_t)n->refused, "Scores", (json_int_t)n->scores,
                           "Connections", (json_int_t)n->connections, "Millis", (json_int_t)ms, "DrainMillis",
                           (json_int_t)drain_ms));
}

/* 0, or -1 and *fault; also when the config has nobody who may roll out. */
static int open_rollout(struct simulation *s, struct ut_fault *fault)
{
    const struct ut_desks_rollout_options o = {.site = ut_config_text(s->config, "mqtt", "site"),
                                               .config = s->config,
                                               .call = s->call,
                                               .calls = s->script.calls};
    *fault = (struct ut_fault){0};
    s->rollout = ut_desks_rollout_new(&o, fault);
    return fault->code == 0 ? 0 : -1;
}

static int play_desks(struct simulation *s, struct ut_fault *fault)
{
    const struct choices *c = s->choices;
    const struct ut_config *config = s->config;
    char run[UT_IDENTITY_UUID];
    if (ut_identity_new(ut_clock_unix_ms(), run) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "no randomness; try again");
    if (open_rollout(s, fault) != 0)
        return -1;
    const struct ut_desks_options o = {.brokers = ut_config_text(config, "mqtt", "brokers"),
                                       .site = ut_config_text(config, "mqtt", "site"),
                                       .device = ut_config_text(config, "mqtt", "device"),
                                       .password_file = ut_config_text(config, "mqtt", "password_file"),
                                       .ca_file = ut_config_text(config, "mqtt", "ca_file"),
                                       .cert_file = ut_config_text(config, "mqtt", "cert_file"),
                                       .key_file = ut_config_text(config, "mqtt", "key_file"),
                                       .tokens = c->tokens != NULL ? &s->tokens : NULL,
                                       .rollout = s->rollout,
                                       .call = s->made,
                                       .calls = s->script.calls,
                                       .desks = c->headsets,
                                       .run = c->run != NULL ? c->run : run,
                                       .most = (unsigned)c->calls,
                                       .speed = c->speed,
                                       .rate = c->rate,
                                       .limit_ms = (int64_t)(1000 * c->seconds),
                                       .truth = &s->truth};
    struct ut_desks *d = ut_desks_new(&o, fault);
    if (d == NULL)
        return -1;
    int64_t begun = ut_clock_ms(), made_ms = begun;
    uint64_t made = 0;
    int more = 1;
    while (ut_stop_signal() == 0 && more == 1) {
        more = ut_desks_step(d, ut_stop_fd(), STEP_MS);
        struct ut_desks_counts n = ut_desks_counts(d);
        made_ms = n.made != made ? ut_clock_ms() : made_ms;
        made = n.made;
        if (more == 1 && n.waiting == c->headsets && ut_clock_ms() - made_ms > (int64_t)(1000 * c->drain) &&
            n.acknowledged < n.made)
            break;
    }
    struct ut_desks_counts n = ut_desks_counts(d);
    print_counts(&n, c->headsets, ut_clock_ms() - begun, ut_clock_ms() - made_ms);
    ut_desks_leave(d);
    ut_desks_free(d);
    if (n.acknowledged < n.made)
        return ut_fault_set(fault, UT_EXIT_UNSENT,
                            "%" PRIu64 " of %" PRIu64 " events were not acknowledged; does `undertone serve` run?",
                            n.made - n.acknowledged, n.made);
    return ut_output_flush(fault);
}

static int check_floor(const struct choices *c, const struct ut_config *config, struct ut_fault *fault)
{
    bool named = c->tokens != NULL || ut_identity_fits(ut_config_text(config, "mqtt", "device"));
    const char *missing = ut_config_text(config, "mqtt", "brokers")[0] == '\0'        ? "brokers"
                          : !ut_identity_fits(ut_config_text(config, "mqtt", "site")) ? "site"
                          : !named                                                    ? "device"
                                                                                      : NULL;
    if (missing == NULL)
        return 0;
    return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                        "[mqtt] %s: is not set, or no name; set brokers, site and device in the config file", missing);
}

static int check(const struct choices *c, const struct ut_config *config, int words, char **argv, int *port,
                 struct ut_fault *fault)
{
    char *end = NULL;
    long number = c->tcp != NULL ? strtol(c->tcp, &end, 10) : 0;
    if (words > 0)
        return ut_options_refuse(&ut_command_simulate, fault, "%s: unexpected", argv[0]);
    if ((c->tcp != NULL) + (c->pty != NULL) + c->mqtt > 1)
        return ut_options_refuse(&ut_command_simulate, fault, "--tcp, --pty and --mqtt exclude each other");
    if (c->tcp != NULL && (end == c->tcp || *end != '\0' || number < 0 || number + c->headsets - 1 > 65535))
        return ut_options_refuse(&ut_command_simulate, fault, "--tcp %s: give a port, 0 to 65535, and room for all",
                                 c->tcp);
    if (!c->mqtt && (c->rate > 0 || c->run != NULL || c->tokens != NULL))
        return ut_options_refuse(&ut_command_simulate, fault, "--rate, --run and --tokens go with --mqtt");
    if (c->run != NULL && strlen(c->run) > UT_DESKS_RUN)
        return ut_options_refuse(&ut_command_simulate, fault, "--run: at most 40 characters");
    if (c->mqtt && c->speed <= 0)
        return ut_options_refuse(&ut_command_simulate, fault, "--mqtt: a floor is no file; give --speed, or --rate");
    *port = (int)number;
    struct ut_run_files files = {0};
    ut_run_files_read(&files, c->script, "the script");
    ut_run_files_read(&files, c->tokens, "the tokens");
    ut_config_files(config, &files);
    ut_run_files_write(&files, c->truth, "--truth");
    if (ut_run_files_check(&files, "simulate", fault) != 0)
        return -1;
    return c->mqtt ? check_floor(c, config, fault) : 0;
}

/* 0, or -1 and *fault. */
static int read_tokens(struct simulation *s, struct ut_fault *fault)
{
    const struct choices *c = s->choices;
    if (c->tokens == NULL)
        return 0;
    if (ut_token_list_read(&s->tokens, c->tokens, fault) != 0)
        return -1;
    if ((size_t)c->headsets <= s->tokens.n)
        return 0;
    return ut_options_refuse(&ut_command_simulate, fault, "--headsets %d: %s has %zu", c->headsets, c->tokens,
                             s->tokens.n);
}

static int go(struct simulation *s, int port, struct ut_fault *fault)
{
    const struct choices *c = s->choices;
    if (read_tokens(s, fault) != 0 || ut_script_read(&s->script, c->script, fault) != 0 || make_calls(s, fault) != 0 ||
        raise_limit(c->headsets, fault) != 0 || ut_stop_watch(fault) != 0 ||
        ut_truth_open(&s->truth, c->truth, fault) != 0)
        return -1;
    s->plan = (struct ut_headset_plan){
        .call = s->call, .calls = s->script.calls, .most = (unsigned)c->calls, .speed = c->speed};
    struct ut_fault written = {0};
    int done = c->mqtt ? play_desks(s, fault) : open_lines(s, port, fault) == 0 ? play_lines(s, fault) : -1;
    if (ut_truth_close(&s->truth, &written) != 0 && done == 0) {
        *fault = written;
        done = -1;
    }
    return done;
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices c = {.headsets = 1, .calls = 1, .speed = 1, .drain = DRAIN_S};
    struct ut_fault fault = {0};
    int port = 0, words = ut_options_take(&ut_command_simulate, argc, argv, &c, &fault);
    if (words < 0 || check(&c, config, words, argv, &port, &fault) != 0)
        return ut_fault_print(&fault);
    struct simulation s = {.choices = &c, .config = config};
    (void)go(&s, port, &fault);
    for (int i = 0; i < s.opened; i++)
        ut_line_close(&s.headset[i].line);
    free(s.headset);
    for (size_t i = 0; i < s.script.calls; i++) {
        if (s.call != NULL)
            ut_simulated_free(&s.call[i]);
        if (s.made != NULL)
            ut_templates_free(&s.made[i]);
    }
    free(s.call);
    free(s.made);
    ut_script_free(&s.script);
    ut_token_list_free(&s.tokens);
    ut_desks_rollout_free(s.rollout);
    return ut_fault_print(&fault);
}

const struct ut_command ut_command_simulate = {
    .name = "simulate",
    .purpose = "headsets and desks that never were: scripted calls by port, terminal or MQTT, and the truth about them",
    .usage = "[--tcp PORT | --pty FOLDER] [--headsets N] [options]\n--mqtt [--headsets N] [options]",
    .about =
        "Plays calls of a script as a headset would tell them: records of the wire, by the firmware's own encoder and "
        "turns, for `undertone live --tcp` or `--port`; with --mqtt the events that desks would make of them, sent to "
        "a "
        "floor until `undertone serve` has acknowledged each. Their model is named \"sim\": scores are the script's.",
    .options = options,
    .exit_codes =
        "0 done, or ended by Ctrl-C, 1 failure, 2 usage, 3 no such port, 10 no such script, 12 an empty one, 17 and 18 "
        "faults of the config, 36 events were not acknowledged, 37 a fault of the script.",
    .run = run,
};
