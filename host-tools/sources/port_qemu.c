/* SPDX-License-Identifier: Apache-2.0 */
/* The emulated headset: the firmware in qemu-system-arm, fed with a file or with this machine's microphone.
 *
 * Audio goes in by a FIFO (boards/mps2/README.md). The machine's time counts instructions and stands still while it
 * waits for audio, so the writer of the FIFO sets the pace and the records depend on the samples alone, fast or in real
 * time.
 */
#include "host-tools/sources/mic.h"
#include "host-tools/sources/port.h"
#include "host-tools/system/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    BLOCK = 160,
    POLL_MS = 50,        /* how soon the feeder notices that it should stop */
    EXIT_WAIT_MS = 5000, /* from the end of the records to the end of the process */
    /* boards/mps2/README.md: exit codes of the firmware */
    BOARD_NO_AUDIO = 66,
    BOARD_MODEL_REFUSED = 72
};

struct emulated {
    char dir[UT_PORT_PATH];
    char fifo[UT_PORT_PATH + 16], log[UT_PORT_PATH + 16];
    pid_t pid;
    struct ut_audio *audio; /* NULL = microphone */
    struct ut_mic *mic;
    pthread_t feeder;
    int feeding; /* the feeder thread exists */
    int fast;
    int to; /* write end of the FIFO; -1 until the machine has opened its end */
    atomic_int stop;
    struct ut_fault fault; /* of the feeder */
};

static int readable(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISREG(s.st_mode) && access(path, R_OK) == 0;
}

int ut_port_qemu_is_image(const char *path)
{
    enum { MACHINE = 18, ARM = 40 };
    unsigned char head[20];
    FILE *file = fopen(path, "rb");
    size_t n = file != NULL ? fread(head, 1, sizeof head, file) : 0;
    if (file != NULL)
        (void)fclose(file);
    return n == sizeof head && memcmp(head, "\177ELF", 4) == 0 && head[MACHINE] == ARM && head[MACHINE + 1] == 0;
}

int ut_port_qemu_firmware(char path[UT_PORT_PATH])
{
    static const char *const places[] = {"mps2/undertone.elf", "share/undertone/undertone.elf"};
    const char *named = getenv("UNDERTONE_FIRMWARE");
    if (named != NULL && named[0] != '\0') {
        (void)snprintf(path, UT_PORT_PATH, "%s", named);
        return readable(path) ? 0 : -1;
    }
    char self[UT_PORT_PATH / 2];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    for (int i = 0; i < 2; i++) { /* from the program's folder to the one above */
        char *slash = strrchr(self, '/');
        if (slash != NULL)
            *slash = '\0';
    }
    for (size_t i = sizeof places / sizeof places[0]; i-- > 0;) {
        (void)snprintf(path, UT_PORT_PATH, "%s/%s", self, places[i]);
        if (readable(path))
            return 0;
    }
    return -1;
}

/* The machine's command line takes no spaces and commas in the FIFO's name. */
static int make_dir(struct emulated *e)
{
    const char *base = getenv("TMPDIR");
    if (base == NULL || base[0] != '/' || strpbrk(base, " ,") != NULL || strlen(base) > UT_PORT_PATH / 2)
        base = "/tmp";
    (void)snprintf(e->dir, sizeof e->dir, "%s/undertone-XXXXXX", base);
    if (mkdtemp(e->dir) == NULL) {
        e->dir[0] = '\0';
        return -1;
    }
    (void)snprintf(e->fifo, sizeof e->fifo, "%s/audio", e->dir);
    (void)snprintf(e->log, sizeof e->log, "%s/log", e->dir);
    return mkfifo(e->fifo, 0600);
}

