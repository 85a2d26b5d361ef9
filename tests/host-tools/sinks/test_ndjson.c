/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/ndjson.h"

#include "tests/host-tools/sink_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_line_per_event(void **state)
{
    (void)state;
    static const char *const type[] = {"session.started", "score",         "turn",
                                       "score",           "device.status", "session.completed"};
    char *text = ut_sink_test_text(ut_ndjson_sink), *rest = text;
    assert_non_null(text);
    for (size_t i = 0; i < sizeof type / sizeof type[0]; i++) {
        char wanted[60], *line = strsep(&rest, "\n");
        snprintf(wanted, sizeof wanted, "\"type\":\"undertone.%s.v1\"", type[i]);
        assert_non_null(line);
        assert_int_equal(line[0], '{');
        assert_non_null(strstr(line, wanted));
    }
    assert_string_equal(rest, "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_line_per_event)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
