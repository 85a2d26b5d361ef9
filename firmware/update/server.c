/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/update/server.h"

#include "firmware/boot/counter.h"
#include "firmware/boot/signature.h"
#include "firmware/boot/trailer.h"
#include "firmware/image.h"
#include "firmware/update/cbor.h"

#include <string.h>

enum { HEADER_BYTES = 8, OP_MASK = 7, VERSION_SHIFT = 3, VERSION_MASK = 3 };
enum { READ = 0, WRITE = 2, GROUP_OS = 0, GROUP_IMAGE = 1 };
enum { ECHO = 0, RESET = 5, PARAMETERS = 6, BOOTLOADER = 8, STATE = 0, UPLOAD = 1 };
enum { NOT_SUPPORTED = 8, MALFORMED = 3, IN_CALL = 10, MODE_DIRECT_XIP_WITH_REVERT = 5 };

struct request {
    unsigned op, version, group, id;
    const uint8_t *map;
    size_t len, room;
};

void ut_server_init(struct ut_server *s, const char *board, int usable, uint32_t now_us)
{
    memset(s, 0, sizeof *s);
    s->board = board;
    s->usable = (uint8_t)usable;
    s->last_us = now_us;
    s->running = -1;
    for (int i = 0; i < BOARD_SLOTS; i++)
        if (board_area_place[i].bytes != 0 &&
            ((ut_image.address - UT_MANIFEST_HEADER_BYTES) & 0xFFFFFF) == board_area_place[i].offset)
            s->running = (int8_t)i;
    s->kept = s->running < 0;
    struct ut_manifest m;
    if (s->running >= 0 && ut_manifest_read(&m, (enum board_area)s->running, board) == UT_MANIFEST_OK)
        memcpy(s->signer, m.key, sizeof s->signer);
}

void ut_server_speech(struct ut_server *s, uint32_t blocks)
{
    s->spoken = 1;
    s->spoken_block = blocks;
}

static int in_call(const struct ut_server *s, uint32_t blocks)
{
    return s->spoken && !s->at_once && blocks - s->spoken_block < UT_SERVER_QUIET_BLOCKS;
}

static enum ut_server_error error_of(enum ut_manifest_fault fault)
{
    static const uint8_t error[] = {UT_SERVER_OK,   UT_SERVER_NO_IMAGE, UT_SERVER_BOARD,
                                    UT_SERVER_SLOT, UT_SERVER_TOO_LONG, UT_SERVER_DIGEST,
                                    UT_SERVER_KEY,  UT_SERVER_KEY,      UT_SERVER_COUNTER};
    return (enum ut_server_error)error[fault];
}

static enum board_area other_slot(const struct ut_server *s)
{
    return s->running == BOARD_SLOT_A ? BOARD_SLOT_B : BOARD_SLOT_A;
}

static void put_error(struct ut_cbor_out *o, const struct request *r, unsigned error)
{
    o->len = 0;
    o->full = 0;
    ut_cbor_put_map(o);
    if (r->version == 0 || r->group != GROUP_IMAGE) {
        ut_cbor_put_text(o, "rc");
        ut_cbor_put_number(o, error);
    } else {
        ut_cbor_put_text(o, "err");
        ut_cbor_put_map(o);
        ut_cbor_put_text(o, "group");
        ut_cbor_put_number(o, GROUP_IMAGE);
        ut_cbor_put_text(o, "rc");
        ut_cbor_put_number(o, error);
        ut_cbor_put_end(o);
    }
    ut_cbor_put_end(o);
}

static void put_version(struct ut_cbor_out *o, const uint8_t version[3])
{
    uint8_t text[12];
    size_t n = 0;
    for (int i = 0; i < 3; i++) {
        if (i > 0)
            text[n++] = '.';
        if (version[i] >= 100)
            text[n++] = (uint8_t)('0' + version[i] / 100);
        if (version[i] >= 10)
            text[n++] = (uint8_t)('0' + version[i] / 10 % 10);
        text[n++] = (uint8_t)('0' + version[i] % 10);
    }
    ut_cbor_put_texts(o, text, n);
}

static void put_flag(struct ut_cbor_out *o, const char *name, int on)
{
    ut_cbor_put_text(o, name);
    ut_cbor_put_bool(o, on);
}

