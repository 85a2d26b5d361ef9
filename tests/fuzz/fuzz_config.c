/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a config file: refused with one line, or read with every number in its range. */
#define _GNU_SOURCE
#include "host-tools/settings/action_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ut_config config;
    static struct ut_action_rules rules;
    struct ut_fault fault = {0};
    char path[64];
    int fd = memfd_create("config", 0);
    if (fd < 0)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (write(fd, data, size) == (ssize_t)size) {
        if (ut_config_load(&config, path, &fault) != 0) {
            if (fault.code == 0 || fault.text[0] == '\0')
                abort();
        } else {
            for (int i = 0; i < UT_PARAMS; i++)
                if (!(config.value[i] >= ut_param_info[i].low && config.value[i] <= ut_param_info[i].high))
                    abort();
            if (ut_action_rules_read(&rules, &config, &fault) != 0 && fault.text[0] == '\0')
                abort();
        }
    }
    close(fd);
    return 0;
}
