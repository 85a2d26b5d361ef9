/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a line of a file of keys: what is taken has a length that a key may have, is written in full behind
 * whsec_, and signs; what is not leaves the keys as they were. */
#include "host-tools/system/signature.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ut_signature_keys keys = {0};
    char text[UT_SIGNATURE_TEXT];
    int begun = size > 0 && (data[0] & 1) != 0;
    char *line = malloc(size + 8);
    if (line == NULL)
        return 0;
    size_t rest = begun ? size - 1 : size;
    memcpy(line, "whsec_", 6);
    if (rest > 0)
        memcpy(line + (begun ? 6 : 0), data + begun, rest);
    line[rest + (begun ? 6 : 0)] = '\0';
    int fine = ut_signature_keys_add(&keys, line) == 0;
    const struct ut_signature_part part = {(const char *)data, size};
    ut_signature_text(&keys, &part, size > 0, text);
    size_t n = keys.length[0];
    if (fine ? keys.count != 1 || n < UT_SIGNATURE_KEY_MIN || n > UT_SIGNATURE_KEY_MAX ||
                   strlen(line) != 6 + (n + 2) / 3 * 4 || strlen(text) != 47
             : keys.count != 0 || n != 0 || text[0] != '\0')
        abort();
    free(line);
    return 0;
}
