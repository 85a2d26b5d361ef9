/* SPDX-License-Identifier: Apache-2.0 */
/* The seam between the firmware and a board. A board implements exactly these functions.
 *
 * Context: all are called from the main loop unless said otherwise. None allocates, none waits
 * (board_idle apart).
 */
#ifndef UT_BOARDS_BOARD_H
#define UT_BOARDS_BOARD_H

#include <stddef.h>
#include <stdint.h>

/* Called by the board, from its audio interrupt, with `frames` interleaved pairs {customer, agent},
 * int16 Q15, 16 kHz, frames >= 1; valid only during the call. frames = 0: the source has ended and will not
 * call again (emulated and desk boards only). */
typedef void board_audio_fn(void *ctx, const int16_t *pairs, size_t frames);

/* Brings up clocks, link and watchdog. 0, or a negative board-specific error. */
int board_init(void);

/* Four characters that name the board in the hello record, NUL-padded. */
extern const char board_name[4];

/* Starts / stops audio. board_audio_start: 0, or negative when there is no source. */
int board_audio_start(board_audio_fn *fn, void *ctx);
void board_audio_stop(void);

/* Bytes accepted into / taken from the link's buffers now; 0 when full / empty; never waits. */
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

/* Stops for good with a one-line reason on the board's diagnostic channel; code 0 is an orderly end. */
_Noreturn void board_panic(int code, const char *reason);

/* The other direction: what the firmware offers. The board's start-up calls it once; it comes back never, or with the
 * code of board_panic on a board that can end. */
int ut_main(void);

#endif
