/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/pair.h"

#include "host-tools/sources/bluez_pair.h"
#include "host-tools/system/fault.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char HELP[] =
    "usage: undertone pair [ADDRESS|NAME] [--seconds N]\n"
    "\n"
    "Pairs a headset by Bluetooth Low Energy. Depending on the headset it shows a six-digit code to compare, or one\n"
    "to type here; one without a display asks with its light, and a press of its button says yes. Only paired\n"
    "machines receive its scores. Without a name: the only headset within reach.\n"
    "\n"
    "  --seconds N   listen at most this long for the headset (default 10)\n"
    "  --help        this text\n"
    "\n"
    "Exit codes: 0 paired, 2 usage, 3 no adapter, bluetoothd or headset, 6 refused: another code, or\n"
    "nobody said yes.\n";

enum { PAIR_MS = 60000 };

static atomic_int stop;

static void on_signal(int number)
{
    (void)number;
    atomic_store(&stop, 1);
}

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

int ut_pair_main(int argc, char **argv)
{
    static const struct option options[] = {
        {"seconds", required_argument, NULL, 's'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    static const struct ut_bluez_person person = {confirm, blind, passkey, show, NULL};
    struct ut_fault fault = {0};
    struct ut_bluez_device d;
    struct ut_bluez *b;
    double seconds = 10;
    char *end;
    int c;
    optind = 1;
    opterr = 0;
    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (c == 'h') {
            (void)fputs(HELP, stdout);
            return UT_EXIT_OK;
        }
        seconds = c == 's' ? strtod(optarg, &end) : -1;
        if (c != 's' || end == optarg || *end != '\0' || !(seconds >= 0 && seconds <= 3600)) {
            (void)ut_fault_set(&fault, UT_EXIT_USAGE,
                               "%s: not an option here, or no time from 0 to 3600; see `undertone "
                               "pair --help`",
                               argv[optind - 1]);
            return ut_fault_print(&fault);
        }
    }
    const char *who = argv[optind];
    if (who != NULL && argv[optind + 1] != NULL) {
        (void)ut_fault_set(&fault, UT_EXIT_USAGE, "%s: one headset at a time", argv[optind + 1]);
        return ut_fault_print(&fault);
    }
    struct sigaction a = {.sa_handler = on_signal};
    (void)sigaction(SIGINT, &a, NULL);
    (void)sigaction(SIGTERM, &a, NULL);
    if (ut_bluez_open(&b, &stop, &fault) != 0)
        return ut_fault_print(&fault);
    int r = ut_bluez_find(b, who, (int)(seconds * 1000), &d, &fault);
    if (r == 0) {
        if (!d.paired) {
            (void)printf("Pairing with %s (%s); when its light asks, press its button\n", d.name, d.address);
            (void)fflush(stdout);
        }
        r = ut_bluez_pair(b, &d, &person, PAIR_MS, &fault);
    }
    ut_bluez_close(b);
    if (r != 0)
        return ut_fault_print(&fault);
    (void)printf("%s (%s) is paired%s; show its call with `undertone live --ble %s`\n", d.name, d.address,
                 d.paired ? " already" : "", d.address);
    return UT_EXIT_OK;
}
