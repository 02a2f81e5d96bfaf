"""More of Dapr's own tests told again, over gRPC: of jobs and lists of them, the folder grpc, and
failure policies. See test_conformance.py."""

import grpc
import pytest

from grpc_app import OK
from histories import intervals
from protos import names, schedule
from reading import SECOND
from test_grpc_errors import refusal

Code = grpc.StatusCode


# Jobs, and lists of them


@pytest.mark.parametrize("suffix", ["", "Alpha1"])
def test_delete_go_and_list_go(deploy, stub, ports, suffix):
    """Lists and deletes are of the own app only; nothing for a prefix is all of its jobs."""
    mine, other = ports.free(), ports.free()
    server = deploy(mine={"grpc-port": mine}, other={"grpc-port": other})
    mine, other = stub(server, port=mine), stub(server, port=other)

    def call(jobs, method: str, **fields):
        return getattr(jobs, method + suffix)(**fields)

    def listed(jobs) -> list[str]:
        return [job.name for job in call(jobs, "ListJobs").jobs]

    assert listed(mine) == listed(other) == []
    for jobs, all in [(other, ["test1", "test2"]),
                      (mine, ["test1", "test2", "test11", "helloworld", "helloworld1"])]:
        for count, name in enumerate(all, 1):
            call(jobs, "ScheduleJob", job={"name": name, "schedule": "@every 1h"})
            assert len(listed(jobs)) == count
    for _ in range(2):
        call(mine, "DeleteJob", name="test1")
    assert listed(mine) == ["helloworld", "helloworld1", "test11", "test2"]
    call(mine, "DeleteJobsByPrefix", name_prefix="test")
    assert listed(mine) == ["helloworld", "helloworld1"]
    call(mine, "DeleteJobsByPrefix", name_prefix="nothing")
    call(mine, "DeleteJobsByPrefix")
    assert listed(mine) == []
    call(other, "DeleteJobsByPrefix", name_prefix="")
    assert listed(other) == []


@pytest.mark.parametrize("suffix", ["", "Alpha1"])
def test_get_go_and_every_field(jobs, suffix):
    """Texts come back as they were sent; so does a list of more jobs than fit on a page."""
    job = {
        "name": "test", "schedule": "@every 20s", "repeats": 7, "due_time": "10s", "ttl": "10000h",
        "data": {"type_url": "example.org/x", "value": b"\x01"},
        "failure_policy": {"constant": {"interval": {"seconds": 3, "nanos": 5}, "max_retries": 0}},
    }  # fmt: skip
    getattr(jobs, "ScheduleJob" + suffix)(job=job)
    request = jobs.calls["ScheduleJob"][1](job=job)
    assert getattr(jobs, "GetJob" + suffix)(name="test").job == request.job
    assert list(getattr(jobs, "ListJobs" + suffix)().jobs) == [request.job]


def test_a_list_is_whole_however_long(jobs):
    all = [f"job {number:04}" for number in range(1_100)]
    for name in all:
        schedule(jobs, name, schedule="@daily")
    assert names(jobs) == all


# grpc


def test_grpc_basic_go(jobs):
    good = [
        {"schedule": "@daily"}, {"schedule": "@daily", "repeats": 1}, {"due_time": "0h0m9s0ms"},
        {"due_time": "20s", "repeats": 1}, {"schedule": "CRON_TZ=Asia/Kolkata 0 30 9 * * *"},
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
    assert intervals(grpc_server, "test") == [3 * SECOND]
