/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone pack`: cue packs, judged, installed and removed. */
#include "host-tools/settings/pack.h"

#include "host-tools/commands/commands.h"
#include "host-tools/cues/catalogue.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct choices {
    bool everyone;
};

static const struct ut_option options[] = {
    {.help = "What to do:"},
    {.argument = "check FILE", .help = "print its card, and whether it can be installed"},
    {.argument = "install FILE", .help = "the same, then have it in force; it takes the place of another"},
    {.argument = "remove FILE|NAME", .help = "have it in force no more"},
    {.help = "For whom:"},
    {"everyone", NULL, "for all users of this machine, in /etc/undertone (default: for this user)", ut_option_flag,
     .place = offsetof(struct choices, everyone)},
    UT_OPTION_HELP,
    {0},
};

static void print_card(const struct ut_pack *p, enum ut_language language)
{
    const char *purpose = p->purpose[language][0] != '\0' ? p->purpose[language] : p->purpose[UT_ENGLISH];
    printf("%s: %s\n  by %s, %s; sha256 %s\n  %d numbers, %d words\n", p->name, purpose, p->author, p->license, p->own,
           p->numbers, p->words);
    for (int i = 0; i < UT_CUES; i++)
        if (p->measured[i].n > 0)
            printf("  %s: precision %.2f, recall %.2f, n %d\n", ut_cue_info[i].name, p->measured[i].precision,
                   p->measured[i].recall, p->measured[i].n);
    printf("  measured by: %s\n", p->measured_by);
}

/* Over the defaults: a check is of the pack alone. 0, or -1 and *fault. */
static int read_pack(struct ut_pack *p, const char *file, struct ut_fault *fault)
{
    static struct ut_config own;
    ut_config_defaults(&own);
    return ut_pack_read(p, &own, file, fault);
}

/* Beside what this machine sets: that live begins with both. 0, or -1 and *fault. */
static int fits(const struct choices *c, struct ut_pack *p, const char *file, struct ut_fault *fault)
{
    static struct ut_config own;
    char other[UT_CONFIG_PATH_BYTES];
    ut_pack_place(!c->everyone, other);
    if (ut_config_load(&own, NULL, fault) != 0)
        return -1;
    return ut_pack_try(p, &own, file, c->everyone ? NULL : other, c->everyone ? other : NULL, fault);
}

static int install(const struct choices *c, const struct ut_pack *p, struct ut_fault *fault)
{
    struct ut_output o;
    char path[UT_CONFIG_PATH_BYTES];
    ut_pack_place(c->everyone, path);
    ut_output_make_folders(path);
    if (ut_output_open(&o, path, fault) != 0)
        return -1;
    (void)fwrite(p->bytes, 1, p->size, o.file);
    (void)fchmod(fileno(o.file), 0644);
    if (ut_output_commit(&o, fault) != 0)
        return -1;
    printf("in force from the next start of live or replay on: %s\n", path);
    return 0;
}

static int take_away(const struct choices *c, const char *which, struct ut_fault *fault)
{
    static struct ut_pack there, named;
    struct ut_fault ignored = {0};
    char path[UT_CONFIG_PATH_BYTES];
    ut_pack_place(c->everyone, path);
    const char *name = read_pack(&named, which, &ignored) == 0 ? named.name : which;
    if (access(path, F_OK) != 0)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: no pack is installed there", path);
    bool readable = read_pack(&there, path, &ignored) == 0; /* one that is not ends every start, whatever its name is */
    if (readable && strcmp(there.name, name) != 0)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s is not installed; %s is", name, there.name);
    if (unlink(path) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: %s", path, strerror(errno));
    printf("%s is not in force any more\n", readable ? name : path);
    return 0;
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices c = {0};
    struct ut_fault fault = {0}, closed = {0};
    static struct ut_pack p;
    int words = ut_options_take(&ut_command_pack, argc, argv, &c, &fault);
    if (words < 0)
        return ut_fault_print(&fault);
    bool checks = words == 2 && strcmp(argv[0], "check") == 0, installs = words == 2 && strcmp(argv[0], "install") == 0;
    if (words != 2 || (!checks && !installs && strcmp(argv[0], "remove") != 0)) {
        (void)ut_options_refuse(&ut_command_pack, &fault, "check, install or remove, and one file?");
        return ut_fault_print(&fault);
    }
    int r = checks || installs ? read_pack(&p, argv[1], &fault) : take_away(&c, argv[1], &fault);
    if (r == 0 && installs)
        r = fits(&c, &p, argv[1], &fault);
    if (r == 0 && (checks || installs))
        print_card(&p, ut_catalogue_language(config));
    if (r == 0 && installs)
        r = install(&c, &p, &fault);
    if (ut_output_flush(&closed) != 0 && r == 0)
        fault = closed;
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone pack install /usr/share/undertone/packs/calm.ini", "Fewer pop-ups, by a pack that ships:"},
    {NULL, NULL},
};

const struct ut_command ut_command_pack = {
    .name = "pack",
    .purpose = "cue packs: a site's numbers and words for cues, from a file that can be shared",
    .usage = "check FILE\ninstall FILE [--everyone]\nremove FILE|NAME [--everyone]",
    .about = "A cue pack is one file in the form of a config: numbers of cues, what agents read in languages, and a "
             "card that says what it is for, what was measured with it, whose it is and its sha256. Settings of this "
             "machine come after it. What it may not set, and numbers that break the laws of the cues, alone or with "
             "what this machine sets, are refused.",
    .options = options,
    .operands = "FILE",
    .exit_codes = "0 done, 1 failure, 2 usage, 10 no such pack is installed, 17 unreadable, 18 a fault of the pack.",
    .any_config = true,
    .examples = examples,
    .run = run,
};
