/* SPDX-License-Identifier: Apache-2.0 */
/* boards/board.h for a Linux process: a thread stands in for the audio interrupt, a pseudo-terminal for the UART. */
#define _GNU_SOURCE
#include "boards/board.h"

#include "boards/desk/options.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK_FRAMES = 160, BLOCK_MS = 10, RETRY_US = 2000, WATCHDOG_S = 5, DEAD_LINK_S = 2, SETTLE_US = 20000 };

const char board_name[4] = {'d', 'e', 's', 'k'};

static struct {
    board_audio_fn *fn;
    void *ctx;
    int fd;
    atomic_int stop, ended;
    uint32_t ended_us;  /* by the machine's clock */
    atomic_uint blocks; /* read so far: the clock of the fault options */
} audio;

static struct {
    int fd;
    int two_way; /* a terminal; a file or FIFO would give back what was written */
    int keep;    /* our own hold on the pseudo-terminal's far side, so that a reader may come and go; 0 = none */
    uint32_t sent;
    uint32_t taken_us; /* when the far side last took something */
} line;

static int controller = -1; /* socket of the Bluetooth controller */

/* The non-volatile memory and its file. */
static uint8_t store[BOARD_STORE_PAGES][BOARD_STORE_PAGE_BYTES];
static int store_fd = -1;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;  /* to the main loop: an "interrupt" came */
static pthread_cond_t slept = PTHREAD_COND_INITIALIZER; /* to the audio thread: the main loop has nothing to do */
static int event, idle;

static uint32_t machine_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint32_t)((uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000);
}

static void raise_event(void)
{
    pthread_mutex_lock(&lock);
    event = 1;
    idle = 0;
    pthread_cond_signal(&wake);
    pthread_mutex_unlock(&lock);
}

static int open_terminal(void)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY);
    const char *name;
    struct termios raw;
    if (fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0 || (name = ptsname(fd)) == NULL)
        return -1;
    line.keep = open(name, O_RDWR | O_NOCTTY);
    if (line.keep < 0 || tcgetattr(line.keep, &raw) != 0)
        return -1;
    cfmakeraw(&raw);
    if (tcsetattr(line.keep, TCSANOW, &raw) != 0)
        return -1;
    printf("%s\n", name);
    fflush(stdout);
    return fd;
}

/* A file that is new or too short reads as a memory that nobody has written yet. */
static int open_store(void)
{
    const char *name = ut_desk_options.store;
    memset(store, 0xFF, sizeof store);
    if (name == NULL)
        return 0;
    store_fd = open(name, O_RDWR | O_CREAT, 0666);
    if (store_fd < 0 || pread(store_fd, store, sizeof store, 0) < 0 ||
        pwrite(store_fd, store, sizeof store, 0) != (ssize_t)sizeof store) {
        fprintf(stderr, "%s: %s\n", name, strerror(errno));
        return -1;
    }
    return 0;
}

int board_init(void)
{
    const char *name = ut_desk_options.link;
    signal(SIGPIPE, SIG_IGN);
    if (open_store() != 0)
        return -1;
    if (name == NULL)
        line.fd = open_terminal();
    else if (strcmp(name, "-") == 0)
        line.fd = dup(STDOUT_FILENO);
    else
        line.fd = open(name, O_RDWR | O_NOCTTY | O_CREAT | O_TRUNC, 0666);
    if (line.fd < 0) {
        fprintf(stderr, "link: %s\n", strerror(errno));
        return -1;
    }
    line.two_way = isatty(line.fd);
    /* A plain file or pipe may be shared with others: only the terminal is set non-blocking. */
    if (name == NULL)
        fcntl(line.fd, F_SETFL, fcntl(line.fd, F_GETFL) | O_NONBLOCK);
    board_watchdog_feed();
    return 0;
}

