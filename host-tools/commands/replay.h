/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone replay FILE...`: recorded calls through the headset's code and the wire. Returns enum ut_exit. */
#ifndef UT_HOST_REPLAY_H
#define UT_HOST_REPLAY_H

int ut_replay_main(int argc, char **argv);

#endif
