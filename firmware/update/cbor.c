/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/update/cbor.h"

#include <string.h>

enum { MAP = 5, SIMPLE = 7, INDEFINITE = 31, FALSE = 20, TRUE = 21, BREAK = 0xFF };

struct in {
    const uint8_t *at, *end;
};

/* Major type and argument of the next item; -1: malformed, or larger than 32 bits. */
static int take_head(struct in *in, int *major, uint32_t *argument, int *indefinite)
{
    if (in->at >= in->end)
        return -1;
    uint8_t first = *in->at++;
    unsigned more = first & 31, bytes = more < 24 ? 0 : 1U << (more - 24);
    *major = first >> 5;
    *indefinite = more == INDEFINITE;
    *argument = more;
    if (more < 24 || *indefinite)
        return 0;
    if (more > 26 || bytes > (size_t)(in->end - in->at))
        return -1;
    for (*argument = 0; bytes > 0; bytes--)
        *argument = *argument << 8 | *in->at++;
    return 0;
}

static int take_value(struct in *in, struct ut_cbor_value *value)
{
    int major, indefinite;
    uint32_t argument;
    if (take_head(in, &major, &argument, &indefinite) != 0 || indefinite)
        return -1;
    value->kind = (enum ut_cbor_kind)major;
    value->number = argument;
    value->bytes = in->at;
    if (major == UT_CBOR_NUMBER)
        return 0;
    if (major == SIMPLE && (argument == FALSE || argument == TRUE)) {
        value->number = argument == TRUE;
        return 0;
    }
    if ((major != UT_CBOR_BYTES && major != UT_CBOR_TEXT) || argument > (size_t)(in->end - in->at))
        return -1;
    in->at += argument;
    return 0;
}

int ut_cbor_find(const uint8_t *map, size_t len, const char *key, enum ut_cbor_kind kind, struct ut_cbor_value *value)
{
    struct in in = {map, map + len};
    int major, indefinite, found = 0;
    uint32_t pairs;
    if (take_head(&in, &major, &pairs, &indefinite) != 0 || major != MAP)
        return -1;
    for (uint32_t i = 0; indefinite || i < pairs; i++) {
        struct ut_cbor_value name, its;
        if (indefinite && in.at < in.end && *in.at == BREAK)
            break;
        if (take_value(&in, &name) != 0 || name.kind != UT_CBOR_TEXT || take_value(&in, &its) != 0)
            return -1;
        if (found || name.number != strlen(key) || memcmp(name.bytes, key, name.number) != 0)
            continue;
        found = its.kind == kind ? 1 : -1;
        *value = its;
    }
    return found;
}

static void put(struct ut_cbor_out *o, const uint8_t *bytes, size_t len)
{
    if (len > o->room - o->len) {
        o->full = 1;
        return;
    }
    memcpy(o->to + o->len, bytes, len);
    o->len += len;
}

static void put_head(struct ut_cbor_out *o, unsigned major, uint32_t argument)
{
    uint8_t head[5] = {(uint8_t)(major << 5 | 26), (uint8_t)(argument >> 24), (uint8_t)(argument >> 16),
                       (uint8_t)(argument >> 8), (uint8_t)argument};
    unsigned skip = argument < 24 ? 4 : argument < 0x100 ? 3 : argument < 0x10000 ? 2 : 0;
    if (skip == 4)
        head[4] = (uint8_t)(major << 5 | argument);
    else
        head[skip] = (uint8_t)(major << 5 | (skip == 3 ? 24U : skip == 2 ? 25U : 26U));
    put(o, head + skip, sizeof head - skip);
}

static void put_byte(struct ut_cbor_out *o, uint8_t byte)
{
    put(o, &byte, 1);
}

void ut_cbor_put_map(struct ut_cbor_out *o)
{
    put_byte(o, MAP << 5 | INDEFINITE);
}

void ut_cbor_put_list(struct ut_cbor_out *o)
{
    put_byte(o, 4 << 5 | INDEFINITE);
}

void ut_cbor_put_end(struct ut_cbor_out *o)
{
    put_byte(o, BREAK);
}

void ut_cbor_put_texts(struct ut_cbor_out *o, const uint8_t *text, size_t len)
{
    put_head(o, UT_CBOR_TEXT, (uint32_t)len);
    put(o, text, len);
}

void ut_cbor_put_text(struct ut_cbor_out *o, const char *text)
{
    ut_cbor_put_texts(o, (const uint8_t *)text, strlen(text));
}

void ut_cbor_put_bytes(struct ut_cbor_out *o, const uint8_t *bytes, size_t len)
{
    put_head(o, UT_CBOR_BYTES, (uint32_t)len);
    put(o, bytes, len);
}

void ut_cbor_put_number(struct ut_cbor_out *o, uint32_t number)
{
    put_head(o, UT_CBOR_NUMBER, number);
}

void ut_cbor_put_bool(struct ut_cbor_out *o, int on)
{
    put_byte(o, (uint8_t)(SIMPLE << 5 | (on ? TRUE : FALSE)));
}
