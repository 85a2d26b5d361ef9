/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/signed_note.h"

#include "host-tools/system/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ED25519 = 1, SIGNED = UT_NOTE_HASH + crypto_sign_BYTES, BASE64 = 128 };

static const char PRIVATE[] = "PRIVATE+KEY+", DASH[] = "\xE2\x80\x94 ";

static void hash_of(const char *name, const uint8_t key[UT_NOTE_KEY], uint8_t hash[UT_NOTE_HASH])
{
    uint8_t whole[crypto_hash_sha256_BYTES];
    static const uint8_t between[] = {'\n', ED25519};
    crypto_hash_sha256_state s;
    (void)crypto_hash_sha256_init(&s);
    (void)crypto_hash_sha256_update(&s, (const uint8_t *)name, strlen(name));
    (void)crypto_hash_sha256_update(&s, between, sizeof between);
    (void)crypto_hash_sha256_update(&s, key, UT_NOTE_KEY);
    (void)crypto_hash_sha256_final(&s, whole);
    memcpy(hash, whole, UT_NOTE_HASH);
}

static void encode(const uint8_t *bytes, size_t n, char text[BASE64])
{
    (void)sodium_bin2base64(text, BASE64, bytes, n, sodium_base64_VARIANT_ORIGINAL);
}

