/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/model_file.h"

#include "dsp/features.h"
#include "firmware/caller.h"
#include "host-tools/system/bytes.h"
#include "host-tools/system/crc32.h"
#include "host-tools/system/output.h"
#include "models/infer.h"
#include "models/lanes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 32, TRAILER = 4, FILE_MAX = 1 << 20, ARRAYS_MAX = 23, BIAS_MAX = 1 << 30, LEAST_WEIGHT = -127 };

static const uint8_t magic[4] = {'U', 'T', 'M', 'D'};

/* One array of struct ut_model: where its pointer is, how many numbers it has and how wide they are. */
struct array {
    void *at; /* of the pointer; copied as bytes, since its type differs */
    size_t count;
    size_t bytes; /* of one number */
};

static int add_dense(struct array *a, struct ut_model_dense *d, size_t outputs, size_t inputs)
{
    a[0] = (struct array){&d->w, outputs * inputs, 1};
    a[1] = (struct array){&d->bias, outputs, 4};
    a[2] = (struct array){&d->mult_q31, outputs, 4};
    a[3] = (struct array){&d->shift, outputs, 1};
    return 4;
}

/* The arrays of a model of this shape, in the order of the file and of the CRC. */
static int list_arrays(struct ut_model *m, struct array a[ARRAYS_MAX])
{
    int n = 0;
    a[n++] = (struct array){&m->input_mean_q8, m->inputs, 2};
    a[n++] = (struct array){&m->input_mult, m->inputs, 2};
    n += add_dense(a + n, &m->conv1_layer, m->conv1, (size_t)UT_MODEL_CONV_TAPS * m->inputs);
    n += add_dense(a + n, &m->conv2_layer, m->conv2, (size_t)UT_MODEL_CONV_TAPS * m->conv1);
    n += add_dense(a + n, &m->input_gates, 3U * m->hidden, m->conv2);
    n += add_dense(a + n, &m->hidden_gates, 3U * m->hidden, m->hidden);
    n += add_dense(a + n, &m->head, UT_LANES, m->hidden);
    a[n++] = (struct array){&m->explain_w, (UT_GROUPS - 1) * ((size_t)m->inputs + m->hidden), 1};
    return n;
}

static bool right_width(uint32_t width, int most)
{
    return width >= UT_LANES && width <= (uint32_t)most && width % UT_LANES == 0;
}

/* What models/infer.c needs for its sums to stay within int32_t: models/model.h. */
static bool dense_in_range(const struct ut_model_dense *d, int outputs, int inputs)
{
    for (int i = 0; i < outputs * inputs; i++)
        if (d->w[i] < LEAST_WEIGHT)
            return false;
    for (int o = 0; o < outputs; o++)
        if (d->bias[o] < -BIAS_MAX || d->bias[o] > BIAS_MAX || d->mult_q31[o] < 0 || d->shift[o] < 1 ||
            d->shift[o] > 31)
            return false;
    return true;
}

/* NULL, or what is out of range. */
static const char *out_of_range(const struct ut_model *m)
{
    for (int i = 0; i < m->inputs; i++)
        if (m->input_mult[i] < 1)
            return "a multiplier of the inputs";
    if (!dense_in_range(&m->conv1_layer, m->conv1, UT_MODEL_CONV_TAPS * m->inputs))
        return "the first convolution";
    if (!dense_in_range(&m->conv2_layer, m->conv2, UT_MODEL_CONV_TAPS * m->conv1))
        return "the second convolution";
    if (!dense_in_range(&m->input_gates, 3 * m->hidden, m->conv2) ||
        !dense_in_range(&m->hidden_gates, 3 * m->hidden, m->hidden))
        return "the recurrent layer";
    return dense_in_range(&m->head, UT_LANES, m->hidden) ? NULL : "the last layer";
}

static int damaged(const char *name, struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_TRUNCATED, "%s: is damaged (its checksum is wrong); copy it again", name);
}

static int unfit(const char *name, const char *what, struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_MODEL, "%s: %s; write it with `make train` or `undertone eval --export-model`",
                        name, what);
}

