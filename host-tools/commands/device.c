/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone device`: settings of one headset, and what its image is, over its link. */
#include "firmware/control.h"
#include "firmware/image.h"
#include "firmware/resets.h"
#include "host-tools/commands/asking.h"
#include "host-tools/commands/commands.h"
#include "host-tools/headset/image_file.h"
#include "host-tools/headset/reset.h"
#include "host-tools/headset/signer.h"
#include "host-tools/settings/model_use.h"
#include "host-tools/sources/port.h"
#include "host-tools/system/bytes.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    const char *word[2]; /* for 0 and 1; NULL = a number, or text */
    const char *values;  /* for whoever gave none of them */
    int next_start;
} setting[UT_SETTING_KEYS] = {
    [UT_SETTING_ID] = {"id", {NULL, NULL}, "up to 12 letters, digits, - _ .", 0},
    [UT_SETTING_CUSTOMER_GAIN] = {"customer-gain", {NULL, NULL}, "-24 to 24 dB", 0},
    [UT_SETTING_AGENT_GAIN] = {"agent-gain", {NULL, NULL}, "-24 to 24 dB", 0},
    [UT_SETTING_SWAP] = {"swap", {"off", "on"}, "on or off", 0},
    [UT_SETTING_POLICY] = {"policy", {"scores", "facts"}, "scores or facts", 1},
    [UT_SETTING_UART] = {"uart", {"off", "on"}, "on or off, and not off beside ble", 1},
    [UT_SETTING_BLE] = {"ble", {"off", "on"}, "on or off, and not off beside uart", 1},
};

struct device {
    struct ut_port port;
    struct ut_asking asking;
    int ports; /* named */
    bool json;
    double remove; /* which bond, 1..UT_STORE_BONDS; 0 = none */
    struct ut_fault fault;
};

static int take_port(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    (void)fault;
    struct device *d = place;
    d->ports++;
    if (strcmp(o->name, "port") == 0)
        ut_port_serial(&d->port, text);
    else if (strcmp(o->name, "ble") == 0)
        ut_port_ble_control(&d->port, text);
    else
        ut_port_tcp(&d->port, text);
    return 0;
}

static const struct ut_option options[] = {
    {.help = "What to do:"},
    {.argument = "get", .help = "print one setting, or all of them"},
    {.argument = "set", .help = "change one"},
    {.argument = "defaults", .help = "set all as they were when the headset was new; paired machines stay"},
    {.argument = "image", .help = "say what firmware runs, to the byte"},
    {.argument = "factory",
     .help = "say who it is: serial number, hardware, what its test found, whether it is locked"},
    {.argument = "reboot", .help = "start again"},
    {.argument = "call", .help = "end the call in progress and begin the next one, which knows nothing of it"},
    {.argument = "pairing",
     .help = "open: for 2 minutes it can be found and paired, as by holding its button; or close"},
    {.argument = "bonds", .help = "list the machines it is paired with; with --remove end one of these pairings"},
    {.argument = "resets", .help = "say why it started again, the last 16 times"},
    {.argument = "forget", .help = "end all of the headset's pairings: each machine has to pair again"},
    {.help = "Settings; policy, uart and ble act from the next start on (`undertone device reboot`):"},
    {.argument = "id", .help = "its name: up to 12 letters, digits, - _ ."},
    {.argument = "customer-gain", .help = "dB, -24 to 24, of the customer's channel"},
    {.argument = "agent-gain", .help = "the same of the agent's"},
    {.argument = "swap", .help = "on: the board's two inputs change places"},
    {.argument = "policy", .help = "scores, or facts: no classifier runs, only measured facts leave the headset"},
    {.argument = "uart", .help = "on or off: records leave by this link; one of the two stays on"},
    {.argument = "ble", .help = "the same"},
    {.help = "Which headset, and how it is printed:"},
    {"port", "DEV", "a headset on a serial port, or a pseudo-terminal", take_port, .place = 0},
    {"ble", "NAME", "a paired headset by Bluetooth Low Energy, by address or name", take_port, .place = 0},
    {"tcp", "HOST:PORT", "a headset behind a network bridge", take_port, .place = 0},
    {"remove", "N", "of bonds: the pairing of that number ends, the others stay", ut_option_number,
     .place = offsetof(struct device, remove), .low = 1, .high = UT_STORE_BONDS},
    {"json", NULL, "one JSON object", ut_option_flag, .place = offsetof(struct device, json)},
    UT_OPTION_HELP,
    {0},
};

static int key_of(const char *name)
{
    for (int key = 1; key < UT_SETTING_KEYS; key++)
        if (strcmp(setting[key].name, name) == 0)
            return key;
    return 0;
}

static int open_port(struct device *d)
{
    d->asking.port = &d->port;
    return ut_asking_open(&d->port, &d->fault);
}

/* What the headset says, in words of ours. 0, or -1 and the fault. */
static int judge(struct device *d, const struct ut_wire_reply *reply)
{
    const char *name = d->port.name;
    int is_setting = reply->op <= UT_CONTROL_SET && reply->key < UT_SETTING_KEYS && setting[reply->key].name != NULL;
    switch (reply->error) {
    case UT_CONTROL_OK:
        return 0;
    case UT_CONTROL_NO_VALUE:
        return ut_fault_set(&d->fault, UT_EXIT_USAGE, "%s: the headset takes no such value for %s; give %s", name,
                            is_setting ? setting[reply->key].name : "this",
                            is_setting ? setting[reply->key].values : "another");
    case UT_CONTROL_NO_STORE:
        return ut_fault_set(&d->fault, UT_EXIT_FAILURE,
                            "%s: the headset's memory failed and nothing has changed; try again, then replace it",
                            name);
    case UT_CONTROL_NO_RADIO:
        return ut_fault_set(&d->fault, UT_EXIT_FAILURE,
                            "%s: Bluetooth is off on this headset; undertone device set ble on, then reboot", name);
    case UT_CONTROL_LATER:
        return ut_fault_set(&d->fault, UT_EXIT_FAILURE,
                            "%s: too many changes for the life of the headset's memory; try again in ten minutes",
                            name);
    default:
        return ut_fault_set(&d->fault, UT_EXIT_PROTOCOL,
                            "%s: this headset's firmware does not know %s; flash a newer one", name,
                            is_setting ? setting[reply->key].name : "this request");
    }
}

/* Asks until there is an answer. 0, or -1 and the fault. */
static int ask(struct device *d, int op, int key, const uint8_t *value, size_t len, struct ut_wire_reply *reply)
{
    return ut_asking_ask(&d->asking, op, key, value, len, reply, &d->fault) != 0 ? -1 : judge(d, reply);
}

static int32_t number_of(const struct ut_wire_reply *r)
{
    return (int32_t)ut_bytes_get(r->value, 4);
}

/* The value as a person writes it. */
static void value_text(int key, const struct ut_wire_reply *r, char text[32])
{
    int32_t n = number_of(r);
    if (key == UT_SETTING_ID) {
        (void)snprintf(text, 32, "%.*s", r->len, (const char *)r->value);
        for (char *p = text; *p != '\0'; p++)
            if (*p <= ' ' || *p > '~')
                *p = '?';
    } else if (setting[key].word[0] != NULL && (n == 0 || n == 1)) {
        (void)snprintf(text, 32, "%s", setting[key].word[n]);
    } else {
        (void)snprintf(text, 32, "%" PRId32, n);
    }
}

static json_t *value_json(int key, const struct ut_wire_reply *r)
{
    char text[32];
    if (key == UT_SETTING_CUSTOMER_GAIN || key == UT_SETTING_AGENT_GAIN)
        return json_integer(number_of(r));
    value_text(key, r, text);
    return json_string(text);
}

static int get_one(struct device *d, const char *name)
{
    struct ut_wire_reply r;
    char text[32];
    int key = key_of(name);
    if (ask(d, UT_CONTROL_GET, key, NULL, 0, &r) != 0)
        return -1;
    value_text(key, &r, text);
    if (d->json)
        ut_json_line(json_pack("{s:o}", name, value_json(key, &r)));
    else
        (void)printf("%s\n", text);
    return 0;
}

static int get_all(struct device *d)
{
    struct ut_wire_reply r;
    char text[32];
    json_t *all = json_object();
    for (int key = 1; key < UT_SETTING_KEYS; key++) {
        if (ask(d, UT_CONTROL_GET, key, NULL, 0, &r) != 0) {
            json_decref(all);
            return -1;
        }
        value_text(key, &r, text);
        if (d->json)
            (void)json_object_set_new(all, setting[key].name, value_json(key, &r));
        else
            (void)printf("%-14s %s\n", setting[key].name, text);
    }
    if (d->json)
        ut_json_line(all);
    else
        json_decref(all);
    return 0;
}

/* The bytes of a value; its length, or -1 when the text is none. */
static int value_of(int key, const char *text, uint8_t value[UT_SETTINGS_VALUE_BYTES])
{
    long n;
    if (key == UT_SETTING_ID) {
        size_t len = strlen(text);
        if (len > UT_SETTINGS_VALUE_BYTES)
            return -1;
        memcpy(value, text, len);
        return (int)len;
    }
    if (setting[key].word[0] != NULL) {
        if (strcmp(text, setting[key].word[0]) != 0 && strcmp(text, setting[key].word[1]) != 0)
            return -1;
        n = strcmp(text, setting[key].word[1]) == 0;
    } else {
        char *end;
        errno = 0;
        n = strtol(text, &end, 10);
        if (end == text || *end != '\0' || errno != 0 || n < -1000 || n > 1000)
            return -1;
    }
    ut_bytes_put(value, (uint32_t)n, 4);
    return 4;
}

static int set_one(struct device *d, const char *name, const char *text)
{
    uint8_t value[UT_SETTINGS_VALUE_BYTES];
    struct ut_wire_reply r;
    struct ut_settings any;
    int key = key_of(name);
    int len = value_of(key, text, value);
    ut_settings_defaults(&any); /* both links are on: what is refused now is refused whatever else is set */
    if (len < 0 || ut_settings_set(&any, key, value, (size_t)len) != 0)
        return ut_fault_set(&d->fault, UT_EXIT_USAGE, "%s: not a value of %s; give %s", text, name,
                            setting[key].values);
    if (open_port(d) != 0 || ask(d, UT_CONTROL_SET, key, value, (size_t)len, &r) != 0)
        return -1;
    if (setting[key].next_start)
        ut_note("%s acts from the headset's next start on: undertone device reboot", name);
    return 0;
}

/* Who signed what runs. 0, or -1 and the fault. */
static int take_signer(struct device *d, char text[UT_SIGNER_TEXT])
{
    uint8_t key[32];
    int signed_by = ut_asking_signer(&d->asking, key, &d->fault);
    if (signed_by == 1)
        ut_signer_text(key, text);
    else
        (void)snprintf(text, UT_SIGNER_TEXT, "not signed, or started without a bootloader");
    return signed_by < 0 ? -1 : 0;
}

static int show_image(struct device *d)
{
    char signer[UT_SIGNER_TEXT];
    uint8_t header[UT_IMAGE_HEADER_BYTES];
    struct ut_wire_reply r;
    struct ut_image image;
    char version[40], crc[12], address[16], sha[2 * sizeof image.sha256 + 1];
    for (int part = 0; part < UT_IMAGE_HEADER_BYTES / UT_SETTINGS_VALUE_BYTES; part++) {
        if (ask(d, UT_CONTROL_IMAGE, part, NULL, 0, &r) != 0)
            return -1;
        memcpy(header + UT_SETTINGS_VALUE_BYTES * part, r.value, UT_SETTINGS_VALUE_BYTES);
    }
    if (ut_image_header(header, &image) != 0)
        return ut_fault_set(&d->fault, UT_EXIT_PROTOCOL,
                            "%s: the headset's image has no header that this program knows; "
                            "update one of the two",
                            d->port.name);
    if (take_signer(d, signer) != 0)
        return -1;
    (void)snprintf(version, sizeof version, "%d.%d.%d", image.fw_major, image.fw_minor, image.fw_patch);
    (void)snprintf(crc, sizeof crc, "%08" PRIx32, image.model_crc32);
    (void)snprintf(address, sizeof address, "0x%08" PRIx32, image.address);
    for (size_t i = 0; i < sizeof image.sha256; i++)
        (void)snprintf(sha + 2 * i, 3, "%02x", image.sha256[i]);
    if (d->json) {
        ut_json_line(json_pack("{s:s, s:s, s:s, s:{s:s, s:s}, s:i, s:s, s:I, s:s, s:s}", "Board", image.board,
                               "Firmware", version, "Revision", image.revision, "Model", "Id", image.model_id, "Crc32",
                               crc, "FeaturesVersion", image.features_version, "Address", address, "Length",
                               (json_int_t)image.length, "Sha256", sha, "Signer", signer));
        return 0;
    }
    (void)printf("firmware   %s, features %d\n", version, image.features_version);
    if (image.length == 0) {
        (void)printf("image      none: a program of this machine\n");
        return 0;
    }
    (void)printf(
        "board      %s\nmodel      %s (%s)\nuse        %s\nrevision   %s\nimage      %zu bytes at %s\nsha-256    %s\n"
        "signed     %s\n",
        image.board, image.model_crc32 == 0 ? "none" : image.model_id, crc, ut_model_use(image.model_crc32),
        image.revision, image.length, address, sha, signer);
    return 0;
}

/* enum ut_control_op of a word; 0 = none. */
static int op_of(const char *verb)
{
    static const char *const words[] = {"",       "get",  "set", "defaults", "image",
                                        "reboot", "call", "",    "forget",   "pairing"};
    for (int op = UT_CONTROL_GET; op <= UT_CONTROL_PAIRING; op++)
        if (words[op][0] != '\0' && strcmp(words[op], verb) == 0)
            return op;
    return 0;
}

/* Who the headset is by its factory page. */
static int show_factory(struct device *d)
{
    struct ut_wire_reply r = {0};
    struct ut_factory f;
    char serial[UT_FACTORY_SERIAL_BYTES + 1] = "", mask[8];
    for (int part = 0; part < 2; part++) {
        if (ask(d, UT_CONTROL_FACTORY, part, NULL, 0, &r) != 0)
            return r.error != UT_CONTROL_NO_KEY ? -1
                                                : ut_fault_set(&d->fault, UT_EXIT_PROTOCOL,
                                                               "%s: nobody has provisioned this headset: it has no "
                                                               "serial number; undertone provision gives it one",
                                                               d->port.name);
        memcpy((uint8_t *)&f + part * UT_WIRE_VALUE_BYTES, r.value, UT_WIRE_VALUE_BYTES);
    }
    memcpy(serial, f.serial, sizeof f.serial);
    ut_utf8_clean(serial);
    (void)snprintf(mask, sizeof mask, "0x%04x", (unsigned)ut_bytes_get(f.passed, 2));
    int hardware = (int)ut_bytes_get(f.hardware, 2);
    if (d->json) {
        ut_json_line(json_pack("{s:s, s:i, s:[i, i], s:s, s:b}", "Serial", serial, "Hardware", hardware, "TrimDb",
                               f.trim_db[0], f.trim_db[1], "Passed", mask, "Locked", f.locked != 0));
        return 0;
    }
    (void)printf("serial     %s\nhardware   %d\ntrim       %+d dB first input, %+d dB second\ntests      %s\n"
                 "locked     %s\n",
                 serial, hardware, f.trim_db[0], f.trim_db[1], mask, f.locked ? "yes" : "no");
    return 0;
}

static void bond_address(const struct ut_wire_reply *r, char text[20])
{
    const uint8_t *a = r->value + 1; /* least significant octet first */
    (void)snprintf(text, 20, "%02X:%02X:%02X:%02X:%02X:%02X", a[5], a[4], a[3], a[2], a[1], a[0]);
}

static int list_bonds(struct device *d)
{
    struct ut_wire_reply r;
    char address[20];
    int there = 0;
    json_t *all = json_array();
    for (int place = 0; place < UT_STORE_BONDS; place++) {
        if (ask(d, UT_CONTROL_BOND, place, NULL, 0, &r) != 0) {
            json_decref(all);
            return -1;
        }
        if (r.len < 9)
            continue;
        there++;
        bond_address(&r, address);
        const char *kind = r.value[0] == 0 ? "public" : "random", *how = r.value[7] != 0 ? "code compared" : "no code";
        if (d->json)
            (void)json_array_append_new(all, json_pack("{s:i, s:s, s:s, s:b, s:i}", "Number", place + 1, "Address",
                                                       address, "Type", kind, "Authenticated", r.value[7] != 0,
                                                       "SeenRank", r.value[8] + 1));
        else
            (void)printf("%d  %s  %-6s  %-13s  %s\n", place + 1, address, kind, how,
                         r.value[8] == 0 ? "seen last" : "");
    }
    if (d->json)
        ut_json_line(json_pack("{s:o}", "Bonds", all));
    else
        json_decref(all);
    if (there == 0 && !d->json)
        (void)printf("none: no machine is paired with this headset\n");
    return 0;
}

/* By the address that the headset names at that number: it refuses if another machine has taken the place meanwhile. */
static int remove_bond(struct device *d)
{
    struct ut_wire_reply r, done;
    char address[20];
    int place = (int)d->remove - 1;
    if (place + 1 != d->remove)
        return ut_fault_set(&d->fault, UT_EXIT_USAGE, "--remove %g: a whole number, as `device bonds` lists them",
                            d->remove);
    if (ask(d, UT_CONTROL_BOND, place, NULL, 0, &r) != 0)
        return -1;
    if (r.len < 9)
        return ut_fault_set(&d->fault, UT_EXIT_USAGE, "%s: no pairing has number %d; `device bonds` lists them",
                            d->port.name, place + 1);
    if (ask(d, UT_CONTROL_REMOVE, place, r.value, 7, &done) != 0)
        return -1;
    bond_address(&r, address);
    ut_note("%s has to pair again; remove the headset there too", address);
    return 0;
}

static int list_resets(struct device *d)
{
    struct ut_wire_reply r = {0};
    int n = 0;
    json_t *all = json_array();
    for (; n < UT_STORE_RESETS; n++) {
        uint8_t e[2 * UT_WIRE_VALUE_BYTES] = {0};
        for (int part = 0; part < 2; part++) {
            if (ask(d, UT_CONTROL_RESET, 2 * n + part, NULL, 0, &r) != 0)
                break;
            memcpy(e + part * UT_WIRE_VALUE_BYTES, r.value, UT_WIRE_VALUE_BYTES);
        }
        if (d->fault.code != 0)
            break;
        char version[24], pc[12], lr[12];
        const char *slot = (e[4] & 0xF0) != UT_RESET_RUNS ? "?"
                           : e[4] == UT_RESET_RUNS        ? "A"
                           : e[4] == UT_RESET_RUNS + 1    ? "B"
                                                          : "-";
        (void)snprintf(version, sizeof version, "%d.%d.%d", e[5], e[6], e[7]);
        (void)snprintf(pc, sizeof pc, "0x%08" PRIx32, (uint32_t)ut_bytes_get(e + 8, 4));
        (void)snprintf(lr, sizeof lr, "0x%08" PRIx32, (uint32_t)ut_bytes_get(e + 12, 4));
        if (d->json)
            (void)json_array_append_new(all, json_pack("{s:i, s:s, s:i, s:s, s:s, s:s, s:s, s:i}", "Number",
                                                       (int)ut_bytes_get(e, 2), "Cause", ut_reset_cause(e[2]),
                                                       "Exception", e[3], "Pc", pc, "Lr", lr, "Slot", slot, "Firmware",
                                                       version, "Starts", (int)ut_bytes_get(e + 16, 2)));
        else
            (void)printf("%-14s start %d, slot %s, firmware %s%s%s%s%s\n", ut_reset_cause(e[2]),
                         (int)ut_bytes_get(e + 16, 2), slot, version, e[3] != 0 ? ", at " : "", e[3] != 0 ? pc : "",
                         e[3] != 0 ? ", called from " : "", e[3] != 0 ? lr : "");
    }
    if (n < UT_STORE_RESETS && d->fault.code == UT_EXIT_PROTOCOL && r.error == UT_CONTROL_NO_KEY)
        d->fault = (struct ut_fault){0}; /* the end of the log */
    if (d->json && d->fault.code == 0)
        ut_json_line(json_pack("{s:o}", "Resets", all));
    else
        json_decref(all);
    if (n == 0 && d->fault.code == 0 && !d->json)
        (void)printf("none: it has only been switched on and off\n");
    return d->fault.code == 0 ? 0 : -1;
}

/* 0, or -1 and the fault. */
static int set_pairing(struct device *d, int argc, char **argv)
{
    struct ut_wire_reply r;
    int open = argc == 2 && strcmp(argv[1], "open") == 0;
    if (argc != 2 || (!open && strcmp(argv[1], "close") != 0))
        return ut_fault_set(&d->fault, UT_EXIT_USAGE, "device pairing: takes open or close");
    return open_port(d) != 0 ? -1 : ask(d, UT_CONTROL_PAIRING, open, NULL, 0, &r);
}

/* The words. 0, or -1 and the fault. */
static int act(struct device *d, int argc, char **argv)
{
    struct ut_wire_reply r;
    const char *verb = argv[0];
    int is_get = strcmp(verb, "get") == 0, is_set = strcmp(verb, "set") == 0;
    if (d->remove > 0 && strcmp(verb, "bonds") != 0)
        return ut_fault_set(&d->fault, UT_EXIT_USAGE, "device %s: --remove goes with bonds", verb);
    if (strcmp(verb, "pairing") == 0)
        return set_pairing(d, argc, argv);
    if (argc == 1 && strcmp(verb, "bonds") == 0)
        return open_port(d) != 0 ? -1 : d->remove > 0 ? remove_bond(d) : list_bonds(d);
    if (argc == 1 && strcmp(verb, "factory") == 0)
        return open_port(d) != 0 ? -1 : show_factory(d);
    if (argc == 1 && strcmp(verb, "resets") == 0)
        return open_port(d) != 0 ? -1 : list_resets(d);
    if (is_set ? argc != 3 : argc > 1 + is_get)
        return ut_fault_set(&d->fault, UT_EXIT_USAGE, "device %s: %s; see `undertone device --help`", verb,
                            is_set ? "takes a KEY and a VALUE" : "too many words");
    if (argc > 1 && key_of(argv[1]) == 0)
        return ut_fault_set(&d->fault, UT_EXIT_USAGE,
                            "%s: not a setting of a headset; there are id, customer-gain, "
                            "agent-gain, swap, policy, uart, ble",
                            argv[1]);
    if (is_set)
        return set_one(d, argv[1], argv[2]);
    int op = op_of(verb);
    if (op == 0)
        return ut_fault_set(
            &d->fault, UT_EXIT_USAGE,
            "device %s: none of get, set, defaults, image, factory, reboot, call, pairing, bonds, resets and forget",
            verb);
    if (open_port(d) != 0)
        return -1;
    if (op == UT_CONTROL_GET)
        return argc > 1 ? get_one(d, argv[1]) : get_all(d);
    if (op == UT_CONTROL_IMAGE)
        return show_image(d);
    return ask(d, op, 0, NULL, 0, &r);
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    (void)config;
    struct device d = {.port = {.fd = -1}, .asking = {.tag = (uint8_t)ut_clock_ms()}};
    int words = ut_options_take(&ut_command_device, argc, argv, &d, &d.fault);
    if (words == 0)
        (void)ut_options_refuse(&ut_command_device, &d.fault,
                                "get, set, defaults, image, factory, reboot, call, pairing, bonds, resets or forget");
    else if (words > 0 && d.ports != 1)
        (void)ut_fault_set(&d.fault, UT_EXIT_USAGE,
                           "device: which headset? give --port DEV, --ble NAME or --tcp HOST:PORT; "
                           "`undertone devices` lists what is there");
    else if (words > 0 && act(&d, words, argv) == 0)
        (void)ut_output_flush(&d.fault);
    if (d.port.kind != NULL)
        ut_port_close(&d.port);
    return ut_fault_print(&d.fault);
}

static const struct ut_example examples[] = {
    {"undertone device set customer-gain -6", "The customer's channel 6 dB quieter, kept in the headset:"},
    {NULL, NULL},
};

const struct ut_command ut_command_device = {
    .name = "device",
    .purpose = "settings of one headset, and what its firmware is",
    .usage =
        "get [KEY] [options]\nset KEY VALUE [options]\npairing open|close [options]\nbonds [--remove N] [options]\n"
        "image|factory|resets [options]\ndefaults|reboot|call|forget [options]",
    .about = "What one headset is set to. The headset keeps it when it is switched off.",
    .options = options,
    .operands = "KEY",
    .exit_codes = "0 done, 1 the headset's memory failed, 2 usage or no value of that key, 3 no such port or one in "
                  "use, 4 the headset "
                  "does not answer or does not know this, 6 not paired; 17 and 18 faults of the config.",
    .examples = examples,
    .run = run,
};
