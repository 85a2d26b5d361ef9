/* SPDX-License-Identifier: Apache-2.0 */
/* The device program with a fault inside: ten blocks into its first call it goes wrong in the way that the last word
 * of its command line names.
 * Linked with --wrap=board_init and --wrap=ut_call_push. tests/boards/cortexm/test_crash.py. */
#include "boards/board.h"
#include "boards/mps2/semihost.h"
#include "firmware/call.h"
#include "firmware/image.h"

#include <string.h>

int __real_board_init(void);
int __wrap_board_init(void);
void __real_ut_call_push(struct ut_call *c, const int16_t *pairs, size_t frames);
void __wrap_ut_call_push(struct ut_call *c, const int16_t *pairs, size_t frames);
int ut_faults_overflow(int n);
void ut_faults_wild(void);
void ut_faults_flash(void);
void ut_faults_standstill(void);
int ut_faults_divide(int by);

static const char *how = "";
static volatile int deeper = 1;

__attribute__((noinline)) int ut_faults_overflow(int n)
{
    volatile uint32_t frame[64];
    for (int i = 63; i >= 0; i--)
        frame[i] = UT_IMAGE_OFFSET + 5; /* odd and inside the image, but no return address */
    return deeper ? ut_faults_overflow(n + 1) + (int)frame[0] : 0;
}

__attribute__((noinline)) void ut_faults_wild(void)
{
    *(volatile int *)0x70000000 = 1;
}

/* Where slot A's image lies: flash that only its writer may change. */
__attribute__((noinline)) void ut_faults_flash(void)
{
    *(volatile int *)0x21010000 = 1;
}

__attribute__((noinline)) int ut_faults_divide(int by)
{
    return 1000 / by;
}

__attribute__((noinline)) void ut_faults_standstill(void)
{
    while (deeper)
        continue;
}

int __wrap_board_init(void)
{
    how = ut_mps2_argv[--ut_mps2_argc];
    return __real_board_init();
}

void __wrap_ut_call_push(struct ut_call *c, const int16_t *pairs, size_t frames)
{
    struct board_crash last;
    board_crash(&last);
    if (last.cause == BOARD_RESET_POWER && c->rows == 10) {
        if (strcmp(how, "standstill") == 0)
            ut_faults_standstill();
        else if (strcmp(how, "overflow") == 0)
            (void)ut_faults_overflow(0);
        else if (strcmp(how, "wild") == 0)
            ut_faults_wild();
        else if (strcmp(how, "flash") == 0)
            ut_faults_flash();
        else if (strcmp(how, "divide") == 0)
            deeper = ut_faults_divide(deeper - 1);
        else if (strcmp(how, "reset") == 0)
            board_reset();
    }
    __real_ut_call_push(c, pairs, frames);
}
