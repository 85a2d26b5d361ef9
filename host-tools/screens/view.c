/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/screens/view.h"

#include "firmware/engine.h"
#include "firmware/turns.h"
#include "host-tools/cues/readings.h"
#include "host-tools/system/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LABEL = 13, LINE_TEXT = 512, NONE = 255 };

static const double TREND_STEP = 0.05; /* of a score; smaller changes count as steady */

/* Where drawing goes on. */
struct pen {
    struct ut_view_screen *s;
    int utf8;
    int row, col;
};

static void put(struct pen *p, uint32_t glyph, enum ut_view_style style)
{
    if (p->col < p->s->cols) {
        p->s->glyph[p->row][p->col] = glyph;
        p->s->style[p->row][p->col] = (uint8_t)style;
        p->col++;
    }
}

/* One character off UTF-8 text; '?' for what is malformed, a control, or perhaps wider than a column. */
static uint32_t next(const char **text)
{
    uint32_t c = ut_utf8_next(text);
    int narrow = (c >= 0x20 && c < 0x7F) || (c >= 0xA0 && c < 0x300) || (c >= 0x370 && c < 0x530);
    return narrow ? c : '?';
}

static void write_text(struct pen *p, enum ut_view_style style, const char *text)
{
    while (*text != '\0') {
        uint32_t c = next(&text);
        put(p, c < 0x80 || p->utf8 ? c : '?', style);
    }
}

__attribute__((format(printf, 3, 4))) static void print(struct pen *p, enum ut_view_style style, const char *format,
                                                        ...)
{
    char text[LINE_TEXT];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    write_text(p, style, text);
}

static void go(struct pen *p, int col)
{
    p->col = col < 0 ? 0 : col;
}

static double clamp01(double x)
{
    return !(x > 0) ? 0 : x > 1 ? 1 : x; /* 0 for NaN */
}

/* A bar of `width` columns, `share` of it full, in eighths of a column where the terminal has them. */
static void bar(struct pen *p, int width, double share, enum ut_view_style style)
{
    int eighths = (int)(clamp01(share) * 8 * width + 0.5);
    for (int i = 0; i < width; i++) {
        int part = eighths - 8 * i;
        if (!p->utf8)
            put(p, part >= 4 ? '#' : '.', part >= 4 ? style : UT_VIEW_FAINT);
        else if (part >= 8)
            put(p, 0x2588, style);
        else if (part > 0)
            put(p, 0x2590U - (uint32_t)part, style); /* U+258F one eighth ... U+2589 seven eighths */
        else
            put(p, 0xB7, UT_VIEW_FAINT);
    }
}

static void label(struct pen *p, const char *text)
{
    go(p, 1);
    write_text(p, UT_VIEW_FAINT, text);
    go(p, LABEL);
}

static int bar_width(const struct pen *p, int others)
{
    int width = p->s->cols - LABEL - others;
    return width < 3 ? 3 : width > 80 ? 80 : width;
}

/* Why there is no score. */
static void no_score(struct pen *p, const struct ut_snapshot *c)
{
    const char *obstacle = ut_snapshot_obstacle(c->abstain);
    if (c->t_ms < 0)
        print(p, UT_VIEW_PLAIN, "no call yet%s", c->undisclosed ? "; none before the disclosure: press a" : "");
    else if (c->have_hello && c->hello.model_crc32 == 0)
        print(p, UT_VIEW_PLAIN, "this headset has no classifier");
    else if (c->undisclosed)
        print(p, UT_VIEW_PLAIN, "none before the disclosure: tell the customer, then press a");
    else if (obstacle != NULL)
        print(p, UT_VIEW_PLAIN, "paused: %s", obstacle);
    else if (c->abstain == UT_ABSTAIN_LITTLE)
        print(p, UT_VIEW_PLAIN, "paused: too little customer speech");
    else
        print(p, UT_VIEW_PLAIN, "waiting for the customer's speech");
}

static void gauge(struct pen *p, const struct ut_view *v, const char *name, double score, double trend,
                  enum ut_view_style style)
{
    label(p, name);
    if (!v->call->score_valid) {
        bar(p, bar_width(p, 17), 0, style);
        print(p, UT_VIEW_FAINT, "    -");
        return;
    }
    int direction = trend >= TREND_STEP ? 1 : trend <= -TREND_STEP ? -1 : 0;
    static const char *const word[] = {"falling", "steady", "rising"};
    bar(p, bar_width(p, 17), score, style);
    print(p, UT_VIEW_STRONG, " %4.2f ", clamp01(score));
    put(p,
        p->utf8         ? (direction > 0   ? 0x2197
                           : direction < 0 ? 0x2198
                                           : 0x2192)
        : direction > 0 ? '^'
        : direction < 0 ? 'v'
                        : '-',
        UT_VIEW_STRONG);
    print(p, UT_VIEW_PLAIN, " %s", word[direction + 1]);
}

