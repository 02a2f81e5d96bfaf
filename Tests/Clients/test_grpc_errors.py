"""What the jobs API says over gRPC when something is wrong: the code, the text and one detail; and
what it does with clients that do not know what they do."""

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from protos import JOBS, names

Code = grpc.StatusCode
PREFIXES = {
    "SCHEDULE_JOB": "failed to schedule job due to: rpc error: code = ",
    "GET_JOB": "failed to get job due to: rpc error: code = ",
    "DELETE_JOB": "failed to delete job due to: rpc error: code = ",
}


def refusal(call, **fields) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as refused:
        call(**fields)
    return refused.value


def check(error: grpc.RpcError, code: Code, reason: str, message: str) -> None:
    """As Dapr: one detail, an ErrorInfo, with the reason and the app."""
    assert (error.code(), error.details()) == (code, message)
    status = rpc_status.from_call(error)
    assert (status.code, status.message) == (code.value[0], message)
    (detail,) = status.details
    info = ErrorInfo()
    assert detail.Unpack(info)
    assert (info.reason, info.domain) == (f"DAPR_SCHEDULER_{reason}", "dapr.io")
    assert info.metadata == {"appID": "shop", "namespace": "default"}


SUFFIXES = ["", "Alpha1"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_each_mistake_has_its_code_its_text_and_one_detail(jobs, suffix):
    def refused(method: str, code: Code, reason: str, message: str, **fields):
        check(refusal(getattr(jobs, method + suffix), **fields), code, reason, message)

    schedule, invalid = "ScheduleJob", Code.INVALID_ARGUMENT
    refused(schedule, invalid, "EMPTY", "Job is empty")
    for job in ({}, {"schedule": "@daily"}, {"name": ""}):
        refused(schedule, invalid, "JOB_NAME_EMPTY", "Name is empty", job=job)
    for method in ("GetJob", "DeleteJob"):
        refused(method, invalid, "JOB_NAME_EMPTY", "Name is empty")
    bare = {"name": "test", "repeats": 1}
    refused(schedule, invalid, "SCHEDULE_EMPTY", "Schedule is empty", job=bare)
    jobs.ScheduleJob(job={"name": "test", "schedule": "@daily"})
    exists = "AlreadyExists desc = job already exists: 'app||default||shop||test'"
    refused(
        schedule, Code.ALREADY_EXISTS, "SCHEDULE_JOB", PREFIXES["SCHEDULE_JOB"] + exists,
        job={"name": "test", "schedule": "@daily"},
    )  # fmt: skip
    missing = PREFIXES["GET_JOB"] + "NotFound desc = job not found: missing"
    refused("GetJob", Code.NOT_FOUND, "GET_JOB", missing, name="missing")


NAMES = ["a/b", "a\\b", "a#b", "a?b", "a\0b", "a\nb", ".", "..", "a" * 600]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name)[:8])
def test_names_that_cannot_be_are_refused_by_every_method(jobs, name):
    for method, reason, fields in [
        ("ScheduleJob", "SCHEDULE_JOB", {"job": {"name": name, "due_time": "0s"}}),
        ("GetJob", "GET_JOB", {"name": name}),
        ("DeleteJob", "DELETE_JOB", {"name": name}),
    ]:
        error = refusal(getattr(jobs, method), **fields)
        assert error.code() == Code.INVALID_ARGUMENT
        assert error.details().startswith(f"{PREFIXES[reason]}InvalidArgument desc = ")
        check(error, Code.INVALID_ARGUMENT, reason, error.details())
    assert names(jobs) == []


@pytest.mark.parametrize(
    "field, job",
    [
        ("schedule", {"schedule": ""}), ("schedule", {"schedule": "* * * * *"}),
        ("schedule", {"schedule": "0 0 0 30 2 *"}), ("schedule", {"schedule": "@every -1s"}),
        ("schedule", {"schedule": "CRON_TZ=Not/AZone 0 30 9 * * *"}),
        ("schedule", {"schedule": "CRON_TZ=Asia/Kolkata @every 1h"}),
        ("repeats", {"due_time": "0s", "repeats": 2}),
        ("repeats", {"schedule": "@daily", "repeats": 0}),
        ("ttl", {"due_time": "1h", "ttl": "2h"}), ("ttl", {"schedule": "@daily", "ttl": ""}),
        ("dueTime", {"due_time": ""}), ("dueTime", {"due_time": "R5/PT1S"}),
        ("ttl", {"schedule": "@daily", "due_time": "2099-02-01T00:00:00Z",
                 "ttl": "2099-01-01T00:00:00Z"}),
        ("failure_policy.constant.interval",
         {"schedule": "@daily", "failure_policy": {"constant": {"interval": {"seconds": -1}}}}),
    ],
)  # fmt: skip
def test_fields_that_cannot_be_are_named(jobs, grpc_server, field, job):
    error = refusal(jobs.ScheduleJob, job={"name": "test"} | job)
    cause = f"InvalidArgument desc = job failed validation: {field}"
    assert error.details().startswith(PREFIXES["SCHEDULE_JOB"] + cause), error.details()
    check(error, Code.INVALID_ARGUMENT, "SCHEDULE_JOB", error.details())
    assert not grpc_server.has("test")


def raw(server, method: str, request: bytes, options=()) -> tuple[Code, bytes | str]:
    """A call with any bytes for a message: its code, and the response or what was said."""
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}", options=options) as channel:
        try:
            return Code.OK, channel.unary_unary(method)(request, timeout=60)
        except grpc.RpcError as error:
            return error.code(), error.details()


def test_bytes_that_are_no_message_are_an_error_and_harm_nobody(grpc_server, jobs):
    malformed = [b"\x0a\xff", b"\xff" * 100, b"\x0a\x05hello", b"\x0a\x04\x0a\x02\xff\xfe"]
    for request in malformed:
        code, _ = raw(grpc_server, f"/{JOBS}/ScheduleJob", request)
        assert code not in (Code.OK, Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED), code
    jobs.ScheduleJob(job={"name": "fine", "schedule": "@daily"})
    assert jobs.GetJob(name="fine").job.schedule == "@daily"


def test_messages_above_the_limit_are_refused_and_up_to_it_taken(serve_grpc, stub):
    server = serve_grpc(flags=("--max-body-size", "64Ki"))
    jobs = stub(server)

    def job(size: int) -> dict:
        return {"name": "test", "schedule": "@daily", "data": {"value": b"x" * size}}

    request = jobs.calls["ScheduleJob"][1]
    room = 64 * 1024 - (request(job=job(60_000), overwrite=True).ByteSize() - 60_000)
    jobs.ScheduleJob(job=job(room), overwrite=True)
    error = refusal(jobs.ScheduleJob, job=job(room + 1), overwrite=True)
    assert error.code() == Code.RESOURCE_EXHAUSTED
    assert error.details() == "the message has 65537 bytes, which is more than 65536"
    # Who is far above it is cut off before all of it was read.
    assert refusal(jobs.ScheduleJob, job=job(1 << 20), overwrite=True).code() != Code.UNAVAILABLE
    assert len(jobs.GetJob(name="test").job.data.value) == room


def test_while_it_stops_a_client_is_told_or_cut_off(grpc_server, jobs):
    """Never an answer of success that is not durable: the judge sees to the rest."""
    jobs.ScheduleJob(job={"name": "test", "schedule": "@daily"})
    grpc_server.terminate()
    assert grpc_server.wait() == 0
    assert refusal(jobs.GetJob, name="test").code() == Code.UNAVAILABLE
