# SPDX-License-Identifier: Apache-2.0
# Nordic's nRF52840 DK (PCA10056): nRF52840, Cortex-M4F, 64 MHz.
nrf52840-dk_CORE := m4
nrf52840-dk_ID := n840
nrf52840-dk_SOURCES := boards/nrf52840-dk/pins.c $(nrf52840_SOURCES)
nrf52840-dk_BOOT := boards/nrf52840-dk/pins.c $(nrf52840_BOOT)
nrf52840-dk_SLOTS := 0x00010000 0x00050000
nrf52840-dk_HZ := 64000000
nrf52840-dk_FLASH_TOOLS := openocd
nrf52840-dk_FLASH_PROBES := jlink cmsis-dap
nrf52840-dk_FLASH_ADDRESS := 0x00000000
nrf52840-dk_FLASH_FACTORY := 0x5000
nrf52840-dk_FLASH_TARGET := target/nrf52.cfg
# FICR INFO.PART of the product specification.
nrf52840-dk_FLASH_WORDS := nRF52840
