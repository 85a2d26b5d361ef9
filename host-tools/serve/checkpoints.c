/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/checkpoints.h"

#include "host-tools/sinks/checkpoint.h"

#include <string.h>

struct known {
    char verifier[UT_NOTE_VERIFIER], root[UT_NOTE_ROOT];
    int64_t newest, n;
};

/* The newest one first. */
static int compare(void *ctx, const struct ut_ledger_checkpoint *c)
{
    struct known *k = ctx;
    if (k->newest == 0) {
        k->newest = c->n;
        (void)snprintf(k->verifier, sizeof k->verifier, "%s", c->verifier);
    }
    if (c->n == k->n)
        (void)snprintf(k->root, sizeof k->root, "%s", c->root);
    return 0;
}

const char *ut_checkpoints_take(struct ut_ledger *l, const char *device, const struct ut_floor_checkpoint *said,
                                int64_t unix_ms, struct ut_fault *fault)
{
    struct ut_note_verifier v;
    struct ut_checkpoint c;
    char root[UT_NOTE_ROOT];
    fault->code = 0;
    if (ut_note_verifier_parse(&v, said->verifier) != 0 ||
        ut_checkpoint_parse(&c, &v, said->note, strlen(said->note)) != 0 || c.n == 0)
        return "is no checkpoint that the key beside it has signed";
    struct known k = {.n = c.n};
    if (l->kind->checkpoints(l, device, compare, &k, fault) != 0)
        return NULL;
    ut_note_base64(c.root, root);
    if (k.newest > 0 && strcmp(k.verifier, said->verifier) != 0)
        return "is signed by another key than those before";
    if (k.root[0] != '\0')
        return strcmp(k.root, root) == 0 ? NULL : "has other records than were there before";
    if (c.n < k.newest)
        return "has fewer records than were there before";
    const struct ut_ledger_checkpoint kept = {
        .device = device, .verifier = said->verifier, .root = root, .note = said->note, .n = c.n};
    (void)l->kind->keep_checkpoint(l, &kept, unix_ms, fault);
    return NULL;
}
