/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/ble/smp.h"
#include "boards/board.h"
#include "firmware/ble/crypto.h"

#include <string.h>

enum code {
    PAIRING_REQUEST = 0x01,
    PAIRING_RESPONSE = 0x02,
    PAIRING_CONFIRM = 0x03,
    PAIRING_RANDOM = 0x04,
    PAIRING_FAILED = 0x05,
    IDENTITY_INFORMATION = 0x08,
    IDENTITY_ADDRESS = 0x09,
    SECURITY_REQUEST = 0x0B,
    PUBLIC_KEY = 0x0C,
    DHKEY_CHECK = 0x0D,
    CODES = 0x0F
};

/* Bytes of each packet with its code; 0 = no such packet. */
static const uint8_t lengths[CODES] = {0, 7, 7, 17, 17, 2, 17, 11, 17, 8, 17, 2, 65, 17, 2};

enum reason {
    OOB_NOT_AVAILABLE = 0x02,
    AUTHENTICATION_REQUIREMENTS = 0x03,
    CONFIRM_VALUE_FAILED = 0x04,
    PAIRING_NOT_SUPPORTED = 0x05,
    ENCRYPTION_KEY_SIZE = 0x06,
    COMMAND_NOT_SUPPORTED = 0x07,
    UNSPECIFIED_REASON = 0x08,
    REPEATED_ATTEMPTS = 0x09,
    INVALID_PARAMETERS = 0x0A,
    DHKEY_CHECK_FAILED = 0x0B,
    NUMERIC_COMPARISON_FAILED = 0x0C,
    KEY_REJECTED = 0x0F /* of the distributed ones */
};

enum capability { DISPLAY_ONLY, DISPLAY_YES_NO, KEYBOARD_ONLY, NO_INPUT_NO_OUTPUT, KEYBOARD_DISPLAY, CAPABILITIES };

enum {
    AUTH_BONDING = 0x01,
    AUTH_MITM = 0x04,
    AUTH_SECURE_CONNECTIONS = 0x08,
    DISTRIBUTE_IDENTITY = 0x02,
    KEY_BYTES = 16,
    KEY_BYTES_MIN = 7,
    PASSKEY_ROUNDS = 20,
    PASSKEYS = 1000000
};

enum method { JUST_WORKS, NUMERIC_COMPARISON, PASSKEY };

/* The packet that is due from the central; in CHECKING and ENCRYPTION_WANTED none is. */
enum state {
    IDLE,
    KEY_WANTED,
    KEY_CAME, /* the own key pair is not made yet */
    CONFIRM_WANTED,
    RANDOM_WANTED,
    CHECK_WANTED,
    CHECKING, /* the shared secret or the person's answer is missing */
    ENCRYPTION_WANTED,
    IDENTITY_WANTED,
    IDENTITY_ADDRESS_WANTED,
    KEYS_LEAVING, /* the own identity is being sent; nothing more is due from the central */
    DEAD
};

enum key_state { NO_KEY, MAKING_KEY, KEY_READY, SHARING, SHARED };

enum link_key { LINK_KEY_NONE, LINK_KEY_BOND, LINK_KEY_PAIRING };

/* x of the key pair whose secret the Core specification publishes for debugging. */
static const uint8_t debug_x[32] = {0xE6, 0x9D, 0x35, 0x0E, 0x48, 0x01, 0x03, 0xCC, 0xDB, 0xFD, 0xF4,
                                    0xAC, 0x11, 0x91, 0xF4, 0xEF, 0xB9, 0xA5, 0xF9, 0xE9, 0xA7, 0x83,
                                    0x2C, 0x5E, 0x2C, 0xBE, 0x97, 0xF2, 0xD2, 0x03, 0xB0, 0x20};

static unsigned bit(unsigned code)
{
    return 1U << code;
}

static void queue(struct ut_smp *s, enum code code)
{
    s->outgoing = (uint16_t)(s->outgoing | bit(code));
    s->progress_ms = s->now_ms;
}

static int is_pairing(const struct ut_smp *s)
{
    return s->state != IDLE && s->state != DEAD;
}

static void show(struct ut_smp *s, uint32_t code)
{
    s->shown = 1;
    board_pairing_show(code);
}

static void hide(struct ut_smp *s)
{
    if (s->shown)
        board_pairing_show(BOARD_CODE_HIDE);
    s->shown = 0;
}

