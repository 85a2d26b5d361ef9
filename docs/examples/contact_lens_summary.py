#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who talked how much, interruptions, silence and sentiment of per-call files in Contact Lens' layout, as
`undertone replay call.wav --format call` writes them: contact_lens_summary.py FILE... (- is standard input)"""
import json
import sys


def summary(call):
    """Lines about one call; a member that the file lacks is left out."""
    c = call.get("ConversationCharacteristics", {})
    yield f"{call.get('CustomerMetadata', {}).get('ContactId', '?')}: {c.get('TotalConversationDurationMillis', 0) / 1000:.1f} s"
    talk = {who: x["TotalTimeMillis"] for who, x in c.get("TalkTime", {}).get("DetailsByParticipant", {}).items()}
    for who, ms in talk.items():
        yield f"  talk share      {who.lower():9} {100 * ms / (sum(talk.values()) or 1):5.1f} %"
    if "Interruptions" in c:
        yield f"  interruptions   {c['Interruptions']['TotalCount']}"
        for who, found in c["Interruptions"].get("InterruptionsByInterrupter", {}).items():
            yield f"    by {who.lower():9} {len(found)}, {sum(x['DurationMillis'] for x in found) / 1000:.1f} s"
    if "NonTalkTime" in c:
        yield f"  non-talk time   {c['NonTalkTime']['TotalTimeMillis'] / 1000:.1f} s"
    for who, quarters in c.get("Sentiment", {}).get("SentimentByPeriod", {}).get("QUARTER", {}).items():
        for x in quarters:
            yield f"  sentiment       {who.lower():9} {x['BeginOffsetMillis'] / 1000:6.1f} to {x['EndOffsetMillis'] / 1000:6.1f} s  {x['Score']:+.2f}"


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for name in sys.argv[1:]:
        with open(0 if name == "-" else name, encoding="utf-8") as f:
            print("\n".join(summary(json.load(f))))
