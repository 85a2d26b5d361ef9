/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/enrolment.h"

#include "host-tools/settings/config.h"
#include "host-tools/system/digest.h"
#include "host-tools/system/text_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char KIND[] = "undertone/enrolment/", CA[] = "[ca]\n", DESKS[] = "[desks]\n";

/* Sections, and keys where a section is not named whole, that are not the same for all desks, hold a secret, or have a
 * program run: a signature says whose a file is, not that every desk should hand over so much. */
static const struct {
    const char *section, *key;
    const char *why;
} own[] = {
    {"serve", NULL, "is not a desk's"},
    {"qemu", NULL, "names a program"},
    {"mqtt", "device", "is set by `undertone enrol join`"},
    {"mqtt", "password_file", "is set by `undertone enrol join`"},
    {"mqtt", "cert_file", "names a desk's own certificate"},
    {"mqtt", "key_file", "names a secret"},
    {"mqtt", "site", "is that of --site"},
    {"fleet", "verifier", "is that of --key"},
    {"fleet", "ca_file", "is that of [mqtt]"},
    {"webhook", "key_file", "names a secret"},
    {"customer", "site_key", "names a secret"},
    {"audit", "key_file", "names a secret"},
};

static const char *refusal(const char *section, const char *key)
{
    if (strncmp(section, "action.", 7) == 0)
        return "has something done";
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (strcmp(section, own[i].section) == 0 && (own[i].key == NULL || strcmp(key, own[i].key) == 0))
            return own[i].why;
    return NULL;
}

struct collecting {
    struct ut_config judged;
    char section[80], *authority;
    FILE *out;
};

static void put(struct collecting *c, const char *section, const char *key, const char *value)
{
    if (strcmp(c->section, section) != 0)
        (void)fprintf(c->out, "%s[%s]\n", c->section[0] != '\0' ? "\n" : "", section);
    (void)snprintf(c->section, sizeof c->section, "%s", section);
    (void)fprintf(c->out, "%s = %s\n", key, value);
}

/* The certificates themselves, since a file's name says nothing at a desk. */
static int take_authority(struct collecting *c, const char *file, struct ut_fault *fault)
{
    free(c->authority);
    c->authority = ut_text_file_read(file, "certificates", fault);
    if (c->authority == NULL)
        return -1;
    if (strncmp(c->authority, "-----BEGIN CERTIFICATE-----", 27) != 0 || strchr(c->authority, '[') != NULL)
        return ut_fault_set(fault, UT_EXIT_CERTIFICATE, "%s: is no certificate (PEM) alone; give the authority's",
                            file);
    return 0;
}

static int take_pair(void *ctx, const char *section, const char *key, const char *value, const char *origin,
                     struct ut_fault *fault)
{
    struct collecting *c = ctx;
    const char *why = refusal(section, key);
    if (why != NULL)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: [%.40s] %.40s %s; take it out", origin, section, key, why);
    if (ut_config_set(&c->judged, section, key, value, origin, fault) != 0)
        return -1;
    if (strcmp(section, "mqtt") == 0 && strcmp(key, "ca_file") == 0)
        return take_authority(c, value, fault);
    put(c, section, key, value);
    return 0;
}

int ut_enrolment_settings(const char *file, const char *site, const char *verifier, char **settings, char **authority,
                          struct ut_fault *fault)
{
    static struct collecting c;
    size_t n = 0;
    *settings = *authority = NULL;
    c = (struct collecting){.out = open_memstream(settings, &n)};
    if (c.out == NULL)
        return ut_fault_no_memory(fault);
    ut_config_defaults(&c.judged);
    put(&c, "fleet", "verifier", verifier);
    put(&c, "mqtt", "site", site);
    int r = ut_config_pairs(file, false, take_pair, &c, fault);
    if (r == 0)
        r = ut_config_check(&c.judged, fault);
    if (r == 0 && ut_config_text(&c.judged, "mqtt", "brokers")[0] == '\0')
        r = ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: [mqtt] brokers is not set; desks would not know where to go",
                         file);
    if (fclose(c.out) != 0 && r == 0)
        r = ut_fault_no_memory(fault);
    *authority = c.authority != NULL ? c.authority : r == 0 ? strdup("") : NULL;
    if (r == 0 && *authority == NULL)
        r = ut_fault_no_memory(fault);
    if (r == 0)
        return 0;
    free(*settings);
    free(*authority);
    *settings = *authority = NULL;
    return -1;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct ut_user *)a)->name, ((const struct ut_user *)b)->name);
}

