/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints of desks' audit files, kept elsewhere than at the desk. SPEC.md "Checkpoints".
 *
 * in    what a desk says: a verifier and a note (sinks/floor_message.h)
 * out   the note in the ledger; or why it is refused: it is not signed by the key that came with the desk's first one,
 *       or what it says of the file contradicts what was said before
 * errors those of the ledger
 */
#ifndef UT_HOST_CHECKPOINTS_H
#define UT_HOST_CHECKPOINTS_H

#include "host-tools/serve/ledger.h"

/* NULL = it is kept, or was; or fault->code is not 0. Else why it is refused. */
const char *ut_checkpoints_take(struct ut_ledger *l, const char *device, const struct ut_floor_checkpoint *said,
                                int64_t unix_ms, struct ut_fault *fault);

#endif
