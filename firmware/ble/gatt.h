/* SPDX-License-Identifier: Apache-2.0 */
/* The attributes of the headset: a constant table, and what one connected central may do with it.
 *
 * in    handles, values to write, the state of the link
 * out   values, ATT error codes
 * Handle n is row n - 1 of the table. SPEC.md "Bluetooth" has the services, UUIDs and values.
 */
#ifndef UT_FIRMWARE_BLE_GATT_H
#define UT_FIRMWARE_BLE_GATT_H

#include <stddef.h>
#include <stdint.h>

enum ut_gatt_handle {
    UT_GATT_GAP = 1,
    UT_GATT_NAME_DECLARATION,
    UT_GATT_NAME,
    UT_GATT_APPEARANCE_DECLARATION,
    UT_GATT_APPEARANCE,
    UT_GATT_PARAMETERS_DECLARATION,
    UT_GATT_PARAMETERS,
    UT_GATT_PRIVATE_ONLY_DECLARATION,
    UT_GATT_PRIVATE_ONLY,
    UT_GATT_GATT,
    UT_GATT_CHANGED_DECLARATION,
    UT_GATT_CHANGED,
    UT_GATT_CHANGED_CONFIGURATION,
    UT_GATT_FEATURES_DECLARATION,
    UT_GATT_FEATURES,
    UT_GATT_HASH_DECLARATION,
    UT_GATT_HASH,
    UT_GATT_DEVICE,
    UT_GATT_MANUFACTURER_DECLARATION,
    UT_GATT_MANUFACTURER,
    UT_GATT_MODEL_DECLARATION,
    UT_GATT_MODEL,
    UT_GATT_FIRMWARE_DECLARATION,
    UT_GATT_FIRMWARE,
    UT_GATT_SERIAL_DECLARATION,
    UT_GATT_SERIAL,
    UT_GATT_BATTERY,
    UT_GATT_LEVEL_DECLARATION,
    UT_GATT_LEVEL,
    UT_GATT_LEVEL_CONFIGURATION,
    UT_GATT_UNDERTONE,
    UT_GATT_STREAM_DECLARATION,
    UT_GATT_STREAM,
    UT_GATT_STREAM_CONFIGURATION,
    UT_GATT_CONTROL_DECLARATION,
    UT_GATT_CONTROL,
    UT_GATT_CONTROL_CONFIGURATION,
    UT_GATT_VERSIONS_DECLARATION,
    UT_GATT_VERSIONS,
    UT_GATT_UPDATE,
    UT_GATT_PACKET_DECLARATION,
    UT_GATT_PACKET,
    UT_GATT_PACKET_CONFIGURATION,
    UT_GATT_END /* one behind the last handle */
};

/* ATT error codes: Core Specification, Vol 3 Part F, 3.4.1.1; Supplement, Part B. */
enum ut_gatt_error {
    UT_GATT_OK = 0,
    UT_GATT_INVALID_HANDLE = 0x01,
    UT_GATT_READ_NOT_PERMITTED = 0x02,
    UT_GATT_WRITE_NOT_PERMITTED = 0x03,
    UT_GATT_INVALID_PDU = 0x04,
    UT_GATT_AUTHENTICATION = 0x05,
    UT_GATT_NOT_SUPPORTED = 0x06,
    UT_GATT_INVALID_OFFSET = 0x07,
    UT_GATT_NOT_FOUND = 0x0A,
    UT_GATT_INVALID_LENGTH = 0x0D,
    UT_GATT_ENCRYPTION = 0x0F,
    UT_GATT_UNSUPPORTED_GROUP = 0x10,
    UT_GATT_OUT_OF_SYNC = 0x12,
    UT_GATT_NOT_ALLOWED = 0x13,
    UT_GATT_UNKNOWN = 0x80, /* of the application: the headset does not know the value */
    UT_GATT_CONFIGURATION = 0xFD,
    UT_GATT_IN_PROGRESS = 0xFE
};

/* Client characteristic configurations, a bit each. */
enum {
    UT_GATT_CHANGED_ON = 1,
    UT_GATT_LEVEL_ON = 2,
    UT_GATT_STREAM_ON = 4,
    UT_GATT_CONTROL_ON = 8,
    UT_GATT_PACKET_ON = 16
};

/* Bit of the client supported features: the central answers to an error when the table has changed. */
enum { UT_GATT_ROBUST = 1 };

enum { UT_GATT_VALUE_BYTES = 20, UT_GATT_HASH_BYTES = 16, UT_GATT_SERIAL_BYTES = 16 };

/* Same order as enum ut_smp_security. */
enum { UT_GATT_OPEN, UT_GATT_ENCRYPTED, UT_GATT_AUTHENTICATED };

/* A write to the control characteristic, or to that of update packets: 0 or an ATT error code. */
typedef int ut_gatt_control_fn(void *ctx, const uint8_t *data, size_t len);

struct ut_gatt {
    uint8_t hash[UT_GATT_HASH_BYTES]; /* least significant octet first */
    uint8_t versions[UT_GATT_VALUE_BYTES];
    ut_gatt_control_fn *control, *packet;
    void *ctx;
    const char *serial; /* of UT_GATT_SERIAL_BYTES, NUL-padded; set by the owner, empty at first */
    uint8_t needed;     /* security of what is secured: what this board's pairing can reach */

    /* Of the connection. */
    uint8_t security;
    uint8_t known;    /* 1 = there is a bond with this central, so that encryption is all that it lacks */
    uint8_t on;       /* configurations */
    uint8_t features; /* client supported features */
    uint8_t aware;    /* 0 = the central may hold an older table */
};

/* Puts the table's hash in place; `needed` is UT_GATT_ENCRYPTED or UT_GATT_AUTHENTICATED. */
void ut_gatt_init(struct ut_gatt *g, int needed, ut_gatt_control_fn *control, ut_gatt_control_fn *packet, void *ctx);

/* A central has connected. state: what ut_gatt_state gave for it when it last disconnected, 0 for a new one. */
void ut_gatt_connected(struct ut_gatt *g);
void ut_gatt_restore(struct ut_gatt *g, uint32_t state);
uint32_t ut_gatt_state(const struct ut_gatt *g);

/* The UUID of an attribute's type, least significant octet first: 2 or 16 bytes, 0 for a handle that is not there. */
size_t ut_gatt_type(unsigned handle, uint8_t uuid[16]);

/* The last handle of the service that begins at `handle`, or 0 when none begins there. */
unsigned ut_gatt_service_end(unsigned handle);

/* The whole value, or the negative of an ATT error code. */
int ut_gatt_read(const struct ut_gatt *g, unsigned handle, uint8_t value[UT_GATT_VALUE_BYTES]);

/* Writes, or says why not. */
enum ut_gatt_error ut_gatt_write(struct ut_gatt *g, unsigned handle, const uint8_t *data, size_t len);

/* 1 when a command, a write that nobody answers, may go there. */
int ut_gatt_takes_commands(unsigned handle);

/* 1 when the link is good enough for stream, control and packets. */
int ut_gatt_secure(const struct ut_gatt *g);

#endif
