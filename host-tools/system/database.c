/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/database.h"

#include "host-tools/system/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAIT_MS = 5000, RETRY_MS = 20, KEPT = 16 };

/* A statement that was prepared once: preparing takes as long as a row. */
struct kept {
    sqlite3_stmt *statement; /* NULL = none */
    bool used;
};

struct ut_database {
    sqlite3 *db;
    const struct ut_database_kind *kind;
    int wait_ms;
    const char *name; /* as it was given, for people */
    char path[4096];
    struct kept kept[KEPT];
    int oldest; /* of the kept ones */
};

/* The system's reason. That of a commit is known to the log's own file alone. */
static int reason_of(const struct ut_database *d)
{
    int reason = sqlite3_system_errno(d->db);
    sqlite3_file *log = NULL;
    if (reason != 0 || sqlite3_file_control(d->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK)
        return reason;
    if (log != NULL && log->pMethods != NULL)
        (void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &reason);
    return reason;
}

/* -1 and what SQLite's code means. */
static int failed(const struct ut_database *d, int code, struct ut_fault *fault)
{
    int reason = reason_of(d);
    switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ut_fault_set(fault, UT_EXIT_STORE_LOCKED,
                            "%s: locked by another program for longer than %g s; close that one, or try again", d->name,
                            d->wait_ms / 1000.0);
    case SQLITE_IOERR:
        if (reason != ENOSPC && reason != EDQUOT && reason != EFBIG)
            return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be read or written (%s); check the disk", d->name,
                                reason != 0 ? strerror(reason) : sqlite3_errstr(code));
        /* fallthrough */
    case SQLITE_FULL:
        return ut_fault_set(fault, UT_EXIT_STORE_FULL, "%s: no space left for it; free some", d->name);
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be opened for writing (%s); check permissions", d->name,
                            reason != 0 ? strerror(reason) : sqlite3_errstr(code));
    case SQLITE_NOMEM:
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", d->name);
    default:
        return ut_fault_set(fault, UT_EXIT_STORE,
                            "%s: is not %s, or is damaged (%s); give another name, or move it away", d->name,
                            d->kind->what, d->db != NULL ? sqlite3_errmsg(d->db) : sqlite3_errstr(code));
    }
}

static int bind(sqlite3_stmt *statement, const char *types, va_list values)
{
    int code = SQLITE_OK;
    for (int i = 0; types[i] != '\0' && code == SQLITE_OK; i++) {
        if (types[i] == 't')
            code = sqlite3_bind_text(statement, i + 1, va_arg(values, const char *), -1, SQLITE_TRANSIENT);
        else
            code = sqlite3_bind_int64(statement, i + 1, va_arg(values, int64_t));
    }
    return code;
}

/* SQLite's code. *place: where the statement is kept; NULL = nowhere. A pragma may act while it is prepared. */
static int prepare(struct ut_database *d, const char *sql, sqlite3_stmt **statement, struct kept **place)
{
    bool keep = strchr("SIUD", sql[0]) != NULL;
    *place = NULL;
    for (int i = 0; keep && i < KEPT; i++)
        if (d->kept[i].statement != NULL && !d->kept[i].used && strcmp(sqlite3_sql(d->kept[i].statement), sql) == 0) {
            *place = &d->kept[i];
            *statement = d->kept[i].statement;
            d->kept[i].used = true;
            return SQLITE_OK;
        }
    int code = sqlite3_prepare_v2(d->db, sql, -1, statement, NULL);
    struct kept *oldest = &d->kept[d->oldest];
    if (code != SQLITE_OK || !keep || oldest->used)
        return code;
    (void)sqlite3_finalize(oldest->statement);
    *oldest = (struct kept){.statement = *statement, .used = true};
    *place = oldest;
    d->oldest = (d->oldest + 1) % KEPT;
    return code;
}

/* What was wrong with its last step. */
static int put_back(sqlite3_stmt *statement, struct kept *place)
{
    if (place == NULL)
        return sqlite3_finalize(statement);
    place->used = false;
    int code = sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement); /* they may be what somebody said */
    return code;
}

static const char *text_of(const struct ut_database_row *row, int column)
{
    return (const char *)sqlite3_column_text(row->of, column);
}

static int64_t number_of(const struct ut_database_row *row, int column)
{
    return sqlite3_column_int64(row->of, column);
}

