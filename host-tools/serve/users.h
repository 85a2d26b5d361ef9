/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask a floor, and what: names, roles and the hashes of tokens in a file. SPEC.md "Access".
 *
 * in    a file of mode 0600, a line "NAME ROLE HASH" each; lines that begin with # are for people
 * out   a user by name or token; the file with one more or less, of the same owner, its other lines as they were; who
 *       changes it at the same time waits
 * errors UT_EXIT_MISSING no such file; UT_EXIT_CONFIG_KEY others may read it, or a line is none; UT_EXIT_USAGE a name
 *       that is there already, or is not; UT_EXIT_FAILURE it cannot be written
 */
#ifndef UT_HOST_USERS_H
#define UT_HOST_USERS_H

#include "host-tools/system/fault.h"
#include "host-tools/system/identity.h"
#include "host-tools/system/token.h"

#include <stdbool.h>
#include <stddef.h>

enum ut_role {
    UT_ROLE_AGENT, /* calls of the desk of that name */
    UT_ROLE_SUPERVISOR,
    UT_ROLE_INTEGRATOR,
    UT_ROLE_AUDITOR,
    UT_ROLE_ADMIN,
    UT_ROLES
};

enum ut_right {
    UT_RIGHT_OWN_CALLS, /* of one's own desk */
    UT_RIGHT_CALLS,     /* of the site: the page, the state, news */
    UT_RIGHT_FLAGS,     /* acknowledge, act */
    UT_RIGHT_CUSTOMERS, /* what is kept of one, and forgetting it */
    UT_RIGHT_AUDIT,     /* the record of what was decided, desks' checkpoints */
    UT_RIGHT_METRICS,
    UT_RIGHT_DESKS,    /* that a desk's audit file is rightly another, that a roll-out is stopped */
    UT_RIGHT_ROLLOUTS, /* how they go */
    UT_RIGHT_FILES,    /* of roll-outs */
    UT_RIGHTS
};

const char *ut_role_name(enum ut_role role);
enum ut_role ut_role_find(const char *name); /* UT_ROLES: there is none */
const char *ut_right_name(enum ut_right right);
bool ut_role_may(enum ut_role role, enum ut_right right);

struct ut_user {
    char name[UT_IDENTITY_MAX + 1];
    enum ut_role role;
    char hash[UT_TOKEN_TEXT];
};

struct ut_users {
    struct ut_user *user;
    size_t n, room;
};

/* A line "NAME ROLE HASH", which is cut up in place. 0, or -1: it is none. */
enum { UT_USER_LINE = UT_IDENTITY_MAX + 80 };
int ut_user_parse(char *line, struct ut_user *u);

/* 0, or -1 and *fault. */
int ut_users_read(struct ut_users *u, const char *file, struct ut_fault *fault);
void ut_users_free(struct ut_users *u);

/* NULL = there is none. */
const struct ut_user *ut_users_named(const struct ut_users *u, const char *name);
const struct ut_user *ut_users_with(const struct ut_users *u, const char *token);

/* Makes the file where it is not there. 0 and the token, which nobody can find out later; or -1 and *fault. */
int ut_users_add(const char *file, const char *name, enum ut_role role, char token[UT_TOKEN_TEXT],
                 struct ut_fault *fault);

/* 0, or -1 and *fault. */
int ut_users_remove(const char *file, const char *name, struct ut_fault *fault);

#endif
