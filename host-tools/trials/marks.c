/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/marks.h"

#include "host-tools/system/grow.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int ut_marks_add(struct ut_marks *m, const struct ut_mark *mark)
{
    struct ut_mark *grown = ut_grow(m->mark, &m->room, m->n + 1, sizeof *grown);
    if (grown == NULL)
        return -1;
    m->mark = grown;
    m->mark[m->n++] = *mark;
    return 0;
}

int ut_marks_add_tier(struct ut_marks *m, char *name)
{
    char **grown = ut_grow(m->tier, &m->tier_room, m->tiers + 1, sizeof *grown);
    if (grown == NULL)
        return -1;
    m->tier = grown;
    m->tier[m->tiers++] = name;
    return 0;
}

void ut_marks_free(struct ut_marks *m)
{
    free(m->mark);
    free(m->tier);
    memset(m, 0, sizeof *m);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Not by strtod, which asks the locale for its comma. */
int ut_marks_seconds(const char *text, int64_t *ms)
{
    const char *at = text;
    double x = 0, place = 1;
    for (; is_digit(*at); at++)
        x = 10 * x + (*at - '0');
    bool digits = at > text;
    if (*at == '.' || *at == ',')
        for (at++; is_digit(*at); at++, digits = true) {
            place /= 10;
            x += place * (*at - '0');
        }
    if (digits && (*at == 'e' || *at == 'E')) {
        bool negative = at[1] == '-';
        int power = 0;
        at += 1 + (at[1] == '-' || at[1] == '+');
        digits = is_digit(*at);
        for (; is_digit(*at); at++)
            power = power < 1000 ? 10 * power + (*at - '0') : power;
        x *= pow(10, negative ? -power : power);
    }
    if (!digits || *at != '\0' || !(x <= INT32_MAX / 1000.0))
        return -1;
    *ms = llround(1000 * x);
    return 0;
}

int ut_marks_milliseconds(const char *text, int64_t *ms)
{
    int64_t x = 0;
    const char *at = text;
    for (; is_digit(*at) && x <= INT32_MAX; at++)
        x = 10 * x + (*at - '0');
    bool digits = at > text;
    size_t zeros = *at == '.' || *at == ',' ? strspn(at + 1, "0") : 0;
    if (zeros > 0 && zeros != 3)
        at += 1 + zeros;
    if (!digits || *at != '\0' || x > INT32_MAX)
        return -1;
    *ms = x;
    return 0;
}

char *ut_marks_trim(char *text)
{
    static const char blanks[] = " \t\r\n\v\f";
    text += strspn(text, blanks);
    size_t len = strlen(text);
    while (len > 0 && strchr(blanks, text[len - 1]) != NULL)
        len--;
    text[len] = '\0';
    return text;
}
