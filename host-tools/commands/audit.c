/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone audit`: whether a record of what was decided is as it was written. */
#include "host-tools/commands/commands.h"
#include "host-tools/sinks/audit_chain.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct choices {
    int64_t head_n; /* 0 = not said */
    const char *head;
};

static int take_head(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    struct choices *c = place;
    char *end;
    c->head_n = strtoll(text, &end, 10);
    c->head = end + 1;
    if (*end == ':' && c->head_n > 0 && strlen(c->head) == UT_DIGEST_TEXT - 1 &&
        strspn(c->head, "0123456789abcdef") == UT_DIGEST_TEXT - 1)
        return 0;
    return ut_fault_set(fault, UT_EXIT_USAGE, "--%s %.100s: give N:HASH as verify prints them", o->name, text);
}

static const struct ut_option options[] = {
    {.help = "What to do:"},
    {.argument = "verify", .help = "read FILE and say how many records it holds, and the last one's hash"},
    {.help = "How:"},
    {"head", "N:HASH",
     "that record must be there with that hash: as verify printed it before, and it was kept elsewhere", take_head,
     .place = 0},
    UT_OPTION_HELP,
    {0},
};

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices c = {.head = ""};
    struct ut_fault fault = {0};
    struct ut_audit_chain chain;
    (void)config;
    int words = ut_options_take(&ut_command_audit, argc, argv, &c, &fault);
    if (words >= 0 && (words != 2 || strcmp(argv[0], "verify") != 0))
        words = ut_options_refuse(&ut_command_audit, &fault, "give verify and one file");
    if (words < 0)
        return ut_fault_print(&fault);
    ut_audit_chain_init(&chain, argv[1]);
    if (ut_audit_chain_verify(&chain, c.head_n, c.head, &fault) == 0) {
        printf("%" PRId64 ":%s\n", chain.n, chain.last);
        if (chain.cut[0] != '\0')
            ut_note("%s: its last line was cut short, as by a kill; whoever adds to it next says so", argv[1]);
        (void)ut_output_flush(&fault);
    }
    return ut_fault_print(&fault);
}

const struct ut_command ut_command_audit = {
    .name = "audit",
    .purpose = "whether the record of what was shown and decided is as it was written",
    .usage = "verify FILE [--head N:HASH]",
    .about =
        "live --audit FILE adds a line for all that was shown, kept from the screen, disclosed and flagged; each "
        "holds the hash of the line before. A line that was changed, taken out or put in shows. Lines cut from the "
        "end, or a file written anew, show to who has kept an earlier N:HASH.",
    .options = options,
    .operands = "FILE",
    .exit_codes = "0 as it was written, 1 cannot be read, 2 usage, 5 changed, 10 no such file.",
    .any_config = 1,
    .run = run,
};
