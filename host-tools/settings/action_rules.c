/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/settings/action_rules.h"

#include "host-tools/system/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Limits of the settings: an hour's actions of one rule, failures in a row, minutes of a day. */
enum { LIMIT_MAX = 1000, LIMIT = 20, PARK_MAX = 20, PARK = 5, DAY_MINUTES = 1440 };

const char *const ut_action_do_name[UT_ACTION_DOS] = {"webhook", "mqtt", "command", "desktop"};
const char *const ut_action_consent_name[UT_ACTION_CONSENTS] = {"none", "agent", "supervisor"};

static const double MOST[UT_MEASURES] = {1, 1, 1, 1, 1, 1, DAY_MINUTES, DAY_MINUTES};
const char *const ut_action_measure_name[UT_MEASURES] = {"frustration_fast", "frustration_slow", "delight_fast",
                                                         "delight_slow",     "confidence",       "customer.risk",
                                                         "call.minutes",     "hold.minutes"};

static const char NO_TEXT[] =
    "is no plain UTF-8, or has a control character or turns the direction of writing; write it "
    "anew in a file saved as UTF-8";

struct reading {
    const struct ut_action_setting *from;
    const struct ut_config *config;
    struct ut_fault *fault;
};

static const char *value(const struct reading *r, enum ut_action_key key)
{
    return r->from->value[key];
}

static int refuse(const struct reading *r, enum ut_action_key key, const char *what)
{
    return ut_fault_set(r->fault, UT_EXIT_CONFIG_KEY, "%s: [action.%s] %s = %.150s: %s", r->from->origin, r->from->name,
                        ut_action_key_info[key].key, value(r, key), what);
}

/* Pages, brokers and receivers take JSON, which has no other text: an action of such a text would ask nobody. */
static bool is_plain(const char *text)
{
    char plain[UT_CONFIG_ACTION_BYTES];
    return strcmp(ut_utf8_plain(text, plain, sizeof plain), text) == 0;
}

static bool too_long(const char *to)
{
    char text[UT_CONFIG_ACTION_BYTES], *word[UT_ACTION_WORDS + 1];
    (void)snprintf(text, sizeof text, "%s", to);
    return ut_action_words(text, word) > UT_ACTION_WORDS;
}

/* One word of `on`. 0, or -1. */
static int read_trigger(struct ut_action_rule *rule, const struct reading *r, const char *word)
{
    static const struct {
        const char *word;
        enum ut_action_trigger bit;
    } KNOWN[] = {{"call.started", UT_ACTION_ON_STARTED},
                 {"call.ended", UT_ACTION_ON_ENDED},
                 {"call.ended_worse", UT_ACTION_ON_ENDED_WORSE},
                 {"flag.raised", UT_ACTION_ON_FLAG}};
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++)
        if (strcmp(word, KNOWN[i].word) == 0) {
            rule->on |= KNOWN[i].bit;
            return 0;
        }
    char name[40];
    const char *end = strrchr(word, '.');
    if (end == NULL || strcmp(end, ".opened") != 0 || (size_t)(end - word) >= sizeof name)
        return refuse(r, UT_ACTION_ON,
                      "give CUE.opened, call.started, call.ended, call.ended_worse or flag.raised, blanks between");
    (void)snprintf(name, sizeof name, "%.*s", (int)(end - word), word);
    enum ut_cue cue = ut_cue_find(name);
    if (cue == UT_CUES)
        return refuse(r, UT_ACTION_ON, "there is no such cue; `undertone cues` names them");
    if (r->config->value[ut_cue_param(cue) + UT_COMMON_SHOW] == UT_SHOW_OFF)
        return refuse(r, UT_ACTION_ON, "that cue is off (its `show`), so that it never opens");
    rule->cues |= 1U << cue;
    return 0;
}

