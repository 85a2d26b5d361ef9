# SPDX-License-Identifier: Apache-2.0
# What every Cortex-M takes.
cortexm_SOURCES := boards/cortexm/crash.c boards/cortexm/idle.c boards/cortexm/page.c boards/cortexm/start.c
