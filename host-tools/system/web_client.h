/* SPDX-License-Identifier: Apache-2.0 */
/* One request to a server on this machine, and a file from a server anywhere, libcurl's work. SPEC.md "Desk" and
 * "Roll-outs".
 *
 * in    an address that begins with http://127.0.0.1: and holds ?token=, as the server has written it; method, path,
 *       body; of a file its address and how much of it is there already
 * out   the answer's status and body; the rest of the file, as it comes
 * errors UT_EXIT_NO_DEVICE nobody answers; UT_EXIT_PROTOCOL the address is none; UT_EXIT_FAILURE out of memory. Of a
 *       file that does not come the fault's text alone says why
 */
#ifndef UT_HOST_WEB_CLIENT_H
#define UT_HOST_WEB_CLIENT_H

#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UT_WEB_CLIENT_ADDRESS = 256, UT_WEB_CLIENT_MS = 5000 };

/* Splits such an address in two, in place: what is before the path, and the token. 0, or -1 and *fault. */
int ut_web_client_address(char *address, const char **token, struct ut_fault *fault);

/* body: JSON, NULL = none. path begins with "/"; what is in it is sent as it is. The status, with *answer from malloc;
 * or -1 and *fault. */
int ut_web_client_ask(const char *server, const char *token, const char *method, const char *path, const char *body,
                      char **answer, struct ut_fault *fault);

/* A file that comes a bit at a time, so that nobody waits for it. Strings outlive it. */
struct ut_web_file_options {
    const char *url;     /* https, or http of this machine: the caller has seen to it */
    const char *token;   /* "" = none */
    const char *ca_file; /* certificates to believe; "" = the system's */
    int64_t from;        /* so much is there already */
    /* The next bytes; anew: they are the file's first ones, although `from` is not 0. 0, or -1: no more of them. */
    int (*take)(void *ctx, const char *bytes, size_t n, bool anew);
    void *ctx;
};
struct ut_web_file;
enum ut_web_file_state { UT_WEB_FILE_COMES, UT_WEB_FILE_ENDED, UT_WEB_FILE_FAILED };

/* NULL and *fault. */
struct ut_web_file *ut_web_file_begin(const struct ut_web_file_options *options, struct ut_fault *fault);

/* Takes what has come, without waiting. UT_WEB_FILE_FAILED and *fault: UT_EXIT_EMPTY where the server has nothing
 * behind `from`. */
enum ut_web_file_state ut_web_file_step(struct ut_web_file *f, struct ut_fault *fault);
void ut_web_file_end(struct ut_web_file *f);

#endif
