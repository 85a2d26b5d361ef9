/* SPDX-License-Identifier: Apache-2.0 */
/* Prints tests/golden/call.h: the records of the synthetic call. Run by regenerate.sh. */
#include "firmware/call.h"
#include "tests/talk.h"

#include <stdio.h>

static void print(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    (void)ctx;
    printf("    {");
    for (int i = 0; i < UT_WIRE_RECORD_BYTES; i++)
        printf("%s0x%02x", i == 0 ? "" : ", ", record[i]);
    printf("},\n");
}

int main(void)
{
    static struct ut_call call;
    struct ut_talk talk;
    printf("/* SPDX-License-Identifier: Apache-2.0 */\n"
           "/* Written by tests/golden/regenerate.sh. The records of the call of tests/talk.h. */\n"
           "#ifndef UT_TESTS_GOLDEN_CALL_H\n#define UT_TESTS_GOLDEN_CALL_H\n\n#include <stdint.h>\n\n"
           "#define UT_GOLDEN_FEATURES_VERSION %d\n#define UT_GOLDEN_MODEL_CRC32 0x%08xu\n\n"
           "static const uint8_t ut_golden_call[][20] = {\n",
           UT_FEATURES_VERSION, (unsigned)ut_model_default.crc32);
    if (ut_call_init(&call, &ut_model_default, "test", print, NULL) != 0)
        return 1;
    ut_talk_init(&talk);
    for (int i = 0; i < UT_TALK_SAMPLES; i++) {
        int16_t pair[2];
        ut_talk_next(&talk, pair);
        ut_call_push(&call, pair, 1);
    }
    ut_call_finish(&call);
    printf("};\n\n#endif\n");
    return 0;
}
