/* SPDX-License-Identifier: Apache-2.0 */
/* The programs that write a board's flash: their command lines, and what their words mean.
 *
 * in    a board of the table, a probe, an image in binary form
 * out   one verdict, and the tool's own line that led to it
 * Sequence: the chip is named first and nothing is written to another one; write, read back and compare, reset.
 * Sources of the words: the programs' messages (openocd 0.12, stlink-tools 1.7, dfu-util 0.11).
 */
#ifndef UT_HOST_FLASH_TOOL_H
#define UT_HOST_FLASH_TOOL_H

#include "host-tools/headset/usb_probes.h"
#include "host-tools/system/program.h"

#include <stddef.h>
#include <stdint.h>

enum ut_flash_tool { UT_FLASH_OPENOCD, UT_FLASH_ST_FLASH, UT_FLASH_DFU_UTIL, UT_FLASH_TOOLS };

enum ut_flash_verdict {
    UT_FLASH_DONE = 0,
    UT_FLASH_NO_TOOL,    /* the program cannot be run */
    UT_FLASH_NO_PROBE,   /* none, or not the one asked for */
    UT_FLASH_TWO_PROBES, /* several, and none was asked for */
    UT_FLASH_ACCESS,     /* the probe is there, this user may not open it */
    UT_FLASH_NO_CHIP,    /* the probe reaches no chip */
    UT_FLASH_LOCKED,     /* the chip refuses the debugger or the writing */
    UT_FLASH_WRONG_CHIP,
    UT_FLASH_NOT_WRITTEN,
    UT_FLASH_NOT_VERIFIED,
    UT_FLASH_TIMED_OUT,
    UT_FLASH_FAILED, /* it said something unknown */
    UT_FLASH_VERDICTS
};

struct ut_flash_board {
    char board[5];              /* as in the image and the hello */
    const char *folder;         /* of boards/ */
    unsigned probes;            /* kinds of probe that reach it */
    unsigned tools;             /* 1 << enum ut_flash_tool */
    uint32_t address;           /* of its flash */
    const char *openocd_target; /* configuration of the chip */
    const char *openocd_id;     /* last four digits of the right chip's device id, or NULL and */
    const char *openocd_words;  /* openocd's name of the right chip */
    const char *st_info_id;     /* of the right chip; NULL where st-flash does not write it */
};

/* The row of a board that can be flashed, by the name in its image or its folder's; NULL when there is none. The rows
 * are made of what each board.mk says (flash_boards.py). */
const struct ut_flash_board *ut_flash_board(const char *name);

const char *ut_flash_tool_name(enum ut_flash_tool tool);
/* -1 when there is none of that name. */
int ut_flash_tool_named(const char *name);
/* The kinds of probe that a tool can use for a board. */
unsigned ut_flash_tool_probes(const struct ut_flash_board *board, enum ut_flash_tool tool);

/* What the output and the exit code of a step say; line is filled with the words that decided (may be ""). */
enum ut_flash_verdict ut_flash_read(enum ut_flash_tool tool, const struct ut_program *p, char *line, size_t size);

/* Whether the output of the first step names the board's chip: DONE, WRONG_CHIP or NO_CHIP. serial "" = any. */
enum ut_flash_verdict ut_flash_chip(const struct ut_flash_board *board, enum ut_flash_tool tool, const char *output,
                                    const char *serial);

/* All steps for one board. image is the path of a raw binary of len bytes; serial "" = the only probe there is. */
enum ut_flash_verdict ut_flash_write(const struct ut_flash_board *board, enum ut_flash_tool tool,
                                     const struct ut_probe *probe, const char *image, size_t len, char *line,
                                     size_t size);

/* DONE: the probe reads the chip's flash; LOCKED: the chip refuses that; anything else says nothing of the chip.
 * openocd alone can tell; another tool is UT_FLASH_NO_TOOL. */
enum ut_flash_verdict ut_flash_reads(const struct ut_flash_board *board, enum ut_flash_tool tool,
                                     const struct ut_probe *probe, char *line, size_t size);

/* One sentence for people: what happened and what to do; and the exit code. */
const char *ut_flash_advice(enum ut_flash_verdict verdict);
int ut_flash_exit(enum ut_flash_verdict verdict);

#endif
