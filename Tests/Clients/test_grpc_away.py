"""A gRPC app that is down, comes and goes, dies at work, or is none at all: ticks are parked, only
what an app may have seen counts as an attempt, and nobody waits for ever."""

import pytest

from Harness import wire
from Harness.waiting import wait_until
from metrics import Admin
from pretending import HELLO, hanging_up, mute
from test_app_away import presences
from test_grpc_app import outcomes

NO_RETRY = {"drop": {}}


def test_an_app_that_restarts_misses_nothing(serve_grpc, grpc_apps):
    app = grpc_apps()
    app.start()
    server = serve_grpc(app)
    server.schedule("often", schedule="@every 50ms", repeats=40)
    for count in (5, 15, 25):
        app.wait_for("often", count)
        app.stop()
        app.start()
    server.wait_until_gone("often")
    calls = app.calls_of("often")
    assert {call.tick for call in calls} == set(range(1, 41))
    # What was under way when it went was sent again, and cost no attempt.
    assert {call.attempt for call in calls} == {1}


def test_an_app_killed_in_the_middle_of_a_call_gets_it_again(serve_grpc, grpc_replica):
    server = serve_grpc(grpc_replica)
    server.schedule("hang", dueTime="0s", failurePolicy=NO_RETRY)
    (first,) = grpc_replica.wait_for("hang")
    grpc_replica.kill()
    # What comes due now waits for its return.
    server.schedule("after", dueTime="0s", failurePolicy=NO_RETRY)
    grpc_replica.start()
    server.wait_until_gone("after")
    assert len(grpc_replica.wait_for("after")) == 1
    _, again = grpc_replica.wait_for("hang", 2)
    assert (again.key, again.attempt, again.cause) == (first.key, 1, "redelivery")
    found = outcomes(server)
    assert found["abandoned"] == 1 and found.get("failed", 0) == 0


def test_an_app_stopped_in_the_middle_of_a_call_is_called_again(serve_grpc, grpc_apps):
    app = grpc_apps()
    app.start()
    server = serve_grpc(app)
    app.hold()
    server.schedule("test", dueTime="0s", failurePolicy=NO_RETRY)
    app.wait_for("test")
    app.stop()
    app.release()
    app.start()
    server.wait_until_gone("test")
    assert [call.attempt for call in app.calls_of("test")] == [1, 1]


def test_an_app_that_hangs_as_a_process_is_given_up_in_time(serve_grpc, grpc_replica):
    server = serve_grpc(grpc_replica, flags=("--job-timeout", "500ms"))
    server.schedule("before", dueTime="0s")
    server.wait_until_gone("before")
    grpc_replica.hang()
    server.schedule("lost", dueTime="0s", failurePolicy=NO_RETRY)
    server.wait_until_gone("lost")
    grpc_replica.wake()
    assert outcomes(server) == {"succeeded": 1, "timedOut": 1}


# What only looks like an app

# The first frame of what is no SETTINGS, and SETTINGS that only acknowledge: neither is how a server
# of HTTP/2 begins.
PING = wire.frame(wire.PING, payload=bytes(8))
ACKNOWLEDGEMENT = wire.frame(wire.SETTINGS, wire.ACK)


def looks(silent) -> int:
    """How often the server has looked whether an app is there, and gone away again."""
    return sum(heard.startswith(wire.PREFACE) for heard in silent.heard)


@pytest.mark.parametrize(
    "said",
    [b"", HELLO[-9:-1], PING, ACKNOWLEDGEMENT, b"HTTP/1.1 400 Bad Request\r\n\r\n"],
    ids=["nothing", "too little", "a ping", "an acknowledgement", "HTTP/1.1"],
)
def test_a_port_without_http2_is_never_taken_for_an_app(serve_grpc, grpc_apps, ports, said):
    """However often it is looked at: an app that came and went would be two events each time."""
    app, metrics = grpc_apps(), ports.free()
    with mute(app.port, said) as silent:
        server = serve_grpc(app, metrics_port=metrics)
        server.schedule("test", dueTime="0s", failurePolicy=NO_RETRY)
        wait_until(lambda: looks(silent) >= 5, "it is looked at again and again")
        events = Admin(metrics).page()
        assert events("daybook_events_total", kind="receiverPresent") == 0
        assert events("daybook_events_total", kind="triggered") == 0
        assert presences(server) == (0, 1) and server.has("test")
    app.start()
    server.wait_until_gone("test")
    (call,) = app.calls_of("test")
    assert (call.attempt, call.cause) == (1, "schedule")
    assert presences(server) == (1, 1)


def test_a_port_that_says_nothing_blocks_nobody_and_not_the_end(deploy, grpc_app):
    with mute() as silent:
        server = deploy(
            [grpc_app],
            dumb={"app-port": silent.port, "app-protocol": "grpc"},
            fine={"app-port": grpc_app.port, "app-protocol": "grpc"},
        )
        dumb, fine = server.of("dumb"), server.of("fine")
        for number in range(5):
            dumb.schedule(f"dumb {number}", dueTime="0s", failurePolicy=NO_RETRY)
            fine.schedule(f"fine {number}", dueTime="0s", failurePolicy=NO_RETRY)
        fine.wait_until_gone(*(f"fine {number}" for number in range(5)))
        assert len(grpc_app.calls) == 5
        assert all(dumb.has(f"dumb {number}") for number in range(5))
        server.terminate()
        assert server.wait() == 0


def test_a_port_that_hangs_up_takes_no_trigger(serve_grpc, ports):
    metrics = ports.free()
    with hanging_up() as address:
        port = int(address.rpartition(":")[2])
        flags = ("--app-protocol", "grpc", "--app-port", str(port))
        server = serve_grpc(flags=flags, metrics_port=metrics)
        server.schedule("test", dueTime="0s", failurePolicy=NO_RETRY)
        wait_until(lambda: presences(server) == (0, 1), "it is not taken for an app")
        page = Admin(metrics).wait_for(
            "daybook_jobs_parked", 1, namespace="default", app="shop"
        )
        assert page("daybook_events_total", kind="receiverPresent") == 0
        assert server.has("test")


def test_an_http_app_called_over_grpc_gets_nothing_it_could_take_for_a_call(serve_grpc, app):
    """Its owner forgot --app-protocol, or said the wrong one: the jobs wait."""
    server = serve_grpc(app, flags=("--app-protocol", "grpc"))
    server.schedule("test", dueTime="0s", failurePolicy=NO_RETRY)
    wait_until(lambda: presences(server) == (0, 1), "it is not taken for an app")
    assert server.has("test") and app.calls == []


def test_an_app_that_hangs_as_a_process_is_no_app_until_it_wakes(serve_grpc, grpc_replica):
    """The kernel goes on accepting its connections."""
    server = serve_grpc(grpc_replica)
    grpc_replica.hang()
    server.kill()
    server.start()
    server.schedule("test", dueTime="0s", failurePolicy=NO_RETRY)
    wait_until(lambda: presences(server)[1] == 1, "it is found to say nothing")
    grpc_replica.wake()
    server.wait_until_gone("test")
    (call,) = grpc_replica.wait_for("test")
    assert (call.attempt, call.cause) == (1, "schedule")
