/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/postgres_address.h"

#include <stdio.h>
#include <string.h>

bool ut_postgres_is(const char *address)
{
    return strncmp(address, "postgresql://", 13) == 0 || strncmp(address, "postgres://", 11) == 0;
}

const char *ut_postgres_name(const char *address, char *text, size_t room)
{
    if (!ut_postgres_is(address)) {
        (void)snprintf(text, room, "%s", address);
        return text;
    }
    const char *host = strstr(address, "://") + 3, *end = address + strcspn(address, "?"), *at = end;
    while (at > host && *at != '@') /* a password may hold one, too */
        at--;
    const char *user = at > host ? memchr(host, ':', (size_t)(at - host)) : NULL;
    if (user != NULL)
        (void)snprintf(text, room, "%.*s%.*s", (int)(user - address), address, (int)(end - at), at);
    else
        (void)snprintf(text, room, "%.*s", (int)(end - address), address);
    return text;
}
