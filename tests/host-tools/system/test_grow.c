/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/grow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void elements_stay_and_growing_is_rare(void **state)
{
    (void)state;
    enum { N = 100000 };
    int *array = NULL, grown = 0;
    size_t room = 0;
    for (int i = 0; i < N; i++) {
        size_t before = room;
        array = ut_grow(array, &room, (size_t)i + 1, sizeof *array);
        assert_non_null(array);
        assert_true(room > (size_t)i);
        grown += room != before;
        array[i] = i;
    }
    for (int i = 0; i < N; i++)
        assert_int_equal(array[i], i);
    assert_true(grown < 20);
    free(array);
}

static void many_at_once(void **state)
{
    (void)state;
    size_t room = 0;
    char *array = ut_grow(NULL, &room, 1000, 1);
    assert_non_null(array);
    assert_true(room >= 1000);
    size_t before = room;
    assert_ptr_equal(ut_grow(array, &room, before, 1), array); /* it had the room */
    assert_int_equal(room, before);
    free(array);
}

static void none_is_an_array_too(void **state)
{
    (void)state;
    size_t room = 0;
    char *array = ut_grow(NULL, &room, 0, 1);
    assert_non_null(array);
    free(array);
}

static void more_than_there_is_leaves_the_array(void **state)
{
    (void)state;
    size_t room = 0;
    char *array = ut_grow(NULL, &room, 1, 3);
    assert_non_null(array);
    array[0] = 7;
    size_t before = room;
    assert_null(ut_grow(array, &room, SIZE_MAX / 2, 3)); /* more bytes than a size counts */
    assert_int_equal(room, before);
    assert_int_equal(array[0], 7);
    free(array);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_stay_and_growing_is_rare),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(none_is_an_array_too),
        cmocka_unit_test(more_than_there_is_leaves_the_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
