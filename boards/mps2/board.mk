# SPDX-License-Identifier: Apache-2.0
# The emulated machines, one for each core. The firmware runs on that of the m4; the others run the exactness trace.
mps2_SOURCES := boards/mps2/board.c boards/mps2/flash.c boards/mps2/name.c boards/mps2/startup.c $(cortexm_SOURCES)
# What a program needs that is not the firmware.
mps2_START := boards/mps2/startup.c boards/cortexm/crash.c boards/cortexm/start.c
mps2_CORE := m4
mps2_ID := mps2
mps2_FLASH_TOOLS := none
mps2_FLASH_FACTORY := 0x5000
mps2_SLOTS := 0x21010000 0x21050000
mps2_BOOT := boards/mps2/boot.c boards/mps2/flash.c boards/mps2/name.c \
    boards/cortexm/jump.c boards/cortexm/page.c $(mps2_START)

mps2_MACHINE_m3 := mps2-an385
mps2_MACHINE_m4 := mps2-an386
mps2_MACHINE_m7 := mps2-an500
mps2_MACHINE_m33 := mps2-an505
mps2_MACHINE_m55 := mps3-an547
mps2_LDFLAGS_m33 := -Wl,--defsym=ut_code_origin=0x10000000 -Wl,--defsym=ut_ram_origin=0x38000000
