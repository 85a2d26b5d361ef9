/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/live.h"

#include "dsp/features.h"
#include "firmware/control.h"
#include "host-tools/call/session.h"
#include "host-tools/screens/plain.h"
#include "host-tools/screens/screen.h"
#include "host-tools/screens/view.h"
#include "host-tools/sources/port.h"
#include "host-tools/sources/reach.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/json.h"
#include "host-tools/system/output.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char HELP[] =
    "usage: undertone live [--port DEV | --ble [NAME] | --tcp HOST:PORT | --mic | --qemu [FILE]] [options]\n"
    "\n"
    "Shows a call as it happens. On a terminal: the full-screen view (a acknowledges the disclosure, m mutes cues,\n"
    "d dismisses the one shown, q quits). Otherwise, or with --plain: one line per event.\n"
    "\n"
    "Where the records come from (default: live.port or live.tcp of the config file, else the only USB headset):\n"
    "  --port DEV          a headset on a serial port, or a pseudo-terminal\n"
    "  --ble [ADDR|NAME]   a paired headset by Bluetooth Low Energy (default: the only one within reach)\n"
    "  --tcp HOST:PORT     a headset behind a network bridge\n"
    "  --mic               this machine's audio input, worked on here\n"
    "  --qemu [FILE]       the emulated headset, fed with an audio file, or with the audio input when none is given\n"
    "\n"
    "What is shown:\n"
    "  --plain             lines, also on a terminal\n"
    "  --json              events on stdout, one JSON object per line, as `undertone replay --json` prints them\n"
    "  --out FILE          the same events into FILE as well (FILE.part until the end)\n"
    "  --summary FILE      the per-call JSON into FILE when a call ends\n"
    "\n"
    "Before there are scores (policy eu): the customer has to be told that the voice is analysed. Until that is\n"
    "acknowledged, scores and cues from scores are left out; measured facts and their cues are there.\n"
    "  --disclosed         every call of this connection begins with the announcement\n"
    "  key a, or SIGUSR1   the customer of this call has been told\n"
    "Policy research is for recordings: a call in progress is refused (code 6).\n"
    "\n"
    "Details:\n"
    "  --contact-id ID     name of the call (default: FILE without folder and ending, else live-<time>)\n"
    "  --customer N        the customer's channel of a file or audio input, from 1\n"
    "  --agent N           the agent's channel, from 1, or none\n"
    "  --audio-input NAME  part of the name of the audio input (default: the system's)\n"
    "  --firmware ELF      image of the emulated headset (default: UNDERTONE_FIRMWARE, else the one built beside)\n"
    "  --fast, --realtime  speed of --qemu FILE (default: real time on a terminal, else fast); same records\n"
    "  --wait              wait for a port that is not there yet instead of ending with code 3\n"
    "  --help              this text\n"
    "\n"
    "A port that vanishes during a call is waited for; records lost meanwhile are counted. Ctrl-C ends the call in\n"
    "order.\n"
    "Exit codes: 0 end of the call or Ctrl-C, 2 usage, 3 no such port, 6 refused by policy, 19 a headset with another\n"
    "features version, 1 other failures, 10 to 18 faults of a file or of the config; `undertone --help` lists them.\n";

enum {
    LIGHT_MS = 10000, /* between two words to the headset that a cue is still there; it forgets after 30 s */
    RETRY_MS = 500,   /* between attempts to open a port */
    SILENT_MS = 5000, /* without a record: worth a remark */
    FRAME_MS = 100,   /* at least this long between two pictures */
    RATE_WINDOW = 5,  /* seconds over which records/s is taken */
    HELD_NOTES = 4096
};

