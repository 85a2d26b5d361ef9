/* SPDX-License-Identifier: Apache-2.0 */
/* The same picture as the page's (report_page.html): the lanes of lanes.h, drawn. */
#include "host-tools/reports/report.h"

#include "firmware/engine.h"
#include "host-tools/call/evidence.h"
#include "host-tools/call/party.h"
#include "host-tools/cues/readings.h"
#include "host-tools/reports/bars.h"
#include "host-tools/reports/lanes.h"
#include "host-tools/system/draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PACE_TOP = 8 /* syllables/s */, NUMBER_MARGIN = 6 };

static const struct ut_draw_colour paper = {1, 1, 1}, ink = {.11, .13, .16}, muted = {.38, .42, .46},
                                   line = {.88, .89, .9}, shade = {.92, .935, .945}, frustration = {.79, .32, .06},
                                   delight = {.05, .5, .45}, cue = {.4, .29, .71},
                                   party_colour[2] = {{.12, .435, .7}, {.47, .51, .56}};

struct picture {
    struct ut_draw *d;
    const struct ut_timeline *t;
    struct ut_lanes lanes;
    struct ut_bar *bar; /* of each cue */
};

static void set(const struct picture *p, const struct ut_draw_colour *colour, double alpha)
{
    ut_draw_colour(p->d, colour, alpha);
}

static void cue_font(const struct picture *p)
{
    ut_draw_font(p->d, 12, 1);
}

static void box(const struct picture *p, double begin_ms, double end_ms, double y, double h)
{
    double a = ut_lanes_x(&p->lanes, begin_ms), b = ut_lanes_x(&p->lanes, end_ms);
    ut_draw_box(p->d, a, y, fmax(1.2, b - a), h);
    ut_draw_fill(p->d);
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
    ut_draw_move(p->d, p->lanes.left, floor(y) + .5);
    ut_draw_line(p->d, p->lanes.left + p->lanes.width, floor(y) + .5);
    ut_draw_stroke(p->d);
}

/* A line across the lane at a share of its height from the bottom, with its value. */
static void grid(const struct picture *p, const struct ut_lane *l, double share, const char *text)
{
    double y = l->y + l->h * (1 - share);
    set(p, &line, 1);
    ut_draw_width(p->d, 1);
    horizontal(p, y);
    set(p, &muted, 1);
    ut_draw_font(p->d, 11, 0);
    ut_draw_text(p->d, p->lanes.left - 8, y + 4, 1, text);
}

static void draw_wave(const struct picture *p, const struct ut_lane *l)
{
    double middle = l->y + l->h / 2;
    set(p, &party_colour[l->party], 1);
    for (int px = 0; px < (int)p->lanes.width; px++) {
        struct ut_lanes_span reach = ut_lanes_wave(&p->lanes, l->party, px);
        double up = reach.high / p->lanes.peak * l->h / 2, down = -reach.low / p->lanes.peak * l->h / 2;
        ut_draw_box(p->d, p->lanes.left + px, middle - up, 1, fmax(1, up + down));
    }
    ut_draw_fill(p->d);
}

static const char *word(const struct picture *p, const char *english)
{
    return ut_catalogue_word(ut_catalogue_language_of_events(p->t->config), english);
}

/* Behind all lanes but the cues'. */
static void draw_holds(const struct picture *p)
{
    double top = p->lanes.lane[1].y - 4, bottom = p->lanes.lane[p->lanes.n - 1].y;
    for (size_t i = 0; i < p->t->holds; i++) {
        const struct ut_hold_span *h = &p->t->hold[i];
        set(p, &muted, .16);
        box(p, (double)h->begin_ms, (double)h->end_ms, top, bottom - top);
    }
}

/* Where there is room for it. */
static void name_holds(const struct picture *p, const struct ut_lane *l)
{
    const char *text = word(p, "on hold");
    ut_draw_font(p->d, 12, 1);
    double w = ut_draw_text_width(p->d, text) + 10, middle = l->y + l->h / 2;
    for (size_t i = 0; i < p->t->holds; i++) {
        double a = ut_lanes_x(&p->lanes, (double)p->t->hold[i].begin_ms);
        double b = ut_lanes_x(&p->lanes, (double)p->t->hold[i].end_ms);
        if (b - a < w)
            continue;
        set(p, &paper, 1);
        ut_draw_box(p->d, (a + b - w) / 2, middle - 9, w, 18);
        ut_draw_fill(p->d);
        set(p, &ink, 1);
        ut_draw_text(p->d, (a + b) / 2, middle + 4, .5, text);
    }
}

