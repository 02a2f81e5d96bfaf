"""The jobs API over gRPC as Dapr's SDK for Python uses it, both of its clients and its app."""

import threading

import grpc
import pytest
from dapr.clients import ConstantFailurePolicy, DropFailurePolicy, Job
from google.protobuf.any_pb2 import Any
from google.protobuf.struct_pb2 import Value
from google.protobuf.wrappers_pb2 import BytesValue, Int64Value, StringValue

from sdk import Async, DaprGrpcError, Sync, packed, point_at, serving


@pytest.fixture(params=[Sync, Async], ids=["sync", "aio"])
def client(request, grpc_server, monkeypatch):
    point_at(grpc_server, monkeypatch)
    return request.param(grpc_server)


def test_a_job_is_scheduled_read_and_deleted(client, grpc_server):
    job = Job(name="test", schedule="@every 1h", repeats=4, due_time="30m", ttl="24h")
    client.schedule_job(job)
    found = client.get_job("test")
    assert (found.name, found.schedule, found.repeats) == ("test", "@every 1h", 4)
    assert (found.due_time, found.ttl, found.data) == ("30m", "24h", None)
    assert found.failure_policy.max_retries == 3, "what counts where none is chosen is shown"
    assert found.failure_policy.interval_seconds == 1
    assert grpc_server.has("test")
    client.delete_job("test")
    client.delete_job("test")
    assert not grpc_server.has("test")


def test_an_existing_job_is_replaced_only_if_that_is_asked(client):
    client.schedule_job(Job(name="test", schedule="@daily", repeats=1))
    with pytest.raises(DaprGrpcError) as refused:
        client.schedule_job(Job(name="test", schedule="@weekly"))
    assert refused.value.code() == grpc.StatusCode.ALREADY_EXISTS
    found = client.get_job("test")
    assert (found.schedule, found.repeats) == ("@daily", 1), "it is unchanged"
    client.schedule_job(Job(name="test", schedule="@weekly"), overwrite=True)
    found = client.get_job("test")
    assert (found.schedule, found.repeats) == ("@weekly", None)


@pytest.mark.parametrize(
    "policy",
    [
        DropFailurePolicy(), ConstantFailurePolicy(), ConstantFailurePolicy(max_retries=0),
        ConstantFailurePolicy(max_retries=7, interval_seconds=3),
        ConstantFailurePolicy(max_retries=2, interval_seconds=None),
        ConstantFailurePolicy(interval_seconds=None),
    ],
    ids=lambda policy: repr(sorted(vars(policy).items())),
)  # fmt: skip
def test_failure_policies_come_back_as_they_were(client, policy):
    client.schedule_job(Job(name="test", schedule="@daily", failure_policy=policy))
    found = client.get_job("test").failure_policy
    assert (type(found), vars(found)) == (type(policy), vars(policy))


PAYLOADS = {
    "text": packed(StringValue(value="hello\n\u00e9")),
    "bytes": packed(BytesValue(value=bytes(range(256)))),
    "value": packed(Value(string_value="someData")),
    "number": packed(Int64Value(value=-(2**63))),
    "own": Any(type_url="example.org/shop.Order", value=b"\x08\x96\x01"),
    "untyped": Any(value=b"no type"),
}


@pytest.mark.parametrize("kind", PAYLOADS)
def test_payloads_arrive_and_come_back_as_they_were(client, grpc_server, grpc_app, kind):
    payload = PAYLOADS[kind]
    client.schedule_job(Job(name="kept", schedule="@daily", data=payload))
    assert client.get_job("kept").data == payload
    client.schedule_job(Job(name="sent", due_time="0s", data=payload))
    (call,) = grpc_app.wait_for("sent")
    assert (call.event.data.type_url, call.event.data.value) == (payload.type_url, payload.value)
    assert call.event.content_type == payload.type_url
    grpc_server.wait_until_gone("sent")


def test_without_a_payload_the_sdk_sends_an_empty_one_and_it_arrives(client, grpc_app):
    client.schedule_job(Job(name="test", due_time="0s"))
    (call,) = grpc_app.wait_for("test")
    assert call.event.HasField("data")
    assert (call.event.data.type_url, call.event.data.value) == ("", b"")
    assert call.event.content_type == ""


@pytest.mark.parametrize(
    "job, word",
    [
        (Job(name="a/b", due_time="0s"), "name"),
        (Job(name="a", schedule="* * * * *"), "schedule"),
        (Job(name="a", schedule="@every 1s", repeats=0), "repeats"),
        (Job(name="a", due_time="soon"), "due"),
        (Job(name="a", due_time="1h", ttl="2h"), "ttl"),
        (Job(name="a", schedule="@daily", ttl="soon"), "ttl"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_with_a_job_is_said(client, grpc_server, job, word):
    with pytest.raises(DaprGrpcError) as refused:
        client.schedule_job(job)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert refused.value.error_code() == "DAPR_SCHEDULER_SCHEDULE_JOB"
    assert word in refused.value.details()
    assert not grpc_server.has("a")


def test_a_job_that_is_not_there_is_not_found(client):
    with pytest.raises(DaprGrpcError) as refused:
        client.get_job("missing")
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND
    assert refused.value.error_code() == "DAPR_SCHEDULER_GET_JOB"


def test_it_learns_whom_it_speaks_to(client, grpc_app):
    found = client.get_metadata()
    assert found.application_id == "shop"
    assert found.extended_metadata["namespace"] == "default"


@pytest.mark.audited_only("an app of the SDK does not note when it is called")
def test_an_app_made_with_the_sdk_is_called(serve_grpc, ports, monkeypatch):
    """Its handler gets the name and the bytes; what it raises is a failure, and tried again."""
    port = ports.free()
    server = serve_grpc(flags=("--app-port", str(port), "--app-protocol", "grpc"))
    point_at(server, monkeypatch)
    client = Sync(server)
    events, came = [], threading.Semaphore(0)

    def called(event):
        events.append((event.name, event.get_data_as_string()))
        came.release()
        if len(events) == 1:
            raise RuntimeError("not this time")

    policy = ConstantFailurePolicy(max_retries=1, interval_seconds=None)
    with serving(port, test=called):
        data = Any(value=b"hello")
        client.schedule_job(Job(name="test", due_time="0s", data=data, failure_policy=policy))
        # There is no handler of this one, which the SDK answers as a failure too.
        lost = Job(name="nobody", due_time="0s", failure_policy=DropFailurePolicy())
        client.schedule_job(lost)
        assert came.acquire(timeout=60) and came.acquire(timeout=60)
        server.wait_until_gone("test", "nobody")
    assert events == [("test", "hello")] * 2
    totals = server.audit()[1]["totals"]
    assert (totals["acknowledgements"]["failed"], totals["acknowledgements"]["succeeded"]) == (2, 1)
    assert totals["ticksConsumedByNotFound"] == 0
