/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/screens/view.h"

#include "firmware/engine.h"
#include "firmware/turns.h"
#include "host-tools/call/channels.h"
#include "host-tools/cues/readings.h"
#include "host-tools/system/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LABEL = 13, LINE_TEXT = 512, NONE = 255 };

/* Columns beside a bar, and the least that one is worth drawing with. */
enum { BESIDE_SCORE = 17, BESIDE_VOICE = 38, BESIDE_PACE = 29, BESIDE_LOUDNESS = 15, BESIDE_TALK = 32, LEAST_BAR = 8 };

enum { PAST_MS = 1000 }; /* a score is of the past, and says its age, when the customer has not spoken for so long */

static const double TREND_STEP = 0.05; /* of a score; smaller changes count as steady */

/* Where drawing goes on. */
struct pen {
    struct ut_view_screen *s;
    int utf8;
    enum ut_language language;
    int row, col, end;     /* end: columns that may be written to */
    int cue_row, cue_rows; /* of the cue's advice and reason */
};

static void put(struct pen *p, uint32_t glyph, enum ut_view_style style)
{
    if (p->col < p->end) {
        p->s->glyph[p->row][p->col] = glyph;
        p->s->style[p->row][p->col] = (uint8_t)style;
        p->col++;
    }
}

static const char *word(const struct pen *p, const char *english)
{
    return ut_catalogue_word(p->language, english);
}

/* One character off UTF-8 text; '?' for what is malformed, a control, or perhaps wider than a column. */
static uint32_t next(const char **text)
{
    uint32_t c = ut_utf8_next(text);
    int narrow = (c >= 0x20 && c < 0x7F) || (c >= 0xA0 && c < 0x300) || (c >= 0x370 && c < 0x530);
    return narrow ? c : '?';
}

static int columns(const char *text)
{
    int n = 0;
    for (; *text != '\0'; n++)
        (void)next(&text);
    return n;
}

/* Bytes of the first characters of UTF-8 text, a column each, that fill at most `width` columns. */
static size_t first_columns(const char *text, int width)
{
    const char *at = text;
    for (int i = 0; i < width && *at != '\0'; i++)
        (void)next(&at);
    return (size_t)(at - text);
}

/* Likewise, but of whole words; 0 = the first alone is too long. */
static size_t first_words(const char *text, int width)
{
    size_t n = first_columns(text, width < 0 ? 0 : width);
    if (text[n] == '\0')
        return n;
    while (n > 0 && text[n] != ' ')
        n--;
    return n;
}

