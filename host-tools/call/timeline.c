/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/timeline.h"

#include "host-tools/system/grow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ut_timeline_init(struct ut_timeline *t)
{
    memset(t, 0, sizeof *t);
}

void ut_timeline_free(struct ut_timeline *t)
{
    free(t->score);
    free(t->turn);
    free(t->cue);
    free(t->hold);
    json_decref(t->trajectory);
    memset(t, 0, sizeof *t);
}

/* A zeroed place at the end of *array, or NULL. */
static void *append(struct ut_timeline *t, void **array, size_t *used, size_t *room, size_t size)
{
    void *grown = ut_grow(*array, room, *used + 1, size);
    if (grown == NULL) {
        t->incomplete = true;
        return NULL;
    }
    *array = grown;
    void *place = (char *)*array + *used * size;
    memset(place, 0, size);
    ++*used;
    return place;
}

void ut_timeline_score(struct ut_timeline *t, const struct ut_wire_score *record)
{
    void *array = t->score;
    struct ut_timeline_score *s = append(t, &array, &t->scores, &t->score_room, sizeof *s);
    t->score = array;
    if (s != NULL)
        s->record = *record;
}

void ut_timeline_averages(struct ut_timeline *t, const struct ut_snapshot *snapshot)
{
    if (t->scores == 0)
        return;
    struct ut_timeline_score *s = &t->score[t->scores - 1];
    s->fast_valid = snapshot->score_valid != 0;
    s->slow_valid = s->fast_valid && snapshot->frustration_slow + snapshot->delight_slow > 0;
    s->frustration_fast = snapshot->frustration_fast;
    s->delight_fast = snapshot->delight_fast;
    s->confidence_fast = snapshot->confidence_fast;
    s->frustration_slow = snapshot->frustration_slow;
    s->delight_slow = snapshot->delight_slow;
}

void ut_timeline_turn(struct ut_timeline *t, const struct ut_wire_turn *record)
{
    if (record->kind != UT_TURN_IPU_END && record->kind != UT_TURN_BACKCHANNEL && record->kind != UT_TURN_END &&
        record->kind != UT_TURN_OVERLAP_END && record->kind != UT_TURN_INTERRUPTION &&
        record->kind != UT_TURN_NONTALK_END)
        return;
    void *array = t->turn;
    struct ut_wire_turn *place = append(t, &array, &t->turns, &t->turn_room, sizeof *place);
    t->turn = array;
    if (place != NULL)
        *place = *record;
}

/* The newest opening of a cue that has not closed. */
static struct ut_timeline_cue *open_cue(struct ut_timeline *t, enum ut_cue cue)
{
    for (size_t i = t->cues; i-- > 0;)
        if (t->cue[i].opening.cue == cue && t->cue[i].end_ms == UT_TIMELINE_NEVER)
            return &t->cue[i];
    return NULL;
}

static const char *kept_from_screen(enum ut_cue_display display)
{
    return display == UT_DISPLAY_GAUGE    ? "moves a gauge, never pops up"
           : display == UT_DISPLAY_ARROW  ? "moves an arrow, never pops up"
           : display == UT_DISPLAY_MUTED  ? "cues are muted"
           : display == UT_DISPLAY_BUDGET ? "the budget of cues shown is spent"
                                          : NULL;
}

static void add_cue(struct ut_timeline *t, const struct ut_cue_change *change)
{
    void *array = t->cue;
    struct ut_timeline_cue *c = append(t, &array, &t->cues, &t->cue_room, sizeof *c);
    t->cue = array;
    if (c == NULL)
        return;
    c->opening = *change;
    c->end_ms = UT_TIMELINE_NEVER;
    c->not_shown = kept_from_screen(change->display);
}

void ut_timeline_cue(struct ut_timeline *t, const struct ut_cue_change *change)
{
    struct ut_timeline_cue *c = open_cue(t, change->cue);
    switch (change->what) {
    case UT_CUE_OPENED:
        add_cue(t, change);
        break;
    case UT_CUE_CLOSED:
        if (c == NULL)
            break;
        c->end_ms = change->t_ms;
        c->shown_ms = change->shown_ms;
        if (c->shown_ms > 0)
            c->not_shown = NULL;
        break;
    case UT_CUE_SUPPRESSED:
        if (c != NULL)
            c->not_shown = change->reason;
        break;
    default:
        break;
    }
}

