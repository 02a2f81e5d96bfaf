"""More of Dapr's own tests told again: those of the HTTP API, and of failure policies. See
test_conformance.py."""

import time
from datetime import datetime, timezone

import pytest

from Harness.app import Answer
from histories import intervals
from lists import STABLE
from reading import SECOND

VALUE = "type.googleapis.com/google.protobuf.Value"


# What the app's answers lead to


def attempts(server, app, answers: list[int], policy: dict | None = None) -> list:
    """The calls of a job whose app answers so (the last answer stays), once it is gone."""
    app.answers("test", *(Answer(status) for status in answers))
    fields = {"failurePolicy": policy} if policy else {}
    server.schedule("test", STABLE, dueTime="0s", **fields)
    server.wait_until_gone("test")
    return app.calls_of("test")


def test_failurepolicy_constant_interval_go(server, app):
    """The second attempt comes an interval after the first; with no bound there are as many as it
    takes."""
    first, second = attempts(server, app, [500, 200], {"constant": {"interval": "3s"}})
    assert (first.attempt, second.attempt) == (1, 2)
    assert intervals(server, "test") == [3 * SECOND]


# http


@pytest.mark.parametrize("version", ["v1.0-alpha1", "v1.0"])
def test_http_basic_go(server, version):
    path = f"/{version}/jobs/test"
    for good in (
        '{"schedule":"@daily"}', '{"schedule":"@every 1s","repeats":1000,"ttl":"100s"}',
        '{"dueTime":"0h0m9s0ms"}', '{"dueTime":"20s","ttl":null,"data":{"a":"b"}}',
    ):  # fmt: skip
        response = server.client.post(path, content=good.replace("{", '{"overwrite":true,', 1))
        assert (response.status_code, response.content) == (204, b""), response.text
    server.delete("test")


@pytest.mark.parametrize("version", ["v1.0-alpha1", "v1.0"])
def test_http_errors_go(server, version):
    """Five errors and their JSON. Dapr answers 500 to a GET of what is not there."""

    def check(response, status: int, code: str, message: str, namespace=True):
        metadata = {"appID": "shop"} | ({"namespace": "default"} if namespace else {})
        assert response.status_code == status
        assert response.headers["content-type"] == "application/json"
        assert response.json() == {
            "errorCode": code, "message": message,
            "details": [{
                "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": code,
                "domain": "dapr.io", "metadata": metadata,
            }],
        }  # fmt: skip

    post = server.client.post
    named = post(f"/{version}/jobs/test", json={"name": "test", "schedule": "@every 1m"})
    check(named, 400, "DAPR_SCHEDULER_JOB_NAME", "Set the job name in the url only", False)
    blank = post(f"/{version}/jobs/%20", json={"schedule": "@every 1m"})
    check(blank, 400, "DAPR_SCHEDULER_JOB_NAME_EMPTY", "Name is empty")
    bare = post(f"/{version}/jobs/test", json={"repeats": 1})
    check(bare, 400, "DAPR_SCHEDULER_SCHEDULE_EMPTY", "Schedule is empty")
    missing = server.client.get(f"/{version}/jobs/missing")
    cause = "failed to get job due to: rpc error: code = NotFound desc = job not found: missing"
    check(missing, 404, "DAPR_SCHEDULER_GET_JOB", cause)
    deleted = server.client.delete(f"/{version}/jobs/missing")
    assert (deleted.status_code, deleted.content) == (204, b"")


@pytest.mark.parametrize("schedule", ["@every 1s", "1 2 3 4 5 6"])
def test_http_fields_go(server, schedule):
    """Every field comes back, whatever its spelling was."""
    due = datetime.fromtimestamp(time.time() + 3_600, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = {
        "schedule": schedule, "repeats": 3, "due_time": due, "ttl": "10000h",
        "data": {"foo": "bar"},
        "failure_policy": {"constant": {"interval": "3s", "max_retries": 5}},
    }  # fmt: skip
    server.schedule("test", STABLE, **fields)
    job = server.get("test", STABLE).json()
    del job["status"]
    assert job == {
        "name": "test", "schedule": schedule, "repeats": 3, "dueTime": due, "ttl": "10000h",
        "data": {"@type": VALUE, "value": {"foo": "bar"}},
        "failurePolicy": {"constant": {"interval": "3s", "maxRetries": 5}},
    }  # fmt: skip
