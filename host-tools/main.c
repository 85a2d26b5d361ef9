/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone`: one program, one file per subcommand. */
#include "dsp/features.h"
#include "firmware/call.h"
#include "host-tools/commands/cues.h"
#include "host-tools/commands/device.h"
#include "host-tools/commands/devices.h"
#include "host-tools/commands/doctor.h"
#include "host-tools/commands/eval.h"
#include "host-tools/commands/features.h"
#include "host-tools/commands/flash.h"
#include "host-tools/commands/live.h"
#include "host-tools/commands/pair.h"
#include "host-tools/commands/replay.h"
#include "host-tools/commands/tune.h"
#include "host-tools/settings/config.h"
#include "models/model.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *purpose;
} command[] = {
    {"live", ut_live_main, "cues of a call in progress: headset, emulated headset or microphone"},
    {"replay", ut_replay_main, "the same for recorded calls, as fast as it goes"},
    {"features", ut_features_main, "the rows behind the scores, as CSV"},
    {"eval", ut_eval_main, "the classifier's figures on labelled clips"},
    {"tune", ut_tune_main, "labelled calls under many settings: which threshold finds most and cries wolf least"},
    {"cues", ut_cues_main, "every cue and every threshold in force"},
    {"config", ut_config_main, "every setting and where it comes from"},
    {"pair", ut_pair_main, "a headset by Bluetooth, so that this machine may receive its scores"},
    {"flash", ut_flash_main, "a firmware image onto one board or many"},
    {"device", ut_device_main, "settings of one headset, and what its firmware is"},
    {"devices", ut_devices_main, "headsets and audio inputs within reach"},
    {"doctor", ut_doctor_main, "checks the set-up and says what to do"},
};

enum { COMMANDS = sizeof command / sizeof command[0] };

static void print_help(FILE *out)
{
    fputs("usage: undertone COMMAND [options]\n\nLive cues for phone agents from the sound of a call. Commands:\n",
          out);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-9s %s\n", command[i].name, command[i].purpose);
    fputs("\nEverywhere: --config FILE reads that file instead of /etc/undertone/undertone.ini and\n"
          "$XDG_CONFIG_HOME/undertone/undertone.ini; UNDERTONE_<SECTION>_<KEY> in the environment overrides both.\n"
          "--help after a command explains it; --version prints versions. NO_COLOR is respected.\n"
          "\nExit codes: 0 done, 1 failure, 2 usage, 3 no such device or port, 4 protocol, 5 audit mismatch,\n"
          "6 refused by policy; input: 10 missing or unreadable file, 11 not audio, 12 empty, 13 truncated or\n"
          "damaged, 14 channel choice, 15 sample values, 16 sampling rate, 17 config file unreadable, 18 unknown\n"
          "config key or bad value, 19 model of another features version, 20 index without the columns needed,\n"
          "21 label that names no cue, 22 labels that overlap, 23 label past the end of its call; flashing:\n"
          "24 image not one for this board, or damaged, 25 chip locked, 26 another chip, 27 writing or comparing\n"
          "failed, 28 no hello, or another one; 29 no model file that this program can run.\n",
          out);
}

static void print_version(void)
{
    printf("undertone %d.%d.%d, features %d, model %s (%08x)\n", UT_CALL_FW_MAJOR, UT_CALL_FW_MINOR, UT_CALL_FW_PATCH,
           UT_FEATURES_VERSION, ut_model_default.id, (unsigned)ut_model_default.crc32);
}

/* Takes --config FILE and --config=FILE out of argv, wherever they stand before "--". 0, or -1 when FILE is missing. */
static int take_config(int *argc, char **argv, const char **file)
{
    int kept = 1;
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            while (i < *argc)
                argv[kept++] = argv[i++];
        } else if (strcmp(argv[i], "--config") == 0) {
            if (i + 1 == *argc)
                return -1;
            *file = argv[++i];
        } else if (strncmp(argv[i], "--config=", 9) == 0) {
            *file = argv[i] + 9;
        } else {
            argv[kept++] = argv[i];
        }
    }
    argv[kept] = NULL;
    *argc = kept;
    return 0;
}

int main(int argc, char **argv)
{
    static struct ut_config config;
    static char name[] = "undertone";
    struct ut_fault fault = {0};
    const char *file = NULL;
    signal(SIGPIPE, SIG_IGN);
    if (take_config(&argc, argv, &file) != 0) {
        ut_note("--config needs a file");
        return UT_EXIT_USAGE;
    }
    if (argc < 2) {
        print_help(stderr);
        return UT_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return UT_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        print_version();
        return UT_EXIT_OK;
    }
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], command[i].name) != 0)
            continue;
        /* doctor reports a broken config itself: it must run with one */
        if (ut_config_load(&config, file, &fault) != 0) {
            if (command[i].run != ut_doctor_main)
                return ut_fault_print(&fault);
            ut_config_defaults(&config);
        }
        ut_doctor_config(file);
        ut_config_use(&config);
        argv[1] = argv[0] = name; /* getopt's messages open with it */
        return command[i].run(argc - 1, argv + 1);
    }
    ut_note("%s: no such command; see `undertone --help`", argv[1]);
    return UT_EXIT_USAGE;
}
