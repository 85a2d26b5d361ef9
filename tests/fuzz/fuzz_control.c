/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as requests to a headset, and any bytes in its non-volatile memory: no undefined behaviour, every reply
 * unpacks, settings stay within their ranges, and what a reply confirmed is found at the next start. */
#include "firmware/control.h"

#include "boards/board.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t memory[BOARD_STORE_PAGES][BOARD_STORE_PAGE_BYTES];

void board_store_read(unsigned page, size_t at, void *to, size_t len)
{
    if (page >= BOARD_STORE_PAGES || at + len > BOARD_STORE_PAGE_BYTES || at % 4 != 0 || len % 4 != 0)
        abort();
    memcpy(to, memory[page] + at, len);
}

int board_store_erase(unsigned page)
{
    memset(memory[page], 0xFF, BOARD_STORE_PAGE_BYTES);
    return 0;
}

int board_store_write(unsigned page, size_t at, const void *from, size_t len)
{
    if (page >= BOARD_STORE_PAGES || at + len > BOARD_STORE_PAGE_BYTES || at % 4 != 0 || len % 4 != 0)
        abort();
    memcpy(memory[page] + at, from, len);
    return 0;
}

static void check_settings(const struct ut_settings *s)
{
    int least, most;
    for (int key = 1; key < UT_SETTING_KEYS; key++)
        if (ut_settings_range(key, &least, &most) == 0 && (s->number[key] < least || s->number[key] > most))
            abort();
    if (s->number[UT_SETTING_UART] == 0 && s->number[UT_SETTING_BLE] == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ut_store store;
    struct ut_settings settings, again;
    struct ut_control control;
    struct ut_wire_reply reply;
    uint8_t record[UT_WIRE_RECORD_BYTES], answer[UT_WIRE_RECORD_BYTES];
    if (size == 0)
        return 0;
    memset(memory, 0xFF, sizeof memory);
    memcpy(memory[0], data, size < BOARD_STORE_PAGE_BYTES ? size : BOARD_STORE_PAGE_BYTES);
    (void)ut_store_mount(&store);
    ut_settings_unpack(&settings, data, size);
    check_settings(&settings);
    (void)ut_store_set(&store, UT_STORE_SETTINGS, data, size < UT_STORE_VALUE_BYTES ? size : UT_STORE_VALUE_BYTES);
    ut_control_init(&control, &settings, &store, 1, 0);
    check_settings(&settings);
    for (size_t at = 0; at + UT_WIRE_RECORD_BYTES <= size; at += UT_WIRE_RECORD_BYTES) {
        memcpy(record, data + at, sizeof record);
        record[0] = UT_WIRE_VERSION << 4 | UT_WIRE_REQUEST;
        record[6] = record[7] = 0;
        if (!ut_control_handle(&control, record, answer))
            continue;
        if (ut_wire_unpack_reply(answer, &reply) != 0 || reply.op != record[2] || reply.tag != record[3])
            abort();
        check_settings(&settings);
    }
    if (ut_store_mount(&store) != 0)
        abort();
    ut_control_init(&control, &again, &store, 1, 0);
    if (memcmp(&again, &settings, sizeof again) != 0)
        abort();
    return 0;
}
