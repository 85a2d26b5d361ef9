/* SPDX-License-Identifier: Apache-2.0 */
/* A desk that takes roll-outs, for tests: a fleet's key, a config file that knows it, and the folder for what is rolled
 * out, all in a folder of the test's own. */
#ifndef UT_TEST_FLEET_FOLDER_H
#define UT_TEST_FLEET_FOLDER_H

#include "host-tools/settings/rollout_kept.h"

#include <stdio.h>
#include <stdlib.h>

static char home[] = "/tmp/undertone-test-XXXXXX";
static char ini[100], folder[100];
static char verifier[UT_NOTE_VERIFIER];
static struct ut_note_signer signer;
static struct ut_fault fault;

/* more: of the config file. 0 or -1. */
static inline int begin_with(const char *more)
{
    char key[120];
    if (mkdtemp(home) == NULL)
        return -1;
    (void)snprintf(key, sizeof key, "%s/key", home);
    (void)snprintf(ini, sizeof ini, "%s/ini", home);
    (void)snprintf(folder, sizeof folder, "%s/fleet", home);
    if (ut_note_make_key(key, "fleet", verifier, &fault) != 0 || ut_note_signer_read(&signer, key, &fault) != 0)
        return -1;
    FILE *f = fopen(ini, "w");
    if (f == NULL)
        return -1;
    (void)fprintf(f, "[fleet]\nverifier = %s\nfolder = %s\n%s", verifier, folder, more);
    return fclose(f);
}

static inline int end(void **state)
{
    (void)state;
    char command[100];
    (void)snprintf(command, sizeof command, "rm -r %s", home);
    return system(command);
}

#endif
