"""Replicas of one app: each trigger goes to exactly one of those that are there, in turn."""

import json
import time
from collections import Counter

import pytest

from Harness.waiting import wait_until
from replica import Calls
from histories import at, exported, triggered
from reading import nanoseconds


def flags(replicas) -> list[str]:
    return [part for one in replicas for part in ("--app-address", f"127.0.0.1:{one.port}")]


def started(serve, replicas, count: int, *more: str, protocol="http"):
    """A server and so many replicas, all of which it has found."""
    made = replicas(count, protocol)
    server = serve(Calls(made), flags=[*flags(made), "--app-protocol", protocol, *more])
    wait_until(lambda: server.log().count("the app answers") == count, "all replicas are found")
    return server, made


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_triggers_go_round(serve, replicas, protocol):
    server, made = started(serve, replicas, 3, protocol=protocol)
    names = [f"once {number}" for number in range(30)]
    for name in names:
        server.schedule(name, dueTime="0s", data=name)
    server.schedule("often", schedule="@every 50ms", repeats=30)
    server.wait_until_gone(*names, "often")
    assert [len(replica.calls) for replica in made] == [20, 20, 20]
    calls = Calls(made).calls
    assert Counter(call.name for call in calls) == {name: 1 for name in names} | {"often": 30}


def test_a_replica_that_is_killed_costs_nothing_but_what_it_held(serve, replicas):
    server, (one, two, three) = started(serve, replicas, 3)
    server.schedule("often", schedule="@every 20ms", repeats=100)
    wait_until(lambda: len(one.calls) >= 5, "it has been called")
    one.kill()
    server.wait_until_gone("often")
    calls = [call for call in Calls([one, two, three]).calls if call.name == "often"]
    assert {call.tick for call in calls} == set(range(1, 101))
    # Of the two that stay each has its turns.
    assert min(len(two.calls), len(three.calls)) >= 30
    # What it held when it was killed is tried again; all else is called once.
    assert sum(call.attempt > 1 for call in calls) <= 1
    assert all(call.attempt <= 2 for call in calls)
    # It comes back and is called again.
    seen = len(one.calls)
    one.start()
    wait_until(lambda: server.log().count("the app answers") >= 4, "it is found again")
    server.schedule("more", schedule="@every 20ms", repeats=9)
    server.wait_until_gone("more")
    assert len(one.calls) - seen >= 2


def test_a_replica_that_hangs_holds_up_only_what_it_took(serve, replicas):
    server, (hung, *fine) = started(serve, replicas, 3, "--job-timeout", "1s")
    hung.hang()
    names = [f"job {number}" for number in range(30)]
    policy = {"constant": {"interval": "0s", "maxRetries": 20}}
    for name in names:
        server.schedule(name, dueTime="0s", failurePolicy=policy)
    server.wait_until_gone(*names)
    # Each has its third of the first attempts, and none of them was held up.
    first = [triggered(server, name)[0] for name in names]
    assert list(Counter(event["receiver"] for event in first).values()) == [10] * 3
    assert not any("heldBy" in event for event in first)
    assert {call.name for call in Calls(fine).calls} == set(names)
    _, report = server.audit()
    assert report["totals"]["acknowledgements"]["timedOut"] >= 10
    # It wakes up, and works through what it was sent long ago: duplicates the log knows of.
    hung.wake()
    server.schedule("after", schedule="@every 20ms", repeats=9)
    server.wait_until_gone("after")
    seen = Counter(call.key for call in Calls([hung, *fine]).calls)
    assert {int(key.split("-")[1]) for key, count in seen.items() if count > 1} <= {
        int(found["generation"]) for found in report["possibleDuplicates"]
    }


