/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/format.h"

#include "host-tools/cues/readings.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/* A file's name as a relative URI. */
static void put_uri(FILE *out, const char *name)
{
    for (const unsigned char *c = (const unsigned char *)name; *c != '\0'; c++) {
        if (*c < 0x80 && (isalnum(*c) || strchr("-._~", *c) != NULL))
            fputc(*c, out);
        else
            fprintf(out, "%%%02X", *c);
    }
}

static void put_emotion(const struct ut_timeline *t, FILE *out, int64_t begin_ms, int64_t end_ms, const double mean[3])
{
    fputs("  <emotion time-ref-uri=\"", out);
    put_uri(out, t->file);
    fprintf(out, "\" offset-to-start=\"%" PRId64 "\" duration=\"%" PRId64 "\" expressed-through=\"voice\">\n", begin_ms,
            end_ms - begin_ms);
    fprintf(out, "    <dimension name=\"frustration\" value=\"%.3f\" confidence=\"%.3f\"/>\n", mean[0], mean[2]);
    fprintf(out, "    <dimension name=\"delight\" value=\"%.3f\" confidence=\"%.3f\"/>\n", mean[1], mean[2]);
    fputs("  </emotion>\n", out);
}

/* "--" may not stand in a comment. */
static void put_comment(FILE *out, const struct ut_timeline *t)
{
    fprintf(out, "<!-- The recording is truncated after %.3f s: ", (double)t->end_ms / 1000);
    for (const char *c = t->cut; *c != '\0'; c++)
        fputc(*c == '-' && c[1] == '-' ? '_' : *c, out);
    fputs(" -->\n", out);
}

int ut_format_emotionml(const struct ut_timeline *t, FILE *out)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<!-- The customer's voice, one emotion per second with scored speech; times in ms from the begin of the "
          "recording. -->\n",
          out);
    char remark[200];
    if (ut_timeline_remark(t, UT_ENGLISH, remark, sizeof remark)[0] != '\0')
        fprintf(out, "<!-- %s -->\n", remark);
    for (size_t i = 0; i < t->holds; i++)
        fprintf(out, "<!-- on hold from %" PRId64 " to %" PRId64 " ms: %s -->\n", t->hold[i].begin_ms,
                t->hold[i].end_ms, ut_hold_kind_name(t->hold[i].kind));
    if (t->cut[0] != '\0')
        put_comment(out, t);
    fputs("<emotionml version=\"1.0\" xmlns=\"http://www.w3.org/2009/10/emotionml\" "
          "dimension-set=\"#customer-voice\">\n"
          "  <vocabulary type=\"dimension\" id=\"customer-voice\">\n"
          "    <item name=\"frustration\"/>\n"
          "    <item name=\"delight\"/>\n"
          "  </vocabulary>\n",
          out);
    size_t i = 0;
    while (i < t->scores) {
        int64_t second = ((int64_t)t->score[i].record.t_ms - 1) / 1000;
        double mean[3] = {0};
        int n = 0;
        for (; i < t->scores && ((int64_t)t->score[i].record.t_ms - 1) / 1000 == second; i++) {
            const struct ut_wire_score *r = &t->score[i].record;
            if (!ut_wire_scored(r))
                continue;
            mean[0] += ut_readings_share(r->frustration);
            mean[1] += ut_readings_share(r->delight);
            mean[2] += ut_readings_share(r->confidence);
            n++;
        }
        int64_t begin_ms = 1000 * second, end_ms = begin_ms + 1000 < t->end_ms ? begin_ms + 1000 : t->end_ms;
        if (n == 0 || begin_ms >= end_ms)
            continue;
        for (int k = 0; k < 3; k++)
            mean[k] /= n;
        put_emotion(t, out, begin_ms, end_ms, mean);
    }
    fputs("</emotionml>\n", out);
    return 0;
}
