/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong, in one line, and the exit code it means.
 *
 * Every set-up step that can fail takes a struct ut_fault and returns 0 or -1. The line reads
 * "undertone: FILE: what was wrong; what to do". SPEC.md "Exit codes".
 */
#ifndef UT_HOST_FAULT_H
#define UT_HOST_FAULT_H

#include <stddef.h>

enum ut_exit {
    UT_EXIT_OK = 0,
    UT_EXIT_FAILURE = 1,
    UT_EXIT_USAGE = 2,
    UT_EXIT_NO_DEVICE = 3,
    UT_EXIT_PROTOCOL = 4,
    UT_EXIT_AUDIT = 5, /* a record of what was decided was changed */
    UT_EXIT_POLICY = 6,
    UT_EXIT_MISSING = 10,       /* no such file */
    UT_EXIT_NOT_AUDIO = 11,     /* not an audio file */
    UT_EXIT_EMPTY = 12,         /* nothing in it */
    UT_EXIT_TRUNCATED = 13,     /* shorter than its header says */
    UT_EXIT_CHANNELS = 14,      /* channel choice missing or impossible */
    UT_EXIT_SAMPLES = 15,       /* NaN or infinite samples */
    UT_EXIT_RATE = 16,          /* sampling rate too low, or impossible */
    UT_EXIT_CONFIG = 17,        /* config file cannot be read */
    UT_EXIT_CONFIG_KEY = 18,    /* unknown key or impossible value */
    UT_EXIT_FEATURES = 19,      /* model and features of different versions */
    UT_EXIT_INDEX = 20,         /* index TSV without the columns needed */
    UT_EXIT_LABEL_NAME = 21,    /* label that names no cue */
    UT_EXIT_LABEL_OVERLAP = 22, /* labels that overlap */
    UT_EXIT_LABEL_END = 23,     /* label past the end of its call */
    UT_EXIT_IMAGE = 24,         /* no firmware image, a damaged one, or one for another board */
    UT_EXIT_LOCKED = 25,        /* chip locked against writing */
    UT_EXIT_WRONG_CHIP = 26,    /* another chip than the image is for */
    UT_EXIT_FLASH = 27,         /* writing or reading back failed */
    UT_EXIT_HELLO = 28,         /* the headset does not say what was flashed */
    UT_EXIT_MODEL = 29,         /* not a model that this program can run */
    UT_EXIT_CUT = 30,           /* a recording is damaged: done, of what is before the damage */
    UT_EXIT_STORE = 31,         /* not a store, or a damaged one */
    UT_EXIT_STORE_LOCKED = 32,  /* another program has it */
    UT_EXIT_STORE_NEWER = 33,   /* a later program made it */
    UT_EXIT_STORE_FULL = 34,    /* no space for it */
    UT_EXIT_STORE_OTHER = 35,   /* it has that session with other events */
    UT_EXIT_UNSENT = 36,        /* events have yet to reach their receiver */
    UT_EXIT_SCRIPT = 37,        /* a script of calls with a fault */
    UT_EXIT_CERTIFICATE = 38,   /* none, expired, not valid yet, or not its key's */
    UT_EXIT_SIGNER = 39,        /* by a key that is not known, or not by the one that is named */
    UT_EXIT_SLOT = 40,          /* an image linked for the slot that runs */
    UT_EXIT_OLDER = 41,         /* an image older than what the headset has kept */
    UT_EXIT_IN_CALL = 42,       /* not while a call is on */
    UT_EXIT_REVERTED = 43,      /* an image that did not work: the old one runs again */
    UT_EXIT_TRIAL = 44,         /* what runs is itself on trial */
    UT_EXIT_STORE_AWAY = 45,    /* the server of a store cannot be reached */
    UT_EXIT_PROVISIONED = 46,   /* a unit, or its serial number, that was provisioned before */
    UT_EXIT_NO_TEST = 47,       /* no test image answers */
    UT_EXIT_UNIT = 48,          /* a unit that does not pass its test */
    UT_EXIT_NOT_LOCKED = 49,    /* a unit that is locked, and its probe still reads it */
    UT_EXIT_NOT_ENROLLED = 50   /* a token that no desk of a site has */
};

struct ut_fault {
    int code;       /* enum ut_exit; 0 = none */
    char text[600]; /* one line, no newline, no "undertone: " */
};

/* Fills *f and returns -1, so that a caller can `return ut_fault_set(...)`. */
int ut_fault_set(struct ut_fault *f, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* UT_EXIT_FAILURE, out of memory; -1. */
int ut_fault_no_memory(struct ut_fault *f);

/* Prints "undertone: TEXT" on stderr, cleaned (utf8.h), and returns the code. One of code 0 prints nothing: the work is
 * over early, such as after --help, and nothing is wrong. */
int ut_fault_print(const struct ut_fault *f);

/* Prints "undertone: ..." on stderr, cleaned: a note, not a failure. */
void ut_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Of n pieces of work: 0 when none has a fault; else -1 and *f is the first one's, and some others are noted. */
int ut_fault_first(struct ut_fault *f, const struct ut_fault *of, size_t n);

#endif