struct live {
    struct ut_port port;
    struct ut_port_options port_options;
    struct ut_session *session;
    const struct ut_snapshot *call;
    struct ut_plain plain;
    struct ut_view view;
    struct ut_view_screen picture;
    struct ut_output events_out; /* --out */
    const char *out_name, *summary_name;
    int summarised; /* calls whose summary is written */
    int json, screen;
    int disclosed; /* --disclosed */
    int connected;
    int unwritable;        /* errno of stdout: EPIPE when its reader has gone */
    struct ut_fault fault; /* of a file being written */
    int64_t lost_at_ms;    /* when the port vanished */
    int64_t heard_ms;      /* when the last bytes came */
    int silent;
    int can_light;  /* a headset on a serial port; a TCP peer that closes first would take its last bytes with it */
    int lit;        /* the headset was told last that a cue is there */
    int64_t lit_ms; /* and when */
    int64_t painted_ms, remembered_s;
    int64_t rate_at_ms[RATE_WINDOW + 1];
    uint32_t rate_records[RATE_WINDOW + 1];
    char link[UT_PORT_NAME + 64];
    char held[HELD_NOTES]; /* notes for stderr, kept while the screen is full */
};

static volatile sig_atomic_t stop_signal, disclose_signal;
static int wake_pipe[2] = {-1, -1};

static void on_signal(int number)
{
    int saved = errno;
    if (number == SIGUSR1)
        disclose_signal = 1;
    else
        stop_signal = number;
    ssize_t n = write(wake_pipe[1], "", 1);
    (void)n; /* a full pipe wakes as well */
    errno = saved;
}

