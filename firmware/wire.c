/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/wire.h"

#include "dsp/two_channels.h"
#include "firmware/engine.h"
#include "firmware/turns.h"
#include "models/infer.h"

#include <string.h>

enum {
    MESSAGE_BYTES = UT_WIRE_RECORD_BYTES + 2, /* record and CRC */
    CODED_BYTES = MESSAGE_BYTES + 1,          /* one COBS block: a message is shorter than 254 bytes */
    LOUDNESS_MAX = 200
};

/* Where each field stands in its record: SPEC.md "Wire". */
enum {
    HELLO_VERSION = 2,
    HELLO_FEATURES = 5,
    HELLO_CRC = 7,
    HELLO_MODEL = 11,
    HELLO_BOARD = 15,
    HELLO_END = 19,

    SCORE_T = 2,
    SCORE_FLAGS = 6,
    SCORE_FRUSTRATION = 7,
    SCORE_DELIGHT = 8,
    SCORE_CONFIDENCE = 9,
    SCORE_LOUDNESS = 10,
    SCORE_AGENT_LEVEL = 11,
    SCORE_CUSTOMER_PACE = 12,
    SCORE_AGENT_PACE = 13,
    SCORE_F0 = 14,
    SCORE_F0_RANGE = 15,
    SCORE_TOP = 16,

    TURN_T = 2,
    TURN_KIND = 6,
    TURN_PARTY = 7,
    TURN_BEGIN_MS = 8,
    TURN_END_MS = 12,
    TURN_END_OF_FIELDS = 16,

    STATUS_T = 2,
    STATUS_OVERRUNS = 6,
    STATUS_DROPS = 8,
    STATUS_CUSTOMER_SNR = 10,
    STATUS_AGENT_SNR = 11,
    STATUS_CHANNELS = 12,
    STATUS_ABOUT = 13,
    STATUS_DELAY = 14,
    STATUS_GAIN = 16,
    STATUS_KNOWN = 18,
    STATUS_END = 19,

    RESET_CAUSE = 2,
    RESET_EXCEPTION = 3,
    RESET_PC = 4,
    RESET_LR = 8,
    RESET_STATUS = 12,
    RESET_BOOTS = 16,
    RESET_END = 18,

    CONTROL_OP = 2,
    CONTROL_TAG = 3,
    CONTROL_KEY = 4,
    CONTROL_LEN = 5,
    CONTROL_ERROR = 6, /* of a reply; reserved in a request */
    CONTROL_RESERVED = 7,
    CONTROL_VALUE = 8
};

static void put16(uint8_t *p, uint16_t x)
{
    p[0] = (uint8_t)(x & 0xFF);
    p[1] = (uint8_t)(x >> 8);
}

static void put32(uint8_t *p, uint32_t x)
{
    put16(p, (uint16_t)(x & 0xFFFF));
    put16(p + 2, (uint16_t)(x >> 16));
}

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] | (uint32_t)p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
    return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static void begin(uint8_t *record, enum ut_wire_type type, uint8_t seq)
{
    memset(record, 0, UT_WIRE_RECORD_BYTES);
    record[0] = (uint8_t)((uint32_t)UT_WIRE_VERSION << 4 | (uint32_t)type);
    record[1] = seq;
}

static int reserved_is_zero(const uint8_t *record, int from)
{
    for (int i = from; i < UT_WIRE_RECORD_BYTES; i++)
        if (record[i] != 0)
            return 0;
    return 1;
}

void ut_wire_pack_hello(uint8_t *record, uint8_t seq, const struct ut_wire_hello *h)
{
    begin(record, UT_WIRE_HELLO, seq);
    record[HELLO_VERSION] = h->fw_major;
    record[HELLO_VERSION + 1] = h->fw_minor;
    record[HELLO_VERSION + 2] = h->fw_patch;
    put16(record + HELLO_FEATURES, h->features_version);
    put32(record + HELLO_CRC, h->model_crc32);
    memcpy(record + HELLO_MODEL, h->model_id, sizeof h->model_id);
    memcpy(record + HELLO_BOARD, h->board, sizeof h->board);
}

