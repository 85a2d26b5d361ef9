/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone provision`: a station that makes headsets of boards: writes, tests, seals, locks, keeps a line of each. */
#include "firmware/boot/factory.h"
#include "firmware/control.h"
#include "host-tools/commands/asking.h"
#include "host-tools/commands/commands.h"
#include "host-tools/commands/update_link.h"
#include "host-tools/headset/factory_image.h"
#include "host-tools/headset/flash_copy.h"
#include "host-tools/headset/flash_tool.h"
#include "host-tools/headset/probe_choice.h"
#include "host-tools/headset/signer.h"
#include "host-tools/headset/unit_test.h"
#include "host-tools/headset/update.h"
#include "host-tools/sources/port.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/digest.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/stop.h"
#include "host-tools/system/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, LINE_BYTES = 128, TOOL_LINE = 256, SETTLE_MS = 20000, AGAIN_MS = 200, BOOT_MAX = 1 << 16 };

struct choices {
    const char *serial, *probe, *port, *flash, *log;
    bool lock, development_key, again, json;
    int hardware, count, tool; /* tool: -1 = choose */
    unsigned without;          /* tests, a bit each */
    double wait_s;
};

/* What is the same for all units. */
struct station {
    const struct choices *o;
    struct ut_release firmware, test;
    struct ut_factory_parts parts;
    const struct ut_flash_board *board; /* NULL: written into a file */
    enum ut_flash_tool tool;
    struct ut_probe probe;
    uint8_t boot[BOOT_MAX];
    int log;
};

struct result {
    struct ut_unit unit;
    int64_t began_ms;
    int32_t value[UT_UNIT_TESTS][UT_UNIT_VALUES];
    unsigned tested, passed; /* a bit each */
    int8_t trim_db[2];
    bool sealed, locked;
    const char *probe_says; /* behind the lock */
    struct ut_fault fault;
};

/* The port's bytes as lines of text; what is none is left out. */
struct lines {
    struct ut_port port;
    bool finish; /* Ctrl-C waits for the end of the unit: it is being sealed */
    char text[LINE_BYTES];
    size_t len;
    bool bad;
};

static int take_without(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    unsigned *without = place;
    int test = ut_unit_test_named(text);
    if (test < 0)
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "--%s %s: no test of that name; there are level, random, flash, crystal, radio, button, "
                            "watchdog",
                            o->name, text);
    *without |= 1U << test;
    return 0;
}

static const struct ut_option options[] = {
    {.help = "Which units:"},
    {"serial", "S", "serial number of the first one: 1 to 16 of A-Z a-z 0-9 -", ut_option_text,
     .place = offsetof(struct choices, serial)},
    {"count", "N", "so many, one after the other; the number at the serial number's end rises (default 1)",
     ut_option_count, .place = offsetof(struct choices, count), .low = 1, .high = 100000},
    {"hardware", "N", "revision of the hardware, 0 to 65535 (default 0)", ut_option_count,
     .place = offsetof(struct choices, hardware), .low = 0, .high = 65535},
    {.help = "The station:"},
    {"port", "DEV", "the serial line that the units' link is wired to", ut_option_text,
     .place = offsetof(struct choices, port)},
    {"probe", "SERIAL", "the debug probe to use, when several are plugged in", ut_option_text,
     .place = offsetof(struct choices, probe)},
    UT_PROBE_OPTION_TOOL(offsetof(struct choices, tool)),
    {"flash", "FILE", "write into the file that is an emulated headset's flash, instead of through a probe",
     ut_option_text, .place = offsetof(struct choices, flash)},
    {"log", "FILE", "a line is added for each unit before it is written and at its end (default provision.jsonl)",
     ut_option_text, .place = offsetof(struct choices, log)},
    {"wait", "N", "seconds to wait for a unit that starts (default 60)", ut_option_number,
     .place = offsetof(struct choices, wait_s), .low = 0, .high = 3600},
    {.help = "What is done:"},
    {"without", "TEST", "leave a test out: level, random, flash, crystal, radio, button or watchdog", take_without,
     .place = offsetof(struct choices, without)},
    {"lock", NULL, "close the unit for good when it has passed: debug port, bootloader, factory page", ut_option_flag,
     .place = offsetof(struct choices, lock)},
    {"development-key", NULL,
     "with --lock: also images of the published development key, which everybody can sign for; for trials",
     ut_option_flag, .place = offsetof(struct choices, development_key)},
    {"again", NULL, "also a unit that has a serial number already, or one that the log has", ut_option_flag,
     .place = offsetof(struct choices, again)},
    {"json", NULL, "print each unit's line of the log", ut_option_flag, .place = offsetof(struct choices, json)},
    UT_OPTION_HELP,
    {0},
};

static void say(const struct station *s, const char *text)
{
    FILE *to = s->o->json ? stderr : stdout; /* the operator reads along, whoever takes the lines */
    (void)fprintf(to, "%s\n", text);
    (void)fflush(to);
}

/* The log. */

/* 1 = the log has this unit as one that was begun, was sealed or has passed, 0 = not, -1 and *fault. What is no line of
 * a log is left as it is. */
static int is_logged(const struct station *s, const char *serial, struct ut_fault *fault)
{
    FILE *f = fopen(s->o->log, "r");
    char *line = NULL;
    size_t room = 0;
    int found = 0;
    bool sealed = false;
    if (f == NULL)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be read (%s)", s->o->log, strerror(errno));
    while (getline(&line, &room, f) > 0) {
        json_t *entry = json_loads(line, 0, NULL);
        const char *of = json_string_value(json_object_get(entry, "Serial")),
                   *result = json_string_value(json_object_get(entry, "Result"));
        if (of != NULL && result != NULL && strcmp(of, serial) == 0) {
            sealed |= json_is_true(json_object_get(entry, "Sealed"));
            /* The last word counts, since what has failed may be mended; a sealed unit has its number for good. */
            found = sealed || strcmp(result, "failed") != 0;
        }
        json_decref(entry);
    }
    free(line);
    (void)fclose(f);
    return found;
}

/* A line, on the disk when this returns; behind a line that a power cut tore, on one of its own. Takes the
 * reference. */
static int add_line(const struct station *s, json_t *entry, struct ut_fault *fault)
{
    char *text = entry != NULL ? json_dumps(entry, JSON_COMPACT) : NULL, last = '\n', *line = NULL;
    json_decref(entry);
    off_t end = lseek(s->log, 0, SEEK_END);
    if (end > 0)
        (void)pread(s->log, &last, 1, end - 1);
    size_t room = text != NULL ? strlen(text) + 3 : 0;
    line = malloc(room);
    int done = -1;
    if (text != NULL && line != NULL) {
        int n = snprintf(line, room, "%s%s\n", last == '\n' ? "" : "\n", text);
        done = write(s->log, line, (size_t)n) == n && fsync(s->log) == 0 ? 0 : -1;
        if (s->o->json)
            (void)printf("%s\n", text);
        (void)fflush(stdout);
    }
    free(line);
    free(text);
    return done == 0 ? 0
                     : ut_fault_set(fault, UT_EXIT_FAILURE, "%s: a line cannot be written (%s); make room for it",
                                    s->o->log, strerror(errno));
}

static json_t *values_json(const struct result *r)
{
    json_t *all = json_object();
    for (int i = 0; i < UT_UNIT_TESTS; i++)
        if (r->tested >> i & 1) {
            json_t *values = json_array();
            for (int k = 0; k < ut_unit_tests[i].values; k++)
                (void)json_array_append_new(values, json_integer(r->value[i][k]));
            (void)json_object_set_new(all, ut_unit_tests[i].name, values);
        }
    return all;
}

static json_t *names_json(unsigned tests)
{
    json_t *names = json_array();
    for (int i = 0; i < UT_UNIT_TESTS; i++)
        if (tests >> i & 1)
            (void)json_array_append_new(names, json_string(ut_unit_tests[i].name));
    return names;
}

/* result: begun, passed or failed. */
static json_t *unit_json(const struct station *s, const struct result *r, const char *result)
{
    const struct ut_release_image *m = s->parts.firmware;
    char version[24], signer[UT_SIGNER_TEXT], boot[UT_DIGEST_TEXT], plain[sizeof r->fault.text];
    (void)snprintf(version, sizeof version, "%d.%d.%d", m->version[0], m->version[1], m->version[2]);
    ut_signer_text(m->key, signer);
    ut_digest(s->parts.boot, s->parts.boot_bytes, boot);
    json_t *line =
        json_pack("{s:s, s:s, s:o, s:s, s:i, s:s, s:I, s:s, s:s}", "Serial", r->unit.serial, "Result", result, "Begun",
                  ut_json_time(r->began_ms), "Board", s->parts.board->folder, "Hardware", r->unit.hardware, "Firmware",
                  version, "Counter", (json_int_t)m->counter, "Signer", signer, "BootSha256", boot);
    if (line == NULL || strcmp(result, "begun") == 0)
        return line;
    (void)json_object_update_new(
        line, json_pack("{s:o, s:o, s:o, s:[i, i], s:b, s:b, s:s, s:f, s:i}", "Tests", values_json(r), "Failed",
                        names_json(r->tested & ~r->passed), "LeftOut", names_json(s->o->without), "TrimDb",
                        r->trim_db[0], r->trim_db[1], "Sealed", r->sealed, "Locked", r->locked, "Probe", r->probe_says,
                        "Seconds", (double)(ut_clock_unix_ms() - r->began_ms) / 1000, "Code", r->fault.code));
    if (r->fault.code != 0)
        (void)json_object_set_new(line, "Fault", json_string(ut_utf8_plain(r->fault.text, plain, sizeof plain)));
    return line;
}

/* The unit's link. */

/* What a firmware says of its unit. 0; -1: none answers, or one without a serial number. */
static int ask_firmware(struct lines *l, struct ut_factory *f)
{
    struct ut_asking asking = {.port = &l->port, .tag = (uint8_t)ut_clock_ms()};
    struct ut_wire_reply reply;
    struct ut_fault nobody;
    for (int part = 0; part < 2; part++) {
        if (ut_asking_ask(&asking, UT_CONTROL_FACTORY, part, NULL, 0, &reply, &nobody) != 0 ||
            reply.error != UT_CONTROL_OK)
            return -1;
        memcpy((uint8_t *)f + part * UT_WIRE_VALUE_BYTES, reply.value, UT_WIRE_VALUE_BYTES);
    }
    return 0;
}

/* Ctrl-C, up to the seal: -1 and *fault. Behind it the unit is finished: half closed it would be of no use. */
static int go_on(const struct lines *l, struct ut_fault *fault)
{
    return l->finish || ut_stop_signal() == 0
               ? 0
               : ut_fault_set(fault, UT_EXIT_FAILURE,
                              "%s: stopped before the unit was sealed; it is open, and can be provisioned again",
                              l->port.name);
}

/* A whole line in l->text within the time: 1; 0: none came; -1 and *fault. */
static int next_line(struct lines *l, int64_t until_ms, struct ut_fault *fault)
{
    for (int64_t left; (left = until_ms - ut_clock_ms()) > 0;) {
        uint8_t byte;
        struct pollfd q[2] = {{.fd = l->port.fd, .events = POLLIN},
                              {.fd = l->finish ? -1 : ut_stop_fd(), .events = POLLIN}};
        if (go_on(l, fault) != 0)
            return -1;
        if (poll(q, 2, (int)left) <= 0 || q[0].revents == 0)
            continue;
        int n = ut_port_read(&l->port, &byte, 1, fault);
        if (n < 0)
            return -1;
        if (n == 0 || byte == '\r')
            continue;
        if (byte == '\n') {
            bool whole = !l->bad && l->len > 0;
            l->text[l->len] = '\0';
            l->len = 0;
            l->bad = false;
            if (whole)
                return 1;
        } else if (byte < ' ' || byte > '~' || l->len == sizeof l->text - 1) {
            l->bad = true;
            l->len = 0;
        } else {
            l->text[l->len++] = (char)byte;
        }
    }
    return 0;
}

/* The greeting of this unit, after the watchdog or not. 0, or -1 and *fault. */
static int await_greeting(struct lines *l, const struct station *s, const struct ut_unit *unit, int by_watchdog,
                          double wait_s, struct ut_fault *fault)
{
    struct ut_unit_greeting g;
    int got;
    for (int64_t until = ut_clock_ms() + (int64_t)(1000 * wait_s); (got = next_line(l, until, fault)) == 1;) {
        if (ut_unit_greeting(l->text, &g) != 0 || (by_watchdog && !g.by_watchdog))
            continue;
        if (strcmp(g.serial, unit->serial) == 0 && strcmp(g.board, s->parts.board->board) == 0)
            return 0;
        return ut_fault_set(fault, UT_EXIT_NO_TEST, "%s: %s on board %s answers here, not %s; is this port the unit's?",
                            l->port.name, g.serial, g.board, unit->serial);
    }
    return got < 0 ? -1
                   : ut_fault_set(fault, UT_EXIT_NO_TEST,
                                  "%s: the firmware runs, but no test image of %s answers behind its restart",
                                  l->port.name, unit->serial);
}

/* Asks, and the answer is in l->text. 0, or -1 and *fault. */
static int ask(struct lines *l, const char *question, const char *word, int limit_ms, struct ut_fault *fault)
{
    char text[LINE_BYTES];
    size_t n = strlen(word);
    int got, len = snprintf(text, sizeof text, "%s\n", question);
    if (ut_port_write(&l->port, (const uint8_t *)text, (size_t)len, fault) != 0)
        return -1;
    for (int64_t until = ut_clock_ms() + limit_ms; (got = next_line(l, until, fault)) == 1;)
        if (strncmp(l->text, word, n) == 0 && l->text[n] == ' ')
            return 0;
    return got < 0 ? -1
                   : ut_fault_set(fault, UT_EXIT_NO_TEST, "%s: the unit does not answer to \"%s\" any more",
                                  l->port.name, word);
}

static int run_tests(struct lines *l, const struct station *s, struct result *r)
{
    char failed[200] = "";
    for (int i = 0; i < UT_UNIT_TESTS; i++) {
        const struct ut_unit_test *t = &ut_unit_tests[i];
        if (s->o->without >> i & 1)
            continue;
        if (t->prompt != NULL)
            say(s, t->prompt);
        if (ask(l, t->name, t->name, t->limit_ms, &r->fault) != 0)
            return -1;
        r->tested |= 1U << i;
        int good = ut_unit_test_read(t, l->text, r->value[i]) == 0 && ut_unit_test_passes(t, r->value[i]);
        if (good && strcmp(t->name, "watchdog") == 0 &&
            await_greeting(l, s, &r->unit, 1, t->limit_ms / 1000.0, &r->fault) != 0) {
            good = 0;
            r->fault = (struct ut_fault){0};
        }
        r->passed |= (unsigned)good << i;
        if (!good) {
            size_t used = strlen(failed);
            (void)snprintf(failed + used, sizeof failed - used, "%s%s: %s", used > 0 ? "; " : "", t->name, t->what);
        }
        char line[LINE_BYTES + 20];
        (void)snprintf(line, sizeof line, "  %-10s %s", t->name, good ? "passed" : "FAILED");
        say(s, line);
    }
    return r->passed == r->tested
               ? 0
               : ut_fault_set(&r->fault, UT_EXIT_UNIT, "%s: %s; mend the unit and provision it again", r->unit.serial,
                              failed);
}

/* One question whose answer is to be 1. */
static int ask_done(struct lines *l, const struct result *r, const char *question, const char *word,
                    struct ut_fault *fault)
{
    if (ask(l, question, word, SETTLE_MS, fault) != 0)
        return -1;
    return strcmp(l->text + strlen(word), " 1") == 0
               ? 0
               : ut_fault_set(fault, UT_EXIT_UNIT,
                              "%s: the unit refuses to %s; its factory page may be worn or written%s", r->unit.serial,
                              word, strcmp(word, "lock") == 0 ? ", or its firmware damaged" : "");
}

static int seal(struct lines *l, const struct station *s, struct result *r)
{
    char question[LINE_BYTES];
    if (go_on(l, &r->fault) != 0)
        return -1;
    l->finish = true;
    if (r->tested & 1)
        for (int i = 0; i < 2; i++)
            r->trim_db[i] = (int8_t)ut_unit_trim_db(r->value[0][i]);
    (void)snprintf(question, sizeof question, "seal %d %d %u", r->trim_db[0], r->trim_db[1], r->passed);
    /* What is not answered may have been done; what was done stays, whatever comes behind it. */
    int done = ask_done(l, r, question, "seal", &r->fault);
    r->sealed = done == 0 || r->fault.code != UT_EXIT_UNIT;
    if (done == 0 && s->o->lock) {
        done = ask_done(l, r, "lock", "lock", &r->fault);
        r->locked = done == 0 || r->fault.code != UT_EXIT_UNIT;
    }
    if (done != 0)
        return -1;
    return ask_done(l, r, "end", "end", &r->fault);
}

/* The firmware with the number that was written, once it runs; another one may have been there till then. 0, or -1. */
static int hear_firmware(struct lines *l, const struct station *s, struct result *r, const char *when,
                         struct ut_factory *f)
{
    int got = -1;
    for (int64_t until = ut_clock_ms() + (int64_t)(1000 * s->o->wait_s); ut_clock_ms() < until;) {
        if (go_on(l, &r->fault) != 0)
            return -1;
        got = ask_firmware(l, f);
        if (got == 0 && strncmp(f->serial, r->unit.serial, sizeof f->serial) == 0)
            return 0;
        (void)poll(NULL, 0, got == 0 ? AGAIN_MS : 0);
    }
    if (got == 0)
        return ut_fault_set(&r->fault, UT_EXIT_HELLO,
                            "%s: %s, but the firmware here gives serial number %.*s; is this port the unit's?",
                            r->unit.serial, when, (int)sizeof f->serial, f->serial);
    return ut_fault_set(&r->fault, UT_EXIT_HELLO,
                        "%s: %s, but the firmware does not answer with a serial number; check the link's wiring, "
                        "switch it off and on, and see `undertone device factory`",
                        r->unit.serial, when);
}

/* The firmware runs before the test, and hands over to it as an update would: behind the lock no unit is left whose
 * firmware never ran or takes no update. */
static int start_test(struct lines *l, const struct station *s, struct result *r)
{
    struct ut_update_link_port link;
    struct ut_update u = {.name = l->port.name, .link = ut_update_link_over(&link, &l->port, false)};
    struct ut_factory f;
    return hear_firmware(l, s, r, "written", &f) != 0 || ut_update_try(&u, s->parts.test->digest, &r->fault) != 0
               ? -1
               : go_on(l, &r->fault);
}

/* It runs again, and the lock is what was asked for. */
static int check_firmware(struct lines *l, const struct station *s, struct result *r)
{
    struct ut_factory f;
    if (hear_firmware(l, s, r, "tested", &f) != 0)
        return -1;
    r->locked |= f.locked != 0;
    return f.locked == s->o->lock
               ? 0
               : ut_fault_set(&r->fault, UT_EXIT_HELLO, "%s: the firmware says that it %s, which was not asked for",
                              r->unit.serial, f.locked ? "is locked" : "is not locked");
}

/* Behind the seal: Ctrl-C ends a read, and is no Enter. */
static void ask_operator(const struct station *s, const char *text)
{
    char line[16];
    do {
        clearerr(stdin);
        say(s, text);
        errno = 0;
    } while (fgets(line, sizeof line, stdin) == NULL && errno == EINTR);
    /* nobody there: what follows shows whether it was done */
}

/* A locked chip refuses its probe from its next start on. */
static int check_lock(const struct station *s, struct result *r)
{
    char line[TOOL_LINE];
    if (!s->o->lock || s->board == NULL || s->tool != UT_FLASH_OPENOCD)
        return 0;
    ask_operator(s, "Switch the unit off and on, then press Enter.");
    enum ut_flash_verdict v = ut_flash_reads(s->board, s->tool, &s->probe, line, sizeof line);
    r->probe_says = v == UT_FLASH_DONE ? "reads" : v == UT_FLASH_LOCKED ? "refused" : "failed";
    if (v == UT_FLASH_LOCKED)
        return 0;
    if (v == UT_FLASH_DONE)
        return ut_fault_set(&r->fault, UT_EXIT_NOT_LOCKED,
                            "%s: locked, and the probe still reads its flash; switch it off and on, and look again "
                            "before it leaves",
                            r->unit.serial);
    return ut_fault_set(&r->fault, ut_flash_exit(v),
                        "%s: locked, but whether the probe is kept out was not seen: %s%s%s%s; then `undertone flash` "
                        "has to say that the chip is locked",
                        r->unit.serial, ut_flash_advice(v), line[0] != '\0' ? " (" : "", line,
                        line[0] != '\0' ? ")" : "");
}

/* Writing. */

/* A headset that has its number already says so; this one's own, without a seal, is of a try that failed. 0 when none
 * answers, or one without. */
static int ask_who_is_there(struct lines *l, const struct ut_unit *unit, struct ut_fault *fault)
{
    struct ut_factory f;
    if (ask_firmware(l, &f) != 0 ||
        (strncmp(f.serial, unit->serial, sizeof f.serial) == 0 && !f.locked && f.passed[0] == 0 && f.passed[1] == 0))
        return 0;
    return ut_fault_set(fault, UT_EXIT_PROVISIONED,
                        "%s: the unit here has a serial number, %.*s; provision it with --again if it is to get "
                        "another one",
                        l->port.name, (int)sizeof f.serial, f.serial);
}

static int write_whole(int fd, const uint8_t *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t n = pwrite(fd, bytes + at, len - at, (off_t)at);
        if (n <= 0)
            return -1;
        at += (size_t)n;
    }
    return 0;
}

static int write_into_file(const char *path, const uint8_t *bytes, size_t len, struct ut_fault *fault)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    uint8_t *back = malloc(len);
    bool good = fd >= 0 && back != NULL && write_whole(fd, bytes, len) == 0 &&
                pread(fd, back, len, 0) == (ssize_t)len && memcmp(back, bytes, len) == 0;
    free(back);
    if (fd >= 0 && close(fd) != 0)
        good = false;
    return good ? 0
                : ut_fault_set(fault, UT_EXIT_FLASH, "%s: cannot be written as a flash (%s)", path, strerror(errno));
}

static int write_by_probe(const struct station *s, const uint8_t *bytes, size_t len, struct ut_fault *fault)
{
    char line[TOOL_LINE] = "";
    struct ut_flash_copy copy;
    int done = ut_flash_copy_make(&copy, bytes, len, fault);
    if (done == 0) {
        enum ut_flash_verdict v = ut_flash_write(s->board, s->tool, &s->probe, copy.path, len, line, sizeof line);
        if (v != UT_FLASH_DONE)
            done = ut_fault_set(fault, ut_flash_exit(v), "probe %s: %s%s%s%s", ut_probe_serial(&s->probe),
                                ut_flash_advice(v), line[0] != '\0' ? " (" : "", line, line[0] != '\0' ? ")" : "");
    }
    ut_flash_copy_remove(&copy);
    return done;
}

static int write_unit(const struct station *s, const struct result *r, struct ut_fault *fault)
{
    uint8_t *bytes;
    size_t len;
    if (ut_factory_image(&s->parts, &r->unit, &bytes, &len, fault) != 0)
        return -1;
    int done =
        s->o->flash != NULL ? write_into_file(s->o->flash, bytes, len, fault) : write_by_probe(s, bytes, len, fault);
    free(bytes);
    return done;
}

/* All steps of one unit, from the first byte written on. */
static void make_unit(struct lines *l, const struct station *s, struct result *r)
{
    if (write_unit(s, r, &r->fault) != 0)
        return;
    ut_port_forget(&l->port); /* what a unit said before */
    l->len = 0;
    l->bad = false;
    say(s, s->o->flash != NULL ? "Written. Switch the headset off and on." : "Written and read back.");
    if (start_test(l, s, r) != 0 || await_greeting(l, s, &r->unit, 0, s->o->wait_s, &r->fault) != 0 ||
        run_tests(l, s, r) != 0 || seal(l, s, r) != 0 || check_firmware(l, s, r) != 0)
        return;
    (void)check_lock(s, r);
}

/* The exit code of this unit. */
static int provision(const struct station *s, const struct ut_unit *unit)
{
    struct result r = {.unit = *unit, .began_ms = ut_clock_unix_ms(), .probe_says = "not asked"};
    struct lines l = {.len = 0};
    struct ut_fault log_fault = {0};
    char line[LINE_BYTES];
    r.unit.made_s = r.began_ms / 1000;
    int known = s->o->again ? 0 : is_logged(s, unit->serial, &r.fault);
    if (known < 0)
        return ut_fault_print(&r.fault);
    if (known) {
        (void)ut_fault_set(&r.fault, UT_EXIT_PROVISIONED,
                           "%s: %s was begun or sealed already; take another number, or --again for the same unit",
                           s->o->log, unit->serial);
        return ut_fault_print(&r.fault);
    }
    (void)snprintf(line, sizeof line, "Unit %s:", unit->serial);
    say(s, line);
    ut_port_serial(&l.port, s->o->port);
    if (ut_asking_open(&l.port, &r.fault) == 0) {
        if ((s->o->again || ask_who_is_there(&l, unit, &r.fault) == 0) && go_on(&l, &r.fault) == 0) {
            if (add_line(s, unit_json(s, &r, "begun"), &r.fault) == 0) { /* before anything is written */
                make_unit(&l, s, &r);
                (void)add_line(s, unit_json(s, &r, r.fault.code == 0 ? "passed" : "failed"), &log_fault);
            }
        }
        ut_port_close(&l.port);
    }
    if (r.fault.code == 0) {
        (void)snprintf(line, sizeof line, "%s passed%s.", unit->serial, r.locked ? ", and is locked" : "");
        say(s, line);
    } else {
        (void)ut_fault_print(&r.fault);
    }
    int log_code = ut_fault_print(&log_fault);
    return r.fault.code != 0 ? r.fault.code : log_code;
}

/* The station. */

static int choose_probe(struct station *s, struct ut_fault *fault)
{
    static struct ut_probe p[UT_PROBES_MAX];
    char serials[UT_PROBE_NAMES];
    int n = ut_probe_choose(s->board, s->o->tool, s->o->probe, &s->tool, p, fault);
    if (n > 1)
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "%s: more than one probe is plugged in; name the station's with --probe SERIAL",
                            ut_probe_names(p, n, serials));
    if (n == 1)
        s->probe = ut_probe_to_name(&p[0], s->o->probe);
    return n == 1 ? 0 : -1;
}

static int read_boot(struct station *s, const char *path, struct ut_fault *fault)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: %s; make factory builds it", path, strerror(errno));
    s->parts.boot_bytes = fread(s->boot, 1, sizeof s->boot, f);
    s->parts.boot = s->boot;
    (void)fclose(f);
    return 0;
}

/* The three parts of the board's folder. */
static int read_parts(struct station *s, const char *folder, struct ut_fault *fault)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/boot.bin", folder);
    if (read_boot(s, path, fault) != 0)
        return -1;
    (void)snprintf(path, sizeof path, "%s/undertone.update", folder);
    if (ut_release_read(path, &s->firmware, fault) != 0)
        return -1;
    s->parts.board = ut_factory_board(s->firmware.image[0].board);
    if (s->parts.board == NULL)
        return ut_fault_set(fault, UT_EXIT_IMAGE, "%s: for board %s, which is not provisioned", path,
                            s->firmware.image[0].board);
    s->parts.firmware = ut_release_find(&s->firmware, s->firmware.image[0].board, 0);
    (void)snprintf(path, sizeof path, "%s/selftest.update", folder);
    if (ut_release_read(path, &s->test, fault) != 0)
        return -1;
    s->parts.test = &s->test.image[0];
    const struct ut_unit any = {.serial = "0"};
    uint8_t *bytes;
    size_t len;
    int fit = ut_factory_image(&s->parts, &any, &bytes, &len, fault);
    free(bytes);
    return fit;
}

/* A unit that is closed for good takes updates of its keys alone. */
static int check_keys(const struct station *s, struct ut_fault *fault)
{
    if (!s->o->lock || s->o->development_key ||
        (!ut_signer_is_published(s->parts.firmware->key) && !ut_signer_is_published(s->parts.test->key) &&
         !ut_signer_published_is_known_to(s->parts.boot, s->parts.boot_bytes)))
        return 0;
    return ut_fault_set(
        fault, UT_EXIT_USAGE,
        "provision: --lock: board %s's images are of the development key, which is published: everybody "
        "could sign for these units; make factory KEY=key.pem KEYS=key.pem builds with yours, "
        "--development-key takes this one for a trial",
        s->parts.board->folder);
}

static int open_log(struct station *s, struct ut_fault *fault)
{
    s->log = open(s->o->log, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (s->log < 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be opened (%s)", s->o->log, strerror(errno));
    if (flock(s->log, LOCK_EX | LOCK_NB) != 0)
        return ut_fault_set(fault, UT_EXIT_USAGE, "%s: another station writes it; give each its own --log", s->o->log);
    return 0;
}

/* Unit after unit. The code of the first one that failed. */
static int run_station(const struct station *s)
{
    struct ut_unit unit = {.hardware = s->o->hardware};
    int code = UT_EXIT_OK;
    (void)snprintf(unit.serial, sizeof unit.serial, "%s", s->o->serial);
    for (int i = 0; i < s->o->count && ut_stop_signal() == 0; i++) {
        if (i > 0) {
            char answer[16], text[LINE_BYTES];
            (void)ut_unit_next(unit.serial, 1);
            (void)snprintf(text, sizeof text, "Connect unit %s and press Enter; q ends.", unit.serial);
            say(s, text);
            if (fgets(answer, sizeof answer, stdin) == NULL || answer[0] == 'q')
                break; /* Ctrl-C too */
        }
        int now = provision(s, &unit);
        code = code != 0 ? code : now;
    }
    return code;
}

static int check_choices(const struct choices *o, int folders, struct ut_fault *fault)
{
    char last[UT_UNIT_SERIAL];
    if (folders != 1)
        return ut_options_refuse(&ut_command_provision, fault, "takes the folder of one board's build");
    if (o->serial == NULL || !ut_unit_is_serial(o->serial))
        return ut_fault_set(fault, UT_EXIT_USAGE, "provision: --serial S: 1 to 16 of A-Z a-z 0-9 -");
    if (o->port == NULL)
        return ut_fault_set(fault, UT_EXIT_USAGE, "provision: --port DEV: the serial line that the unit is wired to");
    (void)snprintf(last, sizeof last, "%s", o->serial);
    if (ut_unit_next(last, o->count - 1) != 0)
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "provision: %s: its last digits have no room for %d units; begin with 0001 or the like",
                            o->serial, o->count);
    if (o->flash != NULL && o->probe != NULL)
        return ut_options_refuse(&ut_command_provision, fault, "--flash and --probe exclude each other");
    return 0;
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    (void)config;
    static struct station s;
    struct choices o = {.tool = -1, .wait_s = 60, .count = 1, .log = "provision.jsonl"};
    struct ut_fault fault = {0};
    int code = UT_EXIT_OK, folders = ut_options_take(&ut_command_provision, argc, argv, &o, &fault);
    s = (struct station){.o = &o, .log = -1};
    if (folders >= 0 && check_choices(&o, folders, &fault) == 0 && read_parts(&s, argv[0], &fault) == 0 &&
        check_keys(&s, &fault) == 0) {
        s.board = o.flash == NULL ? ut_flash_board(s.parts.board->board) : NULL;
        if (o.flash == NULL && s.board == NULL)
            (void)ut_fault_set(&fault, UT_EXIT_USAGE, "board %s has no debug probe; give its --flash FILE",
                               s.parts.board->folder);
        else if ((s.board == NULL || choose_probe(&s, &fault) == 0) && open_log(&s, &fault) == 0 &&
                 ut_stop_watch(&fault) == 0) {
            ut_stop_also(SIGHUP); /* a station's terminal may go */
            code = run_station(&s);
            if (code == UT_EXIT_OK)
                (void)ut_output_flush(&fault); /* whoever takes the lines lacks some */
        }
    }
    if (s.log >= 0)
        (void)close(s.log);
    ut_release_free(&s.firmware);
    ut_release_free(&s.test);
    return fault.code != UT_EXIT_OK || folders < 0 ? ut_fault_print(&fault) : code;
}

static const struct ut_example examples[] = {
    {"undertone provision build/nrf52840-dk --serial A001 --port /dev/ttyACM0",
     "One unit; with --count 20 a row of them, with --lock closed for good:"},
    {NULL, NULL},
};

const struct ut_command ut_command_provision = {
    .name = "provision",
    .purpose = "a new board becomes a headset: written, tested, numbered, locked",
    .usage = "FOLDER --serial S --port DEV [options]",
    .about =
        "What a factory's station does with each unit. FOLDER is the build's folder of one board (make factory): its "
        "bootloader, firmware and test image are written with a factory page as one image, compared, and the unit "
        "tests itself; with what it measured its page is sealed. With --lock the chip is closed for good. A unit that "
        "failed its test stays open and can be provisioned again; one that failed behind its seal has its number for "
        "good, "
        "and with --lock it may be closed: the log's Sealed and Locked say so. An nRF52840 of revision 3 closes its "
        "debug "
        "port by itself, locked or not, unless its UICR.APPROTECT is 0x5A, which nothing here writes: the chip's "
        "README.",
    .options = options,
    .operands = "FOLDER",
    .exit_codes =
        "0 every unit passed, 1 the log or standard output cannot be written, or stopped before a unit was sealed, 2 "
        "usage (also: two "
        "probes, none named; --lock with the "
        "development key), 3 no tool, probe, "
        "chip or port, 10 no such folder or part, 24 parts that do not fit together, 25 chip locked, 26 another chip, "
        "27 writing or comparing failed, 28 the firmware does not say who it is, 46 provisioned already, "
        "47 no test image answers, 48 a test failed, 49 locked, and the probe still reads it. Of several units: that "
        "of "
        "the first one that failed.",
    .examples = examples,
    .run = run,
};
