/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/headset/reset.h"

#include "host-tools/system/bytes.h"
#include "host-tools/system/program.h"
#include "host-tools/system/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_MAX = 64 << 20,
    TOOL_MS = 5000,
    /* of a 32-bit little-endian ELF: head, section header, symbol */
    ELF_HEAD = 52,
    ELF_SHOFF = 32,
    ELF_SHNUM = 48,
    SECTION = 40,
    SECTION_TYPE = 4,
    SECTION_OFFSET = 16,
    SECTION_SIZE = 20,
    SECTION_LINK = 24,
    SYMTAB = 2,
    SYMBOL = 16,
    FUNCTION = 2
};

const char *ut_reset_cause(int cause)
{
    static const char *const name[] = {"power", "pin", "asked for", "watchdog", "brown-out", "fault"};
    return cause >= 0 && cause <= UT_WIRE_FAULT ? name[cause] : "unknown";
}

struct elf {
    const uint8_t *bytes;
    size_t size;
};

/* A part of the file, or NULL where it would reach beyond its end. */
static const uint8_t *part(const struct elf *e, size_t at, size_t len)
{
    return at <= e->size && len <= e->size - at ? e->bytes + at : NULL;
}

/* The function nearest below an address among the symbols of one table. */
static void search(const struct elf *e, const uint8_t *section, const uint8_t *strings, uint32_t address,
                   const char **name, uint32_t *start)
{
    size_t at = ut_bytes_get(section + SECTION_OFFSET, 4), end = at + ut_bytes_get(section + SECTION_SIZE, 4);
    for (const uint8_t *s; at + SYMBOL <= end && (s = part(e, at, SYMBOL)) != NULL; at += SYMBOL) {
        uint32_t value = ut_bytes_get(s + 4, 4) & ~1U, size = ut_bytes_get(s + 8, 4);
        if ((s[12] & 15) != FUNCTION || address < value || address - value >= (size > 0 ? size : 1))
            continue;
        size_t text = (size_t)ut_bytes_get(strings + SECTION_OFFSET, 4) + ut_bytes_get(s, 4);
        if (text < e->size && memchr(e->bytes + text, '\0', e->size - text) != NULL) {
            *name = (const char *)e->bytes + text;
            *start = value;
        }
    }
}

int ut_reset_symbol(const uint8_t *elf, size_t size, uint32_t address, char place[UT_RESET_PLACE])
{
    const struct elf e = {elf, size};
    const char *name = NULL;
    uint32_t start = 0;
    address &= ~1U;
    if (part(&e, 0, ELF_HEAD) == NULL || memcmp(elf, "\177ELF\1\1", 6) != 0)
        return -1;
    size_t table = ut_bytes_get(elf + ELF_SHOFF, 4), sections = ut_bytes_get(elf + ELF_SHNUM, 2);
    for (size_t i = 0; i < sections && name == NULL; i++) {
        const uint8_t *section = part(&e, table + i * SECTION, SECTION);
        if (section == NULL || ut_bytes_get(section + SECTION_TYPE, 4) != SYMTAB)
            continue;
        const uint8_t *strings = part(&e, table + (size_t)ut_bytes_get(section + SECTION_LINK, 4) * SECTION, SECTION);
        if (strings != NULL)
            search(&e, section, strings, address, &name, &start);
    }
    if (name == NULL)
        return 1;
    (void)snprintf(place, UT_RESET_PLACE, "%.100s+0x%" PRIx32, name, address - start);
    for (char *p = place; *p != '\0'; p++)
        if (*p <= ' ' || *p > '~')
            *p = '?';
    return 0;
}

