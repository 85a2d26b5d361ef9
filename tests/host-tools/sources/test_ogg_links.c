/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/ogg_links.h"

#include "host-tools/system/bytes.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static FILE *file;
static struct ut_stretch s;

static int setup(void **state)
{
    (void)state;
    file = tmpfile();
    return file != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return fclose(file);
}

/* A page of two segments, of 255 and `last` bytes. */
static void put_page(int first, unsigned char last)
{
    unsigned char page[27 + 2 + 255 + 255] = "OggS";
    page[5] = first ? 2 : 0;
    page[26] = 2;
    page[27] = 255;
    page[28] = last;
    assert_int_equal(fwrite(page, 1, 27 + 2 + 255 + (size_t)last, file), 27 + 2 + 255 + last);
    fflush(file);
    s = (struct ut_stretch){.fd = fileno(file), .bytes = ftell(file)};
}

static void one_recording_is_one_link(void **state)
{
    (void)state;
    put_page(1, 3);
    put_page(1, 4); /* a second stream of the same recording */
    put_page(0, 5);
    put_page(0, 0);
    assert_int_equal(ut_ogg_links_next(&s, 0), s.bytes);
}

static void each_recording_is_a_link(void **state)
{
    (void)state;
    put_page(1, 3);
    put_page(0, 4);
    int64_t second = s.bytes;
    put_page(1, 5);
    put_page(0, 6);
    int64_t third = s.bytes;
    put_page(1, 7);
    put_page(0, 255);
    assert_int_equal(ut_ogg_links_next(&s, 0), second);
    assert_int_equal(ut_ogg_links_next(&s, second), third);
    assert_int_equal(ut_ogg_links_next(&s, third), s.bytes);
}

static void what_is_no_page_ends_nothing_early(void **state)
{
    (void)state;
    put_page(1, 3);
    put_page(0, 4);
    fwrite("noise behind it, longer than a head", 1, 35, file);
    fflush(file);
    s.bytes = ftell(file);
    assert_int_equal(ut_ogg_links_next(&s, 0), s.bytes);
    s.bytes = 20; /* less than a head */
    assert_int_equal(ut_ogg_links_next(&s, 0), 20);
    s.bytes = 28; /* less than its segments */
    assert_int_equal(ut_ogg_links_next(&s, 0), 28);
    s.bytes = 0;
    assert_int_equal(ut_ogg_links_next(&s, 0), 0);
}

/* A page of three bytes with its number and a right checksum, reckoned bit by bit. */
static void put_numbered(unsigned char flags, unsigned char number, unsigned char place)
{
    unsigned char page[27 + 1 + 3] = "OggS";
    uint32_t sum = 0;
    page[5] = flags;
    page[6] = place;
    page[14] = 77; /* of one stream */
    page[18] = number;
    page[26] = 1;
    page[27] = 3;
    for (size_t i = 0; i < sizeof page; i++) {
        sum ^= (uint32_t)page[i] << 24;
        for (int bit = 0; bit < 8; bit++)
            sum = sum << 1 ^ ((sum >> 31) != 0 ? 0x04C11DB7U : 0);
    }
    ut_bytes_put(page + 22, sum, 4);
    assert_int_equal(fwrite(page, 1, sizeof page, file), sizeof page);
    fflush(file);
    s = (struct ut_stretch){.fd = fileno(file), .bytes = ftell(file)};
}

static void *read_twice(void *copy)
{
    struct ut_stretch mine = *(const struct ut_stretch *)copy;
    bool ended;
    bool right = ut_ogg_links_whole(&mine, &ended) == mine.bytes && ut_ogg_links_whole(&mine, &ended) == mine.bytes;
    return right ? copy : NULL;
}

/* A batch reads recordings in several threads; first of all tests, as what is made at first use would be. */
static void threads_read_at_the_same_time(void **state)
{
    (void)state;
    enum { THREADS = 8 };
    pthread_t thread[THREADS];
    put_numbered(2, 0, 0);
    for (int i = 1; i < 100; i++)
        put_numbered(0, (unsigned char)i, 9);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, read_twice, &s), 0);
    for (int i = 0; i < THREADS; i++) {
        void *right;
        assert_int_equal(pthread_join(thread[i], &right), 0);
        assert_ptr_equal(right, &s);
    }
}

static void damage_is_found_where_it_begins(void **state)
{
    (void)state;
    enum { PAGE = 31 };
    bool ended;
    put_numbered(2, 0, 0);
    put_numbered(0, 5, 9); /* recorded while it ran: a gap behind the headers is none */
    put_numbered(0, 6, 12);
    assert_int_equal(ut_ogg_links_whole(&s, &ended), 3 * PAGE);
    assert_false(ended);
    put_numbered(4, 7, 15);
    assert_int_equal(ut_ogg_links_whole(&s, &ended), 4 * PAGE);
    assert_true(ended);
    fwrite("a tag", 1, 5, file); /* behind the last page */
    fflush(file);
    s.bytes = ftell(file);
    assert_int_equal(ut_ogg_links_whole(&s, &ended), s.bytes);
    s.bytes = 4 * PAGE - 1; /* its last byte is missing */
    assert_int_equal(ut_ogg_links_whole(&s, &ended), 3 * PAGE);
    fseek(file, 2 * PAGE + 30, SEEK_SET);
    fputc(1, file); /* a byte of the third is wrong */
    fflush(file);
    assert_int_equal(ut_ogg_links_whole(&s, &ended), 2 * PAGE);
}

static void a_lost_page_is_damage(void **state)
{
    (void)state;
    bool ended;
    put_numbered(2, 0, 0);
    put_numbered(0, 1, 9);
    int64_t before = s.bytes;
    put_numbered(4, 3, 12);
    assert_int_equal(ut_ogg_links_whole(&s, &ended), before);
    assert_false(ended);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(threads_read_at_the_same_time),      TEST(one_recording_is_one_link),       TEST(each_recording_is_a_link),
        TEST(what_is_no_page_ends_nothing_early), TEST(damage_is_found_where_it_begins), TEST(a_lost_page_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
