/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/certificate.h"

#include "host-tools/system/text_file.h"
#include "host-tools/system/timestamp.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CHAIN_MAX = 16, ID_BYTES = 64 };

static const int64_t DAY_S = 86400;

/* 0, or -1 and *fault. */
static int check_times(const char *file, gnutls_x509_crt_t crt, int64_t now_s, struct ut_fault *fault)
{
    char when[UT_TIMESTAMP_TEXT];
    int64_t from = gnutls_x509_crt_get_activation_time(crt), until = gnutls_x509_crt_get_expiration_time(crt);
    if (until < now_s) {
        ut_timestamp_text(until * 1000, when);
        return ut_fault_set(fault, UT_EXIT_CERTIFICATE, "%s: the certificate has expired (%s); put a new one there",
                            file, when);
    }
    if (from > now_s) {
        ut_timestamp_text(from * 1000, when);
        return ut_fault_set(fault, UT_EXIT_CERTIFICATE,
                            "%s: the certificate is not valid before %s; put another there, or set the clock", file,
                            when);
    }
    if (until - now_s < UT_CERTIFICATE_WARN_DAYS * DAY_S) {
        ut_timestamp_text(until * 1000, when);
        ut_note("%s: the certificate expires soon, at %s", file, when);
    }
    return 0;
}

/* Whether the key is the certificate's, by the hash of its public half. */
static bool fits(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
    unsigned char of_crt[ID_BYTES], of_key[ID_BYTES];
    size_t n = sizeof of_crt, m = sizeof of_key;
    return gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, of_crt, &n) == 0 &&
           gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, of_key, &m) == 0 && n == m &&
           memcmp(of_crt, of_key, n) == 0;
}

static gnutls_datum_t datum(char *text)
{
    return (gnutls_datum_t){(unsigned char *)text, (unsigned)strlen(text)};
}

static int check(const struct ut_certificate *c, const char *chain_file, const char *key_file, int64_t now_s,
                 struct ut_fault *fault)
{
    gnutls_x509_crt_t crt[CHAIN_MAX];
    gnutls_x509_privkey_t key = NULL;
    unsigned n = CHAIN_MAX;
    const gnutls_datum_t chain = datum(c->chain), own = datum(c->key);
    if (gnutls_x509_crt_list_import(crt, &n, &chain, GNUTLS_X509_FMT_PEM, GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED) <
            0 ||
        n == 0)
        return ut_fault_set(fault, UT_EXIT_CERTIFICATE, "%s: holds no certificate in PEM; give the file of one",
                            chain_file);
    int r = 0;
    for (unsigned i = 0; i < n && r == 0; i++)
        r = check_times(chain_file, crt[i], now_s, fault);
    if (r == 0 && (gnutls_x509_privkey_init(&key) != 0 ||
                   gnutls_x509_privkey_import2(key, &own, GNUTLS_X509_FMT_PEM, NULL, 0) != 0))
        r = ut_fault_set(fault, UT_EXIT_CERTIFICATE, "%s: holds no key in PEM, or one behind a password; give its key",
                         key_file);
    if (r == 0 && !fits(crt[0], key))
        r = ut_fault_set(fault, UT_EXIT_CERTIFICATE, "%s: is not the key of the certificate in %s; give its key",
                         key_file, chain_file);
    gnutls_x509_privkey_deinit(key);
    for (unsigned i = 0; i < n; i++)
        gnutls_x509_crt_deinit(crt[i]);
    return r;
}

int ut_certificate_read(struct ut_certificate *c, const char *chain_file, const char *key_file, int64_t unix_ms,
                        struct ut_fault *fault)
{
    struct stat there;
    *c = (struct ut_certificate){0};
    if (stat(key_file, &there) != 0)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened (%s); check the name", key_file,
                            strerror(errno));
    if ((there.st_mode & 077) != 0)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: holds a key and others may read it; chmod 600 it",
                            key_file);
    c->chain = ut_text_file_read(chain_file, "a certificate", fault);
    c->key = c->chain != NULL ? ut_text_file_read(key_file, "the key of a certificate", fault) : NULL;
    if (c->key != NULL && check(c, chain_file, key_file, unix_ms / 1000, fault) == 0)
        return 0;
    ut_certificate_free(c);
    return -1;
}

void ut_certificate_free(struct ut_certificate *c)
{
    if (c->key != NULL)
        explicit_bzero(c->key, strlen(c->key));
    free(c->key);
    free(c->chain);
    *c = (struct ut_certificate){0};
}
