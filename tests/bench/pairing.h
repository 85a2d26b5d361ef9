/* SPDX-License-Identifier: Apache-2.0 */
/* What a pairing costs on a board: the part of bench.c that needs no audio.
 *
 * out   lines "pairing NAME MICROSECONDS" on stdout: total, of both multiplications, twenty rounds of passkey entry and
 *       everything else from the request to the bond; work_max and packet_max, the longest call of ut_smp_work and of
 *       ut_smp_receive, after each of which the main loop looks at the audio again
 */
#ifndef UT_TESTS_BENCH_PAIRING_H
#define UT_TESTS_BENCH_PAIRING_H

/* 0, or negative when the pairing failed. */
int ut_bench_pairing(void);

#endif
