/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/headset/factory_image.h"

#include "host-tools/headset/flash_boards.h"
#include "host-tools/headset/signer.h"
#include "host-tools/system/bytes.h"
#include "host-tools/system/crc32.h"

#include <stdlib.h>
#include <string.h>

enum { BOOT_BYTES = 0x4000, SLOT_BYTES = 0x40000, TRAILER_BYTES = 64, IDENTITY_BYTES = 36, PAGE_VERSION = 1 };

static const struct ut_factory_board boards[] = {UT_FACTORY_BOARDS};

const struct ut_factory_board *ut_factory_board(const char *name)
{
    for (size_t i = 0; i < sizeof boards / sizeof boards[0]; i++)
        if (strcmp(name, boards[i].board) == 0)
            return &boards[i];
    return NULL;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

int ut_unit_is_serial(const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        if (!is_digit(text[i]) && !(text[i] >= 'A' && text[i] <= 'Z') && !(text[i] >= 'a' && text[i] <= 'z') &&
            text[i] != '-')
            return 0;
    return n > 0 && n < UT_UNIT_SERIAL;
}

int ut_unit_next(char serial[UT_UNIT_SERIAL], int n)
{
    for (; n > 0; n--) {
        size_t at = strlen(serial);
        while (at > 0 && serial[at - 1] == '9')
            serial[--at] = '0';
        if (at == 0 || !is_digit(serial[at - 1]))
            return -1;
        serial[at - 1]++;
    }
    return 0;
}

static void put_identity(uint8_t *page, const char *board, const struct ut_unit *unit)
{
    memset(page, 0, IDENTITY_BYTES);
    memcpy(page, "UTFP", 4);
    ut_bytes_put(page + 4, PAGE_VERSION, 2);
    ut_bytes_put(page + 6, (uint32_t)unit->hardware, 2);
    memcpy(page + 8, board, strlen(board));
    ut_bytes_put(page + 12, (uint32_t)unit->made_s, 4);
    memcpy(page + 16, unit->serial, strlen(unit->serial));
    ut_bytes_put(page + 32, ut_crc32(0, page, 32), 4);
}

/* The slot's image is kept. */
static void put_trailer(uint8_t *slot)
{
    static const uint8_t mark[16] = {0x77, 0xC2, 0x95, 0xF3, 0x60, 0xD2, 0xEF, 0x7F,
                                     0x35, 0x52, 0x50, 0x0F, 0x2C, 0xB6, 0x79, 0x80};
    uint8_t *trailer = slot + SLOT_BYTES - TRAILER_BYTES;
    ut_bytes_put(trailer + 16, 1, 4);
    ut_bytes_put(trailer + 20, ~1U, 4);
    trailer[40] = 1;
    memcpy(trailer + 48, mark, sizeof mark);
}

/* The bootloader starts what its keys signed, and the test image judges the firmware by the same ones. */
static int is_signed_for(const struct ut_factory_parts *p)
{
    return memcmp(p->firmware->key, p->test->key, sizeof p->test->key) == 0 &&
           ut_signer_is_known_to(p->boot, p->boot_bytes, p->firmware->key);
}

static int fits(const struct ut_factory_parts *p)
{
    const struct ut_release_image *a = p->firmware, *b = p->test;
    return p->boot_bytes > 0 && p->boot_bytes <= BOOT_BYTES && strcmp(a->board, p->board->board) == 0 &&
           strcmp(b->board, p->board->board) == 0 && p->board->page >= BOOT_BYTES && a->offset < 1U << 24 &&
           p->board->page + IDENTITY_BYTES <= a->offset && b->offset == a->offset + SLOT_BYTES &&
           a->length <= SLOT_BYTES - TRAILER_BYTES && b->length <= SLOT_BYTES - TRAILER_BYTES;
}

int ut_factory_image(const struct ut_factory_parts *p, const struct ut_unit *unit, uint8_t **bytes, size_t *len,
                     struct ut_fault *fault)
{
    *bytes = NULL;
    if (!ut_unit_is_serial(unit->serial))
        return ut_fault_set(fault, UT_EXIT_USAGE, "%s: no serial number: 1 to 16 of A-Z a-z 0-9 -", unit->serial);
    if (!fits(p))
        return ut_fault_set(fault, UT_EXIT_IMAGE,
                            "board %s: bootloader, firmware and test image do not fit together; make factory builds "
                            "all three",
                            p->board->folder);
    if (!is_signed_for(p))
        return ut_fault_set(fault, UT_EXIT_IMAGE,
                            "board %s: firmware and test image are signed by two keys, or by one that the bootloader "
                            "does not know; make factory KEY=key.pem KEYS=key.pem builds all three",
                            p->board->folder);
    *len = p->test->offset + SLOT_BYTES;
    *bytes = malloc(*len);
    if (*bytes == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "out of memory");
    memset(*bytes, 0xFF, *len);
    memcpy(*bytes, p->boot, p->boot_bytes);
    put_identity(*bytes + p->board->page, p->board->board, unit);
    memcpy(*bytes + p->firmware->offset, p->firmware->bytes, p->firmware->length);
    put_trailer(*bytes + p->firmware->offset);
    memcpy(*bytes + p->test->offset, p->test->bytes, p->test->length);
    return 0;
}