static void voice(struct pen *p, const char *name, double loudness, double pace, int speaking, enum ut_view_style style)
{
    label(p, name);
    bar(p, bar_width(p, 44), loudness / 100, style);
    print(p, UT_VIEW_PLAIN, " %3.0f", loudness);
    if (pace > 0)
        print(p, UT_VIEW_PLAIN, "  %4.1f syl/s ~%3.0f wpm", pace, ut_readings_words_per_minute(pace));
    else
        print(p, UT_VIEW_PLAIN, "     - syl/s    - wpm");
    print(p, UT_VIEW_STRONG, "  %s", speaking ? "speaking" : "");
}

static int seconds(int64_t t_ms)
{
    return t_ms < 0 ? 0 : (int)(t_ms / 1000 % 360000);
}

/* Bytes of the first characters of UTF-8 text, a column each, that fill at most `columns`. */
static size_t first_columns(const char *text, int columns)
{
    const char *at = text;
    for (int i = 0; i < columns && *at != '\0'; i++)
        (void)next(&at);
    return (size_t)(at - text);
}

/* Text broken at blanks into lines of `width`; draws line number `line`. */
static void wrapped(struct pen *p, const char *text, int width, int line, enum ut_view_style style)
{
    char part[LINE_TEXT];
    for (int at = 0;; at++) {
        size_t n = first_columns(text, width < 1 ? 1 : width);
        if (text[n] != '\0') {
            size_t fits = n;
            while (n > 0 && text[n] != ' ')
                n--;
            if (n == 0)
                n = fits;
        }
        if (at == line) {
            (void)snprintf(part, sizeof part, "%.*s", (int)n, text);
            write_text(p, style, part);
            return;
        }
        text += n;
        while (*text == ' ')
            text++;
        if (*text == '\0')
            return;
    }
}

static void box_edge(struct pen *p, uint32_t left, uint32_t right, const char *title)
{
    go(p, 1);
    put(p, p->utf8 ? left : '+', UT_VIEW_FAINT);
    put(p, p->utf8 ? 0x2500 : '-', UT_VIEW_FAINT);
    if (title[0] != '\0')
        print(p, UT_VIEW_FAINT, " %s ", title);
    while (p->col < p->s->cols - 2)
        put(p, p->utf8 ? 0x2500 : '-', UT_VIEW_FAINT);
    put(p, p->utf8 ? right : '+', UT_VIEW_FAINT);
}

static void box_sides(struct pen *p)
{
    uint32_t side = p->utf8 ? 0x2502 : '|';
    go(p, 1);
    put(p, side, UT_VIEW_FAINT);
    go(p, p->s->cols - 2);
    put(p, side, UT_VIEW_FAINT);
    go(p, 3);
}

static int cue_shown(const struct ut_view *v)
{
    return v->call->cue < UT_CUES && !v->muted && !v->dismissed;
}

static void cue_title(struct pen *p, const struct ut_view *v)
{
    box_sides(p);
    if (cue_shown(v)) {
        print(p, UT_VIEW_CUE, " %s ", v->call->cue_title);
        int64_t age = v->call->t_ms - v->call->cue_since_ms;
        print(p, UT_VIEW_FAINT, "  for %d s", seconds(age));
    } else if (v->muted) {
        print(p, UT_VIEW_FAINT, "cues are muted; m shows them again");
    } else {
        print(p, UT_VIEW_FAINT, v->dismissed ? "dismissed" : "none");
    }
    for (int cue = 0; cue < UT_CUES; cue++) /* what never pops up */
        if (!v->muted && v->call->open[cue] > UT_SHOW_POPUP)
            print(p, UT_VIEW_FAINT, "  [%s]", ut_catalogue_cue(v->call->language, (enum ut_cue)cue)->title);
}

/* One row of eight steps; top rows of taller graphs start where lower ones end. */
static void spark(struct pen *p, const struct ut_view *v, const char *name, const uint8_t *values,
                  enum ut_view_style style)
{
    static const char ascii[] = " .:-=+*#@";
    label(p, name);
    int width = bar_width(p, 2);
    if (width > UT_VIEW_HISTORY)
        width = UT_VIEW_HISTORY;
    int from = v->history > width ? v->history - width : 0;
    for (int i = from; i < v->history; i++) {
        int step = values[i] == NONE ? 0 : (values[i] * 8 + 50) / 100;
        if (step == 0)
            put(p, p->utf8 ? 0xB7 : '.', UT_VIEW_FAINT);
        else
            put(p, p->utf8 ? 0x2580U + (uint32_t)step : (uint32_t)ascii[step], style);
    }
}

