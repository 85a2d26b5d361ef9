/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow as they fill.
 *
 * in    an array from here, or NULL with no room; how many elements of which size it must hold
 * out   the array, perhaps elsewhere, with *room elements; what is beyond the old room is not set. NULL when out of
 *       memory: then the old array is as it was
 * Room doubles, so that filling an array one by one stays cheap. free() ends it.
 */
#ifndef UT_HOST_GROW_H
#define UT_HOST_GROW_H

#include <stddef.h>

void *ut_grow(void *array, size_t *room, size_t needed, size_t size);

#endif
