/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone eval --index TSV`: the classifier's figures on labelled clips. Returns enum ut_exit. */
#ifndef UT_HOST_EVAL_H
#define UT_HOST_EVAL_H

int ut_eval_main(int argc, char **argv);

#endif
