/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/format.h"

#include "host-tools/call/party.h"

#include <ctype.h>
#include <inttypes.h>

/* Fields are separated by spaces: a name may hold none. */
static void put_name(FILE *out, const char *name)
{
    for (; *name != '\0'; name++)
        fputc(isspace((unsigned char)*name) ? '_' : *name, out);
}

int ut_format_rttm(const struct ut_timeline *t, FILE *out)
{
    for (size_t i = 0; i < t->turns; i++) {
        const struct ut_wire_turn *r = &t->turn[i];
        int64_t ms = (int64_t)r->end_ms - r->begin_ms;
        if (r->kind != UT_TURN_IPU_END || r->party >= UT_BOTH || ms <= 0)
            continue;
        fputs("SPEAKER ", out);
        put_name(out, t->contact_id);
        fprintf(out, " %d %u.%03u %" PRId64 ".%03d <NA> <NA> %s <NA> <NA>\n", t->channel[r->party],
                (unsigned)(r->begin_ms / 1000), (unsigned)(r->begin_ms % 1000), ms / 1000, (int)(ms % 1000),
                ut_party_word(r->party));
    }
    for (size_t i = 0; i < t->holds; i++)
        fprintf(out, ";; on hold: %s %.3f %.3f\n", ut_hold_kind_name(t->hold[i].kind),
                (double)t->hold[i].begin_ms / 1000, (double)(t->hold[i].end_ms - t->hold[i].begin_ms) / 1000);
    char remark[200];
    if (ut_timeline_remark(t, UT_ENGLISH, remark, sizeof remark)[0] != '\0')
        fprintf(out, ";; %s\n", remark);
    if (t->cut[0] != '\0')
        fprintf(out, ";; recording truncated after %.3f s: %s\n", (double)t->end_ms / 1000, t->cut);
    return 0;
}
