/* SPDX-License-Identifier: Apache-2.0 */
/* Any words of a flashing tool: a verdict there is, and the line that is shown for it is one line of its output. */
#include "host-tools/headset/flash_tool.h"
#include "host-tools/system/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Byte 0: which tool; byte 1: how it ended; byte 2: the room of the line; byte 3: whether a probe was asked for. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const boards[] = {"stm32f4-discovery", "nrf52840-dk"};
    static struct ut_program p;
    char line[256], clean[256];
    if (size < 4)
        return 0;
    size_t n = size - 4 < sizeof p.output - 1 ? size - 4 : sizeof p.output - 1, room = data[2] == 0 ? 1 : data[2];
    enum ut_flash_tool tool = (enum ut_flash_tool)(data[0] % UT_FLASH_TOOLS);
    memset(&p, 0, sizeof p);
    p.status = data[1] & 1;
    p.timed_out = (data[1] & 6) == 6;
    memcpy(p.output, data + 4, n);
    memset(line, 'x', sizeof line);
    int verdict = (int)ut_flash_read(tool, &p, line, room);
    if (verdict < 0 || verdict >= UT_FLASH_VERDICTS || memchr(line, '\0', room) == NULL || line[room] != 'x' ||
        (verdict == UT_FLASH_DONE) != (verdict == UT_FLASH_DONE && p.status == 0 && !p.timed_out))
        abort();
    (void)snprintf(clean, sizeof clean, "%s", line);
    ut_utf8_clean(clean);
    if (strcmp(clean, line) != 0)
        abort();
    for (size_t i = 0; i < sizeof boards / sizeof boards[0]; i++) {
        const struct ut_flash_board *board = ut_flash_board(boards[i]);
        if (board == NULL)
            abort();
        if ((board->tools & 1U << tool) == 0)
            continue;
        verdict = (int)ut_flash_chip(board, tool, p.output, (data[3] & 1) != 0 ? "0668FF" : "");
        if (verdict != UT_FLASH_DONE && verdict != UT_FLASH_WRONG_CHIP && verdict != UT_FLASH_NO_CHIP)
            abort();
    }
    return 0;
}
