/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/labelling.h"

#include "host-tools/system/bytes.h"
#include "host-tools/system/hash.h"
#include "host-tools/system/json.h"
#include "host-tools/system/web.h"
#include "host-tools/trials/answers.h"
#include "host-tools/trials/label_page.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WAV_HEAD = 44, SAMPLE = 2, PER_MS = UT_AUDIO_RATE / 1000, PIECE = 4096 };

struct labeller {
    char name[UT_LABELLER];
    signed char *value; /* of each stretch: enum ut_answer; -1 = none yet */
};

struct ut_labelling {
    struct ut_labelling_options options;
    struct ut_web *web;
    struct ut_web_guard guard;
    char before[PATH_MAX + 1]; /* a recording's name in the file: "" where the folder is the file's own */
    int fd;
    bool unended; /* the file's last row lacks its line's end */
    struct labeller *labeller[UT_LABELLERS_MAX];
    int labellers;
};

/* Those of label_page.html and label_page.js. */
static const char *const WORDS[] = {
    "Undertone: how does the customer sound?",
    "How does the customer sound?",
    "Your initials or a nickname",
    "They are written beside your answers. 1 to 20 of A-Z, a-z, 0-9, dot, dash and underscore.",
    "Begin",
    "frustrated",
    "delighted",
    "neither",
    "cannot tell",
    "Play again",
    "Back",
    "Your answer",
    "Every stretch has your answer. Thank you; this page may be closed.",
    "The answer was not kept",
    "The sound cannot be played",
    "of",
};

static const struct ut_spoken *spoken(const struct ut_labelling *l)
{
    return l->options.spoken;
}

static const char *name_of(const struct ut_labelling *l, size_t stretch)
{
    return spoken(l)->name[spoken(l)->stretch[stretch].recording];
}

static struct labeller *find(struct ut_labelling *l, const char *name)
{
    for (int i = 0; i < l->labellers; i++)
        if (strcmp(l->labeller[i]->name, name) == 0)
            return l->labeller[i];
    return NULL;
}

/* NULL when there is no room. */
static struct labeller *add(struct ut_labelling *l, const char *name)
{
    struct labeller *who = l->labellers < UT_LABELLERS_MAX ? calloc(1, sizeof *who) : NULL;
    if (who == NULL || (who->value = malloc(spoken(l)->n)) == NULL) {
        free(who);
        return NULL;
    }
    memset(who->value, -1, spoken(l)->n);
    (void)snprintf(who->name, sizeof who->name, "%s", name);
    return l->labeller[l->labellers++] = who;
}

/* The number of a row's stretch; spoken->n = it is none of the folder's. */
static size_t stretch_of(const struct ut_labelling *l, const struct ut_answer_row *row)
{
    size_t n = strlen(l->before), i = strncmp(row->path, l->before, n) == 0 ? 0 : spoken(l)->n;
    while (i < spoken(l)->n &&
           (spoken(l)->stretch[i].begin_ms != row->begin_ms || spoken(l)->stretch[i].end_ms != row->end_ms ||
            strcmp(name_of(l, i), row->path + n) != 0))
        i++;
    return i;
}

static int cannot_write(const char *file, struct ut_fault *fault)
{
    bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    return ut_fault_set(fault, full ? UT_EXIT_STORE_FULL : UT_EXIT_FAILURE, "%s: cannot be written (%s); %s", file,
                        strerror(errno), full ? "free some space" : "check permissions");
}

/* What the file holds already. 0, or -1 and *fault. */
static int take_rows(struct ut_labelling *l, const struct ut_answers *a, struct ut_fault *fault)
{
    const char *file = l->options.file;
    if (!a->own_head)
        return ut_fault_set(fault, UT_EXIT_INDEX, "%s:1: not the header that label writes; give another --labels",
                            file);
    for (size_t i = 0; i < a->n; i++) {
        const struct ut_answer_row *row = &a->row[i];
        size_t at = stretch_of(l, row);
        struct labeller *who = find(l, row->labeller);
        if (at == spoken(l)->n)
            return ut_fault_set(fault, UT_EXIT_INDEX,
                                "%s:%d: no stretch of %s is there; it is of another folder, or of another --stretch or "
                                "--customer",
                                file, row->line, l->options.folder);
        if (who == NULL && (who = add(l, row->labeller)) == NULL)
            return ut_fault_set(fault, UT_EXIT_FAILURE, "label: not enough memory; close other programs");
        who->value[at] = (signed char)row->answer;
    }
    return 0;
}

