"""Registering a name again, deleting it, asking for what is not there."""

import pytest

from reading import nanoseconds

ALPHA, STABLE = "v1.0-alpha1", "v1.0"


def jobs_written(server) -> tuple[int, int]:
    _, report = server.audit()
    return report["totals"]["jobsCreated"], report["totals"]["jobsUpdated"]


def assert_conflict(response, name):
    assert response.status_code == 409
    error = response.json()
    assert error["errorCode"] == "DAPR_SCHEDULER_SCHEDULE_JOB"
    assert f"job already exists: 'app||default||shop||{name}'" in error["message"]
    assert error["details"][0]["reason"] == "DAPR_SCHEDULER_SCHEDULE_JOB"


@pytest.mark.parametrize("version", [ALPHA, STABLE])
def test_overwrite_true_replaces(server, version):
    server.schedule("report", version, schedule="@every 1h", data=1)
    server.schedule("report", version, schedule="@every 2h", data=2, overwrite=True)
    job = server.get("report", version).json()
    assert job["schedule"] == "@every 2h" and job["data"]["value"] == 2
    assert jobs_written(server) == (1, 1)


@pytest.mark.parametrize("version", [ALPHA, STABLE])
def test_overwrite_false_refuses_and_changes_nothing(server, version):
    server.schedule("report", version, schedule="@every 1h", data=1)
    again = {"schedule": "@every 2h", "overwrite": False}
    assert_conflict(server.post("report", again, version), "report")
    assert server.get("report", version).json()["schedule"] == "@every 1h"
    assert jobs_written(server) == (1, 0)


def test_overwrite_absent_replaces_on_the_alpha_route_and_refuses_on_the_stable_one(server):
    server.schedule("report", ALPHA, schedule="@every 1h")
    server.schedule("report", ALPHA, schedule="@every 2h")
    assert_conflict(server.post("report", {"schedule": "@every 3h"}, STABLE), "report")
    assert server.get("report").json()["schedule"] == "@every 2h"
    assert jobs_written(server) == (1, 1)


def test_an_identical_registration_records_nothing_and_keeps_the_anchor(server, app):
    fields = {"schedule": "@every 300ms", "repeats": 3, "data": {"a": [1, 2]}}
    server.schedule("steady", ALPHA, **fields)
    (first, *_) = app.wait_for("steady", 1)
    server.schedule("steady", ALPHA, **fields)
    server.wait_until_gone("steady")
    calls = app.calls_of("steady")
    # One generation, whose ticks stand where the first registration put them.
    assert [call.tick for call in calls] == [1, 2, 3]
    assert nanoseconds(calls[2].due) - nanoseconds(first.due) == 600_000_000
    assert jobs_written(server) == (1, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"data": {"a": 2}},
        {"schedule": "@every 61m"},
        {"repeats": 4},
        {"failurePolicy": {"drop": {}}},
        {"failurePolicy": {"constant": {"interval": "2s", "maxRetries": 3}}},
        {"ttl": "2100-01-01T00:00:00Z"},
        {"dueTime": "2100-01-01T00:00:00Z"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_registration_that_says_something_new_replaces(server, change):
    fields = {"schedule": "@every 1h", "repeats": 3, "data": {"a": 1}}
    server.schedule("report", ALPHA, **fields)
    server.schedule("report", ALPHA, **(fields | change))
    assert jobs_written(server) == (1, 1)


def test_a_relative_time_is_another_instant_each_time_it_is_said(server):
    for _ in range(2):
        server.schedule("reminder", ALPHA, dueTime="1h")
    assert jobs_written(server) == (1, 1)


def test_a_replaced_job_counts_anew(server, app):
    server.schedule("again", ALPHA, schedule="@every 50ms", data="old")
    app.wait_for("again", 3)
    server.schedule("again", ALPHA, schedule="@every 50ms", data="new", repeats=2)
    server.wait_until_gone("again")
    calls = app.calls_of("again")
    new = [call for call in calls if call.json == "new"]
    assert [call.tick for call in new] == [1, 2]
    assert {call.key for call in new}.isdisjoint(
        call.key for call in calls if call.json == "old"
    )


def test_a_deleted_job_does_not_run(server, app):
    server.schedule("doomed", dueTime="300ms")
    server.delete("doomed")
    assert not server.has("doomed")
    # Due later than the doomed one, so when it has run the other would have.
    server.schedule("after", dueTime="500ms")
    app.wait_for("after")
    assert app.calls_of("doomed") == []


def test_deleting_what_is_not_there_is_fine(server):
    server.delete("nobody")
    server.delete("nobody", STABLE)
    assert jobs_written(server) == (0, 0)


def test_a_name_used_again_after_a_delete_is_another_job(server, app):
    server.schedule("phoenix", dueTime="0s")
    (first,) = app.wait_for("phoenix")
    server.wait_until_gone("phoenix")
    server.schedule("phoenix", dueTime="0s")
    calls = app.wait_for("phoenix", 2)
    assert calls[1].key != first.key and calls[1].tick == 1
    assert jobs_written(server) == (2, 0)


@pytest.mark.parametrize("replaced", [False, True], ids=["deleted", "replaced"])
def test_an_answer_after_the_end_of_its_job_changes_nothing(server, app, replaced):
    app.hold()
    server.schedule("ended", schedule="@every 50ms", data="old")
    app.wait_for("ended")
    if replaced:
        server.schedule("ended", ALPHA, dueTime="1h", data="new")
    else:
        server.delete("ended")
    app.release()
    server.schedule("after", dueTime="300ms")
    app.wait_for("after")
    assert len(app.calls_of("ended")) == 1
    assert server.has("ended") == replaced
