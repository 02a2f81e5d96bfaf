"""Dapr's own tests of daprd's jobs (tests/integration/suite/daprd/jobs), a row of ours for each of
theirs, told again over HTTP. The name of a test is the path of the file it answers to; details
beyond it have files of their own beside this one. The rows of http and failurepolicy are in
test_conformance_http.py; those of grpc, and all of these once more over gRPC, in
test_conformance_grpc.py; those of metrics in test_conformance_metrics.py. Dapr's tests of its
scheduler: test_conformance_scheduler.py; of reminders: test_conformance_reminders.py. All stand in
Sources/DaprGRPC/DaprGRPC.docc/Conformance.md, which test_conformance_table.py checks.

Left out:
- noscheduler.go: the scheduler is no process of its own, so it cannot be missing.
- kubernetes/namespace.go: there is no Kubernetes.
- loadbalance/clusters.go, streaming/reconnect3.go, reconnect4.go: the scheduler is one process.

Where Daybook differs on purpose (DaprDifferences.md) the row says so."""

import time

import pytest

from Harness.waiting import wait_until
from lists import STABLE, delete_all, names
from replica import Calls
from witness import nanoseconds

VALUE = "type.googleapis.com/google.protobuf.Value"


def once(server, app, name: str, **fields):
    """The call of a job that is due now, once it is gone."""
    server.schedule(name, STABLE, dueTime="0s", **fields)
    server.wait_until_gone(name)
    (call,) = app.calls_of(name)
    return call


# Jobs, and lists of them


def test_delete_go(deploy):
    """Deletes touch the own app only; with nothing for a prefix, all of its jobs."""
    server = deploy(mine={}, other={})
    mine, other = server.of("mine"), server.of("other")
    for name in ("test1", "test2"):
        other.schedule(name, STABLE, schedule="@every 1h")
    for name in ("test1", "test2", "test11", "helloworld", "helloworld1"):
        mine.schedule(name, STABLE, schedule="@every 1h")
    mine.delete("test1", STABLE)
    mine.delete("test1", STABLE)
    assert names(mine) == ["helloworld", "helloworld1", "test11", "test2"]
    assert delete_all(mine, "test") == 2
    assert names(mine) == ["helloworld", "helloworld1"]
    assert delete_all(mine, "") == 2
    assert names(mine) == []
    assert names(other) == ["test1", "test2"]


def test_list_go(deploy):
    """A list is an app's own; it grows and shrinks with its jobs."""
    server = deploy(one={}, two={})
    one, two = server.of("one"), server.of("two")
    assert names(one) == names(two) == []
    for count, name in enumerate(("c", "a", "b"), 1):
        one.schedule(name, STABLE, schedule="@every 1h", data=name)
        assert (len(names(one)), len(names(two))) == (count, 0)
    two.schedule("a", STABLE, schedule="@every 1h")
    assert (names(one), names(two)) == (["a", "b", "c"], ["a"])
    one.delete("b", STABLE)
    assert (names(one), names(two)) == (["a", "c"], ["a"])


def test_get_go(server):
    server.schedule("test", STABLE, schedule="@every 20s", repeats=1, data="hello")
    job = server.get("test", STABLE).json()
    assert (job["name"], job["schedule"], job["repeats"]) == ("test", "@every 20s", 1)
    assert job["data"] == {"@type": VALUE, "value": "hello"}


def test_remove_go(server, app):
    """A job is there from its POST until its last run, or its DELETE."""
    server.schedule("test", STABLE, schedule="@every 50ms", dueTime="0s", repeats=2)
    assert server.get("test", STABLE).status_code in (200, 404)
    app.wait_for("test", 2)
    server.wait_until_gone("test")
    server.schedule("test2", STABLE, schedule="@every 1h", dueTime="0s")
    app.wait_for("test2")
    assert server.has("test2")
    server.delete("test2", STABLE)
    assert not server.has("test2") and names(server) == []


INVALID = ["a%2Fb", "a%5Cb", "a%23b", "a%3Fb", "a%00b", "a%0Ab", "x" * 600]


@pytest.mark.parametrize("name", INVALID, ids=lambda name: name[:8])
def test_invalidnames_go(server, name):
    """Dapr answers 500."""
    response = server.client.post(f"/v1.0/jobs/{name}", json={"dueTime": "1h"})
    assert response.status_code == 400
    assert response.json()["errorCode"] == "DAPR_SCHEDULER_SCHEDULE_JOB"
    assert names(server) == []


def test_specialchars_go(server, app):
    name = "my||job@name"
    server.schedule(name, STABLE, schedule="@every 1h", dueTime="0s")
    (call,) = app.wait_for(name)
    assert call.name == name
    assert server.get(name, STABLE).json()["name"] == name
    assert names(server) == names(server, prefix="my||") == [name]


def test_schedule_go(server):
    server.schedule("test", STABLE, schedule="1 2 3 4 5 6")
    assert server.get("test", STABLE).json()["schedule"] == "1 2 3 4 5 6"


# When they run


def test_duetime_go(server, app):
    """With a schedule and a due time of now it runs now, at job/test."""
    server.schedule("test", STABLE, schedule="@every 1h", dueTime="0s")
    (call,) = app.wait_for("test")
    assert call.raw_path == b"/job/test" and call.tick == 1


