/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/access.h"

#include "host-tools/serve/enrolment.h"
#include "host-tools/system/grow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char LOCAL[] = "local";

/* What a cookie holds stands for a user as long as that one's token is the same. */
struct ticket {
    char hash[UT_TOKEN_TEXT]; /* of the cookie's value; "" = free */
    char name[UT_IDENTITY_MAX + 1], token_hash[UT_TOKEN_TEXT];
    uint64_t number; /* from 1 */
    int64_t until_ms;
};

/* A file that is read again when it has changed. */
struct source {
    const char *file;
    int (*take)(struct ut_access *a, struct ut_fault *fault);
    void (*forget)(struct ut_access *a);
    struct stat read; /* the file as it was read; all zero: it was not there */
    bool failing;     /* it could not be read, which was said */
};

enum { USERS, DESKS, SOURCES };

struct ut_access {
    struct ut_access_options options;
    struct ut_web_guard guard;
    struct source source[SOURCES];
    struct ut_users users;
    struct ut_enrolment enrolment;
    int64_t enrolled_s; /* when the newest file of desks was made that was let in by */
    unsigned changes;
    struct ticket *ticket;
    size_t tickets, ticket_room;
    uint64_t given; /* so many */
    char (*seen)[UT_IDENTITY_MAX + 1];
    size_t seen_count, seen_room;
    struct ut_user who; /* found last */
    char set[UT_WEB_SET_COOKIE];
};

static void forget_users(struct ut_access *a)
{
    ut_users_free(&a->users);
}

static void forget_desks(struct ut_access *a)
{
    ut_enrolment_free(&a->enrolment);
}

/* Who is both would have the rights of one by the token of the other. 0, or -1 and *fault. */
static int check_names(const struct ut_access *a, const struct ut_users *users, const struct ut_enrolment *desks,
                       struct ut_fault *fault)
{
    for (size_t i = 0; i < users->n; i++)
        if (ut_enrolment_named(desks, users->user[i].name) != NULL)
            return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: has %s, which is a desk of %s; remove that user",
                                a->options.users, users->user[i].name, a->options.desks);
    return 0;
}

static int take_users(struct ut_access *a, struct ut_fault *fault)
{
    struct ut_users now;
    if (ut_users_read(&now, a->options.users, fault) != 0)
        return -1;
    if (check_names(a, &now, &a->enrolment, fault) != 0) {
        ut_users_free(&now);
        return -1;
    }
    forget_users(a);
    a->users = now;
    return 0;
}

static int take_desks(struct ut_access *a, struct ut_fault *fault)
{
    struct ut_note_verifier v;
    struct ut_enrolment now;
    if (ut_note_verifier_parse(&v, a->options.verifier) != 0)
        return ut_fault_set(
            fault, UT_EXIT_CONFIG_KEY,
            "[fleet] verifier: is not set, or no NAME+HASH+KEY, and [serve] desks goes with it; set the "
            "line that `undertone enrol make-key` printed");
    if (ut_enrolment_read(&now, a->options.desks, &v, fault) != 0)
        return -1;
    int r = now.made_s < a->enrolled_s
                ? ut_fault_set(fault, UT_EXIT_OLDER, "%s: is older than the one that was there; get the newest",
                               a->options.desks)
            : strcmp(now.site, a->options.site) == 0
                ? check_names(a, &a->users, &now, fault)
                : ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: is of the site %s, not of %s; get the file of that one",
                               a->options.desks, now.site, a->options.site);
    if (r != 0) {
        ut_enrolment_free(&now);
        return -1;
    }
    forget_desks(a);
    a->enrolment = now;
    a->enrolled_s = now.made_s;
    return 0;
}

/* 0, or -1 and *fault. */
static int read_source(struct ut_access *a, struct source *s, struct ut_fault *fault)
{
    struct stat there = {0};
    if (s->file[0] == '\0')
        return 0;
    (void)stat(s->file, &there);
    if (s->take(a, fault) != 0)
        return -1;
    s->read = there;
    a->changes++;
    return 0;
}

struct ut_access *ut_access_new(const struct ut_access_options *options, struct ut_fault *fault)
{
    struct ut_access *a = calloc(1, sizeof *a);
    if (a == NULL) {
        (void)ut_fault_no_memory(fault);
        return NULL;
    }
    a->options = *options;
    a->source[USERS] = (struct source){.file = options->users, .take = take_users, .forget = forget_users};
    a->source[DESKS] = (struct source){.file = options->desks, .take = take_desks, .forget = forget_desks};
    if (ut_web_guard_init(&a->guard, options->port, fault) == 0 && read_source(a, &a->source[USERS], fault) == 0 &&
        read_source(a, &a->source[DESKS], fault) == 0) {
        a->guard.anywhere = options->anywhere;
        a->guard.secure = options->secure;
        a->guard.proxied = options->proxy[0] != '\0';
        a->guard.host = options->host[0] != '\0' ? options->host : NULL;
        return a;
    }
    ut_access_free(a);
    return NULL;
}

