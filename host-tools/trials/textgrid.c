/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/textgrid.h"

#include <string.h>

struct reader {
    char *at;
    const char *file;
    int line;
    struct ut_fault *fault;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

/* One character on; a line ends with LF, CR LF or CR. */
static void step(struct reader *r)
{
    r->line += *r->at == '\n' || (*r->at == '\r' && r->at[1] != '\n');
    r->at++;
}

static void skip_word(struct reader *r)
{
    while (*r->at != '\0' && !is_blank(*r->at))
        r->at++;
}

static int refuse(const struct reader *r, const char *wanted)
{
    return ut_fault_set(r->fault, UT_EXIT_INDEX, "%s:%d: is no TextGrid here, %s is wanted; save it again as text",
                        r->file, r->line, wanted);
}

/* To the next word that counts: true when it begins with a quote, a digit or <, as `kinds` allows. */
static bool find(struct reader *r, const char *kinds)
{
    for (;;) {
        while (is_blank(*r->at))
            step(r);
        if (*r->at == '\0')
            return false;
        if (*r->at == '!') {
            while (*r->at != '\0' && *r->at != '\n' && *r->at != '\r')
                r->at++;
            continue;
        }
        size_t number = strspn(r->at, "0123456789.,eE+-");
        bool alone = number > 0 && (r->at[number] == '\0' || is_blank(r->at[number]));
        char kind = alone && strchr("-.0123456789", *r->at) != NULL ? '0' : *r->at;
        if (kind == '0' || kind == '"' || kind == '<')
            return strchr(kinds, kind) != NULL;
        skip_word(r);
    }
}

/* The next string, cut out in place. NULL and the fault. */
static char *take_text(struct reader *r, const char *wanted)
{
    if (!find(r, "\"")) {
        (void)refuse(r, wanted);
        return NULL;
    }
    char *begin = ++r->at, *to = begin;
    for (; *r->at != '\0'; step(r)) {
        if (*r->at == '"' && r->at[1] != '"')
            break;
        r->at += *r->at == '"';
        *to++ = *r->at;
    }
    if (*r->at == '\0') {
        (void)refuse(r, "the quote that ends a text");
        return NULL;
    }
    r->at++;
    *to = '\0';
    return begin;
}

/* The next number as a time. 0, or -1 and the fault. */
static int take_time(struct reader *r, const char *wanted, int64_t *ms)
{
    if (!find(r, "0"))
        return refuse(r, wanted);
    char *word = r->at;
    skip_word(r);
    char kept = *r->at;
    *r->at = '\0';
    int result = ut_marks_seconds(word, ms);
    *r->at = kept;
    return result == 0 ? 0 : refuse(r, wanted);
}

/* A number of things that follow. 0, or -1 and the fault. */
static int take_count(struct reader *r, const char *wanted, int64_t *n)
{
    int64_t thousands;
    if (take_time(r, wanted, &thousands) != 0)
        return -1;
    *n = thousands / 1000;
    return thousands % 1000 == 0 ? 0 : refuse(r, wanted);
}

static int take_tier(struct reader *r, struct ut_marks *m)
{
    int64_t unused, n;
    char *class = take_text(r, "a tier's class"), *name = class != NULL ? take_text(r, "a tier's name") : NULL;
    if (name == NULL)
        return -1;
    bool points = strcmp(class, "TextTier") == 0;
    if (!points && strcmp(class, "IntervalTier") != 0)
        return refuse(r, "an IntervalTier or a TextTier");
    if (ut_marks_add_tier(m, ut_marks_trim(name)) != 0)
        return ut_fault_set(r->fault, UT_EXIT_FAILURE, "%s: not enough memory", r->file);
    if (take_time(r, "a tier's begin", &unused) != 0 || take_time(r, "a tier's end", &unused) != 0 ||
        take_count(r, "the number of a tier's marks", &n) != 0)
        return -1;
    for (int64_t i = 0; i < n; i++) {
        struct ut_mark mark = {.recording = "", .tier = (int)m->tiers - 1};
        if (take_time(r, "a mark's begin", &mark.begin_ms) != 0)
            return -1;
        mark.line = r->line;
        mark.end_ms = mark.begin_ms;
        if (!points && take_time(r, "a mark's end", &mark.end_ms) != 0)
            return -1;
        char *text = take_text(r, "a mark's text");
        if (text == NULL)
            return -1;
        mark.text = ut_marks_trim(text);
        if (mark.end_ms < mark.begin_ms)
            return ut_fault_set(r->fault, UT_EXIT_INDEX,
                                "%s:%d: the interval ends at %lld ms, before its begin at %lld ms; correct the times",
                                r->file, mark.line, (long long)mark.end_ms, (long long)mark.begin_ms);
        if (mark.text[0] != '\0' && ut_marks_add(m, &mark) != 0)
            return ut_fault_set(r->fault, UT_EXIT_FAILURE, "%s: not enough memory", r->file);
    }
    return 0;
}

bool ut_textgrid_is(const char *text)
{
    static const char head[] = "File type";
    text += strspn(text, " \t\r\n");
    if (strncmp(text, head, sizeof head - 1) == 0)
        text += strcspn(text, "\"\r\n");
    return strncmp(text, "\"ooTextFile", 11) == 0 || strncmp(text, "ooTextFile", 10) == 0;
}

int ut_textgrid_parse(struct ut_marks *m, char *text, const char *file, struct ut_fault *fault)
{
    struct reader r = {.at = text, .file = file, .line = 1, .fault = fault};
    int64_t unused, tiers;
    const char *type = take_text(&r, "\"ooTextFile\""), *class = type != NULL ? take_text(&r, "\"TextGrid\"") : NULL;
    if (class == NULL)
        return -1;
    if (strcmp(class, "TextGrid") != 0)
        return refuse(&r, "\"TextGrid\"");
    if (take_time(&r, "its begin", &unused) != 0 || take_time(&r, "its end", &unused) != 0)
        return -1;
    if (find(&r, "<") && strncmp(r.at, "<absent>", 8) == 0)
        return 0;
    if (strncmp(r.at, "<exists>", 8) != 0)
        return refuse(&r, "<exists>");
    skip_word(&r);
    if (take_count(&r, "the number of its tiers", &tiers) != 0)
        return -1;
    for (int64_t i = 0; i < tiers; i++)
        if (take_tier(&r, m) != 0)
            return -1;
    return 0;
}
