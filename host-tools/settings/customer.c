/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/settings/customer.h"

#include <stdio.h>
#include <string.h>

static int take(struct ut_customer_key *key, char *word, const char *what, struct ut_fault *fault)
{
    bool fits = ut_site_key_fits(word);
    if (fits)
        (void)snprintf(key->text, sizeof key->text, "%s", word);
    key->given = fits;
    memset(word, '*', strlen(word));
    if (fits)
        return 0;
    return ut_fault_set(fault, UT_EXIT_USAGE, "%s: give 1 to %d bytes of UTF-8 without control characters", what,
                        UT_CUSTOMER_KEY_MAX);
}

int ut_customer_take(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    char what[60];
    (void)snprintf(what, sizeof what, "--%s", o->name);
    return take(place, (char *)text, what, fault); /* a word of main's, which may be written */
}

int ut_customer_word(struct ut_customer_key *key, char *word, const char *what, struct ut_fault *fault)
{
    char line[UT_CUSTOMER_KEY_MAX + 3];
    if (strcmp(word, "-") != 0)
        return take(key, word, what, fault);
    if (fgets(line, sizeof line, stdin) == NULL)
        line[0] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    return take(key, line, what, fault);
}

int ut_customer_hash(struct ut_customer_key *key, const struct ut_config *config, char text[UT_CUSTOMER_TEXT],
                     struct ut_fault *fault)
{
    struct ut_site_key site;
    const char *file = ut_config_text(config, "customer", "site_key");
    int r = 0;
    text[0] = '\0';
    if (key->given && file[0] == '\0')
        r = ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                         "[customer] site_key: is not set, and no customer's key is kept as it is; set it to a file "
                         "that `undertone customer make-key` has made");
    else if (key->given)
        r = ut_site_key_read(&site, file, fault);
    if (key->given && r == 0)
        ut_site_key_customer(&site, key->text, text);
    explicit_bzero(&site, sizeof site);
    explicit_bzero(key->text, sizeof key->text);
    return r;
}
