"""The judges at the end of every client test see what is wrong, however triggers were sent."""

from dataclasses import replace

import pytest

from judging import judge
from sidecar import app as of_app

HOUR = 3_600_000_000_000


def lose(calls: list) -> None:
    del calls[2]


def repeat(calls: list) -> None:
    calls.append(calls[2])


def antedate(calls: list) -> None:
    calls[2].time -= HOUR


def confuse(calls: list) -> None:
    """The key of another tick."""
    calls[2].headers = calls[2].headers | {"idempotency-key": calls[3].key}


def alter(calls: list) -> None:
    calls[2].body = b""


def deny(calls: list) -> None:
    """It was not answered."""
    calls[2].replied = calls[2].answer = None


SPOILED = {
    lose: "the app never saw it", repeat: "it is the same trigger",
    antedate: "before its record was made", confuse: "wrongKey.*it says",
    alter: "has a payload that is", deny: "was not answered|was answered None",
}  # fmt: skip


def judge_spoiled(server, receiver, spoil) -> None:
    server.wait_until_gone("report")
    judge(server)
    sound = list(receiver.calls)
    receiver.calls[:] = [replace(call) for call in sound]
    spoil(receiver.calls)
    with pytest.raises(AssertionError, match=f"(?s){SPOILED[spoil]}"):
        judge(server)
    receiver.calls[:] = sound


@pytest.mark.parametrize("spoil", SPOILED)
def test_what_an_app_saw(either_server, either_app, spoil):
    either_server.schedule("report", schedule="@every 20ms", repeats=5, data={"a": [1, None]})
    judge_spoiled(either_server, either_app, spoil)


@pytest.mark.sidecars
@pytest.mark.parametrize("spoil", SPOILED)
def test_what_a_sidecar_saw(server, scheduler, watch, spoil):
    stream = watch(app_id="shop")
    data = {"type_url": "example.org/x", "value": b"content"}
    job = {"schedule": "@every 20ms", "repeats": 5, "data": data}
    scheduler.ScheduleJob(name="report", metadata=of_app(), job=job)
    judge_spoiled(server, stream, spoil)
