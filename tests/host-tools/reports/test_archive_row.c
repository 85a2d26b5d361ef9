/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/archive_row.h"

#include "host-tools/settings/cue_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FIELDS_MAX = 100 };

static char *text, *field[FIELDS_MAX];
static size_t len;
static FILE *out;

static int setup(void **state)
{
    (void)state;
    out = open_memstream(&text, &len);
    return out != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    free(text);
    return 0;
}

/* What was written, cut into fields; how many. */
static int fields(void)
{
    int n = 0;
    fclose(out);
    for (char *at = text; at != NULL && n < FIELDS_MAX; n++)
        field[n] = strsep(&at, ",");
    return n;
}

static int column(const char *name)
{
    int n = fields();
    for (int i = 0; i < n; i++)
        if (strcmp(field[i], name) == 0)
            return i;
    fail_msg("no column %s", name);
    return -1;
}

static const char call[] =
    "{\"ConversationCharacteristics\": {\"TotalConversationDurationMillis\": 110500,"
    " \"TalkTime\": {\"TotalTimeMillis\": 80000, \"DetailsByParticipant\": {"
    "  \"CUSTOMER\": {\"TotalTimeMillis\": 50000}, \"AGENT\": {\"TotalTimeMillis\": 30000}}},"
    " \"Interruptions\": {\"InterruptionsByInterrupter\": {\"AGENT\": [1, 2]}}},"
    " \"AcousticEmotion\": {\"Overlaps\": [1, 2, 3], \"Suppressed\": [7],"
    "  \"Cues\": [{\"Cue\": \"empathy_cue\"}, {\"Cue\": \"extended_silence\"}, {\"Cue\": \"empathy_cue\"}, {}]}}";

static void each_column_has_its_figure(void **state)
{
    (void)state;
    static const char *const names[] = {
        "duration_s",     "customer_talk_s", "agent_talk_share", "interruptions_by_agent",   "overlaps", "non_talk_s",
        "cues_not_shown", "empathy_cue",     "good_moment",      "interruptions_by_customer"};
    static const char *const values[] = {"110.5", "50", "0.375", "2", "3", "", "1", "2", "0", "0"};
    enum { N = sizeof names / sizeof names[0] };
    int at[N];
    for (int i = 0; i < N; i++) {
        ut_archive_row_head(out);
        at[i] = column(names[i]);
        free(text);
        assert_int_equal(setup(NULL), 0);
    }
    json_t *json = json_loads(call, 0, NULL);
    assert_non_null(json);
    ut_archive_row(out, json);
    assert_true(ut_archive_row_seconds(json) == 110.5);
    json_decref(json);
    fields();
    for (int i = 0; i < N; i++)
        assert_string_equal(field[at[i]], values[i]);
}

static void what_is_withheld_is_empty(void **state)
{
    (void)state;
    static const char *const names[] = {"customer_talk_s", "agent_talk_share", "interruptions_by_agent", "overlaps",
                                        "customer_alone",  "withheld_s",       "cues_not_shown"};
    static const char *const values[] = {"", "", "", "", "undeclared", "12.5", "0"};
    enum { N = sizeof names / sizeof names[0] };
    int at[N];
    for (int i = 0; i < N; i++) {
        ut_archive_row_head(out);
        at[i] = column(names[i]);
        free(text);
        assert_int_equal(setup(NULL), 0);
    }
    json_t *json = json_loads("{\"ConversationCharacteristics\": {\"TalkTime\": {\"TotalTimeMillis\": null}},"
                              " \"AcousticEmotion\": {\"Overlaps\": null, \"Channels\": {\"CustomerAlone\": "
                              "\"undeclared\"}, \"Withheld\": {\"Millis\": 12500}}}",
                              0, NULL);
    assert_non_null(json);
    ut_archive_row(out, json);
    json_decref(json);
    fields();
    for (int i = 0; i < N; i++)
        assert_string_equal(field[at[i]], values[i]);
}

static void every_row_is_as_wide_as_the_head(void **state)
{
    (void)state;
    ut_archive_row_head(out);
    int wide = fields();
    assert_true(wide > UT_CUES);
    free(text);
    assert_int_equal(setup(NULL), 0);
    ut_archive_row_empty(out);
    assert_int_equal(fields(), wide);
    for (int i = 0; i < wide; i++)
        assert_string_equal(field[i], "");
    free(text);
    assert_int_equal(setup(NULL), 0);
    json_t *nothing = json_object();
    ut_archive_row(out, nothing);
    assert_true(ut_archive_row_seconds(nothing) == 0);
    json_decref(nothing);
    assert_int_equal(fields(), wide);
}

static void time_on_hold_has_three_columns(void **state)
{
    (void)state;
    static const char *const names[] = {"hold_s", "holds", "non_talk_on_hold_s", "ask_for_help", "scores_paused"};
    static const char *const values[] = {"62.5", "2", "60", "0", "0"};
    enum { N = sizeof names / sizeof names[0] };
    int at[N];
    for (int i = 0; i < N; i++) {
        ut_archive_row_head(out);
        at[i] = column(names[i]);
        free(text);
        assert_int_equal(setup(NULL), 0);
    }
    json_t *json = json_loads("{\"ConversationCharacteristics\": {\"NonTalkTime\": {\"HoldMillis\": 60000},"
                              " \"HoldTime\": {\"TotalTimeMillis\": 62500, \"Instances\": [{}, {}]}}}",
                              0, NULL);
    assert_non_null(json);
    ut_archive_row(out, json);
    json_decref(json);
    fields();
    for (int i = 0; i < N; i++)
        assert_string_equal(field[at[i]], values[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_column_has_its_figure, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_withheld_is_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(every_row_is_as_wide_as_the_head, setup, teardown),
        cmocka_unit_test_setup_teardown(time_on_hold_has_three_columns, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
