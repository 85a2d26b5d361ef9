/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR (RFC 8949) as far as update requests and their answers need it: one flat map, definite or indefinite.
 *
 * in    bytes from anywhere; keys are text
 * out   the value of a key; an answer, written in order
 * Nested values, tags and fractions make a request malformed. Nothing is copied.
 */
#ifndef UT_FIRMWARE_UPDATE_CBOR_H
#define UT_FIRMWARE_UPDATE_CBOR_H

#include <stddef.h>
#include <stdint.h>

enum ut_cbor_kind { UT_CBOR_NUMBER = 0, UT_CBOR_BYTES = 2, UT_CBOR_TEXT = 3, UT_CBOR_BOOL = 7 };

struct ut_cbor_value {
    enum ut_cbor_kind kind;
    uint32_t number;      /* or the length, or 0 and 1 */
    const uint8_t *bytes; /* of BYTES and TEXT */
};

/* 1 = found, of that kind; 0 = the map does not have the key; -1 = malformed, or of another kind. */
int ut_cbor_find(const uint8_t *map, size_t len, const char *key, enum ut_cbor_kind kind, struct ut_cbor_value *value);

/* What is written beyond the room is left out, and full stays 1. */
struct ut_cbor_out {
    uint8_t *to;
    size_t room, len;
    int full;
};
void ut_cbor_put_map(struct ut_cbor_out *o); /* indefinite: ends with put_end */
void ut_cbor_put_list(struct ut_cbor_out *o);
void ut_cbor_put_end(struct ut_cbor_out *o);
void ut_cbor_put_text(struct ut_cbor_out *o, const char *text);
void ut_cbor_put_texts(struct ut_cbor_out *o, const uint8_t *text, size_t len);
void ut_cbor_put_bytes(struct ut_cbor_out *o, const uint8_t *bytes, size_t len);
void ut_cbor_put_number(struct ut_cbor_out *o, uint32_t number);
void ut_cbor_put_bool(struct ut_cbor_out *o, int on);

#endif
