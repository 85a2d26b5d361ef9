/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/label_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/undertest-label-file-XXXXXX";
static struct ut_label_file file;
static struct ut_fault fault;

static bool is_label(const char *name)
{
    return strcmp(name, "anger") == 0 || strcmp(name, "joy") == 0;
}

static void write_file(const char *name, const char *contents)
{
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    fputs(contents, f);
    fclose(f);
}

static int group_setup(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        return -1;
    write_file("l.wav", "");
    write_file("one.wav", "");
    write_file("other.flac", "");
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return chdir("/") != 0 || system(command) != 0;
}

static int teardown(void **state)
{
    (void)state;
    ut_label_file_free(&file);
    return 0;
}

static int read_as(const char *contents, const char *tier, const char *recording)
{
    const struct ut_label_choice choice = {.tier = tier, .recording = recording, .is_label = is_label};
    write_file("l.txt", contents);
    ut_label_file_free(&file);
    memset(&fault, 0, sizeof fault);
    return ut_label_file_read(&file, "l.txt", &choice, &fault);
}

/* The texts of the marks, in order, with a blank between them. */
static void texts(const char *wanted)
{
    char all[200] = "";
    for (size_t i = 0; i < file.marks.n; i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i > 0 ? " " : "", file.marks.mark[i].text);
    assert_string_equal(all, wanted);
}

static void refused(const char *contents, const char *tier, const char *recording, int code, const char *says)
{
    assert_int_equal(read_as(contents, tier, recording), -1);
    assert_int_equal(fault.code, code);
    assert_non_null(strstr(fault.text, says));
}

static void the_content_says_what_it_is(void **state)
{
    (void)state;
    assert_int_equal(read_as("path,label\n", NULL, NULL), 0);
    assert_true(file.is_table && file.marks.n == 0 && file.recordings == 0);
    assert_string_equal(file.text, "path,label\n");
    assert_int_equal(read_as("1\t2\tjoy\n", NULL, NULL), 0);
    assert_false(file.is_table);
    texts("joy");
    assert_int_equal(file.recordings, 1);
    assert_string_equal(file.marks.mark[0].recording, "l.wav");
    assert_int_equal(read_as("\xEF\xBB\xBFSPEAKER one 1 0 1 <NA> <NA> joy\n", NULL, NULL), 0);
    texts("joy");
    assert_string_equal(file.recording[0], "one.wav");
    refused("", NULL, NULL, UT_EXIT_EMPTY, "a table or a file of labels");
    refused("path,label\n", "x", NULL, UT_EXIT_USAGE, "--tier is for TextGrids");
    refused("1\t2\tjoy\n", "x", NULL, UT_EXIT_USAGE, "--tier is for TextGrids");
    refused("path,label\n", NULL, "one.wav", UT_EXIT_USAGE, "leave --recording out");
}

static void what_replay_writes_besides_cues_is_no_label(void **state)
{
    (void)state;
    assert_int_equal(
        read_as("0\t1\tturn: customer\n1\t2\tbackchannel: agent\n1\t3\toverlap\n2\t3\tinterruption by the agent\n"
                "3\t4\tnon-talk\n4\t5\tcue empathy_cue: Customer: upset (why: so)\n5\t6\toverlaps\n6\t7\tjoy\n",
                NULL, NULL),
        0);
    texts("empathy_cue overlaps joy");
    assert_int_equal(read_as("SPEAKER one 1 0 1 <NA> <NA> customer\nSPEAKER one 2 0 1 <NA> <NA> agent\n"
                             "SPEAKER one 2 0 1 <NA> <NA> joy\n",
                             NULL, NULL),
                     0);
    texts("joy");
}

#define GRID(tiers) "\"ooTextFile\" \"TextGrid\" 0 9 <exists> " tiers
#define TIER(name, text) " \"IntervalTier\" \"" name "\" 0 9 1 1 2 \"" text "\""

static void tiers_are_chosen_by_their_names(void **state)
{
    (void)state;
    assert_int_equal(read_as(GRID("3" TIER("words", "hello") TIER("anger", "x") TIER("cues", "joy")), NULL, NULL), 0);
    texts("anger");
    assert_int_equal(read_as(GRID("2" TIER("words", "hello") TIER("Cues", "joy")), NULL, NULL), 0);
    texts("joy");
    assert_int_equal(read_as(GRID("2" TIER("labels", "anger") TIER("cues", "joy")), NULL, NULL), 0);
    texts("joy");
    assert_int_equal(read_as(GRID("1" TIER("whatever", "hello")), NULL, NULL), 0);
    texts("hello");
    assert_int_equal(read_as(GRID("3" TIER("words", "hello") TIER("anger", "x") TIER("cues", "joy")), "WORDS", NULL),
                     0);
    texts("hello");
    assert_int_equal(read_as(GRID("2" TIER("words", "hello") TIER("anger", "x")), "anger", NULL), 0);
    texts("anger");
    assert_int_equal(read_as(GRID("2" TIER("words", "hello") TIER("cues", "")), NULL, NULL), 0);
    texts("");
    assert_int_equal(file.recordings, 1); /* a call in which nothing is marked */
    refused(GRID("2" TIER("words", "a") TIER("phones", "b")), NULL, NULL, UT_EXIT_INDEX, "with --tier: words, phones");
    refused(GRID("1" TIER("words", "a")), "x", NULL, UT_EXIT_INDEX, "has no tier x; its tiers are: words");
    refused(GRID("8" TIER("1", "") TIER("2", "") TIER("3", "") TIER("4", "") TIER("5", "") TIER("6", "") TIER("7", "")
                     TIER("8", "")),
            NULL, NULL, UT_EXIT_INDEX, ": 1, 2, 3, 4, 5, 6 and 2 more");
    refused("\"ooTextFile\" \"TextGrid\" 0 9 <absent>", NULL, NULL, UT_EXIT_INDEX, "--tier: none");
}

