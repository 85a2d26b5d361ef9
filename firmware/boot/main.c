/* SPDX-License-Identifier: Apache-2.0 */
/* The bootloader: runs the slot that firmware/boot/boot.h chooses, once. */
#include "boards/board.h"
#include "boards/flash.h"
#include "firmware/boot/boot.h"
#include "firmware/boot/factory.h"
#include "firmware/boot/signature.h"

int ut_main(void)
{
    struct ut_factory factory;
    board_boot_begin();
    ut_factory_read(&factory, board_name);
    if (factory.locked)
        board_boot_lock();
    int slot = ut_boot_choose(board_name, ut_signature_check);
    if (slot < 0) {
        board_boot_trace("boot: no image\n");
        board_boot_stay();
    }
    board_boot_trace(slot == BOARD_SLOT_A ? "boot: slot A\n" : "boot: slot B\n");
    board_boot_run((enum board_area)slot, UT_MANIFEST_HEADER_BYTES);
}
