/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/report.h"

#include "dsp/two_channels.h"
#include "firmware/engine.h"
#include "host-tools/call/channels.h"
#include "host-tools/call/evidence.h"
#include "host-tools/call/policy.h"
#include "host-tools/cues/catalogue.h"
#include "host-tools/reports/report_page.h"
#include "host-tools/system/json.h"
#include "host-tools/system/timestamp.h"
#include "host-tools/system/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BIN_MS = 20,      /* level and pitch */
    SILENT = 254,     /* level: 127 dB below full scale or less */
    UNKNOWN = 255,    /* an average that is not valid */
    AVERAGE_ONE = 254 /* an average of 1 */
};

static size_t base64_len(size_t n)
{
    return (n + 2) / 3 * 4;
}

static void base64(const uint8_t *data, size_t n, char *out)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        uint32_t x = (uint32_t)data[i] << 16;
        x |= i + 1 < n ? (uint32_t)data[i + 1] << 8 : 0;
        x |= i + 2 < n ? data[i + 2] : 0;
        *out++ = digit[x >> 18];
        *out++ = digit[x >> 12 & 63];
        *out++ = i + 1 < n ? digit[x >> 6 & 63] : '=';
        *out++ = i + 2 < n ? digit[x & 63] : '=';
    }
}

/* Takes data. */
static json_t *packed(uint8_t *data, size_t n)
{
    char *text = data != NULL ? malloc(base64_len(n) + 1) : NULL;
    json_t *out = NULL;
    if (text != NULL) {
        base64(data, n, text);
        out = json_stringn(text, base64_len(n));
    }
    free(text);
    free(data);
    return out;
}

/* Least and greatest sample of every 10 ms, as signed bytes. */
static json_t *wave(const struct ut_rows *rows, int party)
{
    size_t n = ut_rows_count(rows);
    uint8_t *data = malloc(2 * n + 1);
    for (size_t k = 0; data != NULL && k < n; k++) {
        data[2 * k] = (uint8_t)(int8_t)(rows->row[party][k].low / 256);
        data[2 * k + 1] = (uint8_t)(int8_t)(rows->row[party][k].high / 256);
    }
    return packed(data, 2 * n);
}

static size_t bins(const struct ut_rows *rows)
{
    return (ut_rows_count(rows) + BIN_MS / UT_ROWS_MS - 1) / (BIN_MS / UT_ROWS_MS);
}

/* Halves of dB below full scale, the louder row of each bin. */
static json_t *level(const struct ut_rows *rows, int party)
{
    size_t n = ut_rows_count(rows);
    uint8_t *data = malloc(bins(rows) + 1);
    for (size_t k = 0; data != NULL && k < n; k++) {
        double below = fmin(SILENT, fmax(0, round(-rows->row[party][k].level_q8 / 128.0)));
        size_t at = k / (BIN_MS / UT_ROWS_MS);
        if (k % (BIN_MS / UT_ROWS_MS) == 0 || below < data[at])
            data[at] = (uint8_t)below;
    }
    return packed(data, bins(rows));
}

/* 0 = unvoiced, else 1 + quarter semitones above 55 Hz; the last voiced row of speech of each bin. */
static json_t *pitch(const struct ut_rows *rows, int party)
{
    size_t n = ut_rows_count(rows);
    uint8_t *data = calloc(bins(rows) + 1, 1);
    for (size_t k = 0; data != NULL && k < n; k++) {
        const struct ut_rows_row *row = &rows->row[party][k];
        if (row->speech && row->f0_q4 > 0)
            data[k / (BIN_MS / UT_ROWS_MS)] = (uint8_t)fmin(255, 1 + round(4 * ut_rows_semitones(row)));
    }
    return packed(data, bins(rows));
}

enum score_field { FLAGS, FRUSTRATION, DELIGHT, CONFIDENCE, FAST_F, FAST_D, PACE_C, PACE_A, SCORE_FIELDS };

static uint8_t average(bool valid, double x)
{
    return valid ? (uint8_t)lround(AVERAGE_ONE * fmin(1, fmax(0, x))) : UNKNOWN;
}

