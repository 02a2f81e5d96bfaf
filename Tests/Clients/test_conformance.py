"""Dapr's own tests told again. Sources/DaprGRPC/DaprGRPC.docc/Conformance.md says which test of
ours answers to which of Dapr's; test_conformance_table.py checks that. Many stand among the tests
of what they are about; a name that ends in `go` is the path of the file that it answers to. Here
are some of daprd's jobs (tests/integration/suite/daprd/jobs); more of them, of http and
failurepolicy, are in test_conformance_http.py and test_conformance_grpc.py. Dapr's tests of its
scheduler: test_conformance_scheduler.py, test_conformance_metrics.py; of reminders:
test_conformance_reminders.py.

Left out:
- noscheduler.go: the scheduler is no process of its own, so it cannot be missing.
- kubernetes/namespace.go: there is no Kubernetes.
- loadbalance/clusters.go, streaming/reconnect3.go, reconnect4.go: the scheduler is one process.

Where Daybook differs on purpose (DaprDifferences.md) the row says so."""

import time

import pytest

from Harness.waiting import wait_until
from hosting import answers
from lists import STABLE
from protos import schedule
from reading import nanoseconds


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_noapp_go(serve_grpc, stub, protocol):
    """Without an app what is due stays, and can be looked at."""
    server = serve_grpc(flags=("--app-protocol", protocol))
    server.schedule("test", STABLE, dueTime="-5s", data="x")
    job = server.get("test", STABLE).json()
    assert nanoseconds(job["status"]["nextDue"]) < time.time_ns()
    assert job["status"]["phase"] == "parked" and job["data"]["value"] == "x"
    assert stub(server).GetJob(name="test").job.due_time == "-5s"


@pytest.mark.parametrize("way", ["stop", "kill"], ids=["stopped", "killed"])
def test_streaming_reconnect_go(either_server, either_app, stub, way):
    """After a restart of the scheduler jobs go on, new ones are taken, and what is settled does not
    run again. A client over gRPC comes back by itself."""
    server, app = either_server, either_app
    jobs = stub(server)
    schedule(jobs, "settled", due_time="0s")
    server.wait_until_gone("settled")
    server.schedule("test", STABLE, schedule="@every 100ms")
    app.wait_for("test", 2)
    server.stop() if way == "stop" else server.kill()
    seen = len(app.calls)
    server.start()
    app.wait_until(lambda: len(app.calls) >= seen + 2, "its job goes on")
    wait_until(lambda: answers(jobs.ListJobs), "the client has come back")
    schedule(jobs, "after", due_time="0s")
    server.wait_until_gone("after")
    server.delete("test", STABLE)
    assert [len(app.calls_of(name)) for name in ("settled", "after")] == [1, 1]
