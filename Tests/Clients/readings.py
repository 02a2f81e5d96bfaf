"""A small log of two jobs that ran, alike but for what is forged, and what `daybook-replay` says of
it in its forms."""

import csv
import io
import json
import shutil
import struct
from pathlib import Path

from forgery import Forgery
from Harness import replay

TICKS = 4


def two_jobs(server, target: Path) -> Path:
    """A copy of the log of a server that has stopped: the jobs, and one that waits."""
    server.schedule("guilty", schedule="@every 30ms", repeats=TICKS)
    server.schedule("innocent", schedule="@every 30ms", repeats=TICKS)
    server.schedule("@waits", dueTime="1h")
    server.wait_until_gone("guilty", "innocent")
    server.stop()
    shutil.copytree(server.directory, target)
    return target


def triggers(log: Path, *flags) -> list[dict]:
    return [event for event in replay.export(log, *flags) if event["kind"] == "triggered"]


def forge(log: Path) -> dict:
    """Lets the second tick of a job have come an hour before it was due, with digests that fit; the
    trigger as it was."""
    trigger = triggers(log, "--job", "guilty")[1]
    with Forgery(log) as forgery:
        record = forgery.events[trigger["sequence"]]
        (time,) = struct.unpack_from("<q", record, 8)
        early = struct.pack("<q", time - 3_600_000_000_000)
        forgery.events[trigger["sequence"]] = record[:8] + early + record[16:]
    return trigger


def turns(log: Path) -> list[int]:
    """The records that they end with."""
    with Forgery(log) as forgery:
        return sorted(forgery.seals)


def verbs(log: Path) -> dict[str, tuple]:
    """Each with what it needs."""
    due = triggers(log, "--job", "guilty")[1]["due"]
    name = ("guilty", "--app", "shop")
    return {
        "audit": ("--max-late", "0s"), "history": name, "explain": (*name, "--at", due),
        "export": (), "state": (), "diff": ("0", str(turns(log)[-1])),
    }  # fmt: skip


def in_csv(value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return " ".join(map(str, value))
    return ("'" if str(value).startswith("@") else "") + str(value)


def forms(log: Path, verb: str, *arguments) -> tuple[int, str, object, list[dict]]:
    """Exit code, what a person reads, the whole as JSON, and the rows, which CSV has as well."""
    results = {
        form: replay.run(verb, *arguments, "--data-dir", log, "-o", form)
        for form in ("table", "json", "jsonl", "csv")
    }
    assert {result.stderr for result in results.values()} == {""}
    [code] = {result.returncode for result in results.values()}
    rows = [json.loads(line) for line in results["jsonl"].stdout.splitlines()]
    reader = csv.DictReader(io.StringIO(results["csv"].stdout))
    assert [{key: text for key, text in row.items() if text} for row in reader] == [
        {key: shown for key, value in row.items() if (shown := in_csv(value))} for row in rows
    ]
    return code, results["table"].stdout, json.loads(results["json"].stdout), rows