/* Exactly n bytes. */
static int decode(const char *text, size_t length, uint8_t *bytes, size_t n)
{
    size_t got = 0;
    if (sodium_base642bin(bytes, n, text, length, NULL, &got, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return -1;
    return got == n ? 0 : -1;
}

/* NAME+HASH+BASE64 of the kind and 32 bytes. */
static int parse(const char *text, char name[UT_NOTE_NAME], uint8_t hash[UT_NOTE_HASH], uint8_t key[UT_NOTE_KEY])
{
    uint8_t bytes[1 + UT_NOTE_KEY];
    size_t n = strcspn(text, "+"), got = 0;
    const char *digits = text + n + 1;
    if (n >= UT_NOTE_NAME || text[n] != '+' || strlen(digits) < 2 * UT_NOTE_HASH + 1 || digits[2 * UT_NOTE_HASH] != '+')
        return -1;
    (void)snprintf(name, UT_NOTE_NAME, "%.*s", (int)n, text);
    const char *base64 = digits + 2 * UT_NOTE_HASH + 1;
    int r = sodium_hex2bin(hash, UT_NOTE_HASH, digits, 2 * UT_NOTE_HASH, NULL, &got, NULL) == 0 &&
                    got == UT_NOTE_HASH && decode(base64, strlen(base64), bytes, sizeof bytes) == 0 &&
                    bytes[0] == ED25519 && ut_identity_fits(name)
                ? 0
                : -1;
    memcpy(key, bytes + 1, UT_NOTE_KEY);
    sodium_memzero(bytes, sizeof bytes);
    return r;
}

static void print(const char *name, const uint8_t hash[UT_NOTE_HASH], const uint8_t key[UT_NOTE_KEY],
                  char text[UT_NOTE_VERIFIER])
{
    uint8_t bytes[1 + UT_NOTE_KEY] = {ED25519};
    char base64[BASE64], digits[2 * UT_NOTE_HASH + 1];
    memcpy(bytes + 1, key, UT_NOTE_KEY);
    encode(bytes, sizeof bytes, base64);
    (void)sodium_bin2hex(digits, sizeof digits, hash, UT_NOTE_HASH);
    (void)snprintf(text, UT_NOTE_VERIFIER, "%s+%s+%.44s", name, digits, base64);
    sodium_memzero(bytes, sizeof bytes);
    sodium_memzero(base64, sizeof base64);
}

int ut_note_signer_parse(struct ut_note_signer *s, const char *line)
{
    uint8_t seed[UT_NOTE_KEY], key[UT_NOTE_KEY], hash[UT_NOTE_HASH];
    if (sodium_init() < 0 || strncmp(line, PRIVATE, sizeof PRIVATE - 1) != 0 ||
        parse(line + sizeof PRIVATE - 1, s->name, s->hash, seed) != 0)
        return -1;
    (void)crypto_sign_seed_keypair(key, s->secret, seed);
    hash_of(s->name, key, hash);
    sodium_memzero(seed, sizeof seed);
    return memcmp(hash, s->hash, sizeof hash) == 0 ? 0 : -1;
}

int ut_note_signer_read(struct ut_note_signer *s, const char *file, struct ut_fault *fault)
{
    struct stat there;
    if (stat(file, &there) != 0)
        return ut_fault_set(fault, UT_EXIT_MISSING,
                            "%s: cannot be opened (%s); check the name, or make it by `undertone audit make-key`", file,
                            strerror(errno));
    if ((there.st_mode & 077) != 0)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: holds a key and others may read it; chmod 600 it", file);
    char *text = ut_text_file_read(file, "a key", fault);
    if (text == NULL)
        return -1;
    const size_t length = strlen(text);
    char *at = text, *line = ut_text_file_line(&at);
    int r = line != NULL ? ut_note_signer_parse(s, line) : -1;
    sodium_memzero(text, length);
    free(text);
    if (r == 0)
        return 0;
    return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: is no key that signs; make one by `undertone audit make-key`",
                        file);
}

static int write_line(int fd, const char *line)
{
    errno = ENOSPC; /* of a write that took a part */
    return write(fd, line, strlen(line)) == (ssize_t)strlen(line) && fsync(fd) == 0 ? 0 : -1;
}

int ut_note_make_key(const char *file, const char *name, char verifier[UT_NOTE_VERIFIER], struct ut_fault *fault)
{
    struct ut_note_signer s = {0};
    uint8_t seed[UT_NOTE_KEY], key[UT_NOTE_KEY];
    char text[UT_NOTE_VERIFIER], line[UT_NOTE_VERIFIER + sizeof PRIVATE + 1];
    if (sodium_init() < 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "no randomness; try again");
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return ut_fault_set(fault, errno == EEXIST ? UT_EXIT_USAGE : UT_EXIT_FAILURE,
                            "%s: cannot be made (%s); give another name", file, strerror(errno));
    (void)snprintf(s.name, sizeof s.name, "%s", name);
    randombytes_buf(seed, sizeof seed);
    (void)crypto_sign_seed_keypair(key, s.secret, seed);
    hash_of(s.name, key, s.hash);
    print(s.name, s.hash, seed, text);
    (void)snprintf(line, sizeof line, "%s%s\n", PRIVATE, text);
    int r = write_line(fd, line), reason = errno;
    ut_note_verifier_text(&s, verifier);
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(text, sizeof text);
    sodium_memzero(line, sizeof line);
    sodium_memzero(&s, sizeof s);
    if (close(fd) == 0 && r == 0)
        return 0;
    (void)unlink(file);
    return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written (%s); check the disk", file, strerror(reason));
}

void ut_note_verifier_text(const struct ut_note_signer *s, char text[UT_NOTE_VERIFIER])
{
    print(s->name, s->hash, s->secret + UT_NOTE_KEY, text); /* libsodium keeps the public half there */
}

int ut_note_verifier_parse(struct ut_note_verifier *v, const char *text)
{
    uint8_t hash[UT_NOTE_HASH];
    if (sodium_init() < 0 || parse(text, v->name, v->hash, v->key) != 0)
        return -1;
    hash_of(v->name, v->key, hash);
    return memcmp(hash, v->hash, sizeof hash) == 0 ? 0 : -1;
}

int ut_note_sign(const struct ut_note_signer *s, const char *text, char note[UT_NOTE_MAX])
{
    uint8_t signature[SIGNED];
    char base64[BASE64];
    size_t n = strlen(text);
    if (n == 0 || text[n - 1] != '\n' || sodium_init() < 0)
        return -1;
    memcpy(signature, s->hash, UT_NOTE_HASH);
    (void)crypto_sign_detached(signature + UT_NOTE_HASH, NULL, (const uint8_t *)text, n, s->secret);
    encode(signature, sizeof signature, base64);
    int length = snprintf(note, UT_NOTE_MAX, "%s\n%s%s %s\n", text, DASH, s->name, base64);
    return length < UT_NOTE_MAX ? 0 : -1;
}

/* Whether a line is a signature of this key that fits; n: with its end. */
static bool fits(const struct ut_note_verifier *v, const char *line, size_t n, const char *text, size_t length)
{
    uint8_t signature[SIGNED];
    size_t head = sizeof DASH - 1, name = strlen(v->name);
    return n > head + name + 2 && memcmp(line, DASH, head) == 0 && memcmp(line + head, v->name, name) == 0 &&
           line[head + name] == ' ' &&
           decode(line + head + name + 1, n - head - name - 2, signature, sizeof signature) == 0 &&
           memcmp(signature, v->hash, UT_NOTE_HASH) == 0 &&
           crypto_sign_verify_detached(signature + UT_NOTE_HASH, (const uint8_t *)text, length, v->key) == 0;
}

int ut_note_verify(const struct ut_note_verifier *v, const char *note, size_t n)
{
    const char *gap = NULL, *end = note + n;
    if (n == 0 || n >= UT_NOTE_MAX || note[n - 1] != '\n' || sodium_init() < 0)
        return -1;
    for (size_t i = 1; i < n; i++) /* the last empty line parts text and signatures */
        if (note[i - 1] == '\n' && note[i] == '\n')
            gap = note + i;
    if (gap == NULL)
        return -1;
    for (const char *line = gap + 1, *next; line < end; line = next) {
        next = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1;
        if (fits(v, line, (size_t)(next - line), note, (size_t)(gap - note)))
            return (int)(gap - note);
    }
    return -1;
}

void ut_note_base64(const uint8_t bytes[UT_NOTE_KEY], char text[UT_NOTE_ROOT])
{
    (void)sodium_bin2base64(text, UT_NOTE_ROOT, bytes, UT_NOTE_KEY, sodium_base64_VARIANT_ORIGINAL);
}

int ut_note_unbase64(const char *line, uint8_t bytes[UT_NOTE_KEY])
{
    return decode(line, strcspn(line, "\n"), bytes, UT_NOTE_KEY);
}
