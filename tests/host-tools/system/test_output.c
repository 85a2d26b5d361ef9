/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], file[128];
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/undertone-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(file, sizeof file, "%s/out", folder);
    memset(&fault, 0, sizeof fault);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    remove(file);
    return rmdir(folder); /* fails when a temporary file was left behind */
}

/* How many files the folder has; *name is one of them. */
static int files_there(char name[256])
{
    int n = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            n++;
            if (name != NULL)
                snprintf(name, 256, "%s", e->d_name);
        }
    closedir(d);
    return n;
}

static void committed_files_appear_whole(void **state)
{
    (void)state;
    struct ut_output o;
    assert_int_equal(ut_output_open(&o, file, &fault), 0);
    fputs("text", o.file);
    assert_int_equal(access(file, F_OK), -1);
    assert_int_equal(ut_output_commit(&o, &fault), 0);
    assert_int_equal(access(file, F_OK), 0);
    assert_int_equal(files_there(NULL), 1);
}

static void abandoned_files_leave_nothing(void **state)
{
    (void)state;
    struct ut_output o;
    assert_int_equal(ut_output_open(&o, file, &fault), 0);
    fputs("text", o.file);
    ut_output_abandon(&o);
    ut_output_abandon(&o); /* twice is harmless */
    assert_int_equal(access(file, F_OK), -1);
}

