/* SPDX-License-Identifier: Apache-2.0 */
/* One headset that is asked over its link: requests of SPEC.md "Control" and their replies.
 *
 * in    a port that is not open; operation, key and value
 * out   the reply, an error's too
 * errors the port's; UT_EXIT_PROTOCOL when nobody answers
 */
#ifndef UT_HOST_ASKING_H
#define UT_HOST_ASKING_H

#include "firmware/wire.h"
#include "host-tools/sources/port.h"
#include "host-tools/system/fault.h"

#include <stddef.h>
#include <stdint.h>

struct ut_asking {
    struct ut_port *port; /* the caller's, who closes it */
    struct ut_wire_receiver receiver;
    uint8_t tag; /* of the last request; begins anywhere */
};

/* Opens the port and waits as long as its kind may take. 0, or -1 and *fault. */
int ut_asking_open(struct ut_port *port, struct ut_fault *fault);

/* Asks until there is a reply. 0, or -1 and *fault. */
int ut_asking_ask(struct ut_asking *a, int op, int key, const uint8_t *value, size_t len, struct ut_wire_reply *reply,
                  struct ut_fault *fault);

/* SHA-256 of the public key that signed what runs (host-tools/headset/signer.h). 1; 0 = nobody, or it was started
 * without a bootloader; -1 and *fault. */
int ut_asking_signer(struct ut_asking *a, uint8_t key[32], struct ut_fault *fault);

#endif
