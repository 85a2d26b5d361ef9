/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/doctor.h"

#include "firmware/control.h"
#include "host-tools/commands/commands.h"
#include "host-tools/headset/development_key.h"
#include "host-tools/settings/config.h"
#include "host-tools/system/json.h"
#include "tests/host-tools/line.h"

#include <fcntl.h>
#include <grp.h>
#include <libserialport.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct ut_config config;
static char folder[] = "/tmp/undertest-doctor-XXXXXX";
static char path[128];

/* Who the user is to the program, as the C library would say it: nobody in particular unless a test says so. */
static struct {
    bool somebody; /* not root */
    gid_t dialout; /* 0 = there is no such group */
    gid_t groups[2];
} user;

uid_t geteuid(void)
{
    return user.somebody ? 1000 : getuid();
}

gid_t getegid(void)
{
    return user.somebody ? user.groups[0] : getgid();
}

int getgroups(int n, gid_t groups[])
{
    for (int i = 0; i < n && i < 2; i++)
        groups[i] = user.groups[i];
    return 2;
}

struct group *getgrnam(const char *name)
{
    static struct group g;
    g.gr_gid = user.dialout;
    return user.dialout != 0 && strcmp(name, "dialout") == 0 ? &g : NULL;
}

/* The one port that is plugged in; "" = none. */
static char plugged[64];

enum sp_return sp_list_ports(struct sp_port ***ports)
{
    static struct sp_port *list[2];
    list[0] = (struct sp_port *)(void *)plugged;
    *ports = plugged[0] != '\0' ? list : NULL;
    return plugged[0] != '\0' ? SP_OK : SP_ERR_SUPP;
}

void sp_free_port_list(struct sp_port **ports)
{
    (void)ports;
}

char *sp_get_port_name(const struct sp_port *port)
{
    (void)port;
    return plugged;
}

char *sp_get_port_description(const struct sp_port *port)
{
    (void)port;
    return NULL;
}

enum sp_transport sp_get_port_transport(const struct sp_port *port)
{
    (void)port;
    return SP_TRANSPORT_NATIVE;
}

static int set_up(void **state)
{
    (void)state;
    ut_config_defaults(&config);
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(folder);
}