static int64_t unix_ms(void *ctx)
{
    (void)ctx;
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void note_text(void *ctx, const char *text)
{
    struct live *l = ctx;
    if (!l->screen) {
        ut_note("%s", text);
        return;
    }
    size_t used = strlen(l->held);
    (void)snprintf(l->held + used, sizeof l->held - used, "undertone: %s\n", text);
}

__attribute__((format(printf, 2, 3))) static void note(struct live *l, const char *format, ...)
{
    char text[600];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    note_text(l, text);
}

static void close_screen(struct live *l)
{
    if (!l->screen)
        return;
    ut_screen_close();
    l->screen = 0;
    (void)fputs(l->held, stderr);
    l->held[0] = '\0';
}

/* Once for every call that has ended. */
static void write_summary(struct live *l)
{
    int calls = ut_session_calls(l->session);
    if (l->summary_name == NULL || calls == l->summarised)
        return;
    l->summarised = calls;
    (void)ut_json_file(l->summary_name, ut_session_summary(l->session), &l->fault);
}

/* Keeps why a line could not be written. */
static void said(struct live *l, int failed)
{
    if (failed != 0 && l->unwritable == 0)
        l->unwritable = errno;
}

static void on_event(void *ctx, const struct ut_event *event)
{
    struct live *l = ctx;
    FILE *out = l->events_out.file;
    if (out != NULL && (fprintf(out, "%s\n", event->json) < 0 || fflush(out) != 0) && l->fault.code == 0)
        (void)ut_fault_set(&l->fault, UT_EXIT_FAILURE, "%s: cannot be written; check the disk", l->out_name);
    if (l->json)
        said(l, printf("%s\n", event->json) < 0 || fflush(stdout) != 0);
    else if (!l->screen)
        said(l, ut_plain_event(&l->plain, event));
    if (event->type == UT_EVENT_SESSION_STARTED) {
        l->view.history = 0;
        l->remembered_s = 0;
    }
}

static void on_score(void *ctx, const struct ut_wire_score *score)
{
    struct live *l = ctx;
    if (l->session == NULL)
        return;
    if (score->t_ms / 1000 != l->remembered_s) {
        l->remembered_s = score->t_ms / 1000;
        ut_view_remember(&l->view);
    }
}

/* Tells the headset whether a cue is there for the agent: it has a light. One that takes no byte now is told later. */
static void light(struct live *l, int64_t now)
{
    int lit = l->call->cue != UT_CUES;
    if (!l->can_light || !l->connected || (lit == l->lit && (!lit || now - l->lit_ms < LIGHT_MS)))
        return;
    const struct ut_wire_request request = {.op = UT_CONTROL_CUE, .key = (uint8_t)lit};
    uint8_t record[UT_WIRE_RECORD_BYTES], line[1 + UT_WIRE_FRAME_BYTES] = {0}; /* a delimiter ends what came before */
    ut_wire_pack_request(record, 0, &request);
    size_t n = 1 + ut_wire_frame(record, line + 1);
    struct pollfd room = {.fd = l->port.fd, .events = POLLOUT};
    if (poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0 || write(l->port.fd, line, n) != (ssize_t)n)
        return;
    l->lit = lit;
    l->lit_ms = now;
}

/* Bytes into the session, one at a time so that a headset of another features version is met before its scores. */
static int take(struct live *l, const uint8_t *data, int n, struct ut_fault *fault)
{
    for (int i = 0; i < n; i++) {
        ut_session_bytes(l->session, data + i, 1);
        if (l->call->have_hello && l->call->hello.features_version != UT_FEATURES_VERSION) {
            ut_session_finish(l->session, "the headset has another features version");
            return ut_fault_set(fault, UT_EXIT_FEATURES,
                                "%s: this headset has features version %d, this program %d; update one of them",
                                l->port.name, l->call->hello.features_version, UT_FEATURES_VERSION);
        }
        write_summary(l);
        if (!l->json && !l->screen && ut_session_active(l->session))
            said(l, ut_plain_status(&l->plain, l->call));
    }
    return 0;
}

static void link_words(struct live *l, int64_t now)
{
    l->view.trouble = 1;
    if (!l->connected) {
        (void)snprintf(l->link, sizeof l->link, "gone for %d s, waiting for %s", (int)((now - l->lost_at_ms) / 1000),
                       l->port.name);
    } else if (l->silent) {
        (void)snprintf(l->link, sizeof l->link, "silent for %d s", (int)((now - l->heard_ms) / 1000));
    } else {
        int rssi_dbm = ut_port_rssi_dbm(&l->port);
        l->view.trouble = 0;
        if (rssi_dbm != UT_PORT_NO_RSSI)
            (void)snprintf(l->link, sizeof l->link, "live, %d dBm", rssi_dbm);
        else
            (void)snprintf(l->link, sizeof l->link, "live");
    }
}

static void measure_rate(struct live *l, int64_t now)
{
    if (now - l->rate_at_ms[0] < 1000)
        return;
    memmove(l->rate_at_ms + 1, l->rate_at_ms, RATE_WINDOW * sizeof l->rate_at_ms[0]);
    memmove(l->rate_records + 1, l->rate_records, RATE_WINDOW * sizeof l->rate_records[0]);
    l->rate_at_ms[0] = now;
    l->rate_records[0] = l->call->records;
    int64_t over_ms = now - l->rate_at_ms[RATE_WINDOW];
    l->view.records_per_s = (double)(l->rate_records[0] - l->rate_records[RATE_WINDOW]) * 1000 / (double)over_ms;
}

static void paint(struct live *l)
{
    int rows, cols;
    ut_screen_size(&rows, &cols);
    l->view.dismissed = l->call->cue == UT_CUES && l->call->dismissed < UT_CUES;
    ut_view_lay_out(&l->view, rows, cols, ut_screen_utf8(), &l->picture);
    ut_screen_paint(&l->picture);
}

/* 1 = quit */
static int keys(struct live *l)
{
    for (int key; (key = ut_screen_key()) != 0;) {
        l->painted_ms = 0; /* a key shows its effect at once */
        switch (key) {
        case 'q':
        case 'Q':
            return 1;
        case 'm':
        case 'M':
            l->view.muted = !l->view.muted;
            ut_session_mute(l->session, l->view.muted);
            break;
        case 'a':
        case 'A':
            ut_session_disclose(l->session, "key");
            break;
        case 'd':
        case 'D':
            ut_session_dismiss(l->session);
            break;
        default:
            break;
        }
    }
    return 0;
}

/* Waits for bytes, a signal, a key, or the next thing due. */
static void wait_for(struct live *l, int wait_ms)
{
    struct pollfd q[3] = {{.fd = wake_pipe[0], .events = POLLIN},
                          {.fd = l->connected ? l->port.fd : -1, .events = POLLIN},
                          {.fd = l->screen ? STDIN_FILENO : -1, .events = POLLIN}};
    (void)poll(q, 3, wait_ms);
}

static int open_wait_ms(const struct ut_port *p)
{
    return p->kind->open_wait_ms > 0 ? p->kind->open_wait_ms : UT_PORT_OPEN_WAIT_MS;
}

/* First opening: until it is open, cannot be, or patience ends. 0, or -1 and *fault. */
static int first_open(struct live *l, int patient, struct ut_fault *fault)
{
    int told = 0;
    for (int64_t start = ut_clock_ms();;) {
        int r = ut_port_open(&l->port, fault);
        if (r == UT_PORT_OPEN)
            return 0;
        if (r == UT_PORT_REFUSED || (r == UT_PORT_ABSENT && !patient))
            return -1;
        if (r == UT_PORT_OPENING && !patient && ut_clock_ms() - start > open_wait_ms(&l->port))
            return ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                                "%s: no answer within %d s; check the address and that its server runs", l->port.name,
                                open_wait_ms(&l->port) / 1000);
        if (r == UT_PORT_ABSENT && !told) {
            told = 1;
            note(l, "%s; waiting", fault->text);
        }
        wait_for(l, r == UT_PORT_OPENING ? 20 : RETRY_MS);
        if (stop_signal != 0)
            return 0;
    }
}

