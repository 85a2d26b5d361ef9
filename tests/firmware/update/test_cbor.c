/* SPDX-License-Identifier: Apache-2.0 */
/* Maps as clients write them, and bytes that are none; answers to the byte. */
#include "firmware/update/cbor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1
static struct ut_cbor_value v;

static void finds(void **state)
{
    (void)state;
    static const char definite[] = "\xA4\x63off\x19\x02\x00\x64"
                                   "data\x43\x01\x02\x03\x67"
                                   "confirm\xF5\x61"
                                   "d\x62hi";
    static const char indefinite[] = "\xBF\x63off\x1A\x00\x01\x86\xA0\x61"
                                     "x\xF4\x61y\x17\x61z\x18\xC8\xFF";
    assert_int_equal(ut_cbor_find(BYTES(definite), "off", UT_CBOR_NUMBER, &v), 1);
    assert_int_equal(v.number, 512);
    assert_int_equal(ut_cbor_find(BYTES(definite), "data", UT_CBOR_BYTES, &v), 1);
    assert_int_equal(v.number, 3);
    assert_memory_equal(v.bytes, "\1\2\3", 3);
    assert_int_equal(ut_cbor_find(BYTES(definite), "confirm", UT_CBOR_BOOL, &v), 1);
    assert_int_equal(v.number, 1);
    assert_int_equal(ut_cbor_find(BYTES(definite), "d", UT_CBOR_TEXT, &v), 1);
    assert_memory_equal(v.bytes, "hi", 2);
    assert_int_equal(ut_cbor_find(BYTES(definite), "of", UT_CBOR_NUMBER, &v), 0);
    assert_int_equal(ut_cbor_find(BYTES(definite), "data", UT_CBOR_TEXT, &v), -1);
    assert_int_equal(ut_cbor_find(BYTES(indefinite), "off", UT_CBOR_NUMBER, &v), 1);
    assert_int_equal(v.number, 100000);
    assert_int_equal(ut_cbor_find(BYTES(indefinite), "x", UT_CBOR_BOOL, &v), 1);
    assert_int_equal(v.number, 0);
    assert_int_equal(ut_cbor_find(BYTES(indefinite), "y", UT_CBOR_NUMBER, &v), 1);
    assert_int_equal(v.number, 23);
    assert_int_equal(ut_cbor_find(BYTES(indefinite), "z", UT_CBOR_NUMBER, &v), 1);
    assert_int_equal(v.number, 200);
    assert_int_equal(ut_cbor_find(BYTES("\xA0"), "off", UT_CBOR_NUMBER, &v), 0);
    assert_int_equal(ut_cbor_find(BYTES("\xBF\xFF"), "off", UT_CBOR_NUMBER, &v), 0);
}

static void malformed(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } rows[] = {
        {"", 0},
        {"\x01", 1},                           /* no map */
        {"\xBF", 1},                           /* no end */
        {"\xA1\x61x", 3},                      /* a key without its value */
        {"\xA1\x01\x02", 3},                   /* a key that is no text */
        {"\xA1\x65xy\x01", 5},                 /* longer than what there is */
        {"\xA1\x61x\x19\x01", 5},              /* a number cut short */
        {"\xA1\x61x\x1B\0\0\0\0\0\0\0\1", 12}, /* of 64 bits */
        {"\xA1\x61x\xA0", 4},                  /* nested */
        {"\xA1\x61x\x81\x01", 5},
        {"\xA1\x61x\xF6", 4}, /* null */
        {"\xA1\x61x\x20", 4}, /* negative */
        {"\xA1\x61x\x5F\xFF", 5},
        {"\xBA\xFF\xFF\xFF\xFF\x61x\x01", 8}, /* four thousand million pairs */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(ut_cbor_find((const uint8_t *)rows[i].bytes, rows[i].len, "y", UT_CBOR_NUMBER, &v), -1);
    /* What follows the key is judged as well. */
    assert_int_equal(ut_cbor_find(BYTES("\xA2\x61y\x01\x61x\xA0"), "y", UT_CBOR_NUMBER, &v), -1);
}

static void writes(void **state)
{
    (void)state;
    uint8_t to[64];
    struct ut_cbor_out o = {to, sizeof to, 0, 0};
    static const char expected[] = "\xBF\x61"
                                   "a\x17\x61"
                                   "b\x18\x18\x61"
                                   "c\x19\x01\x00\x61"
                                   "d\x1A\x00\x01\x00\x00\x61"
                                   "e\x9F\xF5\xF4\x42\x01\x02\xFF\xFF";
    ut_cbor_put_map(&o);
    static const uint32_t number[] = {23, 24, 256, 65536};
    for (unsigned i = 0; i < 4; i++) {
        const char name[2] = {(char)('a' + i), '\0'};
        ut_cbor_put_text(&o, name);
        ut_cbor_put_number(&o, number[i]);
    }
    ut_cbor_put_text(&o, "e");
    ut_cbor_put_list(&o);
    ut_cbor_put_bool(&o, 1);
    ut_cbor_put_bool(&o, 0);
    ut_cbor_put_bytes(&o, (const uint8_t *)"\1\2", 2);
    ut_cbor_put_end(&o);
    ut_cbor_put_end(&o);
    assert_int_equal(o.len, sizeof expected - 1);
    assert_memory_equal(to, expected, o.len);
    assert_int_equal(o.full, 0);
    struct ut_cbor_out small = {to, 3, 0, 0};
    ut_cbor_put_texts(&small, (const uint8_t *)"abc", 3);
    assert_int_equal(small.full, 1);
    assert_true(small.len <= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds),
        cmocka_unit_test(malformed),
        cmocka_unit_test(writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
