/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/floor_metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void every_count_has_its_line(void **state)
{
    (void)state;
    struct ut_ingest_counts ingest = {.taken = 11, .again = 12, .scores = 13, .commits = 14};
    ingest.rejected[UT_INGEST_FOREIGN] = 15;
    const struct ut_floor_metrics m = {
        .ingest = &ingest,
        .ledger = {.calls_live = 16, .flags_open = 17, .flags_unseen = 21, .devices_connected = 18},
        .skew_ms = -23999,
        .cpu_ms = 33034,
        .brokers_up = 19,
        .connections = 20,
        .not_shown = 23,
        .lease_epoch = 22,
        .node = "n",
        .holder = "n-1",
        .rollout = {.number = 24,
                    .ring = 1,
                    .state = UT_LEDGER_RING_STOPPED,
                    .ring_s = 25,
                    .hold_s = 26,
                    .desks = {27, 28, 29, 30, 31},
                    .stopped = 32}};
    static const char *const lines[] = {"\nundertone_ingest_events_total 11\n",
                                        "\nundertone_ingest_duplicates_total 12\n",
                                        "\nundertone_ingest_scores_total 13\n",
                                        "\nundertone_ingest_commits_total 14\n",
                                        "\nundertone_ingest_rejected_total{reason=\"foreign\"} 15\n",
                                        "\nundertone_ingest_rejected_total{reason=\"json\"} 0\n",
                                        "\nundertone_calls_live 16\n",
                                        "\nundertone_flags_open 17\n",
                                        "\nundertone_devices_connected 18\n",
                                        "\nundertone_flags_unacknowledged 21\n",
                                        "\nundertone_clock_skew_seconds -23\n",
                                        "\nundertone_brokers_up 19\n",
                                        "\nundertone_broker_connections_total 20\n",
                                        "\nprocess_cpu_seconds_total 33.034\n",
                                        "\nundertone_questions_not_shown_total 23\n",
                                        "\nundertone_rollout_number 24\n",
                                        "\nundertone_rollout_ring 1\n",
                                        "\nundertone_rollout_state 3\n",
                                        "\nundertone_rollout_open_seconds 25\n",
                                        "\nundertone_rollout_hold_seconds 26\n",
                                        "\nundertone_rollout_desks{state=\"fetching\"} 27\n",
                                        "\nundertone_rollout_desks{state=\"reverted\"} 31\n",
                                        "\nundertone_rollout_stopped_total 32\n",
                                        "\nundertone_lease_epoch 22\n",
                                        "\nundertone_lease_info{node=\"n\",holder=\"n-1\"} 1\n"};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    ut_floor_metrics_write(&m, out);
    assert_int_equal(fclose(out), 0);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_non_null(strstr(text, lines[i]));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_count_has_its_line)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