/* Ends a pairing: its secrets go, the next one gets another key pair. */
static void forget_pairing(struct ut_smp *s)
{
    hide(s);
    ut_crypto_wipe(&s->curve, sizeof s->curve);
    ut_crypto_wipe(s->secret, sizeof s->secret);
    ut_crypto_wipe(s->shared, sizeof s->shared);
    ut_crypto_wipe(s->own_nonce, sizeof s->own_nonce);
    ut_crypto_wipe(&s->bond, sizeof s->bond);
    ut_crypto_wipe(&s->passkey, sizeof s->passkey);
    s->key_state = NO_KEY;
    s->state = IDLE;
}

static void count_failure(struct ut_smp *s)
{
    s->failed_ms = s->now_ms;
    if (s->failures < UINT8_MAX)
        s->failures++;
    ut_crypto_wipe(s->ltk, sizeof s->ltk);
    s->paired = 0;
    forget_pairing(s);
}

/* A pending refusal keeps its first reason. */
static void refuse(struct ut_smp *s, enum reason reason)
{
    if (is_pairing(s))
        count_failure(s);
    if (!(s->outgoing & bit(PAIRING_FAILED)))
        s->reason = (uint8_t)reason;
    s->outgoing = 0;
    queue(s, PAIRING_FAILED);
}

static int in_backoff(const struct ut_smp *s)
{
    uint32_t wait = UT_SMP_BACKOFF_MS;
    for (int i = 1; i < s->failures && wait < UT_SMP_BACKOFF_MAX_MS; i++)
        wait *= 2;
    return s->failures > 0 && s->now_ms - s->failed_ms < wait;
}

static uint8_t own_capability(void)
{
    switch (board_pairing()) {
    case BOARD_PAIRING_DISPLAY:
        return DISPLAY_ONLY;
    case BOARD_PAIRING_DISPLAY_YES_NO:
        return DISPLAY_YES_NO;
    default:
        return NO_INPUT_NO_OUTPUT;
    }
}

static uint8_t own_requirements(void)
{
    unsigned mitm = own_capability() == NO_INPUT_NO_OUTPUT ? 0 : AUTH_MITM;
    return (uint8_t)(AUTH_BONDING | AUTH_SECURE_CONNECTIONS | mitm);
}

/* Table 2.8 of the Core specification's volume 3, part H, for the three capabilities this side can have. */
static enum method choose_method(uint8_t own, uint8_t peer)
{
    if (own == NO_INPUT_NO_OUTPUT)
        return JUST_WORKS;
    if (peer == KEYBOARD_ONLY || (peer == KEYBOARD_DISPLAY && own == DISPLAY_ONLY))
        return PASSKEY;
    if (own == DISPLAY_YES_NO && (peer == DISPLAY_YES_NO || peer == KEYBOARD_DISPLAY))
        return NUMERIC_COMPARISON;
    return JUST_WORKS;
}

static void on_request(struct ut_smp *s, const uint8_t *pdu)
{
    uint8_t capability = pdu[1], oob = pdu[2], requirements = pdu[3], key_bytes = pdu[4];
    if (in_backoff(s)) {
        refuse(s, REPEATED_ATTEMPTS);
        return;
    }
    if (capability >= CAPABILITIES || oob > 1 || key_bytes < KEY_BYTES_MIN || key_bytes > KEY_BYTES) {
        refuse(s, INVALID_PARAMETERS);
        return;
    }
    if (s->closed || ut_random_wanted(s->bonds->random) > 0) {
        refuse(s, PAIRING_NOT_SUPPORTED);
        return;
    }
    if (!(requirements & AUTH_SECURE_CONNECTIONS)) {
        refuse(s, AUTHENTICATION_REQUIREMENTS);
        return;
    }
    if (oob) {
        refuse(s, OOB_NOT_AVAILABLE);
        return;
    }
    if (key_bytes < KEY_BYTES) {
        refuse(s, ENCRYPTION_KEY_SIZE);
        return;
    }
    enum method method = choose_method(own_capability(), capability);
    int place = ut_bonds_find(s->bonds, &s->peer);
    int weaker_than_bond = place >= 0 && s->bonds->bond[place].authenticated;
    if (method == JUST_WORKS && (own_capability() != NO_INPUT_NO_OUTPUT || weaker_than_bond)) {
        refuse(s, AUTHENTICATION_REQUIREMENTS);
        return;
    }
    memcpy(s->request, pdu + 1, sizeof s->request);
    s->response[0] = own_capability();
    s->response[1] = 0;
    s->response[2] = own_requirements();
    s->take_keys = pdu[5] & DISTRIBUTE_IDENTITY;
    s->send_keys = pdu[6] & DISTRIBUTE_IDENTITY;
    s->bonding = requirements & AUTH_BONDING;
    s->method = (uint8_t)method;
    s->authenticated = method != JUST_WORKS;
    s->answer = method == NUMERIC_COMPARISON || board_pairing() == BOARD_PAIRING_BUTTON ? -1 : 1;
    s->round = 0;
    s->passkey = 0;
    s->outgoing = 0;
    s->paired = 0;
    memset(&s->bond, 0, sizeof s->bond);
    s->state = KEY_WANTED;
    queue(s, PAIRING_RESPONSE);
}

