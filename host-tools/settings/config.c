/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/settings/config.h"
#include "host-tools/system/crc32.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

const struct ut_text_info ut_text_info[] = {
    {"session", "policy", "eu", "eu research",
     "eu: a live call has scores once its disclosure is acknowledged; research: recordings only, live refuses"},
    {"display", "language", "auto", "auto en de fr es",
     "language of cue texts; auto: LANG for screens, English for events"},
    {"calibration", "model", "", NULL, "checksum of the model that the calibration is for; others keep their scores"},
    {"live", "port", "", NULL, "serial device of the headset"},
    {"live", "tcp", "", NULL, "HOST:PORT of a headset behind a network bridge"},
    {"live", "audio_input", "", NULL, "part of the name of the audio input for --mic"},
    {"qemu", "emulator", "", NULL, "program for --qemu"},
    {"qemu", "firmware", "", NULL, "image of the emulated headset"},
    {"store", "file", "", NULL, "store of calls that live fills and `undertone store` asks"},
    {"store", "days", "90", NULL, "days after its end at which live erases a call from the store; 0: never"},
    {"webhook", "url", "", NULL, "https address that --webhook sends events to"},
    {"webhook", "key_file", "", NULL, "file with the key that signs them, a line whsec_... of Standard Webhooks"},
    {"webhook", "ca_file", "", NULL, "certificates to believe in place of the system's"},
    {"customer", "site_key", "", NULL, "file with the key that turns a customer's key into a hash"},
    {"customer", "memory", "no", "no yes", "whether live says of a customer who calls again how the calls before went"},
    {"effect", "desk", "", NULL, "name of this desk for the draw of [effect] holdout; empty: [mqtt] device"},
    {"mqtt", "brokers", "", NULL,
     "mqtts://HOST[:PORT] of the floor's brokers, the nearest first, blanks between; mqtt:// is for this machine"},
    {"mqtt", "cluster", "no", "no yes",
     "whether these brokers are one cluster, as NATS makes one: serve is at one of them then, not at each"},
    {"mqtt", "site", "", NULL, "name of the floor in topics"},
    {"mqtt", "device", "", NULL, "name of this desk in topics, and of its user at the brokers"},
    {"mqtt", "password_file", "", NULL, "file with that user's password, a line"},
    {"mqtt", "ca_file", "", NULL, "certificates to believe of brokers in place of the system's"},
    {"mqtt", "cert_file", "", NULL, "certificate that is shown to brokers that ask for one"},
    {"mqtt", "key_file", "", NULL, "that certificate's key"},
    {"fleet", "verifier", "", NULL,
     "NAME+HASH+KEY of who may roll out to this site's desks and enrol them; empty: nobody"},
    {"fleet", "folder", "", NULL,
     "where live keeps what was rolled out; empty: undertone/fleet in XDG_STATE_HOME, else ~/.local/state"},
    {"fleet", "ca_file", "", NULL,
     "certificates to believe of the server that has the files, in place of the system's"},
    {"fleet", "confirm_s", "60", NULL,
     "so many seconds live has to be up and connected, 1 to 3600, until what was rolled out stays"},
    {"serve", "store", "", NULL, "ledger of the floor, for `undertone serve`"},
    {"serve", "read", "", NULL, "postgresql:// address of a replica of the ledger's server, which pages ask"},
    {"serve", "node", "", NULL,
     "name of the machine, over which the sites of one database spread; empty: its host name"},
    {"serve", "split_from", "", NULL,
     "site that this one was split from: calls of its desks that began there go on here"},
    {"serve", "page", "", NULL, "port of the supervisor's page on this machine, or ADDRESS:PORT"},
    {"serve", "users", "", NULL, "file of who may ask serve, which `undertone serve token` writes"},
    {"serve", "desks", "", NULL,
     "file of this site's desks and the hashes of their tokens, which `undertone enrol` makes"},
    {"serve", "cert_file", "", NULL, "certificate of the supervisor's page, for TLS"},
    {"serve", "key_file", "", NULL, "that certificate's key"},
    {"serve", "proxy", "", NULL, "address of a proxy whose X-Forwarded-User is believed"},
    {"serve", "host", "", NULL, "name, with its port, by which others reach the page"},
    {"serve", "audit", "", NULL, "record of who asked serve and what they did, which only grows"},
    {"serve", "metrics", "", NULL, "counts of what serve does, in Prometheus' text"},
    {"audit", "file", "", NULL, "record of what live shows and decides, which only grows"},
    {"audit", "key_file", "", NULL, "file with the key that signs that record's checkpoints"},
    {"page", "port", "", NULL, "port of the agent's page on this machine that live serves; 0: any, empty: none"},
    {"page", "file", "", NULL,
     "file that holds the page's address while live runs; empty: undertone.page in XDG_RUNTIME_DIR"},
    {"metrics", "file", "", NULL, "counts of what live does, in Prometheus' text, for its textfile collector"},
    {NULL, NULL, NULL, NULL, NULL},
};

