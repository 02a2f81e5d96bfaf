"""Jobs of Dapr's scheduler that are moved in: files as Dapr's CLI writes them, and the command."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from Harness import replay
from Harness.programs import daybook
from peers import export


def at(seconds: float) -> str:
    """So many seconds from now, to the microsecond."""
    moment = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return moment.isoformat().replace("+00:00", "Z")


def job(name: str, **fields) -> dict:
    return {"name": name, "namespace": "default", "app": "shop", "partitionID": 7} | fields


def recurring(name: str, schedule: str, count: int, last: str, start: str, **fields) -> dict:
    """One of which so many ticks have run, the last due then."""
    counter = {"partitionID": 7, "count": count, "lastTrigger": last}
    return job(name, schedule=schedule, start=start, counter=counter, **fields)


def move_in(file: Path, directory: Path, *flags, **options) -> dict:
    arguments = ("import", "dapr", file, "--data-dir", directory, "-o", "json", *flags)
    result = daybook(*arguments, **options)
    assert result.returncode == 0, result.stderr
    assert "what has run there since then comes again" in result.stderr
    return json.loads(result.stdout)


def told(report: dict, name: str) -> dict:
    [found] = [one for one in report["jobs"] if one.get("name") == name]
    return found


def accepted(directory: Path) -> dict[str, dict]:
    """By name, the events of a log that accepted its jobs."""
    events = replay.export(directory)
    return {event["name"]: event for event in events if event["kind"] == "created"}


@pytest.fixture
def directory(tmp_path) -> Path:
    return tmp_path / "moved"


@pytest.fixture
def file(tmp_path) -> Path:
    """Of one app's job, a reminder, and one of which nothing is left."""
    gone = {"name": "gone", "counter": {"partitionID": 1, "count": 1, "alone": True}}
    done = {"partitionID": 7, "count": 1, "lastTrigger": at(-5)}
    return export(
        tmp_path / "jobs.gob",
        recurring("report", "@every 1h", 3, at(-10), at(-10_900)),
        job("wake", actorType="cart", actorID="7||a", start=at(-10), schedule="@every 1h"),
        job("done", dueAt=at(-5), dueTime="0s", counter=done), job(**gone),
    )  # fmt: skip