void ut_access_free(struct ut_access *a)
{
    if (a == NULL)
        return;
    forget_users(a);
    forget_desks(a);
    free(a->ticket);
    free(a->seen);
    explicit_bzero(a, sizeof *a);
    free(a);
}

const char *ut_access_token(const struct ut_access *a)
{
    return a->options.anywhere ? "" : a->guard.token;
}

static bool from_proxy(const struct ut_access *a, const struct ut_web_request *r)
{
    return a->options.proxy[0] != '\0' && strcmp(r->peer, a->options.proxy) == 0;
}

int ut_access_place(const struct ut_access *a, const struct ut_web_request *r)
{
    if (a->options.anywhere && !a->options.secure && !from_proxy(a, r))
        return 403;
    return ut_web_guard_place(&a->guard, &r->headers);
}

/* A mode that others may read by, and its mending, change nothing but the time of change. */
static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* A file that cannot be read any more lets nobody in. */
static void refresh(struct ut_access *a, struct source *s)
{
    struct stat now;
    struct ut_fault fault;
    if (s->file[0] == '\0')
        return;
    if (stat(s->file, &now) != 0)
        now = (struct stat){0};
    if (is_same_file(&now, &s->read))
        return;
    if (read_source(a, s, &fault) == 0) {
        if (s->failing)
            ut_note("%s: is read again", s->file);
        s->failing = false;
        return;
    }
    if (!s->failing)
        ut_note("%s; nobody of it is let in", fault.text);
    s->failing = true;
    s->forget(a);
    s->read = now;
    a->changes++;
}

unsigned ut_access_refresh(struct ut_access *a)
{
    for (int i = 0; i < SOURCES; i++)
        refresh(a, &a->source[i]);
    return a->changes;
}

/* Of both files; NULL = there is none. */
static const struct ut_user *named(const struct ut_access *a, const char *name)
{
    const struct ut_user *u = ut_users_named(&a->users, name);
    return u != NULL ? u : ut_enrolment_named(&a->enrolment, name);
}

static const struct ut_user *with(const struct ut_access *a, const char *token)
{
    const struct ut_user *u = ut_users_with(&a->users, token);
    return u != NULL ? u : ut_enrolment_with(&a->enrolment, token);
}

/* NULL = the ticket is over, or was given for a token that is no more. */
static const struct ut_user *user_of(const struct ut_access *a, const struct ticket *t, int64_t now_ms)
{
    const struct ut_user *u = now_ms < t->until_ms ? named(a, t->name) : NULL;
    return u != NULL && strcmp(u->hash, t->token_hash) == 0 ? u : NULL;
}

static const struct ut_user *of_ticket(struct ut_access *a, const struct ut_web_request *r, int64_t now_ms,
                                       const struct ticket **by)
{
    char value[UT_WEB_TOKEN], hash[UT_TOKEN_TEXT];
    ut_web_guard_cookie(&a->guard, &r->headers, value);
    if (value[0] == '\0')
        return NULL;
    ut_token_hash(value, hash);
    for (size_t i = 0; i < a->tickets; i++) {
        const struct ticket *t = &a->ticket[i];
        const struct ut_user *u = ut_token_same(t->hash, hash) ? user_of(a, t, now_ms) : NULL;
        if (u != NULL) {
            *by = t;
            return u;
        }
    }
    return NULL;
}

/* Where one more of the user's goes: who logs in often drives nobody else's out. NULL when out of memory. */
static struct ticket *place_ticket(struct ut_access *a, const struct ut_user *u, int64_t now_ms)
{
    struct ticket *oldest = NULL, *none = NULL;
    int own = 0;
    for (struct ticket *t = a->ticket; t < a->ticket + a->tickets; t++) {
        if (user_of(a, t, now_ms) == NULL) {
            none = t;
        } else if (strcmp(t->name, u->name) == 0) {
            own++;
            if (oldest == NULL || t->until_ms < oldest->until_ms)
                oldest = t;
        }
    }
    if (own >= UT_ACCESS_TICKETS)
        return oldest;
    if (none != NULL)
        return none;
    struct ticket *grown = ut_grow(a->ticket, &a->ticket_room, a->tickets + 1, sizeof *grown);
    if (grown == NULL)
        return oldest;
    a->ticket = grown;
    return &a->ticket[a->tickets++];
}

