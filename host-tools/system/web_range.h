/* SPDX-License-Identifier: Apache-2.0 */
/* The part of something that a request asks for by its Range (RFC 9110, 14.1.2): one range of bytes.
 *
 * in    the header's value, as anybody may have sent it; how many bytes there are
 * out   200 all of it, also where the value is none that is known, or several ranges; 206 a part; 416 none of it is
 *       there
 */
#ifndef UT_HOST_WEB_RANGE_H
#define UT_HOST_WEB_RANGE_H

#include <stddef.h>

/* value NULL = there is no such header. The part is `length` bytes from `first`. */
int ut_web_range(const char *value, size_t total, size_t *first, size_t *length);

#endif
