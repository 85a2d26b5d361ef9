/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/pause.h"

int64_t ut_pause_about_ms(int64_t ms, uint32_t chance)
{
    return ms * (800 + chance % 401) / 1000;
}

int ut_pause_ms(int first, int most, int n, uint32_t chance)
{
    int ms = first;
    for (int i = 0; i < n && ms < most; i++)
        ms *= 2;
    return (int)ut_pause_about_ms(ms < most ? ms : most, chance);
}
