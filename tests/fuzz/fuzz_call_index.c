/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as an index of calls: refused with one line and nothing left, or spans in order, each with a length. */
#include "host-tools/trials/call_index.h"

#include "tests/fuzz/begun.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_spans(const struct ut_call_span *span, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (span[i].begin_ms < (i > 0 ? span[i - 1].end_ms : 0) || span[i].end_ms <= span[i].begin_ms ||
            span[i].end_ms > UT_CALL_INDEX_LONGEST_MS || span[i].kind < 0 || span[i].kind >= UT_FEELINGS)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const heads[] = {
        "{\"calls\":[{\"path\":\"a\",\"speaker\":\"1\",\"speech\":[[0,", "{\"calls\":[{\"path\":\"a\",\"speaker\":\"",
        "{\"calls\":[{\"path\":\"a\",\"speaker\":\"1\",\"stretches\":[{\"kind\":\"delight\",\"begin_ms\":",
        "{\"calls\":["};
    struct ut_call_index x;
    struct ut_fault fault = {0};
    char *text = ut_begun_text(heads, data, size);
    if (text == NULL)
        return 0;
    if (ut_call_index_parse(&x, text, "f.json", &fault) != 0) {
        if (fault.code == 0 || fault.text[0] == '\0' || x.calls != 0 || x.call != NULL)
            abort();
    } else if (x.calls == 0) {
        abort();
    }
    for (size_t i = 0; i < x.calls; i++) {
        const struct ut_known_call *c = &x.call[i];
        if (c->path == NULL || c->speaker[0] == '\0' || c->corpus == NULL || c->gender == NULL)
            abort();
        check_spans(c->stretch, c->stretches);
        check_spans(c->speech, c->turns);
    }
    ut_call_index_free(&x);
    free(text);
    return 0;
}
