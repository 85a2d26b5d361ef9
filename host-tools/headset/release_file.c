/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/headset/release_file.h"

#include "firmware/boot/manifest.h"
#include "firmware/image.h"
#include "host-tools/system/bytes.h"
#include "host-tools/system/digest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC 0x96F3B83DU
enum {
    FILE_MAX = 16 << 20,
    PROTECTED = 0x6908,
    PLAIN = 0x6907,
    KEY = 0x01,
    DIGEST = 0x10,
    SIGNATURE = 0x22,
    COUNTER = 0x50,
    HEAD = 4, /* of a list of entries, and of each */
    HAS_KEY = 1,
    HAS_DIGEST = 2,
    HAS_SIGNATURE = 4
};

static int cut_short(const char *name, int index, struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_TRUNCATED, "%s: cut short in its image %d; copy it again", name, index + 1);
}

static int damaged(const char *name, int index, struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_IMAGE,
                        "%s: its image %d is damaged (SHA-256 or entries are not right); copy or make it again", name,
                        index + 1);
}

static void take_board(char board[5], const uint8_t *from)
{
    for (int i = 0; i < 4; i++)
        board[i] = from[i] == 0 || (from[i] > ' ' && from[i] <= '~') ? (char)from[i] : '?';
    board[4] = '\0';
}

static unsigned take(uint8_t *to, const uint8_t *from, size_t len, unsigned bit)
{
    memcpy(to, from, len);
    return bit;
}

/* One list of entries at `at`, of which each that matters is kept. Its end, or 0 when it makes no sense. */
static size_t take_entries(struct ut_release_image *m, const uint8_t *bytes, size_t len, size_t at, unsigned mark,
                           unsigned *seen)
{
    if (len - at < HEAD || ut_bytes_get(bytes + at, 2) != mark || ut_bytes_get(bytes + at + 2, 2) < HEAD ||
        ut_bytes_get(bytes + at + 2, 2) > len - at)
        return 0;
    size_t end = at + ut_bytes_get(bytes + at + 2, 2);
    for (at += HEAD; at < end;) {
        if (end - at < HEAD)
            return 0;
        unsigned type = ut_bytes_get(bytes + at, 2);
        size_t size = ut_bytes_get(bytes + at + 2, 2);
        at += HEAD;
        if (size > end - at)
            return 0;
        if (mark == PROTECTED && type == COUNTER && size == 4)
            m->counter = ut_bytes_get(bytes + at, 4);
        else if (mark == PLAIN && type == KEY && size == sizeof m->key)
            *seen |= take(m->key, bytes + at, size, HAS_KEY);
        else if (mark == PLAIN && type == DIGEST && size == sizeof m->digest)
            *seen |= take(m->digest, bytes + at, size, HAS_DIGEST);
        else if (mark == PLAIN && type == SIGNATURE)
            *seen |= HAS_SIGNATURE;
        at += size;
    }
    return end;
}