const struct ut_action_key_info ut_action_key_info[UT_ACTION_KEYS] = {
    {"on", "what sets it off: CUE.opened, call.started, call.ended, call.ended_worse, flag.raised; blanks between"},
    {"when", "conditions that all have to hold, such as frustration_slow >= 0.75, customer.risk <= 0.5"},
    {"do", "webhook, mqtt, command or desktop"},
    {"to", "the address, the topic, or the program with its words"},
    {"text", "what is asked, and what a desktop note says"},
    {"consent", "agent or supervisor (by way of the floor): asked before, for 10 s; none"},
    {"default", "what counts without an answer: yes or no"},
    {"limit", "at most so many an hour; 0: any number"},
    {"quiet", "times of the day in which nothing is done, such as 22:00-07:00"},
    {"park", "after so many failures in a row it is parked"},
};

void ut_config_defaults(struct ut_config *c)
{
    memset(c, 0, sizeof *c);
    for (int i = 0; i < UT_PARAMS; i++) {
        c->value[i] = ut_param_info[i].value;
        snprintf(c->value_origin[i], sizeof c->value_origin[i], "default");
    }
    for (int i = 0; ut_text_info[i].section != NULL; i++) {
        snprintf(c->text[i], sizeof c->text[i], "%s", ut_text_info[i].value);
        snprintf(c->text_origin[i], sizeof c->text_origin[i], "default");
    }
}

static int param_find(const char *section, const char *key)
{
    for (int i = 0; i < UT_PARAMS; i++)
        if (strcmp(ut_param_info[i].section, section) == 0 && strcmp(ut_param_info[i].key, key) == 0)
            return i;
    return -1;
}

static int text_find(const char *section, const char *key)
{
    for (int i = 0; ut_text_info[i].section != NULL; i++)
        if (strcmp(ut_text_info[i].section, section) == 0 && strcmp(ut_text_info[i].key, key) == 0)
            return i;
    return -1;
}

static bool section_known(const char *section)
{
    for (int i = 0; i < UT_PARAMS; i++)
        if (strcmp(ut_param_info[i].section, section) == 0)
            return true;
    for (int i = 0; ut_text_info[i].section != NULL; i++)
        if (strcmp(ut_text_info[i].section, section) == 0)
            return true;
    return false;
}

static bool among(const char *value, const char *choices)
{
    size_t len = strlen(value);
    for (const char *at = choices; *at != '\0';) {
        size_t word = strcspn(at, " ");
        if (word == len && strncmp(at, value, len) == 0)
            return true;
        at += word;
        at += strspn(at, " ");
    }
    return false;
}

