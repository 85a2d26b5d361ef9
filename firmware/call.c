/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/call.h"

#include "dsp/log2.h"
#include "dsp/q.h"
#include "firmware/version.h"

#include <string.h>

enum { CHUNK_FRAMES = 16384 /* fits an int wherever the pipeline counts samples */ };

static void send(struct ut_call *c, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    c->seq++;
    c->sink(c->ctx, record);
}

static uint32_t now_ms(const struct ut_call *c)
{
    return (uint32_t)c->rows * UT_TURNS_STEP_MS;
}

static void send_reset(struct ut_call *c)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    ut_wire_pack_reset(record, c->seq, &c->reset);
    send(c, record);
}

static void send_hello(struct ut_call *c)
{
    const struct ut_model *model = c->customer.model;
    uint8_t record[UT_WIRE_RECORD_BYTES];
    struct ut_wire_hello h = {.fw_major = UT_VERSION_MAJOR,
                              .fw_minor = UT_VERSION_MINOR,
                              .fw_patch = UT_VERSION_PATCH,
                              .features_version = UT_FEATURES_VERSION};
    if (model != NULL) {
        h.model_crc32 = model->crc32;
        for (size_t i = 0; i < sizeof h.model_id && model->id[i] != '\0'; i++)
            h.model_id[i] = model->id[i];
    }
    memcpy(h.board, c->board, sizeof h.board);
    ut_wire_pack_hello(record, c->seq, &h);
    send(c, record);
    if (c->tell_reset)
        send_reset(c);
}

static uint8_t decibel(int16_t snr_q8)
{
    return (uint8_t)ut_q_clamp(ut_q_rshift(snr_q8, 8), 0, 255);
}

/* Two voices in the customer's channel are the two parties where the agent's holds nobody. */
static uint8_t channels(const struct ut_call *c)
{
    uint8_t state = c->channels.state;
    int alone = state == UT_CHANNELS_UNKNOWN || state == UT_CHANNELS_SILENT || state == UT_CHANNELS_ONE;
    return alone && c->voices.found && !c->customer_alone ? UT_CHANNELS_MIXED : state;
}

static void send_status(struct ut_call *c)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    const struct ut_two_channels *t = &c->channels;
    struct ut_wire_status s = {.t_ms = now_ms(c),
                               .overruns = c->overruns,
                               .drops = c->drops,
                               .customer_snr = decibel(c->party[UT_CUSTOMER].snr_q8),
                               .agent_snr = decibel(c->party[UT_AGENT].snr_q8),
                               .channels = channels(c),
                               .known = ut_caller_known(&c->customer.caller)};
    if (s.channels == UT_CHANNELS_MIXED)
        s.about = 1 << UT_CUSTOMER;
    for (int who = 0; who < 2 && s.channels != UT_CHANNELS_MIXED; who++) {
        if (!ut_two_channels_about(t, who))
            continue;
        s.about = (uint8_t)(s.about | 1 << who);
        if (t->path[who].found > 0) {
            s.delay[who] = t->path[who].lag;
            s.gain[who] = (int8_t)ut_q_rshift(ut_two_channels_gain_q8(t, who), 8);
        }
    }
    ut_wire_pack_status(record, c->seq, &s);
    send(c, record);
}

static void send_turns(struct ut_call *c, const struct ut_turn_event *event, int n)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    for (int i = 0; i < n; i++) {
        const struct ut_wire_turn t = {event[i].t_ms, event[i].kind, event[i].party, event[i].begin_ms,
                                       event[i].end_ms};
        ut_wire_pack_turn(record, c->seq, &t);
        send(c, record);
    }
}

/* sum / n rounded half up, n > 0 */
static int32_t mean(int32_t sum, int32_t n)
{
    int32_t twice = 2 * sum + n;
    int32_t quotient = twice / (2 * n);
    return twice % (2 * n) < 0 ? quotient - 1 : quotient;
}

/* Mean level of the interval: over speech where there is any. */
static int16_t mean_level_q8(const struct ut_call_party *p)
{
    if (p->speech_rows > 0)
        return (int16_t)mean(p->speech_level_sum_q8, p->speech_rows);
    return (int16_t)mean(p->level_sum_q8, p->rows);
}

static uint8_t unit(uint16_t x_q15)
{
    return (uint8_t)ut_q_clamp(ut_q_rshift(x_q15 * 255, 15), 0, 255);
}