/* What a terminal without Unicode can show of a letter. */
static uint32_t plain_letter(uint32_t c)
{
    static const char latin[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty"; /* from 0xC0 on */
    if (c >= 0xC0 && c < 0xC0 + sizeof latin - 1)
        return (uint32_t)latin[c - 0xC0];
    return c < 0x80 ? c : '?';
}

static void write_bytes(struct pen *p, enum ut_view_style style, const char *text, size_t n)
{
    for (const char *end = text + n; text < end;) {
        uint32_t c = next(&text);
        put(p, p->utf8 ? c : plain_letter(c), style);
    }
}

/* Says that something was left out. */
static void ellipsis(struct pen *p, enum ut_view_style style)
{
    if (p->utf8)
        put(p, 0x2026, style);
    for (int i = 0; i < 3 && !p->utf8; i++)
        put(p, '.', style);
}

/* Text that may be longer than the line: whole words of it, and a sign when some are left out. */
static void write_text(struct pen *p, enum ut_view_style style, const char *text)
{
    int room = p->end - p->col, sign = p->utf8 ? 1 : 3;
    size_t n = strlen(text);
    bool whole = columns(text) <= room;
    if (!whole && (n = first_words(text, room - sign)) == 0)
        n = first_columns(text, room - sign < 0 ? 0 : room - sign);
    write_bytes(p, style, text, n);
    if (!whole)
        ellipsis(p, style);
}

/* What is there as a whole or not at all. */
__attribute__((format(printf, 3, 4))) static bool item(struct pen *p, enum ut_view_style style, const char *format, ...)
{
    char text[LINE_TEXT];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (p->col + columns(text) > p->end)
        return false;
    write_bytes(p, style, text, strlen(text));
    return true;
}

static void go(struct pen *p, int col)
{
    p->col = col < 0 ? 0 : col;
}

static double clamp01(double x)
{
    return !(x > 0) ? 0 : x > 1 ? 1 : x; /* 0 for NaN */
}

/* A bar of `width` columns, `share` of it full, in eighths of a column where the terminal has them. What is of the past
 * is faint and hatched: a terminal may have no faint. */
static void bar(struct pen *p, int width, double share, enum ut_view_style style)
{
    int eighths = (int)(clamp01(share) * 8 * width + 0.5);
    bool past = style == UT_VIEW_FAINT;
    for (int i = 0; i < width; i++) {
        int part = eighths - 8 * i;
        if (!p->utf8)
            put(p, part < 4 ? '.' : past ? '-' : '#', part >= 4 ? style : UT_VIEW_FAINT);
        else if (past)
            put(p, part >= 4 ? 0x2591 : 0xB7, style);
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
    (void)item(p, UT_VIEW_FAINT, "%s", word(p, text));
    go(p, LABEL);
}

static int bar_width(const struct pen *p, int others)
{
    int width = p->s->cols - LABEL - others;
    return width < 3 ? 3 : width > 80 ? 80 : width;
}

/* Why there is no score. */
static const char *no_score(const struct ut_snapshot *c)
{
    if (c->t_ms < 0)
        return c->undisclosed ? "no call yet; no scores before the disclosure: press a" : "no call yet";
    if (c->have_hello && c->hello.model_crc32 == 0)
        return "this headset has no classifier";
    if (c->refused)
        return "none: the customer does not want it";
    if (c->conference)
        return "none in a conference";
    if (c->undeclared)
        return "none: the one channel may hold both parties";
    if (c->undisclosed)
        return "none before the disclosure: tell the customer, then press a";
    if (c->on_hold)
        return "on hold";
    if (c->abstain != UT_ABSTAIN_LITTLE)
        return "waiting for the customer's speech";
    return c->scored_ms >= 0 ? "the customer listens" : "too little customer speech";
}

static int seconds(int64_t t_ms)
{
    return t_ms < 0 ? 0 : (int)(t_ms / 1000 % 360000);
}

static bool is_past(const struct ut_snapshot *c)
{
    return !c->score_valid || c->t_ms - c->scored_ms >= PAST_MS;
}

static void scores(struct pen *p, const struct ut_snapshot *c)
{
    label(p, c->score_valid ? "Confidence" : "Scores");
    const char *obstacle = c->t_ms >= 0 && !c->undisclosed ? ut_snapshot_obstacle(c->abstain) : NULL;
    char text[LINE_TEXT];
    if (c->score_valid)
        (void)snprintf(text, sizeof text, "%.2f", clamp01(c->confidence_fast));
    else if (obstacle != NULL && c->hello.model_crc32 != 0)
        (void)snprintf(text, sizeof text, "%s: %s", word(p, "paused"), word(p, obstacle));
    else
        (void)snprintf(text, sizeof text, "%s", word(p, no_score(c)));
    write_text(p, c->score_valid && is_past(c) ? UT_VIEW_FAINT : UT_VIEW_PLAIN, text);
    if (c->score_valid && c->customer_snr_db >= 0)
        (void)item(p, UT_VIEW_FAINT, "  %s %d %%", word(p, "caller known"), c->status.known);
}

/* While the customer listens the last score stays, with its age. */
static void gauge(struct pen *p, const struct ut_view *v, const char *name, double score, double trend,
                  enum ut_view_style style)
{
    const struct ut_snapshot *c = v->call;
    label(p, name);
    int width = bar_width(p, BESIDE_SCORE);
    if (c->scored_ms < 0) {
        bar(p, width, 0, style);
        (void)item(p, UT_VIEW_FAINT, "    -");
        return;
    }
    if (is_past(c)) {
        bar(p, width, score, UT_VIEW_FAINT);
        (void)item(p, UT_VIEW_FAINT, " %4.2f", clamp01(score));
        const char *age = word(p, "age"), *at = strstr(age, "{s}");
        (void)item(p, UT_VIEW_FAINT, "  %.*s%d%s", (int)(at - age), age, seconds(c->t_ms - c->scored_ms), at + 3);
        return;
    }
    int direction = trend >= TREND_STEP ? 1 : trend <= -TREND_STEP ? -1 : 0;
    static const char *const words[] = {"falling", "steady", "rising"};
    bar(p, width, score, style);
    if (!item(p, UT_VIEW_STRONG, " %4.2f ", clamp01(score)))
        return;
    put(p,
        p->utf8         ? (direction > 0   ? 0x2197
                           : direction < 0 ? 0x2198
                                           : 0x2192)
        : direction > 0 ? '^'
        : direction < 0 ? 'v'
                        : '-',
        UT_VIEW_STRONG);
    (void)item(p, UT_VIEW_PLAIN, " %s", word(p, words[direction + 1]));
}

/* What stands beside the bars of voices: as much as there is room for. */
static int beside_voices(const struct pen *p)
{
    static const int beside[] = {BESIDE_VOICE, BESIDE_PACE};
    for (int i = 0; i < 2; i++)
        if (p->s->cols >= LABEL + LEAST_BAR + beside[i])
            return beside[i];
    return BESIDE_LOUDNESS;
}

static void voice(struct pen *p, const char *name, double loudness, double pace, int speaking, enum ut_view_style style)
{
    int beside = beside_voices(p);
    label(p, name);
    bar(p, bar_width(p, beside), loudness / 100, style);
    (void)item(p, UT_VIEW_PLAIN, " %3.0f", loudness);
    if (beside >= BESIDE_PACE && pace > 0)
        (void)item(p, UT_VIEW_PLAIN, "  %4.1f %s", pace, word(p, "syl/s"));
    else if (beside >= BESIDE_PACE)
        (void)item(p, UT_VIEW_PLAIN, "     - %s", word(p, "syl/s"));
    if (beside >= BESIDE_VOICE && pace > 0)
        (void)item(p, UT_VIEW_PLAIN, " ~%3.0f %s", ut_readings_words_per_minute(pace), word(p, "wpm"));
    else if (beside >= BESIDE_VOICE)
        (void)item(p, UT_VIEW_PLAIN, "    - %s", word(p, "wpm"));
    if (speaking)
        (void)item(p, UT_VIEW_STRONG, "  %s", word(p, "speaking"));
}

static void voices(struct pen *p)
{
    int beside = beside_voices(p);
    label(p, "Voices");
    go(p, LABEL + bar_width(p, beside) + 4 - columns(word(p, "loudness")));
    (void)item(p, UT_VIEW_FAINT, "%s", word(p, "loudness"));
    if (beside >= BESIDE_PACE)
        (void)item(p, UT_VIEW_FAINT, "  %s", word(p, "pace"));
    if (beside >= BESIDE_VOICE)
        (void)item(p, UT_VIEW_FAINT, " %s", word(p, "(estimate)"));
}

static void talk(struct pen *p, const struct ut_snapshot *c)
{
    char left[60], right[60];
    label(p, "Talk");
    if (c->withheld.mixed) {
        write_text(p, UT_VIEW_FAINT, word(p, "both parties in one channel"));
        return;
    }
    if (c->on_hold) {
        char text[LINE_TEXT];
        (void)snprintf(text, sizeof text, "%s %d s", word(p, "on hold for"), seconds(c->t_ms - c->hold_from_ms));
        write_text(p, UT_VIEW_STRONG, text);
        if (c->hold_ms / 1000 > (c->t_ms - c->hold_from_ms) / 1000)
            (void)item(p, UT_VIEW_FAINT, "  %s %d s", word(p, "in all"), seconds(c->hold_ms));
        return;
    }
    if (c->unheard != 0) {
        write_text(p, UT_VIEW_FAINT, word(p, "one party is not heard"));
        return;
    }
    if (c->talk_ms[UT_CUSTOMER] + c->talk_ms[UT_AGENT] <= 0) {
        write_text(p, UT_VIEW_FAINT, word(p, "nobody has spoken yet"));
        return;
    }
    int agent = (int)(clamp01(c->agent_share) * 100 + 0.5), width = p->s->cols - LABEL - BESIDE_TALK;
    width = width > 80 ? 80 : width;
    int split = (int)((1 - clamp01(c->agent_share)) * width + 0.5);
    (void)snprintf(left, sizeof left, "%s %3d %% ", word(p, "customer"), 100 - agent);
    (void)snprintf(right, sizeof right, " %3d %% %s", agent, word(p, "agent"));
    (void)item(p, UT_VIEW_PLAIN, "%s", left);
    for (int i = 0; width >= LEAST_BAR && i < width; i++)
        put(p,
            p->utf8     ? (i < split ? 0x2588 : 0x2592)
            : i < split ? '#'
                        : '=',
            i < split ? UT_VIEW_CUSTOMER : UT_VIEW_AGENT);
    (void)item(p, UT_VIEW_PLAIN, "%s", right);
}

static size_t next_line(const char *text, int width)
{
    size_t n = first_words(text, width);
    return n > 0 ? n : first_columns(text, width < 1 ? 1 : width);
}

static const char *skip_blanks(const char *text)
{
    while (*text == ' ')
        text++;
    return text;
}

/* Lines that the text is broken into at blanks. */
static int line_count(const char *text, int width)
{
    int n = 0;
    for (text = skip_blanks(text); *text != '\0'; n++)
        text = skip_blanks(text + next_line(text, width));
    return n;
}

/* One of those lines; the last that there is a row for says when more would follow. */
static void wrapped(struct pen *p, const char *text, int width, int line, int rows, enum ut_view_style style)
{
    text = skip_blanks(text);
    for (int i = 0; i < line && *text != '\0'; i++)
        text = skip_blanks(text + next_line(text, width));
    p->end = p->col + (width < 1 ? 1 : width) < p->end ? p->col + (width < 1 ? 1 : width) : p->end;
    if (line + 1 >= rows)
        write_text(p, style, text);
    else
        write_bytes(p, style, text, next_line(text, width));
    p->end = p->s->cols;
}

static void box_edge(struct pen *p, uint32_t left, uint32_t right, const char *title)
{
    go(p, 1);
    put(p, p->utf8 ? left : '+', UT_VIEW_FAINT);
    put(p, p->utf8 ? 0x2500 : '-', UT_VIEW_FAINT);
    if (title[0] != '\0')
        (void)item(p, UT_VIEW_FAINT, " %s ", word(p, title));
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
    p->end = p->s->cols - 2; /* the box's side stays */
    if (v->ask != NULL) {
        write_text(p, UT_VIEW_CUE, v->ask);
    } else if (cue_shown(v)) {
        char title[sizeof v->call->cue_title + 2];
        (void)snprintf(title, sizeof title, " %s ", v->call->cue_title);
        write_text(p, UT_VIEW_CUE, title);
        int64_t age = v->call->t_ms - v->call->cue_since_ms;
        (void)item(p, UT_VIEW_FAINT, "  %s %d s", word(p, "for"), seconds(age));
    } else if (v->muted) {
        write_text(p, UT_VIEW_FAINT, word(p, "cues are muted; m shows them again"));
    } else {
        write_text(p, UT_VIEW_FAINT,
                   word(p, v->dismissed                    ? "dismissed"
                           : v->call->past.text[0] != '\0' ? "Before the first word"
                                                           : "none"));
    }
    for (int cue = 0; cue < UT_CUES; cue++) /* what never pops up */
        if (!v->muted && v->call->open[cue] > UT_SHOW_POPUP)
            (void)item(p, UT_VIEW_FAINT, "  [%s]",
                       ut_catalogue_cue(v->call->language, (enum ut_cue)cue, v->config).title);
    p->end = p->s->cols;
}

/* The advice, then the reason, over the rows there are. */
static void cue_text(struct pen *p, const struct ut_view *v)
{
    const struct ut_snapshot *c = v->call;
    int inside = p->s->cols - 6, row = p->cue_row++;
    box_sides(p);
    if (v->ask != NULL) {
        char keys[160];
        (void)snprintf(keys, sizeof keys, "%s   %s: %s %s %d s", word(p, "y yes   n no"), word(p, "without an answer"),
                       word(p, v->ask_yes ? "Yes" : "No"), word(p, "in"), v->ask_s);
        wrapped(p, keys, inside, row, p->cue_rows, UT_VIEW_STRONG);
        return;
    }
    if (!cue_shown(v)) {
        wrapped(p, c->past.text, inside, row, p->cue_rows, UT_VIEW_PLAIN);
        return;
    }
    int advice = line_count(c->cue_advice, inside);
    if (row < advice) {
        wrapped(p, c->cue_advice, inside, row, p->cue_rows, UT_VIEW_PLAIN);
        return;
    }
    char why[sizeof c->cue_why + 24];
    (void)snprintf(why, sizeof why, "%s: %s", word(p, "Why"), c->cue_why);
    wrapped(p, why, inside, row - advice, p->cue_rows - advice, UT_VIEW_FAINT);
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

/* Of a long name its end is kept: a path ends in what tells it from others. */
static void title(struct pen *p, const struct ut_view *v)
{
    char clock[24];
    int t = seconds(v->call->t_ms);
    fill_row(p, UT_VIEW_FRAME);
    (void)snprintf(clock, sizeof clock, "%02d:%02d:%02d", t / 3600, t / 60 % 60, t % 60);
    int begin = p->s->cols - (int)strlen(clock) - 1;
    p->end = begin - 1;
    (void)item(p, UT_VIEW_FRAME, "Undertone  ");
    int room = p->end - p->col, length = columns(v->source), sign = p->utf8 ? 1 : 3;
    if (length > room && room > sign) {
        ellipsis(p, UT_VIEW_FRAME);
        (void)item(p, UT_VIEW_FRAME, "%s", v->source + first_columns(v->source, length - room + sign));
    } else {
        (void)item(p, UT_VIEW_FRAME, "%s", v->source);
    }
    p->end = p->s->cols;
    go(p, begin);
    (void)item(p, UT_VIEW_FRAME, "%s", clock);
}

static void link_line(struct pen *p, const struct ut_view *v)
{
    const struct ut_snapshot *c = v->call;
    label(p, "Link");
    write_text(p, v->trouble ? UT_VIEW_TROUBLE : UT_VIEW_STRONG, v->link);
    (void)item(p, UT_VIEW_PLAIN, "  %.1f %s", v->records_per_s, word(p, "records/s"));
    if (!ut_channels_usual(&c->status))
        (void)item(p, UT_VIEW_TROUBLE, "  %s: %s", word(p, "channels"), word(p, ut_channels_title(&c->status)));
    else if (c->customer_snr_db >= 0 &&
             !item(p, UT_VIEW_PLAIN, "  %s: %s %d dB, %s %d dB", word(p, "signal to noise"), word(p, "customer"),
                   c->customer_snr_db, word(p, "agent"), c->agent_snr_db))
        (void)item(p, UT_VIEW_PLAIN, "  SNR %d dB, %d dB", c->customer_snr_db, c->agent_snr_db);
}

/* All of them, or where there is no room those that are not 0. */
static void counts(struct pen *p, const struct ut_snapshot *c)
{
    const struct {
        const char *name;
        uint32_t n;
    } count[] = {{"lost", c->lost},
                 {"malformed", c->malformed},
                 {"skipped", c->unknown},
                 {"overruns", c->overruns},
                 {"drops", c->drops}};
    int width = LABEL, some = 0;
    label(p, "Counters");
    for (int i = 0; i < 5; i++) {
        char text[60];
        width += snprintf(text, sizeof text, "%" PRIu32 "   ", count[i].n) + columns(word(p, count[i].name));
    }
    for (int i = 0; i < 5; i++)
        if (width - 2 <= p->s->cols || count[i].n > 0) {
            (void)item(p, UT_VIEW_PLAIN, "%s%s %" PRIu32, some > 0 ? "  " : "", word(p, count[i].name), count[i].n);
            some++;
        }
    if (some == 0)
        (void)item(p, UT_VIEW_PLAIN, "%s", word(p, "all 0"));
}

static void device(struct pen *p, const struct ut_snapshot *c)
{
    const struct ut_wire_hello *h = &c->hello;
    label(p, "Headset");
    if (!c->have_hello) {
        write_text(p, UT_VIEW_FAINT, word(p, "has not said who it is yet"));
        return;
    }
    (void)item(p, UT_VIEW_PLAIN, "%.4s", h->board);
    (void)item(p, UT_VIEW_PLAIN, "  %s %d.%d.%d", word(p, "firmware"), h->fw_major, h->fw_minor, h->fw_patch);
    if (h->model_crc32 == 0)
        (void)item(p, UT_VIEW_PLAIN, "  %s", word(p, "no model"));
    else
        (void)item(p, UT_VIEW_PLAIN, "  %s %.4s (%08" PRIx32 ")", word(p, "model"), h->model_id, h->model_crc32);
    (void)item(p, UT_VIEW_PLAIN, "  %s %d", word(p, "features"), h->features_version);
}

/* In full, or where there is no room in short; the first stay the longest. */
static void keys(struct pen *p, const struct ut_view *v)
{
    const char *mute = v->muted ? "m unmute" : "m mute";
    const struct {
        bool asked;
        const char *text[2]; /* in full, in short */
    } key[] = {{v->call->undisclosed, {"a disclosure given", "a disclosed"}},
               {true, {"q quit", "q quit"}},
               {true, {mute, mute}},
               {true, {"d dismiss cue", "d dismiss"}}};
    enum { KEYS_MAX = sizeof key / sizeof key[0] };
    bool fits[KEYS_MAX];
    int brief = -1, all = 0, gap = 0;
    do {
        brief++;
        gap = brief == 0 ? 3 : 2;
        all = 0;
        int width = 1 - gap; /* the first column is free */
        for (int i = 0; i < KEYS_MAX; i++) {
            int more = columns(word(p, key[i].text[brief])) + gap;
            fits[i] = key[i].asked && width + more <= p->s->cols;
            width += fits[i] ? more : 0;
            all += fits[i] == key[i].asked;
        }
    } while (brief == 0 && all < KEYS_MAX);
    static const int order[KEYS_MAX] = {0, 2, 3, 1};
    fill_row(p, UT_VIEW_FRAME);
    for (int i = 0, shown = 0; i < KEYS_MAX; i++)
        if (fits[order[i]])
            (void)item(p, UT_VIEW_FRAME, "%*s%s", shown++ > 0 ? gap : 0, "", word(p, key[order[i]].text[brief]));
}

static void draw(struct pen *p, const struct ut_view *v, enum line line)
{
    const struct ut_snapshot *c = v->call;
    switch (line) {
    case TITLE:
        title(p, v);
        break;
    case FRUSTRATION:
        gauge(p, v, "Frustration", c->frustration_fast, c->frustration_trend, UT_VIEW_FRUSTRATION);
        break;
    case DELIGHT:
        gauge(p, v, "Delight", c->delight_fast, c->delight_fast - c->delight_slow, UT_VIEW_DELIGHT);
        break;
    case CONFIDENCE:
        scores(p, c);
        break;
    case VOICE_HEAD:
        voices(p);
        break;
    case VOICE_CUSTOMER:
        voice(p, "Customer", c->customer_loudness, c->customer_pace, c->customer_speech, UT_VIEW_CUSTOMER);
        break;
    case VOICE_AGENT:
        voice(p, "Agent", c->agent_loudness, c->agent_pace, c->agent_speech, UT_VIEW_AGENT);
        break;
    case TALK:
        talk(p, c);
        break;
    case CUE_TOP:
        box_edge(p, 0x250C, 0x2510, "Cue");
        break;
    case CUE_TITLE:
        cue_title(p, v);
        break;
    case CUE_TEXT:
    case CUE_WHY_1:
    case CUE_WHY_2:
    case CUE_WHY_3:
        cue_text(p, v);
        break;
    case CUE_BOTTOM:
        box_edge(p, 0x2514, 0x2518, "");
        break;
    case PAST_HEAD:
        label(p, "Past");
        write_text(p, UT_VIEW_FAINT, word(p, "one step a second, newest on the right"));
        break;
    case PAST_FRUSTRATION:
        spark(p, v, "Frustration", v->frustration, UT_VIEW_FRUSTRATION);
        break;
    case PAST_DELIGHT:
        spark(p, v, "Delight", v->delight, UT_VIEW_DELIGHT);
        break;
    case LINK:
        link_line(p, v);
        break;
    case COUNTS:
        counts(p, c);
        break;
    case DEVICE:
        device(p, c);
        break;
    case KEYS:
        keys(p, v);
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
    struct pen p = {.s = s, .utf8 = utf8, .language = v->call->language, .end = s->cols};
    for (int i = CUE_TEXT; i <= CUE_WHY_3; i++)
        p.cue_rows += shown[i];
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
