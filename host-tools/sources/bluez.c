/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/bluez.h"

#include "host-tools/sources/bluez_bus.h"
#include "host-tools/system/clock.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SETTLE_MS = 2000 };

int ut_bluez_open(struct ut_bluez **b, const atomic_int *stop, struct ut_fault *fault)
{
    *b = calloc(1, sizeof **b);
    if (*b == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "out of memory; close other programs");
    (*b)->stop = stop;
    int r = ut_bluez_bus_open(*b, fault);
    if (r == 0 && (r = ut_bluez_bus_look(*b, fault)) == 0 && (*b)->known.adapter[0] == '\0')
        r = ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                         "Bluetooth: no adapter on this machine; plug one in, or use the cable: --port");
    if (r != 0) {
        if (ut_bluez_bus_stopped(*b))
            (void)ut_bluez_bus_interrupted(fault);
        ut_bluez_close(*b);
        *b = NULL;
    }
    return r;
}

void ut_bluez_close(struct ut_bluez *b)
{
    if (b == NULL)
        return;
    ut_bluez_bus_close(b);
    free(b);
}

int ut_bluez_powered(const struct ut_bluez *b)
{
    return b->known.powered;
}

static int start_discovery(struct ut_bluez *b, struct ut_fault *fault)
{
    struct ut_bluez_error error;
    if (ut_bluez_bus_power_on(b, fault) != 0)
        return -1;
    ut_bluez_bus_filter(b);
    if (ut_bluez_bus_call(b, b->known.adapter, UT_BLUEZ_ADAPTER, "StartDiscovery", &error) == 0 ||
        strcmp(error.name, "org.bluez.Error.InProgress") == 0)
        return 0;
    return ut_fault_set(fault, UT_EXIT_NO_DEVICE, "Bluetooth: cannot listen for headsets (%s); see `bluetoothctl show`",
                        error.text);
}

static void stop_discovery(struct ut_bluez *b)
{
    if (b->known.adapter[0] != '\0')
        (void)ut_bluez_bus_call(b, b->known.adapter, UT_BLUEZ_ADAPTER, "StopDiscovery", NULL);
}

int ut_bluez_list(struct ut_bluez *b, int ms, struct ut_bluez_device d[UT_BLUEZ_DEVICES], struct ut_fault *fault)
{
    if (ms > 0) {
        if (start_discovery(b, fault) != 0)
            return -1;
        ut_bluez_bus_work(b, ms);
    }
    int r = ut_bluez_bus_look(b, fault);
    if (ms > 0)
        stop_discovery(b);
    if (r != 0)
        return -1;
    memcpy(d, b->known.device, (size_t)b->known.devices * sizeof *d);
    return b->known.devices;
}

/* Which of the known ones is meant: its index, -1 none, -2 several. */
static int choose(const struct ut_bluez_known *k, const char *who)
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
    for (int64_t begin = ut_clock_ms(); (r = ut_bluez_bus_look(b, fault)) == 0;) {
        int64_t listened_ms = ut_clock_ms() - begin;
        i = choose(&b->known, who);
        /* without a name, a stranger's headset may be the first that is heard */
        int sure = i >= 0 && (who != NULL || b->known.device[i].paired || listened_ms >= SETTLE_MS);
        if (sure || listened_ms >= ms || ut_bluez_bus_stopped(b))
            break;
        if (!discovering) {
            discovering = 1;
            if ((r = start_discovery(b, fault)) != 0)
                break;
        }
        ut_bluez_bus_work(b, 2 * UT_BLUEZ_SLICE_MS);
    }
    if (discovering)
        stop_discovery(b);
    if (r == 0 && i >= 0) {
        *d = b->known.device[i];
        return 0;
    }
    if (ut_bluez_bus_stopped(b)) /* also what a signal cut short */
        return ut_bluez_bus_interrupted(fault);
    if (r != 0)
        return -1;
    if (i == -2)
        return ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                            "%s: several headsets within reach; give an address (see `undertone devices --ble`)",
                            who != NULL ? who : "Bluetooth");
    return ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                        "%s: no such headset within reach; switch it on, come nearer, and to pair it hold its button "
                        "for 3 s (`undertone devices --ble`)",
                        who != NULL ? who : "Bluetooth");
}

