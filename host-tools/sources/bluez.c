/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/bluez.h"

#include "host-tools/system/clock.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

enum { SLICE_MS = 100, SETTLE_MS = 2000, CALL_MS = 5000, CHARACTERISTICS = 128, UUID = 40 };

#define BLUEZ "org.bluez"
#define AGENT_PATH "/undertone/agent"

struct characteristic {
    char path[UT_BLUEZ_PATH], uuid[UUID];
};

/* What BlueZ knows, as of the last look. */
struct known {
    char adapter[UT_BLUEZ_PATH]; /* "" = none */
    int powered;
    struct ut_bluez_device device[UT_BLUEZ_DEVICES];
    int devices;
    struct characteristic characteristic[CHARACTERISTICS];
    int characteristics;
};

struct ut_bluez {
    sd_bus *bus;
    const atomic_int *stop;
    const struct ut_bluez_person *person;
    struct known known;
};

/* One object's properties while it is being read. */
struct object {
    char path[UT_BLUEZ_PATH];
    int is_adapter, is_device, is_characteristic, has_service, powered;
    struct ut_bluez_device device;
    char uuid[UUID];
};

static int stopped(const struct ut_bluez *b)
{
    return b->stop != NULL && atomic_load(b->stop) != 0;
}

static int interrupted(struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_FAILURE, "Bluetooth: stopped");
}

/* Readers of one value each: < 0 on a message of another form. */
static int read_text(sd_bus_message *m, char *to, size_t size)
{
    const char *text;
    int r = sd_bus_message_read(m, "v", "s", &text);
    if (r >= 0)
        (void)snprintf(to, size, "%s", text);
    return r;
}

static int read_flag(sd_bus_message *m, int *to)
{
    return sd_bus_message_read(m, "v", "b", to);
}

static int read_uuids(sd_bus_message *m, int *has_service)
{
    const char *uuid;
    int r = sd_bus_message_enter_container(m, 'v', "as");
    if (r < 0 || (r = sd_bus_message_enter_container(m, 'a', "s")) < 0)
        return r;
    while ((r = sd_bus_message_read(m, "s", &uuid)) > 0)
        *has_service |= strcasecmp(uuid, UT_BLE_SERVICE) == 0;
    if (r < 0 || (r = sd_bus_message_exit_container(m)) < 0)
        return r;
    return sd_bus_message_exit_container(m);
}

static int read_rssi(sd_bus_message *m, int *rssi_dbm)
{
    int16_t value;
    int r = sd_bus_message_read(m, "v", "n", &value);
    if (r >= 0)
        *rssi_dbm = value;
    return r;
}

static int read_property(sd_bus_message *m, const char *interface, const char *name, struct object *o)
{
    if (strcmp(interface, "org.bluez.Adapter1") == 0) {
        if (strcmp(name, "Powered") == 0)
            return read_flag(m, &o->powered);
    } else if (strcmp(interface, "org.bluez.Device1") == 0) {
        if (strcmp(name, "Address") == 0)
            return read_text(m, o->device.address, sizeof o->device.address);
        if (strcmp(name, "Alias") == 0)
            return read_text(m, o->device.name, sizeof o->device.name);
        if (strcmp(name, "Paired") == 0)
            return read_flag(m, &o->device.paired);
        if (strcmp(name, "Connected") == 0)
            return read_flag(m, &o->device.connected);
        if (strcmp(name, "ServicesResolved") == 0)
            return read_flag(m, &o->device.resolved);
        if (strcmp(name, "RSSI") == 0)
            return read_rssi(m, &o->device.rssi_dbm);
        if (strcmp(name, "UUIDs") == 0)
            return read_uuids(m, &o->has_service);
    } else if (strcmp(interface, "org.bluez.GattCharacteristic1") == 0) {
        if (strcmp(name, "UUID") == 0)
            return read_text(m, o->uuid, sizeof o->uuid);
    }
    return sd_bus_message_skip(m, "v");
}