/* The begin of the file's last line, which has no end; its size where it has one. */
static off_t last_line(int fd, off_t size)
{
    char c = '\0';
    off_t at = size;
    while (at > 0 && pread(fd, &c, 1, at - 1) == 1 && c != '\n')
        at--;
    return at;
}

/* Where recordings lie as seen from the file. 0, or -1 and *fault. */
static int find_place(struct ut_labelling *l, struct ut_fault *fault)
{
    char here[PATH_MAX], file[PATH_MAX];
    const char *slash = strrchr(l->options.file, '/');
    (void)snprintf(file, sizeof file, "%.*s", slash != NULL ? (int)(slash - l->options.file) + 1 : 2,
                   slash != NULL ? l->options.file : "./");
    if (realpath(file, here) == NULL)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: its folder is not there; make it", l->options.file);
    if (realpath(l->options.folder, file) == NULL)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened; give a folder", l->options.folder);
    if (strcmp(here, file) != 0)
        (void)snprintf(l->before, sizeof l->before, "%s/", file);
    return 0;
}

/* 0, or -1 and *fault. */
static int open_file(struct ut_labelling *l, struct ut_fault *fault)
{
    const char *file = l->options.file;
    struct ut_answers a;
    struct stat st;
    if (find_place(l, fault) != 0)
        return -1;
    l->fd = open(file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
    if (l->fd < 0 || fstat(l->fd, &st) != 0)
        return cannot_write(file, fault);
    if (!S_ISREG(st.st_mode))
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: is no ordinary file; give another --labels", file);
    if (flock(l->fd, LOCK_EX | LOCK_NB) != 0)
        return ut_fault_set(fault, UT_EXIT_STORE_LOCKED,
                            "%s: another program adds to it; end that one, or give another --labels", file);
    if (fstat(l->fd, &st) != 0)
        return cannot_write(file, fault);
    if (st.st_size == 0)
        return write(l->fd, UT_ANSWERS_HEAD, strlen(UT_ANSWERS_HEAD)) == (ssize_t)strlen(UT_ANSWERS_HEAD) &&
                       fsync(l->fd) == 0
                   ? 0
                   : cannot_write(file, fault);
    if (ut_answers_read(&a, file, fault) != 0)
        return -1;
    int r = take_rows(l, &a, fault);
    off_t whole = last_line(l->fd, st.st_size);
    l->unended = !a.cut && whole < st.st_size;
    if (r == 0 && a.cut) { /* nobody was told that it is kept */
        ut_note("%s: its last row was cut short and is taken away", file);
        if (ftruncate(l->fd, whole) != 0)
            r = cannot_write(file, fault);
    }
    ut_answers_free(&a);
    return r;
}

/* A row on the disk. 0, or -1. */
static int keep(struct ut_labelling *l, const char *labeller, size_t stretch, enum ut_answer answer)
{
    char row[2 * PATH_MAX];
    const struct ut_spoken_stretch *s = &spoken(l)->stretch[stretch];
    int n = snprintf(row, sizeof row, "%s%s%s\t%" PRId64 "\t%" PRId64 "\t%s\t%s\n", l->unended ? "\n" : "", l->before,
                     name_of(l, stretch), s->begin_ms, s->end_ms, labeller, ut_answer_name[answer]);
    off_t size = lseek(l->fd, 0, SEEK_END);
    if (size < 0 || n >= (int)sizeof row)
        return -1;
    if (write(l->fd, row, (size_t)n) != n || fdatasync(l->fd) != 0) {
        (void)!ftruncate(l->fd, size); /* a part of a row is none when it is read */
        return -1;
    }
    l->unended = false;
    return 0;
}

static void give_json(struct ut_web_answer *a, json_t *value)
{
    ut_web_json(a, 200, json_dumps(value, JSON_COMPACT));
    json_decref(value);
}

struct place {
    char key[UT_HASH_TEXT];
    size_t stretch;
};

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct place *)a)->key, ((const struct place *)b)->key);
}

