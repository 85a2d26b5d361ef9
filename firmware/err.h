/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of set-up and I/O in firmware/. */
#ifndef UT_FIRMWARE_ERR_H
#define UT_FIRMWARE_ERR_H

enum ut_err {
    UT_ERR_FEATURES_VERSION = -1, /* the model was trained on another version of the features */
    UT_ERR_MALFORMED = -2,        /* bytes that are not a valid frame or record */
    UT_ERR_VERSION = -3           /* a record of a version or type this build does not know */
};

#endif
