/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/control.h"

#include "firmware/image.h"
#include "firmware/resets.h"

#include <string.h>

enum { ADDRESS_BYTES = 7, BOND_AUTHENTICATED = 39, ALL_BONDS = (1 << UT_STORE_BONDS) - 1 };

_Static_assert((int)UT_IMAGE_HEADER_BYTES % (int)UT_WIRE_VALUE_BYTES == 0, "the header travels in whole parts");
_Static_assert(sizeof(struct ut_factory) == 2 * (size_t)UT_WIRE_VALUE_BYTES, "the factory's words travel in two parts");
_Static_assert((int)UT_SETTINGS_VALUE_BYTES == (int)UT_WIRE_VALUE_BYTES, "a setting travels in one record");

_Static_assert((int)UT_SETTINGS_PACKED_BYTES <= (int)UT_STORE_VALUE_BYTES, "all settings are one value of the store");

void ut_control_init(struct ut_control *c, struct ut_settings *settings, struct ut_store *store, unsigned boots,
                     uint32_t now_us)
{
    uint8_t packed[UT_STORE_VALUE_BYTES];
    int len = ut_store_get(store, UT_STORE_SETTINGS, packed, sizeof packed);
    memset(c, 0, sizeof *c);
    c->settings = settings;
    c->store = store;
    c->last_us = now_us;
    c->changes = (uint8_t)(boots > 8 ? 0 : UT_CONTROL_CHANGES >> (boots - (boots > 0)));
    ut_settings_unpack(settings, packed, len > 0 ? (size_t)len : 0);
}

/* Each answers with enum ut_control_error. */
static uint8_t get(const struct ut_control *c, int key, struct ut_wire_reply *reply)
{
    int len = ut_settings_get(c->settings, key, reply->value);
    if (len < 0)
        return UT_CONTROL_NO_KEY;
    reply->len = (uint8_t)len;
    return UT_CONTROL_OK;
}

int ut_control_may_write(struct ut_control *c, unsigned left)
{
    if (c->changes <= left)
        return 0;
    c->changes--;
    return 1;
}

int ut_control_may_save(struct ut_control *c, unsigned left)
{
    return !c->forget && ut_control_may_write(c, left);
}

/* What is in force already costs nothing. */
static uint8_t keep(struct ut_control *c, const struct ut_settings *changed)
{
    uint8_t packed[UT_SETTINGS_PACKED_BYTES];
    if (memcmp(changed, c->settings, sizeof *changed) == 0)
        return UT_CONTROL_OK;
    if (!ut_control_may_write(c, 0))
        return UT_CONTROL_LATER;
    if (ut_store_set(c->store, UT_STORE_SETTINGS, packed, ut_settings_pack(changed, packed)) != 0)
        return UT_CONTROL_NO_STORE;
    *c->settings = *changed;
    return UT_CONTROL_OK;
}

static uint8_t set(struct ut_control *c, const struct ut_wire_request *request, struct ut_wire_reply *reply)
{
    struct ut_settings changed = *c->settings;
    int error = ut_settings_set(&changed, request->key, request->value, request->len);
    if (error != 0)
        return error == UT_ERR_ABSENT ? UT_CONTROL_NO_KEY : UT_CONTROL_NO_VALUE;
    uint8_t kept = keep(c, &changed);
    return kept == UT_CONTROL_OK ? get(c, request->key, reply) : kept;
}

static uint8_t defaults(struct ut_control *c)
{
    struct ut_settings fresh;
    ut_settings_defaults(&fresh);
    memcpy(fresh.trim_db, c->settings->trim_db, sizeof fresh.trim_db);
    return keep(c, &fresh);
}

/* When the store fails to remove a bond, the owner still forgets it in memory: it is gone until the next start. */
static uint8_t forget(struct ut_control *c, unsigned places)
{
    uint8_t error = UT_CONTROL_OK;
    for (int i = 0; i < UT_STORE_BONDS; i++)
        if ((places >> i & 1) != 0 && ut_store_remove(c->store, UT_STORE_BOND_0 + i) != 0)
            error = UT_CONTROL_NO_STORE;
    if (ut_store_purge(c->store) != 0)
        error = UT_CONTROL_NO_STORE;
    c->places = (uint8_t)((c->forget ? c->places : 0) | places);
    c->forget = 1;
    return error;
}