const struct ut_user *ut_enrolment_named(const struct ut_enrolment *e, const char *name)
{
    struct ut_user wanted;
    (void)snprintf(wanted.name, sizeof wanted.name, "%s", name);
    return e->desk.n > 0 && ut_identity_fits(name) ? bsearch(&wanted, e->desk.user, e->desk.n, sizeof wanted, by_name)
                                                   : NULL;
}

const struct ut_user *ut_enrolment_with(const struct ut_enrolment *e, const char *token)
{
    return ut_users_with(&e->desk, token);
}

void ut_enrolment_free(struct ut_enrolment *e)
{
    ut_users_free(&e->desk);
    free(e->settings);
    free(e->authority);
    *e = (struct ut_enrolment){.made_s = 0};
}

static void print_line(const struct ut_user *u, char text[UT_USER_LINE])
{
    (void)snprintf(text, UT_USER_LINE, "%s %s %s", u->name, ut_role_name(u->role), u->hash);
}

/* What stands below the signature. NULL when out of memory. */
static char *body_of(const struct ut_enrolment *e, size_t *n)
{
    char *body = NULL, line[UT_USER_LINE];
    FILE *out = open_memstream(&body, n);
    if (out == NULL)
        return NULL;
    (void)fprintf(out, "%s%s%s%s", e->settings, CA, e->authority, DESKS);
    for (size_t i = 0; i < e->desk.n; i++) {
        print_line(&e->desk.user[i], line);
        (void)fprintf(out, "%s\n", line);
    }
    if (fclose(out) == 0)
        return body;
    free(body);
    return NULL;
}

int ut_enrolment_write(const struct ut_enrolment *e, const struct ut_note_signer *s, FILE *out, struct ut_fault *fault)
{
    char sha256[UT_DIGEST_TEXT], head[UT_NOTE_MAX], note[UT_NOTE_MAX];
    size_t n = 0;
    if (e->desk.n > UT_ENROLMENT_DESKS)
        return ut_fault_set(fault, UT_EXIT_USAGE, "%zu desks: a site has %d at most; make more sites of them",
                            e->desk.n, UT_ENROLMENT_DESKS);
    char *body = body_of(e, &n);
    if (body == NULL)
        return ut_fault_no_memory(fault);
    ut_digest(body, n, sha256);
    (void)snprintf(head, sizeof head, "%s%s\n%zu\n%" PRId64 "\n%s\n", KIND, e->site, e->desk.n, e->made_s, sha256);
    int r = ut_note_sign(s, head, note);
    if (r == 0)
        (void)fprintf(out, "%s\n%s", note, body);
    free(body);
    return r == 0 ? 0 : ut_fault_set(fault, UT_EXIT_FAILURE, "libsodium cannot sign; try again");
}

/* The signed head: kind, site, number of desks, time, hash of the body. 0 or -1. */
static int parse_head(struct ut_enrolment *e, const char *head, size_t n, size_t *desks, char sha256[UT_DIGEST_TEXT])
{
    char text[UT_NOTE_MAX], again[UT_NOTE_MAX];
    (void)snprintf(text, sizeof text, "%.*s", (int)n, head);
    if (strncmp(text, KIND, sizeof KIND - 1) != 0 ||
        sscanf(text + sizeof KIND - 1, "%64[^\n]\n%5zu\n%12" SCNd64 "\n%64[0-9a-f]\n", e->site, desks, &e->made_s,
               sha256) != 4 ||
        !ut_identity_fits(e->site) || *desks > UT_ENROLMENT_DESKS || e->made_s < 0)
        return -1;
    (void)snprintf(again, sizeof again, "%s%s\n%zu\n%" PRId64 "\n%s\n", KIND, e->site, *desks, e->made_s, sha256);
    return strcmp(text, again) == 0 ? 0 : -1;
}

static int copy(char **to, const char *from, size_t n)
{
    return (*to = strndup(from, n)) != NULL ? 0 : -1;
}

