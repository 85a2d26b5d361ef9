/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves the headset and what it is asked: records of 20 bytes, little-endian, and their framing on a serial
 * line.
 *
 * A record: byte 0 = version << 4 | type, byte 1 = sequence number (all types share one counter, modulo 256), then
 * the fields of its type (offsets in SPEC.md "Wire"). On UART: COBS(record || CRC-16/IBM-3740, little-endian) || 0x00.
 * No field can carry audio. unpack(pack(x)) = x for every x within the stated ranges. pack saturates quantities beyond
 * theirs; a code that is not in its enum is packed as it is and refused by unpack. Reserved bytes are 0.
 */
#ifndef UT_FIRMWARE_WIRE_H
#define UT_FIRMWARE_WIRE_H

#include "firmware/err.h"

#include <stddef.h>
#include <stdint.h>

enum {
    UT_WIRE_VERSION = 1,
    UT_WIRE_RECORD_BYTES = 20,
    UT_WIRE_FRAME_BYTES = 24 /* COBS adds 1, CRC 2, delimiter 1 */
};

enum ut_wire_type {
    UT_WIRE_HELLO = 1,
    UT_WIRE_SCORE = 2,
    UT_WIRE_TURN = 3,
    UT_WIRE_STATUS = 4,
    UT_WIRE_RESET = 5,
    UT_WIRE_REQUEST = 6, /* to the headset; firmware/control.h */
    UT_WIRE_REPLY = 7
};

enum { UT_WIRE_VALUE_BYTES = 12 };

/* boards/board.h: enum board_reset_cause */
enum ut_wire_cause {
    UT_WIRE_POWER = 0,
    UT_WIRE_PIN = 1,
    UT_WIRE_SOFTWARE = 2,
    UT_WIRE_WATCHDOG = 3,
    UT_WIRE_BROWNOUT = 4,
    UT_WIRE_FAULT = 5
};

enum {
    UT_WIRE_CUSTOMER_SPEECH = 1, /* flags: mostly speech in the interval */
    UT_WIRE_AGENT_SPEECH = 2,
    UT_WIRE_CUSTOMER_CLIPPED = 4, /* more than 1 % of the interval's samples at full scale */
    UT_WIRE_AGENT_CLIPPED = 8,
    UT_WIRE_ABSTAIN_SHIFT = 4, /* three bits: enum ut_abstain */
    UT_WIRE_END = 128          /* last score of the call */
};

struct ut_wire_hello {
    uint8_t fw_major, fw_minor, fw_patch;
    uint16_t features_version;
    uint32_t model_crc32; /* 0 = no classifier */
    char model_id[4];     /* not terminated, NUL-padded */
    char board[4];
};

struct ut_wire_score {
    uint32_t t_ms; /* end of the interval */
    uint8_t flags;
    uint8_t frustration; /* 0..255 = 0..1 */
    uint8_t delight;
    uint8_t confidence;
    uint8_t customer_loudness; /* 0..200 = 0..100 in halves */
    uint8_t agent_level;       /* -dBFS in halves: 0..255 = 0..-127.5 dBFS */
    uint8_t customer_pace;     /* syllables/s in sixteenths */
    uint8_t agent_pace;
    uint8_t customer_f0;       /* 0 = unvoiced, else 1 + quarter semitones above 55 Hz */
    uint8_t customer_f0_range; /* quarter semitones, highest minus lowest in the interval */
    struct {
        uint8_t feature;
        int8_t contribution;
    } top[2]; /* models/infer.h: enum ut_feature_group, Q6 */
};

/* What a score's flags say; party: UT_CUSTOMER or UT_AGENT (firmware/turns.h). */
static inline int ut_wire_speaks(const struct ut_wire_score *s, int party)
{
    return (s->flags & UT_WIRE_CUSTOMER_SPEECH << party) != 0;
}

static inline int ut_wire_clipped(const struct ut_wire_score *s, int party)
{
    return (s->flags & UT_WIRE_CUSTOMER_CLIPPED << party) != 0;
}

/* enum ut_abstain (firmware/engine.h), or a code that only a receiver knows; 0 = nothing against a score */
static inline int ut_wire_abstain(const struct ut_wire_score *s)
{
    return s->flags >> UT_WIRE_ABSTAIN_SHIFT & 7;
}

/* Whether the scores are of this interval: the customer speaks, and nothing is against them. */
static inline int ut_wire_scored(const struct ut_wire_score *s)
{
    return ut_wire_speaks(s, 0) && ut_wire_abstain(s) == 0;
}

struct ut_wire_turn {
    uint32_t t_ms;
    uint8_t kind;  /* enum ut_turn_kind */
    uint8_t party; /* enum ut_party */
    uint32_t begin_ms;
    uint32_t end_ms;
};

