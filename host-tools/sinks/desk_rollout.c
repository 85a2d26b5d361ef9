/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/desk_rollout.h"

#include "host-tools/sinks/webhook.h"
#include "host-tools/system/loopback.h"
#include "host-tools/system/output.h"
#include "host-tools/system/pause.h"
#include "host-tools/system/utf8.h"
#include "host-tools/system/web_client.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAUSE_MS = 1000, COMES_MS = 20, IDLE_MS = 1000, URL = UT_FLOOR_FROM + 100 };

/* What is on its way. */
struct fetch {
    bool on;
    struct ut_rollout r;
    char note[UT_NOTE_MAX], from[UT_FLOOR_FROM], url[URL];
    int file;           /* which one; -1 = the manifest is yet to be kept */
    int64_t until, due; /* given up then, and tried next */
    int vain;           /* attempts in a row that brought nothing */
    bool late;          /* it was tried in vain for so long that it is tried seldom, and gives way to another */
    bool other;         /* the whole of a file was another than was signed */
    struct ut_web_file *web;
    int fd; /* of the part */
    uint32_t there;
    bool longer, came; /* than the manifest says; something did */
    int disk;          /* errno of the part */
    char why[UT_FLOOR_WHY];
};

struct ut_desk_rollout {
    struct ut_desk_rollout_hooks hooks;
    const struct ut_config *config;
    ut_desk_rollout_release *release;
    struct ut_note_verifier verifier;
    char folder[UT_CONFIG_PATH_BYTES];
    int lock;
    struct ut_config settings; /* of this start */
    struct ut_rollout_kept kept;
    uint32_t began[UT_ROLLOUT_KINDS]; /* what they go by */
    uint32_t meant[UT_ROLLOUT_KINDS]; /* what was in force when it began, which they may be in the way of */
    bool trial;                       /* it is one of what is tried */
    bool back;                        /* that has to be put back, and why */
    bool aside;                       /* what this desk sets itself is in the way of what is in force, and why */
    char why[UT_ROLLOUT_WHY];
    struct ut_floor_rollout heard[UT_RINGS]; /* number 0 = nothing that is yet to be looked at */
    bool here[UT_RINGS];                     /* by a broker on this machine */
    uint32_t older;                          /* the last one that is older than what came out here, and was said */
    uint32_t foreign;                        /* the number of the last one that was not signed for this desk */
    int64_t foreign_due;                     /* before that no other is looked at: nobody floods the record */
    struct fetch fetch;
    int64_t confirm_ms, up_since; /* -1 = not up */
    int64_t retry;                /* nothing is done before, after what could not be written */
    bool failing;                 /* remarked upon */
    bool connected;               /* once at least */
    char recorded[40];            /* what is on record and yet to be done; "" = nothing */
    bool said;
    atomic_bool again;
    pthread_mutex_t mutex;
    struct ut_desk_rollout_view view; /* under the mutex where it is written */
};