static int read_interface(sd_bus_message *m, struct object *o)
{
    const char *interface, *name;
    int r = sd_bus_message_read(m, "s", &interface);
    if (r < 0)
        return r;
    o->is_adapter |= strcmp(interface, "org.bluez.Adapter1") == 0;
    o->is_device |= strcmp(interface, "org.bluez.Device1") == 0;
    o->is_characteristic |= strcmp(interface, "org.bluez.GattCharacteristic1") == 0;
    if ((r = sd_bus_message_enter_container(m, 'a', "{sv}")) < 0)
        return r;
    while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
        if ((r = sd_bus_message_read(m, "s", &name)) < 0 || (r = read_property(m, interface, name, o)) < 0 ||
            (r = sd_bus_message_exit_container(m)) < 0)
            return r;
    }
    return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_object(sd_bus_message *m, struct object *o)
{
    const char *path;
    int r = sd_bus_message_read(m, "o", &path);
    if (r < 0)
        return r;
    memset(o, 0, sizeof *o);
    o->device.rssi_dbm = UT_BLUEZ_NO_RSSI;
    (void)snprintf(o->path, sizeof o->path, "%s", path);
    (void)snprintf(o->device.path, sizeof o->device.path, "%s", path);
    if ((r = sd_bus_message_enter_container(m, 'a', "{sa{sv}}")) < 0)
        return r;
    while ((r = sd_bus_message_enter_container(m, 'e', "sa{sv}")) > 0)
        if ((r = read_interface(m, o)) < 0 || (r = sd_bus_message_exit_container(m)) < 0)
            return r;
    return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* The first adapter that is on, else the first. */
static void keep(struct known *k, const struct object *o)
{
    if (strlen(o->path) + 1 >= sizeof o->path)
        return; /* may be cut short: not an object to talk to */
    if (o->is_adapter && (k->adapter[0] == '\0' || (o->powered && !k->powered))) {
        (void)snprintf(k->adapter, sizeof k->adapter, "%s", o->path);
        k->powered = o->powered;
    }
    if (o->is_device && o->has_service && k->devices < UT_BLUEZ_DEVICES)
        k->device[k->devices++] = o->device;
    if (o->is_characteristic && k->characteristics < CHARACTERISTICS) {
        struct characteristic *c = &k->characteristic[k->characteristics++];
        (void)snprintf(c->path, sizeof c->path, "%s", o->path);
        (void)snprintf(c->uuid, sizeof c->uuid, "%s", o->uuid);
    }
}

static int read_objects(sd_bus_message *m, struct known *k)
{
    struct object o;
    int r = sd_bus_message_enter_container(m, 'a', "{oa{sa{sv}}}");
    if (r < 0)
        return r;
    while ((r = sd_bus_message_enter_container(m, 'e', "oa{sa{sv}}")) > 0) {
        if ((r = read_object(m, &o)) < 0 || (r = sd_bus_message_exit_container(m)) < 0)
            return r;
        keep(k, &o);
    }
    return r;
}

static int unreachable(const sd_bus_error *e, int r, struct ut_fault *fault)
{
    if (sd_bus_error_has_name(e, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
        sd_bus_error_has_name(e, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
        return ut_fault_set(
            fault, UT_EXIT_NO_DEVICE,
            "Bluetooth: bluetoothd does not run; install bluez and start it (systemctl start bluetooth), "
            "or use the cable: --port");
    return ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                        "Bluetooth: BlueZ does not answer (%s); restart it with systemctl "
                        "restart bluetooth",
                        e->message != NULL ? e->message : strerror(-r));
}

static int look(struct ut_bluez *b, struct ut_fault *fault)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    memset(&b->known, 0, sizeof b->known);
    int r = sd_bus_call_method(b->bus, BLUEZ, "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", &error,
                               &reply, "");
    if (r >= 0)
        r = read_objects(reply, &b->known);
    if (r < 0)
        (void)unreachable(&error, r, fault);
    sd_bus_error_free(&error);
    sd_bus_message_unref(reply);
    return r < 0 ? -1 : 0;
}

/* A method without arguments, whose answer is only yes or no; its failure is told in *error. */
static int call(struct ut_bluez *b, const char *path, const char *interface, const char *method, sd_bus_error *error)
{
    return sd_bus_call_method(b->bus, BLUEZ, path, interface, method, error, NULL, "");
}

/* Lets the bus work for ms, or until stopped. */
static void work(struct ut_bluez *b, int ms)
{
    for (int64_t until = ut_clock_ms() + ms, left; (left = until - ut_clock_ms()) > 0 && !stopped(b);) {
        int r = sd_bus_process(b->bus, NULL);
        if (r < 0) {
            (void)usleep(SLICE_MS * 1000); /* the bus has gone; the next call says so */
            continue;
        }
        if (r == 0)
            (void)sd_bus_wait(b->bus, (uint64_t)(left < SLICE_MS ? left : SLICE_MS) * 1000);
    }
}

int ut_bluez_open(struct ut_bluez **b, const atomic_int *stop, struct ut_fault *fault)
{
    *b = calloc(1, sizeof **b);
    if (*b == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "out of memory; close other programs");
    (*b)->stop = stop;
    int r = sd_bus_open_system(&(*b)->bus);
    if (r < 0) {
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                           "Bluetooth: no D-Bus system bus here (%s); start dbus and bluetoothd, or use the cable: "
                           "--port",
                           strerror(-r));
        ut_bluez_close(*b);
        *b = NULL;
        return -1;
    }
    (void)sd_bus_set_method_call_timeout((*b)->bus, (uint64_t)CALL_MS * 1000);
    r = look(*b, fault);
    if (r == 0 && (*b)->known.adapter[0] == '\0')
        r = ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                         "Bluetooth: no adapter on this machine; plug one in, or use the cable: --port");
    if (r != 0) {
        if (stopped(*b))
            (void)interrupted(fault);
        ut_bluez_close(*b);
        *b = NULL;
    }
    return r;
}

