/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/headset/flash_tool.h"

#include "host-tools/system/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* What the tools print (openocd 0.12.0, stlink-tools 1.7.0, dfu-util 0.11), shortened to the lines that matter. */
static const struct {
    enum ut_flash_tool tool;
    int status;
    const char *output;
    enum ut_flash_verdict verdict;
    const char *line;
} said[] = {
    {UT_FLASH_OPENOCD, 0,
     "Info : device id = 0x10076413\n** Programming Finished **\n** Verify Started **\n** Verified OK **\n"
     "** Resetting Target **\nshutdown command invoked\n",
     UT_FLASH_DONE, ""},
    {UT_FLASH_OPENOCD, 0, "Error: checksum mismatch - attempting binary compare\n** Verified OK **\n", UT_FLASH_DONE,
     ""},
    {UT_FLASH_OPENOCD, 1,
     "Info : clock speed 2000 kHz\nError: open failed\nin procedure 'program' \n** OpenOCD init failed **\n",
     UT_FLASH_NO_PROBE, "Error: open failed"},
    {UT_FLASH_OPENOCD, 1, "Error: No J-Link device found\n** OpenOCD init failed **\nshutdown command invoked\n\n",
     UT_FLASH_NO_PROBE, "Error: No J-Link device found"},
    {UT_FLASH_OPENOCD, 1, "Error: unable to find a matching CMSIS-DAP device\n", UT_FLASH_NO_PROBE,
     "Error: unable to find a matching CMSIS-DAP device"},
    {UT_FLASH_OPENOCD, 1, "Error: Multiple devices found, specify the desired device\n", UT_FLASH_TWO_PROBES,
     "Error: Multiple devices found, specify the desired device"},
    {UT_FLASH_OPENOCD, 1, "Error: libusb_open() failed with LIBUSB_ERROR_ACCESS\nError: open failed\n", UT_FLASH_ACCESS,
     "Error: libusb_open() failed with LIBUSB_ERROR_ACCESS"},
    {UT_FLASH_OPENOCD, 1,
     "nRF52 device has a CTRL-AP dedicated to recover the device from AP lock.\nInfo : Target voltage: 3.09\n"
     "Warn : target nrf52.cpu examination failed\nError: Target not examined yet\n",
     UT_FLASH_NO_CHIP, "Warn : target nrf52.cpu examination failed"},
    {UT_FLASH_OPENOCD, 1,
     "Error: Could not find MEM-AP to control the core\n****** WARNING ******\n"
     "nRF52 device has AP lock engaged (see UICR APPROTECT register).\nDebug access is denied.\n",
     UT_FLASH_LOCKED, "nRF52 device has AP lock engaged (see UICR APPROTECT register)."},
    {UT_FLASH_OPENOCD, 1, "Error: stm32x device protected\nError: failed erasing sectors 0 to 2\n", UT_FLASH_LOCKED,
     "Error: stm32x device protected"},
    {UT_FLASH_OPENOCD, 1, "Info : Target voltage: 3.54\nError: init mode failed (unable to connect to the target)\n",
     UT_FLASH_NO_CHIP, "Error: init mode failed (unable to connect to the target)"},
    {UT_FLASH_OPENOCD, 1, "Warn : UNEXPECTED idcode: 0x1ba01477\nError: expected 1 of 1: 0x2ba01477\n",
     UT_FLASH_WRONG_CHIP, "Warn : UNEXPECTED idcode: 0x1ba01477"},
    {UT_FLASH_OPENOCD, 1, "Info : device id = 0x20036410\nError: auto_probe failed\n** Programming Failed **\n",
     UT_FLASH_WRONG_CHIP, "Error: auto_probe failed"},
    {UT_FLASH_OPENOCD, 1, "** Verify Started **\nError: checksum mismatch\n** Verify Failed **\n",
     UT_FLASH_NOT_VERIFIED, "** Verify Failed **"},
    {UT_FLASH_OPENOCD, 1, "Error: something new\n", UT_FLASH_FAILED, "Error: something new"},
    {UT_FLASH_ST_FLASH, 0, "2026-01-01T00:00:00 INFO common.c: Flash written and verified! jolly good!\n",
     UT_FLASH_DONE, ""},
    {UT_FLASH_ST_FLASH, 255, "st-flash 1.7.0\n2026-01-01T00:00:00 WARN usb.c: Couldn't find any ST-Link devices\n",
     UT_FLASH_NO_PROBE, "2026-01-01T00:00:00 WARN usb.c: Couldn't find any ST-Link devices"},
    {UT_FLASH_ST_FLASH, 0, "Found 0 stlink programmers\n", UT_FLASH_NO_PROBE, "Found 0 stlink programmers"},
    {UT_FLASH_ST_FLASH, 255,
     "2020-12-27T11:16:13 WARN usb.c: NRST is not connected\n2020-12-27T11:16:13 WARN common.c: unknown chip id! "
     "0x3748\nFailed to connect to target\n",
     UT_FLASH_WRONG_CHIP, "2020-12-27T11:16:13 WARN common.c: unknown chip id! 0x3748"},
    {UT_FLASH_ST_FLASH, 255, "Failed to connect to target\n", UT_FLASH_NO_CHIP, "Failed to connect to target"},
    {UT_FLASH_ST_FLASH, 255, "ERROR common.c: Flash memory is write protected\n", UT_FLASH_LOCKED,
     "ERROR common.c: Flash memory is write protected"},
    {UT_FLASH_ST_FLASH, 255,
     "ERROR flash_loader.c: flash loader run error\nstlink_flash_loader_run(0x8000000) failed! == -1\n"
     "stlink_fwrite_flash() == -1\n",
     UT_FLASH_NOT_WRITTEN, "ERROR flash_loader.c: flash loader run error"},
    {UT_FLASH_ST_FLASH, 255, "ERROR common.c: Verification of flash failed at offset: 512\n", UT_FLASH_NOT_VERIFIED,
     "ERROR common.c: Verification of flash failed at offset: 512"},
    {UT_FLASH_DFU_UTIL, 74, "dfu-util: No DFU capable USB device available\n", UT_FLASH_NO_PROBE,
     "dfu-util: No DFU capable USB device available"},
    {UT_FLASH_DFU_UTIL, 64,
     "dfu-util: More than one DFU capable USB device found! Try `--list' and specify the serial number or disconnect "
     "all but one device\n",
     UT_FLASH_TWO_PROBES,
     "dfu-util: More than one DFU capable USB device found! Try `--list' and specify the serial number or disconnect "
     "all but one device"},
    {UT_FLASH_DFU_UTIL, 74, "dfu-util: Cannot open DFU device 0483:df11 found on devnum 5 (LIBUSB_ERROR_IO)\n",
     UT_FLASH_FAILED, "dfu-util: Cannot open DFU device 0483:df11 found on devnum 5 (LIBUSB_ERROR_IO)"},
    {UT_FLASH_DFU_UTIL, 0, "Download done.\nFile downloaded successfully\n", UT_FLASH_DONE, ""},
};