enum line {
    TITLE,
    GAP_1,
    FRUSTRATION,
    DELIGHT,
    CONFIDENCE,
    GAP_2,
    VOICE_HEAD,
    VOICE_CUSTOMER,
    VOICE_AGENT,
    TALK,
    GAP_3,
    CUE_TOP,
    CUE_TITLE,
    CUE_TEXT,
    CUE_WHY_1,
    CUE_WHY_2,
    CUE_WHY_3,
    CUE_BOTTOM,
    GAP_4,
    PAST_HEAD,
    PAST_FRUSTRATION,
    PAST_DELIGHT,
    LINK,
    COUNTS,
    DEVICE,
    KEYS,
    LINES
};

/* A short terminal loses the lines with the highest number first. */
static const uint8_t least[LINES] = {
    [CUE_TITLE] = 0,     [FRUSTRATION] = 1, [DELIGHT] = 2,     [LINK] = 3,           [CUE_WHY_1] = 4,
    [CUE_TEXT] = 5,      [KEYS] = 6,        [VOICE_AGENT] = 7, [VOICE_CUSTOMER] = 8, [TALK] = 9,
    [CONFIDENCE] = 10,   [TITLE] = 11,      [COUNTS] = 12,     [CUE_WHY_2] = 13,     [DEVICE] = 14,
    [CUE_TOP] = 15,      [CUE_BOTTOM] = 15, [VOICE_HEAD] = 16, [CUE_WHY_3] = 17,     [GAP_3] = 18,
    [GAP_2] = 19,        [GAP_1] = 20,      [GAP_4] = 21,      [PAST_HEAD] = 22,     [PAST_FRUSTRATION] = 22,
    [PAST_DELIGHT] = 22,
};

static void fill_row(struct pen *p, enum ut_view_style style)
{
    go(p, 0);
    while (p->col < p->s->cols)
        put(p, ' ', style);
    go(p, 1);
}

static void draw(struct pen *p, const struct ut_view *v, enum line line)
{
    const struct ut_snapshot *c = v->call;
    int inside = p->s->cols - 6;
    switch (line) {
    case TITLE: {
        fill_row(p, UT_VIEW_FRAME);
        int t = seconds(c->t_ms);
        char clock[24];
        (void)snprintf(clock, sizeof clock, "%02d:%02d:%02d", t / 3600, t / 60 % 60, t % 60);
        print(p, UT_VIEW_FRAME, "Undertone  ");
        char source[64];
        (void)snprintf(source, sizeof source, "%s", v->source);
        write_text(p, UT_VIEW_FRAME, source);
        go(p, p->s->cols - (int)strlen(clock) - 1);
        print(p, UT_VIEW_FRAME, "%s", clock);
        break;
    }
    case FRUSTRATION:
        gauge(p, v, "Frustration", c->frustration_fast, c->frustration_trend, UT_VIEW_FRUSTRATION);
        break;
    case DELIGHT:
        gauge(p, v, "Delight", c->delight_fast, c->delight_fast - c->delight_slow, UT_VIEW_DELIGHT);
        break;
    case CONFIDENCE:
        label(p, c->score_valid ? "Confidence" : "Scores");
        if (c->score_valid)
            print(p, UT_VIEW_PLAIN, "%.2f", clamp01(c->confidence_fast));
        else
            no_score(p, c);
        break;
    case VOICE_HEAD:
        label(p, "Voices");
        go(p, LABEL + bar_width(p, 44) - 8);
        print(p, UT_VIEW_FAINT, "    loudness  pace (estimate)");
        break;
    case VOICE_CUSTOMER:
        voice(p, "Customer", c->customer_loudness, c->customer_pace, c->customer_speech, UT_VIEW_CUSTOMER);
        break;
    case VOICE_AGENT:
        voice(p, "Agent", c->agent_loudness, c->agent_pace, c->agent_speech, UT_VIEW_AGENT);
        break;
    case TALK: {
        label(p, "Talk");
        if (c->talk_ms[UT_CUSTOMER] + c->talk_ms[UT_AGENT] <= 0) {
            print(p, UT_VIEW_FAINT, "nobody has spoken yet");
            break;
        }
        int agent = (int)(clamp01(c->agent_share) * 100 + 0.5);
        int width = bar_width(p, 32);
        int split = (int)((1 - clamp01(c->agent_share)) * width + 0.5);
        print(p, UT_VIEW_PLAIN, "customer %3d %% ", 100 - agent);
        for (int i = 0; i < width; i++)
            put(p,
                p->utf8     ? (i < split ? 0x2588 : 0x2592)
                : i < split ? '#'
                            : '=',
                i < split ? UT_VIEW_CUSTOMER : UT_VIEW_AGENT);
        print(p, UT_VIEW_PLAIN, " %3d %% agent", agent);
        break;
    }
    case CUE_TOP:
        box_edge(p, 0x250C, 0x2510, "Cue");
        break;
    case CUE_TITLE:
        cue_title(p, v);
        break;
    case CUE_TEXT:
        box_sides(p);
        if (cue_shown(v))
            print(p, UT_VIEW_PLAIN, "%s", c->cue_advice);
        break;
    case CUE_WHY_1:
    case CUE_WHY_2:
    case CUE_WHY_3:
        box_sides(p);
        if (cue_shown(v)) {
            char why[sizeof c->cue_why + 8];
            (void)snprintf(why, sizeof why, "Why: %s", c->cue_why);
            wrapped(p, why, inside, (int)line - CUE_WHY_1, UT_VIEW_FAINT);
        }
        break;
    case CUE_BOTTOM:
        box_edge(p, 0x2514, 0x2518, "");
        break;
    case PAST_HEAD:
        label(p, "Past");
        print(p, UT_VIEW_FAINT, "one step a second, newest on the right");
        break;
    case PAST_FRUSTRATION:
        spark(p, v, "Frustration", v->frustration, UT_VIEW_FRUSTRATION);
        break;
    case PAST_DELIGHT:
        spark(p, v, "Delight", v->delight, UT_VIEW_DELIGHT);
        break;
    case LINK:
        label(p, "Link");
        print(p, v->trouble ? UT_VIEW_TROUBLE : UT_VIEW_STRONG, "%s", v->link);
        print(p, UT_VIEW_PLAIN, "  %.1f records/s", v->records_per_s);
        if (c->customer_snr_db >= 0)
            print(p, UT_VIEW_PLAIN, "  signal to noise: customer %d dB, agent %d dB", c->customer_snr_db,
                  c->agent_snr_db);
        break;
    case COUNTS:
        label(p, "Counters");
        print(p, UT_VIEW_PLAIN,
              "lost %" PRIu32 "  malformed %" PRIu32 "  skipped %" PRIu32 "  headset: overruns %d  drops %d", c->lost,
              c->malformed, c->unknown, c->overruns, c->drops);
        break;
    case DEVICE:
        label(p, "Headset");
        if (c->have_hello) {
            print(p, UT_VIEW_PLAIN, "%.4s  firmware %d.%d.%d  model %.4s (%08" PRIx32 ")  features %d", c->hello.board,
                  c->hello.fw_major, c->hello.fw_minor, c->hello.fw_patch,
                  c->hello.model_crc32 == 0 ? "none" : c->hello.model_id, c->hello.model_crc32,
                  c->hello.features_version);
        } else {
            print(p, UT_VIEW_FAINT, "has not said who it is yet");
        }
        break;
    case KEYS:
        fill_row(p, UT_VIEW_FRAME);
        print(p, UT_VIEW_FRAME, "%sm %s   d dismiss cue   q quit", c->undisclosed ? "a disclosure given   " : "",
              v->muted ? "unmute" : "mute");
        break;
    default:
        break;
    }
}

