/* SPDX-License-Identifier: Apache-2.0 */
/* What an audit file held at a moment, signed: C2SP's tlog-checkpoint. Whoever keeps one can show later that a record
 * was changed, or that the file was cut or written anew. SPEC.md "Checkpoints".
 *
 * in    the number of records, their root (merkle.h) and a key; or a note that anybody may have written
 * out   the other of the two
 */
#ifndef UT_HOST_CHECKPOINT_H
#define UT_HOST_CHECKPOINT_H

#include "host-tools/sinks/merkle.h"
#include "host-tools/system/signed_note.h"

enum { UT_CHECKPOINT_RECORDS = 100, UT_CHECKPOINT_MS = 60000 };

struct ut_checkpoint {
    int64_t n;
    uint8_t root[UT_MERKLE_HASH];
};

/* Into a file, whole or not at all. 0, or -1 and *fault. */
int ut_checkpoint_write(const struct ut_merkle *m, const struct ut_note_signer *s, const char *path,
                        struct ut_fault *fault);

/* 0, or -1: no checkpoint, or none that this key has signed. */
int ut_checkpoint_parse(struct ut_checkpoint *c, const struct ut_note_verifier *v, const char *note, size_t n);

#endif