/* Waits until block `n` is due, or in fast mode until the main loop has taken the last one. */
static void pace(uint32_t n, const struct timespec *start)
{
    if (ut_desk_options.fast) {
        pthread_mutex_lock(&lock);
        while (!idle)
            pthread_cond_wait(&slept, &lock);
        pthread_mutex_unlock(&lock);
        return;
    }
    uint64_t ns = (uint64_t)start->tv_nsec + (uint64_t)n * BLOCK_MS * 1000000;
    struct timespec due = {start->tv_sec + (time_t)(ns / 1000000000), (long)(ns % 1000000000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
        continue;
}

static size_t read_block(int16_t *block, size_t bytes)
{
    size_t got = 0;
    while (got < bytes) {
        ssize_t n = read(audio.fd, (char *)block + got, bytes - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            board_panic(66, "the audio source cannot be read");
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return got;
}

static void *audio_thread(void *unused)
{
    (void)unused;
    int16_t block[2 * BLOCK_FRAMES];
    struct timespec start;
    size_t got = sizeof block;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (uint32_t n = 1; got == sizeof block && !atomic_load(&audio.stop); n++) {
        got = read_block(block, sizeof block);
        pace(n, &start);
        uint32_t drop = ut_desk_options.drop_block;
        if (got >= 4 && (drop == 0 || n % drop != 0))
            audio.fn(audio.ctx, block, got / 4);
        atomic_store(&audio.blocks, n);
        raise_event();
    }
    audio.fn(audio.ctx, NULL, 0);
    audio.ended_us = machine_us();
    atomic_store(&audio.ended, 1);
    raise_event();
    return NULL;
}

int board_audio_start(board_audio_fn *fn, void *ctx)
{
    const char *name = ut_desk_options.audio;
    pthread_t thread;
    audio.fn = fn;
    audio.ctx = ctx;
    audio.fd = strcmp(name, "-") == 0 ? dup(STDIN_FILENO) : open(name, O_RDONLY);
    if (audio.fd < 0) {
        fprintf(stderr, "%s: %s\n", name, strerror(errno));
        return -1;
    }
    return pthread_create(&thread, NULL, audio_thread, NULL) == 0 && pthread_detach(thread) == 0 ? 0 : -1;
}

void board_audio_stop(void)
{
    atomic_store(&audio.stop, 1);
}

static int stalled(void)
{
    uint32_t now_ms = BLOCK_MS * atomic_load(&audio.blocks);
    return !atomic_load(&audio.ended) && now_ms >= ut_desk_options.stall_at_ms &&
           now_ms - ut_desk_options.stall_at_ms < ut_desk_options.stall_ms;
}

/* Bytes written now; 0 when the far side takes none. */
static size_t put(const uint8_t *data, size_t len)
{
    struct pollfd far = {.fd = line.fd, .events = POLLOUT};
    if (poll(&far, 1, 0) != 1 || (far.revents & POLLOUT) == 0)
        return 0;
    ssize_t n = write(line.fd, data, len);
    return n > 0 ? (size_t)n : 0;
}

size_t board_link_write(const uint8_t *data, size_t len)
{
    uint8_t bytes[64];
    size_t n = len < sizeof bytes ? len : sizeof bytes;
    uint32_t every = ut_desk_options.corrupt_byte;
    if (stalled())
        return 0;
    for (size_t i = 0; i < n; i++)
        bytes[i] = every != 0 && (line.sent + i + 1) % every == 0 ? data[i] ^ 0x10 : data[i];
    n = put(bytes, n);
    line.sent += (uint32_t)n;
    if (n > 0 || !atomic_load(&audio.ended))
        line.taken_us = machine_us();
    else if (machine_us() - line.taken_us > DEAD_LINK_S * 1000000U)
        return len; /* nobody reads any more: let the orderly end come */
    return n;
}

size_t board_link_read(uint8_t *data, size_t len)
{
    struct pollfd far = {.fd = line.fd, .events = POLLIN};
    if (!line.two_way || poll(&far, 1, 0) != 1 || (far.revents & POLLIN) == 0)
        return 0;
    ssize_t n = read(line.fd, data, len);
    return n > 0 ? (size_t)n : 0;
}

/* A pseudo-terminal forgets what was not read when we go; a file or pipe has what it took. */
int board_link_busy(void)
{
    int unread = 0;
    uint32_t quiet_us = machine_us() - line.taken_us;
    if (line.keep == 0 || quiet_us > DEAD_LINK_S * 1000000U)
        return 0;
    return quiet_us < SETTLE_US || (ioctl(line.keep, FIONREAD, &unread) == 0 && unread > 0);
}

static int connect_to(const char *name)
{
    const char *colon = strrchr(name, ':');
    struct sockaddr_un path = {.sun_family = AF_UNIX};
    if (colon == NULL) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (strlen(name) >= sizeof path.sun_path)
            return -1;
        memcpy(path.sun_path, name, strlen(name));
        if (fd >= 0 && connect(fd, (const struct sockaddr *)&path, sizeof path) == 0)
            return fd;
        close(fd);
        return -1;
    }
    char host[256];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    if ((size_t)(colon - name) >= sizeof host)
        return -1;
    memcpy(host, name, (size_t)(colon - name));
    host[colon - name] = '\0';
    if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
        return -1;
    int fd = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

int board_hci_open(void)
{
    static int opened;
    const char *name = ut_desk_options.hci;
    if (name == NULL)
        return -1;
    if (controller >= 0)
        close(controller);
    controller = connect_to(name);
    if (controller < 0 && !opened) {
        fprintf(stderr, "%s: no Bluetooth controller answers there\n", name);
        board_panic(69, "the controller of --hci cannot be opened");
    }
    opened = 1;
    if (controller >= 0)
        fcntl(controller, F_SETFL, fcntl(controller, F_GETFL) | O_NONBLOCK);
    return controller >= 0 ? 0 : -1;
}

size_t board_hci_write(const uint8_t *data, size_t len)
{
    ssize_t n = controller >= 0 ? write(controller, data, len) : 0;
    return n > 0 ? (size_t)n : 0;
}

size_t board_hci_read(uint8_t *data, size_t len)
{
    ssize_t n = controller >= 0 ? read(controller, data, len) : 0;
    return n > 0 ? (size_t)n : 0;
}

enum board_pairing board_pairing(void)
{
    return ut_desk_options.pairing;
}

void board_pairing_show(uint32_t code)
{
    if (code == BOARD_CODE_HIDE)
        fputs("pairing code hidden\n", stderr);
    else
        fprintf(stderr, "pairing code %06u\n", (unsigned)code);
}

int board_pairing_confirmed(void)
{
    return !ut_desk_options.disagree;
}

enum board_wish board_wish(void)
{
    enum board_wish wish = ut_desk_options.wish;
    if (wish == BOARD_WISH_FORGET)
        ut_desk_options.wish = BOARD_WISH_NONE;
    return wish;
}

void board_pairing_mode(int open)
{
    fputs(open ? "pairing open\n" : "pairing closed\n", stderr);
}

/* The clock that counts the audio goes on with the machine's when the audio has ended. */
uint32_t board_time_us(void)
{
    if (!ut_desk_options.audio_clock)
        return machine_us();
    uint32_t after = atomic_load(&audio.ended) ? machine_us() - audio.ended_us : 0;
    return ut_desk_options.clock_us + BLOCK_MS * 1000 * atomic_load(&audio.blocks) + after;
}

void board_idle(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += RETRY_US * 1000; /* a terminal gives no interrupt when it has room again */
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&lock);
    if (!event) {
        idle = 1;
        pthread_cond_signal(&slept);
        pthread_cond_timedwait(&wake, &lock, &until);
    }
    event = 0;
    pthread_mutex_unlock(&lock);
}

/* SIGALRM is the watchdog: its default action ends the process. */
void board_watchdog_feed(void)
{
    alarm(WATCHDOG_S);
}

int board_random(uint8_t *to, size_t len)
{
    return getrandom(to, len, 0) == (ssize_t)len ? 0 : -1;
}

/* A line on stderr for a light. */
void board_cue(int cue)
{
    static int shown;
    if (cue != shown)
        fprintf(stderr, "cue %d\n", cue);
    shown = cue;
}

uint8_t board_battery(void)
{
    return 255;
}

void board_store_read(unsigned page, size_t at, void *to, size_t len)
{
    memcpy(to, store[page] + at, len);
}

static int save_store(unsigned page, size_t at, size_t len)
{
    off_t where = (off_t)(page * BOARD_STORE_PAGE_BYTES + at);
    return store_fd < 0 || pwrite(store_fd, store[page] + at, len, where) == (ssize_t)len ? 0 : -1;
}

int board_store_erase(unsigned page)
{
    memset(store[page], 0xFF, BOARD_STORE_PAGE_BYTES);
    return save_store(page, 0, BOARD_STORE_PAGE_BYTES);
}

int board_store_write(unsigned page, size_t at, const void *from, size_t len)
{
    const uint8_t *bytes = from;
    for (size_t i = 0; i < len; i++)
        store[page][at + i] &= bytes[i];
    return save_store(page, at, len);
}

/* A process starts once. */
void board_crash(struct board_crash *crash)
{
    *crash = (struct board_crash){.cause = BOARD_RESET_POWER, .boots = 1};
}

void board_mark(uint32_t mark)
{
    (void)mark;
}

_Noreturn void board_reset(void)
{
    board_panic(0, "reset");
}

_Noreturn void board_panic(int code, const char *reason)
{
    fprintf(stderr, "%s\n", reason);
    exit(code);
}
