/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/postgres.h"

#include "host-tools/system/clock.h"
#include "host-tools/system/postgres_address.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    VALUES = 16,
    NUMBER = 24, /* an int64_t as text */
    STATEMENT_MS = 30000
};

struct ut_postgres {
    PGconn *connection;
    char name[200]; /* for people */
    int changed;
    int answer_ms; /* that an answer may take; 0 = as long as the server lets it */
    bool stale;    /* it leads to a server that takes no writes any more */
};

/* libpq's reasons are of several lines; the first says what. */
static int failed(const struct ut_postgres *p, int code, const char *reason, const char *advice, struct ut_fault *fault)
{
    return ut_fault_set(fault, code, "%s: %.*s; %s", p->name, (int)strcspn(reason, "\n"), reason, advice);
}

static int is_away(const struct ut_postgres *p, struct ut_fault *fault)
{
    return failed(p, UT_EXIT_STORE_AWAY, PQerrorMessage(p->connection), "start the server, or mend its address", fault);
}

/* -1 and what a refusal means, by the class of its SQLSTATE. */
static int refused(struct ut_postgres *p, const PGresult *result, struct ut_fault *fault)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *said = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    p->stale = state != NULL && strcmp(state, "25006") == 0; /* a primary that has become a standby */
    if (p->stale || PQstatus(p->connection) != CONNECTION_OK || state == NULL || strncmp(state, "08", 2) == 0 ||
        strncmp(state, "57P", 3) == 0)
        return failed(p, UT_EXIT_STORE_AWAY, said != NULL ? said : PQerrorMessage(p->connection),
                      "start the server, or wait for it", fault);
    if (strncmp(state, "53", 2) == 0)
        return failed(p, UT_EXIT_STORE_FULL, said, "make room at the server", fault);
    if (strcmp(state, "55P03") == 0 || strcmp(state, "57014") == 0 || strncmp(state, "40", 2) == 0)
        return failed(p, UT_EXIT_STORE_LOCKED, said, "end what holds it at the server, or try again", fault);
    return failed(p, UT_EXIT_STORE, said, "see the server's log", fault);
}

/* Whether libpq can read it at all. What it says of one that it cannot quotes it, password and all. */
static bool is_address(const char *address)
{
    char *why = NULL;
    PQconninfoOption *parts = PQconninfoParse(address, &why);
    bool fine = parts != NULL;
    PQconninfoFree(parts);
    PQfreemem(why);
    return fine;
}

/* The server's remarks are for its log. */
static void pass_over(void *ctx, const PGresult *result)
{
    (void)ctx;
    (void)result;
}

static bool wait_for(PGconn *c, short events, int64_t until_ms)
{
    int64_t left = until_ms - ut_clock_ms();
    struct pollfd q = {.fd = PQsocket(c), .events = events};
    return left > 0 && poll(&q, 1, (int)left) >= 0;
}

static int is_late(const struct ut_postgres *p, const char *what, int ms, struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_STORE_AWAY,
                        "%s: no %s within %d ms; start the server, or find out what holds it up", p->name, what, ms);
}

/* 0, or -1 and *fault. */
static int connect_within(struct ut_postgres *p, int ms, struct ut_fault *fault)
{
    int64_t until = ut_clock_ms() + ms;
    PostgresPollingStatusType next =
        PQstatus(p->connection) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED) {
        if (!wait_for(p->connection, next == PGRES_POLLING_READING ? POLLIN : POLLOUT, until))
            return is_late(p, "connection", ms, fault);
        next = PQconnectPoll(p->connection);
    }
    return next == PGRES_POLLING_OK && PQsetnonblocking(p->connection, 1) == 0 ? 0 : is_away(p, fault);
}

