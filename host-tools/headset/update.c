/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/headset/update.h"

#include "firmware/update/server.h"
#include "host-tools/system/digest.h"

#include <string.h>

enum {
    ANSWER_MS = 5000, /* a sector's erasure takes up to 2 s */
    ATTEMPTS = 4,
    REOPEN_MS = 60000,
    STARTED_MS = 60000, /* three trials of 4 s, and the way back */
    TRIAL_MS = 180000,  /* a minute without a host, 5 s with one, on a slow machine */
    LOOK_MS = 1000,
    STUCK = 20 /* answers that ask for the same place */
};

static int refused_by_images(const struct ut_update *u, struct ut_fault *fault)
{
    const char *name = u->name;
    switch (u->answer.error) {
    case UT_SERVER_KEY:
        return ut_fault_set(fault, UT_EXIT_SIGNER,
                            "%s: refused: signed with a key that this headset does not know; give a release of its "
                            "maker's",
                            name);
    case UT_SERVER_BOARD:
        return ut_fault_set(fault, UT_EXIT_WRONG_CHIP, "%s: refused: the image is for another board; give this one's",
                            name);
    case UT_SERVER_SLOT:
        return ut_fault_set(fault, UT_EXIT_SLOT,
                            "%s: refused: the image is linked for slot %c, which runs; give the whole release, which "
                            "has one for each slot",
                            name, 'A' + u->running);
    case UT_SERVER_COUNTER:
        return ut_fault_set(fault, UT_EXIT_OLDER,
                            "%s: refused: older than what this headset has run and kept (its security counter is "
                            "lower); give a newer release",
                            name);
    case UT_SERVER_NO_IMAGE:
    case UT_SERVER_LENGTH:
    case UT_SERVER_OVERRUN:
        return ut_fault_set(fault, UT_EXIT_TRUNCATED, "%s: refused: no whole image arrived; copy the file again", name);
    case UT_SERVER_NO_HASH:
        return ut_fault_set(fault, UT_EXIT_IMAGE,
                            "%s: refused: the image that it was to run is not in its slot, or damaged there; write it "
                            "again",
                            name);
    case UT_SERVER_DIGEST:
        return ut_fault_set(fault, UT_EXIT_IMAGE, "%s: refused: the image was changed on its way; try again", name);
    case UT_SERVER_TOO_LONG:
        return ut_fault_set(fault, UT_EXIT_IMAGE, "%s: refused: the image is longer than the slot", name);
    case UT_SERVER_BUSY:
    case UT_SERVER_TOO_EARLY:
        return ut_fault_set(fault, UT_EXIT_TRIAL,
                            "%s: refused: what runs is itself on trial; wait a minute and try again", name);
    case UT_SERVER_WRITE:
    case UT_SERVER_ERASE:
        return ut_fault_set(fault, UT_EXIT_FLASH,
                            "%s: the headset's flash does not take it; try again, then replace the headset", name);
    default:
        return ut_fault_set(fault, UT_EXIT_PROTOCOL, "%s: refused with error %d, which this program does not know",
                            name, u->answer.error);
    }
}

static int refused(const struct ut_update *u, struct ut_fault *fault)
{
    if (u->answer.of_images)
        return refused_by_images(u, fault);
    if (u->answer.error == UT_UPDATE_IN_CALL)
        return ut_fault_set(fault, UT_EXIT_IN_CALL,
                            "%s: a call is on, or ended less than 30 s ago; try again behind it, or give --now, which "
                            "costs it some sound",
                            u->name);
    if (u->answer.error == UT_UPDATE_NO_SUCH)
        return ut_fault_set(fault, UT_EXIT_PROTOCOL,
                            "%s: this headset has no bootloader, so it takes no updates; write one with a probe",
                            u->name);
    return ut_fault_set(fault, UT_EXIT_PROTOCOL, "%s: refused with error %d, which this program does not know", u->name,
                        u->answer.error);
}

