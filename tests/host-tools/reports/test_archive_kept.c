/* SPDX-License-Identifier: Apache-2.0 */
/* Beside a store and real results: tests/host-tools/commands/test_store.py. */
#include "host-tools/reports/archive_kept.h"

#include "host-tools/reports/archive_lock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/undertone-test-XXXXXX";
static struct ut_fault fault;

static const char *in(const char *name)
{
    static char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(in(name), "w");
    assert_non_null(f);
    (void)fputs(text, f);
    (void)fclose(f);
}

static char *get(const char *name)
{
    static char text[2000];
    FILE *f = fopen(in(name), "r");
    if (f == NULL)
        return NULL;
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    (void)fclose(f);
    return text;
}

static int setup(void **state)
{
    (void)state;
    char made[] = "/tmp/undertone-test-XXXXXX";
    if (mkdtemp(made) == NULL)
        return 1;
    memcpy(folder, made, sizeof made);
    if (mkdir(in("sub"), 0700) != 0)
        return 1;
    put("sub/a,\"b.wav.json", "{\"AcousticEmotion\":{\"Session\":\"one\"}}");
    put("sub/a,\"b.wav.csv", "figures");
    put("sub/a,\"b.wav.done", "5 7.000000008 hash\n61.500\n61.5,0.9\ncut here\n");
    put("sub/a,\"b.wav.txt", "somebody's own");
    put("c.wav.json", "{\"AcousticEmotion\":{\"Session\":\"two\"}}");
    put("notes.json", "no JSON");
    put("summary.csv", "file,status\n\"sub/a,\"\"b.wav\",done,0,,61.5\nc.wav,done,0,,7.5\n");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char command[100];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void one_call_goes_and_nothing_else(void **state)
{
    (void)state;
    char *session[] = {"none", "one"};
    struct ut_archive_kept before = ut_archive_kept_count(folder);
    assert_int_equal(before.calls, 2);
    assert_int_equal(ut_archive_kept_erase(folder, session, 2, &fault), 1);
    assert_null(get("sub/a,\"b.wav.json"));
    assert_null(get("sub/a,\"b.wav.csv"));
    assert_string_equal(get("sub/a,\"b.wav.txt"), "somebody's own");
    assert_non_null(get("c.wav.json"));
    assert_string_equal(get("notes.json"), "no JSON");
    char *mark = get("sub/a,\"b.wav.done");
    assert_non_null(strstr(mark, "5 7.000000008 hash\n0.000\n,,"));
    assert_null(strstr(mark, "61.5"));
    assert_null(strstr(mark, "cut"));
    char *table = get("summary.csv");
    assert_non_null(strstr(table, "file,status\n\"sub/a,\"\"b.wav\",done,0,,,"));
    assert_non_null(strstr(table, "\nc.wav,done,0,,7.5\n"));
    assert_null(strstr(table, "61.5"));
    assert_null(get("undertone.lock"));
    assert_int_equal(ut_archive_kept_count(folder).calls, 1);
    assert_int_equal(ut_archive_kept_erase(folder, session, 2, &fault), 0);
}

static void a_folder_that_is_not_there_holds_nothing(void **state)
{
    (void)state;
    char *session[] = {"one"};
    char beside[UT_ARCHIVE_KEPT_PATH];
    ut_archive_kept_folder("/none/x.db", beside);
    assert_string_equal(beside, "/none/x.db.calls");
    assert_int_equal(ut_archive_kept_erase(beside, session, 1, &fault), 0);
    assert_int_equal(ut_archive_kept_count(beside).bytes, 0);
}

/* The lock is a process's own. */
static void while_a_run_writes_nothing_is_touched(void **state)
{
    (void)state;
    char *session[] = {"one"};
    struct ut_archive_lock lock;
    int status;
    assert_int_equal(ut_archive_lock(&lock, folder, 1, 1, &fault), 0);
    pid_t child = fork();
    if (child == 0)
        _exit(ut_archive_kept_erase(folder, session, 1, &fault) == -1 ? 7 : 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 7);
    ut_archive_unlock(&lock);
    assert_non_null(get("sub/a,\"b.wav.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_call_goes_and_nothing_else, setup, teardown),
        cmocka_unit_test(a_folder_that_is_not_there_holds_nothing),
        cmocka_unit_test_setup_teardown(while_a_run_writes_nothing_is_touched, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
