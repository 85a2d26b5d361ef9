/* SPDX-License-Identifier: Apache-2.0 */
/* The shape of a model: what models/train writes and models/infer.c reads.
 *
 * A model is two causal convolutions over time, a gated recurrent layer and a softmax:
 *     inputs -> conv1 (3 steps, ReLU) -> conv2 (3 steps, ReLU) -> GRU -> 3 logits -> posteriors
 * weights      int8, one scale per output
 * activations  int16, scale chosen per layer by the exporter; pre-activations of the GRU and logits are Q12, hidden Q15
 * accumulators int32: |bias| <= 2^30 and at most 168 products of 127 * 32768 cannot overflow
 * SPEC.md "Classifier".
 */
#ifndef UT_MODELS_MODEL_H
#define UT_MODELS_MODEL_H

#include <stdint.h>

enum {
    UT_MODEL_CLASSES = 3, /* frustration, delight, other */
    UT_MODEL_OTHER = 2,
    UT_MODEL_INPUTS_MAX = 56,
    UT_MODEL_CONV_MAX = 48,
    UT_MODEL_HIDDEN_MAX = 48,
    UT_MODEL_CONV_TAPS = 3
};

/* out[o] = (bias[o] + sum over i of w[o][i] x[i]) * mult_q31[o] / 2^(32 + shift[o]), rounded half up.
 * w is stored in blocks of four outputs as models/lanes.h wants them: outputs are padded to a multiple of 4, the
 * number of inputs is even. 0 <= mult_q31[o]; 1 <= shift[o] <= 31. */
struct ut_model_dense {
    const int8_t *w;
    const int32_t *bias;
    const int32_t *mult_q31;
    const uint8_t *shift;
};

struct ut_model {
    const char *id;               /* at most 4 characters travel in hello */
    uint32_t crc32;               /* CRC-32 (IEEE 802.3) of every array below in this order, little-endian */
    uint16_t features_version;    /* must equal UT_FEATURES_VERSION */
    uint16_t tables;              /* must equal ut_features_tables() */
    uint16_t inputs;              /* even; of the views that the features give: firmware/caller.h */
    uint16_t conv1, conv2;        /* channels; multiples of 4 */
    uint16_t hidden;              /* units; a multiple of 4 */
    const int16_t *input_mean_q8; /* per input: normalised Q12 = (x - mean) * mult / 2^8, saturated to int16 */
    const int16_t *input_mult;
    struct ut_model_dense conv1_layer;  /* [conv1][taps x inputs], oldest step first */
    struct ut_model_dense conv2_layer;  /* [conv2][taps x conv1] */
    struct ut_model_dense input_gates;  /* [3 x hidden][conv2]: reset, update, candidate */
    struct ut_model_dense hidden_gates; /* [3 x hidden][hidden] */
    struct ut_model_dense head;         /* [4][hidden]: 3 logits, calibrated, and one row of zeros */
    const int8_t *explain_w;            /* [groups][inputs + hidden]: models/infer.h "Explanation", Q(explain_q) */
    uint16_t explain_q;                 /* 0..15 */
};

/* The model this build ships. */
extern const struct ut_model ut_model_default;

#endif
