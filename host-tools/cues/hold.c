/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/hold.h"

#include "firmware/engine.h"
#include "firmware/turns.h"
#include "host-tools/cues/readings.h"

#include <math.h>
#include <string.h>

enum {
    RECORD_MS = 250,
    LOST_MS = 1000,    /* between two records: what was before tells nothing any more */
    DOUBTFUL_MS = 1000 /* of what looks like a hold, before it is known to be one */
};

static double value(const struct ut_hold *h, enum ut_param p)
{
    return h->config->value[p];
}

static int64_t ms(const struct ut_hold *h, enum ut_param p)
{
    return ut_config_ms(h->config, p);
}

void ut_hold_init(struct ut_hold *h, const struct ut_config *config)
{
    memset(h, 0, sizeof *h);
    h->config = config;
    h->span.end_ms = UT_HOLD_OPEN;
}

static double level_db(int party, uint8_t code)
{
    return party == UT_CUSTOMER ? ut_readings_loudness_dbfs(code) : ut_readings_level_dbfs(code);
}

static double median_db(int party, const struct ut_baseline *b)
{
    return level_db(party, (uint8_t)lround(ut_baseline_median(b)));
}

static bool is_known(const struct ut_hold *h, const struct ut_baseline *b)
{
    return b->n * RECORD_MS >= ms(h, UT_P_HOLD_USUAL);
}

/* Above this a channel in which nobody speaks carries sound. Of a microphone beside a person that is not known before
 * he has spoken: there are rooms as loud as music. */
static double sound_db(const struct ut_hold *h, int party, const struct ut_baseline *voice)
{
    bool pauses = is_known(h, &h->pause[party]), voices = is_known(h, voice);
    if (party == UT_AGENT && !voices)
        return HUGE_VAL;
    double least = pauses && voices ? -HUGE_VAL : value(h, UT_P_HOLD_LEVEL);
    if (pauses)
        least = fmax(least, median_db(party, &h->pause[party]) + value(h, UT_P_HOLD_ABOVE));
    if (voices)
        least = fmax(least, median_db(party, voice) - value(h, UT_P_HOLD_VOICE));
    return least;
}

/* At or below this the customer's line is cut off: quieter than it ever is while he listens or pauses. An echo of the
 * agent is in one of the two, a gate that is still open in the other. */
static double cut_db(const struct ut_hold *h)
{
    const double nothing = level_db(UT_CUSTOMER, 0);
    const struct ut_baseline *pause = &h->pause[UT_CUSTOMER], *listens = &h->listens[UT_CUSTOMER];
    if (!is_known(h, pause))
        return -HUGE_VAL;
    double usual = median_db(UT_CUSTOMER, pause), below = value(h, UT_P_HOLD_BELOW);
    if (is_known(h, listens))
        usual = fmin(usual, median_db(UT_CUSTOMER, listens));
    return usual - below >= nothing ? usual - below : usual - below / 2 >= nothing ? nothing : -HUGE_VAL;
}

static const struct ut_hold_record *back(const struct ut_hold *h, int64_t n)
{
    return &h->record[(h->records - n) % UT_HOLD_RECORDS];
}

/* How many of the last records lie within the time in which nobody has spoken. */
static int64_t quiet_records(const struct ut_hold *h)
{
    int64_t n = 0, most = h->records < UT_HOLD_RECORDS ? h->records : UT_HOLD_RECORDS;
    while (n < most && back(h, n + 1)->t_ms - RECORD_MS >= h->quiet_from_ms)
        n++;
    return n;
}

static int64_t records_of(int64_t time_ms)
{
    int64_t n = time_ms / RECORD_MS;
    return n < 1 ? 1 : n > UT_HOLD_RECORDS ? UT_HOLD_RECORDS : n;
}

/* Of the last n records, those whose level lies within bounds while nobody speaks; *first_ms = the begin of the first
 * of them. */
static int64_t within(const struct ut_hold *h, int64_t n, int party, double low_db, double high_db, int64_t *first_ms)
{
    int64_t found = 0;
    for (int64_t i = 1; i <= n; i++) {
        const struct ut_hold_record *r = back(h, i);
        double db = level_db(party, r->level[party]);
        if (r->speech || db < low_db || db > high_db)
            continue;
        found++;
        *first_ms = r->t_ms - RECORD_MS;
    }
    return found;
}

/* Nothing but one level is heard of the customer for all that time, however that level compares to his pauses. */
static bool is_steady(const struct ut_hold *h, int64_t n)
{
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (int64_t i = 1; i <= n; i++) {
        const struct ut_hold_record *r = back(h, i);
        double db = level_db(UT_CUSTOMER, r->level[UT_CUSTOMER]);
        low = fmin(low, db);
        high = fmax(high, db);
        if (r->speech || high - low > value(h, UT_P_HOLD_RANGE))
            return false;
    }
    return true;
}