static int read_on(struct ut_action_rule *rule, const struct reading *r)
{
    char text[UT_CONFIG_ACTION_BYTES], *at = NULL;
    (void)snprintf(text, sizeof text, "%s", value(r, UT_ACTION_ON));
    for (char *word = strtok_r(text, " ,", &at); word != NULL; word = strtok_r(NULL, " ,", &at))
        if (read_trigger(rule, r, word) != 0)
            return -1;
    return rule->cues != 0 || rule->on != 0 ? 0 : refuse(r, UT_ACTION_ON, "is missing: what sets it off?");
}

/* "frustration_slow >= 0.75". 0, or -1. */
static int read_condition(struct ut_action_rule *rule, const struct reading *r, const char *text)
{
    char name[40], sign[3], rest[2];
    double number;
    int measure = 0;
    if (sscanf(text, " %39[a-z._] %2[<>=] %lf %1s", name, sign, &number, rest) != 3 ||
        (strcmp(sign, ">=") != 0 && strcmp(sign, "<=") != 0))
        return refuse(r, UT_ACTION_WHEN, "give conditions such as frustration_slow >= 0.75, commas between");
    while (measure < UT_MEASURES && strcmp(name, ut_action_measure_name[measure]) != 0)
        measure++;
    if (measure == UT_MEASURES)
        return refuse(r, UT_ACTION_WHEN,
                      "known are frustration_fast, frustration_slow, delight_fast, delight_slow, confidence, "
                      "customer.risk, call.minutes, hold.minutes");
    if (!(number >= 0 && number <= MOST[measure]))
        return refuse(r, UT_ACTION_WHEN, "a number is out of range; scores and risk are 0 to 1, minutes 0 to 1440");
    if (measure == UT_MEASURE_RISK && strcmp(ut_config_text(r->config, "customer", "memory"), "yes") != 0)
        return refuse(r, UT_ACTION_WHEN, "customer.risk is not known without [customer] memory = yes");
    if (rule->conditions == UT_ACTION_CONDITIONS)
        return refuse(r, UT_ACTION_WHEN, "at most 4 conditions");
    rule->condition[rule->conditions++] =
        (struct ut_action_condition){(enum ut_action_measure)measure, sign[0] == '>', number};
    return 0;
}

static int read_when(struct ut_action_rule *rule, const struct reading *r)
{
    char text[UT_CONFIG_ACTION_BYTES], *at = NULL;
    double low[UT_MEASURES] = {0}, high[UT_MEASURES];
    memcpy(high, MOST, sizeof high);
    (void)snprintf(text, sizeof text, "%s", value(r, UT_ACTION_WHEN));
    for (char *part = strtok_r(text, ",", &at); part != NULL; part = strtok_r(NULL, ",", &at))
        if (read_condition(rule, r, part) != 0)
            return -1;
    for (int i = 0; i < rule->conditions; i++) {
        const struct ut_action_condition *c = &rule->condition[i];
        if (c->least)
            low[c->measure] = fmax(low[c->measure], c->value);
        else
            high[c->measure] = fmin(high[c->measure], c->value);
        if (low[c->measure] > high[c->measure])
            return refuse(r, UT_ACTION_WHEN, "no number can fulfil all of these");
    }
    return 0;
}

