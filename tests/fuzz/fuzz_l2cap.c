/* SPDX-License-Identifier: Apache-2.0 */
/* Any fragments, and frames cut for sending: no undefined behaviour, no frame comes out that did not go in, and what is
 * sent is what was queued. The input is taken as fragments (flags, length, bytes); whole frames go through the
 * signalling channel too. */
#include "firmware/ble/l2cap.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A second receiver, as simple as can be: all bytes since the last beginning. */
static struct {
    uint8_t bytes[1024];
    size_t len;
    int over; /* nothing more belongs to this frame */
} model;

static int model_takes(int first, const uint8_t *data, size_t len)
{
    if (first) {
        model.len = 0;
        model.over = 0;
    }
    if (model.over)
        return 0;
    memcpy(model.bytes + model.len, data, len);
    model.len += len;
    if (model.len < UT_L2CAP_HEADER_BYTES)
        return 0;
    size_t whole = UT_L2CAP_HEADER_BYTES + (size_t)(model.bytes[0] | model.bytes[1] << 8);
    model.over = model.len >= whole || whole > UT_L2CAP_HEADER_BYTES + UT_L2CAP_PDU_BYTES;
    return model.len == whole && whole <= UT_L2CAP_HEADER_BYTES + UT_L2CAP_PDU_BYTES;
}

/* Sends all that is queued in pieces of `max`: whole frames with true lengths. */
static void drain(struct ut_l2cap *l, size_t max)
{
    const uint8_t *data;
    int first;
    size_t n, left = 0;
    while ((n = ut_l2cap_fragment(l, max, &first, &data)) > 0) {
        if (n > max || first != (left == 0))
            abort();
        if (first)
            left = UT_L2CAP_HEADER_BYTES + (size_t)(data[0] | data[1] << 8);
        left -= n;
        if (ut_l2cap_taken(l, n) != (left == 0))
            abort();
    }
    if (left != 0 || l->queued != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ut_l2cap_parameters wish = {24, 40, 4, 400};
    struct ut_l2cap l;
    unsigned channel;
    const uint8_t *pdu;
    size_t pdu_len;
    ut_l2cap_init(&l);
    memset(&model, 0, sizeof model);
    model.over = 1;
    while (size >= 2) {
        int first = data[0] & 1;
        size_t len = data[1] < size - 2 ? data[1] : size - 2;
        int whole = ut_l2cap_receive(&l, first, data + 2, len, &channel, &pdu, &pdu_len);
        if (whole != model_takes(first, data + 2, len))
            abort();
        if (whole && (pdu_len != model.len - UT_L2CAP_HEADER_BYTES || memcmp(pdu, model.bytes + 4, pdu_len) != 0))
            abort();
        if (whole) {
            uint8_t *out = ut_l2cap_begin(&l, pdu_len);
            if (out != NULL) {
                memcpy(out, pdu, pdu_len);
                ut_l2cap_end(&l, channel, pdu_len);
            }
            ut_l2cap_signal(&l, pdu, pdu_len);
        }
        if (data[0] & 2)
            ut_l2cap_ask(&l, &wish);
        if (data[0] & 4)
            drain(&l, 1 + data[0] / 8U);
        data += 2 + len;
        size -= 2 + len;
    }
    drain(&l, 27);
    return 0;
}
