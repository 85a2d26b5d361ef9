/* SPDX-License-Identifier: Apache-2.0 */
/* What a headset answers when it is asked: settings, what its image is, a restart.
 *
 * in    request records (firmware/wire.h). The caller passes on only those of a link that may ask: the UART, because
 *       it is plugged in, and Bluetooth when it is encrypted and authenticated
 * out   one reply record each, with sequence number 0, which the link may change
 * A reply says that a setting is changed only after the store holds it. SPEC.md "Control".
 */
#ifndef UT_FIRMWARE_CONTROL_H
#define UT_FIRMWARE_CONTROL_H

#include "firmware/settings.h"
#include "firmware/store.h"
#include "firmware/wire.h"

#include <stdint.h>

enum ut_control_op {
    UT_CONTROL_GET = 1,      /* key: enum ut_setting; the reply has its value */
    UT_CONTROL_SET = 2,      /* the same with a value; the reply has it again */
    UT_CONTROL_DEFAULTS = 3, /* all settings; bonds stay */
    UT_CONTROL_IMAGE = 4,    /* key: which twelve bytes of the image header, 0..7 */
    UT_CONTROL_REBOOT = 5,
    UT_CONTROL_CALL = 6,  /* the call ends and the next one begins */
    UT_CONTROL_CUE = 7,   /* key: 1 = a cue is open for the agent, 0 = none is */
    UT_CONTROL_FORGET = 8 /* all bonds; the settings stay */
};

enum ut_control_error {
    UT_CONTROL_OK = 0,
    UT_CONTROL_NO_OP = 1, /* this firmware does not know the operation */
    UT_CONTROL_NO_KEY = 2,
    UT_CONTROL_NO_VALUE = 3, /* not a value of that key */
    UT_CONTROL_NO_STORE = 4  /* the memory failed; nothing has changed */
};

struct ut_control {
    struct ut_settings *settings;
    struct ut_store *store;
    uint8_t reboot;   /* 1 = asked for: the owner resets the board when the reply has left */
    uint8_t new_call; /* 1 = asked for: the owner begins one (ut_call_again) and clears this */
    uint8_t forget;   /* 1 = asked for: when the reply has left the owner calls ut_ble_forget and clears this */
    uint8_t cue;      /* 1 = a cue is open */
    uint8_t cue_told; /* 1 = a request set `cue` since the last ut_control_cue */
    uint32_t cue_us;  /* when ut_control_cue last saw such a request */
};

/* Reads the settings from the store. Both must outlive c. */
void ut_control_init(struct ut_control *c, struct ut_settings *settings, struct ut_store *store);

/* 1 = reply is filled; 0 = the record is no whole request of this version, and gets no reply. */
int ut_control_handle(struct ut_control *c, const uint8_t request[UT_WIRE_RECORD_BYTES],
                      uint8_t reply[UT_WIRE_RECORD_BYTES]);

enum { UT_CONTROL_CUE_US = 30000000 }; /* a cue that is not renewed ends after this: its sender may be gone */

/* Call it at least once a minute. 1 when c->cue is news for the board, which then shows a cue (1) or none (0). */
int ut_control_cue(struct ut_control *c, uint32_t now_us);

#endif
