/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/headset/flash_tool.h"

#include "host-tools/headset/flash_boards.h"
#include "host-tools/system/fault.h"
#include "host-tools/system/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_MS = 30000, WRITE_MS = 180000, WORD = 1200, WORDS_MAX = 24 };

static const struct ut_flash_board boards[] = {UT_FLASH_BOARDS};

static const char *const tool_name[UT_FLASH_TOOLS] = {"openocd", "st-flash", "dfu-util"};

static const unsigned tool_probes[UT_FLASH_TOOLS] = {
    UT_PROBE_STLINK | UT_PROBE_JLINK | UT_PROBE_CMSIS_DAP,
    UT_PROBE_STLINK,
    UT_PROBE_DFU,
};

/* Looked for in this order: the first that stands in the output decides. ANY: whichever tool. */
enum { ANY = -1 };
static const struct {
    int tool;
    const char *words;
    enum ut_flash_verdict verdict;
} meaning[] = {
    {ANY, "LIBUSB_ERROR_ACCESS", UT_FLASH_ACCESS},
    {UT_FLASH_ST_FLASH, "libusb error: -3", UT_FLASH_ACCESS},
    {UT_FLASH_OPENOCD, "Multiple devices found", UT_FLASH_TWO_PROBES},
    {UT_FLASH_DFU_UTIL, "More than one DFU capable USB device found", UT_FLASH_TWO_PROBES},
    {UT_FLASH_OPENOCD, "has AP lock engaged", UT_FLASH_LOCKED},
    {UT_FLASH_OPENOCD, "Could not find MEM-AP", UT_FLASH_LOCKED},
    {UT_FLASH_OPENOCD, "device protected", UT_FLASH_LOCKED},
    {UT_FLASH_OPENOCD, "failed erasing sectors", UT_FLASH_LOCKED},
    {UT_FLASH_OPENOCD, "flash memory write protected", UT_FLASH_LOCKED},
    {UT_FLASH_ST_FLASH, "Flash memory is write protected", UT_FLASH_LOCKED},
    {UT_FLASH_ST_FLASH, "Failed to unlock flash", UT_FLASH_LOCKED},
    {UT_FLASH_DFU_UTIL, "errVENDOR", UT_FLASH_LOCKED},
    {UT_FLASH_OPENOCD, "No J-Link device found", UT_FLASH_NO_PROBE},
    {UT_FLASH_OPENOCD, "unable to find a matching CMSIS-DAP device", UT_FLASH_NO_PROBE},
    {UT_FLASH_OPENOCD, "Error: open failed", UT_FLASH_NO_PROBE},
    {UT_FLASH_OPENOCD, "ST-LINK open failed", UT_FLASH_NO_PROBE},
    {UT_FLASH_OPENOCD, "No device matches the serial string", UT_FLASH_NO_PROBE},
    {UT_FLASH_ST_FLASH, "Couldn't find any ST-Link devices", UT_FLASH_NO_PROBE},
    {UT_FLASH_ST_FLASH, "Found 0 stlink programmers", UT_FLASH_NO_PROBE},
    {UT_FLASH_DFU_UTIL, "No DFU capable USB device available", UT_FLASH_NO_PROBE},
    {UT_FLASH_OPENOCD, "UNEXPECTED idcode", UT_FLASH_WRONG_CHIP},
    {UT_FLASH_OPENOCD, "auto_probe failed", UT_FLASH_WRONG_CHIP},
    {UT_FLASH_OPENOCD, "init mode failed", UT_FLASH_NO_CHIP},
    {UT_FLASH_OPENOCD, "Error connecting DP", UT_FLASH_NO_CHIP},
    {UT_FLASH_OPENOCD, "examination failed", UT_FLASH_NO_CHIP},
    {UT_FLASH_OPENOCD, "Target not examined yet", UT_FLASH_NO_CHIP},
    {UT_FLASH_OPENOCD, "Target voltage too low", UT_FLASH_NO_CHIP},
    {UT_FLASH_ST_FLASH, "unknown chip id", UT_FLASH_WRONG_CHIP},
    {UT_FLASH_ST_FLASH, "Failed to connect to target", UT_FLASH_NO_CHIP},
    {UT_FLASH_ST_FLASH, "Can not connect to target", UT_FLASH_NO_CHIP},
    {UT_FLASH_OPENOCD, "** Verify Failed **", UT_FLASH_NOT_VERIFIED},
    {UT_FLASH_OPENOCD, "checksum mismatch", UT_FLASH_NOT_VERIFIED},
    {UT_FLASH_OPENOCD, "** Programming Failed **", UT_FLASH_NOT_WRITTEN},
    {UT_FLASH_ST_FLASH, "Verification of flash failed", UT_FLASH_NOT_VERIFIED},
    {UT_FLASH_ST_FLASH, "flash loader run error", UT_FLASH_NOT_WRITTEN},
    {UT_FLASH_ST_FLASH, "stlink_fwrite_flash() == -1", UT_FLASH_NOT_WRITTEN},
    {UT_FLASH_DFU_UTIL, "Failed to write whole chunk", UT_FLASH_NOT_WRITTEN},
    {UT_FLASH_DFU_UTIL, "Memory erase function failed", UT_FLASH_NOT_WRITTEN},
};