/* Address, whether it is authenticated, and how many were seen after it. */
static uint8_t bond(const struct ut_control *c, int place, struct ut_wire_reply *reply)
{
    uint8_t value[UT_STORE_VALUE_BYTES], order[UT_STORE_BONDS];
    if (place >= UT_STORE_BONDS)
        return UT_CONTROL_NO_KEY;
    if (ut_store_get(c->store, UT_STORE_BOND_0 + place, value, sizeof value) <= BOND_AUTHENTICATED)
        return UT_CONTROL_OK;
    memcpy(reply->value, value, ADDRESS_BYTES);
    reply->value[7] = value[BOND_AUTHENTICATED];
    memset(value, 0, sizeof value); /* its keys */
    if (ut_store_get(c->store, UT_STORE_BOND_ORDER, order, sizeof order) == UT_STORE_BONDS)
        while (reply->value[8] < UT_STORE_BONDS && order[reply->value[8]] != place)
            reply->value[8]++;
    reply->len = 9;
    return UT_CONTROL_OK;
}

/* Only the one that the asker has seen there: another may have come meanwhile. */
static uint8_t remove_bond(struct ut_control *c, const struct ut_wire_request *asked)
{
    struct ut_wire_reply there = {.len = 0};
    uint8_t error = bond(c, asked->key, &there);
    if (error != UT_CONTROL_OK)
        return error;
    if (there.len == 0 || asked->len != ADDRESS_BYTES || memcmp(there.value, asked->value, ADDRESS_BYTES) != 0)
        return UT_CONTROL_NO_VALUE;
    return forget(c, 1U << asked->key);
}

static uint8_t reset(const struct ut_control *c, int key, struct ut_wire_reply *reply)
{
    uint8_t entry[UT_RESET_BYTES];
    if (ut_resets_get(c->store, key / 2, entry) != 0)
        return UT_CONTROL_NO_KEY;
    reply->len = key % 2 == 0 ? UT_WIRE_VALUE_BYTES : UT_RESET_BYTES - UT_WIRE_VALUE_BYTES;
    memcpy(reply->value, entry + key % 2 * UT_WIRE_VALUE_BYTES, reply->len);
    return UT_CONTROL_OK;
}

static uint8_t pairing(struct ut_control *c, int open)
{
    if (open > 1)
        return UT_CONTROL_NO_KEY;
    if (!c->radio)
        return UT_CONTROL_NO_RADIO;
    c->pairing = (uint8_t)open;
    c->pairing_new = 1;
    return UT_CONTROL_OK;
}

/* The header's parts, then those of the signer's key, of which the last is shorter. */
static uint8_t image(const struct ut_control *c, unsigned part, struct ut_wire_reply *reply)
{
    const unsigned first = UT_IMAGE_HEADER_BYTES / UT_WIRE_VALUE_BYTES;
    const uint8_t *from = (const uint8_t *)&ut_image;
    unsigned at = part * UT_WIRE_VALUE_BYTES, end = UT_IMAGE_HEADER_BYTES;
    if (part >= first) {
        from = c->signer;
        at -= UT_IMAGE_HEADER_BYTES;
        end = UT_CONTROL_SIGNER_BYTES;
    }
    if (from == NULL || at >= end)
        return UT_CONTROL_NO_KEY;
    reply->len = (uint8_t)(end - at < UT_WIRE_VALUE_BYTES ? end - at : UT_WIRE_VALUE_BYTES);
    memcpy(reply->value, from + at, reply->len);
    return UT_CONTROL_OK;
}

static uint8_t factory(const struct ut_control *c, int part, struct ut_wire_reply *reply)
{
    if (part > 1 || c->factory == NULL)
        return UT_CONTROL_NO_KEY;
    reply->len = UT_WIRE_VALUE_BYTES;
    memcpy(reply->value, (const uint8_t *)c->factory + part * UT_WIRE_VALUE_BYTES, UT_WIRE_VALUE_BYTES);
    return UT_CONTROL_OK;
}

/* The two that are on or off. */
static uint8_t turn(struct ut_control *c, const struct ut_wire_request *asked)
{
    if (asked->key > 1)
        return UT_CONTROL_NO_KEY;
    if (asked->op == UT_CONTROL_UPDATE) {
        c->update_at_once = asked->key;
        return UT_CONTROL_OK;
    }
    c->cue = asked->key ? (uint8_t)(UT_CONTROL_CUE_THERE | asked->value[0]) : 0;
    c->cue_new = 1;
    return UT_CONTROL_OK;
}

