/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/grow.h"

#include <stdint.h>
#include <stdlib.h>

void *ut_grow(void *array, size_t *room, size_t needed, size_t size)
{
    enum { LEAST = 64 };
    if (array != NULL && needed <= *room)
        return array;
    size_t more = *room > SIZE_MAX / 2 || 2 * *room < needed ? needed : 2 * *room;
    if (more < LEAST)
        more = LEAST;
    void *grown = more > SIZE_MAX / size ? NULL : realloc(array, more * size);
    if (grown != NULL)
        *room = more;
    return grown;
}
