/* SPDX-License-Identifier: Apache-2.0 */
/* The areas of releases on this board. */
#include "boards/stm32f4-discovery/flash.h"
#include "tests/boards/stm32f4-discovery/flash_model.h"

static const struct {
    uint32_t offset, unit, bytes;
} areas[BOARD_AREAS] = {
    {.offset = 0x20000, .unit = 0x20000, .bytes = 0x40000},
    {.offset = 0x60000, .unit = 0x20000, .bytes = 0x40000},
    {.offset = 0xC000, .unit = 0x4000, .bytes = 0x4000},
    {.offset = 0x10000, .unit = 0x10000, .bytes = 0x10000},
};

#include "tests/boards/flash_test.h"

int main(void)
{
    const struct CMUnitTest tests[] = {FLASH_TESTS};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
