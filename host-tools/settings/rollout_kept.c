/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/settings/rollout_kept.h"

#include "host-tools/settings/pack.h"
#include "host-tools/system/json.h"
#include "host-tools/system/output.h"
#include "host-tools/system/text_file.h"
#include "host-tools/system/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char STATE[] = "state";
static const char *const courses[UT_ROLLOUT_COURSES] = {"none", "trying", "confirmed", "refused", "reverted"};

void ut_rollout_kept_folder(const struct ut_config *config, char folder[UT_CONFIG_PATH_BYTES])
{
    const char *named = ut_config_text(config, "fleet", "folder");
    const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (named[0] != '\0')
        (void)snprintf(folder, UT_CONFIG_PATH_BYTES, "%s", named);
    else if (xdg != NULL && xdg[0] != '\0')
        (void)snprintf(folder, UT_CONFIG_PATH_BYTES, "%.900s/undertone/fleet", xdg);
    else
        (void)snprintf(folder, UT_CONFIG_PATH_BYTES, "%.900s/.local/state/undertone/fleet", home != NULL ? home : "");
}

void ut_rollout_kept_path(const char *folder, uint32_t number, const char *name, char path[UT_CONFIG_PATH_BYTES])
{
    (void)snprintf(path, UT_CONFIG_PATH_BYTES, "%.900s/%" PRIu32 "/%.80s", folder, number, name);
}

static json_t *numbers_text(const uint32_t number[UT_ROLLOUT_KINDS])
{
    json_t *value = json_object();
    for (int i = 0; i < UT_ROLLOUT_KINDS; i++)
        (void)json_object_set_new(value, ut_rollout_kind_name[i], json_integer((json_int_t)number[i]));
    return value;
}

char *ut_rollout_kept_text(const struct ut_rollout_kept *k)
{
    json_t *value = json_pack("{s:I, s:I, s:s, s:s, s:I, s:I, s:o, s:o}", "Newest", (json_int_t)k->newest, "Number",
                              (json_int_t)k->number, "State", courses[k->course], "Why", k->why, "Begun",
                              (json_int_t)k->begun, "Taken", (json_int_t)k->taken, "InForce", numbers_text(k->in_force),
                              "Before", numbers_text(k->before));
    char *text = value != NULL ? json_dumps(value, JSON_INDENT(2)) : NULL;
    json_decref(value);
    return text;
}

static int take_number(const json_t *object, const char *key, uint32_t *number)
{
    const json_t *value = json_object_get(object, key);
    json_int_t n = json_integer_value(value);
    *number = (uint32_t)n;
    return json_is_integer(value) && n >= 0 && n <= INT32_MAX ? 0 : -1;
}

static int take_numbers(const json_t *object, const char *key, uint32_t number[UT_ROLLOUT_KINDS])
{
    int r = 0;
    for (int i = 0; i < UT_ROLLOUT_KINDS; i++)
        if (take_number(json_object_get(object, key), ut_rollout_kind_name[i], &number[i]) != 0)
            r = -1;
    return r;
}

int ut_rollout_kept_parse(const char *text, struct ut_rollout_kept *k)
{
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const char *course = json_string_value(json_object_get(value, "State"));
    const char *why = json_string_value(json_object_get(value, "Why"));
    uint32_t begun = 0;
    int i = 0;
    *k = (struct ut_rollout_kept){0};
    while (course != NULL && i < UT_ROLLOUT_COURSES && strcmp(course, courses[i]) != 0)
        i++;
    int r = course != NULL && i < UT_ROLLOUT_COURSES && why != NULL && take_number(value, "Newest", &k->newest) == 0 &&
                    take_number(value, "Number", &k->number) == 0 && take_number(value, "Begun", &begun) == 0 &&
                    take_number(value, "Taken", &k->taken) == 0 && take_numbers(value, "InForce", k->in_force) == 0 &&
                    take_numbers(value, "Before", k->before) == 0
                ? 0
                : -1;
    k->course = (enum ut_rollout_course)(r == 0 ? i : 0);
    k->begun = begun;
    if (r == 0)
        (void)snprintf(k->why, sizeof k->why, "%s", why);
    ut_utf8_clean(k->why); /* what was cut in a character is one that can be said again */
    json_decref(value);
    if (r != 0)
        *k = (struct ut_rollout_kept){0};
    return r;
}