void ut_bluez_close(struct ut_bluez *b)
{
    if (b == NULL)
        return;
    sd_bus_flush_close_unref(b->bus);
    free(b);
}

int ut_bluez_powered(const struct ut_bluez *b)
{
    return b->known.powered;
}

/* What needs the radio turns it on; looking does not. */
static int power_on(struct ut_bluez *b, struct ut_fault *fault)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = 0;
    if (!b->known.powered &&
        sd_bus_set_property(b->bus, BLUEZ, b->known.adapter, "org.bluez.Adapter1", "Powered", &error, "b", 1) < 0)
        r = ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                         "Bluetooth: the adapter is off and cannot be turned on (%s); see `rfkill list`",
                         error.message != NULL ? error.message : "no reason given");
    sd_bus_error_free(&error);
    return r;
}

/* Discovery of LE devices with the service; the filter is a wish that older daemons may refuse. */
static int start_discovery(struct ut_bluez *b, struct ut_fault *fault)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    if (power_on(b, fault) != 0)
        return -1;
    (void)sd_bus_call_method(b->bus, BLUEZ, b->known.adapter, "org.bluez.Adapter1", "SetDiscoveryFilter", NULL, NULL,
                             "a{sv}", 2, "Transport", "s", "le", "UUIDs", "as", 1, UT_BLE_SERVICE);
    int r = call(b, b->known.adapter, "org.bluez.Adapter1", "StartDiscovery", &error);
    if (r < 0 && !sd_bus_error_has_name(&error, "org.bluez.Error.InProgress"))
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                           "Bluetooth: cannot listen for headsets (%s); see `bluetoothctl show`",
                           error.message != NULL ? error.message : strerror(-r));
    else
        r = 0;
    sd_bus_error_free(&error);
    return r < 0 ? -1 : 0;
}

static void stop_discovery(struct ut_bluez *b)
{
    if (b->known.adapter[0] != '\0')
        (void)call(b, b->known.adapter, "org.bluez.Adapter1", "StopDiscovery", NULL);
}

int ut_bluez_list(struct ut_bluez *b, int ms, struct ut_bluez_device d[UT_BLUEZ_DEVICES], struct ut_fault *fault)
{
    if (ms > 0) {
        if (start_discovery(b, fault) != 0)
            return -1;
        work(b, ms);
    }
    int r = look(b, fault);
    if (ms > 0)
        stop_discovery(b);
    if (r != 0)
        return -1;
    memcpy(d, b->known.device, (size_t)b->known.devices * sizeof *d);
    return b->known.devices;
}

/* Which of the known ones is meant: its index, -1 none, -2 several. */
static int choose(const struct known *k, const char *who)
{
    int found = -1, paired = -1, several_paired = 0;
    for (int i = 0; i < k->devices; i++) {
        const struct ut_bluez_device *d = &k->device[i];
        if (who != NULL && strcasecmp(who, d->address) != 0 && strcmp(who, d->name) != 0)
            continue;
        found = found == -1 ? i : -2;
        if (d->paired) {
            several_paired = paired >= 0;
            paired = i;
        }
    }
    return paired >= 0 && !several_paired ? paired : found;
}