static int read_do(struct ut_action_rule *rule, const struct reading *r)
{
    int how = 0;
    while (how < UT_ACTION_DOS && strcmp(value(r, UT_ACTION_DO), ut_action_do_name[how]) != 0)
        how++;
    if (how == UT_ACTION_DOS)
        return refuse(r, UT_ACTION_DO, "give webhook, mqtt, command or desktop");
    rule->how = (enum ut_action_do)how;
    if (rule->how == UT_ACTION_DESKTOP && rule->to[0] != '\0')
        return refuse(r, UT_ACTION_TO, "a desktop note goes to this desktop; leave it out");
    if (rule->how == UT_ACTION_DESKTOP && rule->text[0] == '\0')
        return refuse(r, UT_ACTION_TEXT, "is missing: what does the note say?");
    if (rule->how != UT_ACTION_DESKTOP && rule->to[0] == '\0')
        return refuse(r, UT_ACTION_TO,
                      rule->how == UT_ACTION_WEBHOOK ? "is missing: give the address"
                      : rule->how == UT_ACTION_MQTT  ? "is missing: give the topic"
                                                     : "is missing: give the program and its words");
    if (rule->how == UT_ACTION_COMMAND && rule->to[0] != '/')
        return refuse(r, UT_ACTION_TO, "give the program's whole path; no shell looks for it");
    if (rule->how == UT_ACTION_COMMAND && too_long(rule->to))
        return refuse(r, UT_ACTION_TO, "at most 24 words, the program's among them; make a script of it");
    if (rule->how == UT_ACTION_MQTT && !is_plain(rule->to))
        return refuse(r, UT_ACTION_TO, NO_TEXT);
    if (rule->how == UT_ACTION_MQTT && strpbrk(rule->to, "+#") != NULL)
        return refuse(r, UT_ACTION_TO, "give one topic, without + and #");
    return 0;
}

static int read_consent(struct ut_action_rule *rule, const struct reading *r)
{
    const char *consent = value(r, UT_ACTION_CONSENT), *otherwise = value(r, UT_ACTION_DEFAULT);
    int who = 0;
    while (who < UT_ACTION_CONSENTS && consent[0] != '\0' && strcmp(consent, ut_action_consent_name[who]) != 0)
        who++;
    if (who == UT_ACTION_CONSENTS)
        return refuse(r, UT_ACTION_CONSENT, "give agent, supervisor or none");
    rule->consent = (enum ut_action_consent)who;
    rule->otherwise = strcmp(otherwise, "yes") == 0;
    bool asks = rule->consent != UT_ACTION_ASKS_NOBODY;
    if (otherwise[0] != '\0' && !rule->otherwise && strcmp(otherwise, "no") != 0)
        return refuse(r, UT_ACTION_DEFAULT, "give yes or no");
    if (otherwise[0] != '\0' && !asks)
        return refuse(r, UT_ACTION_DEFAULT, "nobody is asked; set consent = agent or supervisor, or leave it out");
    if (asks && rule->text[0] == '\0')
        return refuse(r, UT_ACTION_TEXT, "is missing: what is to be asked?");
    if (rule->consent == UT_ACTION_ASKS_SUPERVISOR && ut_config_text(r->config, "mqtt", "brokers")[0] == '\0')
        return refuse(r, UT_ACTION_CONSENT, "a supervisor is asked by way of the floor; set [mqtt] brokers");
    return 0;
}

/* A whole number from low to high; *out stays where none is given. 0, or -1. */
static int read_count(int *out, const struct reading *r, enum ut_action_key key, int low, int high)
{
    char *end;
    const char *text = value(r, key);
    if (text[0] == '\0')
        return 0;
    long x = strtol(text, &end, 10);
    if (*end != '\0' || x < low || x > high)
        return refuse(r, key, low == 0 ? "give a whole number, 0 (no limit) to 1000" : "give a whole number, 1 to 20");
    *out = (int)x;
    return 0;
}

static int read_quiet(struct ut_action_rule *rule, const struct reading *r)
{
    unsigned h[2], m[2];
    char rest[2];
    if (value(r, UT_ACTION_QUIET)[0] == '\0')
        return 0;
    if (sscanf(value(r, UT_ACTION_QUIET), "%2u:%2u-%2u:%2u%1s", &h[0], &m[0], &h[1], &m[1], rest) != 4 || h[0] > 23 ||
        h[1] > 23 || m[0] > 59 || m[1] > 59)
        return refuse(r, UT_ACTION_QUIET, "give times of day such as 22:00-07:00");
    rule->quiet_from = (int)(60 * h[0] + m[0]);
    rule->quiet_to = (int)(60 * h[1] + m[1]);
    return rule->quiet_from != rule->quiet_to ? 0 : refuse(r, UT_ACTION_QUIET, "that is the whole day");
}