static void words_are_understood(void **state)
{
    (void)state;
    static struct ut_program p;
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        char line[256];
        p.status = said[i].status;
        p.timed_out = 0;
        (void)snprintf(p.output, sizeof p.output, "%s", said[i].output);
        assert_int_equal(ut_flash_read(said[i].tool, &p, line, sizeof line), said[i].verdict);
        assert_string_equal(line, said[i].line);
    }
}

static void one_tool_s_words_mean_nothing_from_another(void **state)
{
    (void)state;
    static struct ut_program p = {.status = 0, .output = "Error: open failed\n"};
    char line[64];
    assert_int_equal(ut_flash_read(UT_FLASH_ST_FLASH, &p, line, sizeof line), UT_FLASH_DONE);
    assert_int_equal(ut_flash_read(UT_FLASH_OPENOCD, &p, line, sizeof line), UT_FLASH_NO_PROBE);
}

static void the_time_limit_comes_first(void **state)
{
    (void)state;
    static struct ut_program p = {.status = -1, .timed_out = 1, .output = "** Verified OK **\n"};
    char line[64];
    assert_int_equal(ut_flash_read(UT_FLASH_OPENOCD, &p, line, sizeof line), UT_FLASH_TIMED_OUT);
}

static void a_long_line_is_cut_and_shown_without_control_characters(void **state)
{
    (void)state;
    static struct ut_program p = {.status = 1, .output = "x\nError: \033[1mopen failed and more\n\n"};
    char line[24];
    assert_int_equal(ut_flash_read(UT_FLASH_OPENOCD, &p, line, sizeof line), UT_FLASH_FAILED);
    assert_string_equal(line, "Error: ?[1mopen failed ");
}

