/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes in the factory page: as they come, and whole by their CRCs; what is told of it is text and within range. */
#include "firmware/boot/factory.h"
#include "tests/firmware/boot/factory_page.h"
#include "tests/firmware/boot/slots_memory.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(void)
{
    struct ut_factory f;
    ut_factory_read(&f, "test");
    int ended = 0;
    for (unsigned i = 0; i < sizeof f.serial; i++) {
        ended |= f.serial[i] == '\0';
        if (ended != (f.serial[i] == '\0') || f.serial[i] < 0 || f.serial[i] > 'z')
            abort();
    }
    if (f.there != (f.serial[0] != '\0') || f.locked > f.there)
        abort();
    for (int i = 0; i < 2; i++)
        if (f.trim_db[i] > UT_FACTORY_TRIM_MAX_DB || f.trim_db[i] < -UT_FACTORY_TRIM_MAX_DB)
            abort();
    int locked = ut_factory_lock("test") == 0, sealed = ut_factory_seal("test", (const int8_t[2]){1, 2}, 3) == 0;
    if ((locked && (!f.there || f.locked)) || (sealed && (locked || !f.there || f.locked)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *page = memory.area[BOARD_FACTORY];
    memory_clear(1);
    memcpy(page, data, size < FACTORY_BYTES ? size : FACTORY_BYTES);
    judge();
    memory_clear(1);
    memcpy(page, data, size < UT_FACTORY_BYTES ? size : UT_FACTORY_BYTES);
    memcpy(page, "UTFP\1", 5);
    memcpy(page + 8, "test", 4);
    page_put(page + 32, page_crc32(page, 32));
    memcpy(page + 64, "UTFS", 4);
    page_put(page + 72, page_crc32(page + 64, 8));
    judge();
    return 0;
}
