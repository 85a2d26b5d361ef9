/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/settings/holdout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t WEEK_MS = 7 * 86400000LL, MONDAY_MS = 4 * 86400000LL; /* 1970-01-05 was one */

int ut_holdout_init(struct ut_holdout *h, const struct ut_config *config, struct ut_fault *fault)
{
    const char *file = ut_config_text(config, "customer", "site_key");
    const char *desk = ut_config_text(config, "effect", "desk");
    *h = (struct ut_holdout){.share = config->value[UT_P_EFFECT_HOLDOUT] / 100};
    if (h->share <= 0)
        return 0;
    if (desk[0] == '\0')
        desk = ut_config_text(config, "mqtt", "device");
    if (desk[0] == '\0' || strlen(desk) >= sizeof h->desk)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "[effect] holdout: which desk is this? Set [effect] desk, or [mqtt] device, to a name that "
                            "no other desk has, of %d characters at most",
                            UT_HOLDOUT_DESK - 1);
    (void)snprintf(h->desk, sizeof h->desk, "%s", desk);
    if (file[0] == '\0')
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "[effect] holdout: the draw is by the site's key; set [customer] site_key (`undertone "
                            "customer make-key` makes one)");
    return ut_site_key_read(&h->key, file, fault);
}

bool ut_holdout_held(const struct ut_holdout *h, int64_t unix_ms)
{
    char text[UT_HOLDOUT_DESK + 60], digits[UT_CUSTOMER_TEXT];
    int64_t since = unix_ms - MONDAY_MS, week = since / WEEK_MS - (since % WEEK_MS < 0);
    if (h->share <= 0)
        return false;
    /* No customer's key has a control character, so that none is drawn like a desk. */
    (void)snprintf(text, sizeof text, "holdout\n%s\n%lld", h->desk, (long long)week);
    ut_site_key_customer(&h->key, text, digits);
    digits[8] = '\0';
    return (double)strtoul(digits, NULL, 16) < h->share * 4294967296.0;
}
