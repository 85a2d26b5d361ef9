/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/doctor.h"

#include "dsp/features.h"
#include "firmware/version.h"
#include "host-tools/commands/asking.h"
#include "host-tools/commands/commands.h"
#include "host-tools/headset/flash_tool.h"
#include "host-tools/headset/signer.h"
#include "host-tools/settings/rollout_kept.h"
#include "host-tools/sources/bluez.h"
#include "host-tools/sources/mic.h"
#include "host-tools/sources/port.h"
#include "host-tools/sources/reach.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/utf8.h"
#include "models/model.h"

#include <errno.h>
#include <grp.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LISTEN_MS = 1500 }; /* a headset that is on sends four records a second */

struct choices {
    bool json;
};

static const struct ut_option options[] = {
    {"json", NULL, "one JSON object per line", ut_option_flag, .place = offsetof(struct choices, json)},
    UT_OPTION_HELP,
    {0},
};

__attribute__((format(printf, 3, 4))) static void found(struct ut_finding *f, enum ut_health health, const char *format,
                                                        ...)
{
    va_list args;
    va_start(args, format);
    f->health = health;
    (void)vsnprintf(f->found, sizeof f->found, format, args);
    va_end(args);
}

static void advise(struct ut_finding *f, const char *text)
{
    (void)snprintf(f->advice, sizeof f->advice, "%s", text);
}

static void check_program(const struct ut_config *config, struct ut_finding *f)
{
    (void)config;

    const struct ut_model *m = &ut_model_default;
    if (m->features_version != UT_FEATURES_VERSION || m->tables != ut_features_tables()) {
        found(f, UT_HEALTH_FAIL, "model %s was trained on features %d, tables %d, this program computes %d, %d", m->id,
              m->features_version, m->tables, UT_FEATURES_VERSION, ut_features_tables());
        advise(f, "reinstall undertone, or train the model again with `make train`");
        return;
    }
    found(f, UT_HEALTH_OK, "undertone " UT_VERSION ", features %d, model %s (%08x)", UT_FEATURES_VERSION, m->id,
          (unsigned)m->crc32);
}

static void check_config(const struct ut_config *config, struct ut_finding *f)
{

    static struct ut_config c;
    struct ut_fault fault = {0};
    if (ut_config_load(&c, config->file, &fault) != 0) {
        found(f, UT_HEALTH_FAIL, "%s", fault.text);
        advise(f, "correct that line, or see `undertone config --help` for the keys there are");
        return;
    }
    if (ut_rollout_kept_load(&c, config->file, &fault) != 0) {
        found(f, UT_HEALTH_FAIL, "%s", fault.text);
        advise(f, "correct that setting, or remove the cue pack: `undertone pack remove NAME`");
        return;
    }
    int changed = 0;
    for (int i = 0; i < UT_PARAMS; i++)
        changed += strcmp(c.value_origin[i], "default") != 0;
    found(f, UT_HEALTH_OK, "readable; %d of %d numbers differ from the defaults%s%s", changed, (int)UT_PARAMS,
          c.pack[0] != '\0' ? "; cue pack " : "", c.pack);
}

static void check_firmware(const struct ut_config *config, struct ut_finding *f)
{

    char path[UT_PORT_PATH];
    const char *named = ut_config_text(config, "qemu", "firmware");
    if (named[0] != '\0')
        (void)snprintf(path, sizeof path, "%s", named);
    else
        (void)ut_port_qemu_firmware(path);
    if (access(path, R_OK) != 0) {
        found(f, UT_HEALTH_WARN, "%s: %s", path, strerror(errno));
        advise(f, "needed for `undertone live --qemu` only: `make firmware`, or name it in UNDERTONE_FIRMWARE");
        return;
    }
    if (!ut_port_qemu_is_image(path)) {
        found(f, UT_HEALTH_FAIL, "%s: not an ARM program", path);
        advise(f, "build it again: `make firmware`");
        return;
    }
    found(f, UT_HEALTH_OK, "%s", path);
}

