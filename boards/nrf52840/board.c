/* SPDX-License-Identifier: Apache-2.0 */
/* boards/board.h for a board with Nordic's nRF52840: clocks, time, watchdog, lights and button, random numbers. */
#include "boards/board.h"

#include "boards/button.h"
#include "boards/cortexm/crash.h"
#include "boards/nrf52840/board.h"
#include "boards/nrf52840/link.h"
#include "boards/nrf52840/registers.h"
#include "boards/nrf52840/sdc/radio.h"
#include "boards/selftest.h"

enum {
    READY_TRIES = 200000, /* reads: 15 ms and more at 64 MHz; the crystal takes 0.36 ms */
    RANDOM_TRIES = 20000, /* a byte takes 0.12 ms */
    RANDOM_SAME_MAX = 5   /* bytes that may be alike in a row: more by chance once in 2^40 */
};

void ut_nrf_radio_hold(int held) __attribute__((weak)); /* there is none without RADIO=sdc */

static struct ut_button button;

static struct {
    int last, same;
} random_source;

void ut_nrf_light(enum ut_nrf_light light, int on)
{
    uint32_t pin = ut_nrf_pins.light[light];
    ut_reg_write(on ? GPIO_OUTCLR(pin) : GPIO_OUTSET(pin), 1U << pin % 32); /* lit when low */
}

/* After a reset by pin the other bits may be wrong (anomaly 136), so it comes first. No bit: power came, or came back.
 */
static int reset_cause(void)
{
    uint32_t flags = ut_reg_read(POWER_RESETREAS);
    ut_reg_write(POWER_RESETREAS, flags); /* written 1 clears */
    if (flags & POWER_RESETREAS_RESETPIN)
        return BOARD_RESET_PIN;
    if (flags & POWER_RESETREAS_DOG)
        return BOARD_RESET_WATCHDOG;
    if (flags & POWER_RESETREAS_LOCKUP)
        return BOARD_RESET_FAULT;
    return flags & POWER_RESETREAS_SREQ ? BOARD_RESET_SOFTWARE : BOARD_RESET_POWER;
}

/* A watchdog that runs already, after a reset that it survived, keeps its period: the same. */
static void start_watchdog(void)
{
    ut_reg_write(WDT_CRV, WDT_CRV_4_S);
    ut_reg_write(WDT_CONFIG, WDT_CONFIG_SLEEP_RUN);
    ut_reg_write(WDT_INTENSET, WDT_INT_TIMEOUT); /* two ticks, 61 us, before the reset: time for the crash record */
    ut_irq_on(IRQ_WDT, 0);
    ut_reg_write(WDT_TASKS_START, 1);
    board_watchdog_feed();
}

int board_init(void)
{
    ut_cortexm_begin(reset_cause());
    ut_cortexm_guard_stack();
    start_watchdog();
    ut_reg_write(NVMC_ICACHECNF, NVMC_ICACHECNF_ON);
    ut_reg_write(POWER_DCDCEN, 1);
    /* Without the crystal the internal oscillator goes on: 64 MHz at a few percent; the two channels stay in step. */
    ut_reg_write(CLOCK_EVENTS_HFCLKSTARTED, 0);
    ut_reg_write(CLOCK_TASKS_HFCLKSTART, 1);
    ut_reg_wait(CLOCK_EVENTS_HFCLKSTARTED, 1, 1, READY_TRIES);
    ut_reg_write(TIMER1_BITMODE, TIMER1_BITMODE_32);
    ut_reg_write(TIMER1_PRESCALER, TIMER1_PRESCALER_1_MHZ);
    ut_reg_write(TIMER1_TASKS_START, 1);
    for (int light = 0; light < UT_NRF_LIGHTS; light++) {
        ut_nrf_light((enum ut_nrf_light)light, 0);
        ut_reg_write(GPIO_PIN_CNF(ut_nrf_pins.light[light]), GPIO_OUTPUT);
    }
    ut_reg_write(GPIO_PIN_CNF(ut_nrf_pins.button), GPIO_INPUT_PULL_UP);
    ut_button_init(&button);
    ut_reg_write(RNG_CONFIG, RNG_CONFIG_DERCEN);
    random_source.last = -1;
    random_source.same = 0;
    ut_nrf_link_open();
    return 0;
}