/* connect_ms 0: for 3 s at most with each host of the address. */
static struct ut_postgres *open_it(const char *address, const char *schema, int connect_ms, int answer_ms,
                                   struct ut_fault *fault)
{
    char settings[200];
    (void)snprintf(
        settings, sizeof settings,
        "-c search_path=%s -c statement_timeout=%d -c lock_timeout=5s -c idle_in_transaction_session_timeout=30s",
        schema, answer_ms > 0 ? answer_ms : STATEMENT_MS);
    const char *const keys[] = {"dbname",          "options",          "fallback_application_name", "connect_timeout",
                                "keepalives_idle", "tcp_user_timeout", "client_encoding",           NULL};
    const char *const values[] = {address, settings, "undertone", "3", "10", "10000", "UTF8", NULL};
    struct ut_postgres *p = calloc(1, sizeof *p);
    if (p != NULL && !is_address(address)) {
        (void)ut_fault_set(
            fault, UT_EXIT_USAGE,
            "%s: is no address of a PostgreSQL server; write postgresql://USER@HOST/DATABASE, a password's "
            "%%, @, / and : as %%25, %%40, %%2F and %%3A",
            ut_postgres_name(address, p->name, sizeof p->name));
        free(p);
        return NULL;
    }
    if (p != NULL)
        p->connection = connect_ms > 0 ? PQconnectStartParams(keys, values, 1) : PQconnectdbParams(keys, values, 1);
    if (p == NULL || p->connection == NULL) {
        free(p);
        (void)ut_fault_no_memory(fault);
        return NULL;
    }
    p->answer_ms = answer_ms;
    (void)ut_postgres_name(address, p->name, sizeof p->name);
    (void)PQsetNoticeReceiver(p->connection, pass_over, NULL);
    if (connect_ms > 0 ? connect_within(p, connect_ms, fault) == 0 : PQstatus(p->connection) == CONNECTION_OK)
        return p;
    if (connect_ms == 0)
        (void)is_away(p, fault);
    ut_postgres_close(p);
    return NULL;
}

struct ut_postgres *ut_postgres_open(const char *address, const char *schema, struct ut_fault *fault)
{
    return open_it(address, schema, 0, 0, fault);
}

struct ut_postgres *ut_postgres_open_within(const char *address, const char *schema, int connect_ms, int answer_ms,
                                            struct ut_fault *fault)
{
    return open_it(address, schema, connect_ms, answer_ms, fault);
}

void ut_postgres_close(struct ut_postgres *p)
{
    if (p == NULL)
        return;
    PQfinish(p->connection);
    free(p);
}

static int connected(struct ut_postgres *p, struct ut_fault *fault)
{
    if (p->answer_ms == 0 && (PQstatus(p->connection) != CONNECTION_OK || p->stale))
        PQreset(p->connection);
    p->stale = false;
    return PQstatus(p->connection) == CONNECTION_OK ? 0 : is_away(p, fault);
}

/* PostgreSQL's text of an array: {"a","b"}. NULL when out of memory. */
static char *array_of_texts(const char *const *text, size_t n)
{
    size_t room = 3;
    for (size_t i = 0; i < n; i++)
        room += 2 * strlen(text[i]) + 3;
    char *array = malloc(room), *to = array;
    if (array == NULL)
        return NULL;
    *to++ = '{';
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            *to++ = ',';
        *to++ = '"';
        for (const char *c = text[i]; *c != '\0'; c++) {
            if (*c == '"' || *c == '\\')
                *to++ = '\\';
            *to++ = *c;
        }
        *to++ = '"';
    }
    *to++ = '}';
    *to = '\0';
    return array;
}

static char *array_of_numbers(const int64_t *number, size_t n)
{
    char *array = malloc(n * NUMBER + 3), *to = array;
    if (array == NULL)
        return NULL;
    *to++ = '{';
    for (size_t i = 0; i < n; i++)
        to += snprintf(to, NUMBER, i > 0 ? ",%" PRId64 : "%" PRId64, number[i]);
    *to++ = '}';
    *to = '\0';
    return array;
}

/* Values as libpq takes them; own ones are freed. */
struct values {
    const char *value[VALUES];
    char *own[VALUES];
    int n;
};

static int take_values(struct values *v, const char *types, va_list list)
{
    for (; types[v->n] != '\0'; v->n++) {
        const char type = types[v->n];
        if (type == 't') {
            v->value[v->n] = va_arg(list, const char *);
            continue;
        }
        if (type == 'T') {
            const char *const *text = va_arg(list, const char *const *);
            v->own[v->n] = array_of_texts(text, va_arg(list, size_t));
        } else if (type == 'I') {
            const int64_t *number = va_arg(list, const int64_t *);
            v->own[v->n] = array_of_numbers(number, va_arg(list, size_t));
        } else if ((v->own[v->n] = malloc(NUMBER)) != NULL)
            (void)snprintf(v->own[v->n], NUMBER, "%" PRId64, va_arg(list, int64_t));
        if (v->own[v->n] == NULL)
            return -1;
        v->value[v->n] = v->own[v->n];
    }
    return 0;
}

