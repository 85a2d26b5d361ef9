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

static void what_a_bootloader_knows(void **state)
{
    (void)state;
    uint8_t boot[100], key[32];
    memset(boot, 0xFF, sizeof boot);
    memset(key, 0xA5, sizeof key);
    for (size_t at = 0; at <= sizeof boot - sizeof key; at++) {
        memset(boot, 0xFF, sizeof boot);
        assert_false(ut_signer_is_known_to(boot, sizeof boot, key));
        memcpy(boot + at, key, sizeof key);
        assert_true(ut_signer_is_known_to(boot, sizeof boot, key));
        assert_true(ut_signer_is_known_to(boot, at + sizeof key, key));
        assert_false(ut_signer_is_known_to(boot, at + sizeof key - 1, key)); /* cut short */
        assert_false(ut_signer_published_is_known_to(boot, sizeof boot));
        memcpy(boot + at, ut_boot_keys[0].sha256, sizeof key);
        assert_true(ut_signer_published_is_known_to(boot, sizeof boot));
    }
    assert_false(ut_signer_is_known_to(boot, 0, key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_published_key_by_its_name),
                                       cmocka_unit_test(what_a_bootloader_knows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
