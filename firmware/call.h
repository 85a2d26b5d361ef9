/* SPDX-License-Identifier: Apache-2.0 */
/* One call: two channels of audio in, wire records out. The same object runs on the headset and in `undertone replay`.
 *
 * in    interleaved pairs {customer, agent}, int16 Q15, 16 kHz, any chunk size
 * out   packed 20-byte records (firmware/wire.h), in order, numbered, through the sink
 *       score every 250 ms, turn events when decided, status every 5 s, hello at the start and every 10 s
 *       within one row the order is: turn events, score, status, hello, reset (where there was one)
 * The customer has an engine; the agent has features only, a type without a classifier. What one channel holds of the
 * other party is not speech there (dsp/two_channels.h); where both hold the same, or the customer's holds two voices in
 * turn and the agent's nobody (dsp/voices.h), scores abstain.
 * Records depend on the samples and the counters alone, never on wall time or chunk size. Times are of the row clock:
 * rows x 10 ms. A call is shorter than 2^31 ms. SPEC.md "Call".
 */
#ifndef UT_FIRMWARE_CALL_H
#define UT_FIRMWARE_CALL_H

#include "dsp/two_channels.h"
#include "dsp/voices.h"
#include "firmware/engine.h"
#include "firmware/turns.h"
#include "firmware/wire.h"

#include <stddef.h>
#include <stdint.h>

enum {
    UT_CALL_SCORE_ROWS = 25,   /* 250 ms */
    UT_CALL_STATUS_ROWS = 500, /* 5 s */
    UT_CALL_HELLO_ROWS = 1000  /* 10 s */
};

typedef void ut_call_sink(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES]);

struct ut_call {
    struct ut_engine customer;
    struct ut_features agent;
    struct ut_two_channels channels; /* the customer's first */
    struct ut_voices voices;         /* in the customer's */
    struct ut_turns turns;
    ut_call_sink *sink;
    void *ctx;
    uint8_t seq;
    char board[4];
    int32_t rows;
    struct ut_call_party { /* sums over the current 250 ms; pace and SNR are the newest */
        int32_t rows, speech_rows;
        int32_t level_sum_q8, speech_level_sum_q8;
        int32_t f0_rows, f0_sum_q8, f0_min_q8, f0_max_q8; /* semitones above 55 Hz, Q8 */
        int32_t clipped;
        uint16_t pace_q8;
        int16_t snr_q8;
    } party[2];
    struct ut_wire_score score; /* the last one sent */
    uint16_t overruns, drops;   /* set by the owner; travel in status */
    uint8_t customer_alone; /* set by the owner: 1 = somebody answers for the customer's channel, two voices are his */
    struct ut_wire_reset reset;
    uint8_t tell_reset; /* 1 = reset follows every hello */
};

/* Starts a call and emits hello. 0, or UT_ERR_FEATURES_VERSION (nothing emitted). */
int ut_call_init(struct ut_call *c, const struct ut_model *model, const char board[4], ut_call_sink *sink, void *ctx);

/* Sends why the device started: now, and after every hello to come. */
void ut_call_reset(struct ut_call *c, const struct ut_wire_reset *reset);

/* Sends a record that the owner made, with the next number of the call's own records. */
void ut_call_send(struct ut_call *c, uint8_t record[UT_WIRE_RECORD_BYTES]);

void ut_call_push(struct ut_call *c, const int16_t *pairs, size_t frames);

/* Ends the call as ut_call_finish does and begins the next one with fresh state; only the numbers of the records go
 * on. */
void ut_call_again(struct ut_call *c);

/* Ends the call: pushes the look-ahead's worth of silence so that every sample has its row, closes open IPUs and
 * turns, emits a last score (with UT_WIRE_END) and a last status. The call then needs ut_call_init. */
void ut_call_finish(struct ut_call *c);

#endif