static json_t *answer_of(const struct labeller *who, size_t stretch)
{
    int value = who != NULL ? who->value[stretch] : -1;
    return value < 0 ? json_null() : json_string(ut_answer_name[value]);
}

/* All stretches in the labeller's own order, which is the same whenever he comes. */
static void give_stretches(struct ut_labelling *l, const char *name, struct ut_web_answer *a)
{
    const struct labeller *who = find(l, name);
    struct place *place = calloc(spoken(l)->n, sizeof *place);
    json_t *list = json_array();
    for (size_t i = 0; place != NULL && i < spoken(l)->n; i++) {
        struct ut_hash h;
        ut_hash_init(&h);
        ut_hash_add(&h, name, strlen(name) + 1);
        ut_hash_add(&h, name_of(l, i), strlen(name_of(l, i)) + 1);
        ut_hash_add(&h, &spoken(l)->stretch[i].begin_ms, sizeof spoken(l)->stretch[i].begin_ms);
        ut_hash_text(&h, place[i].key);
        place[i].stretch = i;
    }
    if (place != NULL)
        qsort(place, spoken(l)->n, sizeof *place, by_key);
    for (size_t i = 0; place != NULL && i < spoken(l)->n; i++)
        json_array_append_new(list, json_pack("{s:I, s:o}", "Stretch", (json_int_t)place[i].stretch, "Answer",
                                              answer_of(who, place[i].stretch)));
    free(place);
    give_json(a, json_pack("{s:o}", "Stretches", list));
}

static void put_answer(struct ut_labelling *l, const char *name, size_t stretch, const struct ut_web_request *q,
                       struct ut_web_answer *a)
{
    static const char JSON[] = "application/json";
    json_t *body = json_loadb(q->body, q->length, JSON_REJECT_DUPLICATES, NULL);
    const char *text = json_string_value(json_object_get(body, "Answer"));
    enum ut_answer answer = text != NULL && json_object_size(body) == 1 ? ut_answer_find(text) : UT_ANSWERS;
    json_decref(body);
    if (q->content_type == NULL || strncasecmp(q->content_type, JSON, sizeof JSON - 1) != 0) {
        ut_web_refuse(a, 415, "the body's type is to be application/json");
        return;
    }
    if (answer == UT_ANSWERS) {
        ut_web_refuse(a, 400, "give {\"Answer\": \"frustration\"}, or delight, none, unclear");
        return;
    }
    struct labeller *who = find(l, name);
    if (who == NULL && (who = add(l, name)) == NULL) {
        ut_web_refuse(a, 409, "no room for another labeller: %d are the most", UT_LABELLERS_MAX);
        return;
    }
    if (keep(l, name, stretch, answer) != 0) {
        ut_web_refuse(a, 507, "the file of answers cannot be written (%s)", strerror(errno));
        return;
    }
    who->value[stretch] = (signed char)answer;
    give_json(a, json_pack("{s:s}", "Answer", ut_answer_name[answer]));
}

static void head_of(uint8_t *p, size_t bytes)
{
    memcpy(p, "RIFF", 4);
    ut_bytes_put(p + 4, (uint32_t)(WAV_HEAD - 8 + bytes), 4);
    memcpy(p + 8, "WAVEfmt ", 8);
    ut_bytes_put(p + 16, 16, 4);
    ut_bytes_put(p + 20, 1, 2); /* PCM, one channel */
    ut_bytes_put(p + 22, 1, 2);
    ut_bytes_put(p + 24, UT_AUDIO_RATE, 4);
    ut_bytes_put(p + 28, SAMPLE * UT_AUDIO_RATE, 4);
    ut_bytes_put(p + 32, SAMPLE, 2);
    ut_bytes_put(p + 34, 8 * SAMPLE, 2);
    memcpy(p + 36, "data", 4);
    ut_bytes_put(p + 40, (uint32_t)bytes, 4);
}