/* The image at the beginning of bytes. Its length, or 0 and *fault. */
static size_t take_image(const char *name, int index, const uint8_t *bytes, size_t len, struct ut_release_image *m,
                         struct ut_fault *fault)
{
    memset(m, 0, sizeof *m);
    if (len < UT_MANIFEST_HEADER_BYTES) {
        (void)cut_short(name, index, fault);
        return 0;
    }
    size_t protected_bytes = ut_bytes_get(bytes + 10, 2), image_bytes = ut_bytes_get(bytes + 12, 4);
    if (ut_bytes_get(bytes + 8, 2) != UT_MANIFEST_HEADER_BYTES || image_bytes > FILE_MAX) {
        (void)damaged(name, index, fault);
        return 0;
    }
    size_t signed_bytes = UT_MANIFEST_HEADER_BYTES + image_bytes + protected_bytes;
    if (signed_bytes + HEAD > len || signed_bytes + ut_bytes_get(bytes + signed_bytes + 2, 2) > len) {
        (void)cut_short(name, index, fault);
        return 0;
    }
    unsigned seen = 0;
    uint8_t digest[UT_DIGEST_BYTES];
    const struct ut_digest_part part = {bytes, signed_bytes};
    ut_digest_bytes(&part, 1, digest);
    size_t end = 0;
    if (take_entries(m, bytes, signed_bytes, UT_MANIFEST_HEADER_BYTES + image_bytes, PROTECTED, &seen) == signed_bytes)
        end = take_entries(m, bytes, len, signed_bytes, PLAIN, &seen);
    if (end == 0 || seen != (HAS_KEY | HAS_DIGEST | HAS_SIGNATURE) || memcmp(digest, m->digest, sizeof digest) != 0) {
        (void)damaged(name, index, fault);
        return 0;
    }
    end = (end + 3) & ~(size_t)3;
    m->offset = ut_bytes_get(bytes + 4, 4);
    memcpy(m->version, bytes + 20, sizeof m->version);
    take_board(m->board, bytes + 32);
    m->bytes = bytes;
    m->length = end < len ? end : len; /* imgtool fills nothing up behind the last one */
    return m->length;
}

int ut_release_parse(const char *name, const uint8_t *bytes, size_t len, struct ut_release *r, struct ut_fault *fault)
{
    memset(r, 0, sizeof *r);
    if (len < 4 || ut_bytes_get(bytes, 4) != MAGIC) {
        int unsigned_image = len >= UT_IMAGE_OFFSET + 4 && ut_bytes_get(bytes + UT_IMAGE_OFFSET, 4) == UT_IMAGE_MAGIC;
        return ut_fault_set(fault, UT_EXIT_IMAGE, "%s: %s; give a release such as build/mps2/undertone.update", name,
                            unsigned_image ? "an image that nobody signed" : "no signed image");
    }
    for (size_t at = 0; at < len;) {
        if (r->images == UT_RELEASE_IMAGES)
            return ut_fault_set(fault, UT_EXIT_IMAGE, "%s: more than %d images; give fewer boards' at a time", name,
                                UT_RELEASE_IMAGES);
        if (len - at >= 4 && ut_bytes_get(bytes + at, 4) != MAGIC)
            return damaged(name, r->images, fault);
        size_t taken = take_image(name, r->images, bytes + at, len - at, &r->image[r->images], fault);
        if (taken == 0)
            return -1;
        r->images++;
        at += taken;
    }
    return 0;
}

int ut_release_read(const char *path, struct ut_release *r, struct ut_fault *fault)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = malloc(FILE_MAX);
    size_t len = f != NULL && bytes != NULL ? fread(bytes, 1, FILE_MAX, f) : 0;
    int result = -1;
    memset(r, 0, sizeof *r);
    if (bytes == NULL)
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
    else if (f == NULL || ferror(f))
        (void)ut_fault_set(fault, UT_EXIT_MISSING,
                           "%s: cannot be read (%s); name a release such as build/mps2/undertone.update", path,
                           strerror(errno));
    else
        result = ut_release_parse(path, bytes, len, r, fault);
    if (f != NULL)
        (void)fclose(f);
    if (result != 0)
        free(bytes);
    else
        r->bytes = bytes;
    return result;
}

void ut_release_free(struct ut_release *r)
{
    free(r->bytes);
    memset(r, 0, sizeof *r);
}

const struct ut_release_image *ut_release_find(const struct ut_release *r, const char *board, int slot)
{
    const struct ut_release_image *low = NULL, *high = NULL;
    for (int i = 0; i < r->images; i++) {
        const struct ut_release_image *m = &r->image[i];
        if (strcmp(m->board, board) != 0)
            continue;
        if (low == NULL || m->offset < low->offset)
            low = m;
        if (high == NULL || m->offset > high->offset)
            high = m;
    }
    return slot == 0 ? low : high;
}
