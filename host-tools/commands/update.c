/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone update`: a release into one headset or all of them, over their own links. */
#include "host-tools/headset/update.h"
#include "firmware/control.h"
#include "host-tools/commands/asking.h"
#include "host-tools/commands/commands.h"
#include "host-tools/commands/update_link.h"
#include "host-tools/headset/signer.h"
#include "host-tools/settings/rollout_kept.h"
#include "host-tools/sources/reach.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/jobs.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELLO_MS = 12000, STEPS = 1000 /* of a headset's progress */ };

enum way { SERIAL, NETWORK, BLUETOOTH };

struct headset {
    enum way way;
    const char *given; /* NULL: the only one by Bluetooth */
    struct ut_port port;
    struct ut_update update;
    struct ut_fault fault;
    char name[UT_PORT_NAME], board[5], before[24], now[24], signer[UT_SIGNER_TEXT];
    int64_t began_ms, took_ms;
    bool shown; /* step by step */
    bool in_call;
    atomic_size_t *done;
    size_t steps;
};

struct choices {
    struct headset headset[UT_REACH_MAX];
    int headsets;
    bool all, now, json;
    struct ut_release release;
};

static int take_headset(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    struct choices *c = place;
    if (c->headsets == UT_REACH_MAX)
        return ut_fault_set(fault, UT_EXIT_USAGE, "update: at most %d headsets at a time", UT_REACH_MAX);
    struct headset *h = &c->headset[c->headsets++];
    h->given = text;
    h->way = strcmp(o->name, "port") == 0 ? SERIAL : strcmp(o->name, "tcp") == 0 ? NETWORK : BLUETOOTH;
    return 0;
}

static const struct ut_option options[] = {
    {.help = "Which headsets; several ones are updated at the same time:"},
    {"port", "DEV", "a headset on a serial port; may be given several times", take_headset, .place = 0},
    {"ble", "NAME", "a paired headset by Bluetooth Low Energy, by address or name", take_headset, .place = 0},
    {"tcp", "HOST:PORT", "a headset behind a network bridge", take_headset, .place = 0},
    {"all", NULL, "every headset that speaks on a serial port of this machine", ut_option_flag,
     .place = offsetof(struct choices, all)},
    {.help = "How:"},
    {"now", NULL, "also while a call is on, which costs it some sound and ends with a restart", ut_option_flag,
     .place = offsetof(struct choices, now)},
    {"json", NULL, "one JSON object per headset", ut_option_flag, .place = offsetof(struct choices, json)},
    UT_OPTION_HELP,
    {0},
};

static const char *running_version(const struct ut_update *u)
{
    return u->running >= 0 && u->answer.slot[u->running].there ? u->answer.slot[u->running].version : "?";
}

static void show_found(const struct headset *h, const struct ut_update *u)
{
    const struct ut_release_image *m = u->image;
    (void)printf("%s: board %s runs firmware %s from slot %c%s, signed with %s.\n", h->name, h->board,
                 running_version(u), 'A' + u->running, u->answer.slot[u->running].confirmed ? "" : ", on trial",
                 h->signer);
    if (u->unchanged)
        (void)printf("This release runs already.\n");
    else
        (void)printf("Sending firmware %d.%d.%d to slot %c, %zu KB. What runs stays as it is.\n", m->version[0],
                     m->version[1], m->version[2], 'B' - u->running, (m->length + 512) / 1024);
}

static void show(const struct headset *h, const struct ut_update *u, enum ut_update_step step, uint32_t done,
                 uint32_t total)
{
    if (step != UT_UPDATE_UPLOADING)
        ut_output_progress_end();
    switch (step) {
    case UT_UPDATE_FOUND:
        show_found(h, u);
        break;
    case UT_UPDATE_UPLOADING:
        ut_output_progress("update", done, total);
        return;
    case UT_UPDATE_LOST:
        (void)printf("The link is lost; waiting for the headset.\n");
        break;
    case UT_UPDATE_BACK:
        (void)printf("The headset is back.\n");
        break;
    case UT_UPDATE_ANEW:
        (void)printf("The headset was switched off and on; it takes the image from the beginning.\n");
        break;
    case UT_UPDATE_RESTARTING:
        (void)printf("All of it is there, after %.0f s. The headset restarts into it.\n",
                     (double)(ut_clock_ms() - h->began_ms) / 1000);
        break;
    case UT_UPDATE_TRYING:
        (void)printf("Firmware %s runs from slot %c, on trial.\n", u->answer.slot[1 - u->running].version,
                     'B' - u->running);
        break;
    default:
        (void)printf("Firmware %s is kept, in slot %c%s.\n", running_version(u), 'A' + u->running,
                     u->unchanged ? "" : "; the one before stays in the other slot");
        break;
    }
    (void)fflush(stdout); /* minutes may lie between two lines, and others read along */
}

/* Steps of the bar of all: the upload is nine tenths of the time. */
static void count(struct headset *h, enum ut_update_step step, uint32_t done, uint32_t total)
{
    size_t steps = h->steps;
    if (step == UT_UPDATE_UPLOADING && total > 0)
        steps = (size_t)((uint64_t)done * (STEPS * 9 / 10) / total);
    else if (step == UT_UPDATE_DONE)
        steps = STEPS;
    if (steps > h->steps) {
        (void)atomic_fetch_add(h->done, steps - h->steps);
        h->steps = steps;
    }
}

static void tell(void *ctx, const struct ut_update *u, enum ut_update_step step, uint32_t done, uint32_t total)
{
    struct headset *h = ctx;
    if (step == UT_UPDATE_FOUND)
        (void)snprintf(h->before, sizeof h->before, "%s", running_version(u));
    if (h->shown)
        show(h, u, step, done, total);
    else if (h->done != NULL)
        count(h, step, done, total);
}

/* The board, the signer, and leave for an update in a call. 0, or -1 and the fault. */
static int ask(struct headset *h)
{
    struct ut_asking asking = {.port = &h->port, .tag = (uint8_t)ut_clock_ms()};
    struct ut_wire_reply r;
    if (ut_asking_open(&h->port, &h->fault) != 0 || ut_asking_ask(&asking, UT_CONTROL_IMAGE, 0, NULL, 0, &r, &h->fault))
        return -1;
    memcpy(h->board, r.value + 8, 4); /* as in the image's header */
    for (char *p = h->board; *p != '\0'; p++)
        if (*p <= ' ' || *p > '~')
            *p = '?';
    uint8_t key[32];
    int signed_by = ut_asking_signer(&asking, key, &h->fault);
    if (signed_by < 0)
        return -1;
    if (signed_by == 1)
        ut_signer_text(key, h->signer);
    else
        (void)snprintf(h->signer, sizeof h->signer, "nobody knows what");
    /* Without --now it is taken back: an earlier run that never came to its restart may have left it. */
    if (ut_asking_ask(&asking, UT_CONTROL_UPDATE, h->in_call, NULL, 0, &r, &h->fault) != 0)
        return -1;
    return !h->in_call || r.error == UT_CONTROL_OK
               ? 0
               : ut_fault_set(&h->fault, UT_EXIT_PROTOCOL,
                              "%s: this headset's firmware does not know --now; update it between calls", h->name);
}

static void update_one(struct headset *h, const struct ut_release *release)
{
    struct ut_update_link_port link;
    h->began_ms = ut_clock_ms();
    (void)snprintf(h->name, sizeof h->name, "%s", h->given != NULL ? h->given : "Bluetooth");
    if (h->way == SERIAL)
        ut_port_serial(&h->port, h->given);
    else if (h->way == NETWORK)
        ut_port_tcp(&h->port, h->given);
    else
        ut_port_ble_control(&h->port, h->given);
    int result = ask(h);
    if (result == 0 && h->way == BLUETOOTH) {
        char address[UT_PORT_NAME];
        (void)snprintf(address, sizeof address, "%s", h->port.name); /* of the one that answered */
        ut_port_close(&h->port);
        ut_port_ble_update(&h->port, address);
        (void)snprintf(h->name, sizeof h->name, "%s", address);
    }
    if (result == 0) {
        h->update = (struct ut_update){.name = h->name,
                                       .board = h->board,
                                       .release = release,
                                       .link = ut_update_link_over(&link, &h->port, h->way == BLUETOOTH),
                                       .tell = tell,
                                       .tell_ctx = h,
                                       .running = -1};
        result = ut_update_run(&h->update, &h->fault);
        (void)snprintf(h->now, sizeof h->now, "%s", running_version(&h->update));
    }
    ut_port_close(&h->port);
    h->took_ms = ut_clock_ms() - h->began_ms;
}

static void work(void *ctx, size_t i, atomic_size_t *done)
{
    struct choices *c = ctx;
    c->headset[i].done = done;
    update_one(&c->headset[i], &c->release);
}

static void print_json(const struct headset *h)
{
    char plain[sizeof h->fault.text];
    json_t *line = json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:i}", "Headset",
                             ut_utf8_plain(h->name, plain, sizeof plain), "Board", h->board, "Before", h->before, "Now",
                             h->now, "Signer", h->signer, "Seconds", (double)h->took_ms / 1000, "Code", h->fault.code);
    if (line == NULL)
        return;
    if (h->fault.code != 0)
        (void)json_object_set_new(line, "Fault", json_string(ut_utf8_plain(h->fault.text, plain, sizeof plain)));
    ut_json_line(line);
}

static void print_table(const struct choices *c)
{
    int good = 0;
    (void)printf("%-22s %-6s %-10s %-10s %-7s %s\n", "headset", "board", "before", "now", "took", "update");
    for (int i = 0; i < c->headsets; i++) {
        const struct headset *h = &c->headset[i];
        char name[UT_PORT_NAME];
        good += h->fault.code == 0;
        (void)printf("%-22s %-6s %-10s %-10s %-5.0f s ", ut_utf8_plain(h->name, name, sizeof name),
                     h->board[0] != '\0' ? h->board : "-", h->before[0] != '\0' ? h->before : "-",
                     h->now[0] != '\0' ? h->now : "-", (double)h->took_ms / 1000);
        if (h->fault.code != 0)
            (void)printf("FAILED (%d)\n", h->fault.code);
        else
            (void)printf("%s\n", h->update.unchanged ? "was there already" : "done");
    }
    (void)printf("%d of %d headsets run the release\n", good, c->headsets);
}

/* Every serial port on which somebody says hello. 0, or -1 and *fault. */
static int find_all(struct choices *c, struct ut_fault *fault)
{
    static struct ut_reach r[UT_REACH_MAX];
    int n = ut_reach_list(r);
    ut_reach_listen(r, n, HELLO_MS);
    for (int i = 0; i < n; i++)
        if (r[i].have_hello)
            c->headset[c->headsets++] = (struct headset){.way = SERIAL, .given = r[i].port};
    if (c->headsets > 0)
        return 0;
    return ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                        "no headset speaks on a serial port of this machine; plug one in, see `undertone devices`");
}

static int update_all(struct choices *c)
{
    int code = UT_EXIT_OK;
    struct ut_fault fault = {0};
    for (int i = 0; i < c->headsets; i++) {
        c->headset[i].in_call = c->now;
        c->headset[i].shown = c->headsets == 1 && !c->json && !c->all;
    }
    if (c->headset[0].shown) {
        update_one(&c->headset[0], &c->release);
    } else {
        const struct ut_jobs jobs = {"update", (size_t)c->headsets, (size_t)c->headsets * STEPS, work, c};
        ut_jobs_run(&jobs, c->headsets);
    }
    ut_output_progress_end();
    (void)fflush(stdout);
    for (int i = 0; i < c->headsets; i++) {
        struct headset *h = &c->headset[i];
        if (h->fault.code != 0)
            (void)ut_fault_print(&h->fault);
        if (code == UT_EXIT_OK)
            code = h->fault.code;
        if (c->json)
            print_json(h);
    }
    if (!c->json && !c->headset[0].shown)
        print_table(c);
    (void)ut_output_flush(&fault);
    return fault.code != UT_EXIT_OK ? ut_fault_print(&fault) : code;
}

/* The one that is named, else what was rolled out to this desk. 0, or -1 and *fault. */
static int find_release(const struct ut_config *config, int files, char **argv, char path[UT_CONFIG_PATH_BYTES],
                        struct ut_fault *fault)
{
    int there = 1;
    if (files == 0)
        there = ut_rollout_kept_firmware(config, path, fault);
    else
        (void)snprintf(path, UT_CONFIG_PATH_BYTES, "%s", argv[0]);
    if (files > 1 || there == 0)
        return ut_options_refuse(&ut_command_update, fault,
                                 files > 1 ? "takes one release" : "takes a release; none was rolled out to this desk");
    if (there > 0 && files == 0)
        ut_note("%s, as it was rolled out to this desk", path);
    return there > 0 ? 0 : -1;
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    static struct choices c;
    char path[UT_CONFIG_PATH_BYTES];
    struct ut_fault fault = {0};
    int files = ut_options_take(&ut_command_update, argc, argv, &c, &fault);
    if (files >= 0 && c.all == (c.headsets > 0))
        (void)ut_options_refuse(&ut_command_update, &fault,
                                "which headsets? give --port DEV, --ble NAME, --tcp HOST:PORT or --all");
    if (files < 0 || fault.code != UT_EXIT_OK || find_release(config, files, argv, path, &fault) != 0 ||
        ut_release_read(path, &c.release, &fault) != 0 || (c.all && find_all(&c, &fault) != 0)) {
        ut_release_free(&c.release);
        return ut_fault_print(&fault);
    }
    int code = update_all(&c);
    ut_release_free(&c.release);
    return code;
}

const struct ut_command ut_command_update = {
    .name = "update",
    .purpose = "new firmware into headsets over their own links",
    .usage = "[RELEASE] --port DEV [--port DEV ...] [options]\n[RELEASE] --ble NAME|--tcp HOST:PORT [options]\n"
             "[RELEASE] --all [options]",
    .about =
        "Sends a signed release, one board's or a bundle of several boards', to headsets with a bootloader: each takes "
        "the image for its board into the slot that does not run, restarts into it and keeps it once it has shown that "
        "it "
        "works. Without RELEASE it is the one that was rolled out to this desk. One that does not work is given up and "
        "the old one runs again. Nothing that happens on the way, a lost "
        "link or the power, leaves a headset without firmware: run the same command again, and it goes on.\n\n"
        "An image that is refused was not run. While a call is on, or less than 30 s behind its last word, nothing is "
        "sent, unless --now is given.",
    .options = options,
    .operands = "FILE",
    .exit_codes =
        "0 the release runs and is kept, 1 other failure, 2 usage, 3 no such port, one in use, or a link that does not "
        "come back, 4 the "
        "headset does not answer or has no bootloader, 6 not paired, 10 no such file, 13 an image that is cut short, "
        "24 "
        "no signed image, or one that was changed, 26 for another board, 27 the headset's flash failed, 39 a key that "
        "the headset does not know, or a signature that is not by it, 40 linked for the slot that runs, 41 older than "
        "what the headset "
        "has kept, 42 a call is on, 43 it did not work: the old one runs again, 44 what runs is itself on trial. With "
        "several headsets: that of the first one that failed.",
    .run = run,
};
