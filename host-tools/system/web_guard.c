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

void ut_web_guard_keep(struct ut_web_guard *g, const char *token, const char *ticket)
{
    (void)snprintf(g->token, sizeof g->token, "%s", token);
    (void)snprintf(g->ticket, sizeof g->ticket, "%s", ticket);
    (void)snprintf(g->set, sizeof g->set, "%s=%s; Path=/; HttpOnly; SameSite=Strict", g->cookie, g->ticket);
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

/* Of "host" and "[::1]", not of "host:80". */
static bool has_no_port(const char *host, size_t n)
{
    return host[n - 1] == ']' || memchr(host, ':', n) == NULL;
}

/* Whether "host" and "host:443" mean one place: browsers leave out the port that a scheme has anyway. */
static bool is_same_place(const char *a, const char *b, bool https)
{
    const char *usual = https ? ":443" : ":80";
    size_t n[2] = {strlen(a), strlen(b)}, end = strlen(usual);
    const char *of[2] = {a, b};
    for (int i = 0; i < 2; i++)
        if (n[i] > end && strcmp(of[i] + n[i] - end, usual) == 0 && has_no_port(of[i], n[i] - end))
            n[i] -= end;
    return n[0] == n[1] && strncasecmp(a, b, n[0]) == 0;
}

/* "127.0.0.1:8080" and the other names of this machine. */
static bool is_own_host(const struct ut_web_guard *g, const char *host)
{
    static const char *const NAMES[] = {"127.0.0.1", "localhost", "[::1]"};
    char own[32];
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        (void)snprintf(own, sizeof own, "%s:%d", NAMES[i], g->port);
        if (is_same_place(host, own, g->secure))
            return true;
    }
    return false;
}

static bool is_origin(const char *origin, const char *host, bool https)
{
    const char *scheme = https ? "https://" : "http://";
    size_t n = strlen(scheme);
    return strncmp(origin, scheme, n) == 0 && is_same_place(origin + n, host, https);
}

int ut_web_guard_place(const struct ut_web_guard *g, const struct ut_web_headers *h)
{
    bool https = g->secure || g->proxied; /* of whoever asks by the name */
    bool named = g->host != NULL && h->host != NULL && is_same_place(h->host, g->host, https);
    if (h->host == NULL || !(named || is_own_host(g, h->host) || (g->anywhere && g->host == NULL)))
        return 421;
    return h->origin == NULL || is_origin(h->origin, h->host, named ? https : g->secure) ? 0 : 403;
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
