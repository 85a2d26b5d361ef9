/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone` and its subcommands: a file for each, which declares what it takes and does. */
#ifndef UT_HOST_COMMANDS_H
#define UT_HOST_COMMANDS_H

#include "host-tools/system/command.h"

/* The program: its commands in the order of its help. */
extern const struct ut_command ut_undertone;

extern const struct ut_command ut_command_live, ut_command_call, ut_command_replay, ut_command_features,
    ut_command_eval, ut_command_label, ut_command_tune, ut_command_adapt, ut_command_store, ut_command_calls,
    ut_command_effect, ut_command_action, ut_command_customer, ut_command_privacy, ut_command_outbox, ut_command_audit,
    ut_command_serve, ut_command_enrol, ut_command_rollout, ut_command_cues, ut_command_pack, ut_command_config,
    ut_command_pair, ut_command_flash, ut_command_update, ut_command_device, ut_command_devices, ut_command_doctor,
    ut_command_provision, ut_command_simulate, ut_command_help;

/* The command of that name; NULL when there is none. */
const struct ut_command *ut_command_find(const char *name);

#endif
