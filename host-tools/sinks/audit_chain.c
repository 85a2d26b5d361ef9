/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/audit_chain.h"

#include "host-tools/system/timestamp.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char FIRST[] = "0000000000000000000000000000000000000000000000000000000000000000";
static const char CUT[] = "cut_short";

void ut_audit_chain_init(struct ut_audit_chain *c, const char *path)
{
    *c = (struct ut_audit_chain){.path = path, .fd = -1};
    memcpy(c->last, FIRST, sizeof FIRST);
}

static bool has(const json_t *record, const char *key, const char *text)
{
    const char *value = json_string_value(json_object_get(record, key));
    return value != NULL && strcmp(value, text) == 0;
}

/* Whether the record follows; behind a line that was cut short it holds the hash of that one, and of the last one as
 * well. */
static bool follows(const struct ut_audit_chain *c, const json_t *record)
{
    if (json_integer_value(json_object_get(record, "N")) != c->n + 1)
        return false;
    if (c->cut[0] == '\0')
        return has(record, "Prev", c->last);
    return has(record, "Prev", c->cut) && has(record, "Behind", c->last) && has(record, "Kind", CUT);
}

int ut_audit_chain_follow(struct ut_audit_chain *c, const char *line, size_t n)
{
    /* The parser passes over some zero bytes; a file after a power loss may end in them. */
    json_t *record = memchr(line, '\0', n) == NULL ? json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL) : NULL;
    int r = 0;
    if (json_is_object(record) && follows(c, record)) {
        ut_digest(line, n, c->last);
        c->cut[0] = '\0';
        c->n++;
        ut_merkle_add(&c->tree, line, n);
        if (c->n == c->known_n)
            ut_merkle_root(&c->tree, c->known_root);
    } else if (record == NULL && c->cut[0] == '\0') {
        ut_digest(line, n, c->cut);
    } else {
        r = -1;
    }
    json_decref(record);
    return r;
}

static int changed(const struct ut_audit_chain *c, int64_t line, const char *what, struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_AUDIT, "%s:%" PRId64 ": %s; keep the file as it is, and find out who changed it",
                        c->path, line, what);
}

/* The bytes of a line with its end, or without at the file's end or when room is over; 0 = none is left. */
static size_t read_line(FILE *f, char *line, size_t room)
{
    size_t n = 0;
    for (int byte = 0; n < room && byte != '\n' && (byte = getc(f)) != EOF; n++)
        line[n] = (char)byte;
    return n;
}

/* Of a stream that stands at its begin. 0, or -1 and *fault. */
static int read_all(struct ut_audit_chain *c, FILE *f, int64_t head_n, const char *head, struct ut_fault *fault)
{
    char line[UT_AUDIT_LINE_MAX - 1];
    size_t n;
    for (int64_t number = 1; (n = read_line(f, line, sizeof line)) > 0; number++) {
        c->unended = line[n - 1] != '\n';
        bool was_cut = c->cut[0] != '\0';
        if (ut_audit_chain_follow(c, line, c->unended ? n : n - 1) != 0 || (c->unended && n == sizeof line))
            return changed(c, was_cut ? number - 1 : number, "does not follow from the lines before it", fault);
        if (c->n == head_n && c->cut[0] == '\0' && strcmp(c->last, head) != 0)
            return changed(c, number, "is another record than the one that was known", fault);
    }
    if (ferror(f))
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be read (%s); check the disk", c->path,
                            strerror(errno));
    if (!c->unended && c->cut[0] != '\0')
        return changed(c, c->n + 1, "is no record", fault);
    if (c->n < head_n)
        return ut_fault_set(fault, UT_EXIT_AUDIT,
                            "%s: ends after %" PRId64 " records and had %" PRId64 "; find out who cut it", c->path,
                            c->n, head_n);
    return 0;
}

int ut_audit_chain_verify(struct ut_audit_chain *c, int64_t head_n, const char *head, struct ut_fault *fault)
{
    FILE *f = fopen(c->path, "r");
    if (f == NULL)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened (%s); check the name", c->path,
                            strerror(errno));
    int r = read_all(c, f, head_n, head, fault);
    (void)fclose(f);
    return r;
}

static int cannot_write(struct ut_audit_chain *c, struct ut_fault *fault)
{
    int reason = errno;
    if (!c->again)
        ut_audit_chain_close(c);
    if (reason == ENOSPC || reason == EDQUOT || reason == EFBIG)
        return ut_fault_set(fault, UT_EXIT_STORE_FULL,
                            "%s: cannot be written: no space left for the record (%s); free some", c->path,
                            strerror(reason));
    return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written (%s); check permissions", c->path,
                        strerror(reason));
}

