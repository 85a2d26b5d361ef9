/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/simulate/script.h"

#include "firmware/engine.h"
#include "firmware/turns.h"
#include "host-tools/system/grow.h"
#include "host-tools/system/text_file.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *key;
    int party;
    double low, high, usual;
} VALUE[UT_SCRIPT_VALUES] = {
    [UT_SCRIPT_FRUSTRATION] = {"frustration", UT_CUSTOMER, 0, 1, 0.1},
    [UT_SCRIPT_DELIGHT] = {"delight", UT_CUSTOMER, 0, 1, 0.1},
    [UT_SCRIPT_CONFIDENCE] = {"confidence", UT_CUSTOMER, 0, 1, 0.8},
    [UT_SCRIPT_LOUDNESS] = {"loudness", UT_CUSTOMER, 0, 100, 60},
    [UT_SCRIPT_PITCH] = {"pitch", UT_CUSTOMER, 0, 63, 20},
    [UT_SCRIPT_PACE] = {"pace", UT_CUSTOMER, 0, 15, 4.5},
    [UT_SCRIPT_LEVEL] = {"level", UT_AGENT, -127, 0, -25},
    [UT_SCRIPT_AGENT_PACE] = {"pace", UT_AGENT, 0, 15, 4.5},
};

static const char BUILT_IN[] = "call order\n"
                               "0.5 agent 2.5\n"
                               "3.5 customer 4\n"
                               "8 agent 3\n"
                               "11.5 customer 2.5 delight=0.1..0.5\n"
                               "14.5 agent 2\n"
                               "17 customer 2 delight=0.6\n"
                               "20 end\n"
                               "call complaint\n"
                               "0.5 agent 2\n"
                               "3 customer 12 frustration=0.1 loudness=55\n"
                               "15.5 agent 2\n"
                               "18 customer 20 frustration=0.2..0.9 loudness=58..70 pitch=20..26\n"
                               "39 agent 2\n"
                               "42 customer 14 frustration=0.9 loudness=72 pitch=27\n"
                               "57 agent 3\n"
                               "61 customer 8 frustration=0.9..0.3 loudness=60 pitch=21\n"
                               "70 agent 3\n"
                               "75 end\n"
                               "call silence\n"
                               "0.5 agent 3\n"
                               "4 customer 5\n"
                               "9.5 agent 2\n"
                               "24 agent 12\n"
                               "37 customer 3\n"
                               "41 agent 3\n"
                               "45 end\n";

double ut_script_usual(enum ut_script_value value)
{
    return VALUE[value].usual;
}

struct reader {
    struct ut_script *script;
    struct ut_script_call *call; /* that is open; NULL = none */
    uint32_t last_ms, until_ms[2];
    const char *file;
    int line;
    struct ut_fault *fault;
};

__attribute__((format(printf, 2, 3))) static int refuse(struct reader *r, const char *format, ...)
{
    char why[300];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(why, sizeof why, format, args);
    va_end(args);
    return ut_fault_set(r->fault, UT_EXIT_SCRIPT, "%s: line %d: %s", r->file, r->line, why);
}

static int no_memory(struct reader *r)
{
    return ut_fault_set(r->fault, UT_EXIT_FAILURE, "%s: not enough memory; close other programs", r->file);
}

/* Digits, and digits behind a point; not by strtod, which asks the locale for its comma. *text moves behind it. */
static bool take_number(const char **text, double *x)
{
    const char *at = *text;
    bool negative = *at == '-', digits = false;
    double place = 1;
    *x = 0;
    for (at += negative; *at >= '0' && *at <= '9' && *x < 1e9; at++, digits = true)
        *x = 10 * *x + (*at - '0');
    if (*at == '.' && at[1] >= '0' && at[1] <= '9')
        for (at++; *at >= '0' && *at <= '9' && place > 1e-9; at++, digits = true) {
            place /= 10;
            *x += place * (*at - '0');
        }
    *text = at;
    if (negative)
        *x = -*x;
    return digits;
}

/* 0, or -1: no such time. */
static int take_seconds(const char *text, uint32_t *ms)
{
    double x;
    if (!take_number(&text, &x) || *text != '\0' || !(x >= 0 && x <= UT_SCRIPT_MAX_MS / 1000.0))
        return -1;
    *ms = (uint32_t)lround(1000 * x);
    return 0;
}

static int take_count(struct reader *r, const char *text, int most, int *count)
{
    double x;
    const char *at = text != NULL ? text : "";
    if (!take_number(&at, &x) || *at != '\0' || !(x >= 1 && x <= most) || x != floor(x))
        return refuse(r, "'%.40s': give a whole number, 1 to %d", text != NULL ? text : "", most);
    *count = (int)x;
    return 0;
}

