/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as the file with a page's address: what is taken is a port of this machine and a token of 64 digits. */
#include "host-tools/system/web_client.h"
#include "tests/fuzz/begun.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char WHOLE[] = "http://127.0.0.1:80/?token="
                                "0000000000000000000000000000000000000000000000000000000000000000";
    static const char *const heads[4] = {"http://127.0.0.1:", "http://127.0.0.1:80/?token=", WHOLE, ""};
    struct ut_fault fault = {0};
    const char *token = NULL;
    char *text = ut_begun_text(heads, data, size);
    if (text == NULL)
        return 0;
    if (ut_web_client_address(text, &token, &fault) == 0) {
        if (strlen(token) != 64 || strspn(token, "0123456789abcdef") != 64 || strlen(text) > 22 ||
            strspn(text + 17, "0123456789") != strlen(text + 17))
            abort();
    } else if (fault.code != UT_EXIT_PROTOCOL) {
        abort();
    }
    free(text);
    return 0;
}