/* NULL when out of memory. */
static const char *give_ticket(struct ut_access *a, const struct ut_user *u, int64_t now_ms)
{
    struct ticket *t = place_ticket(a, u, now_ms);
    char value[UT_TOKEN_TEXT];
    if (t == NULL)
        return NULL;
    ut_token_make(value);
    ut_token_hash(value, t->hash);
    memcpy(t->name, u->name, sizeof t->name);
    memcpy(t->token_hash, u->hash, sizeof t->token_hash);
    t->number = ++a->given;
    t->until_ms = now_ms + UT_ACCESS_TICKET_MS;
    (void)snprintf(a->set, sizeof a->set, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s", a->guard.cookie, value,
                   a->options.secure ? "; Secure" : "");
    return a->set;
}

static bool is_first(const struct ut_access *a, const char *name)
{
    for (size_t i = 0; i < a->seen_count; i++)
        if (strcmp(a->seen[i], name) == 0)
            return false;
    return true;
}

void ut_access_seen(struct ut_access *a, const char *name)
{
    char(*grown)[UT_IDENTITY_MAX + 1];
    if (!is_first(a, name) || (grown = ut_grow(a->seen, &a->seen_room, a->seen_count + 1, sizeof *grown)) == NULL)
        return;
    a->seen = grown;
    (void)snprintf(a->seen[a->seen_count++], sizeof a->seen[0], "%s", name);
}

static int let_in(struct ut_access *a, const struct ut_user *u, struct ut_access_user *who)
{
    a->who = *u;
    *who = (struct ut_access_user){.name = a->who.name, .role = u->role, .first = is_first(a, u->name)};
    return 0;
}

const char *ut_access_leave(struct ut_access *a, const struct ut_web_request *r, uint64_t *ticket)
{
    char value[UT_WEB_TOKEN], hash[UT_TOKEN_TEXT];
    *ticket = 0;
    ut_web_guard_cookie(&a->guard, &r->headers, value);
    ut_token_hash(value, hash);
    for (size_t i = 0; value[0] != '\0' && i < a->tickets; i++)
        if (ut_token_same(a->ticket[i].hash, hash)) {
            *ticket = a->ticket[i].number;
            a->ticket[i] = (struct ticket){.until_ms = 0};
        }
    (void)snprintf(a->set, sizeof a->set, "%s=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict%s", a->guard.cookie,
                   a->options.secure ? "; Secure" : "");
    return a->set;
}

/* Another site's form or script has an Origin, or has it taken away; a program has a token. */
static bool may_be_forged(const struct ut_web_request *r)
{
    bool changes = strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0;
    return changes && r->headers.origin == NULL;
}

int ut_access_judge(struct ut_access *a, const struct ut_web_request *r, const char *address_token, int64_t now_ms,
                    struct ut_access_user *who)
{
    struct ut_user local = {.role = UT_ROLE_ADMIN};
    const char *bearer = ut_web_guard_bearer(&r->headers);
    const struct ut_user *u;
    const struct ticket *by;
    int refused = ut_access_place(a, r);
    if (refused != 0)
        return refused;
    (void)ut_access_refresh(a);
    if (from_proxy(a, r) && r->headers.user != NULL) {
        if (r->headers.users > 1) /* a client's own, and the proxy's beside it */
            return 403;
        u = named(a, r->headers.user);
        return u != NULL ? let_in(a, u, who) : 403;
    }
    if (may_be_forged(r) && bearer == NULL)
        return r->headers.cookie != NULL || address_token != NULL ? 403 : 401;
    if (address_token != NULL && (u = with(a, address_token)) != NULL) {
        (void)let_in(a, u, who);
        who->first = true; /* that one logs in */
        who->set_cookie = give_ticket(a, u, now_ms);
        return 0;
    }
    if (bearer != NULL && (u = with(a, bearer)) != NULL)
        return let_in(a, u, who);
    if ((u = of_ticket(a, r, now_ms, &by)) != NULL) {
        (void)let_in(a, u, who);
        who->until_ms = by->until_ms;
        who->ticket = by->number;
        return 0;
    }
    memcpy(local.name, LOCAL, sizeof LOCAL);
    if (a->options.anywhere)
        return 401;
    if (address_token != NULL && ut_web_guard_token(&a->guard, address_token)) {
        (void)let_in(a, &local, who);
        who->local = who->first = true;
        who->set_cookie = a->guard.set;
        return 0;
    }
    if (ut_web_guard_judge(&a->guard, &r->headers) != 0)
        return 401;
    (void)let_in(a, &local, who);
    who->local = true;
    return 0;
}