int ut_bluez_find(struct ut_bluez *b, const char *who, int ms, struct ut_bluez_device *d, struct ut_fault *fault)
{
    int discovering = 0, i = -1, r;
    for (int64_t begin = ut_clock_ms(); (r = look(b, fault)) == 0;) {
        int64_t listened_ms = ut_clock_ms() - begin;
        i = choose(&b->known, who);
        /* without a name, a stranger's headset may be the first that is heard */
        int sure = i >= 0 && (who != NULL || b->known.device[i].paired || listened_ms >= SETTLE_MS);
        if (sure || listened_ms >= ms || stopped(b))
            break;
        if (!discovering) {
            discovering = 1;
            if ((r = start_discovery(b, fault)) != 0)
                break;
        }
        work(b, 2 * SLICE_MS);
    }
    if (discovering)
        stop_discovery(b);
    if (r == 0 && i >= 0) {
        *d = b->known.device[i];
        return 0;
    }
    if (stopped(b)) /* also what a signal cut short */
        return interrupted(fault);
    if (r != 0)
        return -1;
    if (i == -2)
        return ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                            "%s: several headsets within reach; give an address (see `undertone devices --ble`)",
                            who != NULL ? who : "Bluetooth");
    return ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                        "%s: no such headset within reach; switch it on, come nearer, see `undertone devices --ble`",
                        who != NULL ? who : "Bluetooth");
}

static const struct ut_bluez_device *device_at(const struct known *k, const char *path)
{
    for (int i = 0; i < k->devices; i++)
        if (strcmp(k->device[i].path, path) == 0)
            return &k->device[i];
    return NULL;
}

/* The answer to a call that was sent without waiting. */
struct answer {
    int come, failed;
    char name[96], text[200];
};

static int on_answer(sd_bus_message *m, void *ctx, sd_bus_error *unused)
{
    (void)unused;
    struct answer *a = ctx;
    const sd_bus_error *e = sd_bus_message_get_error(m);
    a->come = 1;
    a->failed = e != NULL;
    if (e != NULL) {
        (void)snprintf(a->name, sizeof a->name, "%s", e->name != NULL ? e->name : "");
        (void)snprintf(a->text, sizeof a->text, "%s", e->message != NULL ? e->message : "");
    }
    return 1;
}

/* A method of a device that may take long; agents are served meanwhile. 0 = answered within ms. */
static int call_and_serve(struct ut_bluez *b, const char *path, const char *method, int ms, struct answer *a)
{
    sd_bus_slot *slot = NULL;
    memset(a, 0, sizeof *a);
    sd_bus_message *m = NULL;
    int r = sd_bus_message_new_method_call(b->bus, &m, BLUEZ, path, "org.bluez.Device1", method);
    if (r >= 0)
        r = sd_bus_call_async(b->bus, &slot, m, on_answer, a, (uint64_t)ms * 1000);
    sd_bus_message_unref(m);
    if (r < 0) {
        (void)snprintf(a->text, sizeof a->text, "%s", strerror(-r));
        return -1;
    }
    for (int64_t until = ut_clock_ms() + ms; !a->come && ut_clock_ms() < until && !stopped(b);) {
        if ((r = sd_bus_process(b->bus, NULL)) < 0)
            break;
        if (r == 0)
            (void)sd_bus_wait(b->bus, (uint64_t)SLICE_MS * 1000);
    }
    sd_bus_slot_unref(slot);
    if (!a->come)
        (void)snprintf(a->text, sizeof a->text, "no answer within %d s", ms / 1000);
    return a->come ? 0 : -1;
}

int ut_bluez_connect(struct ut_bluez *b, const struct ut_bluez_device *d, int ms, struct ut_fault *fault)
{
    int64_t until = ut_clock_ms() + ms;
    struct answer a;
    if (power_on(b, fault) != 0)
        return -1;
    int r = call_and_serve(b, d->path, "Connect", ms, &a);
    if (stopped(b))
        return interrupted(fault);
    if ((r != 0 || a.failed) && strcmp(a.name, "org.bluez.Error.AlreadyConnected") != 0)
        return ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: cannot connect (%s); is the headset on and near?",
                            d->address, a.text);
    for (;;) {
        if (look(b, fault) != 0)
            return -1;
        const struct ut_bluez_device *now = device_at(&b->known, d->path);
        if (now != NULL && now->connected && now->resolved)
            return 0;
        if (ut_clock_ms() >= until || stopped(b))
            break;
        work(b, SLICE_MS);
    }
    return stopped(b) ? interrupted(fault)
                      : ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                                     "%s: connected, but its services were not found; switch the headset off and on",
                                     d->address);
}

