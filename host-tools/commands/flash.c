/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone flash`: a firmware image onto one board or a row of them, until each says hello with it. */
#include "firmware/wire.h"
#include "host-tools/commands/commands.h"
#include "host-tools/headset/flash_boards.h"
#include "host-tools/headset/flash_copy.h"
#include "host-tools/headset/flash_tool.h"
#include "host-tools/headset/image_file.h"
#include "host-tools/headset/probe_choice.h"
#include "host-tools/headset/usb_probes.h"
#include "host-tools/sources/port.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/fault.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/stop.h"
#include "host-tools/system/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PORTS_MAX = UT_PROBES_MAX, LINE = 256 };

struct choices {
    const char *image, *board, *probe;
    const char *copy; /* of the image, for the tools */
    const char *port[PORTS_MAX];
    int ports;
    bool all, no_hello, json, list;
    int tool; /* -1 = choose */
    double wait_s;
};

static int take_port(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    struct choices *chosen = place;
    if (chosen->ports == PORTS_MAX)
        return ut_fault_set(fault, UT_EXIT_USAGE, "--%s: more than %d ports", o->name, (int)PORTS_MAX);
    chosen->port[chosen->ports++] = text;
    return 0;
}

static const struct ut_option options[] = {
    {"board", "B", "refuse an image that is not for this board (" UT_FLASH_BOARD_NAMES ")", ut_option_text,
     .place = offsetof(struct choices, board)},
    UT_FLASH_BOARD_ARGUMENTS,
    {"probe", "SERIAL", "the debug probe to use, when several are plugged in", ut_option_text,
     .place = offsetof(struct choices, probe)},
    {"all", NULL, "one board after the other through every probe that fits, with a table at the end", ut_option_flag,
     .place = offsetof(struct choices, all)},
    {"port", "DEV",
     "where the board's link is (with --all: SERIAL=DEV, once for each probe); not needed when the probe has a serial "
     "line of its own",
     take_port, .place = 0},
    {"no-hello", NULL, "do not wait for the hello", ut_option_flag, .place = offsetof(struct choices, no_hello)},
    {"wait", "N", "seconds to wait for it (default 15; a headset says hello every 10 s)", ut_option_number,
     .place = offsetof(struct choices, wait_s), .low = 0, .high = 3600},
    UT_PROBE_OPTION_TOOL(offsetof(struct choices, tool)),
    {"list", NULL, "show the probes plugged in, and end", ut_option_flag, .place = offsetof(struct choices, list)},
    {"json", NULL, "one JSON object per board", ut_option_flag, .place = offsetof(struct choices, json)},
    UT_OPTION_HELP,
    {0},
};

struct result {
    struct ut_probe probe;
    const char *port; /* NULL = no hello is waited for */
    enum ut_flash_verdict verdict;
    struct ut_fault fault; /* code 0 = the board runs the image */
    char line[LINE];       /* the tool's words */
    int have_hello;
    struct ut_wire_hello hello;
};

/* PORT for the only probe, or SERIAL=PORT; NULL when neither is given nor known. */
static const char *port_for(const struct choices *o, const struct ut_probe *p)
{
    size_t n = strlen(p->serial);
    for (int i = 0; i < o->ports; i++) {
        if (n > 0 && strncmp(o->port[i], p->serial, n) == 0 && o->port[i][n] == '=')
            return o->port[i] + n + 1;
        if (!o->all && strchr(o->port[i], '=') == NULL)
            return o->port[i];
    }
    return p->port[0] != '\0' ? p->port : NULL;
}

/* Those that are meant. How many, or -1. */
static int choose_probes(const struct choices *o, const struct ut_flash_board *board, enum ut_flash_tool *tool,
                         struct ut_probe p[UT_PROBES_MAX], struct ut_fault *fault)
{
    char serials[UT_PROBE_NAMES];
    int n = ut_probe_choose(board, o->tool, o->probe, tool, p, fault);
    return n > 1 && !o->all ? ut_fault_set(fault, UT_EXIT_USAGE, "%s: %s", ut_probe_names(p, n, serials),
                                           ut_flash_advice(UT_FLASH_TWO_PROBES))
                            : n;
}

static int is_of(const struct ut_wire_hello *h, const struct ut_image *image)
{
    return memcmp(h->board, image->board, 4) == 0 && h->fw_major == image->fw_major && h->fw_minor == image->fw_minor &&
           h->fw_patch == image->fw_patch && h->model_crc32 == image->model_crc32 &&
           h->features_version == image->features_version;
}

/* Listens until the image's hello comes or the time is over: the old firmware may have said its own while the tool was
 * on its way to the chip. */
static void hear(struct result *r, struct ut_port *port, const struct ut_image *image, double wait_s)
{
    struct ut_wire_receiver receiver;
    ut_wire_receiver_init(&receiver);
    for (int64_t until = ut_clock_ms() + (int64_t)(wait_s * 1000), left;
         ut_stop_signal() == 0 && (left = until - ut_clock_ms()) > 0;) {
        uint8_t data[512], record[UT_WIRE_RECORD_BYTES];
        if (port->fd < 0 && ut_port_open(port, &r->fault) != UT_PORT_OPEN) {
            (void)poll(NULL, 0, 100); /* a USB line comes back a moment after the reset */
            continue;
        }
        struct pollfd q[2] = {{.fd = port->fd, .events = POLLIN}, {.fd = ut_stop_fd(), .events = POLLIN}};
        if (poll(q, 2, (int)left) <= 0)
            continue;
        int n = ut_port_read(port, data, sizeof data, &r->fault);
        if (n < 0)
            ut_port_close(port);
        for (int i = 0; i < n; i++)
            if (ut_wire_receive(&receiver, data[i], record) == 1 && ut_wire_type(record) == UT_WIRE_HELLO &&
                ut_wire_unpack_hello(record, &r->hello) == 0) {
                r->have_hello = 1;
                if (is_of(&r->hello, image))
                    return;
            }
    }
}

static void compare(struct result *r, const struct ut_image *image)
{
    const struct ut_wire_hello *h = &r->hello;
    if (!r->have_hello) {
        (void)ut_fault_set(&r->fault, UT_EXIT_HELLO,
                           "%s: written and compared, but no hello came from the board; check its link's wiring, or "
                           "give its port with --port",
                           r->port);
        return;
    }
    r->fault.code = UT_EXIT_OK;
    if (!is_of(h, image))
        (void)ut_fault_set(&r->fault, UT_EXIT_HELLO,
                           "%s: the board says %.4s %d.%d.%d with model %08" PRIx32 ", the image is %.4s %d.%d.%d with "
                           "model %08" PRIx32 "; is this port the flashed board's?",
                           r->port, h->board, h->fw_major, h->fw_minor, h->fw_patch, h->model_crc32, image->board,
                           image->fw_major, image->fw_minor, image->fw_patch, image->model_crc32);
}

static void flash_one(struct result *r, const struct choices *o, const struct ut_flash_board *board,
                      enum ut_flash_tool tool, const struct ut_image *image)
{
    struct ut_port port;
    if (r->port != NULL) {
        ut_port_serial(&port, r->port);
        int open = ut_port_open(&port, &r->fault);
        if (open == UT_PORT_REFUSED || open == UT_PORT_BUSY)
            return;
        ut_port_forget(&port); /* what was said before the reset is the old firmware's */
        r->fault = (struct ut_fault){0};
    }
    struct ut_probe one = o->all ? r->probe : ut_probe_to_name(&r->probe, o->probe);
    r->verdict = ut_flash_write(board, tool, &one, o->copy, image->length, r->line, sizeof r->line);
    if (r->verdict != UT_FLASH_DONE)
        (void)ut_fault_set(&r->fault, ut_flash_exit(r->verdict), "probe %s: %s%s%s%s", ut_probe_serial(&r->probe),
                           ut_flash_advice(r->verdict), r->line[0] != '\0' ? " (" : "", r->line,
                           r->line[0] != '\0' ? ")" : "");
    if (r->port == NULL)
        return;
    if (r->verdict == UT_FLASH_DONE) {
        hear(r, &port, image, o->wait_s);
        compare(r, image);
    }
    ut_port_close(&port);
}

static void print_json(const struct result *r, const struct ut_flash_board *board, const struct ut_image *image,
                       enum ut_flash_tool tool)
{
    char version[24], crc[12];
    (void)snprintf(version, sizeof version, "%d.%d.%d", image->fw_major, image->fw_minor, image->fw_patch);
    (void)snprintf(crc, sizeof crc, "%08" PRIx32, image->model_crc32);
    json_t *line = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:i}", "Probe", r->probe.serial, "Board",
                             board->folder, "Tool", ut_flash_tool_name(tool), "Firmware", version, "ModelCrc32", crc,
                             "Written", r->verdict == UT_FLASH_DONE, "Hello", r->have_hello, "Code", r->fault.code);
    if (line == NULL)
        return;
    char plain[sizeof r->fault.text];
    if (r->port != NULL)
        (void)json_object_set_new(line, "Port", json_string(ut_utf8_plain(r->port, plain, sizeof plain)));
    if (r->fault.code != 0)
        (void)json_object_set_new(line, "Fault", json_string(ut_utf8_plain(r->fault.text, plain, sizeof plain)));
    ut_json_line(line);
}

static void print_table(const struct result *r, int n, const struct ut_image *image)
{
    int good = 0;
    (void)printf("%-26s %-16s %-10s %s\n", "probe", "port", "written", "headset");
    for (int i = 0; i < n; i++) {
        char port[100];
        good += r[i].fault.code == 0;
        (void)printf("%-26s %-16s %-10s ", ut_probe_serial(&r[i].probe),
                     ut_utf8_plain(r[i].port != NULL ? r[i].port : "-", port, sizeof port),
                     r[i].verdict == UT_FLASH_DONE ? "yes" : "no");
        if (r[i].fault.code != 0)
            (void)printf("FAILED (%d)\n", r[i].fault.code);
        else if (r[i].have_hello)
            (void)printf("firmware %d.%d.%d, model %08" PRIx32 "\n", image->fw_major, image->fw_minor, image->fw_patch,
                         r[i].hello.model_crc32);
        else
            (void)printf("not asked\n");
    }
    (void)printf("%d of %d boards run the image\n", good, n);
}

static int list_probes(void)
{
    static struct ut_probe p[UT_PROBES_MAX];
    int n = ut_probes_list(ut_probes_folder(), ~0U, p);
    for (int i = 0; i < n; i++)
        (void)printf("%-26s %-16s %s\n", ut_probe_serial(&p[i]), p[i].port[0] != '\0' ? p[i].port : "-",
                     ut_probe_kind_name(p[i].kind));
    if (n > 0)
        return UT_EXIT_OK;
    struct ut_fault fault = {0};
    (void)ut_fault_set(&fault, UT_EXIT_NO_DEVICE, "%s", ut_flash_advice(UT_FLASH_NO_PROBE));
    return ut_fault_print(&fault);
}

/* The image, its board's row, and that both fit what was asked for. */
static int take_image(const struct choices *o, struct ut_image *image, uint8_t **bytes,
                      const struct ut_flash_board **board, struct ut_fault *fault)
{
    if (ut_image_read(o->image, image, bytes, fault) != 0)
        return -1;
    if (memcmp(*bytes, "\177ELF", 4) == 0)
        return ut_fault_set(fault, UT_EXIT_IMAGE, "%s: an ELF file; give the raw image beside it (.bin)", o->image);
    const char *name = image->board;
    *board = ut_flash_board(name);
    if (*board == NULL)
        return ut_fault_set(fault, UT_EXIT_IMAGE,
                            "%s: for board %s, which is not flashed; images for flashing are made by "
                            "`make all-boards`",
                            o->image, name);
    if (o->board != NULL && strcmp(o->board, (*board)->folder) != 0 && strcmp(o->board, name) != 0)
        return ut_fault_set(fault, UT_EXIT_IMAGE, "%s: for board %s, not %s; give that board's image", o->image,
                            (*board)->folder, o->board);
    if (image->address != (*board)->address)
        return ut_fault_set(fault, UT_EXIT_IMAGE,
                            "%s: made for address 0x%08" PRIx32 ", this board's flash begins at 0x%08" PRIx32
                            "; build it again",
                            o->image, image->address, (*board)->address);
    return 0;
}

/* Through every probe that is meant. The exit code. Ctrl-C: the board under way is finished, because half an image does
 * not start; the next ones are left alone. */
static int flash_boards(const struct choices *o, const struct ut_flash_board *board, const struct ut_image *image)
{
    static struct ut_probe probe[UT_PROBES_MAX];
    static struct result result[UT_PROBES_MAX];
    struct ut_fault fault = {0};
    enum ut_flash_tool tool = UT_FLASH_OPENOCD;
    int code = UT_EXIT_OK, n = choose_probes(o, board, &tool, probe, &fault);
    if (n < 0)
        return ut_fault_print(&fault);
    for (int i = 0; i < n; i++) {
        result[i].probe = probe[i];
        result[i].verdict = UT_FLASH_FAILED;
        result[i].port = o->no_hello ? NULL : port_for(o, &probe[i]);
        if (!o->no_hello && result[i].port == NULL) {
            (void)ut_fault_set(&fault, UT_EXIT_USAGE,
                               "probe %s: no serial line known for this board's link; name it with --port %s%sPORT, or "
                               "give --no-hello",
                               ut_probe_serial(&probe[i]), o->all ? probe[i].serial : "", o->all ? "=" : "");
            return ut_fault_print(&fault);
        }
    }
    if (ut_stop_watch(&fault) != 0)
        return ut_fault_print(&fault);
    for (int i = 0; i < n; i++) {
        ut_output_progress("flash", i, n);
        if (ut_stop_signal() != 0) {
            (void)ut_fault_set(&result[i].fault, UT_EXIT_FAILURE, "probe %s: stopped before this board; flash it later",
                               ut_probe_serial(&result[i].probe));
        } else if (n > 1 && result[i].probe.serial[0] == '\0') {
            (void)ut_fault_set(&result[i].fault, UT_EXIT_USAGE,
                               "%s: one of several probes, without a serial number to tell it by; plug it in alone",
                               ut_probe_kind_name(result[i].probe.kind));
        } else {
            flash_one(&result[i], o, board, tool, image);
        }
        if (result[i].fault.code != 0) {
            ut_output_progress_end();
            (void)ut_fault_print(&result[i].fault);
            if (code == 0)
                code = result[i].fault.code;
        }
        if (o->json)
            print_json(&result[i], board, image, tool);
    }
    ut_output_progress_end();
    if (!o->json)
        print_table(result, n, image);
    (void)ut_output_flush(&fault);
    return fault.code != UT_EXIT_OK ? ut_fault_print(&fault) : code;
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    (void)config;
    struct choices o = {.tool = -1, .wait_s = 15};
    struct ut_fault fault = {0};
    struct ut_image image;
    struct ut_flash_copy copy = {.folder = ""};
    const struct ut_flash_board *board = NULL;
    uint8_t *bytes = NULL;
    int code = UT_EXIT_OK, images = ut_options_take(&ut_command_flash, argc, argv, &o, &fault);
    if (images >= 0 && !o.list && images != 1)
        (void)ut_options_refuse(&ut_command_flash, &fault, "takes one image");
    else if (o.all && o.probe != NULL)
        (void)ut_options_refuse(&ut_command_flash, &fault, "--all and --probe exclude each other");
    if (images < 0 || fault.code != UT_EXIT_OK)
        return ut_fault_print(&fault);
    if (o.list)
        return list_probes();
    o.image = argv[0];
    if (take_image(&o, &image, &bytes, &board, &fault) == 0 &&
        ut_flash_copy_make(&copy, bytes, image.length, &fault) == 0) {
        o.copy = copy.path;
        code = flash_boards(&o, board, &image);
    }
    ut_flash_copy_remove(&copy);
    free(bytes);
    return fault.code != UT_EXIT_OK ? ut_fault_print(&fault) : code;
}

static const struct ut_example examples[] = {
    {"undertone flash undertone.bin --all", "Every board that is plugged in, one after the other:"},
    {"undertone flash --list", "The probes within reach:"},
    {NULL, NULL},
};

const struct ut_command ut_command_flash = {
    .name = "flash",
    .purpose = "a firmware image onto one board or many",
    .usage = "IMAGE.bin [--probe SERIAL | --all] [options]\n--list",
    .about =
        "Writes a firmware image to a headset board through openocd, st-flash or dfu-util, compares what was written, "
        "resets the board and waits until its hello names the image's version and model. The image names its board; "
        "nothing is written to another chip.",
    .options = options,
    .operands = "FILE.bin",
    .exit_codes =
        "0 every board runs the image, 2 usage (also: two probes, none named), 3 no tool, probe, chip or port, "
        "10 no such image, 24 not an image, damaged, or for another board, 25 chip locked, 26 another chip, "
        "27 writing or comparing failed, 28 no hello, or another one. With --all: that of the first board that "
        "failed.",
    .examples = examples,
    .run = run,
};
