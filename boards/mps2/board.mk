# SPDX-License-Identifier: Apache-2.0
# The emulated machines. The firmware runs on an386; the others run the exactness trace.
mps2_SOURCES := boards/mps2/board.c boards/mps2/startup.c $(cortexm_SOURCES)
# What a program needs that is not the firmware.
mps2_START := boards/mps2/startup.c boards/cortexm/crash.c boards/cortexm/start.c
mps2_CORE := mps2/an386
mps2_MACHINES := an385 an386 an500 an505 an547
mps2_DSP := an386 an500 an505 an547

mps2_CFLAGS_an385 := -mcpu=cortex-m3
mps2_CFLAGS_an386 := -mcpu=cortex-m4
mps2_CFLAGS_an500 := -mcpu=cortex-m7
mps2_CFLAGS_an505 := -mcpu=cortex-m33
mps2_CFLAGS_an547 := -mcpu=cortex-m55
mps2_LDFLAGS_an505 := -Wl,--defsym=ut_code_origin=0x10000000 -Wl,--defsym=ut_ram_origin=0x38000000
mps2_QEMU_an547 := mps3-an547
