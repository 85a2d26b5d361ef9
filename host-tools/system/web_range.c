/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/web_range.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* Digits, of which there may be none; what is too large is the largest. Whether there were any. */
static bool take_number(const char **at, size_t *number)
{
    const char *from = *at;
    *number = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        size_t digit = (size_t)(**at - '0');
        *number = *number > (SIZE_MAX - digit) / 10 ? SIZE_MAX : 10 * *number + digit;
    }
    return *at != from;
}

int ut_web_range(const char *value, size_t total, size_t *first, size_t *length)
{
    static const char UNIT[] = "bytes=";
    size_t from, to;
    *first = 0;
    *length = total;
    if (value == NULL || strncasecmp(value, UNIT, sizeof UNIT - 1) != 0)
        return 200;
    const char *at = value + sizeof UNIT - 1;
    bool begins = take_number(&at, &from);
    if (*at++ != '-')
        return 200;
    bool ends = take_number(&at, &to);
    if (*at != '\0' || (!begins && !ends) || (begins && ends && to < from))
        return 200;
    if (!begins) { /* the last so many */
        *length = to < total ? to : total;
        *first = total - *length;
        return *length > 0 ? 206 : 416;
    }
    if (from >= total)
        return 416;
    *first = from;
    *length = (ends && to < total ? to + 1 : total) - from;
    return 206;
}
