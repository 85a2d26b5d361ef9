/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a file with a site's key, and as a customer's key: what is taken is 64 digits and nothing else, and what
 * is not leaves the key as it was; a hash is 64 digits. */
#include "host-tools/system/site_key.h"
#include "tests/fuzz/begun.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char ZERO[] = "0000000000000000000000000000000000000000000000000000000000000000";
    static const char *const heads[4] = {"", "00", ZERO, ZERO + 1};
    struct ut_site_key key, before;
    char hash[UT_CUSTOMER_TEXT];
    char *text = ut_begun_text(heads, data, size);
    if (text == NULL)
        return 0;
    memset(&key, 7, sizeof key);
    before = key;
    size_t digits = strspn(text, "0123456789abcdef");
    int fine = digits == 64 && text[digits + strspn(text + digits, "\r\n")] == '\0';
    if ((ut_site_key_parse(&key, text) == 0) != fine || (!fine && memcmp(&key, &before, sizeof key) != 0))
        abort();
    ut_site_key_customer(&key, text, hash);
    if (strspn(hash, "0123456789abcdef") != UT_CUSTOMER_TEXT - 1 || hash[UT_CUSTOMER_TEXT - 1] != '\0' ||
        (ut_site_key_fits(text) && (text[0] == '\0' || strlen(text) > UT_CUSTOMER_KEY_MAX || strchr(text, '\n'))))
        abort();
    free(text);
    return 0;
}