/* A line of n bytes with its end. The end that the line before lacks comes in the same write: a kill between them would
 * leave a line that is none and that nobody has named. */
static int put(struct ut_audit_chain *c, char *line, size_t n, struct ut_fault *fault)
{
    char end[] = "\n";
    size_t before = c->unended ? 1 : 0;
    const struct iovec parts[] = {{end, before}, {line, n}};
    errno = EBADF;
    off_t size = c->fd >= 0 ? lseek(c->fd, 0, SEEK_END) : -1;
    if (size >= 0)
        errno = ENOSPC; /* of a write that took a part */
    if (size < 0 || writev(c->fd, parts, 2) != (ssize_t)(before + n) || fdatasync(c->fd) != 0) {
        int reason = errno;
        if (c->again && size >= 0 && ftruncate(c->fd, size) != 0) /* nothing can follow a part of a line */
            ut_audit_chain_close(c);
        errno = reason;
        return cannot_write(c, fault);
    }
    c->unended = false;
    return 0;
}

/* What is there already. 0, or -1 and *fault. */
static int go_on(struct ut_audit_chain *c, struct ut_fault *fault)
{
    int copy = dup(c->fd);
    FILE *f = copy >= 0 ? fdopen(copy, "r") : NULL;
    if (f == NULL)
        return cannot_write(c, fault);
    int r = read_all(c, f, 0, "", fault);
    (void)fclose(f);
    return r;
}

int ut_audit_chain_open(struct ut_audit_chain *c, struct ut_fault *fault)
{
    struct stat there;
    c->fd = open(c->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
    bool folder = c->fd < 0 && errno == EISDIR;
    if (!folder && (c->fd < 0 || fstat(c->fd, &there) != 0))
        return cannot_write(c, fault);
    if (folder || !S_ISREG(there.st_mode)) {
        ut_audit_chain_close(c);
        return ut_fault_set(fault, UT_EXIT_FAILURE,
                            "%s: is no ordinary file, which a record has to be; give the name of one, or a new name",
                            c->path);
    }
    if (flock(c->fd, LOCK_EX | LOCK_NB) != 0) {
        ut_audit_chain_close(c);
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: another program adds to it; give each its own file", c->path);
    }
    if (go_on(c, fault) != 0) {
        ut_audit_chain_close(c);
        return -1;
    }
    return 0;
}

static int add(struct ut_audit_chain *c, const char *kind, const char *prev, int64_t unix_ms, json_t *more,
               struct ut_fault *fault)
{
    char at[UT_TIMESTAMP_TEXT];
    ut_timestamp_text(unix_ms, at);
    json_t *record = json_pack("{s:I, s:s, s:s}", "N", (json_int_t)c->n + 1, "At", at, "Kind", kind);
    (void)json_object_update_missing(record, more);
    (void)json_object_set_new(record, "Prev", json_string(prev));
    char *line = json_dumps(record, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(record);
    json_decref(more);
    size_t n = line != NULL ? strlen(line) : 0;
    if (n == 0 || n >= UT_AUDIT_LINE_MAX - 1) {
        free(line);
        errno = n == 0 ? ENOMEM : EMSGSIZE;
        return cannot_write(c, fault);
    }
    line[n] = '\n';
    int r = put(c, line, n + 1, fault);
    if (r == 0)
        r = ut_audit_chain_follow(c, line, n);
    free(line);
    return r;
}

int ut_audit_chain_add(struct ut_audit_chain *c, const char *kind, int64_t unix_ms, json_t *more,
                       struct ut_fault *fault)
{
    if (more == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: %s cannot be put on record: no memory, or no UTF-8 text",
                            c->path, kind);
    if (c->cut[0] != '\0') {
        char cut[UT_DIGEST_TEXT];
        memcpy(cut, c->cut, sizeof cut);
        if (add(c, CUT, cut, unix_ms, json_pack("{s:s}", "Behind", c->last), fault) != 0) {
            json_decref(more);
            return -1;
        }
    }
    return add(c, kind, c->last, unix_ms, more, fault);
}

void ut_audit_chain_close(struct ut_audit_chain *c)
{
    if (c->fd >= 0)
        (void)close(c->fd);
    c->fd = -1;
}