static void chips_are_told_apart(void **state)
{
    (void)state;
    static const char TWO[] = "Found 2 stlink programmers\n  version:    V2J37S7\n  serial:     AA11\n"
                              "  chipid:     0x0410\n  version:    V2J37S7\n  serial:     BB22\n  chipid:     0x0413\n";
    const struct ut_flash_board *stm = ut_flash_board("f407"), *nrf = ut_flash_board("n840");
    assert_int_equal(
        ut_flash_chip(stm, UT_FLASH_OPENOCD, "Info : device id = 0x10076413\nInfo : flash size = 1024 KiB", ""),
        UT_FLASH_DONE);
    assert_int_equal(ut_flash_chip(stm, UT_FLASH_OPENOCD, "Info : device id = 0x20036410\n", ""), UT_FLASH_WRONG_CHIP);
    assert_int_equal(ut_flash_chip(stm, UT_FLASH_OPENOCD, "Info : device id = 0x", ""), UT_FLASH_WRONG_CHIP);
    assert_int_equal(ut_flash_chip(stm, UT_FLASH_OPENOCD, "", ""), UT_FLASH_NO_CHIP);
    assert_int_equal(ut_flash_chip(nrf, UT_FLASH_OPENOCD, "Info : nRF52840-xxAA(build code: F0) 1024kB Flash", ""),
                     UT_FLASH_DONE);
    assert_int_equal(ut_flash_chip(nrf, UT_FLASH_OPENOCD, "Info : nRF52832-QFAA(build code: E0) 512kB Flash", ""),
                     UT_FLASH_WRONG_CHIP);
    assert_int_equal(ut_flash_chip(stm, UT_FLASH_ST_FLASH, TWO, "BB22"), UT_FLASH_DONE);
    assert_int_equal(ut_flash_chip(stm, UT_FLASH_ST_FLASH, TWO, "AA11"), UT_FLASH_WRONG_CHIP);
    assert_int_equal(ut_flash_chip(stm, UT_FLASH_ST_FLASH, TWO, "CC33"), UT_FLASH_NO_CHIP);
    assert_int_equal(ut_flash_chip(stm, UT_FLASH_ST_FLASH, TWO, ""), UT_FLASH_WRONG_CHIP);
    assert_int_equal(ut_flash_chip(stm, UT_FLASH_DFU_UTIL, "name=\"@Internal Flash  /0x08000000/04*016Kg\"", ""),
                     UT_FLASH_DONE);
    assert_int_equal(ut_flash_chip(stm, UT_FLASH_DFU_UTIL, "Found Runtime: [1d50:6018]", ""), UT_FLASH_WRONG_CHIP);
}

static void boards_are_found_by_either_name(void **state)
{
    (void)state;
    assert_ptr_equal(ut_flash_board("f407"), ut_flash_board("stm32f4-discovery"));
    assert_ptr_equal(ut_flash_board("n840"), ut_flash_board("nrf52840-dk"));
    assert_null(ut_flash_board("mps2"));
    assert_null(ut_flash_board(""));
    assert_int_equal(ut_flash_tool_named("st-flash"), UT_FLASH_ST_FLASH);
    assert_int_equal(ut_flash_tool_named("jlink"), -1);
    assert_string_equal(ut_flash_tool_name(UT_FLASH_OPENOCD), "openocd");
    assert_int_equal(ut_flash_tool_probes(ut_flash_board("n840"), UT_FLASH_OPENOCD),
                     UT_PROBE_JLINK | UT_PROBE_CMSIS_DAP);
    assert_int_equal(ut_flash_tool_probes(ut_flash_board("f407"), UT_FLASH_DFU_UTIL), UT_PROBE_DFU);
}

static void every_verdict_says_what_to_do(void **state)
{
    (void)state;
    for (int v = 0; v < UT_FLASH_VERDICTS; v++) {
        assert_non_null(ut_flash_advice((enum ut_flash_verdict)v));
        assert_true((ut_flash_exit((enum ut_flash_verdict)v) == UT_EXIT_OK) == (v == UT_FLASH_DONE));
    }
    assert_int_equal(ut_flash_exit(UT_FLASH_LOCKED), UT_EXIT_LOCKED);
    assert_int_equal(ut_flash_exit(UT_FLASH_WRONG_CHIP), UT_EXIT_WRONG_CHIP);
    assert_int_equal(ut_flash_exit(UT_FLASH_NO_PROBE), UT_EXIT_NO_DEVICE);
    assert_int_equal(ut_flash_exit(UT_FLASH_TWO_PROBES), UT_EXIT_USAGE);
}

