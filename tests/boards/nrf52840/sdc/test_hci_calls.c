/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/nrf52840/sdc/hci_calls.h"
#include "tests/boards/nrf52840/sdc/sdc_double.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { EVENT = 4 };

/* Each command of the host, at its own length and at others, and one that is for controllers without buffers for LE. */
static void test_commands(void **state)
{
    (void)state;
    sdc_double_clear();
    sdc_double.in_irq = sdc_double.enabled = 1;
    static const struct {
        uint16_t opcode;
        uint8_t takes, gives;
        int status;
    } all[] = {{0x0C03, 0, 0, 0},  {0x0C01, 8, 0, 0}, {0x0406, 3, 0, 1}, {0x1405, 2, 3, 0},  {0x2001, 8, 0, 0},
               {0x2002, 0, 3, 0},  {0x2003, 0, 8, 0}, {0x2005, 6, 0, 0}, {0x2006, 15, 0, 0}, {0x2008, 32, 0, 0},
               {0x2009, 32, 0, 0}, {0x200A, 1, 0, 0}, {0x2010, 0, 0, 0}, {0x2011, 7, 0, 0},  {0x2018, 0, 8, 0},
               {0x201A, 18, 2, 0}, {0x201B, 2, 2, 0}, {0x2022, 6, 2, 0}, {0x2027, 39, 0, 0}, {0x2029, 0, 0, 0},
               {0x202D, 1, 0, 0},  {0x2032, 7, 0, 1}, {0x204E, 8, 0, 0}, {0x1005, 0, 0, 0}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        for (int off = 0; off < 2; off++)
            for (int refused = 0; refused < 2; refused++) {
                int known = all[i].opcode != 0x1005;
                uint8_t len = (uint8_t)(all[i].takes + off), heard[UT_NRF_HCI_ANSWER_BYTES];
                uint8_t said[3 + 64] = {(uint8_t)all[i].opcode, (uint8_t)(all[i].opcode >> 8), len, 0x40, 0};
                uint8_t status = !known ? 0x01 : off ? 0x12 : refused ? 0x0C : 0;
                sdc_double.refuse = refused ? 0x0C : 0;
                size_t n = ut_nrf_hci_call(said, heard);
                if (all[i].status) {
                    const uint8_t wanted[] = {EVENT, 0x0F, 4, status, 1, said[0], said[1]};
                    assert_int_equal(n, sizeof wanted);
                    assert_memory_equal(heard, wanted, sizeof wanted);
                } else {
                    const uint8_t wanted[] = {EVENT, 0x0E, (uint8_t)(4 + all[i].gives), 1, said[0], said[1], status};
                    assert_int_equal(n, sizeof wanted + all[i].gives);
                    assert_memory_equal(heard, wanted, sizeof wanted);
                    if (all[i].gives == 2 && !off)
                        assert_int_equal(heard[7], 0x40); /* the handle */
                }
            }
    assert_int_equal(sdc_double.resets, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
