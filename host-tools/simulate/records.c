/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/simulate/records.h"

#include "dsp/features.h"
#include "dsp/two_channels.h"
#include "firmware/call.h"
#include "firmware/turns.h"
#include "firmware/version.h"
#include "host-tools/system/grow.h"
#include "models/infer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MODEL_CRC32 = 0x73696D00, /* "sim" */
    SILENT_LOUDNESS = 20,     /* of a channel in which nobody speaks, 0..100 */
    SILENT_LEVEL = -60,       /* dBFS */
    SNR = 30,                 /* dB */
    RANGE = 8,                /* of the pitch within an interval, quarter semitones */
    STRONG_Q6 = 48,
    SECOND_Q6 = 32 /* what a scripted feeling says it is made of, log-odds */
};

struct maker {
    const struct ut_script_step *step;
    size_t steps, next;
    const struct ut_script_step *speaks[2]; /* NULL = is silent */
    double value[UT_SCRIPT_VALUES];
    int abstain, rows[2], interval; /* rows of the interval, and those with speech */
    struct ut_turns turns;
    uint32_t now_ms;
    struct ut_simulated_call *out;
    bool failed;
};

static struct ut_simulated_item *add(struct maker *m, enum ut_simulated_kind kind, uint32_t count)
{
    static struct ut_simulated_item nowhere;
    struct ut_simulated_call *c = m->out;
    struct ut_simulated_item *grown = m->failed ? NULL : ut_grow(c->item, &c->room, c->n + 1, sizeof *grown);
    m->failed = grown == NULL;
    if (grown == NULL)
        return &nowhere;
    c->item = grown;
    c->item[c->n] = (struct ut_simulated_item){.kind = kind, .t_ms = m->now_ms, .count = count};
    return &c->item[c->n++];
}

static uint8_t byte(double x)
{
    return (uint8_t)(x < 0 ? 0 : x > 255 ? 255 : lround(x));
}

static void add_hello(struct maker *m)
{
    const struct ut_wire_hello h = {.fw_major = UT_VERSION_MAJOR,
                                    .fw_minor = UT_VERSION_MINOR,
                                    .fw_patch = UT_VERSION_PATCH,
                                    .features_version = UT_FEATURES_VERSION,
                                    .model_crc32 = MODEL_CRC32,
                                    .model_id = UT_SIMULATED_MODEL,
                                    .board = UT_SIMULATED_MODEL};
    ut_wire_pack_hello(add(m, UT_SIMULATED_RECORD, 0)->record, 0, &h);
}

static void add_status(struct maker *m)
{
    const struct ut_wire_status s = {
        .t_ms = m->now_ms, .customer_snr = SNR, .agent_snr = SNR, .channels = UT_CHANNELS_SEPARATE, .known = 100};
    ut_wire_pack_status(add(m, UT_SIMULATED_RECORD, 0)->record, 0, &s);
}

static void add_turns(struct maker *m, const struct ut_turn_event *e, int n)
{
    for (int i = 0; i < n; i++) {
        const struct ut_wire_turn t = {e[i].t_ms, e[i].kind, e[i].party, e[i].begin_ms, e[i].end_ms};
        ut_wire_pack_turn(add(m, UT_SIMULATED_RECORD, 0)->record, 0, &t);
    }
}

static void add_score(struct maker *m, int end)
{
    const double *v = m->value;
    bool customer = 2 * m->rows[UT_CUSTOMER] > m->interval, agent = 2 * m->rows[UT_AGENT] > m->interval;
    struct ut_wire_score s = {.t_ms = m->now_ms,
                              .flags = (uint8_t)((customer ? UT_WIRE_CUSTOMER_SPEECH : 0) |
                                                 (agent ? UT_WIRE_AGENT_SPEECH : 0) |
                                                 m->abstain << UT_WIRE_ABSTAIN_SHIFT | end),
                              .frustration = byte(255 * v[UT_SCRIPT_FRUSTRATION]),
                              .delight = byte(255 * v[UT_SCRIPT_DELIGHT]),
                              .confidence = byte(255 * v[UT_SCRIPT_CONFIDENCE]),
                              .customer_loudness = byte(2 * (customer ? v[UT_SCRIPT_LOUDNESS] : SILENT_LOUDNESS)),
                              .agent_level = byte(-2 * (agent ? v[UT_SCRIPT_LEVEL] : SILENT_LEVEL)),
                              .customer_pace = byte(16 * v[UT_SCRIPT_PACE]),
                              .agent_pace = byte(16 * v[UT_SCRIPT_AGENT_PACE]),
                              .customer_f0 = customer ? byte(1 + 4 * v[UT_SCRIPT_PITCH]) : 0,
                              .customer_f0_range = customer ? RANGE : 0};
    int sign = v[UT_SCRIPT_FRUSTRATION] > 0.5 ? 1 : v[UT_SCRIPT_DELIGHT] > 0.5 ? -1 : 0;
    if (sign != 0) {
        s.top[0].feature = UT_GROUP_LEVEL;
        s.top[0].contribution = (int8_t)(sign * STRONG_Q6);
        s.top[1].feature = UT_GROUP_PITCH;
        s.top[1].contribution = (int8_t)(sign * SECOND_Q6);
    }
    ut_wire_pack_score(add(m, UT_SIMULATED_RECORD, 0)->record, 0, &s);
    m->interval = m->rows[UT_CUSTOMER] = m->rows[UT_AGENT] = 0;
}

