/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/site_key.h"

#include "host-tools/system/text_file.h"
#include "host-tools/system/utf8.h"

#include <bearssl_hmac.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static const char DIGITS[] = "0123456789abcdef";

static void put_digits(const uint8_t *bytes, size_t n, char *text)
{
    for (size_t i = 0; i < n; i++) {
        *text++ = DIGITS[bytes[i] >> 4];
        *text++ = DIGITS[bytes[i] & 15];
    }
    *text = '\0';
}

static int write_key(int fd)
{
    uint8_t bytes[UT_SITE_KEY_BYTES];
    char line[2 * UT_SITE_KEY_BYTES + 2];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return -1;
    put_digits(bytes, sizeof bytes, line);
    line[sizeof line - 2] = '\n';
    errno = ENOSPC; /* of a write that took a part */
    ssize_t n = write(fd, line, sizeof line - 1);
    int r = n == (ssize_t)sizeof line - 1 && fsync(fd) == 0 ? 0 : -1;
    explicit_bzero(bytes, sizeof bytes);
    explicit_bzero(line, sizeof line);
    return r;
}

int ut_site_key_make(const char *file, struct ut_fault *fault)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "%s: is there already, and whoever is known by its key would be lost; give another name",
                            file);
    if (fd < 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written (%s); check the folder", file,
                            strerror(errno));
    int r = write_key(fd), reason = errno;
    if (close(fd) != 0 && r == 0) {
        r = -1;
        reason = errno;
    }
    if (r == 0)
        return 0;
    (void)unlink(file);
    return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written (%s); check the disk", file, strerror(reason));
}

static int digit(char c)
{
    const char *at = c != '\0' ? strchr(DIGITS, c) : NULL;
    return at != NULL ? (int)(at - DIGITS) : -1;
}

int ut_site_key_parse(struct ut_site_key *key, const char *text)
{
    struct ut_site_key found;
    for (size_t i = 0; i < sizeof found.bytes; i++, text += 2) {
        int high = digit(text[0]), low = high >= 0 ? digit(text[1]) : -1;
        if (low < 0)
            return -1;
        found.bytes[i] = (uint8_t)(high << 4 | low);
    }
    if (text[strspn(text, "\r\n")] != '\0')
        return -1;
    *key = found;
    explicit_bzero(&found, sizeof found);
    return 0;
}

int ut_site_key_read(struct ut_site_key *key, const char *file, struct ut_fault *fault)
{
    struct stat there;
    if (stat(file, &there) != 0)
        return ut_fault_set(
            fault, UT_EXIT_MISSING,
            "%s: cannot be opened (%s); check the name, or let `undertone customer make-key` make it once for the site",
            file, strerror(errno));
    if ((there.st_mode & 077) != 0)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: holds a key and others may read it; chmod 600 it", file);
    char *text = ut_text_file_read(file, "a site's key", fault);
    if (text == NULL)
        return -1;
    int r = ut_site_key_parse(key, text);
    explicit_bzero(text, strlen(text));
    free(text);
    if (r == 0)
        return 0;
    return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                        "%s: no key of a site; it is one line of %d digits 0-9 and a-f, as `undertone customer "
                        "make-key` writes it",
                        file, 2 * UT_SITE_KEY_BYTES);
}

bool ut_site_key_fits(const char *customer)
{
    return ut_utf8_is_line(customer, UT_CUSTOMER_KEY_MAX);
}

void ut_site_key_customer(const struct ut_site_key *key, const char *customer, char text[UT_CUSTOMER_TEXT])
{
    uint8_t out[br_sha256_SIZE];
    br_hmac_key_context under;
    br_hmac_context hmac;
    br_hmac_key_init(&under, &br_sha256_vtable, key->bytes, sizeof key->bytes);
    br_hmac_init(&hmac, &under, 0);
    br_hmac_update(&hmac, customer, strlen(customer));
    (void)br_hmac_out(&hmac, out);
    put_digits(out, sizeof out, text);
    explicit_bzero(&under, sizeof under);
}