/* The device's characteristic of this UUID; "" = none. */
static const char *characteristic(const struct known *k, const struct ut_bluez_device *d, const char *uuid)
{
    size_t n = strlen(d->path);
    for (int i = 0; i < k->characteristics; i++) {
        const struct characteristic *c = &k->characteristic[i];
        if (strncmp(c->path, d->path, n) == 0 && c->path[n] == '/' && strcasecmp(c->uuid, uuid) == 0)
            return c->path;
    }
    return "";
}

int ut_bluez_notify(struct ut_bluez *b, const struct ut_bluez_device *d, const char *uuid, int *fd, int *mtu,
                    struct ut_fault *fault)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    uint16_t size = 0;
    int theirs = -1;
    if (look(b, fault) != 0)
        return -1;
    const char *path = characteristic(&b->known, d, uuid);
    if (path[0] == '\0')
        return ut_fault_set(fault, UT_EXIT_PROTOCOL,
                            "%s: offers no scores and settings as this program knows them; update one of the two",
                            d->address);
    int r = sd_bus_call_method(b->bus, BLUEZ, path, "org.bluez.GattCharacteristic1", "AcquireNotify", &error, &reply,
                               "a{sv}", 0);
    if (r >= 0)
        r = sd_bus_message_read(reply, "hq", &theirs, &size);
    if (r >= 0 && (*fd = fcntl(theirs, F_DUPFD_CLOEXEC, 3)) < 0) /* the message closes its own */
        r = -errno;
    *mtu = size;
    if (r < 0) {
        const char *why = error.message != NULL ? error.message : strerror(-r);
        if (sd_bus_error_has_name(&error, "org.bluez.Error.NotAuthorized") ||
            sd_bus_error_has_name(&error, "org.bluez.Error.NotPermitted") || !d->paired)
            (void)ut_fault_set(fault, UT_EXIT_POLICY,
                               "%s: the headset serves paired hosts only (%s); run `undertone "
                               "pair %s`",
                               d->address, why, d->address);
        else
            (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                               "%s: its notifications cannot be had (%s); close other programs that use "
                               "it",
                               d->address, why);
    }
    sd_bus_error_free(&error);
    sd_bus_message_unref(reply);
    return r < 0 ? -1 : 0;
}

int ut_bluez_write(struct ut_bluez *b, const struct ut_bluez_device *d, const char *uuid, const uint8_t *data,
                   size_t len)
{
    sd_bus_message *m = NULL;
    const char *path = characteristic(&b->known, d, uuid);
    int r = path[0] == '\0' ? -ENOENT
                            : sd_bus_message_new_method_call(b->bus, &m, BLUEZ, path, "org.bluez.GattCharacteristic1",
                                                             "WriteValue");
    if (r >= 0)
        r = sd_bus_message_append_array(m, 'y', data, len);
    if (r >= 0)
        r = sd_bus_message_append(m, "a{sv}", 1, "type", "s", "request");
    if (r >= 0)
        r = sd_bus_call(b->bus, m, (uint64_t)CALL_MS * 1000, NULL, NULL);
    sd_bus_message_unref(m);
    return r < 0 ? -1 : 0;
}

int ut_bluez_rssi_dbm(struct ut_bluez *b, const struct ut_bluez_device *d)
{
    enum { RSSI = 19 }; /* its place in the value: SPEC.md "Bluetooth" */
    sd_bus_message *reply = NULL;
    const void *value;
    size_t size;
    int rssi_dbm = UT_BLUEZ_NO_RSSI;
    const char *path = characteristic(&b->known, d, UT_BLE_VERSIONS);
    if (path[0] != '\0' &&
        sd_bus_call_method(b->bus, BLUEZ, path, "org.bluez.GattCharacteristic1", "ReadValue", NULL, &reply, "a{sv}",
                           0) >= 0 &&
        sd_bus_message_read_array(reply, 'y', &value, &size) >= 0 && size > RSSI)
        rssi_dbm = ((const int8_t *)value)[RSSI];
    sd_bus_message_unref(reply);
    return rssi_dbm;
}

/* The agent: BlueZ asks, a person answers. */
static int rejected(sd_bus_message *m)
{
    return sd_bus_reply_method_errorf(m, "org.bluez.Error.Rejected", "refused by the user");
}

