/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone pair`: makes a headset and this machine trust each other, with a code that a person compares. */
#ifndef UT_HOST_PAIR_H
#define UT_HOST_PAIR_H

/* argv[0] is the program's name. Returns the exit code. */
int ut_pair_main(int argc, char **argv);

#endif
