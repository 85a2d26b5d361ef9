/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes in a slot: as they come, and behind a header that fits; what is found lies within the slot. */
#include "firmware/boot/boot.h"
#include "tests/firmware/boot/slots_memory.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(void)
{
    struct ut_manifest m;
    if (ut_manifest_read(&m, BOARD_SLOT_A, "test") != UT_MANIFEST_OK)
        return;
    if (m.signed_bytes > SLOT_BYTES || m.whole_bytes > SLOT_BYTES || m.whole_bytes <= m.signed_bytes ||
        m.signature_bytes > sizeof m.signature)
        abort();
    (void)ut_manifest_check_digest(&m, BOARD_SLOT_A);
    if (ut_boot_choose("test", check_fake) == BOARD_SLOT_B)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    memory_clear(1);
    memcpy(memory.area[BOARD_SLOT_A], data, size < SLOT_BYTES ? size : SLOT_BYTES);
    judge();
    memory_clear(1);
    place_image(BOARD_SLOT_A, 1, 1);
    size_t at = UT_MANIFEST_HEADER_BYTES + IMAGE_BYTES, room = SLOT_BYTES - at;
    memcpy(memory.area[BOARD_SLOT_A] + at, data, size < room ? size : room);
    if (size > 1) /* the image's own length, too */
        put(memory.area[BOARD_SLOT_A], 12, (uint32_t)(data[0] | data[1] << 8), 4);
    judge();
    return 0;
}
