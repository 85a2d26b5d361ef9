/* SPDX-License-Identifier: Apache-2.0 */
/* Where link bytes come from: a serial line, a TCP peer, Bluetooth, the emulated headset, or this machine's own sound.
 *
 * out    framed records (firmware/wire.h) as a byte stream on a file descriptor that poll() understands
 * errors host-tools/system/fault.h: a line that names the port and says what to do
 * A kind is one file port_<kind>.c. Nothing here interprets the bytes. SIGPIPE must be ignored by the program.
 */
#ifndef UT_HOST_PORT_H
#define UT_HOST_PORT_H

#include "host-tools/sources/audio_file.h"
#include "host-tools/system/fault.h"
#include "host-tools/system/identity.h"

#include <stddef.h>
#include <stdint.h>

enum { UT_PORT_NAME = 256, UT_PORT_PATH = 1024, UT_PORT_OPEN_WAIT_MS = 5000, UT_PORT_NO_RSSI = 127 };

enum ut_port_open {
    UT_PORT_OPEN = 0,
    UT_PORT_OPENING = 1,  /* call ut_port_open again later; only from kinds that retry */
    UT_PORT_ABSENT = -1,  /* nothing there now; may come back */
    UT_PORT_REFUSED = -2, /* waiting does not help: bad name, missing program, unreadable file */
    UT_PORT_BUSY = -3     /* another program has it */
};

enum ut_port_read {
    UT_PORT_NOTHING = 0, /* no bytes now; > 0: bytes read */
    UT_PORT_VANISHED = -1,
    UT_PORT_ENDED = -2, /* orderly end: nothing more will come */
    UT_PORT_FAILED = -3 /* the source itself failed and will not come back */
};

struct ut_port;

struct ut_port_kind {
    const char *what; /* "serial port", ... for messages */
    int (*open)(struct ut_port *p, struct ut_fault *fault);
    void (*close)(struct ut_port *p);
    /* at the end of the stream: VANISHED, ENDED or FAILED, and *fault; NULL = always VANISHED */
    int (*ended)(struct ut_port *p, struct ut_fault *fault);
    int takes;        /* 1 = a headset, which takes requests while its stream is read */
    int renumbers;    /* a link that comes back gives its records new numbers: ut_session_relink */
    int open_wait_ms; /* how long OPENING may last; 0 = UT_PORT_OPEN_WAIT_MS */
    /* signal strength in dBm, or UT_PORT_NO_RSSI; NULL = not a radio */
    int (*rssi_dbm)(const struct ut_port *p);
    /* takes whole frames, and never waits; NULL = bytes go to fd */
    int (*write)(struct ut_port *p, const uint8_t *data, size_t n, struct ut_fault *fault);
};

/* What --qemu, --mic and the pair of --customer-input and --agent-input may be told. */
struct ut_port_options {
    const char *firmware;       /* ELF of the emulated headset; NULL = found by ut_port_qemu_firmware */
    const char *emulator;       /* NULL = qemu-system-arm */
    const char *audio_input;    /* part of the name of an audio input; NULL = the system's default */
    const char *customer_input; /* sound sources, as ut_pulse_open takes them; NULL = the system's default */
    const char *agent_input;
    struct ut_audio_choice choice; /* channels of a file or an input */
    int fast;                      /* a file goes as fast as the emulator can, not in real time */
};

struct ut_port {
    const struct ut_port_kind *kind;
    char name[UT_PORT_NAME]; /* device path, HOST:PORT, file, ... */
    int fd;                  /* -1 while closed */
    const char *file;        /* of the emulated headset; NULL = microphone */
    const struct ut_port_options *options;
    char sound[UT_IDENTITY_UUID]; /* of the emulated headset's file from its opening on (audio_file.h); "" = no file */
    unsigned
        unheard; /* from its opening on: parties whose sound a file or an input lacks, 1 the customer, 2 the agent */
    const char *alone; /* of ut_audio_alone; NULL also where a headset compares its channels itself */
    void *own;         /* the kind's own state, from open to close; of what went and may come back, to a second close */
};

/* Each fills p; nothing is opened yet. Names, files and options outlive p. */
void ut_port_serial(struct ut_port *p, const char *device);
void ut_port_tcp(struct ut_port *p, const char *host_port);
void ut_port_ble(struct ut_port *p, const char *who);         /* address or name; NULL = the only one */
void ut_port_ble_control(struct ut_port *p, const char *who); /* requests and replies instead of the stream */
void ut_port_ble_update(struct ut_port *p, const char *who);  /* update packets as they are, both ways */
void ut_port_qemu(struct ut_port *p, const char *file, const struct ut_port_options *o); /* file NULL = microphone */
void ut_port_mic(struct ut_port *p, const struct ut_port_options *o);
void ut_port_inputs(struct ut_port *p, const struct ut_port_options *o); /* two sound sources, one for each party */

/* Where the emulated headset's program is: UNDERTONE_FIRMWARE, or beside this program in the build or the installation.
 * 0 and path filled, or -1 when no such file can be read; path then holds the first place looked at. */
int ut_port_qemu_firmware(char path[UT_PORT_PATH]);

/* 1 when the file can be read and is an ELF program for ARM. */
int ut_port_qemu_is_image(const char *path);

/* enum ut_port_open; *fault when negative. */
int ut_port_open(struct ut_port *p, struct ut_fault *fault);

/* Takes what is there, at most n bytes; never waits. Bytes read, or enum ut_port_read, *fault when negative. */
int ut_port_read(struct ut_port *p, uint8_t *data, size_t n, struct ut_fault *fault);

/* Drops what has come so far. Safe on a closed port. */
void ut_port_forget(struct ut_port *p);

/* Gives whole frames to a serial port, a TCP peer or a headset's control, or an update packet to the port for these,
 * waiting a second at most for room. 0, or -1 and *fault. */
int ut_port_write(struct ut_port *p, const uint8_t *data, size_t n, struct ut_fault *fault);

/* The same at once or not at all: 0, or -1 where there is no room now. */
int ut_port_offer(struct ut_port *p, const uint8_t *data, size_t n);

/* Signal strength in dBm, or UT_PORT_NO_RSSI. */
int ut_port_rssi_dbm(const struct ut_port *p);

/* Safe on a closed port. The port can be opened again. */
void ut_port_close(struct ut_port *p);

#endif