static uint8_t pace_q4(uint16_t pace_q8)
{
    return (uint8_t)ut_q_clamp(ut_q_rshift(pace_q8, 4), 0, 255);
}

static uint8_t quarters(int32_t semitones_q8, int32_t least)
{
    return (uint8_t)ut_q_clamp(ut_q_rshift(semitones_q8, 6) + least, least, 255);
}

static uint8_t flags_of(const struct ut_call_party *p, uint8_t speech, uint8_t clipped)
{
    int flags = 0;
    if (2 * p->speech_rows > p->rows)
        flags |= speech;
    if (100 * p->clipped > UT_FRAME_HOP * p->rows)
        flags |= clipped;
    return (uint8_t)flags;
}

/* The interval's score, from at least one row; the sums start again. */
static void build_score(struct ut_call *c)
{
    const struct ut_call_party *customer = &c->party[UT_CUSTOMER];
    const struct ut_call_party *agent = &c->party[UT_AGENT];
    struct ut_wire_score *w = &c->score;
    struct ut_score s;
    ut_engine_take(&c->customer, &s);
    uint8_t state = channels(c);
    if (state == UT_CHANNELS_SAME || state == UT_CHANNELS_MIXED)
        s.abstain = UT_ABSTAIN_MIXED;
    memset(w, 0, sizeof *w);
    w->t_ms = now_ms(c);
    w->flags =
        (uint8_t)(flags_of(customer, UT_WIRE_CUSTOMER_SPEECH, UT_WIRE_CUSTOMER_CLIPPED) |
                  flags_of(agent, UT_WIRE_AGENT_SPEECH, UT_WIRE_AGENT_CLIPPED) | s.abstain << UT_WIRE_ABSTAIN_SHIFT);
    w->frustration = unit(s.frustration_q15);
    w->delight = unit(s.delight_q15);
    w->confidence = unit(s.confidence_q15);
    w->customer_loudness = ut_features_loudness(mean_level_q8(customer));
    w->agent_level = (uint8_t)ut_q_clamp(ut_q_rshift(-mean_level_q8(agent), 7), 0, 255);
    w->customer_pace = pace_q4(customer->pace_q8);
    w->agent_pace = pace_q4(agent->pace_q8);
    if (customer->f0_rows > 0) {
        w->customer_f0 = quarters(mean(customer->f0_sum_q8, customer->f0_rows), 1);
        w->customer_f0_range = quarters(customer->f0_max_q8 - customer->f0_min_q8, 0);
    }
    for (int i = 0; i < 2; i++) {
        w->top[i].feature = s.top[i].group;
        w->top[i].contribution = s.top[i].value_q6;
    }
    for (int who = 0; who < 2; who++) {
        uint16_t pace_q8 = c->party[who].pace_q8;
        int16_t snr_q8 = c->party[who].snr_q8;
        memset(&c->party[who], 0, sizeof c->party[who]);
        c->party[who].pace_q8 = pace_q8;
        c->party[who].snr_q8 = snr_q8;
    }
}

static void send_score(struct ut_call *c)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    ut_wire_pack_score(record, c->seq, &c->score);
    send(c, record);
}

static void add_row(struct ut_call_party *p, const struct ut_row *row)
{
    p->rows++;
    p->level_sum_q8 += row->level_q8;
    if (row->speech) {
        p->speech_rows++;
        p->speech_level_sum_q8 += row->level_q8;
    }
    if (row->speech && row->f0_q4 != 0) {
        int32_t f0_q8 = ut_log2_semitones_q8(row->f0_q4);
        p->f0_min_q8 = p->f0_rows == 0 || f0_q8 < p->f0_min_q8 ? f0_q8 : p->f0_min_q8;
        p->f0_max_q8 = p->f0_rows == 0 || f0_q8 > p->f0_max_q8 ? f0_q8 : p->f0_max_q8;
        p->f0_sum_q8 += f0_q8;
        p->f0_rows++;
    }
    p->clipped += row->clipped;
    p->pace_q8 = row->pace_q8;
    p->snr_q8 = row->snr_q8;
}

