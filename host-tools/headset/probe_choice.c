/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/headset/probe_choice.h"

#include <stdio.h>
#include <string.h>

const char *ut_probe_serial(const struct ut_probe *p)
{
    return p->serial[0] != '\0' ? p->serial : "(no serial number)";
}

const char *ut_probe_names(const struct ut_probe *p, int n, char text[UT_PROBE_NAMES])
{
    text[0] = '\0';
    for (int i = 0; i < n; i++) {
        size_t used = strlen(text);
        (void)snprintf(text + used, UT_PROBE_NAMES - used, "%s%s", i > 0 ? ", " : "", ut_probe_serial(&p[i]));
    }
    return text;
}

struct ut_probe ut_probe_to_name(const struct ut_probe *p, const char *asked)
{
    struct ut_probe one = *p;
    if (asked == NULL)
        one.serial[0] = '\0';
    return one;
}

/* How many probes the first tool has that is installed and has any; -1 and *fault. */
static int choose_tool(const struct ut_flash_board *board, int asked, enum ut_flash_tool *found,
                       struct ut_probe p[UT_PROBES_MAX], struct ut_fault *fault)
{
    int installed = 0;
    for (int tool = 0; tool < UT_FLASH_TOOLS; tool++) {
        if ((asked >= 0 && asked != tool) || (board->tools >> tool & 1) == 0 ||
            !ut_program_exists(ut_flash_tool_name((enum ut_flash_tool)tool)))
            continue;
        installed = 1;
        *found = (enum ut_flash_tool)tool;
        int n = ut_probes_list(ut_probes_folder(), ut_flash_tool_probes(board, *found), p);
        if (n > 0)
            return n;
    }
    if (!installed && asked >= 0)
        return ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: %s; choose another --tool, or install it",
                            ut_flash_tool_name((enum ut_flash_tool)asked),
                            board->tools >> asked & 1 ? "not installed" : "cannot write this board");
    return ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: %s", board->folder,
                        ut_flash_advice(installed ? UT_FLASH_NO_PROBE : UT_FLASH_NO_TOOL));
}

int ut_probe_take_tool(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    int *tool = place;
    *tool = ut_flash_tool_named(text);
    return *tool >= 0 ? 0 : ut_fault_set(fault, UT_EXIT_USAGE, "--%s %s: openocd, st-flash or dfu-util", o->name, text);
}

int ut_probe_choose(const struct ut_flash_board *board, int asked, const char *serial, enum ut_flash_tool *tool,
                    struct ut_probe p[UT_PROBES_MAX], struct ut_fault *fault)
{
    char serials[UT_PROBE_NAMES];
    int n = choose_tool(board, asked, tool, p, fault);
    if (n < 0 || serial == NULL)
        return n;
    for (int i = 0; i < n; i++)
        if (strcmp(p[i].serial, serial) == 0) {
            p[0] = p[i];
            return 1;
        }
    return ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: no probe with this serial number; plugged in: %s", serial,
                        ut_probe_names(p, n, serials));
}