static const struct {
    int code;
    const char *advice;
} verdicts[UT_FLASH_VERDICTS] = {
    [UT_FLASH_DONE] = {UT_EXIT_OK, "written and read back"},
    [UT_FLASH_NO_TOOL] = {UT_EXIT_NO_DEVICE, "the program that writes this board is not installed; install openocd "
                                             "(or stlink-tools, dfu-util for the STM32)"},
    [UT_FLASH_NO_PROBE] = {UT_EXIT_NO_DEVICE, "no debug probe was found; plug the board's debug USB port in, and see "
                                              "its README for the cable"},
    [UT_FLASH_TWO_PROBES] = {UT_EXIT_USAGE, "more than one probe is plugged in; name one with --probe SERIAL, or flash "
                                            "them all with --all"},
    [UT_FLASH_ACCESS] = {UT_EXIT_NO_DEVICE, "this user may not open the probe; install the tool's udev rules, or run "
                                            "as root"},
    [UT_FLASH_NO_CHIP] = {UT_EXIT_NO_DEVICE, "the probe reaches no chip; check the board's power and the debug "
                                             "jumpers"},
    [UT_FLASH_LOCKED] = {UT_EXIT_LOCKED, "the chip is locked against reading or writing; unlocking erases it whole, "
                                         "bonds and settings too: the board's README has the command"},
    [UT_FLASH_WRONG_CHIP] = {UT_EXIT_WRONG_CHIP, "another chip than the image is for; nothing was written: check which "
                                                 "board hangs on this probe"},
    [UT_FLASH_NOT_WRITTEN] = {UT_EXIT_FLASH, "writing failed; the board may not start: flash it again"},
    [UT_FLASH_NOT_VERIFIED] = {UT_EXIT_FLASH, "what was read back differs from the image; flash it again, with a "
                                              "shorter cable if it stays"},
    [UT_FLASH_TIMED_OUT] = {UT_EXIT_FLASH, "the tool did not end in time and was stopped; plug the probe out and in "
                                           "again"},
    [UT_FLASH_FAILED] = {UT_EXIT_FLASH,
                         "the tool failed for a reason not known here; run it by hand to see all it says"},
};

const struct ut_flash_board *ut_flash_board(const char *name)
{
    for (size_t i = 0; i < sizeof boards / sizeof boards[0]; i++)
        if (strcmp(name, boards[i].board) == 0 || strcmp(name, boards[i].folder) == 0)
            return &boards[i];
    return NULL;
}

const char *ut_flash_tool_name(enum ut_flash_tool tool)
{
    return tool_name[tool];
}

