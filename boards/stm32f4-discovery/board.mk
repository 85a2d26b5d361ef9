# SPDX-License-Identifier: Apache-2.0
# ST's STM32F4 Discovery (MB997): STM32F407VG, Cortex-M4F, 168 MHz.
stm32f4-discovery_CORE := m4
stm32f4-discovery_ID := f407
stm32f4-discovery_SOURCES := boards/stm32f4-discovery/board.c boards/stm32f4-discovery/clock.c \
    boards/stm32f4-discovery/flash.c boards/stm32f4-discovery/pins.c boards/stm32f4-discovery/link.c boards/stm32f4-discovery/audio.c \
    boards/stm32f4-discovery/store.c boards/stm32f4-discovery/startup.c \
    $(cortexm_SOURCES)
stm32f4-discovery_BOOT := boards/stm32f4-discovery/boot.c boards/stm32f4-discovery/flash.c boards/stm32f4-discovery/pins.c \
    boards/stm32f4-discovery/startup.c boards/cortexm/crash.c boards/cortexm/page.c $(cortexm_BOOT)
# Sectors 5 and 6, 7 and 8.
stm32f4-discovery_SLOTS := 0x08020000 0x08060000
stm32f4-discovery_HZ := 168000000
# Decimation of both channels, on the emulated Cortex-M4.
stm32f4-discovery_HOP_INSTRUCTIONS := 206000
stm32f4-discovery_FLASH_TOOLS := openocd st-flash dfu-util
stm32f4-discovery_FLASH_PROBES := stlink jlink cmsis-dap dfu
stm32f4-discovery_FLASH_ADDRESS := 0x08000000
stm32f4-discovery_FLASH_FACTORY := 0x10000
stm32f4-discovery_FLASH_TARGET := target/stm32f4x.cfg
# RM0090, 38.6.1: 0x413 is the STM32F405/407.
stm32f4-discovery_FLASH_DEVICE_ID := 6413
stm32f4-discovery_FLASH_CHIP_ID := 0x0413