/* KEY=NUMBER or KEY=FROM..TO */
static int take_value(struct reader *r, char *text, struct ut_script_step *step)
{
    char *equals = strchr(text, '=');
    int v = 0;
    if (equals == NULL)
        return refuse(r, "'%.40s': give KEY=NUMBER or KEY=FROM..TO", text);
    *equals = '\0';
    while (v < UT_SCRIPT_VALUES && (VALUE[v].party != step->party || strcmp(VALUE[v].key, text) != 0))
        v++;
    if (v == UT_SCRIPT_VALUES)
        return refuse(r, "'%.40s': %s", text,
                      step->party == UT_AGENT
                          ? "an agent has level and pace"
                          : "a customer has frustration, delight, confidence, loudness, pitch and pace");
    struct ut_script_sound *sound = &step->sound[v];
    const char *at = equals + 1;
    bool fine = !sound->set && take_number(&at, &sound->from);
    sound->to = sound->from;
    if (fine && strncmp(at, "..", 2) == 0) {
        at += 2;
        fine = take_number(&at, &sound->to);
    }
    double low = VALUE[v].low, high = VALUE[v].high;
    if (!fine || *at != '\0' || !(sound->from >= low && sound->from <= high && sound->to >= low && sound->to <= high))
        return refuse(r, "%s: give it once, as a number or FROM..TO, from %g to %g", VALUE[v].key, low, high);
    sound->set = true;
    return 0;
}

static int take_speech(struct reader *r, char **rest, struct ut_script_step *step)
{
    char *word = strtok_r(NULL, " \t", rest);
    const char *who = step->party == UT_AGENT ? "agent" : "customer";
    step->word = UT_SCRIPT_SPEAK;
    if (word == NULL || take_seconds(word, &step->for_ms) != 0 || step->for_ms == 0)
        return refuse(r, "%s: give for how many seconds", who);
    if (step->t_ms < r->until_ms[step->party])
        return refuse(r, "the %s speaks already, until %g s", who, r->until_ms[step->party] / 1000.0);
    r->until_ms[step->party] = step->t_ms + step->for_ms;
    while ((word = strtok_r(NULL, " \t", rest)) != NULL)
        if (take_value(r, word, step) != 0)
            return -1;
    return 0;
}

static int take_abstain(struct reader *r, const char *text, struct ut_script_step *step)
{
    static const char *const names[] = {
        [UT_ABSTAIN_NONE] = "none",         [UT_ABSTAIN_NOISE] = "noise",
        [UT_ABSTAIN_CLIPPING] = "clipping", [UT_ABSTAIN_LITTLE] = "little_speech",
        [UT_ABSTAIN_HOLD] = "hold_or_tone", [UT_ABSTAIN_MIXED] = "mixed",
    };
    step->word = UT_SCRIPT_ABSTAIN;
    for (size_t i = 0; text != NULL && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(text, names[i]) == 0) {
            step->count = (int)i;
            return 0;
        }
    return refuse(r, "abstain: give none, noise, clipping, little_speech, hold_or_tone or mixed");
}

static int close_call(struct reader *r, uint32_t t_ms)
{
    if (t_ms == 0 || t_ms < r->until_ms[UT_CUSTOMER] || t_ms < r->until_ms[UT_AGENT])
        return refuse(
            r, "the call ends before it is over: somebody speaks until %g s",
            (r->until_ms[UT_CUSTOMER] > r->until_ms[UT_AGENT] ? r->until_ms[UT_CUSTOMER] : r->until_ms[UT_AGENT]) /
                1000.0);
    r->call->end_ms = t_ms;
    r->call->count = r->script->steps - r->call->first;
    r->call = NULL;
    return 0;
}

/* All that stands behind a time. */
static int take_word(struct reader *r, const char *word, char **rest, struct ut_script_step *step)
{
    int i = 0;
    static const char *const words[] = {"customer", "agent", "abstain", "lose", "garbage", "vanish", NULL};
    while (words[i] != NULL && strcmp(words[i], word) != 0)
        i++;
    if (i <= UT_AGENT) {
        step->party = i;
        return take_speech(r, rest, step);
    }
    const char *value = strtok_r(NULL, " \t", rest);
    switch (i) {
    case 2:
        return take_abstain(r, value, step);
    case 3:
        step->word = UT_SCRIPT_LOSE_RECORDS;
        return take_count(r, value, UT_SCRIPT_LOSE, &step->count);
    case 4:
        step->word = UT_SCRIPT_ADD_GARBAGE;
        return take_count(r, value, UT_SCRIPT_GARBAGE, &step->count);
    case 5:
        step->word = UT_SCRIPT_VANISH;
        if (value == NULL || take_seconds(value, &step->for_ms) != 0 || step->for_ms == 0)
            return refuse(r, "vanish: give for how many seconds");
        return 0;
    default:
        return refuse(r, "'%.40s' is no word of a script; it has customer, agent, abstain, lose, garbage, vanish, end",
                      word);
    }
}

