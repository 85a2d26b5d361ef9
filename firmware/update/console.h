/* SPDX-License-Identifier: Apache-2.0 */
/* SMP packets among records on the serial link: MCUmgr's lines of base64.
 *
 * in    every byte of the link; a packet to be sent; time
 * out   the bytes that are records' (firmware/wire.h), whole packets, lines of at most 127 bytes
 * A line begins 06 09 (or 04 14, where more of a packet is due) right behind a frame's 0 or another line, since the
 * pairs can stand inside a frame; no request of this version begins a frame so. A packet whose CRC is wrong is dropped.
 * SPEC.md "Update".
 */
#ifndef UT_FIRMWARE_UPDATE_CONSOLE_H
#define UT_FIRMWARE_UPDATE_CONSOLE_H

#include <stddef.h>
#include <stdint.h>

enum {
    UT_CONSOLE_PACKET_BYTES = 512,
    UT_CONSOLE_LINE_BYTES = 127,
    UT_CONSOLE_REST_US = 2000000 /* behind an answer, before records go on */
};

struct ut_console {
    uint8_t packet[2 + UT_CONSOLE_PACKET_BYTES + 2]; /* length, packet, CRC */
    uint16_t len;                                    /* bytes of these so far */
    uint8_t at_boundary, held;                       /* held: the first byte of what may be a line; 0 = none */
    uint8_t in_line, in_packet;
    uint8_t quads; /* characters of the base64 group so far */
    uint32_t bits; /* of these */
    uint8_t line[UT_CONSOLE_LINE_BYTES + 1];
    uint8_t line_at, line_len;
    const uint8_t *sending; /* what is left of an answer, with its length before and its CRC behind */
    uint16_t sending_len, sending_at;
    uint16_t sending_crc;
    uint8_t holds;    /* enum in console.c: whose turn the link is */
    uint32_t sent_us; /* when something of an answer was last to be sent */
};

void ut_console_init(struct ut_console *c);

/* One byte of the link. The bytes that are records', 0 to 2, go to `pass`; their number. */
unsigned ut_console_take(struct ut_console *c, uint8_t byte, uint8_t pass[2]);

/* The packet that is whole, once; NULL: none. It stays until the next byte is taken. */
const uint8_t *ut_console_packet(struct ut_console *c, size_t *len);

/* Sends a packet, which must stay until pump has sent it. */
void ut_console_send(struct ut_console *c, const uint8_t *packet, size_t len);

/* 1: the link is for what ut_console_next has, from an answer to UT_CONSOLE_REST_US behind its last byte, and then for
 * a 0, without which whoever reads records would take the lines for the beginning of the next frame. */
int ut_console_holds(struct ut_console *c, uint32_t now_us);

/* 1: what was to be sent is not all given. */
int ut_console_sends(const struct ut_console *c);

/* The next bytes for the link, NULL with none; sent: how many of them the link took. */
const uint8_t *ut_console_next(struct ut_console *c, size_t *len);
void ut_console_sent(struct ut_console *c, size_t n);

#endif
