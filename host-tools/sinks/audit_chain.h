/* SPDX-License-Identifier: Apache-2.0 */
/* A record of what was decided that only grows: each line holds the hash of the line before. SPEC.md "Audit".
 *
 * in    JSON objects; or the file that they made
 * out   lines {N, ..., Prev} in the file, on the disk when ut_audit_chain_add returns; or the first line that does not
 *       follow from those before it
 * errors UT_EXIT_FAILURE it cannot be written, or another program writes it; UT_EXIT_AUDIT it was changed;
 *       UT_EXIT_MISSING no such file
 * A line that a kill cut short stays, and the next one says so.
 */
#ifndef UT_HOST_AUDIT_CHAIN_H
#define UT_HOST_AUDIT_CHAIN_H

#include "host-tools/sinks/merkle.h"
#include "host-tools/system/digest.h"
#include "host-tools/system/fault.h"
#include "host-tools/system/json.h"

#include <stdbool.h>
#include <stdint.h>

enum { UT_AUDIT_LINE_MAX = 16384 };

struct ut_audit_chain {
    int64_t n;                 /* records so far */
    char last[UT_DIGEST_TEXT]; /* hash of the last one's line */
    char cut[UT_DIGEST_TEXT];  /* of a line behind it that is none; "" = there is not */
    struct ut_merkle tree;     /* its leaves are the records' lines */
    int64_t known_n;           /* once there are so many, their root is kept below; 0 = not */
    uint8_t known_root[UT_MERKLE_HASH];
    bool unended;     /* the file's last line has no end; the next record's write brings it */
    bool again;       /* set by its owner: what cannot be written is taken back, and may be tried again */
    int fd;           /* open to be added to; -1 = not, also once that has failed, unless it may be tried again */
    const char *path; /* outlives it */
};

/* No records. */
void ut_audit_chain_init(struct ut_audit_chain *c, const char *path);

/* Counts one line, without its end. 0, or -1: it does not follow from those before it. */
int ut_audit_chain_follow(struct ut_audit_chain *c, const char *line, size_t n);

/* Counts what the file holds. head_n: the record of that number must have that hash; 0 = none is known. 0, or -1 and
 * *fault, which names the line. */
int ut_audit_chain_verify(struct ut_audit_chain *c, int64_t head_n, const char *head, struct ut_fault *fault);

/* Makes the file (0600), or verifies it and goes on at its end; nobody else may add to it meanwhile. 0, or -1 and
 * *fault. */
int ut_audit_chain_open(struct ut_audit_chain *c, struct ut_fault *fault);

/* Adds a record: N, At, Kind, the members of *more (its reference is taken; NULL = there was no memory for them, or
 * they are no text, and nothing is added), Prev. 0, or -1 and *fault. */
int ut_audit_chain_add(struct ut_audit_chain *c, const char *kind, int64_t unix_ms, json_t *more,
                       struct ut_fault *fault);

void ut_audit_chain_close(struct ut_audit_chain *c);

#endif
