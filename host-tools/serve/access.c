/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SEEN = 256 };

static const char LOCAL[] = "local";

/* What a cookie holds stands for a user as long as that one's token is the same. */
struct ticket {
    char hash[UT_TOKEN_TEXT]; /* of the cookie's value; "" = free */
    char name[UT_IDENTITY_MAX + 1], token_hash[UT_TOKEN_TEXT];
    int64_t until_ms;
};

struct ut_access {
    struct ut_access_options options;
    struct ut_web_guard guard;
    struct ut_users users;
    struct stat read; /* the file as it was read */
    struct ticket ticket[UT_ACCESS_TICKETS];
    int next;
    char seen[SEEN][UT_IDENTITY_MAX + 1];
    int seen_count;
    struct ut_user who; /* found last */
    char set[UT_WEB_SET_COOKIE];
};

static int read_users(struct ut_access *a, struct ut_fault *fault)
{
    struct ut_users now;
    struct stat there = {0};
    if (a->options.users[0] == '\0')
        return 0;
    (void)stat(a->options.users, &there);
    if (ut_users_read(&now, a->options.users, fault) != 0)
        return -1;
    ut_users_free(&a->users);
    a->users = now;
    a->read = there;
    return 0;
}

struct ut_access *ut_access_new(const struct ut_access_options *options, struct ut_fault *fault)
{
    struct ut_access *a = calloc(1, sizeof *a);
    if (a == NULL) {
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "not enough memory; close other programs");
        return NULL;
    }
    a->options = *options;
    if (ut_web_guard_init(&a->guard, options->port, fault) == 0 && read_users(a, fault) == 0) {
        a->guard.anywhere = options->anywhere;
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
    ut_users_free(&a->users);
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

/* A file that cannot be read any more lets nobody in. */
static void refresh(struct ut_access *a)
{
    struct stat now;
    struct ut_fault fault;
    if (a->options.users[0] == '\0')
        return;
    if (stat(a->options.users, &now) == 0 && now.st_ino == a->read.st_ino && now.st_size == a->read.st_size &&
        now.st_mtim.tv_sec == a->read.st_mtim.tv_sec && now.st_mtim.tv_nsec == a->read.st_mtim.tv_nsec)
        return;
    if (read_users(a, &fault) != 0) {
        ut_note("%s; nobody of it is let in", fault.text);
        ut_users_free(&a->users);
        a->read = now;
    }
}

static const struct ut_user *of_ticket(struct ut_access *a, const struct ut_web_request *r, int64_t now_ms)
{
    char value[UT_WEB_TOKEN], hash[UT_TOKEN_TEXT];
    ut_web_guard_cookie(&a->guard, &r->headers, value);
    if (value[0] == '\0')
        return NULL;
    ut_token_hash(value, hash);
    for (int i = 0; i < UT_ACCESS_TICKETS; i++) {
        const struct ticket *t = &a->ticket[i];
        const struct ut_user *u =
            ut_token_same(t->hash, hash) && now_ms < t->until_ms ? ut_users_named(&a->users, t->name) : NULL;
        if (u != NULL && strcmp(u->hash, t->token_hash) == 0)
            return u;
    }
    return NULL;
}

static const char *give_ticket(struct ut_access *a, const struct ut_user *u, int64_t now_ms)
{
    struct ticket *t = &a->ticket[a->next];
    char value[UT_TOKEN_TEXT];
    a->next = (a->next + 1) % UT_ACCESS_TICKETS;
    ut_token_make(value);
    ut_token_hash(value, t->hash);
    memcpy(t->name, u->name, sizeof t->name);
    memcpy(t->token_hash, u->hash, sizeof t->token_hash);
    t->until_ms = now_ms + UT_ACCESS_TICKET_MS;
    (void)snprintf(a->set, sizeof a->set, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s", a->guard.cookie, value,
                   a->options.secure ? "; Secure" : "");
    return a->set;
}

static bool is_first(struct ut_access *a, const char *name)
{
    for (int i = 0; i < a->seen_count; i++)
        if (strcmp(a->seen[i], name) == 0)
            return false;
    if (a->seen_count < SEEN)
        (void)snprintf(a->seen[a->seen_count++], sizeof a->seen[0], "%s", name);
    return true;
}

static int let_in(struct ut_access *a, const struct ut_user *u, struct ut_access_user *who)
{
    a->who = *u;
    *who = (struct ut_access_user){.name = a->who.name, .role = u->role, .first = is_first(a, u->name)};
    return 0;
}

int ut_access_judge(struct ut_access *a, const struct ut_web_request *r, const char *address_token, int64_t now_ms,
                    struct ut_access_user *who)
{
    struct ut_user local = {.role = UT_ROLE_ADMIN};
    const char *bearer = ut_web_guard_bearer(&r->headers);
    const struct ut_user *u;
    int refused = ut_access_place(a, r);
    if (refused != 0)
        return refused;
    refresh(a);
    if (from_proxy(a, r) && r->headers.user != NULL) {
        u = ut_users_named(&a->users, r->headers.user);
        return u != NULL ? let_in(a, u, who) : 403;
    }
    if (address_token != NULL && (u = ut_users_with(&a->users, address_token)) != NULL) {
        (void)let_in(a, u, who);
        who->first = true; /* that one logs in */
        who->set_cookie = give_ticket(a, u, now_ms);
        return 0;
    }
    if (bearer != NULL && (u = ut_users_with(&a->users, bearer)) != NULL)
        return let_in(a, u, who);
    if ((u = of_ticket(a, r, now_ms)) != NULL)
        return let_in(a, u, who);
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
