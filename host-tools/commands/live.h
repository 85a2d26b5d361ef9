/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone live`: one headset, or its stand-in, as live cues on a screen, as plain lines, or as events. */
#ifndef UT_HOST_LIVE_H
#define UT_HOST_LIVE_H

int ut_live_main(int argc, char **argv);

#endif
