/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/ble/gatt.h"

#include "boards/board.h"
#include "firmware/ble/crypto.h"
#include "firmware/ble/octets.h"
#include "firmware/version.h"

#include <string.h>

enum {
    PRIMARY_SERVICE = 0x2800,
    CHARACTERISTIC = 0x2803,
    CONFIGURATION = 0x2902,

    READ = 1, /* access */
    WRITE = 2,
    SECURED = 4,
    COMPUTED = 8, /* the value is not in the table */
    VENDOR = 16,  /* the type is the vendor's UUID with these 16 bits */
    MCUMGR = 32,  /* the type is the UUID of MCUmgr's characteristic */

    PROPERTY_READ = 0x02, /* of a declaration */
    PROPERTY_COMMAND = 0x04,
    PROPERTY_WRITE = 0x08,
    PROPERTY_NOTIFY = 0x10,
    PROPERTY_INDICATE = 0x20,

    NOTIFY = 1, /* values of a configuration */
    INDICATE = 2,

    FEATURES_KNOWN = 7,        /* client supported features */
    HASH_MASK = (1 << 20) - 1, /* of a bond's state */
    PACKET_SHIFT = 24,
    BATTERY_UNKNOWN = 255
};

/* e85a0000-5839-4330-a637-3d0fc85daff5 with the 16 bits of `n`. */
#define VENDOR_UUID(n) 0xF5, 0xAF, 0x5D, 0xC8, 0x0F, 0x3D, 0x37, 0xA6, 0x30, 0x43, 0x39, 0x58, (n), 0x00, 0x5A, 0xE8
/* MCUmgr's service and characteristic: 8d53dc1d-1db7-4cd3-868b-8a527460aa84, da2e7828-fbce-4e01-ae9e-261174997c48. */
#define UPDATE_UUID 0x84, 0xAA, 0x60, 0x74, 0x52, 0x8A, 0x8B, 0x86, 0xD3, 0x4C, 0xB7, 0x1D, 0x1D, 0xDC, 0x53, 0x8D
#define PACKET_UUID 0x48, 0x7C, 0x99, 0x74, 0x11, 0x26, 0x9E, 0xAE, 0x01, 0x4E, 0xCE, 0xFB, 0x28, 0x78, 0x2E, 0xDA
#define LE16(n) (uint8_t)((n)&0xFF), (uint8_t)((n) >> 8)
#define BYTES(...)                                                                                                     \
    sizeof((const uint8_t[]){__VA_ARGS__}), (const uint8_t[])                                                          \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }
#define SERVICE(uuid)                                                                                                  \
    {                                                                                                                  \
        PRIMARY_SERVICE, READ, BYTES(LE16(uuid))                                                                       \
    }
#define DECLARATION(properties, handle, uuid)                                                                          \
    {                                                                                                                  \
        CHARACTERISTIC, READ, BYTES(properties, LE16(handle), LE16(uuid))                                              \
    }
#define VENDOR_DECLARATION(properties, handle, n)                                                                      \
    {                                                                                                                  \
        CHARACTERISTIC, READ, BYTES(properties, LE16(handle), VENDOR_UUID(n))                                          \
    }

struct attribute {
    uint16_t type;
    uint8_t access;
    uint8_t len;
    const uint8_t *value;
};

