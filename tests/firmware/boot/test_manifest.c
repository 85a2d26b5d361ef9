/* SPDX-License-Identifier: Apache-2.0 */
/* Whole images, and one fault at a time. */
#include "firmware/boot/manifest.h"
#include "firmware/boot/trailer.h"
#include "tests/firmware/boot/slots_memory.h"

#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { AT_PROTECTED = UT_MANIFEST_HEADER_BYTES + IMAGE_BYTES, AT_PLAIN = AT_PROTECTED + 12 };
static struct ut_manifest m;

static int setup(void **state)
{
    (void)state;
    memory_clear(1);
    place_image(BOARD_SLOT_B, 3, 70000);
    return 0;
}

static int fault(void)
{
    enum ut_manifest_fault found = ut_manifest_read(&m, BOARD_SLOT_B, "test");
    return found != UT_MANIFEST_OK ? (int)found : (int)ut_manifest_check_digest(&m, BOARD_SLOT_B);
}

static void whole(void **state)
{
    (void)state;
    assert_int_equal(fault(), UT_MANIFEST_OK);
    assert_int_equal(m.counter, 70000);
    assert_int_equal(m.version[0], 3);
    assert_int_equal(m.signed_bytes, AT_PLAIN);
    assert_int_equal(m.whole_bytes, AT_PLAIN + 4 + 36 + 36 + 4 + FAKE_SIGNATURE_BYTES);
    assert_int_equal(m.key[31], 0x4B);
    assert_int_equal(check_fake(&m), UT_MANIFEST_OK);
}

