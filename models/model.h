/* SPDX-License-Identifier: Apache-2.0 */
/* The shape of a model: what models/train writes and models/infer.c reads. */
#ifndef UT_MODELS_MODEL_H
#define UT_MODELS_MODEL_H

#include <stdint.h>

enum {
    UT_MODEL_CLASSES = 3, /* frustration, delight, other */
    UT_MODEL_INPUTS_MAX = 32,
    UT_MODEL_CONV_MAX = 48,
    UT_MODEL_HIDDEN_MAX = 48,
    UT_MODEL_CONV_TAPS = 3
};

struct ut_model {
    const char *id;            /* at most 4 characters travel in hello */
    uint32_t crc32;            /* of the weights, as in the generated file's header */
    uint16_t features_version; /* must equal UT_FEATURES_VERSION */
    uint16_t inputs;
};

/* The model this build ships. */
extern const struct ut_model ut_model_default;

#endif
