/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone`: one program, one file per subcommand. */
#include "dsp/features.h"
#include "firmware/version.h"
#include "host-tools/commands/commands.h"
#include "host-tools/settings/model_use.h"
#include "host-tools/settings/rollout_kept.h"
#include "host-tools/system/output.h"
#include "host-tools/system/usage.h"
#include "models/model.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static void print_version(void)
{
    printf("undertone " UT_VERSION ", features %d, model %s (%08x)\n%s\n", UT_FEATURES_VERSION, ut_model_default.id,
           (unsigned)ut_model_default.crc32, ut_model_use(ut_model_default.crc32));
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
    struct ut_fault fault = {0};
    const char *file = NULL;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file at its size limit shows as a failed write, as a full disk does */
    if (take_config(&argc, argv, &file) != 0) {
        ut_note("--config: needs a value, FILE; see `undertone --help`");
        return UT_EXIT_USAGE;
    }
    if (argc < 2) {
        ut_usage_print(&ut_undertone, stderr);
        return UT_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        ut_usage_print(&ut_undertone, stdout);
        (void)ut_output_flush(&fault);
        return ut_fault_print(&fault);
    }
    if (strcmp(argv[1], "--version") == 0) {
        print_version();
        (void)ut_output_flush(&fault);
        return ut_fault_print(&fault);
    }
    const struct ut_command *command = ut_command_find(argv[1]);
    if (command == NULL) {
        ut_note("%s: no such %s; see `undertone --help`", argv[1], argv[1][0] == '-' ? "option" : "command");
        return UT_EXIT_USAGE;
    }
    if (ut_rollout_kept_load(&config, file, &fault) != 0) {
        if (!command->any_config)
            return ut_fault_print(&fault);
        ut_config_defaults(&config);
        config.file = file;
    }
    return command->run(&config, argc - 2, argv + 2);
}