static void tell(const struct ut_update *u, enum ut_update_step step, uint32_t done, uint32_t total)
{
    if (u->tell != NULL)
        u->tell(u->tell_ctx, u, step, done, total);
}

/* Asks until there is an answer, over a link that may be lost meanwhile. 0 and u->answer, an error's too; -1 and
 * *fault. */
static int ask(struct ut_update *u, struct ut_update_request *r, int attempts, struct ut_fault *fault)
{
    uint8_t packet[UT_UPDATE_PACKET_BYTES], answer[UT_UPDATE_PACKET_BYTES];
    r->seq = ++u->seq;
    size_t len = ut_update_pack(r, packet, u->packet_bytes);
    for (int i = 0; i < attempts; i++) {
        int n = len > 0 ? u->link.exchange(u->link.ctx, packet, len, answer, ANSWER_MS, fault) : 0;
        if (n > 0 && ut_update_unpack(answer, (size_t)n, r, &u->answer) == 0)
            return 0;
        if (n >= 0)
            continue;
        u->lost = true;
        tell(u, UT_UPDATE_LOST, 0, 0);
        if (u->link.open(u->link.ctx, REOPEN_MS, fault) != 0)
            return -1;
        tell(u, UT_UPDATE_BACK, 0, 0);
    }
    return ut_fault_set(fault, UT_EXIT_PROTOCOL,
                        "%s: no headset that takes updates answers here; see `undertone devices`, and that no other "
                        "program reads this port",
                        u->name);
}

/* The same for what has to be granted. */
static int demand(struct ut_update *u, struct ut_update_request *r, struct ut_fault *fault)
{
    if (ask(u, r, ATTEMPTS, fault) != 0)
        return -1;
    return u->answer.error == 0 ? 0 : refused(u, fault);
}

static int slot_of(const struct ut_update_answer *a, const uint8_t hash[32])
{
    for (int i = 0; i < UT_UPDATE_SLOTS; i++)
        if (a->slot[i].there && memcmp(a->slot[i].hash, hash, 32) == 0)
            return i;
    return -1;
}

static int active(const struct ut_update_answer *a)
{
    for (int i = 0; i < UT_UPDATE_SLOTS; i++)
        if (a->slot[i].active)
            return i;
    return -1;
}

/* Whether what runs is of this release, whichever slot it is linked for. */
static bool is_of(const struct ut_release *r, const uint8_t hash[32])
{
    for (int i = 0; i < r->images; i++)
        if (memcmp(r->image[i].digest, hash, 32) == 0)
            return true;
    return false;
}

/* What runs, and which image goes where. */
static int look(struct ut_update *u, struct ut_fault *fault)
{
    struct ut_update_request parameters = {.ask = UT_UPDATE_PARAMETERS}, state = {.ask = UT_UPDATE_STATE};
    if (demand(u, &parameters, fault) != 0)
        return -1;
    u->packet_bytes = u->answer.room < UT_UPDATE_PACKET_BYTES ? u->answer.room : UT_UPDATE_PACKET_BYTES;
    if (ut_update_piece_room(u->packet_bytes, 1) < UT_MANIFEST_SHORT_BYTES)
        return ut_fault_set(fault, UT_EXIT_PROTOCOL, "%s: its packets of %zu bytes are too short for updates", u->name,
                            u->packet_bytes);
    if (demand(u, &state, fault) != 0)
        return -1;
    u->running = active(&u->answer);
    if (u->running < 0)
        return ut_fault_set(fault, UT_EXIT_PROTOCOL, "%s: does not say which image runs; write one with a probe",
                            u->name);
    u->image = ut_release_find(u->release, u->board, 1 - u->running);
    if (u->image == NULL)
        return ut_fault_set(fault, UT_EXIT_WRONG_CHIP, "%s: its board is %s, the release is for %s; give that board's",
                            u->name, u->board, u->release->image[0].board);
    u->unchanged = is_of(u->release, u->answer.slot[u->running].hash);
    tell(u, UT_UPDATE_FOUND, 0, 0);
    return 0;
}