static int open_call(struct reader *r, const char *name)
{
    struct ut_script *s = r->script;
    if (r->call != NULL)
        return refuse(r, "call %s has no end yet; close it with a line 'SECONDS end'", r->call->name);
    if (name == NULL || !ut_identity_fits(name))
        return refuse(r, "call: give a name of 1 to 64 letters, digits, '.', '_' and '-'");
    if (s->calls == UT_SCRIPT_CALLS)
        return refuse(r, "more than %d calls; split the script", UT_SCRIPT_CALLS);
    struct ut_script_call *grown = ut_grow(s->call, &s->call_room, s->calls + 1, sizeof *grown);
    if (grown == NULL)
        return no_memory(r);
    s->call = grown;
    r->call = &s->call[s->calls++];
    *r->call = (struct ut_script_call){.first = s->steps};
    (void)snprintf(r->call->name, sizeof r->call->name, "%s", name);
    r->last_ms = r->until_ms[0] = r->until_ms[1] = 0;
    return 0;
}

static int take_step(struct reader *r, const char *time, char **rest)
{
    struct ut_script *s = r->script;
    struct ut_script_step step = {0};
    if (take_seconds(time, &step.t_ms) != 0)
        return refuse(r, "'%.40s' is neither 'call' nor a time in seconds, up to a day", time);
    if (r->call == NULL)
        return refuse(r, "no call has begun; give 'call NAME' before it");
    if (step.t_ms < r->last_ms)
        return refuse(r, "%s s is before the line above, %g s; give lines in order", time, r->last_ms / 1000.0);
    r->last_ms = step.t_ms;
    const char *word = strtok_r(NULL, " \t", rest);
    if (word == NULL)
        return refuse(r, "a time alone; say what happens then");
    if (strcmp(word, "end") == 0)
        return close_call(r, step.t_ms);
    if (take_word(r, word, rest, &step) != 0)
        return -1;
    struct ut_script_step *grown = ut_grow(s->step, &s->step_room, s->steps + 1, sizeof *grown);
    if (grown == NULL)
        return no_memory(r);
    s->step = grown;
    s->step[s->steps++] = step;
    return 0;
}

static int take_line(struct reader *r, char *line)
{
    char *rest = NULL;
    line[strcspn(line, "#")] = '\0';
    const char *first = strtok_r(line, " \t", &rest);
    if (first == NULL)
        return 0;
    int done = strcmp(first, "call") == 0 ? open_call(r, strtok_r(NULL, " \t", &rest)) : take_step(r, first, &rest);
    const char *more = done == 0 ? strtok_r(NULL, " \t", &rest) : NULL;
    return more != NULL ? refuse(r, "'%.40s' is one word too many", more) : done;
}

int ut_script_parse(struct ut_script *s, char *text, const char *file, struct ut_fault *fault)
{
    *s = (struct ut_script){0};
    struct reader r = {.script = s, .file = file, .fault = fault};
    int done = 0;
    for (char *line; done == 0 && (line = ut_text_file_line(&text)) != NULL;) {
        r.line++;
        done = take_line(&r, line);
    }
    if (done == 0 && r.call != NULL)
        done = refuse(&r, "call %s has no end; close it with a line 'SECONDS end'", r.call->name);
    if (done == 0 && s->calls == 0)
        done =
            ut_fault_set(fault, UT_EXIT_SCRIPT, "%s: has no call; give 'call NAME', what happens, 'SECONDS end'", file);
    if (done != 0)
        ut_script_free(s);
    return done;
}

int ut_script_read(struct ut_script *s, const char *file, struct ut_fault *fault)
{
    *s = (struct ut_script){0};
    char *text = file != NULL ? ut_text_file_read(file, "a script", fault) : strdup(BUILT_IN);
    if (text == NULL)
        return file != NULL ? -1 : ut_fault_no_memory(fault);
    int done = ut_script_parse(s, text, file != NULL ? file : "the built-in script", fault);
    free(text);
    return done;
}

void ut_script_free(struct ut_script *s)
{
    free(s->call);
    free(s->step);
    *s = (struct ut_script){0};
}
