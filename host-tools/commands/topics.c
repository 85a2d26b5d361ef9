/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/topics.h"

#include "host-tools/call/event_titles.h"
#include "host-tools/call/events.h"
#include "host-tools/cues/catalogue.h"
#include "host-tools/settings/config.h"

#include <string.h>

enum { TEXT = 700 };

static void write_number(struct ut_page *p, const struct ut_param_info *i)
{
    char word[80], text[TEXT];
    snprintf(word, sizeof word, "%s", i->key);
    const char *chosen = ut_param_choice((enum ut_param)(i - ut_param_info), i->value);
    if (chosen != NULL)
        snprintf(text, sizeof text, "%s: one of %s. Default %s.", i->meaning, i->choices, chosen);
    else
        snprintf(text, sizeof text, "%s; %g to %g %s. Default %g.", i->meaning, i->low, i->high, i->unit, i->value);
    ut_page_row(p, word, text);
}

static void write_setting(struct ut_page *p, const struct ut_text_info *i)
{
    char text[TEXT];
    if (i->choices != NULL)
        snprintf(text, sizeof text, "%s; one of %s. Default %s.", i->meaning, i->choices, i->value);
    else if (i->value[0] != '\0')
        snprintf(text, sizeof text, "%s. Default %s.", i->meaning, i->value);
    else
        snprintf(text, sizeof text, "%s.", i->meaning);
    ut_page_row(p, i->key, text);
}

/* What a section has: texts first, then numbers. */
static void write_section(struct ut_page *p, const char *section)
{
    char heading[80];
    snprintf(heading, sizeof heading, "[%s]", section);
    ut_page_subheading(p, heading);
    for (int i = 0; ut_text_info[i].section != NULL; i++)
        if (strcmp(ut_text_info[i].section, section) == 0)
            write_setting(p, &ut_text_info[i]);
    for (int i = 0; i < UT_PARAMS; i++)
        if (strcmp(ut_param_info[i].section, section) == 0)
            write_number(p, &ut_param_info[i]);
}

static bool text_section_is_new(int i)
{
    for (int k = 0; k < i; k++)
        if (strcmp(ut_text_info[k].section, ut_text_info[i].section) == 0)
            return false;
    return true;
}

static bool number_section_is_new(int i)
{
    for (int k = 0; ut_text_info[k].section != NULL; k++)
        if (strcmp(ut_text_info[k].section, ut_param_info[i].section) == 0)
            return false;
    return i == 0 || strcmp(ut_param_info[i - 1].section, ut_param_info[i].section) != 0;
}

static void write_ini(struct ut_page *p)
{
    ut_page_heading(p, "DESCRIPTION");
    ut_page_text(p, "Settings are read from /etc/undertone/undertone.ini, then from "
                    "$XDG_CONFIG_HOME/undertone/undertone.ini (~/.config where that is not set), then from the "
                    "environment as UNDERTONE_<SECTION>_<KEY>, such as UNDERTONE_DISPLAY_LANGUAGE. What comes later "
                    "wins. What none of them sets an installed cue pack does (`undertone pack`): "
                    "/etc/undertone/pack.ini, then pack.ini beside the user's own settings. `undertone --config FILE` "
                    "reads FILE in place of both files, and no pack.\n\n"
                    "A file has sections in brackets and lines of the form key = value; what stands behind ; or in a "
                    "line that begins with # is a remark. A section or key that is not known, a number outside its "
                    "range and a line that is too long are refused, with file and line: exit code 18 or 17.\n\n"
                    "`undertone config` prints what is in force, `undertone config --show-origin` where each value "
                    "comes from.");
    ut_page_heading(p, "SETTINGS");
    for (int i = 0; ut_text_info[i].section != NULL; i++)
        if (text_section_is_new(i))
            write_section(p, ut_text_info[i].section);
    ut_page_subheading(p, "[action.NAME]");
    for (int k = 0; k < UT_ACTION_KEYS; k++) {
        char text[TEXT];
        snprintf(text, sizeof text, "%s.", ut_action_key_info[k].meaning);
        ut_page_row(p, ut_action_key_info[k].key, text);
    }
    for (int i = 0; i < UT_PARAMS; i++)
        if (number_section_is_new(i))
            write_section(p, ut_param_info[i].section);
    ut_page_heading(p, "EXAMPLES");
    ut_page_text(p, "Texts of cues in German, and an earlier word about a customer who is not doing well:");
    ut_page_sample(p, "[display]\nlanguage = de\n\n[empathy_cue]\non = 0.6\noff = 0.4");
}

