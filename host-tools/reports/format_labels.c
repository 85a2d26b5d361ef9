/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/format.h"

#include "host-tools/call/evidence.h"
#include "host-tools/call/party.h"

#include <inttypes.h>

/* Milliseconds as seconds with six decimals, as Audacity writes them. */
static void put(FILE *out, int64_t begin_ms, int64_t end_ms, const char *text)
{
    fprintf(out, "%" PRId64 ".%03d000\t%" PRId64 ".%03d000\t%s\n", begin_ms / 1000, (int)(begin_ms % 1000),
            end_ms / 1000, (int)(end_ms % 1000), text);
}

static void put_turn(FILE *out, const struct ut_wire_turn *t)
{
    char text[60];
    const char *party = ut_party_word(t->party);
    switch (t->kind) {
    case UT_TURN_END:
        snprintf(text, sizeof text, "turn: %s", party);
        break;
    case UT_TURN_BACKCHANNEL:
        snprintf(text, sizeof text, "backchannel: %s", party);
        break;
    case UT_TURN_OVERLAP_END:
        snprintf(text, sizeof text, "overlap");
        break;
    case UT_TURN_INTERRUPTION:
        snprintf(text, sizeof text, "interruption by the %s", party);
        break;
    case UT_TURN_NONTALK_END:
        snprintf(text, sizeof text, "non-talk");
        break;
    default:
        return;
    }
    put(out, t->begin_ms, t->end_ms, text);
}

static void put_cue(FILE *out, const struct ut_timeline *t, const struct ut_timeline_cue *c)
{
    char why[300], text[800];
    const struct ut_cue_info *info = &ut_cue_info[c->opening.cue];
    snprintf(text, sizeof text, "cue %s: %s (%s: %s)", info->name, c->opening.title, c->opening.rule,
             ut_evidence_why(ut_catalogue_language_of_events(t->config), &c->opening, why, sizeof why));
    put(out, c->opening.t_ms, c->end_ms, text);
}

static void put_hold(FILE *out, const struct ut_hold_span *h)
{
    char text[40];
    snprintf(text, sizeof text, "on hold: %s", ut_hold_kind_name(h->kind));
    put(out, h->begin_ms, h->end_ms, text);
}

int ut_format_labels(const struct ut_timeline *t, FILE *out)
{
    size_t turn = 0, cue = 0, hold = 0;
    char remark[200], channels[220];
    if (ut_timeline_remark(t, ut_catalogue_language_of_events(t->config), remark, sizeof remark)[0] != '\0') {
        snprintf(channels, sizeof channels, "channels: %s", remark);
        put(out, 0, 0, channels);
    }
    while (turn < t->turns || cue < t->cues || hold < t->holds) {
        if (hold < t->holds && (turn == t->turns || t->hold[hold].begin_ms < (int64_t)t->turn[turn].begin_ms) &&
            (cue == t->cues || t->hold[hold].begin_ms < t->cue[cue].opening.t_ms))
            put_hold(out, &t->hold[hold++]);
        else if (cue == t->cues || (turn < t->turns && t->turn[turn].begin_ms <= t->cue[cue].opening.t_ms))
            put_turn(out, &t->turn[turn++]);
        else
            put_cue(out, t, &t->cue[cue++]);
    }
    if (t->cut[0] != '\0') {
        char text[400];
        snprintf(text, sizeof text, "recording truncated: %s", t->cut);
        put(out, t->end_ms, t->end_ms, text);
    }
    return 0;
}
