/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/headset/flash_copy.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int ut_flash_copy_make(struct ut_flash_copy *c, const uint8_t *bytes, size_t len, struct ut_fault *fault)
{
    *c = (struct ut_flash_copy){.folder = "/tmp/undertone-XXXXXX"};
    if (mkdtemp(c->folder) == NULL) {
        c->folder[0] = '\0';
        return ut_fault_set(fault, UT_EXIT_FAILURE, "/tmp: no folder for the image (%s); check space", strerror(errno));
    }
    (void)snprintf(c->path, sizeof c->path, "%s/image.bin", c->folder);
    FILE *f = fopen(c->path, "wb");
    bool failed = f == NULL || fwrite(bytes, 1, len, f) != len;
    if ((f != NULL && fclose(f) != 0) || failed)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written (%s); check space", c->path,
                            strerror(errno));
    return 0;
}

void ut_flash_copy_remove(struct ut_flash_copy *c)
{
    if (c->folder[0] == '\0')
        return;
    (void)unlink(c->path);
    (void)rmdir(c->folder);
    *c = (struct ut_flash_copy){.folder = ""};
}