int ut_rollout_kept_read(const char *folder, struct ut_rollout_kept *k, struct ut_fault *fault)
{
    char path[UT_CONFIG_PATH_BYTES + 8];
    *k = (struct ut_rollout_kept){0};
    (void)snprintf(path, sizeof path, "%s/%s", folder, STATE);
    if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    char *text = ut_text_file_read(path, "what was rolled out", fault);
    if (text == NULL)
        return -1;
    int r = ut_rollout_kept_parse(text, k);
    free(text);
    return r == 0 ? 0
                  : ut_fault_set(fault, UT_EXIT_CONFIG, "%s: is damaged; what was rolled out is not known here", path);
}

/* The name is on the disk when its folder is. */
static int sync_folder(const char *path)
{
    char folder[UT_CONFIG_PATH_BYTES + 8];
    (void)snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL)
        *slash = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = fd >= 0 ? fsync(fd) : -1;
    if (fd >= 0)
        (void)close(fd);
    return r;
}

static int put(const char *path, const char *text, struct ut_fault *fault)
{
    struct ut_output o;
    ut_output_make_folders(path);
    if (ut_output_open(&o, path, fault) != 0)
        return -1;
    if (fputs(text, o.file) < 0 || fflush(o.file) != 0 || fsync(fileno(o.file)) != 0) {
        int reason = errno;
        ut_output_abandon(&o);
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written (%s)", path, strerror(reason));
    }
    if (ut_output_commit(&o, fault) != 0)
        return -1;
    return sync_folder(path) == 0
               ? 0
               : ut_fault_set(fault, UT_EXIT_FAILURE, "%s: its folder cannot be written (%s)", path, strerror(errno));
}

int ut_rollout_kept_name(int fd, const char *part, const char *path)
{
    return fsync(fd) == 0 && rename(part, path) == 0 && sync_folder(path) == 0 ? 0 : -1;
}

int ut_rollout_kept_write(const char *folder, const struct ut_rollout_kept *k, struct ut_fault *fault)
{
    char path[UT_CONFIG_PATH_BYTES + 8], *text = ut_rollout_kept_text(k);
    if (text == NULL)
        return ut_fault_no_memory(fault);
    (void)snprintf(path, sizeof path, "%s/%s", folder, STATE);
    int r = put(path, text, fault);
    free(text);
    return r;
}

int ut_rollout_kept_put_manifest(const char *folder, uint32_t number, const char *note, struct ut_fault *fault)
{
    char path[UT_CONFIG_PATH_BYTES];
    ut_rollout_kept_path(folder, number, UT_ROLLOUT_MANIFEST, path);
    return put(path, note, fault);
}

int ut_rollout_kept_manifest(const char *folder, uint32_t number, const struct ut_note_verifier *v,
                             struct ut_rollout *r, struct ut_fault *fault)
{
    char path[UT_CONFIG_PATH_BYTES];
    ut_rollout_kept_path(folder, number, UT_ROLLOUT_MANIFEST, path);
    char *note = ut_text_file_read(path, "a manifest", fault);
    if (note == NULL)
        return -1;
    int result = ut_rollout_parse(r, v, note, strlen(note));
    free(note);
    return result == 0 && r->number == number
               ? 0
               : ut_fault_set(fault, UT_EXIT_IMAGE, "%s: is no manifest that [fleet] verifier has signed", path);
}

char *ut_rollout_kept_bytes(const char *path, const struct ut_rollout_file *f, struct ut_fault *fault)
{
    char sha256[UT_DIGEST_TEXT];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        (void)ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be read (%s)", path, strerror(errno));
        return NULL;
    }
    char *bytes = malloc((size_t)f->bytes + 1);
    ssize_t n = bytes != NULL ? read(fd, bytes, (size_t)f->bytes + 1) : -1; /* of a file, all that there is */
    (void)close(fd);
    if (n == (ssize_t)f->bytes) {
        bytes[n] = '\0';
        ut_digest(bytes, f->bytes, sha256);
        if (strcmp(sha256, f->sha256) == 0)
            return bytes;
    }
    free(bytes);
    (void)ut_fault_set(fault, UT_EXIT_IMAGE, "%s: is not the file that was signed (its SHA-256 is another)", f->name);
    return NULL;
}

