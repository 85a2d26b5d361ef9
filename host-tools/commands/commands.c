/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/commands.h"

#include <string.h>

static const struct ut_command *const commands[] = {
    &ut_command_live,      &ut_command_call,     &ut_command_replay,  &ut_command_features,
    &ut_command_eval,      &ut_command_label,    &ut_command_tune,    &ut_command_adapt,
    &ut_command_store,     &ut_command_calls,    &ut_command_effect,  &ut_command_customer,
    &ut_command_privacy,   &ut_command_action,   &ut_command_outbox,  &ut_command_audit,
    &ut_command_serve,     &ut_command_enrol,    &ut_command_rollout, &ut_command_cues,
    &ut_command_pack,      &ut_command_config,   &ut_command_pair,    &ut_command_flash,
    &ut_command_provision, &ut_command_update,   &ut_command_device,  &ut_command_devices,
    &ut_command_doctor,    &ut_command_simulate, &ut_command_help,    NULL,
};

/* main() takes these itself: they may stand anywhere. */
static const struct ut_option options[] = {
    {.help = "Everywhere:"},
    {"config", "FILE",
     "read this file instead of /etc/undertone/undertone.ini and $XDG_CONFIG_HOME/undertone/undertone.ini", NULL,
     .place = 0},
    {"version", NULL, "print versions", NULL, .place = 0},
    UT_OPTION_HELP,
    {.help =
         "UNDERTONE_<SECTION>_<KEY> in the environment overrides the config's files. NO_COLOR is respected.\n\n"
         "`undertone COMMAND --help` and `undertone help COMMAND` explain a command; `undertone help ini`, `events` "
         "and `cue-list` are undertone.ini(5), undertone-events(7) and undertone-cues(7)."},
    {0},
};

const struct ut_command ut_undertone = {
    .name = "",
    .purpose = "live cues for phone agents from the sound of a call",
    .usage = "COMMAND [options]",
    .about = "Live cues for phone agents from the sound of a call.",
    .options = options,
    .operands = "COMMAND",
    .exit_codes =
        "0 done, 1 failure, 2 usage, 3 no such device or port, or a port in use, 4 protocol, 5 a record of decisions "
        "that was changed, 6 refused by policy; "
        "input: 10 missing or unreadable file, 11 not audio, 12 empty, 13 truncated or damaged, 14 channel choice, "
        "15 sample values, 16 sampling rate, 17 config file unreadable, 18 unknown config key or bad value, 19 model "
        "of another features version, 20 index without the columns needed, 21 label that names no cue, 22 labels that "
        "overlap, 23 label past the end of its call; flashing: 24 image not one for this board, or damaged, 25 chip "
        "locked, 26 another chip, 27 writing or comparing failed, 28 no hello, or another one; 29 no model file that "
        "this program can run; 30 done, of a truncated recording; stores: 31 not a store, or damaged, 32 locked by "
        "another "
        "program, 33 made by a later program, 34 no space, 35 a session that it has with other events, 36 events that "
        "wait "
        "in the outbox; 37 a fault in a script of calls; 38 a certificate that has expired, or is none; updates: 39 a "
        "signer that the headset does not know, 40 linked for the slot that runs, 41 older than what the headset has "
        "kept, "
        "42 a call is on, 43 given up, the old firmware runs again, 44 what runs is on trial; 45 the server that keeps "
        "a store is not there; provisioning: 46 provisioned already, 47 no test image answers, 48 a test failed, 49 "
        "not "
        "locked; fleets: 39 a key that is not known, 50 a token that no desk has.",
    .commands = commands,
};

const struct ut_command *ut_command_find(const char *name)
{
    const struct ut_command *const *c = commands;
    while (*c != NULL && strcmp((*c)->name, name) != 0)
        c++;
    return *c;
}
