"""Asking for what has become of a job."""

import struct
from pathlib import Path
from urllib.parse import quote

from forgery import Forgery
from Harness import replay
from reading import nanoseconds

# Of an event that says only that the writer was alive.
FRONTIER = 14


def history(server, name: str, version="v1.0", **parameters) -> dict:
    """One part."""
    path = f"/{version}/jobs/{quote(name, safe='')}/history"
    response = server.client.get(path, params=parameters, timeout=60)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    part = response.json()
    assert {"history"} <= set(part) <= {"history", "before"}
    return part


def parts(server, name: str, **parameters) -> list[list[dict]]:
    """All parts, newest first."""
    found = [history(server, name, **parameters)]
    while before := found[-1].get("before"):
        found.append(history(server, name, **parameters | {"before": before}))
    return [part["history"] for part in found]


def events(server, name: str, **parameters) -> list[dict]:
    return [event for part in parts(server, name, **parameters) for event in part]


def kinds(server, name: str, **parameters) -> list[str]:
    """Oldest first."""
    return [event["kind"] for event in reversed(events(server, name, **parameters))]


def exported(server, name: str) -> list[dict]:
    """What `daybook-replay export` finds in the log of the job's events, newest first."""
    whose = ("--namespace", "default", "--app", server.app_id)
    return replay.export(server.directory, *whose, "--job", name)[::-1]


def triggered(server, name: str) -> list[dict]:
    """The log's events of the attempts, oldest first."""
    return [event for event in exported(server, name)[::-1] if event["kind"] == "triggered"]


def attempts(server, name: str) -> list[dict]:
    """The log's events of attempts and what came of them, oldest first, whosever the job is."""
    return [
        event
        for event in replay.export(server.directory)
        if event.get("name") == name and event["kind"] in ("triggered", "acknowledged")
    ]


def at(event: dict) -> int:
    return nanoseconds(event["time"])


def intervals(server, name: str) -> list[int]:
    """From when each attempt was decided to when the next might come, in nanoseconds, by the log;
    none was decided before it might."""
    found, decided, may_come = [], 0, 0
    for event in attempts(server, name):
        if event["kind"] == "triggered":
            decided = at(event)
            assert decided >= max(may_come, nanoseconds(event["due"])), event
            tick = event["tick"]
        elif event.get("nextTick") == tick:
            may_come = nanoseconds(event["nextAt"])
            found.append(may_come - decided)
    return found


def sequences(events: list[dict]) -> list[int]:
    return [event["sequence"] for event in events]


def lengthen(directory: Path, count: int) -> None:
    """So many records more that are about no job, in turns of a thousand."""
    with Forgery(directory) as log:
        last = max(log.events)
        time, decided = struct.unpack_from("<qq", log.seals[last], 8)
        record = struct.pack("<B7xqQQ", FRONTIER, time, 0, 0)
        for first in range(last + 1, last + 1 + count, 1_000):
            end = min(first + 999, last + count)
            for number in range(first, end + 1):
                log.events[number] = record
            # The number of a transaction counts in the last row alone; the digest is made to fit.
            log.seals[end] = struct.pack("<QqqQ", first, time, decided, 0) + bytes(32)
