/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/archive_work.h"

#include "host-tools/system/output.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child. */
static int work(const struct ut_archive_work *w, const struct ut_archive_call *c, struct ut_fault *fault)
{
    const struct ut_archive_results *r = &w->results;
    char path[UT_ARCHIVE_PATH], summary[UT_ARCHIVE_PATH], text[UT_ARCHIVE_PATH];
    snprintf(path, sizeof path, "%.2000s/%.2000s", w->folder, c->name);
    ut_archive_results_path(r, c, "json", summary);
    if (ut_archive_results_folders(summary) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: its folder cannot be made (%s); check permissions", summary,
                            strerror(errno));
    ut_archive_results_remove(r, c);
    struct ut_output file = {.file = NULL};
    if (r->ext != NULL) {
        ut_archive_results_path(r, c, r->ext, text);
        if (ut_output_open(&file, text, fault) != 0)
            return -1;
    }
    bool to_file = r->ext != NULL && dup2(fileno(file.file), STDOUT_FILENO) >= 0;
    if ((!to_file && (r->ext != NULL || freopen("/dev/null", "w", stdout) == NULL)) ||
        freopen("/dev/null", "w", stderr) == NULL) {
        ut_output_abandon(&file);
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written (%s); check the folder", summary,
                            strerror(errno));
    }
    int result = w->one(w->ctx, path, summary, fault);
    if (result == 0 && ut_output_flush(fault) != 0)
        result = -1;
    if (result == 0 && r->ext != NULL)
        result = ut_output_commit(&file, fault);
    ut_output_abandon(&file);
    if (result == 0)
        result = ut_archive_results_mark(r, c, fault);
    if (result != 0)
        ut_archive_results_remove(r, c);
    return result;
}

struct child {
    pid_t pid;
    int from; /* read end: the fault */
    struct ut_archive_call *call;
};

/* 0, or -1 when no process can be had. */
static int start(const struct ut_archive_work *w, struct ut_archive_call *call, struct child *child)
{
    int ends[2];
    if (pipe(ends) != 0)
        return -1;
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0) {
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    if (pid == 0) {
        struct ut_fault fault = {0};
        close(ends[0]);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a run that is killed leaves nobody behind who writes on */
        int result = work(w, call, &fault);
        if (result != 0 && write(ends[1], &fault, sizeof fault) != (ssize_t)sizeof fault)
            _exit(UT_EXIT_FAILURE);
        _exit(result == 0 ? UT_EXIT_OK : fault.code == 0 ? UT_EXIT_FAILURE : fault.code);
    }
    close(ends[1]);
    *child = (struct child){pid, ends[0], call};
    return 0;
}

static void finish(const struct ut_archive_work *w, const struct child *child, int status)
{
    struct ut_archive_call *c = child->call;
    bool said = read(child->from, &c->fault, sizeof c->fault) == (ssize_t)sizeof c->fault;
    close(child->from);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && ut_archive_results_done(&w->results, c)) {
        c->state = UT_ARCHIVE_DONE;
        return;
    }
    c->state = UT_ARCHIVE_FAILED;
    if (WIFSIGNALED(status))
        ut_fault_set(&c->fault, UT_EXIT_FAILURE, "%s: the program crashed on it (signal %d); report the file", c->name,
                     WTERMSIG(status));
    else if (!said)
        ut_fault_set(&c->fault, UT_EXIT_FAILURE, "%s: its process ended without a word; check memory and disk",
                     c->name);
    ut_archive_results_remove(&w->results, c);
    ut_archive_results_sweep(&w->results, &(struct ut_archive_calls){.call = c, .n = 1});
}

/* Largest first, so that no long call is left for the end. */
static int by_size(const void *x, const void *y)
{
    const struct ut_archive_call *a = *(struct ut_archive_call *const *)x, *b = *(struct ut_archive_call *const *)y;
    if (a->size != b->size)
        return a->size > b->size ? -1 : 1;
    return (a > b) - (a < b);
}

int ut_archive_work(const struct ut_archive_work *w, struct ut_archive_calls *calls, struct ut_fault *fault)
{
    struct child child[UT_ARCHIVE_JOBS_MAX];
    int running = 0;
    size_t next = 0, waiting = 0;
    int64_t done = 0, total = 0;
    struct ut_archive_call **order = calloc(calls->n, sizeof *order);
    if (order == NULL && calls->n > 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", w->folder);
    for (size_t i = 0; i < calls->n; i++)
        if (calls->call[i].state == UT_ARCHIVE_WAITING) {
            order[waiting++] = &calls->call[i];
            total += calls->call[i].size;
        }
    if (waiting > 0)
        qsort(order, waiting, sizeof *order, by_size);
    int result = 0;
    while (running > 0 || (next < waiting && result == 0)) {
        if (result == 0 && next < waiting && running < w->jobs) {
            if (start(w, order[next], &child[running]) == 0) {
                running++;
                next++;
                continue;
            }
            if (running == 0) {
                result = ut_fault_set(fault, UT_EXIT_FAILURE, "%s: no process can be started (%s); free some memory",
                                      w->folder, strerror(errno));
                continue;
            }
        }
        int status;
        pid_t pid = wait(&status);
        if (pid < 0 && errno != EINTR)
            break;
        for (int i = 0; i < running; i++) {
            if (child[i].pid != pid)
                continue;
            finish(w, &child[i], status);
            done += child[i].call->size;
            child[i] = child[--running];
            break;
        }
        ut_output_progress("replay", done, total);
    }
    ut_output_progress_end();
    free(order);
    return result;
}