/* 0, or -1: another program has it, or it cannot be made. */
static int lock_folder(struct ut_desk_rollout *d, struct ut_fault *fault)
{
    char path[UT_CONFIG_PATH_BYTES + 8];
    (void)snprintf(path, sizeof path, "%s/lock", d->folder);
    ut_output_make_folders(path);
    d->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (d->lock >= 0 && flock(d->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    return ut_fault_set(fault, UT_EXIT_FAILURE, "roll-outs are not listened to: %s (%s)", path,
                        errno == EWOULDBLOCK ? "another live has it; give [fleet] folder another" : strerror(errno));
}

static enum ut_floor_rollout_state state_of(enum ut_rollout_course course)
{
    return course == UT_ROLLOUT_CONFIRMED  ? UT_FLOOR_CONFIRMED
           : course == UT_ROLLOUT_REFUSED  ? UT_FLOOR_REFUSED
           : course == UT_ROLLOUT_REVERTED ? UT_FLOOR_REVERTED
                                           : UT_FLOOR_TRYING;
}

static void report(struct ut_desk_rollout *d, uint32_t number, enum ut_floor_rollout_state state, const char *why)
{
    (void)pthread_mutex_lock(&d->mutex);
    struct ut_floor_rollout_report *r = &d->view.report;
    *r = (struct ut_floor_rollout_report){.number = number, .state = state};
    (void)snprintf(r->why, sizeof r->why, "%.200s", why);
    (void)snprintf(r->boot, sizeof r->boot, "%s", d->hooks.boot != NULL ? d->hooks.boot : "");
    (void)pthread_mutex_unlock(&d->mutex);
    d->said = false;
}

/* Every `from` of a text becomes `to`, which is no longer. */
static void shorten(char *text, const char *from, const char *to)
{
    size_t n = strlen(from), k = strlen(to);
    for (char *at = text; n > 1 && (at = strstr(at, from)) != NULL; at += k) {
        memcpy(at, to, k);
        memmove(at + k, at + n, strlen(at + n) + 1);
    }
}

/* A fault's text as others may read it: one line, and where this desk's user keeps his files is nobody's business. */
static void say_why(const struct ut_desk_rollout *d, const char *text, char why[UT_ROLLOUT_WHY])
{
    struct ut_fault f = {0};
    char folder[UT_CONFIG_PATH_BYTES + 2];
    const char *home = getenv("HOME");
    (void)snprintf(f.text, sizeof f.text, "%s", text);
    (void)snprintf(folder, sizeof folder, "%s/", d->folder);
    shorten(f.text, folder, "");
    if (home != NULL)
        shorten(f.text, home, "~");
    (void)snprintf(why, UT_ROLLOUT_WHY, "%.200s", f.text);
    ut_utf8_clean(why);
}

static void remark(struct ut_desk_rollout *d, const char *text)
{
    if (d->hooks.remark != NULL)
        d->hooks.remark(d->hooks.remark_ctx, text);
}

/* The firmware that `undertone update` takes, for the page. */
static void see_firmware(struct ut_desk_rollout *d)
{
    char path[UT_CONFIG_PATH_BYTES];
    struct ut_fault ignored = {0};
    const char *name = ut_rollout_kept_firmware(d->config, path, &ignored) > 0 ? strrchr(path, '/') + 1 : "";
    (void)pthread_mutex_lock(&d->mutex);
    (void)snprintf(d->view.firmware, sizeof d->view.firmware, "%s", name);
    (void)pthread_mutex_unlock(&d->mutex);
}

/* What came of the folder is what is so: live begins again when its settings are others. */
static void see_kept(struct ut_desk_rollout *d)
{
    bool other = d->kept.in_force[UT_ROLLOUT_SETTINGS] != d->meant[UT_ROLLOUT_SETTINGS] ||
                 d->kept.in_force[UT_ROLLOUT_PACK] != d->meant[UT_ROLLOUT_PACK];
    atomic_store(&d->again, other);
    see_firmware(d);
    ut_rollout_kept_sweep(d->folder, &d->kept, d->fetch.on ? d->fetch.r.number : 0);
}

/* Whose fault it is: of what was signed, or of what this desk sets itself, which then stands before the reason. */
static bool is_own_fault(const struct ut_config *config, const uint32_t number[UT_ROLLOUT_KINDS], struct ut_fault *why)
{
    struct ut_fault alone = {0};
    char text[sizeof why->text];
    if (ut_rollout_kept_alone(config, number, &alone) != 0)
        return false;
    memcpy(text, why->text, sizeof text);
    (void)snprintf(why->text, sizeof why->text, "%s%.500s", UT_FLOOR_OWN_SETTINGS, text);
    return true;
}

/* Whether what is in force is what this start goes by; else why not, and whether it is put back for good. */
static bool may_begin(struct ut_desk_rollout *d, const struct ut_config *config)
{
    struct ut_rollout_kept *k = &d->kept;
    struct ut_fault why = {0};
    bool tried = k->course == UT_ROLLOUT_TRYING;
    if (tried && k->begun >= UT_ROLLOUT_BEGINS) {
        d->back = true;
        (void)ut_fault_set(&why, UT_EXIT_REVERTED, "did not stay up");
    } else if (ut_rollout_kept_try(&d->settings, config->file, k->in_force, &why) != 0) {
        d->aside = is_own_fault(config, k->in_force, &why); /* which may be mended: then it is in force again */
        d->back = !d->aside;
    } else {
        k->begun += tried;
        d->trial = tried && ut_rollout_kept_write(d->folder, k, &why) == 0; /* what cannot be counted is not tried */
    }
    say_why(d, why.text, d->why);
    return why.code == 0;
}

/* Settings of this start. 0, or -1 and *fault. */
static int begin_with(struct ut_desk_rollout *d, const struct ut_config *config, struct ut_fault *fault)
{
    struct ut_fault ignored = {0};
    memcpy(d->began, d->kept.in_force, sizeof d->began);
    memcpy(d->meant, d->kept.in_force, sizeof d->meant);
    if (may_begin(d, config))
        return 0;
    memcpy(d->began, d->kept.before, sizeof d->began);
    int r = ut_rollout_kept_try(&d->settings, config->file, d->began, &ignored);
    if (r != 0) {
        memset(d->began, 0, sizeof d->began);
        r = ut_rollout_kept_try(&d->settings, config->file, d->began, fault);
    }
    if (d->back)
        memcpy(d->meant, d->began, sizeof d->meant);
    return r;
}

static int begin(struct ut_desk_rollout *d, const struct ut_config **config, struct ut_fault *fault)
{
    const char *seconds = ut_config_text(*config, "fleet", "confirm_s");
    char *end;
    long s = strtol(seconds, &end, 10);
    if (end == seconds || *end != '\0' || s < 1 || s > 3600)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "[fleet] confirm_s = %s: give 1 to 3600", seconds);
    if (ut_note_verifier_parse(&d->verifier, ut_config_text(*config, "fleet", "verifier")) != 0)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "[fleet] verifier: is none; give NAME+HASH+KEY");
    d->confirm_ms = 1000 * (int64_t)s;
    struct ut_fault why = {0};
    if (ut_rollout_kept_read(d->folder, &d->kept, &why) != 0)
        ut_note("%s", why.text); /* what is announced is taken anew */
    if (begin_with(d, *config, fault) != 0)
        return -1;
    *config = d->config = &d->settings;
    if (d->kept.number != 0)
        report(d, d->kept.number, state_of(d->kept.course), d->kept.why);
    if (d->aside)
        report(d, d->kept.taken, UT_FLOOR_REVERTED, d->why);
    if (!d->back && d->why[0] != '\0')
        ut_note("what was rolled out is not in force in this run: %s", d->why);
    see_firmware(d);
    return 0;
}