static void put_slot(struct ut_cbor_out *o, const struct ut_server *s, enum board_area slot)
{
    struct ut_manifest m;
    struct ut_trailer t;
    if (ut_manifest_read(&m, slot, s->board) != UT_MANIFEST_OK)
        return;
    ut_trailer_read(&t, slot);
    ut_cbor_put_map(o);
    ut_cbor_put_text(o, "slot");
    ut_cbor_put_number(o, (uint32_t)slot);
    ut_cbor_put_text(o, "version");
    put_version(o, m.version);
    ut_cbor_put_text(o, "hash");
    ut_cbor_put_bytes(o, m.digest, sizeof m.digest);
    put_flag(o, "bootable", m.counter >= ut_counter_read() && t.state != UT_SLOT_SPENT);
    put_flag(o, "pending", t.state == UT_SLOT_PENDING && (int)slot != s->running);
    put_flag(o, "confirmed", t.state == UT_SLOT_KEPT);
    put_flag(o, "active", (int)slot == s->running);
    put_flag(o, "permanent", 0);
    ut_cbor_put_end(o);
}

static void put_state(struct ut_cbor_out *o, const struct ut_server *s)
{
    ut_cbor_put_map(o);
    ut_cbor_put_text(o, "images");
    ut_cbor_put_list(o);
    for (unsigned i = 0; i < BOARD_SLOTS; i++)
        put_slot(o, s, (enum board_area)i);
    ut_cbor_put_end(o);
    ut_cbor_put_text(o, "splitStatus");
    ut_cbor_put_number(o, 0);
    ut_cbor_put_end(o);
}

/* Kept, or run for want of another, by a trailer that cannot say so, and shown to work since: it is what the bootloader
 * goes back to. */
static int is_kept(const struct ut_server *s)
{
    struct ut_trailer t;
    ut_trailer_read(&t, (enum board_area)s->running);
    return t.state == UT_SLOT_KEPT || (s->kept && (t.state == UT_SLOT_EMPTY || t.state == UT_SLOT_SPOILT));
}

static enum ut_server_error keep(struct ut_server *s, uint32_t blocks)
{
    if (!s->kept && (blocks < UT_SERVER_BLOCKS || !s->usable))
        return UT_SERVER_TOO_EARLY;
    if (ut_trailer_keep((enum board_area)s->running) != 0)
        return UT_SERVER_WRITE;
    s->kept = 1;
    return UT_SERVER_OK;
}

/* Whole, signed by a key that is known and not older; the signature itself is the bootloader's to judge. */
static enum ut_server_error judge(const struct ut_server *s, struct ut_manifest *m)
{
    enum ut_manifest_fault fault = ut_manifest_read(m, other_slot(s), s->board);
    if (fault == UT_MANIFEST_OK)
        fault = ut_manifest_check_digest(m, other_slot(s));
    if (fault == UT_MANIFEST_OK && ut_signature_key(m->key) == NULL)
        fault = UT_MANIFEST_KEY;
    if (fault == UT_MANIFEST_OK && m->counter < ut_counter_read())
        fault = UT_MANIFEST_COUNTER;
    return error_of(fault);
}

static enum ut_server_error ask(struct ut_server *s, const struct ut_cbor_value *hash)
{
    struct ut_manifest m;
    struct ut_trailer t;
    if (hash->number == sizeof m.digest &&
        ut_manifest_read(&m, (enum board_area)s->running, s->board) == UT_MANIFEST_OK &&
        memcmp(m.digest, hash->bytes, sizeof m.digest) == 0)
        return UT_SERVER_RUNNING;
    if (hash->number != sizeof m.digest || ut_manifest_read(&m, other_slot(s), s->board) != UT_MANIFEST_OK ||
        memcmp(m.digest, hash->bytes, sizeof m.digest) != 0)
        return UT_SERVER_NO_HASH;
    enum ut_server_error error = judge(s, &m);
    ut_trailer_read(&t, other_slot(s));
    if (error != UT_SERVER_OK || t.state == UT_SLOT_PENDING)
        return error;
    return ut_trailer_ask(other_slot(s)) == 0 ? UT_SERVER_OK : UT_SERVER_WRITE;
}

static unsigned write_state(struct ut_server *s, const struct request *r, uint32_t blocks)
{
    struct ut_cbor_value hash, confirm;
    int hashed = ut_cbor_find(r->map, r->len, "hash", UT_CBOR_BYTES, &hash),
        confirmed = ut_cbor_find(r->map, r->len, "confirm", UT_CBOR_BOOL, &confirm);
    if (hashed < 0 || confirmed < 0)
        return UT_SERVER_UNKNOWN;
    int keeping = confirmed && confirm.number;
    if (!hashed)
        return keeping ? keep(s, blocks) : UT_SERVER_NO_HASH;
    enum ut_server_error error = ask(s, &hash);
    if (!keeping)
        return error;
    if (error == UT_SERVER_RUNNING)
        return keep(s, blocks);
    return error == UT_SERVER_OK ? UT_SERVER_TOO_EARLY : error; /* only what runs can be kept */
}

