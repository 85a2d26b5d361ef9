/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/web_guard.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

static int random_text(char text[UT_WEB_TOKEN])
{
    uint8_t bytes[(UT_WEB_TOKEN - 1) / 2];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return -1;
    for (size_t i = 0; i < sizeof bytes; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return 0;
}

int ut_web_guard_init(struct ut_web_guard *g, int port, struct ut_fault *fault)
{
    *g = (struct ut_web_guard){.port = port};
    if (random_text(g->token) != 0 || random_text(g->ticket) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "the system has no randomness for a token; try again");
    (void)snprintf(g->cookie, sizeof g->cookie, "undertone_%d", port);
    (void)snprintf(g->set, sizeof g->set, "%s=%s; Path=/; HttpOnly; SameSite=Strict", g->cookie, g->ticket);
    return 0;
}

static bool same(const char *secret, const char *text, size_t n)
{
    unsigned differ = n == UT_WEB_TOKEN - 1 ? 0 : 1;
    for (size_t i = 0; i < UT_WEB_TOKEN - 1; i++)
        differ |= (unsigned char)secret[i] ^ (unsigned char)(i < n ? text[i] : 0);
    return differ == 0;
}

bool ut_web_guard_token(const struct ut_web_guard *g, const char *text)
{
    return text != NULL && same(g->token, text, strlen(text));
}

/* "127.0.0.1:8080" and the other names of this machine. */
static bool is_own_host(const struct ut_web_guard *g, const char *host)
{
    static const char *const NAMES[] = {"127.0.0.1", "localhost", "[::1]"};
    char own[32];
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        (void)snprintf(own, sizeof own, "%s:%d", NAMES[i], g->port);
        if (strcasecmp(host, own) == 0)
            return true;
    }
    return false;
}

static bool is_origin(const char *origin, const char *scheme, const char *host)
{
    size_t n = strlen(scheme);
    return strncmp(origin, scheme, n) == 0 && strcasecmp(origin + n, host) == 0;
}

int ut_web_guard_place(const struct ut_web_guard *g, const struct ut_web_headers *h)
{
    bool named = g->host != NULL && h->host != NULL && strcasecmp(h->host, g->host) == 0;
    if (h->host == NULL || !(named || is_own_host(g, h->host) || (g->anywhere && g->host == NULL)))
        return 421;
    if (h->origin == NULL)
        return 0;
    bool others = named || g->anywhere;
    return is_origin(h->origin, "http://", h->host) || (others && is_origin(h->origin, "https://", h->host)) ? 0 : 403;
}

/* Of "a=b; c=d" the first one that is ours and may be a ticket. */
void ut_web_guard_cookie(const struct ut_web_guard *g, const struct ut_web_headers *h, char value[UT_WEB_TOKEN])
{
    size_t name = strlen(g->cookie);
    value[0] = '\0';
    for (const char *at = h->cookie != NULL ? h->cookie : ""; *at != '\0' && value[0] == '\0';) {
        at += strspn(at, "; ");
        size_t n = strcspn(at, ";");
        if (n == name + UT_WEB_TOKEN && strncmp(at, g->cookie, name) == 0 && at[name] == '=')
            (void)snprintf(value, UT_WEB_TOKEN, "%.*s", UT_WEB_TOKEN - 1, at + name + 1);
        at += n;
    }
}

const char *ut_web_guard_bearer(const struct ut_web_headers *h)
{
    static const char BEARER[] = "Bearer ";
    const size_t n = sizeof BEARER - 1;
    return h->authorization != NULL && strncasecmp(h->authorization, BEARER, n) == 0 ? h->authorization + n : NULL;
}

int ut_web_guard_judge(const struct ut_web_guard *g, const struct ut_web_headers *h)
{
    char ticket[UT_WEB_TOKEN];
    int refused = ut_web_guard_place(g, h);
    if (refused != 0)
        return refused;
    ut_web_guard_cookie(g, h, ticket);
    return same(g->ticket, ticket, strlen(ticket)) || ut_web_guard_token(g, ut_web_guard_bearer(h)) ? 0 : 401;
}