/* Stand-ins for the tools: each notes its words, a line each and an empty line behind them, says what it is given to
 * say, and the reader of a boot loader gives back what it is given. */
static char folder[] = "/tmp/undertest-tools-XXXXXX";

static void write_text(const char *name, const char *text, int mode)
{
    char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, (mode_t)mode), 0);
}

static int make_tools(void **state)
{
    (void)state;
    static const char *const names[] = {"openocd", "st-flash", "st-info", "dfu-util"};
    static char path[4000];
    if (mkdtemp(folder) == NULL)
        return -1;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        write_text(names[i],
                   "#!/bin/sh\nhere=$(dirname \"$0\")\nprintf '%s\\n' \"$(basename \"$0\")\" \"$@\" '' "
                   ">>\"$here/words\"\ncat \"$here/says\"\n"
                   "for last; do :; done\ncase \" $* \" in *' -U '*) cp \"$here/flash\" \"$last\";; esac\n",
                   0700);
    write_text("image", "the image", 0600);
    const char *before = getenv("PATH");
    (void)snprintf(path, sizeof path, "%s:%s", folder, before != NULL ? before : "/bin:/usr/bin");
    return setenv("PATH", path, 1);
}

static int remove_tools(void **state)
{
    (void)state;
    char command[100];
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

/* Writes the image with the tools saying so; what they were asked is in asked. */
static char asked[4000];

static enum ut_flash_verdict written(const char *board, enum ut_flash_tool tool, enum ut_probe_kind kind,
                                     const char *serial, const char *says)
{
    char line[256], image[200], words[200];
    struct ut_probe probe = {.kind = kind};
    (void)snprintf(probe.serial, sizeof probe.serial, "%s", serial);
    (void)snprintf(image, sizeof image, "%s/image", folder);
    (void)snprintf(words, sizeof words, "%s/words", folder);
    write_text("says", says, 0600);
    (void)unlink(words);
    enum ut_flash_verdict v =
        ut_flash_write(ut_flash_board(board), tool, &probe, image, strlen("the image"), line, sizeof line);
    FILE *f = fopen(words, "r");
    asked[f != NULL ? fread(asked, 1, sizeof asked - 1, f) : 0] = '\0';
    if (f != NULL)
        (void)fclose(f);
    return v;
}

#define NRF_WORDS "openocd\n-f\ninterface/jlink.cfg\n-c\ntransport select swd\n-f\ntarget/nrf52.cfg\n"

static void openocd_names_the_chip_then_writes_and_compares(void **state)
{
    (void)state;
    char wanted[2000];
    assert_int_equal(written("n840", UT_FLASH_OPENOCD, UT_PROBE_JLINK, "00105", "nRF52840-xxAA\n** Verified OK **\n"),
                     UT_FLASH_DONE);
    (void)snprintf(wanted, sizeof wanted,
                   NRF_WORDS "-c\nadapter serial {00105}\n-c\ninit; reset halt; flash probe 0; shutdown\n\n" NRF_WORDS
                             "-c\nadapter serial {00105}\n-c\nprogram {%s/image} verify reset exit 0x00000000\n\n",
                   folder);
    assert_string_equal(asked, wanted);
    assert_int_equal(written("n840", UT_FLASH_OPENOCD, UT_PROBE_JLINK, "", "nRF52840-xxAA\n"), UT_FLASH_NOT_VERIFIED);
    (void)snprintf(wanted, sizeof wanted,
                   NRF_WORDS "-c\ninit; reset halt; flash probe 0; shutdown\n\n" NRF_WORDS
                             "-c\nprogram {%s/image} verify reset exit 0x00000000\n\n",
                   folder);
    assert_string_equal(asked, wanted);
    assert_int_equal(written("f407", UT_FLASH_OPENOCD, UT_PROBE_STLINK, "", "device id = 0x20036410\n"),
                     UT_FLASH_WRONG_CHIP);
    assert_string_equal(asked, "openocd\n-f\ninterface/stlink.cfg\n-c\ntransport select hla_swd\n-f\n"
                               "target/stm32f4x.cfg\n-c\ninit; reset halt; flash probe 0; shutdown\n\n");
    assert_int_equal(written("n840", UT_FLASH_OPENOCD, UT_PROBE_CMSIS_DAP, "", "nRF52832"), UT_FLASH_WRONG_CHIP);
    assert_non_null(strstr(asked, "\ninterface/cmsis-dap.cfg\n-c\ntransport select swd\n"));
}

static void st_flash_names_the_chip_then_writes(void **state)
{
    (void)state;
    char wanted[2000];
    static const char says[] = "serial: 0670FF\nchipid: 0x0413\nFlash written and verified! jolly good!\n";
    assert_int_equal(written("f407", UT_FLASH_ST_FLASH, UT_PROBE_STLINK, "0670FF", says), UT_FLASH_DONE);
    (void)snprintf(wanted, sizeof wanted,
                   "st-info\n--probe\n\nst-flash\n--serial\n0670FF\n--reset\nwrite\n%s/image\n0x08000000\n\n", folder);
    assert_string_equal(asked, wanted);
    assert_int_equal(written("f407", UT_FLASH_ST_FLASH, UT_PROBE_STLINK, "", says), UT_FLASH_DONE);
    (void)snprintf(wanted, sizeof wanted, "st-info\n--probe\n\nst-flash\n--reset\nwrite\n%s/image\n0x08000000\n\n",
                   folder);
    assert_string_equal(asked, wanted);
    assert_int_equal(written("f407", UT_FLASH_ST_FLASH, UT_PROBE_STLINK, "", "chipid: 0x0413\n"),
                     UT_FLASH_NOT_VERIFIED);
}

static void dfu_util_writes_and_reads_back(void **state)
{
    (void)state;
    char begin[2000];
    static const char says[] = "@Internal Flash  /0x08000000/04*016Kg\n";
    write_text("flash", "the image and more", 0600);
    assert_int_equal(written("f407", UT_FLASH_DFU_UTIL, UT_PROBE_DFU, "3571", says), UT_FLASH_DONE);
    (void)snprintf(begin, sizeof begin,
                   "dfu-util\n-l\n\ndfu-util\n-a\n0\n-d\n0483:df11\n-S\n3571\n-s\n0x08000000\n-D\n%s/image\n\n"
                   "dfu-util\n-a\n0\n-d\n0483:df11\n-S\n3571\n-s\n0x08000000:9:leave\n-U\n/",
                   folder);
    assert_int_equal(strncmp(asked, begin, strlen(begin)), 0);
    char *back = strrchr(asked, '/'); /* what was read back is not left lying about */
    assert_non_null(back);
    assert_string_equal(back, "/back\n\n");
    back[5] = '\0';
    assert_int_equal(access(strstr(asked, "-U\n") + 3, F_OK), -1);
    write_text("flash", "the imagE and more", 0600);
    assert_int_equal(written("f407", UT_FLASH_DFU_UTIL, UT_PROBE_DFU, "", says), UT_FLASH_NOT_VERIFIED);
    assert_null(strstr(asked, "-S"));
    write_text("flash", "the imag", 0600);
    assert_int_equal(written("f407", UT_FLASH_DFU_UTIL, UT_PROBE_DFU, "", says), UT_FLASH_NOT_VERIFIED);
}

static void no_serial_number_reaches_a_tool_that_is_no_name(void **state)
{
    (void)state;
    assert_int_equal(written("n840", UT_FLASH_OPENOCD, UT_PROBE_JLINK, "x}; exec id; #", "nRF52840\n"),
                     UT_FLASH_NO_PROBE);
    assert_string_equal(asked, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_understood),
        cmocka_unit_test(one_tool_s_words_mean_nothing_from_another),
        cmocka_unit_test(the_time_limit_comes_first),
        cmocka_unit_test(a_long_line_is_cut_and_shown_without_control_characters),
        cmocka_unit_test(chips_are_told_apart),
        cmocka_unit_test(boards_are_found_by_either_name),
        cmocka_unit_test(every_verdict_says_what_to_do),
        cmocka_unit_test(openocd_names_the_chip_then_writes_and_compares),
        cmocka_unit_test(st_flash_names_the_chip_then_writes),
        cmocka_unit_test(dfu_util_writes_and_reads_back),
        cmocka_unit_test(no_serial_number_reaches_a_tool_that_is_no_name),
    };
    return cmocka_run_group_tests(tests, make_tools, remove_tools);
}