static const char *text_of(const struct ut_database_row *row, int column)
{
    return PQgetisnull(row->of, row->n, column) ? NULL : PQgetvalue(row->of, row->n, column);
}

/* A truth value is 't' or 'f'. */
static int64_t number_of(const struct ut_database_row *row, int column)
{
    const char *text = PQgetvalue(row->of, row->n, column);
    return text[0] == 't' ? 1 : strtoll(text, NULL, 10);
}

/* What the server answered, which is freed here. */
static int answered(struct ut_postgres *p, PGresult *result, ut_database_each *each, void *ctx, struct ut_fault *fault)
{
    static const struct ut_database_row_kind KIND = {text_of, number_of};
    ExecStatusType status = PQresultStatus(result);
    int r = 0;
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        r = refused(p, result, fault);
    else {
        p->changed = atoi(PQcmdTuples(result));
        struct ut_database_row row = {&KIND, result, 0};
        for (int rows = PQntuples(result); each != NULL && row.n < rows && r == 0; row.n++)
            r = each(ctx, &row);
    }
    PQclear(result);
    return r;
}

/* What the server says last to a statement; or -1 and *fault. */
static int await_answer(struct ut_postgres *p, PGresult **last, struct ut_fault *fault)
{
    PGconn *c = p->connection;
    int64_t until = ut_clock_ms() + p->answer_ms;
    for (;;) {
        int unsent = PQflush(c);
        if (unsent < 0 || PQconsumeInput(c) == 0)
            return is_away(p, fault);
        if (PQisBusy(c) == 0) {
            PGresult *next = PQgetResult(c);
            if (next == NULL)
                return 0;
            PQclear(*last);
            *last = next;
        } else if (!wait_for(c, (short)(unsent > 0 ? POLLIN | POLLOUT : POLLIN), until))
            return is_late(p, "answer", p->answer_ms, fault);
    }
}

static int ask_within(struct ut_postgres *p, const char *sql, const struct values *v, ut_database_each *each, void *ctx,
                      struct ut_fault *fault)
{
    PGresult *result = NULL;
    if (PQsendQueryParams(p->connection, sql, v->n, NULL, v->value, NULL, NULL, 0) != 1)
        return is_away(p, fault);
    if (await_answer(p, &result, fault) == 0)
        return answered(p, result, each, ctx, fault);
    PQclear(result);
    return -1;
}

int ut_postgres_script(struct ut_postgres *p, struct ut_fault *fault, const char *sql)
{
    return connected(p, fault) == 0 ? answered(p, PQexec(p->connection, sql), NULL, NULL, fault) : -1;
}

int ut_postgres_ask(struct ut_postgres *p, struct ut_fault *fault, ut_database_each *each, void *ctx, const char *sql,
                    const char *types, ...)
{
    va_list list;
    va_start(list, types);
    int r = ut_postgres_ask_list(p, fault, each, ctx, sql, types, list);
    va_end(list);
    return r;
}

int ut_postgres_ask_list(struct ut_postgres *p, struct ut_fault *fault, ut_database_each *each, void *ctx,
                         const char *sql, const char *types, va_list list)
{
    struct values v = {.n = 0};
    int r = take_values(&v, types, list);
    if (r != 0)
        r = ut_fault_no_memory(fault);
    else if ((r = connected(p, fault)) == 0)
        r = p->answer_ms > 0
                ? ask_within(p, sql, &v, each, ctx, fault)
                : answered(p, PQexecParams(p->connection, sql, v.n, NULL, v.value, NULL, NULL, 0), each, ctx, fault);
    for (int i = 0; i < VALUES; i++)
        free(v.own[i]);
    return r;
}

int ut_postgres_changed(const struct ut_postgres *p)
{
    return p->changed;
}
