/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/headset/update_packet.h"

#include "firmware/update/cbor.h"

#include <cbor.h>
#include <stdio.h>
#include <string.h>

enum {
    READ = 0,
    WRITE = 2,
    VERSION_1 = 1 << 3,
    OP_MASK = 7,
    GROUP_IMAGE = 1,
    /* What of a piece's packet is not data: the header and {"off": n, "data": ...} without end; "len" and "sha" of the
     * first one. */
    AROUND = UT_UPDATE_HEADER_BYTES + 2 + 4 + 5 + 5 + 3,
    AROUND_FIRST = 4 + 5 + 4 + 2 + 32
};

static const struct {
    uint8_t op, group, id;
} kind[] = {
    [UT_UPDATE_PARAMETERS] = {READ, 0, 6}, [UT_UPDATE_STATE] = {READ, 1, 0}, [UT_UPDATE_PIECE] = {WRITE, 1, 1},
    [UT_UPDATE_TRY] = {WRITE, 1, 0},       [UT_UPDATE_KEEP] = {WRITE, 1, 0}, [UT_UPDATE_RESTART] = {WRITE, 0, 5},
};

size_t ut_update_piece_room(size_t packet_bytes, int first)
{
    size_t around = AROUND + (first ? AROUND_FIRST : 0);
    return packet_bytes > around ? (packet_bytes - around) & ~(size_t)3 : 0;
}

static void put_map(struct ut_cbor_out *o, const struct ut_update_request *r)
{
    ut_cbor_put_map(o);
    if (r->ask == UT_UPDATE_PIECE) {
        ut_cbor_put_text(o, "off");
        ut_cbor_put_number(o, r->offset);
        if (r->offset == 0) {
            ut_cbor_put_text(o, "len");
            ut_cbor_put_number(o, r->length);
            ut_cbor_put_text(o, "sha");
            ut_cbor_put_bytes(o, r->sha256, 32);
        }
        ut_cbor_put_text(o, "data");
        ut_cbor_put_bytes(o, r->data, r->data_len);
    } else if (r->ask == UT_UPDATE_TRY) {
        ut_cbor_put_text(o, "hash");
        ut_cbor_put_bytes(o, r->sha256, 32);
    }
    if (r->ask == UT_UPDATE_TRY || r->ask == UT_UPDATE_KEEP) {
        ut_cbor_put_text(o, "confirm");
        ut_cbor_put_bool(o, r->ask == UT_UPDATE_KEEP);
    }
    ut_cbor_put_end(o);
}

size_t ut_update_pack(const struct ut_update_request *r, uint8_t *to, size_t room)
{
    if (room < UT_UPDATE_HEADER_BYTES)
        return 0;
    struct ut_cbor_out o = {to + UT_UPDATE_HEADER_BYTES, room - UT_UPDATE_HEADER_BYTES, 0, 0};
    put_map(&o, r);
    const uint8_t header[UT_UPDATE_HEADER_BYTES] = {(uint8_t)(VERSION_1 | kind[r->ask].op),
                                                    0,
                                                    (uint8_t)(o.len >> 8),
                                                    (uint8_t)o.len,
                                                    0,
                                                    kind[r->ask].group,
                                                    r->seq,
                                                    kind[r->ask].id};
    memcpy(to, header, sizeof header);
    return o.full ? 0 : UT_UPDATE_HEADER_BYTES + o.len;
}

/* The value of a key of a map, borrowed; NULL: none, or the item is no map. */
static const cbor_item_t *value_of(const cbor_item_t *map, const char *key)
{
    if (map == NULL || !cbor_isa_map(map))
        return NULL;
    const struct cbor_pair *pair = cbor_map_handle(map);
    for (size_t i = 0; i < cbor_map_size(map); i++)
        if (cbor_isa_string(pair[i].key) && cbor_string_is_definite(pair[i].key) &&
            cbor_string_length(pair[i].key) == strlen(key) &&
            memcmp(cbor_string_handle(pair[i].key), key, strlen(key)) == 0)
            return pair[i].value;
    return NULL;
}

/* A number of at most 32 bits, else `otherwise`. */
static uint32_t number_of(const cbor_item_t *map, const char *key, uint32_t otherwise)
{
    const cbor_item_t *value = value_of(map, key);
    return value != NULL && cbor_isa_uint(value) && cbor_get_int(value) <= UINT32_MAX ? (uint32_t)cbor_get_int(value)
                                                                                      : otherwise;
}

static int flag_of(const cbor_item_t *map, const char *key)
{
    const cbor_item_t *value = value_of(map, key);
    return value != NULL && cbor_isa_float_ctrl(value) && cbor_float_ctrl_is_ctrl(value) && cbor_is_bool(value) &&
           cbor_get_bool(value);
}

