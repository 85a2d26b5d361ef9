/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/settings/model_use.h"

#include "host-tools/settings/model_uses.h"

#include <stddef.h>

static const struct {
    uint32_t crc32;
    const char *sentence;
} uses[] = {UT_MODEL_USES};

const char *ut_model_use(uint32_t crc32)
{
    if (crc32 == 0)
        return "No classifier.";
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++)
        if (uses[i].crc32 == crc32)
            return uses[i].sentence;
    return "A model that this program does not know: ask whoever trained it what it may be used for.";
}
