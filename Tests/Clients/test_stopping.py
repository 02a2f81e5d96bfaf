"""SIGTERM: what is in hand is finished within 5 s; what is not, the next process sends again."""

import signal
import time

import grpc
import httpx

from Harness import replay
from Harness.waiting import wait_until
from histories import at
from reading import SECOND
from server import DRAIN_SECONDS, assert_stops_at_once
from sidecar import app, scheduler_stub


def test_a_handler_in_flight_is_waited_for(server, app):
    app.hold()
    server.schedule("working", dueTime="0s")
    app.wait_for("working")
    server.terminate()
    wait_until(lambda: refuses(server), "the server takes no more jobs")
    assert server.process.poll() is None, "it waits for the handler"
    app.release()
    assert server.wait() == 0
    server.start()
    assert not server.has("working")
    assert len(app.calls_of("working")) == 1, "its answer was recorded before the end"


def test_calls_over_grpc_are_told_that_it_stops(serve_grpc, grpc_app, stub, protos, ports):
    """CANCELLED, which Dapr's sidecars take for a scheduler that goes; and nothing is stored."""
    server = serve_grpc(grpc_app, scheduler_port=ports.free())
    jobs = stub(server)
    sidecar = scheduler_stub(protos, server.scheduler_port)
    grpc_app.hold()
    server.schedule("working", dueTime="0s")
    grpc_app.wait_for("working")
    job, metadata = {"due_time": "1h"}, {"metadata": app()}
    calls = [
        (jobs.ScheduleJob, {"job": {"name": "late"} | job}), (jobs.GetJob, {"name": "working"}),
        (jobs.DeleteJob, {"name": "working"}), (jobs.ListJobs, {}), (jobs.DeleteJobsByPrefix, {}),
        (sidecar.ScheduleJob, {"name": "late", "job": job} | metadata),
        (sidecar.GetJob, {"name": "working"} | metadata),
        (sidecar.DeleteJob, {"name": "working"} | metadata), (sidecar.ListJobs, metadata),
        (sidecar.DeleteByMetadata, metadata), (sidecar.DeleteByNamePrefix, metadata),
    ]  # fmt: skip
    server.terminate()
    wait_until(lambda: refusal(jobs.GetJob, name="working"), "the server takes no more calls")
    for call, fields in calls:
        error = refusal(call, **fields)
        assert error.code() == grpc.StatusCode.CANCELLED, fields
        assert error.details().endswith("the scheduler is stopping")
    sidecar.channel.close()
    grpc_app.release()
    assert server.wait() == 0
    server.start()
    assert not server.has("late") and not server.has("working")


def refusal(call, **fields) -> grpc.RpcError | None:
    try:
        call(**fields)
    except grpc.RpcError as error:
        return error


def refuses(server) -> bool:
    try:
        return server.post("too late", {"dueTime": "1h"}).status_code >= 400
    except httpx.TransportError:
        return True


def test_a_handler_that_takes_too_long_is_not_waited_for(server, app):
    app.hold()
    server.schedule("endless", dueTime="0s")
    (first,) = app.wait_for("endless")
    asked = time.time_ns()
    server.terminate()
    assert server.wait() == 0
    # By the log's instants; that it ended at all is what the app has not waited for.
    (closed,) = [event for event in replay.export(server.directory) if event["kind"] == "closed"]
    assert at(closed) - asked > (DRAIN_SECONDS - 0.1) * SECOND
    app.release()
    server.start()
    server.wait_until_gone("endless")
    _, again = app.calls_of("endless")
    assert (again.key, again.attempt, again.cause) == (first.key, 1, "redelivery")


def test_with_nothing_in_flight_it_stops_at_once(server, app):
    server.schedule("later", dueTime="1h")
    assert_stops_at_once(server)
    server.start()
    assert server.has("later")


def test_interrupt_is_as_good(server):
    server.process.send_signal(signal.SIGINT)
    assert server.wait() == 0


def test_a_tick_that_comes_due_while_the_server_is_down_runs_late(server, app):
    server.schedule("due", dueTime="500ms", data=1)
    due = time.monotonic() + 0.5
    server.stop()
    wait_until(lambda: time.monotonic() > due, "it is due")
    server.start()
    server.wait_until_gone("due")
    (call,) = app.calls_of("due")
    assert (call.attempt, call.cause) == (1, "schedule")


def test_the_start_up_line_says_where_it_serves_and_what_it_found(server):
    server.schedule("known", dueTime="1h")
    server.stop()
    server.start()
    line = server.log().splitlines()
    port = str(server.port)
    assert any(port in text and str(server.directory) in text for text in line), line
