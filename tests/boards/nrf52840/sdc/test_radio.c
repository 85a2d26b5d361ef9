/* SPDX-License-Identifier: Apache-2.0 */
/* The chip's own radio against a double that keeps the rules of its API: H4 bytes in and out, flash while
 * the radio rests. */
#include "boards/board.h"
#include "boards/nrf52840/flash.h"
#include "boards/nrf52840/registers.h"
#include "boards/nrf52840/sdc/radio.h"
#include "tests/boards/nrf52840/sdc/sdc_double.h"
#include "tests/boards/registers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { DATA = 2, EVENT = 4, START_CALLS = 18, PAGE = 0x1000 };

static jmp_buf panic;
static uint32_t now_us;
static int random_fails, in_slot, never, worked; /* never: the radio has no time */

static void run(void);

/* While the main loop looks at the clock interrupts come, and the slot that was asked for. */
uint32_t board_time_us(void)
{
    if (!sdc_double.in_irq && !in_slot) {
        run();
        in_slot = 1;
        if (sdc_double.requested && !never)
            sdc_double_slot();
        in_slot = 0;
    }
    return now_us += 10;
}

void board_watchdog_feed(void)
{
}

int board_random(uint8_t *to, size_t len)
{
    ut_nrf_radio_hold(1);
    memset(to, 7, len);
    ut_nrf_radio_hold(0);
    return random_fails ? -1 : 0;
}

_Noreturn void board_panic(int code, const char *reason)
{
    assert_int_equal(code, 70);
    assert_non_null(reason);
    longjmp(panic, 1);
}

static int is_on(uint32_t irq)
{
    return (ut_model_held(UT_NVIC_ISER(irq)) >> irq % 32 & 1) != 0;
}

static unsigned priority(uint32_t irq)
{
    return ut_model_held(UT_NVIC_IPR(irq)) >> 8 * (irq % 4) & 0xFF;
}

/* The interrupt, as often as it is asked for. */
static void run(void)
{
    while (ut_model_held(UT_NVIC_ISPR(IRQ_SWI5)) >> IRQ_SWI5 & 1) {
        ut_model_hold(UT_NVIC_ISPR(IRQ_SWI5), 0);
        assert_true(is_on(IRQ_SWI5));
        sdc_double.in_irq = 1;
        ut_nrf_radio_irq();
        sdc_double.in_irq = 0;
    }
}

/* Setting and clearing by bits, and what an NVMC does; a wait of the main loop lets the interrupt run. */
static uint32_t model_write(uint32_t address, uint32_t held, uint32_t value)
{
    if (address == UT_NVIC_ISER(IRQ_SWI5))
        return held | value;
    if (address == UT_NVIC_ICER(IRQ_SWI5)) {
        ut_model_hold(UT_NVIC_ISER(IRQ_SWI5), ut_model_held(UT_NVIC_ISER(IRQ_SWI5)) & ~value);
        return 0;
    }
    return value;
}

static int setup(void **state)
{
    (void)state;
    ut_model_clear();
    ut_model.write = model_write;
    ut_model_hold(NVMC_READY, 1);
    sdc_double_clear();
    random_fails = 0;
    return 0;
}

static size_t hear(uint8_t *to, size_t room)
{
    size_t n = 0, got;
    do {
        run();
        n += got = board_hci_read(to + n, room - n);
    } while (got > 0);
    return n;
}

static void say(const uint8_t *bytes, size_t len)
{
    for (size_t at = 0; at < len; run())
        at += board_hci_write(bytes + at, len - at > 7 ? 7 : len - at); /* in pieces of any size */
}

static void work(void *ctx)
{
    ++*(int *)ctx;
}

