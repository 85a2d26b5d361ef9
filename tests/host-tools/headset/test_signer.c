/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/headset/development_key.h"
#include "host-tools/headset/signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void the_published_key_by_its_name(void **state)
{
    (void)state;
    uint8_t key[32];
    char text[UT_SIGNER_TEXT];
    memcpy(key, ut_boot_keys[0].sha256, sizeof key);
    assert_true(ut_signer_is_published(key));
    ut_signer_text(key, text);
    assert_string_equal(text, "the development key, which is published");
    for (int i = 0; i < 32; i++) {
        key[i] ^= 1;
        assert_false(ut_signer_is_published(key));
        key[i] ^= 1;
    }
    memset(key, 0xA5, sizeof key);
    ut_signer_text(key, text);
    assert_string_equal(text, "key a5a5a5a5a5a5a5a5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_published_key_by_its_name)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
