"""Peers whose HTTP/2 is neither Google's nor ours: grpclib, which has that of hyper-h2, and the
tools of nghttp2, curl among them. (test_other_peers_by_hand.py: calls that no library makes.)"""

import asyncio
import shutil
import subprocess
import threading
import time

import pytest
from grpclib.client import Channel, StreamStreamMethod, UnaryUnaryMethod
from grpclib.const import Cardinality, Handler, Status
from grpclib.exceptions import GRPCError
from grpclib.server import Server as GRPCLibServer

from app import App
from grpc_app import ALPHA, SERVICES, STABLE, GRPCCall
from Harness.waiting import wait_until
from Harness.wire import prefixed
from peers import PATIENCE
from protos import JOBS
from sidecar import PACKAGE, SCHEDULER
from sidecar import app as whose
from test_grpc_app import outcomes

pytestmark = pytest.mark.sidecars

SCHEDULE = f"/{JOBS}/ScheduleJob"


# grpclib


def unary(channel: Channel, protos, service: str, method: str) -> UnaryUnaryMethod:
    return UnaryUnaryMethod(channel, f"/{service}/{method}", *protos.methods(service)[method])


@pytest.mark.parametrize("service", ["runtime", "scheduler"])
def test_a_thousand_calls_of_grpclib_are_answered(server, protos, service):
    """50 at a time. Each name is taken once, and then it is taken."""
    name, port, more = {
        "runtime": (JOBS, server.grpc_port, {}),
        "scheduler": (SCHEDULER, server.scheduler_port, {"metadata": whose()}),
    }[service]
    request, _ = protos.methods(name)["ScheduleJob"]

    def asked(number: int):
        job = {"due_time": "1h"}
        if service == "runtime":
            return request(job=job | {"name": f"job {number}"})
        return request(job=job, name=f"job {number}", **more)

    async def work():
        async with Channel("127.0.0.1", port) as channel:
            schedule = unary(channel, protos, name, "ScheduleJob")
            for first in range(0, 1_000, 50):
                await asyncio.gather(*(schedule(asked(first + i), timeout=60) for i in range(50)))
            with pytest.raises(GRPCError) as refused:
                await schedule(asked(1), timeout=60)
            listed = await unary(channel, protos, name, "ListJobs")(
                protos.methods(name)["ListJobs"][0](**more), timeout=60
            )
            return refused.value.status, {job.name for job in listed.jobs}

    status, names = asyncio.run(work())
    assert status == Status.ALREADY_EXISTS
    assert names == {f"job {number}" for number in range(1_000)}


@pytest.mark.audited_only("nobody notes what its stream is sent")
def test_a_stream_of_grpclib_gets_its_triggers(server, scheduler, protos):
    """2,000 of 20 jobs, each once."""
    request = protos.message(f"{PACKAGE}.WatchJobsRequest")
    response = protos.message(f"{PACKAGE}.WatchJobsResponse")
    for number in range(20):
        job = {"schedule": "@every 10ms", "repeats": 100}
        scheduler.ScheduleJob(name=f"job {number}", metadata=whose(), job=job)

    async def work() -> list:
        triggers = []
        async with Channel("127.0.0.1", server.scheduler_port) as channel:
            watch = StreamStreamMethod(channel, f"/{SCHEDULER}/WatchJobs", request, response)
            async with watch.open() as stream:
                initial = {"app_id": "shop", "namespace": "default"}
                await stream.send_message(request(initial=initial))
                while len(triggers) < 2_000:
                    triggers.append(await stream.recv_message())
                    await stream.send_message(request(result={"id": triggers[-1].id}))
                await stream.end()
                assert await stream.recv_message() is None
        return triggers

    triggers = asyncio.run(work())
    assert len({trigger.daybook.idempotency_key for trigger in triggers}) == 2_000
    server.wait_until_gone(*(f"job {number}" for number in range(20)))
    assert outcomes(server) == {"succeeded": 2_000}


