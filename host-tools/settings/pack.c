/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/settings/pack.h"

#include "host-tools/system/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(struct ut_fault *fault, const char *origin, const char *what)
{
    return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: %s", origin, what);
}

static int take_text(char *to, size_t room, const char *value, const char *origin, struct ut_fault *fault)
{
    if (strlen(value) >= room)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: longer than %zu bytes; shorten it", origin, room - 1);
    if (strcmp(ut_utf8_plain(value, to, room), value) != 0)
        return refuse(fault, origin, "is no plain UTF-8, or has a control character or turns the direction of writing");
    return 0;
}

/* UT_CONFIG_LANGUAGES when there is none of that name. */
static int language_of(const char *name)
{
    int i = 0;
    while (i < UT_CONFIG_LANGUAGES && strcmp(name, ut_config_language[i]) != 0)
        i++;
    return i;
}

/* "for" or "for.LANGUAGE". */
static int take_purpose(struct ut_pack *p, const char *key, const char *value, const char *origin,
                        struct ut_fault *fault)
{
    int language = key[3] == '.' ? language_of(key + 4) : 0;
    if (language == UT_CONFIG_LANGUAGES)
        return refuse(fault, origin, "no such language; give for, for.de, for.fr or for.es");
    return take_text(p->purpose[language], sizeof p->purpose[0], value, origin, fault);
}

static int take_card(struct ut_pack *p, const char *key, const char *value, const char *origin, struct ut_fault *fault)
{
    static const char SMALL[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    if (strcmp(key, "name") == 0)
        return value[0] != '\0' && strspn(value, SMALL) == strlen(value)
                   ? take_text(p->name, sizeof p->name, value, origin, fault)
                   : refuse(fault, origin, "name it with 1 to 24 of a-z, 0-9 and -");
    if (strcmp(key, "author") == 0)
        return take_text(p->author, sizeof p->author, value, origin, fault);
    if (strcmp(key, "license") == 0)
        return take_text(p->license, sizeof p->license, value, origin, fault);
    if (strcmp(key, "measured_by") == 0)
        return take_text(p->measured_by, sizeof p->measured_by, value, origin, fault);
    if (strcmp(key, "sha256") == 0)
        return take_text(p->sha256, sizeof p->sha256, value, origin, fault);
    if (strcmp(key, "for") == 0 || strncmp(key, "for.", 4) == 0)
        return take_purpose(p, key, value, origin, fault);
    return refuse(fault, origin, "[pack] has name, for, for.de, for.fr, for.es, author, license, measured_by, sha256");
}

/* "precision 0.91 recall 0.80 n 45". */
static int take_measure(struct ut_pack *p, const char *key, const char *value, const char *origin,
                        struct ut_fault *fault)
{
    char rest[2];
    enum ut_cue cue = ut_cue_find(key);
    struct ut_pack_measure m;
    if (cue == UT_CUES)
        return refuse(fault, origin, "there is no such cue; `undertone cues` names them");
    if (sscanf(value, "precision %lf recall %lf n %7d%1s", &m.precision, &m.recall, &m.n, rest) != 3 ||
        !(m.precision >= 0 && m.precision <= 1) || !(m.recall >= 0 && m.recall <= 1) || m.n < 1 || m.n > 1000000)
        return refuse(fault, origin, "give precision 0.91 recall 0.80 n 45");
    p->measured[cue] = m;
    return 0;
}

/* "CUE.title" or "CUE.text" of a section [text.LANGUAGE]. */
static int take_words(struct ut_pack *p, const char *language, const char *key, const char *value, const char *origin,
                      struct ut_fault *fault)
{
    char name[40];
    int of = language_of(language);
    const char *end = strrchr(key, '.');
    (void)snprintf(name, sizeof name, "%.*s", end != NULL ? (int)(end - key) : 0, key);
    enum ut_cue cue = ut_cue_find(name);
    if (of == UT_CONFIG_LANGUAGES)
        return refuse(fault, origin, "no such language; give [text.en], [text.de], [text.fr] or [text.es]");
    if (cue == UT_CUES || (strcmp(end, ".title") != 0 && strcmp(end, ".text") != 0))
        return refuse(fault, origin, "give CUE.title or CUE.text; `undertone cues` names the cues");
    struct ut_config_words *w = &p->config->words[cue][of];
    p->words++;
    return end[2] == 'i' ? take_text(w->title, sizeof w->title, value, origin, fault)
                         : take_text(w->text, sizeof w->text, value, origin, fault);
}

/* Whether a pack may set numbers there: of cues, and how many are seen; none of a site's, its desk's or its calls. */
static bool is_open(const char *section)
{
    return ut_cue_find(section) != UT_CUES || strcmp(section, "display") == 0;
}

static int take_pair(void *ctx, const char *section, const char *key, const char *value, const char *origin,
                     struct ut_fault *fault)
{
    struct ut_pack *p = ctx;
    if (strcmp(section, "pack") == 0)
        return take_card(p, key, value, origin, fault);
    if (strcmp(section, "measured") == 0)
        return take_measure(p, key, value, origin, fault);
    if (strncmp(section, "text.", 5) == 0)
        return take_words(p, section + 5, key, value, origin, fault);
    if (!is_open(section) || strcmp(key, "language") == 0)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: [%.40s] %.40s is not a pack's to set", origin, section,
                            key);
    p->numbers++;
    return ut_config_set(p->config, section, key, value, origin, fault);
}

