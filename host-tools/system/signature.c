/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/signature.h"

#include "host-tools/system/text_file.h"

#include <bearssl_hmac.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char PREFIX[] = "whsec_";

/* The bytes that the text stands for, at most `room`; -1 for what is no base64. */
static int decode(const char *text, uint8_t *bytes, size_t room)
{
    size_t letters = strspn(text, LETTERS), padding = strspn(text + letters, "=");
    if (text[letters + padding] != '\0' || (letters + padding) % 4 != 0 || padding > 2)
        return -1;
    uint32_t bits = 0;
    size_t n = 0;
    for (size_t i = 0; i < letters; i++) {
        bits = bits << 6 | (uint32_t)(strchr(LETTERS, text[i]) - LETTERS);
        if (i % 4 == 0)
            continue;
        if (n == room)
            return -1;
        bytes[n++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    return (int)n;
}

static char *encode(const uint8_t *bytes, size_t n, char *text)
{
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i < 3 ? n - i : 3;
        uint32_t bits =
            (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
        for (size_t k = 0; k < 4; k++)
            *text++ = k <= left ? LETTERS[bits >> (18 - 6 * k) & 0x3F] : '=';
    }
    *text = '\0';
    return text;
}

int ut_signature_keys_add(struct ut_signature_keys *keys, const char *line)
{
    uint8_t bytes[UT_SIGNATURE_KEY_MAX];
    int n = strncmp(line, PREFIX, strlen(PREFIX)) == 0 ? decode(line + strlen(PREFIX), bytes, sizeof bytes) : -1;
    if (n < UT_SIGNATURE_KEY_MIN || keys->count == UT_SIGNATURE_KEYS)
        return -1;
    memcpy(keys->key[keys->count], bytes, (size_t)n);
    keys->length[keys->count++] = (size_t)n;
    explicit_bzero(bytes, sizeof bytes);
    return 0;
}

int ut_signature_keys_read(struct ut_signature_keys *keys, const char *file, struct ut_fault *fault)
{
    struct stat there;
    memset(keys, 0, sizeof *keys);
    if (stat(file, &there) != 0)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened (%s); check the name", file, strerror(errno));
    if ((there.st_mode & 077) != 0)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: holds a key and others may read it; chmod 600 it", file);
    char *text = ut_text_file_read(file, "a key", fault);
    if (text == NULL)
        return -1;
    const size_t length = strlen(text); /* of the whole: reading lines parts it */
    char *at = text;
    int number = 0;
    bool fine = true;
    for (char *line; fine && (line = ut_text_file_line(&at)) != NULL;) {
        number++;
        fine = line[0] == '\0' || ut_signature_keys_add(keys, line) == 0;
    }
    explicit_bzero(text, length);
    free(text);
    if (fine && keys->count > 0)
        return 0;
    return ut_fault_set(
        fault, UT_EXIT_CONFIG_KEY,
        "%s:%d: no key; give one line, whsec_ and %d to %d bytes in base64, and while it is changed a second", file,
        number, UT_SIGNATURE_KEY_MIN, UT_SIGNATURE_KEY_MAX);
}

void ut_signature_text(const struct ut_signature_keys *keys, const struct ut_signature_part *part, size_t parts,
                       char text[UT_SIGNATURE_TEXT])
{
    uint8_t out[br_sha256_SIZE];
    char *at = text;
    text[0] = '\0';
    for (int i = 0; i < keys->count; i++) {
        br_hmac_key_context key;
        br_hmac_context hmac;
        br_hmac_key_init(&key, &br_sha256_vtable, keys->key[i], keys->length[i]);
        br_hmac_init(&hmac, &key, 0);
        for (size_t k = 0; k < parts; k++)
            br_hmac_update(&hmac, part[k].bytes, part[k].length);
        (void)br_hmac_out(&hmac, out);
        memcpy(at, &" v1,"[i == 0], i == 0 ? 3 : 4);
        at = encode(out, sizeof out, at + (i == 0 ? 3 : 4));
    }
}
