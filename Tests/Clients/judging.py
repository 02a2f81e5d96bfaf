"""The judges at the end of every client test: the product's audit, and the checker outside
(Tests/Outside), which holds what the apps saw against the log and against the audit.

A test whose history the checker outside cannot know says so:

    @pytest.mark.audited_only("its log is forged")

Where the rules of time zones change meanwhile, nobody but the log knows when ticks are due; so says
a test with `zones_change`.
"""

import json
import time
from collections.abc import Iterable

from check import check
from Harness import replay
from Harness.app import Call, Receiver
from reading import SECOND, nanoseconds, read
from told import told
from verdict import Verdict

# No call is judged by a stopwatch: this is for what never comes.
GRACE = 60 * SECOND
# What a server may take to see that a stream was closed.
NOTICED = 2 * SECOND


def judge(server) -> dict:
    """Fails unless both judges are content. Returns the audit's report."""
    code, report = server.audit()
    assert code == 0, f"the judge finds: {report}"
    if server.ledger and "audited_only" not in server.marks and report["totals"]["triggers"]:
        judge_outside(server, report)
    return report


def judge_outside(server, report: dict) -> None:
    verdict = verdict_outside(server, report)
    assert verdict.is_ok, f"{server.ledger.path}: {json.dumps(verdict.document(), indent=1)}"


def verdict_outside(server, report: dict, calls: list[dict] | None = None) -> Verdict:
    """Without `calls`, what was asked is told by the log, unless it was noted."""
    ledger = server.ledger
    server.note_death()
    events = replay.export(server.directory, "--payloads")
    # It may go on.
    events = [line for line in events if line["sequence"] <= report["head"]["last"]]
    write(ledger.export, events)
    if calls is None and not server.is_noted:
        calls = told(events, "zones_change" in server.marks)
    if calls is not None:
        write(ledger.path / "calls.jsonl", calls)
    write(ledger.path / "receipts.jsonl", receipts(server, events))
    ledger.audit.write_text(json.dumps(report))
    for receiver in server.receivers:
        note_absences(server, receiver)
    note_times_without_streams(server)
    return check(read(ledger.path), GRACE)


def write(path, lines: Iterable[dict]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def receipts(server, events: list[dict]) -> list[dict]:
    """What its receivers were called with by this server, in the order in which it came."""
    boots = {line["bootID"] for line in events if line["kind"] == "opened"}
    answers = {line["trigger"]: line for line in events if line["kind"] == "acknowledged"}
    last = events[-1]["sequence"]
    found = []
    for receiver in server.receivers:
        for call in list(receiver.calls):
            if call.key.split("-")[0] not in boots or call.trigger > last:
                continue
            line = call.receipt(server.app_of(receiver, call))
            if not getattr(receiver, "notes_answers", True):
                line |= answered(call, answers.get(call.trigger))
            found.append(line)
    return sorted(found, key=lambda line: line["time"])


def answered(call: Call, answer: dict | None) -> dict:
    """What an app that does not note it has answered is taken from the log."""
    if answer is None or answer["outcome"] not in ("succeeded", "failed", "dropped"):
        return {}
    if answer.get("connectionBroke"):
        return {}
    status = {"succeeded": 200, "failed": 500, "dropped": 200}[answer["outcome"]]
    replied = max(call.time, nanoseconds(answer["time"]))
    return {"status": status, "code": answer["code"], "replied": replied}


def note_absences(server, receiver: Receiver) -> None:
    app = {} if (app_id := server.app_of(receiver)) is None else {"app": app_id}
    # A stream that has been closed does not come back.
    last = time.time_ns() if hasattr(receiver, "port") else receiver.absences[-1][0] + NOTICED
    for start, end in receiver.absences:
        server.ledger.fault("app-down", start, end or last, **app)


def note_times_without_streams(server) -> None:
    """An app of sidecars is away while none of them has a stream."""
    streams: dict[str | None, list] = {}
    for receiver in server.receivers:
        if not hasattr(receiver, "port"):
            streams.setdefault(server.app_of(receiver), []).append(receiver)
    for app_id, receivers in streams.items():
        app = {} if app_id is None else {"app": app_id}
        away = 0
        for start, end in sorted(presence(one) for one in receivers):
            if start > away:
                server.ledger.fault("app-down", away, start, **app)
            away = max(away, end)


def presence(stream: Receiver) -> tuple[int, int]:
    """From when to when it was there."""
    (_, came), *left = stream.absences
    return came or 0, left[0][0] if left else time.time_ns()
