/* SPDX-License-Identifier: Apache-2.0 */
/* The device program: audio from the board, through one call, to the link. */
#include "boards/board.h"
#include "firmware/call.h"
#include "firmware/link.h"
#include "firmware/ring.h"

enum {
    CHUNK_PAIRS = 160, /* 10 ms between two looks at the link */
    RAM_BUDGET_BYTES = 24 * 1024,
    EXIT_NO_AUDIO = 66,
    EXIT_BOARD = 69,
    EXIT_MODEL = 72
};

static struct {
    struct ut_ring ring;
    struct ut_call call;
    struct ut_link link;
    int16_t chunk[2 * CHUNK_PAIRS];
} device;

_Static_assert(sizeof device <= RAM_BUDGET_BYTES, "state exceeds the RAM budget of the smallest board");

static uint16_t saturated16(uint32_t x)
{
    return x > UINT16_MAX ? UINT16_MAX : (uint16_t)x;
}

static void take_counters(void)
{
    device.call.overruns = saturated16(device.ring.overruns);
    device.call.drops = device.link.drops;
}

static void send_the_rest(void)
{
    while (!ut_link_pump(&device.link) || board_link_busy()) {
        board_watchdog_feed();
        board_idle();
    }
}

int ut_main(void)
{
    if (board_init() != 0)
        board_panic(EXIT_BOARD, "the board did not start");
    ut_ring_init(&device.ring);
    ut_link_init(&device.link);
    if (ut_call_init(&device.call, &ut_model_default, board_name, ut_link_put, &device.link) != 0)
        board_panic(EXIT_MODEL, "the model was made for another version of the features");
    if (board_audio_start(ut_ring_put, &device.ring) != 0)
        board_panic(EXIT_NO_AUDIO, "no audio source");
    for (;;) {
        /* Read before the ring: what was put before the end is then seen below. */
        uint32_t ended = device.ring.ended;
        size_t n = ut_ring_get(&device.ring, device.chunk, CHUNK_PAIRS);
        if (n > 0) {
            take_counters();
            ut_call_push(&device.call, device.chunk, n);
        } else if (ended) {
            break;
        }
        ut_link_pump(&device.link);
        board_watchdog_feed();
        if (n == 0)
            board_idle();
    }
    take_counters();
    ut_call_finish(&device.call);
    send_the_rest();
    board_panic(0, "end of audio");
}
