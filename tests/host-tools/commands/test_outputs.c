/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/outputs.h"

#include "tests/host-tools/sink_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What the output of that name writes of the call; the caller frees it. */
static char *text_of(const char *name)
{
    struct ut_sinks l = {0};
    struct ut_fault fault;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(ut_outputs_add(&l, name, out, NULL, &fault), 0);
    struct ut_session *s = ut_sink_test_session(&l);
    assert_non_null(s);
    ut_sink_test_call(s);
    assert_int_equal(ut_sinks_close(&l, true), 0);
    ut_session_free(s);
    (void)fclose(out);
    return text;
}

static void each_name_has_its_output(void **state)
{
    (void)state;
    static const char *const begin[][2] = {{"text", "     0.000 s  call "},
                                           {"plain", "     0.000 s  call "},
                                           {"ndjson", "{\"specversion\":"},
                                           {"csv", "file,t_ms,"},
                                           {"call", "{\n"}};
    for (size_t i = 0; i < sizeof begin / sizeof begin[0]; i++) {
        char *text = text_of(begin[i][0]);
        assert_memory_equal(text, begin[i][1], strlen(begin[i][1]));
        assert_int_equal(strstr(text, "summary:") != NULL, i == 0);
        free(text);
    }
}

static void another_name_has_none(void **state)
{
    (void)state;
    struct ut_sinks l = {0};
    struct ut_fault fault;
    assert_int_equal(ut_outputs_add(&l, "jso", stdout, NULL, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
    assert_int_equal(l.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_name_has_its_output),
                                       cmocka_unit_test(another_name_has_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