void ut_view_remember(struct ut_view *v)
{
    if (v->history == UT_VIEW_HISTORY) {
        memmove(v->frustration, v->frustration + 1, UT_VIEW_HISTORY - 1);
        memmove(v->delight, v->delight + 1, UT_VIEW_HISTORY - 1);
        v->history--;
    }
    const struct ut_snapshot *c = v->call;
    v->frustration[v->history] = c->score_valid ? (uint8_t)(clamp01(c->frustration_fast) * 100 + 0.5) : NONE;
    v->delight[v->history] = c->score_valid ? (uint8_t)(clamp01(c->delight_fast) * 100 + 0.5) : NONE;
    v->history++;
}

void ut_view_lay_out(const struct ut_view *v, int rows, int cols, int utf8, struct ut_view_screen *s)
{
    s->rows = rows < 1 ? 1 : rows > UT_VIEW_ROWS_MAX ? UT_VIEW_ROWS_MAX : rows;
    s->cols = cols < 1 ? 1 : cols > UT_VIEW_COLS_MAX ? UT_VIEW_COLS_MAX : cols;
    for (int r = 0; r < s->rows; r++)
        for (int c = 0; c < s->cols; c++) {
            s->glyph[r][c] = ' ';
            s->style[r][c] = UT_VIEW_PLAIN;
        }
    uint8_t shown[LINES];
    memset(shown, 1, sizeof shown);
    int n = LINES;
    for (int rank = LINES; n > s->rows; rank--)
        for (int i = 0; i < LINES; i++)
            if (least[i] == rank) {
                shown[i] = 0;
                n--;
            }
    struct pen p = {.s = s, .utf8 = utf8};
    for (int i = 0; i < LINES; i++) {
        if (i == LINK) /* what is left over goes above the link's lines */
            p.row += s->rows - n;
        if (shown[i]) {
            p.col = 0;
            draw(&p, v, (enum line)i);
            p.row++;
        }
    }
}