struct ut_desk_rollout *ut_desk_rollout_new(const struct ut_config **config, ut_desk_rollout_release *release,
                                            struct ut_fault *fault)
{
    struct ut_fault held = {0};
    if (ut_config_text(*config, "fleet", "verifier")[0] == '\0')
        return NULL;
    struct ut_desk_rollout *d = calloc(1, sizeof *d);
    if (d == NULL || pthread_mutex_init(&d->mutex, NULL) != 0) {
        free(d);
        (void)ut_fault_no_memory(fault);
        return NULL;
    }
    d->release = release;
    d->fetch.fd = -1;
    d->up_since = -1;
    d->said = true;
    ut_rollout_kept_folder(*config, d->folder);
    if (lock_folder(d, &held) == 0 && begin(d, config, fault) == 0)
        return d;
    if (held.code != 0)
        ut_note("%s", held.text);
    ut_desk_rollout_free(d);
    return NULL;
}

void ut_desk_rollout_ended(struct ut_desk_rollout *d, bool in_order)
{
    struct ut_fault ignored = {0};
    if (d == NULL || !d->trial || d->kept.course != UT_ROLLOUT_TRYING || (!in_order && d->connected))
        return;
    d->kept.begun--;
    (void)ut_rollout_kept_write(d->folder, &d->kept, &ignored); /* else it counts */
}

static void close_part(struct fetch *f)
{
    ut_web_file_end(f->web);
    f->web = NULL;
    if (f->fd >= 0)
        (void)close(f->fd);
    f->fd = -1;
}

void ut_desk_rollout_free(struct ut_desk_rollout *d)
{
    if (d == NULL)
        return;
    close_part(&d->fetch);
    if (d->lock >= 0)
        (void)close(d->lock);
    (void)pthread_mutex_destroy(&d->mutex);
    free(d);
}

