/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a host's name means this machine, so that nothing sent there meets a wire.
 *
 * in    a name or an address, an IPv6 one with or without its brackets
 * out   true for localhost, 127.0.0.0/8 and ::1; false for every other name, whatever it resolves to
 */
#ifndef UT_HOST_LOOPBACK_H
#define UT_HOST_LOOPBACK_H

#include <stdbool.h>

bool ut_loopback(const char *host);

#endif
