"""More of Dapr's own tests told again, over gRPC: those of the folder grpc, http/grpc.go, and those
of failure policies. The others are in test_conformance_grpc_jobs.py. See test_conformance.py.

grpc/metrics/* count what apps answered; here the judge of the log does."""

import grpc
import pytest
from google.protobuf.struct_pb2 import Value
from google.protobuf.wrappers_pb2 import BytesValue, Int64Value, StringValue

from grpc_app import OK
from protos import names, schedule
from sdk import packed
from test_grpc_app import VALUE, outcomes, totals
from test_grpc_errors import check, refusal

Code = grpc.StatusCode
SCHEDULE = "failed to schedule job due to: rpc error: code = "


def data(message) -> dict:
    """For a job whose payload is a message of the other pool."""
    payload = packed(message)
    return {"type_url": payload.type_url, "value": payload.value}


# grpc


GRPC_API = {
    "value": data(Value(string_value="someData")),
    "bytes": data(BytesValue(value=b"someData")),
    "custom": {"type_url": "type.googleapis.com/example.Ping", "value": b"\x0a\x04ping"},
}


@pytest.mark.parametrize("kind", GRPC_API)
def test_grpc_api_go(grpc_server, grpc_app, jobs, kind):
    """Any message in, the same message out, as a POST of job/{name}."""
    schedule(jobs, "test", due_time="0s", data=GRPC_API[kind])
    (call,) = grpc_app.wait_for("test")
    event = call.event
    assert (event.name, event.method, event.http_extension.verb) == ("test", "job/test", 3)
    assert {"type_url": event.data.type_url, "value": event.data.value} == GRPC_API[kind]
    assert event.content_type == event.data.type_url


GRPC_HTTP = {
    "text": (data(StringValue(value="hello world")), b"hello world"),
    "bytes": (data(BytesValue(value=b"hello world")), b"hello world"),
    "number": (data(Int64Value(value=123)), b"\x08\x7b"),
    "raw": ({"type_url": "", "value": b"hello world"}, b"hello world"),
    "raw json": ({"type_url": "", "value": b'{"a": 1}'}, b'{"a": 1}'),
    "value": (data(Value(string_value="someData")), b'"someData"'),
    "value number": (data(Value(number_value=123)), b"123"),
    "value null": (data(Value(null_value=0)), b"null"),
}


@pytest.mark.parametrize("kind", GRPC_HTTP)
def test_grpc_http_go(serve_grpc, app, stub, kind):
    """Scheduled over gRPC, an HTTP app gets JSON of a Value, and the bytes of all else."""
    payload, body = GRPC_HTTP[kind]
    schedule(stub(serve_grpc(app)), "test", due_time="0s", data=payload)
    (call,) = app.wait_for("test")
    assert (call.body, call.headers["content-type"]) == (body, "application/json")
    assert call.raw_path == b"/job/test"


def test_http_grpc_go(grpc_server, grpc_app):
    """Scheduled over HTTP, a gRPC app gets a Value, whatever the JSON was."""
    for data in ("someData", '"xyz"', 123, {"expression": "val"}):
        grpc_server.schedule("test", "v1.0", dueTime="0s", data=data, overwrite=True)
        grpc_server.wait_until_gone("test")
        event = grpc_app.calls[-1].event
        assert (event.data.type_url, event.content_type) == (VALUE, VALUE)
        assert (event.method, event.http_extension.verb) == ("job/test", 3)
        value = Value.FromString(event.data.value)
        kind = value.WhichOneof("kind")
        found = dict(value.struct_value) if kind == "struct_value" else getattr(value, kind)
        assert found == data


def test_grpc_basic_go(jobs):
    good = [
        {"schedule": "@daily"}, {"schedule": "@daily", "repeats": 1}, {"due_time": "0h0m9s0ms"},
        {"due_time": "20s", "repeats": 1},
        {"schedule": "@every 20s", "due_time": "10s", "ttl": "11s", "repeats": 100},
        {"schedule": "@every 20s", "due_time": "10s", "ttl": "11s", "data": {"value": b"\x01"}},
    ]  # fmt: skip
    for job in good:
        schedule(jobs, "test", **job, overwrite=True)
    for job in [
        {}, {"repeats": 1}, {"due_time": "20s", "ttl": "30s"}, {"due_time": "20s", "repeats": 2},
        {"schedule": "@every"}, {"schedule": "0 0 * * *"}, {"schedule": "@daily", "repeats": 0},
    ]:  # fmt: skip
        error = refusal(jobs.ScheduleJob, job={"name": "bad"} | job)
        assert error.code() == Code.INVALID_ARGUMENT
    assert names(jobs) == ["test"]


def test_grpc_errors_go(jobs):
    """Dapr answers INTERNAL to a GET of what is not there, and to what cannot be a schedule."""
    invalid, post = Code.INVALID_ARGUMENT, jobs.ScheduleJob
    check(refusal(post), invalid, "EMPTY", "Job is empty")
    blank = refusal(post, job={"schedule": "@every 1m"})
    check(blank, invalid, "JOB_NAME_EMPTY", "Name is empty")
    bare = refusal(post, job={"name": "test"})
    check(bare, invalid, "SCHEDULE_EMPTY", "Schedule is empty")
    bad = refusal(post, job={"name": "test", "schedule": "FOO"})
    assert bad.details().startswith(f"{SCHEDULE}InvalidArgument desc = job failed validation: ")
    check(bad, invalid, "SCHEDULE_JOB", bad.details())
    missing = "failed to get job due to: rpc error: code = NotFound desc = job not found: missing"
    check(refusal(jobs.GetJob, name="missing"), Code.NOT_FOUND, "GET_JOB", missing)
    jobs.DeleteJob(name="missing")


