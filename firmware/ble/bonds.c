/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/ble/bonds.h"
#include "firmware/ble/crypto.h"

#include <string.h>

enum {
    ADDRESS_BYTES = 7,
    IDENTITY_BYTES = ADDRESS_BYTES + 16,
    BOND_BYTES = ADDRESS_BYTES + 16 + 16 + 1 + 4,
    RANDOM_STATIC = 0xC0, /* of the highest octet: the two bits that tell the kinds of random address */
    RANDOM_RESOLVABLE = 0x40,
    RANDOM_KIND = 0xC0
};

static void put_address(uint8_t *to, const struct ut_address *a)
{
    to[0] = a->type;
    memcpy(to + 1, a->octets, 6);
}

static void get_address(struct ut_address *a, const uint8_t *from)
{
    a->type = from[0];
    memcpy(a->octets, from + 1, 6);
}

static int is_same_address(const struct ut_address *a, const struct ut_address *b)
{
    return a->type == b->type && memcmp(a->octets, b->octets, 6) == 0;
}

static int is_zero(const uint8_t *bytes, size_t len)
{
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++)
        any |= bytes[i];
    return any == 0;
}

static void save(struct ut_bonds *b, int key, const void *value, size_t len)
{
    if (ut_store_set(b->store, key, value, len) != 0 && b->unsaved < UINT16_MAX)
        b->unsaved++;
}

static int key_of(int what)
{
    return what < UT_BONDS ? UT_STORE_BOND_0 + what : UT_STORE_BOND_ORDER;
}

/* The value of a bit of `pending`, and its length. */
static size_t pack(const struct ut_bonds *b, int what, uint8_t value[BOND_BYTES])
{
    if (what == UT_BONDS) {
        memcpy(value, b->order, sizeof b->order);
        return sizeof b->order;
    }
    const struct ut_bond *bond = &b->bond[what];
    put_address(value, &bond->identity);
    memcpy(value + 7, bond->ltk, 16);
    memcpy(value + 23, bond->irk, 16);
    value[39] = bond->authenticated;
    for (int i = 0; i < 4; i++)
        value[40 + i] = (uint8_t)(bond->gatt >> 8 * i);
    return BOND_BYTES;
}

static void load_bond(struct ut_bonds *b, int place)
{
    struct ut_bond *bond = &b->bond[place];
    uint8_t value[BOND_BYTES];
    memset(bond, 0, sizeof *bond);
    if (ut_store_get(b->store, UT_STORE_BOND_0 + place, value, sizeof value) != BOND_BYTES)
        return;
    bond->used = 1;
    get_address(&bond->identity, value);
    memcpy(bond->ltk, value + 7, 16);
    memcpy(bond->irk, value + 23, 16);
    bond->authenticated = value[39];
    for (int i = 0; i < 4; i++)
        bond->gatt |= (uint32_t)value[40 + i] << 8 * i;
    ut_crypto_wipe(value, sizeof value);
}

static void load_order(struct ut_bonds *b)
{
    unsigned seen = 0;
    int len = ut_store_get(b->store, UT_STORE_BOND_ORDER, b->order, sizeof b->order);
    for (int i = 0; i < UT_BONDS; i++)
        if (len == UT_BONDS && b->order[i] < UT_BONDS)
            seen |= 1U << b->order[i];
    if (seen != (1U << UT_BONDS) - 1)
        for (uint8_t i = 0; i < UT_BONDS; i++)
            b->order[i] = i;
}

/* An address whose random bits are neither all zero nor all one. */
static int draw_address(struct ut_random *random, uint8_t octets[6], size_t from, uint8_t kind)
{
    for (;;) {
        if (ut_random_draw(random, octets + from, 6 - from) != 0)
            return -1;
        unsigned ones = 0, zeros = 0;
        for (size_t i = from; i < 6; i++) {
            uint8_t fixed = i == 5 ? RANDOM_KIND : 0;
            ones += (octets[i] | fixed) == 0xFF;
            zeros += (octets[i] & ~fixed) == 0;
        }
        octets[5] = (uint8_t)((octets[5] & ~RANDOM_KIND) | kind);
        if (ones < 6 - from && zeros < 6 - from)
            return 0;
    }
}

static int make_identity(struct ut_bonds *b)
{
    uint8_t value[IDENTITY_BYTES];
    b->identity.type = UT_ADDRESS_RANDOM;
    if (draw_address(b->random, b->identity.octets, 0, RANDOM_STATIC) != 0 ||
        ut_random_draw(b->random, b->irk, sizeof b->irk) != 0)
        return -1;
    put_address(value, &b->identity);
    memcpy(value + ADDRESS_BYTES, b->irk, sizeof b->irk);
    save(b, UT_STORE_IDENTITY, value, sizeof value);
    ut_crypto_wipe(value, sizeof value);
    return 0;
}

