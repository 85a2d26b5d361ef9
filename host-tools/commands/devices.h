/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UT_HOST_DEVICES_H
#define UT_HOST_DEVICES_H

/* `undertone devices [PORT...] [--seconds N] [--json]`; the exit code. */
int ut_devices_main(int argc, char **argv);

#endif
