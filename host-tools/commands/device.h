/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of one headset, and what its image is, over its link. */
#ifndef UT_HOST_DEVICE_H
#define UT_HOST_DEVICE_H

/* `undertone device get|set|defaults|image|reboot ...` */
int ut_device_main(int argc, char **argv);

#endif