/* Behind a lost link the first piece is sent again: the headset knows the image by its SHA-256 and says where to go on,
 * or, when it was switched off, takes it from the start. */
static int upload(struct ut_update *u, struct ut_fault *fault)
{
    const struct ut_release_image *m = u->image;
    uint8_t sha256[UT_DIGEST_BYTES];
    const struct ut_digest_part part = {m->bytes, m->length};
    ut_digest_bytes(&part, 1, sha256);
    uint32_t length = (uint32_t)m->length, at = 0;
    u->lost = false;
    for (int stuck = 0; at < length;) {
        size_t room = ut_update_piece_room(u->packet_bytes, at == 0), left = length - at;
        struct ut_update_request piece = {.ask = UT_UPDATE_PIECE,
                                          .offset = at,
                                          .data = m->bytes + at,
                                          .data_len = left < room ? left : room,
                                          .length = length,
                                          .sha256 = sha256};
        if (demand(u, &piece, fault) != 0)
            return -1;
        stuck = u->answer.offset > at ? 0 : stuck + 1;
        if (stuck == STUCK || u->answer.offset > length)
            return ut_fault_set(fault, UT_EXIT_PROTOCOL,
                                "%s: the headset asks for byte %u again and again; switch it off and on", u->name,
                                (unsigned)u->answer.offset);
        if (u->answer.offset < at)
            tell(u, UT_UPDATE_ANEW, 0, length);
        at = u->lost ? 0 : u->answer.offset;
        u->lost = false;
        tell(u, UT_UPDATE_UPLOADING, at, length);
    }
    return 0;
}

/* 1: the image was there, whole, of an update that stopped before the restart, and is marked; 0: it has to be sent. */
static int mark_what_is_there(struct ut_update *u, struct ut_fault *fault)
{
    struct ut_update_request mark = {.ask = UT_UPDATE_TRY, .sha256 = u->image->digest};
    int slot = slot_of(&u->answer, u->image->digest);
    if (slot < 0 || slot == u->running || !u->answer.slot[slot].bootable)
        return 0;
    return ask(u, &mark, ATTEMPTS, fault) != 0 ? -1 : u->answer.error == 0;
}

static int send(struct ut_update *u, struct ut_fault *fault)
{
    struct ut_update_request mark = {.ask = UT_UPDATE_TRY, .sha256 = u->image->digest};
    int there = mark_what_is_there(u, fault);
    if (there != 0)
        return there < 0 ? -1 : 0;
    return upload(u, fault) != 0 ? -1 : demand(u, &mark, fault);
}

/* The new image runs: waits until the headset keeps it, and says that it may. */
static int keep(struct ut_update *u, struct ut_fault *fault)
{
    struct ut_update_request kept = {.ask = UT_UPDATE_KEEP}, state = {.ask = UT_UPDATE_STATE};
    for (int ms = 0; ms < TRIAL_MS; ms += LOOK_MS) {
        if (ask(u, &state, ATTEMPTS, fault) != 0)
            return -1;
        int now = active(&u->answer);
        if (now >= 0 && memcmp(u->answer.slot[now].hash, u->image->digest, 32) != 0)
            return 1; /* it fell over, and the other one runs */
        if (now >= 0 && u->answer.slot[now].confirmed) {
            u->running = now;
            tell(u, UT_UPDATE_DONE, 0, 0);
            return 0;
        }
        if (ask(u, &kept, ATTEMPTS, fault) != 0)
            return -1;
        u->link.pause(u->link.ctx, LOOK_MS);
    }
    return ut_fault_set(fault, UT_EXIT_TRIAL,
                        "%s: firmware %d.%d.%d runs, but does not keep itself: its store or its sound does not work; "
                        "switched off three times, the headset goes back to the old one",
                        u->name, u->image->version[0], u->image->version[1], u->image->version[2]);
}