static int parse_number(const char *text, double *x)
{
    if (strcmp(text, "yes") == 0 || strcmp(text, "true") == 0 || strcmp(text, "on") == 0) {
        *x = 1;
        return 0;
    }
    if (strcmp(text, "no") == 0 || strcmp(text, "false") == 0 || strcmp(text, "off") == 0) {
        *x = 0;
        return 0;
    }
    char *end;
    *x = strtod(text, &end);
    return end == text || *end != '\0' || !isfinite(*x) ? -1 : 0;
}

static struct ut_action_setting *action_of(struct ut_config *c, const char *name, const char *origin)
{
    for (int i = 0; i < c->actions; i++)
        if (strcmp(c->action[i].name, name) == 0)
            return &c->action[i];
    if (c->actions == UT_CONFIG_ACTIONS)
        return NULL;
    struct ut_action_setting *a = &c->action[c->actions++];
    *a = (struct ut_action_setting){0};
    (void)snprintf(a->name, sizeof a->name, "%s", name);
    (void)snprintf(a->origin, sizeof a->origin, "%s", origin);
    return a;
}

/* One key of [action.NAME]. 0, or -1 and *fault. */
static int set_action(struct ut_config *c, const char *name, const char *key, const char *value, const char *origin,
                      struct ut_fault *fault)
{
    size_t length = strlen(name);
    int k = 0;
    while (k < UT_ACTION_KEYS && strcmp(ut_action_key_info[k].key, key) != 0)
        k++;
    if (length == 0 || length >= UT_CONFIG_ACTION_NAME ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != length)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: [action.%.40s]: name it with 1 to %d of a-z, 0-9 and _",
                            origin, name, UT_CONFIG_ACTION_NAME - 1);
    if (k == UT_ACTION_KEYS)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "%s: unknown key '%s' in [action.%s]; known are on, when, do, to, text, consent, default, "
                            "limit, quiet, park",
                            origin, key, name);
    if (strlen(value) >= UT_CONFIG_ACTION_BYTES)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: [action.%s] %s is longer than %d characters; shorten it",
                            origin, name, key, UT_CONFIG_ACTION_BYTES - 1);
    struct ut_action_setting *a = action_of(c, name, origin);
    if (a == NULL)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: [action.%s]: there are %d actions already, the most",
                            origin, name, UT_CONFIG_ACTIONS);
    (void)snprintf(a->value[k], sizeof a->value[k], "%s", value);
    return 0;
}

int ut_config_set(struct ut_config *c, const char *section, const char *key, const char *value, const char *origin,
                  struct ut_fault *fault)
{
    static const char ACTION[] = "action.";
    if (strncmp(section, ACTION, sizeof ACTION - 1) == 0)
        return set_action(c, section + sizeof ACTION - 1, key, value, origin, fault);
    int i = param_find(section, key);
    if (i >= 0) {
        const struct ut_param_info *p = &ut_param_info[i];
        double x = ut_param_choose((enum ut_param)i, value);
        if (x < 0 && p->choices != NULL && (parse_number(value, &x) != 0 || x < p->low || x > p->high || x != floor(x)))
            return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: [%s] %s = '%s' is not known; give one of: %s", origin,
                                section, key, value, p->choices);
        if (p->choices == NULL && parse_number(value, &x) != 0)
            return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: [%s] %s = '%s' is not a number; give %g..%g %s", origin,
                                section, key, value, p->low, p->high, p->unit);
        if (x < p->low || x > p->high)
            return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: [%s] %s = %s is out of range; give %g..%g %s", origin,
                                section, key, value, p->low, p->high, p->unit);
        c->value[i] = x;
        snprintf(c->value_origin[i], sizeof c->value_origin[i], "%s", origin);
        return 0;
    }
    i = text_find(section, key);
    if (i >= 0) {
        const struct ut_text_info *t = &ut_text_info[i];
        if (t->choices != NULL && !among(value, t->choices))
            return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: [%s] %s = '%s' is not known; give one of: %s", origin,
                                section, key, value, t->choices);
        if (strlen(value) >= sizeof c->text[i])
            return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: [%s] %s is longer than %d characters; shorten it",
                                origin, section, key, UT_CONFIG_TEXT_BYTES - 1);
        snprintf(c->text[i], sizeof c->text[i], "%s", value);
        snprintf(c->text_origin[i], sizeof c->text_origin[i], "%s", origin);
        return 0;
    }
    if (!section_known(section))
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "%s: unknown section [%s]; `undertone config` lists the sections and keys", origin,
                            section);
    return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                        "%s: unknown key '%s' in [%s]; `undertone config` lists the sections and keys", origin, key,
                        section);
}

