/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/call_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct ut_event_table_call call = {.session = "s\x1b",
                                                .contact_id = "c\n",
                                                .state = "COMPLETED",
                                                .dated = true,
                                                .began_ms = 1000,
                                                .ended_ms = 3500,
                                                .stored_ms = 4000,
                                                .events = 7,
                                                .cues = 2,
                                                .flags = 1};

/* What a printer of calls writes to standard output for two of them. */
static void printed(ut_event_table_each *each, char text[600])
{
    bool begun = false;
    FILE *file = tmpfile();
    int kept = dup(STDOUT_FILENO);
    assert_non_null(file);
    assert_int_equal(fflush(stdout), 0);
    assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
    int r = each(&begun, &call) + each(&begun, &call);
    int flushed = fflush(stdout);
    assert_true(dup2(kept, STDOUT_FILENO) >= 0);
    assert_int_equal(close(kept), 0);
    assert_int_equal(r, 0);
    assert_int_equal(flushed, 0);
    rewind(file);
    text[fread(text, 1, 599, file)] = '\0';
    assert_int_equal(fclose(file), 0);
}

static void a_table_has_one_head(void **state)
{
    (void)state;
    char text[600];
    printed(ut_call_list_row, text);
    assert_ptr_equal(strstr(text, "session"), text);
    assert_null(strstr(text + 1, "session"));
    assert_non_null(strstr(text, "1970-01-01T00:00:01Z      2.5 s  COMPLETED         7     2      1  c?\n"));
    assert_null(strchr(text, '\x1b'));
}

static void an_object_has_all_of_a_call(void **state)
{
    (void)state;
    static const char want[] =
        "{\"Session\":\"s?\",\"ContactId\":\"c?\",\"JobStatus\":\"COMPLETED\",\"Begin\":\"1970-01-01T00:00:01.000Z\","
        "\"End\":\"1970-01-01T00:00:03.500Z\",\"DurationMillis\":2500,\"Stored\":\"1970-01-01T00:00:04.000Z\","
        "\"Events\":7,\"CuesOpened\":2,\"FlagsRaised\":1}\n";
    char text[600];
    printed(ut_call_list_json, text);
    assert_memory_equal(text, want, strlen(want));
    assert_string_equal(text + strlen(want), want);
}

static void an_event_is_a_line(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    ut_call_list_event(out, "{\"a\":1}");
    ut_call_list_event(out, "b\n\x1b[2J");
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, "{\"a\":1}\nb??[2J\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_has_one_head),
        cmocka_unit_test(an_object_has_all_of_a_call),
        cmocka_unit_test(an_event_is_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
