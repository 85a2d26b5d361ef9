/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes on the serial line: no undefined behaviour, and what unpacks packs back to the same bytes. */
#include "firmware/wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_record(const uint8_t *record)
{
    uint8_t again[UT_WIRE_RECORD_BYTES];
    struct ut_wire_hello hello;
    struct ut_wire_score score;
    struct ut_wire_turn turn;
    struct ut_wire_status status;
    struct ut_wire_reset reset;
    struct ut_wire_request request;
    struct ut_wire_reply reply;
    if (ut_wire_unpack_hello(record, &hello) == 0)
        ut_wire_pack_hello(again, record[1], &hello);
    else if (ut_wire_unpack_score(record, &score) == 0)
        ut_wire_pack_score(again, record[1], &score);
    else if (ut_wire_unpack_turn(record, &turn) == 0)
        ut_wire_pack_turn(again, record[1], &turn);
    else if (ut_wire_unpack_status(record, &status) == 0)
        ut_wire_pack_status(again, record[1], &status);
    else if (ut_wire_unpack_reset(record, &reset) == 0)
        ut_wire_pack_reset(again, record[1], &reset);
    else if (ut_wire_unpack_request(record, &request) == 0)
        ut_wire_pack_request(again, record[1], &request);
    else if (ut_wire_unpack_reply(record, &reply) == 0)
        ut_wire_pack_reply(again, record[1], &reply);
    else
        return;
    if (memcmp(again, record, sizeof again) != 0)
        abort();
}

/* The input is taken as bytes of a line, and again as a record whose frame must be received. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ut_wire_receiver rx;
    uint8_t record[UT_WIRE_RECORD_BYTES];
    uint32_t records = 0, malformed = 0;
    ut_wire_receiver_init(&rx);
    for (size_t i = 0; i < size; i++) {
        int result = ut_wire_receive(&rx, data[i], record);
        if (result == 1) {
            records++;
            check_record(record);
        } else if (result == UT_ERR_MALFORMED) {
            malformed++;
        } else if (result != 0) {
            abort();
        }
    }
    if (rx.records != records || rx.malformed != malformed)
        abort();

    if (size >= UT_WIRE_RECORD_BYTES) {
        uint8_t frame[UT_WIRE_FRAME_BYTES];
        int result = ut_wire_receive(&rx, 0, record);
        check_record(data);
        (void)ut_wire_frame(data, frame);
        for (int i = 0; i < UT_WIRE_FRAME_BYTES; i++)
            result = ut_wire_receive(&rx, frame[i], record);
        if (result != 1 || memcmp(record, data, sizeof record) != 0)
            abort();
    }
    return 0;
}
