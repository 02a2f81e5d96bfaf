"""More of Dapr's own tests told again: those of the HTTP API, and of failure policies. See
test_conformance.py."""

import time
from datetime import datetime, timezone

import pytest

from Harness.app import Answer
from lists import STABLE

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
    assert 2.9e9 < second.time - first.time < 5e9


def test_failurepolicy_constant_maxretries_go(server, app):
    assert len(attempts(server, app, [500], {"constant": {"maxRetries": 4}})) == 5


def test_failurepolicy_drop_failed_go(server, app):
    assert len(attempts(server, app, [500], {"drop": {}})) == 1


def test_failurepolicy_drop_success_go(server, app):
    assert len(attempts(server, app, [200], {"drop": {}})) == 1


def test_failurepolicy_noset_allfail_go(server, app):
    assert len(attempts(server, app, [500])) == 4


@pytest.mark.parametrize(
    "failures", [1, 2, 3], ids=["failfirst.go", "failsecond.go", "failthird.go"]
)
def test_failurepolicy_noset(server, app, failures):
    calls = attempts(server, app, [500] * failures + [200])
    assert [call.attempt for call in calls] == list(range(1, failures + 2))


def test_failurepolicy_notfound_go(server, app):
    assert len(attempts(server, app, [404])) == 1


# http


API = {
    "string": ('"someData"', b'"someData"'),
    "quoted string": (r'"\"xyz\""', rb'"\"xyz\""'),
    "number": ("123", b"123"),
    "object": ('{"expression":"val"}', b'{"expression":"val"}'),
    "spaced object": ('{ "expression"  :  "val" }', b'{"expression":"val"}'),
    "typed object": (
        '{"@type":"type.googleapis.com/google.protobuf.StringValue","value":"a"}',
        b'{"@type":"type.googleapis.com/google.protobuf.StringValue","value":"a"}',
    ),
}


@pytest.mark.parametrize("form", API)
def test_http_api_go(server, app, form):
    """JSON in, the same JSON out, by POST at job/{name}."""
    data, body = API[form]
    response = server.client.post("/v1.0/jobs/test", content=f'{{"dueTime":"0s","data":{data}}}')
    assert response.status_code == 204
    (call,) = app.wait_for("test")
    assert (call.body, call.headers["content-type"]) == (body, "application/json")
    assert call.raw_path == b"/job/test"


def test_http_nodata_go(server, app):
    server.schedule("test", STABLE, dueTime="0s")
    (call,) = app.wait_for("test")
    assert call.body == b"" and call.headers["content-length"] == "0"


def test_http_appapitoken_go(serve, app):
    """The app is sent its token."""
    server = serve(app, environment={"APP_API_TOKEN": "abc"})
    server.schedule("test", STABLE, dueTime="0s")
    (call,) = app.wait_for("test")
    assert call.headers["dapr-api-token"] == "abc"


@pytest.mark.parametrize("version", ["v1.0-alpha1", "v1.0"])
def test_http_basic_go(server, version):
    path = f"/{version}/jobs/test"
    for bad in ("{", "[{}]", '{"schedule":"@daily","repeats":-1}', '{"dueTime":5}'):
        response = server.client.post(path, content=bad)
        assert response.status_code == 400
        assert response.json()["errorCode"] == "ERR_MALFORMED_REQUEST"
    for good in (
        '{"schedule":"@daily"}', '{"schedule":"@every 1s","repeats":1000,"ttl":"100s"}',
        '{"dueTime":"0h0m9s0ms"}', '{"dueTime":"20s","ttl":null,"data":{"a":"b"}}',
    ):  # fmt: skip
        response = server.client.post(path, content=good.replace("{", '{"overwrite":true,', 1))
        assert (response.status_code, response.content) == (204, b""), response.text
    server.delete("test")


def test_http_errors_go(server):
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
    named = post("/v1.0/jobs/test", json={"name": "test", "schedule": "@every 1m"})
    check(named, 400, "DAPR_SCHEDULER_JOB_NAME", "Set the job name in the url only", False)
    blank = post("/v1.0/jobs/%20", json={"schedule": "@every 1m"})
    check(blank, 400, "DAPR_SCHEDULER_JOB_NAME_EMPTY", "Name is empty")
    bare = post("/v1.0/jobs/test", json={"repeats": 1})
    check(bare, 400, "DAPR_SCHEDULER_SCHEDULE_EMPTY", "Schedule is empty")
    missing = server.client.get("/v1.0/jobs/missing")
    cause = "failed to get job due to: rpc error: code = NotFound desc = job not found: missing"
    check(missing, 404, "DAPR_SCHEDULER_GET_JOB", cause)
    deleted = server.client.delete("/v1.0/jobs/missing")
    assert (deleted.status_code, deleted.content) == (204, b"")


def test_http_overwrite_go(server):
    """The v1.0 route replaces when it is told to, and refuses else; the older route: README."""
    server.schedule("test", STABLE, schedule="@daily", repeats=1)
    server.schedule("test", STABLE, schedule="@daily", repeats=2, overwrite=True)
    for overwrite in ({}, {"overwrite": False}):
        response = server.post("test", {"schedule": "@daily", "repeats": 3} | overwrite, STABLE)
        assert response.status_code == 409
        assert response.json()["errorCode"] == "DAPR_SCHEDULER_SCHEDULE_JOB"
        assert "job already exists: 'app||default||shop||test'" in response.json()["message"]
    assert server.get("test", STABLE).json()["repeats"] == 2


def test_http_fields_go(server):
    """Every field comes back, whatever its spelling was."""
    due = datetime.fromtimestamp(time.time() + 3_600, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = {
        "schedule": "@every 1s", "repeats": 3, "due_time": due, "ttl": "10000h",
        "data": {"foo": "bar"},
        "failure_policy": {"constant": {"interval": "3s", "max_retries": 5}},
    }  # fmt: skip
    server.schedule("test", STABLE, **fields)
    job = server.get("test", STABLE).json()
    del job["status"]
    assert job == {
        "name": "test", "schedule": "@every 1s", "repeats": 3, "dueTime": due, "ttl": "10000h",
        "data": {"@type": VALUE, "value": {"foo": "bar"}},
        "failurePolicy": {"constant": {"interval": "3s", "maxRetries": 5}},
    }  # fmt: skip


def test_http_crontz_go(server):
    """A prefix names the zone whose clocks count; nonsense is refused (Dapr: 500)."""
    for prefix, utc in {"": "09:30", "CRON_TZ=Asia/Kolkata ": "04:00", "TZ=UTC ": "09:30"}.items():
        server.schedule("test", STABLE, schedule=f"{prefix}0 30 9 * * *", overwrite=True)
        assert f"T{utc}:00" in server.get("test", STABLE).json()["status"]["nextDue"]
    for schedule in ("CRON_TZ=Not/AZone 0 30 9 * * *", "CRON_TZ=Asia/Kolkata @every 1h"):
        response = server.post("bad", {"schedule": schedule}, STABLE)
        assert response.status_code == 400
        assert response.json()["errorCode"] == "DAPR_SCHEDULER_SCHEDULE_JOB"
    assert not server.has("bad")