/* The old image runs behind the restart: refused by the bootloader before it ever ran, or tried and not kept. */
static int went_back(struct ut_update *u, struct ut_fault *fault)
{
    int slot = slot_of(&u->answer, u->image->digest);
    const struct ut_update_slot *old = &u->answer.slot[u->running];
    if (slot >= 0 && u->answer.slot[slot].pending)
        return ut_fault_set(fault, UT_EXIT_SIGNER,
                            "%s: the bootloader refused the image, since its signature is not by the key it names; "
                            "firmware %s runs as before",
                            u->name, old->version);
    return ut_fault_set(fault, UT_EXIT_REVERTED,
                        "%s: the new firmware did not work and was given up; firmware %s runs again, as before",
                        u->name, old->version);
}

/* The slot that runs, once the headset says so; -1 and *fault. */
static int running_now(struct ut_update *u, struct ut_fault *fault)
{
    struct ut_update_request state = {.ask = UT_UPDATE_STATE};
    for (int ms = 0; ms < STARTED_MS; ms += LOOK_MS) {
        if (ask(u, &state, ATTEMPTS, fault) != 0)
            return -1;
        int now = active(&u->answer);
        if (now >= 0)
            return now;
        u->link.pause(u->link.ctx, LOOK_MS);
    }
    return ut_fault_set(fault, UT_EXIT_PROTOCOL, "%s: does not say which image runs; write one with a probe", u->name);
}

/* Restart, and what comes of it. A restart that nobody answered may not have been heard: it is asked for again, unless
 * the new image runs. */
static int try_it(struct ut_update *u, struct ut_fault *fault)
{
    tell(u, UT_UPDATE_RESTARTING, 0, 0);
    for (int i = 0; i < ATTEMPTS; i++) {
        struct ut_update_request restart = {.ask = UT_UPDATE_RESTART};
        bool answered = ask(u, &restart, 1, fault) == 0;
        if (answered && u->answer.error != 0)
            return refused(u, fault);
        bool started = u->link.started(u->link.ctx, answered ? STARTED_MS : ANSWER_MS) == 1;
        int now = running_now(u, fault);
        if (now < 0)
            return -1;
        if (memcmp(u->answer.slot[now].hash, u->image->digest, 32) == 0) {
            tell(u, UT_UPDATE_TRYING, 0, 0);
            int kept = keep(u, fault);
            return kept == 1 ? went_back(u, fault) : kept;
        }
        if ((answered && started) || !u->answer.slot[1 - now].pending)
            return went_back(u, fault);
    }
    return ut_fault_set(fault, UT_EXIT_PROTOCOL,
                        "%s: does not restart when it is asked to; switch it off and on, and it runs the new firmware",
                        u->name);
}

static int run(struct ut_update *u, struct ut_fault *fault)
{
    u->packet_bytes = UT_UPDATE_PACKET_BYTES;
    if (u->link.open(u->link.ctx, REOPEN_MS, fault) != 0 || look(u, fault) != 0)
        return -1;
    if (u->unchanged) {
        u->image = ut_release_find(u->release, u->board, u->running);
        int kept = keep(u, fault);
        return kept == 1 ? went_back(u, fault) : kept;
    }
    return send(u, fault) != 0 ? -1 : try_it(u, fault);
}

int ut_update_run(struct ut_update *u, struct ut_fault *fault)
{
    int result = run(u, fault);
    if (result == 0)
        memset(fault, 0, sizeof *fault); /* of a link that was lost on the way */
    return result;
}

int ut_update_try(struct ut_update *u, const uint8_t hash[32], struct ut_fault *fault)
{
    struct ut_update_request mark = {.ask = UT_UPDATE_TRY, .sha256 = hash}, restart = {.ask = UT_UPDATE_RESTART};
    u->packet_bytes = UT_UPDATE_PACKET_BYTES;
    return u->link.open(u->link.ctx, REOPEN_MS, fault) != 0 || demand(u, &mark, fault) != 0
               ? -1
               : demand(u, &restart, fault);
}
