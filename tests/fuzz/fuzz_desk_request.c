/* SPDX-License-Identifier: Apache-2.0 */
/* Any method, path and body as a request to a desk: what is taken is whole and closed, of the words that it may be;
 * what is not leaves nothing behind but a line. The first byte says which path and method are the right beginning. */
#include "host-tools/desk/request.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_one_of(const char *text, const char *a, const char *b, const char *c)
{
    return strcmp(text, a) == 0 || strcmp(text, b) == 0 || strcmp(text, c) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[] = {"/v1/calls/a",
                                        "/v1/calls/a/end",
                                        "/v1/calls/a/disclosure",
                                        "/v1/calls/a/refusal",
                                        "/v1/calls/a/hold",
                                        "/v1/calls/a/conference",
                                        "/v1/calls/a/handover",
                                        "/v1/cues/a/outcome",
                                        "/v1/cues/a/dismiss",
                                        "/v1/display/mute",
                                        NULL};
    struct ut_desk_request r;
    char error[UT_DESK_ERROR] = "";
    const char *path = size > 0 ? paths[data[0] % 11] : NULL;
    const char *method = size > 0 && data[0] % 11 == 0 ? "PUT" : "POST";
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data + 1, size - 1);
    text[size > 0 ? size - 1 : 0] = '\0';
    int status = ut_desk_request_parse(&r, method, path != NULL ? path : text, "application/json", text,
                                       path != NULL && size > 0 ? size - 1 : 0, error);
    if (status != 0) {
        if ((status != 400 && status != 404 && status != 405 && status != 415) || error[0] == '\0' ||
            memchr(error, '\0', sizeof error) == NULL || r.handover != NULL)
            abort();
        free(text);
        return 0;
    }
    if (r.ask >= UT_DESK_ASKS || memchr(r.customer_key, '\0', sizeof r.customer_key) == NULL ||
        memchr(r.to, '\0', sizeof r.to) == NULL || (r.customer_key[0] != '\0' && !ut_site_key_fits(r.customer_key)) ||
        (r.handover != NULL && !json_is_object(r.handover)))
        abort();
    if ((r.ask == UT_DESK_OUTCOME && !is_one_of(r.outcome, "helped", "did_not_help", "wrong")) ||
        (r.ask == UT_DESK_REFUSAL && !is_one_of(r.kind, "refused", "withdrawn", "")) ||
        (r.ask == UT_DESK_HANDOVER && !is_one_of(r.kind, "transfer", "escalation", "")))
        abort();
    ut_desk_request_free(&r);
    free(text);
    return 0;
}
