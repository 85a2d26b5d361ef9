/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/desk/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct ut_desk_request r;
static char error[UT_DESK_ERROR];

static int parse(const char *method, const char *path, const char *body)
{
    return ut_desk_request_parse(&r, method, path, body[0] != '\0' ? "application/json" : NULL, body, strlen(body),
                                 error);
}

static void each_request(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path, *body, *id;
        enum ut_desk_ask ask;
    } right[] = {
        {"PUT", "/v1/calls/crm 17", "", "crm 17", UT_DESK_START},
        {"PUT", "/v1/calls/crm-17", "{\"CustomerKey\":\"Jane\",\"Handover\":{\"a\":1}}", "crm-17", UT_DESK_START},
        {"POST", "/v1/calls/s/end", "{}", "s", UT_DESK_END},
        {"POST", "/v1/calls/s/disclosure", "", "s", UT_DESK_DISCLOSURE},
        {"POST", "/v1/calls/s/refusal", "{\"Kind\":\"withdrawn\"}", "s", UT_DESK_REFUSAL},
        {"POST", "/v1/calls/s/hold", "{\"On\":true}", "s", UT_DESK_HOLD},
        {"POST", "/v1/calls/s/conference", "{\"On\":false}", "s", UT_DESK_CONFERENCE},
        {"POST", "/v1/calls/s/handover", "{\"Kind\":\"transfer\",\"To\":\"second line\"}", "s", UT_DESK_HANDOVER},
        {"POST", "/v1/cues/s-000001/outcome", "{\"Outcome\":\"did_not_help\"}", "s-000001", UT_DESK_OUTCOME},
        {"POST", "/v1/calls/crm-17/outcome", "{\"Outcome\":\"csat4\"}", "crm-17", UT_DESK_CALL_OUTCOME},
        {"POST", "/v1/cues/s-000001/dismiss", "", "s-000001", UT_DESK_DISMISS},
        {"POST", "/v1/display/mute", "{\"On\":true}", "", UT_DESK_MUTE},
        {"POST", "/v1/actions/0a1b/answer", "{\"Answer\":\"yes\"}", "0a1b", UT_DESK_ANSWER},
    };
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        assert_int_equal(parse(right[i].method, right[i].path, right[i].body), 0);
        assert_int_equal(r.ask, right[i].ask);
        assert_string_equal(r.id, right[i].id);
        assert_int_equal(r.on, strstr(right[i].body, "true") != NULL);
        assert_string_equal(r.customer_key, strstr(right[i].body, "Jane") != NULL ? "Jane" : "");
        assert_string_equal(r.answer, right[i].ask == UT_DESK_ANSWER ? "yes" : "");
        assert_string_equal(r.to, strstr(right[i].body, "second") != NULL ? "second line" : "");
        assert_int_equal(r.handover != NULL, strstr(right[i].body, "Handover") != NULL);
        ut_desk_request_free(&r);
        assert_string_equal(r.customer_key, "");
    }
}

static void what_is_none(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *method, *path, *body, *says;
    } wrong[] = {
        {404, "GET", "/", "", "path"},
        {404, "POST", "/v1/calls/", "", "path"},
        {404, "POST", "/v1/calls/a/b/end", "", "path"},
        {404, "PUT", "/v1/calls/a\nb", "", "path"},
        {404, "POST", "/v1/calls//end", "", "path"},
        {405, "POST", "/v1/calls/a", "", "method"},
        {405, "PUT", "/v1/display/mute", "", "method"},
        {400, "POST", "/v1/calls/a/end", "{\"On\":true}", "member"},
        {400, "POST", "/v1/calls/a/end", "[]", "JSON object"},
        {400, "POST", "/v1/calls/a/end", "{", "JSON object"},
        {400, "POST", "/v1/calls/a/end", "{} {}", "JSON object"},
        {400, "POST", "/v1/calls/a/hold", "", "On: is missing"},
        {400, "POST", "/v1/calls/a/hold", "{\"On\":1}", "On: give true or false"},
        {400, "POST", "/v1/calls/a/hold", "{\"On\":true,\"On\":false}", "JSON object"},
        {400, "POST", "/v1/calls/a/refusal", "{\"Kind\":\"no\"}", "refused withdrawn"},
        {400, "POST", "/v1/calls/a/refusal", "{\"Kind\":\"refused withdrawn\"}", "refused withdrawn"},
        {400, "POST", "/v1/calls/a/refusal", "{\"Kind\":\"refused\\u0000\"}", "JSON object"},
        {400, "POST", "/v1/cues/a/outcome", "{\"Outcome\":\"\"}", "Outcome"},
        {400, "PUT", "/v1/calls/a", "{\"CustomerKey\":\"\"}", "CustomerKey"},
        {400, "PUT", "/v1/calls/a", "{\"CustomerKey\":\"a\\nb\"}", "CustomerKey"},
        {400, "PUT", "/v1/calls/a", "{\"CustomerKey\":17}", "CustomerKey"},
        {400, "PUT", "/v1/calls/a", "{\"Handover\":[]}", "Handover"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(parse(wrong[i].method, wrong[i].path, wrong[i].body), wrong[i].status);
        if (strstr(error, wrong[i].says) == NULL)
            fail_msg("%s: %s", wrong[i].body, error);
        assert_null(r.handover);
    }
    assert_int_equal(ut_desk_request_parse(&r, "POST", "/v1/calls/a/end", "text/plain", "{}", 2, error), 415);
    assert_int_equal(ut_desk_request_parse(&r, "POST", "/v1/calls/a/end", NULL, "{}", 2, error), 415);
}

static void a_text_has_a_length(void **state)
{
    (void)state;
    char body[400], path[300] = "/v1/calls/";
    for (int more = 0; more <= 1; more++) {
        (void)snprintf(body, sizeof body, "{\"CustomerKey\":\"%0*d\"}", UT_CUSTOMER_KEY_MAX + more, 0);
        assert_int_equal(parse("PUT", "/v1/calls/a", body), more ? 400 : 0);
        assert_null(strstr(error, "000000"));
        (void)snprintf(path, sizeof path, "/v1/calls/%0*d", UT_DESK_ID - 1 + more, 0);
        assert_int_equal(parse("PUT", path, ""), more ? 404 : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request),
        cmocka_unit_test(what_is_none),
        cmocka_unit_test(a_text_has_a_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