static void open_hold(struct ut_hold *h, enum ut_hold_kind kind, int party, int64_t begin_ms, int64_t now_ms)
{
    h->open = true;
    h->change = UT_HOLD_BEGAN;
    h->count++;
    h->span = (struct ut_hold_span){.kind = kind,
                                    .party = party,
                                    .begin_ms = begin_ms > h->quiet_from_ms ? begin_ms : h->quiet_from_ms,
                                    .known_ms = now_ms,
                                    .end_ms = UT_HOLD_OPEN};
    h->seen_ms = now_ms;
    h->middle_db = h->records > 0 ? level_db(UT_CUSTOMER, back(h, 1)->level[UT_CUSTOMER]) : 0;
}

static void close_hold(struct ut_hold *h, int64_t end_ms, int64_t now_ms, enum ut_hold_end reason)
{
    struct ut_hold_span *s = &h->span;
    h->open = h->doubtful = h->told = false;
    h->change = UT_HOLD_ENDED;
    s->end_ms = end_ms > s->begin_ms ? end_ms : s->begin_ms;
    s->known_ms = now_ms;
    s->reason = reason;
    h->total_ms += s->end_ms - s->begin_ms;
    if (h->quiet_from_ms < s->end_ms)
        h->quiet_from_ms = s->end_ms;
}

/* A silence of the customer's line is a hold only between two who have spoken, and both are heard. */
static bool may_be_cut(const struct ut_hold *h)
{
    return h->unheard == 0 && h->spoken[UT_CUSTOMER] && h->spoken[UT_AGENT];
}

/* Whether the newest records make a hold; and whether the last second looks like one. */
static void look(struct ut_hold *h, int64_t now_ms, const struct ut_hold_talk talk[2])
{
    int64_t quiet = quiet_records(h), n = records_of(ms(h, UT_P_HOLD_ON)), first_ms = now_ms, ignored;
    int64_t few = records_of(DOUBTFUL_MS);
    double least = value(h, UT_P_HOLD_SHARE) * (double)n;
    h->doubtful = false;
    for (int party = UT_CUSTOMER; party <= UT_AGENT && !h->open; party++) {
        if ((h->unheard >> party & 1) != 0)
            continue;
        double sound = sound_db(h, party, talk[party].voices);
        if (quiet >= n && (double)within(h, n, party, sound, HUGE_VAL, &first_ms) >= least)
            open_hold(h, UT_HOLD_SOUND, party, first_ms, now_ms);
        h->doubtful = h->doubtful || (quiet >= few && within(h, few, party, sound, HUGE_VAL, &ignored) == few);
    }
    if (h->open || !may_be_cut(h))
        return;
    double cut = cut_db(h);
    if (quiet >= n && (double)within(h, n, UT_CUSTOMER, -HUGE_VAL, cut, &first_ms) >= least)
        open_hold(h, UT_HOLD_SILENCE, UT_BOTH, first_ms, now_ms);
    h->doubtful = h->doubtful || (quiet >= few && within(h, few, UT_CUSTOMER, -HUGE_VAL, cut, &ignored) == few);
    n = records_of(ms(h, UT_P_HOLD_STEADY));
    if (!h->open && quiet >= n && is_steady(h, n)) {
        first_ms = back(h, n)->t_ms - RECORD_MS;
        open_hold(h, UT_HOLD_SILENCE, UT_BOTH, first_ms - h->quiet_from_ms < 2 * (int64_t)RECORD_MS ? 0 : first_ms,
                  now_ms);
    }
}

/* Whether the newest record still speaks for the hold in progress. A silence may turn into music, and music stop. */
static void go_on(struct ut_hold *h, int64_t now_ms, const struct ut_hold_talk talk[2])
{
    const struct ut_hold_record *r = back(h, 1);
    double customer_db = level_db(UT_CUSTOMER, r->level[UT_CUSTOMER]);
    bool on = h->span.kind == UT_HOLD_SILENCE && fabs(customer_db - h->middle_db) <= value(h, UT_P_HOLD_RANGE);
    for (int party = UT_CUSTOMER; party <= UT_AGENT; party++)
        on = on || ((h->unheard >> party & 1) == 0 &&
                    level_db(party, r->level[party]) >= sound_db(h, party, talk[party].voices));
    on = on || (may_be_cut(h) && customer_db <= cut_db(h));
    if (on && !r->speech)
        h->seen_ms = r->t_ms;
    else if (now_ms - h->seen_ms >= ms(h, UT_P_HOLD_OFF))
        close_hold(h, h->seen_ms, now_ms, UT_HOLD_BY_LINE);
}

/* What a channel holds while its party is silent. Only near speech: a long silence may be a hold that is not known
 * yet. */
