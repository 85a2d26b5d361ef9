/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/devices.h"

#include "dsp/features.h"
#include "host-tools/headset/reset.h"
#include "host-tools/sources/bluez.h"
#include "host-tools/sources/mic.h"
#include "host-tools/sources/reach.h"
#include "host-tools/system/json.h"
#include "host-tools/system/output.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char HELP[] =
    "usage: undertone devices [PORT...] [--ble] [--seconds N] [--elf FILE] [--json]\n"
    "\n"
    "Lists this machine's serial ports, or the PORTs named, listens to each for a while, and says which headset\n"
    "is there: board, firmware, model, features version. A headset says hello at its start and every 10 s, and behind\n"
    "it why it started, when that was not because it was switched on: a fault, its watchdog, a brown-out.\n"
    "Audio inputs (for `undertone live --mic`) are listed too, when no PORT is named.\n"
    "\n"
    "  --ble         list headsets within reach of Bluetooth Low Energy instead (listens 5 s by default)\n"
    "  --seconds N   listen at most this long (default 1.5; 11 catches every headset's hello)\n"
    "  --elf FILE    the firmware's ELF: names the place of a fault in it\n"
    "  --json        one JSON object per line\n"
    "  --help        this text\n"
    "\n"
    "Exit codes: 0 a port or an audio input was found, 1 cannot write, 2 usage, 3 none, 10 and 24 no such\n"
    "or not an ELF file, 17 and 18 faults of the config.\n";

/* The four characters of a hello's text field. */
static void four(const char field[4], char text[5])
{
    (void)snprintf(text, 5, "%.4s", field);
    for (char *t = text; *t != '\0'; t++)
        if (*t < ' ' || *t > '~')
            *t = '?';
}

static json_t *reset_json(const struct ut_wire_reset *r, const char *elf)
{
    char pc[12], lr[12], status[12], place[UT_RESET_PLACE];
    struct ut_fault unused = {0};
    (void)snprintf(pc, sizeof pc, "%08" PRIx32, r->pc);
    (void)snprintf(lr, sizeof lr, "%08" PRIx32, r->lr);
    (void)snprintf(status, sizeof status, "%08" PRIx32, r->status);
    json_t *out = json_pack("{s:s, s:i, s:s, s:s, s:s, s:i}", "Cause", ut_reset_cause(r->cause), "Exception",
                            r->exception, "Pc", pc, "Lr", lr, "Cfsr", status, "Starts", r->boots);
    uint32_t at = r->pc != 0 ? r->pc : r->lr;
    if (elf != NULL && at != 0 && ut_reset_place(elf, at, place, &unused) == 0)
        (void)json_object_set_new(out, "Place", json_string(place));
    return out;
}

static void print_json(const struct ut_reach *d, const char *elf)
{
    json_t *line = json_pack("{s:s, s:s}", "Port", d->port, "Description", d->description);
    if (d->vid >= 0) {
        char text[16];
        (void)snprintf(text, sizeof text, "%04x:%04x", (unsigned)d->vid & 0xFFFF, (unsigned)d->pid & 0xFFFF);
        (void)json_object_set_new(line, "Usb", json_string(text));
    }
    (void)json_object_set_new(line, "Opened", json_boolean(d->opened));
    if (d->fault.code != 0)
        (void)json_object_set_new(line, "Fault", json_string(d->fault.text));
    (void)json_object_set_new(line, "Records", json_integer(d->records));
    if (d->have_hello) {
        char version[24], board[5], model[5], crc[12];
        (void)snprintf(version, sizeof version, "%d.%d.%d", d->hello.fw_major, d->hello.fw_minor, d->hello.fw_patch);
        (void)snprintf(crc, sizeof crc, "%08" PRIx32, d->hello.model_crc32);
        four(d->hello.board, board);
        four(d->hello.model_id, model);
        (void)json_object_set_new(line, "Headset",
                                  json_pack("{s:s, s:s, s:{s:s, s:s}, s:i, s:b}", "Board", board, "Firmware", version,
                                            "Model", "Id", model, "Crc32", crc, "FeaturesVersion",
                                            d->hello.features_version, "Compatible",
                                            d->hello.features_version == UT_FEATURES_VERSION));
    }
    if (d->have_reset)
        (void)json_object_set_new(line, "Reset", reset_json(&d->reset, elf));
    ut_json_line(line);
}

static void print_plain(const struct ut_reach *d, const char *elf)
{
    (void)printf("%s", d->port);
    if (d->description[0] != '\0')
        (void)printf("  %s", d->description);
    if (d->vid >= 0)
        (void)printf("  (USB %04x:%04x)", (unsigned)d->vid & 0xFFFF, (unsigned)d->pid & 0xFFFF);
    (void)printf("\n    ");
    if (d->have_hello) {
        char board[5], model[5];
        four(d->hello.board, board);
        four(d->hello.model_id, model);
        (void)printf("headset: board %s, firmware %d.%d.%d, model %s (%08" PRIx32 "), features %d%s\n", board,
                     d->hello.fw_major, d->hello.fw_minor, d->hello.fw_patch,
                     d->hello.model_crc32 == 0 ? "none" : model, d->hello.model_crc32, d->hello.features_version,
                     d->hello.features_version == UT_FEATURES_VERSION ? ""
                                                                      : ": not this program's version, update one");
    } else if (d->records > 0) {
        (void)printf("headset: sends records, has not said hello yet; listen longer with --seconds 11\n");
    } else if (d->fault.code != 0) {
        (void)printf("%s\n", d->fault.text);
    } else {
        (void)printf("nothing heard; a headset speaks within --seconds 11\n");
    }
    if (d->have_reset) {
        char text[UT_RESET_TEXT];
        ut_reset_text(&d->reset, elf, text);
        (void)printf("    %s\n", text);
    }
}

