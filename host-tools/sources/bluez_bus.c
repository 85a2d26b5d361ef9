/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/bluez_bus.h"

#include "host-tools/system/clock.h"
#include "host-tools/system/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

enum { CALL_MS = 5000 };

#define CHARACTERISTIC "org.bluez.GattCharacteristic1"

/* One object's properties while it is being read. */
struct object {
    char path[UT_BLUEZ_PATH];
    int is_adapter, is_device, is_characteristic, has_service, powered;
    struct ut_bluez_device device;
    char uuid[40];
};

/* Readers of one value each: < 0 on a message of another form. */
static int read_text(sd_bus_message *m, char *to, size_t size)
{
    const char *text;
    int r = sd_bus_message_read(m, "v", "s", &text);
    if (r >= 0)
        (void)snprintf(to, size, "%s", text);
    ut_utf8_clean(to); /* strangers give names; cut to its room, the end may be half a character */
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
    if (strcmp(interface, UT_BLUEZ_ADAPTER) == 0) {
        if (strcmp(name, "Powered") == 0)
            return read_flag(m, &o->powered);
    } else if (strcmp(interface, UT_BLUEZ_DEVICE) == 0) {
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
    } else if (strcmp(interface, CHARACTERISTIC) == 0) {
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
    o->is_adapter |= strcmp(interface, UT_BLUEZ_ADAPTER) == 0;
    o->is_device |= strcmp(interface, UT_BLUEZ_DEVICE) == 0;
    o->is_characteristic |= strcmp(interface, CHARACTERISTIC) == 0;
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
static void keep(struct ut_bluez_known *k, const struct object *o)
{
    if (strlen(o->path) + 1 >= sizeof o->path)
        return; /* may be cut short: not an object to talk to */
    if (o->is_adapter && (k->adapter[0] == '\0' || (o->powered && !k->powered))) {
        (void)snprintf(k->adapter, sizeof k->adapter, "%s", o->path);
        k->powered = o->powered;
    }
    if (o->is_device && o->has_service && k->devices < UT_BLUEZ_DEVICES)
        k->device[k->devices++] = o->device;
    if (o->is_characteristic && k->characteristics < UT_BLUEZ_CHARACTERISTICS) {
        struct ut_bluez_characteristic *c = &k->characteristic[k->characteristics++];
        (void)snprintf(c->path, sizeof c->path, "%s", o->path);
        (void)snprintf(c->uuid, sizeof c->uuid, "%s", o->uuid);
    }
}

int ut_bluez_bus_objects(sd_bus_message *m, struct ut_bluez_known *k)
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

/* A reply's error, or -errno of this end. */
static void keep_error(const sd_bus_error *e, int r, struct ut_bluez_error *to)
{
    if (to == NULL)
        return;
    (void)snprintf(to->name, sizeof to->name, "%s", e->name != NULL ? e->name : "");
    (void)snprintf(to->text, sizeof to->text, "%s", e->message != NULL ? e->message : strerror(-r));
    ut_utf8_clean(to->text);
}

int ut_bluez_bus_open(struct ut_bluez *b, struct ut_fault *fault)
{
    int r = sd_bus_open_system(&b->bus);
    if (r < 0)
        return ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                            "Bluetooth: no D-Bus system bus here (%s); start dbus and bluetoothd, or use the cable: "
                            "--port",
                            strerror(-r));
    (void)sd_bus_set_method_call_timeout(b->bus, (uint64_t)CALL_MS * 1000);
    return 0;
}

void ut_bluez_bus_close(struct ut_bluez *b)
{
    sd_bus_flush_close_unref(b->bus);
    b->bus = NULL;
}

int ut_bluez_bus_stopped(const struct ut_bluez *b)
{
    return b->stop != NULL && atomic_load(b->stop) != 0;
}

int ut_bluez_bus_interrupted(struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_FAILURE, "Bluetooth: stopped");
}

int ut_bluez_bus_look(struct ut_bluez *b, struct ut_fault *fault)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    memset(&b->known, 0, sizeof b->known);
    int r = sd_bus_call_method(b->bus, UT_BLUEZ_BUS, "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects",
                               &error, &reply, "");
    if (r >= 0)
        r = ut_bluez_bus_objects(reply, &b->known);
    if (r < 0)
        (void)unreachable(&error, r, fault);
    sd_bus_error_free(&error);
    sd_bus_message_unref(reply);
    return r < 0 ? -1 : 0;
}

int ut_bluez_bus_power_on(struct ut_bluez *b, struct ut_fault *fault)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = 0;
    if (!b->known.powered &&
        sd_bus_set_property(b->bus, UT_BLUEZ_BUS, b->known.adapter, UT_BLUEZ_ADAPTER, "Powered", &error, "b", 1) < 0)
        r = ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                         "Bluetooth: the adapter is off and cannot be turned on (%s); see `rfkill list`",
                         error.message != NULL ? error.message : "no reason given");
    sd_bus_error_free(&error);
    return r;
}

