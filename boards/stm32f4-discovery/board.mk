# SPDX-License-Identifier: Apache-2.0
# ST's STM32F4 Discovery (MB997): STM32F407VG, Cortex-M4F, 168 MHz.
stm32f4-discovery_CORE := m4
stm32f4-discovery_SOURCES := boards/stm32f4-discovery/board.c boards/stm32f4-discovery/clock.c \
    boards/stm32f4-discovery/pins.c boards/stm32f4-discovery/link.c boards/stm32f4-discovery/audio.c \
    boards/stm32f4-discovery/store.c boards/stm32f4-discovery/startup.c \
    $(cortexm_SOURCES)
stm32f4-discovery_HZ := 168000000
# Decimation of both channels, on the emulated Cortex-M4.
stm32f4-discovery_HOP_INSTRUCTIONS := 206000