def test_while_all_are_away_jobs_are_parked_and_no_attempt_is_used(serve, replicas):
    server, made = started(serve, replicas, 3)
    server.schedule("before", schedule="@every 50ms", repeats=6)
    server.wait_until_gone("before")
    for replica in made:
        replica.kill()
    seen = len(Calls(made).calls)
    names = [f"parked {number}" for number in range(20)]
    for name in names:
        server.schedule(name, dueTime="0s", failurePolicy={"drop": {}})
    server.schedule("often", schedule="@every 100ms", repeats=10, failurePolicy={"drop": {}})
    wait_until(lambda: server.log().count("does not answer") == 3, "all are found to be away")
    parked = server.get("parked 7").json()["status"]
    assert (parked["phase"], parked["attempt"], parked["ticksDone"]) == ("parked", 1, 0)
    for replica in made:
        replica.start()
    server.wait_until_gone(*names, "often")
    calls = Calls(made).calls[seen:]
    assert Counter(call.name for call in calls) == {name: 1 for name in names} | {"often": 10}
    assert {call.attempt for call in calls} == {1}
    _, report = server.audit()
    assert report["totals"]["acknowledgements"].get("failed", 0) == 0


def test_replicas_survive_a_kill_of_the_server(serve, replicas):
    server, made = started(serve, replicas, 2)
    server.schedule("often", schedule="@every 50ms", repeats=40)
    wait_until(lambda: len(Calls(made).calls) >= 10, "it runs")
    server.kill()
    server.start()
    server.wait_until_gone("often")
    assert {call.tick for call in Calls(made).calls} == set(range(1, 41))


def test_a_trigger_that_takes_too_long_is_a_failed_attempt(serve, app):
    server = serve(app, flags=["--job-timeout", "300ms"])
    app.hold()
    server.schedule(
        "slow", dueTime="0s", failurePolicy={"constant": {"interval": "0s", "maxRetries": 1}}
    )
    first, second = app.wait_for("slow", 2)
    assert (first.attempt, second.attempt, second.cause) == (1, 2, "retry")
    server.wait_until_gone("slow")
    sent = {event["sequence"]: at(event) for event in triggered(server, "slow")}
    answers = [event for event in exported(server, "slow") if event["kind"] == "acknowledged"]
    assert [event["outcome"] for event in answers] == ["timedOut"] * 2
    assert all(at(event) - sent[event["trigger"]] >= 300_000_000 for event in answers)
    app.release()
    server.schedule("quick", dueTime="0s")
    server.wait_until_gone("quick")
    assert len(app.calls_of("slow")) == 2
    _, report = server.audit()
    totals = report["totals"]["acknowledgements"]
    assert (totals["timedOut"], totals["succeeded"]) == (2, 1)
    assert "did not answer a trigger of the job in time" in server.log()


def test_a_window_that_stays_full_is_warned_about_and_so_is_its_end(serve, app):
    server = serve(app, flags=["--max-in-flight", "2"])
    app.hold()
    begun = time.time_ns()
    for number in range(5):
        server.schedule(f"stuck {number}", dueTime="0s")
    wait_until(lambda: "too many unanswered triggers" in server.log(), "the warning")
    assert len(app.calls) == 2
    oldest = min(app.calls, key=lambda call: int(call.headers["daybook-trigger"]))
    lines = [json.loads(line) for line in server.log().splitlines()]
    (warning,) = [line for line in lines if "too many unanswered triggers" in line["message"]]
    assert (warning["level"], warning["in-flight"]) == ("warning", "2")
    assert warning["oldest-trigger"] == oldest.headers["daybook-trigger"]
    assert warning["oldest-job"] == oldest.name
    assert warning["address"] == f"127.0.0.1:{app.port}"
    assert begun <= nanoseconds(warning["oldest-since"]) <= oldest.time
    app.release()
    wait_until(lambda: "has room for triggers again" in server.log(), "the end of it")
    server.wait_until_gone(*[f"stuck {number}" for number in range(5)])


def test_a_burst_that_fills_the_window_for_a_moment_is_not_warned_about(serve, app):
    server = serve(app, flags=["--max-in-flight", "2"])
    for number in range(50):
        server.schedule(f"quick {number}", dueTime="0s")
    server.wait_until_gone(*[f"quick {number}" for number in range(50)])
    server.stop()
    assert "too many unanswered triggers" not in server.log() and "room" not in server.log()


def test_an_app_may_be_named_instead_of_numbered(serve, replicas):
    (one,) = replicas(1)
    server = serve(Calls([one]), flags=["--app-address", "localhost", "--app-port", str(one.port)])
    server.schedule("named", dueTime="0s")
    server.wait_until_gone("named")
    assert [call.headers["host"] for call in one.calls] == [f"localhost:{one.port}"]
