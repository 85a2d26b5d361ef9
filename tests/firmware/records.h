/* SPDX-License-Identifier: Apache-2.0 */
/* Small valid records that tests tell apart by type and number. */
#ifndef UT_TESTS_FIRMWARE_RECORDS_H
#define UT_TESTS_FIRMWARE_RECORDS_H

#include "firmware/wire.h"

static inline void make_record(uint8_t record[UT_WIRE_RECORD_BYTES], int type, uint8_t seq)
{
    const struct ut_wire_hello hello = {.fw_major = 9};
    const struct ut_wire_score score = {.t_ms = seq};
    const struct ut_wire_turn turn = {.kind = 1, .t_ms = seq};
    const struct ut_wire_status status = {.t_ms = seq};
    if (type == UT_WIRE_HELLO)
        ut_wire_pack_hello(record, seq, &hello);
    else if (type == UT_WIRE_SCORE)
        ut_wire_pack_score(record, seq, &score);
    else if (type == UT_WIRE_TURN)
        ut_wire_pack_turn(record, seq, &turn);
    else
        ut_wire_pack_status(record, seq, &status);
}

#endif
