/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/recollection.h"

#include <stdio.h>
#include <string.h>

enum { DAY_MS = 86400000 };

/* Adds words of the catalogue; {n} and {m} become numbers. */
static void say(struct ut_recollection *out, enum ut_language language, const char *english, long n, long m)
{
    size_t at = strlen(out->text);
    for (const char *from = ut_catalogue_word(language, english); *from != '\0' && at + 1 < sizeof out->text;) {
        bool number = strncmp(from, "{n}", 3) == 0 || strncmp(from, "{m}", 3) == 0;
        if (!number)
            out->text[at++] = *from;
        else
            at += (size_t)snprintf(out->text + at, sizeof out->text - at, "%ld", from[1] == 'n' ? n : m);
        from += number ? 3 : 1;
        at = at < sizeof out->text ? at : sizeof out->text - 1;
    }
    out->text[at] = '\0';
}

static void say_last(struct ut_recollection *out, enum ut_language language, const struct ut_past_call *last,
                     int64_t now_ms)
{
    static const char *const HOW[] = {[UT_PAST_UNKNOWN] = " was not scored",
                                      [UT_PAST_WORSE] = " ended worse than it began",
                                      [UT_PAST_SAME] = " ended as it began",
                                      [UT_PAST_BETTER] = " ended better than it began"};
    long days = now_ms > last->ended_ms ? (long)((now_ms - last->ended_ms) / DAY_MS) : 0; /* a clock may step back */
    say(out, language,
        days == 0   ? "Last call less than a day ago"
        : days == 1 ? "Last call a day ago"
                    : "Last call {n} days ago",
        days, 0);
    say(out, language, HOW[last->change], 0, 0);
}

static void say_risk(struct ut_recollection *out, enum ut_language language, const struct ut_risk *risk)
{
    size_t at = strlen(out->text);
    (void)snprintf(out->text + at, sizeof out->text - at, ". %s %.2f (", ut_catalogue_word(language, "Risk"),
                   out->risk);
    say(out, language, risk->fitted ? "fitted to {n} outcomes" : "rule of thumb", risk->n, 0);
    at = strlen(out->text);
    (void)snprintf(out->text + at, sizeof out->text - at, ")");
}

void ut_recollect(struct ut_recollection *out, const struct ut_past_call *call, size_t n, int64_t now_ms,
                  const struct ut_risk *risk, enum ut_language language)
{
    long most = n < UT_RISK_CALLS ? (long)n : UT_RISK_CALLS, held = 0, unresolved = 0;
    *out = (struct ut_recollection){.risk = -1};
    if (n == 0)
        return;
    for (size_t i = n - (size_t)most; i < n; i++) {
        held += call[i].hold_ms >= UT_RECOLLECTION_HOLD_MS;
        unresolved += call[i].unresolved;
    }
    say_last(out, language, &call[n - 1], now_ms);
    if (held > 0)
        say(out, language, most == 1 ? "; it had a long hold" : "; {n} of the last {m} calls had long holds", held,
            most);
    if (unresolved > 0)
        say(out, language, most == 1 ? "; it was not resolved" : "; {n} of the last {m} were not resolved", unresolved,
            most);
    const struct ut_risk_inputs inputs = ut_risk_inputs_of(call, n, now_ms);
    out->risk = ut_risk_score(risk, &inputs);
    say_risk(out, language, risk);
}
