/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/summary.h"

#include "tests/host-tools/sink_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static void judge(json_t *summary, const char *contact_id)
{
    const char *status = NULL, *id = NULL;
    assert_non_null(summary);
    assert_int_equal(json_unpack(summary, "{s:s, s:{s:s}}", "JobStatus", &status, "CustomerMetadata", "ContactId", &id),
                     0);
    assert_string_equal(status, "COMPLETED");
    assert_string_equal(id, contact_id);
    json_decref(summary);
}

static void on_a_stream(void **state)
{
    (void)state;
    char *text = ut_sink_test_text(ut_summary_sink);
    assert_non_null(text);
    assert_int_equal(text[0], '{');
    assert_string_equal(text + strlen(text) - 3, "\n}\n");
    judge(json_loads(text, 0, NULL), "c");
    free(text);
}

static void in_a_file_after_each_call(void **state)
{
    (void)state;
    char path[64] = "/tmp/undertone-test-XXXXXX";
    struct ut_sinks l = {0};
    struct ut_fault fault;
    int fd = mkstemp(path);
    assert_true(fd >= 0 && close(fd) == 0 && remove(path) == 0);
    assert_int_equal(ut_sinks_add(&l, ut_summary_file_sink(path), &fault), 0);
    struct ut_session *s = ut_sink_test_session(&l);
    assert_non_null(s);
    ut_sink_test_score(s, 250, 0);
    assert_int_equal(access(path, F_OK), -1);
    ut_session_finish(s, NULL);
    judge(json_load_file(path, 0, NULL), "c");
    ut_sink_test_call(s);
    judge(json_load_file(path, 0, NULL), "c-2");
    assert_int_equal(ut_sinks_close(&l, false), 0); /* what was told is told */
    assert_int_equal(remove(path), 0);
    ut_session_free(s);
}

static void a_file_that_cannot_be_written_is_a_fault(void **state)
{
    (void)state;
    struct ut_sinks l = {0};
    struct ut_fault fault;
    assert_int_equal(ut_sinks_add(&l, ut_summary_file_sink("/dev/null/s.json"), &fault), 0);
    struct ut_session *s = ut_sink_test_session(&l);
    assert_non_null(s);
    ut_sink_test_call(s);
    assert_true(l.broken);
    assert_int_equal(l.fault.code, UT_EXIT_FAILURE);
    assert_non_null(strstr(l.fault.text, "/dev/null/s.json"));
    (void)ut_sinks_close(&l, false);
    ut_session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(on_a_stream), cmocka_unit_test(in_a_file_after_each_call),
                                       cmocka_unit_test(a_file_that_cannot_be_written_is_a_fault)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
