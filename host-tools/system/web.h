/* SPDX-License-Identifier: Apache-2.0 */
/* A small web server on one thread, libmicrohttpd's, which is included in web.c and nowhere else. SPEC.md "Pages".
 *
 * in    an address of this machine; requests of at most UT_WEB_BODY bytes of body
 * out   what a handler answers; streams of Server-Sent Events from a ring (host-tools/system/event_ring.h)
 * errors UT_EXIT_NO_DEVICE the port is in use; UT_EXIT_FAILURE it cannot be opened. What is wrong with a request is its
 *       sender's: 413 too long, 400 cut short, 404 and 405 are the handler's
 * Lives in a poll loop beside whatever else: wait for ut_web_fd, no longer than ut_web_due_ms, then ut_web_step, which
 * never waits. The handler runs within the step.
 */
#ifndef UT_HOST_WEB_H
#define UT_HOST_WEB_H

#include "host-tools/system/certificate.h"
#include "host-tools/system/event_ring.h"
#include "host-tools/system/fault.h"
#include "host-tools/system/web_guard.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    UT_WEB_BODY = 8192,       /* bytes of a request's body */
    UT_WEB_READERS = 64,      /* connections at a time, where nothing else is asked for */
    UT_WEB_BEAT_MS = 15000,   /* a stream without news says that it is there */
    UT_WEB_IDLE_S = 60,       /* a connection that asks nothing is closed then, whatever bytes come */
    UT_WEB_REQUEST_MS = 10000 /* and one whose first request, or one it has begun, is not whole by then */
};

struct ut_web;

/* Valid within the handler. */
struct ut_web_request {
    const char *method, *path; /* "PUT"; without what is behind "?" */
    const char *body;          /* closed by a zero */
    size_t length;
    struct ut_web_headers headers;
    const char *peer;         /* the address that it came from, "127.0.0.1" */
    const char *content_type; /* NULL = none */
    const char *last_event;   /* Last-Event-ID; NULL = none */
    const char *range;        /* Range; NULL = none */
    void *connection;         /* for ut_web_query */
};

/* The value of ?name=, decoded; NULL = there is none. */
const char *ut_web_query(const struct ut_web_request *r, const char *name);

struct ut_web_answer {
    int status;                                /* 200 */
    const char *type;                          /* "application/json" */
    char *body;                                /* from malloc, freed by the server; NULL = none */
    size_t length;                             /* of it, or of the file; 0 = up to its zero */
    const void *fixed;                         /* instead of body: bytes that stay, `length` of them */
    const char *set_cookie, *location, *allow; /* header values; NULL = none */
    char content_range[70];                    /* likewise; "" = none */
    bool file;                                 /* instead of a body: `length` bytes of what is open */
    int fd;                                    /* as this, which the server closes */
    struct ut_event_ring *stream;              /* instead of a body: this ring's news, as long as the reader stays */
    const char *without;                       /* but for the state of this key, which stays; NULL = all of it */
    uint64_t reader;                           /* whose, for ut_web_end_streams_of; 0 = nobody's */
    int64_t until_ms;                          /* and no longer than to this ut_clock_ms; 0 = without end */
};

typedef void ut_web_handler(void *ctx, const struct ut_web_request *r, struct ut_web_answer *a);

struct ut_web_options {
    const char *address;                      /* "127.0.0.1" */
    int port;                                 /* 0 = any that is free */
    const struct ut_certificate *certificate; /* of TLS, which is spoken then; outlives the opening; NULL = not */
    int readers;                              /* 0 = UT_WEB_READERS */
    ut_web_handler *handler;
    void *ctx;
};

/* NULL and *fault. */
struct ut_web *ut_web_open(const struct ut_web_options *options, struct ut_fault *fault);
void ut_web_close(struct ut_web *w);

int ut_web_port(const struct ut_web *w);
int ut_web_fd(const struct ut_web *w);

/* From now; at most UT_WEB_BEAT_MS. */
int64_t ut_web_due_ms(const struct ut_web *w);

void ut_web_step(struct ut_web *w);

/* Rings have news. */
void ut_web_wake(struct ut_web *w);

/* Streams end; who may still read comes again by itself, and says what it has. */
void ut_web_end_streams(struct ut_web *w);

/* Those of one reader, with the next step. */
void ut_web_end_streams_of(struct ut_web *w, uint64_t reader);

/* How many streams there are. */
int ut_web_streams(const struct ut_web *w);

/* An answer of JSON: takes the text, NULL = 500. And one that says what is wrong, {"Error": ...}. */
void ut_web_json(struct ut_web_answer *a, int status, char *text);
void ut_web_refuse(struct ut_web_answer *a, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Whether a request to a page of this machine may be answered; if not, *a is the answer: a refusal, or the cookie for
 * the page's own address with its token. told: where that address is said. */
bool ut_web_admit(const struct ut_web_guard *g, const struct ut_web_request *r, const char *told,
                  struct ut_web_answer *a);

#endif