/* SQLite's code, SQLITE_DONE when all is well; *stopped: what `each` returned. */
static int run(struct ut_database *d, ut_database_each *each, void *ctx, int *stopped, const char *sql,
               const char *types, va_list values)
{
    sqlite3_stmt *statement = NULL;
    static const struct ut_database_row_kind KIND = {text_of, number_of};
    *stopped = 0;
    struct kept *place;
    int code = prepare(d, sql, &statement, &place);
    if (code == SQLITE_OK)
        code = bind(statement, types, values);
    if (code == SQLITE_OK) {
        while ((code = sqlite3_step(statement)) == SQLITE_ROW && *stopped == 0)
            if (each != NULL)
                *stopped = each(ctx, &(struct ut_database_row){&KIND, statement, 0});
    }
    if (*stopped != 0)
        code = SQLITE_DONE;
    int end = put_back(statement, place);
    return code == SQLITE_DONE || end == SQLITE_OK ? code : end;
}

int ut_database_do(struct ut_database *d, struct ut_fault *fault, const char *sql, const char *types, ...)
{
    int stopped;
    va_list values;
    va_start(values, types);
    int code = run(d, NULL, NULL, &stopped, sql, types, values);
    va_end(values);
    return code == SQLITE_DONE ? 0 : failed(d, code, fault);
}

int ut_database_ask(struct ut_database *d, struct ut_fault *fault, ut_database_each *each, void *ctx, const char *sql,
                    const char *types, ...)
{
    int stopped;
    va_list values;
    va_start(values, types);
    int code = run(d, each, ctx, &stopped, sql, types, values);
    va_end(values);
    return code == SQLITE_DONE ? stopped : failed(d, code, fault);
}

int ut_database_changed(const struct ut_database *d)
{
    return sqlite3_changes(d->db);
}

static int take_number(void *ctx, const struct ut_database_row *row)
{
    *(int64_t *)ctx = ut_database_number(row, 0);
    return 1;
}

int ut_database_count(struct ut_database *d, struct ut_fault *fault, int64_t *number, int64_t otherwise,
                      const char *sql)
{
    *number = otherwise;
    return ut_database_ask(d, fault, take_number, number, sql, "") < 0 ? -1 : 0;
}

int ut_database_settle(struct ut_database *d, struct ut_fault *fault)
{
    int64_t busy;
    if (ut_database_count(d, fault, &busy, 0, "PRAGMA wal_checkpoint(TRUNCATE)") != 0)
        return -1;
    return busy != 0;
}

void ut_database_wait(struct ut_database *d, int ms)
{
    d->wait_ms = ms;
    (void)sqlite3_busy_timeout(d->db, ms);
}

struct state {
    int64_t owner, version, tables;
};

static int take_state(void *ctx, const struct ut_database_row *row)
{
    *(struct state *)ctx = (struct state){.owner = ut_database_number(row, 0),
                                          .version = ut_database_number(row, 1),
                                          .tables = ut_database_number(row, 2)};
    return 1;
}

static int read_state(struct ut_database *d, struct state *s, struct ut_fault *fault)
{
    static const char sql[] = "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) "
                              "FROM pragma_application_id, pragma_user_version";
    return ut_database_ask(d, fault, take_state, s, sql, "") < 0 ? -1 : 0;
}

/* The tables of a file that has none; another program may be at it too. */
static int make_tables(struct ut_database *d, struct ut_fault *fault)
{
    struct state s;
    char own[100];
    char *words = NULL;
    if (ut_database_do(d, fault, "PRAGMA journal_mode = WAL", "") != 0 ||
        ut_database_do(d, fault, "BEGIN IMMEDIATE", "") != 0)
        return -1;
    int r = read_state(d, &s, fault);
    if (r == 0 && s.tables == 0) {
        (void)snprintf(own, sizeof own, "PRAGMA application_id = %" PRId32 "; PRAGMA user_version = %d;",
                       d->kind->owner, d->kind->version);
        int code = sqlite3_exec(d->db, d->kind->schema, NULL, NULL, &words);
        if (code == SQLITE_OK)
            code = sqlite3_exec(d->db, own, NULL, NULL, NULL);
        sqlite3_free(words);
        r = code == SQLITE_OK ? 0 : failed(d, code, fault);
    }
    if (r == 0)
        r = ut_database_do(d, fault, "COMMIT", "");
    if (r != 0)
        (void)sqlite3_exec(d->db, "ROLLBACK", NULL, NULL, NULL);
    return r;
}