static void draw_speech(const struct picture *p, const struct ut_lane *l)
{
    for (size_t i = 0; i < p->t->turns; i++) {
        const struct ut_wire_turn *t = &p->t->turn[i];
        double y = l->y + 16 + 22 * (t->party < UT_BOTH ? t->party : 0);
        switch (t->kind) {
        case UT_TURN_END:
            set(p, &party_colour[t->party % 2], .25);
            box(p, t->begin_ms, t->end_ms, y, 17);
            break;
        case UT_TURN_OVERLAP_END:
            set(p, &frustration, 1);
            box(p, t->begin_ms, t->end_ms, l->y + 9, 3.5);
            break;
        case UT_TURN_INTERRUPTION: {
            double x = ut_lanes_x(&p->lanes, t->begin_ms);
            set(p, &frustration, 1);
            ut_draw_move(p->d, x - 5, l->y);
            ut_draw_line(p->d, x + 5, l->y);
            ut_draw_line(p->d, x, l->y + 8);
            ut_draw_fill(p->d);
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
        set(p, &party_colour[t->party], 1);
        box(p, t->begin_ms, t->end_ms, l->y + 20 + 22 * t->party, 9);
    }
    name_holds(p, l);
}

static void hatch(const struct picture *p, double x0, double x1, double y, double h)
{
    ut_draw_clip(p->d, x0, y, x1 - x0, h);
    set(p, &line, 1);
    ut_draw_width(p->d, 1.2);
    for (double x = floor((x0 - h) / 7) * 7; x < x1; x += 7) {
        ut_draw_move(p->d, x, y + h);
        ut_draw_line(p->d, x + h, y);
    }
    ut_draw_stroke(p->d);
    ut_draw_unclip(p->d);
}

static void draw_curve(const struct picture *p, const struct ut_lane *l, bool is_delight,
                       const struct ut_draw_colour *k)
{
    const struct ut_timeline *t = p->t;
    double last_x = -1, last_y = 0;
    for (size_t i = 0; i < t->scores;) {
        struct ut_lanes_span of;
        double x;
        if (ut_lanes_score(&p->lanes, &i, is_delight, &x, &of) == 0)
            continue;
        double y = l->y + l->h * (1 - of.mean);
        /* over a pause without a score the line is only a hint */
        int near = last_x >= 0 && x - last_x <= fmax(4, 600.0 * p->lanes.width / (double)t->end_ms);
        set(p, k, .3);
        ut_draw_box(p->d, x, l->y + l->h * (1 - of.high), 1, l->h * (of.high - of.low));
        ut_draw_fill(p->d);
        if (last_x >= 0) {
            set(p, k, near ? 1 : .3);
            ut_draw_width(p->d, near ? 2.2 : 1);
            ut_draw_move(p->d, last_x, last_y);
            ut_draw_line(p->d, x, y);
            ut_draw_stroke(p->d);
        }
        last_x = x;
        last_y = y;
    }
}

static void draw_score(const struct picture *p, const struct ut_lane *l)
{
    const struct ut_timeline *t = p->t;
    double before = 0;
    for (size_t i = 0; i < t->scores; i++) {
        const struct ut_wire_score *r = &t->score[i].record;
        int reason = ut_wire_abstain(r);
        double a = ut_lanes_x(&p->lanes, before), b = ut_lanes_x(&p->lanes, r->t_ms);
        if (ut_wire_scored(r)) {
            double h = l->h * ut_readings_share(r->confidence);
            set(p, &shade, 1);
            ut_draw_box(p->d, a, l->y + l->h - h, b - a + .5, h);
            ut_draw_fill(p->d);
        } else if (reason != UT_ABSTAIN_NONE && (reason != UT_ABSTAIN_LITTLE || ut_wire_speaks(r, UT_CUSTOMER))) {
            hatch(p, a, b, l->y, l->h);
        }
        before = r->t_ms;
    }
    grid(p, l, 0, "0");
    grid(p, l, .5, "0.5");
    grid(p, l, 1, "1");
    ut_draw_dash(p->d, 4, 4);
    set(p, &frustration, .65);
    horizontal(p, l->y + l->h * (1 - t->config->value[UT_P_EMPATHY_ON]));
    set(p, &delight, .65);
    horizontal(p, l->y + l->h * (1 - t->config->value[UT_P_POSITIVE_ON]));
    ut_draw_dash(p->d, 0, 0);
    draw_curve(p, l, true, &delight);
    draw_curve(p, l, false, &frustration);
}

static void draw_pitch(const struct picture *p, const struct ut_lane *l)
{
    char text[32];
    double lowest = p->lanes.pitch_low, range = p->lanes.pitch_high - lowest;
    double scale = l->h / range, bottom = l->y + l->h;
    for (double st = lowest; st <= p->lanes.pitch_high; st += 12) {
        snprintf(text, sizeof text, "%.0f Hz", 55 * pow(2, st / 12));
        grid(p, l, (st - lowest) / range, text);
    }
    for (int who = p->lanes.parties - 1; who >= 0; who--) {
        for (int px = 0; px < (int)p->lanes.width; px++) {
            struct ut_lanes_span of;
            if (ut_lanes_pitch(&p->lanes, who, px, &of) != 0)
                continue;
            set(p, &party_colour[who], .3);
            ut_draw_box(p->d, p->lanes.left + px, bottom - (of.high - lowest) * scale, 1,
                        fmax(0, of.high - of.low) * scale);
            ut_draw_fill(p->d);
            set(p, &party_colour[who], 1);
            ut_draw_box(p->d, p->lanes.left + px - .5, bottom - (of.mean - lowest) * scale - 1, 2, 2);
            ut_draw_fill(p->d);
        }
    }
}

static void draw_level(const struct picture *p, const struct ut_lane *l)
{
    grid(p, l, 0, "-70 dB");
    grid(p, l, 1 - 40.0 / UT_LANES_LEVEL_RANGE_DB, "-40");
    grid(p, l, 1 - 20.0 / UT_LANES_LEVEL_RANGE_DB, "-20");
    grid(p, l, 1, "0");
    for (int who = p->lanes.parties - 1; who >= 0; who--) {
        int open = 0;
        set(p, &party_colour[who], 1);
        ut_draw_width(p->d, 1.3);
        for (int px = 0; px < (int)p->lanes.width; px++) {
            double loudest = ut_lanes_level_db(&p->lanes, who, px);
            double y = l->y + l->h * fmin(1, -loudest / UT_LANES_LEVEL_RANGE_DB);
            if (loudest <= -UT_LANES_LEVEL_RANGE_DB) {
                open = 0;
                continue;
            }
            if (open)
                ut_draw_line(p->d, p->lanes.left + px, y);
            else
                ut_draw_move(p->d, p->lanes.left + px, y);
            open = 1;
        }
        ut_draw_stroke(p->d);
    }
}

static void draw_pace(const struct picture *p, const struct ut_lane *l)
{
    grid(p, l, 0, "0");
    grid(p, l, .5, "4/s");
    grid(p, l, 1, "8/s");
    for (int who = p->lanes.parties - 1; who >= 0; who--) {
        int open = 0;
        set(p, &party_colour[who], 1);
        ut_draw_width(p->d, 1.6);
        for (size_t i = 0; i < p->t->scores; i++) {
            const struct ut_wire_score *r = &p->t->score[i].record;
            uint8_t pace = who == UT_CUSTOMER ? r->customer_pace : r->agent_pace;
            if (!ut_wire_speaks(r, who) || pace == 0) {
                open = 0;
                continue;
            }
            double x = ut_lanes_x(&p->lanes, r->t_ms),
                   y = l->y + l->h * (1 - fmin(1, ut_readings_pace(pace) / PACE_TOP));
            if (!open)
                ut_draw_move(p->d, x - 1, y);
            ut_draw_line(p->d, x, y);
            open = 1;
        }
        ut_draw_stroke(p->d);
    }
}

/* What does not fit ends in an ellipsis; the list below has the words. */
static void draw_title(const struct picture *p, const struct ut_bar *b, double y, const char *title)
{
    static const char dots[] = "\xe2\x80\xa6";
    char text[200];
    size_t n = strlen(title);
    if (b->room < b->title)
        n = ut_draw_text_fit(p->d, title, b->room - ut_draw_text_width(p->d, dots));
    if (n == 0)
        return;
    snprintf(text, sizeof text, "%.*s%s", (int)n, title, n < strlen(title) ? dots : "");
    double x = b->place == UT_BAR_INSIDE  ? b->x + b->number
               : b->place == UT_BAR_RIGHT ? b->x + b->w + UT_BARS_GAP
                                          : b->x - UT_BARS_GAP;
    ut_draw_text(p->d, x, y, b->place == UT_BAR_LEFT ? 1 : 0, text);
}

static void draw_cues(const struct picture *p, const struct ut_lane *l)
{
    char number[24];
    for (size_t i = 0; i < p->t->cues; i++) {
        const struct ut_timeline_cue *c = &p->t->cue[i];
        const struct ut_bar *b = &p->bar[i];
        const struct ut_draw_colour *in_box = c->shown_ms > 0 ? &paper : &cue;
        double y = l->y + UT_LANES_CUE_H * b->row;
        set(p, c->shown_ms > 0 ? &cue : &paper, 1);
        ut_draw_box(p->d, b->x, y, b->w, UT_LANES_CUE_H - 5);
        ut_draw_fill(p->d);
        if (c->shown_ms == 0) {
            set(p, &cue, 1);
            ut_draw_dash(p->d, 4, 3);
            ut_draw_width(p->d, 1.4);
            ut_draw_box(p->d, b->x + .7, y + .7, b->w - 1.4, UT_LANES_CUE_H - 6.4);
            ut_draw_stroke(p->d);
            ut_draw_dash(p->d, 0, 0);
        }
        cue_font(p);
        set(p, in_box, 1);
        snprintf(number, sizeof number, "%zu", i + 1);
        ut_draw_text(p->d, b->x + NUMBER_MARGIN, y + 14, 0, number);
        set(p, b->place == UT_BAR_INSIDE ? in_box : &ink, 1);
        draw_title(p, b, y + 14, c->opening.title);
    }
}

/* As much of a text as fits before the margin; the rest, without the blank between. */
static char *draw_line(const struct picture *p, double x, double y, char *text)
{
    size_t n = ut_draw_text_fit(p->d, text, UT_LANES_WIDTH - UT_LANES_MARGIN - x);
    if (n == 0 || text[n] == '\0') {
        ut_draw_text(p->d, x, y, 0, text);
        return NULL;
    }
    char kept = text[n];
    text[n] = '\0';
    ut_draw_text(p->d, x, y, 0, text);
    text[n] = kept;
    return text + n + (kept == ' ');
}

/* "; not shown: why", or nothing. */
static const char *not_shown(const struct picture *p, const struct ut_timeline_cue *c, char *text, size_t size)
{
    text[0] = '\0';
    if (c->not_shown != NULL)
        snprintf(text, size, "; %s: %s", word(p, "not shown"), word(p, c->not_shown));
    return text;
}

/* What opened and why, by number. Returns the lines. */
static int draw_list(const struct picture *p)
{
    char when[32], why[400], kept[120], text[900];
    double y = p->lanes.list_y;
    int lines = 0;
    for (size_t i = 0; i < p->t->cues && i < UT_LANES_LIST_MAX; i++) {
        const struct ut_timeline_cue *c = &p->t->cue[i];
        ut_draw_font(p->d, 13, 1);
        set(p, &cue, 1);
        snprintf(text, sizeof text, "%zu", i + 1);
        ut_draw_text(p->d, UT_LANES_MARGIN + 24, y, 1, text);
        set(p, &ink, 1);
        ut_draw_text(p->d, UT_LANES_MARGIN + 34, y, 0, clock_text(c->opening.t_ms, when, sizeof when));
        ut_draw_text(p->d, UT_LANES_MARGIN + 94, y, 0, c->opening.title);
        double x = fmax(p->lanes.left + 160, UT_LANES_MARGIN + 94 + ut_draw_text_width(p->d, c->opening.title) + 16);
        ut_draw_font(p->d, 13, 0);
        set(p, &muted, 1);
        snprintf(text, sizeof text, "%s: %s%s", c->opening.rule,
                 ut_evidence_why(ut_catalogue_language_of_events(p->t->config), &c->opening, why, sizeof why),
                 not_shown(p, c, kept, sizeof kept));
        for (char *rest = text; rest != NULL && *rest != '\0'; lines++, y += UT_LANES_LIST_H)
            rest = draw_line(p, x, y, rest);
    }
    if (p->t->cues > UT_LANES_LIST_MAX) {
        snprintf(text, sizeof text, "%s %zu %s", word(p, "and"), p->t->cues - UT_LANES_LIST_MAX, word(p, "more"));
        ut_draw_font(p->d, 13, 0);
        set(p, &muted, 1);
        ut_draw_text(p->d, UT_LANES_MARGIN + 34, y, 0, text);
        lines++;
    }
    return lines;
}

static void draw_axis(const struct picture *p, const struct ut_lane *l)
{
    int64_t step = ut_lanes_step_ms(&p->lanes);
    char text[32];
    ut_draw_font(p->d, 12, 0);
    for (int64_t ms = 0; ms <= p->t->end_ms; ms += step) {
        double x = floor(ut_lanes_x(&p->lanes, (double)ms)) + .5;
        set(p, &line, 1);
        ut_draw_width(p->d, 1);
        ut_draw_move(p->d, x, p->lanes.lane[0].y);
        ut_draw_line(p->d, x, l->y + 5);
        ut_draw_stroke(p->d);
        set(p, &muted, 1);
        if (step < 1000)
            snprintf(text, sizeof text, "%.1f", (double)ms / 1000);
        else
            clock_text(ms, text, sizeof text);
        ut_draw_text(p->d, x, l->y + 19, ms == 0 ? 0 : x > p->lanes.left + p->lanes.width - 20 ? 1 : .5, text);
    }
}

static void draw_name(const struct picture *p, const struct ut_lane *l)
{
    static const char *const name[] = {[UT_LANE_CUES] = "Cues",
                                       [UT_LANE_WAVE] = "",
                                       [UT_LANE_SPEECH] = "Speech and turns",
                                       [UT_LANE_SCORE] = "Customer's voice",
                                       [UT_LANE_PITCH] = "Pitch",
                                       [UT_LANE_LEVEL] = "Loudness",
                                       [UT_LANE_PACE] = "Pace",
                                       [UT_LANE_AXIS] = ""};
    const char *text = name[l->kind];
    if (l->kind == UT_LANE_WAVE)
        text = l->party == UT_CUSTOMER ? "Customer" : "Agent";
    if (l->kind == UT_LANE_CUES && p->t->cues == 0)
        text = "No cue";
    ut_draw_font(p->d, 13.5, 1);
    set(p, l->kind == UT_LANE_WAVE ? &party_colour[l->party] : &ink, 1);
    ut_draw_text(p->d, UT_LANES_MARGIN, l->y + 13, 0, word(p, text));
    if (l->kind != UT_LANE_SCORE)
        return;
    static const char *const legend[] = {"frustration", "delight", "confidence", "no score", "where cues open"};
    static const struct ut_draw_colour *const colours[] = {&frustration, &delight, &shade};
    ut_draw_font(p->d, 12, 0);
    for (int i = 0; i < 5; i++) {
        double y = l->y + 32 + 18 * i;
        if (i < 3) {
            set(p, colours[i], 1);
            ut_draw_box(p->d, UT_LANES_MARGIN, y - 9, 10, 10);
            ut_draw_fill(p->d);
        } else if (i == 3) {
            hatch(p, UT_LANES_MARGIN, UT_LANES_MARGIN + 10, y - 9, 10);
        } else {
            set(p, &muted, 1);
            ut_draw_dash(p->d, 4, 2);
            ut_draw_width(p->d, 1.2);
            ut_draw_move(p->d, UT_LANES_MARGIN, y - 4);
            ut_draw_line(p->d, UT_LANES_MARGIN + 10, y - 4);
            ut_draw_stroke(p->d);
            ut_draw_dash(p->d, 0, 0);
        }
        set(p, &muted, 1);
        ut_draw_text(p->d, UT_LANES_MARGIN + 16, y, 0, word(p, legend[i]));
    }
}

/* At the right, where the parties' names do not reach. */
static void draw_cut(const struct picture *p)
{
    char text[400];
    if (p->t->cut[0] == '\0')
        return;
    snprintf(text, sizeof text, "%s %.1f s: %.120s", word(p, "recording truncated after"), (double)p->t->end_ms / 1000,
             p->t->cut);
    ut_draw_font(p->d, 14, 1);
    set(p, &frustration, 1);
    ut_draw_text(p->d, p->lanes.left + p->lanes.width, UT_LANES_MARGIN + 65, 1, text);
    ut_draw_font(p->d, 14, 0);
}

static void draw_header(const struct picture *p)
{
    const struct ut_timeline *t = p->t;
    static const char *const lacks[] = {"", "no sound of the customer", "no sound of the agent",
                                        "no sound of either party"};
    int64_t talk[2] = {0}, silence = 0;
    int interruptions[2] = {0}, overlaps = 0;
    char length[32], text[600], remark[200];
    for (size_t i = 0; i < t->turns; i++) {
        const struct ut_wire_turn *r = &t->turn[i];
        if (r->kind == UT_TURN_IPU_END && r->party < UT_BOTH)
            talk[r->party] += (int64_t)r->end_ms - r->begin_ms;
        interruptions[r->party % 2] += r->kind == UT_TURN_INTERRUPTION;
        overlaps += r->kind == UT_TURN_OVERLAP_END;
        silence += r->kind == UT_TURN_NONTALK_END ? (int64_t)r->end_ms - r->begin_ms : 0;
    }
    set(p, &ink, 1);
    ut_draw_font(p->d, 24, 1);
    ut_draw_text(p->d, UT_LANES_MARGIN, UT_LANES_MARGIN + 20, 0, t->contact_id);
    double all = (double)(talk[0] + talk[1]);
    clock_text(t->end_ms, length, sizeof length);
    int n = snprintf(text, sizeof text, "%s \xc2\xb7 %s %.0f %% %s", length, word(p, "customer"),
                     all > 0 ? 100 * (double)talk[UT_CUSTOMER] / all : 0, word(p, "of talk"));
    if (p->lanes.parties > 1)
        n += snprintf(text + n, sizeof text - (size_t)n, ", %s %.0f %% \xc2\xb7 %s: %d %s, %d %s \xc2\xb7 %d %s",
                      word(p, "agent"), all > 0 ? 100 * (double)talk[UT_AGENT] / all : 0, word(p, "interruptions"),
                      interruptions[UT_CUSTOMER], word(p, "by the customer"), interruptions[UT_AGENT],
                      word(p, "by the agent"), overlaps, word(p, "overlaps"));
    snprintf(text + n, sizeof text - (size_t)n, " \xc2\xb7 %s %.0f s \xc2\xb7 %zu %s", word(p, "non-talk"),
             (double)silence / 1000, t->cues, word(p, "cues"));
    if (t->unheard != 0)
        snprintf(text, sizeof text, "%s \xc2\xb7 %s \xc2\xb7 %zu %s", length, word(p, lacks[t->unheard & 3]), t->cues,
                 word(p, "cues"));
    if (t->unheard == 0 && ut_withheld_all(&t->withheld))
        snprintf(text, sizeof text, "%s \xc2\xb7 %s %.0f s \xc2\xb7 %zu %s", length, word(p, "non-talk"),
                 (double)silence / 1000, t->cues, word(p, "cues"));
    size_t used = strlen(text);
    if (t->holds > 0)
        used += (size_t)snprintf(text + used, sizeof text - used, " \xc2\xb7 %s %.0f s", word(p, "on hold"),
                                 (double)ut_timeline_on_hold_ms(t) / 1000);
    if (ut_timeline_remark(t, ut_catalogue_language_of_events(t->config), remark, sizeof remark)[0] != '\0')
        snprintf(text + used, sizeof text - used, " \xc2\xb7 %s", remark);
    ut_draw_font(p->d, 14, 0);
    set(p, &muted, 1);
    ut_draw_text(p->d, UT_LANES_MARGIN, UT_LANES_MARGIN + 44, 0, text);
    draw_cut(p);
    double x = UT_LANES_MARGIN;
    for (int who = 0; who < p->lanes.parties; who++) {
        set(p, &party_colour[who], 1);
        ut_draw_box(p->d, x, UT_LANES_MARGIN + 55, 11, 11);
        ut_draw_fill(p->d);
        set(p, &muted, 1);
        ut_draw_text(p->d, x + 17, UT_LANES_MARGIN + 65, 0, word(p, ut_party_word(who)));
        x += 100;
    }
    if (p->lanes.parties > 1) {
        set(p, &frustration, 1);
        ut_draw_move(p->d, x, UT_LANES_MARGIN + 57);
        ut_draw_line(p->d, x + 11, UT_LANES_MARGIN + 57);
        ut_draw_line(p->d, x + 5.5, UT_LANES_MARGIN + 65);
        ut_draw_fill(p->d);
        set(p, &muted, 1);
        ut_draw_text(p->d, x + 17, UT_LANES_MARGIN + 65, 0, word(p, "interruption, with a bar: overlap"));
    }
}

static void draw(const struct picture *p)
{
    set(p, &paper, 1);
    ut_draw_paint(p->d);
    draw_header(p);
    const struct ut_lane *axis = &p->lanes.lane[p->lanes.n - 1];
    draw_axis(p, axis);
    set(p, &cue, fmin(.5, fmax(.12, 10 / (double)(p->t->cues + 1)))); /* many lines, fainter ones */
    ut_draw_width(p->d, 1);
    for (size_t i = 0; i < p->t->cues; i++) {
        double x = floor(ut_lanes_x(&p->lanes, (double)p->t->cue[i].opening.t_ms)) + .5;
        ut_draw_move(p->d, x, p->lanes.lane[0].y);
        ut_draw_line(p->d, x, axis->y);
    }
    ut_draw_stroke(p->d);
    draw_holds(p);
    for (int i = 0; i < p->lanes.n; i++) {
        const struct ut_lane *l = &p->lanes.lane[i];
        static void (*const paint[])(const struct picture *, const struct ut_lane *) = {
            [UT_LANE_CUES] = draw_cues,   [UT_LANE_WAVE] = draw_wave,   [UT_LANE_SPEECH] = draw_speech,
            [UT_LANE_SCORE] = draw_score, [UT_LANE_PITCH] = draw_pitch, [UT_LANE_LEVEL] = draw_level,
            [UT_LANE_PACE] = draw_pace};
        draw_name(p, l);
        if (l != axis)
            paint[l->kind](p, l);
    }
    (void)draw_list(p);
}

/* Lanes, bars and lines of the list, by the widths of texts on a canvas of a pixel. */
static void lay_out(struct picture *p, const struct ut_rows *rows)
{
    char number[24];
    struct ut_lanes *l = &p->lanes;
    ut_lanes_lay_out(l, p->t, rows);
    p->d = ut_draw_open(1, 1);
    cue_font(p);
    for (size_t i = 0; i < p->t->cues; i++) {
        const struct ut_timeline_cue *c = &p->t->cue[i];
        snprintf(number, sizeof number, "%zu", i + 1);
        p->bar[i] = (struct ut_bar){.begin = ut_lanes_x(l, (double)c->opening.t_ms),
                                    .end = ut_lanes_x(l, (double)c->end_ms),
                                    .number = ut_draw_text_width(p->d, number) + 2 * NUMBER_MARGIN,
                                    .title = ut_draw_text_width(p->d, c->opening.title)};
    }
    int cue_rows = ut_bars_lay_out(p->bar, p->t->cues, l->left, l->left + l->width, UT_LANES_CUE_ROWS);
    ut_lanes_make_room(l, cue_rows, draw_list(p));
    ut_draw_close(p->d);
}

int ut_report_png(const struct ut_report *r, FILE *out)
{
    struct picture p = {.t = r->timeline, .bar = calloc(r->timeline->cues + 1, sizeof *p.bar)};
    if (p.bar == NULL)
        return -1;
    lay_out(&p, r->rows);
    p.d = ut_draw_open(UT_LANES_WIDTH, (int)p.lanes.height + UT_LANES_MARGIN / 2);
    draw(&p);
    int result = ut_draw_png(p.d, out);
    ut_draw_close(p.d);
    free(p.bar);
    return result;
}
