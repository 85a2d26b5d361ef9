/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/token_list.h"

#include "host-tools/system/grow.h"
#include "host-tools/system/text_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool ut_token_list_fits(const char *text)
{
    return strlen(text) == UT_TOKEN_TEXT - 1 && strspn(text, "0123456789abcdef") == UT_TOKEN_TEXT - 1;
}

/* What its owner alone may read. NULL and *fault. */
static char *read_secret(const char *file, const char *wanted, struct ut_fault *fault)
{
    struct stat there;
    if (stat(file, &there) != 0) {
        (void)ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened (%s); check the name", file, strerror(errno));
        return NULL;
    }
    if ((there.st_mode & 077) != 0) {
        (void)ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: holds %s and others may read it; chmod 600 it", file,
                           wanted);
        return NULL;
    }
    return ut_text_file_read(file, wanted, fault);
}

static void wipe(char *text, size_t n)
{
    explicit_bzero(text, n);
    free(text);
}

int ut_token_list_add(struct ut_token_list *l, const char *name, const char *token)
{
    size_t room = l->room;
    struct ut_token_named *grown = l->of;
    if (l->n == l->room) { /* not by realloc, which would leave tokens behind */
        grown = ut_grow(NULL, &room, l->n + 1, sizeof *grown);
        if (grown == NULL)
            return -1;
        if (l->n > 0)
            memcpy(grown, l->of, l->n * sizeof *grown);
        if (l->of != NULL)
            wipe((char *)l->of, l->n * sizeof *grown);
    }
    l->of = grown;
    l->room = room;
    (void)snprintf(l->of[l->n].name, sizeof l->of->name, "%s", name);
    (void)snprintf(l->of[l->n++].token, sizeof l->of->token, "%s", token);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct ut_token_named *)a)->name, ((const struct ut_token_named *)b)->name);
}

const char *ut_token_list_sort(struct ut_token_list *l)
{
    if (l->n > 0)
        qsort(l->of, l->n, sizeof *l->of, by_name);
    for (size_t i = 1; i < l->n; i++)
        if (strcmp(l->of[i - 1].name, l->of[i].name) == 0)
            return l->of[i].name;
    return NULL;
}

int ut_token_list_parse(struct ut_token_list *l, const char *file, char *text, struct ut_fault *fault)
{
    int number = 0;
    *l = (struct ut_token_list){0};
    for (char *line; (line = ut_text_file_line(&text)) != NULL;) {
        char *colon = strchr(line, ':');
        number++;
        if (colon != NULL)
            *colon = '\0';
        if (colon == NULL || !ut_identity_fits(line) || !ut_token_list_fits(colon + 1)) {
            ut_token_list_free(l);
            return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                                "%s:%d: is no NAME:TOKEN as `undertone enrol desks` writes them; mosquitto_passwd -U "
                                "takes a copy",
                                file, number);
        }
        if (ut_token_list_add(l, line, colon + 1) != 0) {
            ut_token_list_free(l);
            return ut_fault_no_memory(fault);
        }
    }
    const char *twice = ut_token_list_sort(l);
    if (twice == NULL)
        return 0;
    (void)ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: has %s twice; take one out", file, twice);
    ut_token_list_free(l);
    return -1;
}

int ut_token_list_read(struct ut_token_list *l, const char *file, struct ut_fault *fault)
{
    *l = (struct ut_token_list){0};
    char *text = read_secret(file, "tokens", fault);
    if (text == NULL)
        return -1;
    const size_t n = strlen(text);
    int r = ut_token_list_parse(l, file, text, fault);
    wipe(text, n);
    return r;
}

int ut_token_list_read_one(const char *file, char token[UT_TOKEN_TEXT], struct ut_fault *fault)
{
    char *text = read_secret(file, "a token", fault);
    if (text == NULL)
        return -1;
    const size_t n = strlen(text);
    char *rest = text;
    const char *line = ut_text_file_line(&rest), *next = ut_text_file_line(&rest);
    bool fits = line != NULL && ut_token_list_fits(line) && (next == NULL || next[0] == '\0');
    if (fits)
        memcpy(token, line, UT_TOKEN_TEXT);
    wipe(text, n);
    return fits ? 0
                : ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                               "%s: is not one line with a token; write what stands behind the desk's name in tokens",
                               file);
}

void ut_token_list_free(struct ut_token_list *l)
{
    if (l->of != NULL)
        wipe((char *)l->of, l->n * sizeof *l->of);
    *l = (struct ut_token_list){0};
}

const struct ut_token_named *ut_token_list_find(const struct ut_token_list *l, const char *name)
{
    struct ut_token_named wanted;
    (void)snprintf(wanted.name, sizeof wanted.name, "%s", name);
    return l->n > 0 ? bsearch(&wanted, l->of, l->n, sizeof *l->of, by_name) : NULL;
}

void ut_token_list_write(const struct ut_token_list *l, FILE *out)
{
    for (size_t i = 0; i < l->n; i++)
        (void)fprintf(out, "%s:%s\n", l->of[i].name, l->of[i].token);
}
