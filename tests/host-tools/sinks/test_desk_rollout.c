/* SPDX-License-Identifier: Apache-2.0 */
/* The course of roll-outs without a broker, by a clock of the test's own, with files that are there already; fetched
 * from servers: tests/host-tools/test_roll_outs.py and test_roll_outs_interrupted.py. */
#include "host-tools/sinks/desk_rollout.h"

#include "tests/host-tools/fleet_folder.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char remarks[4000], records[4000];
static struct ut_config config;
static const struct ut_config *in_force;
static struct ut_desk_rollout *d;
static int64_t now;
static bool unrecorded;

static int record(void *ctx, const char *kind, json_t *more, struct ut_fault *f)
{
    (void)ctx;
    size_t used = strlen(records);
    (void)snprintf(records + used, sizeof records - used, "%s %lld\n", kind,
                   (long long)json_integer_value(json_object_get(more, "Number")));
    json_decref(more);
    return unrecorded ? ut_fault_set(f, UT_EXIT_STORE_FULL, "full") : 0;
}

static void remark(void *ctx, const char *text)
{
    (void)ctx;
    size_t used = strlen(remarks);
    (void)snprintf(remarks + used, sizeof remarks - used, "%s\n", text);
}

static int no_release(const char *path, struct ut_fault *f)
{
    return ut_fault_set(f, UT_EXIT_IMAGE, "%s: no release", strrchr(path, '/') + 1);
}

/* The program begins, as live does. */
static void start(void)
{
    in_force = &config;
    records[0] = remarks[0] = '\0';
    assert_int_equal(ut_rollout_kept_load(&config, ini, &fault), 0);
    d = ut_desk_rollout_new(&in_force, no_release, &fault);
    assert_non_null(d);
    const struct ut_desk_rollout_hooks hooks = {.site = "s",
                                                .device = "desk",
                                                .boot = "01a2281e-4c47-7019-8312-0bf93b8f283b",
                                                .token = "",
                                                .record = record,
                                                .remark = remark};
    ut_desk_rollout_hooks(d, &hooks);
}

static void stop(void)
{
    ut_desk_rollout_free(d);
    d = NULL;
}

/* So many seconds with a connection, or without. */
static void pass(int seconds, bool up)
{
    for (int64_t until = now + 1000 * (int64_t)seconds; now < until; now += 100)
        (void)ut_desk_rollout_step(d, up, now, 0);
}

/* A file is there, and its roll-out is announced. */
static void announce(uint32_t number, const char *name, const char *text)
{
    struct ut_rollout r = {.site = "s", .number = number, .ring = UT_RING_ALL, .share = UT_ROLLOUT_SHARE, .files = 1};
    struct ut_floor_rollout said = {.number = number, .from = "http://127.0.0.1:1"};
    char body[UT_NOTE_MAX], path[UT_CONFIG_PATH_BYTES];
    (void)snprintf(r.file[0].name, sizeof r.file[0].name, "%s", name);
    r.file[0].bytes = (uint32_t)strlen(text);
    ut_digest(text, strlen(text), r.file[0].sha256);
    assert_int_equal(ut_rollout_text(&r, body, sizeof body), 0);
    assert_int_equal(ut_note_sign(&signer, body, said.note), 0);
    ut_rollout_kept_path(folder, number, "", path);
    (void)mkdir(path, 0700);
    ut_rollout_kept_path(folder, number, name, path);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    (void)fclose(f);
    char *json = ut_floor_rollout_text(&said);
    ut_desk_rollout_hear(d, UT_RING_ALL, json, strlen(json), true);
    free(json);
}

static void announce_stop(uint32_t number)
{
    char json[60];
    (void)snprintf(json, sizeof json, "{\"Number\":%" PRIu32 ",\"State\":\"stopped\"}", number);
    ut_desk_rollout_hear(d, UT_RING_ALL, json, strlen(json), true);
}

static struct ut_floor_rollout_report report(void)
{
    struct ut_desk_rollout_view v;
    ut_desk_rollout_view(d, &v);
    return v.report;
}

static double on(void)
{
    return in_force->value[ut_cue_param(UT_CUE_EMPATHY) + UT_COMMON_ON];
}

