/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/postgres_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_file_is_none(void **state)
{
    (void)state;
    assert_true(ut_postgres_is("postgresql:///floors"));
    assert_true(ut_postgres_is("postgres://kim@host/floors"));
    assert_false(ut_postgres_is("floors.db"));
    assert_false(ut_postgres_is("./postgresql://x"));
    assert_false(ut_postgres_is(""));
}

static void a_password_is_not_shown(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"postgresql://kim:secret@host:5432/floors", "postgresql://kim@host:5432/floors"},
        {"postgresql://kim:s@cr:et@host/floors", "postgresql://kim@host/floors"},
        {"postgresql://host/floors?password=secret", "postgresql://host/floors"},
        {"postgresql://kim@host:5432/floors", "postgresql://kim@host:5432/floors"},
        {"postgresql:///floors", "postgresql:///floors"},
        {"/var/lib/a:b@c?d", "/var/lib/a:b@c?d"},
    };
    char text[100];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(ut_postgres_name(cases[i][0], text, sizeof text), cases[i][1]);
}

static void it_is_cut_to_its_room(void **state)
{
    (void)state;
    char text[12];
    assert_string_equal(ut_postgres_name("postgresql://kim:secret@host/floors", text, sizeof text), "postgresql:");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_none),
        cmocka_unit_test(a_password_is_not_shown),
        cmocka_unit_test(it_is_cut_to_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
