/* SPDX-License-Identifier: Apache-2.0 */
/* Any headers: none of them is let in that does not hold the token or the ticket, wherever it stands, and none that was
 * meant for another host or comes from another's page. */
#include "host-tools/system/web_guard.h"
#include "tests/fuzz/begun.h"

#include <stdio.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The names of this machine, and what else the server is known by. */
static bool may_be_host(const char *text, bool named, bool anywhere)
{
    return (anywhere && !named) || strlen(text) <= 12 || (named && strncasecmp(text, "f.example", 9) == 0);
}

/* Of a server whose Host is localhost:80. */
static bool may_be_origin(const char *text, bool secure)
{
    return secure ? strcasecmp(text, "https://localhost:80") == 0
                  : strcasecmp(text, "http://localhost:80") == 0 || strcasecmp(text, "http://localhost") == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned kind = size > 1 ? data[size - 2] : 0; /* of server */
    bool secure = (kind & 1) != 0, proxied = (kind & 2) != 0, anywhere = (kind & 4) != 0, named = (kind & 8) != 0;
    struct ut_web_guard g = {.port = 80,
                             .secure = secure,
                             .proxied = proxied,
                             .anywhere = anywhere,
                             .host = named ? "f.example" : NULL,
                             .cookie = "c"};
    char bearer[UT_WEB_TOKEN + 8], cookie[UT_WEB_TOKEN + 2];
    memset(g.token, 'a', sizeof g.token - 1);
    memset(g.ticket, 'b', sizeof g.ticket - 1);
    (void)snprintf(bearer, sizeof bearer, "Bearer %s", g.token);
    (void)snprintf(cookie, sizeof cookie, "c=%s", g.ticket);
    const char *const heads[4] = {named ? "f.example" : "localhost:80",
                                  secure ? "https://localhost:80" : "http://localhost:80", bearer, cookie};
    char *text = ut_begun_text(heads, data, size);
    if (text == NULL)
        return 0;
    int which = size > 0 ? data[size - 1] % 4 : 0;
    const struct ut_web_headers h = {.host = which == 0 ? text : "localhost:80",
                                     .origin = which == 1 ? text : NULL,
                                     .authorization = which == 2 ? text : NULL,
                                     .user = text,
                                     .users = 1,
                                     .cookie = which == 3   ? text
                                               : which == 2 ? NULL
                                                            : cookie};
    int r = ut_web_guard_judge(&g, &h), place = ut_web_guard_place(&g, &h);
    if ((r != 0 && r != 401 && r != 403 && r != 421) || (place != 0 && r != place))
        abort();
    if (r == 0 && ((which == 2 && strstr(text, g.token) == NULL) || (which == 3 && strstr(text, g.ticket) == NULL) ||
                   (which == 0 && !may_be_host(text, named, anywhere)) || (which == 1 && !may_be_origin(text, secure))))
        abort();
    free(text);
    return 0;
}