/* The only one of a kind. */
static const struct ut_rollout_file *file_of(const struct ut_rollout *r, enum ut_rollout_kind kind)
{
    for (int i = 0; i < r->files; i++)
        if (r->file[i].kind == kind)
            return &r->file[i];
    return NULL;
}

/* The folder of one: what has another name is none of ours. */
static bool is_number(const char *name, uint32_t *number)
{
    char *end;
    unsigned long n = strtoul(name, &end, 10);
    *number = (uint32_t)n;
    return name[0] >= '1' && name[0] <= '9' && *end == '\0' && n <= INT32_MAX;
}

/* The files of an open folder; with a name: only what a kill has left half written of it. The manifest, by which the
 * folder is known as ours, goes last. */
static void sweep_files(int folder, const char *name)
{
    DIR *d = fdopendir(folder);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        if (name == NULL
                ? strcmp(e->d_name, UT_ROLLOUT_MANIFEST) != 0
                : ut_output_temporary(e->d_name) == strlen(name) && strncmp(e->d_name, name, strlen(name)) == 0)
            (void)unlinkat(folder, e->d_name, 0);
    if (name == NULL)
        (void)unlinkat(folder, UT_ROLLOUT_MANIFEST, 0);
    if (d != NULL)
        (void)closedir(d);
    else
        (void)close(folder);
}

static void sweep_one(int above, const char *name, bool keep)
{
    int folder = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return;
    if (faccessat(folder, UT_ROLLOUT_MANIFEST, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
        (void)close(folder);
        return;
    }
    sweep_files(folder, keep ? UT_ROLLOUT_MANIFEST : NULL);
    if (!keep)
        (void)unlinkat(above, name, AT_REMOVEDIR);
}

void ut_rollout_kept_sweep(const char *folder, const struct ut_rollout_kept *k, uint32_t but)
{
    int above = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (above >= 0)
        sweep_files(above, STATE);
    DIR *d = opendir(folder);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        uint32_t number;
        if (!is_number(e->d_name, &number))
            continue;
        bool keep = number == but;
        for (int i = 0; i < UT_ROLLOUT_KINDS; i++)
            keep = keep || k->in_force[i] == number || k->before[i] == number;
        sweep_one(dirfd(d), e->d_name, keep);
    }
    if (d != NULL)
        (void)closedir(d);
}

struct place {
    char folder[UT_CONFIG_PATH_BYTES];
    struct ut_note_verifier verifier;
};

/* 1, 0 where nothing is rolled out to this config, or -1 and *fault. */
static int place_of(const struct ut_config *config, struct place *p, struct ut_fault *fault)
{
    const char *text = ut_config_text(config, "fleet", "verifier");
    if (text[0] == '\0')
        return 0;
    ut_rollout_kept_folder(config, p->folder);
    return ut_note_verifier_parse(&p->verifier, text) == 0
               ? 1
               : ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                              "[fleet] verifier: is none; give NAME+HASH+KEY, as it was printed when the key was made");
}

static int put_settings(struct ut_config *config, const struct place *p, uint32_t number, struct ut_fault *fault)
{
    struct ut_rollout r;
    char path[UT_CONFIG_PATH_BYTES];
    if (ut_rollout_kept_manifest(p->folder, number, &p->verifier, &r, fault) != 0)
        return -1;
    const struct ut_rollout_file *f = file_of(&r, UT_ROLLOUT_SETTINGS);
    if (f == NULL)
        return ut_fault_set(fault, UT_EXIT_IMAGE, "roll-out %" PRIu32 " has no settings", number);
    ut_rollout_kept_path(p->folder, number, f->name, path);
    char *bytes = ut_rollout_kept_bytes(path, f, fault);
    int result = bytes != NULL ? ut_rollout_judge_settings(config, bytes, f->bytes, path, fault) : -1;
    free(bytes);
    return result;
}

