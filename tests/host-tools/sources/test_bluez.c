/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/bluez.h"

#include "boards/board.h"
#include "firmware/ble/gatt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

const char board_name[4] = {'t', 'e', 's', 't'};

uint8_t board_battery(void)
{
    return 255;
}

/* How many attributes of the headset's table are of this type. */
static int of_type(const char *text)
{
    int found = 0;
    for (unsigned handle = 1;; handle++) {
        uint8_t uuid[16];
        char written[40] = "";
        size_t n = ut_gatt_type(handle, uuid);
        if (n == 0)
            return found;
        for (size_t i = n; n == sizeof uuid && i-- > 0;) {
            size_t used = strlen(written);
            (void)snprintf(written + used, sizeof written - used, "%02x%s", uuid[i],
                           i == 12 || i == 10 || i == 8 || i == 6 ? "-" : "");
        }
        found += strcmp(written, text) == 0;
    }
}

static void the_headset_has_what_is_looked_for(void **state)
{
    (void)state;
    assert_int_equal(of_type(UT_BLE_STREAM), 1);
    assert_int_equal(of_type(UT_BLE_CONTROL), 1);
    assert_int_equal(of_type(UT_BLE_VERSIONS), 1);
    assert_int_equal(of_type("e85a0009-5839-4330-a637-3d0fc85daff5"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_headset_has_what_is_looked_for)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
