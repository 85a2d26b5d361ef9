/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/headset/usb_probes.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* USB ids: of ST and SEGGER from their products' descriptors (also in openocd's interface/stlink.cfg and jlink driver),
 * of Arm's CMSIS-DAP firmware (DAPLink), of the STM32 boot loader from AN2606. product -1: every one of the vendor. */
static const struct {
    int vendor, product;
    enum ut_probe_kind kind;
} known[] = {
    {0x0483, 0x3748, UT_PROBE_STLINK},    {0x0483, 0x374B, UT_PROBE_STLINK}, {0x0483, 0x3752, UT_PROBE_STLINK},
    {0x0483, 0x374D, UT_PROBE_STLINK},    {0x0483, 0x374E, UT_PROBE_STLINK}, {0x0483, 0x374F, UT_PROBE_STLINK},
    {0x0483, 0x3753, UT_PROBE_STLINK},    {0x0483, 0x3754, UT_PROBE_STLINK}, {0x1366, -1, UT_PROBE_JLINK},
    {0x0D28, 0x0204, UT_PROBE_CMSIS_DAP}, {0x0483, 0xDF11, UT_PROBE_DFU},
};

enum { PATH = 1024 };

const char *ut_probes_folder(void)
{
    const char *named = getenv("UNDERTONE_USB");
    return named != NULL && named[0] != '\0' ? named : "/sys/bus/usb/devices";
}

const char *ut_probe_kind_name(enum ut_probe_kind kind)
{
    switch (kind) {
    case UT_PROBE_STLINK:
        return "ST-Link";
    case UT_PROBE_JLINK:
        return "J-Link";
    case UT_PROBE_CMSIS_DAP:
        return "CMSIS-DAP probe";
    case UT_PROBE_DFU:
        return "USB boot loader";
    }
    return "probe";
}

/* The first line of a small file, "" when there is none. */
static void line_of(const char *folder, const char *device, const char *name, char *text, size_t size)
{
    char path[PATH];
    text[0] = '\0';
    (void)snprintf(path, sizeof path, "%s/%s/%s", folder, device, name);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return;
    if (fgets(text, (int)size, f) == NULL)
        text[0] = '\0';
    (void)fclose(f);
    text[strcspn(text, "\r\n")] = '\0';
}

static int hex(const char *text)
{
    char *end;
    long value = strtol(text, &end, 16);
    return end == text || *end != '\0' || value < 0 || value > 0xFFFF ? -1 : (int)value;
}

static int kind_of(int vendor, int product)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (vendor == known[i].vendor && (known[i].product < 0 || product == known[i].product))
            return (int)known[i].kind;
    return 0;
}

int ut_probe_is_name(const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-";
    return text[0] != '\0' && text[0] != '-' && text[strspn(text, allowed)] == '\0';
}

/* The first serial line among the device's interfaces. */
static void port_of(const char *folder, const char *device, char port[UT_PROBE_TEXT])
{
    char path[PATH];
    port[0] = '\0';
    (void)snprintf(path, sizeof path, "%s/%s", folder, device);
    DIR *interfaces = opendir(path);
    if (interfaces == NULL)
        return;
    for (struct dirent *i; port[0] == '\0' && (i = readdir(interfaces)) != NULL;) {
        if (strchr(i->d_name, ':') == NULL)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s/%s/tty", folder, device, i->d_name);
        DIR *lines = opendir(path);
        if (lines == NULL)
            continue;
        for (struct dirent *t; port[0] == '\0' && (t = readdir(lines)) != NULL;)
            if (t->d_name[0] != '.' && ut_probe_is_name(t->d_name))
                (void)snprintf(port, UT_PROBE_TEXT, "/dev/%.*s", UT_PROBE_TEXT - 6, t->d_name);
        (void)closedir(lines);
    }
    (void)closedir(interfaces);
}

static int by_serial(const void *a, const void *b)
{
    return strcmp(((const struct ut_probe *)a)->serial, ((const struct ut_probe *)b)->serial);
}

int ut_probes_list(const char *folder, unsigned kinds, struct ut_probe p[UT_PROBES_MAX])
{
    DIR *devices = opendir(folder);
    if (devices == NULL)
        return 0;
    int n = 0;
    for (struct dirent *d; n < UT_PROBES_MAX && (d = readdir(devices)) != NULL;) {
        char vendor[16], product[16];
        if (d->d_name[0] == '.' || strchr(d->d_name, ':') != NULL)
            continue;
        line_of(folder, d->d_name, "idVendor", vendor, sizeof vendor);
        line_of(folder, d->d_name, "idProduct", product, sizeof product);
        int kind = kind_of(hex(vendor), hex(product));
        if (((unsigned)kind & kinds) == 0)
            continue;
        p[n].kind = (enum ut_probe_kind)kind;
        line_of(folder, d->d_name, "serial", p[n].serial, sizeof p[n].serial);
        if (!ut_probe_is_name(p[n].serial))
            p[n].serial[0] = '\0';
        port_of(folder, d->d_name, p[n].port);
        n++;
    }
    (void)closedir(devices);
    qsort(p, (size_t)n, sizeof *p, by_serial);
    return n;
}