/* The header's numbers, within their bounds. 0, or -1 and *fault. */
static int read_header(struct ut_model_file *f, const uint8_t *data, const char *name, struct ut_fault *fault)
{
    struct ut_model *m = &f->model;
    m->features_version = (uint16_t)ut_bytes_get(data + 6, 2);
    memcpy(f->id, data + 8, UT_MODEL_FILE_ID);
    m->id = f->id;
    m->crc32 = ut_bytes_get(data + 12, 4);
    m->inputs = (uint16_t)ut_bytes_get(data + 16, 2);
    m->conv1 = (uint16_t)ut_bytes_get(data + 18, 2);
    m->conv2 = (uint16_t)ut_bytes_get(data + 20, 2);
    m->hidden = (uint16_t)ut_bytes_get(data + 22, 2);
    m->explain_q = (uint16_t)ut_bytes_get(data + 24, 2);
    m->tables = (uint16_t)ut_bytes_get(data + 26, 2);
    bool named = f->id[0] != '\0';
    for (int i = 0; i < UT_MODEL_FILE_ID; i++)
        if (f->id[i] == '\0')
            named = named && (i + 1 == UT_MODEL_FILE_ID || f->id[i + 1] == '\0');
        else
            named = named && f->id[i] > ' ' && f->id[i] <= '~';
    if (m->features_version != UT_FEATURES_VERSION || m->inputs != UT_CALLER_INPUTS)
        return ut_fault_set(fault, UT_EXIT_FEATURES,
                            "%s: trained on features version %d (%d inputs), this program has version %d (%d); train "
                            "the model again or use the program it was made for",
                            name, m->features_version, m->inputs, UT_FEATURES_VERSION, UT_CALLER_INPUTS);
    if (m->tables != ut_features_tables())
        return ut_fault_set(
            fault, UT_EXIT_FEATURES,
            "%s: trained on features of tables %d, this program has tables %d (0 research, 1 open); use "
            "the program built with such a model (make MODEL=ID), or train it with TABLES=",
            name, m->tables, ut_features_tables());
    if (!named)
        return unfit(name, "has no id of 1 to 4 printable characters", fault);
    if (!right_width(m->conv1, UT_MODEL_CONV_MAX) || !right_width(m->conv2, UT_MODEL_CONV_MAX) ||
        !right_width(m->hidden, UT_MODEL_HIDDEN_MAX))
        return unfit(name, "has layers of a width that this program cannot run", fault);
    if (m->explain_q > 15 || ut_bytes_get(data + 28, 4) != 0)
        return unfit(name, "has a header that makes no sense", fault);
    return 0;
}

/* Copies the arrays out, in this machine's byte order. 0, or -1 when out of memory. */
static int take_arrays(struct ut_model_file *f, const struct array *array, int n, const uint8_t *data)
{
    size_t room = 0;
    for (int i = 0; i < n; i++)
        room += (array[i].count * array[i].bytes + 7) / 8 * 8;
    uint8_t *to = f->arrays = malloc(room);
    if (to == NULL)
        return -1;
    for (int i = 0; i < n; i++) {
        memcpy(array[i].at, &to, sizeof to);
        for (size_t k = 0; k < array[i].count; k++, data += array[i].bytes) {
            uint32_t x = ut_bytes_get(data, array[i].bytes);
            if (array[i].bytes == 1)
                to[k] = (uint8_t)x;
            else if (array[i].bytes == 2)
                ((uint16_t *)(void *)to)[k] = (uint16_t)x;
            else
                ((uint32_t *)(void *)to)[k] = x;
        }
        to += (array[i].count * array[i].bytes + 7) / 8 * 8;
    }
    return 0;
}

