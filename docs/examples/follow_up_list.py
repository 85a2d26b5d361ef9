#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Calls to follow up, a CSV a day: follow_up_list.py FOLDER reads one action on standard input and adds its row to
FOLDER/YEAR-MONTH-DAY.csv, the day of the call's end in UTC. The same action again adds nothing."""
import csv
import fcntl
import json
import os
import sys

COLUMNS = ("id", "time", "contact", "crm_contact", "begin", "peak", "end")


def main():
    event = json.load(sys.stdin)
    data = event["data"]
    row = (event["id"], event["time"], data["ContactId"], data["Contact"], data.get("Begin"), data.get("Peak"), data.get("End"))
    os.makedirs(sys.argv[1], mode=0o700, exist_ok=True)
    with open(os.path.join(sys.argv[1], event["time"][:10] + ".csv"), "a+", encoding="utf-8", newline="") as f:
        fcntl.flock(f, fcntl.LOCK_EX)  # two desks may share the folder
        f.seek(0)
        known = [x[0] for x in csv.reader(f) if x]
        if event["id"] in known:
            return
        writer = csv.writer(f)
        if not known:
            writer.writerow(COLUMNS)
        writer.writerow(row)


if __name__ == "__main__":
    main()
