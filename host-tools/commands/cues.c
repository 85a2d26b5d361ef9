/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone cues`: the cue table as it is in force. */
#include "host-tools/commands/cues.h"

#include "host-tools/cues/catalogue.h"
#include "host-tools/settings/config.h"
#include "host-tools/system/json.h"
#include "host-tools/system/output.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: undertone cues [--explain] [--json]\n"
                            "Prints every cue and every number it depends on: value, unit, where it comes from.\n"
                            "--explain says in words when each cue opens and closes, and what the agent reads.\n"
                            "--json prints one JSON object on one line: Cues by priority, and Other numbers.\n"
                            "Numbers are changed in the config file: [cue] key = value.\n"
                            "Exit codes: 0 done, 1 cannot write, 2 usage, 17 and 18 faults of the config.\n";

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
        const struct ut_cue_words *words = &ut_catalogue[language][cue];
        double show = c->value[ut_cue_param((enum ut_cue)cue)];
        char rule[320];
        ut_catalogue_fill(rule, sizeof rule, words->rule, language, (enum ut_cue)cue, c, NULL);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:o}", "Cue", info->name,
                                              "ParticipantRole", info->role, "Severity", info->severity, "Show",
                                              ut_param_choice(ut_cue_param((enum ut_cue)cue), show), "Title",
                                              words->title, "Text", words->text, "About", words->about, "Rule", rule,
                                              "Priority", cue + 1, "Thresholds", numbers));
    }
    json_decref(cues);
    json_t *all = json_pack("{s:o, s:o}", "Cues", list, "Other", other);
    ut_json_line(all);
}

static void print_table(const struct ut_config *c)
{
    const char *section = "";
    enum ut_language language = ut_catalogue_language(c);
    for (int i = 0; i < UT_PARAMS; i++) {
        const struct ut_param_info *p = &ut_param_info[i];
        const char *name = ut_param_choice((enum ut_param)i, c->value[i]);
        if (strcmp(section, p->section) != 0) {
            enum ut_cue cue = ut_cue_find(p->section);
            printf("%s%s", i > 0 ? "\n" : "", p->section);
            if (cue < UT_CUES)
                printf(" (about: %s; %s)", ut_cue_info[cue].role, ut_catalogue[language][cue].about);
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
        const struct ut_cue_words *words = &ut_catalogue[language][cue];
        enum ut_param first = ut_cue_param(cue);
        const double *own = &c->value[first];
        printf("%s%2d  %s  (%s, %s: %s, %s: %s)\n", i > 0 ? "\n" : "", i + 1, info->name,
               ut_param_choice(first, own[UT_COMMON_SHOW]), ut_catalogue_word(language, "explain about"), info->role,
               ut_catalogue_word(language, "explain severity"), info->severity);
        printf("    %s %s. ", ut_catalogue_word(language, "explain reads"), words->title);
        fill_and_print(c, cue, words->text);
        printf("\n    %s ", ut_catalogue_word(language, "explain opens"));
        fill_and_print(c, cue, words->rule);
        printf("\n    %s ", ut_catalogue_word(language, "explain closes"));
        fill_and_print(c, cue, words->closes);
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

int ut_cues_main(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"explain", no_argument, NULL, 'e'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct ut_fault fault = {0};
    bool json = false, explain = false;
    for (int o; (o = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        switch (o) {
        case 'j':
            json = true;
            break;
        case 'e':
            explain = true;
            break;
        case 'h':
            fputs(usage, stdout);
            return UT_EXIT_OK;
        default:
            return UT_EXIT_USAGE;
        }
    }
    if (optind < argc) {
        ut_note("cues takes no argument '%s'; see `undertone cues --help`", argv[optind]);
        return UT_EXIT_USAGE;
    }
    if (json)
        print_json(ut_config_current());
    else if (explain)
        print_explanations(ut_config_current());
    else
        print_table(ut_config_current());
    if (ut_output_flush(&fault) != 0)
        return fault.code == UT_EXIT_OK ? UT_EXIT_OK : ut_fault_print(&fault);
    return UT_EXIT_OK;
}
