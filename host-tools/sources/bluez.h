/* SPDX-License-Identifier: Apache-2.0 */
/* Headsets by Bluetooth Low Energy, through BlueZ (bluez_bus.h); pairing: bluez_pair.h.
 *
 * in    the system bus, an adapter
 * out   the headsets within reach; a file descriptor on which each read is one notification of the stream
 * errors host-tools/system/fault.h: one line each for no bus, no bluetoothd, no adapter, not found, not paired, refused
 * Each call waits, but never longer than its time limit; `stop` (may be NULL) ends it early when it becomes nonzero.
 * One thread per struct.
 */
#ifndef UT_HOST_BLUEZ_H
#define UT_HOST_BLUEZ_H

#include "host-tools/sources/bluez_device.h"
#include "host-tools/system/fault.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct ut_bluez;

/* 0 and *b, or -1 and *fault. An adapter that is off stays so until something needs its radio: listening, connecting,
 * pairing. */
int ut_bluez_open(struct ut_bluez **b, const atomic_int *stop, struct ut_fault *fault);
void ut_bluez_close(struct ut_bluez *b);

/* Whether the adapter is on, as of the last look. */
int ut_bluez_powered(const struct ut_bluez *b);

/* Listens for ms (0: what BlueZ knows already), then lists headsets: devices with the service. How many, or -1. */
int ut_bluez_list(struct ut_bluez *b, int ms, struct ut_bluez_device d[UT_BLUEZ_DEVICES], struct ut_fault *fault);

/* The headset of this address or name; NULL: the only paired one, else the only one heard within 2 s. Listens up to ms
 * when it is not known. 0, or -1 and *fault. */
int ut_bluez_find(struct ut_bluez *b, const char *who, int ms, struct ut_bluez_device *d, struct ut_fault *fault);

/* Connects and waits until the services are known. 0, or -1 and *fault. */
int ut_bluez_connect(struct ut_bluez *b, const struct ut_bluez_device *d, int ms, struct ut_fault *fault);

/* Takes the notifications of a characteristic: *fd is the caller's, *mtu the link's. 0, or -1 and *fault. */
int ut_bluez_notify(struct ut_bluez *b, const struct ut_bluez_device *d, const char *uuid, int *fd, int *mtu,
                    struct ut_fault *fault);

/* Writes a value and waits for the headset's word that it took it. 0 or -1. */
int ut_bluez_write(struct ut_bluez *b, const struct ut_bluez_device *d, const char *uuid, const uint8_t *data,
                   size_t len);

/* Writes a value, of which the headset says nothing. 0 or -1. */
int ut_bluez_command(struct ut_bluez *b, const struct ut_bluez_device *d, const char *uuid, const uint8_t *data,
                     size_t len);

/* Signal strength as the headset measures it, in dBm, or UT_BLUEZ_NO_RSSI. */
int ut_bluez_rssi_dbm(struct ut_bluez *b, const struct ut_bluez_device *d);

#endif