/* A new image: its header is judged, the unit with the trailer erased, so that nothing old of it counts. */
static enum ut_server_error begin_upload(struct ut_server *s, const uint8_t *data, uint32_t len, uint32_t length)
{
    enum board_area slot = other_slot(s);
    struct ut_manifest m;
    s->length = 0;
    if (!is_kept(s))
        return UT_SERVER_BUSY;
    if (len < UT_MANIFEST_SHORT_BYTES)
        return UT_SERVER_LENGTH;
    enum ut_manifest_fault fault = ut_manifest_begin(&m, slot, data, s->board);
    if (fault != UT_MANIFEST_OK)
        return error_of(fault);
    if (length > board_area_place[slot].bytes - UT_TRAILER_BYTES)
        return UT_SERVER_TOO_LONG;
    if (board_flash_erase(slot, board_area_place[slot].bytes - board_area_place[slot].unit) != 0)
        return UT_SERVER_ERASE;
    s->length = length;
    s->offset = 0;
    return UT_SERVER_OK;
}

/* Takes whole words, and what is left at the end filled up. Units are erased when the first byte comes to them. */
static enum ut_server_error take_piece(struct ut_server *s, const uint8_t *data, uint32_t len)
{
    enum board_area slot = other_slot(s);
    uint32_t unit = board_area_place[slot].unit, last = board_area_place[slot].bytes - unit;
    if (len > s->length - s->offset)
        return UT_SERVER_OVERRUN;
    uint32_t end = s->offset + len, whole = len & ~3U;
    for (uint32_t at = (s->offset + unit - 1) / unit * unit; at < end && at < last; at += unit)
        if (board_flash_erase(slot, at) != 0)
            return UT_SERVER_ERASE;
    if (whole > 0 && board_flash_write(slot, s->offset, data, whole) != 0)
        return UT_SERVER_WRITE;
    s->offset += whole;
    if (end != s->length || whole == len)
        return UT_SERVER_OK;
    uint8_t rest[4] = {0xFF, 0xFF, 0xFF, 0xFF};
    memcpy(rest, data + whole, len - whole);
    if (board_flash_write(slot, s->offset, rest, sizeof rest) != 0)
        return UT_SERVER_WRITE;
    s->offset = s->length;
    return UT_SERVER_OK;
}

static enum ut_server_error upload(struct ut_server *s, const struct request *r)
{
    struct ut_cbor_value off, data, len, sha;
    if (ut_cbor_find(r->map, r->len, "off", UT_CBOR_NUMBER, &off) != 1 ||
        ut_cbor_find(r->map, r->len, "data", UT_CBOR_BYTES, &data) != 1)
        return UT_SERVER_OFFSET;
    enum ut_server_error error = UT_SERVER_OK;
    if (off.number == 0) {
        int hashed = ut_cbor_find(r->map, r->len, "sha", UT_CBOR_BYTES, &sha);
        if (ut_cbor_find(r->map, r->len, "len", UT_CBOR_NUMBER, &len) != 1 || len.number == 0 || hashed < 0 ||
            (hashed && sha.number != sizeof s->sha256))
            return UT_SERVER_LENGTH;
        if (hashed && s->length == len.number && s->offset < s->length &&
            memcmp(s->sha256, sha.bytes, sizeof s->sha256) == 0)
            return UT_SERVER_OK; /* goes on where it stopped */
        error = begin_upload(s, data.bytes, data.number, len.number);
        memset(s->sha256, 0, sizeof s->sha256);
        if (hashed)
            memcpy(s->sha256, sha.bytes, sizeof s->sha256);
    }
    if (error == UT_SERVER_OK && s->length != 0 && off.number == s->offset)
        error = take_piece(s, data.bytes, data.number);
    struct ut_manifest m;
    if (error == UT_SERVER_OK && s->length != 0 && s->offset == s->length)
        error = judge(s, &m);
    if (error != UT_SERVER_OK)
        s->length = s->offset = 0;
    return error;
}

