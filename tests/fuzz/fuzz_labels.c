/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as labels: refused with one line, or labels in order, each within a call and apart from those of its name.
 */
#include "host-tools/trials/labels.h"

#include "tests/fuzz/begun.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const heads[] = {"path\tbegin_ms\tend_ms\tlabel\n", "path;begin_s;end_s;label\r\n",
                                        "label,path,begin_ms,end_ms\r", "path\tbegin_s\tend_s\tlabel\n"};
    struct ut_labels l;
    struct ut_fault fault = {0};
    char *text = ut_begun_text(heads, data, size);
    if (text == NULL)
        return 0;
    if (ut_labels_parse(&l, text, "f.tsv", &fault) != 0) {
        if (fault.code == 0 || fault.text[0] == '\0' || l.calls != 0 || l.n != 0)
            abort();
    } else {
        if (l.calls == 0)
            abort();
        for (size_t i = 0; i < l.n; i++) {
            const struct ut_label *x = &l.label[i];
            if (x->call >= l.calls || x->kind < 0 || x->kind >= UT_LABEL_KINDS || x->begin_ms < 0 ||
                x->end_ms <= x->begin_ms || (i > 0 && x->call < l.label[i - 1].call))
                abort();
            for (size_t k = 0; k < i; k++)
                if (l.label[k].call == x->call && l.label[k].kind == x->kind && l.label[k].end_ms > x->begin_ms)
                    abort();
        }
    }
    ut_labels_free(&l);
    free(text);
    return 0;
}
