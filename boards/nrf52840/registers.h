/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of the nRF52840 that this board uses. Addresses, fields and their names are those of Nordic's nRF52840
 * Product Specification. A task is started by writing 1; an event reads 1 until 0 is written. */
#ifndef UT_BOARDS_NRF52840_REGISTERS_H
#define UT_BOARDS_NRF52840_REGISTERS_H

#include "boards/registers.h"

/* Clock and power */
#define CLOCK_TASKS_HFCLKSTART 0x40000000U
#define CLOCK_EVENTS_HFCLKSTARTED 0x40000100U
#define CLOCK_HFCLKSTAT 0x4000040CU
#define CLOCK_HFCLKSTAT_CRYSTAL (1U << 16 | 1U) /* runs, and from the crystal */
#define POWER_RESETREAS 0x40000400U
#define POWER_RESETREAS_RESETPIN (1U << 0)
#define POWER_RESETREAS_DOG (1U << 1)
#define POWER_RESETREAS_SREQ (1U << 2)
#define POWER_RESETREAS_LOCKUP (1U << 3)
#define POWER_EVENTS_POFWARN 0x40000108U
#define POWER_POFCON 0x40000510U
#define POWER_POFCON_ON 1U
#define POWER_POFCON_2_0_V (7U << 1 | POWER_POFCON_ON) /* 0.3 V above what the chip works with */
#define POWER_DCDCEN 0x40000578U

/* Debug port: open only where both say 0x5A, this register after each reset (chips of revision 3) */
#define APPROTECT_FORCEPROTECT 0x40000550U
#define APPROTECT_DISABLE 0x40000558U
#define UICR_APPROTECT 0x10001208U
#define UICR_APPROTECT_PALL 0xFFU
#define UICR_APPROTECT_LOCKED 0x00U

/* Pins: port 0 has 32, port 1 is 32 and up */
#define GPIO_PORT(pin) ((pin) < 32U ? 0x50000000U : 0x50000300U)
#define GPIO_OUTSET(pin) (GPIO_PORT(pin) + 0x508U)
#define GPIO_OUTCLR(pin) (GPIO_PORT(pin) + 0x50CU)
#define GPIO_IN(pin) (GPIO_PORT(pin) + 0x510U)
#define GPIO_PIN_CNF(pin) (GPIO_PORT(pin) + 0x700U + 4U * ((pin) % 32U))
#define GPIO_OUTPUT 3U           /* DIR output, input buffer off */
#define GPIO_INPUT 0U            /* DIR input, input buffer on */
#define GPIO_INPUT_PULL_UP 0x0CU /* PULL 3 */

/* UARTE0 and UARTE1 */
#define UARTE0 0x40002000U
#define UARTE1 0x40028000U
#define UARTE_TASKS_STARTRX(u) ((u) + 0x000U)
#define UARTE_TASKS_STOPRX(u) ((u) + 0x004U)
#define UARTE_TASKS_STARTTX(u) ((u) + 0x008U)
#define UARTE_TASKS_STOPTX(u) ((u) + 0x00CU)
#define UARTE_TASKS_FLUSHRX(u) ((u) + 0x02CU)
#define UARTE_EVENTS_ENDRX(u) ((u) + 0x110U)
#define UARTE_EVENTS_ENDTX(u) ((u) + 0x120U)
#define UARTE_EVENTS_ERROR(u) ((u) + 0x124U)
#define UARTE_EVENTS_RXTO(u) ((u) + 0x144U)
#define UARTE_EVENTS_TXSTOPPED(u) ((u) + 0x158U)
#define UARTE_INTENSET(u) ((u) + 0x304U)
#define UARTE_INTENCLR(u) ((u) + 0x308U)
#define UARTE_INT_ENDRX (1U << 4)
#define UARTE_INT_ENDTX (1U << 8)
#define UARTE_INT_ERROR (1U << 9)
#define UARTE_ERRORSRC(u) ((u) + 0x480U)
#define UARTE_ENABLE(u) ((u) + 0x500U)
#define UARTE_ENABLE_ON 8U
#define UARTE_PSEL_RTS(u) ((u) + 0x508U)
#define UARTE_PSEL_TXD(u) ((u) + 0x50CU)
#define UARTE_PSEL_CTS(u) ((u) + 0x510U)
#define UARTE_PSEL_RXD(u) ((u) + 0x514U)
#define UARTE_PSEL_NONE 0xFFFFFFFFU
#define UARTE_BAUDRATE(u) ((u) + 0x524U)
#define UARTE_BAUDRATE_115200 0x01D60000U
#define UARTE_BAUDRATE_1M 0x10000000U
#define UARTE_RXD_PTR(u) ((u) + 0x534U)
#define UARTE_RXD_MAXCNT(u) ((u) + 0x538U)
#define UARTE_RXD_AMOUNT(u) ((u) + 0x53CU)
#define UARTE_TXD_PTR(u) ((u) + 0x544U)
#define UARTE_TXD_MAXCNT(u) ((u) + 0x548U)
#define UARTE_CONFIG(u) ((u) + 0x56CU)
#define UARTE_CONFIG_HWFC 1U