/* A name that can be known before could be a link of somebody else's, and what is in it is nobody else's business. */
static void what_is_being_written_is_private_and_has_a_new_name(void **state)
{
    (void)state;
    struct ut_output o;
    struct stat st;
    char name[2][256], path[600];
    for (int i = 0; i < 2; i++) {
        (void)umask(0);
        assert_int_equal(ut_output_open(&o, file, &fault), 0);
        assert_int_equal(files_there(name[i]), 1);
        assert_int_equal(ut_output_temporary(name[i]), strlen("out"));
        snprintf(path, sizeof path, "%s/%s", folder, name[i]);
        assert_int_equal(lstat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        ut_output_abandon(&o);
    }
    assert_string_not_equal(name[0], name[1]);
    assert_int_equal(ut_output_open(&o, file, &fault), 0);
    assert_int_equal(ut_output_commit(&o, &fault), 0);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void names_of_what_is_being_written_are_known(void **state)
{
    (void)state;
    assert_int_equal(ut_output_temporary("a.b.Ab3xYz.part"), 3);
    assert_int_equal(ut_output_temporary("a.b.Ab3xY.part"), 0);
    assert_int_equal(ut_output_temporary(".Ab3xYz.part"), 0);
    assert_int_equal(ut_output_temporary("a.Ab3xYz.pat"), 0);
    assert_int_equal(ut_output_temporary(""), 0);
}

/* The longest name that a folder takes can be written. */
static void long_names_can_be_written(void **state)
{
    (void)state;
    struct ut_output o;
    char path[400];
    snprintf(path, sizeof path, "%s/%0255d", folder, 0);
    assert_int_equal(ut_output_open(&o, path, &fault), 0);
    assert_int_equal(ut_output_commit(&o, &fault), 0);
    assert_int_equal(remove(path), 0);
}

/* A link is replaced; what it points to, wherever that is, stays as it was. */
static void links_are_not_followed(void **state)
{
    (void)state;
    struct ut_output o;
    struct stat st;
    char other[140];
    snprintf(other, sizeof other, "%s/other", folder);
    FILE *f = fopen(other, "w");
    assert_non_null(f);
    fputs("mine", f);
    fclose(f);
    assert_int_equal(symlink(other, file), 0);
    assert_int_equal(ut_output_open(&o, file, &fault), 0);
    assert_int_equal(ut_output_commit(&o, &fault), 0);
    assert_int_equal(lstat(file, &st), 0);
    assert_true(S_ISREG(st.st_mode) && st.st_size == 0);
    assert_int_equal(stat(other, &st), 0);
    assert_int_equal(st.st_size, 4);
    remove(other);
}

/* A link of the system's, such as /dev/stdout, is no place for a file. */
static void names_of_the_system_stay(void **state)
{
    (void)state;
    struct ut_output o;
    struct stat st;
    char path[40];
    int fd = open(file, O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    assert_int_equal(ut_output_open(&o, path, &fault), 0);
    fputs("text", o.file);
    assert_int_equal(ut_output_commit(&o, &fault), 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 4);
    assert_int_equal(ut_output_open(&o, path, &fault), 0); /* as /dev/stdout after >>: what was there is not lost */
    fputs("more", o.file);
    assert_int_equal(ut_output_commit(&o, &fault), 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 8);
    close(fd);
}

/* What is no file stays what it is: a rename would replace /dev/null by a file. */
static void a_pipe_is_written_in_place(void **state)
{
    (void)state;
    struct ut_output o;
    struct stat there;
    char text[8];
    assert_int_equal(mkfifo(file, 0600), 0);
    int reader = open(file, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    for (int abandon = 0; abandon < 2; abandon++) {
        assert_int_equal(ut_output_open(&o, file, &fault), 0);
        fputs("text", o.file);
        if (abandon)
            ut_output_abandon(&o);
        else
            assert_int_equal(ut_output_commit(&o, &fault), 0);
        assert_int_equal(read(reader, text, sizeof text), 4);
        assert_int_equal(lstat(file, &there), 0);
        assert_true(S_ISFIFO(there.st_mode));
    }
    close(reader);
}

static void a_missing_folder_is_a_fault(void **state)
{
    (void)state;
    struct ut_output o;
    char path[160];
    snprintf(path, sizeof path, "%s/none/out", folder);
    assert_int_equal(ut_output_open(&o, path, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
}

static void a_full_disk_leaves_no_file(void **state)
{
    (void)state;
    struct ut_output o;
    assert_int_equal(ut_output_open(&o, file, &fault), 0);
    assert_non_null(freopen("/dev/full", "w", o.file));
    fputs("text", o.file);
    assert_int_equal(ut_output_commit(&o, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    assert_int_equal(access(file, F_OK), -1);
    assert_int_equal(files_there(NULL), 0);
}

static void a_path_too_long_is_refused(void **state)
{
    (void)state;
    struct ut_output o;
    char longer[5000];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(ut_output_open(&o, longer, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    assert_null(o.file);
}

static void csv_is_quoted_where_it_needs_to_be(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    ut_output_csv("plain text", out);
    fputc(',', out);
    ut_output_csv("a, \"b\"", out);
    fclose(out);
    assert_string_equal(text, "plain text,\"a, \"\"b\"\"\"");
    free(text);
}

/* A row is a line, and one that does nothing to a terminal. */
static void text_in_a_csv_is_one_line(void **state)
{
    (void)state;
    static const char *const fields[][2] = {{"a\nb.wav,done,0", "\"a?b.wav,done,0\""},
                                            {"\x1b[2J\x07", "?[2J?"},
                                            {"\xE4.wav", "?.wav"},
                                            {"\u00E4\u20AC\U0001F600", "\u00E4\u20AC\U0001F600"},
                                            {"g\u202Egnp", "g???gnp"},
                                            {"\xF0\x9F", "??"}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);
        ut_output_csv(fields[i][0], out);
        fclose(out);
        assert_string_equal(text, fields[i][1]);
        free(text);
    }
}

static void no_text_in_a_csv_is_a_formula(void **state)
{
    (void)state;
    for (int c = 1; c < 128; c++) {
        char name[] = {(char)c, '1', ',', '\0'}, *text = NULL;
        size_t len = 0;
        for (int quoted = 0; quoted < 2; quoted++) {
            FILE *out = open_memstream(&text, &len);
            name[2] = quoted ? ',' : '2';
            ut_output_csv(name, out);
            fclose(out);
            int first = text[text[0] == '"'];
            assert_true(first != '=' && first != '+' && first != '-' && first != '@' && first != '\t' && first != '\r');
            assert_int_equal(first == '\'', c == '\'' || strchr("=+-@\t\r", c) != NULL);
            free(text);
        }
    }
}

static void an_empty_field_stays_empty_and_a_sign_alone_is_text(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    ut_output_csv("", out);
    fputc(',', out);
    ut_output_csv("=", out);
    fclose(out);
    assert_string_equal(text, ",'=");
    free(text);
}

static void no_color_counts_when_not_empty(void **state)
{
    (void)state;
    assert_int_equal(setenv("NO_COLOR", "", 1), 0);
    assert_false(ut_output_no_color());
    assert_int_equal(setenv("NO_COLOR", "1", 1), 0);
    assert_true(ut_output_no_color());
    assert_int_equal(unsetenv("NO_COLOR"), 0);
    assert_false(ut_output_no_color());
}

static void no_bar_without_a_terminal(void **state)
{
    (void)state;
    int ends[2];
    char text[8];
    assert_int_equal(pipe(ends), 0);
    int kept = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    ut_output_progress("x", 1, 2);
    ut_output_progress_end();
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[1]);
    assert_int_equal(read(ends[0], text, sizeof text), 0);
    close(ends[0]);
}

static void a_borrowed_stream_stays_open(void **state)
{
    (void)state;
    struct ut_output o;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    ut_output_borrow(&o, stream);
    fputs("a", o.file);
    assert_int_equal(ut_output_push(&o, &fault), 0);
    assert_string_equal(text, "a");
    fputs("b", stream);
    assert_int_equal(ut_output_commit(&o, &fault), 0);
    ut_output_borrow(&o, stream);
    ut_output_abandon(&o);
    assert_true(fputs("c", stream) >= 0);
    assert_int_equal(fclose(stream), 0);
    assert_string_equal(text, "abc");
    free(text);
}

static void a_stream_that_fails_is_remembered(void **state)
{
    (void)state;
    struct ut_output o;
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    ut_output_borrow(&o, full);
    assert_int_equal(ut_output_check(&o), 0);
    fputs("text", full);
    assert_int_equal(ut_output_check(&o), 0); /* it is in the buffer */
    assert_int_equal(fflush(full), EOF);
    assert_int_equal(ut_output_check(&o), -1);
    errno = 0; /* the reason is that of the write, whatever failed since */
    assert_int_equal(ut_output_push(&o, &fault), -1);
    assert_string_equal(fault.text, "standard output: cannot be written (No space left on device); check space");
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    fclose(full);
}

static void a_reader_that_has_gone_is_no_failure(void **state)
{
    (void)state;
    int ends[2];
    struct ut_output o;
    assert_int_equal(pipe(ends), 0);
    FILE *stream = fdopen(ends[1], "w");
    assert_non_null(stream);
    (void)signal(SIGPIPE, SIG_IGN);
    close(ends[0]);
    ut_output_borrow(&o, stream);
    fputs("text", stream);
    fault.code = 99;
    assert_int_equal(ut_output_commit(&o, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_OK);
    fclose(stream);
}

static void a_file_that_is_full_is_named(void **state)
{
    (void)state;
    struct ut_output o;
    assert_int_equal(ut_output_open(&o, "/dev/full", &fault), 0);
    fputs("text", o.file);
    assert_int_equal(ut_output_push(&o, &fault), -1);
    assert_string_equal(fault.text, "/dev/full: cannot be written; check the disk");
    ut_output_abandon(&o);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(committed_files_appear_whole),
        TEST(abandoned_files_leave_nothing),
        TEST(a_missing_folder_is_a_fault),
        TEST(a_pipe_is_written_in_place),
        TEST(a_full_disk_leaves_no_file),
        TEST(a_path_too_long_is_refused),
        TEST(csv_is_quoted_where_it_needs_to_be),
        TEST(no_color_counts_when_not_empty),
        TEST(no_bar_without_a_terminal),
        TEST(a_borrowed_stream_stays_open),
        TEST(a_stream_that_fails_is_remembered),
        TEST(a_reader_that_has_gone_is_no_failure),
        TEST(text_in_a_csv_is_one_line),
        TEST(no_text_in_a_csv_is_a_formula),
        TEST(an_empty_field_stays_empty_and_a_sign_alone_is_text),
        TEST(a_file_that_is_full_is_named),
        TEST(what_is_being_written_is_private_and_has_a_new_name),
        TEST(names_of_what_is_being_written_are_known),
        TEST(long_names_can_be_written),
        TEST(links_are_not_followed),
        TEST(names_of_the_system_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
