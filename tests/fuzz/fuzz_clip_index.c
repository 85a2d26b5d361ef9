/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as an index of clips: refused with one line, or rows with a class, a length, and calls in one piece. */
#include "host-tools/trials/clip_index.h"

#include "tests/fuzz/begun.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const heads[] = {"path\tspeaker\ttarget\tcall\n", "call;target;path;speaker;begin_s;end_s\r\n",
                                        "target,call,begin_ms,end_ms,path,speaker\r", "path\tspeaker\ttarget\n"};
    struct ut_clip_index x = {0};
    struct ut_fault fault = {0};
    char *text = ut_begun_text(heads, data, size);
    if (text == NULL)
        return 0;
    if (ut_clip_index_parse(&x, text, "f.tsv", &fault) != 0 && (fault.code == 0 || fault.text[0] == '\0'))
        abort();
    for (size_t i = 0; i < x.rows; i++) {
        const struct ut_clip_row *r = &x.row[i];
        if (r->path == NULL || r->truth < 0 || r->truth >= UT_MODEL_CLASSES || r->begin_ms < 0 ||
            r->end_ms <= r->begin_ms || r->end_ms > UT_CLIP_WHOLE_MS || r->call >= x.calls ||
            r->call < (i > 0 ? x.row[i - 1].call : 0) || r->call > (i > 0 ? x.row[i - 1].call + 1 : 0) ||
            (!x.has_calls && i > 0 && r->call == x.row[i - 1].call))
            abort();
    }
    ut_clip_index_free(&x);
    free(text);
    return 0;
}