/* Opens the FIFO once the machine reads it. 1 when open. */
static int reach(struct emulated *e)
{
    if (e->to < 0)
        e->to = open(e->fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    return e->to >= 0;
}

static void wait_ms(int64_t ms)
{
    if (ms > 0)
        (void)poll(NULL, 0, (int)ms);
}

/* 0, or -1 when the machine has gone or the port is being closed */
static int put(struct emulated *e, const uint8_t *data, size_t n)
{
    while (n > 0) {
        ssize_t k = write(e->to, data, n);
        if (k > 0) {
            data += k;
            n -= (size_t)k;
            continue;
        }
        if (k < 0 && errno != EAGAIN && errno != EINTR)
            return -1;
        struct pollfd q = {.fd = e->to, .events = POLLOUT};
        (void)poll(&q, 1, POLL_MS);
        if (atomic_load(&e->stop))
            return -1;
    }
    return 0;
}

static void *feed_file(void *arg)
{
    struct emulated *e = arg;
    while (!reach(e)) {
        if (atomic_load(&e->stop))
            return NULL;
        wait_ms(5);
    }
    int64_t start = ut_clock_ms();
    int64_t blocks = 0;
    int16_t pairs[2 * BLOCK];
    uint8_t bytes[4 * BLOCK];
    long n;
    while ((n = ut_audio_read(e->audio, pairs, BLOCK, &e->fault)) > 0 && !atomic_load(&e->stop)) {
        for (long i = 0; i < 2 * n; i++) {
            bytes[2 * i] = (uint8_t)((uint16_t)pairs[i] & 0xFF);
            bytes[2 * i + 1] = (uint8_t)((uint16_t)pairs[i] >> 8);
        }
        blocks++;
        while (!e->fast && ut_clock_ms() < start + 10 * blocks && !atomic_load(&e->stop)) {
            int64_t left = start + 10 * blocks - ut_clock_ms();
            wait_ms(left < POLL_MS ? left : POLL_MS);
        }
        if (put(e, bytes, 4 * (size_t)n) != 0)
            break;
    }
    (void)close(e->to); /* the machine reads the end of the file */
    e->to = -1;
    return NULL;
}

/* A block that does not fit is lost whole: the machine is a second behind by then. */
static int feed_mic(void *ctx, const int16_t *pairs, size_t n, int lost)
{
    struct emulated *e = ctx;
    (void)lost;
    if (n == 0) {
        if (e->to >= 0)
            (void)close(e->to);
        e->to = -1;
        return 1;
    }
    if (reach(e) && write(e->to, pairs, n * 2 * sizeof *pairs) < 0 && errno == EPIPE)
        return 1;
    return 0;
}

static void emulated_close(struct ut_port *p)
{
    struct emulated *e = p->own;
    if (e != NULL) {
        atomic_store(&e->stop, 1);
        if (e->feeding)
            (void)pthread_join(e->feeder, NULL);
        ut_mic_close(e->mic);
        if (e->to >= 0)
            (void)close(e->to);
        if (e->pid > 0) {
            (void)kill(e->pid, SIGKILL);
            while (waitpid(e->pid, NULL, 0) < 0 && errno == EINTR)
                continue;
        }
        if (e->audio != NULL)
            ut_audio_close(e->audio);
        if (e->dir[0] != '\0') {
            (void)unlink(e->fifo);
            (void)unlink(e->log);
            (void)rmdir(e->dir);
        }
        free(e);
        p->own = NULL;
    }
    if (p->fd >= 0)
        (void)close(p->fd);
    p->fd = -1;
}

/* The child's side of spawn: does not return. */
static _Noreturn void become(const struct emulated *e, const char *emulator, const char *firmware, int out)
{
    char config[sizeof e->fifo + 80];
    (void)snprintf(config, sizeof config, "enable=on,target=native,arg=undertone%s,arg=%s",
                   e->audio != NULL ? ",arg=--hold" : "", e->fifo);
    int in = open("/dev/null", O_RDONLY);
    int err = open(e->log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (in >= 0 && err >= 0 && dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(err, 2) == 2) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)signal(SIGPIPE, SIG_DFL);
        (void)signal(SIGXFSZ, SIG_DFL);
        (void)signal(SIGINT, SIG_IGN); /* ^C is for undertone itself, which then ends the machine */
        (void)execlp(emulator, emulator, "-M", "mps2-an386", "-nodefaults", "-display", "none", "-monitor", "none",
                     "-icount", "shift=5,sleep=off", "-semihosting-config", config, "-serial", "stdio", "-kernel",
                     firmware, (char *)NULL);
    }
    _exit(127);
}

static int refuse(struct ut_port *p)
{
    emulated_close(p);
    return UT_PORT_REFUSED;
}