static void take_rows(struct ut_call *c, const struct ut_row *customer, const struct ut_row *agent)
{
    struct ut_turn_event events[UT_TURNS_EVENTS_MAX];
    const uint8_t speech[2] = {customer->speech, agent->speech};
    c->rows++;
    ut_two_channels_heard(&c->channels, speech);
    ut_voices_hop(&c->voices, customer);
    add_row(&c->party[UT_CUSTOMER], customer);
    add_row(&c->party[UT_AGENT], agent);
    send_turns(c, events, ut_turns_step(&c->turns, speech, events));
    if (c->rows % UT_CALL_SCORE_ROWS == 0) {
        build_score(c);
        send_score(c);
    }
    if (c->rows % UT_CALL_STATUS_ROWS == 0)
        send_status(c);
    if (c->rows % UT_CALL_HELLO_ROWS == 0)
        send_hello(c);
}

/* The state of a call that has heard nothing yet, and its hello. 0, or UT_ERR_FEATURES_VERSION. */
static int begin(struct ut_call *c, const struct ut_model *model)
{
    int error = ut_engine_init(&c->customer, model);
    if (error != 0)
        return error;
    ut_features_init(&c->agent);
    ut_two_channels_init(&c->channels);
    ut_voices_init(&c->voices);
    ut_turns_init(&c->turns);
    c->score.flags = UT_ABSTAIN_LITTLE << UT_WIRE_ABSTAIN_SHIFT;
    c->score.agent_level = 255;
    send_hello(c);
    return 0;
}

int ut_call_init(struct ut_call *c, const struct ut_model *model, const char board[4], ut_call_sink *sink, void *ctx)
{
    memset(c, 0, sizeof *c);
    c->sink = sink;
    c->ctx = ctx;
    memcpy(c->board, board, sizeof c->board);
    return begin(c, model);
}

void ut_call_again(struct ut_call *c)
{
    const struct ut_model *model = c->customer.model;
    ut_call_finish(c);
    c->rows = 0;
    memset(c->party, 0, sizeof c->party);
    memset(&c->score, 0, sizeof c->score);
    (void)begin(c, model); /* it was accepted before */
}

void ut_call_reset(struct ut_call *c, const struct ut_wire_reset *reset)
{
    c->reset = *reset;
    c->tell_reset = 1;
    send_reset(c);
}

void ut_call_send(struct ut_call *c, uint8_t record[UT_WIRE_RECORD_BYTES])
{
    record[1] = c->seq;
    send(c, record);
}

/* After every complete hop: whose sound the row is that the next hop decides. */
static void compare(struct ut_call *c)
{
    ut_two_channels_hop(&c->channels, ut_features_newest(&c->customer.features), ut_features_newest(&c->agent));
    c->customer.features.foreign = c->channels.foreign[UT_CUSTOMER];
    c->agent.foreign = c->channels.foreign[UT_AGENT];
}

void ut_call_push(struct ut_call *c, const int16_t *pairs, size_t frames)
{
    while (frames > 0) {
        struct ut_row customer, agent;
        int ready, step, step_speech;
        int32_t hops = c->agent.hops;
        int n = frames < CHUNK_FRAMES ? (int)frames : CHUNK_FRAMES;
        /* Both channels have the same hop, so the agent takes what the customer took and is ready when it is. */
        int taken = ut_engine_push(&c->customer, pairs, 2, n, &customer, &ready, &step, &step_speech);
        (void)ut_features_push(&c->agent, pairs + 1, 2, taken, &agent, &ready);
        if (ready)
            take_rows(c, &customer, &agent);
        if (c->agent.hops > hops && c->agent.hops >= 2)
            compare(c);
        pairs += 2 * taken;
        frames -= (size_t)taken;
    }
}

void ut_call_finish(struct ut_call *c)
{
    static const int16_t silence[2 * UT_FRAME_HOP] = {0};
    struct ut_turn_event events[UT_TURNS_EVENTS_MAX];
    if (c->agent.frame.fill > 0)
        ut_call_push(c, silence, (size_t)(UT_FRAME_HOP - c->agent.frame.fill));
    if (c->agent.hops > 0)
        for (int i = 0; i < UT_FEATURES_DELAY_ROWS; i++)
            ut_call_push(c, silence, UT_FRAME_HOP);
    send_turns(c, events, ut_turns_finish(&c->turns, events));
    if (c->party[UT_CUSTOMER].rows > 0)
        build_score(c);
    c->score.flags |= UT_WIRE_END;
    send_score(c);
    send_status(c);
}
