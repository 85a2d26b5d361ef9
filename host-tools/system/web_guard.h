/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask a server: whoever has the token of this start, from a page of its own. SPEC.md "Pages".
 *
 * in    headers of a request, in any bytes
 * out   0, or the status that refuses it: 421 it was meant for another host (a name that somebody else has pointed
 *       here), 403 another site's page asks, 401 without the token
 * A browser shows the token once, in the address that it opens, and has a cookie from then on, which no other site's
 * page can use (SameSite=Strict) and no script can read. Programs say it as `Authorization: Bearer TOKEN`.
 */
#ifndef UT_HOST_WEB_GUARD_H
#define UT_HOST_WEB_GUARD_H

#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stddef.h>

enum { UT_WEB_TOKEN = 65, UT_WEB_COOKIE = 32, UT_WEB_SET_COOKIE = 160 };

struct ut_web_guard {
    int port;
    bool secure;                 /* the server speaks TLS */
    bool proxied;                /* host is the name of a proxy with TLS before it */
    bool anywhere;               /* the server has an address that others reach, with TLS, or a proxy's, before it */
    const char *host;            /* the name by which they do; NULL = any where it is anywhere, else none */
    char token[UT_WEB_TOKEN];    /* of the address */
    char ticket[UT_WEB_TOKEN];   /* what the cookie holds */
    char cookie[UT_WEB_COOKIE];  /* its name: cookies are a host's, whatever the port */
    char set[UT_WEB_SET_COOKIE]; /* value of Set-Cookie */
};

/* 0, or -1 and *fault: no randomness. */
int ut_web_guard_init(struct ut_web_guard *g, int port, struct ut_fault *fault);

/* With the token and the ticket of the start before, 64 hexadecimal digits each: who had the page has it still. */
void ut_web_guard_keep(struct ut_web_guard *g, const char *token, const char *ticket);

/* Headers as they were sent; NULL = not there. */
struct ut_web_headers {
    const char *host, *origin, *cookie, *authorization;
    const char *user; /* X-Forwarded-User, which anybody may send: the first one */
    int users;        /* how many of them */
};

/* Whether the request was meant for this server and comes from no other's page: 0, 421 or 403. */
int ut_web_guard_place(const struct ut_web_guard *g, const struct ut_web_headers *h);

/* The value of the guard's own cookie; "" = there is none. */
void ut_web_guard_cookie(const struct ut_web_guard *g, const struct ut_web_headers *h, char value[UT_WEB_TOKEN]);

/* What stands behind "Authorization: Bearer"; NULL = there is none. */
const char *ut_web_guard_bearer(const struct ut_web_headers *h);

/* The same, and whether it has the token: 0, 421, 403 or 401. */
int ut_web_guard_judge(const struct ut_web_guard *g, const struct ut_web_headers *h);

/* Whether a text is the token of the address. Takes as long for a wrong one as for a right one. */
bool ut_web_guard_token(const struct ut_web_guard *g, const char *text);

#endif