void ut_timeline_hold(struct ut_timeline *t, const struct ut_hold_span *span)
{
    if (t->holds > 0 && t->hold[t->holds - 1].end_ms == UT_HOLD_OPEN) {
        t->hold[t->holds - 1] = *span;
        return;
    }
    void *array = t->hold;
    struct ut_hold_span *place = append(t, &array, &t->holds, &t->hold_room, sizeof *place);
    t->hold = array;
    if (place != NULL)
        *place = *span;
}

int64_t ut_timeline_on_hold_ms(const struct ut_timeline *t)
{
    int64_t total_ms = 0;
    for (size_t i = 0; i < t->holds; i++)
        total_ms += t->hold[i].end_ms - t->hold[i].begin_ms;
    return total_ms;
}

void ut_timeline_withhold(struct ut_timeline *t, const struct ut_withheld *w)
{
    size_t kept = 0;
    t->withheld = *w;
    for (size_t i = 0; i < t->turns; i++)
        if (t->turn[i].kind == UT_TURN_NONTALK_END || (int64_t)t->turn[i].begin_ms >= w->before_ms)
            t->turn[kept++] = t->turn[i];
    t->turns = kept;
    for (size_t i = 0; i < t->scores && (int64_t)t->score[i].record.t_ms <= w->before_ms; i++) {
        ut_withheld_mark(&t->score[i].record);
        t->score[i].fast_valid = t->score[i].slow_valid = false;
    }
}

const char *ut_timeline_remark(const struct ut_timeline *t, enum ut_language language, char *text, size_t size)
{
    char withheld[150];
    (void)ut_withheld_words(&t->withheld, language, withheld, sizeof withheld);
    const char *alone = t->alone == NULL ? ""
                        : strcmp(t->alone, "declared") == 0
                            ? "one channel, the customer alone, as declared"
                            : "one channel, perhaps both parties: no feelings are scored";
    (void)snprintf(text, size, "%s%s%s", ut_catalogue_word(language, alone),
                   alone[0] != '\0' && withheld[0] != '\0' ? "; " : "", withheld);
    return text;
}

static int by_turn_begin(const void *a, const void *b)
{
    const struct ut_wire_turn *x = a, *y = b;
    if (x->begin_ms != y->begin_ms)
        return x->begin_ms < y->begin_ms ? -1 : 1;
    if (x->end_ms != y->end_ms)
        return x->end_ms > y->end_ms ? -1 : 1;
    return x->kind != y->kind ? x->kind - y->kind : x->party - y->party;
}

static int by_opening(const void *a, const void *b)
{
    const struct ut_timeline_cue *x = a, *y = b;
    if (x->opening.t_ms != y->opening.t_ms)
        return x->opening.t_ms < y->opening.t_ms ? -1 : 1;
    return (int)x->opening.cue - (int)y->opening.cue;
}

static uint32_t cut(uint32_t ms, int64_t end_ms)
{
    return ms > end_ms ? (uint32_t)end_ms : ms;
}

void ut_timeline_finish(struct ut_timeline *t, int64_t end_ms)
{
    t->end_ms = end_ms;
    for (size_t i = 0; i < t->turns; i++) {
        t->turn[i].begin_ms = cut(t->turn[i].begin_ms, end_ms);
        t->turn[i].end_ms = cut(t->turn[i].end_ms, end_ms);
    }
    for (size_t i = 0; i < t->holds; i++) {
        struct ut_hold_span *h = &t->hold[i];
        if (h->end_ms == UT_HOLD_OPEN || h->end_ms > end_ms)
            h->end_ms = end_ms;
        if (h->begin_ms > end_ms)
            h->begin_ms = end_ms;
    }
    for (size_t i = 0; i < t->cues; i++) {
        struct ut_timeline_cue *c = &t->cue[i];
        if (c->opening.t_ms > end_ms)
            c->opening.t_ms = end_ms;
        if (c->end_ms == UT_TIMELINE_NEVER || c->end_ms > end_ms)
            c->end_ms = end_ms;
    }
    if (t->turns > 0)
        qsort(t->turn, t->turns, sizeof t->turn[0], by_turn_begin);
    if (t->cues > 0)
        qsort(t->cue, t->cues, sizeof t->cue[0], by_opening);
}