static int read_rule(struct ut_action_rule *rule, const struct reading *r)
{
    *rule = (struct ut_action_rule){.name = r->from->name,
                                    .to = value(r, UT_ACTION_TO),
                                    .text = value(r, UT_ACTION_TEXT),
                                    .limit = LIMIT,
                                    .quiet_from = -1,
                                    .quiet_to = -1,
                                    .park = PARK};
    if (!is_plain(rule->text))
        return refuse(r, UT_ACTION_TEXT, NO_TEXT);
    if (read_on(rule, r) != 0 || read_when(rule, r) != 0 || read_do(rule, r) != 0 || read_consent(rule, r) != 0 ||
        read_count(&rule->limit, r, UT_ACTION_LIMIT, 0, LIMIT_MAX) != 0 ||
        read_count(&rule->park, r, UT_ACTION_PARK, 1, PARK_MAX) != 0)
        return -1;
    return read_quiet(rule, r);
}

/* What two rules would do twice, or what one would ask and the other not. */
static int compare(const struct ut_action_rule *a, const struct ut_action_rule *b, const struct reading *r)
{
    char what[120];
    if (a->how != b->how || strcmp(a->to, b->to) != 0 || a->how == UT_ACTION_DESKTOP ||
        ((a->cues & b->cues) == 0 && (a->on & b->on) == 0))
        return 0;
    if (a->consent != b->consent)
        (void)snprintf(what, sizeof what, "[action.%s] does the same on the same, and does not ask the same", a->name);
    else if (a->conditions == 0 || b->conditions == 0)
        (void)snprintf(what, sizeof what, "[action.%s] does the same on the same: it would be done twice", a->name);
    else
        return 0;
    return refuse(r, UT_ACTION_ON, what);
}

int ut_action_rules_read(struct ut_action_rules *out, const struct ut_config *config, struct ut_fault *fault)
{
    *out = (struct ut_action_rules){.n = config->actions};
    for (int i = 0; i < out->n; i++) {
        const struct reading r = {&config->action[i], config, fault};
        if (read_rule(&out->rule[i], &r) != 0)
            return -1;
        for (int k = 0; k < i; k++)
            if (compare(&out->rule[k], &out->rule[i], &r) != 0)
                return -1;
    }
    return 0;
}

bool ut_action_rule_holds(const struct ut_action_rule *rule, const double value[UT_MEASURES])
{
    for (int i = 0; i < rule->conditions; i++) {
        const struct ut_action_condition *c = &rule->condition[i];
        double x = value[c->measure];
        if (!(c->least ? x >= c->value : x <= c->value)) /* NaN is neither */
            return false;
    }
    return true;
}

bool ut_action_rules_ask_floor(const struct ut_action_rules *rules)
{
    for (int i = 0; i < rules->n; i++)
        if (rules->rule[i].consent == UT_ACTION_ASKS_SUPERVISOR)
            return true;
    return false;
}

bool ut_action_rule_quiet(const struct ut_action_rule *rule, int minute)
{
    if (rule->quiet_from < 0)
        return false;
    bool behind = minute >= rule->quiet_from, before = minute < rule->quiet_to;
    return rule->quiet_from < rule->quiet_to ? behind && before : behind || before;
}

int ut_action_words(char *text, char *word[UT_ACTION_WORDS + 1])
{
    char *at = NULL;
    int n = 0;
    for (char *w = strtok_r(text, " ", &at); w != NULL; w = strtok_r(NULL, " ", &at), n++)
        if (n < UT_ACTION_WORDS)
            word[n] = w;
    word[n < UT_ACTION_WORDS ? n : UT_ACTION_WORDS] = NULL;
    return n;
}
