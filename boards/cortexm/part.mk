# SPDX-License-Identifier: Apache-2.0
# What every Cortex-M takes, and its bootloader.
cortexm_SOURCES := boards/cortexm/crash.c boards/cortexm/idle.c boards/cortexm/page.c boards/cortexm/start.c
cortexm_BOOT := boards/cortexm/jump.c boards/cortexm/start.c