struct reading {
    ut_config_pair *pair;
    void *ctx;
    struct ut_fault *fault;
    const char *file;
    FILE *stream;
    int line;
    bool failed;
};

/* inih hands no line numbers to its handler; it calls this once a line, just before the handler. */
static char *read_line(char *text, int size, void *ctx)
{
    struct reading *r = ctx;
    if (r->failed || fgets(text, size, r->stream) == NULL)
        return NULL;
    r->line++;
    if (strchr(text, '\n') == NULL && !feof(r->stream)) {
        ut_fault_set(r->fault, UT_EXIT_CONFIG, "%s:%d: line longer than %d characters; shorten it", r->file, r->line,
                     size - 2);
        r->failed = true;
        return NULL;
    }
    return text;
}

static int read_pair(void *ctx, const char *section, const char *key, const char *value)
{
    struct reading *r = ctx;
    char origin[UT_CONFIG_ORIGIN_BYTES];
    if (r->failed)
        return 1;
    if (section[0] ==
        '\0') /* inih gives the number of the first bad line, which may be a section above that has no ] */
        return 0;
    snprintf(origin, sizeof origin, "%.280s:%d", r->file, r->line);
    if (r->pair(r->ctx, section, key, value, origin, r->fault) != 0)
        r->failed = true;
    return 1;
}

int ut_config_pairs_in(FILE *stream, const char *file, ut_config_pair *pair, void *ctx, struct ut_fault *fault)
{
    struct reading r = {.pair = pair, .ctx = ctx, .fault = fault, .file = file, .stream = stream};
    int line = ini_parse_stream(read_line, &r, read_pair, &r);
    if (r.failed)
        return -1;
    if (ferror(stream) != 0)
        return ut_fault_set(fault, UT_EXIT_CONFIG, "%s: cannot read the config file (%s); check the name", file,
                            strerror(errno));
    if (line != 0)
        return ut_fault_set(fault, UT_EXIT_CONFIG,
                            "%s:%d: neither [section] nor key = value below one; correct the line", file, line);
    return 0;
}

int ut_config_pairs(const char *file, bool optional, ut_config_pair *pair, void *ctx, struct ut_fault *fault)
{
    FILE *stream = fopen(file, "r");
    if (stream == NULL) {
        if (optional && (errno == ENOENT || errno == ENOTDIR))
            return 0;
        return ut_fault_set(fault, UT_EXIT_CONFIG, "%s: cannot read the config file (%s); check the name", file,
                            strerror(errno));
    }
    int r = ut_config_pairs_in(stream, file, pair, ctx, fault);
    (void)fclose(stream);
    return r;
}

static int take_pair(void *ctx, const char *section, const char *key, const char *value, const char *origin,
                     struct ut_fault *fault)
{
    return ut_config_set(ctx, section, key, value, origin, fault);
}

/* 0 (also when absent and optional), or -1 and *fault. */
static int read_file(struct ut_config *c, const char *file, bool optional, struct ut_fault *fault)
{
    int i = 0;
    if (ut_config_pairs(file, optional, take_pair, c, fault) != 0)
        return -1;
    if (optional && access(file, F_OK) != 0)
        return 0;
    while (i < UT_CONFIG_FILES && c->read[i][0] != '\0')
        i++;
    if (i < UT_CONFIG_FILES)
        snprintf(c->read[i], sizeof c->read[i], "%s", file);
    return 0;
}

