/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone live`: one headset, or its stand-in, as live cues on a screen, as plain lines, or as events. */
#include "host-tools/call/receiver.h"
#include "host-tools/call/sink.h"
#include "host-tools/commands/commands.h"
#include "host-tools/commands/outputs.h"
#include "host-tools/commands/recall.h"
#include "host-tools/commands/retention.h"
#include "host-tools/desk/desk.h"
#include "host-tools/headset/release_file.h"
#include "host-tools/screens/screen.h"
#include "host-tools/screens/view.h"
#include "host-tools/settings/action_rules.h"
#include "host-tools/settings/customer.h"
#include "host-tools/settings/holdout.h"
#include "host-tools/sinks/action_work.h"
#include "host-tools/sinks/actions.h"
#include "host-tools/sinks/audit.h"
#include "host-tools/sinks/desk_rollout.h"
#include "host-tools/sinks/event_table.h"
#include "host-tools/sinks/metrics.h"
#include "host-tools/sinks/text.h"
#include "host-tools/sources/port.h"
#include "host-tools/sources/reach.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/clock_steps.h"
#include "host-tools/system/identity.h"
#include "host-tools/system/options.h"
#include "host-tools/system/program.h"
#include "host-tools/system/run_files.h"
#include "host-tools/system/stop.h"
#include "host-tools/system/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum source { SOURCE_NONE, SOURCE_PORT, SOURCE_BLE, SOURCE_TCP, SOURCE_MIC, SOURCE_QEMU, SOURCE_INPUTS };

struct choices {
    enum source source;
    const char *name; /* device, address or file */
    const char *contact_id, *session, *out, *summary, *store, *audit, *metrics;
    struct ut_port_options port;
    struct ut_courier_options to; /* of the webhook */
    struct ut_customer_key customer;
    char customer_hash[UT_CUSTOMER_TEXT];
    struct ut_floor_link_options floor;
    struct ut_holdout holdout;
    int page; /* port of the agent's page; 0 = any, -1 = none */
    bool webhook, mqtt, plain, explain, json, fast, realtime, wait, disclosed;
};

static int choose_source(struct choices *c, enum source source, const char *name, struct ut_fault *fault)
{
    if (c->source != SOURCE_NONE)
        return ut_options_refuse(&ut_command_live, fault,
                                 "only one of --port, --ble, --tcp, --mic, --qemu and the pair of --customer-input "
                                 "and --agent-input");
    c->source = source;
    c->name = name;
    return 0;
}

static int take_source(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    static const char *const names[] = {"", "port", "ble", "tcp", "mic", "qemu"};
    int source = SOURCE_PORT;
    while (strcmp(names[source], o->name) != 0)
        source++;
    return choose_source(place, (enum source)source, text, fault);
}

/* --customer-input or --agent-input: either is enough, and both are one source. */
static int take_input(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    struct choices *c = place;
    const char **input = o->name[0] == 'c' ? &c->port.customer_input : &c->port.agent_input;
    if (c->source != SOURCE_INPUTS && choose_source(c, SOURCE_INPUTS, NULL, fault) != 0)
        return -1;
    *input = text;
    return 0;
}

static int take_page(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    char *end = NULL;
    long port = text != NULL && text[0] != '\0' ? strtol(text, &end, 10) : 0;
    if ((end != NULL && *end != '\0') || port < 0 || port > 65535)
        return ut_fault_set(fault, UT_EXIT_USAGE, "--%s %s: give a port, 0 to 65535", o->name, text);
    *(int *)place = (int)port;
    return 0;
}

static const struct ut_option options[] = {
    {.help =
         "Where the records come from (default: live.port or live.tcp of the config file, else the only USB headset):"},
    {"port", "DEV", "a headset on a serial port, or a pseudo-terminal", take_source, .place = 0},
    {"ble", "[ADDRESS|NAME]", "a paired headset by Bluetooth Low Energy (default: the only one within reach)",
     take_source, .place = 0},
    {"tcp", "HOST:PORT", "a headset behind a network bridge", take_source, .place = 0},
    {"mic", NULL, "this machine's audio input, worked on here", take_source, .place = 0},
    {"qemu", "[FILE]", "the emulated headset, fed with an audio file, or with the audio input when none is given",
     take_source, .place = 0},
    {"customer-input", "[NAME]",
     "what a softphone plays, worked on here: part of the name of an output or of another sound source of PulseAudio "
     "or "
     "PipeWire (default: the default output); the agent is at --agent-input",
     take_input, .place = 0},
    {"agent-input", "[NAME]",
     "the agent's microphone beside it (default: the default input); the two devices' clocks are made one", take_input,
     .place = 0},
    {.help = "What is shown:"},
    {"page", "[PORT]",
     "the agent's page in a browser of this machine, and the desk's HTTP (default: page.port of the config file, else "
     "none; without PORT one that is free); `undertone call page` says its address",
     take_page, .place = offsetof(struct choices, page)},
    {"plain", NULL,
     "lines, also on a terminal, as screen readers and braille displays want them: one event each, no colours, no "
     "bars; "
     "there a letter and Enter does what its key does on the screen",
     ut_option_flag, .place = offsetof(struct choices, plain)},
    {"explain", NULL, "lines name the classifier's reasons too, as log-odds", ut_option_flag,
     .place = offsetof(struct choices, explain)},
    {"json", NULL, "events on stdout, one JSON object per line, as `undertone replay --json` prints them",
     ut_option_flag, .place = offsetof(struct choices, json)},
    {"out", "FILE", "the same events into FILE as well (a file beside it that ends in .part until the end)",
     ut_option_text, .place = offsetof(struct choices, out)},
    {"summary", "FILE", "the per-call JSON into FILE when a call ends", ut_option_text,
     .place = offsetof(struct choices, summary)},
    {"store", "FILE",
     "what may not be lost into this store as well (default: store.file of the config file, else none)", ut_option_text,
     .place = offsetof(struct choices, store)},
    {"audit", "FILE", "a record of what is shown and decided (default: audit.file of the config file, else none)",
     ut_option_text, .place = offsetof(struct choices, audit)},
    {"metrics", "FILE",
     "counts in Prometheus' text, written anew every 5 s (default: metrics.file of the config file, else none)",
     ut_option_text, .place = offsetof(struct choices, metrics)},
    {"webhook", NULL, "what is stored also to the address of webhook.url in the config file", ut_option_flag,
     .place = offsetof(struct choices, webhook)},
    {"mqtt", NULL, "what is stored also to the floor, by the brokers of [mqtt] in the config file", ut_option_flag,
     .place = offsetof(struct choices, mqtt)},
    {.help =
         "Before there are scores (policy eu): the customer has to be told that the voice is analysed. Until that is "
         "acknowledged, scores and cues from scores are left out; measured facts and their cues are there. Policy "
         "research is for recordings: a call in progress is refused (code 6)."},
    {"disclosed", NULL, "every call of this connection begins with the announcement", ut_option_flag,
     .place = offsetof(struct choices, disclosed)},
    {.argument = "key a, or SIGUSR1", .help = "the customer of this call has been told"},
    {.help = "Details:"},
    {"contact-id", "ID", "name of the call (default: FILE without folder and ending, else live-<time>)", ut_option_name,
     .place = offsetof(struct choices, contact_id)},
    {"session", "ID",
     "what tells the call from all others in its events (default: of a FILE, its sound's; else a new one)",
     ut_identity_take, .place = offsetof(struct choices, session)},
    {"customer-key", "KEY",
     "whom the first call is with, in your own words for customers; only its hash under [customer] site_key is kept",
     ut_customer_take, .place = offsetof(struct choices, customer)},
    {"customer", "N", "the customer's channel of a file or audio input, from 1", ut_audio_take_channel,
     .place = offsetof(struct choices, port.choice.customer)},
    {"agent", "N|none", "the agent's channel, from 1, or none", ut_audio_take_channel,
     .place = offsetof(struct choices, port.choice.agent)},
    {"audio-input", "NAME", "part of the name of the audio input (default: the system's)", ut_option_text,
     .place = offsetof(struct choices, port.audio_input)},
    {"firmware", "FILE.elf", "image of the emulated headset (default: UNDERTONE_FIRMWARE, else the one built beside)",
     ut_option_text, .place = offsetof(struct choices, port.firmware)},
    {"fast", NULL, "the FILE of --qemu as fast as it goes (default: real time on a terminal, else fast); same records",
     ut_option_flag, .place = offsetof(struct choices, fast)},
    {"realtime", NULL, "the FILE of --qemu in real time", ut_option_flag, .place = offsetof(struct choices, realtime)},
    {"wait", NULL, "wait for a port that is not there yet instead of ending with code 3", ut_option_flag,
     .place = offsetof(struct choices, wait)},
    UT_OPTION_HELP,
    {.help =
         "A port that vanishes during a call is waited for; records lost meanwhile are counted. Ctrl-C ends the call "
         "in order."},
    {0},
};

enum {
    PAGE_UNSET = -2,
    FRAME_MS = 100, /* at least this long between two pictures */
    HELD_NOTES = 4096,
    HELD_SUMS = 4096 /* of some twenty calls */
};

struct live {
    struct ut_sink person; /* who watches: the screen's history, and notes on stderr */
    struct ut_port port;
    char port_name[UT_PORT_NAME]; /* of one that was found, not named */
    char contact_id[128];
    struct ut_receiver receiver;
    struct ut_sinks sinks;
    struct ut_view view;
    struct ut_view_screen picture;
    struct ut_desk *desk; /* the agent's page; NULL = none */
    struct ut_store_recall recall;
    struct ut_action_rules rules;
    struct ut_actions actions;
    struct ut_store_follow follow;
    char asked[UT_ACTION_ID]; /* the question that was written in a line last */
    int screen;
    int typed;    /* plain lines on a terminal: letters are typed, each line when Enter is pressed */
    int disclose; /* SIGUSR1 came */
    int64_t painted_ms, remembered_s;
    char link[UT_PORT_NAME + 64];
    char held[HELD_NOTES]; /* notes for stderr, kept while the screen is full */
    char sums[HELD_SUMS];  /* of the calls, for stdout, likewise */
    struct ut_clock_steps clock_steps;
    struct ut_retention retention;
    struct ut_floor_scores to_floor;
    char checkpoint[4096];           /* path, of the audit file */
    struct ut_desk_rollout *rollout; /* NULL = roll-outs are not listened to */
    bool once;                       /* it is about one call, or its files are: it does not begin again */
    bool told;                       /* that it should */
    bool again;
};

static int64_t unix_ms(void *ctx)
{
    (void)ctx;
    return ut_clock_unix_ms();
}

static void put_note(struct ut_sink *person, const char *text)
{
    struct live *l = (struct live *)person;
    if (!l->screen) {
        ut_note("%s", text);
        return;
    }
    char plain[1000];
    size_t used = strlen(l->held);
    (void)snprintf(plain, sizeof plain, "%s", text);
    ut_utf8_clean(plain);
    (void)snprintf(l->held + used, sizeof l->held - used, "undertone: %s\n", plain);
}

static int begin_history(struct ut_sink *person, const struct ut_event *event)
{
    struct live *l = (struct live *)person;
    if (event->type == UT_EVENT_SESSION_STARTED) {
        l->view.history = 0;
        l->remembered_s = 0;
    }
    return 0;
}

static int remember(struct ut_sink *person, const struct ut_wire_score *score)
{
    struct live *l = (struct live *)person;
    if (score->t_ms / 1000 != l->remembered_s) {
        l->remembered_s = score->t_ms / 1000;
        ut_view_remember(&l->view);
    }
    return 0;
}

/* What a call came to stays on the terminal when the screen has gone. */
static int keep_sums(struct ut_sink *person, const struct ut_session *session, struct ut_fault *fault)
{
    struct live *l = (struct live *)person;
    size_t used = strlen(l->sums);
    FILE *out = l->screen && used + 1 < sizeof l->sums ? fmemopen(l->sums + used, sizeof l->sums - used, "w") : NULL;
    (void)fault;
    if (out == NULL)
        return 0;
    ut_text_sums(session, out);
    (void)fclose(out);
    return 0;
}

static const struct ut_sink_kind PERSON = {
    .event = begin_history, .score = remember, .note = put_note, .end = keep_sums};

static void close_screen(struct live *l)
{
    if (!l->screen)
        return;
    ut_screen_close();
    l->screen = 0;
    (void)fputs(l->sums, stdout);
    (void)fflush(stdout);
    (void)fputs(l->held, stderr);
    l->held[0] = l->sums[0] = '\0';
}

static void paint(struct live *l)
{
    int rows, cols;
    ut_screen_size(&rows, &cols);
    int64_t now = ut_clock_unix_ms();
    const struct ut_action_question *q = ut_actions_question(&l->actions, now);
    l->view.ask = q != NULL ? q->text : NULL;
    l->view.ask_s = q != NULL ? (int)((q->until_ms - now + 999) / 1000) : 0;
    l->view.ask_yes = q != NULL && q->otherwise;
    l->view.dismissed = l->view.call->cue == UT_CUES && l->view.call->dismissed < UT_CUES;
    ut_view_lay_out(&l->view, rows, cols, ut_screen_utf8(), &l->picture);
    ut_screen_paint(&l->picture);
}

/* To the question that is open, if any. */
static void answer(struct live *l, bool yes)
{
    struct ut_fault fault = {0};
    const struct ut_action_question *q = ut_actions_question(&l->actions, ut_clock_unix_ms());
    char id[UT_ACTION_ID];
    if (q == NULL)
        return;
    memcpy(id, q->id, sizeof id);
    if (ut_actions_answer(&l->actions, id, yes, "key", &fault) < 0)
        ut_sinks_note(&l->sinks, fault.text);
}

/* What a key asks for; 1 when that is the end. */
static int obey(struct live *l, int key)
{
    struct ut_session *session = l->receiver.session;
    switch (key) {
    case 'q':
    case 'Q':
        return 1;
    case 'm':
    case 'M':
        l->view.muted = !l->view.muted;
        ut_session_mute(session, l->view.muted);
        if (l->typed)
            ut_note(l->view.muted ? "cues are muted; m and Enter shows them again" : "cues are shown again");
        break;
    case 'a':
    case 'A':
        ut_session_disclose(session, "key");
        break;
    case 'y':
    case 'Y':
        answer(l, true);
        break;
    case 'n':
    case 'N':
        answer(l, false);
        break;
    case 'd':
    case 'D':
        ut_session_dismiss(session);
        break;
    default:
        break;
    }
    return 0;
}

/* Those of the full screen. 1 when one of them is the end. */
static int keys(struct live *l)
{
    for (int key; (key = ut_screen_key()) != 0;) {
        l->painted_ms = 0; /* a key shows its effect at once */
        if (obey(l, key))
            return 1;
    }
    return 0;
}

/* A program in the background may not read: it would be stopped. */
static int may_type(const struct live *l)
{
    return l->typed && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

/* The lines that were typed. 1 when one of them is the end. */
static int lines(struct live *l)
{
    char text[64];
    struct pollfd there = {.fd = STDIN_FILENO, .events = POLLIN};
    while (may_type(l) && poll(&there, 1, 0) > 0) {
        ssize_t n = read(STDIN_FILENO, text, sizeof text);
        if (n <= 0)
            l->typed = 0; /* nobody types any more */
        for (ssize_t i = 0; i < n; i++)
            if (obey(l, text[i]))
                return 1;
    }
    return 0;
}

/* Waits for bytes, a signal, a key, or the next thing due. */
static void wait_for(struct live *l)
{
    int64_t ms = ut_receiver_due_ms(&l->receiver) - ut_clock_ms();
    int64_t most = l->screen ? FRAME_MS : INT_MAX;
    if (l->desk != NULL && ut_desk_due_ms(l->desk) < most)
        most = ut_desk_due_ms(l->desk);
    struct pollfd q[4] = {{.fd = ut_stop_fd(), .events = POLLIN},
                          {.fd = ut_receiver_fd(&l->receiver), .events = POLLIN},
                          {.fd = l->screen || may_type(l) ? STDIN_FILENO : -1, .events = POLLIN},
                          {.fd = l->desk != NULL ? ut_desk_fd(l->desk) : -1, .events = POLLIN}};
    (void)poll(q, 4, (int)(ms < 0 ? 0 : ms < most ? ms : most));
    l->disclose |= ut_stop_woken();
    if (l->desk != NULL)
        ut_desk_step(l->desk);
}

/* Until the port is open, cannot be, or somebody stops it. 1 when open, 0 when stopped, -1 and *fault. */
static int first_open(struct live *l, struct ut_fault *fault)
{
    for (;;) {
        enum ut_receiver_state state = ut_receiver_step(&l->receiver, fault);
        if (state == UT_RECEIVER_FAILED)
            return -1;
        if (ut_stop_signal() != 0)
            return 0;
        if (state == UT_RECEIVER_OPEN)
            return 1;
        wait_for(l);
    }
}

static void show(struct live *l, int over)
{
    int64_t now = ut_clock_ms();
    if (over) {
        (void)snprintf(l->link, sizeof l->link, "%s",
                       ut_catalogue_word(l->view.call->language, "the call has ended; q quits"));
        l->view.trouble = 0;
    } else {
        l->view.trouble = ut_receiver_link(&l->receiver, l->link, sizeof l->link);
        l->view.records_per_s = l->receiver.records_per_s;
    }
    if (now - l->painted_ms >= FRAME_MS) {
        paint(l);
        l->painted_ms = now;
    }
}

/* The question that is open, in a line, to whoever may type an answer. */
static void write_question(struct live *l)
{
    const struct ut_action_question *q = ut_actions_question(&l->actions, ut_clock_unix_ms());
    if (!l->typed || q == NULL || strcmp(q->id, l->asked) == 0)
        return;
    memcpy(l->asked, q->id, sizeof l->asked);
    ut_note("%s y or n and Enter; without an answer in %d s: %s", q->text, UT_ACTION_ASK_MS / 1000,
            q->otherwise ? "yes" : "no");
}

/* The time of day was put forward or back: on record, since times of records cannot be compared across it. A call's own
 * times go on from its start. 0, or -1 and *fault. */
static int look_at_clock(struct live *l, struct ut_fault *fault)
{
    int64_t step = ut_clock_steps_watch(&l->clock_steps);
    if (step == 0)
        return 0;
    return l->recall.audit == NULL ? 0
                                   : ut_audit_sink_add(l->recall.audit, "clock_stepped",
                                                       json_pack("{s:I}", "Millis", (json_int_t)step), fault);
}

/* Whether what is in force is another than this run goes by, and no call is on. */
static bool begins_again(struct live *l)
{
    if (l->rollout == NULL || !ut_desk_rollout_again(l->rollout))
        return false;
    if (l->once && !l->told)
        ut_sinks_note(&l->sinks, "what was rolled out is in force from the next start on: this run is about one call, "
                                 "or writes a file of all its calls");
    l->told = true;
    return !l->once && (l->receiver.session == NULL || !ut_session_active(l->receiver.session));
}

/* Until the source ends, somebody stops it, it has to begin again, or it fails. 0, or -1 and *fault. */
static int watch(struct live *l, struct ut_fault *fault)
{
    for (;;) {
        if (l->disclose) {
            l->disclose = 0;
            ut_session_disclose(l->receiver.session, "signal");
        }
        if (look_at_clock(l, fault) != 0 ||
            ut_retention_step(&l->retention, ut_clock_ms(), ut_clock_unix_ms(), fault) != 0)
            return -1;
        enum ut_receiver_state state = ut_receiver_step(&l->receiver, fault);
        if (state == UT_RECEIVER_FAILED)
            return -1;
        if (state == UT_RECEIVER_ENDED && !l->screen)
            return 0;
        if (ut_sinks_flush(&l->sinks) != 0 || ut_stop_signal() != 0 || lines(l))
            return 0;
        if ((l->again = begins_again(l)))
            return 0;
        write_question(l);
        if (l->screen) {
            if (keys(l))
                return 0;
            show(l, state == UT_RECEIVER_ENDED); /* the screen stays after the end */
        }
        wait_for(l);
    }
}

static int watch_signals(struct ut_fault *fault)
{
    if (ut_stop_watch(fault) != 0)
        return -1;
    ut_stop_also(SIGHUP);
    ut_stop_wake_by(SIGUSR1);
    return 0;
}

/* The only USB serial port of this machine. 0, or -1 and *fault. */
static int find_port(char name[UT_PORT_NAME], struct ut_fault *fault)
{
    struct ut_reach d[UT_REACH_MAX];
    int n = ut_reach_list(d), count = 0;
    for (int i = 0; i < n; i++)
        if (d[i].vid >= 0) {
            (void)snprintf(name, UT_PORT_NAME, "%.*s", UT_PORT_NAME - 1, d[i].port);
            count++;
        }
    if (count == 1)
        return 0;
    return ut_fault_set(
        fault, UT_EXIT_NO_DEVICE, "%s",
        count == 0
            ? "no headset on USB; plug one in, or name it: --port, --ble, --tcp, --mic, --customer-input or --qemu"
            : "several USB serial ports; choose one with --port (see `undertone devices`)");
}

static void fill(const char **choice, const struct ut_config *config, const char *section, const char *key)
{
    const char *text = ut_config_text(config, section, key);
    if (*choice == NULL && text[0] != '\0')
        *choice = text;
}

/* What the command line leaves open and the config file says. 0, or -1 and *fault. */
static int fill_from_config(struct choices *c, const struct ut_config *config, struct ut_fault *fault)
{
    static const struct ut_option PAGE = {.name = "page"};
    const char *page = ut_config_text(config, "page", "port");
    if (c->page == PAGE_UNSET && page[0] == '\0')
        c->page = -1;
    else if (c->page == PAGE_UNSET && take_page(&PAGE, page, &c->page, fault) != 0)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "[page] port = %s: give a port, 0 to 65535", page);
    fill(&c->port.audio_input, config, "live", "audio_input");
    fill(&c->port.firmware, config, "qemu", "firmware");
    fill(&c->metrics, config, "metrics", "file");
    fill(&c->audit, config, "audit", "file");
    fill(&c->store, config, "store", "file");
    return 0;
}

/* Command line, config file, and what is plugged in, in this order. 0, or -1 and *fault. */
static int choose_port(struct live *l, struct choices *c, const struct ut_config *config, struct ut_fault *fault)
{
    struct ut_port_options *o = &c->port;
    const char *text;
    if ((text = ut_config_text(config, "qemu", "emulator"))[0] != '\0')
        o->emulator = text;
    if (c->source == SOURCE_NONE && (text = ut_config_text(config, "live", "port"))[0] != '\0')
        (void)choose_source(c, SOURCE_PORT, text, fault);
    if (c->source == SOURCE_NONE && (text = ut_config_text(config, "live", "tcp"))[0] != '\0')
        (void)choose_source(c, SOURCE_TCP, text, fault);
    if (c->source == SOURCE_NONE) {
        if (find_port(l->port_name, fault) != 0)
            return -1;
        (void)choose_source(c, SOURCE_PORT, l->port_name, fault);
    }
    o->fast = c->fast || (!c->realtime && (c->json || !isatty(STDOUT_FILENO)));
    switch (c->source) {
    case SOURCE_BLE:
        ut_port_ble(&l->port, c->name);
        break;
    case SOURCE_TCP:
        ut_port_tcp(&l->port, c->name);
        break;
    case SOURCE_MIC:
        ut_port_mic(&l->port, o);
        break;
    case SOURCE_INPUTS:
        ut_port_inputs(&l->port, o);
        break;
    case SOURCE_QEMU:
        ut_port_qemu(&l->port, c->name, o);
        break;
    default:
        ut_port_serial(&l->port, c->name);
        break;
    }
    return 0;
}

/* A file, so that nobody is on the line. */
static int is_recorded(const struct choices *c)
{
    return c->source == SOURCE_QEMU && c->name != NULL;
}

static void start_receiver(struct live *l, const struct choices *c, const struct ut_config *config)
{
    int recorded = is_recorded(c);
    int len = 0;
    const char *name = recorded ? ut_audio_stem(c->name, &len) : "";
    (void)snprintf(l->contact_id, sizeof l->contact_id, "%.*s", len, name);
    const struct ut_receiver_options o = {.port = &l->port,
                                          .sinks = &l->sinks,
                                          .session = {.config = config,
                                                      .contact_id = c->contact_id != NULL ? c->contact_id
                                                                    : recorded            ? l->contact_id
                                                                                          : NULL,
                                                      .session = c->session,
                                                      .policy = recorded ? UT_POLICY_RESEARCH : UT_POLICY_EU,
                                                      .customer = c->customer_hash,
                                                      .holdout = recorded ? NULL : &c->holdout,
                                                      .recall = l->recall.store != NULL ? &l->recall.recall : NULL,
                                                      .disclosed = c->disclosed ? "option" : NULL,
                                                      .explain = c->explain,
                                                      /* a recording's events do not depend on when it is played */
                                                      .clock_ms = recorded ? NULL : unix_ms},
                                          .patient = c->wait};
    ut_receiver_init(&l->receiver, &o);
}

/* 0, or -1 and *fault: what is written is nothing of what is read. */
static int check_outputs(const struct choices *c, const struct ut_config *config, struct ut_fault *fault)
{
    struct ut_run_files files = {0};
    ut_run_files_read(&files, is_recorded(c) ? c->name : NULL, "the recording");
    ut_run_files_read(&files, c->port.firmware, "the firmware");
    ut_config_files(config, &files);
    ut_run_files_write(&files, c->out, "--out");
    ut_run_files_write(&files, c->summary, "--summary");
    ut_run_files_write(&files, c->store, "--store");
    ut_run_files_write(&files, c->audit, "--audit");
    ut_run_files_write(&files, c->metrics, "--metrics");
    ut_run_files_print(&files);
    return ut_run_files_check(&files, "live", fault);
}

/* A call in progress is another than all that are stored. 0, or -1 and *fault. */
static int check_session(const struct choices *c, struct ut_fault *fault)
{
    if (c->store == NULL || c->session == NULL || is_recorded(c))
        return 0;
    struct ut_database *d = ut_database_open(c->store, &ut_event_table_kind, true, fault);
    int has = d != NULL ? ut_event_table_has(d, c->session, fault) : -1;
    ut_database_close(d);
    if (has > 0)
        return ut_fault_set(fault, UT_EXIT_STORE_OTHER,
                            "live: --session %s: %s has a call of that session, or of its next ones (%s-2 ...); give "
                            "another",
                            c->session, c->store, c->session);
    return has;
}

/* What becomes of a roll-out, from the thread of the link. */
static int record_rollout(void *ctx, const char *kind, json_t *more, struct ut_fault *fault)
{
    struct ut_sink *audit = ((struct live *)ctx)->recall.audit;
    if (audit != NULL)
        return ut_audit_sink_add(audit, kind, more, fault);
    json_decref(more);
    return 0;
}

static int open_outputs(struct live *l, const struct choices *c, const struct ut_config *config, struct ut_fault *fault)
{
    /* before all that shows or keeps what it records */
    struct ut_sink *audit =
        c->audit != NULL ? ut_audit_sink(c->audit, ut_config_text(config, "audit", "key_file"), config) : NULL;
    if (c->audit != NULL && ut_sinks_add(&l->sinks, audit, fault) != 0)
        return -1;
    l->recall.audit = audit;
    if (ut_retention_begin(&l->retention, config, is_recorded(c) ? NULL : c->store, audit, fault) != 0)
        return -1;
    if (l->desk != NULL)
        ut_desk_keeps(l->desk, c->store, audit, c->floor.live);
    if (l->desk != NULL && l->rules.n > 0)
        ut_desk_asks(l->desk, &l->actions);
    if (l->desk != NULL)
        ut_desk_rolls_out(l->desk, l->rollout);
    if (c->out != NULL && ut_outputs_add(&l->sinks, "ndjson", NULL, c->out, fault) != 0)
        return -1;
    if (c->summary != NULL && ut_outputs_add(&l->sinks, "summary", NULL, c->summary, fault) != 0)
        return -1;
    struct ut_sink *counts = c->metrics != NULL ? ut_metrics_sink(c->metrics) : NULL;
    if (counts != NULL)
        ut_metrics_keeps(counts, c->store, c->floor.live);
    if (c->metrics != NULL && ut_sinks_add(&l->sinks, counts, fault) != 0)
        return -1;
    if (l->desk != NULL && ut_sinks_add(&l->sinks, ut_desk_sink(l->desk), fault) != 0)
        return -1;
    bool acts = l->rules.n > 0;
    l->actions.audit = audit;
    if (ut_outputs_add_store(&l->sinks, c->store, c->webhook ? &c->to : NULL, c->mqtt ? &c->floor : NULL,
                             acts ? &l->follow : NULL, fault) != 0)
        return -1;
    if (acts) {
        struct ut_sink *work = ut_action_work_sink(&l->rules, config, c->store, audit);
        if (ut_sinks_add(&l->sinks, work, fault) != 0)
            return -1;
        atomic_store(&l->actions.work, work);
    }
    return c->json ? ut_outputs_add(&l->sinks, "ndjson", stdout, NULL, fault) : 0;
}

/* The screen, or plain lines where there is none. 0, or -1 and *fault. */
static int open_screen(struct live *l, const struct choices *c, struct ut_fault *fault)
{
    if (c->json)
        return 0;
    if (!c->plain && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO)) {
        l->screen = ut_screen_open(stdin, stdout) == 0;
        if (!l->screen)
            ut_note("this terminal has no full-screen mode; plain lines instead");
    }
    l->typed = !l->screen && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    return l->screen ? 0 : ut_outputs_add(&l->sinks, "plain", stdout, NULL, fault);
}

/* The page's m and the screen's are one. */
static void note_mute(void *ctx, int muted)
{
    ((struct live *)ctx)->view.muted = muted;
}

/* 0, or -1 and *fault. */
static int open_desk(struct live *l, const struct choices *c, const struct ut_config *config, struct ut_fault *fault)
{
    if (c->page < 0)
        return 0;
    const struct ut_desk_options o = {
        .config = config, .receiver = &l->receiver, .store = c->store, .port = c->page, .muted = note_mute, .ctx = l};
    l->desk = ut_desk_open(&o, fault);
    if (l->desk == NULL)
        return -1;
    ut_note("the agent's page is at 127.0.0.1:%d; `undertone call page` says the address that lets you in",
            ut_desk_port(l->desk));
    return 0;
}

/* The rules of the config, where a call is under way. 0, or -1 and *fault. */
static int open_actions(struct live *l, struct choices *c, const struct ut_config *config, struct ut_fault *fault)
{
    if (ut_action_rules_read(&l->rules, config, fault) != 0)
        return -1;
    l->actions =
        (struct ut_actions){.rules = &l->rules, .snapshot = &l->receiver.snapshot, .store = c->store, .risk = -1};
    l->follow = (struct ut_store_follow){ut_actions_of, ut_actions_put, &l->actions};
    if (ut_action_rules_ask_floor(&l->rules)) {
        if (!c->mqtt)
            return ut_fault_set(fault, UT_EXIT_USAGE,
                                "live: an action asks a supervisor, by way of the floor; give --mqtt");
        c->floor.answered = ut_actions_answered;
        c->floor.ctx = &l->actions;
    }
    if (l->rules.n == 0 || c->store != NULL)
        return 0;
    return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                        "[action.%s]: actions are kept in the store; set [store] file, or give --store FILE",
                        l->rules.rule[0].name);
}

static int go(struct live *l, struct choices *c, const struct ut_config *config, struct ut_fault *fault)
{
    if (ut_holdout_init(&c->holdout, config, fault) != 0 || fill_from_config(c, config, fault) != 0 ||
        ut_customer_hash(&c->customer, config, c->customer_hash, fault) != 0 || choose_port(l, c, config, fault) != 0 ||
        check_outputs(c, config, fault) != 0 || check_session(c, fault) != 0 ||
        (c->webhook && ut_outputs_webhook(config, c->store, &c->to, fault) != 0) ||
        (c->mqtt && ut_outputs_floor(config, c->store, &c->floor, fault) != 0))
        return -1;
    c->floor.live = c->mqtt ? &l->to_floor : NULL;
    c->floor.rollout = l->rollout;
    c->floor.record = record_rollout;
    c->floor.record_ctx = l;
    if (c->audit != NULL) {
        (void)snprintf(l->checkpoint, sizeof l->checkpoint, "%.4000s.checkpoint", c->audit);
        c->floor.checkpoint = l->checkpoint;
        c->floor.sign_key_file = ut_config_text(config, "audit", "key_file");
    }
    if (!is_recorded(c) && strcmp(ut_config_text(config, "session", "policy"), "research") == 0)
        return ut_fault_set(fault, UT_EXIT_POLICY,
                            "live: policy research is for recordings and this is a call in progress; use `undertone "
                            "replay`, or set [session] policy = eu");
    if (watch_signals(fault) != 0)
        return -1;
    if (!is_recorded(c) && open_actions(l, c, config, fault) != 0)
        return -1;
    if (!is_recorded(c) && ut_store_recall_open(&l->recall, config, c->store, &l->sinks, fault) != 0)
        return -1;
    l->person.kind = &PERSON;
    if (ut_sinks_add(&l->sinks, &l->person, fault) != 0)
        return -1;
    start_receiver(l, c, config);
    if (open_desk(l, c, config, fault) != 0)
        return -1;
    int r = first_open(l, fault);
    if (r <= 0)
        return r;
    ut_audio_remark_alone(l->port.name, l->port.alone);
    l->view.call = l->receiver.snapshot;
    l->view.config = config;
    l->view.source = l->port.name;
    l->view.link = l->link;
    r = open_outputs(l, c, config, fault);
    if (r == 0)
        r = open_screen(l, c, fault);
    if (r == 0)
        r = watch(l, fault);
    ut_session_finish(l->receiver.session, NULL);
    (void)ut_sinks_flush(&l->sinks);
    close_screen(l);
    return r;
}

