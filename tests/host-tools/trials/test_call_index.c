/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/call_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct ut_call_index x;
static struct ut_fault fault;

static void a_call_is_what_its_members_say(void **state)
{
    (void)state;
    assert_int_equal(
        ut_call_index_parse(
            &x,
            "{\"seed\": 1, \"calls\": [{\"path\": \"a.wav\", \"speaker\": \"1\", \"corpus\": \"e\\u001bm\", "
            "\"gender\": \"f\", \"stretches\": [{\"kind\": \"delight\", \"begin_ms\": 0, \"end_ms\": 5}, "
            "{\"kind\": \"frustration\", \"begin_ms\": 5, \"end_ms\": 9}], \"speech\": [[0, 2], [2, "
            "86400000]], \"more\": null}, {\"path\": \"/b.wav\", \"speaker\": \"2\"}]}",
            "in/INDEX.json", &fault),
        0);
    assert_int_equal(x.calls, 2);
    assert_string_equal(x.call[0].path, "in/a.wav");
    assert_string_equal(x.call[0].speaker, "1");
    assert_string_equal(x.call[0].corpus, "e?m"); /* a name to print */
    assert_string_equal(x.call[0].gender, "f");
    assert_int_equal(x.call[0].stretches, 2);
    assert_int_equal(x.call[0].stretch[0].kind, UT_FEELING_DELIGHT);
    assert_int_equal(x.call[0].stretch[1].kind, UT_FEELING_FRUSTRATION);
    assert_int_equal(x.call[0].stretch[1].begin_ms, 5);
    assert_int_equal(x.call[0].stretch[1].end_ms, 9);
    assert_int_equal(x.call[0].turns, 2);
    assert_int_equal(x.call[0].speech[1].end_ms, 86400000);
    assert_string_equal(x.call[1].path, "/b.wav");
    assert_string_equal(x.call[1].corpus, "");
    assert_int_equal(x.call[1].stretches + x.call[1].turns, 0);
    ut_call_index_free(&x);
}

static void refused(const char *text, const char *says)
{
    memset(&fault, 0, sizeof fault);
    assert_int_equal(ut_call_index_parse(&x, text, "x.json", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_INDEX);
    assert_non_null(strstr(fault.text, "x.json:"));
    assert_non_null(strstr(fault.text, says));
    assert_int_equal(x.calls, 0);
    assert_null(x.call);
}

#define CALL(MORE)                                                                                                     \
    "{\"calls\": [{\"path\": \"a\", \"speaker\": \"1\"}, {\"path\": \"b\", \"speaker\": \"2\", " MORE "}]}"
#define STRETCH(KIND, BEGIN, END) "{\"kind\": \"" KIND "\", \"begin_ms\": " BEGIN ", \"end_ms\": " END "}"

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    refused("", "not JSON");
    refused("{\n\n\"calls\": [}", "x.json:3: not JSON");
    refused("{\"calls\": 1, \"calls\": 2}", "not JSON: duplicate");
    refused("[]", "no list of calls");
    refused("{\"calls\": {}}", "no list of calls");
    refused("{\"calls\": []}", "no list of calls");
    refused("{\"calls\": [1]}", "call 1: path is not a text");
    refused("{\"calls\": [{\"path\": \"\"}]}", "call 1: path is not a text");
    refused("{\"calls\": [{\"path\": \"a\"}]}", "call 1: speaker is not a text");
    refused(CALL("\"gender\": 1"), "call 2: gender is not a text");
    refused(CALL("\"stretches\": 1"), "call 2: stretches is not a list");
    refused(CALL("\"stretches\": [1]"), "call 2: a stretch's kind is not frustration or delight");
    refused(CALL("\"stretches\": [" STRETCH("joy", "0", "1") "]"), "a stretch's kind is not");
    refused(CALL("\"stretches\": [" STRETCH("delight", "1", "1") "]"), "call 2: stretches is not a list of spans");
    refused(CALL("\"stretches\": [" STRETCH("delight", "0", "1.5") "]"), "stretches is not a list of spans");
    refused(CALL("\"stretches\": [" STRETCH("delight", "0", "2") ", " STRETCH("delight", "1", "3") "]"),
            "stretches is not");
    refused(CALL("\"speech\": \"\""), "call 2: speech is not a list");
    refused(CALL("\"speech\": [[1]]"), "call 2: speech is not a list of spans");
    refused(CALL("\"speech\": [[-1, 1]]"), "speech is not a list of spans");
    refused(CALL("\"speech\": [[0, 86400001]]"), "speech is not a list of spans");
    refused(CALL("\"speech\": [[0, 2], [1, 3]]"), "speech is not a list of spans");
    assert_int_equal(ut_call_index_read(&x, "/nonexistent/x.json", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_what_its_members_say),
        cmocka_unit_test(what_is_wrong_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