static const struct attribute table[UT_GATT_END - 1] = {
#define AT(handle) [(handle)-1]
    AT(UT_GATT_GAP) = SERVICE(0x1800),
    AT(UT_GATT_NAME_DECLARATION) = DECLARATION(PROPERTY_READ, UT_GATT_NAME, 0x2A00),
    AT(UT_GATT_NAME) = {0x2A00, READ, BYTES('U', 'n', 'd', 'e', 'r', 't', 'o', 'n', 'e')},
    AT(UT_GATT_APPEARANCE_DECLARATION) = DECLARATION(PROPERTY_READ, UT_GATT_APPEARANCE, 0x2A01),
    AT(UT_GATT_APPEARANCE) = {0x2A01, READ, BYTES(LE16(0x0942))}, /* headset */
    AT(UT_GATT_PARAMETERS_DECLARATION) = DECLARATION(PROPERTY_READ, UT_GATT_PARAMETERS, 0x2A04),
    AT(UT_GATT_PARAMETERS) = {0x2A04, READ, BYTES(LE16(24), LE16(40), LE16(4), LE16(400))},
    AT(UT_GATT_PRIVATE_ONLY_DECLARATION) = DECLARATION(PROPERTY_READ, UT_GATT_PRIVATE_ONLY, 0x2AC9),
    AT(UT_GATT_PRIVATE_ONLY) = {0x2AC9, READ, BYTES(0)},

    AT(UT_GATT_GATT) = SERVICE(0x1801),
    AT(UT_GATT_CHANGED_DECLARATION) = DECLARATION(PROPERTY_INDICATE, UT_GATT_CHANGED, 0x2A05),
    AT(UT_GATT_CHANGED) = {0x2A05, 0, 0, NULL},
    AT(UT_GATT_CHANGED_CONFIGURATION) = {CONFIGURATION, READ | WRITE | COMPUTED, 0, NULL},
    AT(UT_GATT_FEATURES_DECLARATION) = DECLARATION(PROPERTY_READ | PROPERTY_WRITE, UT_GATT_FEATURES, 0x2B29),
    AT(UT_GATT_FEATURES) = {0x2B29, READ | WRITE | COMPUTED, 0, NULL},
    AT(UT_GATT_HASH_DECLARATION) = DECLARATION(PROPERTY_READ, UT_GATT_HASH, 0x2B2A),
    AT(UT_GATT_HASH) = {0x2B2A, READ | COMPUTED, 0, NULL},

    AT(UT_GATT_DEVICE) = SERVICE(0x180A),
    AT(UT_GATT_MANUFACTURER_DECLARATION) = DECLARATION(PROPERTY_READ, UT_GATT_MANUFACTURER, 0x2A29),
    AT(UT_GATT_MANUFACTURER) = {0x2A29, READ, BYTES('U', 'n', 'd', 'e', 'r', 't', 'o', 'n', 'e')},
    AT(UT_GATT_MODEL_DECLARATION) = DECLARATION(PROPERTY_READ, UT_GATT_MODEL, 0x2A24),
    AT(UT_GATT_MODEL) = {0x2A24, READ | COMPUTED, 0, NULL},
    AT(UT_GATT_FIRMWARE_DECLARATION) = DECLARATION(PROPERTY_READ, UT_GATT_FIRMWARE, 0x2A26),
    AT(UT_GATT_FIRMWARE) = {0x2A26, READ | COMPUTED, 0, NULL},
    AT(UT_GATT_SERIAL_DECLARATION) = DECLARATION(PROPERTY_READ, UT_GATT_SERIAL, 0x2A25),
    AT(UT_GATT_SERIAL) = {0x2A25, READ | SECURED | COMPUTED, 0, NULL}, /* else it would undo the private address */

    AT(UT_GATT_BATTERY) = SERVICE(0x180F),
    AT(UT_GATT_LEVEL_DECLARATION) = DECLARATION(PROPERTY_READ | PROPERTY_NOTIFY, UT_GATT_LEVEL, 0x2A19),
    AT(UT_GATT_LEVEL) = {0x2A19, READ | COMPUTED, 0, NULL},
    AT(UT_GATT_LEVEL_CONFIGURATION) = {CONFIGURATION, READ | WRITE | COMPUTED, 0, NULL},

    AT(UT_GATT_UNDERTONE) = {PRIMARY_SERVICE, READ, BYTES(VENDOR_UUID(1))},
    AT(UT_GATT_STREAM_DECLARATION) = VENDOR_DECLARATION(PROPERTY_NOTIFY, UT_GATT_STREAM, 2),
    AT(UT_GATT_STREAM) = {2, SECURED | VENDOR, 0, NULL},
    AT(UT_GATT_STREAM_CONFIGURATION) = {CONFIGURATION, READ | WRITE | SECURED | COMPUTED, 0, NULL},
    AT(UT_GATT_CONTROL_DECLARATION) =
        VENDOR_DECLARATION(PROPERTY_WRITE | PROPERTY_COMMAND | PROPERTY_NOTIFY, UT_GATT_CONTROL, 3),
    AT(UT_GATT_CONTROL) = {3, WRITE | SECURED | COMPUTED | VENDOR, 0, NULL},
    AT(UT_GATT_CONTROL_CONFIGURATION) = {CONFIGURATION, READ | WRITE | SECURED | COMPUTED, 0, NULL},
    AT(UT_GATT_VERSIONS_DECLARATION) = VENDOR_DECLARATION(PROPERTY_READ, UT_GATT_VERSIONS, 4),
    AT(UT_GATT_VERSIONS) = {4, READ | COMPUTED | VENDOR, 0, NULL},

    AT(UT_GATT_UPDATE) = {PRIMARY_SERVICE, READ, BYTES(UPDATE_UUID)},
    AT(UT_GATT_PACKET_DECLARATION) = {CHARACTERISTIC, READ,
                                      BYTES(PROPERTY_COMMAND | PROPERTY_NOTIFY, LE16(UT_GATT_PACKET), PACKET_UUID)},
    AT(UT_GATT_PACKET) = {0, WRITE | SECURED | COMPUTED | MCUMGR, 0, NULL},
    AT(UT_GATT_PACKET_CONFIGURATION) = {CONFIGURATION, READ | WRITE | SECURED | COMPUTED, 0, NULL},
#undef AT
};

