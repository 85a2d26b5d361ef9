/* SPDX-License-Identifier: Apache-2.0 */
/* Who signed an image, in words: the development key, which is published, by that name.
 *
 * in    SHA-256 of a public key, as images name it and bootloaders hold it
 * out   words for a person; whether a bootloader takes what it signs
 */
#ifndef UT_HOST_SIGNER_H
#define UT_HOST_SIGNER_H

#include <stddef.h>
#include <stdint.h>

enum { UT_SIGNER_TEXT = 80 };

/* 1: whoever has the project's source can sign so. */
int ut_signer_is_published(const uint8_t key[32]);

/* 1: among the keys of these bytes, a bootloader's, is this one; is the published one. */
int ut_signer_is_known_to(const uint8_t *boot, size_t len, const uint8_t key[32]);
int ut_signer_published_is_known_to(const uint8_t *boot, size_t len);

/* "the development key, which is published", or "key " and the first 16 digits of its SHA-256. */
void ut_signer_text(const uint8_t key[32], char text[UT_SIGNER_TEXT]);

#endif