/* What happens at this time. */
static void begin_steps(struct maker *m)
{
    static const enum ut_simulated_kind kinds[] = {[UT_SCRIPT_LOSE_RECORDS] = UT_SIMULATED_LOSE,
                                                   [UT_SCRIPT_ADD_GARBAGE] = UT_SIMULATED_GARBAGE,
                                                   [UT_SCRIPT_VANISH] = UT_SIMULATED_VANISH};
    for (; m->next < m->steps && m->step[m->next].t_ms < m->now_ms + UT_TURNS_STEP_MS; m->next++) {
        const struct ut_script_step *s = &m->step[m->next];
        if (s->word == UT_SCRIPT_SPEAK)
            m->speaks[s->party] = s;
        else if (s->word == UT_SCRIPT_ABSTAIN)
            m->abstain = s->count;
        else
            (void)add(m, kinds[s->word], s->word == UT_SCRIPT_VANISH ? s->for_ms : (uint32_t)s->count);
    }
}

/* Whether a party speaks in this step, and how. */
static uint8_t speaks(struct maker *m, int party)
{
    const struct ut_script_step *s = m->speaks[party];
    if (s == NULL || m->now_ms >= s->t_ms + s->for_ms)
        return 0;
    double done = m->now_ms > s->t_ms ? (double)(m->now_ms - s->t_ms) / s->for_ms : 0;
    if (m->now_ms + UT_TURNS_STEP_MS >= s->t_ms + s->for_ms)
        done = 1;
    for (int i = 0; i < UT_SCRIPT_VALUES; i++)
        if (s->sound[i].set)
            m->value[i] = s->sound[i].from + done * (s->sound[i].to - s->sound[i].from);
    return 1;
}

static void take_row(struct maker *m, uint32_t row)
{
    struct ut_turn_event events[UT_TURNS_EVENTS_MAX];
    begin_steps(m);
    const uint8_t speech[2] = {speaks(m, UT_CUSTOMER), speaks(m, UT_AGENT)};
    m->now_ms += UT_TURNS_STEP_MS;
    m->interval++;
    m->rows[UT_CUSTOMER] += speech[UT_CUSTOMER];
    m->rows[UT_AGENT] += speech[UT_AGENT];
    int n = ut_turns_step(&m->turns, speech, events);
    add_turns(m, events, n);
    if (row % UT_CALL_SCORE_ROWS == 0)
        add_score(m, 0);
    if (row % UT_CALL_STATUS_ROWS == 0)
        add_status(m);
    if (row % UT_CALL_HELLO_ROWS == 0)
        add_hello(m);
}

int ut_simulated_records(const struct ut_script *s, size_t call, struct ut_simulated_call *out)
{
    const struct ut_script_call *c = &s->call[call];
    struct maker m = {.step = s->step + c->first, .steps = c->count, .out = out};
    struct ut_turn_event events[UT_TURNS_EVENTS_MAX];
    *out = (struct ut_simulated_call){.name = c->name};
    for (int i = 0; i < UT_SCRIPT_VALUES; i++)
        m.value[i] = ut_script_usual((enum ut_script_value)i);
    ut_turns_init(&m.turns);
    add_hello(&m);
    uint32_t rows = (c->end_ms + UT_TURNS_STEP_MS - 1) / UT_TURNS_STEP_MS;
    for (uint32_t row = 1; row <= rows && !m.failed; row++)
        take_row(&m, row);
    begin_steps(&m); /* those of its last moment */
    int n = ut_turns_finish(&m.turns, events);
    add_turns(&m, events, n);
    add_score(&m, UT_WIRE_END);
    add_status(&m);
    if (!m.failed)
        return 0;
    ut_simulated_free(out);
    return -1;
}

void ut_simulated_free(struct ut_simulated_call *call)
{
    free(call->item);
    *call = (struct ut_simulated_call){0};
}
