/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of updates to a headset, and its answers: SMP packets, MCUmgr's protocol. SPEC.md "Update".
 *
 * in    what is asked for; an answer's bytes, from anywhere
 * out   a request's bytes; what an answer says, of which nothing points into the bytes
 * How packets travel is the link's (firmware/update/console.h; one write or more over Bluetooth).
 */
#ifndef UT_HOST_UPDATE_PACKET_H
#define UT_HOST_UPDATE_PACKET_H

#include <stddef.h>
#include <stdint.h>

enum { UT_UPDATE_PACKET_BYTES = 512, UT_UPDATE_SLOTS = 2, UT_UPDATE_HEADER_BYTES = 8 };

enum ut_update_ask {
    UT_UPDATE_PARAMETERS, /* how long a packet may be */
    UT_UPDATE_STATE,      /* what lies in the slots */
    UT_UPDATE_PIECE,      /* of an image */
    UT_UPDATE_TRY,        /* the image of a hash runs at the next start */
    UT_UPDATE_KEEP,       /* what runs is kept */
    UT_UPDATE_RESTART
};

/* Answers that no error of the image group is. */
enum { UT_UPDATE_NO_SUCH = 8, UT_UPDATE_IN_CALL = 10 };

struct ut_update_request {
    enum ut_update_ask ask;
    uint8_t seq;
    uint32_t offset;       /* PIECE */
    const uint8_t *data;   /* PIECE: data_len bytes */
    size_t data_len;       /* likewise */
    uint32_t length;       /* PIECE at offset 0: of the whole image */
    const uint8_t *sha256; /* likewise, 32 bytes of the whole image; TRY: the image's hash */
};

struct ut_update_slot {
    int there, active, confirmed, pending, bootable;
    char version[24]; /* printable */
    uint8_t hash[32];
};

struct ut_update_answer {
    int error;       /* 0 = none */
    int of_images;   /* 1 = the error is one of the image group (firmware/update/server.h) */
    uint32_t offset; /* where the next piece is due */
    uint32_t room;   /* of PARAMETERS */
    struct ut_update_slot slot[UT_UPDATE_SLOTS];
};

/* The packet's length; 0 when it does not fit into `room`. */
size_t ut_update_pack(const struct ut_update_request *r, uint8_t *to, size_t room);

/* The bytes of a piece that fit into a packet of so many bytes: a multiple of 4, 0 where the packet is too short. */
size_t ut_update_piece_room(size_t packet_bytes, int first);

/* 0; -1: no answer to that request, or malformed. */
int ut_update_unpack(const uint8_t *packet, size_t len, const struct ut_update_request *r, struct ut_update_answer *a);

#endif