/* 1 and the path of an executable on PATH, or of a name with a slash */
static int on_path(const char *name, char *path, size_t size)
{
    if (strchr(name, '/') != NULL) {
        (void)snprintf(path, size, "%s", name);
        return access(path, X_OK) == 0;
    }
    const char *list = getenv("PATH");
    for (const char *at = list != NULL ? list : ""; *at != '\0';) {
        size_t n = strcspn(at, ":");
        (void)snprintf(path, size, "%.*s/%s", (int)n, n == 0 ? "." : at, name);
        struct stat s;
        if (stat(path, &s) == 0 && S_ISREG(s.st_mode) && access(path, X_OK) == 0)
            return 1;
        at += n + (at[n] == ':');
    }
    return 0;
}

static void check_emulator(const struct ut_config *config, struct ut_finding *f)
{

    const char *name = ut_config_text(config, "qemu", "emulator");
    char path[UT_PORT_PATH];
    if (name[0] == '\0')
        name = "qemu-system-arm";
    if (on_path(name, path, sizeof path)) {
        found(f, UT_HEALTH_OK, "%s", path);
        return;
    }
    found(f, UT_HEALTH_WARN, "%s is not installed", name);
    advise(f, "needed for `undertone live --qemu` only: apt-get install qemu-system-arm");
}

static void check_speaker(const struct ut_config *config, struct ut_finding *f)
{
    (void)config;

    char path[UT_PORT_PATH];
    if (on_path("espeak-ng", path, sizeof path)) {
        found(f, UT_HEALTH_OK, "%s", path);
        return;
    }
    found(f, UT_HEALTH_WARN, "espeak-ng is not installed");
    advise(f, "needed for the demo call only: apt-get install espeak-ng");
}

static void check_inputs(const struct ut_config *config, struct ut_finding *f)
{
    (void)config;

    static struct ut_mic_input inputs[UT_MIC_INPUTS_MAX];
    int n = ut_mic_list(inputs), shown = 0;
    if (n == 0) {
        found(f, UT_HEALTH_WARN, "no audio input");
        advise(f, "needed for `undertone live --mic` only: connect one; in a container, pass /dev/snd in");
        return;
    }
    for (int i = 0; i < n; i++)
        if (inputs[i].is_default)
            shown = i;
    found(f, UT_HEALTH_OK, "%d audio input(s); %s: %s, %d channel(s), %d Hz", n,
          inputs[shown].is_default ? "default" : "first", inputs[shown].name, inputs[shown].channels,
          inputs[shown].rate_hz);
}

static int in_group(const char *name)
{
    const struct group *g = getgrnam(name);
    if (g == NULL)
        return 0;
    gid_t groups[256];
    int n = getgroups(256, groups);
    for (int i = 0; i < n; i++)
        if (groups[i] == g->gr_gid)
            return 1;
    return getegid() == g->gr_gid;
}

static void check_serial(const struct ut_config *config, struct ut_finding *f)
{
    (void)config;

    static struct ut_reach d[UT_REACH_MAX];
    int n = ut_reach_list(d), there = 0;
    for (int i = 0; i < n; i++) {
        struct stat s;
        if (stat(d[i].port, &s) != 0)
            continue;
        there++;
        if (access(d[i].port, R_OK | W_OK) != 0) {
            found(f, UT_HEALTH_FAIL, "%s: no permission", d[i].port);
            advise(f, "join the group: sudo usermod -aG dialout $USER, then log in again");
            return;
        }
    }
    if (there > 0) {
        found(f, UT_HEALTH_OK, "%d port(s), all may be opened", there);
    } else if (geteuid() == 0 || in_group("dialout")) {
        found(f, UT_HEALTH_WARN, "no serial port; permission to open one is there");
        advise(f, "plug a headset in; then `undertone devices` shows it");
    } else {
        found(f, UT_HEALTH_WARN, "no serial port, and you are not in the group dialout");
        advise(f, "sudo usermod -aG dialout $USER, log in again, then plug a headset in");
    }
}