def test_durable_go(server, app):
    """Forty that are due now run once each."""
    many = [f"test {number}" for number in range(40)]
    for name in many:
        server.schedule(name, STABLE, dueTime="0s")
    server.wait_until_gone(*many)
    assert sorted(call.name for call in app.calls) == sorted(many)


@pytest.mark.parametrize("schedule", ["@every 1s", "@every 1ms"])
def test_precision_go(server, app, schedule):
    """Five ticks, and none before its time. Dapr's test allows 500 ms; how late they are here
    tools/bench says."""
    server.schedule("test", STABLE, schedule=schedule, repeats=5)
    server.wait_until_gone("test")
    calls = app.calls_of("test")
    assert [call.tick for call in calls] == [1, 2, 3, 4, 5]
    dues = [nanoseconds(call.due) for call in calls]
    period = 1_000_000_000 if schedule == "@every 1s" else 1_000_000
    assert [later - earlier for earlier, later in zip(dues, dues[1:])] == [period] * 4
    assert all(due <= call.time for call, due in zip(calls, dues))


def test_repeats_go(server, app):
    """A ttl of 3 s is three ticks of 1 s; two repeats are two; then there are none."""
    server.schedule("ttl", STABLE, schedule="@every 1s", ttl="3s")
    server.schedule("repeats", STABLE, schedule="@every 1s", repeats=2)
    server.wait_until_gone("ttl", "repeats")
    assert (len(app.calls_of("ttl")), len(app.calls_of("repeats"))) == (3, 2)
    server.schedule("later", STABLE, dueTime="1500ms")
    app.wait_for("later")
    assert (len(app.calls_of("ttl")), len(app.calls_of("repeats"))) == (3, 2)


# Apps that are not there


def test_noapp_go(serve):
    """Without an app what is due stays, and can be looked at."""
    server = serve()
    server.schedule("test", STABLE, dueTime="-5s", data="x")
    job = server.get("test", STABLE).json()
    assert nanoseconds(job["status"]["nextDue"]) < time.time_ns()
    assert job["status"]["phase"] == "waiting" and job["data"]["value"] == "x"


def test_streaming_staged_go(serve, absent_app):
    """What comes due with nobody there is kept, and delivered when an app connects."""
    server = serve(absent_app)
    for name in ("test1", "test2"):
        server.schedule(name, STABLE, dueTime="0s", data=name)
    wait_until(lambda: "does not answer" in server.log(), "the app has been looked for")
    assert names(server) == ["test1", "test2"]
    absent_app.start()
    server.wait_until_gone("test1", "test2")
    assert sorted(call.json for call in absent_app.calls) == ["test1", "test2"]


def test_healthz_go(serve, apps):
    """While the app is away nothing is sent; when it is back its jobs go on. Dapr asks its health,
    Daybook whether it listens."""
    app = apps()
    app.start()
    server = serve(app)
    server.schedule("test", STABLE, schedule="@every 100ms")
    app.wait_for("test", 2)
    app.stop()
    wait_until(lambda: "does not answer" in server.log(), "the app has been found to be away")
    seen = len(app.calls)
    app.start()
    app.wait_until(lambda: len(app.calls) >= seen + 2, "its job goes on")
    server.delete("test", STABLE)


@pytest.mark.parametrize("way", ["stop", "kill"], ids=["reconnect.go", "recovery.go"])
def test_streaming_reconnect_go_and_hostsreload_recovery_go(server, app, way):
    """After a restart of the scheduler jobs go on, new ones are taken, and what is settled does not
    run again."""
    settled = once(server, app, "settled")
    server.schedule("test", STABLE, schedule="@every 100ms")
    app.wait_for("test", 2)
    server.stop() if way == "stop" else server.kill()
    seen = len(app.calls)
    server.start()
    app.wait_until(lambda: len(app.calls) >= seen + 2, "its job goes on")
    once(server, app, "after")
    server.delete("test", STABLE)
    assert app.calls_of("settled") == [settled]


def test_streaming_stream_go(deploy, apps):
    """One name in two namespaces is two jobs; each runs once."""
    red, blue = apps(), apps()
    for app in (red, blue):
        app.start()
    server = deploy(
        [red, blue],
        red={"app-port": red.port, "namespace": "red"},
        blue={"app-port": blue.port, "namespace": "blue"},
    )
    for name in ("red", "blue"):
        server.of(name).schedule("test", STABLE, dueTime="0s", data=name)
    for name, app in (("red", red), ("blue", blue)):
        server.of(name).wait_until_gone("test")
        assert [call.json for call in app.calls] == [name]


def test_loadbalance_single_go(serve, replicas):
    """Every replica of an app gets its share."""
    three = replicas(3)
    flags = [part for one in three for part in ("--app-address", f"127.0.0.1:{one.port}")]
    server = serve(Calls(three), flags=flags)
    wait_until(lambda: server.log().count("the app answers") == 3, "all of them are found")
    server.schedule("test", STABLE, schedule="@every 10ms", repeats=30)
    server.wait_until_gone("test")
    assert [len(one.calls) for one in three] == [10, 10, 10]
