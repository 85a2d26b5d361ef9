/* SPDX-License-Identifier: Apache-2.0 */
/* Any map as a headset's answer to each request, behind a header that fits: texts end, and are printable. */
#include "host-tools/headset/update_packet.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t sha256[32];
    uint8_t packet[UT_UPDATE_PACKET_BYTES];
    size_t n = size < sizeof packet - UT_UPDATE_HEADER_BYTES ? size : sizeof packet - UT_UPDATE_HEADER_BYTES;
    for (int ask = UT_UPDATE_PARAMETERS; ask <= UT_UPDATE_RESTART; ask++) {
        const struct ut_update_request r = {.ask = (enum ut_update_ask)ask, .sha256 = sha256, .data = sha256};
        struct ut_update_answer a;
        if (ut_update_pack(&r, packet, sizeof packet) == 0)
            abort();
        packet[0]++; /* the answer's */
        packet[2] = (uint8_t)(n >> 8);
        packet[3] = (uint8_t)n;
        memcpy(packet + UT_UPDATE_HEADER_BYTES, data, n);
        if (ut_update_unpack(packet, UT_UPDATE_HEADER_BYTES + n, &r, &a) != 0)
            continue;
        for (int i = 0; i < UT_UPDATE_SLOTS; i++)
            for (const char *p = a.slot[i].version; *p != '\0'; p++)
                if (*p < ' ' || *p > '~')
                    abort();
    }
    return 0;
}