void ut_desk_rollout_hooks(struct ut_desk_rollout *d, const struct ut_desk_rollout_hooks *hooks)
{
    d->hooks = *hooks;
    if (d->view.report.number != 0)
        (void)snprintf(d->view.report.boot, sizeof d->view.report.boot, "%s", hooks->boot);
    d->said = d->view.report.number == 0;
}

void ut_desk_rollout_hear(struct ut_desk_rollout *d, enum ut_rollout_ring ring, const char *bytes, size_t n, bool here)
{
    struct ut_floor_rollout heard;
    if (ut_floor_rollout_parse(bytes, n, &heard) != 0)
        return;
    d->heard[ring] = heard;
    d->here[ring] = here;
}

/* On record, once. 0, or -1. */
static int record(struct ut_desk_rollout *d, const char *kind, uint32_t number, const char *why,
                  const struct ut_rollout *r)
{
    char what[sizeof d->recorded];
    struct ut_fault fault = {0};
    (void)snprintf(what, sizeof what, "%s %" PRIu32, kind, number);
    if (strcmp(what, d->recorded) == 0)
        return 0;
    json_t *more = json_pack("{s:I}", "Number", (json_int_t)number), *files = json_array();
    for (int i = 0; r != NULL && i < r->files; i++)
        (void)json_array_append_new(files, json_pack("{s:s, s:s, s:s}", "Kind", ut_rollout_kind_name[r->file[i].kind],
                                                     "Name", r->file[i].name, "Sha256", r->file[i].sha256));
    if (r != NULL) {
        (void)json_object_set_new(more, "Ring", json_string(ut_rollout_ring_name[r->ring]));
        (void)json_object_set(more, "Files", files);
    }
    json_decref(files);
    if (why[0] != '\0')
        (void)json_object_set_new(more, "Why", json_string(why));
    if (d->hooks.record == NULL)
        json_decref(more);
    else if (d->hooks.record(d->hooks.ctx, kind, more, &fault) != 0)
        return -1;
    memcpy(d->recorded, what, sizeof what);
    return 0;
}

/* What is so from here on, on record and on the disk first. 0, or -1: it is not, and is tried again. */
static int come_to(struct ut_desk_rollout *d, const struct ut_rollout_kept *next, const char *kind,
                   const struct ut_rollout *r, int64_t now)
{
    struct ut_fault fault = {0};
    char text[UT_FLOOR_WHY + 120];
    if (record(d, kind, next->number, next->why, r) == 0 && ut_rollout_kept_write(d->folder, next, &fault) == 0) {
        d->kept = *next;
        d->recorded[0] = '\0';
        d->failing = false;
        report(d, next->number, state_of(next->course), next->why);
        see_kept(d);
        return 0;
    }
    (void)snprintf(text, sizeof text, "roll-out %" PRIu32 ": %.200s; tried again", next->number,
                   fault.code != 0 ? fault.text : "cannot be put on record");
    if (!d->failing)
        remark(d, text);
    d->failing = true;
    d->retry = now + UT_DESK_ROLLOUT_AGAIN_MS;
    return -1;
}

static void say(struct ut_desk_rollout *d, uint32_t number, const char *what, const char *why)
{
    char text[UT_FLOOR_WHY + 120];
    (void)snprintf(text, sizeof text, "roll-out %" PRIu32 " %s%s%.200s", number, what, why[0] != '\0' ? ": " : "", why);
    remark(d, text);
}

static void put_back(struct ut_desk_rollout *d, const char *why, int64_t now)
{
    struct ut_rollout_kept next = d->kept;
    bool was = d->trial || next.begun > 0 || next.course != UT_ROLLOUT_TRYING; /* else it was only taken */
    next.number = next.taken != 0 ? next.taken : next.number;
    next.course = was ? UT_ROLLOUT_REVERTED : UT_ROLLOUT_REFUSED;
    (void)snprintf(next.why, sizeof next.why, "%s", why);
    memcpy(next.in_force, d->back ? d->began : next.before, sizeof next.in_force);
    memcpy(next.before, next.in_force, sizeof next.before);
    next.taken = 0;
    next.begun = 0;
    if (come_to(d, &next, was ? "rollout_reverted" : "rollout_refused", NULL, now) != 0)
        return;
    d->back = d->trial = d->aside = false;
    say(d, next.number, was ? "is put back" : "is refused", why);
}