static const struct ut_bluez_device *device_at(const struct ut_bluez_known *k, const char *path)
{
    for (int i = 0; i < k->devices; i++)
        if (strcmp(k->device[i].path, path) == 0)
            return &k->device[i];
    return NULL;
}

int ut_bluez_connect(struct ut_bluez *b, const struct ut_bluez_device *d, int ms, struct ut_fault *fault)
{
    int64_t until = ut_clock_ms() + ms;
    struct ut_bluez_error error;
    if (ut_bluez_bus_power_on(b, fault) != 0)
        return -1;
    int r = ut_bluez_bus_call_long(b, d->path, "Connect", ms, &error);
    if (ut_bluez_bus_stopped(b))
        return ut_bluez_bus_interrupted(fault);
    if (r != 0 && strcmp(error.name, "org.bluez.Error.AlreadyConnected") != 0)
        return ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: cannot connect (%s); is the headset on and near?",
                            d->address, error.text);
    for (;;) {
        if (ut_bluez_bus_look(b, fault) != 0)
            return -1;
        const struct ut_bluez_device *now = device_at(&b->known, d->path);
        if (now != NULL && now->connected && now->resolved)
            return 0;
        if (ut_clock_ms() >= until || ut_bluez_bus_stopped(b))
            break;
        ut_bluez_bus_work(b, UT_BLUEZ_SLICE_MS);
    }
    return ut_bluez_bus_stopped(b)
               ? ut_bluez_bus_interrupted(fault)
               : ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                              "%s: connected, but its services were not found; switch the headset off and on",
                              d->address);
}

/* The device's characteristic of this UUID; "" = none. */
static const char *characteristic(const struct ut_bluez_known *k, const struct ut_bluez_device *d, const char *uuid)
{
    size_t n = strlen(d->path);
    for (int i = 0; i < k->characteristics; i++) {
        const struct ut_bluez_characteristic *c = &k->characteristic[i];
        if (strncmp(c->path, d->path, n) == 0 && c->path[n] == '/' && strcasecmp(c->uuid, uuid) == 0)
            return c->path;
    }
    return "";
}

int ut_bluez_notify(struct ut_bluez *b, const struct ut_bluez_device *d, const char *uuid, int *fd, int *mtu,
                    struct ut_fault *fault)
{
    struct ut_bluez_error error;
    if (ut_bluez_bus_look(b, fault) != 0)
        return -1;
    const char *path = characteristic(&b->known, d, uuid);
    if (path[0] == '\0')
        return ut_fault_set(fault, UT_EXIT_PROTOCOL,
                            "%s: offers no scores and settings as this program knows them; update one of the two",
                            d->address);
    if (ut_bluez_bus_notify(b, path, fd, mtu, &error) == 0)
        return 0;
    if (strcmp(error.name, "org.bluez.Error.NotAuthorized") == 0 ||
        strcmp(error.name, "org.bluez.Error.NotPermitted") == 0 || !d->paired)
        return ut_fault_set(fault, UT_EXIT_POLICY,
                            "%s: the headset serves paired hosts only (%s); run `undertone pair %s`", d->address,
                            error.text, d->address);
    return ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                        "%s: its notifications cannot be had (%s); close other programs that use it", d->address,
                        error.text);
}

int ut_bluez_write(struct ut_bluez *b, const struct ut_bluez_device *d, const char *uuid, const uint8_t *data,
                   size_t len)
{
    const char *path = characteristic(&b->known, d, uuid);
    return path[0] == '\0' ? -1 : ut_bluez_bus_write(b, path, "request", data, len);
}

int ut_bluez_command(struct ut_bluez *b, const struct ut_bluez_device *d, const char *uuid, const uint8_t *data,
                     size_t len)
{
    const char *path = characteristic(&b->known, d, uuid);
    return path[0] == '\0' ? -1 : ut_bluez_bus_write(b, path, "command", data, len);
}

int ut_bluez_rssi_dbm(struct ut_bluez *b, const struct ut_bluez_device *d)
{
    enum { RSSI = 19 }; /* its place in the value: SPEC.md "Bluetooth" */
    uint8_t value[RSSI + 1];
    const char *path = characteristic(&b->known, d, UT_BLE_VERSIONS);
    if (path[0] == '\0' || ut_bluez_bus_read(b, path, value, sizeof value) <= RSSI)
        return UT_BLUEZ_NO_RSSI;
    return (int8_t)value[RSSI];
}