/* It runs once in a process, as in a headset: each refusal of the start before the one that goes well. */
static void test_start(void **state)
{
    (void)state;
    for (int call = 1; call <= START_CALLS; call++) {
        sdc_double_clear();
        sdc_double.fails = call;
        assert_int_equal(board_hci_open(), -1);
        assert_false(sdc_double.enabled);
        assert_false(is_on(IRQ_RADIO));
    }
    sdc_double_clear();
    sdc_double.needs = 100000; /* more than there is */
    assert_int_equal(board_hci_open(), -1);
    sdc_double_clear();
    random_fails = 1;
    if (setjmp(panic) == 0) {
        (void)board_hci_open();
        fail();
    }
    ut_nrf_radio_hold(0); /* what a panic, which does not return, left */
    setup(NULL);
    assert_int_equal(ut_nrf_radio_rest(work, &worked, 500), 0); /* no radio yet, nobody to wait for */
    assert_int_equal(worked, 1);
    assert_int_equal(board_hci_open(), 0);
    assert_int_equal(sdc_double.supported, 0x3F);
    static const uint32_t theirs[] = {IRQ_RADIO, IRQ_TIMER0, IRQ_RTC0}, ours[] = {IRQ_CLOCK, IRQ_SWI5};
    for (int i = 0; i < 3; i++) {
        assert_true(is_on(theirs[i]));
        assert_int_equal(priority(theirs[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        assert_true(is_on(ours[i]));
        assert_int_equal(priority(ours[i]), 0x80);
    }
}

/* Data both ways, and events; more than the ring holds waits in the controller. */
static void test_packets(void **state)
{
    (void)state;
    uint8_t packet[1 + 4 + 251] = {DATA, 0x40, 0x20, 251, 0}, heard[2000];
    for (size_t i = 5; i < sizeof packet; i++)
        packet[i] = (uint8_t)i;
    say(packet, sizeof packet);
    assert_int_equal(sdc_double.datas, 1);
    assert_memory_equal(sdc_double.data, packet + 1, sizeof packet - 1);
    uint8_t event[257] = {0x3E, 255};
    for (int i = 0; i < 3; i++) {
        sdc_double_tell(EVENT, event, sizeof event);
        sdc_double_tell(DATA, packet + 1, sizeof packet - 1);
    }
    ut_nrf_radio_hold(1);
    ut_nrf_radio_hold(1);
    ut_irq_pend(IRQ_SWI5);
    ut_nrf_radio_hold(0);
    assert_false(is_on(IRQ_SWI5)); /* one of two still holds it */
    ut_nrf_radio_hold(0);
    run();
    assert_true(sdc_double.pendings > 0 && sdc_double.hears > 0);
    size_t n = hear(heard, sizeof heard);
    assert_int_equal(n, 3 * (1 + sizeof event + sizeof packet));
    assert_int_equal(heard[0], EVENT);
    assert_memory_equal(heard + 1, event, sizeof event);
    assert_memory_equal(heard + 1 + sizeof event, packet, sizeof packet);
    assert_int_equal(sdc_double.pendings, 0);
    static const uint8_t nothing[] = {0, 3, 9}; /* no packet begins so */
    say(nothing, sizeof nothing);
    assert_int_equal(hear(heard, sizeof heard), 0);
    static const uint8_t half[] = {1, 3};
    say(half, sizeof half);
    assert_int_equal(board_hci_open(), 0); /* the host begins anew */
    static const uint8_t reset[] = {1, 3, 0x0C, 0};
    say(reset, sizeof reset);
    assert_int_equal(hear(heard, sizeof heard), 7);
    static const uint8_t endless[] = {DATA, 0x40, 0x20, 0, 2};
    if (setjmp(panic) == 0) {
        say(endless, sizeof endless);
        fail();
    }
    sdc_double.in_irq = 0;
    assert_int_equal(board_hci_open(), 0);
}

/* Flash is written and erased while the radio rests, which it may refuse for a while, or for good. */
static void test_flash(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t longest[2048];
    assert_int_equal(ut_nrf_flash_write(PAGE, bytes, sizeof bytes), 0);
    assert_int_equal(ut_model_held(PAGE + 4), 0x08070605);
    assert_in_range(sdc_double.slot_us, 2 * 41, 1000);
    memset(longest, 0x11, sizeof longest);
    assert_int_equal(ut_nrf_flash_write(PAGE, longest, sizeof longest), 0);
    assert_in_range(sdc_double.slot_us, 512 * 41, 100000);
    ut_model_hold(2 * PAGE, UINT32_MAX);
    sdc_double.blocked = 5;
    assert_int_equal(ut_nrf_flash_erase(2 * PAGE, 4), 0);
    assert_int_equal(sdc_double.blocked, 0);
    assert_in_range(sdc_double.slot_us, 85000, 100000);
    ut_model_hold(NVMC_READY, 0);
    assert_int_equal(ut_nrf_flash_erase(2 * PAGE, 4), -1);
    ut_model_hold(NVMC_READY, 1);
    never = 1;
    assert_int_equal(ut_nrf_flash_erase(2 * PAGE, 4), -1);
    never = 0;
    never = 1;
    worked = 0;
    sdc_double.slot_us = 0;
    assert_int_equal(ut_nrf_radio_rest(work, &worked, 500), -1);
    assert_int_equal(sdc_double.slot_us,
                     0); /* while MPSL has the request of before, none is made for more or less time */
    never = 0;
    sdc_double_slot(); /* one that comes too late does nothing, */
    assert_int_equal(worked, 0);
    assert_int_equal(ut_nrf_radio_rest(work, &worked, 500), 0);
    assert_int_equal(worked, 1); /* and the next one its own */
    if (setjmp(panic) == 0) {
        sdc_double_fault();
        fail();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_start, setup),
        cmocka_unit_test(test_packets),
        cmocka_unit_test(test_flash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