struct ut_wire_status {
    uint32_t t_ms;
    uint16_t overruns;    /* audio blocks lost on the device */
    uint16_t drops;       /* records dropped because the link was full */
    uint8_t customer_snr; /* dB, 0..255 */
    uint8_t agent_snr;
    uint8_t channels; /* enum ut_channels (dsp/two_channels.h) */
    uint8_t about;    /* bit PARTY: that party's channel holds the other's sound, or (silent, one) no speech */
    uint8_t delay[2]; /* of the other's sound in PARTY's channel, in 10 ms; 0 where there is none */
    int8_t gain[2];   /* dB, the same */
    uint8_t known;    /* how well the classifier knows the caller, 0..100 % (firmware/caller.h) */
};

/* Why the headset started, unless it was switched on. */
struct ut_wire_reset {
    uint8_t cause;     /* enum ut_wire_cause */
    uint8_t exception; /* of a fault; as pc, lr and status, 0 where nothing is known */
    uint32_t pc, lr;
    uint32_t status; /* CFSR */
    uint16_t boots;  /* starts since power came, this one included; saturates */
};

struct ut_wire_request {
    uint8_t op;  /* enum ut_control_op */
    uint8_t tag; /* comes back in the reply */
    uint8_t key;
    uint8_t len; /* of value, 0..UT_WIRE_VALUE_BYTES; the rest of it is 0 */
    uint8_t value[UT_WIRE_VALUE_BYTES];
};

struct ut_wire_reply {
    uint8_t op, tag, key; /* of the request */
    uint8_t len;
    uint8_t error; /* enum ut_control_error */
    uint8_t value[UT_WIRE_VALUE_BYTES];
};

/* Each packs into record[UT_WIRE_RECORD_BYTES]. */
void ut_wire_pack_hello(uint8_t *record, uint8_t seq, const struct ut_wire_hello *h);
void ut_wire_pack_score(uint8_t *record, uint8_t seq, const struct ut_wire_score *s);
void ut_wire_pack_turn(uint8_t *record, uint8_t seq, const struct ut_wire_turn *t);
void ut_wire_pack_status(uint8_t *record, uint8_t seq, const struct ut_wire_status *s);
void ut_wire_pack_reset(uint8_t *record, uint8_t seq, const struct ut_wire_reset *r);
void ut_wire_pack_request(uint8_t *record, uint8_t seq, const struct ut_wire_request *r);
void ut_wire_pack_reply(uint8_t *record, uint8_t seq, const struct ut_wire_reply *r);

/* The type of a record (enum ut_wire_type), or UT_ERR_VERSION for another version or an unknown type. */
int ut_wire_type(const uint8_t *record);

/* Each unpacks a record of its type: 0, UT_ERR_VERSION, or UT_ERR_MALFORMED when a field is out of its range. */
int ut_wire_unpack_hello(const uint8_t *record, struct ut_wire_hello *h);
int ut_wire_unpack_score(const uint8_t *record, struct ut_wire_score *s);
int ut_wire_unpack_turn(const uint8_t *record, struct ut_wire_turn *t);
int ut_wire_unpack_status(const uint8_t *record, struct ut_wire_status *s);
int ut_wire_unpack_reset(const uint8_t *record, struct ut_wire_reset *r);
int ut_wire_unpack_request(const uint8_t *record, struct ut_wire_request *r);
int ut_wire_unpack_reply(const uint8_t *record, struct ut_wire_reply *r);

/* CRC-16/IBM-3740: polynomial 0x1021, initial 0xFFFF, not reflected, no final xor. "123456789" gives 0x29B1. */
uint16_t ut_wire_crc16(const uint8_t *data, size_t len);

/* Frames a record for a serial line. Returns UT_WIRE_FRAME_BYTES. */
size_t ut_wire_frame(const uint8_t *record, uint8_t frame[UT_WIRE_FRAME_BYTES]);

/* A receiver that may join at any byte. */
struct ut_wire_receiver {
    uint8_t buf[UT_WIRE_FRAME_BYTES];
    uint8_t len;
    uint8_t joined;   /* 1 = a delimiter has been seen: from here on, bad frames count */
    uint8_t skipping; /* 1 = inside an overlong frame, waiting for its delimiter */
    uint8_t have_seq, seq;
    uint32_t records;   /* valid frames, of any version */
    uint32_t lost;      /* records missing from the sequence */
    uint32_t malformed; /* frames dropped */
    uint32_t unknown;   /* among records: another version or an unknown type */
};

void ut_wire_receiver_init(struct ut_wire_receiver *r);

/* One byte from the line. 1 = record[] is filled and its CRC holds (any version), 0 = nothing yet, UT_ERR_MALFORMED = a
 * frame was dropped and counted (what stands before the first delimiter is not counted, but used when it is a whole
 * frame). Gaps in the sequence, modulo 256, are added to r->lost; the first record starts the sequence. */
int ut_wire_receive(struct ut_wire_receiver *r, uint8_t byte, uint8_t record[UT_WIRE_RECORD_BYTES]);

#endif