void ut_bluez_bus_work(struct ut_bluez *b, int ms)
{
    for (int64_t until = ut_clock_ms() + ms, left; (left = until - ut_clock_ms()) > 0 && !ut_bluez_bus_stopped(b);) {
        int r = sd_bus_process(b->bus, NULL);
        if (r < 0) {
            (void)usleep(UT_BLUEZ_SLICE_MS * 1000); /* the bus has gone; the next call says so */
            continue;
        }
        if (r == 0)
            (void)sd_bus_wait(b->bus, (uint64_t)(left < UT_BLUEZ_SLICE_MS ? left : UT_BLUEZ_SLICE_MS) * 1000);
    }
}

int ut_bluez_bus_call(struct ut_bluez *b, const char *path, const char *interface, const char *method,
                      struct ut_bluez_error *why)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = sd_bus_call_method(b->bus, UT_BLUEZ_BUS, path, interface, method, &error, NULL, "");
    if (r < 0)
        keep_error(&error, r, why);
    sd_bus_error_free(&error);
    return r < 0 ? -1 : 0;
}

/* The answer to a call that was sent without waiting. */
struct answer {
    int come, failed;
    struct ut_bluez_error *error;
};

static int on_answer(sd_bus_message *m, void *ctx, sd_bus_error *unused)
{
    (void)unused;
    struct answer *a = ctx;
    const sd_bus_error *e = sd_bus_message_get_error(m);
    a->come = 1;
    a->failed = e != NULL;
    if (e != NULL)
        keep_error(e, 0, a->error);
    return 1;
}

int ut_bluez_bus_call_long(struct ut_bluez *b, const char *path, const char *method, int ms, struct ut_bluez_error *why)
{
    struct answer a = {.error = why};
    sd_bus_slot *slot = NULL;
    sd_bus_message *m = NULL;
    memset(why, 0, sizeof *why);
    int r = sd_bus_message_new_method_call(b->bus, &m, UT_BLUEZ_BUS, path, UT_BLUEZ_DEVICE, method);
    if (r >= 0)
        r = sd_bus_call_async(b->bus, &slot, m, on_answer, &a, (uint64_t)ms * 1000);
    sd_bus_message_unref(m);
    if (r < 0) {
        (void)snprintf(why->text, sizeof why->text, "%s", strerror(-r));
        return -2;
    }
    for (int64_t until = ut_clock_ms() + ms; !a.come && ut_clock_ms() < until && !ut_bluez_bus_stopped(b);) {
        if ((r = sd_bus_process(b->bus, NULL)) < 0)
            break;
        if (r == 0)
            (void)sd_bus_wait(b->bus, (uint64_t)UT_BLUEZ_SLICE_MS * 1000);
    }
    sd_bus_slot_unref(slot);
    if (a.come)
        return a.failed ? -1 : 0;
    (void)snprintf(why->text, sizeof why->text, "no answer within %d s", ms / 1000);
    return -2;
}

void ut_bluez_bus_filter(struct ut_bluez *b)
{
    (void)sd_bus_call_method(b->bus, UT_BLUEZ_BUS, b->known.adapter, UT_BLUEZ_ADAPTER, "SetDiscoveryFilter", NULL, NULL,
                             "a{sv}", 2, "Transport", "s", "le", "UUIDs", "as", 1, UT_BLE_SERVICE);
}

int ut_bluez_bus_notify(struct ut_bluez *b, const char *path, int *fd, int *mtu, struct ut_bluez_error *why)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    uint16_t size = 0;
    int theirs = -1;
    int r = sd_bus_call_method(b->bus, UT_BLUEZ_BUS, path, CHARACTERISTIC, "AcquireNotify", &error, &reply, "a{sv}", 0);
    if (r >= 0)
        r = sd_bus_message_read(reply, "hq", &theirs, &size);
    if (r >= 0 && (*fd = fcntl(theirs, F_DUPFD_CLOEXEC, 3)) < 0) /* the message closes its own */
        r = -errno;
    *mtu = size;
    if (r < 0)
        keep_error(&error, r, why);
    sd_bus_error_free(&error);
    sd_bus_message_unref(reply);
    return r < 0 ? -1 : 0;
}

int ut_bluez_bus_write(struct ut_bluez *b, const char *path, const char *type, const uint8_t *data, size_t len)
{
    sd_bus_message *m = NULL;
    int r = sd_bus_message_new_method_call(b->bus, &m, UT_BLUEZ_BUS, path, CHARACTERISTIC, "WriteValue");
    if (r >= 0)
        r = sd_bus_message_append_array(m, 'y', data, len);
    if (r >= 0)
        r = sd_bus_message_append(m, "a{sv}", 1, "type", "s", type);
    if (r >= 0)
        r = sd_bus_call(b->bus, m, (uint64_t)CALL_MS * 1000, NULL, NULL);
    sd_bus_message_unref(m);
    return r < 0 ? -1 : 0;
}

int ut_bluez_bus_read(struct ut_bluez *b, const char *path, uint8_t *data, size_t room)
{
    sd_bus_message *reply = NULL;
    const void *value = NULL;
    size_t size = 0;
    int r = sd_bus_call_method(b->bus, UT_BLUEZ_BUS, path, CHARACTERISTIC, "ReadValue", NULL, &reply, "a{sv}", 0);
    if (r >= 0)
        r = sd_bus_message_read_array(reply, 'y', &value, &size);
    if (r >= 0 && size > 0)
        memcpy(data, value, size < room ? size : room);
    sd_bus_message_unref(reply);
    return r < 0 ? -1 : (int)size;
}
