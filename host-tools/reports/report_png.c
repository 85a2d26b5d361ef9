/* SPDX-License-Identifier: Apache-2.0 */
/* The same picture as the page's (report_page.html): lanes one below the other over one time axis. */
#include "host-tools/reports/report.h"

#include "firmware/engine.h"
#include "host-tools/cues/readings.h"

#include <cairo.h>
#include <math.h>
#include <string.h>

enum {
    WIDTH = 1600,
    GUTTER = 170, /* names of the lanes, left of the plot */
    MARGIN = 24,
    HEADER = 104,
    GAP = 12,
    CUE_H = 24, /* a row of cues */
    CUE_ROWS = 6,
    LANES_MAX = 9,
    LIST_MAX = 16, /* cues explained below */
    LIST_H = 20,
    LEVEL_RANGE_DB = 70,
    PACE_TOP = 8,     /* syllables/s */
    PEAK_LEAST = 1024 /* a call without speech shows no magnified hiss */
};

struct colour {
    double r, g, b;
};

static const struct colour paper = {1, 1, 1}, ink = {.11, .13, .16}, muted = {.38, .42, .46}, line = {.88, .89, .9},
                           shade = {.92, .935, .945}, frustration = {.79, .32, .06}, delight = {.05, .5, .45},
                           cue = {.4, .29, .71}, party_colour[2] = {{.12, .435, .7}, {.47, .51, .56}};

enum lane_kind { CUES, WAVE, SPEECH, SCORE, PITCH, LEVEL, PACE, AXIS };

struct lane {
    enum lane_kind kind;
    int party;
    double y, h;
};

struct picture {
    cairo_t *c;
    const struct ut_timeline *t;
    const struct ut_rows *rows;
    double left, width; /* of the plot */
    int parties;
    struct lane lane[LANES_MAX];
    int lanes;
    double height, list_y;
    int cue_rows;
    double pitch_low, pitch_high; /* semitones */
    double peak;                  /* largest sample of both, at least a little */
};

static void set(cairo_t *c, const struct colour *k, double alpha)
{
    cairo_set_source_rgba(c, k->r, k->g, k->b, alpha);
}

static double x_of(const struct picture *p, double ms)
{
    return p->left + (p->t->end_ms > 0 ? ms / (double)p->t->end_ms : 0) * p->width;
}

static void box(const struct picture *p, double begin_ms, double end_ms, double y, double h)
{
    double a = x_of(p, begin_ms), b = x_of(p, end_ms);
    cairo_rectangle(p->c, a, y, fmax(1.2, b - a), h);
    cairo_fill(p->c);
}

