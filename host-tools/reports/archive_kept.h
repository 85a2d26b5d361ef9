/* SPDX-License-Identifier: Apache-2.0 */
/* What runs over an archive have left of calls beside their store, and how it is erased with them. SPEC.md "Batch".
 *
 * in    the folder of results that goes with a store (archive_results.h); sessions
 * out   how many per-call files there are, and the bytes of all results; or no result of these sessions any more. The
 *       mark of such a call stays, without its figures: a run with the same settings does not play it again
 * errors UT_EXIT_FAILURE a run holds the folder; a file cannot be removed or written
 */
#ifndef UT_HOST_ARCHIVE_KEPT_H
#define UT_HOST_ARCHIVE_KEPT_H

#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UT_ARCHIVE_KEPT_PATH = 4096 };

/* The folder of results of `replay FOLDER --store FILE` alone: "FILE.calls". */
void ut_archive_kept_folder(const char *store, char folder[UT_ARCHIVE_KEPT_PATH]);

struct ut_archive_kept {
    int64_t calls; /* per-call files */
    int64_t bytes; /* of them and what stands beside them */
};

/* All zero where there is no such folder. */
struct ut_archive_kept ut_archive_kept_count(const char *folder);

/* Of those sessions; a folder that is not there has none. The number of calls whose results went, or -1 and *fault. */
int ut_archive_kept_erase(const char *folder, char *const *session, size_t sessions, struct ut_fault *fault);

#endif
