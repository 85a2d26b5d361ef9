/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/command.h"

#include <string.h>

enum ut_entry ut_entry(const struct ut_option *o)
{
    if (o->name != NULL)
        return UT_ENTRY_OPTION;
    if (o->argument != NULL)
        return UT_ENTRY_WORD;
    return o->help != NULL ? UT_ENTRY_PARAGRAPH : UT_ENTRY_END;
}

const struct ut_option *ut_entry_owner(const struct ut_command *c, const struct ut_option *word)
{
    const struct ut_option *o = word;
    while (o > c->options && ut_entry(o) == UT_ENTRY_WORD)
        o--;
    return ut_entry(o) == UT_ENTRY_OPTION && o->argument != NULL ? o : NULL;
}

enum ut_argument ut_argument(const char *argument)
{
    static const struct {
        const char *begins;
        enum ut_argument kind;
    } kinds[] = {{"FILE", UT_ARGUMENT_FILE},
                 {"DEV", UT_ARGUMENT_FILE},
                 {"FOLDER", UT_ARGUMENT_FOLDER},
                 {"COMMAND", UT_ARGUMENT_COMMAND}};
    if (argument == NULL)
        return UT_ARGUMENT_OTHER;
    argument += argument[0] == '[';
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strncmp(argument, kinds[i].begins, strlen(kinds[i].begins)) == 0)
            return kinds[i].kind;
    return UT_ARGUMENT_OTHER;
}