/* A file of an earlier program, step by step; another program may be at it too. */
static int bring_up(struct ut_database *d, struct state *s, struct ut_fault *fault)
{
    char own[60];
    if (ut_database_do(d, fault, "BEGIN IMMEDIATE", "") != 0)
        return -1;
    int r = read_state(d, s, fault);
    for (; r == 0 && s->version < d->kind->version; s->version++) {
        (void)snprintf(own, sizeof own, "PRAGMA user_version = %" PRId64, s->version + 1);
        int code = sqlite3_exec(d->db, d->kind->upgrade[s->version - 1], NULL, NULL, NULL);
        if (code == SQLITE_OK)
            code = sqlite3_exec(d->db, own, NULL, NULL, NULL);
        if (code != SQLITE_OK)
            r = failed(d, code, fault);
    }
    if (r == 0)
        r = ut_database_do(d, fault, "COMMIT", "");
    if (r != 0)
        (void)sqlite3_exec(d->db, "ROLLBACK", NULL, NULL, NULL);
    return r;
}

static int judge(struct ut_database *d, bool create, struct ut_fault *fault)
{
    struct state s = {0};
    if (read_state(d, &s, fault) != 0)
        return -1;
    if (create && s.owner == 0 && s.tables == 0 && (make_tables(d, fault) != 0 || read_state(d, &s, fault) != 0))
        return -1;
    if (s.owner != d->kind->owner || s.version < 1)
        return ut_fault_set(fault, UT_EXIT_STORE, "%s: is a database, but not %s; give another name", d->name,
                            d->kind->what);
    if (s.version > d->kind->version)
        return ut_fault_set(fault, UT_EXIT_STORE_NEWER,
                            "%s: is of version %" PRId64 ", this program knows up to %d; update the program", d->name,
                            s.version, d->kind->version);
    return s.version < d->kind->version ? bring_up(d, &s, fault) : 0;
}

/* SQLite would make the file with the rights of every other, and takes a folder or a pipe for a damaged disk. */
static int make_file(const char *path, bool create, const char *what, struct ut_fault *fault)
{
    struct stat there;
    if (stat(path, &there) == 0) {
        if (S_ISREG(there.st_mode))
            return 0;
        return ut_fault_set(fault, UT_EXIT_STORE, "%s: is no file, so not %s; give another name", path, what);
    }
    int reason = errno;
    if (!create)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened (%s); check the name", path,
                            strerror(reason));
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        return close(fd);
    if (errno == EEXIST && stat(path, &there) == 0)
        return 0; /* made by another program just now */
    return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written (%s); check the folder", path, strerror(errno));
}

static int open_file(struct ut_database *d, bool create, struct ut_fault *fault)
{
    int code = sqlite3_open_v2(d->path, &d->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_PRIVATECACHE, NULL);
    if (code != SQLITE_OK)
        return failed(d, code, fault);
    (void)sqlite3_db_config(d->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    ut_database_wait(d, WAIT_MS);
    /* A file from elsewhere may hold views and triggers made to be run by whoever opens it. */
    static const char settings[] =
        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON; "
        "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;";
    char cache[60];
    (void)snprintf(cache, sizeof cache, "PRAGMA cache_size = -%d", d->kind->cache_kb);
    code = sqlite3_exec(d->db, settings, NULL, NULL, NULL);
    if (code == SQLITE_OK && d->kind->cache_kb > 0)
        code = sqlite3_exec(d->db, cache, NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return failed(d, code, fault);
    /* While another program turns the log on, SQLite does not wait by itself. */
    int64_t until = ut_clock_ms() + WAIT_MS;
    int r;
    while ((r = judge(d, create, fault)) != 0 && fault->code == UT_EXIT_STORE_LOCKED && ut_clock_ms() < until)
        (void)sqlite3_sleep(RETRY_MS);
    return r;
}

struct ut_database *ut_database_open(const char *path, const struct ut_database_kind *kind, bool create,
                                     struct ut_fault *fault)
{
    struct ut_database *d = calloc(1, sizeof *d);
    if (d == NULL) {
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
        return NULL;
    }
    d->kind = kind;
    /* Names such as :memory: would be no file. */
    const char *here = path[0] == '/' ? "" : "./";
    int n = snprintf(d->path, sizeof d->path, "%s%s", here, path);
    d->name = d->path + strlen(here);
    int r = 0;
    if (n < 0 || (size_t)n >= sizeof d->path)
        r = ut_fault_set(fault, UT_EXIT_FAILURE, "%.60s...: longer than %zu characters; choose a shorter path", path,
                         sizeof d->path - 3);
    if (r != 0 || make_file(path, create, kind->what, fault) != 0 || open_file(d, create, fault) != 0) {
        ut_database_close(d);
        return NULL;
    }
    return d;
}

void ut_database_close(struct ut_database *d)
{
    if (d == NULL)
        return;
    for (int i = 0; i < KEPT; i++)
        (void)sqlite3_finalize(d->kept[i].statement);
    (void)sqlite3_close(d->db);
    free(d);
}
