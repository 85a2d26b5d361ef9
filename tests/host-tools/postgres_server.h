/* SPDX-License-Identifier: Apache-2.0 */
/* A PostgreSQL server of a test's own: tests/host-tools/postgres.sh. */
#ifndef UT_TESTS_HOST_TOOLS_POSTGRES_SERVER_H
#define UT_TESTS_HOST_TOOLS_POSTGRES_SERVER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char ut_server_folder[] = "/tmp/undertone-XXXXXX", ut_server_address[200];

/* "start" (its address is kept), "kill", "stop". 0, or not. */
static inline int ut_server(const char *word)
{
    char command[200], line[200];
    if (ut_server_address[0] == '\0' && (mkdtemp(ut_server_folder) == NULL || chmod(ut_server_folder, 0755) != 0))
        return -1;
    (void)snprintf(command, sizeof command, "OWNER=%d tests/host-tools/postgres.sh %s %s", (int)getpid(), word,
                   ut_server_folder);
    FILE *f = popen(command, "r");
    if (f == NULL)
        return -1;
    if (fgets(line, sizeof line, f) != NULL)
        (void)snprintf(ut_server_address, sizeof ut_server_address, "%.*s", (int)strcspn(line, "\n"), line);
    return pclose(f);
}

/* Stops it; nothing of it stays. */
static inline int ut_server_end(void)
{
    char command[200];
    int r = ut_server("stop");
    (void)snprintf(command, sizeof command, "rm -rf %s", ut_server_folder);
    return system(command) != 0 || r != 0;
}

#endif
