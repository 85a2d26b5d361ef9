/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/page.h"

#include "host-tools/system/manual.h"
#include "host-tools/system/usage.h"

#include <ctype.h>
#include <string.h>

/* Columns of the text: before a row's word, before what it means, before a sample. */
enum { WORD = 2, MEANING = 6, SAMPLE = 4 };

static void put_capitals(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        fprintf(out, "%s%c", *text == '-' ? "\\" : "", toupper((unsigned char)*text));
}

void ut_page_open(struct ut_page *p, const char *title, int section, const char *purpose, const char *version)
{
    if (!p->man) {
        fprintf(p->out, "%s: %s\n", title, purpose);
        return;
    }
    fputs(".TH ", p->out);
    put_capitals(p->out, title);
    fprintf(p->out, " %d \"\" \"%s\"\n.nh\n.ad l\n.SH NAME\n", section, version);
    ut_manual_text(p->out, title);
    fputs(" \\-\n", p->out);
    ut_manual_text(p->out, purpose);
    fputc('\n', p->out);
}

void ut_page_heading(struct ut_page *p, const char *text)
{
    fprintf(p->out, p->man ? ".SH %s\n" : "\n%s\n", text);
}

void ut_page_subheading(struct ut_page *p, const char *text)
{
    if (!p->man) {
        fprintf(p->out, "\n%s\n", text);
        return;
    }
    fputs(".SS ", p->out);
    ut_manual_text(p->out, text);
    fputc('\n', p->out);
}

void ut_page_text(struct ut_page *p, const char *text)
{
    if (!p->man) {
        ut_usage_fill(p->out, text, 0, 0);
        return;
    }
    ut_manual_text(p->out, text);
    fputc('\n', p->out);
}

void ut_page_row(struct ut_page *p, const char *word, const char *text)
{
    if (!p->man) {
        fprintf(p->out, "%*s%s\n", WORD, "", word);
        ut_usage_fill(p->out, text, 0, MEANING);
        return;
    }
    fputs(".TP\n\\fB", p->out);
    ut_manual_text(p->out, word);
    fputs("\\fR\n", p->out);
    ut_manual_text(p->out, text);
    fputc('\n', p->out);
}

void ut_page_sample(struct ut_page *p, const char *lines)
{
    if (p->man) {
        fputs(".PP\n.RS 4\n.nf\n", p->out);
        ut_manual_lines(p->out, lines);
        fputs("\n.fi\n.RE\n", p->out);
        return;
    }
    for (size_t n; *lines != '\0'; lines += n + (lines[n] == '\n')) {
        n = strcspn(lines, "\n");
        fprintf(p->out, "%*s%.*s\n", SAMPLE, "", (int)n, lines);
    }
}
