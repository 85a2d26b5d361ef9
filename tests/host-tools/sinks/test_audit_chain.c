/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/audit_chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/undertone-test-XXXXXX", path[60];
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    fault = (struct ut_fault){0};
    (void)unlink(path);
    return 0;
}

static struct ut_audit_chain opened(void)
{
    struct ut_audit_chain c;
    ut_audit_chain_init(&c, path);
    assert_int_equal(ut_audit_chain_open(&c, &fault), 0);
    return c;
}

static void add(struct ut_audit_chain *c, const char *kind)
{
    assert_int_equal(ut_audit_chain_add(c, kind, 0, json_pack("{s:s}", "Cue", "x"), &fault), 0);
}

/* The file's bytes, closed by a zero. */
static char *bytes(size_t *n)
{
    static char text[10000];
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    *n = fread(text, 1, sizeof text - 1, f);
    text[*n] = '\0';
    assert_int_equal(fclose(f), 0);
    return text;
}

static void put(const char *text, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* The number of records, or -1 and the fault. */
static int verify(int64_t head_n, const char *head)
{
    struct ut_audit_chain c;
    ut_audit_chain_init(&c, path);
    return ut_audit_chain_verify(&c, head_n, head, &fault) == 0 ? (int)c.n : -1;
}

static void three_records(void)
{
    struct ut_audit_chain c = opened();
    add(&c, "a");
    add(&c, "b");
    add(&c, "c");
    ut_audit_chain_close(&c);
}

static void records_hold_the_hash_of_those_before(void **state)
{
    (void)state;
    static const char first[] = "{\"N\":1,\"At\":\"1970-01-01T00:00:00.000Z\",\"Kind\":\"a\",\"Cue\":\"x\",\"Prev\":"
                                "\"0000000000000000000000000000000000000000000000000000000000000000\"}";
    char hash[UT_DIGEST_TEXT];
    size_t n;
    three_records();
    const char *text = bytes(&n);
    assert_memory_equal(text, first, strlen(first));
    ut_digest(first, strlen(first), hash);
    assert_non_null(strstr(text + strlen(first), hash));
    assert_int_equal(verify(0, ""), 3);
    assert_int_equal(verify(1, hash), 3);
    assert_int_equal(verify(2, hash), -1);
    assert_int_equal(fault.code, UT_EXIT_AUDIT);
    assert_int_equal(verify(4, hash), -1);
    assert_non_null(strstr(fault.text, "ends after 3 records and had 4"));
    struct stat there;
    assert_int_equal(stat(path, &there), 0);
    assert_int_equal(there.st_mode & 07777, 0600);
}

/* Any one bit of it, but for the end of the last line. */
static void every_change_shows(void **state)
{
    (void)state;
    static char changed[10000];
    size_t n, seen = 0;
    three_records();
    struct ut_audit_chain whole;
    ut_audit_chain_init(&whole, path);
    assert_int_equal(ut_audit_chain_verify(&whole, 0, "", &fault), 0);
    memcpy(changed, bytes(&n), sizeof changed);
    for (size_t i = 0; i + 1 < n; i++) {
        changed[i] ^= 1;
        put(changed, n);
        seen += verify(3, whole.last) < 0;
        assert_int_equal(fault.code, UT_EXIT_AUDIT);
        changed[i] ^= 1;
    }
    assert_int_equal(seen, n - 1);
}

static void lines_taken_out_or_moved_show(void **state)
{
    (void)state;
    char text[10000], other[10000];
    size_t n;
    three_records();
    memcpy(text, bytes(&n), sizeof text);
    size_t first = strcspn(text, "\n") + 1, second = first + strcspn(text + first, "\n") + 1;
    put(text + first, n - first);
    assert_int_equal(verify(0, ""), -1);
    assert_non_null(strstr(fault.text, ":1: does not follow"));
    memcpy(other, text, first);
    memcpy(other + first, text + second, n - second);
    put(other, first + n - second);
    assert_int_equal(verify(0, ""), -1);
    assert_non_null(strstr(fault.text, ":2: does not follow"));
    put(text, second); /* the last one cut off: known to who has kept its hash */
    assert_int_equal(verify(0, ""), 2);
    memcpy(other, text, n);
    memcpy(other + n, text + second, n - second);
    put(other, n + n - second); /* twice */
    assert_int_equal(verify(0, ""), -1);
}

static void what_a_kill_cut_short_stays_and_is_said(void **state)
{
    (void)state;
    char text[10000];
    size_t n;
    three_records();
    memcpy(text, bytes(&n), sizeof text);
    size_t second = strcspn(text, "\n") + 1;
    second += strcspn(text + second, "\n") + 1;
    for (size_t length = second + 1; length < n; length += 7) {
        put(text, length);
        struct ut_audit_chain c;
        ut_audit_chain_init(&c, path);
        assert_int_equal(ut_audit_chain_verify(&c, 0, "", &fault), 0);
        assert_int_equal(c.cut[0] != '\0', length < n - 1);
        size_t now;
        c = opened();
        ut_audit_chain_close(&c); /* killed before it could say so */
        (void)bytes(&now);
        assert_int_equal(now, length);
        c = opened();
        add(&c, "d");
        ut_audit_chain_close(&c);
        const char *longer = bytes(&now);
        assert_memory_equal(longer, text, length);
        assert_int_equal(strstr(longer, "\"Kind\":\"cut_short\"") != NULL, length < n - 1);
        assert_int_equal(verify(0, ""), 4);
    }
    put(text, second + 5);
    FILE *f = fopen(path, "a");
    assert_non_null(f);
    assert_true(fputs("\n", f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(verify(0, ""), -1); /* a line that is none, and nobody has said so */
}

static void zeros_that_a_power_loss_left_are_a_line_cut_short(void **state)
{
    (void)state;
    char text[10000] = {0};
    size_t n, now;
    three_records();
    const char *three = bytes(&n);
    memcpy(text, three, n);
    for (size_t zeros = 1; zeros < 5000; zeros += 1234) {
        memset(text + n, 0, zeros);
        put(text, n + zeros);
        assert_int_equal(verify(0, ""), 3);
        struct ut_audit_chain c = opened();
        add(&c, "d");
        ut_audit_chain_close(&c);
        assert_memory_equal(bytes(&now), text, n + zeros);
        assert_int_equal(verify(0, ""), 5); /* cut_short and d */
    }
    memcpy(text + n, "{\"N\"\0\0\0", 7); /* the begin of a record arrived */
    put(text, n + 7);
    struct ut_audit_chain c = opened();
    add(&c, "d");
    ut_audit_chain_close(&c);
    assert_int_equal(verify(0, ""), 5);
}

/* Nothing hides behind a zero, wherever in a line it stands. */
static void a_zero_within_a_line_shows(void **state)
{
    (void)state;
    char text[10000], changed[10000];
    size_t n;
    three_records();
    memcpy(text, bytes(&n), sizeof text);
    for (size_t i = 0; i < n; i++) {
        memcpy(changed, text, i);
        changed[i] = '\0';
        memcpy(changed + i + 1, text + i, n - i);
        put(changed, n + 1);
        assert_int_equal(verify(0, ""), -1);
        assert_int_equal(fault.code, UT_EXIT_AUDIT);
    }
    memcpy(changed, text, sizeof text);
    memcpy(strrchr(changed, '\n'), "\0tampered\n", 10);
    put(changed, n + 9);
    assert_int_equal(verify(0, ""), -1);
}

static void a_line_has_its_limit(void **state)
{
    (void)state;
    static char text[UT_AUDIT_LINE_MAX];
    memset(text, 'x', sizeof text);
    put(text, UT_AUDIT_LINE_MAX - 2);
    assert_int_equal(verify(0, ""), 0);
    struct ut_audit_chain c = opened();
    add(&c, "a");
    ut_audit_chain_close(&c);
    assert_int_equal(verify(0, ""), 2);
    for (size_t n = UT_AUDIT_LINE_MAX - 1; n <= UT_AUDIT_LINE_MAX; n++) {
        put(text, n);
        assert_int_equal(verify(0, ""), -1);
    }
}

static void a_changed_file_is_not_added_to(void **state)
{
    (void)state;
    size_t n;
    three_records();
    char *text = bytes(&n);
    text[20] ^= 1;
    put(text, n);
    struct ut_audit_chain c;
    ut_audit_chain_init(&c, path);
    assert_int_equal(ut_audit_chain_open(&c, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_AUDIT);
    assert_int_equal(c.fd, -1);
    size_t now;
    (void)bytes(&now);
    assert_int_equal(now, n);
}

static void one_program_at_a_time(void **state)
{
    (void)state;
    struct ut_audit_chain c = opened(), other;
    ut_audit_chain_init(&other, path);
    assert_int_equal(ut_audit_chain_open(&other, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    assert_non_null(strstr(fault.text, "another program adds to it"));
    ut_audit_chain_close(&c);
    other = opened();
    ut_audit_chain_close(&other);
}

static void what_cannot_be_written_is_said(void **state)
{
    (void)state;
    struct ut_audit_chain c;
    const char *const others[] = {"/dev/full", folder};
    for (int i = 0; i < 2; i++) {
        ut_audit_chain_init(&c, others[i]);
        assert_int_equal(ut_audit_chain_open(&c, &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_FAILURE);
        assert_non_null(strstr(fault.text, "is no ordinary file"));
        assert_true(c.fd < 0);
    }
    char nowhere[80];
    (void)snprintf(nowhere, sizeof nowhere, "%s/none/audit", folder);
    ut_audit_chain_init(&c, nowhere);
    assert_int_equal(ut_audit_chain_open(&c, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    assert_int_equal(ut_audit_chain_verify(&c, 0, "", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    c = opened();
    ut_audit_chain_close(&c);
    assert_int_equal(ut_audit_chain_add(&c, "a", 0, json_object(), &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
}

/* Members that could not be made do not become a record without them. */
static void nothing_is_left_out(void **state)
{
    (void)state;
    struct ut_audit_chain c = opened();
    int64_t n = c.n;
    assert_int_equal(ut_audit_chain_add(&c, "renewed", 0, json_pack("{s:s}", "Reason", "g\xFCnstig"), &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    assert_non_null(strstr(fault.text, "renewed cannot be put on record"));
    assert_int_equal(c.n, n);
    assert_int_equal(ut_audit_chain_add(&c, "renewed", 0, json_object(), &fault), 0);
    assert_int_equal(c.n, n + 1);
    ut_audit_chain_close(&c);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        return 1;
    (void)snprintf(path, sizeof path, "%s/audit", folder);
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(records_hold_the_hash_of_those_before),
        TEST(every_change_shows),
        TEST(lines_taken_out_or_moved_show),
        TEST(what_a_kill_cut_short_stays_and_is_said),
        TEST(zeros_that_a_power_loss_left_are_a_line_cut_short),
        TEST(a_zero_within_a_line_shows),
        TEST(a_line_has_its_limit),
        TEST(a_changed_file_is_not_added_to),
        TEST(one_program_at_a_time),
        TEST(what_cannot_be_written_is_said),
        TEST(nothing_is_left_out),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    (void)rmdir(folder);
    return failed;
}