int ut_model_file_parse(struct ut_model_file *f, const uint8_t *data, size_t len, const char *name,
                        struct ut_fault *fault)
{
    struct array array[ARRAYS_MAX];
    memset(f, 0, sizeof *f);
    if (len == 0)
        return ut_fault_set(fault, UT_EXIT_EMPTY, "%s: is empty; give a model file", name);
    if (memcmp(data, magic, len < sizeof magic ? len : sizeof magic) != 0)
        return unfit(name, "is no model file", fault);
    if (len < HEADER + TRAILER)
        return ut_fault_set(fault, UT_EXIT_TRUNCATED, "%s: is cut off in its header; copy it again", name);
    if (ut_bytes_get(data + 4, 2) != UT_MODEL_FILE_VERSION)
        return ut_fault_set(fault, UT_EXIT_MODEL, "%s: a model file of version %u, this program reads version %d; %s",
                            name, (unsigned)ut_bytes_get(data + 4, 2), UT_MODEL_FILE_VERSION,
                            "write it again with this program's `make train`");
    bool whole = ut_crc32(0, data, len - TRAILER) == ut_bytes_get(data + len - TRAILER, TRAILER);
    if (read_header(f, data, name, fault) != 0)
        return whole ? -1 : damaged(name, fault);
    int n = list_arrays(&f->model, array);
    size_t body = 0;
    for (int i = 0; i < n; i++)
        body += array[i].count * array[i].bytes;
    if (len < HEADER + body + TRAILER)
        return ut_fault_set(fault, UT_EXIT_TRUNCATED, "%s: is cut off after %zu of %zu bytes; copy it again", name, len,
                            HEADER + body + TRAILER);
    if (len > HEADER + body + TRAILER)
        return ut_fault_set(fault, UT_EXIT_TRUNCATED, "%s: goes on after the %zu bytes of its model; copy it again",
                            name, HEADER + body + TRAILER);
    if (!whole || ut_crc32(0, data + HEADER, body) != f->model.crc32)
        return damaged(name, fault);
    if (take_arrays(f, array, n, data + HEADER) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", name);
    const char *what = out_of_range(&f->model);
    if (what == NULL)
        return 0;
    ut_model_file_free(f);
    return ut_fault_set(fault, UT_EXIT_MODEL, "%s: %s has a number out of range; train the model again", name, what);
}

int ut_model_file_read(struct ut_model_file *f, const char *path, struct ut_fault *fault)
{
    memset(f, 0, sizeof *f);
    if (strcmp(path, "built-in") == 0) {
        f->model = ut_model_default;
        return 0;
    }
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened (%s); check the name", path, strerror(errno));
    uint8_t *data = malloc(FILE_MAX);
    size_t len = data != NULL ? fread(data, 1, FILE_MAX, file) : 0;
    int result;
    if (data == NULL)
        result = ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
    else if (ferror(file))
        result =
            ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be read (%s); give a model file", path, strerror(errno));
    else
        result = ut_model_file_parse(f, data, len, path, fault);
    (void)fclose(file);
    free(data);
    return result;
}

void ut_model_file_free(struct ut_model_file *f)
{
    free(f->arrays);
    memset(f, 0, sizeof *f);
}

uint8_t *ut_model_file_bytes(const struct ut_model *m, size_t *len)
{
    struct array array[ARRAYS_MAX];
    struct ut_model shape = *m;
    int n = list_arrays(&shape, array);
    size_t body = 0;
    for (int i = 0; i < n; i++)
        body += array[i].count * array[i].bytes;
    *len = HEADER + body + TRAILER;
    uint8_t *data = calloc(1, *len);
    if (data == NULL)
        return NULL;
    memcpy(data, magic, sizeof magic);
    ut_bytes_put(data + 4, UT_MODEL_FILE_VERSION, 2);
    ut_bytes_put(data + 6, m->features_version, 2);
    for (int i = 0; i < UT_MODEL_FILE_ID && m->id[i] != '\0'; i++)
        data[8 + i] = (uint8_t)m->id[i];
    ut_bytes_put(data + 16, m->inputs, 2);
    ut_bytes_put(data + 18, m->conv1, 2);
    ut_bytes_put(data + 20, m->conv2, 2);
    ut_bytes_put(data + 22, m->hidden, 2);
    ut_bytes_put(data + 24, m->explain_q, 2);
    ut_bytes_put(data + 26, m->tables, 2);
    uint8_t *to = data + HEADER;
    for (int i = 0; i < n; i++) {
        const void *from;
        memcpy(&from, array[i].at, sizeof from);
        for (size_t k = 0; k < array[i].count; k++, to += array[i].bytes) {
            uint32_t x = array[i].bytes == 1   ? ((const uint8_t *)from)[k]
                         : array[i].bytes == 2 ? ((const uint16_t *)from)[k]
                                               : ((const uint32_t *)from)[k];
            ut_bytes_put(to, x, array[i].bytes);
        }
    }
    ut_bytes_put(data + 12, ut_crc32(0, data + HEADER, body), 4);
    ut_bytes_put(to, ut_crc32(0, data, HEADER + body), TRAILER);
    return data;
}

int ut_model_file_write(const struct ut_model *m, const char *path, struct ut_fault *fault)
{
    struct ut_output out;
    size_t len;
    uint8_t *data = ut_model_file_bytes(m, &len);
    if (data == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
    int result = ut_output_open(&out, path, fault);
    if (result == 0) {
        (void)fwrite(data, 1, len, out.file);
        result = ut_output_commit(&out, fault);
    }
    free(data);
    return result;
}
