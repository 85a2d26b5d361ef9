/* SPDX-License-Identifier: Apache-2.0 */
/* Names with their tokens (token.h), as whoever hands tokens out keeps them; mosquitto_passwd -U takes a copy of it.
 *
 * in    a file of mode 0600, a line "NAME:TOKEN" each; the same with a token alone
 * out   the names in the order of their bytes, which is that of the file written; a token by name
 * errors UT_EXIT_MISSING no such file; UT_EXIT_CONFIG_KEY others may read it, a line is none, or a name is there twice.
 *       No fault holds a token.
 */
#ifndef UT_HOST_TOKEN_LIST_H
#define UT_HOST_TOKEN_LIST_H

#include "host-tools/system/fault.h"
#include "host-tools/system/identity.h"
#include "host-tools/system/token.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct ut_token_named {
    char name[UT_IDENTITY_MAX + 1], token[UT_TOKEN_TEXT];
};

struct ut_token_list {
    struct ut_token_named *of;
    size_t n, room;
};

/* 0, or -1 and *fault. */
int ut_token_list_read(struct ut_token_list *l, const char *file, struct ut_fault *fault);

/* The same of a text that is cut up in place. file: its name, for faults. */
int ut_token_list_parse(struct ut_token_list *l, const char *file, char *text, struct ut_fault *fault);
void ut_token_list_free(struct ut_token_list *l);

/* NULL = there is none. */
const struct ut_token_named *ut_token_list_find(const struct ut_token_list *l, const char *name);

/* One more behind the others; ut_token_list_sort, once, before it is looked for. 0, or -1 when out of memory. */
int ut_token_list_add(struct ut_token_list *l, const char *name, const char *token);

/* NULL, or a name that is there twice. */
const char *ut_token_list_sort(struct ut_token_list *l);
void ut_token_list_write(const struct ut_token_list *l, FILE *out);

/* Of a file of mode 0600 with one line. 0, or -1 and *fault. */
int ut_token_list_read_one(const char *file, char token[UT_TOKEN_TEXT], struct ut_fault *fault);

/* Whether a text is a token, and not a hash of mosquitto's. */
bool ut_token_list_fits(const char *text);

#endif
