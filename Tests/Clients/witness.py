"""The judge, and a witness outside the process: what the app saw must agree with the log."""

import re
from collections import defaultdict
from datetime import datetime, timezone

TRACE = re.compile("00-[0-9a-f]{32}-[0-9a-f]{16}-01")


def judge(server, app=None) -> dict:
    """Fails unless the audit is clean and agrees with the app. Returns the audit's report."""
    code, report = server.audit()
    assert code == 0, f"the judge finds: {report}"
    if app:
        check_calls(app.calls)
        check_duplicates(app.calls, report)
    return report


def check_calls(calls) -> None:
    """Never early; one key a tick, and what belongs to a tick the same in every attempt."""
    seen = {}
    triggers = set()
    for call in calls:
        assert nanoseconds(call.due) <= call.time, f"early: {call}"
        same = (call.name, call.due, call.body)
        assert seen.setdefault(call.key, same) == same, f"one key for two ticks: {call}"
        assert call.attempt >= 1 and call.cause in {"schedule", "retry", "redelivery"}, call
        trigger = call.headers["daybook-trigger"]
        assert trigger not in triggers, f"one trigger number for two calls: {call}"
        triggers.add(trigger)
        assert TRACE.fullmatch(call.headers["traceparent"]), call
    dues = defaultdict(dict)
    for call in calls:
        dues[call.key.rpartition("-")[0]][call.tick] = nanoseconds(call.due)
    for job, ticks in dues.items():
        in_order = [due for _, due in sorted(ticks.items())]
        assert in_order == sorted(in_order), f"ticks of {job} out of order: {sorted(ticks.items())}"


def check_duplicates(calls, report) -> None:
    """Whatever the app saw twice is among what the log calls possible duplicates."""
    counts = defaultdict(int)
    for call in calls:
        _, generation, tick = call.key.rsplit("-", 2)
        counts[int(generation), int(tick)] += 1
    possible = {(int(found["generation"]), int(found["tick"])) for found in duplicates(report)}
    seen_twice = {tick for tick, count in counts.items() if count > 1}
    assert seen_twice <= possible, f"unexplained duplicates: {sorted(seen_twice - possible)}"


def duplicates(report) -> list[dict]:
    return report["possibleDuplicates"]


def nanoseconds(text: str) -> int:
    """An instant in RFC 3339, UTC, as nanoseconds since 1970."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    moment = datetime.fromisoformat(whole).replace(tzinfo=timezone.utc)
    return int(moment.timestamp()) * 1_000_000_000 + int(fraction.ljust(9, "0"))