/* The words that are no options. 0, or -1 and *fault. */
static int take_name(struct choices *c, char **word, int words, struct ut_fault *fault)
{
    if (words > 0 && c->name == NULL && (c->source == SOURCE_QEMU || c->source == SOURCE_BLE)) {
        c->name = *word++;
        words--;
    }
    if (words > 0)
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "%s: unexpected; a file goes with --qemu, a headset's name with --ble", *word);
    if (c->source == SOURCE_INPUTS && (c->port.choice.customer != UT_AUDIO_UNSET ||
                                       c->port.choice.agent != UT_AUDIO_UNSET || c->port.audio_input != NULL))
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "live: --customer, --agent and --audio-input choose within one input; --customer-input and "
                            "--agent-input are one for each party");
    if (c->fast && c->realtime)
        return ut_fault_set(fault, UT_EXIT_USAGE, "--fast and --realtime exclude each other");
    return 0;
}

static int judge_release(const char *path, struct ut_fault *fault)
{
    struct ut_release release = {0};
    int r = ut_release_read(path, &release, fault);
    ut_release_free(&release);
    return r;
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct live l = {.screen = 0};
    struct ut_fault fault = {0};
    struct choices c = {.page = PAGE_UNSET, .port.choice = {UT_AUDIO_UNSET, UT_AUDIO_UNSET}};
    int words = ut_options_take(&ut_command_live, argc, argv, &c, &fault);
    if (words < 0 || take_name(&c, argv, words, &fault) != 0)
        return ut_fault_print(&fault);
    if (c.mqtt && !is_recorded(&c)) {
        l.once = c.session != NULL || c.contact_id != NULL || c.customer_hash[0] != '\0' || c.out != NULL ||
                 c.summary != NULL;
        l.rollout = ut_desk_rollout_new(&config, judge_release, &fault);
        if (fault.code != 0)
            return ut_fault_print(&fault);
    }
    int r = go(&l, &c, config, &fault);
    if (l.receiver.options.port != NULL)
        ut_receiver_close(&l.receiver);
    /* files stay also of a call that failed: its events say so */
    (void)ut_sinks_close(&l.sinks, l.sinks.fault.code == 0);
    if (l.again && l.desk != NULL)
        ut_desk_hand_on(l.desk);
    ut_desk_close(l.desk);
    ut_desk_rollout_ended(l.rollout, r == 0 && l.sinks.fault.code == UT_EXIT_OK);
    ut_desk_rollout_free(l.rollout);
    if (r != 0 && l.sinks.fault.code != UT_EXIT_OK)
        ut_note("%s", l.sinks.fault.text);
    if (l.again && r == 0 && l.sinks.fault.code == UT_EXIT_OK && ut_stop_hold() == 0) {
        ut_program_again();
        (void)ut_fault_set(&l.sinks.fault, UT_EXIT_FAILURE, "live cannot begin again (%s); start it", strerror(errno));
    }
    return ut_fault_print(r == 0 ? &l.sinks.fault : &fault);
}

