/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone audit`: whether a record of what was decided is as it was written. */
#include "host-tools/commands/commands.h"
#include "host-tools/commands/note_key.h"
#include "host-tools/sinks/audit_chain.h"
#include "host-tools/sinks/checkpoint.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/text_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct choices {
    int64_t head_n; /* 0 = not said */
    const char *head;
    const char *key, *checkpoint;
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
    {.argument = "make-key",
     .help = "make FILE with a key that signs checkpoints, and say what verifies them; NAME is in each"},
    {.help = "How:"},
    {"head", "N:HASH",
     "that record must be there with that hash: as verify printed it before, and it was kept elsewhere", take_head,
     .place = 0},
    {"key", "NAME+HASH+KEY", "the records must be those of FILE.checkpoint, which this key has signed", ut_option_text,
     .place = offsetof(struct choices, key)},
    {"checkpoint", "FILE", "the checkpoint to use instead: one that was kept elsewhere", ut_option_text,
     .place = offsetof(struct choices, checkpoint)},
    UT_OPTION_HELP,
    {0},
};

/* What is signed. 0, or -1 and *fault. */
static int read_checkpoint(const struct choices *c, const char *file, struct ut_checkpoint *p, struct ut_fault *fault)
{
    struct ut_note_verifier v;
    char beside[4096];
    (void)snprintf(beside, sizeof beside, "%.4000s.checkpoint", file);
    const char *path = c->checkpoint != NULL ? c->checkpoint : beside;
    if (ut_note_verifier_parse(&v, c->key) != 0)
        return ut_fault_set(fault, UT_EXIT_USAGE, "--key: is no NAME+HASH+KEY; give the line that make-key printed");
    char *note = ut_text_file_read(path, "a checkpoint", fault);
    if (note == NULL)
        return -1;
    int r = ut_checkpoint_parse(p, &v, note, strlen(note));
    free(note);
    if (r != 0)
        return ut_fault_set(fault, UT_EXIT_AUDIT, "%s: is no checkpoint that %s has signed; find out who changed it",
                            path, v.name);
    return 0;
}

/* 0, or -1 and *fault. */
static int compare(const struct ut_audit_chain *chain, const struct ut_checkpoint *p, struct ut_fault *fault)
{
    if (chain->n < p->n)
        return ut_fault_set(fault, UT_EXIT_AUDIT,
                            "%s: ends after %" PRId64 " records and had %" PRId64
                            " when it was signed; find out who cut it",
                            chain->path, chain->n, p->n);
    if (p->n > 0 && memcmp(chain->known_root, p->root, sizeof p->root) != 0)
        return ut_fault_set(fault, UT_EXIT_AUDIT,
                            "%s: its first %" PRId64
                            " records are others than those that were signed; find out who changed "
                            "them",
                            chain->path, p->n);
    return 0;
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct ut_checkpoint known = {0};
    struct choices c = {.head = ""};
    struct ut_fault fault = {0};
    struct ut_audit_chain chain;
    (void)config;
    int words = ut_options_take(&ut_command_audit, argc, argv, &c, &fault);
    if (words == 3 && strcmp(argv[0], "make-key") == 0) {
        (void)ut_note_key_make(&ut_command_audit, argv[1], argv[2], &fault);
        return ut_fault_print(&fault);
    }
    if (words >= 0 && (words != 2 || strcmp(argv[0], "verify") != 0))
        words = ut_options_refuse(&ut_command_audit, &fault, "give verify and one file");
    else if (words >= 0 && c.checkpoint != NULL && c.key == NULL)
        words = ut_options_refuse(&ut_command_audit, &fault, "--checkpoint goes with --key");
    if (words < 0 || (c.key != NULL && read_checkpoint(&c, argv[1], &known, &fault) != 0))
        return ut_fault_print(&fault);
    ut_audit_chain_init(&chain, argv[1]);
    chain.known_n = known.n;
    if (ut_audit_chain_verify(&chain, c.head_n, c.head, &fault) == 0 && compare(&chain, &known, &fault) == 0) {
        printf("%" PRId64 ":%s\n", chain.n, chain.last);
        if (chain.cut[0] != '\0')
            ut_note("%s: its last line was cut short, as by a kill; whoever adds to it next says so", argv[1]);
        (void)ut_output_flush(&fault);
    }
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone audit make-key audit.key floor.example", "A key that signs the record's checkpoints:"},
    {"undertone audit verify call.audit", "Whether a record is as it was written:"},
    {NULL, NULL},
};

const struct ut_command ut_command_audit = {
    .name = "audit",
    .purpose = "whether the record of what was shown and decided is as it was written",
    .usage = "verify FILE [--head N:HASH] [--key NAME+HASH+KEY]\nmake-key FILE NAME",
    .about =
        "live --audit FILE adds a line for all that was shown, kept from the screen, disclosed and flagged; each "
        "holds the hash of the line before. A line that was changed, taken out or put in shows. Lines cut from the "
        "end, or a file written anew, show to who has kept an earlier N:HASH, or a checkpoint, which is signed by a "
        "key.",
    .options = options,
    .operands = "FILE",
    .exit_codes = "0 as it was written, 1 cannot be read, 2 usage, 5 changed, 10 no such file.",
    .any_config = 1,
    .examples = examples,
    .run = run,
};