static void take_slot(struct ut_update_answer *a, const cbor_item_t *map)
{
    uint32_t number = number_of(map, "slot", UT_UPDATE_SLOTS);
    const cbor_item_t *hash = value_of(map, "hash"), *version = value_of(map, "version");
    if (number >= UT_UPDATE_SLOTS || hash == NULL || !cbor_isa_bytestring(hash) || !cbor_bytestring_is_definite(hash) ||
        cbor_bytestring_length(hash) != sizeof a->slot[0].hash)
        return;
    struct ut_update_slot *slot = &a->slot[number];
    memcpy(slot->hash, cbor_bytestring_handle(hash), sizeof slot->hash);
    slot->there = 1;
    slot->active = flag_of(map, "active");
    slot->confirmed = flag_of(map, "confirmed");
    slot->pending = flag_of(map, "pending");
    slot->bootable = flag_of(map, "bootable");
    if (version != NULL && cbor_isa_string(version) && cbor_string_is_definite(version))
        (void)snprintf(slot->version, sizeof slot->version, "%.*s",
                       cbor_string_length(version) < sizeof slot->version ? (int)cbor_string_length(version)
                                                                          : (int)sizeof slot->version - 1,
                       (const char *)cbor_string_handle(version));
    for (char *p = slot->version; *p != '\0'; p++)
        if (*p <= ' ' || *p > '~')
            *p = '?';
}

/* 0; -1: neither what was asked for nor an error. */
static int take_map(const cbor_item_t *map, enum ut_update_ask ask, struct ut_update_answer *a)
{
    const cbor_item_t *err = value_of(map, "err"), *images = value_of(map, "images");
    a->of_images = err != NULL || kind[ask].group == GROUP_IMAGE;
    a->error = (int)(number_of(err != NULL ? err : map, "rc", 0) & INT16_MAX);
    if (err == NULL && (a->error == UT_UPDATE_NO_SUCH || a->error == UT_UPDATE_IN_CALL))
        a->of_images = 0; /* by version 1 an error of the group stands in "err" */
    if (err != NULL && a->error == 0)
        return -1;
    if (a->error != 0 || ask == UT_UPDATE_RESTART)
        return 0;
    if (ask == UT_UPDATE_PARAMETERS) {
        a->room = number_of(map, "buf_size", 0);
        return a->room > 0 ? 0 : -1;
    }
    if (ask == UT_UPDATE_PIECE) {
        a->offset = number_of(map, "off", UINT32_MAX);
        return a->offset != UINT32_MAX ? 0 : -1;
    }
    if (images == NULL || !cbor_isa_array(images))
        return -1;
    for (size_t i = 0; i < cbor_array_size(images); i++)
        take_slot(a, cbor_array_handle(images)[i]);
    return 0;
}

/* How many a list or map is said to have: more than there are bytes is a lie that the library would make room for. */
static void on_list(void *ctx, size_t said)
{
    size_t *left = ctx;
    if (said > *left)
        *left = 0;
}

static int is_honest(const uint8_t *map, size_t len)
{
    struct cbor_callbacks callbacks = cbor_empty_callbacks;
    size_t left = len;
    callbacks.array_start = on_list;
    callbacks.map_start = on_list;
    while (left > 0) {
        const struct cbor_decoder_result head = cbor_stream_decode(map + len - left, left, &callbacks, &left);
        if (left == 0 || head.status != CBOR_DECODER_FINISHED || head.read == 0)
            return 0;
        left -= head.read;
    }
    return 1;
}

int ut_update_unpack(const uint8_t *packet, size_t len, const struct ut_update_request *r, struct ut_update_answer *a)
{
    memset(a, 0, sizeof *a);
    if (len < UT_UPDATE_HEADER_BYTES || (packet[0] & OP_MASK) != kind[r->ask].op + 1 || packet[4] != 0 ||
        packet[5] != kind[r->ask].group || packet[6] != r->seq || packet[7] != kind[r->ask].id ||
        (size_t)(packet[2] << 8 | packet[3]) != len - UT_UPDATE_HEADER_BYTES)
        return -1;
    if (!is_honest(packet + UT_UPDATE_HEADER_BYTES, len - UT_UPDATE_HEADER_BYTES))
        return -1;
    struct cbor_load_result loaded;
    cbor_item_t *map = cbor_load(packet + UT_UPDATE_HEADER_BYTES, len - UT_UPDATE_HEADER_BYTES, &loaded);
    if (map == NULL)
        return -1;
    int result = cbor_isa_map(map) ? take_map(map, r->ask, a) : -1;
    cbor_decref(&map);
    return result;
}
