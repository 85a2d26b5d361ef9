/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/model_file.h"

#include "dsp/features.h"
#include "firmware/caller.h"
#include "host-tools/system/crc32.h"
#include "models/infer.h"
#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { HEADER = 32, TRAILER = 4 };

static uint8_t *bytes;
static size_t length;

static void set32(uint8_t *p, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(x >> (8 * i));
}

/* Both checksums made right again after a change. */
static void seal(uint8_t *data, size_t len)
{
    set32(data + 12, ut_crc32(0, data + HEADER, len - HEADER - TRAILER));
    set32(data + len - TRAILER, ut_crc32(0, data, len - TRAILER));
}

static int begin(void **state)
{
    (void)state;
    bytes = ut_model_file_bytes(&ut_model_default, &length);
    return bytes == NULL;
}

static int end(void **state)
{
    (void)state;
    free(bytes);
    return 0;
}

static void same_answers(const struct ut_model *a, const struct ut_model *b)
{
    struct ut_infer one, two;
    struct ut_contribution top_one[2], top_two[2];
    uint32_t random = 3;
    int differ = 0;
    uint16_t first[UT_MODEL_CLASSES] = {0};
    ut_infer_init(&one, a);
    ut_infer_init(&two, b);
    for (int i = 0; i < 200; i++) {
        int16_t x[UT_MODEL_INPUTS_MAX];
        uint16_t p[UT_MODEL_CLASSES], q[UT_MODEL_CLASSES];
        for (int k = 0; k < a->inputs; k++)
            x[k] = (int16_t)ut_signal_noise(&random, 12000);
        ut_infer_step(&one, x, i % 3 != 0, p);
        ut_infer_step(&two, x, i % 3 != 0, q);
        assert_memory_equal(p, q, sizeof p);
        if (i == 0)
            memcpy(first, p, sizeof first);
        differ += memcmp(first, p, sizeof p) != 0;
    }
    assert_true(differ > 100);
    ut_infer_explain(&one, top_one);
    ut_infer_explain(&two, top_two);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(top_one[k].group, top_two[k].group);
        assert_int_equal(top_one[k].value_q6, top_two[k].value_q6);
    }
}

