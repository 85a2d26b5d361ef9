/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/format.h"

#include "host-tools/call/party.h"
#include "host-tools/reports/spans.h"

#include <inttypes.h>
#include <stdlib.h>

enum { CHANNELS = 4, HOLD = 5, TIERS = 6 }; /* the last two only where there is something to say */

static void put_time(FILE *out, const char *indent, const char *name, int64_t ms)
{
    fprintf(out, "%s%s = %" PRId64 ".%03d \n", indent, name, ms / 1000, (int)(ms % 1000));
}

/* What a tier is made of. The number of spans. */
static size_t gather(const struct ut_timeline *t, int tier, struct ut_span *span)
{
    size_t n = 0;
    if (tier == HOLD) {
        for (; n < t->holds; n++) {
            span[n] = (struct ut_span){.begin_ms = t->hold[n].begin_ms, .end_ms = t->hold[n].end_ms};
            snprintf(span[n].label, sizeof span[0].label, "%s", ut_hold_kind_name(t->hold[n].kind));
        }
        return n;
    }
    if (tier == CHANNELS) {
        span[0] = (struct ut_span){.end_ms = t->end_ms};
        ut_timeline_remark(t, UT_ENGLISH, span[0].label, sizeof span[0].label);
        return 1;
    }
    if (tier == CHANNELS - 1) {
        for (size_t i = 0; i < t->cues; i++) {
            span[n] = (struct ut_span){.begin_ms = t->cue[i].opening.t_ms, .end_ms = t->cue[i].end_ms};
            snprintf(span[n++].label, sizeof span[0].label, "%s", ut_cue_info[t->cue[i].opening.cue].name);
        }
        return n;
    }
    for (size_t i = 0; i < t->turns; i++) {
        const struct ut_wire_turn *r = &t->turn[i];
        bool speech = r->kind == UT_TURN_IPU_END && tier == r->party;
        bool turn = r->kind == UT_TURN_END && tier == CHANNELS - 2;
        if (!speech && !turn)
            continue;
        span[n] = (struct ut_span){.begin_ms = r->begin_ms, .end_ms = r->end_ms};
        snprintf(span[n++].label, sizeof span[0].label, "%s", speech ? "speech" : ut_party_word(r->party));
    }
    return n;
}

int ut_format_textgrid(const struct ut_timeline *t, FILE *out)
{
    static const char *const name[TIERS] = {"customer", "agent",    "turns",
                                            "cues",     "channels", "hold"}; /* parties as in enum ut_party */
    char remark[200];
    const bool told[TIERS] = {
        true, true, true, true, ut_timeline_remark(t, UT_ENGLISH, remark, sizeof remark)[0] != '\0', t->holds > 0};
    int tiers = CHANNELS + told[CHANNELS] + told[HOLD], number = 0;
    struct ut_span *span = malloc((t->turns + t->cues + t->holds + 1) * sizeof *span);
    if (span == NULL)
        return -1;
    fputs("File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\n", out);
    put_time(out, "", "xmin", 0);
    put_time(out, "", "xmax", t->end_ms);
    fprintf(out, "tiers? <exists> \nsize = %d \nitem []: \n", tiers);
    for (int tier = 0; tier < TIERS; tier++) {
        struct ut_span *part;
        if (!told[tier])
            continue;
        long parts = ut_spans_partition(span, gather(t, tier, span), t->end_ms, &part);
        if (parts < 0) {
            free(span);
            return -1;
        }
        fprintf(out, "    item [%d]:\n        class = \"IntervalTier\" \n", ++number);
        fprintf(out, "        name = \"%s\" \n", name[tier]);
        put_time(out, "        ", "xmin", 0);
        put_time(out, "        ", "xmax", t->end_ms);
        fprintf(out, "        intervals: size = %ld \n", parts);
        for (long i = 0; i < parts; i++) {
            fprintf(out, "        intervals [%ld]:\n", i + 1);
            put_time(out, "            ", "xmin", part[i].begin_ms);
            put_time(out, "            ", "xmax", part[i].end_ms);
            fprintf(out, "            text = \"%s\" \n", part[i].label);
        }
        free(part);
    }
    free(span);
    return 0;
}
