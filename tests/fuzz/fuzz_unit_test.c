/* SPDX-License-Identifier: Apache-2.0 */
/* Any line of a unit under test: an answer has values that print as they came, a greeting a serial number. */
#include "host-tools/headset/unit_test.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char line[128] = "undertone-test 1 ";
    size_t begin = size > 0 && data[0] % 2 ? strlen(line) : 0, n = size < 100 ? size : 100;
    memcpy(line + begin, data, n);
    line[begin + n] = '\0';
    struct ut_unit_greeting g;
    if (ut_unit_greeting(line, &g) == 0 &&
        (!ut_unit_is_serial(g.serial) || strlen(g.board) >= sizeof g.board || (g.by_watchdog & ~1) != 0))
        abort();
    for (int i = 0; i < UT_UNIT_TESTS; i++) {
        int32_t v[UT_UNIT_VALUES] = {0};
        char named[160];
        strcpy(named, ut_unit_tests[i].name);
        memcpy(named + strlen(named), line + begin, n + 1);
        if (ut_unit_test_read(&ut_unit_tests[i], named, v) == 0 && (abs(v[0]) > 999999 || abs(v[1]) > 999999))
            abort();
    }
    return 0;
}
