/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of set-up and I/O in firmware/. */
#ifndef UT_FIRMWARE_ERR_H
#define UT_FIRMWARE_ERR_H

enum ut_err {
    UT_ERR_FEATURES_VERSION = -1, /* the model was trained on other features: version, tables or number */
    UT_ERR_MALFORMED = -2,        /* bytes that are not a valid frame or record */
    UT_ERR_VERSION = -3,          /* a record of a version or type this build does not know */
    UT_ERR_STORE = -4,            /* the non-volatile memory failed */
    UT_ERR_ABSENT = -5,           /* nothing is kept under that key */
    UT_ERR_RANGE = -6             /* a key, length or value outside its range */
};

#endif
