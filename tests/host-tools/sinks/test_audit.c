/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/audit.h"

#include "host-tools/sinks/audit_chain.h"
#include "host-tools/sinks/checkpoint.h"
#include "tests/host-tools/sink_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/undertone-test-XXXXXX";

static void decisions_are_recorded_and_nothing_measured(void **state)
{
    (void)state;
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    static char text[20000];
    ut_config_defaults(&ut_sink_test_config);
    assert_int_equal(ut_sinks_add(&l, ut_audit_sink(path, "", &ut_sink_test_config), &fault), 0);
    struct ut_session *s = ut_sink_test_session(&l);
    ut_sink_test_call(s);
    struct ut_cue_change change = {.what = UT_CUE_OPENED, .cue = (enum ut_cue)0, .reason = "budget"};
    assert_int_equal(l.sink[0]->kind->cue(l.sink[0], &change), 0);
    change.what = UT_CUE_SUPPRESSED;
    assert_int_equal(l.sink[0]->kind->cue(l.sink[0], &change), 0);
    assert_int_equal(ut_sinks_flush(&l), 0);
    assert_int_equal(ut_sinks_close(&l, false), 0);
    ut_session_free(s);
    struct ut_audit_chain c;
    ut_audit_chain_init(&c, path);
    assert_int_equal(ut_audit_chain_verify(&c, 0, "", &fault), 0);
    assert_int_equal(c.n, 5);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    static const char *const kinds[] = {"run_started", "undertone.session.started.v1", "undertone.session.completed.v1",
                                        "cue_suppressed", "run_ended"};
    for (int i = 0; i < 5; i++) {
        assert_non_null(fgets(text, sizeof text, f));
        json_t *record = json_loads(text, 0, NULL);
        assert_string_equal(json_string_value(json_object_get(record, "Kind")), kinds[i]);
        assert_int_equal(json_object_get(record, "Session") != NULL, i >= 1 && i <= 3);
        assert_int_equal(json_object_get(record, "EventSha256") != NULL, i == 1 || i == 2);
        assert_null(json_object_get(record, "Score"));
        assert_null(json_object_get(record, "Explanation"));
        assert_null(json_object_get(record, "Text"));
        json_decref(record);
    }
    assert_int_equal(fclose(f), 0);
}

/* What cannot be recorded is not shown: the list says that it is broken. */
static void one_that_can_take_no_more_ends_the_run(void **state)
{
    (void)state;
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    static char reason[20000];
    memset(reason, 'x', sizeof reason - 1);
    ut_config_defaults(&ut_sink_test_config);
    assert_int_equal(ut_sinks_add(&l, ut_audit_sink(path, "", &ut_sink_test_config), &fault), 0);
    const struct ut_cue_change change = {.what = UT_CUE_SUPPRESSED, .reason = reason}; /* longer than a line may be */
    assert_int_equal(l.sink[0]->kind->cue(l.sink[0], &change), -1);
    struct ut_session *s = ut_sink_test_session(&l);
    ut_sink_test_score(s, 250, 0);
    assert_true(l.broken);
    assert_int_equal(ut_sinks_flush(&l), -1);
    assert_int_equal(l.fault.code, UT_EXIT_FAILURE);
    assert_int_equal(ut_sinks_close(&l, false), -1);
    ut_session_free(s);
}

/* At a hundred records, not before, and at the end. */
static void checkpoints_come_by_themselves(void **state)
{
    (void)state;
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    struct ut_note_verifier v;
    struct ut_checkpoint c;
    char key_file[80], checkpoint[80], key[UT_NOTE_VERIFIER], note[UT_NOTE_MAX];
    const struct ut_cue_change change = {.what = UT_CUE_SUPPRESSED, .cue = (enum ut_cue)0, .reason = "budget"};
    (void)snprintf(key_file, sizeof key_file, "%s.key", path);
    (void)snprintf(checkpoint, sizeof checkpoint, "%s.checkpoint", path);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(ut_note_make_key(key_file, "d", key, &fault), 0);
    assert_int_equal(ut_note_verifier_parse(&v, key), 0);
    ut_config_defaults(&ut_sink_test_config);
    assert_int_equal(ut_sinks_add(&l, ut_audit_sink(path, key_file, &ut_sink_test_config), &fault), 0);
    for (int n = 2; n <= 150; n++) {
        assert_int_equal(l.sink[0]->kind->cue(l.sink[0], &change), 0);
        assert_int_equal(access(checkpoint, F_OK) == 0, n >= UT_CHECKPOINT_RECORDS);
    }
    for (int end = 0; end < 2; end++) {
        if (end)
            assert_int_equal(ut_sinks_close(&l, false), 0);
        FILE *f = fopen(checkpoint, "r");
        assert_non_null(f);
        size_t n = fread(note, 1, sizeof note, f);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(ut_checkpoint_parse(&c, &v, note, n), 0);
        assert_int_equal(c.n, end ? 151 : UT_CHECKPOINT_RECORDS);
    }
    assert_int_equal(unlink(key_file) | unlink(checkpoint), 0);
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions_are_recorded_and_nothing_measured),
        cmocka_unit_test(checkpoints_come_by_themselves),
        cmocka_unit_test(one_that_can_take_no_more_ends_the_run),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