int ut_flash_tool_named(const char *name)
{
    for (int i = 0; i < UT_FLASH_TOOLS; i++)
        if (strcmp(name, tool_name[i]) == 0)
            return i;
    return -1;
}

unsigned ut_flash_tool_probes(const struct ut_flash_board *board, enum ut_flash_tool tool)
{
    return board->probes & tool_probes[tool];
}

const char *ut_flash_advice(enum ut_flash_verdict verdict)
{
    return verdicts[verdict].advice;
}

int ut_flash_exit(enum ut_flash_verdict verdict)
{
    return verdicts[verdict].code;
}

/* The line of text in which `at` stands, cleaned. */
static void take_line(const char *text, const char *at, char *line, size_t size)
{
    while (at > text && at[-1] != '\n' && at[-1] != '\r')
        at--;
    (void)snprintf(line, size, "%.*s", (int)strcspn(at, "\r\n"), at);
    ut_utf8_clean(line);
}

enum ut_flash_verdict ut_flash_read(enum ut_flash_tool tool, const struct ut_program *p, char *line, size_t size)
{
    line[0] = '\0';
    if (p->timed_out)
        return UT_FLASH_TIMED_OUT;
    for (size_t i = 0; i < sizeof meaning / sizeof meaning[0]; i++) {
        const char *at = strstr(p->output, meaning[i].words);
        if (at == NULL || (meaning[i].tool != ANY && meaning[i].tool != (int)tool))
            continue;
        /* openocd says this of a first comparison by checksum and then compares byte by byte */
        if (strcmp(meaning[i].words, "checksum mismatch") == 0 && p->status == 0)
            continue;
        take_line(p->output, at, line, size);
        return meaning[i].verdict;
    }
    if (p->status == 0)
        return UT_FLASH_DONE;
    const char *end = p->output + strlen(p->output);
    while (end > p->output && (unsigned char)end[-1] <= ' ')
        end--;
    if (end > p->output)
        take_line(p->output, end - 1, line, size); /* tools end with what stopped them */
    return UT_FLASH_FAILED;
}

enum ut_flash_verdict ut_flash_chip(const struct ut_flash_board *board, enum ut_flash_tool tool, const char *output,
                                    const char *serial)
{
    const char *at = output;
    char text[64];
    switch (tool) {
    case UT_FLASH_OPENOCD:
        if (board->openocd_words != NULL)
            return strstr(output, board->openocd_words) != NULL ? UT_FLASH_DONE : UT_FLASH_WRONG_CHIP;
        at = strstr(output, "device id = 0x");
        if (at == NULL)
            return UT_FLASH_NO_CHIP;
        at += strcspn(at, "x");
        (void)snprintf(text, sizeof text, "%.*s", (int)strcspn(at, " \r\n"), at);
        return strlen(text) > 4 && strcmp(text + strlen(text) - 4, board->openocd_id) == 0 ? UT_FLASH_DONE
                                                                                           : UT_FLASH_WRONG_CHIP;
    case UT_FLASH_ST_FLASH:
        if (serial[0] != '\0')
            at = strstr(output, serial);
        at = at != NULL ? strstr(at, "chipid:") : NULL;
        if (at == NULL)
            return UT_FLASH_NO_CHIP;
        at += strlen("chipid:");
        at += strspn(at, " \t");
        return strncmp(at, board->st_info_id, strlen(board->st_info_id)) == 0 ? UT_FLASH_DONE : UT_FLASH_WRONG_CHIP;
    case UT_FLASH_DFU_UTIL:
        (void)snprintf(text, sizeof text, "@Internal Flash  /0x%08" PRIx32, board->address);
        return strstr(output, text) != NULL ? UT_FLASH_DONE : UT_FLASH_WRONG_CHIP;
    case UT_FLASH_TOOLS:
        break;
    }
    return UT_FLASH_FAILED;
}