/* The whole file; the caller frees it. NULL and *fault. */
static uint8_t *read_file(const char *path, size_t *size, struct ut_fault *fault)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        (void)ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be read (%s); name the .elf of the headset's firmware",
                           path, strerror(errno));
        return NULL;
    }
    long length = fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
    *size = length > 0 && length <= FILE_MAX ? (size_t)length : 0;
    uint8_t *bytes = malloc(*size + 1);
    if (bytes != NULL && (fseek(f, 0, SEEK_SET) != 0 || fread(bytes, 1, *size, f) != *size))
        *size = 0;
    (void)fclose(f);
    if (bytes == NULL)
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
    return bytes;
}

int ut_reset_place(const char *path, uint32_t address, char place[UT_RESET_PLACE], struct ut_fault *fault)
{
    size_t size = 0;
    uint8_t *bytes = read_file(path, &size, fault);
    if (bytes == NULL)
        return -1;
    int found = ut_reset_symbol(bytes, size, address, place);
    free(bytes);
    if (found < 0)
        (void)ut_fault_set(fault, UT_EXIT_IMAGE,
                           "%s: not the ELF of a headset's firmware; name build/BOARD/undertone.elf", path);
    return found;
}

/* " firmware/call.c:210", where the tool chain's addr2line is installed and knows it; else nothing. */
static void add_line(char *text, size_t room, uint32_t address, const char *elf)
{
    static const char tool[] = "arm-none-eabi-addr2line";
    char number[12], *line, *end;
    size_t at = strlen(text);
    (void)snprintf(number, sizeof number, "0x%" PRIx32, address & ~1U);
    const char *const words[] = {tool, "-e", elf, number, NULL};
    struct ut_program *p = ut_program_exists(tool) ? malloc(sizeof *p) : NULL;
    if (p != NULL && ut_program_run(p, words, TOOL_MS) == 0 && p->status == 0 && strchr(p->output, '?') == NULL &&
        (end = strchr(p->output, '\n')) != NULL) {
        *end = '\0';
        ut_utf8_clean(p->output);
        line = strncmp(p->output, "./", 2) == 0 ? p->output + 2 : p->output;
        (void)snprintf(text + at, room - at, " %.100s", line);
    }
    free(p);
}

/* ", pc 0x12345678 (ut_call_push+0x1c firmware/call.c:210)" */
static void add_place(char text[UT_RESET_TEXT], const char *what, uint32_t address, const char *elf)
{
    char place[UT_RESET_PLACE];
    struct ut_fault unused = {0};
    size_t at = strlen(text);
    int n = snprintf(text + at, UT_RESET_TEXT - at, ", %s 0x%08" PRIx32, what, address);
    at += n > 0 ? (size_t)n : 0;
    if (elf != NULL && at < UT_RESET_TEXT && ut_reset_place(elf, address, place, &unused) == 0) {
        /* a return address lies behind its call */
        add_line(place, sizeof place, strcmp(what, "pc") == 0 ? address : address - 2, elf);
        (void)snprintf(text + at, UT_RESET_TEXT - at, " (%s)", place);
    }
}

void ut_reset_text(const struct ut_wire_reset *r, const char *elf, char text[UT_RESET_TEXT])
{
    static const char *const exception[] = {"HardFault", "MemManage", "BusFault", "UsageFault"};
    (void)snprintf(text, UT_RESET_TEXT, "the headset started again: %s", ut_reset_cause(r->cause));
    size_t at = strlen(text);
    if (r->cause == UT_WIRE_FAULT && r->exception >= 3 && r->exception <= 6)
        (void)snprintf(text + at, UT_RESET_TEXT - at, " (%s, CFSR 0x%08" PRIx32 ")", exception[r->exception - 3],
                       r->status);
    if (r->pc != 0)
        add_place(text, "pc", r->pc, elf);
    else if (r->lr != 0)
        (void)snprintf(text + strlen(text), UT_RESET_TEXT - strlen(text), ", stack overflow");
    if (r->lr != 0)
        add_place(text, "called from", r->lr, elf);
    if (r->boots > 0)
        (void)snprintf(text + strlen(text), UT_RESET_TEXT - strlen(text), "; start %u since the power came",
                       (unsigned)r->boots);
}