/* The file's bytes, once: what is judged is what is installed. What is no file on a disk may never begin or end. 0, or
 * -1 and *fault. */
static int fetch(struct ut_pack *p, const char *file, struct ut_fault *fault)
{
    struct stat what;
    int fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    FILE *in = fd >= 0 ? fdopen(fd, "rb") : NULL;
    if (in == NULL) {
        int reason = errno;
        if (fd >= 0)
            (void)close(fd);
        return ut_fault_set(fault, UT_EXIT_CONFIG, "%s: cannot be read (%s); check the name", file, strerror(reason));
    }
    bool is_file = fstat(fd, &what) == 0 && S_ISREG(what.st_mode);
    p->size = is_file ? fread(p->bytes, 1, sizeof p->bytes, in) : 0;
    bool whole = is_file && ferror(in) == 0 && p->size <= UT_PACK_BYTES_MAX;
    (void)fclose(in);
    return whole ? 0
                 : ut_fault_set(fault, UT_EXIT_CONFIG, "%s: is no file that can be read, or has more than %d bytes",
                                file, UT_PACK_BYTES_MAX);
}

/* Where the line at `at` ends. */
static size_t line_end(const struct ut_pack *p, size_t at)
{
    const char *end = memchr(p->bytes + at, '\n', p->size - at);
    return end != NULL ? (size_t)(end - p->bytes) + 1 : p->size;
}

/* Of all lines but the one that says it. 0, or -1 and *fault. */
static int take_digest(struct ut_pack *p, const char *file, struct ut_fault *fault)
{
    size_t kept = 0;
    char *bytes = malloc(p->size + 1);
    if (bytes == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory; close other programs", file);
    for (size_t at = 0, next; at < p->size; at = next) {
        next = line_end(p, at);
        if (next - at > 6 && memcmp(p->bytes + at, "sha256", 6) == 0)
            continue;
        memcpy(bytes + kept, p->bytes + at, next - at);
        kept += next - at;
    }
    ut_digest(bytes, kept, p->own);
    free(bytes);
    return 0;
}

/* A remark behind a text is refused: in the form of a config a sentence ends, unseen, at a semicolon behind a space.
 * 0, or -1 and *fault. */
static int find_cut(const struct ut_pack *p, const char *file, struct ut_fault *fault)
{
    static const char BLANK[] = " \t\v\f\r";
    bool texts = false, marked = p->size >= 3 && memcmp(p->bytes, "\xEF\xBB\xBF", 3) == 0;
    int line = 0;
    for (size_t at = marked ? 3 : 0, next; at < p->size; at = next) {
        next = line_end(p, at);
        line++;
        while (at < next && strchr(BLANK, p->bytes[at]) != NULL)
            at++;
        const char *begin = p->bytes + at;
        size_t n = next - at;
        if (n > 0 && begin[0] == '[')
            texts = (n > 5 && memcmp(begin, "[pack", 5) == 0) || (n > 6 && memcmp(begin, "[text.", 6) == 0);
        if (!texts || n == 0 || strchr("[;#", begin[0]) != NULL)
            continue;
        for (size_t i = 1; i < n; i++)
            if (begin[i] == ';' && strchr(BLANK, begin[i - 1]) != NULL)
                return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                                    "%s:%d: the text would end at ' ;'; leave out the space, or make it a no-break one",
                                    file, line);
    }
    return 0;
}