static void confirm(struct ut_desk_rollout *d, int64_t now)
{
    struct ut_rollout_kept next = d->kept;
    next.course = UT_ROLLOUT_CONFIRMED;
    next.why[0] = '\0';
    if (come_to(d, &next, "rollout_confirmed", NULL, now) == 0)
        d->trial = false;
}

/* It never is in force here. Of what is signed for this desk no older one is taken any more. */
static void refuse(struct ut_desk_rollout *d, const struct ut_rollout *r, const char *why)
{
    struct ut_rollout_kept next = d->kept;
    struct ut_fault ignored = {0};
    close_part(&d->fetch);
    next.newest = next.number = r->number;
    next.course = UT_ROLLOUT_REFUSED;
    say_why(d, why, next.why);
    if (record(d, "rollout_refused", r->number, next.why, r) != 0)
        return;
    d->recorded[0] = '\0';
    d->fetch.on = false;
    d->kept = next;
    (void)ut_rollout_kept_write(d->folder, &next, &ignored); /* else the next start fetches and refuses it once more */
    report(d, r->number, UT_FLOOR_REFUSED, next.why);
    see_kept(d);
    say(d, r->number, "is refused", next.why);
}

/* Not signed by who may, or not for this desk: on this desk's record and said once. The floor hears nothing of it, and
 * its number says nothing about others. */
static void turn_away(struct ut_desk_rollout *d, struct ut_floor_rollout *h, const char *why, int64_t now)
{
    uint32_t number = h->number;
    if (number != d->foreign) {
        if (record(d, "rollout_refused", number, why, NULL) != 0)
            return;
        d->recorded[0] = '\0';
        d->foreign_due = now + UT_DESK_ROLLOUT_AGAIN_MS;
        say(d, number, "is refused", why);
    }
    d->foreign = number;
    h->number = 0;
}

/* One that is older than what has come out here: of a ring that is behind, as a rule; said where it is none that this
 * desk has had. */
static void pass_over(struct ut_desk_rollout *d, struct ut_floor_rollout *h, int64_t now)
{
    bool had = (d->fetch.on && h->number == d->fetch.r.number) || h->number == d->kept.newest ||
               h->number == d->kept.number || h->number == d->older;
    for (int i = 0; i < UT_ROLLOUT_KINDS; i++)
        had = had || h->number == d->kept.in_force[i] || h->number == d->kept.before[i];
    if (!had) {
        d->older = h->number;
        d->foreign_due = now + UT_DESK_ROLLOUT_AGAIN_MS;
        say(d, h->number, "is not taken", "a newer one came out here before");
    }
    h->number = 0;
}

/* Why it is none for this desk; NULL: it is, and *r says what it is. */
static const char *find_fault(const struct ut_desk_rollout *d, const struct ut_floor_rollout *h,
                              enum ut_rollout_ring ring, struct ut_rollout *r)
{
    char host[UT_WEBHOOK_HOST];
    struct ut_fault fault = {0};
    if (ut_rollout_parse(r, &d->verifier, h->note, strlen(h->note)) != 0)
        return "its manifest is not signed by [fleet] verifier";
    if (strcmp(r->site, d->hooks.site) != 0 || r->ring != ring || r->number != h->number)
        return "its manifest is another site's, ring's or number's";
    if (d->kept.newest != 0 && h->number > d->kept.newest + UT_DESK_ROLLOUT_AHEAD)
        return "its number is more than 1000 ahead of the newest here";
    if (ut_webhook_check(h->from, "From", host, &fault) != 0)
        return "its files are not at an https:// address, nor at an http:// one of this machine";
    if (ut_loopback(host) && !d->here[ring])
        return "its files are said to be on this machine, by a broker that is not";
    return NULL;
}

static void look_at_open(struct ut_desk_rollout *d, enum ut_rollout_ring ring, int64_t now, uint32_t chance)
{
    struct ut_floor_rollout *h = &d->heard[ring];
    struct fetch *f = &d->fetch, next = {.file = -1, .fd = -1};
    if (h->number <= d->kept.newest || (f->on && h->number == f->r.number)) {
        pass_over(d, h, now);
        return;
    }
    const char *why = find_fault(d, h, ring, &next.r);
    if (why != NULL) {
        turn_away(d, h, why, now);
        return;
    }
    h->number = 0;
    if (ut_rollout_draw(d->hooks.site, d->hooks.device) >= next.r.share)
        return;
    close_part(f);
    *f = next;
    memcpy(f->note, h->note, sizeof f->note);
    memcpy(f->from, h->from, sizeof f->from);
    f->on = true;
    f->until = now + UT_DESK_ROLLOUT_FETCH_MS;
    f->due = now + (int64_t)(chance % UT_DESK_ROLLOUT_FIRST_MS);
    report(d, f->r.number, UT_FLOOR_FETCHING, "");
}