/* UNDERTONE_<SECTION>_<KEY>: sections and keys contain '_' themselves, so every known pair is tried. */
static int read_variable(struct ut_config *c, const char *name, size_t name_len, const char *value,
                         struct ut_fault *fault)
{
    char wanted[128];
    char origin[UT_CONFIG_ORIGIN_BYTES];
    snprintf(origin, sizeof origin, "environment UNDERTONE_%.*s", (int)name_len, name);
    for (int i = 0; i < UT_PARAMS + UT_CONFIG_TEXTS_MAX; i++) {
        const char *section, *key;
        if (i < UT_PARAMS) {
            section = ut_param_info[i].section;
            key = ut_param_info[i].key;
        } else {
            section = ut_text_info[i - UT_PARAMS].section;
            key = ut_text_info[i - UT_PARAMS].key;
            if (section == NULL)
                break;
        }
        snprintf(wanted, sizeof wanted, "%s_%s", section, key);
        for (char *at = wanted; *at != '\0'; at++)
            *at = (char)toupper((unsigned char)*at);
        if (strlen(wanted) == name_len && strncmp(wanted, name, name_len) == 0)
            return ut_config_set(c, section, key, value, origin, fault);
    }
    return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                        "%s: no such setting; `undertone config` lists them (UNDERTONE_<SECTION>_<KEY>)", origin);
}

int ut_config_environment(struct ut_config *c, struct ut_fault *fault)
{
    static const char prefix[] = "UNDERTONE_";
    for (char **at = environ; *at != NULL; at++) {
        const char *equals = strchr(*at, '=');
        if (equals == NULL || strncmp(*at, prefix, sizeof prefix - 1) != 0)
            continue;
        const char *name = *at + sizeof prefix - 1;
        /* not settings: the emulated headset (sources/port_qemu.c), the kernel's folder (headset/usb_probes.c) */
        if (strncmp(name, "FIRMWARE=", 9) == 0 || strncmp(name, "USB=", 4) == 0)
            continue;
        if (read_variable(c, name, (size_t)(equals - name), equals + 1, fault) != 0)
            return -1;
    }
    return 0;
}

int ut_config_check(const struct ut_config *c, struct ut_fault *fault)
{
    for (const struct ut_param_order *o = ut_param_order; o->lower != UT_PARAMS; o++) {
        enum ut_param lower = o->lower, upper = o->upper;
        if (c->value[lower] > c->value[upper])
            return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "[%s] %s = %g (%s) is above %s = %g (%s); change one",
                                ut_param_info[lower].section, ut_param_info[lower].key, c->value[lower],
                                c->value_origin[lower], ut_param_info[upper].key, c->value[upper],
                                c->value_origin[upper]);
    }
    return 0;
}

const char *const ut_config_language[UT_CONFIG_LANGUAGES] = {"en", "de", "fr", "es"};

void ut_config_place(const char *name, char path[UT_CONFIG_PATH_BYTES])
{
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (xdg != NULL && xdg[0] != '\0')
        snprintf(path, UT_CONFIG_PATH_BYTES, "%s/undertone/%s", xdg, name);
    else
        snprintf(path, UT_CONFIG_PATH_BYTES, "%s/.config/undertone/%s", home != NULL ? home : "", name);
}

int ut_config_load(struct ut_config *c, const char *file, struct ut_fault *fault)
{
    ut_config_defaults(c);
    c->file = file;
    if (file != NULL) {
        if (read_file(c, file, false, fault) != 0)
            return -1;
    } else {
        char path[UT_CONFIG_PATH_BYTES];
        ut_config_place("undertone.ini", path);
        if (read_file(c, "/etc/undertone/undertone.ini", true, fault) != 0 || read_file(c, path, true, fault) != 0)
            return -1;
    }
    if (ut_config_environment(c, fault) != 0)
        return -1;
    return ut_config_check(c, fault);
}

