/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone flash`: a firmware image onto one board or a row of them, until each says hello with it. */
#ifndef UT_HOST_FLASH_H
#define UT_HOST_FLASH_H

/* argv[0] is the program's name. Returns the exit code. */
int ut_flash_main(int argc, char **argv);

#endif
