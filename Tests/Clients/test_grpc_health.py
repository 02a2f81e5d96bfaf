"""gRPC's own questions to a server, on both of its gRPC ports: is it healthy, and what does it
serve. Asked as Kubernetes, grpcurl and the libraries of gRPC ask them."""

import queue
import threading

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from Harness.http2 import Client
from Harness.wire import prefixed
from protos import JOBS
from sidecar import SCHEDULER, app as of_app

Code = grpc.StatusCode
Status = health_pb2.HealthCheckResponse.ServingStatus
REFLECTION = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")
TOKEN = "a-token.for/tests+1"
QUESTIONS_MAX = 100


@pytest.fixture
def both(serve_grpc, app, ports):
    """A server with both gRPC ports, whose jobs API asks for a token."""
    environment = {"DAPR_API_TOKEN": TOKEN}
    return serve_grpc(app, scheduler_port=ports.free(), environment=environment)


@pytest.fixture
def channel():
    """Makes channels to ports."""
    made = []

    def make(port: int) -> grpc.Channel:
        made.append(grpc.insecure_channel(f"127.0.0.1:{port}"))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(params=["jobs", "scheduler"])
def door(request, both, channel):
    """Each of its ports in turn: a channel to it, and the name of its service."""
    if request.param == "jobs":
        return channel(both.grpc_port), JOBS
    return channel(both.scheduler_port), SCHEDULER


class Watcher:
    """A stream of Watch, and what it has told."""

    def __init__(self, channel: grpc.Channel, service=""):
        request = health_pb2.HealthCheckRequest(service=service)
        self.call = health_pb2_grpc.HealthStub(channel).Watch(request)
        self.told: queue.SimpleQueue = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            for response in self.call:
                self.told.put(Status.Name(response.status))
            self.told.put(Code.OK)
        except grpc.RpcError as error:
            self.told.put(error.code())

    def next(self):
        return self.told.get(timeout=60)


def check(channel: grpc.Channel, service="") -> str:
    request = health_pb2.HealthCheckRequest(service=service)
    return Status.Name(health_pb2_grpc.HealthStub(channel).Check(request, timeout=60).status)


# Health


def test_a_probe_that_sends_no_token_and_no_name_is_told_that_it_serves(door):
    channel, service = door
    assert check(channel) == "SERVING"
    assert check(channel, service) == "SERVING"


def test_a_service_that_is_not_there_is_not_found(door):
    channel, service = door
    other = SCHEDULER if service == JOBS else JOBS
    for name in (other, service + ".", service.lower(), "e\u0301" * 200):
        with pytest.raises(grpc.RpcError) as refused:
            check(channel, name)
        assert refused.value.code() == Code.NOT_FOUND
        # It may come, so a stream stays open.
        watcher = Watcher(channel, name)
        assert watcher.next() == "SERVICE_UNKNOWN"
        watcher.call.cancel()
        assert watcher.next() == Code.CANCELLED


def test_a_watcher_is_told_when_the_server_stops_while_handlers_are_waited_for(both, app, channel):
    both.client.headers["dapr-api-token"] = TOKEN
    doors = [channel(both.grpc_port), channel(both.scheduler_port)]
    watchers = [Watcher(one, name) for one in doors for name in ("", "")]
    assert {watcher.next() for watcher in watchers} == {"SERVING"}
    app.hold()
    both.schedule("working", dueTime="0s")
    app.wait_for("working")
    both.terminate()
    assert {watcher.next() for watcher in watchers} == {"NOT_SERVING"}
    assert [check(one) for one in doors] == ["NOT_SERVING"] * 2, "and calls are still answered"
    app.release()
    assert both.wait() == 0
    assert {watcher.next() for watcher in watchers} == {Code.UNAVAILABLE}


def test_a_server_that_waits_for_nothing_tells_it_or_hangs_up(both, channel):
    watcher = Watcher(channel(both.scheduler_port))
    assert watcher.next() == "SERVING"
    both.terminate()
    said = watcher.next()
    assert said in ("NOT_SERVING", Code.UNAVAILABLE)
    if said == "NOT_SERVING":
        assert watcher.next() == Code.UNAVAILABLE
    assert both.wait() == 0


def test_a_stream_of_watch_asks_once(door):
    channel, _ = door
    watch = channel.stream_stream(
        "/grpc.health.v1.Health/Watch",
        health_pb2.HealthCheckRequest.SerializeToString,
        health_pb2.HealthCheckResponse.FromString,
    )
    with pytest.raises(grpc.RpcError) as refused:
        list(watch(iter([health_pb2.HealthCheckRequest()] * 2), timeout=60))
    assert refused.value.code() == Code.INVALID_ARGUMENT
    assert list(watch(iter([]), timeout=60)) == []


def test_a_question_has_a_size(door):
    channel, _ = door
    for size, code in ((1_021, Code.NOT_FOUND), (1_022, Code.RESOURCE_EXHAUSTED)):
        with pytest.raises(grpc.RpcError) as refused:
            check(channel, "x" * size)
        assert refused.value.code() == code


# Reflection


def info(channel: grpc.Channel, service: str, requests, token: str | None = TOKEN) -> list:
    """The answers of one stream."""
    ask = channel.stream_stream(
        f"/{service}/ServerReflectionInfo",
        reflection_pb2.ServerReflectionRequest.SerializeToString,
        reflection_pb2.ServerReflectionResponse.FromString,
    )
    metadata = [("dapr-api-token", token)] if token else []
    return list(ask(iter(requests), timeout=60, metadata=metadata))


