/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of updates and their answers, for the tests of the server. */
#ifndef UT_TESTS_FIRMWARE_UPDATE_SMP_H
#define UT_TESTS_FIRMWARE_UPDATE_SMP_H

#include "firmware/update/cbor.h"
#include "firmware/update/console.h"
#include "firmware/update/server.h"

#include <string.h>

enum { SMP_READ = 0, SMP_WRITE = 2, SMP_OS = 0, SMP_IMAGE = 1, SMP_HEADER = 8 };

static struct ut_server server;
static uint32_t smp_blocks;
static int smp_restart;

/* Asks with a map that `o` has; the answer's map and its length, NULL without an answer. */
static inline const uint8_t *smp_ask(unsigned op, unsigned group, unsigned id, const struct ut_cbor_out *o, size_t *len)
{
    uint8_t packet[UT_CONSOLE_PACKET_BYTES] = {(uint8_t)(1U << 3 | op),
                                               0,
                                               (uint8_t)(o->len >> 8),
                                               (uint8_t)o->len,
                                               (uint8_t)(group >> 8),
                                               (uint8_t)group,
                                               42,
                                               (uint8_t)id};
    memcpy(packet + SMP_HEADER, o->to, o->len);
    size_t n = ut_server_handle(&server, packet, SMP_HEADER + o->len, sizeof packet, smp_blocks, &smp_restart);
    if (n == 0)
        return NULL;
    *len = n - SMP_HEADER;
    if (server.answer[0] != (1U << 3 | (op + 1)) || server.answer[6] != 42 || server.answer[7] != id ||
        (size_t)(server.answer[2] << 8 | server.answer[3]) != *len)
        return NULL;
    return server.answer + SMP_HEADER;
}

/* A piece of an image; where the server wants the next one, or minus its error. */
static inline long smp_piece(const uint8_t *image, uint32_t length, uint32_t at, uint32_t n, const uint8_t *sha)
{
    uint8_t map[UT_CONSOLE_PACKET_BYTES - SMP_HEADER];
    struct ut_cbor_out o = {map, sizeof map, 0, 0};
    struct ut_cbor_value v;
    ut_cbor_put_map(&o);
    ut_cbor_put_text(&o, "off");
    ut_cbor_put_number(&o, at);
    if (at == 0) {
        ut_cbor_put_text(&o, "len");
        ut_cbor_put_number(&o, length);
        if (sha != NULL) {
            ut_cbor_put_text(&o, "sha");
            ut_cbor_put_bytes(&o, sha, 32);
        }
    }
    ut_cbor_put_text(&o, "data");
    ut_cbor_put_bytes(&o, image + at, n);
    ut_cbor_put_end(&o);
    size_t len;
    const uint8_t *answer = smp_ask(SMP_WRITE, SMP_IMAGE, 1, &o, &len);
    if (answer != NULL && ut_cbor_find(answer, len, "off", UT_CBOR_NUMBER, &v) == 1)
        return (long)v.number;
    /* {"err": {"group": 1, "rc": N}}: the number stands behind "rc" */
    for (size_t i = 0; answer != NULL && i + 2 < len; i++)
        if (memcmp(answer + i, "rc", 2) == 0)
            return -(long)(answer[i + 2] == 24 ? answer[i + 3] : answer[i + 2]);
    return -1000;
}

#endif