static double before;

static void an_hour_of_nothing(void **state)
{
    (void)state;
    start();
    before = on();
    ut_desk_rollout_hear(d, UT_RING_ALL, "{}", 2, true);
    pass(3600, true);
    assert_null(ut_desk_rollout_report(d));
    assert_false(ut_desk_rollout_again(d));
    assert_string_equal(records, "");
    stop();
}

static void up_for_a_minute_is_confirmed(void **state)
{
    (void)state;
    start();
    announce(1, "a.ini", "[empathy_cue]\non = 0.81\n");
    pass(1, true);
    assert_true(ut_desk_rollout_again(d));
    assert_true(on() == before); /* not before live begins again */
    assert_int_equal(report().state, UT_FLOOR_FETCHING);
    assert_string_equal(records, "rollout_taken 1\n");
    stop();
    start();
    assert_true(on() == 0.81);
    assert_false(ut_desk_rollout_again(d));
    assert_int_equal(report().state, UT_FLOOR_TRYING);
    assert_non_null(ut_desk_rollout_report(d));
    pass(59, true);
    pass(1, false); /* a minute in a row */
    pass(59, true);
    assert_int_equal(report().state, UT_FLOOR_TRYING);
    pass(2, true);
    assert_int_equal(report().state, UT_FLOOR_CONFIRMED);
    assert_string_equal(records, "rollout_confirmed 1\n");
    stop();
}

static void begun_twice_in_vain_is_put_back(void **state)
{
    (void)state;
    start();
    announce(2, "a.ini", "[empathy_cue]\non = 0.82\n");
    pass(1, true);
    stop();
    for (int i = 0; i < 2 * UT_ROLLOUT_BEGINS; i++) { /* every other time it ends in order, which does not count */
        start();
        assert_true(on() == 0.82);
        if (i % 2 == 0)
            ut_desk_rollout_ended(d, i % 4 == 0); /* a fault before it was connected does not count either */
        stop();
    }
    start();
    assert_true(on() == 0.81);
    pass(1, false); /* said when there is a connection */
    assert_int_equal(report().state, UT_FLOOR_REVERTED);
    assert_string_equal(report().why, "did not stay up");
    assert_string_equal(records, "rollout_reverted 2\n");
    assert_false(ut_desk_rollout_again(d));
    stop();
    start();
    assert_true(on() == 0.81);
    assert_string_equal(records, "");
    stop();
}

static void a_stop_at_each_stage(void **state)
{
    (void)state;
    start();
    announce(3, "a.ini", "[empathy_cue]\non = 0.83\n");
    announce_stop(3); /* before anything was done: the announcement is replaced */
    pass(1, true);
    assert_int_equal(report().number, 2);
    announce(3, "a.ini", "[empathy_cue]\non = 0.83\n");
    pass(1, true);
    assert_true(ut_desk_rollout_again(d));
    announce_stop(3); /* taken, and not begun with */
    pass(1, true);
    assert_false(ut_desk_rollout_again(d));
    assert_int_equal(report().state, UT_FLOOR_REFUSED);
    announce(4, "a.ini", "[empathy_cue]\non = 0.84\n");
    pass(1, true);
    stop();
    start();
    pass(61, true);
    assert_int_equal(report().state, UT_FLOOR_CONFIRMED);
    announce_stop(3); /* of one that is not here nothing is put back */
    pass(1, true);
    assert_false(ut_desk_rollout_again(d));
    announce_stop(4);
    pass(1, true);
    assert_int_equal(report().state, UT_FLOOR_REVERTED);
    assert_true(ut_desk_rollout_again(d));
    stop();
    start();
    assert_true(on() == 0.81);
    stop();
}

