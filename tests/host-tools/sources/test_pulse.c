/* SPDX-License-Identifier: Apache-2.0 */
/* Against a real PulseAudio daemon: outputs that are null sinks, and a microphone that is a pipe, whose clock is
 * whoever writes into it. CLOCKS_S (3) is how many seconds the two clocks are watched; from 300 on, also how far they
 * part. */
#include "host-tools/sources/pulse.h"
#include "host-tools/system/clock.h"

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { RATE = 16000, WITHIN_MS = 60000, PPM = 100, SETTLED_S = 150, CLICKS = 4000, LOUD = 8000, WIDTH = 16 };

static char folder[] = "/tmp/undertone-sound-XXXXXX";

static int server(const char *word)
{
    char command[200], line[200] = "";
    (void)snprintf(command, sizeof command, "tests/host-tools/sound_server.sh %s %s", word, folder);
    FILE *f = popen(command, "r");
    if (f == NULL)
        return -1;
    if (fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        (void)setenv("PULSE_SERVER", line, 1);
    }
    return pclose(f);
}

static int set_up(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    return mkdtemp(folder) == NULL || setenv("HOME", folder, 1) != 0 || server("start") != 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[100];
    int r = server("stop");
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) != 0 || r != 0;
}

/* pactl with these words. */
static void control(const char *words)
{
    char command[400];
    (void)snprintf(command, sizeof command, "pactl %s >/dev/null", words);
    assert_int_equal(system(command), 0);
}

static struct {
    size_t customer[CLICKS], agent[CLICKS]; /* where clicks begin, in pairs */
    size_t pairs;
    atomic_int customers, agents;
    atomic_size_t n;
    atomic_int over;
} heard;

static void note_click(size_t *at, atomic_int *n, size_t now, int16_t x)
{
    int k = atomic_load(n);
    if (x > LOUD && k < CLICKS && (k == 0 || now - at[k - 1] > RATE / 2)) {
        at[k] = now;
        atomic_store(n, k + 1);
    }
}

static int hear(void *ctx, const int16_t *pairs, size_t n, int lost)
{
    (void)lost;
    assert_ptr_equal(ctx, &heard);
    if (n == 0)
        atomic_store(&heard.over, 1);
    for (size_t i = 0; i < n; i++, heard.pairs++) {
        note_click(heard.customer, &heard.customers, heard.pairs, pairs[2 * i]);
        note_click(heard.agent, &heard.agents, heard.pairs, pairs[2 * i + 1]);
    }
    atomic_store(&heard.n, heard.pairs);
    return 0;
}

static struct ut_pulse *open_both(const char *customer, const char *agent)
{
    struct ut_fault fault = {0};
    memset(&heard, 0, sizeof heard);
    struct ut_pulse *p = ut_pulse_open(customer, agent, hear, &heard, &fault);
    if (p == NULL)
        fail_msg("%s", fault.text);
    return p;
}

static void refused(const char *customer, const char *agent, int code, const char *says)
{
    struct ut_fault fault = {0};
    assert_null(ut_pulse_open(customer, agent, hear, &heard, &fault));
    assert_int_equal(fault.code, code);
    if (strstr(fault.text, says) == NULL)
        fail_msg("%s", fault.text);
}

