/* SPDX-License-Identifier: Apache-2.0 */
/* What a headset answers when it is asked: settings, what its image is, a restart.
 *
 * in    request records (firmware/wire.h), from a link whose other end may ask: the UART by being plugged in, Bluetooth
 *       when it is encrypted and authenticated, which is its caller's to judge
 * out   one reply record each, sequence number 0, which the caller's link may change
 * A setting is in the store before the reply says so. SPEC.md "Control".
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
    UT_CONTROL_CUE = 7,   /* key: 1 = a cue is there for the agent, 0 = no more */
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
    uint8_t new_call; /* 1 = asked for: the owner begins one (ut_call_again) and takes this back */
    uint8_t forget;   /* 1 = asked for: when the reply has left the owner calls ut_ble_forget and takes this back */
    uint8_t cue;      /* 1 = to be shown */
    uint8_t cue_told; /* 1 = since the last ut_control_cue */
    uint32_t cue_us;  /* when, as that call knew */
};

/* Settings are then what the store holds. Both outlive c. */
void ut_control_init(struct ut_control *c, struct ut_settings *settings, struct ut_store *store);

/* 1 = reply is filled; 0 = the record is no whole request of this version, and gets no reply. */
int ut_control_handle(struct ut_control *c, const uint8_t request[UT_WIRE_RECORD_BYTES],
                      uint8_t reply[UT_WIRE_RECORD_BYTES]);

enum { UT_CONTROL_CUE_US = 30000000 }; /* one that nobody renews is over: its sender may be gone */

/* Now and then, at least every minute: 1 when the board is to show c->cue, which is new, or over. */
int ut_control_cue(struct ut_control *c, uint32_t now_us);

#endif