static void reopen(struct live *l, int64_t now, int64_t *next_try_ms)
{
    struct ut_fault why = {0};
    if (now < *next_try_ms)
        return;
    int r = ut_port_open(&l->port, &why);
    *next_try_ms = now + (r == UT_PORT_OPENING ? 20 : RETRY_MS);
    if (r != UT_PORT_OPEN)
        return;
    l->connected = 1;
    l->heard_ms = now;
    ut_session_relink(l->session, l->port.kind->anew);
    note(l, "%s: back after %.1f s", l->port.name, (double)(now - l->lost_at_ms) / 1000);
}

/* Until the source ends, somebody stops it, or it fails. 0, or -1 and *fault. */
static int run(struct live *l, struct ut_fault *fault)
{
    int64_t next_try_ms = 0;
    l->connected = 1;
    l->heard_ms = ut_clock_ms();
    int over = 0; /* the source has ended but the screen stays */
    for (;;) {
        int64_t now = ut_clock_ms();
        uint8_t data[4096];
        int n = 0;
        if (disclose_signal) {
            char waked[16];
            while (read(wake_pipe[0], waked, sizeof waked) > 0) {
            }
            disclose_signal = 0;
            ut_session_disclose(l->session, "signal");
        }
        if (l->connected && !over) {
            n = ut_port_read(&l->port, data, sizeof data, fault);
            if (n > 0) {
                l->heard_ms = now;
                l->silent = 0;
                if (take(l, data, n, fault) != 0)
                    return -1;
            }
        } else if (!over) {
            reopen(l, now, &next_try_ms);
        }
        if (n == UT_PORT_FAILED) {
            ut_session_finish(l->session, fault->text);
            return -1;
        }
        int ended = n == UT_PORT_ENDED;
        if (n == UT_PORT_VANISHED) {
            /* after the last record of a call this is how a file, or a desk board, ends */
            ended = ut_session_calls(l->session) > 0 && !ut_session_active(l->session);
            if (!ended) {
                note(l, "%s; waiting for it to come back", fault->text);
                ut_port_close(&l->port);
                l->connected = 0;
                l->lost_at_ms = now;
                next_try_ms = now + RETRY_MS;
            }
        }
        if (ended) {
            ut_session_finish(l->session, NULL);
            if (!l->screen)
                return 0;
            over = 1;
        }
        if (l->connected && !over && !l->silent && now - l->heard_ms > SILENT_MS) {
            l->silent = 1;
            note(l, "%s: open, but silent for %d s; is the headset on?", l->port.name, SILENT_MS / 1000);
        }
        light(l, now);
        if (stop_signal != 0 || l->unwritable || l->fault.code != 0)
            return 0;
        if (l->screen) {
            if (keys(l))
                return 0;
            if (over) {
                (void)snprintf(l->link, sizeof l->link, "the call has ended; q quits");
                l->view.trouble = 0;
            } else {
                link_words(l, now);
                measure_rate(l, now);
            }
            if (now - l->painted_ms >= FRAME_MS) {
                paint(l);
                l->painted_ms = now;
            }
        }
        if (n <= 0)
            wait_for(l, l->screen ? FRAME_MS : l->connected ? 1000 : 20);
    }
}

