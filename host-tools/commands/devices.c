/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone devices`: serial ports, headsets by Bluetooth and audio inputs of this machine. */
#include "dsp/features.h"
#include "host-tools/commands/commands.h"
#include "host-tools/headset/reset.h"
#include "host-tools/settings/model_use.h"
#include "host-tools/sources/bluez.h"
#include "host-tools/sources/mic.h"
#include "host-tools/sources/pulse.h"
#include "host-tools/sources/reach.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/utf8.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct choices {
    bool ble, json;
    double seconds; /* below 0: as long as is usual */
    const char *elf;
};

static int take_elf(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    char unused[UT_RESET_PLACE];
    return ut_reset_place(text, 0, unused, fault) < 0 ? -1 : ut_option_text(o, text, place, fault);
}

static const struct ut_option options[] = {
    {"ble", NULL, "list headsets within reach of Bluetooth Low Energy instead (listens 5 s by default)", ut_option_flag,
     .place = offsetof(struct choices, ble)},
    {"seconds", "N", "listen at most this long (default 1.5; 11 catches every headset's hello)", ut_option_number,
     .place = offsetof(struct choices, seconds), .low = 0, .high = 3600},
    {"elf", "FILE", "the firmware's ELF: names the place of a fault in it", take_elf,
     .place = offsetof(struct choices, elf)},
    {"json", NULL, "one JSON object per line", ut_option_flag, .place = offsetof(struct choices, json)},
    UT_OPTION_HELP,
    {0},
};

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

/* A port is named by whoever asks, and its fault names it: any bytes. */
static void print_json(const struct ut_reach *d, const char *elf)
{
    char plain[sizeof d->fault.text];
    json_t *line =
        json_pack("{s:s, s:s}", "Port", ut_utf8_plain(d->port, plain, sizeof plain), "Description", d->description);
    if (d->vid >= 0) {
        char text[16];
        (void)snprintf(text, sizeof text, "%04x:%04x", (unsigned)d->vid & 0xFFFF, (unsigned)d->pid & 0xFFFF);
        (void)json_object_set_new(line, "Usb", json_string(text));
    }
    (void)json_object_set_new(line, "Opened", json_boolean(d->opened));
    if (d->fault.code != 0)
        (void)json_object_set_new(line, "Fault", json_string(ut_utf8_plain(d->fault.text, plain, sizeof plain)));
    (void)json_object_set_new(line, "Records", json_integer(d->records));
    (void)json_object_set_new(line, "Bytes", json_integer(d->bytes));
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
    char plain[sizeof d->fault.text];
    (void)printf("%s", ut_utf8_plain(d->port, plain, sizeof plain));
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
        (void)printf("    model: %s\n", ut_model_use(d->hello.model_crc32));
    } else if (d->records > 0) {
        (void)printf("headset: sends records, has not said hello yet; listen longer with --seconds 11\n");
    } else if (d->fault.code != 0) {
        (void)printf("%s\n", ut_utf8_plain(d->fault.text, plain, sizeof plain));
    } else if (d->bytes > 0) {
        (void)printf("%u bytes heard and none is a record: another device, another speed, or a bootloader\n",
                     (unsigned)d->bytes);
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

/* Of the sound server, for a desk without a headset. How many there are. */
static int print_sound_sources(int json)
{
    static struct ut_pulse_source sources[UT_PULSE_SOURCES_MAX];
    int n = ut_pulse_list(sources);
    for (int i = 0; i < n; i++) {
        const struct ut_pulse_source *s = &sources[i];
        int is_default = s->customer || s->agent;
        if (!json) {
            (void)printf("sound source  %s\n    %s: %s%s\n", s->name, s->description,
                         s->monitor ? "what an output plays" : "a microphone or line", is_default ? ", default" : "");
            continue;
        }
        json_t *line = json_pack("{s:s, s:s, s:b, s:b}", "SoundSource", s->name, "Description", s->description,
                                 "Monitor", s->monitor, "Default", is_default);
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
    if (n > 0)
        (void)ut_output_flush(&fault);
    return ut_fault_print(&fault);
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    (void)config;
    static struct ut_reach d[UT_REACH_MAX];
    struct choices chosen = {.seconds = -1};
    struct ut_fault fault = {0};
    int ports = ut_options_take(&ut_command_devices, argc, argv, &chosen, &fault);
    if (ports > 0 && chosen.ble)
        (void)ut_fault_set(&fault, UT_EXIT_USAGE, "%s: a port has no place beside --ble", argv[0]);
    if (ports < 0 || fault.code != UT_EXIT_OK)
        return ut_fault_print(&fault);
    if (chosen.seconds < 0)
        chosen.seconds = chosen.ble ? 5 : 1.5;
    if (chosen.ble)
        return list_ble((int)(chosen.seconds * 1000), chosen.json);
    int n = 0;
    for (; n < ports && n < UT_REACH_MAX; n++)
        ut_reach_name(&d[n], argv[n]);
    if (ports == 0)
        n = ut_reach_list(d);
    ut_reach_listen(d, n, (int)(chosen.seconds * 1000));
    int found = 0;
    for (int i = 0; i < n; i++) {
        found |= d[i].opened;
        if (chosen.json)
            print_json(&d[i], chosen.elf);
        else
            print_plain(&d[i], chosen.elf);
    }
    if (ports == 0)
        found |= print_inputs(chosen.json) + print_sound_sources(chosen.json) > 0;
    if (ut_output_flush(&fault) != 0 || found)
        return ut_fault_print(&fault);
    if (n == 0)
        (void)ut_fault_set(&fault, UT_EXIT_NO_DEVICE,
                           "no serial port and no audio input on this machine; plug a headset in, or name its port");
    else
        (void)ut_fault_set(&fault, UT_EXIT_NO_DEVICE, "none of the ports could be opened; see the lines above");
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone devices --json", "Headsets and audio inputs within reach:"},
    {NULL, NULL},
};

const struct ut_command ut_command_devices = {
    .name = "devices",
    .purpose = "headsets and audio inputs within reach",
    .usage = "[DEV...] [--ble] [--seconds N] [--elf FILE] [--json]",
    .about =
        "Lists this machine's serial ports, or those named, listens to each for a while, and says which headset is "
        "there: board, firmware, model, features version. A headset says hello at its start and every 10 s, and "
        "behind it why it started, when that was not because it was switched on: a fault, its watchdog, a "
        "brown-out. Audio inputs (for `undertone live --mic`) and sound sources (for `undertone live --customer-input "
        "--agent-input`) are listed too, when no port is named.",
    .options = options,
    .operands = "DEV",
    .exit_codes =
        "0 a port or an audio input was found, 1 cannot write, 2 usage, 3 none, 10 and 24 no such or not an ELF "
        "file, 17 and 18 faults of the config.",
    .examples = examples,
    .run = run,
};
