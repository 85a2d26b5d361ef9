/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/settings/rollout.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 200 }; /* longer than any that is right */

static const char ORIGIN[] = "undertone/rollout/";

const char *const ut_rollout_ring_name[UT_RINGS] = {"canary", "early", "all"};
const char *const ut_rollout_kind_name[UT_ROLLOUT_KINDS] = {"settings", "pack", "firmware"};

static bool is_digest(const char *text)
{
    return strlen(text) == UT_DIGEST_TEXT - 1 && strspn(text, "0123456789abcdef") == UT_DIGEST_TEXT - 1;
}

static bool is_sound(const struct ut_rollout *r)
{
    int of[UT_ROLLOUT_KINDS] = {0};
    if (!ut_identity_fits(r->site) || r->number < 1 || r->number > INT32_MAX || r->ring >= UT_RINGS || r->share < 1 ||
        r->share > UT_ROLLOUT_SHARE || (r->ring == UT_RING_ALL && r->share != UT_ROLLOUT_SHARE) || r->made_s < 0 ||
        r->files < 1 || r->files > UT_ROLLOUT_FILES)
        return false;
    for (int i = 0; i < r->files; i++) {
        const struct ut_rollout_file *f = &r->file[i];
        if (f->kind >= UT_ROLLOUT_KINDS || !is_digest(f->sha256) || f->bytes < 1 || f->bytes > UT_ROLLOUT_BYTES_MAX ||
            !ut_identity_fits(f->name) || f->name[0] == '.')
            return false;
        of[f->kind]++;
        for (int k = 0; k < i; k++)
            if (strcmp(r->file[k].name, f->name) == 0)
                return false;
    }
    return of[UT_ROLLOUT_SETTINGS] <= 1 && of[UT_ROLLOUT_FIRMWARE] <= 1;
}

int ut_rollout_text(const struct ut_rollout *r, char *text, size_t room)
{
    if (!is_sound(r))
        return -1;
    int n = snprintf(text, room, "%s%s\n%" PRIu32 "\n%s %u\n%" PRId64 "\n", ORIGIN, r->site, r->number,
                     ut_rollout_ring_name[r->ring], r->share, r->made_s);
    for (int i = 0; i < r->files && n < (int)room; i++) {
        const struct ut_rollout_file *f = &r->file[i];
        n += snprintf(text + n, room - (size_t)n, "%s %s %" PRIu32 " %s\n", ut_rollout_kind_name[f->kind], f->sha256,
                      f->bytes, f->name);
    }
    return n < (int)room ? 0 : -1;
}

/* Which of the names a word is; `names` when it is none. */
static int find(const char *word, const char *const *name, int names)
{
    int i = 0;
    while (i < names && strcmp(word, name[i]) != 0)
        i++;
    return i;
}

/* Without its end; *at moves on. 0, or -1: there is none, or it is too long. */
static int next_line(const char **at, char line[LINE])
{
    size_t n = strcspn(*at, "\n");
    if ((*at)[n] != '\n' || n >= LINE)
        return -1;
    memcpy(line, *at, n);
    line[n] = '\0';
    *at += n + 1;
    return 0;
}

static int take_head(struct ut_rollout *r, const char **at)
{
    char line[LINE], word[10];
    if (next_line(at, line) != 0 || strncmp(line, ORIGIN, sizeof ORIGIN - 1) != 0 ||
        strlen(line) >= sizeof ORIGIN - 1 + sizeof r->site)
        return -1;
    (void)snprintf(r->site, sizeof r->site, "%.64s", line + sizeof ORIGIN - 1);
    if (next_line(at, line) != 0)
        return -1;
    r->number = (uint32_t)strtoul(line, NULL, 10);
    if (next_line(at, line) != 0 || sscanf(line, "%9s %5u", word, &r->share) != 2)
        return -1;
    r->ring = (enum ut_rollout_ring)find(word, ut_rollout_ring_name, UT_RINGS);
    if (next_line(at, line) != 0)
        return -1;
    r->made_s = strtoll(line, NULL, 10);
    return 0;
}

static int take_file(struct ut_rollout_file *f, const char **at)
{
    char line[LINE], word[10];
    if (next_line(at, line) != 0 ||
        sscanf(line, "%9s %64s %7" SCNu32 " %64s", word, f->sha256, &f->bytes, f->name) != 4)
        return -1;
    f->kind = (enum ut_rollout_kind)find(word, ut_rollout_kind_name, UT_ROLLOUT_KINDS);
    return 0;
}

/* Read, and written again, so that only one text means it. */
int ut_rollout_parse(struct ut_rollout *r, const struct ut_note_verifier *v, const char *note, size_t n)
{
    char text[UT_NOTE_MAX], again[UT_NOTE_MAX];
    const char *at = text;
    int length = ut_note_verify(v, note, n);
    *r = (struct ut_rollout){0};
    if (length < 0)
        return -1;
    (void)snprintf(text, sizeof text, "%.*s", length, note);
    if (take_head(r, &at) != 0)
        return -1;
    while (*at != '\0')
        if (r->files == UT_ROLLOUT_FILES || take_file(&r->file[r->files++], &at) != 0)
            return -1;
    return ut_rollout_text(r, again, sizeof again) == 0 && strlen(text) == (size_t)length && strcmp(text, again) == 0
               ? 0
               : -1;
}

unsigned ut_rollout_draw(const char *site, const char *device)
{
    uint8_t digest[UT_DIGEST_BYTES];
    uint64_t first = 0;
    const struct ut_digest_part part[] = {
        {ORIGIN, sizeof ORIGIN - 1}, {site, strlen(site)}, {"/", 1}, {device, strlen(device)}};
    ut_digest_bytes(part, sizeof part / sizeof part[0], digest);
    for (int i = 0; i < 8; i++)
        first = first << 8 | digest[i];
    return (unsigned)(first % UT_ROLLOUT_SHARE);
}

/* Numbers of the table, the policy and whose calibration it is: nothing that names a file, a program, an address or a
 * key. */
static bool is_open(const char *section, const char *key)
{
    for (int i = 0; ut_text_info[i].section != NULL; i++)
        if (strcmp(ut_text_info[i].section, section) == 0 && strcmp(ut_text_info[i].key, key) == 0)
            return strcmp(section, "calibration") == 0 ||
                   (strcmp(section, "session") == 0 && strcmp(key, "policy") == 0);
    return strncmp(section, "action.", 7) != 0;
}

static int take_pair(void *ctx, const char *section, const char *key, const char *value, const char *origin,
                     struct ut_fault *fault)
{
    if (!is_open(section, key))
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: [%.40s] %.40s is not a roll-out's to set", origin, section,
                            key);
    if (strcmp(section, "session") == 0 && strcmp(key, "policy") == 0 && strcmp(value, "research") == 0)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: with policy research no desk would begin a call", origin);
    return ut_config_set(ctx, section, key, value, origin, fault);
}

int ut_rollout_judge_settings(struct ut_config *config, const char *bytes, size_t n, const char *name,
                              struct ut_fault *fault)
{
    char *copy = n > 0 && memchr(bytes, '\0', n) == NULL ? malloc(n) : NULL;
    if (copy == NULL)
        return ut_fault_set(fault, UT_EXIT_CONFIG, "%s: is no text with settings", name);
    memcpy(copy, bytes, n);
    FILE *in = fmemopen(copy, n, "r");
    int r = in != NULL ? ut_config_pairs_in(in, name, take_pair, config, fault)
                       : ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory; close other programs", name);
    if (in != NULL)
        (void)fclose(in);
    free(copy);
    return r == 0 ? ut_config_check(config, fault) : -1;
}