void ut_wire_pack_score(uint8_t *record, uint8_t seq, const struct ut_wire_score *s)
{
    begin(record, UT_WIRE_SCORE, seq);
    put32(record + SCORE_T, s->t_ms);
    record[SCORE_FLAGS] = s->flags;
    record[SCORE_FRUSTRATION] = s->frustration;
    record[SCORE_DELIGHT] = s->delight;
    record[SCORE_CONFIDENCE] = s->confidence;
    record[SCORE_LOUDNESS] = s->customer_loudness > LOUDNESS_MAX ? LOUDNESS_MAX : s->customer_loudness;
    record[SCORE_AGENT_LEVEL] = s->agent_level;
    record[SCORE_CUSTOMER_PACE] = s->customer_pace;
    record[SCORE_AGENT_PACE] = s->agent_pace;
    record[SCORE_F0] = s->customer_f0;
    record[SCORE_F0_RANGE] = s->customer_f0_range;
    for (int i = 0; i < 2; i++) {
        record[SCORE_TOP + 2 * i] = s->top[i].feature;
        record[SCORE_TOP + 2 * i + 1] = (uint8_t)s->top[i].contribution;
    }
}

void ut_wire_pack_turn(uint8_t *record, uint8_t seq, const struct ut_wire_turn *t)
{
    begin(record, UT_WIRE_TURN, seq);
    put32(record + TURN_T, t->t_ms);
    record[TURN_KIND] = t->kind;
    record[TURN_PARTY] = t->party;
    put32(record + TURN_BEGIN_MS, t->begin_ms);
    put32(record + TURN_END_MS, t->end_ms < t->begin_ms ? t->begin_ms : t->end_ms);
}

void ut_wire_pack_status(uint8_t *record, uint8_t seq, const struct ut_wire_status *s)
{
    begin(record, UT_WIRE_STATUS, seq);
    put32(record + STATUS_T, s->t_ms);
    put16(record + STATUS_OVERRUNS, s->overruns);
    put16(record + STATUS_DROPS, s->drops);
    record[STATUS_CUSTOMER_SNR] = s->customer_snr;
    record[STATUS_AGENT_SNR] = s->agent_snr;
    record[STATUS_CHANNELS] = s->channels;
    record[STATUS_ABOUT] = s->about;
    record[STATUS_KNOWN] = s->known;
    for (int party = 0; party < 2; party++) {
        record[STATUS_DELAY + party] = s->delay[party];
        record[STATUS_GAIN + party] = (uint8_t)s->gain[party];
    }
}

void ut_wire_pack_reset(uint8_t *record, uint8_t seq, const struct ut_wire_reset *r)
{
    begin(record, UT_WIRE_RESET, seq);
    record[RESET_CAUSE] = r->cause;
    record[RESET_EXCEPTION] = r->exception;
    put32(record + RESET_PC, r->pc);
    put32(record + RESET_LR, r->lr);
    put32(record + RESET_STATUS, r->status);
    put16(record + RESET_BOOTS, r->boots);
}

static void put_value(uint8_t *record, const uint8_t value[UT_WIRE_VALUE_BYTES], uint8_t len)
{
    record[CONTROL_LEN] = len > UT_WIRE_VALUE_BYTES ? UT_WIRE_VALUE_BYTES : len;
    memcpy(record + CONTROL_VALUE, value, record[CONTROL_LEN]);
}

void ut_wire_pack_request(uint8_t *record, uint8_t seq, const struct ut_wire_request *r)
{
    begin(record, UT_WIRE_REQUEST, seq);
    record[CONTROL_OP] = r->op;
    record[CONTROL_TAG] = r->tag;
    record[CONTROL_KEY] = r->key;
    put_value(record, r->value, r->len);
}

void ut_wire_pack_reply(uint8_t *record, uint8_t seq, const struct ut_wire_reply *r)
{
    begin(record, UT_WIRE_REPLY, seq);
    record[CONTROL_OP] = r->op;
    record[CONTROL_TAG] = r->tag;
    record[CONTROL_KEY] = r->key;
    record[CONTROL_ERROR] = r->error;
    put_value(record, r->value, r->len);
}

int ut_wire_type(const uint8_t *record)
{
    int type = record[0] & 0x0F;
    if (record[0] >> 4 != UT_WIRE_VERSION || type < UT_WIRE_HELLO || type > UT_WIRE_REPLY)
        return UT_ERR_VERSION;
    return type;
}

int ut_wire_unpack_hello(const uint8_t *record, struct ut_wire_hello *h)
{
    if (ut_wire_type(record) != UT_WIRE_HELLO)
        return UT_ERR_VERSION;
    h->fw_major = record[HELLO_VERSION];
    h->fw_minor = record[HELLO_VERSION + 1];
    h->fw_patch = record[HELLO_VERSION + 2];
    h->features_version = get16(record + HELLO_FEATURES);
    h->model_crc32 = get32(record + HELLO_CRC);
    memcpy(h->model_id, record + HELLO_MODEL, sizeof h->model_id);
    memcpy(h->board, record + HELLO_BOARD, sizeof h->board);
    return reserved_is_zero(record, HELLO_END) ? 0 : UT_ERR_MALFORMED;
}

