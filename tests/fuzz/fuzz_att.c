/* SPDX-License-Identifier: Apache-2.0 */
/* Any PDUs over a link of any security: every request gets one answer that fits the MTU, everything else none, and over
 * a link that is not good enough nothing secured is written. The input: the link (one byte), then PDUs (length, bytes).
 */
#include "boards/board.h"
#include "firmware/ble/att.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const char board_name[4] = {'f', 'u', 'z', 'z'};

uint8_t board_battery(void)
{
    return 50;
}

static struct ut_gatt gatt;

static int control(void *ctx, const uint8_t *data, size_t len)
{
    (void)ctx;
    if (!ut_gatt_secure(&gatt))
        abort();
    return len > 0 ? data[0] : 0;
}

static void check_answer(const uint8_t *pdu, const uint8_t *out, size_t n, size_t mtu)
{
    int request = (pdu[0] & 0x41) == 0 && pdu[0] != 0x1E;
    if (n > mtu || (n > 0) != (request || pdu[0] == 0x1D))
        abort();
    if (n > 0 && out[0] == 0x01 && (n != 5 || out[1] != pdu[0] || out[4] == 0))
        if (pdu[0] != 0x1D)
            abort();
    if (request && out[0] != 0x01 && out[0] != pdu[0] + 1)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ut_att att;
    if (size == 0)
        return 0;
    ut_gatt_init(&gatt, data[0] & 1 ? UT_GATT_AUTHENTICATED : UT_GATT_ENCRYPTED, control, control, NULL);
    gatt.security = (uint8_t)((data[0] >> 1) % 3);
    gatt.known = data[0] >> 3 & 1;
    gatt.aware = data[0] >> 4 & 1;
    gatt.features = data[0] >> 5;
    ut_att_init(&att, &gatt);
    data++;
    size--;
    while (size > 0) {
        /* Both of exactly their size, so that a byte beyond is found. */
        size_t len = data[0] < size - 1 ? data[0] : size - 1, mtu = att.mtu;
        uint8_t *pdu = malloc(len > 0 ? len : 1), *out = malloc(UT_ATT_MTU_MAX);
        if (pdu == NULL || out == NULL)
            abort();
        memcpy(pdu, data + 1, len);
        size_t n = ut_att_receive(&att, pdu, len, out);
        if (len > 0)
            check_answer(pdu, out, n, mtu);
        else if (n != 0)
            abort();
        (void)ut_att_indicate(&att, 0, out);
        free(pdu);
        free(out);
        if (att.mtu < UT_ATT_MTU_MIN || att.mtu > UT_ATT_MTU_MAX)
            abort();
        if (!ut_gatt_secure(&gatt) && (gatt.on & (UT_GATT_STREAM_ON | UT_GATT_CONTROL_ON | UT_GATT_PACKET_ON)) != 0)
            abort();
        data += 1 + len;
        size -= 1 + len;
    }
    return 0;
}
