/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/tsv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *ut_tsv_read(const char *file, struct ut_fault *fault)
{
    enum { PIECE = 1 << 16 };
    char *text = NULL;
    size_t len = 0, got;
    FILE *f = fopen(file, "rb");
    if (f == NULL) {
        (void)ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened (%s); check the name", file, strerror(errno));
        return NULL;
    }
    do {
        char *grown = realloc(text, len + PIECE + 1);
        if (grown == NULL) {
            (void)ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", file);
            free(text);
            (void)fclose(f);
            return NULL;
        }
        text = grown;
        got = fread(text + len, 1, PIECE, f);
        len += got;
    } while (got == PIECE);
    int reason = ferror(f) != 0 ? errno : 0;
    (void)fclose(f);
    text[len] = '\0';
    if (reason == 0 && len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        len -= 3;
        memmove(text, text + 3, len + 1);
    }
    int bad = 0;
    if (reason != 0)
        bad = ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be read (%s); give a TSV", file, strerror(reason));
    else if (len == 0)
        bad = ut_fault_set(fault, UT_EXIT_EMPTY, "%s: is empty; give a TSV with a header", file);
    else if (strlen(text) < len)
        bad = ut_fault_set(fault, UT_EXIT_INDEX, "%s: holds a zero byte; give a TSV in plain text", file);
    if (bad == 0)
        return text;
    free(text);
    return NULL;
}

char *ut_tsv_line(char **text)
{
    char *line = *text;
    if (line == NULL || *line == '\0')
        return NULL;
    *text = strchr(line, '\n');
    if (*text != NULL)
        *(*text)++ = '\0';
    size_t len = strlen(line);
    if (len > 0 && line[len - 1] == '\r')
        line[len - 1] = '\0';
    return line;
}

int ut_tsv_split(char *line, char **field, int max)
{
    int n = 0;
    for (char *at = line; at != NULL; n++) {
        char *tab = strchr(at, '\t');
        if (tab != NULL)
            *tab++ = '\0';
        if (n < max)
            field[n] = at;
        at = tab;
    }
    return n;
}

int ut_tsv_find(char *const *field, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(field[i], name) == 0)
            return i;
    return -1;
}

char *ut_tsv_path(const char *file, const char *path)
{
    const char *slash = strrchr(file, '/');
    size_t folder = path[0] == '/' || slash == NULL ? 0 : (size_t)(slash - file) + 1;
    size_t len = strlen(path);
    char *out = malloc(folder + len + 1);
    if (out != NULL) {
        memcpy(out, file, folder);
        memcpy(out + folder, path, len + 1);
    }
    return out;
}
