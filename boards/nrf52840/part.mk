# SPDX-License-Identifier: Apache-2.0
# What every board with Nordic's nRF52840 (Cortex-M4F, 64 MHz) takes, besides its ut_nrf_pins and board_name.
nrf52840_CHIP := boards/nrf52840/audio.c boards/nrf52840/board.c boards/nrf52840/flash.c boards/nrf52840/link.c boards/nrf52840/startup.c \
    boards/nrf52840/store.c boards/nrf52840/uart.c
nrf52840_SOURCES := boards/nrf52840/hci_uart.c $(nrf52840_CHIP) $(cortexm_SOURCES)
# With the chip's own radio: RADIO=sdc.
nrf52840_SDC := boards/nrf52840/sdc/radio.c boards/nrf52840/sdc/hci_calls.c
nrf52840_BOOT := boards/nrf52840/boot.c boards/nrf52840/flash.c boards/nrf52840/startup.c boards/cortexm/crash.c \
    boards/cortexm/page.c $(cortexm_BOOT)