static int set_signals(void)
{
    if (pipe(wake_pipe) != 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        (void)fcntl(wake_pipe[i], F_SETFL, O_NONBLOCK);
        (void)fcntl(wake_pipe[i], F_SETFD, FD_CLOEXEC);
    }
    struct sigaction a = {.sa_handler = on_signal};
    (void)sigaction(SIGINT, &a, NULL);
    (void)sigaction(SIGTERM, &a, NULL);
    (void)sigaction(SIGHUP, &a, NULL);
    (void)sigaction(SIGUSR1, &a, NULL);
    a.sa_handler = SIG_IGN; /* a reader that leaves shows as a failed write */
    return sigaction(SIGPIPE, &a, NULL);
}

/* The only USB serial port of this machine; NULL and *fault. */
static const char *find_port(struct ut_fault *fault)
{
    static struct ut_reach d[UT_REACH_MAX];
    const char *found = NULL;
    int n = ut_reach_list(d), count = 0;
    for (int i = 0; i < n; i++)
        if (d[i].vid >= 0) {
            found = d[i].port;
            count++;
        }
    if (count == 1)
        return found;
    (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s",
                       count == 0 ? "no headset on USB; plug one in, or name it: --port, --ble, --tcp, --mic or --qemu"
                                  : "several USB serial ports; choose one with --port (see `undertone devices`)");
    return NULL;
}

enum source { SOURCE_NONE, SOURCE_PORT, SOURCE_BLE, SOURCE_TCP, SOURCE_MIC, SOURCE_QEMU };

struct choices {
    enum source source;
    const char *name; /* device, address or file */
    const char *contact_id;
    int plain, wait, fast, realtime;
};

static int choose_source(struct choices *c, enum source source, const char *name, struct ut_fault *fault)
{
    if (c->source != SOURCE_NONE)
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "only one of --port, --ble, --tcp, --mic and --qemu; see `undertone live --help`");
    c->source = source;
    c->name = name;
    return 0;
}