static const struct ut_example examples[] = {
    {"undertone live --port /dev/ttyACM0 --disclosed",
     "A headset on a serial port, whose calls begin with the announcement:"},
    {"undertone live --page --wait", "The agent's page in a browser, from the headset that is plugged in or will be:"},
    {"undertone live --customer-input headphones --agent-input usb --page",
     "No headset board: a softphone on this machine, heard at the output it plays to, and the agent's microphone:"},
    {"undertone live --qemu call.wav --firmware undertone.elf --json",
     "The emulated headset on a recording, as events:"},
    {NULL, NULL},
};

const struct ut_command ut_command_live = {
    .name = "live",
    .purpose = "cues of a call in progress: headset, emulated headset, or this machine's sound",
    .usage = "[--port DEV | --ble [NAME] | --tcp HOST:PORT] [options]\n--mic | --qemu [FILE] "
             "[options]\n[--customer-input NAME] [--agent-input NAME] [options]",
    .about = "Shows a call as it happens. On a terminal: the full-screen view (a acknowledges the disclosure, m mutes "
             "cues, d dismisses the one shown, q quits). Otherwise, or with --plain: one line per event.",
    .options = options,
    .operands = "FILE",
    .exit_codes =
        "0 end of the call or Ctrl-C, 2 usage, 3 no such port or one in use, 5 an audit file that was changed, 6 "
        "refused by policy, 19 a "
        "headset with another "
        "features version, 1 other failures, 10 to 18 faults of a file or of the config, 31 to 35 of the store; "
        "`undertone --help` lists them.",
    .examples = examples,
    .run = run,
};