static int on_confirm(sd_bus_message *m, void *ctx, sd_bus_error *error)
{
    (void)error;
    const struct ut_bluez *b = ctx;
    const char *path;
    uint32_t code;
    int r = sd_bus_message_read(m, "ou", &path, &code);
    if (r < 0)
        return r;
    return b->person->confirm(b->person->ctx, code) ? sd_bus_reply_method_return(m, "") : rejected(m);
}

static int on_passkey(sd_bus_message *m, void *ctx, sd_bus_error *error)
{
    (void)error;
    const struct ut_bluez *b = ctx;
    long key = b->person->passkey(b->person->ctx);
    return key >= 0 && key <= 999999 ? sd_bus_reply_method_return(m, "u", (uint32_t)key) : rejected(m);
}

static int on_show(sd_bus_message *m, void *ctx, sd_bus_error *error)
{
    (void)error;
    const struct ut_bluez *b = ctx;
    const char *path;
    uint32_t code;
    uint16_t typed;
    int r = sd_bus_message_read(m, "ouq", &path, &code, &typed);
    if (r < 0)
        return r;
    b->person->show(b->person->ctx, code);
    return sd_bus_reply_method_return(m, "");
}

static int on_blind(sd_bus_message *m, void *ctx, sd_bus_error *error)
{
    (void)error;
    const struct ut_bluez *b = ctx;
    return b->person->blind(b->person->ctx) ? sd_bus_reply_method_return(m, "") : rejected(m);
}

static int on_end(sd_bus_message *m, void *ctx, sd_bus_error *error)
{
    (void)ctx;
    (void)error;
    return sd_bus_reply_method_return(m, "");
}

static const sd_bus_vtable agent[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("RequestConfirmation", "ou", "", on_confirm, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("RequestPasskey", "o", "u", on_passkey, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("DisplayPasskey", "ouq", "", on_show, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("RequestAuthorization", "o", "", on_blind, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Cancel", "", "", on_end, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Release", "", "", on_end, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

static int pair_with_agent(struct ut_bluez *b, const struct ut_bluez_device *d, int ms, struct ut_fault *fault)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    struct answer a;
    int r = sd_bus_call_method(b->bus, BLUEZ, "/org/bluez", "org.bluez.AgentManager1", "RegisterAgent", &error, NULL,
                               "os", AGENT_PATH, "KeyboardDisplay");
    if (r < 0) {
        (void)ut_fault_set(fault, UT_EXIT_FAILURE,
                           "Bluetooth: BlueZ takes no pairing agent (%s); end other pairing programs",
                           error.message != NULL ? error.message : strerror(-r));
        sd_bus_error_free(&error);
        return -1;
    }
    r = call_and_serve(b, d->path, "Pair", ms, &a);
    (void)sd_bus_call_method(b->bus, BLUEZ, "/org/bluez", "org.bluez.AgentManager1", "UnregisterAgent", NULL, NULL, "o",
                             AGENT_PATH);
    if (r != 0 && !a.come)
        (void)call(b, d->path, "org.bluez.Device1", "CancelPairing", NULL);
    if ((r != 0 || a.failed) && strcmp(a.name, "org.bluez.Error.AlreadyExists") != 0)
        return stopped(b) ? interrupted(fault)
                          : ut_fault_set(fault, UT_EXIT_POLICY, "%s: not paired (%s); compare the codes and try again",
                                         d->address, a.text);
    return 0;
}

int ut_bluez_pair(struct ut_bluez *b, const struct ut_bluez_device *d, const struct ut_bluez_person *person, int ms,
                  struct ut_fault *fault)
{
    sd_bus_slot *slot = NULL;
    if (power_on(b, fault) != 0)
        return -1;
    b->person = person;
    int r = sd_bus_add_object_vtable(b->bus, &slot, AGENT_PATH, "org.bluez.Agent1", agent, b);
    if (r < 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "Bluetooth: no pairing agent (%s)", strerror(-r));
    r = pair_with_agent(b, d, ms, fault);
    sd_bus_slot_unref(slot);
    b->person = NULL;
    if (r == 0) /* a bonded headset may reconnect by itself */
        (void)sd_bus_set_property(b->bus, BLUEZ, d->path, "org.bluez.Device1", "Trusted", NULL, "b", 1);
    return r;
}