static int handle_image(struct ut_server *s, const struct request *r, uint32_t blocks, struct ut_cbor_out *o)
{
    unsigned error = UT_SERVER_OK;
    struct ut_cbor_value asked;
    if (s->running < 0)
        return NOT_SUPPORTED;
    /* To ask for an image is to digest it, which takes longer than the sound waits; keeping what runs is a word. */
    int works = r->id == UPLOAD || (r->id == STATE && ut_cbor_find(r->map, r->len, "hash", UT_CBOR_BYTES, &asked) != 0);
    if (works && r->op == WRITE && in_call(s, blocks))
        return IN_CALL;
    if (r->id == STATE && r->op == WRITE)
        error = write_state(s, r, blocks);
    else if (r->id == UPLOAD && r->op == WRITE)
        error = upload(s, r);
    else if (r->id != STATE || r->op != READ)
        return NOT_SUPPORTED;
    if (error != UT_SERVER_OK) {
        put_error(o, r, error);
    } else if (r->id == STATE) {
        put_state(o, s);
    } else {
        ut_cbor_put_map(o);
        ut_cbor_put_text(o, "off");
        ut_cbor_put_number(o, s->offset);
        ut_cbor_put_end(o);
        if (s->offset == s->length)
            s->length = s->offset = 0;
    }
    return 0;
}

static void put_number(struct ut_cbor_out *o, const char *name, uint32_t number)
{
    ut_cbor_put_text(o, name);
    ut_cbor_put_number(o, number);
}

static int handle_os(const struct ut_server *s, const struct request *r, uint32_t blocks, struct ut_cbor_out *o,
                     int *restart)
{
    struct ut_cbor_value asked;
    ut_cbor_put_map(o);
    if (r->id == ECHO && r->op == WRITE) {
        if (ut_cbor_find(r->map, r->len, "d", UT_CBOR_TEXT, &asked) != 1)
            return MALFORMED;
        ut_cbor_put_text(o, "r");
        ut_cbor_put_texts(o, asked.bytes, asked.number);
    } else if (r->id == RESET && r->op == WRITE) {
        if (in_call(s, blocks))
            return IN_CALL;
        *restart = 1;
    } else if (r->id == PARAMETERS && r->op == READ) {
        put_number(o, "buf_size", (uint32_t)r->room);
        put_number(o, "buf_count", 1);
    } else if (r->id == BOOTLOADER && r->op == READ) {
        int query = ut_cbor_find(r->map, r->len, "query", UT_CBOR_TEXT, &asked);
        if (query == 1 && asked.number == 4 && memcmp(asked.bytes, "mode", 4) == 0) {
            put_number(o, "mode", MODE_DIRECT_XIP_WITH_REVERT);
        } else {
            ut_cbor_put_text(o, "bootloader");
            ut_cbor_put_text(o, "MCUboot"); /* what clients take this behaviour for */
        }
    } else {
        return NOT_SUPPORTED;
    }
    ut_cbor_put_end(o);
    return o->full ? MALFORMED : 0;
}

size_t ut_server_handle(struct ut_server *s, const uint8_t *packet, size_t len, size_t room, uint32_t blocks,
                        int *restart)
{
    *restart = 0;
    if (len < HEADER_BYTES || (size_t)(packet[2] << 8 | packet[3]) != len - HEADER_BYTES)
        return 0;
    const struct request r = {packet[0] & OP_MASK,
                              packet[0] >> VERSION_SHIFT & VERSION_MASK,
                              (unsigned)(packet[4] << 8 | packet[5]),
                              packet[7],
                              packet + HEADER_BYTES,
                              len - HEADER_BYTES,
                              room};
    if (r.op != READ && r.op != WRITE)
        return 0;
    struct ut_cbor_out o = {s->answer + HEADER_BYTES, sizeof s->answer - HEADER_BYTES, 0, 0};
    s->heard = 1;
    int error = r.group == GROUP_OS      ? handle_os(s, &r, blocks, &o, restart)
                : r.group == GROUP_IMAGE ? handle_image(s, &r, blocks, &o)
                                         : NOT_SUPPORTED;
    if (error != 0) {
        const struct request old = {.version = 0};
        put_error(&o, &old, (unsigned)error);
    }
    s->answer[0] = (uint8_t)(packet[0] + 1);
    s->answer[1] = 0;
    s->answer[2] = (uint8_t)(o.len >> 8);
    s->answer[3] = (uint8_t)o.len;
    memcpy(s->answer + 4, packet + 4, 4);
    return HEADER_BYTES + o.len;
}

void ut_server_work(struct ut_server *s, uint32_t blocks, uint32_t now_us)
{
    uint32_t passed_us = now_us - s->last_us;
    s->last_us = now_us;
    if (s->kept)
        return;
    s->alive_us = s->alive_us + passed_us < s->alive_us ? UINT32_MAX : s->alive_us + passed_us;
    if (s->heard || s->alive_us >= UT_SERVER_ALONE_US)
        s->kept = keep(s, blocks) != UT_SERVER_TOO_EARLY; /* a memory that does not take it is not asked for ever */
}
