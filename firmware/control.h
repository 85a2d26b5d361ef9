/* SPDX-License-Identifier: Apache-2.0 */
/* What a headset answers when it is asked: settings, what its image is, a restart.
 *
 * in    request records (firmware/wire.h). The caller passes on only those of a link that may ask: the UART, because
 *       it is plugged in, and Bluetooth when it is encrypted and authenticated
 * out   one reply record each, with sequence number 0, which the link may change
 * A reply says that a setting is changed only after the store holds it. A flood of changes is answered with
 * UT_CONTROL_LATER before it wears the memory out: UT_CONTROL_CHANGES reach it, and one more every ten minutes.
 * SPEC.md "Control".
 */
#ifndef UT_FIRMWARE_CONTROL_H
#define UT_FIRMWARE_CONTROL_H

#include "firmware/boot/factory.h"
#include "firmware/settings.h"
#include "firmware/store.h"
#include "firmware/wire.h"

#include <stdint.h>

enum ut_control_op {
    UT_CONTROL_GET = 1,      /* key: enum ut_setting; the reply has its value */
    UT_CONTROL_SET = 2,      /* the same with a value; the reply has it again */
    UT_CONTROL_DEFAULTS = 3, /* all settings; bonds stay */
    UT_CONTROL_IMAGE = 4,    /* key: which twelve bytes of the image header, 0..7, and of its signer's key, 8..10 */
    UT_CONTROL_REBOOT = 5,
    UT_CONTROL_CALL = 6,    /* the call ends and the next one begins */
    UT_CONTROL_CUE = 7,     /* key: 1 = a cue is open for the agent, 0 = none is; value: 4 times which, plus severity */
    UT_CONTROL_FORGET = 8,  /* all bonds; the settings stay */
    UT_CONTROL_PAIRING = 9, /* key: 1 = pairing mode opens, or stays open for its whole time again, 0 = it closes */
    UT_CONTROL_BOND = 10,   /* key: a place; the reply says whose bond is there (SPEC.md "Control"), or nothing */
    UT_CONTROL_REMOVE = 11, /* key: a place, value: the address that BOND gave; that bond goes, the others stay */
    UT_CONTROL_RESET = 12,  /* key: 2 x which reset, 0 = the last, + which part of its entry in the log */
    UT_CONTROL_UPDATE = 13, /* key: 1 = updates are taken also in a call, until the next start; 0 = not then */
    UT_CONTROL_FACTORY = 14 /* key: 0 or 1, which twelve bytes of struct ut_factory */
};

enum ut_control_error {
    UT_CONTROL_OK = 0,
    UT_CONTROL_NO_OP = 1, /* this firmware does not know the operation */
    UT_CONTROL_NO_KEY = 2,
    UT_CONTROL_NO_VALUE = 3, /* not a value of that key */
    UT_CONTROL_NO_STORE = 4, /* the memory failed; nothing has changed */
    UT_CONTROL_LATER = 5, /* too many changes for the memory's life; one more is possible every UT_CONTROL_CHANGE_US */
    UT_CONTROL_NO_RADIO = 6 /* Bluetooth is off, or the board has none */
};

enum {
    UT_CONTROL_REPLY_US = 200000, /* for the reply to leave before what was asked for happens */
    UT_CONTROL_CUE_THERE = 128,
    UT_CONTROL_CUE_US = 30000000, /* a cue that nobody renews is over: its sender may be gone */
    UT_CONTROL_CHANGES = 16,      /* writes in a row, of a memory that has been left alone */
    UT_CONTROL_RESERVED = 4,      /* of these, not for what centrals change by themselves */
    UT_CONTROL_CHANGE_US = 600000000,
    UT_CONTROL_SIGNER_BYTES = 32
};

/* What the owner is to do now: a set of these. */
enum ut_control_due {
    UT_CONTROL_DUE_CUE = 1,    /* show c->cue, which is new, or over */
    UT_CONTROL_DUE_CALL = 2,   /* begin another call */
    UT_CONTROL_DUE_FORGET = 4, /* forget the bonds in memory that c->places names */
    UT_CONTROL_DUE_REBOOT = 8,
    UT_CONTROL_DUE_PAIRING = 32, /* open pairing mode, or close it, as c->pairing says */
    UT_CONTROL_DUE_SAVE = 16     /* before the restart, what bonds have pending, as ut_control_may_save lets it */
};

struct ut_control {
    struct ut_settings *settings;
    struct ut_store *store;
    const uint8_t *signer;            /* set by the owner: 32 bytes, NULL = the image was not started from a slot */
    const struct ut_factory *factory; /* set by the owner, NULL = nobody has provisioned the headset */
    uint32_t last_us;                 /* of the last ut_control_work */
    uint32_t forget_us, reboot_us;    /* since they were asked for, and not again by further requests */
    uint32_t cue_us;                  /* since the cue was last asked for */
    uint32_t change_us;               /* towards the next change */
    uint8_t changes;                  /* that may be made now */
    uint8_t forget, reboot;           /* 1 = asked for */
    uint8_t places;                   /* a bit for each bond that is to be forgotten */
    uint8_t radio;                    /* 1 = Bluetooth is on; the owner says so */
    uint8_t pairing, pairing_new;     /* to be open; asked for since the last ut_control_work */
    uint8_t update_at_once;           /* 1 = updates are taken also in a call */
    uint8_t new_call, cue, cue_new;   /* 1 = asked for; for board_cue; since the last ut_control_work */
};

/* Reads the settings from the store. Both must outlive c. boots: as board_crash counts them; each halves the changes
 * that are possible at first, so that restarts do not buy new ones. now_us as for ut_control_work. */
void ut_control_init(struct ut_control *c, struct ut_settings *settings, struct ut_store *store, unsigned boots,
                     uint32_t now_us);

/* 1 = reply is filled; 0 = the record is no whole request of this version, and gets no reply. */
int ut_control_handle(struct ut_control *c, const uint8_t request[UT_WIRE_RECORD_BYTES],
                      uint8_t reply[UT_WIRE_RECORD_BYTES]);

/* 1, and one write less: the memory's life allows a value of the store to be written, with `left` more after it. */
int ut_control_may_write(struct ut_control *c, unsigned left);

/* The same for what a bond has pending: 0 also while bonds are to be forgotten, since it would bring a key back that is
 * gone from the memory. */
int ut_control_may_save(struct ut_control *c, unsigned left);

/* As UT_CONTROL_FORGET and UT_CONTROL_REBOOT, asked for by other means. */
void ut_control_forget(struct ut_control *c);
void ut_control_restart(struct ut_control *c);

/* Call it at least every 100 ms: a set of enum ut_control_due. now_us: board_time_us(). */
unsigned ut_control_work(struct ut_control *c, uint32_t now_us);

#endif
