/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/withheld.h"

#include "dsp/two_channels.h"
#include "firmware/engine.h"
#include "firmware/turns.h"

#include <stdio.h>
#include <string.h>

/* Score records of speech by which the headset knows what the channels hold: before, a copy may look like a leak. */
enum { SCORE_ROWS = 25, ENOUGH = UT_TWO_CHANNELS_HEARD / SCORE_ROWS };

bool ut_withheld_score(struct ut_withheld *w, const struct ut_wire_score *r)
{
    bool mixed = ut_wire_abstain(r) == UT_ABSTAIN_MIXED, forget = mixed && !w->mixed && !w->apart;
    int64_t t_ms = r->t_ms;
    if (mixed) {
        if (forget)
            w->ms = w->before_ms = t_ms;
        else if (t_ms > w->newest_ms)
            w->ms += t_ms - w->newest_ms;
        w->until_ms = t_ms;
        w->heard = 0;
    } else if (w->heard < ENOUGH && (ut_wire_speaks(r, UT_CUSTOMER) || ut_wire_speaks(r, UT_AGENT))) {
        w->heard++;
    }
    w->mixed = mixed;
    w->newest_ms = t_ms;
    return forget;
}

void ut_withheld_status(struct ut_withheld *w, const struct ut_wire_status *d)
{
    if (!w->mixed && w->heard == ENOUGH && (d->channels == UT_CHANNELS_SEPARATE || d->channels == UT_CHANNELS_LEAK))
        w->apart = true;
}

bool ut_withheld_turn(const struct ut_withheld *w, const struct ut_wire_turn *t)
{
    if (t->kind == UT_TURN_NONTALK_START || t->kind == UT_TURN_NONTALK_END)
        return false;
    return w->mixed || (int64_t)t->begin_ms < w->until_ms;
}

bool ut_withheld_all(const struct ut_withheld *w)
{
    return w->ms > 0 && !w->apart;
}

void ut_withheld_mark(struct ut_wire_score *r)
{
    r->flags = (uint8_t)((r->flags & ~(7 << UT_WIRE_ABSTAIN_SHIFT)) | UT_ABSTAIN_MIXED << UT_WIRE_ABSTAIN_SHIFT);
}

const char *ut_withheld_words(const struct ut_withheld *w, enum ut_language language, char *text, size_t size)
{
    const char *said = ut_catalogue_word(language, "who speaks is withheld for {s} s: both parties in one channel");
    const char *at = strchr(said, '{');
    text[0] = '\0';
    if (w->ms > 0)
        (void)snprintf(text, size, "%.*s%.1f%s", (int)(at - said), said, (double)w->ms / 1000, at + 3);
    return text;
}
