/* SPDX-License-Identifier: Apache-2.0 */
/* One headset's update from beginning to end: upload, trial, restart, kept or gone back. SPEC.md "Update".
 *
 * in    a release; the headset's board; a link that carries packets (the caller's: serial line or Bluetooth)
 * out   words of progress; the headset's slots; how it ended
 * errors a fault of its own for each reason to refuse, see `undertone update --help`
 * A link that is lost is opened again and the upload goes on where the headset says. Nothing here can make a headset
 * unable to start: it writes the slot that does not run, and the bootloader goes back to the kept image.
 */
#ifndef UT_HOST_UPDATE_H
#define UT_HOST_UPDATE_H

#include "host-tools/headset/release_file.h"
#include "host-tools/headset/update_packet.h"
#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What carries packets. Each call waits at most ms. */
struct ut_update_link {
    /* Opens, or opens again after -1 of another. 0, or -1 and *fault. */
    int (*open)(void *ctx, int ms, struct ut_fault *fault);
    /* Sends a packet and takes one. Its length; 0: none came; -1 and *fault: the link is lost. */
    int (*exchange)(void *ctx, const uint8_t *packet, size_t len, uint8_t answer[UT_UPDATE_PACKET_BYTES], int ms,
                    struct ut_fault *fault);
    /* Waits for what only a start brings: 1; 0: it did not come. */
    int (*started)(void *ctx, int ms);
    void (*pause)(void *ctx, int ms);
    void *ctx;
};

enum ut_update_step {
    UT_UPDATE_FOUND,      /* u->answer and u->image are known */
    UT_UPDATE_UPLOADING,  /* done of total bytes */
    UT_UPDATE_LOST,       /* the link; it is opened again */
    UT_UPDATE_BACK,       /* it is */
    UT_UPDATE_ANEW,       /* the headset was switched off, and takes the image from its beginning */
    UT_UPDATE_RESTARTING, /* the whole image is there and marked */
    UT_UPDATE_TRYING,     /* the new image runs */
    UT_UPDATE_DONE        /* and is kept */
};

struct ut_update {
    const char *name; /* of the headset, for faults */
    const char *board;
    const struct ut_release *release;
    struct ut_update_link link;
    void (*tell)(void *ctx, const struct ut_update *u, enum ut_update_step step, uint32_t done, uint32_t total);
    void *tell_ctx;

    /* What is known, from UT_UPDATE_FOUND on. */
    const struct ut_release_image *image;
    struct ut_update_answer answer; /* the last one */
    int running;                    /* slot: 0 A, 1 B */
    bool unchanged;                 /* the release runs already */
    bool lost;                      /* the link was, since the last look */
    uint8_t seq;
    size_t packet_bytes;
};

/* 0: the release's image runs and is kept; or -1 and *fault. */
int ut_update_run(struct ut_update *u, struct ut_fault *fault);

/* The image of this hash, which lies in the slot that does not run, runs behind a restart, on trial. u: name and link.
 * 0 once that has been granted; or -1 and *fault. */
int ut_update_try(struct ut_update *u, const uint8_t hash[32], struct ut_fault *fault);

#endif