/* What has come from the floor: stops at once; of what is open the oldest first, since each changes only the kinds it
 * has, and none while another is fetched or tried. */
static void look(struct ut_desk_rollout *d, int64_t now, uint32_t chance)
{
    int next = UT_RINGS;
    for (int i = 0; i < UT_RINGS; i++) {
        struct ut_floor_rollout *h = &d->heard[i];
        if (h->number == 0)
            continue;
        if (h->stopped && d->fetch.on && h->number == d->fetch.r.number)
            refuse(d, &d->fetch.r, UT_FLOOR_STOPPED);
        else if (h->stopped && h->number == d->kept.taken && !d->back)
            put_back(d, UT_FLOOR_STOPPED, now);
        else if (!h->stopped && (next == UT_RINGS || h->number < d->heard[next].number))
            next = i;
        if (d->retry > now)
            return;
        if (h->stopped)
            h->number = 0;
    }
    if (next < UT_RINGS && (!d->fetch.on || d->fetch.late) && d->kept.course != UT_ROLLOUT_TRYING && !d->back &&
        now >= d->foreign_due)
        look_at_open(d, (enum ut_rollout_ring)next, now, chance);
}

static void try_later(struct fetch *f, const char *why, int64_t now, uint32_t chance)
{
    close_part(f);
    (void)snprintf(f->why, sizeof f->why, "%.200s", why);
    f->vain = f->came ? 0 : f->vain + 1;
    f->came = false;
    f->due = now + ut_pause_ms(PAUSE_MS, UT_DESK_ROLLOUT_PAUSE_MS, f->vain, chance);
    if (f->late && f->vain > 0)
        f->due = f->until;
}

static int take_bytes(void *ctx, const char *bytes, size_t n, bool anew)
{
    struct fetch *f = ctx;
    if (anew && (ftruncate(f->fd, 0) != 0 || lseek(f->fd, 0, SEEK_SET) != 0)) {
        f->disk = errno;
        return -1;
    }
    if (anew)
        f->there = 0;
    f->longer = n > f->r.file[f->file].bytes - f->there;
    if (f->longer)
        return -1;
    errno = ENOSPC; /* of a write that took a part, which is found again by its size */
    if (write(f->fd, bytes, n) != (ssize_t)n) {
        f->disk = errno;
        return -1;
    }
    f->there += (uint32_t)n;
    f->came = true;
    return 0;
}

static void part_path(const struct ut_desk_rollout *d, char path[UT_CONFIG_PATH_BYTES])
{
    char name[UT_IDENTITY_MAX + 2];
    (void)snprintf(name, sizeof name, ".%s", d->fetch.r.file[d->fetch.file].name);
    ut_rollout_kept_path(d->folder, d->fetch.r.number, name, path);
}

/* What came is none of the file that was signed: twice is no accident of a part that was another's. */
static void throw_away(struct ut_desk_rollout *d, const char *part, const char *why, int64_t now, uint32_t chance)
{
    struct fetch *f = &d->fetch;
    bool twice = f->other;
    (void)unlink(part);
    f->other = true;
    f->came = false;
    if (twice)
        refuse(d, &f->r, why);
    else
        try_later(f, why, now, chance);
}

/* All of a file's bytes are there. */
static void end_file(struct ut_desk_rollout *d, int64_t now, uint32_t chance)
{
    struct fetch *f = &d->fetch;
    struct ut_fault fault = {0};
    char part[UT_CONFIG_PATH_BYTES], path[UT_CONFIG_PATH_BYTES];
    part_path(d, part);
    ut_rollout_kept_path(d->folder, f->r.number, f->r.file[f->file].name, path);
    char *bytes = ut_rollout_kept_bytes(part, &f->r.file[f->file], &fault);
    free(bytes);
    if (bytes == NULL) {
        throw_away(d, part, fault.text, now, chance);
        return;
    }
    if (ut_rollout_kept_name(f->fd, part, path) != 0) {
        try_later(f, strerror(errno), now, chance);
        return;
    }
    close_part(f);
    f->file++;
    f->vain = 0;
    f->other = false;
}