/* Words about the key of each headset that speaks; nothing is sent to a port on which nobody does. */
static void check_signing_key(const struct ut_config *config, struct ut_finding *f)
{
    (void)config;

    static struct ut_reach d[UT_REACH_MAX];
    int n = ut_reach_list(d), answered = 0, published = 0;
    size_t used = 0;
    ut_reach_listen(d, n, LISTEN_MS);
    for (int i = 0; i < n; i++) {
        uint8_t key[32];
        char text[UT_SIGNER_TEXT] = "not signed, or started without a bootloader";
        struct ut_port port;
        struct ut_fault fault = {0};
        struct ut_asking asking = {.port = &port, .tag = (uint8_t)ut_clock_ms()};
        if (d[i].records == 0)
            continue;
        ut_port_serial(&port, d[i].port);
        int signed_by = ut_asking_open(&port, &fault) == 0 ? ut_asking_signer(&asking, key, &fault) : -1;
        ut_port_close(&port);
        if (signed_by < 0)
            continue;
        if (signed_by == 1) {
            ut_signer_text(key, text);
            published += ut_signer_is_published(key);
        }
        if (used < sizeof f->found)
            used += (size_t)snprintf(f->found + used, sizeof f->found - used, "%s%s: %s", answered > 0 ? "; " : "",
                                     d[i].port, text);
        answered++;
    }
    if (answered == 0)
        found(f, UT_HEALTH_OK, "asked no headset: none speaks on a serial port of this machine");
    if (published > 0) {
        f->health = UT_HEALTH_WARN;
        advise(f, "anyone can sign firmware with it: for headsets in use, build bootloader and releases with a key of "
                  "your own");
    }
}

static void check_bluetooth(const struct ut_config *config, struct ut_finding *f)
{
    (void)config;

    static struct ut_bluez_device d[UT_BLUEZ_DEVICES];
    struct ut_fault fault = {0};
    struct ut_bluez *b;
    int n = -1, paired = 0, on = 0;
    if (ut_bluez_open(&b, NULL, &fault) == 0) {
        n = ut_bluez_list(b, 0, d, &fault);
        on = ut_bluez_powered(b);
        ut_bluez_close(b);
    }
    if (n < 0) {
        /* a fault reads "Bluetooth: what was wrong; what to do" */
        const char *what = strchr(fault.text, ' '), *todo = strstr(fault.text, "; ");
        found(f, UT_HEALTH_WARN, "%.*s", what != NULL && todo != NULL ? (int)(todo - what - 1) : 0,
              what != NULL ? what + 1 : "");
        advise(f, todo != NULL ? todo + 2 : fault.text);
        return;
    }
    for (int i = 0; i < n; i++)
        paired += d[i].paired;
    found(f, UT_HEALTH_OK, "an adapter, %s; %d headset%s known, %d paired", on ? "on" : "off until it is needed", n,
          n == 1 ? "" : "s", paired);
}

static void check_flashing(const struct ut_config *config, struct ut_finding *f)
{
    (void)config;

    static struct ut_probe p[UT_PROBES_MAX];
    char tools[64] = "";
    for (int tool = 0; tool < UT_FLASH_TOOLS; tool++) {
        const char *name = ut_flash_tool_name((enum ut_flash_tool)tool);
        size_t used = strlen(tools);
        if (ut_program_exists(name))
            (void)snprintf(tools + used, sizeof tools - used, "%s%s", used > 0 ? ", " : "", name);
    }
    int n = ut_probes_list(ut_probes_folder(), ~0U, p);
    found(f, tools[0] != '\0' ? UT_HEALTH_OK : UT_HEALTH_WARN, "%s; %d probe%s plugged in",
          tools[0] != '\0' ? tools : "no program that writes flash", n, n == 1 ? "" : "s");
    if (tools[0] == '\0')
        advise(f, "needed for `undertone flash` only: install openocd");
}