static uint8_t field(const struct ut_timeline_score *s, enum score_field which)
{
    const struct ut_wire_score *r = &s->record;
    switch (which) {
    case FLAGS:
        return r->flags;
    case FRUSTRATION:
        return r->frustration;
    case DELIGHT:
        return r->delight;
    case CONFIDENCE:
        return r->confidence;
    case FAST_F:
        return average(s->fast_valid, s->frustration_fast);
    case FAST_D:
        return average(s->fast_valid, s->delight_fast);
    case PACE_C:
        return r->customer_pace;
    default:
        return r->agent_pace;
    }
}

static json_t *scores(const struct ut_timeline *t)
{
    static const char *const name[SCORE_FIELDS] = {"flags", "frustration", "delight", "confidence",
                                                   "fastF", "fastD",       "paceC",   "paceA"};
    json_t *out = json_object(), *times = json_array();
    for (size_t i = 0; i < t->scores; i++)
        json_array_append_new(times, json_integer(t->score[i].record.t_ms));
    json_object_set_new(out, "t", times);
    for (int f = 0; f < SCORE_FIELDS; f++) {
        uint8_t *data = malloc(t->scores + 1);
        for (size_t i = 0; data != NULL && i < t->scores; i++)
            data[i] = field(&t->score[i], (enum score_field)f);
        json_object_set_new(out, name[f], packed(data, t->scores));
    }
    return out;
}

static enum ut_language language_of(const struct ut_timeline *t)
{
    return ut_catalogue_language_of_events(t->config);
}

/* [begin, end, party] of every record of a kind; party = UT_BOTH: of all. */
static json_t *spans(const struct ut_timeline *t, int kind, int party)
{
    json_t *out = json_array();
    for (size_t i = 0; i < t->turns; i++) {
        const struct ut_wire_turn *r = &t->turn[i];
        if (r->kind == kind && (party == UT_BOTH || r->party == party))
            json_array_append_new(
                out, json_pack("[I, I, i]", (json_int_t)r->begin_ms, (json_int_t)r->end_ms, (int)r->party));
    }
    return out;
}

/* [begin, end, kind] */
static json_t *holds(const struct ut_timeline *t)
{
    json_t *out = json_array();
    for (size_t i = 0; i < t->holds; i++)
        json_array_append_new(out, json_pack("[I, I, s]", (json_int_t)t->hold[i].begin_ms,
                                             (json_int_t)t->hold[i].end_ms, ut_hold_kind_name(t->hold[i].kind)));
    return out;
}

static json_t *evidence(const struct ut_timeline *t, const struct ut_cue_change *c)
{
    enum ut_language language = language_of(t);
    json_t *out = json_array();
    for (int i = 0; i < c->evidence_count; i++) {
        const struct ut_cue_evidence *e = &c->evidence[i];
        if (!ut_evidence_is_plain(e))
            continue;
        json_array_append_new(out, json_pack("{s:s, s:o, s:s, s:o}", "feature", ut_catalogue_word(language, e->feature),
                                             "value", ut_json_number(e->value, 3), "unit",
                                             ut_evidence_unit(language, e->unit), "baseline",
                                             e->has_baseline ? ut_json_number(e->baseline, 3) : json_null()));
    }
    return out;
}

static json_t *cues(const struct ut_timeline *t)
{
    char why[400];
    enum ut_language language = language_of(t);
    json_t *out = json_array();
    for (size_t i = 0; i < t->cues; i++) {
        const struct ut_timeline_cue *c = &t->cue[i];
        const struct ut_cue_info *info = &ut_cue_info[c->opening.cue];
        ut_evidence_why(language, &c->opening, why, sizeof why);
        json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:s?, s:s, s:o}", "cue",
                                             info->name, "role", info->role, "title", c->opening.title, "text",
                                             c->opening.text, "rule", c->opening.rule, "begin",
                                             (json_int_t)c->opening.begin_ms, "open", (json_int_t)c->opening.t_ms,
                                             "end", (json_int_t)c->end_ms, "shown", (json_int_t)c->shown_ms, "note",
                                             c->not_shown != NULL ? ut_catalogue_word(language, c->not_shown) : NULL,
                                             "why", why, "evidence", evidence(t, &c->opening)));
    }
    return out;
}