def test_grpc_overwrite_go(jobs):
    schedule(jobs, "test", schedule="@daily", repeats=1)
    schedule(jobs, "test", schedule="@daily", repeats=2, overwrite=True)
    error = refusal(
        jobs.ScheduleJob, job={"name": "test", "schedule": "@daily", "repeats": 3}, overwrite=False
    )
    exists = f"{SCHEDULE}AlreadyExists desc = job already exists: 'app||default||shop||test'"
    check(error, Code.ALREADY_EXISTS, "SCHEDULE_JOB", exists)
    assert jobs.GetJob(name="test").job.repeats == 2


def test_grpc_appapitoken_go(serve_grpc, grpc_app, stub):
    server = serve_grpc(grpc_app, environment={"APP_API_TOKEN": "abc"})
    schedule(stub(server), "test", due_time="0s")
    (call,) = grpc_app.wait_for("test")
    assert call.headers["dapr-api-token"] == "abc"


def test_grpc_crontz_go(grpc_server, jobs):
    """A prefix names the zone whose clocks count; nonsense is refused (Dapr: INTERNAL)."""
    for prefix, utc in {"": "09:30", "CRON_TZ=Asia/Kolkata ": "04:00", "TZ=UTC ": "09:30"}.items():
        schedule(jobs, "test", schedule=f"{prefix}0 30 9 * * *", overwrite=True)
        assert f"T{utc}:00" in grpc_server.get("test").json()["status"]["nextDue"]
    for text in ("CRON_TZ=Not/AZone 0 30 9 * * *", "CRON_TZ=Asia/Kolkata @every 1h"):
        error = refusal(jobs.ScheduleJob, job={"name": "bad", "schedule": text})
        check(error, Code.INVALID_ARGUMENT, "SCHEDULE_JOB", error.details())
    assert names(jobs) == ["test"]


def test_grpc_nodata_go(grpc_server, grpc_app, jobs):
    schedule(jobs, "grpc", due_time="0s")
    grpc_server.schedule("http", "v1.0", dueTime="0s")
    for name in ("grpc", "http"):
        (call,) = grpc_app.wait_for(name)
        assert not call.event.HasField("data") and call.event.content_type == ""


@pytest.mark.parametrize(
    "codes, found",
    [
        ([OK] * 3, {"succeeded": 3}), ([Code.INTERNAL] * 4, {"failed": 4}),
        ([Code.NOT_FOUND], {"succeeded": 1}),
    ],
    ids=["success.go", "retriablefailure.go", "nonretriablefailure.go"],
)  # fmt: skip
def test_grpc_metrics(grpc_server, grpc_app, jobs, codes, found):
    grpc_app.answers_codes("test", codes[0])
    policy = {"constant": {"max_retries": 3}}
    repeats = 3 if codes[0] == OK else 1
    schedule(jobs, "test", schedule="@every 10ms", repeats=repeats, failure_policy=policy)
    grpc_server.wait_until_gone("test")
    assert len(grpc_app.calls_of("test")) == len(codes)
    assert outcomes(grpc_server) == found
    assert totals(grpc_server)["ticksConsumedByNotFound"] == codes.count(Code.NOT_FOUND)


# failurepolicy


def attempts(server, app, jobs, codes: list[Code], policy: dict | None = None) -> list:
    app.answers_codes("test", *codes)
    fields = {"failure_policy": policy} if policy else {}
    schedule(jobs, "test", due_time="0s", **fields)
    server.wait_until_gone("test")
    return app.calls_of("test")


BAD = Code.UNKNOWN


def test_failurepolicy_constant_interval_go(grpc_server, grpc_app, jobs):
    policy = {"constant": {"interval": {"seconds": 3}}}
    first, second = attempts(grpc_server, grpc_app, jobs, [BAD, OK], policy)
    assert (first.attempt, second.attempt) == (1, 2)
    assert second.time - first.time > 2.9e9


@pytest.mark.parametrize(
    "codes, policy, count",
    [
        ([BAD], {"constant": {"max_retries": 4}}, 5), ([BAD], {"drop": {}}, 1),
        ([OK], {"drop": {}}, 1), ([BAD], None, 4), ([BAD, OK], None, 2),
        ([BAD] * 2 + [OK], None, 3), ([BAD] * 3 + [OK], None, 4), ([Code.NOT_FOUND], None, 1),
    ],
    ids=["constant/maxretries.go", "drop/failed.go", "drop/success.go", "noset/allfail.go",
         "noset/failfirst.go", "noset/failsecond.go", "noset/failthird.go", "notfound.go"],
)  # fmt: skip
def test_failurepolicy(grpc_server, grpc_app, jobs, codes, policy, count):
    calls = attempts(grpc_server, grpc_app, jobs, codes, policy)
    assert [call.attempt for call in calls] == list(range(1, count + 1))
