/* SPDX-License-Identifier: Apache-2.0 */
/* Debug probes and boot loaders on this machine's USB, as the kernel lists them.
 *
 * in    a folder of the form of /sys/bus/usb/devices: DEVICE/{idVendor,idProduct,serial}, DEVICE/DEVICE:x.y/tty/NAME
 * out   what can write a board's flash, with its serial number and, where the probe is also a serial line, its port
 */
#ifndef UT_HOST_USB_PROBES_H
#define UT_HOST_USB_PROBES_H

enum { UT_PROBES_MAX = 64, UT_PROBE_TEXT = 128 };

enum ut_probe_kind { UT_PROBE_STLINK = 1, UT_PROBE_JLINK = 2, UT_PROBE_CMSIS_DAP = 4, UT_PROBE_DFU = 8 };

struct ut_probe {
    enum ut_probe_kind kind;
    char serial[UT_PROBE_TEXT]; /* "" = it has none, or one that is no name */
    char port[UT_PROBE_TEXT];   /* /dev/NAME, "" = none */
};

/* Where to look: UNDERTONE_USB from the environment, or the kernel's folder. */
const char *ut_probes_folder(void);

/* 1 when text may stand in the command line of a tool and on a terminal: [A-Za-z0-9._:-], no dash first. A device says
 * what it likes of itself, and openocd runs what it reads as a program. */
int ut_probe_is_name(const char *text);

/* Those whose kind is in the mask, by serial number. How many; 0 when the folder cannot be read. */
int ut_probes_list(const char *folder, unsigned kinds, struct ut_probe p[UT_PROBES_MAX]);

/* "ST-Link", "J-Link", "CMSIS-DAP probe", "USB boot loader". */
const char *ut_probe_kind_name(enum ut_probe_kind kind);

#endif
