/* SPDX-License-Identifier: Apache-2.0 */
/* boards/board.h for ST's STM32F4 Discovery: start, time, watchdog, cues and button, random numbers. */
#include "boards/board.h"

#include "boards/button.h"
#include "boards/cortexm/crash.h"
#include "boards/selftest.h"
#include "boards/stm32f4-discovery/board.h"
#include "boards/stm32f4-discovery/clock.h"
#include "boards/stm32f4-discovery/link.h"
#include "boards/stm32f4-discovery/pins.h"
#include "boards/stm32f4-discovery/registers.h"

enum {
    SETTLE_TRIES = 400000, /* reads, 0.1 s and more at 16 MHz */
    RANDOM_TRIES = 2000,
    BUTTON_PIN = 0
};

static struct ut_button button;
static struct {
    uint32_t last;
    int begun;
} random_source;

/* The power-on flag comes with the brown-out's, and any reset pulls the pin: the order tells. */
static int reset_cause(void)
{
    uint32_t flags = ut_reg_read(RCC_CSR);
    ut_reg_set(RCC_CSR, RCC_CSR_RMVF);
    if (flags & (RCC_CSR_IWDGRSTF | RCC_CSR_WWDGRSTF))
        return BOARD_RESET_WATCHDOG;
    if (flags & RCC_CSR_SFTRSTF)
        return BOARD_RESET_SOFTWARE;
    if (flags & RCC_CSR_PORRSTF)
        return BOARD_RESET_POWER;
    if (flags & RCC_CSR_BORRSTF)
        return BOARD_RESET_BROWNOUT;
    return flags & RCC_CSR_PINRSTF ? BOARD_RESET_PIN : -1;
}

static void start_watchdog(void)
{
    ut_reg_write(IWDG_KR, IWDG_KR_START);
    ut_reg_write(IWDG_KR, IWDG_KR_UNLOCK);
    ut_reg_write(IWDG_PR, IWDG_PR_128);
    ut_reg_write(IWDG_RLR, IWDG_RLR_4_S);
    ut_reg_wait(IWDG_SR, 3, 0, SETTLE_TRIES); /* if it never settles, the old, shorter period is in force */
    board_watchdog_feed();
}

static void start_time(void)
{
    uint32_t timer_hz = ut_stm32_apb1_hz == UT_STM32_APB1_HZ ? 2 * UT_STM32_APB1_HZ : UT_STM32_HSI_HZ;
    ut_reg_write(TIM_PSC(TIM5), timer_hz / 1000000 - 1);
    ut_reg_write(TIM_ARR(TIM5), UINT32_MAX);
    ut_reg_write(TIM_EGR(TIM5), TIM_EGR_UG);
    ut_reg_write(TIM_CR1(TIM5), TIM_CR1_CEN);
}

int board_init(void)
{
    ut_cortexm_begin(reset_cause());
    ut_cortexm_guard_stack();
    start_watchdog();
    ut_reg_set(RCC_AHB1ENR, RCC_AHB1ENR_GPIOA | RCC_AHB1ENR_GPIOB | RCC_AHB1ENR_GPIOC | RCC_AHB1ENR_GPIOD |
                                RCC_AHB1ENR_DMA1 | RCC_AHB1ENR_DMA2);
    ut_reg_set(RCC_APB1ENR, RCC_APB1_TIM5 | RCC_APB1_SPI2 | RCC_APB1_USART2 | RCC_APB1_USART3);
    ut_reg_set(RCC_APB2ENR, RCC_APB2_TIM8 | RCC_APB2_ADC1);
    ut_reg_set(RCC_AHB2ENR, RCC_AHB2ENR_RNG);
    ut_stm32_clock_start();
    start_time();
    for (uint32_t led = UT_STM32_GREEN; led <= UT_STM32_BLUE; led++)
        ut_stm32_pin(GPIOD, led, GPIO_OUTPUT, 0);
    ut_stm32_pin(GPIOA, BUTTON_PIN, GPIO_INPUT, 0);
    ut_button_init(&button);
    ut_reg_set(RNG_CR, RNG_CR_RNGEN);
    random_source.begun = 0;
    return ut_stm32_link_open();
}

uint32_t board_time_us(void)
{
    return ut_reg_read(TIM_CNT(TIM5));
}

void board_watchdog_feed(void)
{
    ut_reg_write(IWDG_KR, IWDG_KR_RELOAD);
}

int ut_stm32_muted(void)
{
    if (ut_button_look(&button, (ut_reg_read(GPIO_IDR(GPIOA)) >> BUTTON_PIN & 1) != 0))
        ut_stm32_light(UT_STM32_ORANGE, button.muted);
    if (ut_button_light(&button))
        ut_stm32_light(UT_STM32_BLUE, button.light);
    return button.muted;
}

/* No display: whoever asks gets the blue light, blinking, and the button as a yes. */
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
    return (ut_reg_read(GPIO_IDR(GPIOA)) >> BUTTON_PIN & 1) != 0;
}

void board_test_lights(int on)
{
    for (int led = UT_STM32_GREEN; led <= UT_STM32_BLUE; led++)
        ut_stm32_light((enum ut_stm32_led)led, on);
}

/* The phase-locked loop drives the core, and the crystal drives that. */
int board_test_crystal(void)
{
    return (ut_reg_read(RCC_CFGR) & RCC_CFGR_SWS) == RCC_CFGR_SWS_PLL && (ut_reg_read(RCC_CR) & RCC_CR_HSERDY) != 0 &&
           (ut_reg_read(RCC_PLLCFGR) & RCC_PLLCFGR_PLLSRC) != 0;
}

int board_random(uint8_t *to, size_t len)
{
    while (len > 0) {
        if (ut_reg_wait(RNG_SR, RNG_SR_DRDY | RNG_SR_ERRORS, RNG_SR_DRDY, RANDOM_TRIES) != 0)
            return -1;
        uint32_t word = ut_reg_read(RNG_DR), last = random_source.last;
        int first = !random_source.begun;
        random_source.last = word;
        random_source.begun = 1;
        if (first)
            continue;     /* RM0090, 24.3.1: the first number is for comparison only */
        if (word == last) /* a source that is stuck */
            return -1;
        for (int i = 0; i < 4 && len > 0; i++, len--, word >>= 8)
            *to++ = (uint8_t)word;
    }
    return 0;
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

_Noreturn void board_reset(void)
{
    ut_cortexm_reset();
}

/* The reason goes to the trace port where a debugger has opened it; the red light stays until the watchdog starts the
 * board again. */
_Noreturn void board_panic(int code, const char *reason)
{
    (void)code;
    ut_stm32_light(UT_STM32_GREEN, 0);
    ut_stm32_light(UT_STM32_RED, 1);
    ut_trace(reason);
    for (;;)
        ut_cpu_sleep();
}
