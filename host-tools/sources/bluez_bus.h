/* SPDX-License-Identifier: Apache-2.0 */
/* BlueZ over D-Bus (org.bluez, by sd-bus): the connection, what BlueZ knows, and each of its methods that is
 * used, but for those of pairing (bluez_pair.c).
 *
 * in    the system bus; paths of objects, as ut_bluez_bus_look finds them
 * out   adapter, headsets and characteristics; answers of methods; a file descriptor of notifications
 * errors a method that fails returns -1 and says why in struct ut_bluez_error; no bus and no daemon are faults
 * For bluez.c and bluez_pair.c alone; everyone else reads bluez.h. Each call ends within 5 s or the time it is given,
 * ut_bluez_bus_work and ut_bluez_bus_call_long also as soon as *stop is not zero.
 * Interfaces: doc/adapter-api, device-api and gatt-api of BlueZ 5.66.
 */
#ifndef UT_HOST_BLUEZ_BUS_H
#define UT_HOST_BLUEZ_BUS_H

#include "host-tools/sources/bluez_device.h"
#include "host-tools/system/fault.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { UT_BLUEZ_CHARACTERISTICS = 128, UT_BLUEZ_SLICE_MS = 100 /* how often *stop is looked at */ };

#define UT_BLUEZ_BUS "org.bluez"
#define UT_BLUEZ_ADAPTER "org.bluez.Adapter1"
#define UT_BLUEZ_DEVICE "org.bluez.Device1"

/* What BlueZ knows, as of the last look. */
struct ut_bluez_known {
    char adapter[UT_BLUEZ_PATH]; /* the first one that is on, else the first; "" = none */
    int powered;
    struct ut_bluez_device device[UT_BLUEZ_DEVICES]; /* those with the service */
    int devices;
    struct ut_bluez_characteristic {
        char path[UT_BLUEZ_PATH], uuid[40];
    } characteristic[UT_BLUEZ_CHARACTERISTICS];
    int characteristics;
};

struct sd_bus;
struct sd_bus_message;

struct ut_bluez {
    struct sd_bus *bus;
    const atomic_int *stop; /* may be NULL */
    struct ut_bluez_known known;
};

/* Why a method failed. */
struct ut_bluez_error {
    char name[96]; /* of D-Bus: "org.bluez.Error.InProgress"; "" = none */
    char text[200];
};

/* Fills b->bus. 0, or -1 and *fault. */
int ut_bluez_bus_open(struct ut_bluez *b, struct ut_fault *fault);
void ut_bluez_bus_close(struct ut_bluez *b);

int ut_bluez_bus_stopped(const struct ut_bluez *b);

/* -1 and the fault of an operation that *stop ended. */
int ut_bluez_bus_interrupted(struct ut_fault *fault);

/* Asks for all objects and fills b->known. 0, or -1 and *fault. */
int ut_bluez_bus_look(struct ut_bluez *b, struct ut_fault *fault);

/* Adds what the reply to GetManagedObjects says of headsets, texts cleaned; < 0 where it has another form, and *k is
 * what stood before that. */
int ut_bluez_bus_objects(struct sd_bus_message *reply, struct ut_bluez_known *k);

/* Turns the adapter on when it is off. 0, or -1 and *fault. */
int ut_bluez_bus_power_on(struct ut_bluez *b, struct ut_fault *fault);

/* Lets the bus work for ms. */
void ut_bluez_bus_work(struct ut_bluez *b, int ms);

/* A method without arguments, whose answer is only yes or no; error may be NULL. */
int ut_bluez_bus_call(struct ut_bluez *b, const char *path, const char *interface, const char *method,
                      struct ut_bluez_error *error);

/* The same of a device, for a method that may take up to ms; agents are served meanwhile. 0; -1 refused; -2 no answer
 * within ms, or stopped. */
int ut_bluez_bus_call_long(struct ut_bluez *b, const char *path, const char *method, int ms,
                           struct ut_bluez_error *error);

/* Discovery from now on is of LE devices with the service: a wish, which older daemons refuse. */
void ut_bluez_bus_filter(struct ut_bluez *b);

/* Takes a characteristic's notifications: *fd is the caller's, *mtu the link's. 0 or -1. */
int ut_bluez_bus_notify(struct ut_bluez *b, const char *path, int *fd, int *mtu, struct ut_bluez_error *error);

/* Writes a characteristic's value: "request" waits until the headset took it, "command" until it is on its way. 0 or
 * -1. */
int ut_bluez_bus_write(struct ut_bluez *b, const char *path, const char *type, const uint8_t *data, size_t len);

/* Reads a characteristic's value: its length, of which at most `room` bytes are kept, or -1. */
int ut_bluez_bus_read(struct ut_bluez *b, const char *path, uint8_t *data, size_t room);

#endif