/* A desk's, in the one form. 0 or -1. */
static int parse_line(const char *line, size_t n, struct ut_user *u)
{
    char text[UT_USER_LINE], again[UT_USER_LINE];
    if (n >= sizeof text)
        return -1;
    (void)snprintf(text, sizeof text, "%.*s", (int)n, line);
    if (ut_user_parse(text, u) != 0 || u->role != UT_ROLE_AGENT)
        return -1;
    print_line(u, again);
    return strlen(again) == n && memcmp(again, line, n) == 0 ? 0 : -1;
}

/* 0; -1: no such body; -2: out of memory. */
static int parse_body(struct ut_enrolment *e, const char *body, size_t desks)
{
    const char *ca = strncmp(body, CA, sizeof CA - 1) == 0 ? body : NULL, *at;
    if (ca == NULL && (at = strstr(body, "\n[ca]\n")) != NULL)
        ca = at + 1;
    const char *list = ca != NULL ? strstr(ca, DESKS) : NULL;
    if (list == NULL || list[-1] != '\n')
        return -1;
    const char *authority = ca + sizeof CA - 1;
    if (copy(&e->settings, body, (size_t)(ca - body)) != 0 ||
        copy(&e->authority, authority, (size_t)(list - authority)) != 0)
        return -2;
    e->desk.user = calloc(desks + 1, sizeof *e->desk.user);
    if (e->desk.user == NULL)
        return -2;
    e->desk.room = desks + 1;
    for (const char *line = list + sizeof DESKS - 1, *end; line[0] != '\0'; line = end + 1) {
        struct ut_user *u = &e->desk.user[e->desk.n];
        end = strchr(line, '\n');
        if (end == NULL || e->desk.n == desks || parse_line(line, (size_t)(end - line), u) != 0 ||
            (e->desk.n > 0 && by_name(u - 1, u) >= 0))
            return -1;
        e->desk.n++;
    }
    return e->desk.n == desks ? 0 : -1;
}

/* Behind the second empty line; NULL = there is none. */
static const char *body_in(const char *text)
{
    const char *head = strstr(text, "\n\n"), *body = head != NULL ? strstr(head + 2, "\n\n") : NULL;
    return body != NULL ? body + 2 : NULL;
}

int ut_enrolment_parse(struct ut_enrolment *e, const char *file, const char *text, const struct ut_note_verifier *v,
                       struct ut_fault *fault)
{
    char sha256[UT_DIGEST_TEXT] = "", own_sha256[UT_DIGEST_TEXT];
    size_t desks = 0;
    const char *body = body_in(text);
    *e = (struct ut_enrolment){.made_s = 0};
    if (strncmp(text, KIND, sizeof KIND - 1) != 0 || body == NULL)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: is no enrolment; `undertone enrol desks` makes one", file);
    int head = ut_note_verify(v, text, (size_t)(body - text) - 1);
    if (head < 0)
        return ut_fault_set(
            fault, UT_EXIT_SIGNER,
            "%s: is not signed by the key of %s, or was changed; get it again from whoever has that key", file,
            v->name);
    if (parse_head(e, text, (size_t)head, &desks, sha256) != 0)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: is signed and no enrolment that this release knows", file);
    ut_digest(body, strlen(body), own_sha256);
    if (strcmp(sha256, own_sha256) != 0)
        return ut_fault_set(
            fault, UT_EXIT_TRUNCATED,
            "%s: its settings or desks are not those that were signed: it was cut short or changed; get "
            "it again",
            file);
    int r = parse_body(e, body, desks);
    if (r == 0)
        return 0;
    ut_enrolment_free(e);
    return r == -2 ? ut_fault_no_memory(fault)
                   : ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: is signed and no enrolment that this release knows",
                                  file);
}

int ut_enrolment_read(struct ut_enrolment *e, const char *file, const struct ut_note_verifier *v,
                      struct ut_fault *fault)
{
    char *text = ut_text_file_read(file, "an enrolment", fault);
    *e = (struct ut_enrolment){.made_s = 0};
    if (text == NULL)
        return -1;
    int r = ut_enrolment_parse(e, file, text, v, fault);
    free(text);
    return r;
}
