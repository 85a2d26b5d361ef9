/* SPDX-License-Identifier: Apache-2.0 */
/* Any text, signed by the right key: what is taken as a checkpoint says the same when it is written again. And any
 * bytes as a note: none of them is signed. */
#include "host-tools/sinks/checkpoint.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char secret[] = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    struct ut_note_signer s;
    struct ut_note_verifier v;
    struct ut_checkpoint c;
    char key[UT_NOTE_VERIFIER], text[UT_NOTE_MAX], note[UT_NOTE_MAX], any[UT_NOTE_MAX];
    (void)snprintf(any, sizeof any, "%.*s", (int)(size < 600 ? size : 600), (const char *)data);
    if (ut_note_signer_parse(&s, secret) != 0)
        abort();
    ut_note_verifier_text(&s, key);
    if (ut_note_verifier_parse(&v, key) != 0 || ut_checkpoint_parse(&c, &v, (const char *)data, size) == 0)
        abort();
    (void)snprintf(text, sizeof text, "undertone/audit/PeterNeumann\n%s\n", any);
    if (ut_note_sign(&s, text, note) == 0 && ut_checkpoint_parse(&c, &v, note, strlen(note)) == 0) {
        char root[UT_NOTE_ROOT], again[UT_NOTE_MAX];
        ut_note_base64(c.root, root);
        (void)snprintf(again, sizeof again, "undertone/audit/PeterNeumann\n%lld\n%s\n", (long long)c.n, root);
        if (c.n < 0 || strcmp(text, again) != 0)
            abort();
    }
    return 0;
}