static int emulated_open(struct ut_port *p, struct ut_fault *fault)
{
    const struct ut_port_options *o = p->options;
    char firmware[UT_PORT_PATH];
    int missing = 0;
    if (o->firmware != NULL) {
        (void)snprintf(firmware, sizeof firmware, "%s", o->firmware);
        missing = !readable(firmware);
    } else {
        missing = ut_port_qemu_firmware(firmware) != 0;
    }
    if (missing) {
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                           "%s: no firmware there; build it with `make firmware`, or name it with --firmware",
                           firmware);
        return UT_PORT_REFUSED;
    }
    if (!ut_port_qemu_is_image(firmware)) {
        (void)ut_fault_set(fault, UT_EXIT_MISSING,
                           "%s: no firmware image (an ELF file for ARM); build it with `make firmware`", firmware);
        return UT_PORT_REFUSED;
    }
    struct emulated *e = calloc(1, sizeof *e);
    if (e == NULL) {
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "emulated headset: out of memory; close other programs");
        return UT_PORT_REFUSED;
    }
    e->to = -1;
    e->fast = o->fast;
    p->own = e;
    if (p->file != NULL) {
        static const struct ut_audio_reading how = {.doubts = true};
        e->audio = ut_audio_open_as(p->file, o->choice, &how, fault);
        if (e->audio == NULL)
            return refuse(p);
        p->unheard = ut_audio_unheard(e->audio);
        p->alone = ut_audio_alone(o->choice, p->unheard);
        (void)snprintf(p->sound, sizeof p->sound, "%s", ut_audio_sound(e->audio));
    }
    int out[2];
    if (make_dir(e) != 0 || pipe(out) != 0) {
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "emulated headset: no room for its FIFO (%s); set TMPDIR",
                           strerror(errno));
        return refuse(p);
    }
    for (int i = 0; i < 2; i++)
        (void)fcntl(out[i], F_SETFD, FD_CLOEXEC);
    (void)fcntl(out[0], F_SETFL, O_NONBLOCK);
    const char *emulator = o->emulator != NULL ? o->emulator : "qemu-system-arm";
    e->pid = fork();
    if (e->pid == 0)
        become(e, emulator, firmware, out[1]);
    (void)close(out[1]);
    p->fd = out[0];
    if (e->pid < 0) {
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "emulated headset: cannot start (%s)", strerror(errno));
        return refuse(p);
    }
    if (e->audio != NULL) {
        e->feeding = pthread_create(&e->feeder, NULL, feed_file, e) == 0;
        if (!e->feeding) {
            (void)ut_fault_set(fault, UT_EXIT_FAILURE, "emulated headset: no thread for its audio");
            return refuse(p);
        }
    } else {
        e->mic = ut_mic_open(o->audio_input, o->choice, feed_mic, e, fault);
        if (e->mic == NULL) {
            int again = fault->code == UT_EXIT_NO_DEVICE;
            emulated_close(p);
            return again ? UT_PORT_ABSENT : UT_PORT_REFUSED;
        }
        p->unheard = ut_mic_unheard(e->mic);
        p->alone = ut_audio_alone(o->choice, p->unheard);
    }
    return UT_PORT_OPEN;
}

static void last_line(const char *path, char *line, size_t size)
{
    char text[256];
    line[0] = '\0';
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return;
    while (fgets(text, sizeof text, f) != NULL) {
        text[strcspn(text, "\r\n")] = '\0';
        if (text[0] != '\0')
            (void)snprintf(line, size, "%s", text);
    }
    (void)fclose(f);
}

static int emulated_ended(struct ut_port *p, struct ut_fault *fault)
{
    struct emulated *e = p->own;
    int status = 0;
    pid_t got = 0;
    for (int64_t until = ut_clock_ms() + EXIT_WAIT_MS; got == 0 && ut_clock_ms() < until;) {
        got = waitpid(e->pid, &status, WNOHANG);
        if (got == 0)
            wait_ms(5);
    }
    if (got == 0) {
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "emulated headset: closed its link but did not end; try again");
        return UT_PORT_FAILED;
    }
    e->pid = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        if (e->fault.code == 0)
            return UT_PORT_ENDED;
        *fault = e->fault;
        return UT_PORT_FAILED;
    }
    char reason[256];
    last_line(e->log, reason, sizeof reason);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    if (code == 127)
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: cannot be run; install it (apt-get install qemu-system-arm)",
                           p->options->emulator != NULL ? p->options->emulator : "qemu-system-arm");
    else if (code == BOARD_MODEL_REFUSED)
        (void)ut_fault_set(fault, UT_EXIT_FEATURES, "emulated headset: %s; build firmware and model together", reason);
    else if (WIFSIGNALED(status))
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "emulated headset: killed by signal %d; try again",
                           WTERMSIG(status));
    else
        (void)ut_fault_set(fault, code == BOARD_NO_AUDIO ? UT_EXIT_NO_DEVICE : UT_EXIT_FAILURE,
                           "emulated headset: ended with code %d (%s); run `undertone doctor`", code, reason);
    return UT_PORT_FAILED;
}

static const struct ut_port_kind QEMU = {
    .what = "emulated headset", .open = emulated_open, .close = emulated_close, .ended = emulated_ended};

void ut_port_qemu(struct ut_port *p, const char *file, const struct ut_port_options *o)
{
    memset(p, 0, sizeof *p);
    p->kind = &QEMU;
    p->fd = -1;
    p->file = file;
    p->options = o;
    (void)snprintf(p->name, sizeof p->name, "%s", file != NULL ? file : "microphone");
}
