/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/users.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/undertone-users-XXXXXX";
static char file[100];
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    if (folder[strlen(folder) - 1] == 'X' && mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(file, sizeof file, "%s/users", folder);
    (void)unlink(file);
    fault = (struct ut_fault){0};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(file);
    return rmdir(folder);
}

static void write_file(const char *text)
{
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    assert_int_equal(fchmod(fileno(f), 0600), 0);
    (void)fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void whoever_has_the_token(void **state)
{
    (void)state;
    struct ut_users u;
    char kim[UT_TOKEN_TEXT], lee[UT_TOKEN_TEXT];
    assert_int_equal(ut_users_add(file, "kim", UT_ROLE_SUPERVISOR, kim, &fault), 0);
    assert_int_equal(ut_users_add(file, "lee", UT_ROLE_AGENT, lee, &fault), 0);
    assert_string_not_equal(kim, lee);
    assert_int_equal(ut_users_read(&u, file, &fault), 0);
    assert_int_equal(u.n, 2);
    assert_string_equal(ut_users_with(&u, kim)->name, "kim");
    assert_int_equal(ut_users_with(&u, lee)->role, UT_ROLE_AGENT);
    kim[0] = kim[0] == '0' ? '1' : '0';
    assert_null(ut_users_with(&u, kim));
    assert_null(ut_users_with(&u, ""));
    assert_null(ut_users_with(&u, ut_users_named(&u, "lee")->hash));
    ut_users_free(&u);
    assert_int_equal(ut_users_remove(file, "lee", &fault), 0);
    assert_int_equal(ut_users_read(&u, file, &fault), 0);
    assert_null(ut_users_named(&u, "lee"));
    assert_non_null(ut_users_named(&u, "kim"));
    ut_users_free(&u);
    assert_int_equal(ut_users_remove(file, "kim", &fault), 0);
    assert_int_equal(ut_users_read(&u, file, &fault), 0);
    assert_int_equal(u.n, 0);
    ut_users_free(&u);
}

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void what_is_no_user(void **state)
{
    (void)state;
    struct ut_users u;
    static const char *const wrong[] = {"kim",
                                        "kim boss " HASH "\n",
                                        "kim admin 0123\n",
                                        "kim admin " HASH "0\n",
                                        "k/m admin " HASH "\n",
                                        "kim admin " HASH " more\n",
                                        "kim admin g" HASH "\n",
                                        "kim admin " HASH "\nkim agent " HASH "\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        write_file(wrong[i]);
        assert_int_equal(ut_users_read(&u, file, &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
        assert_non_null(strstr(fault.text, i == 7 ? ":2:" : ":1:"));
    }
    write_file("# people of the floor\n\n  kim\tadmin  " HASH "\r\n");
    assert_int_equal(ut_users_read(&u, file, &fault), 0);
    assert_string_equal(u.user[0].name, "kim");
    ut_users_free(&u);
    assert_int_equal(chmod(file, 0640), 0);
    assert_int_equal(ut_users_read(&u, file, &fault), -1);
    assert_non_null(strstr(fault.text, "chmod 600"));
    (void)unlink(file);
    assert_int_equal(ut_users_read(&u, file, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
}

static void a_name_is_there_once(void **state)
{
    (void)state;
    char token[UT_TOKEN_TEXT];
    assert_int_equal(ut_users_add(file, "kim", UT_ROLE_ADMIN, token, &fault), 0);
    assert_int_equal(ut_users_add(file, "kim", UT_ROLE_AGENT, token, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
    assert_int_equal(ut_users_remove(file, "lee", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
}

static char *whole_file(void)
{
    static char text[4000];
    FILE *f = fopen(file, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    assert_int_equal(fclose(f), 0);
    return text;
}

static void other_lines_stay(void **state)
{
    (void)state;
    char token[UT_TOKEN_TEXT];
    write_file("# people\n\n  kim\tadmin  " HASH "\n# machines");
    assert_int_equal(ut_users_add(file, "crm", UT_ROLE_INTEGRATOR, token, &fault), 0);
    static const char WITH[] = "# people\n\n  kim\tadmin  " HASH "\n# machines\ncrm integrator ";
    assert_int_equal(strncmp(whole_file(), WITH, sizeof WITH - 1), 0);
    assert_int_equal(ut_users_remove(file, "crm", &fault), 0);
    assert_string_equal(whole_file(), "# people\n\n  kim\tadmin  " HASH "\n# machines\n");
    assert_int_equal(ut_users_remove(file, "kim", &fault), 0);
    assert_string_equal(whole_file(), "# people\n\n# machines\n");
}

static void a_link_stays_one_and_an_owner_the_owner(void **state)
{
    (void)state;
    struct stat there;
    char token[UT_TOKEN_TEXT], target[120];
    uid_t owner = geteuid() == 0 ? 65534 : geteuid(); /* whoever is not root can give nothing away */
    (void)snprintf(target, sizeof target, "%s.real", file);
    write_file("");
    assert_int_equal(rename(file, target), 0);
    assert_int_equal(chown(target, owner, (gid_t)-1), 0);
    assert_int_equal(symlink("users.real", file), 0);
    assert_int_equal(ut_users_add(file, "kim", UT_ROLE_ADMIN, token, &fault), 0);
    assert_int_equal(lstat(file, &there), 0);
    assert_true(S_ISLNK(there.st_mode));
    assert_int_equal(stat(target, &there), 0);
    assert_int_equal(there.st_uid, owner);
    assert_int_equal(there.st_mode & 0777, 0600);
    assert_int_equal(ut_users_remove(file, "kim", &fault), 0);
    assert_int_equal(stat(target, &there), 0);
    assert_int_equal(there.st_uid, owner);
    assert_int_equal(unlink(target), 0);
}

static void many_at_once_lose_nobody(void **state)
{
    (void)state;
    enum { MANY = 8 };
    struct ut_users u;
    for (int i = 0; i < MANY; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            char name[16], token[UT_TOKEN_TEXT];
            (void)snprintf(name, sizeof name, "u%d", i);
            _exit(ut_users_add(file, name, UT_ROLE_AGENT, token, &fault) != 0);
        }
    }
    for (int i = 0, status; i < MANY; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(ut_users_read(&u, file, &fault), 0);
    assert_int_equal(u.n, MANY);
    ut_users_free(&u);
}

static void nobody_may_more_than_the_role(void **state)
{
    (void)state;
    static const char *const may[UT_ROLES] = {"own_calls files ", "calls flags metrics rollouts ",
                                              "calls customers metrics rollouts ", "audit metrics ",
                                              "calls flags customers audit metrics desks rollouts files "};
    for (int role = 0; role < UT_ROLES; role++) {
        char text[100] = "";
        for (int right = 0; right < UT_RIGHTS; right++)
            if (ut_role_may((enum ut_role)role, (enum ut_right)right))
                (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s ",
                               ut_right_name((enum ut_right)right));
        assert_string_equal(text, may[role]);
        assert_int_equal(ut_role_find(ut_role_name((enum ut_role)role)), role);
    }
    assert_int_equal(ut_role_find("boss"), UT_ROLES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup(whoever_has_the_token, setup),
                                       cmocka_unit_test_setup(what_is_no_user, setup),
                                       cmocka_unit_test_setup(a_name_is_there_once, setup),
                                       cmocka_unit_test_setup(other_lines_stay, setup),
                                       cmocka_unit_test_setup(a_link_stays_one_and_an_owner_the_owner, setup),
                                       cmocka_unit_test_setup(many_at_once_lose_nobody, setup),
                                       cmocka_unit_test_setup(nobody_may_more_than_the_role, setup)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
