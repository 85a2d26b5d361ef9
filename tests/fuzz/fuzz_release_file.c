/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a release, behind a header's beginning that is right: what is taken lies in the file. */
#include "host-tools/headset/release_file.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t magic[] = {0x3D, 0xB8, 0xF3, 0x96, 0, 0, 1, 0, 0, 2};
    struct ut_release r;
    struct ut_fault fault = {0};
    uint8_t *bytes = malloc(size + sizeof magic); /* of exactly its size, so that a byte beyond is found */
    if (bytes == NULL)
        abort();
    memcpy(bytes, magic, sizeof magic);
    memcpy(bytes + sizeof magic, data, size);
    size_t len = size + sizeof magic;
    if (ut_release_parse("input", bytes, len, &r, &fault) == 0)
        for (int i = 0; i < r.images; i++)
            if (r.image[i].bytes < bytes || r.image[i].bytes + r.image[i].length > bytes + len)
                abort();
    free(bytes);
    return 0;
}