static void every_bit_that_is_signed(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 8 * AT_PLAIN; bit++) {
        memory.area[BOARD_SLOT_B][bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_not_equal(fault(), UT_MANIFEST_OK);
        memory.area[BOARD_SLOT_B][bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_int_equal(fault(), UT_MANIFEST_OK);
}

static void each_fault_by_its_name(void **state)
{
    const struct {
        size_t at;
        uint32_t value;
        int bytes, fault;
    } rows[] = {
        {0, 0x96F3B83C, 4, UT_MANIFEST_NO_IMAGE},
        {8, 0x100, 2, UT_MANIFEST_NO_IMAGE},
        {16, 0x20, 4, UT_MANIFEST_NO_IMAGE},
        {32, 0x41414141, 4, UT_MANIFEST_BOARD},
        {4, 0x10000, 4, UT_MANIFEST_SLOT},
        {12, 0xFFFFFFF0, 4, UT_MANIFEST_LENGTH},
        {12, SLOT_BYTES - UT_TRAILER_BYTES - UT_MANIFEST_HEADER_BYTES - 12 - 3, 4, UT_MANIFEST_LENGTH},
        {12, SLOT_BYTES - UT_TRAILER_BYTES - UT_MANIFEST_HEADER_BYTES - 12 - 4, 4, UT_MANIFEST_NO_IMAGE},
        {10, 0xFFFF, 2, UT_MANIFEST_LENGTH},
        {10, 8, 2, UT_MANIFEST_NO_IMAGE},
        {12, IMAGE_BYTES + 1, 4, UT_MANIFEST_NO_IMAGE},
        {UT_MANIFEST_HEADER_BYTES, 0x55, 1, UT_MANIFEST_DIGEST},
        {AT_PROTECTED, 0x6907, 2, UT_MANIFEST_NO_IMAGE},
        {AT_PROTECTED + 2, 16, 2, UT_MANIFEST_NO_IMAGE},
        {AT_PROTECTED + 2, 4, 2, UT_MANIFEST_NO_IMAGE}, /* fewer than the header says */
        {AT_PROTECTED + 6, 5, 2, UT_MANIFEST_NO_IMAGE},
        {AT_PROTECTED + 4, 0x10, 2, UT_MANIFEST_NO_IMAGE}, /* a digest among what is signed */
        {AT_PLAIN, 0x6908, 2, UT_MANIFEST_NO_IMAGE},
        {AT_PLAIN + 2, 3, 2, UT_MANIFEST_NO_IMAGE},
        {AT_PLAIN + 2, 0xFFFF, 2, UT_MANIFEST_NO_IMAGE},
        {AT_PLAIN + 6, 31, 2, UT_MANIFEST_NO_IMAGE},
        {AT_PLAIN + 6, 0xFFFF, 2, UT_MANIFEST_NO_IMAGE},
        {AT_PLAIN + 4, 0x50, 2, UT_MANIFEST_NO_IMAGE},      /* a counter that nobody signed */
        {AT_PLAIN + 4 + 72, 0x23, 2, UT_MANIFEST_NO_IMAGE}, /* no signature */
        {AT_PLAIN + 2, 4 + 36 + 36 + 2, 2, UT_MANIFEST_NO_IMAGE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        setup(state);
        put(memory.area[BOARD_SLOT_B], rows[i].at, rows[i].value, rows[i].bytes);
        assert_int_equal(fault(), rows[i].fault);
    }
    setup(state);
    assert_int_equal(ut_manifest_read(&m, BOARD_SLOT_A, "test"), UT_MANIFEST_NO_IMAGE);
    assert_int_equal(ut_manifest_begin(&m, BOARD_SLOT_A, memory.area[BOARD_SLOT_B], "test"), UT_MANIFEST_SLOT);
    assert_int_equal(ut_manifest_begin(&m, BOARD_SLOT_B, memory.area[BOARD_SLOT_B], "tes2"), UT_MANIFEST_BOARD);
    assert_int_equal(ut_manifest_begin(&m, BOARD_SLOT_B, memory.area[BOARD_SLOT_B], "test"), UT_MANIFEST_OK);
}

/* What the bounds are for: each of these would be taken for whole without its own. */
static void entries_end_where_they_say(void **state)
{
    uint8_t *bytes = memory.area[BOARD_SLOT_B];
    const size_t end = AT_PLAIN + 4 + 36 + 36 + 4 + FAKE_SIGNATURE_BYTES;
    bytes[AT_PLAIN + 8 + 31] ^= 1;
    assert_int_equal(fault(), UT_MANIFEST_DIGEST);

    setup(state); /* an unknown entry up to the trailer, and into it */
    size_t left = SLOT_BYTES - UT_TRAILER_BYTES - end - 4;
    for (size_t over = 0; over < 2; over++) {
        put(bytes, AT_PLAIN + 2, (uint32_t)(end + 4 + left + over - AT_PLAIN), 2);
        put(bytes, end, (uint32_t)(0xA0 | (left + over) << 16), 4);
        assert_int_equal(fault(), over ? UT_MANIFEST_NO_IMAGE : UT_MANIFEST_OK);
    }
    setup(state); /* one that is longer than what is left of the entries */
    put(bytes, AT_PLAIN + 2, (uint32_t)(end + 4 - AT_PLAIN), 2);
    put(bytes, end, 0xA0 | 1U << 16, 4);
    assert_int_equal(fault(), UT_MANIFEST_NO_IMAGE);

    setup(state); /* a counter that nobody signed */
    put(bytes, AT_PLAIN + 2, (uint32_t)(end + 8 - AT_PLAIN), 2);
    put(bytes, end, 0x50 | 4U << 16, 4);
    assert_int_equal(fault(), UT_MANIFEST_NO_IMAGE);

    setup(state); /* a digest among what it covers */
    memmove(bytes + AT_PROTECTED + 40, bytes + AT_PLAIN, end - AT_PLAIN);
    put(bytes, 10, 40, 2);
    put(bytes, AT_PROTECTED, 0x6908 | 40U << 16, 4);
    put(bytes, AT_PROTECTED + 4, 0xA0 | 32U << 16, 4);
    assert_int_equal(fault(), UT_MANIFEST_DIGEST);
    put(bytes, AT_PROTECTED + 4, 0x10 | 32U << 16, 4);
    assert_int_equal(fault(), UT_MANIFEST_NO_IMAGE);

    setup(state); /* entries that are shorter than their own head */
    memmove(bytes + AT_PROTECTED + 3, bytes + AT_PLAIN, end - AT_PLAIN);
    put(bytes, 10, 3, 2);
    put(bytes, AT_PROTECTED, 0x6908 | 3U << 16, 3);
    assert_int_equal(fault(), UT_MANIFEST_NO_IMAGE);
}

/* What is signed need not end at a word. */
static void odd_lengths(void **state)
{
    (void)state;
    uint8_t *bytes = memory.area[BOARD_SLOT_B];
    memmove(bytes + AT_PLAIN + 5, bytes + AT_PLAIN, 4 + 36 + 36 + 4 + FAKE_SIGNATURE_BYTES);
    put(bytes, 10, 17, 2);
    put(bytes, AT_PROTECTED + 2, 17, 2);
    put(bytes, AT_PLAIN, 0xA0 | 1U << 16, 4);
    bytes[AT_PLAIN + 4] = 0x77;
    br_sha256_context sha;
    br_sha256_init(&sha);
    br_sha256_update(&sha, bytes, AT_PLAIN + 5);
    br_sha256_out(&sha, bytes + AT_PLAIN + 5 + 8);
    assert_int_equal(fault(), UT_MANIFEST_OK);
    assert_int_equal(m.signed_bytes, AT_PLAIN + 5);
    bytes[AT_PLAIN + 4] ^= 1;
    assert_int_equal(fault(), UT_MANIFEST_DIGEST);
}

/* A signature that is longer than one can be, and a second one, are not taken. */
static void one_signature(void **state)
{
    (void)state;
    uint8_t *bytes = memory.area[BOARD_SLOT_B];
    put(bytes, AT_PLAIN + 2, 4 + 36 + 36 + 4 + 72, 2);
    put(bytes, AT_PLAIN + 4 + 72 + 2, 72, 2);
    assert_int_equal(fault(), UT_MANIFEST_OK);
    assert_int_equal(m.signature_bytes, 72);
    put(bytes, AT_PLAIN + 2, 4 + 36 + 36 + 4 + 73, 2);
    put(bytes, AT_PLAIN + 4 + 72 + 2, 73, 2);
    assert_int_equal(fault(), UT_MANIFEST_NO_IMAGE);
    put(bytes, AT_PLAIN + 4 + 72 + 2, FAKE_SIGNATURE_BYTES, 2);
    put(bytes, AT_PLAIN + 2, 4 + 36 + 36 + 2 * (4 + FAKE_SIGNATURE_BYTES), 2);
    memcpy(bytes + AT_PLAIN + 4 + 72 + 4 + FAKE_SIGNATURE_BYTES, bytes + AT_PLAIN + 4 + 72, 4 + FAKE_SIGNATURE_BYTES);
    assert_int_equal(fault(), UT_MANIFEST_NO_IMAGE);
    put(bytes, AT_PLAIN + 4 + 72 + 4 + FAKE_SIGNATURE_BYTES, 0xA0, 2); /* an entry that nobody knows is passed over */
    assert_int_equal(fault(), UT_MANIFEST_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(whole, setup),
        cmocka_unit_test_setup(every_bit_that_is_signed, setup),
        cmocka_unit_test_setup(each_fault_by_its_name, setup),
        cmocka_unit_test_setup(entries_end_where_they_say, setup),
        cmocka_unit_test_setup(odd_lengths, setup),
        cmocka_unit_test_setup(one_signature, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
