/* SPDX-License-Identifier: Apache-2.0 */
/* From reset to main: vectors, memory, the command line, the report of a fault. Touches no peripheral, so the same
 * file starts the exactness trace on every emulated machine of board.mk. */
#include "boards/mps2/semihost.h"

#include <string.h>

enum { STACK_FILL = 0x5A5AA5A5, PERIPHERAL_IRQS = 32 };

/* From link.ld. */
extern uint32_t ut_stack_bottom[], ut_stack_top[];
extern uint32_t ut_data_begin[], ut_data_end[], ut_data_load[], ut_bss_begin[], ut_bss_end[];
extern char __tls_base[];

int main(int argc, char **argv);
void _set_tls(void *tls) __attribute__((weak));

int ut_mps2_argc;
char *ut_mps2_argv[UT_MPS2_WORDS_MAX + 1];
static char command_line[512];

void ut_mps2_reset(void);
void ut_mps2_fault(void);
void ut_mps2_fault_report(const uint32_t *frame, uint32_t exception);
void ut_mps2_link_irq(void);
void ut_mps2_audio_irq(void);
void ut_mps2_watchdog_nmi(void);

static void split_words(void)
{
    const struct {
        char *text;
        uint32_t size;
    } block = {command_line, sizeof command_line};
    if (ut_semihost(UT_SEMIHOST_GET_CMDLINE, &block) != 0)
        command_line[0] = '\0';
    char *p = command_line;
    while (ut_mps2_argc < UT_MPS2_WORDS_MAX) {
        while (*p == ' ')
            *p++ = '\0';
        if (*p == '\0')
            return;
        ut_mps2_argv[ut_mps2_argc++] = p;
        while (*p != ' ' && *p != '\0')
            p++;
    }
}

_Noreturn static void run(void)
{
    memcpy(ut_data_begin, ut_data_load, (size_t)((char *)ut_data_end - (char *)ut_data_begin));
    memset(ut_bss_begin, 0, (size_t)((char *)ut_bss_end - (char *)ut_bss_begin));
    if (_set_tls != NULL)
        _set_tls(__tls_base);
    split_words();
    ut_semihost_exit(main(ut_mps2_argc, ut_mps2_argv));
}

void ut_mps2_reset(void)
{
    /* The fill runs below this function's own frame, which is why it is a loop and not a call. */
    uint32_t *here;
    __asm__ volatile("mov %0, sp" : "=r"(here));
    for (volatile uint32_t *p = ut_stack_bottom; p < here; p++)
        *p = STACK_FILL;
    run();
}

size_t ut_mps2_stack_size(void)
{
    return (size_t)((char *)ut_stack_top - (char *)ut_stack_bottom);
}

size_t ut_mps2_stack_used(void)
{
    const uint32_t *p = ut_stack_bottom;
    while (p < ut_stack_top && *p == STACK_FILL)
        p++;
    return (size_t)((const char *)ut_stack_top - (const char *)p);
}

static void print_hex(const char *label, uint32_t value)
{
    char text[10] = {0};
    for (int i = 0; i < 8; i++)
        text[i] = "0123456789abcdef"[(value >> (28 - 4 * i)) & 15];
    ut_semihost_print(label);
    ut_semihost_print(text);
}

void ut_mps2_fault_report(const uint32_t *frame, uint32_t exception)
{
    const volatile uint32_t *cfsr = (const volatile uint32_t *)0xE000ED28;
    print_hex("fault: exception 0x", exception & 0x1FF);
    /* A stack overflow leaves the frame outside RAM. */
    if (frame >= ut_stack_bottom && frame + 8 <= ut_stack_top)
        print_hex(" pc 0x", frame[6]);
    else
        ut_semihost_print(" stack overflow");
    print_hex(" cfsr 0x", *cfsr);
    ut_semihost_print("\n");
    ut_semihost_exit(70);
}

__attribute__((naked)) void ut_mps2_fault(void)
{
    __asm__ volatile("mov r0, sp\n"
                     "mrs r1, ipsr\n"
                     "ldr r2, =ut_stack_top\n" /* the report needs a stack even when this one overflowed */
                     "mov sp, r2\n"
                     "b ut_mps2_fault_report\n");
}

void ut_mps2_link_irq(void) __attribute__((weak, alias("ut_mps2_fault")));
void ut_mps2_audio_irq(void) __attribute__((weak, alias("ut_mps2_fault")));
void ut_mps2_watchdog_nmi(void) __attribute__((weak, alias("ut_mps2_fault")));

static const struct {
    uint32_t *stack;
    void (*exceptions[15])(void);
    void (*irqs[PERIPHERAL_IRQS])(void);
} vectors __attribute__((section(".vectors"), used)) = {
    ut_stack_top,
    {ut_mps2_reset, ut_mps2_watchdog_nmi, ut_mps2_fault, ut_mps2_fault, ut_mps2_fault, ut_mps2_fault},
    {[0] = ut_mps2_link_irq, [1] = ut_mps2_link_irq, [8] = ut_mps2_audio_irq},
};
