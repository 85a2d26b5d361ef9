/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks a floor: by a token of a user, by the cookie that such a token was given for, by the address that serve
 * printed, or by what a proxy says of whom it has let in. SPEC.md "Access".
 *
 * in    requests (system/web.h), a file of users (users.h) and one of desks (enrolment.h), read again when they change
 * out   the user; or the status that refuses the request: 421 and 403 as in system/web_guard.h, 401 nobody who is
 *       known, 403 a user who may not, a peer that is not the proxy, or a request that changes something with no
 *       more than a cookie and without an Origin, which every browser sends then
 * errors those of users.h, enrolment.h and of the guard; UT_EXIT_CONFIG_KEY desks of another site, or without a
 *       verifier, or a name that is in both files
 */
#ifndef UT_HOST_ACCESS_H
#define UT_HOST_ACCESS_H

#include "host-tools/serve/users.h"
#include "host-tools/system/web.h"

#include <stdint.h>

enum {
    UT_ACCESS_TICKETS = 8, /* cookies of one user; one more replaces the oldest */
    UT_ACCESS_TICKET_MS = 12 * 3600 * 1000
};

/* Strings outlive it; "" = none. */
struct ut_access_options {
    const char *users; /* file */
    const char *desks; /* file, of this site and signed for this verifier */
    const char *site;
    const char *verifier;
    const char *proxy; /* an address whose X-Forwarded-User is believed */
    const char *host;  /* the name, with its port, by which others ask */
    bool anywhere;     /* the server is not at a loopback address: there is no token of the start */
    bool secure;       /* it speaks TLS */
    int port;
};

/* Who asks. */
struct ut_access_user {
    const char *name; /* "local" */
    enum ut_role role;
    bool local;             /* whoever has the address that serve printed: a person without a name */
    bool first;             /* none of that name was told by ut_access_seen */
    uint64_t ticket;        /* of the cookie that let him in; 0 = something else did */
    int64_t until_ms;       /* when what was shown is over; 0 = it has no end */
    const char *set_cookie; /* for who comes by the address with a token; else NULL */
};

struct ut_access;

/* NULL and *fault. */
struct ut_access *ut_access_new(const struct ut_access_options *options, struct ut_fault *fault);
void ut_access_free(struct ut_access *a);

/* The token of this start; "" = there is none. */
const char *ut_access_token(const struct ut_access *a);

/* Whether it was meant for this server, by a peer that may ask at all: 0, or a status. */
int ut_access_place(const struct ut_access *a, const struct ut_web_request *r);

/* 0 and *who, which lasts until the next call; or a status. address_token: of ?token=, NULL = none. now_ms: of a clock
 * that never goes back. */
int ut_access_judge(struct ut_access *a, const struct ut_web_request *r, const char *address_token, int64_t now_ms,
                    struct ut_access_user *who);

/* Forgets the cookie that the request has; what was let in by its *ticket (0 = it has none) is so no more. The value of
 * Set-Cookie that takes it from the browser, until the next call. */
const char *ut_access_leave(struct ut_access *a, const struct ut_web_request *r, uint64_t *ticket);

/* The first request of that name is on record. */
void ut_access_seen(struct ut_access *a, const char *name);

/* Reads the users again where their file has changed. How often they have: what was judged before the last time is to
 * be judged anew. */
unsigned ut_access_refresh(struct ut_access *a);

#endif
