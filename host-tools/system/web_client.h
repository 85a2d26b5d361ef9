/* SPDX-License-Identifier: Apache-2.0 */
/* One request to a server on this machine, libcurl's work. SPEC.md "Desk".
 *
 * in    an address that begins with http://127.0.0.1: and holds ?token=, as the server has written it; method, path,
 *       body
 * out   the answer's status and body
 * errors UT_EXIT_NO_DEVICE nobody answers; UT_EXIT_PROTOCOL the address is none; UT_EXIT_FAILURE out of memory
 */
#ifndef UT_HOST_WEB_CLIENT_H
#define UT_HOST_WEB_CLIENT_H

#include "host-tools/system/fault.h"

enum { UT_WEB_CLIENT_ADDRESS = 256, UT_WEB_CLIENT_MS = 5000 };

/* Splits such an address in two, in place: what is before the path, and the token. 0, or -1 and *fault. */
int ut_web_client_address(char *address, const char **token, struct ut_fault *fault);

/* body: JSON, NULL = none. path begins with "/"; what is in it is sent as it is. The status, with *answer from malloc;
 * or -1 and *fault. */
int ut_web_client_ask(const char *server, const char *token, const char *method, const char *path, const char *body,
                      char **answer, struct ut_fault *fault);

#endif