static int draw_passkey(struct ut_smp *s)
{
    uint8_t bytes[3];
    do {
        if (ut_random_draw(s->bonds->random, bytes, sizeof bytes) != 0)
            return -1;
        s->passkey = (uint32_t)(bytes[2] & 0x0F) << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
    } while (s->passkey >= PASSKEYS);
    return 0;
}

/* z of f4: the passkey's bit of this round, marked by the highest bit; 0 for the other methods. */
static uint8_t round_bit(const struct ut_smp *s)
{
    if (s->method != PASSKEY)
        return 0;
    return (uint8_t)(0x80 | (s->passkey >> s->round & 1));
}

static void send_confirm(struct ut_smp *s)
{
    if (ut_random_draw(s->bonds->random, s->own_nonce, sizeof s->own_nonce) != 0) {
        refuse(s, UNSPECIFIED_REASON);
        return;
    }
    ut_crypto_f4(s->own_key, s->peer_key, s->own_nonce, round_bit(s), s->own_confirm);
    queue(s, PAIRING_CONFIRM);
}

/* Both keys are there: the public keys cross, and the shared secret is begun. */
static void answer_key(struct ut_smp *s)
{
    if (ut_crypto_equal(s->peer_key, s->own_key, 32) || ut_p256_begin_shared(&s->curve, s->secret, s->peer_key) != 0) {
        refuse(s, DHKEY_CHECK_FAILED);
        return;
    }
    s->key_state = SHARING;
    queue(s, PUBLIC_KEY);
    if (s->method != PASSKEY) {
        s->state = RANDOM_WANTED;
        send_confirm(s);
    } else if (draw_passkey(s) != 0) {
        refuse(s, UNSPECIFIED_REASON);
    } else {
        s->state = CONFIRM_WANTED;
        show(s, s->passkey);
    }
}

static void on_key(struct ut_smp *s, const uint8_t *pdu)
{
    memcpy(s->peer_key, pdu + 1, sizeof s->peer_key);
    if (memcmp(s->peer_key, debug_x, sizeof debug_x) == 0 || !ut_p256_point_valid(s->peer_key)) {
        refuse(s, DHKEY_CHECK_FAILED);
        return;
    }
    s->state = KEY_CAME;
    if (s->key_state == KEY_READY)
        answer_key(s);
}

static void on_confirm(struct ut_smp *s, const uint8_t *pdu)
{
    memcpy(s->peer_confirm, pdu + 1, sizeof s->peer_confirm);
    s->state = RANDOM_WANTED;
    send_confirm(s);
}

static void on_random(struct ut_smp *s, const uint8_t *pdu)
{
    uint8_t confirm[16];
    memcpy(s->peer_nonce, pdu + 1, sizeof s->peer_nonce);
    if (s->method == PASSKEY) {
        ut_crypto_f4(s->peer_key, s->own_key, s->peer_nonce, round_bit(s), confirm);
        if (!ut_crypto_equal(confirm, s->peer_confirm, sizeof confirm)) {
            refuse(s, CONFIRM_VALUE_FAILED);
            return;
        }
        s->round++;
    }
    s->state = s->method == PASSKEY && s->round < PASSKEY_ROUNDS ? CONFIRM_WANTED : CHECK_WANTED;
    queue(s, PAIRING_RANDOM);
    if (s->method == NUMERIC_COMPARISON)
        show(s, ut_crypto_g2(s->peer_key, s->own_key, s->peer_nonce, s->own_nonce));
    else if (s->answer < 0)
        show(s, 0);
}

