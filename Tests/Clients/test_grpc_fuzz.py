"""Messages by chance, from a printed seed, at every method of both gRPC services: what is wrong
with a message is its sender's mistake, and nobody else's. The server lives on, other streams get
their triggers, and the log is whole."""

import random
from collections import Counter

import grpc
import pytest

from Harness import footprint, replay
from Harness.waiting import wait_until
from hostile_messages import Forger
from protos import JOBS, Stub
from sidecar import SCHEDULER, app

pytestmark = pytest.mark.sidecars

Code = grpc.StatusCode
STREAMS = {"WatchJobs", "WatchHosts"}
# What may be said of a message.
ANSWERS = {Code.OK, Code.INVALID_ARGUMENT, Code.NOT_FOUND, Code.ALREADY_EXISTS}
# Messages of a batch, all sent at once; after each a client that knows what it does must be served.
BATCH = 50
# Bytes that a server may grow by: lists of what was taken hold megabytes, and are freed later.
GROWTH_MAX = 128 << 20


@pytest.fixture(params=["runtime", "scheduler"])
def service(request, server) -> tuple[str, int]:
    """Its name, and its port."""
    return {
        "runtime": (JOBS, server.grpc_port), "scheduler": (SCHEDULER, server.scheduler_port),
    }[request.param]  # fmt: skip


@pytest.fixture
def dice():
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    return random.Random(seed)


class Witness:
    """A client that knows what it does, with a stream that nobody may disturb."""

    def __init__(self, server, scheduler, stub, watch):
        self.server = server
        self.scheduler = scheduler
        self.jobs = stub(server)
        self.stream = watch(app_id="good", namespace="good")
        self.seen = 0

    def is_served(self) -> None:
        """Over all APIs, and by its stream."""
        name = f"good {self.seen}"
        self.jobs.ScheduleJob(job={"name": name, "schedule": "@daily"})
        assert self.jobs.GetJob(name=name).job.schedule == "@daily"
        self.jobs.DeleteJob(name=name)
        assert self.server.client.get("/v1.0/jobs", params={"limit": 5}).status_code == 200
        metadata = app("good", "good")
        self.scheduler.ScheduleJob(name=name, metadata=metadata, job={"due_time": "0s"})
        self.seen += 1
        assert self.stream.wait_for(self.seen)[-1].name == name
        assert self.stream.error is None


@pytest.fixture
def witness(server, scheduler: Stub, stub, watch):
    return Witness(server, scheduler, stub, watch)