/* A command line that grows word by word. */
struct words {
    char text[WORDS_MAX][WORD];
    const char *argv[WORDS_MAX + 1];
    int n;
};

__attribute__((format(printf, 2, 3))) static void add(struct words *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (w->n < WORDS_MAX) {
        (void)vsnprintf(w->text[w->n], WORD, format, args);
        w->argv[w->n] = w->text[w->n];
        w->argv[++w->n] = NULL;
    }
    va_end(args);
}

static void openocd(struct words *w, const struct ut_flash_board *board, const struct ut_probe *probe)
{
    add(w, "openocd");
    add(w, "-f");
    add(w, "%s",
        probe->kind == UT_PROBE_STLINK  ? "interface/stlink.cfg"
        : probe->kind == UT_PROBE_JLINK ? "interface/jlink.cfg"
                                        : "interface/cmsis-dap.cfg");
    add(w, "-c");
    add(w, "transport select %s", probe->kind == UT_PROBE_STLINK ? "hla_swd" : "swd");
    add(w, "-f");
    add(w, "%s", board->openocd_target);
    if (probe->serial[0] != '\0') {
        add(w, "-c");
        add(w, "adapter serial {%s}", probe->serial);
    }
}

/* Which chip is there. */
static void name_words(struct words *w, const struct ut_flash_board *board, enum ut_flash_tool tool,
                       const struct ut_probe *probe)
{
    if (tool == UT_FLASH_OPENOCD) {
        openocd(w, board, probe);
        add(w, "-c");
        add(w, "init; reset halt; flash probe 0; shutdown");
    } else if (tool == UT_FLASH_ST_FLASH) {
        add(w, "st-info");
        add(w, "--probe");
    } else {
        add(w, "dfu-util");
        add(w, "-l");
    }
}

static void dfu(struct words *w, const struct ut_probe *probe)
{
    add(w, "dfu-util");
    add(w, "-a");
    add(w, "0");
    add(w, "-d");
    add(w, "0483:df11");
    if (probe->serial[0] != '\0') {
        add(w, "-S");
        add(w, "%s", probe->serial);
    }
}

static void write_words(struct words *w, const struct ut_flash_board *board, enum ut_flash_tool tool,
                        const struct ut_probe *probe, const char *image)
{
    if (tool == UT_FLASH_OPENOCD) {
        openocd(w, board, probe);
        add(w, "-c");
        add(w, "program {%s} verify reset exit 0x%08" PRIx32, image, board->address);
    } else if (tool == UT_FLASH_ST_FLASH) {
        add(w, "st-flash");
        if (probe->serial[0] != '\0') {
            add(w, "--serial");
            add(w, "%s", probe->serial);
        }
        add(w, "--reset");
        add(w, "write");
        add(w, "%s", image);
        add(w, "0x%08" PRIx32, board->address);
    } else {
        dfu(w, probe);
        add(w, "-s");
        add(w, "0x%08" PRIx32, board->address);
        add(w, "-D");
        add(w, "%s", image);
    }
}

static enum ut_flash_verdict step(enum ut_flash_tool tool, struct ut_program *p, const struct words *w, int limit_ms,
                                  char *line, size_t size)
{
    if (ut_program_run(p, w->argv, limit_ms) != 0)
        return UT_FLASH_NO_TOOL;
    return ut_flash_read(tool, p, line, size);
}

static int same(const char *a, const char *b, size_t len)
{
    FILE *fa = fopen(a, "rb"), *fb = fopen(b, "rb");
    int equal = fa != NULL && fb != NULL;
    for (size_t i = 0; equal && i < len; i++) {
        int c = fgetc(fa);
        equal = c != EOF && c == fgetc(fb);
    }
    if (fa != NULL)
        (void)fclose(fa);
    if (fb != NULL)
        (void)fclose(fb);
    return equal;
}

