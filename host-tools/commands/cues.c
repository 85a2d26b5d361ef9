/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone cues`: the cue table as it is in force. */
#include "host-tools/commands/commands.h"
#include "host-tools/cues/catalogue.h"
#include "host-tools/settings/config.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct choices {
    bool json, explain;
};

static const struct ut_option options[] = {
    {"explain", NULL, "say in words when each cue opens and closes, and what the agent reads", ut_option_flag,
     .place = offsetof(struct choices, explain)},
    {"json", NULL, "one JSON object on one line: Cues by priority, and Other numbers", ut_option_flag,
     .place = offsetof(struct choices, json)},
    UT_OPTION_HELP,
    {0},
};

static void print_json(const struct ut_config *c)
{
    enum ut_language language = ut_catalogue_language_of_events(c);
    json_t *cues = json_array(), *other = json_array();
    for (int i = 0; i < UT_PARAMS; i++) {
        const struct ut_param_info *p = &ut_param_info[i];
        json_t *number = json_pack("{s:s, s:s, s:o, s:s, s:s, s:s}", "Section", p->section, "Key", p->key, "Value",
                                   ut_json_number(c->value[i], 6), "Unit", p->unit, "Origin", c->value_origin[i],
                                   "Meaning", p->meaning);
        json_array_append_new(ut_cue_find(p->section) < UT_CUES ? cues : other, number);
    }
    json_t *list = json_array();
    for (int cue = 0; cue < UT_CUES; cue++) {
        const struct ut_cue_info *info = &ut_cue_info[cue];
        json_t *numbers = json_array(), *number;
        size_t i;
        json_array_foreach(cues, i, number)
        {
            if (strcmp(json_string_value(json_object_get(number, "Section")), info->name) == 0)
                json_array_append(numbers, number);
        }
        const struct ut_cue_words words = ut_catalogue_cue(language, (enum ut_cue)cue, c);
        double show = c->value[ut_cue_param((enum ut_cue)cue)];
        char rule[320];
        ut_catalogue_fill(rule, sizeof rule, words.rule, language, (enum ut_cue)cue, c, NULL);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:o}", "Cue", info->name,
                                              "ParticipantRole", info->role, "Severity", info->severity, "Show",
                                              ut_param_choice(ut_cue_param((enum ut_cue)cue), show), "Title",
                                              words.title, "Text", words.text, "About", words.about, "Rule", rule,
                                              "Priority", cue + 1, "Thresholds", numbers));
    }
    json_decref(cues);
    json_t *all = json_pack("{s:o, s:o}", "Cues", list, "Other", other);
    ut_json_line(all);
}

static void print_table(const struct ut_config *c)
{
    const char *section = "";
    for (int i = 0; i < UT_PARAMS; i++) {
        const struct ut_param_info *p = &ut_param_info[i];
        const char *name = ut_param_choice((enum ut_param)i, c->value[i]);
        if (strcmp(section, p->section) != 0) {
            enum ut_cue cue = ut_cue_find(p->section);
            printf("%s%s", i > 0 ? "\n" : "", p->section);
            if (cue < UT_CUES)
                printf(" (about: %s; %s)", ut_cue_info[cue].role, ut_catalogue_cue(UT_ENGLISH, cue, c).about);
            putchar('\n');
            section = p->section;
        }
        printf("  %-13s ", p->key);
        if (name != NULL)
            printf("%8s %-11s", name, "");
        else
            printf("%8g %-11s", c->value[i], p->unit);
        printf("  %-8s  %s", c->value_origin[i], p->meaning);
        if (p->choices != NULL)
            printf(": %s", p->choices);
        putchar('\n');
    }
}

static void fill_and_print(const struct ut_config *c, enum ut_cue cue, const char *format)
{
    char text[320];
    enum ut_language language = ut_catalogue_language(c);
    ut_catalogue_fill(text, sizeof text, ut_catalogue_word(language, format), language, cue, c, NULL);
    fputs(text, stdout);
}

static void print_explanations(const struct ut_config *c)
{
    enum ut_language language = ut_catalogue_language(c);
    for (int i = 0; i < UT_CUES; i++) {
        enum ut_cue cue = (enum ut_cue)i;
        const struct ut_cue_info *info = &ut_cue_info[cue];
        const struct ut_cue_words words = ut_catalogue_cue(language, (enum ut_cue)cue, c);
        enum ut_param first = ut_cue_param(cue);
        const double *own = &c->value[first];
        printf("%s%2d  %s  (%s, %s: %s, %s: %s)\n", i > 0 ? "\n" : "", i + 1, info->name,
               ut_param_choice(first, own[UT_COMMON_SHOW]), ut_catalogue_word(language, "explain about"), info->role,
               ut_catalogue_word(language, "explain severity"), info->severity);
        printf("    %s %s. ", ut_catalogue_word(language, "explain reads"), words.title);
        fill_and_print(c, cue, words.text);
        printf("\n    %s ", ut_catalogue_word(language, "explain opens"));
        fill_and_print(c, cue, words.rule);
        printf("\n    %s ", ut_catalogue_word(language, "explain closes"));
        fill_and_print(c, cue, words.closes);
        if (own[UT_COMMON_RELEASE] > 0)
            fill_and_print(c, cue, "explain release");
        if (own[UT_COMMON_REFRACTORY] > 0)
            fill_and_print(c, cue, "explain refractory");
        putchar('\n');
    }
    putchar('\n');
    fill_and_print(c, UT_CUE_HELP, "explain display");
    putchar('\n');
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices chosen = {0};
    struct ut_fault fault = {0};
    if (ut_options_take(&ut_command_cues, argc, argv, &chosen, &fault) < 0)
        return ut_fault_print(&fault);
    if (chosen.json)
        print_json(config);
    else if (chosen.explain)
        print_explanations(config);
    else
        print_table(config);
    (void)ut_output_flush(&fault);
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone cues --explain", "When each cue opens and closes, in words:"},
    {NULL, NULL},
};

const struct ut_command ut_command_cues = {
    .name = "cues",
    .purpose = "every cue and every threshold in force",
    .usage = "[--explain] [--json]",
    .about =
        "Prints every cue and every number it depends on: value, unit, where it comes from. Numbers are changed in "
        "the config file: [cue] key = value.",
    .options = options,
    .exit_codes = "0 done, 1 cannot write, 2 usage, 17 and 18 faults of the config.",
    .examples = examples,
    .run = run,
};
