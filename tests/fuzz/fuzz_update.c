/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes on the link, and any packet behind a header that fits: nothing runs over, the running image stays as it is,
 * no image that nobody signed is asked for. */
#include "firmware/boot/trailer.h"
#include "tests/firmware/boot/slots_memory.h"
#include "tests/firmware/update/smp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void answer(const uint8_t *packet, size_t len)
{
    if (ut_server_handle(&server, packet, len, UT_CONSOLE_PACKET_BYTES, UT_SERVER_BLOCKS, &smp_restart) >
        sizeof server.answer)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ut_console console;
    static uint8_t before[SLOT_BYTES];
    struct ut_trailer t;
    memory_clear(1);
    place_image(BOARD_SLOT_A, 1, 0);
    (void)ut_trailer_ask(BOARD_SLOT_A);
    (void)ut_trailer_keep(BOARD_SLOT_A);
    memcpy(before, memory.area[BOARD_SLOT_A], sizeof before);
    ut_server_init(&server, "test", 1, 0);
    server.running = BOARD_SLOT_A;
    ut_console_init(&console);
    for (size_t i = 0; i < size; i++) {
        uint8_t pass[2];
        size_t len;
        const uint8_t *packet =
            ut_console_take(&console, data[i], pass) == 0 ? ut_console_packet(&console, &len) : NULL;
        if (packet != NULL)
            answer(packet, len);
    }
    while (size >= 4) { /* {op, group, id, length} and a map, one behind the other */
        static uint8_t packet[UT_CONSOLE_PACKET_BYTES];
        size_t n = data[3] < size - 4 ? data[3] : size - 4;
        memset(packet, 0, SMP_HEADER);
        packet[0] = data[0];
        packet[3] = (uint8_t)n;
        packet[5] = data[1];
        packet[7] = data[2];
        memcpy(packet + SMP_HEADER, data + 4, n);
        answer(packet, SMP_HEADER + n);
        data += 4 + n;
        size -= 4 + n;
    }
    ut_trailer_read(&t, BOARD_SLOT_B);
    if (memcmp(before, memory.area[BOARD_SLOT_A], sizeof before) != 0 || t.state == UT_SLOT_PENDING)
        abort();
    return 0;
}
