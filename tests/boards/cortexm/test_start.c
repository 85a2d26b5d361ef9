/* SPDX-License-Identifier: Apache-2.0 */
/* What memory holds when the program begins, and what comes after the program. The symbols of a linker script are those
 * of the memory below. */
#include "boards/cortexm/start.h"

#include "boards/board.h"
#include "tests/boards/registers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { STACK = 64, DEEP = 20, DATA = 10, BSS = 12, BESIDE = 4, JUNK = 0x11223344 };

/* In words: beside, stack, beside, data, beside, bss, beside, load. */
__asm__(".data\n"
        ".balign 8\n"
        ".globl memory, ut_stack_bottom, ut_data_begin, ut_data_end, ut_bss_begin, ut_bss_end\n"
        ".globl ut_data_load\n"
        "memory: .skip 4 * 4\n"
        "ut_stack_bottom: .skip (64 + 4) * 4\n"
        "ut_data_begin: .skip 10 * 4\n"
        "ut_data_end: .skip 4 * 4\n"
        "ut_bss_begin: .skip 12 * 4\n"
        "ut_bss_end: .skip 4 * 4\n"
        "ut_data_load: .skip 10 * 4\n"
        ".text\n");
enum { WORDS = STACK + DATA + BSS + DATA + 4 * BESIDE };
extern uint32_t memory[], ut_stack_bottom[], ut_data_begin[], ut_bss_begin[], ut_data_load[];

static uint32_t at_main[WORDS]; /* what the program found */
static int mains;

int ut_main(void)
{
    memcpy(at_main, memory, sizeof at_main);
    mains++;
    return 0;
}

_Noreturn void board_reset(void)
{
    longjmp(ut_model.away, 3);
}

static void test_start(void **state)
{
    (void)state;
    ut_model_clear();
    for (int i = 0; i < WORDS; i++)
        memory[i] = JUNK;
    for (uint32_t i = 0; i < DATA; i++)
        ut_data_load[i] = 1000 + i;
    ut_model.stack = ut_stack_bottom + STACK - DEEP;
    int came = setjmp(ut_model.away);
    if (came == 0)
        ut_cortexm_start();
    assert_int_equal(came, 3); /* a program that comes back is started again */
    assert_int_equal(mains, 1);

    const uint32_t *word = at_main;
    for (int i = 0; i < BESIDE; i++)
        assert_int_equal(*word++, JUNK);
    for (int i = 0; i < STACK - DEEP; i++)
        assert_int_equal(*word++, UT_CORTEXM_STACK_FILL);
    for (int i = 0; i < DEEP + BESIDE; i++) /* what is in use stays, as does what lies above */
        assert_int_equal(*word++, JUNK);
    for (uint32_t i = 0; i < DATA; i++)
        assert_int_equal(*word++, 1000 + i);
    for (int i = 0; i < BESIDE; i++)
        assert_int_equal(*word++, JUNK);
    for (int i = 0; i < BSS; i++)
        assert_int_equal(*word++, 0);
    for (int i = 0; i < BESIDE; i++)
        assert_int_equal(*word++, JUNK);
    for (uint32_t i = 0; i < DATA; i++)
        assert_int_equal(*word++, 1000 + i);
    assert_ptr_equal(word, at_main + WORDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