/* So much is the network's fault, and none of what is rolled out. */
static void what_cannot_be_fetched_is_tried_for_ever(void **state)
{
    (void)state;
    char path[UT_CONFIG_PATH_BYTES];
    start();
    announce(5, "a.ini", "[empathy_cue]\non = 0.85\n");
    ut_rollout_kept_path(folder, 5, "a.ini", path);
    assert_int_equal(unlink(path), 0);
    for (int64_t end = now + 2 * UT_DESK_ROLLOUT_FETCH_MS + 60000; now < end;) {
        now += ut_desk_rollout_step(d, true, now, 500);
        (void)usleep(100);
    }
    assert_int_equal(report().state, UT_FLOOR_FETCHING);
    assert_non_null(strstr(report().why, "cannot be fetched for 10 min"));
    assert_string_equal(records, "");
    assert_null(strstr(strchr(remarks, '\n'), "10 min")); /* said once */
    announce(5, "a.ini", "[empathy_cue]\non = 0.85\n");   /* it is there */
    pass(601, true);
    assert_true(ut_desk_rollout_again(d));
    announce_stop(5);
    pass(1, true);
    announce(6, "b.ini", "[empathy_cue]\non = 0.86\n");
    ut_rollout_kept_path(folder, 6, "b.ini", path);
    assert_int_equal(unlink(path), 0);
    pass(601, true);
    announce(7, "a.ini", "[empathy_cue]\non = 0.87\n"); /* one that does not come gives way */
    pass(3, true);
    assert_non_null(strstr(records, "rollout_taken 7\n"));
    announce_stop(7);
    pass(1, true);
    stop();
}

static void own_settings(const char *text)
{
    FILE *f = fopen(ini, "w");
    assert_non_null(f);
    (void)fprintf(f, "[fleet]\nverifier = %s\nfolder = %s\n%s", verifier, folder, text);
    (void)fclose(f);
}

/* What this desk sets itself is no fault of a roll-out, and puts nothing back for good. */
static void a_conflict_with_own_settings(void **state)
{
    (void)state;
    start();
    announce(8, "a.ini", "[empathy_cue]\non = 0.7\n");
    pass(1, true);
    stop();
    start();
    pass(61, true);
    assert_true(on() == 0.7 && report().state == UT_FLOOR_CONFIRMED);
    stop();
    own_settings("[empathy_cue]\noff = 0.75\non = 0.9\n");
    start();
    assert_true(on() == 0.81); /* the one before */
    pass(1, true);
    assert_int_equal(report().number, 8);
    assert_int_equal(report().state, UT_FLOOR_REVERTED);
    assert_int_equal(strncmp(report().why, UT_FLOOR_OWN_SETTINGS, strlen(UT_FLOOR_OWN_SETTINGS)), 0);
    assert_false(ut_desk_rollout_again(d));
    assert_string_equal(records, "");
    announce(9, "a.ini", "[empathy_cue]\non = 0.72\n");
    pass(1, true);
    assert_int_equal(report().state, UT_FLOOR_REFUSED);
    assert_int_equal(strncmp(report().why, UT_FLOOR_OWN_SETTINGS, strlen(UT_FLOOR_OWN_SETTINGS)), 0);
    stop();
    own_settings("");
    start();
    assert_true(on() == 0.7); /* mended */
    stop();
}

/* By a broker elsewhere, of another site's numbers, older than the newest. */
static void what_is_not_believed(void **state)
{
    (void)state;
    char json[4000];
    struct ut_floor_rollout said = {.number = 10, .from = "http://127.0.0.1:1"};
    struct ut_rollout r = {.site = "s", .number = 10, .ring = UT_RING_ALL, .share = UT_ROLLOUT_SHARE, .files = 1};
    char body[UT_NOTE_MAX];
    start();
    (void)snprintf(r.file[0].name, sizeof r.file[0].name, "a.ini");
    r.file[0].bytes = 1;
    ut_digest("x", 1, r.file[0].sha256);
    assert_int_equal(ut_rollout_text(&r, body, sizeof body), 0);
    assert_int_equal(ut_note_sign(&signer, body, said.note), 0);
    char *text = ut_floor_rollout_text(&said);
    (void)snprintf(json, sizeof json, "%s", text);
    free(text);
    ut_desk_rollout_hear(d, UT_RING_ALL, json, strlen(json), false);
    pass(3, true);
    assert_non_null(strstr(remarks, "roll-out 10 is refused: its files are said to be on this machine"));
    announce(1010, "a.ini", "[empathy_cue]\non = 0.9\n");
    pass(3, true);
    assert_non_null(strstr(remarks, "roll-out 1010 is refused: its number is more than 1000 ahead"));
    announce(5, "a.ini", "[empathy_cue]\non = 0.9\n");
    pass(3, true);
    assert_non_null(strstr(remarks, "roll-out 5 is not taken: a newer one"));
    assert_true(report().number == 9); /* the floor hears of none of them */
    assert_string_equal(records, "rollout_refused 10\nrollout_refused 1010\n");
    stop();
}