int ut_wire_unpack_score(const uint8_t *record, struct ut_wire_score *s)
{
    if (ut_wire_type(record) != UT_WIRE_SCORE)
        return UT_ERR_VERSION;
    s->t_ms = get32(record + SCORE_T);
    s->flags = record[SCORE_FLAGS];
    s->frustration = record[SCORE_FRUSTRATION];
    s->delight = record[SCORE_DELIGHT];
    s->confidence = record[SCORE_CONFIDENCE];
    s->customer_loudness = record[SCORE_LOUDNESS];
    s->agent_level = record[SCORE_AGENT_LEVEL];
    s->customer_pace = record[SCORE_CUSTOMER_PACE];
    s->agent_pace = record[SCORE_AGENT_PACE];
    s->customer_f0 = record[SCORE_F0];
    s->customer_f0_range = record[SCORE_F0_RANGE];
    int valid = s->customer_loudness <= LOUDNESS_MAX && ut_wire_abstain(s) <= UT_ABSTAIN_MIXED;
    for (int i = 0; i < 2; i++) {
        uint8_t contribution = record[SCORE_TOP + 2 * i + 1];
        s->top[i].feature = record[SCORE_TOP + 2 * i];
        s->top[i].contribution = (int8_t)(contribution < 128 ? contribution : contribution - 256);
        valid = valid && s->top[i].feature < UT_GROUPS;
    }
    return valid ? 0 : UT_ERR_MALFORMED;
}

int ut_wire_unpack_turn(const uint8_t *record, struct ut_wire_turn *t)
{
    if (ut_wire_type(record) != UT_WIRE_TURN)
        return UT_ERR_VERSION;
    t->t_ms = get32(record + TURN_T);
    t->kind = record[TURN_KIND];
    t->party = record[TURN_PARTY];
    t->begin_ms = get32(record + TURN_BEGIN_MS);
    t->end_ms = get32(record + TURN_END_MS);
    if (t->kind < UT_TURN_IPU_START || t->kind >= UT_TURN_KINDS || t->party > UT_BOTH)
        return UT_ERR_MALFORMED;
    int of_both = t->kind == UT_TURN_OVERLAP_START || t->kind == UT_TURN_OVERLAP_END ||
                  t->kind == UT_TURN_NONTALK_START || t->kind == UT_TURN_NONTALK_END;
    if (of_both != (t->party == UT_BOTH) || t->end_ms < t->begin_ms)
        return UT_ERR_MALFORMED;
    return reserved_is_zero(record, TURN_END_OF_FIELDS) ? 0 : UT_ERR_MALFORMED;
}

int ut_wire_unpack_status(const uint8_t *record, struct ut_wire_status *s)
{
    if (ut_wire_type(record) != UT_WIRE_STATUS)
        return UT_ERR_VERSION;
    s->t_ms = get32(record + STATUS_T);
    s->overruns = get16(record + STATUS_OVERRUNS);
    s->drops = get16(record + STATUS_DROPS);
    s->customer_snr = record[STATUS_CUSTOMER_SNR];
    s->agent_snr = record[STATUS_AGENT_SNR];
    s->channels = record[STATUS_CHANNELS];
    s->about = record[STATUS_ABOUT];
    s->known = record[STATUS_KNOWN];
    int valid = s->channels < UT_CHANNELS_STATES && s->about <= 3 && s->known <= 100;
    for (int party = 0; party < 2; party++) {
        s->delay[party] = record[STATUS_DELAY + party];
        s->gain[party] = (int8_t)record[STATUS_GAIN + party];
        valid = valid && s->delay[party] < UT_TWO_CHANNELS_LAGS;
    }
    return valid && reserved_is_zero(record, STATUS_END) ? 0 : UT_ERR_MALFORMED;
}

int ut_wire_unpack_reset(const uint8_t *record, struct ut_wire_reset *r)
{
    if (ut_wire_type(record) != UT_WIRE_RESET)
        return UT_ERR_VERSION;
    r->cause = record[RESET_CAUSE];
    r->exception = record[RESET_EXCEPTION];
    r->pc = get32(record + RESET_PC);
    r->lr = get32(record + RESET_LR);
    r->status = get32(record + RESET_STATUS);
    r->boots = get16(record + RESET_BOOTS);
    return r->cause <= UT_WIRE_FAULT && reserved_is_zero(record, RESET_END) ? 0 : UT_ERR_MALFORMED;
}

