"""An app that is called over gRPC: what it is sent, and what its answers mean."""

import json

import grpc
import pytest
from google.protobuf.struct_pb2 import Value
from google.protobuf.wrappers_pb2 import BytesValue, Int64Value, StringValue

from grpc_app import ALPHA, OK, STABLE
from protos import names
from sdk import packed
from reading import nanoseconds

Code = grpc.StatusCode
VALUE = "type.googleapis.com/google.protobuf.Value"
NO_RETRY = {"drop": {}}


def totals(server) -> dict:
    return server.audit()[1]["totals"]


def outcomes(server) -> dict:
    return {name: count for name, count in totals(server)["acknowledgements"].items() if count}


def attempts(server, app, *codes: grpc.StatusCode, name="test", **fields) -> list:
    """The calls of a job whose app answers so, once it is gone."""
    app.answers_codes(name, *codes)
    server.schedule(name, dueTime="0s", **fields)
    server.wait_until_gone(name)
    return app.calls_of(name)


# What it is sent


@pytest.mark.parametrize("name", ["plain", "my||job@name", "with space", "übung", "100%"])
def test_the_event_says_all_that_dapr_says(grpc_server, grpc_app, jobs, name):
    order = {"order": [1, None, "a"]}
    grpc_server.schedule(name, schedule="@every 1h", dueTime="0s", data=order)
    (call,) = grpc_app.wait_for(name)
    assert jobs.GetJob(name=name).job.name == name and names(jobs) == [name]
    event = call.event
    assert (event.name, event.method) == (name, f"job/{name}")
    assert event.content_type == event.data.type_url == VALUE
    assert call.json == order
    assert (event.http_extension.verb, event.http_extension.querystring) == (3, "")
    assert call.raw_path == STABLE.encode()


JSON = ["someData", '"xyz"', 123, -0.5, True, None, [], {}, {"@type": "x", "value": "a"}]


@pytest.mark.parametrize("data", JSON, ids=json.dumps)
def test_what_was_scheduled_over_http_arrives_as_a_value(grpc_server, grpc_app, data):
    grpc_server.schedule("test", dueTime="0s", data=data)
    (call,) = grpc_app.wait_for("test")
    assert call.event.data.type_url == call.event.content_type == VALUE
    assert call.json == data


def test_no_data_is_no_data(grpc_server, grpc_app, stub):
    """Over HTTP as over gRPC."""
    grpc_server.schedule("http", dueTime="0s")
    stub(grpc_server).ScheduleJob(job={"name": "grpc", "due_time": "0s"})
    for name in ("http", "grpc"):
        (call,) = grpc_app.wait_for(name)
        assert not call.event.HasField("data") and call.event.content_type == ""


def test_metadata_tells_a_tick_from_a_tick_and_a_try_from_a_try(grpc_server, grpc_app):
    grpc_app.answers_codes("test", Code.INTERNAL, OK)
    policy = {"constant": {"maxRetries": 1}}
    grpc_server.schedule("test", schedule="@every 20ms", repeats=2, failurePolicy=policy)
    grpc_server.wait_until_gone("test")
    calls = grpc_app.calls_of("test")
    assert [(call.tick, call.attempt, call.cause) for call in calls] == [
        (1, 1, "schedule"), (1, 2, "retry"), (2, 1, "schedule"),
    ]  # fmt: skip
    assert calls[0].key == calls[1].key != calls[2].key
    assert nanoseconds(calls[0].due) < nanoseconds(calls[2].due)
    assert len({call.headers["daybook-trigger"] for call in calls}) == 3
    assert "traceparent" not in calls[0].headers
    assert "dapr-api-token" not in calls[0].headers


BODIES = {
    "text": (packed(StringValue(value="hello world")), b"hello world"),
    "bytes": (packed(BytesValue(value=b"\x01\x02x")), b"\x03\x01\x02x"),
    "number": (packed(Int64Value(value=123)), b"\x08\x7b"),
    "value": (packed(Value(string_value="someData")), b'"someData"'),
    "value number": (packed(Value(number_value=123)), b"123"),
    "value null": (packed(Value(null_value=0)), b"null"),
    "own": ({"type_url": "example.org/shop.Order", "value": b"\t {} \x0b"}, b"{}"),
    "untyped": ({"value": b"\x08\x7b"}, b"\x08\x7b"),
    "untyped json": ({"value": b'{"a": 1}'}, b'{"a": 1}'),
    "empty": ({}, b""),
}