/* What the page says in another language than its own. */
static json_t *words_of(const struct ut_timeline *t)
{
    json_t *out = json_object();
    const char *english, *word;
    enum ut_language language = language_of(t);
    static const char *const measured[] = {"frustration", "delight", NULL};
    for (const char *const *name = measured; language != UT_ENGLISH && *name != NULL; name++)
        json_object_set_new(out, *name, json_string(ut_catalogue_word(language, *name)));
    for (size_t i = 0; language != UT_ENGLISH && (english = ut_catalogue_translated(language, i, &word)) != NULL; i++)
        json_object_set_new(out, english, json_string(word));
    return out;
}

/* Names that come from outside (a file's, a headset's) may be any bytes. */
static json_t *outside(const char *text, size_t n)
{
    char clean[600];
    snprintf(clean, sizeof clean, "%.*s", (int)n, text);
    ut_utf8_clean(clean);
    return json_string(clean);
}

static void set_identity(json_t *out, const struct ut_timeline *t)
{
    const struct ut_wire_hello *h = &t->hello;
    char start[UT_TIMESTAMP_TEXT] = "", firmware[16], config[12];
    if (t->start_ms != 0)
        ut_timestamp_text(t->start_ms, start);
    snprintf(firmware, sizeof firmware, "%d.%d.%d", h->fw_major, h->fw_minor, h->fw_patch);
    snprintf(config, sizeof config, "%08x", (unsigned)ut_config_crc32(t->config));
    json_object_set_new(out, "id", outside(t->contact_id, sizeof t->contact_id));
    json_object_set_new(out, "file", outside(t->file, sizeof t->file));
    json_object_set_new(out, "cut", t->cut[0] != '\0' ? outside(t->cut, sizeof t->cut) : json_null());
    json_object_set_new(out, "unheard", json_integer((json_int_t)t->unheard));
    json_object_set_new(out, "start", start[0] != '\0' ? json_string(start) : json_null());
    json_object_set_new(out, "model", h->model_crc32 != 0 ? outside(h->model_id, sizeof h->model_id) : json_null());
    json_object_set_new(out, "firmware", json_string(firmware));
    json_object_set_new(out, "config", json_string(config));
    char words[200];
    json_object_set_new(out, "channels",
                        ut_channels_usual(&t->status) ? json_null()
                        : language_of(t) == UT_ENGLISH
                            ? json_string(ut_channels_words(&t->status, words, sizeof words))
                            : json_string(ut_catalogue_word(language_of(t), ut_channels_title(&t->status))));
    json_object_set_new(out, "mixed", json_boolean(t->status.channels == UT_CHANNELS_MIXED));
    json_object_set_new(out, "alone", t->alone != NULL ? json_string(t->alone) : json_null());
    json_object_set_new(out, "withheld", json_real((double)t->withheld.ms / 1000));
    json_object_set_new(out, "apart", json_boolean(!ut_withheld_all(&t->withheld)));
    json_object_set_new(out, "policy", json_string(ut_policy_name(UT_POLICY_RESEARCH)));
    json_object_set_new(out, "fast", ut_json_number(t->config->value[UT_P_SCORE_FAST], 2));
    json_object_set_new(out, "on_frustration", ut_json_number(t->config->value[UT_P_EMPATHY_ON], 3));
    json_object_set_new(out, "on_delight", ut_json_number(t->config->value[UT_P_POSITIVE_ON], 3));
}

