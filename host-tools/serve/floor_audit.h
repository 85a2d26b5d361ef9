/* SPDX-License-Identifier: Apache-2.0 */
/* Who asked a floor and what they did, into a chain of records (host-tools/sinks/audit_chain.h). SPEC.md "Access".
 *
 * in    kinds and members of records; requests that were refused
 * out   records, on the disk when a function returns; a checkpoint of them in the file beside, where there is a key
 * errors those of the chain: what cannot be recorded is not to be done. What has happened already, refusals and
 *       retention, waits until it can be recorded
 * Refusals are counted, and put on record at most every UT_FLOOR_AUDIT_MS: who tries much fills no disk.
 */
#ifndef UT_HOST_FLOOR_AUDIT_H
#define UT_HOST_FLOOR_AUDIT_H

#include "host-tools/system/fault.h"
#include "host-tools/system/json.h"

#include <stdint.h>

enum { UT_FLOOR_AUDIT_MS = 10000 };

struct ut_floor_audit;

/* path "" = no record is kept, and all functions do nothing; key_file "" = nobody signs. Strings outlive it. NULL and
 * *fault. */
struct ut_floor_audit *ut_floor_audit_open(const char *path, const char *key_file, const char *site,
                                           struct ut_fault *fault);

/* With the last checkpoint. 0, or -1 and *fault. */
int ut_floor_audit_close(struct ut_floor_audit *a, struct ut_fault *fault);

/* Takes the reference to more. 0, or -1 and *fault. */
int ut_floor_audit_add(struct ut_floor_audit *a, const char *kind, json_t *more, struct ut_fault *fault);

/* user NULL = nobody who is known. */
void ut_floor_audit_refused(struct ut_floor_audit *a, int status, const char *path, const char *peer, const char *user);

/* Calls were too old and are erased. Comes on record with the next step that can write. */
void ut_floor_audit_retained(struct ut_floor_audit *a, int calls);

/* From time to time: what has waited. now_ms: of a clock that never goes back. 0; or -1, also until it is tried again
 * after UT_FLOOR_AUDIT_MS, and *fault where it was tried. */
int ut_floor_audit_step(struct ut_floor_audit *a, int64_t now_ms, struct ut_fault *fault);

/* The file; "" = there is none. */
const char *ut_floor_audit_path(const struct ut_floor_audit *a);

#endif