static const struct {
    uint8_t handle, bit, value;
} configurations[] = {
    {UT_GATT_CHANGED_CONFIGURATION, UT_GATT_CHANGED_ON, INDICATE},
    {UT_GATT_LEVEL_CONFIGURATION, UT_GATT_LEVEL_ON, NOTIFY},
    {UT_GATT_STREAM_CONFIGURATION, UT_GATT_STREAM_ON, NOTIFY},
    {UT_GATT_CONTROL_CONFIGURATION, UT_GATT_CONTROL_ON, NOTIFY},
    {UT_GATT_PACKET_CONFIGURATION, UT_GATT_PACKET_ON, NOTIFY},
};
enum { CONFIGURATIONS = sizeof configurations / sizeof configurations[0] };

static const struct attribute *find(unsigned handle)
{
    return handle > 0 && handle < UT_GATT_END ? &table[handle - 1] : NULL;
}

/* Core Specification, Vol 3 Part G, 7.3.1: handle and type of every attribute of the table's structure, and the values
 * of those that declare; the features and the hash itself are values and stay out. */
static void take_hash(uint8_t hash[UT_GATT_HASH_BYTES])
{
    static const uint8_t zero[16];
    struct ut_cmac cmac;
    uint8_t mac[UT_GATT_HASH_BYTES];
    ut_crypto_cmac_init(&cmac, zero);
    for (unsigned handle = 1; handle < UT_GATT_END; handle++) {
        const struct attribute *a = find(handle);
        uint8_t head[4];
        int declares = a->type == PRIMARY_SERVICE || a->type == CHARACTERISTIC;
        if (!declares && a->type != CONFIGURATION)
            continue;
        ut_octets_put16(head, handle);
        ut_octets_put16(head + 2, a->type);
        ut_crypto_cmac_add(&cmac, head, sizeof head);
        if (declares)
            ut_crypto_cmac_add(&cmac, a->value, a->len);
    }
    ut_crypto_cmac_end(&cmac, mac);
    for (int i = 0; i < UT_GATT_HASH_BYTES; i++)
        hash[i] = mac[UT_GATT_HASH_BYTES - 1 - i];
}

void ut_gatt_init(struct ut_gatt *g, int needed, ut_gatt_control_fn *control, ut_gatt_control_fn *packet, void *ctx)
{
    memset(g, 0, sizeof *g);
    take_hash(g->hash);
    g->serial = "";
    g->needed = (uint8_t)needed;
    g->control = control;
    g->packet = packet;
    g->ctx = ctx;
    ut_gatt_connected(g);
}

void ut_gatt_connected(struct ut_gatt *g)
{
    g->security = UT_GATT_OPEN;
    g->known = g->on = g->features = 0;
    g->aware = 1;
}

static uint32_t short_hash(const struct ut_gatt *g)
{
    return (ut_octets_get16(g->hash) | (uint32_t)g->hash[2] << 16) & HASH_MASK;
}

/* Bits 0..3 configurations, 4..6 features, 7 set, 8..27 the start of the hash that the central knows, 28 the fifth
 * configuration. */
void ut_gatt_restore(struct ut_gatt *g, uint32_t state)
{
    if ((state & 0x80) == 0)
        return;
    g->on = (uint8_t)((state & 15) | (state >> PACKET_SHIFT & UT_GATT_PACKET_ON));
    g->features = state >> 4 & FEATURES_KNOWN;
    g->aware = (state >> 8 & HASH_MASK) == short_hash(g);
}

uint32_t ut_gatt_state(const struct ut_gatt *g)
{
    uint32_t hash = g->aware ? short_hash(g) : ~short_hash(g) & HASH_MASK;
    return (g->on & 15U) | (g->on & (uint32_t)UT_GATT_PACKET_ON) << PACKET_SHIFT | (uint32_t)g->features << 4 | 0x80 |
           hash << 8;
}

size_t ut_gatt_type(unsigned handle, uint8_t uuid[16])
{
    static const uint8_t vendor[16] = {VENDOR_UUID(0)};
    static const uint8_t mcumgr[16] = {PACKET_UUID};
    const struct attribute *a = find(handle);
    if (a == NULL)
        return 0;
    if (a->access & MCUMGR) {
        memcpy(uuid, mcumgr, sizeof mcumgr);
        return sizeof mcumgr;
    }
    if ((a->access & VENDOR) == 0) {
        ut_octets_put16(uuid, a->type);
        return 2;
    }
    memcpy(uuid, vendor, sizeof vendor);
    ut_octets_put16(uuid + 12, a->type);
    return sizeof vendor;
}