static void why_names_no_folder_of_a_user(void **state)
{
    (void)state;
    start();
    announce(11, "a.ini", "[empathy_cue]\non = 0.2\n");
    pass(1, true);
    assert_int_equal(report().state, UT_FLOOR_REFUSED);
    assert_non_null(strstr(report().why, "[empathy_cue] off"));
    assert_non_null(strstr(report().why, "on = 0.2 (11/a.ini:2)"));
    assert_null(strstr(report().why, home));
    stop();
}

/* By hundreds of numbers in 10 s, none of them signed: a few are on record, and the right one is taken. */
static void a_flood_fills_no_record(void **state)
{
    (void)state;
    char json[100];
    start();
    for (int i = 0; i < 500; i++) {
        (void)snprintf(json, sizeof json,
                       "{\"Number\":%d,\"State\":\"open\",\"From\":\"http://127.0.0.1:1\",\"Note\":\"x\\n\"}",
                       1000 + i);
        ut_desk_rollout_hear(d, UT_RING_CANARY, json, strlen(json), true);
        (void)ut_desk_rollout_step(d, true, now, 0);
        now += 20;
    }
    int lines = 0;
    for (const char *at = records; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    assert_true(lines >= 1 && lines <= 6);
    announce(12, "a.ini", "[empathy_cue]\non = high\n");
    pass(5, true);
    assert_non_null(strstr(records, "rollout_refused 12\n"));
    stop();
}

static void what_cannot_be_recorded_is_not_done(void **state)
{
    (void)state;
    start();
    unrecorded = true;
    announce(13, "a.ini", "[empathy_cue]\non = 0.86\n");
    pass(10, true);
    assert_false(ut_desk_rollout_again(d));
    assert_int_equal(report().state, UT_FLOOR_FETCHING);
    assert_non_null(strstr(remarks, "roll-out 13: cannot be put on record"));
    assert_null(strstr(strchr(remarks, '\n'), "record")); /* once */
    unrecorded = false;
    pass(3, true);
    assert_true(ut_desk_rollout_again(d));
    announce_stop(13);
    pass(1, true);
    unrecorded = true; /* nor is what is forged turned away for good */
    static const char forged[] = "{\"Number\":14,\"State\":\"open\",\"From\":\"https://a\",\"Note\":\"x\\n\"}";
    ut_desk_rollout_hear(d, UT_RING_EARLY, forged, sizeof forged - 1, true);
    pass(3, true);
    assert_null(strstr(remarks, "roll-out 14"));
    unrecorded = false;
    pass(3, true);
    assert_non_null(strstr(remarks, "roll-out 14 is refused"));
    stop();
}

static void a_folder_is_one_programs(void **state)
{
    (void)state;
    start();
    const struct ut_config *second = &config;
    assert_null(ut_desk_rollout_new(&second, no_release, &fault));
    assert_int_equal(fault.code, 0);
    assert_ptr_equal(second, &config);
    stop();
}

static int begin(void **state)
{
    (void)state;
    return begin_with("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_hour_of_nothing),
        cmocka_unit_test(up_for_a_minute_is_confirmed),
        cmocka_unit_test(begun_twice_in_vain_is_put_back),
        cmocka_unit_test(a_stop_at_each_stage),
        cmocka_unit_test(what_cannot_be_fetched_is_tried_for_ever),
        cmocka_unit_test(a_conflict_with_own_settings),
        cmocka_unit_test(what_is_not_believed),
        cmocka_unit_test(why_names_no_folder_of_a_user),
        cmocka_unit_test(a_flood_fills_no_record),
        cmocka_unit_test(what_cannot_be_recorded_is_not_done),
        cmocka_unit_test(a_folder_is_one_programs),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