int ut_control_handle(struct ut_control *c, const uint8_t request[UT_WIRE_RECORD_BYTES],
                      uint8_t reply[UT_WIRE_RECORD_BYTES])
{
    struct ut_wire_request asked;
    if (ut_wire_unpack_request(request, &asked) != 0)
        return 0;
    struct ut_wire_reply answer = {.op = asked.op, .tag = asked.tag, .key = asked.key};
    switch (asked.op) {
    case UT_CONTROL_GET:
        answer.error = get(c, asked.key, &answer);
        break;
    case UT_CONTROL_SET:
        answer.error = set(c, &asked, &answer);
        break;
    case UT_CONTROL_DEFAULTS:
        answer.error = defaults(c);
        break;
    case UT_CONTROL_IMAGE:
        answer.error = image(c, asked.key, &answer);
        break;
    case UT_CONTROL_REBOOT:
        ut_control_restart(c);
        break;
    case UT_CONTROL_CALL:
        c->new_call = 1;
        break;
    case UT_CONTROL_FORGET:
        answer.error = forget(c, ALL_BONDS);
        break;
    case UT_CONTROL_BOND:
        answer.error = bond(c, asked.key, &answer);
        break;
    case UT_CONTROL_REMOVE:
        answer.error = remove_bond(c, &asked);
        break;
    case UT_CONTROL_RESET:
        answer.error = reset(c, asked.key, &answer);
        break;
    case UT_CONTROL_PAIRING:
        answer.error = pairing(c, asked.key);
        break;
    case UT_CONTROL_FACTORY:
        answer.error = factory(c, asked.key, &answer);
        break;
    case UT_CONTROL_UPDATE:
    case UT_CONTROL_CUE:
        answer.error = turn(c, &asked);
        break;
    default:
        answer.error = UT_CONTROL_NO_OP;
        break;
    }
    ut_wire_pack_reply(reply, 0, &answer);
    return 1;
}

void ut_control_forget(struct ut_control *c)
{
    (void)forget(c, ALL_BONDS);
}

void ut_control_restart(struct ut_control *c)
{
    c->reboot = 1;
}

/* Counts while it is asked for; 1 when the reply has had its time. */
static int is_due(uint8_t *asked, uint32_t *since_us, uint32_t passed_us)
{
    if (!*asked) {
        *since_us = 0;
        return 0;
    }
    *since_us += passed_us;
    if (*since_us <= UT_CONTROL_REPLY_US)
        return 0;
    *asked = 0;
    *since_us = 0;
    return 1;
}

static int is_cue_due(struct ut_control *c, uint32_t passed_us)
{
    c->cue_us += passed_us;
    if (c->cue_new) {
        c->cue_new = 0;
        c->cue_us = 0;
        return 1;
    }
    if (!c->cue || c->cue_us <= UT_CONTROL_CUE_US)
        return 0;
    c->cue = 0;
    return 1;
}

unsigned ut_control_work(struct ut_control *c, uint32_t now_us)
{
    uint32_t passed_us = now_us - c->last_us;
    unsigned due = 0;
    c->last_us = now_us;
    c->change_us = c->changes < UT_CONTROL_CHANGES ? c->change_us + passed_us : 0;
    if (c->change_us >= UT_CONTROL_CHANGE_US) {
        c->change_us -= UT_CONTROL_CHANGE_US;
        c->changes++;
    }
    if (is_cue_due(c, passed_us))
        due |= UT_CONTROL_DUE_CUE;
    if (c->new_call)
        due |= UT_CONTROL_DUE_CALL;
    if (c->pairing_new)
        due |= UT_CONTROL_DUE_PAIRING;
    c->new_call = c->pairing_new = 0;
    if (is_due(&c->forget, &c->forget_us, passed_us))
        due |= UT_CONTROL_DUE_FORGET;
    if (is_due(&c->reboot, &c->reboot_us, passed_us)) {
        due |= UT_CONTROL_DUE_REBOOT;
        if (!c->forget) /* what is to be forgotten goes without being written once more */
            due |= UT_CONTROL_DUE_SAVE;
    }
    return due;
}