/* TIMER1 */
#define TIMER1_TASKS_START 0x40009000U
#define TIMER1_TASKS_STOP 0x40009004U
#define TIMER1_TASKS_CLEAR 0x4000900CU
#define TIMER1_TASKS_CAPTURE(k) (0x40009040U + 4U * (k))
#define TIMER1_BITMODE 0x40009508U
#define TIMER1_BITMODE_32 3U
#define TIMER1_PRESCALER 0x40009510U
#define TIMER1_PRESCALER_1_MHZ 4U /* 16 MHz / 2^4 */
#define TIMER1_CC(k) (0x40009540U + 4U * (k))

/* Random numbers */
#define RNG_TASKS_START 0x4000D000U
#define RNG_TASKS_STOP 0x4000D004U
#define RNG_EVENTS_VALRDY 0x4000D100U
#define RNG_CONFIG 0x4000D504U
#define RNG_CONFIG_DERCEN 1U
#define RNG_VALUE 0x4000D508U

/* Watchdog */
#define WDT_TASKS_START 0x40010000U
#define WDT_INTENSET 0x40010304U
#define WDT_INT_TIMEOUT 1U
#define WDT_CRV 0x40010504U
#define WDT_CRV_4_S (4U * 32768U - 1U)
#define WDT_CONFIG 0x4001050CU
#define WDT_CONFIG_SLEEP_RUN 1U /* and pauses while a debugger halts the core */
#define WDT_RR0 0x40010600U
#define WDT_RR_RELOAD 0x6E524635U

/* Microphones */
#define PDM_TASKS_START 0x4001D000U
#define PDM_TASKS_STOP 0x4001D004U
#define PDM_EVENTS_STARTED 0x4001D100U
#define PDM_EVENTS_STOPPED 0x4001D104U
#define PDM_EVENTS_END 0x4001D108U
#define PDM_INTENSET 0x4001D304U
#define PDM_INTENCLR 0x4001D308U
#define PDM_INT_STARTED (1U << 0)
#define PDM_INT_END (1U << 2)
#define PDM_ENABLE 0x4001D500U
#define PDM_PDMCLKCTRL 0x4001D504U
#define PDM_PDMCLKCTRL_1280K 0x0A000000U /* 32 MHz / 25 */
#define PDM_MODE 0x4001D508U
#define PDM_MODE_STEREO_LEFT_FALLING 0U
#define PDM_GAINL 0x4001D518U
#define PDM_GAINR 0x4001D51CU
#define PDM_GAIN_0DB 0x28U
#define PDM_RATIO 0x4001D520U
#define PDM_RATIO_80 1U
#define PDM_PSEL_CLK 0x4001D540U
#define PDM_PSEL_DIN 0x4001D544U
#define PDM_SAMPLE_PTR 0x4001D560U
#define PDM_SAMPLE_MAXCNT 0x4001D564U

/* Flash */
#define NVMC_READY 0x4001E400U
#define NVMC_CONFIG 0x4001E504U
#define NVMC_CONFIG_READ 0U
#define NVMC_CONFIG_WRITE 1U
#define NVMC_CONFIG_ERASE 2U
#define NVMC_ERASEPAGE 0x4001E508U
#define NVMC_ICACHECNF 0x4001E540U
#define NVMC_ICACHECNF_ON 1U

/* Access control lists: what is written there stays until the next reset */
#define ACL_ADDR(k) (0x4001E800U + 16U * (k))
#define ACL_SIZE(k) (0x4001E804U + 16U * (k))
#define ACL_PERM(k) (0x4001E808U + 16U * (k))
#define ACL_PERM_NO_WRITE (1U << 1) /* neither written nor erased */

/* Interrupt numbers: a peripheral's is bits 12 to 17 of its address */
enum {
    IRQ_CLOCK = 0,
    IRQ_RADIO = 1,
    IRQ_UARTE0 = 2,
    IRQ_TIMER0 = 8,
    IRQ_RTC0 = 11,
    IRQ_WDT = 16,
    IRQ_SWI5 = 25,
    IRQ_PDM = 29,
    IRQ_UARTE1 = 40
};

#endif
