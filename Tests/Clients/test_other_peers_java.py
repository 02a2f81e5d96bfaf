"""A client with grpc-java, whose HTTP/2 is Netty's (Tests/Peers/Peer.java). Only with --long: it
takes a JDK."""

import subprocess

import pytest

from Harness.programs import ROOT
from peers import PATIENCE
from protos import JOBS
from sidecar import PACKAGE, SCHEDULER
from sidecar import app as whose
from test_grpc_app import outcomes

pytestmark = pytest.mark.sidecars

CLASSES = ROOT / ".build/peers/java"


@pytest.fixture
def java(request):
    """Starts a client: java(port, "service/method", "unary"). Messages go in and out by lines."""
    if not request.config.getoption("--long"):
        pytest.skip("takes a JDK")
    assert CLASSES.exists(), f"{CLASSES} is not there; tools/test --long builds it"
    made: list[subprocess.Popen] = []

    def make(*arguments) -> subprocess.Popen:
        path = f"{CLASSES}:/usr/share/java/*"
        command = ["java", "-cp", path, "Peer", *map(str, arguments)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        made.append(subprocess.Popen(command, text=True, bufsize=1, **pipes))
        return made[-1]

    yield make
    for process in made:
        process.kill()
        process.wait()
        process.stdout.close()


def line(message) -> str:
    return message.SerializeToString().hex() + "\n"


def test_thousands_of_calls_of_java_are_answered(server, java, protos, stub):
    """All at a time; then all once more, and every name is taken."""
    request = protos.message("ScheduleJobRequest")
    asked = [request(job={"name": f"job {n}", "due_time": "1h"}) for n in range(5_000)]
    for answers in (["", "OK"], ["ALREADY_EXISTS"]):
        process = java(server.grpc_port, f"{JOBS}/ScheduleJob", "unary")
        said, _ = process.communicate("".join(map(line, asked)), timeout=PATIENCE)
        assert sorted(said.splitlines()) == sorted(answers * 5_000)
    assert len(stub(server).ListJobs().jobs) == 5_000


def test_a_stream_of_java_gets_its_triggers(server, java, protos, scheduler):
    """10,000 of 50 jobs, each once, though each is worth a ping to Netty."""
    request = protos.message(f"{PACKAGE}.WatchJobsRequest")
    response = protos.message(f"{PACKAGE}.WatchJobsResponse")
    for number in range(50):
        job = {"schedule": "@every 20ms", "repeats": 200}
        scheduler.ScheduleJob(name=f"job {number}", metadata=whose(), job=job)
    process = java(server.scheduler_port, f"{SCHEDULER}/WatchJobs", "stream")
    process.stdin.write(line(request(initial={"app_id": "shop", "namespace": "default"})))
    keys = set()
    for _ in range(10_000):
        trigger = response.FromString(bytes.fromhex(process.stdout.readline()))
        keys.add(trigger.daybook.idempotency_key)
        process.stdin.write(line(request(result={"id": trigger.id})))
    process.stdin.close()
    assert process.stdout.read() == "OK\n"
    assert len(keys) == 10_000
    server.wait_until_gone(*(f"job {number}" for number in range(50)))
    assert outcomes(server) == {"succeeded": 10_000}