/* dfu-util does not compare: read back, and start the program. */
static enum ut_flash_verdict dfu_verify(const struct ut_flash_board *board, struct ut_program *p, struct words *w,
                                        const struct ut_probe *probe, const char *image, size_t len, char *line,
                                        size_t size)
{
    char folder[] = "/tmp/undertone-XXXXXX", back[sizeof folder + 8];
    if (mkdtemp(folder) == NULL)
        return UT_FLASH_NOT_VERIFIED;
    (void)snprintf(back, sizeof back, "%s/back", folder);
    w->n = 0;
    dfu(w, probe);
    add(w, "-s");
    add(w, "0x%08" PRIx32 ":%zu:leave", board->address, len);
    add(w, "-U");
    add(w, "%s", back);
    enum ut_flash_verdict v = step(UT_FLASH_DFU_UTIL, p, w, WRITE_MS, line, size);
    if (v == UT_FLASH_DONE && !same(image, back, len))
        v = UT_FLASH_NOT_VERIFIED;
    (void)unlink(back);
    (void)rmdir(folder);
    return v;
}

enum ut_flash_verdict ut_flash_write(const struct ut_flash_board *board, enum ut_flash_tool tool,
                                     const struct ut_probe *probe, const char *image, size_t len, char *line,
                                     size_t size)
{
    struct ut_program *p = malloc(sizeof *p);
    struct words *w = calloc(1, sizeof *w);
    enum ut_flash_verdict v = UT_FLASH_FAILED;
    line[0] = '\0';
    if (probe->serial[0] != '\0' && !ut_probe_is_name(probe->serial)) {
        v = UT_FLASH_NO_PROBE;
    } else if (p != NULL && w != NULL) {
        name_words(w, board, tool, probe);
        v = step(tool, p, w, NAME_MS, line, size);
        if (v == UT_FLASH_DONE)
            v = ut_flash_chip(board, tool, p->output, probe->serial);
        if (v == UT_FLASH_DONE) {
            w->n = 0;
            write_words(w, board, tool, probe, image);
            v = step(tool, p, w, WRITE_MS, line, size);
        }
        /* An exit code of 0 is not yet a comparison that was made. */
        if (v == UT_FLASH_DONE && tool == UT_FLASH_OPENOCD && strstr(p->output, "** Verified OK **") == NULL)
            v = UT_FLASH_NOT_VERIFIED;
        if (v == UT_FLASH_DONE && tool == UT_FLASH_ST_FLASH && strstr(p->output, "Flash written and verified") == NULL)
            v = UT_FLASH_NOT_VERIFIED;
        if (v == UT_FLASH_DONE && tool == UT_FLASH_DFU_UTIL)
            v = dfu_verify(board, p, w, probe, image, len, line, size);
    }
    free(p);
    free(w);
    return v;
}

#define HALTED "undertone: halted"

enum ut_flash_verdict ut_flash_reads(const struct ut_flash_board *board, enum ut_flash_tool tool,
                                     const struct ut_probe *probe, char *line, size_t size)
{
    struct ut_program *p = malloc(sizeof *p);
    struct words *w = calloc(1, sizeof *w);
    enum ut_flash_verdict v = tool == UT_FLASH_OPENOCD ? UT_FLASH_FAILED : UT_FLASH_NO_TOOL;
    line[0] = '\0';
    if (p != NULL && w != NULL && tool == UT_FLASH_OPENOCD) {
        openocd(w, board, probe);
        add(w, "-c");
        add(w, "init; halt; echo {" HALTED "}; dump_image /dev/null 0x%08" PRIx32 " 16; shutdown", board->address);
        v = step(tool, p, w, NAME_MS, line, size);
        /* read protection of the STM32 lets a debugger halt the core, and refuses its reading */
        if (v == UT_FLASH_FAILED && board->openocd_id != NULL && strstr(p->output, HALTED) != NULL)
            v = UT_FLASH_LOCKED;
    }
    free(p);
    free(w);
    return v;
}
