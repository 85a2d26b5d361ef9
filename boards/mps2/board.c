/* SPDX-License-Identifier: Apache-2.0 */
/* boards/board.h for the mps2-an386 machine of qemu-system-arm. Command line and use: README.md beside this file. */
#include "boards/board.h"

#include "boards/cortexm/crash.h"
#include "boards/cortexm/idle.h"
#include "boards/cortexm/ring.h"
#include "boards/mps2/flash.h"
#include "boards/mps2/semihost.h"
#include "boards/selftest.h"

#include <string.h>

enum {
    CLOCK_HZ = 25000000, /* of the timers and the watchdog */
    TICK = CLOCK_HZ / 100,
    BLOCK_FRAMES = 160,
    TX_BYTES = 256,
    RX_BYTES = 64,
    TX_HELD_BYTES = 96,
    HCI_TX_BYTES = 64,
    HCI_RX_BYTES = 256,
    IRQ_UART0_RX = 0,
    IRQ_UART0_TX = 1,
    IRQ_UART1_RX = 2,
    IRQ_UART1_TX = 3,
    IRQ_TIMER0 = 8,
    UART_TX_FULL = 1,
    UART_RX_FULL = 2
};

struct timer {
    volatile uint32_t ctrl, value, reload, interrupt;
};
struct uart {
    volatile uint32_t data, state, ctrl, interrupt, divider;
};
struct watchdog {
    volatile uint32_t load, value, ctrl, clear;
};

#define TIMER0 ((struct timer *)0x40000000)
#define TIMER1 ((struct timer *)0x40001000)
#define UART0 ((struct uart *)0x40004000)
#define UART1 ((struct uart *)0x40005000)
#define WATCHDOG ((struct watchdog *)0x40008000)
#define NVIC_ENABLE ((volatile uint32_t *)0xE000E100)
#define NVIC_PEND ((volatile uint32_t *)0xE000E200)

void ut_mps2_audio_irq(void);
void ut_mps2_link_irq(void);
void ut_mps2_hci_irq(void);

static struct {
    const char *path;
    const char *store; /* file of the non-volatile memory; NULL = it lasts as long as the emulator */
    uint32_t clock_us; /* where the clock starts */
    int hold;          /* no block is taken while the link is behind */
    int report_stack;
    int ble; /* there is a controller on the second UART */
    enum board_pairing pairing;
    int disagree;         /* the person says no to every number */
    enum board_wish wish; /* by the button: to pair again and again, to forget once */
} option = {.pairing = BOARD_PAIRING_DISPLAY};

static struct {
    board_audio_fn *fn;
    void *ctx;
    int file;
    int begun; /* the first block has been asked for */
    int16_t block[2 * BLOCK_FRAMES];
} audio;

static volatile uint8_t tx_bytes[TX_BYTES], rx_bytes[RX_BYTES];
static volatile uint8_t hci_tx_bytes[HCI_TX_BYTES], hci_rx_bytes[HCI_RX_BYTES];
static struct ut_byte_ring tx = UT_BYTE_RING(tx_bytes), rx = UT_BYTE_RING(rx_bytes);
static struct ut_byte_ring hci_tx = UT_BYTE_RING(hci_tx_bytes), hci_rx = UT_BYTE_RING(hci_rx_bytes);

/* The non-volatile memory: not the product's RAM, and not cleared by a reset. */
static uint8_t store[BOARD_STORE_PAGES][BOARD_STORE_PAGE_BYTES] __attribute__((section(".store")));
static int store_file = -1;

static uint32_t last_ticks;
static uint64_t ticks;

static uint32_t read_number(const char *text)
{
    uint32_t value = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        value = 10 * value + (uint32_t)(*text - '0');
    if (*text != '\0')
        board_panic(64, "not a number on the command line");
    return value;
}

