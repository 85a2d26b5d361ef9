/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/users.h"

#include "host-tools/system/grow.h"
#include "host-tools/system/output.h"
#include "host-tools/system/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const roles[UT_ROLES] = {"agent", "supervisor", "integrator", "auditor", "admin"};
static const char *const rights[UT_RIGHTS] = {"own_calls", "calls", "flags",    "customers", "audit",
                                              "metrics",   "desks", "rollouts", "files"};

/* clang-format off */
static const bool may[UT_ROLES][UT_RIGHTS] = {
    [UT_ROLE_AGENT]      = {[UT_RIGHT_OWN_CALLS] = true, [UT_RIGHT_FILES] = true},
    [UT_ROLE_SUPERVISOR] = {[UT_RIGHT_CALLS] = true, [UT_RIGHT_FLAGS] = true, [UT_RIGHT_METRICS] = true,
                            [UT_RIGHT_ROLLOUTS] = true},
    [UT_ROLE_INTEGRATOR] = {[UT_RIGHT_CALLS] = true, [UT_RIGHT_CUSTOMERS] = true, [UT_RIGHT_METRICS] = true,
                            [UT_RIGHT_ROLLOUTS] = true},
    [UT_ROLE_AUDITOR]    = {[UT_RIGHT_AUDIT] = true, [UT_RIGHT_METRICS] = true},
    [UT_ROLE_ADMIN]      = {[UT_RIGHT_CALLS] = true, [UT_RIGHT_FLAGS] = true, [UT_RIGHT_CUSTOMERS] = true,
                            [UT_RIGHT_AUDIT] = true, [UT_RIGHT_METRICS] = true, [UT_RIGHT_DESKS] = true,
                            [UT_RIGHT_ROLLOUTS] = true, [UT_RIGHT_FILES] = true},
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

int ut_user_parse(char *line, struct ut_user *u)
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
        return ut_fault_no_memory(fault);
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
        if (ut_user_parse(line, &one) != 0 || ut_users_named(u, one.name) != NULL)
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

/* The file while nobody else changes it. */
struct held {
    char *path; /* behind all links: what is written takes the place of a file, not of a link to it */
    int fd;
    struct stat there;
};

static int cannot_write(const char *file, struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written (%s); check the folder", file, strerror(errno));
}

static void let_go(struct held *h)
{
    if (h->fd >= 0)
        (void)close(h->fd);
    free(h->path);
    *h = (struct held){.fd = -1};
}

/* Whoever waited for the lock may hold a file that another has replaced meanwhile. 1 = have it, 0 = try again; or -1
 * and errno. */
static int try_hold(struct held *h, const char *file, int make)
{
    struct stat now;
    h->fd = open(file, O_RDWR | O_CLOEXEC | O_NOCTTY | make, 0600);
    h->path = h->fd >= 0 ? realpath(file, NULL) : NULL;
    if (h->path == NULL || flock(h->fd, LOCK_EX) != 0 || fstat(h->fd, &h->there) != 0)
        return -1;
    return stat(h->path, &now) == 0 && now.st_ino == h->there.st_ino && now.st_dev == h->there.st_dev;
}

/* make: O_CREAT or 0. 0, or -1 and *fault. */
static int hold(struct held *h, const char *file, int make, struct ut_fault *fault)
{
    int r;
    *h = (struct held){.fd = -1};
    while ((r = try_hold(h, file, make)) == 0)
        let_go(h);
    if (r > 0)
        return 0;
    (void)cannot_write(file, fault);
    let_go(h);
    return -1;
}

/* Every line as it stands but that of one user, and one more; either may be NULL. */
static void write_lines(char *text, const char *without, const struct ut_user *more, FILE *out)
{
    for (char *line; (line = ut_text_file_line(&text)) != NULL;) {
        const char *name = line + strspn(line, " \t");
        size_t n = strcspn(name, " \t");
        if (without == NULL || n != strlen(without) || strncmp(name, without, n) != 0)
            (void)fprintf(out, "%s\n", line);
    }
    if (more != NULL)
        (void)fprintf(out, "%s %s %s\n", more->name, roles[more->role], more->hash);
}

/* What is written stays its owner's: serve is another user than whoever makes tokens. 0, or -1 and *fault. */
static int write_all(const struct held *h, const char *without, const struct ut_user *more, struct ut_fault *fault)
{
    struct ut_output o;
    char *text = h->there.st_size > 0 ? ut_text_file_read(h->path, "users", fault) : strdup("");
    if (text == NULL || ut_output_open(&o, h->path, fault) != 0) {
        free(text);
        return -1;
    }
    write_lines(text, without, more, o.file);
    free(text);
    if (fchown(fileno(o.file), h->there.st_uid, h->there.st_gid) != 0) {
        (void)cannot_write(h->path, fault);
        ut_output_abandon(&o);
        return -1;
    }
    return ut_output_commit(&o, fault);
}

int ut_users_add(const char *file, const char *name, enum ut_role role, char token[UT_TOKEN_TEXT],
                 struct ut_fault *fault)
{
    struct ut_users u = {0};
    struct ut_user one = {.role = role};
    struct held h;
    if (hold(&h, file, O_CREAT, fault) != 0)
        return -1;
    int r = ut_users_read(&u, file, fault);
    if (r == 0 && ut_users_named(&u, name) != NULL)
        r = ut_fault_set(fault, UT_EXIT_USAGE, "%s: has %s already; remove it first, or give another name", file, name);
    (void)snprintf(one.name, sizeof one.name, "%s", name);
    ut_token_make(token);
    ut_token_hash(token, one.hash);
    if (r == 0)
        r = write_all(&h, NULL, &one, fault);
    ut_users_free(&u);
    let_go(&h);
    return r;
}

int ut_users_remove(const char *file, const char *name, struct ut_fault *fault)
{
    struct ut_users u;
    struct held h;
    if (ut_users_read(&u, file, fault) != 0) /* which says why not, and there is none without it */
        return -1;
    ut_users_free(&u);
    if (hold(&h, file, 0, fault) != 0)
        return -1;
    int r = ut_users_read(&u, file, fault);
    if (r == 0 && ut_users_named(&u, name) == NULL)
        r = ut_fault_set(fault, UT_EXIT_USAGE, "%s: has no %s; `undertone serve token list` names them", file, name);
    if (r == 0)
        r = write_all(&h, name, NULL, fault);
    ut_users_free(&u);
    let_go(&h);
    return r;
}
