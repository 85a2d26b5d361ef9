/* SPDX-License-Identifier: Apache-2.0 */
/* The seam between the firmware and a board. A board implements exactly these functions.
 *
 * Context: all are called from the main loop unless said otherwise. None allocates, none waits
 * (board_idle and the non-volatile memory apart).
 */
#ifndef UT_BOARDS_BOARD_H
#define UT_BOARDS_BOARD_H

#include <stddef.h>
#include <stdint.h>

/* Called by the board, from its audio interrupt, with `frames` interleaved pairs {customer, agent},
 * int16 Q15, 16 kHz, frames >= 1; valid only during the call. pairs = NULL: the board lost a block of so many.
 * frames = 0: the source has ended and will not call again (emulated and desk boards only). */
typedef void board_audio_fn(void *ctx, const int16_t *pairs, size_t frames);

/* Brings up clocks, link and watchdog. 0, or a negative board-specific error. */
int board_init(void);

/* Four characters that name the board in the hello record, NUL-padded. */
extern const char board_name[4];

/* Starts / stops audio. board_audio_start: 0, or negative when there is no source. */
int board_audio_start(board_audio_fn *fn, void *ctx);
void board_audio_stop(void);

/* Bytes accepted into / taken from the link's buffers now; 0 when they are full / empty. Never waits. */
size_t board_link_write(const uint8_t *data, size_t len);
size_t board_link_read(uint8_t *data, size_t len);

/* Nonzero while bytes accepted by board_link_write have not left yet. */
int board_link_busy(void);

/* Microseconds since start, monotonic, wraps at 2^32. */
uint32_t board_time_us(void);

/* Sleeps until an interrupt; returns at once if one came since the last call. */
void board_idle(void);

/* Restarts the watchdog's period. */
void board_watchdog_feed(void);

/* A Bluetooth controller on a UART or a network core, H4 bytes in both directions. board_hci_open starts it, or
 * starts it again after it stopped answering: 0, or negative on a board without one, whose read and write give 0.
 * Write and read as for the link. */
int board_hci_open(void);
size_t board_hci_write(const uint8_t *data, size_t len);
size_t board_hci_read(uint8_t *data, size_t len);

/* What a person can do during pairing, and the way to ask: show gives the code (0..999999; BOARD_CODE_HIDE: take it
 * away); confirmed is asked until it is not negative: 1 yes, 0 no, -1 no answer yet. On a board with a button and no
 * display show(0) asks for consent. */
enum board_pairing {
    BOARD_PAIRING_BLIND = 0,
    BOARD_PAIRING_DISPLAY = 1,
    BOARD_PAIRING_DISPLAY_YES_NO = 2,
    BOARD_PAIRING_BUTTON = 3
};
#define BOARD_CODE_HIDE UINT32_MAX
enum board_pairing board_pairing(void);
void board_pairing_show(uint32_t code);
int board_pairing_confirmed(void);

/* What a person has asked for by the button since the last call: held for 3 s, for 10 s. BOARD_WISH_NONE where there is
 * none. */
enum board_wish { BOARD_WISH_NONE = 0, BOARD_WISH_PAIR = 1, BOARD_WISH_FORGET = 2 };
enum board_wish board_wish(void);

/* Shows by a fast blink, or the like, that pairing mode is open. */
void board_pairing_mode(int open);

/* Random bytes from a physical source; 0, or negative on a board that has none. */
int board_random(uint8_t *to, size_t len);

/* Shows the agent, by a light or the like, that a cue is open; 0 ends that. The two lowest bits are its severity, 0
 * high to 3 info; the rest tells it from the one before. Does nothing on a board that has no such light. */
void board_cue(int cue);

/* Charge in percent, 0..100, or 255 when the board cannot know. */
uint8_t board_battery(void);

/* Non-volatile memory: pages that are erased to 0xFF as a whole and written once in between, `at` and `len` multiples
 * of 4. A power cut leaves each word old or new, and a page under erasure anything. 0, or negative when the memory
 * failed. May take as long as the memory does (an erasure up to 2 s: audio blocks are lost and counted). */
enum { BOARD_STORE_PAGES = 2, BOARD_STORE_PAGE_BYTES = 2048 };
void board_store_read(unsigned page, size_t at, void *to, size_t len);
int board_store_erase(unsigned page);
int board_store_write(unsigned page, size_t at, const void *from, size_t len);

/* Why the processor started, and what a fault left in memory that a reset does not clear (zero but for `cause` and
 * `boots` unless the cause is BOARD_RESET_FAULT or BOARD_RESET_WATCHDOG). pc is 0 when a stack overflow lost it; lr is
 * then the innermost return address found on the stack. */
enum board_reset_cause {
    BOARD_RESET_POWER = 0,
    BOARD_RESET_PIN = 1,
    BOARD_RESET_SOFTWARE = 2,
    BOARD_RESET_WATCHDOG = 3,
    BOARD_RESET_BROWNOUT = 4,
    BOARD_RESET_FAULT = 5
};
struct board_crash {
    uint8_t cause;     /* enum board_reset_cause */
    uint8_t exception; /* IPSR at the fault: 3 HardFault, 4 MemManage, 5 BusFault, 6 UsageFault */
    uint32_t pc, lr;
    uint32_t status; /* CFSR */
    uint16_t boots;  /* starts since power came, this one included; saturates; 0 = not counted */
    uint32_t mark;   /* what board_mark was last given in the run that ended; 0 = nothing */
};
void board_crash(struct board_crash *crash);

/* What the next start, whichever image that is, is to know of the run that began now. */
void board_mark(uint32_t mark);

/* Starts again at once, with cause BOARD_RESET_SOFTWARE. Ends the process on a board that is one. */
_Noreturn void board_reset(void);

/* Stops for good with a one-line reason on the board's diagnostic channel; code 0 is an orderly end. */
_Noreturn void board_panic(int code, const char *reason);

/* The firmware's program, which the board's start-up calls once. It does not return, except on a board whose audio can
 * end: then it returns an exit code, as board_panic takes it. */
int ut_main(void);

#endif