static void read_options(void)
{
    for (int i = 1; i < ut_mps2_argc; i++) {
        const char *word = ut_mps2_argv[i];
        if (strcmp(word, "--hold") == 0)
            option.hold = 1;
        else if (strcmp(word, "--recover") == 0)
            ut_mps2_recover = 1;
        else if (strcmp(word, "--store") == 0 && i + 1 < ut_mps2_argc)
            option.store = ut_mps2_argv[++i];
        else if (strcmp(word, "--clock") == 0 && i + 1 < ut_mps2_argc)
            option.clock_us = read_number(ut_mps2_argv[++i]);
        else if (strcmp(word, "--stack") == 0)
            option.report_stack = 1;
        else if (strcmp(word, "--ble") == 0)
            option.ble = 1;
        else if (strcmp(word, "--pairing=blind") == 0)
            option.pairing = BOARD_PAIRING_BLIND;
        else if (strcmp(word, "--pairing=display") == 0)
            option.pairing = BOARD_PAIRING_DISPLAY;
        else if (strcmp(word, "--pairing=yesno") == 0 || strcmp(word, "--pairing=yesno:no") == 0) {
            option.pairing = BOARD_PAIRING_DISPLAY_YES_NO;
            option.disagree = strcmp(word, "--pairing=yesno:no") == 0;
        } else if (strcmp(word, "--pairing=button") == 0 || strcmp(word, "--pairing=button:no") == 0) {
            option.pairing = BOARD_PAIRING_BUTTON;
            option.disagree = strcmp(word, "--pairing=button:no") == 0;
        } else if (strcmp(word, "--button=pair") == 0) {
            option.wish = BOARD_WISH_PAIR;
        } else if (strcmp(word, "--button=forget") == 0) {
            option.wish = BOARD_WISH_FORGET;
        } else if (word[0] == '-' || option.path != NULL)
            board_panic(64, "unknown word on the command line");
        else
            option.path = word;
    }
}

static int open_file(const char *path, uint32_t mode)
{
    const struct {
        const char *path;
        uint32_t mode, length;
    } block = {path, mode, (uint32_t)strlen(path)};
    return ut_semihost(UT_SEMIHOST_OPEN, &block);
}

/* Brings the file up to what the memory holds now. */
static int save_store(unsigned page, size_t at, size_t len)
{
    if (store_file < 0)
        return 0;
    const struct {
        int file;
        uint32_t at;
    } seek = {store_file, (uint32_t)(page * BOARD_STORE_PAGE_BYTES + at)};
    const struct {
        int file;
        const void *from;
        uint32_t bytes;
    } block = {store_file, store[page] + at, (uint32_t)len};
    return ut_semihost(UT_SEMIHOST_SEEK, &seek) == 0 && ut_semihost(UT_SEMIHOST_WRITE, &block) == 0 ? 0 : -1;
}

/* A file that is new or too short reads as a memory that nobody has written yet. */
static int open_store(void)
{
    if (option.store == NULL)
        return 0;
    store_file = open_file(option.store, UT_SEMIHOST_MODE_RB_PLUS);
    if (store_file < 0)
        store_file = open_file(option.store, UT_SEMIHOST_MODE_WB_PLUS);
    if (store_file < 0)
        board_panic(66, "the file of --store cannot be opened");
    memset(store, 0xFF, sizeof store);
    const struct {
        int file;
        void *to;
        uint32_t bytes;
    } block = {store_file, store, sizeof store};
    ut_semihost(UT_SEMIHOST_READ, &block);
    return save_store(0, 0, BOARD_STORE_PAGE_BYTES) == 0 ? save_store(1, 0, BOARD_STORE_PAGE_BYTES) : -1;
}

int board_init(void)
{
    ut_cortexm_begin(-1); /* the machine does not say why it starts */
    ut_cortexm_guard_stack();
    ut_mps2_flash_protect();
    read_options();
    if (open_store() != 0)
        return -1;
    TIMER1->reload = UINT32_MAX;
    TIMER1->value = UINT32_MAX;
    TIMER1->ctrl = 1;
    last_ticks = TIMER1->value;
    ticks = (uint64_t)option.clock_us * (CLOCK_HZ / 1000000);
    UART0->divider = 16;
    UART0->ctrl = 0xF; /* transmitter, receiver and both interrupts */
    *NVIC_ENABLE = 1U << IRQ_UART0_RX | 1U << IRQ_UART0_TX;
    WATCHDOG->load = 2U * CLOCK_HZ;
    WATCHDOG->ctrl = 3; /* first period: NMI; second: reset */
    return 0;
}