static void on_check(struct ut_smp *s, const uint8_t *pdu)
{
    memcpy(s->peer_check, pdu + 1, sizeof s->peer_check);
    s->state = CHECKING;
}

/* The shared secret is there and the person agreed: both checks, and the long-term key. */
static void compare_checks(struct ut_smp *s)
{
    uint8_t mac_key[16], r[16] = {0}, expected[16];
    for (int i = 0; i < 3; i++)
        r[i] = (uint8_t)(s->passkey >> 8 * i);
    ut_crypto_f5(s->shared, s->peer_nonce, s->own_nonce, &s->peer, &s->own, mac_key, s->ltk);
    ut_crypto_f6(mac_key, s->peer_nonce, s->own_nonce, r, s->request, &s->peer, &s->own, expected);
    ut_crypto_f6(mac_key, s->own_nonce, s->peer_nonce, r, s->response, &s->own, &s->peer, s->own_check);
    ut_crypto_wipe(mac_key, sizeof mac_key);
    if (!ut_crypto_equal(expected, s->peer_check, sizeof expected)) {
        refuse(s, DHKEY_CHECK_FAILED);
        return;
    }
    hide(s);
    s->paired = 1;
    s->state = ENCRYPTION_WANTED;
    queue(s, DHKEY_CHECK);
}

/* An identity that stays: public or static random. */
static int is_identity(const struct ut_address *a)
{
    return a->type == UT_ADDRESS_PUBLIC || (a->type == UT_ADDRESS_RANDOM && a->octets[5] >= 0xC0);
}

static void complete(struct ut_smp *s)
{
    s->failures = 0;
    if (!s->take_keys)
        s->bond.identity = s->peer;
    if (s->bonding && is_identity(&s->bond.identity)) {
        memcpy(s->bond.ltk, s->ltk, sizeof s->bond.ltk);
        s->bond.authenticated = s->authenticated;
        s->place = (int8_t)ut_bonds_put(s->bonds, &s->bond);
    }
    forget_pairing(s);
}

static void on_identity(struct ut_smp *s, const uint8_t *pdu)
{
    memcpy(s->bond.irk, pdu + 1, sizeof s->bond.irk);
    s->state = IDENTITY_ADDRESS_WANTED;
}

static void on_identity_address(struct ut_smp *s, const uint8_t *pdu)
{
    s->bond.identity.type = pdu[1];
    memcpy(s->bond.identity.octets, pdu + 2, sizeof s->bond.identity.octets);
    if (!is_identity(&s->bond.identity)) {
        refuse(s, INVALID_PARAMETERS);
        return;
    }
    int same = ut_bonds_same(s->bonds, &s->bond);
    if (same >= 0 && s->bonds->bond[same].authenticated && !s->authenticated) {
        refuse(s, KEY_REJECTED);
        return;
    }
    complete(s);
}

void ut_smp_init(struct ut_smp *s, struct ut_bonds *bonds)
{
    memset(s, 0, sizeof *s);
    s->bonds = bonds;
    s->place = -1;
}

void ut_smp_connected(struct ut_smp *s, const struct ut_address *own, const struct ut_address *peer)
{
    ut_smp_disconnected(s);
    s->connected = 1;
    s->own = *own;
    s->peer = *peer;
    s->place = (int8_t)ut_bonds_find(s->bonds, peer);
}

void ut_smp_disconnected(struct ut_smp *s)
{
    if (is_pairing(s))
        count_failure(s);
    ut_crypto_wipe(s->ltk, sizeof s->ltk);
    s->state = IDLE;
    s->outgoing = 0;
    s->link_key = LINK_KEY_NONE;
    s->security = UT_SMP_OPEN;
    s->paired = s->asked = s->connected = 0;
    s->place = -1;
}

void ut_smp_forget(struct ut_smp *s)
{
    if (is_pairing(s))
        refuse(s, UNSPECIFIED_REASON);
    ut_crypto_wipe(s->ltk, sizeof s->ltk);
    s->paired = 0;
    s->place = -1;
    s->link_key = LINK_KEY_NONE;
    s->security = UT_SMP_OPEN;
}

