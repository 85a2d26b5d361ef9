/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a script: refused with one line that names where, or calls whose steps are in order and within them. */
#include "host-tools/simulate/script.h"

#include "firmware/turns.h"
#include "tests/fuzz/begun.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const heads[] = {"call a\n", "call a\n1 customer 2 frustration=", "call a\n0 agent 3\n",
                                        "call a\n3 end\ncall b\r\n2 "};
    struct ut_script s;
    struct ut_fault fault = {0};
    char *text = ut_begun_text(heads, data, size);
    if (text == NULL)
        return 0;
    if (ut_script_parse(&s, text, "f.txt", &fault) != 0) {
        if (fault.code != UT_EXIT_SCRIPT || fault.text[0] == '\0' || s.call != NULL || s.step != NULL)
            abort();
    } else {
        size_t first = 0;
        for (size_t i = 0; i < s.calls; i++) {
            const struct ut_script_call *c = &s.call[i];
            uint32_t last = 0;
            if (c->first != first || c->end_ms == 0 || c->end_ms > UT_SCRIPT_MAX_MS || !ut_identity_fits(c->name))
                abort();
            for (size_t k = first; k < first + c->count; k++) {
                const struct ut_script_step *x = &s.step[k];
                if (x->t_ms < last || (x->word == UT_SCRIPT_SPEAK && x->t_ms + x->for_ms > c->end_ms))
                    abort();
                last = x->t_ms;
            }
            first += c->count;
        }
        if (s.calls == 0 || first != s.steps)
            abort();
    }
    ut_script_free(&s);
    free(text);
    return 0;
}
