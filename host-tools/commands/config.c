/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone config`: every setting as a config file. */
#include "host-tools/settings/config.h"
#include "host-tools/commands/commands.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct choices {
    bool origin;
};

static const struct ut_option options[] = {
    {"show-origin", NULL, "say where each setting comes from instead of what it means", ut_option_flag,
     .place = offsetof(struct choices, origin)},
    UT_OPTION_HELP,
    {0},
};

/* The number of one setting as a file has it, or the name of its choice. */
static void print_value(const struct ut_config *c, enum ut_param i)
{
    const char *name = ut_param_choice(i, c->value[i]);
    if (name != NULL)
        printf("%s = %s  ; ", ut_param_info[i].key, name);
    else
        printf("%s = %.9g  ; ", ut_param_info[i].key, c->value[i]); /* as ut_config_crc32 counts it */
}

static void print(const struct ut_config *c, bool origin)
{
    const char *section = "";
    for (int i = 0; i < UT_PARAMS; i++) {
        const struct ut_param_info *p = &ut_param_info[i];
        if (strcmp(section, p->section) != 0)
            printf("%s[%s]\n", i > 0 ? "\n" : "", p->section);
        section = p->section;
        print_value(c, (enum ut_param)i);
        if (origin)
            printf("%s\n", c->value_origin[i]);
        else
            printf("%s (%s)\n", p->meaning, p->choices != NULL ? p->choices : p->unit);
    }
    for (int i = 0; ut_text_info[i].section != NULL; i++) {
        const struct ut_text_info *t = &ut_text_info[i];
        if (strcmp(section, t->section) != 0)
            printf("\n[%s]\n", t->section);
        section = t->section;
        printf("%s = %s  ; %s\n", t->key, c->text[i], origin ? c->text_origin[i] : t->meaning);
    }
    for (int i = 0; i < c->actions; i++) {
        printf("\n[action.%s]\n", c->action[i].name);
        for (int k = 0; k < UT_ACTION_KEYS; k++)
            printf("%s = %s  ; %s\n", ut_action_key_info[k].key, c->action[i].value[k],
                   origin ? c->action[i].origin : ut_action_key_info[k].meaning);
    }
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices chosen = {0};
    struct ut_fault fault = {0};
    if (ut_options_take(&ut_command_config, argc, argv, &chosen, &fault) < 0)
        return ut_fault_print(&fault);
    print(config, chosen.origin);
    (void)ut_output_flush(&fault);
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone config --show-origin", "Where each setting comes from:"},
    {NULL, NULL},
};

const struct ut_command ut_command_config = {
    .name = "config",
    .purpose = "every setting and where it comes from",
    .usage = "[--show-origin]",
    .about = "Prints every setting as a config file.",
    .options = options,
    .exit_codes = "0 done, 1 cannot write, 2 usage, 17 config file unreadable, 18 unknown key or bad value.",
    .examples = examples,
    .run = run,
};