@pytest.mark.parametrize("kind", BODIES)
def test_an_http_app_gets_the_bytes_of_what_was_scheduled_over_grpc(
    serve_grpc, app, stub, protos, kind
):
    server = serve_grpc(app)
    data, body = BODIES[kind]
    if not isinstance(data, dict):
        data = {"type_url": data.type_url, "value": data.value}
    stub(server).ScheduleJob(job={"name": "test", "due_time": "0s", "data": data})
    (call,) = app.wait_for("test")
    assert (call.body, call.headers["content-type"]) == (body, "application/json")
    assert call.raw_path == b"/job/test"


# What its answers mean


def test_ok_is_success_and_every_other_code_is_a_failure(grpc_server, grpc_app):
    others = [code for code in Code if code not in (OK, Code.NOT_FOUND, Code.UNIMPLEMENTED)]
    for code in others:
        (call,) = attempts(grpc_server, grpc_app, code, name=code.name, failurePolicy=NO_RETRY)
        assert call.name == code.name
    attempts(grpc_server, grpc_app, OK, name="fine")
    assert outcomes(grpc_server) == {"failed": len(others), "succeeded": 1}


def test_not_found_uses_the_tick_up_and_is_counted(serve_grpc, grpc_app):
    server = serve_grpc(grpc_app)
    (call,) = attempts(server, grpc_app, Code.NOT_FOUND)
    assert call.attempt == 1
    assert outcomes(server) == {"succeeded": 1}
    assert totals(server)["ticksConsumedByNotFound"] == 1
    assert "no handler for the job" in server.log()


def test_an_app_that_knows_the_older_method_only_is_called_by_it(serve_grpc, grpc_apps):
    app = grpc_apps(methods=(ALPHA,))
    app.start()
    server = serve_grpc(app)
    server.schedule("test", schedule="@every 10ms", repeats=3)
    server.wait_until_gone("test")
    assert [call.raw_path for call in app.calls_of("test")] == [ALPHA.encode()] * 3
    assert outcomes(server) == {"succeeded": 3}


@pytest.mark.audited_only("an app without a handler does not see that it is called")
def test_an_app_that_knows_neither_method_has_failed(serve_grpc, grpc_apps):
    app = grpc_apps(methods=())
    app.start()
    server = serve_grpc(app)
    server.schedule("test", dueTime="0s", failurePolicy={"constant": {"maxRetries": 2}})
    server.wait_until_gone("test")
    assert app.calls == []
    assert outcomes(server) == {"failed": 3}


def test_unimplemented_by_the_stable_method_alone_asks_the_older_one(grpc_server, grpc_app):
    """Whether or not it is there at all."""
    (call,) = attempts(grpc_server, grpc_app, Code.UNIMPLEMENTED, OK)
    assert (call.raw_path, call.attempt) == (ALPHA.encode(), 1)


def test_an_app_that_is_too_slow_has_failed(serve_grpc, grpc_app):
    server = serve_grpc(grpc_app, flags=("--job-timeout", "200ms"))
    grpc_app.hold()
    server.schedule("slow", dueTime="0s", failurePolicy=NO_RETRY)
    server.wait_until_gone("slow")
    grpc_app.release()
    assert outcomes(server) == {"timedOut": 1}
    # It is called as before.
    server.schedule("next", dueTime="0s")
    server.wait_until_gone("next")


def test_without_a_time_limit_it_may_take_its_time(grpc_server, grpc_app):
    """Longer than anything that waits for a connection does."""
    grpc_app.hold()
    grpc_server.schedule("slow", dueTime="0s")
    grpc_app.wait_for("slow")
    grpc_server.schedule("mark", dueTime="6s", failurePolicy=NO_RETRY)
    grpc_app.wait_for("mark")
    grpc_app.release()
    grpc_server.wait_until_gone("slow", "mark")
    assert [len(grpc_app.calls_of(name)) for name in ("slow", "mark")] == [1, 1]
    assert outcomes(grpc_server) == {"succeeded": 2}