void ut_config_files(const struct ut_config *c, struct ut_run_files *f)
{
    for (int i = 0; i < UT_CONFIG_FILES; i++)
        ut_run_files_read(f, c->read[i], "the config file in force");
    ut_run_files_read(f, ut_config_text(c, "webhook", "key_file"), "the key of [webhook]");
    ut_run_files_read(f, ut_config_text(c, "webhook", "ca_file"), "the authority of [webhook]");
    ut_run_files_read(f, ut_config_text(c, "customer", "site_key"), "the key of [customer]");
    ut_run_files_read(f, ut_config_text(c, "audit", "key_file"), "the key of [audit]");
    ut_run_files_read(f, ut_config_text(c, "mqtt", "password_file"), "the password of [mqtt]");
    ut_run_files_read(f, ut_config_text(c, "mqtt", "ca_file"), "the authority of [mqtt]");
    ut_run_files_read(f, ut_config_text(c, "mqtt", "cert_file"), "the certificate of [mqtt]");
    ut_run_files_read(f, ut_config_text(c, "mqtt", "key_file"), "the key of [mqtt]");
    ut_run_files_read(f, ut_config_text(c, "fleet", "ca_file"), "the authority of [fleet]");
    ut_run_files_read(f, ut_config_text(c, "serve", "cert_file"), "the certificate of [serve]");
    ut_run_files_read(f, ut_config_text(c, "serve", "key_file"), "the key of [serve]");
    ut_run_files_read(f, ut_config_text(c, "serve", "users"), "the users of [serve]");
    ut_run_files_read(f, ut_config_text(c, "serve", "desks"), "the desks of [serve]");
}

const char *ut_config_text(const struct ut_config *c, const char *section, const char *key)
{
    int i = text_find(section, key);
    return i < 0 ? NULL : c->text[i];
}

int64_t ut_config_ms(const struct ut_config *c, enum ut_param p)
{
    return llround(c->value[p] * 1000);
}

uint32_t ut_config_crc32(const struct ut_config *c)
{
    uint32_t crc = 0;
    char line[160];
    for (int i = 0; i < UT_PARAMS; i++) {
        snprintf(line, sizeof line, "%s.%s=%.9g\n", ut_param_info[i].section, ut_param_info[i].key, c->value[i]);
        crc = ut_crc32(crc, line, strlen(line));
    }
    snprintf(line, sizeof line, "session.policy=%.100s\n", ut_config_text(c, "session", "policy"));
    return ut_crc32(crc, line, strlen(line));
}

static const char *heading(const char *last, const char *section, FILE *out)
{
    if (strcmp(last, section) != 0)
        fprintf(out, "\n[%s]\n", section);
    return section;
}

void ut_config_write(const struct ut_config *c, const unsigned char *also, FILE *out)
{
    const char *section = "";
    for (int i = 0; i < UT_PARAMS; i++) {
        const struct ut_param_info *p = &ut_param_info[i];
        if (c->value[i] == p->value && (also == NULL || !also[i]))
            continue;
        section = heading(section, p->section, out);
        fprintf(out, "%s = %.12g\n", p->key, c->value[i]);
    }
    for (int i = 0; ut_text_info[i].section != NULL; i++) {
        const struct ut_text_info *text = &ut_text_info[i];
        if (strcmp(c->text[i], text->value) == 0)
            continue;
        section = heading(section, text->section, out);
        fprintf(out, "%s = %s\n", text->key, c->text[i]);
    }
    for (int i = 0; i < c->actions; i++) {
        fprintf(out, "\n[action.%s]\n", c->action[i].name);
        for (int k = 0; k < UT_ACTION_KEYS; k++)
            if (c->action[i].value[k][0] != '\0')
                fprintf(out, "%s = %s\n", ut_action_key_info[k].key, c->action[i].value[k]);
    }
}
