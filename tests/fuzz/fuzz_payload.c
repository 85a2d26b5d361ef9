/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an event of a desk, behind any topic: what is taken has names that are names and a number in range. The
 * first byte says whether a whole event surrounds the rest. */
#include "host-tools/serve/payload.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char HEAD[] =
    "{\"specversion\":\"1.0\",\"id\":\"a\",\"source\":\"b\",\"type\":\"undertone.cue.opened.v1\","
    "\"time\":\"2026-01-02T03:04:05Z\",";
static const char TAIL[] = "\"data\":{\"ContactId\":\"c\"}}";

static void judge(const char *bytes, size_t n, enum ut_floor_kind kind)
{
    struct ut_payload p;
    enum ut_payload_fault fault = ut_payload_parse(bytes, n, kind, &p);
    if (ut_payload_fault_name(fault)[0] == '\0' || (p.session[0] != '\0' && !ut_identity_fits(p.session)))
        abort();
    if (fault != UT_PAYLOAD_FINE)
        return;
    if (n == 0 || n > UT_FLOOR_PAYLOAD_MAX || p.session[0] == '\0' || p.contact[0] == '\0' || p.sequence < 0 ||
        p.sequence > UINT32_MAX || (p.type == UT_EVENT_SCORE) != (p.sequence == 0) || p.t_ms < 0)
        abort();
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)bytes[i] < ' ')
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum ut_floor_kind kind = size > 1 ? (enum ut_floor_kind)(data[1] % UT_FLOOR_KINDS) : UT_FLOOR_CUE;
    if (size == 0 || (data[0] & 1) == 0) {
        judge((const char *)data, size, kind);
        return 0;
    }
    char *text = malloc(sizeof HEAD + size + sizeof TAIL);
    if (text == NULL)
        return 0;
    memcpy(text, HEAD, sizeof HEAD - 1);
    memcpy(text + sizeof HEAD - 1, data + 1, size - 1);
    memcpy(text + sizeof HEAD + size - 2, TAIL, sizeof TAIL - 1);
    judge(text, sizeof HEAD + size + sizeof TAIL - 3, UT_FLOOR_CUE);
    free(text);
    return 0;
}
