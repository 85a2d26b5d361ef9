/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone features FILE...`: the rows the classifier and the turn logic see, as CSV. Returns enum ut_exit. */
#ifndef UT_HOST_FEATURES_H
#define UT_HOST_FEATURES_H

int ut_features_main(int argc, char **argv);

#endif