/* 0, or -1 and *fault. */
static int take_pairs(struct ut_pack *p, const char *file, struct ut_fault *fault)
{
    FILE *in = p->size > 0 ? fmemopen(p->bytes, p->size, "r") : NULL;
    if (in == NULL)
        return p->size == 0 ? 0
                            : ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory; close other programs", file);
    int r = ut_config_pairs_in(in, file, take_pair, p, fault);
    (void)fclose(in);
    return r;
}

static bool is_measured(const struct ut_pack *p)
{
    for (int i = 0; i < UT_CUES; i++)
        if (p->measured[i].n > 0)
            return true;
    return false;
}

/* What was fetched, over a config. 0, or -1 and *fault. */
static int judge(struct ut_pack *p, struct ut_config *config, const char *file, struct ut_fault *fault)
{
    p->config = config;
    p->numbers = p->words = 0;
    if (take_digest(p, file, fault) != 0 || find_cut(p, file, fault) != 0 || take_pairs(p, file, fault) != 0)
        return -1;
    const char *missing = p->name[0] == '\0'          ? "name"
                          : p->purpose[0][0] == '\0'  ? "for"
                          : p->author[0] == '\0'      ? "author"
                          : p->license[0] == '\0'     ? "license"
                          : p->measured_by[0] == '\0' ? "measured_by"
                          : !is_measured(p)           ? "measured: precision, recall and n of a cue"
                                                      : NULL;
    if (missing != NULL)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: the card lacks %s", file, missing);
    if (ut_config_check(config, fault) != 0)
        return -1;
    if (strcmp(p->sha256, p->own) != 0)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "%s: sha256 is %s and not the card's: it was changed, or is to be published with that one",
                            file, p->own);
    (void)snprintf(config->pack, sizeof config->pack, "%s", p->name);
    return 0;
}

int ut_pack_read(struct ut_pack *p, struct ut_config *config, const char *file, struct ut_fault *fault)
{
    *p = (struct ut_pack){.config = config};
    return fetch(p, file, fault) != 0 ? -1 : judge(p, config, file, fault);
}

/* One that is installed, over *own. 0, also when there is none, or -1 and *fault. */
static int load(struct ut_config *own, const char *file, struct ut_fault *fault)
{
    static struct ut_pack p;
    if (access(file, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    return ut_pack_read(&p, own, file, fault);
}

/* What packs say, under what a config sets itself. 0, or -1 and *fault. */
static int put_under(struct ut_config *config, const struct ut_config *packs, struct ut_fault *fault)
{
    for (int i = 0; i < UT_PARAMS; i++)
        if (strcmp(config->value_origin[i], "default") == 0 && strcmp(packs->value_origin[i], "default") != 0) {
            config->value[i] = packs->value[i];
            memcpy(config->value_origin[i], packs->value_origin[i], sizeof config->value_origin[i]);
        }
    memcpy(config->words, packs->words, sizeof config->words);
    memcpy(config->pack, packs->pack, sizeof config->pack);
    return ut_config_check(config, fault);
}

int ut_pack_apply(struct ut_config *config, const char *const *file, int n, struct ut_fault *fault)
{
    static struct ut_config packs;
    ut_config_defaults(&packs);
    for (int i = 0; i < n; i++)
        if (load(&packs, file[i], fault) != 0)
            return -1;
    return put_under(config, &packs, fault);
}

int ut_pack_try(struct ut_pack *p, struct ut_config *config, const char *file, const char *everyones, const char *mine,
                struct ut_fault *fault)
{
    static struct ut_config packs;
    ut_config_defaults(&packs);
    if ((everyones != NULL && load(&packs, everyones, fault) != 0) || judge(p, &packs, file, fault) != 0 ||
        (mine != NULL && load(&packs, mine, fault) != 0))
        return -1;
    return put_under(config, &packs, fault);
}

void ut_pack_place(bool everyones, char path[UT_CONFIG_PATH_BYTES])
{
    if (everyones)
        (void)snprintf(path, UT_CONFIG_PATH_BYTES, "/etc/undertone/pack.ini");
    else
        ut_config_place("pack.ini", path);
}

int ut_pack_apply_installed(struct ut_config *config, const char *const *other, int n, struct ut_fault *fault)
{
    char all[UT_CONFIG_PATH_BYTES], mine[UT_CONFIG_PATH_BYTES];
    const char *file[2 + UT_PACK_OTHERS] = {all, mine};
    int files = config->file == NULL ? 2 : 0;
    ut_pack_place(true, all);
    ut_pack_place(false, mine);
    for (int i = 0; i < n && i < UT_PACK_OTHERS; i++)
        file[files++] = other[i];
    return ut_pack_apply(config, file, files, fault);
}
