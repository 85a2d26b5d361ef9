/* SPDX-License-Identifier: Apache-2.0 */
/* The emulator is a shell script here; with the true one: tests/host-tools/commands/test_live.py. */
#include "host-tools/sources/port.h"

#include "tests/host-tools/sound.h"

#include <dirent.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

enum { SAMPLES = 1003 };

static char folder[] = "/tmp/undertest-qemu-XXXXXX";
static char emulator[64], firmware[64], audio[64], temporary[64];

/* What opens an ELF file for ARM. */
static const unsigned char arm[20] = {0x7F, 'E', 'L', 'F', 1, 1, 1, [16] = 2, [18] = 40};

static void write_file(const char *name, const char *text, mode_t mode)
{
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(name, mode), 0);
}

static int set_up(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN); /* as the program does */
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(emulator, sizeof emulator, "%s/emulator", folder);
    (void)snprintf(firmware, sizeof firmware, "%s/firmware.elf", folder);
    (void)snprintf(audio, sizeof audio, "%s/call.wav", folder);
    (void)snprintf(temporary, sizeof temporary, "%s/tmp", folder);
    FILE *image = fopen(firmware, "wb");
    if (image == NULL || fwrite(arm, sizeof arm, 1, image) != 1 || fclose(image) != 0)
        return -1;
    SF_INFO info = {.samplerate = UT_AUDIO_RATE, .channels = 2, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    SNDFILE *f = sf_open(audio, SFM_WRITE, &info);
    for (int i = 0; f != NULL && i < SAMPLES; i++)
        (void)sf_writef_short(f, (const short[]){(short)(i + 1), (short)(-i - 1)}, 1); /* agent, customer */
    return f == NULL || sf_close(f) != 0 || mkdir(temporary, 0700) != 0 || setenv("TMPDIR", temporary, 1) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(emulator);
    (void)unlink(firmware);
    (void)unlink(audio);
    (void)unsetenv("UNDERTONE_FIRMWARE");
    int left = rmdir(temporary); /* fails when a port has left something behind */
    return left != 0 || rmdir(folder) != 0;
}

/* The script finds the FIFO's name in $fifo. */
static void set_emulator(const char *script)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "#!/bin/sh\nfifo=$(echo \"$*\" | sed 's/.*arg=\\([^ ,]*audio\\).*/\\1/')\n%s\n",
                   script);
    write_file(emulator, text, 0700);
}

static struct ut_port_options options;

static struct ut_port open_port(const char *script, const char *file)
{
    struct ut_port p;
    struct ut_fault fault = {0};
    set_emulator(script);
    options = (struct ut_port_options){
        .firmware = firmware, .emulator = emulator, .choice = {UT_AUDIO_UNSET, UT_AUDIO_UNSET}, .fast = 1};
    ut_port_qemu(&p, file, &options);
    if (ut_port_open(&p, &fault) != UT_PORT_OPEN)
        fail_msg("%s", fault.text);
    return p;
}

/* Reads to the end; *n bytes in data. What ut_port_read said last. */
static int read_all(struct ut_port *p, uint8_t *data, size_t room, size_t *n, struct ut_fault *fault)
{
    for (*n = 0;;) {
        struct pollfd q = {.fd = p->fd, .events = POLLIN};
        assert_int_equal(poll(&q, 1, 10000), 1);
        int r = ut_port_read(p, data + *n, room - *n, fault);
        if (r < 0)
            return r;
        *n += (size_t)r;
    }
}

static int open_files(void)
{
    int n = 0;
    DIR *all = opendir("/proc/self/fd");
    assert_non_null(all);
    while (readdir(all) != NULL)
        n++;
    (void)closedir(all);
    return n;
}

static void the_machine_hears_the_file_and_is_heard(void **state)
{
    (void)state;
    static uint8_t data[8 * SAMPLES];
    size_t n;
    struct ut_fault fault = {0};
    int before = open_files();
    struct ut_port p = open_port("cat \"$fifo\"", audio);
    assert_int_equal(read_all(&p, data, sizeof data, &n, &fault), UT_PORT_ENDED);
    assert_int_equal(n, 4 * SAMPLES);
    for (int i = 0; i < SAMPLES; i++) {
        int16_t customer = (int16_t)(data[4 * i] | data[4 * i + 1] << 8),
                agent = (int16_t)(data[4 * i + 2] | data[4 * i + 3] << 8);
        assert_int_equal(customer, -i - 1);
        assert_int_equal(agent, i + 1);
    }
    ut_port_close(&p);
    assert_int_equal(open_files(), before);
}

static void the_microphone_goes_the_same_way(void **state)
{
    (void)state;
    static int16_t frames[2 * 16000];
    uint8_t data[4];
    size_t n;
    struct ut_sound sound;
    struct ut_fault fault = {0};
    for (int i = 0; i < 2 * 16000; i++)
        frames[i] = i % 2 ? 77 : 5;
    assert_int_equal(ut_sound_open(&sound, frames, 16000), 0);
    struct ut_port p = open_port("head -c 4 \"$fifo\"", NULL);
    assert_int_equal(read_all(&p, data, sizeof data, &n, &fault), UT_PORT_ENDED);
    assert_int_equal(n, 4);
    assert_memory_equal(data, ((uint8_t[]){77, 0, 5, 0}), 4);
    ut_port_close(&p);
    ut_sound_close(&sound);
}

