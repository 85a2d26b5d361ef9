/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone cues`: every threshold in force, with its unit and where it comes from. Returns enum ut_exit. */
#ifndef UT_HOST_CUES_H
#define UT_HOST_CUES_H

int ut_cues_main(int argc, char **argv);

#endif
