/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a cue pack, behind heads that are nearly one, sealed with the sha256 that it has: what is read keeps to
 * the laws between numbers, and every text of it ends. */
#define _GNU_SOURCE
#include "host-tools/cues/catalogue.h"
#include "host-tools/settings/pack.h"
#include "tests/fuzz/begun.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where it can be read: in memory, with the sha256, which is of the lines that do not begin with it. */
static int put(const char *own, const char *text, char path[64])
{
    int fd = memfd_create("pack", 0);
    if (fd >= 0 && dprintf(fd, "[pack]\nsha256 = %s\n%s", own, text) < 0) {
        (void)close(fd);
        return -1;
    }
    (void)snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const heads[4] = {"",
                                         ("name = a\nfor = b\nauthor = c\nlicense = d\nmeasured_by = e\n[measured]\n"
                                          "empathy_cue = precision 1 recall 1 n 2\n"),
                                         "[measured]\nempathy_cue = precision ", "[text.de]\nempathy_cue.text = "};
    static struct ut_config config;
    static struct ut_pack pack;
    struct ut_fault fault = {0};
    char path[64], filled[200], *text = ut_begun_text(heads, data, size);
    int unsealed = text != NULL ? put("", text, path) : -1, fd = -1;
    if (unsealed >= 0) {
        ut_config_defaults(&config);
        (void)ut_pack_read(&pack, &config, path, &fault);
        (void)close(unsealed);
        fd = put(pack.own, text, path);
    }
    free(text);
    if (fd < 0)
        return 0;
    ut_config_defaults(&config);
    if (ut_pack_read(&pack, &config, path, &fault) == 0 &&
        (ut_config_check(&config, &fault) != 0 || strcmp(pack.sha256, pack.own) != 0 || pack.name[0] == '\0'))
        abort();
    for (int i = 0; i < UT_CUES; i++) { /* also of what was refused half-way: as long as there was room */
        const struct ut_cue_words w = ut_catalogue_cue(UT_GERMAN, (enum ut_cue)i, &config);
        ut_catalogue_fill(filled, sizeof filled, w.text, UT_GERMAN, (enum ut_cue)i, &config, NULL);
        if (strlen(w.title) >= UT_CONFIG_TITLE_BYTES || strlen(filled) >= sizeof filled)
            abort();
    }
    (void)close(fd);
    return 0;
}