def connection(port: int) -> grpc.Channel:
    """Of its own: channels to one address share one."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    return grpc.insecure_channel(f"127.0.0.1:{port}", options)


def codes(calls: list) -> list[tuple[Code, str]]:
    """What became of calls that were all sent at once."""
    found = []
    for call in calls:
        error = call.exception(timeout=60)
        found.append((error.code(), error.details()) if error else (Code.OK, ""))
    return found


@pytest.fixture
def bounded(server, witness):
    """In the end nothing has run away, and the log holds."""
    witness.is_served()
    process = server.process.pid
    before, files = footprint.private_bytes(process), footprint.descriptors(process)
    yield
    gone = "all connections are closed"
    wait_until(lambda: footprint.descriptors(process) <= files, gone)
    assert footprint.private_bytes(process) - before < GROWTH_MAX
    server.stop()
    replay.sound(server.directory)


def test_no_message_to_a_method_is_answered_with_a_failure_of_the_server(
    service, protos, witness, bounded, dice, rounds
):
    """1,000 messages a service, of which two in three have fields of the right types."""
    name, port = service
    methods = {
        method: types[0].DESCRIPTOR for method, types in protos.methods(name).items()
        if method not in STREAMS
    }  # fmt: skip
    forger = Forger(dice)
    seen: Counter = Counter()
    for _ in range(20 * rounds):
        with connection(port) as channel:
            sent, calls = [], []
            for _ in range(BATCH):
                method = dice.choice(list(methods))
                is_broken = dice.random() < 1 / 3
                make = forger.broken if is_broken else forger.message
                request = make(methods[method])
                is_message = forger.is_message and not is_broken
                sent.append((method, is_message, request[:2_000]))
                # No serializer: bytes go out as they are.
                calls.append(channel.unary_unary(f"/{name}/{method}").future(request, timeout=60))
            for (code, said), (method, is_message, request) in zip(codes(calls), sent):
                assert code in ANSWERS, f"{code} {said}: {method} {is_message} {request}"
                assert is_message or code in (Code.OK, Code.INVALID_ARGUMENT, Code.NOT_FOUND)
                seen[code] += 1
        witness.is_served()
    # Else little has been tried.
    assert seen[Code.OK] > 100 and seen[Code.INVALID_ARGUMENT] > 100, seen


def stream_messages(forger: Forger, dice: random.Random, request) -> list[bytes]:
    """What a client says on a stream: the first message now and then, results of anything, and
    what is no message, in any order."""
    opening = request(
        initial={"app_id": "fuzz", "namespace": "fuzz", "actor_types": ["T"]}
    ).SerializeToString()
    result = request(result={"id": dice.randrange(4), "status": dice.randrange(2)})
    choices = [
        lambda: opening, lambda: result.SerializeToString(), lambda: b"",
        lambda: forger.message(request.DESCRIPTOR), lambda: forger.broken(request.DESCRIPTOR),
    ]  # fmt: skip
    first = [opening] if dice.random() < 0.7 else []
    return first + [dice.choice(choices)() for _ in range(dice.randrange(6))]


@pytest.mark.audited_only("nobody notes what its streams are sent")
def test_no_stream_of_triggers_harms_another_whatever_is_said_on_it(
    server, protos, scheduler, witness, bounded, dice, rounds
):
    """300 streams, some cut off in the middle, with jobs due for whoever gets so far."""
    request = protos.methods(SCHEDULER)["WatchJobs"][0]
    forger = Forger(dice)
    seen: Counter = Counter()
    for batch in range(10 * rounds):
        for number in range(5):
            scheduler.ScheduleJob(
                name=f"due {batch} {number}", metadata=app("fuzz", "fuzz"), job={"due_time": "0s"}
            )
        with connection(server.scheduler_port) as channel:
            said = [stream_messages(forger, dice, request) for _ in range(30)]
            watch = channel.stream_stream(f"/{SCHEDULER}/WatchJobs")
            calls = []
            for messages in said:
                calls.append(watch(iter(messages), timeout=60))
                if dice.random() < 0.2:  # Before an answer can have come.
                    calls[-1].cancel()
            for call in calls:
                if dice.random() < 0.2:  # An answer may have come before.
                    call.cancel()
            for call, messages in zip(calls, said):
                code, text = last_word(call)
                assert code in (Code.OK, Code.INVALID_ARGUMENT, Code.CANCELLED), (
                    f"{code} {text}: {[message[:500] for message in messages]}"
                )
                seen[code] += 1
        witness.is_served()
    assert min(seen[code] for code in (Code.OK, Code.INVALID_ARGUMENT, Code.CANCELLED)) > 10, seen


def last_word(call) -> tuple[Code, str]:
    """How a stream ended; what it was sent before is not looked at."""
    try:
        for _ in call:
            pass
    except grpc.RpcError:
        pass
    return call.code(), call.details()


def test_streams_of_hosts_are_told_whatever_they_ask_with(server, protos, witness, dice):
    """The request has no field: what it holds is unknown, or no message."""
    descriptor = protos.methods(SCHEDULER)["WatchHosts"][0].DESCRIPTOR
    forger = Forger(dice)
    with connection(server.scheduler_port) as channel:
        for _ in range(50):
            request = forger.broken(descriptor)
            call = channel.unary_stream(f"/{SCHEDULER}/WatchHosts")(request, timeout=60)
            try:
                assert f"127.0.0.1:{server.scheduler_port}".encode() in next(call)
            except grpc.RpcError as error:
                assert error.code() == Code.INVALID_ARGUMENT, (error, request[:500])
            call.cancel()
    witness.is_served()