#define WAIT_FOR(condition)                                                                                            \
    do {                                                                                                               \
        for (int64_t begin = ut_clock_ms(); !(condition); (void)poll(NULL, 0, 10))                                     \
            if (ut_clock_ms() - begin > WITHIN_MS)                                                                     \
                fail_msg("not within a minute: %s", #condition);                                                       \
    } while (0)

static void sources_are_found(void **state)
{
    (void)state;
    struct ut_pulse_source s[UT_PULSE_SOURCES_MAX];
    assert_int_equal(ut_pulse_list(s), 2);
    assert_string_equal(s[0].name, "softphone.monitor");
    assert_string_equal(s[0].description, "Monitor of Softphone");
    assert_string_equal(s[1].name, "headphones.monitor");
    for (int i = 0; i < 2; i++) {
        assert_true(s[i].monitor);
        assert_false(s[i].agent);
    }
    control("set-default-sink headphones");
    assert_int_equal(ut_pulse_list(s), 2);
    assert_false(s[0].customer);
    assert_true(s[1].customer);
}

static void what_is_not_there_is_said(void **state)
{
    (void)state;
    refused("nosuch", "headphones", UT_EXIT_NO_DEVICE,
            "nosuch: no such sound source; there are: softphone.monitor, headphones.monitor");
    refused("softphone", "nosuch", UT_EXIT_NO_DEVICE, "nosuch: no such sound source");
    refused("softphone", NULL, UT_EXIT_NO_DEVICE, "no microphone is the default input");
    refused("softphone", "SOFT", UT_EXIT_CHANNELS, "softphone.monitor: the same sound source");
    refused(NULL, "headphones.monitor", UT_EXIT_CHANNELS, "headphones.monitor: the same sound source");
}

static void a_source_that_goes_is_named(void **state)
{
    (void)state;
    control("load-module module-null-sink sink_name=passing rate=16000 channels=1 "
            "sink_properties=device.description=Passing");
    struct ut_pulse *p = open_both("softphone", "passing");
    WAIT_FOR(atomic_load(&heard.n) > RATE / 4);
    assert_int_equal(atomic_load(&heard.over), 0);
    char command[200];
    (void)snprintf(command, sizeof command,
                   "unload-module $(pactl list short modules | grep sink_name=passing | cut -f1)");
    control(command);
    WAIT_FOR(atomic_load(&heard.over));
    assert_string_equal(ut_pulse_gone(p), "Monitor of Passing");
    ut_pulse_close(p);
    p = open_both("softphone", "headphones"); /* the others are there */
    WAIT_FOR(atomic_load(&heard.n) > 0);
    ut_pulse_close(p);
}

static atomic_int stop;

static void click(int16_t *second)
{
    memset(second, 0, RATE * sizeof *second);
    for (int i = 0; i < WIDTH; i++)
        second[i] = 20000;
}

/* A softphone: a click every 16000 samples of its output's clock. */
static void *play(void *arg)
{
    FILE *f = arg;
    int16_t second[RATE];
    click(second);
    while (!atomic_load(&stop) && fwrite(second, sizeof second, 1, f) == 1)
        continue;
    return NULL;
}

/* A microphone whose clock is faster by PPM: a click every second, 16001.6 of its samples. */
static void *speak(void *arg)
{
    int fd = *(int *)arg;
    double hz = RATE * (1 + PPM * 1e-6);
    int64_t begin = ut_clock_ms();
    for (uint64_t n = 0; !atomic_load(&stop); (void)poll(NULL, 0, 10)) {
        uint64_t due = (uint64_t)((double)(ut_clock_ms() - begin) * 1e-3 * hz);
        while (n < due) {
            int16_t some[RATE / 10];
            size_t k = 0;
            for (; k < sizeof some / sizeof *some && n < due; k++, n++)
                some[k] = fmod((double)n, hz) < WIDTH ? 20000 : 0;
            if (write(fd, some, k * sizeof *some) != (ssize_t)(k * sizeof *some))
                return NULL;
        }
    }
    return NULL;
}

/* The agent's clicks come every second; at which part of a second of the pairs, in ms, mean of the ten before pair
 * `end`. The pairs are the customer's samples, whatever its player does. */
static double phase_ms(size_t end)
{
    double sine = 0, cosine = 0;
    int n = 0;
    for (int i = 0; i < heard.agents; i++) {
        if (heard.agent[i] > end || heard.agent[i] + 10 * RATE < end)
            continue;
        double angle = 2 * M_PI * (double)heard.agent[i] / RATE;
        sine += sin(angle);
        cosine += cos(angle);
        n++;
    }
    assert_true(n >= 5);
    return atan2(sine, cosine) / (2 * M_PI) * 1e3;
}

static void two_clocks_are_one(void **state)
{
    (void)state;
    const char *text = getenv("CLOCKS_S");
    int seconds = text != NULL ? atoi(text) : 3;
    char words[300];
    (void)snprintf(words, sizeof words,
                   "load-module module-pipe-source source_name=microphone file=%s/microphone rate=16000 channels=1 "
                   "format=s16le",
                   folder);
    control(words);
    control("set-default-source microphone");
    control("set-default-sink softphone");
    (void)snprintf(words, sizeof words, "%s/microphone", folder);
    int fd = open(words, O_WRONLY);
    FILE *f = popen("pacat --playback --raw --format=s16le --rate=16000 --channels=1 --device=softphone", "w");
    assert_true(fd >= 0 && f != NULL);
    pthread_t player, speaker;
    atomic_store(&stop, 0);
    assert_int_equal(pthread_create(&player, NULL, play, f), 0);
    assert_int_equal(pthread_create(&speaker, NULL, speak, &fd), 0);

    struct ut_pulse *p = open_both(NULL, NULL); /* both are the defaults */
    if (seconds < SETTLED_S) {
        WAIT_FOR(atomic_load(&heard.customers) >= seconds && atomic_load(&heard.agents) >= seconds);
    } else {
        for (int64_t begin = ut_clock_ms(); ut_clock_ms() - begin < seconds * 1000LL; (void)poll(NULL, 0, 100))
            continue;
    }
    ut_pulse_close(p);
    atomic_store(&stop, 1);
    (void)pthread_join(speaker, NULL);
    (void)pthread_join(player, NULL);
    (void)pclose(f);
    (void)close(fd);
    assert_int_equal(atomic_load(&heard.over), 0);
    if (seconds < 2 * SETTLED_S)
        return;
    double first = phase_ms((size_t)SETTLED_S * RATE), last = phase_ms(heard.pairs);
    double apart = remainder(last - first, 1e3), drift = PPM * 1e-3 * (seconds - SETTLED_S);
    print_message("a microphone %+d ppm fast, %d s: between %d s and the end the parties move by %.2f ms (%.0f ms "
                  "uncorrected)\n",
                  PPM, seconds, SETTLED_S, apart, drift);
    assert_true(fabs(apart) < 0.25 * drift);
}

static void a_server_that_goes_is_named(void **state)
{
    (void)state;
    struct ut_pulse *p = open_both("softphone", "headphones");
    WAIT_FOR(atomic_load(&heard.n) > 0);
    assert_int_equal(server("stop"), 0);
    WAIT_FOR(atomic_load(&heard.over));
    assert_string_equal(ut_pulse_gone(p), "the sound server");
    ut_pulse_close(p);
    struct ut_pulse_source s[UT_PULSE_SOURCES_MAX];
    assert_int_equal(ut_pulse_list(s), 0);
    refused(NULL, NULL, UT_EXIT_NO_DEVICE, "sound: no PulseAudio or PipeWire server for this user");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_are_found),           cmocka_unit_test(what_is_not_there_is_said),
        cmocka_unit_test(a_source_that_goes_is_named), cmocka_unit_test(two_clocks_are_one),
        cmocka_unit_test(a_server_that_goes_is_named),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