int ut_bonds_init(struct ut_bonds *b, struct ut_store *store, struct ut_random *random)
{
    uint8_t value[IDENTITY_BYTES];
    memset(b, 0, sizeof *b);
    b->store = store;
    b->random = random;
    for (int i = 0; i < UT_BONDS; i++)
        load_bond(b, i);
    load_order(b);
    if (ut_store_get(store, UT_STORE_IDENTITY, value, sizeof value) != IDENTITY_BYTES)
        return make_identity(b);
    get_address(&b->identity, value);
    memcpy(b->irk, value + ADDRESS_BYTES, sizeof b->irk);
    ut_crypto_wipe(value, sizeof value);
    return 0;
}

static int resolves(const uint8_t irk[16], const struct ut_address *seen)
{
    uint8_t hash[3];
    if (seen->type != UT_ADDRESS_RANDOM || (seen->octets[5] & RANDOM_KIND) != RANDOM_RESOLVABLE || is_zero(irk, 16))
        return 0;
    ut_crypto_ah(irk, seen->octets + 3, hash);
    return memcmp(hash, seen->octets, sizeof hash) == 0;
}

int ut_bonds_find(const struct ut_bonds *b, const struct ut_address *seen)
{
    for (int i = 0; i < UT_BONDS; i++)
        if (b->bond[i].used && is_same_address(&b->bond[i].identity, seen))
            return i;
    for (int i = 0; i < UT_BONDS; i++)
        if (b->bond[i].used && resolves(b->bond[i].irk, seen))
            return i;
    return -1;
}

int ut_bonds_same(const struct ut_bonds *b, const struct ut_bond *bond)
{
    for (int i = 0; i < UT_BONDS; i++)
        if (b->bond[i].used && (is_same_address(&b->bond[i].identity, &bond->identity) ||
                                (!is_zero(bond->irk, 16) && ut_crypto_equal(b->bond[i].irk, bond->irk, 16))))
            return i;
    return -1;
}

/* Centrals come, go and subscribe at their pleasure: the store sees only where they come to rest. */
static void touch(struct ut_bonds *b, int what)
{
    b->pending |= (uint8_t)(1U << what);
    b->changed_ms = b->now_ms;
}

void ut_bonds_work(struct ut_bonds *b, uint32_t now_ms)
{
    b->now_ms = now_ms;
}

int ut_bonds_pending(const struct ut_bonds *b, int at_once)
{
    return b->pending != 0 && (at_once || b->now_ms - b->changed_ms >= UT_BONDS_REST_MS);
}

void ut_bonds_save(struct ut_bonds *b)
{
    uint8_t value[BOND_BYTES];
    int what = __builtin_ctz(b->pending);
    b->pending &= (uint8_t)(b->pending - 1); /* that bit, the lowest */
    save(b, key_of(what), value, pack(b, what, value));
    ut_crypto_wipe(value, sizeof value);
}

void ut_bonds_seen(struct ut_bonds *b, int place)
{
    int at = 0;
    while (b->order[at] != place)
        at++;
    if (at == 0)
        return;
    memmove(b->order + 1, b->order, (size_t)at);
    b->order[0] = (uint8_t)place;
    touch(b, UT_BONDS);
}

int ut_bonds_put(struct ut_bonds *b, const struct ut_bond *bond)
{
    int place = ut_bonds_same(b, bond);
    for (int i = 0; i < UT_BONDS && place < 0; i++)
        if (!b->bond[i].used)
            place = i;
    if (place < 0)
        place = b->order[UT_BONDS - 1];
    b->bond[place] = *bond;
    b->bond[place].used = 1;
    b->bond[place].gatt = 0;
    ut_bonds_seen(b, place);
    b->pending |= (uint8_t)(1U << place);
    do /* a pairing cost a person's time */
        ut_bonds_save(b);
    while (b->pending != 0);
    return place;
}

void ut_bonds_set_gatt(struct ut_bonds *b, int place, uint32_t gatt)
{
    if (!b->bond[place].used || b->bond[place].gatt == gatt)
        return;
    b->bond[place].gatt = gatt;
    touch(b, place);
}

void ut_bonds_forget(struct ut_bonds *b, unsigned places)
{
    b->pending &= (uint8_t)~places;
    if (places == UT_BONDS_ALL)
        b->pending = 0;
    for (int i = 0; i < UT_BONDS; i++) {
        if ((places >> i & 1) == 0)
            continue;
        ut_crypto_wipe(&b->bond[i], sizeof b->bond[i]);
        if (ut_store_remove(b->store, UT_STORE_BOND_0 + i) != 0 && b->unsaved < UINT16_MAX)
            b->unsaved++;
    }
    if (ut_store_purge(b->store) != 0 && b->unsaved < UINT16_MAX)
        b->unsaved++;
}

int ut_bonds_rpa(const struct ut_bonds *b, struct ut_address *address)
{
    address->type = UT_ADDRESS_RANDOM;
    if (draw_address(b->random, address->octets, 3, RANDOM_RESOLVABLE) != 0)
        return -1;
    ut_crypto_ah(b->irk, address->octets + 3, address->octets);
    return 0;
}