int board_audio_start(board_audio_fn *fn, void *ctx)
{
    if (option.path == NULL)
        return -1;
    audio.file = open_file(option.path, UT_SEMIHOST_MODE_RB);
    if (audio.file < 0)
        return -1;
    audio.fn = fn;
    audio.ctx = ctx;
    TIMER0->reload = TICK - 1;
    TIMER0->value = TICK - 1;
    TIMER0->ctrl = 9; /* run, interrupt */
    *NVIC_ENABLE = 1U << IRQ_TIMER0;
    return 0;
}

void board_audio_stop(void)
{
    TIMER0->ctrl = 0;
    TIMER0->interrupt = 1;
}

/* Bytes of the next block read; short only at the end of the source. */
static uint32_t read_block(void)
{
    uint32_t got = 0;
    while (got < sizeof audio.block) {
        const struct {
            int file;
            void *to;
            uint32_t bytes;
        } block = {audio.file, (uint8_t *)audio.block + got, (uint32_t)sizeof audio.block - got};
        uint32_t missing = (uint32_t)ut_semihost(UT_SEMIHOST_READ, &block);
        if (missing >= block.bytes)
            break;
        got += block.bytes - missing;
    }
    return got;
}

void ut_mps2_audio_irq(void)
{
    TIMER0->interrupt = 1;
    ut_cortexm_event = 1;
    if (option.hold && ut_byte_ring_used(&tx) > TX_HELD_BYTES)
        return;
    uint32_t got = read_block();
    if (got == 0 && !audio.begun && ut_semihost(UT_SEMIHOST_FILE_LENGTH, &audio.file) > 0)
        board_panic(66, "the audio source cannot be read"); /* a directory: the emulator calls it a file at its end */
    audio.begun = 1;
    if (got >= 4)
        audio.fn(audio.ctx, audio.block, got / 4);
    if (got < sizeof audio.block) {
        board_audio_stop();
        audio.fn(audio.ctx, NULL, 0);
    }
}

/* A byte that has no room stays in the receiver, which then takes no other: the emulator's flow control. */
void ut_mps2_link_irq(void)
{
    UART0->interrupt = 3;
    ut_cortexm_event = 1;
    while (!ut_byte_ring_full(&rx) && (UART0->state & UART_RX_FULL))
        ut_byte_ring_put(&rx, (uint8_t)UART0->data);
    while (ut_byte_ring_used(&tx) > 0 && !(UART0->state & UART_TX_FULL))
        UART0->data = ut_byte_ring_take(&tx);
}

size_t board_link_write(const uint8_t *data, size_t len)
{
    size_t n = ut_byte_ring_write(&tx, data, len);
    if (n > 0)
        *NVIC_PEND = 1U << IRQ_UART0_TX; /* the interrupt is the only place that feeds the transmitter */
    return n;
}

size_t board_link_read(uint8_t *data, size_t len)
{
    size_t n = ut_byte_ring_read(&rx, data, len);
    if (n > 0)
        *NVIC_PEND = 1U << IRQ_UART0_RX; /* a byte may be waiting for this room */
    return n;
}

int board_link_busy(void)
{
    return ut_byte_ring_used(&tx) > 0 || (UART0->state & UART_TX_FULL) != 0;
}

/* The same. */
void ut_mps2_hci_irq(void)
{
    UART1->interrupt = 3;
    ut_cortexm_event = 1;
    while (!ut_byte_ring_full(&hci_rx) && (UART1->state & UART_RX_FULL))
        ut_byte_ring_put(&hci_rx, (uint8_t)UART1->data);
    while (ut_byte_ring_used(&hci_tx) > 0 && !(UART1->state & UART_TX_FULL))
        UART1->data = ut_byte_ring_take(&hci_tx);
}

