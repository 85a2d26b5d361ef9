/* SPDX-License-Identifier: Apache-2.0 */
/* Files of text that people and their programs write.
 *
 * in    a file of any size: UTF-8, with or without a byte order mark, or UTF-16 with one; lines that end in LF, CR LF
 *       or CR
 * out   its text in UTF-8, to be cut up in place
 * errors host-tools/system/fault.h: missing or a folder (10), empty (12), zero bytes (20), out of memory
 * What is no character in UTF-16 becomes U+FFFD; bytes that are no UTF-8 are left as they are.
 */
#ifndef UT_HOST_TEXT_FILE_H
#define UT_HOST_TEXT_FILE_H

#include "host-tools/system/fault.h"

#include <stddef.h>

/* The whole file, closed by a zero; the caller frees it. wanted: "a table", for the fault. NULL and *fault. */
char *ut_text_file_read(const char *file, const char *wanted, struct ut_fault *fault);

/* The same of bytes in memory, from malloc and with room for one more; they are freed or given back. */
char *ut_text_file_decode(char *bytes, size_t len, const char *file, const char *wanted, struct ut_fault *fault);

/* The line at *text without its end; *text moves on to the next. NULL when there is none. */
char *ut_text_file_line(char **text);

#endif