static void write_events(struct ut_page *p)
{
    char word[80];
    ut_page_heading(p, "DESCRIPTION");
    ut_page_text(
        p, "What happens in a call leaves the program as CloudEvents 1.0, one JSON object per line: `undertone live "
           "--json`, `undertone replay --json`, and the same objects in stores, at a webhook and on the floor. "
           "A member may be added to a type; one that is there keeps its name, type and meaning until the type's "
           "version, the number at its end, changes. Nothing in an event holds sound or words of a call.\n\n"
           "The JSON Schema of every type, with an example of each, is events.schema.json.");
    ut_page_heading(p, "MEMBERS");
    ut_page_row(p, "session", "what tells the call from all others; of a recording, made from its sound");
    ut_page_row(p, "id",
                "the session and the number of the event in it: the same event has the same id wherever it is");
    ut_page_row(p, "sequence",
                "of events that may not be lost: ten digits, from 0000000001, without gaps within the session");
    ut_page_row(p, "time", "when it happened: the call's start and the time in the call");
    ut_page_row(p, "data", "what happened; times within the call in milliseconds from its start");
    ut_page_heading(p, "TYPES");
    for (int i = 0; i < UT_EVENT_TYPES; i++) {
        const char *title = ut_event_title(ut_event_type_name((enum ut_event_type)i));
        snprintf(word, sizeof word, "%s", ut_event_type_name((enum ut_event_type)i));
        char text[TEXT];
        snprintf(text, sizeof text, "%s.%s", title,
                 ut_event_type_counted((enum ut_event_type)i) ? "" : " Without a sequence number: it may be lost.");
        ut_page_row(p, word, text);
    }
}

static void write_cue(struct ut_page *p, const struct ut_config *c, enum ut_cue cue)
{
    const struct ut_cue_words words = ut_catalogue_cue(UT_ENGLISH, cue, NULL);
    const struct ut_cue_info *info = &ut_cue_info[cue];
    char rule[320], closes[320], text[320];
    ut_catalogue_fill(rule, sizeof rule, words.rule, UT_ENGLISH, cue, c, NULL);
    ut_catalogue_fill(closes, sizeof closes, words.closes, UT_ENGLISH, cue, c, NULL);
    ut_catalogue_fill(text, sizeof text, words.text, UT_ENGLISH, cue, c, NULL);
    enum ut_param first = ut_cue_param(cue);
    ut_page_subheading(p, info->name);
    char about[160];
    snprintf(about, sizeof about, "%s; about: %s; severity: %s",
             ut_param_choice(first, c->value[first + UT_COMMON_SHOW]), info->role, info->severity);
    ut_page_row(p, "shown", about);
    char read[TEXT];
    snprintf(read, sizeof read, "%s. %s", words.title, text);
    ut_page_row(p, "reads", read);
    ut_page_row(p, "opens", rule);
    ut_page_row(p, "closes", closes);
}

static void write_cues(struct ut_page *p)
{
    static struct ut_config config;
    ut_config_defaults(&config);
    ut_page_heading(p, "DESCRIPTION");
    ut_page_text(
        p, "A cue is one hint to the agent, with its reason. It opens when its condition has held for its hold time, "
           "and closes when that has ended for its release time; then it rests for its refractory time. Of the cues "
           "that pop up one is seen at a time, the one of highest priority; they stand here in that order. Gauges "
           "and arrows never pop up.\n\n"
           "The numbers here are the defaults. `undertone cues` prints those in force, `undertone cues --explain` "
           "these words with them; undertone.ini(5) says how to change them.");
    ut_page_heading(p, "CUES");
    for (int i = 0; i < UT_CUES; i++)
        write_cue(p, &config, (enum ut_cue)i);
}

const struct ut_topic ut_topics[] = {
    {"ini", "undertone.ini", 5, "settings of undertone", write_ini},
    {"events", "undertone-events", 7, "what undertone says of a call, as CloudEvents", write_events},
    {"cue-list", "undertone-cues", 7, "the cues of undertone, and when each opens and closes", write_cues},
    {NULL, NULL, 0, NULL, NULL},
};

const struct ut_topic *ut_topic_find(const char *name)
{
    const struct ut_topic *t = ut_topics;
    while (t->name != NULL && strcmp(t->name, name) != 0 && strcmp(t->title, name) != 0)
        t++;
    return t->name != NULL ? t : NULL;
}

/* The others, by the name that `man` knows. */
static void write_see_also(struct ut_page *p, const struct ut_topic *self)
{
    char text[TEXT];
    int at = snprintf(text, sizeof text, "undertone(1)");
    for (const struct ut_topic *t = ut_topics; t->name != NULL; t++)
        if (t != self)
            at += snprintf(text + at, sizeof text - (size_t)at, ", %s(%d)", t->title, t->section);
    ut_page_heading(p, "SEE ALSO");
    ut_page_text(p, text);
}

void ut_topic_print(const struct ut_topic *t, bool man, const char *version, FILE *out)
{
    struct ut_page p = {.out = out, .man = man};
    ut_page_open(&p, t->title, t->section, t->purpose, version);
    t->write(&p);
    write_see_also(&p, t);
}