/* 0 go on, 1 help was asked for, -1 and *fault */
static int parse(struct live *l, struct choices *c, int argc, char **argv, struct ut_fault *fault)
{
    enum {
        PORT = 256,
        BLE,
        TCP,
        MIC,
        QEMU,
        PLAIN,
        JSON,
        OUT,
        SUMMARY,
        ID,
        CUSTOMER,
        AGENT,
        INPUT,
        FIRMWARE,
        FAST,
        REALTIME,
        WAIT,
        DISCLOSED
    };
    static const struct option options[] = {{"port", required_argument, NULL, PORT},
                                            {"ble", no_argument, NULL, BLE},
                                            {"tcp", required_argument, NULL, TCP},
                                            {"mic", no_argument, NULL, MIC},
                                            {"qemu", no_argument, NULL, QEMU},
                                            {"plain", no_argument, NULL, PLAIN},
                                            {"json", no_argument, NULL, JSON},
                                            {"out", required_argument, NULL, OUT},
                                            {"summary", required_argument, NULL, SUMMARY},
                                            {"contact-id", required_argument, NULL, ID},
                                            {"customer", required_argument, NULL, CUSTOMER},
                                            {"agent", required_argument, NULL, AGENT},
                                            {"audio-input", required_argument, NULL, INPUT},
                                            {"firmware", required_argument, NULL, FIRMWARE},
                                            {"fast", no_argument, NULL, FAST},
                                            {"realtime", no_argument, NULL, REALTIME},
                                            {"wait", no_argument, NULL, WAIT},
                                            {"disclosed", no_argument, NULL, DISCLOSED},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct ut_port_options *o = &l->port_options;
    optind = 1;
    opterr = 0;
    for (int option, r = 0; (option = getopt_long(argc, argv, ":h", options, NULL)) != -1;) {
        switch (option) {
        case PORT:
            r = choose_source(c, SOURCE_PORT, optarg, fault);
            break;
        case BLE:
            r = choose_source(c, SOURCE_BLE, NULL, fault);
            break;
        case TCP:
            r = choose_source(c, SOURCE_TCP, optarg, fault);
            break;
        case MIC:
            r = choose_source(c, SOURCE_MIC, NULL, fault);
            break;
        case QEMU:
            r = choose_source(c, SOURCE_QEMU, NULL, fault);
            break;
        case PLAIN:
            c->plain = 1;
            break;
        case JSON:
            l->json = 1;
            break;
        case OUT:
            l->out_name = optarg;
            break;
        case SUMMARY:
            l->summary_name = optarg;
            break;
        case ID:
            c->contact_id = optarg;
            break;
        case CUSTOMER:
            r = ut_audio_parse_channel(optarg, "--customer", &o->choice.customer, fault);
            break;
        case AGENT:
            r = ut_audio_parse_channel(optarg, "--agent", &o->choice.agent, fault);
            break;
        case INPUT:
            o->audio_input = optarg;
            break;
        case FIRMWARE:
            o->firmware = optarg;
            break;
        case FAST:
            c->fast = 1;
            break;
        case REALTIME:
            c->realtime = 1;
            break;
        case WAIT:
            c->wait = 1;
            break;
        case DISCLOSED:
            l->disclosed = 1;
            break;
        case 'h':
            (void)fputs(HELP, stdout);
            return 1;
        default:
            r = ut_fault_set(fault, UT_EXIT_USAGE, "%s: %s; see `undertone live --help`", argv[optind - 1],
                             option == ':' ? "needs a value" : "not an option here");
            break;
        }
        if (r != 0)
            return -1;
    }
    if ((c->source == SOURCE_QEMU || c->source == SOURCE_BLE) && optind < argc)
        c->name = argv[optind++];
    if (optind < argc)
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "%s: unexpected; a file goes with --qemu, a headset's name with --ble", argv[optind]);
    if (c->fast && c->realtime)
        return ut_fault_set(fault, UT_EXIT_USAGE, "--fast and --realtime exclude each other");
    return 0;
}

/* Command line, config file, and what is plugged in, in this order. 0, or -1 and *fault. */
static int choose_port(struct live *l, struct choices *c, struct ut_fault *fault)
{
    const struct ut_config *config = ut_config_current();
    struct ut_port_options *o = &l->port_options;
    const char *text;
    if (o->audio_input == NULL && (text = ut_config_text(config, "live", "audio_input"))[0] != '\0')
        o->audio_input = text;
    if (o->firmware == NULL && (text = ut_config_text(config, "qemu", "firmware"))[0] != '\0')
        o->firmware = text;
    if ((text = ut_config_text(config, "qemu", "emulator"))[0] != '\0')
        o->emulator = text;
    if (c->source == SOURCE_NONE && (text = ut_config_text(config, "live", "port"))[0] != '\0')
        (void)choose_source(c, SOURCE_PORT, text, fault);
    if (c->source == SOURCE_NONE && (text = ut_config_text(config, "live", "tcp"))[0] != '\0')
        (void)choose_source(c, SOURCE_TCP, text, fault);
    if (c->source == SOURCE_NONE) {
        if ((text = find_port(fault)) == NULL)
            return -1;
        (void)choose_source(c, SOURCE_PORT, text, fault);
    }
    o->fast = c->fast || (!c->realtime && (l->json || !isatty(STDOUT_FILENO)));
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
    case SOURCE_QEMU:
        ut_port_qemu(&l->port, c->name, o);
        break;
    default:
        ut_port_serial(&l->port, c->name);
        l->can_light = 1;
        break;
    }
    return 0;
}

/* A file, so that nobody is on the line. */
static int is_recorded(const struct choices *c)
{
    return c->source == SOURCE_QEMU && c->name != NULL;
}

