/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to the emulator's host: Arm semihosting, the subset this board needs.
 *
 * in    operation number and argument block, as in "Semihosting for AArch32 and AArch64", section 6
 * out   the host's answer
 * Every call may stop the machine for any host time; virtual time under -icount does not advance meanwhile.
 */
#ifndef UT_BOARDS_MPS2_SEMIHOST_H
#define UT_BOARDS_MPS2_SEMIHOST_H

#include <stddef.h>
#include <stdint.h>

enum {
    UT_SEMIHOST_OPEN = 0x01,
    UT_SEMIHOST_CLOSE = 0x02,
    UT_SEMIHOST_WRITE0 = 0x04,
    UT_SEMIHOST_WRITE = 0x05,
    UT_SEMIHOST_READ = 0x06,
    UT_SEMIHOST_SEEK = 0x0A,
    UT_SEMIHOST_FILE_LENGTH = 0x0C,
    UT_SEMIHOST_GET_CMDLINE = 0x15,
    UT_SEMIHOST_EXIT_EXTENDED = 0x20,
    UT_SEMIHOST_MODE_RB = 1,
    UT_SEMIHOST_MODE_RB_PLUS = 3,
    UT_SEMIHOST_MODE_WB_PLUS = 7,
    UT_SEMIHOST_APPLICATION_EXIT = 0x20026
};

static inline int ut_semihost(int operation, const void *argument)
{
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static inline void ut_semihost_print(const char *text)
{
    ut_semihost(UT_SEMIHOST_WRITE0, text);
}

static inline void ut_semihost_print_number(size_t value)
{
    char text[12];
    char *p = text + sizeof text - 1;
    *p = '\0';
    do {
        *--p = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    ut_semihost_print(p);
}

_Noreturn static inline void ut_semihost_exit(int code)
{
    const uint32_t block[2] = {UT_SEMIHOST_APPLICATION_EXIT, (uint32_t)code};
    for (;;)
        ut_semihost(UT_SEMIHOST_EXIT_EXTENDED, block);
}

/* Words of the emulator's semihosting command line; filled by startup.c before main. */
enum { UT_MPS2_WORDS_MAX = 12 };
extern int ut_mps2_argc;
extern char *ut_mps2_argv[UT_MPS2_WORDS_MAX + 1];

/* 1 = a fault and a watchdog end in a reset; 0 = they end the emulator. */
extern int ut_mps2_recover;

/* Bytes of stack touched since reset, and the bytes there are. */
size_t ut_mps2_stack_used(void);
size_t ut_mps2_stack_size(void);

#endif