uint32_t ut_nrf_time_us(unsigned caller)
{
    ut_reg_write(TIMER1_TASKS_CAPTURE(caller), 1);
    return ut_reg_read(TIMER1_CC(caller));
}

uint32_t board_time_us(void)
{
    return ut_nrf_time_us(0);
}

void board_watchdog_feed(void)
{
    ut_reg_write(WDT_RR0, WDT_RR_RELOAD);
}

int ut_nrf_muted(void)
{
    uint32_t pin = ut_nrf_pins.button;
    if (ut_button_look(&button, (ut_reg_read(GPIO_IN(pin)) >> pin % 32 & 1) == 0))
        ut_nrf_light(UT_NRF_LIGHT_MUTED, button.muted);
    if (ut_button_light(&button))
        ut_nrf_light(UT_NRF_LIGHT_CUE, button.light);
    return button.muted;
}

/* No display: whoever asks gets LED3, blinking, and the button as a yes. */
enum board_pairing board_pairing(void)
{
    return BOARD_PAIRING_BUTTON;
}

void board_pairing_show(uint32_t code)
{
    ut_button_ask(&button, code != BOARD_CODE_HIDE);
}

int board_pairing_confirmed(void)
{
    return button.confirmed;
}

enum board_wish board_wish(void)
{
    return (enum board_wish)ut_button_wish(&button);
}

void board_pairing_mode(int open)
{
    button.open = open;
}

int board_test_button(void)
{
    uint32_t pin = ut_nrf_pins.button;
    return (ut_reg_read(GPIO_IN(pin)) >> pin % 32 & 1) == 0;
}

void board_test_lights(int on)
{
    for (int light = 0; light < UT_NRF_LIGHTS; light++)
        ut_nrf_light((enum ut_nrf_light)light, on);
}

int board_test_crystal(void)
{
    return (ut_reg_read(CLOCK_HFCLKSTAT) & CLOCK_HFCLKSTAT_CRYSTAL) == CLOCK_HFCLKSTAT_CRYSTAL;
}

/* The radio draws too, from its interrupt. */
int board_random(uint8_t *to, size_t len)
{
    int result = 0;
    if (ut_nrf_radio_hold != NULL)
        ut_nrf_radio_hold(1);
    ut_reg_write(RNG_EVENTS_VALRDY, 0);
    ut_reg_write(RNG_TASKS_START, 1);
    for (; len > 0 && result == 0; len--) {
        result = ut_reg_wait(RNG_EVENTS_VALRDY, 1, 1, RANDOM_TRIES);
        int byte = (int)(ut_reg_read(RNG_VALUE) & 0xFF);
        ut_reg_write(RNG_EVENTS_VALRDY, 0);
        random_source.same = byte == random_source.last ? random_source.same + 1 : 1;
        random_source.last = byte;
        if (random_source.same > RANDOM_SAME_MAX)
            result = -1;
        *to++ = (uint8_t)byte;
    }
    ut_reg_write(RNG_TASKS_STOP, 1);
    if (ut_nrf_radio_hold != NULL)
        ut_nrf_radio_hold(0);
    return result;
}

void board_cue(int cue)
{
    ut_button_cue(&button, cue);
}

uint8_t board_battery(void)
{
    return 255;
}

void board_crash(struct board_crash *crash)
{
    ut_cortexm_crash(crash);
}

void board_mark(uint32_t mark)
{
    ut_cortexm_mark(mark);
}

/* A watchdog that has warned bites whatever is done, and a reset by hand would only leave it a second start to bite
 * into, after the record was taken. */
void ut_cortexm_crashed(const struct board_crash *crash)
{
    while (crash->cause == BOARD_RESET_WATCHDOG)
        ut_cpu_sleep();
}

_Noreturn void board_reset(void)
{
    ut_cortexm_reset();
}

/* LED4 stays until the watchdog starts the board again. */
_Noreturn void board_panic(int code, const char *reason)
{
    (void)code;
    ut_nrf_light(UT_NRF_LIGHT_AUDIO, 0);
    ut_nrf_light(UT_NRF_LIGHT_STOPPED, 1);
    ut_trace(reason);
    for (;;)
        ut_cpu_sleep();
}
