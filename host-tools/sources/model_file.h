/* SPDX-License-Identifier: Apache-2.0 */
/* A trained model as a file, for programs of the host; the firmware links its one. SPEC.md "Model file".
 *
 * in    a file, or its bytes
 * out   struct ut_model (models/model.h) whose arrays the caller owns through struct ut_model_file
 * Whatever a file says is checked before it is believed: sizes, bounds of every number that models/infer.c relies on,
 * both checksums. Faults: missing (10), empty (12), truncated or damaged (13), of other features (19), not a model that
 * this program can run (29).
 */
#ifndef UT_HOST_MODEL_FILE_H
#define UT_HOST_MODEL_FILE_H

#include "host-tools/system/fault.h"
#include "models/model.h"

#include <stddef.h>
#include <stdint.h>

enum { UT_MODEL_FILE_VERSION = 1, UT_MODEL_FILE_ID = 4 };

struct ut_model_file {
    struct ut_model model;
    char id[UT_MODEL_FILE_ID + 1];
    void *arrays;
};

/* name is for messages. 0; or -1, *fault, and nothing to free. */
int ut_model_file_parse(struct ut_model_file *f, const uint8_t *data, size_t len, const char *name,
                        struct ut_fault *fault);

/* The model at a path; "built-in" is this program's own. 0; or -1, *fault, and nothing to free. */
int ut_model_file_read(struct ut_model_file *f, const char *path, struct ut_fault *fault);

void ut_model_file_free(struct ut_model_file *f);

/* The bytes of a file that holds m, in memory the caller frees; *len of them. NULL when out of memory. */
uint8_t *ut_model_file_bytes(const struct ut_model *m, size_t *len);

/* Writes m to a file, whole or not at all. 0, or -1 and *fault. */
int ut_model_file_write(const struct ut_model *m, const char *path, struct ut_fault *fault);

#endif
