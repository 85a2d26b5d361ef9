/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/ble/att.h"

#include "firmware/ble/octets.h"

#include <string.h>

enum {
    ERROR_RESPONSE = 0x01,
    MTU_REQUEST = 0x02,
    FIND_INFORMATION = 0x04,
    FIND_BY_TYPE_VALUE = 0x06,
    READ_BY_TYPE = 0x08,
    READ = 0x0A,
    READ_BLOB = 0x0C,
    READ_MULTIPLE = 0x0E,
    READ_BY_GROUP_TYPE = 0x10,
    WRITE = 0x12,
    PREPARE_WRITE = 0x16,
    EXECUTE_WRITE = 0x18,
    NOTIFICATION = 0x1B,
    INDICATION = 0x1D,
    CONFIRMATION = 0x1E,
    WRITE_COMMAND = 0x52,
    COMMAND = 0x40, /* flag of an opcode: no answer */

    PRIMARY_SERVICE = 0x2800,
    DATABASE_HASH = 0x2B2A
};

/* 0000xxxx-0000-1000-8000-00805f9b34fb without the 16 bits, least significant octet first. */
static const uint8_t bluetooth_base[16] = {0xFB, 0x34, 0x9B, 0x5F, 0x80, 0x00, 0x00, 0x80, 0x00, 0x10};

struct request {
    const uint8_t *pdu;
    size_t len;
    uint8_t *out;
    size_t room; /* the MTU */
};

void ut_att_init(struct ut_att *a, struct ut_gatt *gatt)
{
    memset(a, 0, sizeof *a);
    a->gatt = gatt;
    a->mtu = UT_ATT_MTU_MIN;
}