static void learn(struct ut_hold *h, const struct ut_hold_record *r, const struct ut_hold_talk talk[2])
{
    int64_t begin_ms = r->t_ms - RECORD_MS;
    int64_t last_ms = talk[0].end_ms > talk[1].end_ms ? talk[0].end_ms : talk[1].end_ms;
    bool pause = !talk[0].in_ipu && !talk[1].in_ipu && last_ms >= 0 && begin_ms >= last_ms &&
                 r->t_ms <= last_ms + ms(h, UT_P_HOLD_ON);
    for (int party = UT_CUSTOMER; party <= UT_AGENT; party++) {
        const struct ut_hold_talk *own = &talk[party], *other = &talk[1 - party];
        if (pause && !r->speech)
            ut_baseline_add(&h->pause[party], r->level[party]);
        if (!own->in_ipu && begin_ms >= own->end_ms + 2 * (int64_t)RECORD_MS && other->in_ipu &&
            other->begin_ms <= begin_ms)
            ut_baseline_add(&h->listens[party], r->level[party]);
    }
}

static void use_record(struct ut_hold *h, int64_t now_ms, const struct ut_hold_talk talk[2],
                       const struct ut_wire_score *s)
{
    if (h->records > 0 && s->t_ms > back(h, 1)->t_ms + LOST_MS && !h->open && h->quiet_from_ms < s->t_ms)
        h->quiet_from_ms = s->t_ms;
    struct ut_hold_record *r = &h->record[h->records++ % UT_HOLD_RECORDS];
    *r = (struct ut_hold_record){.t_ms = s->t_ms,
                                 .level = {s->customer_loudness, s->agent_level},
                                 .speech = ut_wire_speaks(s, UT_CUSTOMER) || ut_wire_speaks(s, UT_AGENT)};
    if (h->told) {
        h->seen_ms = s->t_ms;
    } else if (ut_wire_abstain(s) == UT_ABSTAIN_MIXED) { /* of whom it is silence is not known */
        if (h->open)
            close_hold(h, h->seen_ms, now_ms, UT_HOLD_BY_LINE);
        h->quiet_from_ms = s->t_ms;
        h->doubtful = false;
    } else if (h->open) {
        go_on(h, now_ms, talk);
    } else {
        look(h, now_ms, talk);
        if (!h->open && !h->doubtful)
            learn(h, r, talk);
    }
}

void ut_hold_hop(struct ut_hold *h, int64_t now_ms, const struct ut_hold_talk talk[2],
                 const struct ut_wire_score *score)
{
    h->change = UT_HOLD_SAME;
    for (int party = UT_CUSTOMER; party <= UT_AGENT; party++) {
        const struct ut_hold_talk *t = &talk[party];
        if ((!t->in_ipu && t->end_ms != now_ms) || now_ms - t->begin_ms < ms(h, UT_P_HOLD_SPEECH))
            continue;
        if (h->told)
            continue; /* whoever speaks, it is not the customer with the agent */
        if (h->open)
            close_hold(h, t->begin_ms, now_ms, UT_HOLD_BY_SPEECH);
        h->spoken[party] = true;
        h->quiet_from_ms = now_ms;
        h->doubtful = false;
    }
    if (score != NULL)
        use_record(h, now_ms, talk, score);
}

void ut_hold_tell(struct ut_hold *h, bool on, int64_t now_ms)
{
    h->change = UT_HOLD_SAME;
    if (on && !h->open)
        open_hold(h, UT_HOLD_TOLD, UT_BOTH, now_ms, now_ms);
    else if (!on && h->open)
        close_hold(h, now_ms, now_ms, UT_HOLD_BY_WORD);
    h->told = on;
}

void ut_hold_finish(struct ut_hold *h, int64_t now_ms)
{
    h->change = UT_HOLD_SAME;
    if (h->open)
        close_hold(h, now_ms, now_ms, UT_HOLD_BY_CALL);
}

const char *ut_hold_kind_name(enum ut_hold_kind kind)
{
    return kind == UT_HOLD_SOUND ? "sound" : kind == UT_HOLD_TOLD ? "told" : "silence";
}

const char *ut_hold_end_name(enum ut_hold_end reason)
{
    static const char *const names[] = {[UT_HOLD_BY_SPEECH] = "speech",
                                        [UT_HOLD_BY_LINE] = "line",
                                        [UT_HOLD_BY_CALL] = "call_ended",
                                        [UT_HOLD_BY_WORD] = "told"};
    return names[reason];
}

int64_t ut_hold_shared_ms(const struct ut_hold_span *span, int64_t begin_ms, int64_t end_ms)
{
    int64_t from_ms = span->begin_ms > begin_ms ? span->begin_ms : begin_ms;
    int64_t to_ms = span->end_ms < end_ms ? span->end_ms : end_ms;
    return to_ms > from_ms ? to_ms - from_ms : 0;
}