int board_hci_open(void)
{
    if (!option.ble)
        return -1;
    UART1->divider = 16;
    UART1->ctrl = 0xF;
    *NVIC_ENABLE = 1U << IRQ_UART1_RX | 1U << IRQ_UART1_TX;
    return 0;
}

size_t board_hci_write(const uint8_t *data, size_t len)
{
    size_t n = ut_byte_ring_write(&hci_tx, data, len);
    if (n > 0)
        *NVIC_PEND = 1U << IRQ_UART1_TX;
    return n;
}

size_t board_hci_read(uint8_t *data, size_t len)
{
    size_t n = ut_byte_ring_read(&hci_rx, data, len);
    if (n > 0)
        *NVIC_PEND = 1U << IRQ_UART1_RX; /* a byte may be waiting for this room */
    return n;
}

enum board_pairing board_pairing(void)
{
    return option.pairing;
}

void board_pairing_show(uint32_t code)
{
    char text[] = "pairing code 000000\n";
    if (code == BOARD_CODE_HIDE) {
        ut_semihost_print("pairing code hidden\n");
        return;
    }
    for (char *p = text + sizeof text - 3; code != 0; code /= 10)
        *p-- = (char)('0' + code % 10);
    ut_semihost_print(text);
}

int board_pairing_confirmed(void)
{
    return !option.disagree;
}

enum board_wish board_wish(void)
{
    enum board_wish wish = option.wish;
    if (wish == BOARD_WISH_FORGET)
        option.wish = BOARD_WISH_NONE;
    return wish;
}

void board_pairing_mode(int open)
{
    ut_semihost_print(open ? "pairing open\n" : "pairing closed\n");
}

/* Pressed every other time that it is looked at, where --button has it pressed at all. */
int board_test_button(void)
{
    static int looked;
    return option.wish == BOARD_WISH_PAIR && ++looked % 2 != 0;
}

void board_test_lights(int on)
{
    (void)on; /* none here */
}

int board_test_crystal(void)
{
    return 1; /* the emulator's time is exact */
}

uint32_t board_time_us(void)
{
    uint32_t now = TIMER1->value; /* counts down, wraps after 171 s */
    ticks += last_ticks - now;
    last_ticks = now;
    return (uint32_t)(ticks / (CLOCK_HZ / 1000000));
}

void board_watchdog_feed(void)
{
    WATCHDOG->clear = 1;
}

int board_random(uint8_t *to, size_t len)
{
    int file = open_file("/dev/urandom", UT_SEMIHOST_MODE_RB);
    if (file < 0)
        return -1;
    const struct {
        int file;
        void *to;
        uint32_t bytes;
    } block = {file, to, (uint32_t)len};
    int missing = ut_semihost(UT_SEMIHOST_READ, &block);
    ut_semihost(UT_SEMIHOST_CLOSE, &file);
    return missing == 0 ? 0 : -1;
}

void board_cue(int cue)
{
    (void)cue; /* no lights here */
}

uint8_t board_battery(void)
{
    return 255;
}

void board_store_read(unsigned page, size_t at, void *to, size_t len)
{
    memcpy(to, store[page] + at, len);
}

int board_store_erase(unsigned page)
{
    memset(store[page], 0xFF, BOARD_STORE_PAGE_BYTES);
    return save_store(page, 0, BOARD_STORE_PAGE_BYTES);
}

int board_store_write(unsigned page, size_t at, const void *from, size_t len)
{
    const uint8_t *bytes = from;
    for (size_t i = 0; i < len; i++)
        store[page][at + i] &= bytes[i];
    return save_store(page, at, len);
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
    if (!ut_mps2_recover)
        board_panic(0, "reset");
    ut_cortexm_reset();
}

_Noreturn void board_panic(int code, const char *reason)
{
    ut_semihost_print(reason);
    ut_semihost_print("\n");
    if (option.report_stack) {
        ut_semihost_print("stack_bytes ");
        ut_semihost_print_number(ut_mps2_stack_used());
        ut_semihost_print(" of ");
        ut_semihost_print_number(ut_mps2_stack_size());
        ut_semihost_print("\n");
    }
    ut_semihost_exit(code);
}
