/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/users.h"

#include "host-tools/system/grow.h"
#include "host-tools/system/output.h"
#include "host-tools/system/text_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const roles[UT_ROLES] = {"agent", "supervisor", "integrator", "auditor", "admin"};
static const char *const rights[UT_RIGHTS] = {"own_calls", "calls", "flags", "customers", "audit", "metrics"};

/* clang-format off */
static const bool may[UT_ROLES][UT_RIGHTS] = {
    [UT_ROLE_AGENT]      = {[UT_RIGHT_OWN_CALLS] = true},
    [UT_ROLE_SUPERVISOR] = {[UT_RIGHT_CALLS] = true, [UT_RIGHT_FLAGS] = true, [UT_RIGHT_METRICS] = true},
    [UT_ROLE_INTEGRATOR] = {[UT_RIGHT_CALLS] = true, [UT_RIGHT_CUSTOMERS] = true, [UT_RIGHT_METRICS] = true},
    [UT_ROLE_AUDITOR]    = {[UT_RIGHT_AUDIT] = true, [UT_RIGHT_METRICS] = true},
    [UT_ROLE_ADMIN]      = {[UT_RIGHT_CALLS] = true, [UT_RIGHT_FLAGS] = true, [UT_RIGHT_CUSTOMERS] = true,
                            [UT_RIGHT_AUDIT] = true, [UT_RIGHT_METRICS] = true},
};
/* clang-format on */

const char *ut_role_name(enum ut_role role)
{
    return roles[role];
}

enum ut_role ut_role_find(const char *name)
{
    int i = 0;
    while (i < UT_ROLES && strcmp(name, roles[i]) != 0)
        i++;
    return (enum ut_role)i;
}

const char *ut_right_name(enum ut_right right)
{
    return rights[right];
}

bool ut_role_may(enum ut_role role, enum ut_right right)
{
    return may[role][right];
}

/* "NAME ROLE HASH", in place. 0 or -1. */
static int parse_line(char *line, struct ut_user *u)
{
    static const char BLANK[] = " \t";
    char *rest = NULL, *name = strtok_r(line, BLANK, &rest), *role = strtok_r(NULL, BLANK, &rest),
         *hash = strtok_r(NULL, BLANK, &rest);
    if (hash == NULL || strtok_r(NULL, BLANK, &rest) != NULL || !ut_identity_fits(name) ||
        (u->role = ut_role_find(role)) == UT_ROLES || strlen(hash) != UT_TOKEN_TEXT - 1 ||
        strspn(hash, "0123456789abcdef") != UT_TOKEN_TEXT - 1)
        return -1;
    (void)snprintf(u->name, sizeof u->name, "%s", name);
    memcpy(u->hash, hash, sizeof u->hash);
    return 0;
}

static int add(struct ut_users *u, const struct ut_user *one, struct ut_fault *fault)
{
    struct ut_user *grown = ut_grow(u->user, &u->room, u->n + 1, sizeof *grown);
    if (grown == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "not enough memory; close other programs");
    u->user = grown;
    u->user[u->n++] = *one;
    return 0;
}

static int parse(struct ut_users *u, const char *file, char *text, struct ut_fault *fault)
{
    struct ut_user one;
    int number = 0;
    for (char *line; (line = ut_text_file_line(&text)) != NULL;) {
        number++;
        if (line[0] == '#' || line[strspn(line, " \t")] == '\0')
            continue;
        if (parse_line(line, &one) != 0 || ut_users_named(u, one.name) != NULL)
            return ut_fault_set(
                fault, UT_EXIT_CONFIG_KEY,
                "%s:%d: is no NAME ROLE HASH of a user, or a name twice; `undertone serve token` writes "
                "such lines",
                file, number);
        if (add(u, &one, fault) != 0)
            return -1;
    }
    return 0;
}

int ut_users_read(struct ut_users *u, const char *file, struct ut_fault *fault)
{
    struct stat there;
    *u = (struct ut_users){0};
    if (stat(file, &there) != 0)
        return ut_fault_set(fault, UT_EXIT_MISSING,
                            "%s: cannot be opened (%s); `undertone serve token add NAME ROLE` makes it", file,
                            strerror(errno));
    if ((there.st_mode & 077) != 0)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: says who may ask and others may read it; chmod 600 it",
                            file);
    char *text = there.st_size > 0 ? ut_text_file_read(file, "users", fault) : NULL;
    if (text == NULL)
        return there.st_size > 0 ? -1 : 0;
    int r = parse(u, file, text, fault);
    free(text);
    if (r != 0)
        ut_users_free(u);
    return r;
}

void ut_users_free(struct ut_users *u)
{
    free(u->user);
    *u = (struct ut_users){0};
}

const struct ut_user *ut_users_named(const struct ut_users *u, const char *name)
{
    for (size_t i = 0; i < u->n; i++)
        if (strcmp(u->user[i].name, name) == 0)
            return &u->user[i];
    return NULL;
}

const struct ut_user *ut_users_with(const struct ut_users *u, const char *token)
{
    char hash[UT_TOKEN_TEXT];
    const struct ut_user *found = NULL;
    ut_token_hash(token, hash);
    for (size_t i = 0; i < u->n; i++)
        if (ut_token_same(u->user[i].hash, hash))
            found = &u->user[i];
    return found;
}

static int write_all(const struct ut_users *u, const char *without, const char *file, struct ut_fault *fault)
{
    struct ut_output o;
    if (ut_output_open(&o, file, fault) != 0)
        return -1;
    for (size_t i = 0; i < u->n; i++)
        if (without == NULL || strcmp(u->user[i].name, without) != 0)
            (void)fprintf(o.file, "%s %s %s\n", u->user[i].name, roles[u->user[i].role], u->user[i].hash);
    return ut_output_commit(&o, fault);
}

int ut_users_add(const char *file, const char *name, enum ut_role role, char token[UT_TOKEN_TEXT],
                 struct ut_fault *fault)
{
    struct ut_users u = {0};
    struct ut_user one = {.role = role};
    struct stat there;
    int r = 0;
    if (stat(file, &there) == 0 || errno != ENOENT)
        r = ut_users_read(&u, file, fault);
    if (r == 0 && ut_users_named(&u, name) != NULL)
        r = ut_fault_set(fault, UT_EXIT_USAGE, "%s: has %s already; remove it first, or give another name", file, name);
    (void)snprintf(one.name, sizeof one.name, "%s", name);
    ut_token_make(token);
    ut_token_hash(token, one.hash);
    if (r == 0)
        r = add(&u, &one, fault) == 0 ? write_all(&u, NULL, file, fault) : -1;
    ut_users_free(&u);
    return r;
}

int ut_users_remove(const char *file, const char *name, struct ut_fault *fault)
{
    struct ut_users u;
    if (ut_users_read(&u, file, fault) != 0)
        return -1;
    int r =
        ut_users_named(&u, name) != NULL
            ? write_all(&u, name, file, fault)
            : ut_fault_set(fault, UT_EXIT_USAGE, "%s: has no %s; `undertone serve token list` names them", file, name);
    ut_users_free(&u);
    return r;
}
