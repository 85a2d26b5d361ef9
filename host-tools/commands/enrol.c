/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone enrol`: thousands of desks made known to a site by one file, and a desk by it to itself. */
#include "host-tools/commands/commands.h"
#include "host-tools/commands/note_key.h"
#include "host-tools/serve/enrolment.h"
#include "host-tools/settings/config.h"
#include "host-tools/settings/rollout.h"
#include "host-tools/sinks/floor_message.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/run_files.h"
#include "host-tools/system/text_file.h"
#include "host-tools/system/token_list.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH = 1200 };

struct choices {
    const char *site, *key, *settings, *out, *serve;
    const char *token_file, *verifier, *folder, *from;
};

static const struct ut_option options[] = {
    {.help = "What to do:"},
    {.argument = "make-key FILE NAME",
     .help = "make FILE with a key that signs for a fleet, and print what verifies it; NAME is in each signature"},
    {.argument = "desks LIST",
     .help = "make the files of a site whose desks are those of LIST, a name a line; who is there already keeps its "
             "token, who is not in LIST any more is out"},
    {.argument = "join FILE", .help = "set this desk up by the site's file and by its own token"},
    {.help = "Of desks:"},
    {"site", "NAME", "the site", ut_identity_take, .place = offsetof(struct choices, site)},
    {"key", "FILE", "the fleet's key, of make-key", ut_option_text, .place = offsetof(struct choices, key)},
    {"settings", "FILE.ini", "what all desks set: brokers and what else a config file may have of a desk",
     ut_option_text, .place = offsetof(struct choices, settings)},
    {"out", "FOLDER",
     "for site.enrol, which everybody may read; tokens, NAME:TOKEN a line, which nobody else may; and acl, for "
     "mosquitto",
     ut_option_text, .place = offsetof(struct choices, out)},
    {"serve", "NAME", "serve's user at the brokers (default: serve)", ut_identity_take,
     .place = offsetof(struct choices, serve)},
    {.help = "Of join:"},
    {"token-file", "FILE", "this desk's token, a line; mode 0600", ut_option_text,
     .place = offsetof(struct choices, token_file)},
    {"verifier", "NAME+HASH+KEY", "whose signature is believed (default: fleet.verifier of the config)", ut_option_text,
     .place = offsetof(struct choices, verifier)},
    {"from", "SITE", "this desk leaves that site for the file's", ut_identity_take,
     .place = offsetof(struct choices, from)},
    {"folder", "FOLDER", "where undertone.ini, desk.token and floor-ca.pem go (default: this user's settings)",
     ut_option_text, .place = offsetof(struct choices, folder)},
    UT_OPTION_HELP,
    {0},
};

/* The place of a file in a folder. 0, or -1 and *fault. */
static int place(char path[PATH], const char *folder, const char *name, struct ut_fault *fault)
{
    if (snprintf(path, PATH, "%s/%s", folder, name) < PATH)
        return 0;
    return ut_fault_set(fault, UT_EXIT_USAGE, "%.200s...: too long for a folder; give a shorter one", folder);
}

/* The files of a site. */
struct site {
    char enrol[PATH], tokens[PATH], acl[PATH];
    struct ut_note_signer signer;
    char verifier[UT_NOTE_VERIFIER];
    struct ut_token_list old, now;
    struct ut_enrolment made;
    size_t kept;
};

/* Every name of LIST, with the token that it has or a new one. 0, or -1 and *fault. */
static int take_names(struct site *s, const char *file, char *text, const char *serve, struct ut_fault *fault)
{
    int number = 0;
    for (char *line; (line = ut_text_file_line(&text)) != NULL;) {
        char token[UT_TOKEN_TEXT], *name = line + strspn(line, " \t");
        number++;
        name[strcspn(name, "#")] = '\0';
        for (size_t n = strlen(name); n > 0 && strchr(" \t", name[n - 1]) != NULL; n--)
            name[n - 1] = '\0';
        if (name[0] == '\0')
            continue;
        if (s->now.n == UT_ENROLMENT_DESKS)
            return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                                "%s:%d: a site has %d desks at most; make more sites of them", file, number,
                                UT_ENROLMENT_DESKS);
        if (!ut_identity_fits(name) || strcmp(name, serve) == 0)
            return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s:%d: '%.80s' %s", file, number, name,
                                strcmp(name, serve) == 0 ? "is serve's name at the brokers; give another (--serve)"
                                                         : "is no name of a desk; give 1 to 64 letters, digits, '.', "
                                                           "'_' or '-'");
        const struct ut_token_named *had = ut_token_list_find(&s->old, name);
        s->kept += had != NULL;
        if (had == NULL)
            ut_token_make(token);
        int r = ut_token_list_add(&s->now, name, had != NULL ? had->token : token);
        explicit_bzero(token, sizeof token);
        if (r != 0)
            return ut_fault_no_memory(fault);
    }
    const char *twice = ut_token_list_sort(&s->now);
    if (twice != NULL)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: has %s twice; take one out", file, twice);
    return s->now.n > 0 ? 0 : ut_fault_set(fault, UT_EXIT_EMPTY, "%s: names no desk; give a name a line", file);
}

/* What the folder has of a site already. A site whose tokens are lost would have to join anew, every desk of it. 0, or
 * -1 and *fault. */
static int read_old(struct site *s, const char *site, struct ut_fault *fault)
{
    struct ut_note_verifier v;
    struct ut_enrolment old;
    struct ut_fault why = {.code = UT_EXIT_SIGNER};
    bool enrolled = access(s->enrol, F_OK) == 0;
    if (access(s->tokens, F_OK) == 0 && ut_token_list_read(&s->old, s->tokens, fault) != 0)
        return -1;
    if (enrolled && s->old.n == 0)
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "%s: is there and its tokens are not: every desk would need a new one; put tokens back, or "
                            "remove it",
                            s->enrol);
    if (!enrolled)
        return 0;
    if (ut_note_verifier_parse(&v, s->verifier) != 0 || ut_enrolment_read(&old, s->enrol, &v, &why) != 0)
        return ut_fault_set(fault, why.code,
                            "%s: is there and is not one of this key: give each site a folder of its own, or, "
                            "for a new key of the same site, move it away",
                            s->enrol);
    bool same = strcmp(old.site, site) == 0;
    char of[sizeof old.site];
    memcpy(of, old.site, sizeof of);
    ut_enrolment_free(&old);
    return same ? 0
                : ut_fault_set(fault, UT_EXIT_USAGE, "%s: is of the site %s; give each site a folder of its own",
                               s->enrol, of);
}

static int add_desks(struct site *s, struct ut_fault *fault)
{
    s->made.desk.user = calloc(s->now.n, sizeof *s->made.desk.user);
    if (s->made.desk.user == NULL)
        return ut_fault_no_memory(fault);
    s->made.desk.n = s->made.desk.room = s->now.n;
    for (size_t i = 0; i < s->now.n; i++) {
        struct ut_user *u = &s->made.desk.user[i];
        memcpy(u->name, s->now.of[i].name, sizeof u->name);
        u->role = UT_ROLE_AGENT;
        ut_token_hash(s->now.of[i].token, u->hash);
    }
    return 0;
}

/* SPEC.md "Floor": what a desk may say and hear, %u being its user's name. */
static void write_acl(const char *site, const char *serve, FILE *out)
{
    static const enum ut_floor_kind says[] = {UT_FLOOR_CALL,  UT_FLOOR_CUE,     UT_FLOOR_FLAG,
                                              UT_FLOOR_SCORE, UT_FLOOR_AUDIT,   UT_FLOOR_STATUS,
                                              UT_FLOOR_ASK,   UT_FLOOR_RECEIPT, UT_FLOOR_ROLLOUT},
                                    hears[] = {UT_FLOOR_ACK, UT_FLOOR_ANSWER, UT_FLOOR_OUTCOME, UT_FLOOR_STATUS};
    char topic[UT_FLOOR_TOPIC];
    (void)fprintf(
        out,
        "# mosquitto's acl_file for the site %s: each desk, whose user has the desk's name, says what is its own "
        "and hears what is meant for it.\n# Beside it in mosquitto.conf: allow_anonymous false, password_file, "
        "use_username_as_clientid true.\n",
        site);
    for (size_t i = 0; i < sizeof says / sizeof says[0]; i++) {
        ut_floor_topic_text(site, "%u", says[i], topic);
        (void)fprintf(out, "pattern write %s\n", topic);
    }
    for (size_t i = 0; i < sizeof hears / sizeof hears[0]; i++) {
        ut_floor_topic_text(site, "%u", hears[i], topic);
        (void)fprintf(out, "pattern read %s\n", topic);
    }
    ut_floor_served_topic(site, topic);
    (void)fprintf(out, "pattern read %s\n", topic);
    for (int i = 0; i < UT_RINGS; i++) {
        ut_floor_rollout_topic(site, ut_rollout_ring_name[i], topic);
        (void)fprintf(out, "pattern read %s\n", topic);
    }
    (void)fprintf(out, "\nuser %s\ntopic readwrite undertone/v1/%s/#\n", serve, site);
}

/* The file whole, of that mode, or as it was. 0, or -1 and *fault. */
static int finish(struct ut_output *o, mode_t mode, int written, struct ut_fault *fault)
{
    if (written == 0 && fchmod(fileno(o->file), mode) == 0)
        return ut_output_commit(o, fault);
    if (written == 0)
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written (%s); check the folder", o->path,
                           strerror(errno));
    ut_output_abandon(o);
    return -1;
}

/* Tokens first: what was told to nobody can be told again. */
static int write_site(struct site *s, const struct choices *c, struct ut_fault *fault)
{
    struct ut_output o;
    if (ut_output_open(&o, s->tokens, fault) != 0)
        return -1;
    ut_token_list_write(&s->now, o.file);
    if (finish(&o, 0600, 0, fault) != 0 || ut_output_open(&o, s->acl, fault) != 0)
        return -1;
    write_acl(c->site, c->serve, o.file);
    if (finish(&o, 0644, 0, fault) != 0 || ut_output_open(&o, s->enrol, fault) != 0)
        return -1;
    return finish(&o, 0644, ut_enrolment_write(&s->made, &s->signer, o.file, fault), fault);
}

static int check_desks(const struct choices *c, const char *list, const struct site *s, struct ut_fault *fault)
{
    struct ut_run_files files = {0};
    const char *missing = c->site == NULL       ? "--site NAME"
                          : c->key == NULL      ? "--key FILE"
                          : c->settings == NULL ? "--settings FILE.ini"
                                                : NULL;
    if (missing != NULL)
        return ut_options_refuse(&ut_command_enrol, fault, "desks goes with %s", missing);
    ut_run_files_read(&files, list, "the list");
    ut_run_files_read(&files, c->key, "the key");
    ut_run_files_read(&files, c->settings, "the settings");
    ut_run_files_write(&files, s->tokens, "--out");
    ut_run_files_write(&files, s->acl, "--out");
    ut_run_files_write(&files, s->enrol, "--out");
    return ut_run_files_check(&files, "enrol", fault);
}

static int make_site(struct site *s, const struct choices *c, const char *list, struct ut_fault *fault)
{
    if (place(s->enrol, c->out, "site.enrol", fault) != 0 || place(s->tokens, c->out, "tokens", fault) != 0 ||
        place(s->acl, c->out, "acl", fault) != 0)
        return -1;
    if (mkdir(c->out, 0755) != 0 && errno != EEXIST)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be made (%s); give --out another folder", c->out,
                            strerror(errno));
    if (check_desks(c, list, s, fault) != 0 || ut_note_signer_read(&s->signer, c->key, fault) != 0)
        return -1;
    ut_note_verifier_text(&s->signer, s->verifier);
    (void)snprintf(s->made.site, sizeof s->made.site, "%s", c->site);
    s->made.made_s = ut_clock_unix_ms() / 1000;
    if (read_old(s, c->site, fault) != 0 ||
        ut_enrolment_settings(c->settings, c->site, s->verifier, &s->made.settings, &s->made.authority, fault) != 0)
        return -1;
    char *text = ut_text_file_read(list, "a list of desks", fault);
    int r = text != NULL ? take_names(s, list, text, c->serve, fault) : -1;
    free(text);
    if (r != 0 || add_desks(s, fault) != 0 || write_site(s, c, fault) != 0)
        return -1;
    printf("%zu desks of %s, %zu of them new, %zu taken out: %s\n", s->now.n, c->site, s->now.n - s->kept,
           s->old.n - s->kept, s->enrol);
    return 0;
}

static int desks(const struct choices *c, const char *list, struct ut_fault *fault)
{
    struct site *s = calloc(1, sizeof *s);
    if (s == NULL)
        return ut_fault_no_memory(fault);
    int r = c->out != NULL ? make_site(s, c, list, fault)
                           : ut_options_refuse(&ut_command_enrol, fault, "desks goes with --out FOLDER");
    ut_token_list_free(&s->old);
    ut_token_list_free(&s->now);
    ut_enrolment_free(&s->made);
    explicit_bzero(s, sizeof *s);
    free(s);
    return r;
}

/* The first line of a desk's settings: what made them, and when the file was that they are from. */
#define MADE "; made by `undertone enrol join` from a file of "
#define MADE_SCANNED MADE "%" SCNd64

/* The files of a desk. */
struct desk {
    char folder[PATH], settings[PATH], token_file[PATH], authority[PATH], token[UT_TOKEN_TEXT];
    struct ut_enrolment of;
    char *text; /* of the settings */
};

/* What somebody wrote there is not to be lost, and no older file takes a newer one's place. 0, or -1 and *fault. */
static int is_free(const char *file, int64_t made_s, struct ut_fault *fault)
{
    char head[400] = "";
    int64_t there_s = 0;
    FILE *in = fopen(file, "re");
    if (in == NULL && errno == ENOENT)
        return 0;
    if (in == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE,
                            "%s: cannot be read (%s), so it is left alone; give --folder another", file,
                            strerror(errno));
    bool is_made = fgets(head, sizeof head, in) != NULL && sscanf(head, MADE_SCANNED, &there_s) == 1;
    (void)fclose(in);
    if (!is_made)
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "%s: is there and was not made by join; move its settings elsewhere, or give --folder",
                            file);
    return made_s >= there_s
               ? 0
               : ut_fault_set(fault, UT_EXIT_OLDER,
                              "%s: this desk has joined by a newer file than this one; get that one", file);
}

/* The folder itself, whatever it is called from here. 0, or -1 and *fault. */
static int find_folder(struct desk *d, const char *folder, struct ut_fault *fault)
{
    char file[PATH];
    if (folder == NULL)
        ut_config_place("undertone.ini", file);
    else if (place(file, folder, "undertone.ini", fault) != 0)
        return -1;
    ut_output_make_folders(file);
    *strrchr(file, '/') = '\0';
    char *whole = realpath(file, NULL);
    int r = whole != NULL ? snprintf(d->folder, sizeof d->folder, "%s", whole) : -1;
    free(whole);
    if (r < 0 || r >= (int)sizeof d->folder)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be made (%s); give --folder another", file,
                            strerror(errno));
    if (place(d->settings, d->folder, "undertone.ini", fault) != 0 ||
        place(d->token_file, d->folder, "desk.token", fault) != 0 ||
        place(d->authority, d->folder, "floor-ca.pem", fault) != 0)
        return -1;
    return is_free(d->settings, d->of.made_s, fault);
}

static int take_pair(void *ctx, const char *section, const char *key, const char *value, const char *origin,
                     struct ut_fault *fault)
{
    return ut_config_set(ctx, section, key, value, origin, fault);
}

/* The desk's settings, judged before anything is written: a file that this release does not know would end every start.
 * 0, or -1 and *fault. */
static int make_settings(struct desk *d, const char *file, const char *name, struct ut_fault *fault)
{
    static struct ut_config judged;
    size_t n = 0;
    FILE *out = open_memstream(&d->text, &n);
    if (out == NULL)
        return ut_fault_no_memory(fault);
    (void)fprintf(out,
                  MADE "%" PRId64 "; what is written here is lost when it joins again\n\n[mqtt]\ndevice = %s\n"
                       "password_file = %s\n",
                  d->of.made_s, name, d->token_file);
    if (d->of.authority[0] != '\0')
        (void)fprintf(out, "ca_file = %s\n\n[fleet]\nca_file = %s\n", d->authority, d->authority);
    (void)fprintf(out, "\n%s", d->of.settings);
    if (fclose(out) != 0)
        return ut_fault_no_memory(fault);
    FILE *in = fmemopen(d->text, n, "r");
    if (in == NULL)
        return ut_fault_no_memory(fault);
    ut_config_defaults(&judged);
    int r = ut_config_pairs_in(in, file, take_pair, &judged, fault);
    (void)fclose(in);
    if (r != 0 || ut_config_check(&judged, fault) != 0)
        return -1;
    bool whole =
        strcmp(ut_config_text(&judged, "mqtt", "password_file"), d->token_file) == 0 &&
        (d->of.authority[0] == '\0' || (strcmp(ut_config_text(&judged, "mqtt", "ca_file"), d->authority) == 0 &&
                                        strcmp(ut_config_text(&judged, "fleet", "ca_file"), d->authority) == 0));
    return whole ? 0
                 : ut_fault_set(fault, UT_EXIT_USAGE,
                                "%s: cannot stand in a config file, where ; begins a remark; give --folder another",
                                d->folder);
}

static int write_file(const char *file, const char *text, const char *end, mode_t mode, struct ut_fault *fault)
{
    struct ut_output o;
    if (ut_output_open(&o, file, fault) != 0)
        return -1;
    (void)fprintf(o.file, "%s%s", text, end);
    return finish(&o, mode, 0, fault);
}

/* The settings last: with them the desk begins. */
static int write_desk(const struct desk *d, struct ut_fault *fault)
{
    if (write_file(d->token_file, d->token, "\n", 0600, fault) != 0 ||
        (d->of.authority[0] != '\0' && write_file(d->authority, d->of.authority, "", 0644, fault) != 0))
        return -1;
    return write_file(d->settings, d->text, "", 0644, fault);
}

static int join_site(struct desk *d, const struct ut_config *config, const struct choices *c, const char *file,
                     struct ut_fault *fault)
{
    struct ut_note_verifier v;
    const char *site = ut_config_text(config, "mqtt", "site"),
               *verifier = c->verifier != NULL ? c->verifier : ut_config_text(config, "fleet", "verifier");
    if (c->token_file == NULL || verifier[0] == '\0')
        return ut_options_refuse(&ut_command_enrol, fault, "join goes with %s",
                                 c->token_file == NULL ? "--token-file FILE" : "--verifier NAME+HASH+KEY");
    if (ut_note_verifier_parse(&v, verifier) != 0)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "the verifier is no NAME+HASH+KEY; give the line that `undertone enrol make-key` printed");
    if (ut_token_list_read_one(c->token_file, d->token, fault) != 0 || ut_enrolment_read(&d->of, file, &v, fault) != 0)
        return -1;
    if (site[0] != '\0' && strcmp(site, d->of.site) != 0 && (c->from == NULL || strcmp(site, c->from) != 0))
        return ut_fault_set(
            fault, UT_EXIT_CONFIG_KEY,
            "%s: is of the site %s, and this desk is of %s ([mqtt] site); get the file of that site, or give --from %s "
            "for a desk that leaves it",
            file, d->of.site, site, site);
    const struct ut_user *desk = ut_enrolment_with(&d->of, d->token);
    if (desk == NULL)
        return ut_fault_set(fault, UT_EXIT_NOT_ENROLLED,
                            "%s: has no desk with the token of %s; get a newer file, or this desk's token", file,
                            c->token_file);
    if (find_folder(d, c->folder, fault) != 0 || make_settings(d, file, desk->name, fault) != 0 ||
        write_desk(d, fault) != 0)
        return -1;
    printf("%s, a desk of %s: %s\n", desk->name, d->of.site, d->settings);
    return 0;
}

static int join(const struct ut_config *config, const struct choices *c, const char *file, struct ut_fault *fault)
{
    struct desk *d = calloc(1, sizeof *d);
    if (d == NULL)
        return ut_fault_no_memory(fault);
    int r = join_site(d, config, c, file, fault);
    ut_enrolment_free(&d->of);
    free(d->text);
    explicit_bzero(d, sizeof *d);
    free(d);
    return r;
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices c = {.serve = "serve"};
    struct ut_fault fault = {0}, closed = {0};
    int words = ut_options_take(&ut_command_enrol, argc, argv, &c, &fault), r;
    if (words < 0)
        return ut_fault_print(&fault);
    if (words == 3 && strcmp(argv[0], "make-key") == 0)
        r = ut_note_key_make(&ut_command_enrol, argv[1], argv[2], &fault);
    else if (words == 2 && strcmp(argv[0], "desks") == 0)
        r = desks(&c, argv[1], &fault);
    else if (words == 2 && strcmp(argv[0], "join") == 0)
        r = join(config, &c, argv[1], &fault);
    else
        r = ut_options_refuse(&ut_command_enrol, &fault, "make-key FILE NAME, desks LIST or join FILE?");
    if (ut_output_flush(&closed) != 0 && r == 0)
        fault = closed;
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone enrol make-key fleet.key fleet.example", "A key that signs for a fleet:"},
    {NULL, NULL},
};

const struct ut_command ut_command_enrol = {
    .name = "enrol",
    .purpose = "thousands of desks made known to a site by one signed file, and each to itself by its token",
    .usage = "make-key FILE NAME\ndesks LIST --out FOLDER [options]\njoin FILE --token-file FILE [options]",
    .about = "The file of a site, site.enrol, holds what all its desks set and of each its name and the hash of its "
             "token. It is signed and no secret: serve knows the desks by it ([serve] desks), and every desk joins by "
             "it. What is secret is one token a desk: its password at the brokers and its token at serve. It comes to "
             "the desk by whatever manages the site's machines, as a file of mode 0600.",
    .options = options,
    .operands = "FILE",
    .exit_codes = "0 done, 1 failure, 2 usage, 10 no such file, 12 an empty one, 13 one that was cut short or changed, "
                  "17 and 18 faults of settings, lists and keys, 38 no certificate, 39 signed by another key, 41 older "
                  "than what the desk has, 50 a "
                  "token that no desk of the file has.",
    .any_config = true,
    .examples = examples,
    .run = run,
};