/* 0, or UT_ERR_MALFORMED. */
static int get_value(const uint8_t *record, uint8_t value[UT_WIRE_VALUE_BYTES], uint8_t *len)
{
    *len = record[CONTROL_LEN];
    memcpy(value, record + CONTROL_VALUE, UT_WIRE_VALUE_BYTES);
    if (*len > UT_WIRE_VALUE_BYTES || record[CONTROL_RESERVED] != 0)
        return UT_ERR_MALFORMED;
    return reserved_is_zero(record, CONTROL_VALUE + *len) ? 0 : UT_ERR_MALFORMED;
}

int ut_wire_unpack_request(const uint8_t *record, struct ut_wire_request *r)
{
    if (ut_wire_type(record) != UT_WIRE_REQUEST)
        return UT_ERR_VERSION;
    r->op = record[CONTROL_OP];
    r->tag = record[CONTROL_TAG];
    r->key = record[CONTROL_KEY];
    return record[CONTROL_ERROR] == 0 ? get_value(record, r->value, &r->len) : UT_ERR_MALFORMED;
}

int ut_wire_unpack_reply(const uint8_t *record, struct ut_wire_reply *r)
{
    if (ut_wire_type(record) != UT_WIRE_REPLY)
        return UT_ERR_VERSION;
    r->op = record[CONTROL_OP];
    r->tag = record[CONTROL_TAG];
    r->key = record[CONTROL_KEY];
    r->error = record[CONTROL_ERROR];
    return get_value(record, r->value, &r->len);
}

uint16_t ut_wire_crc16(const uint8_t *data, size_t len)
{
    uint32_t crc = 0xFFFF;
    for (size_t i = 0; i < len; i++) {
        crc ^= (uint32_t)data[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc << 1 ^ ((crc & 0x8000) != 0 ? 0x1021u : 0u)) & 0xFFFF;
    }
    return (uint16_t)crc;
}

size_t ut_wire_frame(const uint8_t *record, uint8_t frame[UT_WIRE_FRAME_BYTES])
{
    uint8_t message[MESSAGE_BYTES];
    memcpy(message, record, UT_WIRE_RECORD_BYTES);
    put16(message + UT_WIRE_RECORD_BYTES, ut_wire_crc16(record, UT_WIRE_RECORD_BYTES));

    int code = 0; /* where the count of the current run stands */
    for (int i = 0; i < MESSAGE_BYTES; i++) {
        frame[i + 1] = message[i];
        if (message[i] == 0) {
            frame[code] = (uint8_t)(i + 1 - code);
            code = i + 1;
        }
    }
    frame[code] = (uint8_t)(CODED_BYTES - code);
    frame[CODED_BYTES] = 0;
    return UT_WIRE_FRAME_BYTES;
}

/* CODED_BYTES bytes without a zero among them to a message; 0 when the run lengths do not add up. */
static int decode(const uint8_t *coded, uint8_t message[MESSAGE_BYTES])
{
    int next_code = coded[0];
    for (int i = 1; i < CODED_BYTES; i++) {
        if (i == next_code) {
            message[i - 1] = 0;
            next_code = i + coded[i];
        } else {
            message[i - 1] = coded[i];
        }
    }
    return next_code == CODED_BYTES;
}

void ut_wire_receiver_init(struct ut_wire_receiver *r)
{
    memset(r, 0, sizeof *r);
}

static int malformed(struct ut_wire_receiver *r)
{
    if (!r->joined)
        return 0;
    r->malformed++;
    return UT_ERR_MALFORMED;
}

static int delimited(struct ut_wire_receiver *r, uint8_t record[UT_WIRE_RECORD_BYTES])
{
    uint8_t message[MESSAGE_BYTES];
    if (r->len == 0)
        return 0;
    if (r->len != CODED_BYTES || !decode(r->buf, message) ||
        get16(message + UT_WIRE_RECORD_BYTES) != ut_wire_crc16(message, UT_WIRE_RECORD_BYTES))
        return malformed(r);
    memcpy(record, message, UT_WIRE_RECORD_BYTES);
    if (r->have_seq)
        r->lost += (uint8_t)(record[1] - r->seq - 1);
    r->have_seq = 1;
    r->seq = record[1];
    r->records++;
    if (ut_wire_type(record) < 0)
        r->unknown++;
    return 1;
}

int ut_wire_receive(struct ut_wire_receiver *r, uint8_t byte, uint8_t record[UT_WIRE_RECORD_BYTES])
{
    int result = 0;
    if (byte == 0) {
        if (!r->skipping)
            result = delimited(r, record);
        r->joined = 1;
        r->skipping = 0;
        r->len = 0;
    } else if (!r->skipping) {
        if (r->len < CODED_BYTES) {
            r->buf[r->len++] = byte;
        } else {
            r->skipping = 1;
            result = malformed(r);
        }
    }
    return result;
}
