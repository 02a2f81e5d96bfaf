"""Calls as no library makes them: each is answered as gRPC's specification has it, or by a status
that says what is wrong with it, and the server goes on."""

import pytest

from Harness import wire
from Harness.http2 import Client
from Harness.wire import frame, prefixed
from protos import JOBS
from sidecar import SCHEDULER, app

pytestmark = pytest.mark.sidecars

OK, INVALID, EXHAUSTED, UNIMPLEMENTED, INTERNAL, UNAUTHENTICATED = 0, 3, 8, 12, 13, 16
SCHEDULE = f"/{JOBS}/ScheduleJob"


@pytest.fixture
def client(server):
    """A client of the jobs API. Whatever it did, its server serves others afterwards."""
    with Client(server.grpc_port) as client:
        yield client
    server.schedule("afterwards", dueTime="1h")
    assert server.has("afterwards")


@pytest.fixture
def request_of(protos):
    """Makes requests to schedule a job of some name, encoded."""
    message = protos.message("ScheduleJobRequest")
    return lambda name: message(job={"name": name, "due_time": "1h"}).SerializeToString()


def test_an_honest_call_is_answered(server, client, request_of):
    answer = client.call(SCHEDULE, request_of("test"))
    assert (answer.http, answer.status, answer.body) == (200, OK, prefixed(b""))
    assert answer.headers["content-type"].startswith("application/grpc")
    assert server.has("test")


# Each header by itself

TIMEOUTS = ["1H", "90S", "00000001H", "99999999n", "99999999M"]
NO_TIMEOUTS = [
    "-1S", "-9999999n", "+5S", "100000000S", "S", "1", "", " ", "1x", "-0S", "0x1S", "1 S", "1s",
    "1.5S", "1SS", "9223372036854775808n", "18446744073709551616H", "٣S".encode(), b"\xff",
]  # fmt: skip


@pytest.mark.parametrize("timeout", TIMEOUTS)
def test_a_time_limit_is_up_to_eight_digits_and_a_unit(server, client, request_of, timeout):
    assert client.call(SCHEDULE, request_of("test"), grpc_timeout=timeout).status == OK
    assert server.has("test")


@pytest.mark.parametrize("timeout", NO_TIMEOUTS)
def test_what_is_no_time_limit_harms_nobody(server, client, request_of, timeout):
    answer = client.call(SCHEDULE, request_of("test"), grpc_timeout=timeout)
    assert answer.status in (OK, INVALID, INTERNAL) or answer.http == 400 or client.goodbye
    if answer.status == OK:
        assert server.has("test")


@pytest.mark.parametrize("timeout", ["0S", "0n", "1n", "00000000H"])
def test_a_call_may_be_too_late_before_it_has_begun(client, request_of, timeout):
    """It is told so, or was quicker."""
    assert client.call(SCHEDULE, request_of("test"), grpc_timeout=timeout).status in (OK, 4)


@pytest.mark.parametrize("type", ["application/json", "text/html", "application/grpcx", None])
def test_what_is_not_grpc_is_no_media_type_here(client, request_of, type):
    assert client.call(SCHEDULE, request_of("test"), content_type=type).http == 415


@pytest.mark.parametrize("type", ["application/grpc+proto", "application/grpc;charset=utf-8"])
def test_a_type_may_say_more(client, request_of, type):
    assert client.call(SCHEDULE, request_of("test"), content_type=type).status == OK


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS", "FETCH"])
def test_whatever_is_no_post_is_not_allowed(client, method):
    stream = client.request(SCHEDULE, end=True, **{":method": method})
    assert client.answer(stream).http == 405


@pytest.mark.parametrize(
    "path",
    [f"/{JOBS}/Missing", f"/{JOBS}/GetState", f"/{JOBS}/RegisterActorTimer", "/", "//", "/a", "*",
     "/dapr.proto.runtime.v1.Nobody/GetJob", "/grpc.health.v1.Health/List", f"{SCHEDULE}/"],
)  # fmt: skip
def test_what_is_not_there_is_not_implemented(client, path):
    answer = client.call(path, b"")
    assert answer.status == UNIMPLEMENTED


def test_a_method_that_is_not_there_is_refused_before_anything_is_sent(client):
    assert client.answer(client.request(f"/{JOBS}/Missing")).status == UNIMPLEMENTED


def test_a_token_is_asked_for_before_anything_else_is_read(serve_grpc, request_of):
    server = serve_grpc(environment={"DAPR_API_TOKEN": "abc"})
    with Client(server.grpc_port) as client:
        for token in ({}, {"dapr_api_token": "abd"}):
            assert client.answer(client.request(SCHEDULE, **token)).status == UNAUTHENTICATED
        answer = client.call(SCHEDULE, request_of("test"), dapr_api_token="abc")
        assert answer.status == OK