static void check_terminal(const struct ut_config *config, struct ut_finding *f)
{
    (void)config;

    const char *term = getenv("TERM");
    struct winsize size = {0};
    if (!isatty(STDOUT_FILENO)) {
        found(f, UT_HEALTH_OK, "stdout is not a terminal; `undertone live` prints plain lines");
        return;
    }
    if (term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0) {
        found(f, UT_HEALTH_WARN, "TERM is %s", term == NULL || term[0] == '\0' ? "not set" : term);
        advise(f, "the full-screen view needs it, e.g. TERM=xterm-256color; plain lines work without");
        return;
    }
    (void)setlocale(LC_CTYPE, "");
    int utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        size.ws_row = 24;
        size.ws_col = 80;
    }
    int small = size.ws_row < 24 || size.ws_col < 80;
    found(f, small || !utf8 ? UT_HEALTH_WARN : UT_HEALTH_OK, "%s, %d x %d, %s%s", term, size.ws_col, size.ws_row,
          utf8 ? "UTF-8" : "ASCII only", ut_output_no_color() ? ", NO_COLOR" : "");
    if (small)
        advise(f, "80 x 24 or larger shows the whole view");
    else if (!utf8)
        advise(f, "finer bars with a UTF-8 locale: export LC_CTYPE=C.UTF-8");
}

static const struct ut_check checks[] = {
    {"program", check_program},     {"config", check_config},           {"firmware", check_firmware},
    {"emulator", check_emulator},   {"demo voices", check_speaker},     {"audio input", check_inputs},
    {"serial ports", check_serial}, {"signing key", check_signing_key}, {"bluetooth", check_bluetooth},
    {"flashing", check_flashing},   {"terminal", check_terminal},
};

const struct ut_check *ut_doctor_checks(size_t *n)
{
    *n = sizeof checks / sizeof checks[0];
    return checks;
}

static const char *const health_name[] = {[UT_HEALTH_OK] = "OK", [UT_HEALTH_WARN] = "WARN", [UT_HEALTH_FAIL] = "FAIL"};

static void print_json(const struct ut_check *c, const struct ut_finding *f)
{
    json_t *line = json_pack("{s:s, s:s, s:s, s:s}", "Check", c->name, "State", health_name[f->health], "Found",
                             f->found, "Advice", f->advice);
    ut_json_line(line);
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices chosen = {0};
    struct ut_fault fault = {0};
    bool failed = false;
    if (ut_options_take(&ut_command_doctor, argc, argv, &chosen, &fault) < 0)
        return ut_fault_print(&fault);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        struct ut_finding f = {0};
        checks[i].run(config, &f);
        failed |= f.health == UT_HEALTH_FAIL;
        ut_utf8_clean(f.found);
        ut_utf8_clean(f.advice);
        if (chosen.json)
            print_json(&checks[i], &f);
        else
            (void)printf("%-4s  %-12s  %s%s%s\n", health_name[f.health], checks[i].name, f.found,
                         f.advice[0] != '\0' ? "; " : "", f.advice);
    }
    if (ut_output_flush(&fault) != 0 && fault.code != UT_EXIT_OK)
        return ut_fault_print(&fault);
    return failed ? UT_EXIT_FAILURE : UT_EXIT_OK;
}

static const struct ut_example examples[] = {
    {"undertone doctor", "Is everything set up, and if not, what to do:"},
    {NULL, NULL},
};

const struct ut_command ut_command_doctor = {
    .name = "doctor",
    .purpose = "checks the set-up and says what to do",
    .usage = "[--json]",
    .about = "Checks the program, its config, the emulated headset, audio inputs, serial ports, who signed the "
             "firmware of the headsets on them, Bluetooth, flashing and "
             "the terminal. Each line is OK, WARN (only some uses need it) or FAIL, and says what to do.",
    .options = options,
    .exit_codes = "0 nothing failed, 1 a check failed, 2 usage.",
    .any_config = 1, /* it reports a broken one */
    .examples = examples,
    .run = run,
};
