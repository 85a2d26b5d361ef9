/* SPDX-License-Identifier: Apache-2.0 */
/* A device program that goes wrong in the way its command line names: tests/boards/test_mps2.py. */
#include "boards/board.h"
#include "boards/mps2/semihost.h"

#include <string.h>

static volatile int deeper = 1;

static int overflow(int n)
{
    volatile char frame[256];
    frame[0] = (char)n;
    return deeper ? overflow(n + 1) + frame[0] : 0;
}

int ut_main(void)
{
    const char *how = ut_mps2_argv[1];
    board_init();
    if (strcmp(how, "standstill") == 0)
        for (;;)
            (void)deeper;
    else if (strcmp(how, "overflow") == 0)
        return overflow(0);
    else if (strcmp(how, "wild") == 0)
        *(volatile int *)0x70000000 = 1;
    return 0;
}
