"""A run as the checker outside reads it (Tests/Outside): what was asked for, what the app was
called with, what the log and its audit say."""

import json
import subprocess
import sys
from pathlib import Path

from Harness.programs import ROOT

CHECK = ROOT / "Tests/Outside/check.py"


def check(directory: Path, asked: list[dict], server, calls, faults: list[dict] = []) -> dict:
    """The verdict on a server that has stopped; `calls` are all of its app, each answered 200."""
    directory.mkdir()
    asked = [{"id": number, "op": "schedule", "status": 204, "outcome": "ok"} | call
             for number, call in enumerate(asked)]  # fmt: skip
    write(directory / "calls.jsonl", asked)
    write(directory / "receipts.jsonl", [receipt(call, server.app_id) for call in calls])
    write(directory / "faults.jsonl", faults)
    (directory / "export.jsonl").write_text(server.replay("export", "-o", "jsonl").stdout)
    (directory / "audit.json").write_text(json.dumps(server.audit()[1]))
    result = subprocess.run(
        [sys.executable, str(CHECK), str(directory)], capture_output=True, text=True, timeout=60
    )
    assert result.returncode in (0, 1), result.stderr
    return json.loads(result.stdout)


def write(path: Path, lines: list[dict]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def receipt(call, app: str) -> dict:
    return {
        "time": call.time, "replied": call.time, "app": app, "name": call.name, "key": call.key,
        "due": call.due, "tick": call.tick, "attempt": call.attempt, "cause": call.cause,
        "trigger": call.trigger, "body": call.body.decode(), "status": 200,
    }  # fmt: skip