/* The code that is due in a state, or 0. */
static unsigned due(const struct ut_smp *s)
{
    switch (s->state) {
    case IDLE:
        return PAIRING_REQUEST;
    case KEY_WANTED:
        return PUBLIC_KEY;
    case CONFIRM_WANTED:
        return PAIRING_CONFIRM;
    case RANDOM_WANTED:
        return PAIRING_RANDOM;
    case CHECK_WANTED:
        return DHKEY_CHECK;
    case IDENTITY_WANTED:
        return IDENTITY_INFORMATION;
    case IDENTITY_ADDRESS_WANTED:
        return IDENTITY_ADDRESS;
    default:
        return 0;
    }
}

void ut_smp_receive(struct ut_smp *s, const uint8_t *pdu, size_t len, uint32_t now_ms)
{
    s->now_ms = now_ms;
    if (!s->connected || s->state == DEAD || len == 0 || pdu[0] >= CODES || lengths[pdu[0]] == 0)
        return;
    if (pdu[0] == PAIRING_FAILED) {
        if (is_pairing(s))
            count_failure(s);
        return;
    }
    if (pdu[0] == PAIRING_RESPONSE || pdu[0] == SECURITY_REQUEST) {
        refuse(s, COMMAND_NOT_SUPPORTED);
        return;
    }
    if (len != lengths[pdu[0]]) {
        refuse(s, INVALID_PARAMETERS);
        return;
    }
    /* Not due; or it answers a packet that has not been sent yet. */
    if (pdu[0] != due(s) || (is_pairing(s) && s->outgoing != 0)) {
        refuse(s, UNSPECIFIED_REASON);
        return;
    }
    s->progress_ms = now_ms;
    switch (pdu[0]) {
    case PAIRING_REQUEST:
        on_request(s, pdu);
        break;
    case PUBLIC_KEY:
        on_key(s, pdu);
        break;
    case PAIRING_CONFIRM:
        on_confirm(s, pdu);
        break;
    case PAIRING_RANDOM:
        on_random(s, pdu);
        break;
    case DHKEY_CHECK:
        on_check(s, pdu);
        break;
    case IDENTITY_INFORMATION:
        on_identity(s, pdu);
        break;
    default:
        on_identity_address(s, pdu);
        break;
    }
}

/* The order in which pending packets leave. */
static const uint8_t leaving[] = {SECURITY_REQUEST,     PAIRING_RESPONSE, PUBLIC_KEY,
                                  PAIRING_CONFIRM,      PAIRING_RANDOM,   DHKEY_CHECK,
                                  IDENTITY_INFORMATION, IDENTITY_ADDRESS, PAIRING_FAILED};

static const void *content(struct ut_smp *s, enum code code, uint8_t small[7])
{
    switch (code) {
    case PAIRING_RESPONSE:
        memcpy(small, s->response, sizeof s->response);
        small[3] = KEY_BYTES;
        small[4] = s->take_keys;
        small[5] = s->send_keys;
        return small;
    case SECURITY_REQUEST:
        small[0] = own_requirements();
        return small;
    case PAIRING_FAILED:
        return &s->reason;
    case PUBLIC_KEY:
        return s->own_key;
    case PAIRING_CONFIRM:
        return s->own_confirm;
    case PAIRING_RANDOM:
        return s->own_nonce;
    case DHKEY_CHECK:
        return s->own_check;
    case IDENTITY_INFORMATION:
        return s->bonds->irk;
    default:
        small[0] = s->bonds->identity.type;
        memcpy(small + 1, s->bonds->identity.octets, 6);
        return small;
    }
}

size_t ut_smp_output(struct ut_smp *s, uint8_t pdu[UT_SMP_PDU_BYTES])
{
    uint8_t small[7];
    size_t i = 0;
    if (s->outgoing == 0)
        return 0;
    while (!(s->outgoing & bit(leaving[i])))
        i++;
    uint8_t code = leaving[i];
    s->outgoing = (uint16_t)(s->outgoing & ~bit(code));
    s->progress_ms = s->now_ms;
    pdu[0] = code;
    memcpy(pdu + 1, content(s, code, small), lengths[code] - 1U);
    if (s->outgoing == 0 && s->state == KEYS_LEAVING)
        complete(s);
    return lengths[code];
}

int ut_smp_ltk(struct ut_smp *s, const uint8_t rand[8], uint16_t ediv, uint8_t ltk[16])
{
    static const uint8_t no_rand[8];
    s->link_key = LINK_KEY_NONE;
    if (!s->connected || ediv != 0 || memcmp(rand, no_rand, sizeof no_rand) != 0)
        return -1;
    if (s->paired) {
        s->link_key = LINK_KEY_PAIRING;
        memcpy(ltk, s->ltk, sizeof s->ltk);
    } else if (s->place >= 0 && !is_pairing(s)) {
        s->link_key = LINK_KEY_BOND;
        memcpy(ltk, s->bonds->bond[s->place].ltk, sizeof s->ltk);
    } else {
        return -1;
    }
    return 0;
}

