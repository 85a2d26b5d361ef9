/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/note_key.h"

#include "host-tools/commands/commands.h"
#include "host-tools/system/signed_note.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What verifies the key that was made is printed; a file that is there, and a name that does not fit, are refused. */
static void a_key_is_made_once(void **state)
{
    (void)state;
    char folder[] = "/tmp/undertone-test-XXXXXX", file[60], line[UT_NOTE_VERIFIER], wanted[UT_NOTE_VERIFIER];
    struct ut_note_signer signer;
    struct ut_fault fault = {0};
    int ends[2];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(file, sizeof file, "%s/key", folder);
    assert_int_equal(ut_note_key_make(&ut_command_audit, file, "two words", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
    assert_int_equal(pipe(ends), 0);
    int kept = dup(STDOUT_FILENO);
    (void)dup2(ends[1], STDOUT_FILENO);
    int made = ut_note_key_make(&ut_command_audit, file, "fleet.example", &fault);
    (void)dup2(kept, STDOUT_FILENO);
    ssize_t n = read(ends[0], line, sizeof line - 1);
    (void)close(ends[0]);
    (void)close(ends[1]);
    (void)close(kept);
    assert_int_equal(made, 0);
    assert_true(n > 0);
    line[n] = '\0';
    assert_int_equal(ut_note_signer_read(&signer, file, &fault), 0);
    ut_note_verifier_text(&signer, wanted);
    assert_int_equal(strcspn(line, "\n"), strlen(wanted));
    assert_memory_equal(line, wanted, strlen(wanted));
    assert_int_equal(ut_note_key_make(&ut_command_audit, file, "fleet.example", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
    (void)unlink(file);
    (void)rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_key_is_made_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
