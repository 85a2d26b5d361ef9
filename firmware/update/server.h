/* SPDX-License-Identifier: Apache-2.0 */
/* Updates by SMP, MCUmgr's protocol: takes an image into the slot that does not run, marks it, says what runs.
 *
 * in    request packets of a link that may ask; time, how much audio has come, and whether somebody speaks
 * out   one answer each; the image that runs is kept once it has shown that it works
 * An image is taken while the running one is kept, from its first piece on only for this board and the other slot; it
 * is asked for only when it is whole, by a key that is known and not older. While a call is on, neither an upload nor a
 * restart is taken, since both cost sound, unless the owner was told to. Main loop only. SPEC.md "Update".
 */
#ifndef UT_FIRMWARE_UPDATE_SERVER_H
#define UT_FIRMWARE_UPDATE_SERVER_H

#include "firmware/boot/manifest.h"

#include <stddef.h>
#include <stdint.h>

enum {
    UT_SERVER_ANSWER_BYTES = 320,
    UT_SERVER_BLOCKS = 500,        /* of audio, before an image may be kept */
    UT_SERVER_QUIET_BLOCKS = 3000, /* 30 s in which neither party spoke: no call is on */
    UT_SERVER_ALONE_US = 60000000  /* without a fault, before it is kept though nobody listened */
};

/* What an error of the image group says (MCUmgr's numbers). */
enum ut_server_error {
    UT_SERVER_OK = 0,
    UT_SERVER_UNKNOWN = 1,
    UT_SERVER_KEY = 5,
    UT_SERVER_NO_HASH = 8,
    UT_SERVER_BUSY = 9, /* the running image is not kept */
    UT_SERVER_WRITE = 12,
    UT_SERVER_ERASE = 13,
    UT_SERVER_OFFSET = 20,
    UT_SERVER_LENGTH = 21,
    UT_SERVER_BOARD = 22,
    UT_SERVER_NO_IMAGE = 23,
    UT_SERVER_DIGEST = 24,
    UT_SERVER_SLOT = 25,
    UT_SERVER_COUNTER = 27,
    UT_SERVER_TOO_LONG = 30,
    UT_SERVER_OVERRUN = 31,
    UT_SERVER_TOO_EARLY = 32, /* the running image has not shown that it works, or another is to be kept */
    UT_SERVER_RUNNING = 33
};

struct ut_server {
    uint8_t answer[UT_SERVER_ANSWER_BYTES];
    uint8_t sha256[32]; /* that the upload goes by; all 0 = none */
    uint32_t length;    /* of the upload; 0 = none */
    uint32_t offset;    /* of its next byte, a multiple of 4 until the end */
    uint32_t last_us, alive_us;
    int8_t running;        /* enum board_area; -1: no bootloader started this image */
    uint8_t heard;         /* 1 = somebody asked something since the start */
    uint8_t kept;          /* 1 = nothing is left to be kept */
    uint8_t usable;        /* the store */
    uint8_t spoken;        /* 1 = somebody spoke since the start, */
    uint32_t spoken_block; /* at last here */
    uint8_t at_once;       /* set by the owner: 1 = also in a call */
    uint8_t signer[32];    /* SHA-256 of the key that the running image names; all 0 without a bootloader */
    const char *board;
};

/* board: four characters as board_name. usable: 0 = the store failed, and the image does not keep itself. */
void ut_server_init(struct ut_server *s, const char *board, int usable, uint32_t now_us);

/* The answer's length, or 0 for a packet that is none. *restart is 1 when it asks for one. room: the longest packet
 * that the link carries. blocks: of audio so far. */
size_t ut_server_handle(struct ut_server *s, const uint8_t *packet, size_t len, size_t room, uint32_t blocks,
                        int *restart);

/* Somebody speaks in the block of audio that has just come. */
void ut_server_speech(struct ut_server *s, uint32_t blocks);

/* Call it at least once a minute: keeps the running image when it may. */
void ut_server_work(struct ut_server *s, uint32_t blocks, uint32_t now_us);

#endif