static const char *in_folder(const char *name)
{
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const void *data, size_t n, mode_t mode)
{
    FILE *f = fopen(in_folder(name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static struct ut_finding run(const char *name)
{
    size_t n;
    const struct ut_check *checks = ut_doctor_checks(&n);
    struct ut_finding f = {0};
    for (size_t i = 0; i < n; i++)
        if (strcmp(checks[i].name, name) == 0) {
            checks[i].run(&config, &f);
            return f;
        }
    fail_msg("no check named %s", name);
    return f;
}

static void every_finding_is_a_line_and_every_fault_has_advice(void **state)
{
    (void)state;
    size_t n;
    const struct ut_check *checks = ut_doctor_checks(&n);
    assert_true(n >= 8);
    for (size_t i = 0; i < n; i++) {
        struct ut_finding f = {0};
        checks[i].run(&config, &f);
        assert_true(f.found[0] != '\0');
        assert_null(strchr(f.found, '\n'));
        assert_int_equal(f.health == UT_HEALTH_OK, f.advice[0] == '\0');
    }
}

static void the_program_is_sound(void **state)
{
    (void)state;
    assert_int_equal(run("program").health, UT_HEALTH_OK);
}

static void a_broken_config_fails(void **state)
{
    (void)state;
    (void)setenv("XDG_CONFIG_HOME", folder, 1);
    assert_int_equal(run("config").health, UT_HEALTH_OK);
    assert_int_equal(mkdir(in_folder("undertone"), 0700), 0);
    write_file("undertone/undertone.ini", "[empathy_cue]\nno_such_key = 1\n", 30, 0600);
    struct ut_finding f = run("config");
    assert_int_equal(f.health, UT_HEALTH_FAIL);
    assert_non_null(strstr(f.found, "no_such_key"));
    (void)unlink(in_folder("undertone/undertone.ini"));
    write_file("undertone/pack.ini", "[pack]\nname = a\n", 16, 0600);
    f = run("config");
    assert_int_equal(f.health, UT_HEALTH_FAIL);
    assert_non_null(strstr(f.found, "pack.ini: the card lacks for"));
    assert_non_null(strstr(f.advice, "undertone pack remove"));
    (void)unlink(in_folder("undertone/pack.ini"));
    char pack[4096];
    assert_non_null(realpath("host-tools/package/packs/coach.ini", pack));
    assert_int_equal(symlink(pack, in_folder("undertone/pack.ini")), 0);
    f = run("config");
    assert_int_equal(f.health, UT_HEALTH_OK);
    assert_non_null(strstr(f.found, "cue pack coach"));
    assert_null(strstr(f.found, "; 0 of"));
    (void)unlink(in_folder("undertone/pack.ini"));
    (void)rmdir(in_folder("undertone"));
    (void)unsetenv("XDG_CONFIG_HOME");
}

static void firmware_must_be_an_arm_program(void **state)
{
    (void)state;
    unsigned char head[64] = {0x7F, 'E', 'L', 'F', 1, 1, 1, [18] = 40};
    write_file("image.elf", head, sizeof head, 0600);
    (void)setenv("UNDERTONE_FIRMWARE", path, 1);
    assert_int_equal(run("firmware").health, UT_HEALTH_OK);
    head[18] = 62; /* a program for this machine */
    write_file("image.elf", head, sizeof head, 0600);
    assert_int_equal(run("firmware").health, UT_HEALTH_FAIL);
    write_file("image.elf", head, 3, 0600);
    assert_int_equal(run("firmware").health, UT_HEALTH_FAIL);
    (void)unlink(path);
    assert_int_equal(run("firmware").health, UT_HEALTH_WARN);
    (void)unsetenv("UNDERTONE_FIRMWARE");
}

static void programs_are_looked_for_on_the_path(void **state)
{
    (void)state;
    char *before = strdup(getenv("PATH"));
    (void)setenv("PATH", folder, 1);
    assert_int_equal(run("emulator").health, UT_HEALTH_WARN);
    assert_int_equal(run("demo voices").health, UT_HEALTH_WARN);
    write_file("qemu-system-arm", "", 0, 0700);
    assert_int_equal(run("emulator").health, UT_HEALTH_OK);
    assert_non_null(strstr(run("emulator").found, folder));
    (void)unlink(in_folder("qemu-system-arm"));
    write_file("espeak-ng", "", 0, 0700);
    assert_int_equal(run("demo voices").health, UT_HEALTH_OK);
    (void)unlink(in_folder("espeak-ng"));
    (void)setenv("PATH", before, 1);
    free(before);
}

static void bluetooth_and_flashing_say_what_is_missing(void **state)
{
    (void)state;
    char *before = strdup(getenv("PATH"));
    (void)setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
    struct ut_finding f = run("bluetooth");
    (void)unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
    assert_int_equal(f.health, UT_HEALTH_WARN);
    assert_string_equal(f.found, "no D-Bus system bus here (No such file or directory)");
    assert_string_equal(f.advice, "start dbus and bluetoothd, or use the cable: --port");
    (void)setenv("UNDERTONE_USB", "/nonexistent", 1);
    (void)setenv("PATH", "/nonexistent", 1);
    f = run("flashing");
    assert_int_equal(f.health, UT_HEALTH_WARN);
    assert_string_equal(f.found, "no program that writes flash; 0 probes plugged in");
    write_file("openocd", "#!/bin/sh\n", 10, 0700);
    (void)setenv("PATH", in_folder(""), 1);
    f = run("flashing");
    assert_int_equal(f.health, UT_HEALTH_OK);
    assert_string_equal(f.found, "openocd; 0 probes plugged in");
    (void)unlink(in_folder("openocd"));
    (void)unsetenv("UNDERTONE_USB");
    (void)setenv("PATH", before, 1);
    free(before);
}

/* The exit code, and what was written on stdout. */
static const char *output(const char *word, int *result)
{
    static char text[8192];
    char copy[64];
    char *argv[] = {word[0] != '\0' ? copy : NULL, NULL};
    (void)snprintf(copy, sizeof copy, "%s", word);
    FILE *file = tmpfile();
    assert_non_null(file);
    (void)fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    (void)dup2(fileno(file), STDOUT_FILENO);
    *result = ut_command_doctor.run(&config, argv[0] != NULL, argv);
    (void)fflush(stdout);
    (void)dup2(kept, STDOUT_FILENO);
    (void)close(kept);
    rewind(file);
    size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = '\0';
    (void)fclose(file);
    return text;
}

static void one_line_for_each_check(void **state)
{
    (void)state;
    int result;
    size_t n, lines = 0;
    (void)ut_doctor_checks(&n);
    const char *text = output("", &result);
    assert_int_equal(result, strstr(text, "FAIL  ") != NULL);
    for (; *text != '\0'; text = strchr(text, '\n') + 1, lines++)
        assert_true(strncmp(text, "OK    ", 6) == 0 || strncmp(text, "WARN  ", 6) == 0 ||
                    strncmp(text, "FAIL  ", 6) == 0);
    assert_int_equal(lines, n);
}

static void a_failed_check_is_the_exit_code(void **state)
{
    (void)state;
    int result;
    write_file("image.elf", "not a program at all", 20, 0600);
    (void)setenv("UNDERTONE_FIRMWARE", path, 1);
    const char *text = output("--json", &result);
    assert_int_equal(result, UT_EXIT_FAILURE);
    int found = 0;
    for (; *text != '\0'; text = strchr(text, '\n') + 1) {
        json_t *line = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
        if (strcmp(json_string_value(json_object_get(line, "Check")), "firmware") == 0)
            found = strcmp(json_string_value(json_object_get(line, "State")), "FAIL") == 0;
        json_decref(line);
    }
    assert_true(found);
    (void)unsetenv("UNDERTONE_FIRMWARE");
    (void)unlink(in_folder("image.elf"));
}

static void words(void **state)
{
    (void)state;
    int result;
    assert_ptr_equal(strstr(output("--help", &result), "usage:"), output("--help", &result));
    assert_int_equal(result, UT_EXIT_OK);
    (void)output("--bogus", &result);
    assert_int_equal(result, UT_EXIT_USAGE);
    (void)output("word", &result);
    assert_int_equal(result, UT_EXIT_USAGE);
}

/* A headset whose image was signed by `key` (NULL = by nobody), at the far end of a line; never returns. */
static void be_headset(const struct ut_line *l, const uint8_t key[36])
{
    struct ut_wire_receiver receiver;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    ut_wire_receiver_init(&receiver);
    for (;;) {
        struct pollfd q = {.fd = l->master, .events = POLLIN};
        uint8_t data[64], record[UT_WIRE_RECORD_BYTES];
        ssize_t n = poll(&q, 1, 50) > 0 ? read(l->master, data, sizeof data) : 0;
        if (n == 0)
            ut_line_say_hello(l, UT_FEATURES_VERSION);
        for (ssize_t i = 0; i < n; i++) {
            struct ut_wire_request r;
            if (ut_wire_receive(&receiver, data[i], record) != 1 || ut_wire_unpack_request(record, &r) != 0)
                continue;
            struct ut_wire_reply reply = {.op = r.op, .tag = r.tag, .key = r.key, .error = UT_CONTROL_NO_KEY};
            if (key != NULL && r.op == UT_CONTROL_IMAGE && r.key >= 8 && r.key <= 10) {
                reply.error = UT_CONTROL_OK;
                reply.len = r.key < 10 ? 12 : 8;
                memcpy(reply.value, key + (size_t)12 * (r.key - 8U), reply.len);
            }
            ut_wire_pack_reply(record, 0, &reply);
            ut_line_say(l, record);
        }
    }
}

static struct ut_finding signer_of(const uint8_t key[36])
{
    struct ut_line l;
    ut_line_open(&l);
    (void)snprintf(plugged, sizeof plugged, "%s", l.port);
    ut_line_begin(&l);
    pid_t headset = fork();
    assert_true(headset >= 0);
    if (headset == 0)
        be_headset(&l, key);
    struct ut_finding f = run("signing key");
    (void)kill(headset, SIGKILL);
    (void)waitpid(headset, NULL, 0);
    ut_line_close(&l);
    return f;
}

static void who_signed_is_told_of_a_headset_that_answers(void **state)
{
    (void)state;
    uint8_t key[36] = {0};
    char expected[128];
    memcpy(key, ut_boot_keys[0].sha256, 32);
    struct ut_finding f = signer_of(key);
    assert_int_equal(f.health, UT_HEALTH_WARN);
    (void)snprintf(expected, sizeof expected, "%s: the development key, which is published", plugged);
    assert_string_equal(f.found, expected);
    assert_non_null(strstr(f.advice, "a key of your own"));
    memset(key, 0xAB, 32);
    f = signer_of(key);
    assert_int_equal(f.health, UT_HEALTH_OK);
    (void)snprintf(expected, sizeof expected, "%s: key abababababababab", plugged);
    assert_string_equal(f.found, expected);
    f = signer_of(NULL);
    assert_int_equal(f.health, UT_HEALTH_OK);
    assert_non_null(strstr(f.found, ": not signed, or started without a bootloader"));
    plugged[0] = '\0';
    f = run("signing key");
    assert_int_equal(f.health, UT_HEALTH_OK);
    assert_string_equal(f.found, "asked no headset: none speaks on a serial port of this machine");
}

/* What is said of a terminal of that size. */
static struct ut_finding on_terminal(int cols, int rows)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY), before = dup(STDOUT_FILENO);
    assert_true(master >= 0 && before >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    const struct winsize size = {.ws_col = (unsigned short)cols, .ws_row = (unsigned short)rows};
    assert_true(slave >= 0 && ioctl(slave, TIOCSWINSZ, &size) == 0);
    (void)fflush(stdout);
    assert_true(dup2(slave, STDOUT_FILENO) >= 0);
    struct ut_finding f = run("terminal");
    (void)fflush(stdout);
    (void)dup2(before, STDOUT_FILENO);
    (void)close(before);
    (void)close(slave);
    (void)close(master);
    return f;
}

static void a_small_terminal_is_told(void **state)
{
    (void)state;
    static const char advice[] = "80 x 24 or larger";
    (void)setenv("TERM", "xterm", 1);
    (void)setenv("LC_ALL", "C.UTF-8", 1);
    struct ut_finding f = on_terminal(80, 24);
    assert_int_equal(f.health, UT_HEALTH_OK);
    assert_non_null(strstr(f.found, "xterm, 80 x 24, UTF-8"));
    assert_null(strstr(f.advice, advice));
    f = on_terminal(79, 24);
    assert_int_equal(f.health, UT_HEALTH_WARN);
    assert_non_null(strstr(f.advice, advice));
    f = on_terminal(80, 23);
    assert_int_equal(f.health, UT_HEALTH_WARN);
    assert_non_null(strstr(f.advice, advice));
    (void)setenv("TERM", "dumb", 1);
    f = on_terminal(80, 24);
    assert_int_equal(f.health, UT_HEALTH_WARN);
    assert_non_null(strstr(f.found, "TERM is dumb"));
}

static void without_a_port_the_group_is_asked_for(void **state)
{
    (void)state;
    static const struct {
        gid_t dialout, groups[2];
        bool member;
    } users[] = {{0, {100, 27}, false}, {20, {100, 27}, false}, {20, {20, 27}, true}, {20, {100, 20}, true}};
    for (size_t i = 0; i < sizeof users / sizeof users[0]; i++) {
        user.somebody = true;
        user.dialout = users[i].dialout;
        memcpy(user.groups, users[i].groups, sizeof user.groups);
        struct ut_finding f = run("serial ports");
        memset(&user, 0, sizeof user);
        assert_int_equal(f.health, UT_HEALTH_WARN);
        assert_int_equal(strstr(f.found, "not in the group dialout") == NULL, users[i].member);
        assert_int_equal(strstr(f.advice, "usermod") == NULL, users[i].member);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_terminal_is_told),
        cmocka_unit_test(every_finding_is_a_line_and_every_fault_has_advice),
        cmocka_unit_test(the_program_is_sound),
        cmocka_unit_test(a_broken_config_fails),
        cmocka_unit_test(firmware_must_be_an_arm_program),
        cmocka_unit_test(programs_are_looked_for_on_the_path),
        cmocka_unit_test(bluetooth_and_flashing_say_what_is_missing),
        cmocka_unit_test(one_line_for_each_check),
        cmocka_unit_test(a_failed_check_is_the_exit_code),
        cmocka_unit_test(words),
        cmocka_unit_test(who_signed_is_told_of_a_headset_that_answers),
        cmocka_unit_test(without_a_port_the_group_is_asked_for),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