# Messages


def test_a_compression_nobody_knows_is_not_implemented(client, request_of):
    """And what could be used instead is said."""
    stream = client.request(SCHEDULE, grpc_encoding="gzip")
    client.send_data(stream, prefixed(request_of("test"), is_compressed=1), end=True)
    answer = client.answer(stream)
    assert answer.status == UNIMPLEMENTED
    assert "identity" in answer.headers.get("grpc-accept-encoding", "identity")


def test_a_message_is_not_compressed_unless_the_call_says_how(client, request_of):
    stream = client.request(SCHEDULE)
    client.send_data(stream, prefixed(request_of("test"), is_compressed=1), end=True)
    assert client.answer(stream).status in (UNIMPLEMENTED, INTERNAL)


def test_a_call_with_two_messages_is_none(client, request_of):
    stream = client.request(SCHEDULE)
    client.send_data(stream, prefixed(request_of("a")) + prefixed(request_of("b")), end=True)
    assert client.answer(stream).status in (INVALID, UNIMPLEMENTED, INTERNAL)


def test_a_call_without_a_message_is_none(server, client):
    stream = client.request(SCHEDULE, end=True)
    assert client.answer(stream).status in (INVALID, UNIMPLEMENTED, INTERNAL)


PARTS = {
    "half of a prefix": b"\0\0\0",
    "a prefix": prefixed(bytes(9))[:5],
    "half of a message": prefixed(bytes(9))[:9],
    "a message and half of a prefix": prefixed(b"\x0a\0") + b"\0\0",
    "a flag that is neither": b"\x02" + prefixed(b"")[1:],
}


@pytest.mark.parametrize("part", PARTS)
def test_a_call_that_breaks_off_is_none(client, part):
    stream = client.request(SCHEDULE)
    client.send_data(stream, PARTS[part], end=True)
    assert client.answer(stream).status in (INVALID, UNIMPLEMENTED, INTERNAL)


@pytest.mark.parametrize("service", ["runtime", "scheduler"])
def test_a_message_that_would_be_too_large_is_refused_by_its_prefix(server, service):
    port, path = {
        "runtime": (server.grpc_port, SCHEDULE),
        "scheduler": (server.scheduler_port, f"/{SCHEDULER}/ScheduleJob"),
    }[service]
    with Client(port) as client:
        stream = client.request(path)
        client.send(frame(wire.DATA, 0, stream, b"\0\xff\xff\xff\xff"))
        assert client.answer(stream).status == EXHAUSTED


def test_a_message_in_single_bytes_is_a_message(server, client, request_of):
    stream = client.request(SCHEDULE)
    for byte in prefixed(request_of("test")):
        client.send_data(stream, bytes([byte]))
    client.send(frame(wire.DATA, wire.END_STREAM, stream))
    assert client.answer(stream).status == OK
    assert server.has("test")


def test_headers_after_the_message_harm_nobody(client, request_of):
    """HTTP/2 has such for requests, gRPC has not."""
    stream = client.request(SCHEDULE)
    client.send_data(stream, prefixed(request_of("test")))
    client.send_headers(stream, [("x-more", "1")], end=True)
    answer = client.answer(stream)
    assert answer.status is not None or answer.reset is not None


@pytest.mark.audited_only("nobody notes what its stream is sent")
def test_a_watch_that_begins_with_two_messages_in_one_frame_is_one(server, protos):
    """Its answer to nothing is dropped, and it is sent what is due."""
    watched = protos.message("dapr.proto.scheduler.v1.WatchJobsRequest")
    first = watched(initial={"app_id": "shop", "namespace": "default"}).SerializeToString()
    second = watched(result={"id": 9}).SerializeToString()
    asked = protos.message("dapr.proto.scheduler.v1.ScheduleJobRequest")
    job = asked(name="test", metadata=app(), job={"due_time": "0s"}).SerializeToString()
    with Client(server.scheduler_port) as client:
        stream = client.request(f"/{SCHEDULER}/WatchJobs")
        client.send_data(stream, prefixed(first) + prefixed(second))
        assert client.call(f"/{SCHEDULER}/ScheduleJob", job).status == OK
        with client.changed:
            assert client.changed.wait_for(lambda: client.streams[stream].body, 20)
        client.send_data(stream, prefixed(watched(result={"id": 1}).SerializeToString()), end=True)
        assert client.answer(stream).is_ended
    server.wait_until_gone("test")
