/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone rollout`: settings, cue packs and firmware to the desks of a site, ring by ring. */
#include "host-tools/commands/commands.h"
#include "host-tools/headset/release_file.h"
#include "host-tools/serve/rollouts.h"
#include "host-tools/settings/config.h"
#include "host-tools/settings/pack.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/postgres_address.h"
#include "host-tools/system/timestamp.h"
#include "host-tools/system/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    SHOWN = 20,
    REASON = 200,
    HOLD_MIN = 60, /* an hour holds calls of most desks */
    HOLD_MAX = 10080,
    PERCENT = UT_ROLLOUT_SHARE / 100
};

struct packs {
    const char *file[UT_ROLLOUT_FILES];
    int n;
};

struct choices {
    const char *store, *site, *key, *settings, *firmware, *rings;
    struct packs packs;
    int hold, number;
};

static int take_pack(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    struct packs *p = place;
    (void)o;
    if (p->n == UT_ROLLOUT_FILES)
        return ut_fault_set(fault, UT_EXIT_USAGE, "--pack: more than %d; give fewer", UT_ROLLOUT_FILES);
    p->file[p->n++] = text;
    return 0;
}

static const struct ut_option options[] = {
    {.help = "What to do:"},
    {.argument = "open", .help = "sign what is given, and open its first ring"},
    {.argument = "status", .help = "how the newest go"},
    {.argument = "stop NUMBER REASON",
     .help =
         "stop the newest one for good: desks that have it put back what there was before. A running serve is asked "
         "by HTTP as well: POST /v1/rollouts/NUMBER/stop"},
    {.help = "Of all:"},
    {"store", "FILE", "the ledger of serve, or its postgresql:// address (default: serve.store of the config file)",
     ut_option_text, .place = offsetof(struct choices, store)},
    {"site", "NAME", "the site (default: mqtt.site of the config file)", ut_identity_take,
     .place = offsetof(struct choices, site)},
    {.help = "Of open, which takes up to four files, at most one of settings and one of firmware:"},
    {"key", "FILE", "the fleet's key, of `undertone enrol make-key`; it is not needed to stop", ut_option_text,
     .place = offsetof(struct choices, key)},
    {"settings", "FILE.ini", "numbers, [session] policy and [calibration]", ut_option_text,
     .place = offsetof(struct choices, settings)},
    {"pack", "FILE", "a cue pack; may be given again", take_pack, .place = offsetof(struct choices, packs)},
    {"firmware", "FILE", "a signed release, which `undertone update` then takes at the desk", ut_option_text,
     .place = offsetof(struct choices, firmware)},
    {"rings", "A,B,100", "how many of a hundred desks are in each ring (default: 1,10,100)", ut_option_text,
     .place = offsetof(struct choices, rings)},
    {"hold", "MINUTES",
     "for how long it is in force at half of a ring's desks, at least, before the next ring opens (default: 60)",
     ut_option_count, .place = offsetof(struct choices, hold), .low = 0, .high = HOLD_MAX},
    {"number", "N",
     "its number (default: one more than the newest in the ledger, or that a desk says); up to 1000 above that",
     ut_option_count, .place = offsetof(struct choices, number), .low = 1, .high = INT32_MAX},
    UT_OPTION_HELP,
    {.help = "serve finds what is opened and stopped here within 2 s, announces it, opens the next ring, and stops by "
             "itself where desks that have taken it refuse it, are lost, or cue more than twice as often as others, or "
             "less than half as often. Nothing signs but this command: who has serve cannot roll out."},
    {0},
};

/* What is rolled out. */
struct made {
    struct ut_rollout is;
    struct ut_ledger_file file[UT_ROLLOUT_FILES];
    char *hex[UT_ROLLOUT_FILES];
    char note[UT_RINGS][UT_NOTE_MAX];
    unsigned share[UT_RINGS];
    struct ut_config config; /* of a desk that has them */
};

/* Up to what a file may have, and one more; its size. -1 and *fault. */
static long read_file(const char *path, unsigned char *bytes, struct ut_fault *fault)
{
    FILE *f = fopen(path, "rb");
    size_t n = f != NULL ? fread(bytes, 1, UT_ROLLOUT_BYTES_MAX + 1, f) : 0;
    bool fine = f != NULL && ferror(f) == 0;
    if (f != NULL)
        (void)fclose(f);
    if (!fine)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be read; check the name", path);
    if (n == 0)
        return ut_fault_set(fault, UT_EXIT_EMPTY, "%s: is empty; nothing to roll out", path);
    if (n > UT_ROLLOUT_BYTES_MAX)
        return ut_fault_set(fault, UT_EXIT_USAGE, "%s: is longer than %d bytes, which a desk would refuse", path,
                            UT_ROLLOUT_BYTES_MAX);
    return (long)n;
}

/* As a desk of no settings of its own would judge it: packs together, over the settings that go with them, so they are
 * not judged one by one. 0, or -1 and *fault. */
static int judge_file(struct made *m, enum ut_rollout_kind kind, const char *path, const unsigned char *bytes, size_t n,
                      struct ut_fault *fault)
{
    struct ut_release release = {.images = 0};
    if (kind == UT_ROLLOUT_SETTINGS)
        return ut_rollout_judge_settings(&m->config, (const char *)bytes, n, path, fault);
    return kind == UT_ROLLOUT_FIRMWARE ? ut_release_parse(path, bytes, n, &release, fault) : 0;
}

/* 0, or -1 and *fault. */
static int add_file(struct made *m, enum ut_rollout_kind kind, const char *path, struct ut_fault *fault)
{
    static unsigned char bytes[UT_ROLLOUT_BYTES_MAX + 1];
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    if (m->is.files == UT_ROLLOUT_FILES)
        return ut_options_refuse(&ut_command_rollout, fault, "at most %d files", UT_ROLLOUT_FILES);
    if (!ut_identity_fits(name) || name[0] == '.')
        return ut_options_refuse(&ut_command_rollout, fault,
                                 "%.200s: a desk keeps it by its name; give one of 1 to %d letters, digits, '.', '_' "
                                 "or '-', no dot first",
                                 path, UT_IDENTITY_MAX);
    long n = read_file(path, bytes, fault);
    if (n < 0 || judge_file(m, kind, path, bytes, (size_t)n, fault) != 0)
        return -1;
    int at = m->is.files++;
    struct ut_rollout_file *f = &m->is.file[at];
    f->kind = kind;
    f->bytes = (uint32_t)n;
    ut_digest(bytes, (size_t)n, f->sha256);
    memcpy(f->name, name, strlen(name) + 1);
    m->hex[at] = ut_rollouts_hex(bytes, (size_t)n);
    if (m->hex[at] == NULL)
        return ut_fault_no_memory(fault);
    m->file[at] = (struct ut_ledger_file){.sha256 = f->sha256, .hex = m->hex[at], .bytes = n};
    return 0;
}

/* "1,10,100". 0, or -1 and *fault. */
static int take_rings(struct made *m, const char *text, struct ut_fault *fault)
{
    const char *at = text;
    double before = 0;
    for (int i = 0; i < UT_RINGS; i++) {
        char *end;
        double percent = strtod(at, &end), share = round(PERCENT * percent);
        if (end == at || *end != (i + 1 < UT_RINGS ? ',' : '\0') || !(share >= 1) || share < before ||
            share > UT_ROLLOUT_SHARE || (i + 1 == UT_RINGS && share != UT_ROLLOUT_SHARE))
            return ut_options_refuse(&ut_command_rollout, fault,
                                     "--rings %.40s: give three numbers of 0.01 to 100, none below the one before, "
                                     "the last 100",
                                     text);
        m->share[i] = (unsigned)share;
        before = share;
        at = end + 1;
    }
    return 0;
}

/* The smallest draw of the site's desks, and how many there are. */
struct drawn {
    const char *site;
    unsigned least;
    int desks;
};

static int take_draw(void *ctx, const struct ut_ledger_desk *desk)
{
    struct drawn *d = ctx;
    unsigned draw = ut_rollout_draw(d->site, desk->device);
    if (d->desks++ == 0 || draw < d->least)
        d->least = draw;
    return 0;
}

/* Somebody has to try it first. 0, or -1 and *fault. */
static int check_canary(struct ut_ledger *l, const struct made *m, struct ut_fault *fault)
{
    struct drawn d = {.site = m->is.site};
    if (l->kind->rollout_desks(l, m->is.number, INT64_MAX, take_draw, &d, fault) != 0)
        return -1;
    if (d.desks == 0)
        return ut_fault_set(fault, UT_EXIT_EMPTY, "site %s: no desk of it is known; serve has heard of none yet",
                            m->is.site);
    if (d.least < m->share[UT_RING_CANARY])
        return 0;
    return ut_fault_set(
        fault, UT_EXIT_EMPTY,
        "site %s: none of its %d desks is in the first ring of %g %%: nobody would try it; give --rings "
        "%g,... or more",
        m->is.site, d.desks, (double)m->share[UT_RING_CANARY] / PERCENT, (d.least + 1.0) / PERCENT);
}

/* One more than the newest, or the one that was chosen. 0, or -1 and *fault. */
static int take_number(struct ut_ledger *l, int chosen, uint32_t *number, uint32_t *newest, struct ut_fault *fault)
{
    if (l->kind->newest_rollout(l, newest, fault) != 0)
        return -1;
    *number = chosen > 0 ? (uint32_t)chosen : *newest + 1;
    uint32_t most = *newest < INT32_MAX - UT_LEDGER_NUMBERS ? *newest + UT_LEDGER_NUMBERS : INT32_MAX;
    if (*number <= most)
        return 0;
    return ut_options_refuse(&ut_command_rollout, fault,
                             "number %" PRIu32 ": the newest is %" PRIu32 "; give one of up to %" PRIu32
                             ", desks take no other",
                             *number, *newest, most);
}

/* 0, or -1 and *fault. */
static int sign(struct made *m, const struct ut_note_signer *signer, struct ut_fault *fault)
{
    char text[UT_NOTE_MAX];
    for (int i = 0; i < UT_RINGS; i++) {
        m->is.ring = (enum ut_rollout_ring)i;
        m->is.share = m->share[i];
        if (ut_rollout_text(&m->is, text, sizeof text) != 0 || ut_note_sign(signer, text, m->note[i]) != 0)
            return ut_fault_set(fault, UT_EXIT_USAGE,
                                "the files are no roll-out: at most one of settings and one of firmware, no two of one "
                                "name, and names so short that all fit in a note");
    }
    return 0;
}

/* A note that serve does not know is announced by none. 0, or -1 and *fault. */
static int check_verifier(const struct ut_config *config, const struct made *m, struct ut_fault *fault)
{
    struct ut_note_verifier v;
    struct ut_rollout again;
    const char *known = ut_config_text(config, "fleet", "verifier");
    if (known[0] == '\0' ||
        (ut_note_verifier_parse(&v, known) == 0 && ut_rollout_parse(&again, &v, m->note[0], strlen(m->note[0])) == 0))
        return 0;
    return ut_fault_set(fault, UT_EXIT_SIGNER, "[fleet] verifier: is of another key than --key; serve would refuse it");
}

static int put(struct ut_ledger *l, const struct ut_config *config, const struct choices *c, struct made *m,
               const struct ut_note_signer *signer, struct ut_fault *fault)
{
    struct ut_ledger_ring ring[UT_RINGS];
    uint32_t newest = 0;
    if (take_number(l, c->number, &m->is.number, &newest, fault) != 0)
        return -1;
    m->is.made_s = ut_clock_unix_ms() / 1000;
    if (check_canary(l, m, fault) != 0 || sign(m, signer, fault) != 0 || check_verifier(config, m, fault) != 0)
        return -1;
    for (int i = 0; i < UT_RINGS; i++)
        ring[i] = (struct ut_ledger_ring){.number = m->is.number,
                                          .ring = i,
                                          .share = m->share[i],
                                          .hold_s = 60 * (int64_t)c->hold,
                                          .note = m->note[i],
                                          .by = "command"};
    int opened = l->kind->open_rollout(l, ring, m->file, m->is.files, ut_clock_unix_ms(), fault);
    if (opened == 0)
        return ut_fault_set(fault, UT_EXIT_TRIAL,
                            "roll-out %" PRIu32 " of site %s is not over, or its number is not below %" PRIu32
                            "; wait for it, or stop it (`undertone rollout status`)",
                            newest, m->is.site, m->is.number);
    if (opened == 1)
        printf("roll-out %" PRIu32 " of site %s: ring canary is open, to %g %% of the desks\n", m->is.number,
               m->is.site, (double)m->share[0] / PERCENT);
    return opened == 1 ? 0 : -1;
}

static int open_one(struct ut_ledger *l, const struct ut_config *config, const struct choices *c, const char *site,
                    struct ut_fault *fault)
{
    static struct made m;
    struct ut_note_signer signer;
    (void)snprintf(m.is.site, sizeof m.is.site, "%s", site);
    ut_config_defaults(&m.config);
    int r = take_rings(&m, c->rings, fault);
    if (r == 0 && c->settings != NULL)
        r = add_file(&m, UT_ROLLOUT_SETTINGS, c->settings, fault);
    for (int i = 0; i < c->packs.n && r == 0; i++)
        r = add_file(&m, UT_ROLLOUT_PACK, c->packs.file[i], fault);
    if (r == 0)
        r = ut_pack_apply(&m.config, c->packs.file, c->packs.n, fault);
    if (r == 0 && c->firmware != NULL)
        r = add_file(&m, UT_ROLLOUT_FIRMWARE, c->firmware, fault);
    if (r == 0)
        r = ut_note_signer_read(&signer, c->key, fault);
    if (r == 0)
        r = put(l, config, c, &m, &signer, fault);
    explicit_bzero(&signer, sizeof signer);
    for (int i = 0; i < m.is.files; i++)
        free(m.hex[i]);
    return r;
}

static int print_ring(void *ctx, const struct ut_ledger_ring *ring)
{
    uint32_t *newest = ctx;
    char when[UT_TIMESTAMP_TEXT];
    if (*newest == 0)
        *newest = ring->number;
    ut_timestamp_text(ring->changed, when);
    printf("%" PRIu32 " %s %g %%: %s", ring->number, ut_rollout_ring_name[ring->ring], (double)ring->share / PERCENT,
           ut_ledger_ring_state_name(ring->state));
    if (ring->state != UT_LEDGER_RING_WAITING)
        printf(" since %s, by %s%s%s", when, ring->by, ring->why[0] != '\0' ? ": " : "", ring->why);
    printf("\n");
    return 0;
}

static int count_desk(void *ctx, const struct ut_ledger_desk *desk)
{
    int *n = ctx;
    n[desk->reported ? (int)desk->state : UT_FLOOR_ROLLOUT_STATES]++;
    return 0;
}

static int show_status(struct ut_ledger *l, const char *site, struct ut_fault *fault)
{
    uint32_t newest = 0;
    int n[UT_FLOOR_ROLLOUT_STATES + 1] = {0};
    if (l->kind->rollouts(l, SHOWN, print_ring, &newest, fault) != 0 ||
        l->kind->rollout_desks(l, newest, INT64_MAX, count_desk, n, fault) != 0)
        return -1;
    if (newest == 0) {
        printf("site %s: nothing was rolled out\n", site);
        return 0;
    }
    printf("desks of %" PRIu32 ":", newest);
    for (int i = 0; i < UT_FLOOR_ROLLOUT_STATES; i++)
        printf(" %d %s,", n[i], ut_floor_rollout_state_name((enum ut_floor_rollout_state)i));
    printf(" %d have said nothing of it\n", n[UT_FLOOR_ROLLOUT_STATES]);
    return 0;
}

static int stop_one(struct ut_ledger *l, const char *number, const char *reason, struct ut_fault *fault)
{
    char *end;
    long n = strtol(number, &end, 10);
    if (end == number || *end != '\0' || n < 1 || n > INT32_MAX || !ut_utf8_is_line(reason, REASON))
        return ut_options_refuse(&ut_command_rollout, fault,
                                 "stop takes a number and a reason, a line of 1 to %d bytes of UTF-8", REASON);
    int stopped = l->kind->stop_rollout(l, (uint32_t)n, "command", reason, ut_clock_unix_ms(), fault);
    if (stopped == 0)
        return ut_fault_set(
            fault, UT_EXIT_MISSING,
            "roll-out %ld: is not the newest of the site, or is stopped; see `undertone rollout status`", n);
    if (stopped == 1)
        printf("roll-out %ld is stopped: desks that have it put back what there was before\n", n);
    return stopped == 1 ? 0 : -1;
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices c = {.rings = "1,10,100", .hold = HOLD_MIN};
    struct ut_fault fault = {0}, closed = {0};
    struct stat there;
    int words = ut_options_take(&ut_command_rollout, argc, argv, &c, &fault), r = -1;
    if (words < 0)
        return ut_fault_print(&fault);
    const char *store = c.store != NULL ? c.store : ut_config_text(config, "serve", "store");
    const char *site = c.site != NULL ? c.site : ut_config_text(config, "mqtt", "site");
    bool opening = words == 1 && strcmp(argv[0], "open") == 0, showing = words == 1 && strcmp(argv[0], "status") == 0,
         stopping = words == 3 && strcmp(argv[0], "stop") == 0;
    if (!opening && !showing && !stopping)
        (void)ut_options_refuse(&ut_command_rollout, &fault, "open, status, or stop NUMBER REASON?");
    else if (store[0] == '\0' || !ut_identity_fits(site))
        (void)ut_options_refuse(&ut_command_rollout, &fault, "no %s; give --store FILE and --site NAME, or set them",
                                store[0] == '\0' ? "ledger" : "site");
    else if (opening && (c.key == NULL || (c.settings == NULL && c.packs.n == 0 && c.firmware == NULL)))
        (void)ut_options_refuse(&ut_command_rollout, &fault,
                                "open goes with --key FILE and at least one of --settings, --pack and --firmware");
    else if (!ut_postgres_is(store) && stat(store, &there) != 0)
        (void)ut_fault_set(&fault, UT_EXIT_MISSING, "%s: no such ledger; check its name", store);
    struct ut_ledger *l = fault.code == 0 ? ut_ledger_open(store, site, false, &fault) : NULL;
    if (l != NULL) {
        r = opening   ? open_one(l, config, &c, site, &fault)
            : showing ? show_status(l, site, &fault)
                      : stop_one(l, argv[1], argv[2], &fault);
        l->kind->close(l);
    }
    if (ut_output_flush(&closed) != 0 && r == 0)
        fault = closed;
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone rollout open --key fleet.key --settings calmer.ini", "New thresholds, to one desk in a hundred first:"},
    {NULL, NULL},
};

const struct ut_command ut_command_rollout = {
    .name = "rollout",
    .purpose = "settings, cue packs and firmware to the desks of a site, ring by ring, stopped where they do harm",
    .usage = "open --key FILE [options]\nstatus [options]\nstop NUMBER "
             "REASON [options]",
    .about = "What is given is judged as a desk would judge it, signed with the fleet's key, and put into the ledger. "
             "serve announces it to the first ring alone, and to the next one when half of a ring's desks have had it "
             "in force for a while and do no worse than others.",
    .options = options,
    .operands = "WORD",
    .exit_codes =
        "0 done, 1 failure, 2 usage, 10 no such file, ledger or roll-out, 12 an empty file, or no desk in the "
        "first ring, 17, 18 and 24 files that a desk would refuse, 18 no key, 31 to 34 and 45 faults of the "
        "ledger, 39 another key than serve knows, 44 an earlier one is not over.",
    .examples = examples,
    .run = run,
};
