/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a table: refused with one line, or rows whose fields lie in the text, apart from each other, on lines
 * that only go on. */
#include "host-tools/system/table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ut_table t;
    struct ut_fault fault = {0};
    int line = 1, more;
    char *text = malloc(size + 1), *end = text;
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (ut_table_open(&t, text, "f", &fault) == 0) {
        if (t.names < 1 || t.names > UT_TABLE_FIELDS || t.columns < t.names || ut_table_find(&t, t.name[0]) != 0)
            abort();
        end = t.name[t.names - 1] + strlen(t.name[t.names - 1]);
        while ((more = ut_table_row(&t, &fault)) > 0) {
            if (t.fields < 1 || t.fields > UT_TABLE_FIELDS || t.cells < t.fields || t.line <= line ||
                t.lines < t.line - 1)
                abort();
            line = t.line;
            for (int i = 0; i < t.fields; i++) {
                if (t.field[i] < end || t.field[i] + strlen(t.field[i]) > text + size)
                    abort();
                end = t.field[i] + strlen(t.field[i]);
            }
        }
        if (more < 0 && fault.code == 0)
            abort();
    } else if (fault.code == 0 || fault.text[0] == '\0') {
        abort();
    }
    free(text);
    return 0;
}
