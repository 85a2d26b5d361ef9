# SPDX-License-Identifier: Apache-2.0
# The headset as a Linux process.
desk_SOURCES := boards/desk/board.c boards/desk/flash.c boards/desk/startup.c
