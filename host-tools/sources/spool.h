/* SPDX-License-Identifier: Apache-2.0 */
/* What comes once, out of a pipe, as a file that can be read again: a temporary one without a name.
 *
 * in    a descriptor, read to its end
 * out   a descriptor of an ordinary file, at its begin; nobody else can open it, and it is gone when it is closed
 * Faults (host-tools/system/fault.h): failure to read or write. Its folder is $TMPDIR, or /var/tmp.
 */
#ifndef UT_HOST_SPOOL_H
#define UT_HOST_SPOOL_H

#include "host-tools/sources/stretch.h"
#include "host-tools/system/fault.h"

/* `name` is what the line of a fault calls the source. The descriptor, or -1 and *fault. `from` stays open. */
int ut_spool(int from, const char *name, struct ut_fault *fault);

/* The same of a stretch of a file, with its head. */
int ut_spool_stretch(struct ut_stretch *from, const char *name, struct ut_fault *fault);

/* An empty one. */
int ut_spool_new(const char *name, struct ut_fault *fault);

#endif
