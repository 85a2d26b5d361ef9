/* SPDX-License-Identifier: Apache-2.0 */
/* Any text below a head that the right key has signed, with the hash that it has: what is taken as an enrolment is
 * written again as it was. Any bytes as an enrolment, and as a list of tokens. */
#define _GNU_SOURCE
#include "host-tools/serve/enrolment.h"
#include "host-tools/system/digest.h"
#include "host-tools/system/token_list.h"
#include "tests/fuzz/begun.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void sealed(const char *body, const struct ut_note_signer *s, const struct ut_note_verifier *v)
{
    char sha256[UT_DIGEST_TEXT], head[UT_NOTE_MAX], note[UT_NOTE_MAX], *text = NULL, *again = NULL;
    struct ut_fault fault;
    struct ut_enrolment e;
    size_t desks = 0, n = 0;
    const char *list = strstr(body, "[desks]\n");
    for (const char *at = list; at != NULL && (at = strchr(at, '\n')) != NULL && at[1] != '\0'; at++)
        desks++;
    ut_digest(body, strlen(body), sha256);
    (void)snprintf(head, sizeof head, "undertone/enrolment/s\n%zu\n7\n%s\n", desks, sha256);
    if (ut_note_sign(s, head, note) != 0)
        abort();
    FILE *out = open_memstream(&text, &n);
    if (out == NULL || fprintf(out, "%s\n%s", note, body) < 0 || fclose(out) != 0)
        abort();
    if (ut_enrolment_parse(&e, "any", text, v, &fault) == 0) {
        out = open_memstream(&again, &n);
        if (out == NULL || ut_enrolment_write(&e, s, out, &fault) != 0 || fclose(out) != 0 || strcmp(text, again) != 0)
            abort();
        ut_enrolment_free(&e);
    }
    free(again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const heads[4] = {"[ca]\n[desks]\n", "[mqtt]\nsite = s\n[ca]\n[desks]\na agent " HASH "\n",
                                         "[ca]\n-----BEGIN CERTIFICATE-----\n", "[ca]\n[desks]\na agent "};
    static const char secret[] = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    struct ut_note_signer s;
    struct ut_note_verifier v;
    struct ut_fault fault;
    struct ut_enrolment e;
    struct ut_token_list l;
    char key[UT_NOTE_VERIFIER], *any = ut_begun_text(heads, data, size);
    if (any == NULL || ut_note_signer_parse(&s, secret) != 0)
        abort();
    ut_note_verifier_text(&s, key);
    if (ut_note_verifier_parse(&v, key) != 0 || ut_enrolment_parse(&e, "any", any, &v, &fault) == 0)
        abort();
    sealed(any, &s, &v);
    if (ut_token_list_parse(&l, "any", any, &fault) == 0) {
        for (size_t i = 1; i < l.n; i++)
            if (strcmp(l.of[i - 1].name, l.of[i].name) >= 0)
                abort();
        ut_token_list_free(&l);
    }
    free(any);
    return 0;
}
