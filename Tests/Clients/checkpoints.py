"""Servers with checkpoints: when one is written, when a start uses it, which jobs there are."""

import json
from pathlib import Path

import pytest

import lists
from Harness.waiting import wait_until
from server import Server

# The smallest interval there is.
FLAGS = ["--checkpoint-interval", "100"]
WRITTEN = "a checkpoint is written"
# Said when all of the log that the start did not read has been read since.
USED = "the part of the log before the checkpoint is as it was written"
UNUSABLE = "the checkpoint cannot be used; the whole log is read"

# One of each kind of schedule, policy and payload. None is due before the test is over.
KINDS = {
    "once": {"dueTime": "1h", "data": {"a": [1, None]}},
    "every": {"schedule": "@every 1h30m", "repeats": 5, "ttl": "3h"},
    "yearly": {"schedule": "0 30 6 1 1 *", "dueTime": "1h", "failurePolicy": {"drop": {}}},
    "zoned": {"schedule": "TZ=Europe/Berlin 0 30 6 1 1 *", "dueTime": "1h", "data": "text"},
    "patient": {"dueTime": "1h", "failurePolicy": {"constant": {"interval": "5s"}}},
    "stubborn": {"dueTime": "1h", "failurePolicy": {"constant": {"maxRetries": 7}}},
    "Grüße ☃": {"dueTime": "1h", "data": 7},
}


def checkpoint(server: Server) -> Path:
    return server.directory / "checkpoint"


def state(server: Server) -> list[dict]:
    """All jobs as they are shown, with their data."""
    return [job for jobs in lists.pages(server) for job in jobs]


def wait_for_checkpoint(server: Server, lives="") -> None:
    """Waits until one is written, besides those of which the log says so in `lives`."""
    wait_until(lambda: WRITTEN in server.log().removeprefix(lives), "a checkpoint is written")


def write_checkpoint(server: Server) -> None:
    """Brings the server to write one: a job is replaced until the records behind the last one are
    enough, which is no less than there are jobs."""
    lives = server.log()
    for number in range(1_000):
        if WRITTEN in server.log().removeprefix(lives):
            return
        server.schedule("replaced", dueTime="1h", data=number)
    pytest.fail("no checkpoint is written")


def start(server: Server) -> str:
    """Starts it, and returns what it has said in the lives before."""
    lives = server.log()
    server.start()
    return lives


def lines(server: Server, lives: str, message: str) -> list[dict]:
    """What it has said since."""
    said = map(json.loads, server.log().removeprefix(lives).splitlines())
    return [line for line in said if line["message"] == message]


def start_from_checkpoint(server: Server) -> None:
    lives = start(server)
    wait_until(lambda: lines(server, lives, USED), "the rest of the log is checked")
    assert not lines(server, lives, UNUSABLE)


def with_checkpoint(serve) -> Server:
    """A server with a checkpoint and records behind it."""
    server = serve(flags=FLAGS)
    for name, fields in KINDS.items():
        server.schedule(name, **fields)
    lists.schedule_many(server, [f"before {number}" for number in range(50)])
    write_checkpoint(server)
    lists.schedule_many(server, [f"after {number}" for number in range(20)])
    return server