static size_t refuse(const struct request *r, unsigned handle, int error)
{
    r->out[0] = ERROR_RESPONSE;
    r->out[1] = r->pdu[0];
    ut_octets_put16(r->out + 2, handle);
    r->out[4] = (uint8_t)error;
    return 5;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The range of handles at pdu[1]: 0, or the length of the refusal. */
static size_t refuse_range(const struct request *r, unsigned *begin, unsigned *end)
{
    *begin = ut_octets_get16(r->pdu + 1);
    *end = ut_octets_get16(r->pdu + 3);
    if (*begin == 0 || *begin > *end)
        return refuse(r, *begin, UT_GATT_INVALID_HANDLE);
    if (*end >= UT_GATT_END)
        *end = UT_GATT_END - 1;
    return 0;
}

/* The 16 bits of a UUID of 2 or 16 bytes that belongs to Bluetooth's own, else 0. */
static unsigned short_uuid(const uint8_t *uuid, size_t len)
{
    if (len == 2)
        return ut_octets_get16(uuid);
    return memcmp(uuid, bluetooth_base, 12) == 0 && uuid[14] == 0 && uuid[15] == 0 ? ut_octets_get16(uuid + 12) : 0U;
}

static int is_type(unsigned handle, const uint8_t *uuid, size_t len)
{
    uint8_t type[16];
    size_t type_len = ut_gatt_type(handle, type);
    if (type_len == 2)
        return short_uuid(uuid, len) == ut_octets_get16(type);
    return len == type_len && memcmp(type, uuid, len) == 0;
}

static size_t exchange_mtu(struct ut_att *a, const struct request *r)
{
    unsigned theirs = ut_octets_get16(r->pdu + 1);
    if (theirs < UT_ATT_MTU_MIN)
        return refuse(r, 0, UT_GATT_INVALID_PDU);
    a->mtu = (uint16_t)(theirs < UT_ATT_MTU_MAX ? theirs : UT_ATT_MTU_MAX);
    r->out[0] = MTU_REQUEST + 1;
    ut_octets_put16(r->out + 1, UT_ATT_MTU_MAX);
    return 3;
}

static size_t find_information(const struct request *r)
{
    unsigned begin, end;
    uint8_t uuid[16];
    size_t bad = refuse_range(r, &begin, &end), format = 0, n = 2;
    if (bad != 0)
        return bad;
    for (unsigned handle = begin; handle <= end; handle++) {
        size_t len = ut_gatt_type(handle, uuid);
        if (format == 0)
            format = len;
        if (len != format || n + 2 + len > r->room)
            break;
        ut_octets_put16(r->out + n, handle);
        memcpy(r->out + n + 2, uuid, len);
        n += 2 + len;
    }
    if (n == 2)
        return refuse(r, begin, UT_GATT_NOT_FOUND);
    r->out[0] = FIND_INFORMATION + 1;
    r->out[1] = format == 2 ? 1 : 2;
    return n;
}

static size_t find_by_type_value(const struct ut_att *a, const struct request *r)
{
    unsigned begin, end;
    uint8_t value[UT_GATT_VALUE_BYTES];
    size_t bad = refuse_range(r, &begin, &end), n = 1;
    if (bad != 0)
        return bad;
    for (unsigned handle = begin; handle <= end && n + 4 <= r->room; handle++) {
        if (!is_type(handle, r->pdu + 5, 2))
            continue;
        int len = ut_gatt_read(a->gatt, handle, value);
        if (len < 0 || (size_t)len != r->len - 7 || memcmp(value, r->pdu + 7, (size_t)len) != 0)
            continue;
        unsigned last = ut_gatt_service_end(handle);
        ut_octets_put16(r->out + n, handle);
        ut_octets_put16(r->out + n + 2, last != 0 ? last : handle);
        n += 4;
    }
    if (n == 1)
        return refuse(r, begin, UT_GATT_NOT_FOUND);
    r->out[0] = FIND_BY_TYPE_VALUE + 1;
    return n;
}

/* Read By Type and Read By Group Type: values of one length, with the handle, for groups also the last handle. */
static size_t read_by_type(struct ut_att *a, const struct request *r, int groups)
{
    unsigned begin, end;
    uint8_t value[UT_GATT_VALUE_BYTES];
    const size_t uuid_len = r->len - 5, head = groups ? 4 : 2;
    size_t n = 2, item = 0;
    if (uuid_len != 2 && uuid_len != 16)
        return refuse(r, 0, UT_GATT_INVALID_PDU);
    size_t bad = refuse_range(r, &begin, &end);
    if (bad != 0)
        return bad;
    unsigned type = short_uuid(r->pdu + 5, uuid_len);
    if (groups && type != PRIMARY_SERVICE)
        return refuse(r, begin, UT_GATT_UNSUPPORTED_GROUP);
    for (unsigned handle = begin; handle <= end; handle++) {
        if (!is_type(handle, r->pdu + 5, uuid_len))
            continue;
        int len = ut_gatt_read(a->gatt, handle, value);
        if (len < 0 && item == 0)
            return refuse(r, handle, -len);
        size_t this_item = head + least((size_t)(len < 0 ? 0 : len), r->room - 2 - head);
        if (item == 0)
            item = this_item;
        if (len < 0 || this_item != item || n + item > r->room)
            break;
        ut_octets_put16(r->out + n, handle);
        if (groups)
            ut_octets_put16(r->out + n + 2, ut_gatt_service_end(handle));
        memcpy(r->out + n + head, value, item - head);
        n += item;
    }
    if (item == 0)
        return refuse(r, begin, UT_GATT_NOT_FOUND);
    if (type == DATABASE_HASH)
        a->told = 1;
    r->out[0] = (uint8_t)(r->pdu[0] + 1);
    r->out[1] = (uint8_t)item;
    return n;
}

static size_t read(const struct ut_att *a, const struct request *r, size_t offset)
{
    uint8_t value[UT_GATT_VALUE_BYTES];
    unsigned handle = ut_octets_get16(r->pdu + 1);
    int len = ut_gatt_read(a->gatt, handle, value);
    if (len < 0)
        return refuse(r, handle, -len);
    if (offset > (size_t)len)
        return refuse(r, handle, UT_GATT_INVALID_OFFSET);
    size_t n = least((size_t)len - offset, r->room - 1);
    r->out[0] = (uint8_t)(r->pdu[0] + 1);
    memcpy(r->out + 1, value + offset, n);
    return 1 + n;
}

static size_t read_multiple(const struct ut_att *a, const struct request *r)
{
    uint8_t value[UT_GATT_VALUE_BYTES];
    size_t n = 1;
    if (r->len % 2 == 0)
        return refuse(r, 0, UT_GATT_INVALID_PDU);
    for (size_t at = 1; at < r->len; at += 2) {
        unsigned handle = ut_octets_get16(r->pdu + at);
        int len = ut_gatt_read(a->gatt, handle, value);
        if (len < 0)
            return refuse(r, handle, -len);
        size_t part = least((size_t)len, r->room - n);
        memcpy(r->out + n, value, part);
        n += part;
    }
    r->out[0] = READ_MULTIPLE + 1;
    return n;
}

static size_t write(struct ut_att *a, const struct request *r)
{
    unsigned handle = ut_octets_get16(r->pdu + 1);
    enum ut_gatt_error error = ut_gatt_write(a->gatt, handle, r->pdu + 3, r->len - 3);
    if (error != UT_GATT_OK)
        return refuse(r, handle, (int)error);
    r->out[0] = WRITE + 1;
    return 1;
}

/* A central that may hold an older table: its first request by handle is refused, which tells it so. Core
 * Specification, Vol 3 Part G, 2.5.2.1. */
static int is_out_of_sync(struct ut_att *a, unsigned opcode)
{
    struct ut_gatt *g = a->gatt;
    if (g->aware || (g->features & UT_GATT_ROBUST) == 0)
        return 0;
    if (opcode == WRITE_COMMAND)
        return 1; /* and shows nothing: it may have been under way when the central was told */
    if (a->told) {
        a->told = 0;
        g->aware = 1;
        return 0;
    }
    int by_handle = opcode == READ || opcode == READ_BLOB || opcode == READ_MULTIPLE || opcode == WRITE;
    a->told = (uint8_t)by_handle;
    return by_handle;
}

static void confirmed(struct ut_att *a)
{
    if (a->indicating)
        a->gatt->aware = 1;
    a->indicating = 0;
}

/* The shortest valid PDU of a request, its longest, or 0 for an opcode that is not supported. */
static size_t shortest(unsigned opcode, size_t *longest)
{
    *longest = UT_ATT_MTU_MAX;
    switch (opcode) {
    case MTU_REQUEST:
        return *longest = 3;
    case FIND_INFORMATION:
        return *longest = 5;
    case FIND_BY_TYPE_VALUE:
    case READ_BY_TYPE:
    case READ_BY_GROUP_TYPE:
        return 7;
    case READ:
        return *longest = 3;
    case READ_BLOB:
    case READ_MULTIPLE:
        if (opcode == READ_BLOB)
            *longest = 5;
        return 5;
    case WRITE:
        return 3;
    default:
        return 0;
    }
}

int ut_att_is_silent(const uint8_t *pdu, size_t len)
{
    return len == 0 ||
           (pdu[0] != INDICATION && ((pdu[0] & COMMAND) != 0 || pdu[0] == CONFIRMATION || (pdu[0] & 1) != 0));
}

size_t ut_att_receive(struct ut_att *a, const uint8_t *pdu, size_t len, uint8_t *out)
{
    if (len == 0)
        return 0;
    const struct request r = {pdu, len, out, a->mtu};
    const unsigned opcode = pdu[0];
    if (opcode == CONFIRMATION) {
        confirmed(a);
        return 0;
    }
    if (opcode == INDICATION) {
        out[0] = CONFIRMATION;
        return 1;
    }
    if (opcode == WRITE_COMMAND) {
        if (len >= 3 && len <= a->mtu && ut_gatt_takes_commands(ut_octets_get16(pdu + 1)) && !is_out_of_sync(a, opcode))
            (void)ut_gatt_write(a->gatt, ut_octets_get16(pdu + 1), pdu + 3, len - 3);
        return 0;
    }
    if ((opcode & COMMAND) != 0 || (opcode & 1) != 0)
        return 0;
    size_t longest, least_len = shortest(opcode, &longest);
    if (least_len == 0)
        return refuse(&r, 0, UT_GATT_NOT_SUPPORTED);
    if (len < least_len || len > longest || len > a->mtu)
        return refuse(&r, 0, UT_GATT_INVALID_PDU);
    if (is_out_of_sync(a, opcode))
        return refuse(&r, opcode == READ_MULTIPLE ? 0U : ut_octets_get16(pdu + 1), UT_GATT_OUT_OF_SYNC);
    switch (opcode) {
    case MTU_REQUEST:
        return exchange_mtu(a, &r);
    case FIND_INFORMATION:
        return find_information(&r);
    case FIND_BY_TYPE_VALUE:
        return find_by_type_value(a, &r);
    case READ_BY_TYPE:
        return read_by_type(a, &r, 0);
    case READ_BY_GROUP_TYPE:
        return read_by_type(a, &r, 1);
    case READ:
        return read(a, &r, 0);
    case READ_BLOB:
        return read(a, &r, ut_octets_get16(pdu + 3));
    case READ_MULTIPLE:
        return read_multiple(a, &r);
    default:
        return write(a, &r);
    }
}

size_t ut_att_notification_bytes(const struct ut_att *a)
{
    return a->mtu - 3U;
}

size_t ut_att_notify(uint8_t *out, unsigned handle)
{
    out[0] = NOTIFICATION;
    ut_octets_put16(out + 1, handle);
    return 3;
}

size_t ut_att_indicate(struct ut_att *a, uint32_t now_ms, uint8_t *out)
{
    if (a->indicating || a->gatt->aware || (a->gatt->on & UT_GATT_CHANGED_ON) == 0)
        return 0;
    a->indicating = 1;
    a->indicated_ms = now_ms;
    out[0] = INDICATION;
    ut_octets_put16(out + 1, UT_GATT_CHANGED);
    ut_octets_put16(out + 3, 0x0001);
    ut_octets_put16(out + 5, 0xFFFF);
    return 7;
}

int ut_att_overdue(const struct ut_att *a, uint32_t now_ms)
{
    return a->indicating && now_ms - a->indicated_ms > UT_ATT_TIMEOUT_MS;
}