/* Goes on with a file where its part ends. */
static void begin_file(struct ut_desk_rollout *d, int64_t now, uint32_t chance)
{
    struct fetch *f = &d->fetch;
    const struct ut_rollout_file *file = &f->r.file[f->file];
    char part[UT_CONFIG_PATH_BYTES], path[UT_CONFIG_PATH_BYTES];
    struct ut_fault fault = {0};
    struct stat there = {0};
    ut_rollout_kept_path(d->folder, f->r.number, file->name, path);
    char *bytes = ut_rollout_kept_bytes(path, file, &fault);
    free(bytes);
    if (bytes != NULL) {
        f->file++;
        return;
    }
    part_path(d, part);
    f->fd = open(part, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (f->fd < 0 || fstat(f->fd, &there) != 0) {
        try_later(f, strerror(errno), now, chance);
        return;
    }
    if (there.st_size >= (off_t)file->bytes) { /* a kill came before its end was seen to, or it is another's */
        end_file(d, now, chance);
        return;
    }
    f->there = (uint32_t)there.st_size;
    f->longer = false;
    f->disk = 0;
    (void)snprintf(f->url, sizeof f->url, "%s/v1/rollouts/files/%s", f->from, file->sha256);
    const struct ut_web_file_options o = {.url = f->url,
                                          .token = d->hooks.token,
                                          .ca_file = ut_config_text(d->config, "fleet", "ca_file"),
                                          .from = f->there,
                                          .take = take_bytes,
                                          .ctx = f};
    fault = (struct ut_fault){0};
    f->web = ut_web_file_begin(&o, &fault);
    if (f->web == NULL)
        try_later(f, fault.text, now, chance);
}

static void go_on(struct ut_desk_rollout *d, int64_t now, uint32_t chance)
{
    struct fetch *f = &d->fetch;
    struct ut_fault fault = {0};
    char part[UT_CONFIG_PATH_BYTES];
    enum ut_web_file_state state = ut_web_file_step(f->web, &fault);
    if (state == UT_WEB_FILE_COMES)
        return;
    if (state == UT_WEB_FILE_ENDED && f->there == f->r.file[f->file].bytes) {
        end_file(d, now, chance);
        return;
    }
    part_path(d, part);
    if (f->longer) {
        throw_away(d, part, "the server sends more than was signed", now, chance);
        return;
    }
    if (fault.code == UT_EXIT_EMPTY)
        (void)unlink(part); /* it is none of this file */
    try_later(f,
              f->disk != 0                 ? strerror(f->disk)
              : state == UT_WEB_FILE_ENDED ? "the server sends less than was signed"
                                           : fault.text,
              now, chance);
}

/* Whether the files are what this desk can go by, beside its own settings. 0, or -1 and *fault. */
static int judge(struct ut_desk_rollout *d, const uint32_t number[UT_ROLLOUT_KINDS], struct ut_fault *fault)
{
    const struct ut_rollout *r = &d->fetch.r;
    static struct ut_config judged;
    char path[UT_CONFIG_PATH_BYTES];
    if (ut_rollout_kept_try(&judged, d->config->file, number, fault) != 0) {
        (void)is_own_fault(d->config, number, fault);
        return -1;
    }
    for (int i = 0; i < r->files; i++) {
        if (r->file[i].kind != UT_ROLLOUT_FIRMWARE)
            continue;
        ut_rollout_kept_path(d->folder, r->number, r->file[i].name, path);
        if (d->release(path, fault) != 0)
            return -1;
    }
    return 0;
}

/* All of it is here. */
static void take(struct ut_desk_rollout *d, int64_t now)
{
    const struct ut_rollout *r = &d->fetch.r;
    struct ut_rollout_kept next = d->kept;
    struct ut_fault fault = {0};
    bool has[UT_ROLLOUT_KINDS] = {false};
    memcpy(next.before, next.in_force, sizeof next.before);
    for (int i = 0; i < r->files; i++) {
        has[r->file[i].kind] = true;
        next.in_force[r->file[i].kind] = r->number;
    }
    if (judge(d, next.in_force, &fault) != 0) {
        refuse(d, r, fault.text);
        return;
    }
    bool begins = has[UT_ROLLOUT_SETTINGS] || has[UT_ROLLOUT_PACK];
    next.newest = next.number = next.taken = r->number;
    next.course = begins ? UT_ROLLOUT_TRYING : UT_ROLLOUT_CONFIRMED;
    next.begun = 0;
    next.why[0] = '\0';
    if (come_to(d, &next, "rollout_taken", r, now) != 0)
        return;
    d->fetch.on = false;
    if (begins) {
        report(d, r->number, UT_FLOOR_FETCHING, ""); /* it is tried from the next start on */
        say(d, r->number, "is in force when no call is on", "");
    } else {
        (void)record(d, "rollout_confirmed", r->number, "", NULL);
        d->recorded[0] = '\0';
    }
    if (has[UT_ROLLOUT_FIRMWARE])
        say(d, r->number,
            "has firmware for the headset; `undertone update` with --port, --ble, --tcp or --all takes it", "");
}

static void fetch(struct ut_desk_rollout *d, int64_t now, uint32_t chance)
{
    struct fetch *f = &d->fetch;
    struct ut_fault fault = {0};
    char why[UT_FLOOR_WHY];
    if (now >= f->until && f->web == NULL) {
        (void)snprintf(why, sizeof why, "cannot be fetched for %d min: %.150s", UT_DESK_ROLLOUT_FETCH_MS / 60000,
                       f->why[0] != '\0' ? f->why : "there is no connection");
        report(d, f->r.number, UT_FLOOR_FETCHING, why);
        if (!f->late)
            say(d, f->r.number, "is tried again every 10 min", why);
        f->late = true;
        f->due = f->until;
        f->until = now + UT_DESK_ROLLOUT_FETCH_MS;
    } else if (f->web != NULL) {
        go_on(d, now, chance);
    } else if (now < f->due) {
        return;
    } else if (f->file < 0) {
        if (ut_rollout_kept_put_manifest(d->folder, f->r.number, f->note, &fault) != 0)
            try_later(f, fault.text, now, chance);
        else
            f->file = 0;
    } else if (f->file < f->r.files) {
        begin_file(d, now, chance);
    } else {
        take(d, now);
    }
}

int ut_desk_rollout_step(struct ut_desk_rollout *d, bool up, int64_t now, uint32_t chance)
{
    d->connected = d->connected || up;
    if (!up)
        d->up_since = -1;
    else if (d->up_since < 0)
        d->up_since = now;
    if (now >= d->retry) {
        if (d->back)
            put_back(d, d->why, now);
        else if (d->trial && up && now - d->up_since >= d->confirm_ms)
            confirm(d, now);
    }
    if (now >= d->retry)
        look(d, now, chance);
    if (d->fetch.on && now >= d->retry)
        fetch(d, now, chance);
    int64_t due = d->fetch.web != NULL ? now + COMES_MS
                  : d->fetch.on        ? d->fetch.due
                  : d->trial && up     ? d->up_since + d->confirm_ms
                                       : now + IDLE_MS;
    due = due > d->retry ? due : d->retry;
    return due <= now ? 0 : due - now < IDLE_MS ? (int)(due - now) : IDLE_MS;
}

const struct ut_floor_rollout_report *ut_desk_rollout_report(const struct ut_desk_rollout *d)
{
    return d->said ? NULL : &d->view.report;
}

void ut_desk_rollout_said(struct ut_desk_rollout *d)
{
    d->said = true;
}

void ut_desk_rollout_anew(struct ut_desk_rollout *d)
{
    d->said = d->view.report.number == 0;
}

bool ut_desk_rollout_again(const struct ut_desk_rollout *d)
{
    return atomic_load(&d->again);
}

void ut_desk_rollout_view(struct ut_desk_rollout *d, struct ut_desk_rollout_view *view)
{
    (void)pthread_mutex_lock(&d->mutex);
    *view = d->view;
    (void)pthread_mutex_unlock(&d->mutex);
}