static void distribute(struct ut_smp *s)
{
    if (s->send_keys) {
        queue(s, IDENTITY_INFORMATION);
        queue(s, IDENTITY_ADDRESS);
    }
    s->progress_ms = s->now_ms;
    s->state = s->take_keys ? IDENTITY_WANTED : KEYS_LEAVING;
    if (s->state == KEYS_LEAVING && s->outgoing == 0)
        complete(s);
}

void ut_smp_encrypted(struct ut_smp *s, int on, uint32_t now_ms)
{
    s->now_ms = now_ms;
    int authenticated = 0;
    s->security = UT_SMP_OPEN;
    if (!on || s->link_key == LINK_KEY_NONE) {
        if (s->state >= IDENTITY_WANTED && s->state <= KEYS_LEAVING)
            refuse(s, UNSPECIFIED_REASON); /* identities travel encrypted only */
        return;
    }
    if (s->link_key == LINK_KEY_BOND) {
        authenticated = s->bonds->bond[s->place].authenticated;
        ut_bonds_seen(s->bonds, s->place);
    } else {
        authenticated = s->authenticated;
    }
    s->security = authenticated ? UT_SMP_AUTHENTICATED : UT_SMP_ENCRYPTED;
    if (s->state == ENCRYPTION_WANTED && s->link_key == LINK_KEY_PAIRING) {
        s->place = -1; /* its key is not that bond's, whatever address it took */
        distribute(s);
    }
}

void ut_smp_ask(struct ut_smp *s)
{
    if (!s->connected || s->asked || s->state != IDLE || s->security != UT_SMP_OPEN)
        return;
    s->asked = 1;
    queue(s, SECURITY_REQUEST);
}

static void begin_key(struct ut_smp *s)
{
    do {
        if (ut_random_draw(s->bonds->random, s->secret, sizeof s->secret) != 0)
            return;
    } while (!ut_p256_secret_valid(s->secret));
    ut_p256_begin_public(&s->curve, s->secret);
    s->key_state = MAKING_KEY;
}

static void end_multiplication(struct ut_smp *s)
{
    uint8_t point[64];
    ut_p256_end(&s->curve, point);
    if (s->key_state == MAKING_KEY) {
        memcpy(s->own_key, point, sizeof s->own_key);
        s->key_state = KEY_READY;
        if (s->state == KEY_CAME)
            answer_key(s);
    } else {
        memcpy(s->shared, point, sizeof s->shared);
        ut_crypto_wipe(point, sizeof point);
        s->key_state = SHARED;
    }
}

int ut_smp_work(struct ut_smp *s, uint32_t now_ms)
{
    s->now_ms = now_ms;
    if (is_pairing(s) && now_ms - s->progress_ms >= UT_SMP_TIMEOUT_MS) {
        count_failure(s);
        s->outgoing = 0;
        s->state = DEAD;
    }
    if (s->answer < 0 && (s->state == CHECK_WANTED || s->state == CHECKING)) {
        s->answer = (int8_t)board_pairing_confirmed();
        if (s->answer == 0)
            refuse(s, s->method == NUMERIC_COMPARISON ? NUMERIC_COMPARISON_FAILED : UNSPECIFIED_REASON);
    }
    if (s->key_state == NO_KEY)
        begin_key(s);
    else if ((s->key_state == MAKING_KEY || s->key_state == SHARING) && !ut_p256_step(&s->curve))
        end_multiplication(s);
    if (s->state == CHECKING && s->answer > 0 && s->key_state == SHARED)
        compare_checks(s);
    return s->key_state == MAKING_KEY || s->key_state == SHARING;
}

enum ut_smp_security ut_smp_security(const struct ut_smp *s)
{
    return (enum ut_smp_security)s->security;
}

int ut_smp_bond(const struct ut_smp *s)
{
    return s->place;
}

int ut_smp_is_pairing(const struct ut_smp *s)
{
    return is_pairing(s);
}

int ut_smp_hang_up(const struct ut_smp *s)
{
    return s->state == DEAD;
}
