/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a model file: refused with one line, or a model that models/infer.c can run. */
#include "host-tools/sources/model_file.h"

#include "dsp/features.h"
#include "firmware/caller.h"
#include "host-tools/system/crc32.h"
#include "models/infer.h"
#include "models/lanes.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADER = 32, TRAILER = 4, MOST = 4 << 10, EDIT = 3, RAW = 1, CUT = 2, UNSEALED = 4 };

static void set(uint8_t *p, uint32_t x, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        p[i] = (uint8_t)(x >> (8 * i));
}

/* The smallest model there is, in memory of MOST bytes; returns its length. */
static size_t smallest(uint8_t *file)
{
    static const uint8_t zeros[4 * UT_LANES * UT_MODEL_CONV_TAPS * UT_CALLER_INPUTS];
    static const uint8_t shift[3 * UT_LANES] = {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9};
    static const int16_t zero_mean[UT_CALLER_INPUTS];
    int16_t one[UT_CALLER_INPUTS];
    for (int i = 0; i < UT_CALLER_INPUTS; i++)
        one[i] = 1;
    const struct ut_model_dense d = {(const int8_t *)zeros, (const int32_t *)(const void *)zeros,
                                     (const int32_t *)(const void *)zeros, shift};
    const struct ut_model m = {.id = "z",
                               .features_version = UT_FEATURES_VERSION,
                               .tables = (uint16_t)ut_features_tables(),
                               .inputs = UT_CALLER_INPUTS,
                               .conv1 = UT_LANES,
                               .conv2 = UT_LANES,
                               .hidden = UT_LANES,
                               .input_mean_q8 = zero_mean,
                               .input_mult = one,
                               .conv1_layer = d,
                               .conv2_layer = d,
                               .input_gates = d,
                               .hidden_gates = d,
                               .head = d,
                               .explain_w = (const int8_t *)zeros};
    size_t len;
    uint8_t *bytes = ut_model_file_bytes(&m, &len);
    if (bytes == NULL || len > MOST)
        abort();
    memcpy(file, bytes, len);
    free(bytes);
    return len;
}

static void run(const struct ut_model *m)
{
    static struct ut_infer s;
    uint32_t random = 1;
    ut_infer_init(&s, m);
    for (int i = 0; i < 8; i++) {
        int16_t x[UT_MODEL_INPUTS_MAX] = {0};
        uint16_t p[UT_MODEL_CLASSES];
        for (int k = 0; k < m->inputs; k++) {
            random = random * 1664525U + 1013904223U;
            x[k] = (int16_t)(uint16_t)(random >> 16);
        }
        ut_infer_step(&s, x, i & 1, p);
        if (p[0] + p[1] + p[2] < 32765 || p[0] + p[1] + p[2] > 32771)
            abort();
    }
    struct ut_contribution top[2];
    ut_infer_explain(&s, top);
    if (top[0].group >= UT_GROUPS || top[1].group >= UT_GROUPS)
        abort();
}

/* The first byte chooses: the rest as it is, or as edits (place, place, value) of a small model, cut short or not, with
 * right checksums or not. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ut_model_file f;
    struct ut_fault fault = {0};
    uint8_t how = size > 0 ? data[0] : RAW;
    size_t len = size;
    uint8_t *file = malloc((how & RAW) != 0 ? size + 1 : MOST);
    if (file == NULL)
        return 0;
    if ((how & RAW) != 0) {
        memcpy(file, data, size);
    } else {
        len = smallest(file);
        for (size_t at = 1; at + EDIT <= size; at += EDIT)
            file[(data[at] | (size_t)data[at + 1] << 8) % len] = data[at + 2];
        if ((how & CUT) != 0)
            len = len * (how >> 3) / 32;
        if ((how & UNSEALED) == 0 && len > HEADER + TRAILER) {
            set(file + 12, ut_crc32(0, file + HEADER, len - HEADER - TRAILER), 4);
            set(file + len - TRAILER, ut_crc32(0, file, len - TRAILER), 4);
        }
    }
    uint8_t *exact = malloc(len > 0 ? len : 1); /* so that a read past the end is one past the block */
    if (exact != NULL) {
        memcpy(exact, file, len);
        if (ut_model_file_parse(&f, exact, len, "f.bin", &fault) == 0) {
            size_t again;
            uint8_t *written = ut_model_file_bytes(&f.model, &again);
            if (written == NULL || again != len || memcmp(written, exact, len) != 0)
                abort();
            free(written);
            run(&f.model);
            ut_model_file_free(&f);
        } else if (fault.code == 0 || fault.text[0] == '\0' || f.arrays != NULL) {
            abort();
        }
    }
    free(exact);
    free(file);
    return 0;
}
