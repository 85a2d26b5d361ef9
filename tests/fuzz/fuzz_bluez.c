/* SPDX-License-Identifier: Apache-2.0 */
/* Any reply of a Bluetooth daemon about its objects, right ones and ones of other forms: what is kept of it is bounded,
 * and its texts do nothing to a terminal. The bus has checked that a message is one; what it says is the input's. */
#include "host-tools/sources/bluez_bus.h"
#include "host-tools/system/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *at, *end;
};

static unsigned next(struct input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

/* Text of D-Bus, which is UTF-8 without a zero: letters, controls, what turns the direction of writing. */
static const char *text(struct input *in)
{
    static char to[4096];
    size_t n = 0, length = next(in), times = length > 200 ? 20 : 1;
    for (size_t i = 0; i < length % 32; i++) {
        unsigned c = next(in);
        for (size_t k = 0; k < times; k++) {
            if (c >= 0xF0) {
                memcpy(to + n, c & 1 ? "\xE2\x80\xAE" : "\xE2\x80\xA8", 3);
                n += 3;
            } else if (c >= 0x80) {
                to[n++] = (char)(0xC2 | (c >> 6 & 1));
                to[n++] = (char)(0x80 | (c & 0x3F));
            } else if (c > 0) {
                to[n++] = (char)c;
            }
        }
    }
    to[n] = '\0';
    return to;
}

static const char *path(struct input *in)
{
    static char to[600];
    size_t n = 0, length = next(in);
    length = length > 250 ? 550 : length % 40;
    to[n++] = '/';
    for (; n < length; n++)
        to[n] = (char)('a' + next(in) % 26);
    to[n > 1 ? n : 1] = '\0';
    return to;
}

static void uuids(sd_bus_message *m, struct input *in)
{
    (void)sd_bus_message_open_container(m, 'v', "as");
    (void)sd_bus_message_open_container(m, 'a', "s");
    for (unsigned n = next(in) % 4; n > 0; n--)
        (void)sd_bus_message_append(m, "s", next(in) & 1 ? UT_BLE_SERVICE : text(in));
    (void)sd_bus_message_close_container(m);
    (void)sd_bus_message_close_container(m);
}

static void value(sd_bus_message *m, struct input *in, unsigned kind)
{
    switch (kind) {
    case 0:
        (void)sd_bus_message_append(m, "v", "b", (int)(next(in) & 1));
        break;
    case 1:
        (void)sd_bus_message_append(m, "v", "s", text(in));
        break;
    case 2:
        (void)sd_bus_message_append(m, "v", "n", (int)(int16_t)(next(in) << 8 | next(in)));
        break;
    case 3:
        uuids(m, in);
        break;
    case 4:
        (void)sd_bus_message_append(m, "v", "u", next(in));
        break;
    case 5:
        (void)sd_bus_message_append(m, "v", "(ss)", "a", text(in));
        break;
    case 6:
        (void)sd_bus_message_append(m, "v", "a{sv}", 1, "a", "s", text(in));
        break;
    default:
        (void)sd_bus_message_append(m, "v", "v", "o", path(in));
        break;
    }
}

static void property(sd_bus_message *m, struct input *in)
{
    static const struct {
        const char *name;
        unsigned kind; /* of its value, as BlueZ has it */
    } known[] = {{"Powered", 0}, {"Paired", 0}, {"Connected", 0}, {"ServicesResolved", 0},
                 {"Address", 1}, {"Alias", 1},  {"UUID", 1},      {"RSSI", 2},
                 {"UUIDs", 3},   {"Else", 6}};
    unsigned i = next(in) % (sizeof known / sizeof known[0]), other = next(in);
    (void)sd_bus_message_open_container(m, 'e', "sv");
    (void)sd_bus_message_append(m, "s", known[i].name);
    value(m, in, other < 32 ? other % 8 : known[i].kind);
    (void)sd_bus_message_close_container(m);
}

static void object(sd_bus_message *m, struct input *in)
{
    static const char *const interfaces[] = {UT_BLUEZ_ADAPTER, UT_BLUEZ_DEVICE, "org.bluez.GattCharacteristic1",
                                             "org.bluez.Else"};
    (void)sd_bus_message_open_container(m, 'e', "oa{sa{sv}}");
    (void)sd_bus_message_append(m, "o", path(in));
    (void)sd_bus_message_open_container(m, 'a', "{sa{sv}}");
    for (unsigned n = next(in) % 4; n > 0; n--) {
        (void)sd_bus_message_open_container(m, 'e', "sa{sv}");
        (void)sd_bus_message_append(m, "s", interfaces[next(in) % 4]);
        (void)sd_bus_message_open_container(m, 'a', "{sv}");
        for (unsigned k = next(in) % 8; k > 0; k--)
            property(m, in);
        (void)sd_bus_message_close_container(m);
        (void)sd_bus_message_close_container(m);
    }
    (void)sd_bus_message_close_container(m);
    (void)sd_bus_message_close_container(m);
}

static void body(sd_bus_message *m, struct input *in)
{
    switch (next(in) % 16) {
    case 0:
        return;
    case 1:
        (void)sd_bus_message_append(m, "as", 2, text(in), "b");
        return;
    case 2:
        (void)sd_bus_message_append(m, "a{os}", 1, path(in), text(in));
        return;
    default:
        break;
    }
    (void)sd_bus_message_open_container(m, 'a', "{oa{sa{sv}}}");
    for (int i = 0; in->at < in->end && i < 300; i++)
        object(m, in);
    (void)sd_bus_message_close_container(m);
}

static void check_text(const char *kept, size_t room)
{
    char copy[UT_BLUEZ_PATH];
    if (memchr(kept, '\0', room) == NULL)
        abort();
    (void)snprintf(copy, sizeof copy, "%s", kept);
    ut_utf8_clean(copy);
    if (strncmp(copy, kept, sizeof copy - 1) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static sd_bus *bus;
    static int ends[2];
    static struct ut_bluez_known k;
    struct input in = {data, data + size};
    sd_bus_message *m = NULL;
    if (bus == NULL && (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0 || sd_bus_new(&bus) < 0 ||
                        sd_bus_set_fd(bus, ends[0], ends[0]) < 0 || sd_bus_start(bus) < 0))
        abort();
    if (sd_bus_message_new_signal(bus, &m, "/", "org.bluez.Reply", "Reply") < 0)
        abort();
    body(m, &in);
    memset(&k, 0, sizeof k);
    if (sd_bus_message_seal(m, 1, 0) >= 0) {
        (void)ut_bluez_bus_objects(m, &k);
        if (k.devices < 0 || k.devices > UT_BLUEZ_DEVICES || k.characteristics < 0 ||
            k.characteristics > UT_BLUEZ_CHARACTERISTICS || (k.adapter[0] != '\0' && k.adapter[0] != '/'))
            abort();
        for (int i = 0; i < k.devices; i++) {
            check_text(k.device[i].name, sizeof k.device[i].name);
            check_text(k.device[i].address, sizeof k.device[i].address);
            check_text(k.device[i].path, sizeof k.device[i].path);
        }
        for (int i = 0; i < k.characteristics; i++)
            check_text(k.characteristic[i].uuid, sizeof k.characteristic[i].uuid);
    }
    sd_bus_message_unref(m);
    return 0;
}
