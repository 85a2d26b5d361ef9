/* SPDX-License-Identifier: Apache-2.0 */
/* The recordings that follow each other in an Ogg file (chained), as recorders that go on and `cat` leave them.
 *
 * in    a stretch of a file; outside bytes: every size is judged before it is used
 * out   where each begins and ends, together they are the whole stretch; and where the first damage is
 */
#ifndef UT_HOST_OGG_LINKS_H
#define UT_HOST_OGG_LINKS_H

#include "host-tools/sources/stretch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes from the begin on whose pages are whole: where one is cut, has a wrong checksum or follows one that is
 * lost, or the stretch's length. What is no page and stands behind the last one of a recording is not looked at.
 * ended: the last of them says that it is the last. */
int64_t ut_ogg_links_whole(struct ut_stretch *file, bool *ended);

/* The offset behind the link that begins at `from`: where the next begins, or the stretch's end. */
int64_t ut_ogg_links_next(struct ut_stretch *file, int64_t from);

#endif