/* own: over the installed ones, which are all where the number is 0. */
static int put_packs(struct ut_config *config, const struct place *p, uint32_t number, bool own, struct ut_fault *fault)
{
    struct ut_rollout r = {.files = 0};
    static char path[UT_ROLLOUT_FILES][UT_CONFIG_PATH_BYTES];
    const char *other[UT_PACK_OTHERS];
    int n = 0;
    if (number != 0 && ut_rollout_kept_manifest(p->folder, number, &p->verifier, &r, fault) != 0)
        return -1;
    for (int i = 0; i < r.files; i++) {
        if (r.file[i].kind != UT_ROLLOUT_PACK)
            continue;
        ut_rollout_kept_path(p->folder, number, r.file[i].name, path[i]);
        char *bytes = ut_rollout_kept_bytes(path[i], &r.file[i], fault);
        free(bytes);
        if (bytes == NULL)
            return -1;
        other[n++] = path[i];
    }
    return own ? ut_pack_apply_installed(config, other, n, fault) : ut_pack_apply(config, other, n, fault);
}

int ut_rollout_kept_try(struct ut_config *config, const char *file, const uint32_t number[UT_ROLLOUT_KINDS],
                        struct ut_fault *fault)
{
    struct place p;
    if (ut_config_load(config, file, fault) != 0)
        return -1;
    int there = place_of(config, &p, fault);
    if (there < 0)
        return -1;
    if (there > 0 && number[UT_ROLLOUT_SETTINGS] != 0 &&
        (put_settings(config, &p, number[UT_ROLLOUT_SETTINGS], fault) != 0 ||
         ut_config_environment(config, fault) != 0 || ut_config_check(config, fault) != 0))
        return -1;
    return put_packs(config, &p, there > 0 ? number[UT_ROLLOUT_PACK] : 0, true, fault);
}

int ut_rollout_kept_alone(const struct ut_config *config, const uint32_t number[UT_ROLLOUT_KINDS],
                          struct ut_fault *fault)
{
    static struct ut_config bare;
    struct place p;
    ut_config_defaults(&bare);
    if (place_of(config, &p, fault) <= 0)
        return -1;
    if (number[UT_ROLLOUT_SETTINGS] != 0 && put_settings(&bare, &p, number[UT_ROLLOUT_SETTINGS], fault) != 0)
        return -1;
    return put_packs(&bare, &p, number[UT_ROLLOUT_PACK], false, fault);
}

int ut_rollout_kept_load(struct ut_config *config, const char *file, struct ut_fault *fault)
{
    static const uint32_t none[UT_ROLLOUT_KINDS];
    struct place p;
    struct ut_rollout_kept k;
    struct ut_fault why = {0};
    if (ut_rollout_kept_try(config, file, none, fault) != 0)
        return -1;
    if (place_of(config, &p, fault) <= 0)
        return 0;
    if (ut_rollout_kept_read(p.folder, &k, &why) == 0 &&
        (memcmp(k.in_force, none, sizeof none) == 0 || ut_rollout_kept_try(config, file, k.in_force, &why) == 0))
        return 0;
    ut_note("what was rolled out is not in force: %s", why.text);
    struct ut_fault ignored = {0};
    return ut_rollout_kept_try(config, file, k.before, &ignored) == 0 ? 0
                                                                      : ut_rollout_kept_try(config, file, none, fault);
}

int ut_rollout_kept_firmware(const struct ut_config *config, char path[UT_CONFIG_PATH_BYTES], struct ut_fault *fault)
{
    struct place p;
    struct ut_rollout_kept k;
    struct ut_rollout r;
    int there = place_of(config, &p, fault);
    if (there <= 0)
        return there;
    if (ut_rollout_kept_read(p.folder, &k, fault) != 0)
        return -1;
    uint32_t number = k.in_force[UT_ROLLOUT_FIRMWARE];
    if (number == 0)
        return 0;
    if (ut_rollout_kept_manifest(p.folder, number, &p.verifier, &r, fault) != 0)
        return -1;
    const struct ut_rollout_file *f = file_of(&r, UT_ROLLOUT_FIRMWARE);
    if (f == NULL)
        return ut_fault_set(fault, UT_EXIT_IMAGE, "roll-out %" PRIu32 " has no firmware", number);
    ut_rollout_kept_path(p.folder, number, f->name, path);
    char *bytes = ut_rollout_kept_bytes(path, f, fault);
    free(bytes);
    return bytes != NULL ? 1 : -1;
}
