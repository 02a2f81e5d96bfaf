"""`kill -9` of the server. What was acknowledged is there afterwards; every repeat is explained and
carries the key of the first. The judge at the end of every test compares what the app saw with what
the log calls possible duplicates."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import httpx
import pytest

from Harness.app import Answer
from server import Server


def soon(seconds: float) -> str:
    moment = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def schedule_all(server: Server, names: list[str], **fields) -> None:
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda name: server.schedule(name, data=name, **fields), names):
            pass


def assert_each_delivered(app, names: list[str]) -> int:
    """Each at least once, every repeat with the same key; returns how many were repeats."""
    repeats = 0
    for name in names:
        calls = app.calls_of(name)
        assert calls, f"{name} was lost"
        assert len({call.key for call in calls}) == 1, name
        assert all(call.attempt == 1 for call in calls), "a redelivery is not a new attempt"
        assert all(call.cause == "redelivery" for call in calls[1:]), name
        assert {call.body for call in calls} == {f'"{name}"'.encode()}
        repeats += len(calls) - 1
    return repeats


@pytest.mark.parametrize("seen_before_the_kill", [1, 50, 150])
def test_a_kill_while_200_jobs_fall_due(server, app, seen_before_the_kill):
    names = [f"job {number}" for number in range(200)]
    schedule_all(server, names, dueTime=soon(2))
    app.wait_until(lambda: len(app.calls) >= seen_before_the_kill, "some have been called")
    server.kill()
    server.start()
    app.wait_until(lambda: {call.name for call in app.calls} >= set(names), "all were called")
    server.wait_until_gone(*names)
    assert_each_delivered(app, names)


def test_a_kill_with_every_answer_outstanding(server, app):
    """The worst moment: all are in flight, the app has done the work, and no answer is durable."""
    names = [f"held {number}" for number in range(50)]
    app.hold()
    schedule_all(server, names, dueTime="0s")
    app.wait_until(lambda: {call.name for call in app.calls} >= set(names), "all are in flight")
    server.kill()
    app.release()
    server.start()
    server.wait_until_gone(*names)
    assert assert_each_delivered(app, names) == 50
    _, report = server.audit()
    assert len(report["possibleDuplicates"]) == 50
    assert {found["cause"] for found in report["possibleDuplicates"]} == {"crash"}


def test_a_kill_before_anything_is_due_repeats_nothing(server, app):
    names = [f"calm {number}" for number in range(50)]
    schedule_all(server, names, dueTime=soon(1.5))
    server.kill()
    server.start()
    server.wait_until_gone(*names)
    assert assert_each_delivered(app, names) == 0


def test_kills_again_and_again(server, app, rounds):
    """Recurring jobs over many lives of the server: every tick of each, under one key."""
    names = [f"often {number}" for number in range(5)]
    ticks = 20 * rounds
    schedule_all(server, names, schedule="@every 100ms", repeats=ticks)
    for life in range(1, 5 * rounds):
        app.wait_until(lambda: len(app.calls) >= 15 * life, f"life {life} has made calls")
        server.kill()
        server.start()
    server.wait_until_gone(*names)
    for name in names:
        keys = {call.tick: call.key for call in app.calls_of(name)}
        assert sorted(keys) == list(range(1, ticks + 1))
        assert len({key.rpartition("-")[0] for key in keys.values()}) == 1


def test_a_kill_between_attempts_does_not_start_the_budget_anew(server, app):
    app.answers("failing", Answer(500))
    server.schedule("failing", dueTime="0s")
    app.wait_for("failing", 2)
    server.kill()
    server.start()
    server.wait_until_gone("failing")
    calls = app.calls_of("failing")
    assert len({call.key for call in calls}) == 1
    # The attempt that was in flight may be repeated under its own number; none is left out.
    assert sorted({call.attempt for call in calls}) == [1, 2, 3, 4]
    assert len(calls) <= 5


def test_nothing_acknowledged_is_lost_in_a_burst_of_posts(serve, rounds):
    server = serve()
    accepted: set[str] = set()
    unanswered: set[str] = set()
    for round in range(2 * rounds):
        enough = threading.Event()
        mine: set[str] = set()

        def register(worker: int):
            with httpx.Client(base_url=server.client.base_url) as client:
                for number in range(10_000):
                    name = f"burst {round} {worker} {number}"
                    body = {"dueTime": "1h", "data": name}
                    try:
                        response = client.post(server.path(name, "v1.0"), json=body)
                    except httpx.TransportError:
                        unanswered.add(name)
                        return
                    assert response.status_code == 204, response.text
                    mine.add(name)
                    if len(mine) >= 200:
                        enough.set()

        with ThreadPoolExecutor(8) as pool:
            workers = [pool.submit(register, worker) for worker in range(8)]
            assert enough.wait(60), "200 jobs are accepted"
            server.kill()
            for worker in workers:
                worker.result()
        accepted |= mine
        server.start()
    with ThreadPoolExecutor(8) as pool:
        for name, response in zip(accepted, pool.map(server.get, accepted)):
            assert response.status_code == 200, f"{name} was acknowledged and is lost"
            assert response.json()["data"]["value"] == name
        # What was not acknowledged is wholly there or wholly absent.
        for name, response in zip(unanswered, pool.map(server.get, unanswered)):
            assert response.status_code in (200, 404)
            if response.status_code == 200:
                assert response.json()["data"]["value"] == name


def test_acknowledged_deletes_and_replacements_survive(server, app):
    for number in range(20):
        server.schedule(f"deleted {number}", dueTime="1h")
        server.schedule(f"replaced {number}", dueTime="1h", data="old")
    for number in range(20):
        server.delete(f"deleted {number}")
        server.schedule(f"replaced {number}", dueTime="1h", data="new")
    server.kill()
    server.start()
    for number in range(20):
        assert not server.has(f"deleted {number}")
        assert server.get(f"replaced {number}").json()["data"]["value"] == "new"


def test_an_interrupted_first_start_is_no_obstacle(serve, app):
    server = serve(app)
    server.kill()
    server.start()
    server.schedule("first", dueTime="0s")
    server.wait_until_gone("first")