static void real_time_takes_its_time(void **state)
{
    (void)state;
    static uint8_t data[8 * SAMPLES];
    size_t n;
    struct ut_fault fault = {0};
    struct timespec from, to;
    set_emulator("cat \"$fifo\"");
    options = (struct ut_port_options){
        .firmware = firmware, .emulator = emulator, .choice = {UT_AUDIO_UNSET, UT_AUDIO_UNSET}};
    struct ut_port p;
    ut_port_qemu(&p, audio, &options);
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    assert_int_equal(ut_port_open(&p, &fault), UT_PORT_OPEN);
    assert_int_equal(read_all(&p, data, sizeof data, &n, &fault), UT_PORT_ENDED);
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    assert_int_equal(n, 4 * SAMPLES);
    long ms = (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
    assert_true(ms >= 60); /* 1003 samples are 62.7 ms */
    ut_port_close(&p);
}

static void every_way_to_end(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        int read, code;
        const char *word;
    } ends[] = {
        {"exit 0", UT_PORT_ENDED, 0, ""},
        {"echo first >&2; echo the reason >&2; exit 70", UT_PORT_FAILED, UT_EXIT_FAILURE, "the reason"},
        {"echo no audio >&2; exit 66", UT_PORT_FAILED, UT_EXIT_NO_DEVICE, "no audio"},
        {"echo model refused >&2; exit 72", UT_PORT_FAILED, UT_EXIT_FEATURES, "model refused"},
        {"kill -KILL $$", UT_PORT_FAILED, UT_EXIT_FAILURE, "signal 9"},
        {"exit 127", UT_PORT_FAILED, UT_EXIT_NO_DEVICE, "emulator"},
    };
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        uint8_t data[16];
        size_t n;
        struct ut_fault fault = {0};
        struct ut_port p = open_port(ends[i].script, audio);
        assert_int_equal(read_all(&p, data, sizeof data, &n, &fault), ends[i].read);
        assert_int_equal(fault.code, ends[i].code);
        assert_non_null(strstr(fault.text, ends[i].word));
        ut_port_close(&p);
    }
}

/* Closing ends a machine that would go on for ever, and one that never opened its audio. */
static void closing_ends_the_machine(void **state)
{
    (void)state;
    static const char *const scripts[] = {"exec sleep 1000", "exec 3<\"$fifo\"; exec sleep 1000"};
    static const int16_t frames[2 * 16000];
    struct ut_sound sound;
    for (size_t i = 0; i < 4; i++) {
        int before = open_files();
        bool mic = i >= 2; /* whose sound goes on for ever too */
        if (mic)
            assert_int_equal(ut_sound_open(&sound, frames, 16000), 0);
        struct ut_port p = open_port(scripts[i % 2], mic ? NULL : audio);
        (void)poll(NULL, 0, 50);
        ut_port_close(&p);
        assert_int_equal(p.fd, -1);
        assert_null(p.own);
        if (mic)
            ut_sound_close(&sound);
        assert_int_equal(open_files(), before);
    }
}

static void refused(const char *file, const char *image, int open, int code)
{
    struct ut_port p;
    struct ut_fault fault = {0};
    options =
        (struct ut_port_options){.firmware = image, .emulator = emulator, .choice = {UT_AUDIO_UNSET, UT_AUDIO_UNSET}};
    ut_port_qemu(&p, file, &options);
    assert_int_equal(ut_port_open(&p, &fault), open);
    assert_int_equal(fault.code, code);
    assert_null(p.own);
    assert_int_equal(p.fd, -1);
    ut_port_close(&p);
}

static void what_is_missing_is_said_before_anything_starts(void **state)
{
    (void)state;
    struct ut_sound sound;
    set_emulator("exit 0");
    refused(audio, "/nonexistent.elf", UT_PORT_REFUSED, UT_EXIT_NO_DEVICE);
    refused(audio, "/tmp", UT_PORT_REFUSED, UT_EXIT_NO_DEVICE);
    refused(audio, emulator, UT_PORT_REFUSED, UT_EXIT_MISSING);         /* a script */
    refused(audio, "/proc/self/exe", UT_PORT_REFUSED, UT_EXIT_MISSING); /* an ELF file for another processor */
    refused("/nonexistent.wav", firmware, UT_PORT_REFUSED, UT_EXIT_MISSING);
    refused(firmware, firmware, UT_PORT_REFUSED, UT_EXIT_NOT_AUDIO);
    assert_int_equal(ut_sound_open(&sound, NULL, 0), 0);
    refused(NULL, firmware, UT_PORT_ABSENT, UT_EXIT_NO_DEVICE);
    ut_sound_close(&sound);
}

static void the_firmware_is_found(void **state)
{
    (void)state;
    char path[UT_PORT_PATH];
    (void)setenv("UNDERTONE_FIRMWARE", firmware, 1);
    assert_int_equal(ut_port_qemu_firmware(path), 0);
    assert_string_equal(path, firmware);
    (void)setenv("UNDERTONE_FIRMWARE", "/nonexistent.elf", 1);
    assert_int_equal(ut_port_qemu_firmware(path), -1);
    assert_string_equal(path, "/nonexistent.elf");
    (void)unsetenv("UNDERTONE_FIRMWARE");
    (void)ut_port_qemu_firmware(path); /* may be there or not; its place is beside this program */
    assert_non_null(strstr(path, "/mps2/undertone.elf"));
    assert_null(strstr(path, "/.."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_machine_hears_the_file_and_is_heard),
        cmocka_unit_test(the_microphone_goes_the_same_way),
        cmocka_unit_test(real_time_takes_its_time),
        cmocka_unit_test(every_way_to_end),
        cmocka_unit_test(closing_ends_the_machine),
        cmocka_unit_test(what_is_missing_is_said_before_anything_starts),
        cmocka_unit_test(the_firmware_is_found),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
