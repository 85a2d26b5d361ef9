/* SPDX-License-Identifier: Apache-2.0 */
/* Through which tool and which debug probe a board is reached.
 *
 * in    a board of the table; the tool and the probe that were asked for, if any; what is installed and plugged in
 * out   the tool, and its probes
 * errors UT_EXIT_NO_DEVICE no tool, no probe, or not the one asked for
 */
#ifndef UT_HOST_PROBE_CHOICE_H
#define UT_HOST_PROBE_CHOICE_H

#include "host-tools/headset/flash_tool.h"
#include "host-tools/headset/usb_probes.h"
#include "host-tools/system/fault.h"
#include "host-tools/system/options.h"

enum { UT_PROBE_NAMES = 400 };

/* The first tool that is installed and for whose kind of probe there is one, of all or `asked` (-1 = any). How many
 * probes of it p then has: one where its serial number was asked for (NULL = any); or -1 and *fault. */
int ut_probe_choose(const struct ut_flash_board *board, int asked, const char *serial, enum ut_flash_tool *tool,
                    struct ut_probe p[UT_PROBES_MAX], struct ut_fault *fault);

/* --tool T of a command's table, into an int: -1 = none was asked for. */
int ut_probe_take_tool(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault);
#define UT_PROBE_OPTION_TOOL(place_)                                                                                   \
    {"tool", "T", "openocd, st-flash or dfu-util; default: the first of these installed that fits a probe",            \
     ut_probe_take_tool, .place = (place_)},                                                                           \
        {.argument = "openocd"}, {.argument = "st-flash"},                                                             \
    {                                                                                                                  \
        .argument = "dfu-util"                                                                                         \
    }

/* As a tool is to be told of the only probe: without its serial number unless that was asked for, since those of some
 * old probes are not text. */
struct ut_probe ut_probe_to_name(const struct ut_probe *p, const char *asked);

/* For people: one's serial number; those of several, as far as there is room, in text. */
const char *ut_probe_serial(const struct ut_probe *p);
const char *ut_probe_names(const struct ut_probe *p, int n, char text[UT_PROBE_NAMES]);

#endif