class GRPCLibApp(App):
    """An app whose server is grpclib's: it answers UNIMPLEMENTED to all but its methods."""

    notes_answers = False

    def __init__(self, port: int, protos, methods):
        super().__init__(port)
        self.protos = protos
        self.methods = methods
        self.loop = asyncio.new_event_loop()

    def __mapping__(self) -> dict:
        return {
            f"/{SERVICES[method]}/{method}": Handler(
                self.handler(method), Cardinality.UNARY_UNARY,
                *self.protos.methods(SERVICES[method])[method],
            )
            for method in self.methods
        }  # fmt: skip

    def handler(self, method: str):
        _, response = self.protos.methods(SERVICES[method])[method]

        async def handle(stream):
            now = time.time_ns()
            event = await stream.recv_message()
            headers = {name: str(value) for name, value in stream.metadata.items()}
            body = event.data.SerializeToString()
            with self.changed:
                self.calls.append(
                    GRPCCall(event.name, method.encode(), headers, body, now, event=event)
                )
                self.changed.notify_all()
            await stream.send_message(response())

        return handle

    def start(self) -> None:
        async def listen():
            self.server = GRPCLibServer([self])
            await self.server.start("127.0.0.1", self.port)

        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.wait_for_loop(listen())
        self.came()

    def stop(self) -> None:
        self.left()

        async def close():
            self.server.close()
            await self.server.wait_closed()

        self.wait_for_loop(close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(60)

    def wait_for_loop(self, work) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(20)


@pytest.fixture(params=[(STABLE, ALPHA), (ALPHA,)], ids=["both methods", "the older method"])
def grpclib_app(ports, protos, request):
    app = GRPCLibApp(ports.free(), protos, request.param)
    app.start()
    yield app
    app.stop()


def test_an_app_of_grpclib_is_called_once_a_tick(grpclib_app, serve):
    server = serve(grpclib_app, flags=("--app-protocol", "grpc"))
    for number in range(20):
        server.schedule(f"job {number}", schedule="@every 20ms", repeats=25)
    wait_until(lambda: sum(outcomes(server).values()) >= 500, "all is answered", PATIENCE)
    assert outcomes(server) == {"succeeded": 500}
    assert len({call.key for call in grpclib_app.calls}) == len(grpclib_app.calls) == 500
    first = grpclib_app.methods[0].encode()
    assert {call.raw_path for call in grpclib_app.calls} == {first}


# curl and nghttp


def run(*command, **options) -> bytes:
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not there; tools/test installs it")
    result = subprocess.run(command, capture_output=True, timeout=60, **options)
    assert result.returncode == 0, result.stderr
    return result.stdout + result.stderr


@pytest.fixture
def curl(server):
    """curl("/path", "-X", "POST") says how the server has answered, trailers too."""

    def ask(path: str, *flags, **options) -> str:
        url = f"http://127.0.0.1:{server.grpc_port}{path}"
        prior = ("--http2-prior-knowledge", "--max-time", "20")
        said = run("curl", "-sS", "-i", *prior, *flags, url, **options)
        return said.decode(errors="replace").lower()

    return ask


@pytest.fixture
def message(protos) -> bytes:
    """A call that schedules "test"."""
    request = protos.message("ScheduleJobRequest")
    return prefixed(request(job={"name": "test", "due_time": "1h"}).SerializeToString())


HEAD = ("-X", "POST", "-H", "content-type: application/grpc", "-H", "te: trailers")
CALL = (*HEAD, "--data-binary", "@-")


def test_curl_can_call(server, curl, message):
    said = curl(SCHEDULE, *CALL, input=message)
    assert said.startswith("http/2 200") and "grpc-status: 0" in said
    assert server.has("test")
    assert "grpc-status: 6" in curl(SCHEDULE, *CALL, input=message)


def test_curl_is_told_what_is_wrong(server, curl):
    """It has sent all before it is told: an answer that comes earlier is an error to curl."""
    assert "grpc-status: 12" in curl("/missing", *HEAD)
    assert curl(SCHEDULE).split()[1] in ("405", "415")
    assert curl("/").split()[1] in ("405", "415")
    assert curl(SCHEDULE, "-X", "POST").split()[1] == "415"
    assert curl(SCHEDULE, *HEAD, "-X", "DELETE").split()[1] == "405"
    assert curl(SCHEDULE, "--head").split()[1] in ("405", "415")


@pytest.mark.parametrize("flags", [("--http1.1",), ("--http2",)])
def test_curl_without_prior_knowledge_is_hung_up_on(server, flags):
    """There is no HTTP/1 here, and nothing to upgrade from. The jobs API goes on."""
    url = f"http://127.0.0.1:{server.grpc_port}/"
    command = ["curl", "-sS", "-i", "--max-time", "20", *flags, url]
    assert subprocess.run(command, capture_output=True, timeout=60).returncode != 28, "no answer"
    server.schedule("test", dueTime="1h")


def test_nghttp_asks_for_ten_things_at_once(server, tmp_path, message):
    """With padded frames, priorities, pushes and windows of its own."""
    body = tmp_path / "body"
    body.write_bytes(message)
    said = run(
        "nghttp", "-v", "-m", "10", "-w", "10", "-W", "12", "-b", "9", "-H",
        "content-type: application/grpc", "-H", "te: trailers", "-d", str(body),
        f"http://127.0.0.1:{server.grpc_port}{SCHEDULE}",
    )  # fmt: skip
    assert said.count(b"grpc-status: 0") == 1
    assert said.count(b"grpc-status: 6") == 9
    assert server.has("test")


def test_h2load_is_answered_as_often_as_it_asks(server, stub, tmp_path, message):
    """5,000 times, by 20 connections with 50 streams each."""
    body = tmp_path / "body"
    body.write_bytes(message)
    said = run(
        "h2load", "-n", "5000", "-c", "20", "-m", "50", "-H", "content-type: application/grpc",
        "-H", "te: trailers", "-d", str(body),
        f"http://127.0.0.1:{server.grpc_port}/{JOBS}/GetMetadata",
    )  # fmt: skip
    assert b"5000 done, 5000 succeeded, 0 failed, 0 errored, 0 timeout" in said, said
    wait_until(lambda: len(stub(server).ListJobs().jobs) == 0, "the server answers")