static void an_interval_may_have_several_names(void **state)
{
    (void)state;
    assert_int_equal(
        read_as(GRID("1 \"IntervalTier\" \"cues\" 0 9 6 0 1 \"joy\" 1 2 \"joy + anger\" 2 3 \"anger\" 3 4 \"anger\""
                     " 5 6 \"joy + anger + joy\" 6 7 \"anger + joy\""),
                NULL, NULL),
        0);
    static const struct {
        const char *text;
        int64_t begin_ms, end_ms;
    } wanted[] = {{"joy", 0, 2000},    {"anger", 1000, 3000}, {"anger", 3000, 4000},
                  {"joy", 5000, 6000}, {"anger", 5000, 7000}, {"joy", 5000, 7000}};
    assert_int_equal(file.marks.n, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(file.marks.mark[i].text, wanted[i].text);
        assert_int_equal(file.marks.mark[i].begin_ms, wanted[i].begin_ms);
        assert_int_equal(file.marks.mark[i].end_ms, wanted[i].end_ms);
    }
}

/* Each of 60,000 intervals goes on from the one before: seconds, not hours. */
static void very_many_intervals_are_joined(void **state)
{
    (void)state;
    enum { INTERVALS = 60000, SECONDS = 5 };
    char *grid = malloc(64 * INTERVALS), *at = grid;
    assert_non_null(grid);
    at += sprintf(at, GRID("1 \"IntervalTier\" \"cues\" 0 90000 %d"), INTERVALS);
    for (int i = 0; i < INTERVALS; i++)
        at += sprintf(at, " %d %d \"joy + %s%d\"", i, i + 1, i % 2 == 0 ? "Anger" : "other", i % 2 == 0 ? 0 : i);
    clock_t begun = clock();
    assert_int_equal(read_as(grid, NULL, NULL), 0);
    assert_true(clock() - begun < (clock_t)SECONDS * CLOCKS_PER_SEC);
    free(grid);
    assert_int_equal(file.marks.n, 1 + INTERVALS);
    assert_string_equal(file.marks.mark[0].text, "joy");
    assert_int_equal(file.marks.mark[0].end_ms, INTERVALS * 1000);
    assert_int_equal(file.marks.mark[INTERVALS].begin_ms, (INTERVALS - 1) * 1000);
}

static void recordings_are_found(void **state)
{
    (void)state;
    assert_int_equal(read_as("1\t2\tjoy\n", NULL, "/else/where.wav"), 0);
    assert_string_equal(file.marks.mark[0].recording, "/else/where.wav");
    assert_int_equal(read_as("SPEAKER gone 1 0 1 <NA> <NA> joy\n", NULL, NULL),
                     0); /* of one name: else as the file is */
    assert_int_equal(fault.code, UT_EXIT_OK);
    assert_string_equal(file.marks.mark[0].recording, "l.wav");
    assert_int_equal(read_as("SPEAKER gone 1 0 1 <NA> <NA> joy\n", NULL, "x.wav"), 0);
    assert_string_equal(file.marks.mark[0].recording, "x.wav");
#define TWO "SPEAKER one 1 0 1 <NA> <NA> joy\nSPEAKER other 1 0 1 <NA> <NA> joy\nSPEAKER one 1 2 1 <NA> <NA> anger\n"
    assert_int_equal(read_as(TWO, NULL, NULL), 0);
    assert_int_equal(file.recordings, 2);
    assert_string_equal(file.marks.mark[0].recording, "one.wav");
    assert_string_equal(file.marks.mark[1].recording, "other.flac");
    assert_ptr_equal(file.marks.mark[2].recording, file.marks.mark[0].recording);
    refused(TWO, NULL, "x.wav", UT_EXIT_USAGE, "speaks of one and other");
    refused(TWO "SPEAKER gone 1 2 1 <NA> <NA> anger\n", NULL, NULL, UT_EXIT_MISSING, "its recording gone ");
    write_file("alone.txt", "1\t2\tjoy\n");
    const struct ut_label_choice choice = {.is_label = is_label};
    ut_label_file_free(&file);
    assert_int_equal(ut_label_file_read(&file, "alone.txt", &choice, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    assert_non_null(strstr(fault.text, "alone.wav, .flac, ...); name it with --recording"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_content_says_what_it_is, teardown),
        cmocka_unit_test_teardown(what_replay_writes_besides_cues_is_no_label, teardown),
        cmocka_unit_test_teardown(tiers_are_chosen_by_their_names, teardown),
        cmocka_unit_test_teardown(an_interval_may_have_several_names, teardown),
        cmocka_unit_test_teardown(very_many_intervals_are_joined, teardown),
        cmocka_unit_test_teardown(recordings_are_found, teardown),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
