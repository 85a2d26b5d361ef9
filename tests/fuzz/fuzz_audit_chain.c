/* SPDX-License-Identifier: Apache-2.0 */
/* Any lines behind a good first record: what is counted is an object of the next number, without zero bytes; what is
 * not leaves the chain as it was, or is the one line that may have been cut short. */
#include "host-tools/sinks/audit_chain.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char first[] =
        "{\"N\":1,\"Prev\":\"0000000000000000000000000000000000000000000000000000000000000000\"}";
    struct ut_audit_chain c;
    ut_audit_chain_init(&c, "x");
    if (ut_audit_chain_follow(&c, first, sizeof first - 1) != 0 || c.n != 1)
        abort();
    const char *at = (const char *)data;
    while (size > 0) {
        const char *end = memchr(at, '\n', size);
        size_t n = end != NULL ? (size_t)(end - at) : size;
        const struct ut_audit_chain before = c;
        int r = ut_audit_chain_follow(&c, at, n);
        json_t *record = json_loadb(at, n, 0, NULL);
        if (r == 0 && c.n == before.n + 1) {
            if (json_integer_value(json_object_get(record, "N")) != c.n || c.cut[0] != '\0' ||
                strcmp(c.last, before.last) == 0 || memchr(at, '\0', n) != NULL)
                abort();
        } else if (c.n != before.n || strcmp(c.last, before.last) != 0 || (r == 0) != (c.cut[0] != before.cut[0])) {
            abort();
        }
        json_decref(record);
        at += n + (end != NULL);
        size -= n + (end != NULL);
    }
    return 0;
}
