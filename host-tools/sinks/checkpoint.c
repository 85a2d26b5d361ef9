/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/checkpoint.h"

#include "host-tools/system/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY = 300 };

static const char ORIGIN[] = "undertone/audit/";

/* The text that is signed: whose, how many, their root in base64. */
static void body_of(const char *name, const struct ut_checkpoint *c, char body[BODY])
{
    char root[UT_NOTE_ROOT];
    ut_note_base64(c->root, root);
    (void)snprintf(body, BODY, "%s%s\n%" PRId64 "\n%s\n", ORIGIN, name, c->n, root);
}

int ut_checkpoint_write(const struct ut_merkle *m, const struct ut_note_signer *s, const char *path,
                        struct ut_fault *fault)
{
    struct ut_checkpoint c = {.n = m->n};
    struct ut_output o;
    char body[BODY], note[UT_NOTE_MAX];
    ut_merkle_root(m, c.root);
    body_of(s->name, &c, body);
    if (ut_note_sign(s, body, note) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be signed; try again", path);
    if (ut_output_open(&o, path, fault) != 0)
        return -1;
    (void)fputs(note, o.file);
    return ut_output_commit(&o, fault);
}

/* Read, and written again, so that only one text means it. */
int ut_checkpoint_parse(struct ut_checkpoint *c, const struct ut_note_verifier *v, const char *note, size_t n)
{
    char text[BODY], again[BODY], *end;
    int length = ut_note_verify(v, note, n);
    size_t head = sizeof ORIGIN - 1 + strlen(v->name) + 1;
    if (length < (int)head || length >= BODY)
        return -1;
    (void)snprintf(text, sizeof text, "%.*s", length, note);
    if (strlen(text) < head)
        return -1;
    c->n = strtoll(text + head, &end, 10);
    if (c->n < 0 || *end != '\n' || ut_note_unbase64(end + 1, c->root) != 0)
        return -1;
    body_of(v->name, c, again);
    return strcmp(text, again) == 0 ? 0 : -1;
}
