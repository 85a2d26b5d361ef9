/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/format.h"

#include "host-tools/call/evidence.h"

#include <inttypes.h>

static void put_time(FILE *out, int64_t ms)
{
    fprintf(out, "%02" PRId64 ":%02d:%02d.%03d", ms / 3600000, (int)(ms / 60000 % 60), (int)(ms / 1000 % 60),
            (int)(ms % 1000));
}

static void put_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        default:
            fputc(*text, out);
        }
    }
}

static void put_hold(FILE *out, const struct ut_hold_span *h, enum ut_language language)
{
    fputs("\non_hold\n", out);
    put_time(out, h->begin_ms);
    fputs(" --> ", out);
    put_time(out, h->end_ms > h->begin_ms ? h->end_ms : h->begin_ms + 1);
    fprintf(out, "\n<b>%s</b>. %s\n", ut_catalogue_word(language, "On hold"),
            ut_catalogue_word(language, h->kind == UT_HOLD_SOUND  ? "sound without speech"
                                        : h->kind == UT_HOLD_TOLD ? "put there"
                                                                  : "nothing on the line"));
}

int ut_format_webvtt(const struct ut_timeline *t, FILE *out)
{
    char why[300], remark[200];
    enum ut_language language = ut_catalogue_language_of_events(t->config);
    fputs("WEBVTT\n", out);
    if (ut_timeline_remark(t, language, remark, sizeof remark)[0] != '\0')
        fprintf(out, "\nNOTE %s\n", remark);
    if (t->cut[0] != '\0') {
        fprintf(out, "\nNOTE %s %.3f s: ", ut_catalogue_word(language, "recording truncated after"),
                (double)t->end_ms / 1000);
        put_text(out, t->cut);
        fputc('\n', out);
    }
    size_t hold = 0;
    for (size_t i = 0; i < t->cues; i++) {
        const struct ut_timeline_cue *c = &t->cue[i];
        for (; hold < t->holds && t->hold[hold].begin_ms <= c->opening.t_ms; hold++)
            put_hold(out, &t->hold[hold], language);
        const struct ut_cue_info *info = &ut_cue_info[c->opening.cue];
        int64_t end_ms = c->end_ms > c->opening.t_ms ? c->end_ms : c->opening.t_ms + 1; /* a caption has a length */
        fprintf(out, "\n%zu %s\n", i + 1, info->name);
        put_time(out, c->opening.t_ms);
        fputs(" --> ", out);
        put_time(out, end_ms);
        fputs("\n<b>", out);
        put_text(out, c->opening.title);
        fputs("</b>. ", out);
        put_text(out, c->opening.text);
        fputs("\n<i>", out);
        put_text(out, c->opening.rule);
        fputs("</i>: ", out);
        put_text(out, ut_evidence_why(language, &c->opening, why, sizeof why));
        fputc('\n', out);
        if (c->not_shown != NULL) {
            fprintf(out, "%s: ", ut_catalogue_word(language, "Not shown"));
            put_text(out, ut_catalogue_word(language, c->not_shown));
            fputc('\n', out);
        }
    }
    for (; hold < t->holds; hold++)
        put_hold(out, &t->hold[hold], language);
    return 0;
}