unsigned ut_gatt_service_end(unsigned handle)
{
    const struct attribute *a = find(handle);
    if (a == NULL || a->type != PRIMARY_SERVICE)
        return 0;
    while (handle + 1 < UT_GATT_END && find(handle + 1)->type != PRIMARY_SERVICE)
        handle++;
    return handle;
}

int ut_gatt_takes_commands(unsigned handle)
{
    return handle == UT_GATT_CONTROL || handle == UT_GATT_PACKET;
}

int ut_gatt_secure(const struct ut_gatt *g)
{
    return g->security >= g->needed;
}

/* What the link lacks for a secured attribute. */
static enum ut_gatt_error lacking(const struct ut_gatt *g, const struct attribute *a)
{
    if ((a->access & SECURED) == 0 || ut_gatt_secure(g))
        return UT_GATT_OK;
    return g->security == UT_GATT_OPEN && g->known ? UT_GATT_ENCRYPTION : UT_GATT_AUTHENTICATION;
}

/* What stands before the first NUL. */
static int text(uint8_t *value, const char *from, int room)
{
    int n = 0;
    while (n < room && from[n] != '\0') {
        value[n] = (uint8_t)from[n];
        n++;
    }
    return n;
}

static int computed(const struct ut_gatt *g, unsigned handle, uint8_t *value)
{
    for (int i = 0; i < CONFIGURATIONS; i++)
        if (configurations[i].handle == handle) {
            ut_octets_put16(value, (g->on & configurations[i].bit) != 0 ? configurations[i].value : 0U);
            return 2;
        }
    switch (handle) {
    case UT_GATT_FEATURES:
        value[0] = g->features;
        return 1;
    case UT_GATT_HASH:
        memcpy(value, g->hash, sizeof g->hash);
        return sizeof g->hash;
    case UT_GATT_MODEL:
        return text(value, board_name, sizeof board_name);
    case UT_GATT_SERIAL:
        return text(value, g->serial, UT_GATT_SERIAL_BYTES);
    case UT_GATT_FIRMWARE:
        memcpy(value, UT_VERSION, sizeof UT_VERSION - 1);
        return sizeof UT_VERSION - 1;
    case UT_GATT_LEVEL:
        value[0] = board_battery();
        return value[0] == BATTERY_UNKNOWN ? -UT_GATT_UNKNOWN : 1;
    default:
        memcpy(value, g->versions, sizeof g->versions);
        return sizeof g->versions;
    }
}

int ut_gatt_read(const struct ut_gatt *g, unsigned handle, uint8_t value[UT_GATT_VALUE_BYTES])
{
    const struct attribute *a = find(handle);
    if (a == NULL)
        return -UT_GATT_INVALID_HANDLE;
    if ((a->access & READ) == 0)
        return -UT_GATT_READ_NOT_PERMITTED;
    /* A configuration is read without conditions: Core Specification, Vol 3 Part G, 3.3.3.3. */
    if (a->type != CONFIGURATION && lacking(g, a) != UT_GATT_OK)
        return -(int)lacking(g, a);
    if (a->access & COMPUTED)
        return computed(g, handle, value);
    memcpy(value, a->value, a->len);
    return a->len;
}

static enum ut_gatt_error configure(struct ut_gatt *g, unsigned handle, unsigned value)
{
    int i = 0;
    while (configurations[i].handle != handle)
        i++;
    if ((value & (NOTIFY | INDICATE) & ~(unsigned)configurations[i].value) != 0)
        return UT_GATT_CONFIGURATION;
    if (value & configurations[i].value)
        g->on |= configurations[i].bit;
    else
        g->on &= (uint8_t)~configurations[i].bit;
    return UT_GATT_OK;
}

enum ut_gatt_error ut_gatt_write(struct ut_gatt *g, unsigned handle, const uint8_t *data, size_t len)
{
    const struct attribute *a = find(handle);
    if (a == NULL)
        return UT_GATT_INVALID_HANDLE;
    if ((a->access & WRITE) == 0)
        return UT_GATT_WRITE_NOT_PERMITTED;
    if (lacking(g, a) != UT_GATT_OK)
        return lacking(g, a);
    if (handle == UT_GATT_CONTROL)
        return (enum ut_gatt_error)g->control(g->ctx, data, len);
    if (handle == UT_GATT_PACKET)
        return (enum ut_gatt_error)g->packet(g->ctx, data, len);
    if (handle == UT_GATT_FEATURES) {
        if (len == 0)
            return UT_GATT_INVALID_LENGTH;
        if ((g->features & ~(unsigned)data[0]) != 0)
            return UT_GATT_NOT_ALLOWED; /* a feature once set stays: Core Specification, Vol 3 Part G, 7.2 */
        g->features = data[0] & FEATURES_KNOWN;
        return UT_GATT_OK;
    }
    return len == 2 ? configure(g, handle, ut_octets_get16(data)) : UT_GATT_INVALID_LENGTH;
}
