/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a cue pack, behind heads that are nearly one: what is read keeps to the laws between numbers, and every
 * text of it ends. */
#define _GNU_SOURCE
#include "host-tools/cues/catalogue.h"
#include "host-tools/settings/pack.h"
#include "tests/fuzz/begun.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const heads[4] = {"", "[pack]\nname = a\nfor = b\nauthor = c\nlicense = d\nmeasured_by = e\n",
                                         "[measured]\nempathy_cue = precision ", "[text.de]\nempathy_cue.text = "};
    static struct ut_config config;
    struct ut_pack pack;
    struct ut_fault fault = {0};
    char path[64], filled[200], *text = ut_begun_text(heads, data, size);
    int fd = text != NULL ? memfd_create("pack", 0) : -1;
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
        free(text);
        return 0;
    }
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
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
    free(text);
    return 0;
}