/* The customer's samples from one to another. The number, or -1 and *fault. */
static long read_customer(struct ut_audio *audio, int64_t from, int64_t to, uint8_t *out, struct ut_fault *fault)
{
    int16_t pairs[2 * PIECE];
    long got, n = 0;
    for (int64_t at = 0; at < to; at += got) {
        got = ut_audio_read(audio, pairs, (size_t)(to - at < PIECE ? to - at : PIECE), fault);
        if (got <= 0)
            return got < 0 ? -1 : n;
        for (long i = 0; i < got; i++)
            if (at + i >= from)
                ut_bytes_put(out + SAMPLE * n++, (uint16_t)pairs[2 * i], SAMPLE);
    }
    return n;
}

static void give_sound(struct ut_labelling *l, size_t stretch, struct ut_web_answer *a)
{
    const struct ut_spoken_stretch *s = &spoken(l)->stretch[stretch];
    char path[2 * PATH_MAX];
    struct ut_fault fault = {0};
    size_t most = (size_t)((s->end_ms - s->begin_ms) * PER_MS);
    (void)snprintf(path, sizeof path, "%s/%s", l->options.folder, name_of(l, stretch));
    struct ut_audio *audio =
        ut_audio_open_as(path, l->options.choice, &(struct ut_audio_reading){.quiet = true}, &fault);
    uint8_t *wav = audio != NULL ? malloc(WAV_HEAD + SAMPLE * most) : NULL;
    long n = wav != NULL ? read_customer(audio, s->begin_ms * PER_MS, s->end_ms * PER_MS, wav + WAV_HEAD, &fault) : -1;
    if (audio != NULL)
        ut_audio_close(audio);
    if (n <= 0) {
        free(wav);
        ut_note("%s", fault.text[0] != '\0' ? fault.text : "a recording has become shorter, or memory is short");
        ut_web_refuse(a, 503, "the recording cannot be read now");
        return;
    }
    head_of(wav, SAMPLE * (size_t)n);
    a->type = "audio/wav";
    a->body = (char *)wav;
    a->length = WAV_HEAD + SAMPLE * (size_t)n;
}

static void give_words(const struct ut_labelling *l, struct ut_web_answer *a)
{
    json_t *words = json_object();
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
        json_object_set_new(words, WORDS[i], json_string(ut_catalogue_word(l->options.language, WORDS[i])));
    give_json(a, json_pack("{s:s, s:s?, s:o}", "Language", ut_catalogue_code(l->options.language), "Labeller",
                           l->options.labeller, "Words", words));
}

/* What a path names: a labeller, a stretch, or both. */
struct named {
    char labeller[UT_LABELLER];
    long stretch; /* -1 = none */
};

/* Takes "NAME/" or "NAME" at the text's begin; where it goes on, NULL = there is none. */
static const char *take_part(const char *text, const char *before, char *part, size_t room)
{
    size_t head = strlen(before), n;
    if (text == NULL || strncmp(text, before, head) != 0)
        return NULL;
    n = strcspn(text + head, "/");
    if (n == 0 || n >= room)
        return NULL;
    memcpy(part, text + head, n);
    part[n] = '\0';
    return text + head + n;
}

static long number(const char *text, size_t below)
{
    size_t n = strlen(text);
    if (n == 0 || n > 9 || strspn(text, "0123456789") != n)
        return -1;
    long x = strtol(text, NULL, 10);
    return (size_t)x < below ? x : -1;
}

