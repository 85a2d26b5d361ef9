/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/headset/image_file.h"

#include "firmware/image.h"
#include "host-tools/system/bytes.h"

#include <bearssl_hash.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_MAX = 16 << 20,
    IMAGE_MAX = 4 << 20,
    /* of a 32-bit ELF's head and program headers */
    ELF_HEAD = 52,
    ELF_MACHINE = 18,
    ELF_ARM = 40,
    ELF_PHOFF = 28,
    ELF_PHNUM = 44,
    PH_BYTES = 32,
    PH_LOAD = 1
};

static void take_text(char *to, const uint8_t *from, size_t len)
{
    size_t n = 0;
    while (n < len && from[n] != '\0') {
        to[n] = from[n] > ' ' && from[n] <= '~' ? (char)from[n] : '?';
        n++;
    }
    to[n] = '\0';
}

#define FIELD(name) (header + offsetof(struct ut_image_header, name))

int ut_image_header(const uint8_t *header, struct ut_image *image)
{
    memset(image, 0, sizeof *image);
    if (ut_bytes_get(FIELD(magic), 4) != UT_IMAGE_MAGIC ||
        ut_bytes_get(FIELD(header_version), 2) != UT_IMAGE_HEADER_VERSION ||
        ut_bytes_get(FIELD(header_bytes), 2) != UT_IMAGE_HEADER_BYTES)
        return -1;
    take_text(image->board, FIELD(board), 4);
    image->fw_major = FIELD(fw)[0];
    image->fw_minor = FIELD(fw)[1];
    image->fw_patch = FIELD(fw)[2];
    image->features_version = (int)ut_bytes_get(FIELD(features_version), 2);
    take_text(image->model_id, FIELD(model_id), 4);
    image->model_crc32 = ut_bytes_get(FIELD(model_crc32), 4);
    image->length = ut_bytes_get(FIELD(length), 4);
    image->address = ut_bytes_get(FIELD(address), 4);
    take_text(image->revision, FIELD(revision), 20);
    memcpy(image->sha256, FIELD(sha256), sizeof image->sha256);
    return 0;
}

static int no_image(const char *name, const char *what, struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_IMAGE, "%s: %s; build it with `make all-boards`", name, what);
}

static int parse_raw(const char *name, uint8_t *bytes, size_t len, struct ut_image *image, struct ut_fault *fault)
{
    const size_t sha_at = UT_IMAGE_OFFSET + offsetof(struct ut_image_header, sha256);
    uint8_t digest[br_sha256_SIZE];
    br_sha256_context sha;
    if (len < UT_IMAGE_OFFSET + UT_IMAGE_HEADER_BYTES || ut_image_header(bytes + UT_IMAGE_OFFSET, image) != 0)
        return no_image(name, "no image for a headset", fault);
    if (image->length == 0)
        return no_image(name, "an image whose header was never filled in", fault);
    if (image->length != len)
        return ut_fault_set(fault, UT_EXIT_IMAGE,
                            "%s: %zu bytes, and its header says %zu: cut short or damaged; copy or build it again",
                            name, len, image->length);
    memset(bytes + sha_at, 0, br_sha256_SIZE);
    br_sha256_init(&sha);
    br_sha256_update(&sha, bytes, len);
    br_sha256_out(&sha, digest);
    memcpy(bytes + sha_at, image->sha256, br_sha256_SIZE);
    if (memcmp(digest, image->sha256, sizeof digest) != 0)
        return ut_fault_set(fault, UT_EXIT_IMAGE,
                            "%s: damaged (its SHA-256 is not the one in its header); copy or "
                            "build it again",
                            name);
    return 0;
}

/* One program header of an ELF that lies wholly inside the file and is loaded; 0 = it is not. */
static int loaded(const uint8_t *file, size_t size, size_t i, uint32_t *offset, uint32_t *address, uint32_t *bytes)
{
    size_t at = (size_t)ut_bytes_get(file + ELF_PHOFF, 4) + i * PH_BYTES;
    if (at + PH_BYTES > size || ut_bytes_get(file + at, 4) != PH_LOAD)
        return 0;
    *offset = ut_bytes_get(file + at + 4, 4);
    *address = ut_bytes_get(file + at + 12, 4);
    *bytes = ut_bytes_get(file + at + 16, 4);
    return *bytes > 0 && *offset <= size && *bytes <= size - *offset;
}

/* What an ELF loads, as boards/image.py lays it out; NULL when it is no such ELF. The caller frees it. */
static uint8_t *elf_image(const uint8_t *file, size_t size, size_t *len)
{
    uint32_t offset, address, bytes, low = UINT32_MAX, high = 0;
    if (size < ELF_HEAD || ut_bytes_get(file + ELF_MACHINE, 2) != ELF_ARM)
        return NULL;
    size_t n = ut_bytes_get(file + ELF_PHNUM, 2);
    for (size_t i = 0; i < n; i++)
        if (loaded(file, size, i, &offset, &address, &bytes)) {
            low = address < low ? address : low;
            high = address <= UINT32_MAX - bytes && address + bytes > high ? address + bytes : high;
        }
    if (high <= low || high - low > IMAGE_MAX)
        return NULL;
    *len = (high - low + 3) & ~(size_t)3;
    uint8_t *image = malloc(*len);
    if (image == NULL)
        return NULL;
    memset(image, 0xFF, *len);
    for (size_t i = 0; i < n; i++)
        if (loaded(file, size, i, &offset, &address, &bytes) && address < high && bytes <= high - address)
            memcpy(image + (address - low), file + offset, bytes);
    return image;
}

int ut_image_parse(const char *name, uint8_t *bytes, size_t len, struct ut_image *image, struct ut_fault *fault)
{
    if (len < 4 || memcmp(bytes, "\177ELF", 4) != 0)
        return parse_raw(name, bytes, len, image, fault);
    uint8_t *raw = elf_image(bytes, len, &len);
    if (raw == NULL)
        return no_image(name, "an ELF file, but no image for a headset", fault);
    int result = parse_raw(name, raw, len, image, fault);
    free(raw);
    return result;
}

/* The whole file; the caller frees it. NULL and *fault. */
static uint8_t *read_file(const char *path, size_t *size, struct ut_fault *fault)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = malloc(FILE_MAX);
    *size = f != NULL && bytes != NULL ? fread(bytes, 1, FILE_MAX, f) : 0;
    if (bytes == NULL)
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
    else if (f == NULL || ferror(f))
        (void)ut_fault_set(fault, UT_EXIT_MISSING,
                           "%s: cannot be read (%s); name an image such as "
                           "build/mps2/undertone.bin",
                           path, strerror(errno));
    if (bytes == NULL || f == NULL || ferror(f)) {
        free(bytes);
        bytes = NULL;
    }
    if (f != NULL)
        (void)fclose(f);
    return bytes;
}

int ut_image_read(const char *path, struct ut_image *image, uint8_t **bytes, struct ut_fault *fault)
{
    size_t size;
    uint8_t *file = read_file(path, &size, fault);
    if (file == NULL)
        return -1;
    int result = ut_image_parse(path, file, size, image, fault);
    if (result == 0 && bytes != NULL)
        *bytes = file;
    else
        free(file);
    return result;
}
