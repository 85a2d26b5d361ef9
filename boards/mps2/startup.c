/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors, the command line, the way to main and back, the report of a fault. Touches no peripheral, so the same
 * file starts the exactness trace on every emulated machine of board.mk. */
#include "boards/cortexm/crash.h"
#include "boards/cortexm/start.h"
#include "boards/mps2/semihost.h"

enum { PERIPHERAL_IRQS = 32 };

/* From boards/cortexm/sections.ld. */
extern uint32_t ut_stack_bottom[], ut_stack_top[];
extern char __tls_base[];

int main(int argc, char **argv);
void _set_tls(void *tls) __attribute__((weak));

int ut_mps2_recover;
int ut_mps2_argc;
char *ut_mps2_argv[UT_MPS2_WORDS_MAX + 1];
static char command_line[512];

void ut_mps2_link_irq(void) __attribute__((weak)); /* a program without a board has none */
void ut_mps2_audio_irq(void) __attribute__((weak));
void ut_mps2_hci_irq(void) __attribute__((weak));

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

_Noreturn void ut_cortexm_main(void)
{
    if (_set_tls != NULL)
        _set_tls(__tls_base);
    split_words();
    ut_semihost_exit(main(ut_mps2_argc, ut_mps2_argv));
}

size_t ut_mps2_stack_size(void)
{
    return (size_t)((char *)ut_stack_top - (char *)ut_stack_bottom);
}

size_t ut_mps2_stack_used(void)
{
    const uint32_t *p = ut_stack_bottom;
    while (p < ut_stack_top && *p == UT_CORTEXM_STACK_FILL)
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

void ut_cortexm_crashed(const struct board_crash *crash)
{
    int watchdog = crash->cause == BOARD_RESET_WATCHDOG;
    if (watchdog)
        ut_semihost_print("watchdog: the main loop stood still for 2 s");
    else
        print_hex("fault: exception 0x", crash->exception);
    if (crash->pc != 0)
        print_hex(watchdog ? ", pc 0x" : " pc 0x", crash->pc);
    else
        ut_semihost_print(" stack overflow");
    if (!watchdog)
        print_hex(" cfsr 0x", crash->status);
    ut_semihost_print("\n");
    if (!ut_mps2_recover)
        ut_semihost_exit(watchdog ? 71 : 70);
    while (watchdog)
        continue; /* its second period ends in the reset that a real one gives */
}

static const struct {
    uint32_t *stack;
    void (*exceptions[15])(void);
    void (*irqs[PERIPHERAL_IRQS])(void);
} vectors __attribute__((section(".vectors"), used)) = {
    ut_stack_top,
    {ut_cortexm_start, ut_cortexm_fault, ut_cortexm_fault, ut_cortexm_fault, ut_cortexm_fault, ut_cortexm_fault},
    {[0] = ut_mps2_link_irq,
     [1] = ut_mps2_link_irq,
     [2] = ut_mps2_hci_irq,
     [3] = ut_mps2_hci_irq,
     [8] = ut_mps2_audio_irq},
};
