/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UT_HOST_TUNE_H
#define UT_HOST_TUNE_H

/* `undertone tune LABELS.tsv [options]`; the exit code. SPEC.md "Tune". */
int ut_tune_main(int argc, char **argv);

#endif