static void font(cairo_t *c, double size, int bold)
{
    cairo_select_font_face(c, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(c, size);
}

static double text_width(cairo_t *c, const char *text)
{
    cairo_text_extents_t e;
    cairo_text_extents(c, text, &e);
    return e.x_advance;
}

/* align: 0 = left of x begins the text, 0.5 = centred, 1 = ends there; y is the baseline. */
static void put(cairo_t *c, double x, double y, double align, const char *text)
{
    cairo_move_to(c, x - (align > 0 ? align * text_width(c, text) : 0), y);
    cairo_show_text(c, text);
}

static const char *clock_text(int64_t ms, char *text, size_t room)
{
    int64_t s = ms / 1000;
    if (s >= 3600)
        snprintf(text, room, "%d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
    else
        snprintf(text, room, "%d:%02d", (int)(s / 60), (int)(s % 60));
    return text;
}

static void horizontal(const struct picture *p, double y)
{
    cairo_move_to(p->c, p->left, floor(y) + .5);
    cairo_line_to(p->c, p->left + p->width, floor(y) + .5);
    cairo_stroke(p->c);
}

/* A line across the lane at a share of its height from the bottom, with its value. */
static void grid(const struct picture *p, const struct lane *l, double share, const char *text)
{
    double y = l->y + l->h * (1 - share);
    set(p->c, &line, 1);
    cairo_set_line_width(p->c, 1);
    horizontal(p, y);
    set(p->c, &muted, 1);
    font(p->c, 11, 0);
    put(p->c, p->left - 8, y + 4, 1, text);
}

static void draw_wave(const struct picture *p, const struct lane *l)
{
    size_t n = ut_rows_count(p->rows);
    double middle = l->y + l->h / 2;
    set(p->c, &party_colour[l->party], 1);
    for (int px = 0; px < (int)p->width; px++) {
        size_t a = (size_t)((double)n * px / p->width), b = (size_t)((double)n * (px + 1) / p->width);
        double low = 0, high = 0;
        for (size_t k = a; k < n && (k < b || k == a); k++) {
            low = fmin(low, p->rows->row[l->party][k].low);
            high = fmax(high, p->rows->row[l->party][k].high);
        }
        double up = high / p->peak * l->h / 2, down = -low / p->peak * l->h / 2;
        cairo_rectangle(p->c, p->left + px, middle - up, 1, fmax(1, up + down));
    }
    cairo_fill(p->c);
}

static void draw_speech(const struct picture *p, const struct lane *l)
{
    for (size_t i = 0; i < p->t->turns; i++) {
        const struct ut_wire_turn *t = &p->t->turn[i];
        double y = l->y + 16 + 22 * (t->party < UT_BOTH ? t->party : 0);
        switch (t->kind) {
        case UT_TURN_END:
            set(p->c, &party_colour[t->party % 2], .25);
            box(p, t->begin_ms, t->end_ms, y, 17);
            break;
        case UT_TURN_OVERLAP_END:
            set(p->c, &frustration, 1);
            box(p, t->begin_ms, t->end_ms, l->y + 9, 3.5);
            break;
        case UT_TURN_INTERRUPTION: {
            double x = x_of(p, t->begin_ms);
            set(p->c, &frustration, 1);
            cairo_move_to(p->c, x - 5, l->y);
            cairo_line_to(p->c, x + 5, l->y);
            cairo_line_to(p->c, x, l->y + 8);
            cairo_fill(p->c);
            break;
        }
        default:
            break;
        }
    }
    for (size_t i = 0; i < p->t->turns; i++) {
        const struct ut_wire_turn *t = &p->t->turn[i];
        if (t->kind != UT_TURN_IPU_END || t->party >= UT_BOTH)
            continue;
        set(p->c, &party_colour[t->party], 1);
        box(p, t->begin_ms, t->end_ms, l->y + 20 + 22 * t->party, 9);
    }
}

static void hatch(const struct picture *p, double x0, double x1, double y, double h)
{
    cairo_save(p->c);
    cairo_rectangle(p->c, x0, y, x1 - x0, h);
    cairo_clip(p->c);
    set(p->c, &line, 1);
    cairo_set_line_width(p->c, 1.2);
    for (double x = floor((x0 - h) / 7) * 7; x < x1; x += 7) {
        cairo_move_to(p->c, x, y + h);
        cairo_line_to(p->c, x + h, y);
    }
    cairo_stroke(p->c);
    cairo_restore(p->c);
}

/* The fast averages of one pixel column: their mean and span. The number of records. */
static int column(const struct ut_timeline *t, size_t a, size_t b, int which, double *mean, double *low, double *high)
{
    int n = 0;
    *mean = *high = 0;
    *low = 1;
    for (size_t i = a; i < b; i++) {
        const struct ut_timeline_score *s = &t->score[i];
        if (!s->fast_valid || !ut_wire_scored(&s->record))
            continue;
        double x = which == 0 ? s->frustration_fast : s->delight_fast;
        *mean += x;
        *low = fmin(*low, x);
        *high = fmax(*high, x);
        n++;
    }
    if (n > 0)
        *mean /= n;
    return n;
}

static void draw_curve(const struct picture *p, const struct lane *l, int which, const struct colour *k)
{
    const struct ut_timeline *t = p->t;
    double last_x = -1, last_y = 0;
    for (size_t i = 0; i < t->scores;) {
        double x = floor(x_of(p, t->score[i].record.t_ms)), mean, low, high;
        size_t from = i;
        while (i < t->scores && floor(x_of(p, t->score[i].record.t_ms)) <= x)
            i++;
        if (column(t, from, i, which, &mean, &low, &high) == 0)
            continue;
        double y = l->y + l->h * (1 - mean);
        /* over a pause without a score the line is only a hint */
        int near = last_x >= 0 && x - last_x <= fmax(4, 600.0 * p->width / (double)t->end_ms);
        set(p->c, k, .3);
        cairo_rectangle(p->c, x, l->y + l->h * (1 - high), 1, l->h * (high - low));
        cairo_fill(p->c);
        if (last_x >= 0) {
            set(p->c, k, near ? 1 : .3);
            cairo_set_line_width(p->c, near ? 2.2 : 1);
            cairo_move_to(p->c, last_x, last_y);
            cairo_line_to(p->c, x, y);
            cairo_stroke(p->c);
        }
        last_x = x;
        last_y = y;
    }
}

static void draw_score(const struct picture *p, const struct lane *l)
{
    static const double dash[] = {4, 4};
    const struct ut_timeline *t = p->t;
    double before = 0;
    for (size_t i = 0; i < t->scores; i++) {
        const struct ut_wire_score *r = &t->score[i].record;
        int reason = ut_wire_abstain(r);
        double a = x_of(p, before), b = x_of(p, r->t_ms);
        if (ut_wire_scored(r)) {
            double h = l->h * ut_readings_share(r->confidence);
            set(p->c, &shade, 1);
            cairo_rectangle(p->c, a, l->y + l->h - h, b - a + .5, h);
            cairo_fill(p->c);
        } else if (reason != UT_ABSTAIN_NONE && (reason != UT_ABSTAIN_LITTLE || ut_wire_speaks(r, UT_CUSTOMER))) {
            hatch(p, a, b, l->y, l->h);
        }
        before = r->t_ms;
    }
    grid(p, l, 0, "0");
    grid(p, l, .5, "0.5");
    grid(p, l, 1, "1");
    cairo_set_dash(p->c, dash, 2, 0);
    set(p->c, &frustration, .65);
    horizontal(p, l->y + l->h * (1 - t->config->value[UT_P_EMPATHY_ON]));
    set(p->c, &delight, .65);
    horizontal(p, l->y + l->h * (1 - t->config->value[UT_P_POSITIVE_ON]));
    cairo_set_dash(p->c, NULL, 0, 0);
    font(p->c, 11, 0);
    set(p->c, &muted, 1);
    double top = fmax(t->config->value[UT_P_EMPATHY_ON], t->config->value[UT_P_POSITIVE_ON]);
    put(p->c, p->left + 4, l->y + l->h * (1 - top) - 4, 0, "dashed: where cues open");
    draw_curve(p, l, 1, &delight);
    draw_curve(p, l, 0, &frustration);
}

static void draw_pitch(const struct picture *p, const struct lane *l)
{
    char text[32];
    size_t n = ut_rows_count(p->rows);
    double range = p->pitch_high - p->pitch_low;
    for (double st = p->pitch_low; st <= p->pitch_high; st += 12) {
        snprintf(text, sizeof text, "%.0f Hz", 55 * pow(2, st / 12));
        grid(p, l, (st - p->pitch_low) / range, text);
    }
    for (int who = p->parties - 1; who >= 0; who--) {
        for (int px = 0; px < (int)p->width; px++) {
            size_t a = (size_t)((double)n * px / p->width), b = (size_t)((double)n * (px + 1) / p->width);
            double low = 1e9, high = -1, sum = 0;
            int voiced = 0;
            for (size_t k = a; k < n && (k < b || k == a); k++) {
                const struct ut_rows_row *row = &p->rows->row[who][k];
                if (!row->speech || row->f0_q4 == 0)
                    continue;
                double st = ut_rows_semitones(row);
                low = fmin(low, st);
                high = fmax(high, st);
                sum += st;
                voiced++;
            }
            if (voiced == 0)
                continue;
            double scale = l->h / range, bottom = l->y + l->h;
            low = fmax(low, p->pitch_low);
            high = fmin(high, p->pitch_high);
            set(p->c, &party_colour[who], .3);
            cairo_rectangle(p->c, p->left + px, bottom - (high - p->pitch_low) * scale, 1, fmax(0, high - low) * scale);
            cairo_fill(p->c);
            double mean = fmin(p->pitch_high, fmax(p->pitch_low, sum / voiced));
            set(p->c, &party_colour[who], 1);
            cairo_rectangle(p->c, p->left + px - .5, bottom - (mean - p->pitch_low) * scale - 1, 2, 2);
            cairo_fill(p->c);
        }
    }
}

static void draw_level(const struct picture *p, const struct lane *l)
{
    size_t n = ut_rows_count(p->rows);
    grid(p, l, 0, "-70 dB");
    grid(p, l, 1 - 40.0 / LEVEL_RANGE_DB, "-40");
    grid(p, l, 1 - 20.0 / LEVEL_RANGE_DB, "-20");
    grid(p, l, 1, "0");
    for (int who = p->parties - 1; who >= 0; who--) {
        int open = 0;
        set(p->c, &party_colour[who], 1);
        cairo_set_line_width(p->c, 1.3);
        for (int px = 0; px < (int)p->width; px++) {
            size_t a = (size_t)((double)n * px / p->width), b = (size_t)((double)n * (px + 1) / p->width);
            double loudest = -LEVEL_RANGE_DB;
            for (size_t k = a; k < n && (k < b || k == a); k++)
                loudest = fmax(loudest, p->rows->row[who][k].level_q8 / 256.0);
            double y = l->y + l->h * fmin(1, -loudest / LEVEL_RANGE_DB);
            if (loudest <= -LEVEL_RANGE_DB) {
                open = 0;
                continue;
            }
            if (open)
                cairo_line_to(p->c, p->left + px, y);
            else
                cairo_move_to(p->c, p->left + px, y);
            open = 1;
        }
        cairo_stroke(p->c);
    }
}

static void draw_pace(const struct picture *p, const struct lane *l)
{
    grid(p, l, 0, "0");
    grid(p, l, .5, "4/s");
    grid(p, l, 1, "8/s");
    for (int who = p->parties - 1; who >= 0; who--) {
        int open = 0;
        set(p->c, &party_colour[who], 1);
        cairo_set_line_width(p->c, 1.6);
        for (size_t i = 0; i < p->t->scores; i++) {
            const struct ut_wire_score *r = &p->t->score[i].record;
            uint8_t pace = who == UT_CUSTOMER ? r->customer_pace : r->agent_pace;
            if (!ut_wire_speaks(r, who) || pace == 0) {
                open = 0;
                continue;
            }
            double x = x_of(p, r->t_ms), y = l->y + l->h * (1 - fmin(1, ut_readings_pace(pace) / PACE_TOP));
            if (!open)
                cairo_move_to(p->c, x - 1, y);
            cairo_line_to(p->c, x, y);
            open = 1;
        }
        cairo_stroke(p->c);
    }
}

/* The row of each cue, so that no two cover each other; those beyond the last row are left out. */
static int cue_row(const struct picture *p, size_t which)
{
    int64_t end[CUE_ROWS] = {0};
    int row = 0;
    for (size_t i = 0; i <= which; i++) {
        const struct ut_timeline_cue *c = &p->t->cue[i];
        for (row = 0; row < CUE_ROWS && end[row] > c->opening.t_ms; row++)
            ;
        if (row < CUE_ROWS)
            end[row] = c->end_ms > c->opening.t_ms + 500 ? c->end_ms : c->opening.t_ms + 500;
    }
    return row;
}

static void draw_cues(const struct picture *p, const struct lane *l)
{
    static const double dash[] = {4, 3};
    char text[200];
    for (size_t i = 0; i < p->t->cues; i++) {
        const struct ut_timeline_cue *c = &p->t->cue[i];
        int row = cue_row(p, i);
        if (row >= CUE_ROWS)
            continue;
        double a = x_of(p, (double)c->opening.t_ms), b = fmax(a + 10, x_of(p, (double)c->end_ms));
        double y = l->y + CUE_H * row;
        cairo_rectangle(p->c, a, y, b - a, CUE_H - 5);
        set(p->c, &cue, 1);
        if (c->shown_ms > 0) {
            cairo_fill(p->c);
        } else {
            cairo_set_dash(p->c, dash, 2, 0);
            cairo_set_line_width(p->c, 1.4);
            cairo_stroke(p->c);
            cairo_set_dash(p->c, NULL, 0, 0);
        }
        font(p->c, 12, 1);
        set(p->c, c->shown_ms > 0 ? &paper : &cue, 1);
        snprintf(text, sizeof text, "%zu  %s", i + 1, c->opening.title);
        if (text_width(p->c, text) + 12 > b - a) /* the list below has the words */
            snprintf(text, sizeof text, "%zu", i + 1);
        if (text_width(p->c, text) + 4 <= b - a)
            put(p->c, a + fmin(6, (b - a - text_width(p->c, text)) / 2), y + 14, 0, text);
    }
}

/* What opened and why, by number. */
static void draw_list(const struct picture *p)
{
    char when[32], why[400], text[900];
    double y = p->list_y;
    for (size_t i = 0; i < p->t->cues && i < LIST_MAX; i++, y += LIST_H) {
        const struct ut_timeline_cue *c = &p->t->cue[i];
        font(p->c, 13, 1);
        set(p->c, &cue, 1);
        snprintf(text, sizeof text, "%zu", i + 1);
        put(p->c, MARGIN + 18, y, 1, text);
        set(p->c, &ink, 1);
        put(p->c, MARGIN + 30, y, 0, clock_text(c->opening.t_ms, when, sizeof when));
        put(p->c, MARGIN + 84, y, 0, c->opening.title);
        double x = fmax(p->left + 150, MARGIN + 84 + text_width(p->c, c->opening.title) + 16);
        font(p->c, 13, 0);
        set(p->c, &muted, 1);
        snprintf(text, sizeof text, "%s: %s%s%s", c->opening.rule, ut_timeline_why(p->t, &c->opening, why, sizeof why),
                 c->not_shown != NULL ? "; not shown: " : "", c->not_shown != NULL ? c->not_shown : "");
        put(p->c, x, y, 0, text);
    }
    if (p->t->cues > LIST_MAX) {
        snprintf(text, sizeof text, "and %zu more", p->t->cues - LIST_MAX);
        font(p->c, 13, 0);
        set(p->c, &muted, 1);
        put(p->c, MARGIN + 30, y, 0, text);
    }
}

static void draw_axis(const struct picture *p, const struct lane *l)
{
    static const int64_t steps[] = {100,   200,   500,    1000,   2000,   5000,   10000,   15000,
                                    30000, 60000, 120000, 300000, 600000, 900000, 1800000, 3600000};
    size_t s = 0;
    char text[32];
    while (s + 1 < sizeof steps / sizeof steps[0] && (double)steps[s] * p->width / (double)p->t->end_ms < 80)
        s++;
    font(p->c, 12, 0);
    for (int64_t ms = 0; ms <= p->t->end_ms; ms += steps[s]) {
        double x = floor(x_of(p, (double)ms)) + .5;
        set(p->c, &line, 1);
        cairo_set_line_width(p->c, 1);
        cairo_move_to(p->c, x, p->lane[0].y);
        cairo_line_to(p->c, x, l->y + 5);
        cairo_stroke(p->c);
        set(p->c, &muted, 1);
        if (steps[s] < 1000)
            snprintf(text, sizeof text, "%.1f", (double)ms / 1000);
        else
            clock_text(ms, text, sizeof text);
        put(p->c, x, l->y + 19, ms == 0 ? 0 : x > p->left + p->width - 20 ? 1 : .5, text);
    }
}

static void draw_name(const struct picture *p, const struct lane *l)
{
    static const char *const name[] = {[CUES] = "Cues",
                                       [WAVE] = "",
                                       [SPEECH] = "Speech and turns",
                                       [SCORE] = "Customer's voice",
                                       [PITCH] = "Pitch",
                                       [LEVEL] = "Loudness",
                                       [PACE] = "Pace",
                                       [AXIS] = ""};
    const char *text = name[l->kind];
    if (l->kind == WAVE)
        text = l->party == UT_CUSTOMER ? "Customer" : "Agent";
    if (l->kind == CUES && p->t->cues == 0)
        text = "No cue";
    font(p->c, 13.5, 1);
    set(p->c, l->kind == WAVE ? &party_colour[l->party] : &ink, 1);
    put(p->c, MARGIN, l->y + 13, 0, text);
    if (l->kind != SCORE)
        return;
    static const char *const legend[] = {"frustration", "delight", "confidence", "no score"};
    static const struct colour *const colours[] = {&frustration, &delight, &shade, NULL};
    font(p->c, 12, 0);
    for (int i = 0; i < 4; i++) {
        double y = l->y + 32 + 18 * i;
        if (colours[i] != NULL) {
            set(p->c, colours[i], 1);
            cairo_rectangle(p->c, MARGIN, y - 9, 10, 10);
            cairo_fill(p->c);
        } else {
            hatch(p, MARGIN, MARGIN + 10, y - 9, 10);
        }
        set(p->c, &muted, 1);
        put(p->c, MARGIN + 16, y, 0, legend[i]);
    }
}

static void draw_header(const struct picture *p)
{
    const struct ut_timeline *t = p->t;
    int64_t talk[2] = {0}, silence = 0;
    int interruptions[2] = {0}, overlaps = 0;
    char length[32], text[400];
    for (size_t i = 0; i < t->turns; i++) {
        const struct ut_wire_turn *r = &t->turn[i];
        if (r->kind == UT_TURN_IPU_END && r->party < UT_BOTH)
            talk[r->party] += (int64_t)r->end_ms - r->begin_ms;
        interruptions[r->party % 2] += r->kind == UT_TURN_INTERRUPTION;
        overlaps += r->kind == UT_TURN_OVERLAP_END;
        silence += r->kind == UT_TURN_NONTALK_END ? (int64_t)r->end_ms - r->begin_ms : 0;
    }
    set(p->c, &ink, 1);
    font(p->c, 24, 1);
    put(p->c, MARGIN, MARGIN + 20, 0, t->contact_id);
    double all = (double)(talk[0] + talk[1]);
    clock_text(t->end_ms, length, sizeof length);
    int n = snprintf(text, sizeof text, "%s \xc2\xb7 customer %.0f %% of talk", length,
                     all > 0 ? 100 * (double)talk[UT_CUSTOMER] / all : 0);
    if (p->parties > 1)
        n += snprintf(text + n, sizeof text - (size_t)n,
                      ", agent %.0f %% \xc2\xb7 interruptions: %d by the customer, %d by the agent \xc2\xb7 "
                      "%d overlaps",
                      all > 0 ? 100 * (double)talk[UT_AGENT] / all : 0, interruptions[UT_CUSTOMER],
                      interruptions[UT_AGENT], overlaps);
    snprintf(text + n, sizeof text - (size_t)n, " \xc2\xb7 non-talk %.0f s \xc2\xb7 %zu cues", (double)silence / 1000,
             t->cues);
    font(p->c, 14, 0);
    set(p->c, &muted, 1);
    put(p->c, MARGIN, MARGIN + 44, 0, text);
    double x = MARGIN;
    for (int who = 0; who < p->parties; who++) {
        set(p->c, &party_colour[who], 1);
        cairo_rectangle(p->c, x, MARGIN + 55, 11, 11);
        cairo_fill(p->c);
        set(p->c, &muted, 1);
        put(p->c, x + 17, MARGIN + 65, 0, ut_timeline_party(who));
        x += 100;
    }
    if (p->parties > 1) {
        set(p->c, &frustration, 1);
        cairo_move_to(p->c, x, MARGIN + 57);
        cairo_line_to(p->c, x + 11, MARGIN + 57);
        cairo_line_to(p->c, x + 5.5, MARGIN + 65);
        cairo_fill(p->c);
        set(p->c, &muted, 1);
        put(p->c, x + 17, MARGIN + 65, 0, "interruption, with a bar: overlap");
    }
}

static void add_lane(struct picture *p, enum lane_kind kind, int party, double h)
{
    struct lane *l = &p->lane[p->lanes++];
    l->kind = kind;
    l->party = party;
    l->y = p->height;
    l->h = h;
    p->height += h + GAP;
}

/* Whole half octaves around all but the rarest pitches of both. */
static void find_pitch_range(struct picture *p)
{
    static const double rare = .005;
    uint32_t count[600] = {0}, n = 0, seen = 0; /* tenths of a semitone */
    enum { BINS = sizeof count / sizeof count[0] };
    for (int who = 0; who < p->parties; who++) {
        for (size_t k = 0; k < ut_rows_count(p->rows); k++) {
            const struct ut_rows_row *row = &p->rows->row[who][k];
            int at = (int)(10 * ut_rows_semitones(row));
            if (row->speech && row->f0_q4 > 0 && at < BINS) {
                count[at]++;
                n++;
            }
        }
    }
    int low = 0, high = BINS - 1;
    for (; low < high && (seen += count[low]) <= (uint32_t)(rare * n); low++)
        ;
    for (seen = 0; high > low && (seen += count[high]) <= (uint32_t)(rare * n); high--)
        ;
    p->pitch_low = n > 0 ? floor(low / 60.0) * 6 : 0;
    p->pitch_high = n > 0 ? ceil((high + 1) / 60.0) * 6 : 36;
}

static void lay_out(struct picture *p)
{
    p->left = MARGIN + GUTTER;
    p->width = WIDTH - MARGIN - p->left;
    p->height = HEADER;
    p->parties = p->t->channel[UT_AGENT] != 0 ? 2 : 1;
    p->cue_rows = 1;
    for (size_t i = 0; i < p->t->cues; i++) {
        int row = cue_row(p, i);
        if (row < CUE_ROWS && row + 1 > p->cue_rows)
            p->cue_rows = row + 1;
    }
    add_lane(p, CUES, 0, CUE_H * p->cue_rows);
    for (int who = 0; who < p->parties; who++)
        add_lane(p, WAVE, who, 70);
    add_lane(p, SPEECH, 0, p->parties > 1 ? 58 : 36);
    add_lane(p, SCORE, 0, 150);
    add_lane(p, PITCH, 0, 100);
    add_lane(p, LEVEL, 0, 84);
    add_lane(p, PACE, 0, 70);
    add_lane(p, AXIS, 0, 22);
    p->list_y = p->height + LIST_H;
    if (p->t->cues > 0)
        p->height += LIST_H * (double)(p->t->cues > LIST_MAX ? LIST_MAX + 1 : p->t->cues) + LIST_H;
    find_pitch_range(p);
    p->peak = PEAK_LEAST;
    for (int who = 0; who < p->parties; who++)
        for (size_t k = 0; k < ut_rows_count(p->rows); k++)
            p->peak = fmax(p->peak, fmax(p->rows->row[who][k].high, -p->rows->row[who][k].low));
}

static void draw(const struct picture *p)
{
    set(p->c, &paper, 1);
    cairo_paint(p->c);
    draw_header(p);
    const struct lane *axis = &p->lane[p->lanes - 1];
    draw_axis(p, axis);
    set(p->c, &cue, fmin(.5, fmax(.12, 10 / (double)(p->t->cues + 1)))); /* many lines, fainter ones */
    cairo_set_line_width(p->c, 1);
    for (size_t i = 0; i < p->t->cues; i++) {
        double x = floor(x_of(p, (double)p->t->cue[i].opening.t_ms)) + .5;
        cairo_move_to(p->c, x, p->lane[0].y);
        cairo_line_to(p->c, x, axis->y);
    }
    cairo_stroke(p->c);
    for (int i = 0; i < p->lanes; i++) {
        const struct lane *l = &p->lane[i];
        static void (*const paint[])(const struct picture *, const struct lane *) = {
            [CUES] = draw_cues,   [WAVE] = draw_wave,   [SPEECH] = draw_speech, [SCORE] = draw_score,
            [PITCH] = draw_pitch, [LEVEL] = draw_level, [PACE] = draw_pace};
        draw_name(p, l);
        if (l != axis)
            paint[l->kind](p, l);
    }
    draw_list(p);
}

static cairo_status_t write_png(void *ctx, const unsigned char *data, unsigned int n)
{
    return fwrite(data, 1, n, ctx) == n ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

int ut_report_png(const struct ut_report *r, FILE *out)
{
    struct picture p = {.t = r->timeline, .rows = r->rows};
    lay_out(&p);
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, (int)p.height + MARGIN / 2);
    p.c = cairo_create(surface);
    draw(&p);
    cairo_status_t status = cairo_status(p.c);
    cairo_destroy(p.c);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_write_to_png_stream(surface, write_png, out);
    cairo_surface_destroy(surface);
    /* what could not be written is the stream's error */
    return status == CAIRO_STATUS_SUCCESS || status == CAIRO_STATUS_WRITE_ERROR ? 0 : -1;
}