/* How many there are. */
static int print_inputs(int json)
{
    static struct ut_mic_input inputs[UT_MIC_INPUTS_MAX];
    int n = ut_mic_list(inputs);
    for (int i = 0; i < n; i++) {
        const struct ut_mic_input *m = &inputs[i];
        if (!json) {
            (void)printf("audio input  %s\n    %d channel(s), %d Hz%s\n", m->name, m->channels, m->rate_hz,
                         m->is_default ? ", default" : "");
            continue;
        }
        json_t *line = json_pack("{s:s, s:i, s:i, s:b}", "AudioInput", m->name, "Channels", m->channels, "RateHz",
                                 m->rate_hz, "Default", m->is_default);
        ut_json_line(line);
    }
    return n;
}

/* Headsets by Bluetooth. The exit code. */
static int list_ble(int ms, int json)
{
    static struct ut_bluez_device d[UT_BLUEZ_DEVICES];
    struct ut_fault fault = {0};
    struct ut_bluez *b;
    if (ut_bluez_open(&b, NULL, &fault) != 0)
        return ut_fault_print(&fault);
    int n = ut_bluez_list(b, ms, d, &fault);
    ut_bluez_close(b);
    for (int i = 0; i < n; i++) {
        int heard = d[i].rssi_dbm != UT_BLUEZ_NO_RSSI;
        if (json) {
            json_t *line = json_pack("{s:s, s:s, s:b, s:b}", "Address", d[i].address, "Name", d[i].name, "Paired",
                                     d[i].paired, "Connected", d[i].connected);
            if (heard)
                (void)json_object_set_new(line, "RssiDbm", json_integer(d[i].rssi_dbm));
            ut_json_line(line);
            continue;
        }
        (void)printf("%s  %s\n    %s%s", d[i].address, d[i].name, d[i].paired ? "paired" : "not paired: undertone pair",
                     d[i].connected ? ", connected" : "");
        if (heard)
            (void)printf(", %d dBm", d[i].rssi_dbm);
        (void)printf("\n");
    }
    if (n == 0)
        (void)ut_fault_set(&fault, UT_EXIT_NO_DEVICE,
                           "Bluetooth: no headset within reach; switch "
                           "one on, or listen longer with --seconds 20");
    if (n <= 0)
        return ut_fault_print(&fault);
    return ut_output_flush(&fault) != 0 && fault.code != UT_EXIT_OK ? ut_fault_print(&fault) : UT_EXIT_OK;
}

int ut_devices_main(int argc, char **argv)
{
    static const struct option options[] = {
        {"ble", no_argument, NULL, 'b'},       {"seconds", required_argument, NULL, 's'},
        {"elf", required_argument, NULL, 'e'}, {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},      {NULL, 0, NULL, 0}};
    static struct ut_reach d[UT_REACH_MAX];
    struct ut_fault fault = {0};
    double wait_s = -1;
    int json = 0, ble = 0, c;
    const char *elf = NULL;
    char *end, place[UT_RESET_PLACE];
    optind = 1;
    opterr = 0;
    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (c) {
        case 's':
            errno = 0;
            wait_s = strtod(optarg, &end);
            if (end == optarg || *end != '\0' || !(wait_s >= 0 && wait_s <= 3600)) {
                (void)ut_fault_set(&fault, UT_EXIT_USAGE, "--seconds %s: not a time from 0 to 3600", optarg);
                return ut_fault_print(&fault);
            }
            break;
        case 'e':
            elf = optarg;
            if (ut_reset_place(elf, 0, place, &fault) < 0)
                return ut_fault_print(&fault);
            break;
        case 'b':
            ble = 1;
            break;
        case 'j':
            json = 1;
            break;
        case 'h':
            (void)fputs(HELP, stdout);
            return UT_EXIT_OK;
        default:
            (void)ut_fault_set(&fault, UT_EXIT_USAGE, "%s: not an option here; see `undertone devices --help`",
                               argv[optind - 1]);
            return ut_fault_print(&fault);
        }
    }
    if (ble && optind < argc) {
        (void)ut_fault_set(&fault, UT_EXIT_USAGE, "%s: a port has no place beside --ble", argv[optind]);
        return ut_fault_print(&fault);
    }
    if (wait_s < 0)
        wait_s = ble ? 5 : 1.5;
    if (ble)
        return list_ble((int)(wait_s * 1000), json);
    int n = 0, named_ports = optind < argc;
    for (; optind < argc && n < UT_REACH_MAX; optind++)
        ut_reach_name(&d[n++], argv[optind]);
    if (!named_ports)
        n = ut_reach_list(d);
    ut_reach_listen(d, n, (int)(wait_s * 1000));
    int found = 0;
    for (int i = 0; i < n; i++) {
        found |= d[i].opened;
        if (json)
            print_json(&d[i], elf);
        else
            print_plain(&d[i], elf);
    }
    if (!named_ports)
        found |= print_inputs(json) > 0;
    if (ut_output_flush(&fault) != 0 && fault.code != UT_EXIT_OK)
        return ut_fault_print(&fault);
    if (found)
        return UT_EXIT_OK;
    if (n == 0)
        (void)ut_fault_set(&fault, UT_EXIT_NO_DEVICE,
                           "no serial port and no audio input on this machine; plug a headset in, or name its port");
    else
        (void)ut_fault_set(&fault, UT_EXIT_NO_DEVICE, "none of the ports could be opened; see the lines above");
    return ut_fault_print(&fault);
}