/* Whether the path is of a labeller, "/v1/labellers/NAME", or of a stretch of his, and which method goes with it. */
static const char *read_path(const struct ut_labelling *l, const char *path, struct named *to)
{
    char text[16] = "";
    *to = (struct named){.stretch = -1};
    const char *rest = take_part(path, "/v1/labellers/", to->labeller, sizeof to->labeller);
    if (rest != NULL && *rest == '\0' && ut_labeller_is(to->labeller))
        return "GET, HEAD";
    if (rest == NULL)
        rest = take_part(path, "/v1/sounds/", text, sizeof text);
    else if (!ut_labeller_is(to->labeller))
        return NULL;
    else
        rest = take_part(rest, "/stretches/", text, sizeof text);
    to->stretch = rest != NULL && *rest == '\0' ? number(text, spoken(l)->n) : -1;
    return to->stretch < 0 ? NULL : to->labeller[0] != '\0' ? "POST" : "GET, HEAD";
}

static bool give_fixed(const char *path, struct ut_web_answer *a)
{
    static const struct {
        const char *path, *type;
        const unsigned char *bytes;
        size_t n;
    } FILES[] = {{"/", "text/html; charset=utf-8", label_page_html, sizeof label_page_html},
                 {"/label_page.js", "text/javascript; charset=utf-8", label_page_js, sizeof label_page_js},
                 {"/page.css", "text/css; charset=utf-8", page_css, sizeof page_css}};
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++)
        if (strcmp(path, FILES[i].path) == 0) {
            a->type = FILES[i].type;
            a->fixed = FILES[i].bytes;
            a->length = FILES[i].n;
            return true;
        }
    return false;
}

static void answer(void *ctx, const struct ut_web_request *q, struct ut_web_answer *a)
{
    struct ut_labelling *l = ctx;
    struct named to;
    bool get = strcmp(q->method, "GET") == 0 || strcmp(q->method, "HEAD") == 0;
    if (!ut_web_admit(&l->guard, q, "`undertone label`", a) || (get && give_fixed(q->path, a)))
        return;
    const char *method = strcmp(q->path, "/v1/words") == 0 ? "GET, HEAD" : read_path(l, q->path, &to);
    if (method == NULL) {
        ut_web_refuse(a, 404, "there is no such path, labeller or stretch");
    } else if ((method[0] == 'G') != get || (!get && strcmp(q->method, "POST") != 0)) {
        a->allow = method;
        ut_web_refuse(a, 405, "another method goes with this path");
    } else if (strcmp(q->path, "/v1/words") == 0) {
        give_words(l, a);
    } else if (!get) {
        put_answer(l, to.labeller, (size_t)to.stretch, q, a);
    } else if (to.stretch >= 0) {
        give_sound(l, (size_t)to.stretch, a);
    } else {
        give_stretches(l, to.labeller, a);
    }
}

struct ut_labelling *ut_labelling_open(const struct ut_labelling_options *options, struct ut_fault *fault)
{
    struct ut_labelling *l = calloc(1, sizeof *l);
    if (l == NULL) {
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "label: not enough memory; close other programs");
        return NULL;
    }
    l->options = *options;
    l->fd = -1;
    const struct ut_web_options web = {.address = "127.0.0.1", .port = options->port, .handler = answer, .ctx = l};
    if (open_file(l, fault) == 0 && (l->web = ut_web_open(&web, fault)) != NULL &&
        ut_web_guard_init(&l->guard, ut_web_port(l->web), fault) == 0)
        return l;
    ut_labelling_close(l);
    return NULL;
}

void ut_labelling_close(struct ut_labelling *l)
{
    if (l->web != NULL)
        ut_web_close(l->web);
    if (l->fd >= 0)
        (void)close(l->fd);
    for (int i = 0; i < l->labellers; i++) {
        free(l->labeller[i]->value);
        free(l->labeller[i]);
    }
    explicit_bzero(&l->guard, sizeof l->guard);
    free(l);
}

void ut_labelling_address(const struct ut_labelling *l, char *text, size_t room)
{
    (void)snprintf(text, room, "http://127.0.0.1:%d/?token=%s", ut_web_port(l->web), l->guard.token);
}

int ut_labelling_fd(const struct ut_labelling *l)
{
    return ut_web_fd(l->web);
}

int64_t ut_labelling_due_ms(const struct ut_labelling *l)
{
    return ut_web_due_ms(l->web);
}

void ut_labelling_step(struct ut_labelling *l)
{
    ut_web_step(l->web);
}