static json_t *data_of(const struct ut_report *r)
{
    static const char *const against[] = {[UT_ABSTAIN_NONE] = "", /* a score */
                                          [UT_ABSTAIN_NOISE] = "too noisy",
                                          [UT_ABSTAIN_CLIPPING] = "clipped",
                                          [UT_ABSTAIN_LITTLE] = "too little speech",
                                          [UT_ABSTAIN_HOLD] = "hold music or a tone",
                                          [UT_ABSTAIN_MIXED] = "both parties in one channel"};
    const struct ut_timeline *t = r->timeline;
    json_t *out = json_object(), *abstain = json_array();
    set_identity(out, t);
    json_object_set_new(out, "ms", json_integer(t->end_ms));
    json_object_set_new(out, "agent", json_boolean(t->channel[UT_AGENT] != 0));
    json_object_set_new(out, "sound", json_boolean(r->sound != NULL));
    json_object_set_new(out, "bin", json_integer(BIN_MS));
    for (int i = 0; i <= UT_ABSTAIN_MIXED; i++)
        json_array_append_new(abstain, json_string(ut_catalogue_word(language_of(t), against[i])));
    json_object_set_new(out, "abstain", abstain);
    json_object_set_new(out, "language", json_string(ut_catalogue_code(language_of(t))));
    json_object_set_new(out, "words", words_of(t));
    json_t *waves = json_array(), *levels = json_array(), *pitches = json_array(), *speech = json_array();
    for (int p = 0; p < 2; p++) {
        json_array_append_new(waves, wave(r->rows, p));
        json_array_append_new(levels, level(r->rows, p));
        json_array_append_new(pitches, pitch(r->rows, p));
        json_array_append_new(speech, spans(t, UT_TURN_IPU_END, p));
    }
    json_object_set_new(out, "wave", waves);
    json_object_set_new(out, "level", levels);
    json_object_set_new(out, "pitch", pitches);
    json_object_set_new(out, "speech", speech);
    json_object_set_new(out, "turns", spans(t, UT_TURN_END, UT_BOTH));
    json_object_set_new(out, "overlaps", spans(t, UT_TURN_OVERLAP_END, UT_BOTH));
    json_object_set_new(out, "interruptions", spans(t, UT_TURN_INTERRUPTION, UT_BOTH));
    json_object_set_new(out, "silence", spans(t, UT_TURN_NONTALK_END, UT_BOTH));
    json_object_set_new(out, "holds", holds(t));
    json_object_set_new(out, "score", scores(t));
    json_object_set_new(out, "cues", cues(t));
    json_object_set_new(out, "course", t->trajectory != NULL ? json_incref(t->trajectory) : json_null());
    return out;
}

/* Inside a script element "<" may begin its end; in JSON it stands only in strings. */
static void put_json(const char *text, FILE *out)
{
    for (const char *c; (c = strchr(text, '<')) != NULL; text = c + 1) {
        fwrite(text, 1, (size_t)(c - text), out);
        fputs("\\u003c", out);
    }
    fputs(text, out);
}

static void put_sound(const struct ut_report *r, FILE *out)
{
    enum { BYTES = 3 * 1024 };
    char text[4 * 1024];
    for (size_t at = 0; at < r->sound_len; at += BYTES) {
        size_t n = r->sound_len - at < BYTES ? r->sound_len - at : BYTES;
        base64(r->sound + at, n, text);
        fwrite(text, 1, base64_len(n), out);
    }
}

/* What found no memory is not in it. */
static bool is_whole(json_t *data)
{
    static const char *const pair[] = {"wave", "level", "pitch", "speech"};
    for (size_t i = 0; i < sizeof pair / sizeof pair[0]; i++)
        if (json_array_size(json_object_get(data, pair[i])) != 2)
            return false;
    return json_object_size(json_object_get(data, "score")) == SCORE_FIELDS + 1;
}

int ut_report_html(const struct ut_report *r, FILE *out)
{
    json_t *data = data_of(r);
    char *text = is_whole(data) ? json_dumps(data, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    json_decref(data);
    if (text == NULL)
        return -1;
    fwrite(page_head, 1, sizeof page_head, out);
    put_json(text, out);
    fwrite(page_middle, 1, sizeof page_middle, out);
    if (r->sound != NULL)
        put_sound(r, out);
    fwrite(page_tail, 1, sizeof page_tail, out);
    free(text);
    return 0;
}