static void a_model_survives_its_file(void **state)
{
    (void)state;
    char path[] = "/tmp/undertone-model-XXXXXX";
    int fd = mkstemp(path);
    struct ut_model_file f;
    struct ut_fault fault = {0};
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(ut_model_file_write(&ut_model_default, path, &fault), 0);
    assert_int_equal(ut_model_file_read(&f, path, &fault), 0);
    unlink(path);
    assert_string_equal(f.model.id, ut_model_default.id);
    assert_int_equal(f.model.crc32, ut_model_default.crc32);
    same_answers(&f.model, &ut_model_default);
    ut_model_file_free(&f);
    assert_int_equal(ut_model_file_read(&f, "built-in", &fault), 0);
    assert_int_equal(f.model.crc32, ut_model_default.crc32);
    ut_model_file_free(&f);
    assert_int_equal(ut_model_file_write(&ut_model_default, "/dev/null/model.bin", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    assert_int_equal(ut_model_file_read(&f, "/dev/null/model.bin", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    assert_int_equal(ut_model_file_read(&f, "/tmp", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
}

static void refuse(const uint8_t *data, size_t len, int code, const char *says)
{
    struct ut_model_file f;
    struct ut_fault fault = {0};
    assert_int_equal(ut_model_file_parse(&f, data, len, "m.bin", &fault), -1);
    assert_int_equal(fault.code, code);
    assert_int_equal(strncmp(fault.text, "m.bin: ", 7), 0);
    assert_non_null(strstr(fault.text, says));
    assert_null(strchr(fault.text, '\n'));
    assert_null(f.arrays);
}

static void every_length_but_its_own_is_refused(void **state)
{
    (void)state;
    refuse(bytes, 0, UT_EXIT_EMPTY, "empty");
    for (size_t len = 1; len < length; len += len < 64 || len + 64 > length ? 1 : 97) {
        uint8_t *cut = malloc(len); /* its own block, so that a read beyond it is seen */
        assert_non_null(cut);
        memcpy(cut, bytes, len);
        refuse(cut, len, UT_EXIT_TRUNCATED, "m.bin");
        free(cut);
    }
    uint8_t *more = calloc(1, length + 1);
    assert_non_null(more);
    memcpy(more, bytes, length);
    refuse(more, length + 1, UT_EXIT_TRUNCATED, "goes on");
    free(more);
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    for (size_t at = 0; at < length; at += at < 64 || at + 64 > length ? 1 : 131)
        for (int bit = 0; bit < 8; bit++) {
            struct ut_model_file f;
            struct ut_fault fault = {0};
            bytes[at] ^= (uint8_t)(1 << bit);
            assert_int_equal(ut_model_file_parse(&f, bytes, length, "m.bin", &fault), -1);
            assert_true(fault.code == UT_EXIT_TRUNCATED || (at < 6 && fault.code == UT_EXIT_MODEL));
            bytes[at] ^= (uint8_t)(1 << bit);
        }
}

/* Whole files that say what cannot be. */
static void wrong_headers_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        int bytes;
        unsigned value;
        int code;
        const char *says;
    } wrong[] = {
        {0, 1, 'X', UT_EXIT_MODEL, "no model file"},
        {4, 2, UT_MODEL_FILE_VERSION + 1, UT_EXIT_MODEL, "version 2"},
        {6, 2, UT_FEATURES_VERSION + 1, UT_EXIT_FEATURES, "features version"},
        {8, 1, 0, UT_EXIT_MODEL, "id"},
        {8, 1, 0xC3, UT_EXIT_MODEL, "id"},
        {10, 2, 0x4100, UT_EXIT_MODEL, "id"}, /* a letter after the padding */
        {16, 2, UT_CALLER_INPUTS - 2, UT_EXIT_FEATURES, "54 inputs"},
        {16, 2, 0xFFFE, UT_EXIT_FEATURES, "inputs"},
        {18, 2, 0, UT_EXIT_MODEL, "width"},
        {18, 2, UT_MODEL_CONV_MAX + 4, UT_EXIT_MODEL, "width"},
        {20, 2, 30, UT_EXIT_MODEL, "width"},
        {22, 2, 0xFFFC, UT_EXIT_MODEL, "width"},
        {24, 2, 16, UT_EXIT_MODEL, "header"},
        {26, 2, 2, UT_EXIT_FEATURES, "tables 2"},
        {28, 2, UT_CALLER_INPUTS, UT_EXIT_MODEL, "header"},
        {30, 2, 1, UT_EXIT_MODEL, "header"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t *copy = malloc(length);
        assert_non_null(copy);
        memcpy(copy, bytes, length);
        for (int k = 0; k < wrong[i].bytes; k++)
            copy[wrong[i].at + (size_t)k] = (uint8_t)(wrong[i].value >> (8 * k));
        seal(copy, length);
        refuse(copy, length, wrong[i].code, wrong[i].says);
        free(copy);
    }
    bytes[HEADER + 7] ^= 1; /* the file's own checksum right, the model's wrong */
    set32(bytes + length - TRAILER, ut_crc32(0, bytes, length - TRAILER));
    refuse(bytes, length, UT_EXIT_TRUNCATED, "damaged");
    bytes[HEADER + 7] ^= 1;
    seal(bytes, length);
}

/* Whole files with numbers that the sums of models/infer.c do not allow. */
static void numbers_out_of_range_are_refused(void **state)
{
    (void)state;
    const struct ut_model *m = &ut_model_default;
    size_t mult = HEADER + 2U * m->inputs, w = mult + 2U * m->inputs;
    size_t bias = w + (size_t)m->conv1 * UT_MODEL_CONV_TAPS * m->inputs, q31 = bias + 4U * m->conv1;
    size_t shift = q31 + 4U * m->conv1;
    const struct {
        size_t at;
        uint32_t value;
        int bytes;
        const char *says;
    } wrong[] = {
        {mult, 0, 2, "inputs"},
        {mult + 2, 0xFFFF, 2, "inputs"},
        {w + 5, 0x80, 1, "first convolution"},
        {bias, (1U << 30) + 1, 4, "first convolution"},
        {bias + 4, ~(1U << 30), 4, "first convolution"},
        {q31, 0x80000000U, 4, "first convolution"},
        {shift, 0, 1, "first convolution"},
        {shift + 1, 32, 1, "first convolution"},
        {length - TRAILER - (UT_GROUPS - 1U) * ((size_t)m->inputs + m->hidden) - 1, 0, 1, "last layer"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t *copy = malloc(length);
        assert_non_null(copy);
        memcpy(copy, bytes, length);
        for (int k = 0; k < wrong[i].bytes; k++)
            copy[wrong[i].at + (size_t)k] = (uint8_t)(wrong[i].value >> (8 * k));
        seal(copy, length);
        refuse(copy, length, UT_EXIT_MODEL, wrong[i].says);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_survives_its_file),        cmocka_unit_test(every_length_but_its_own_is_refused),
        cmocka_unit_test(every_flipped_bit_is_noticed),     cmocka_unit_test(wrong_headers_are_refused),
        cmocka_unit_test(numbers_out_of_range_are_refused),
    };
    return cmocka_run_group_tests_name("model_file", tests, begin, end);
}
