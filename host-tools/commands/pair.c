/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone pair`: makes a headset and this machine trust each other, with a code that a person compares. */
#include "host-tools/commands/commands.h"
#include "host-tools/sources/bluez_pair.h"
#include "host-tools/system/fault.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/stop.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct choices {
    double seconds;
};

static const struct ut_option options[] = {
    {"seconds", "N", "listen at most this long for the headset (default 10)", ut_option_number,
     .place = offsetof(struct choices, seconds), .low = 0, .high = 3600},
    UT_OPTION_HELP,
    {0},
};

enum { PAIR_MS = 60000 };

/* What stands on the next line of standard input, without its end; 0, or -1 at the end of the input. */
static int answer(char *line, size_t size)
{
    (void)fflush(stdout);
    if (fgets(line, (int)size, stdin) == NULL)
        return -1;
    line[strcspn(line, "\r\n")] = '\0';
    return 0;
}

static int yes(void)
{
    char line[16];
    return answer(line, sizeof line) == 0 && (strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0);
}

static int confirm(void *ctx, uint32_t code)
{
    (void)ctx;
    (void)printf("The headset shows %06" PRIu32 "? [y/N] ", code);
    return yes();
}

static int blind(void *ctx)
{
    (void)ctx;
    (void)printf("There is no code to compare; go on only if the headset has no display. Pair? [y/N] ");
    return yes();
}

static long passkey(void *ctx)
{
    (void)ctx;
    char line[32];
    for (;;) {
        (void)printf("Code that the headset shows (six digits, empty: give up): ");
        if (answer(line, sizeof line) != 0 || line[0] == '\0')
            return -1;
        if (strlen(line) == 6 && strspn(line, "0123456789") == 6)
            return strtol(line, NULL, 10);
        (void)printf("Not six digits.\n");
    }
}

static void show(void *ctx, uint32_t code)
{
    (void)ctx;
    (void)printf("Type this code on the headset: %06" PRIu32 "\n", code);
    (void)fflush(stdout);
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    (void)config;
    static const struct ut_bluez_person person = {confirm, blind, passkey, show, NULL};
    struct choices chosen = {.seconds = 10};
    struct ut_fault fault = {0};
    struct ut_bluez_device d;
    struct ut_bluez *b;
    int words = ut_options_take(&ut_command_pair, argc, argv, &chosen, &fault);
    if (words > 1)
        (void)ut_options_refuse(&ut_command_pair, &fault, "%s: one headset at a time", argv[1]);
    if (words < 0 || words > 1)
        return ut_fault_print(&fault);
    if (ut_stop_watch(&fault) != 0 || ut_bluez_open(&b, ut_stop_flag(), &fault) != 0)
        return ut_fault_print(&fault);
    int r = ut_bluez_find(b, argv[0], (int)(chosen.seconds * 1000), &d, &fault);
    if (r == 0) {
        if (!d.paired) {
            (void)printf("Pairing with %s (%s); when its light blinks slowly, hold its button for 3 s\n", d.name,
                         d.address);
            (void)fflush(stdout);
        }
        r = ut_bluez_pair(b, &d, &person, PAIR_MS, &fault);
    }
    ut_bluez_close(b);
    if (r != 0)
        return ut_fault_print(&fault);
    (void)printf("%s (%s) is paired%s; show its call with `undertone live --ble %s`\n", d.name, d.address,
                 d.paired ? " already" : "", d.address);
    (void)ut_output_flush(&fault);
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone pair", "The only headset within reach:"},
    {NULL, NULL},
};

const struct ut_command ut_command_pair = {
    .name = "pair",
    .purpose = "a headset by Bluetooth, so that this machine may receive its scores",
    .usage = "[ADDRESS|NAME] [--seconds N]",
    .about = "Pairs a headset by Bluetooth Low Energy, which has to be in pairing mode: hold its button for 3 s, its "
             "light then blinks fast. Depending on the headset it shows a six-digit code to compare, or one to type "
             "here; one without a display asks with its light, and its button held for 3 s says yes. Only paired "
             "machines receive its scores. Without a name: the only headset within reach.",
    .options = options,
    .operands = "NAME",
    .exit_codes = "0 paired, 1 failure, 2 usage, 3 no adapter, bluetoothd or headset, 6 refused: another code, or "
                  "nobody said yes.",
    .examples = examples,
    .run = run,
};