def question(**fields):
    return reflection_pb2.ServerReflectionRequest(**fields)


@pytest.mark.parametrize("service", REFLECTION)
def test_the_services_are_listed_and_described(door, service):
    channel, own = door
    first, second = info(channel, service, [
        question(list_services="*"), question(file_containing_symbol=own),
    ])  # fmt: skip
    listed = [one.name for one in first.list_services_response.service]
    assert listed == sorted([own, "grpc.health.v1.Health", *REFLECTION])
    pool = descriptor_pool.DescriptorPool()
    files = [
        descriptor_pb2.FileDescriptorProto.FromString(one)
        for one in second.file_descriptor_response.file_descriptor_proto
    ]
    for file in reversed(files):
        pool.Add(file)
    assert pool.FindServiceByName(own).methods_by_name


def test_a_client_calls_by_what_reflection_tells(both, channel):
    """As grpcurl does: it knows no protos."""
    channel = channel(both.scheduler_port)
    pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    method = pool.FindServiceByName(SCHEDULER).FindMethodByName("ListJobs")
    request, response = map(
        message_factory.GetMessageClass, (method.input_type, method.output_type)
    )
    call = channel.unary_unary(
        f"/{SCHEDULER}/ListJobs", request.SerializeToString, response.FromString
    )
    assert list(call(request(metadata=of_app()), timeout=60).jobs) == []


def test_what_is_described_is_what_the_protos_say(both, channel, protos):
    """The set of descriptors is written by a tool; this finds one that is out of date."""
    channel = channel(both.scheduler_port)
    names = [file.name for file in protos.set.file if file.service]
    served = [name for name in names if "appcallback" not in name]
    assert len(served) == 5
    answers = info(channel, REFLECTION[0], [question(file_by_filename=name) for name in served])
    ours = {file.name: file for file in protos.set.file}
    for answer in answers:
        found = answer.file_descriptor_response.file_descriptor_proto
        assert found
        for bytes in found:
            file = descriptor_pb2.FileDescriptorProto.FromString(bytes)
            if not file.name.startswith("google/"):
                assert file == ours[file.name], f"tools/generate-protos was not run: {file.name}"


def test_it_asks_for_the_token_as_the_jobs_api_does(both, channel):
    jobs, scheduler = channel(both.grpc_port), channel(both.scheduler_port)
    for service in REFLECTION:
        for token in (None, "wrong"):
            with pytest.raises(grpc.RpcError) as refused:
                info(jobs, service, [question(list_services="")], token)
            assert refused.value.code() == Code.UNAUTHENTICATED
        assert info(scheduler, service, [question(list_services="")], None)


@pytest.mark.parametrize("port", ["grpc_port", "scheduler_port"])
def test_questions_that_wait_for_their_answers_are_bounded(both, port):
    """Those that come in one frame come together."""
    asked = prefixed(question(list_services="").SerializeToString())
    with Client(getattr(both, port)) as client:
        for count, status in ((QUESTIONS_MAX, 0), (QUESTIONS_MAX + 1, 8)):
            stream = client.request(
                f"/{REFLECTION[0]}/ServerReflectionInfo", dapr_api_token=TOKEN
            )
            client.send_data(stream, asked * count, end=True)
            answer = client.answer(stream)
            assert answer.status == status
            assert len(messages_in(answer.body)) == (count if status == 0 else 0)


def messages_in(body: bytes) -> list[bytes]:
    found = []
    while body:
        size = int.from_bytes(body[1:5], "big")
        found.append(body[5 : 5 + size])
        body = body[5 + size :]
    return found


# Newer sidecars


def test_methods_of_newer_sidecars_are_unimplemented(both, channel):
    """A newer daprd offers its actors' types to the scheduler, and goes to the placement service if
    that does not know the method."""
    channel = channel(both.scheduler_port)
    report = channel.stream_stream(
        f"/{SCHEDULER}/ReportActorTypes", lambda bytes: bytes, lambda bytes: bytes
    )
    with pytest.raises(grpc.RpcError) as refused:
        list(report(iter([b""]), timeout=60))
    assert refused.value.code() == Code.UNIMPLEMENTED


@pytest.mark.sidecars
def test_unknown_fields_of_newer_sidecars_are_ignored(server, watch, protos):
    """In a request, and in the messages within it."""
    # Field 1000 with a text, field 1001 with a number.
    unknown = b"\xc2\x3e\x03new" + b"\xc8\x3e\x07"

    def newer(kind: str, **fields):
        message = protos.message(f"dapr.proto.scheduler.v1.{kind}")(**fields)
        message.MergeFromString(unknown)
        return message

    stream = watch()
    initial = newer("WatchJobsRequestInitial", app_id="shop", namespace="default")
    stream.messages.put(newer("WatchJobsRequest", initial=initial))
    request = newer(
        "ScheduleJobRequest", name="newer", metadata=newer("JobMetadata", **of_app()),
        job=newer("Job", due_time="0s"),
    )  # fmt: skip
    schedule = stream.channel.unary_unary(
        f"/{SCHEDULER}/ScheduleJob", lambda one: one.SerializeToString(), lambda bytes: bytes
    )
    assert schedule(request, timeout=60) == b""
    [trigger] = stream.wait_for(1)
    assert trigger.name == "newer"
    server.wait_until_gone("newer")