static int start_session(struct live *l, const struct choices *c, struct ut_fault *fault)
{
    static char id[128];
    int recorded = is_recorded(c);
    int64_t start_ms = recorded ? 0 : unix_ms(NULL); /* a recording's events do not depend on when it is played */
    int len = 0;
    const char *name = recorded ? ut_audio_stem(c->name, &len) : "";
    if (c->contact_id != NULL)
        (void)snprintf(id, sizeof id, "%s", c->contact_id);
    else if (recorded)
        (void)snprintf(id, sizeof id, "%.*s", len, name);
    else
        (void)snprintf(id, sizeof id, "live-%" PRId64, start_ms / 1000);
    const struct ut_session_options s = {.config = ut_config_current(),
                                         .contact_id = id,
                                         .policy = recorded ? UT_POLICY_RESEARCH : UT_POLICY_EU,
                                         .disclosed = l->disclosed ? "option" : NULL,
                                         .start_ms = start_ms,
                                         .clock_ms = recorded ? NULL : unix_ms,
                                         .sink = on_event,
                                         .ctx = l,
                                         .on_score = on_score,
                                         .on_note = note_text};
    l->session = ut_session_new(&s);
    if (l->session == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "out of memory; close other programs");
    l->call = ut_session_snapshot(l->session);
    l->view.call = l->call;
    l->view.source = l->port.name;
    l->view.link = l->link;
    return 0;
}

static int go(struct live *l, struct choices *c, struct ut_fault *fault)
{
    if (choose_port(l, c, fault) != 0)
        return -1;
    if (!is_recorded(c) && strcmp(ut_config_text(ut_config_current(), "session", "policy"), "research") == 0)
        return ut_fault_set(fault, UT_EXIT_POLICY,
                            "live: policy research is for recordings and this is a call in progress; use `undertone "
                            "replay`, or set [session] policy = eu");
    if (set_signals() != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "no pipe for signals: %s", strerror(errno));
    if (first_open(l, c->wait, fault) != 0)
        return -1;
    if (stop_signal != 0)
        return 0;
    if (l->out_name != NULL && ut_output_open(&l->events_out, l->out_name, fault) != 0)
        return -1;
    if (start_session(l, c, fault) != 0)
        return -1;
    ut_plain_init(&l->plain, stdout);
    if (!l->json && !c->plain && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO)) {
        l->screen = ut_screen_open(stdin, stdout) == 0;
        if (!l->screen)
            note(l, "this terminal has no full-screen mode; plain lines instead");
    }
    int r = run(l, fault);
    ut_session_finish(l->session, NULL);
    write_summary(l);
    close_screen(l);
    if (l->unwritable != 0 && l->unwritable != EPIPE && l->fault.code == 0)
        (void)ut_fault_set(&l->fault, UT_EXIT_FAILURE, "standard output: cannot be written (%s); check space",
                           strerror(l->unwritable));
    if (l->fault.code != 0 && r == 0) {
        *fault = l->fault;
        r = -1;
    }
    return r;
}

int ut_live_main(int argc, char **argv)
{
    static struct live l;
    struct ut_fault fault = {0};
    struct choices c = {0};
    l.port_options.choice = (struct ut_audio_choice){UT_AUDIO_UNSET, UT_AUDIO_UNSET};
    int r = parse(&l, &c, argc, argv, &fault);
    if (r > 0)
        return UT_EXIT_OK;
    if (r == 0)
        r = go(&l, &c, &fault);
    if (l.port.kind != NULL)
        ut_port_close(&l.port);
    if (l.session != NULL)
        ut_session_free(l.session);
    if (l.events_out.file != NULL && l.fault.code != 0)
        ut_output_abandon(&l.events_out);
    else if (l.events_out.file != NULL) /* also of a call that failed: its events say so */
        r = ut_output_commit(&l.events_out, r == 0 ? &fault : &l.fault) != 0 ? -1 : r;
    return r == 0 ? UT_EXIT_OK : ut_fault_print(&fault);
}
