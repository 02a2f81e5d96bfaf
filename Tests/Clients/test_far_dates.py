"""Due times and ttls of the years 1 to 9999, of which 64 bits of nanoseconds reach only 585. Dapr's
workflow SDKs register a reminder due in the last of them for every wait without a time-out."""

import pytest

from commanding import done
from Harness.app import Answer
from Harness.waiting import wait_until
from hosting import answers
from sidecar import actor, app
from test_scheduler_service import names

# What durabletask's clients in Go and Python send.
LAST = "9999-12-31T23:59:59.999999999Z"
FAR = [LAST, "9999-12-31T23:59:59-23:59", "2262-04-11T23:47:16.854775808Z", "P7000Y", "2562047h"]
PAST = ["0001-01-01T00:00:00Z", "1600-02-29T12:00:00Z", "1677-09-21T00:12:43Z"]


def is_waiting(status: dict) -> bool:
    return status["phase"] == "waiting" and "nextDue" not in status and status["ticksDone"] == 0


def test_a_far_due_time_never_comes_and_is_given_back_as_it_was_sent(server, admin):
    for number, text in enumerate(FAR):
        server.schedule(f"far{number}", dueTime=text)
    server.schedule("often", schedule="@every 1s", dueTime=LAST, ttl=LAST, repeats=3)
    server.kill()
    server.start()
    for number, text in enumerate(FAR):
        job = server.get(f"far{number}").json()
        assert job["dueTime"] == text and is_waiting(job["status"]), job
    job = server.get("often").json()
    assert (job["dueTime"], job["ttl"], job["schedule"]) == (LAST, LAST, "@every 1s")
    # Nothing of it is due, in no list and no metric.
    page = admin.wait_for("daybook_jobs", len(FAR) + 1, phase="waiting")
    assert page("daybook_overdue_seconds") == 0
    assert sum(v for (name, _), v in page.values.items() if name == "daybook_jobs_due") == 0
    assert page("daybook_triggers_total", cause="schedule") == 0
    # An idle writer takes a turn every ten seconds, and no more for what never comes due.
    assert page("daybook_turns_total") < 20
    rows = done(server, "list", "-o", "table").splitlines()[1:]
    assert [row.split()[-3] for row in rows] == ["never"] * (len(FAR) + 1), rows
    assert "never due" in done(server, "history", "often", "-o", "table")
    events = server.client.get("/v1.0/jobs/often/history").json()["history"]
    assert "firstDue" not in events[-1] and events[-1]["dueTime"] == LAST


def test_what_the_log_says_of_it(server):
    server.schedule("far", dueTime=LAST)
    server.schedule("often", schedule="@daily", dueTime=LAST)
    server.stop()
    code, report = server.audit()
    assert code == 0 and report["pending"] == [], report
    state = server.replay("state", "-o", "json")
    assert state.returncode == 0 and LAST in state.stdout and "nextDue" not in state.stdout
    for name in ("far", "often"):
        told = server.replay("explain", name, "--app", "shop", "--at", "2100-01-01T00:00:00Z")
        assert "never comes due" in told.stdout and LAST in told.stdout, told.stdout
    for text in (LAST, "0001-01-01T00:00:00Z"):
        told = server.replay("explain", "far", "--app", "shop", "--at", text, "--next")
        assert told.returncode == 0, told.stderr
    assert "first due never" in server.replay("history", "far", "--app", "shop").stdout
    exported = server.replay("export", "--to", "9999-12-31T23:59:59Z")
    assert exported.returncode == 0 and LAST in exported.stdout


def test_what_lies_before_all_nanoseconds_is_due_at_once(server, app):
    for number, text in enumerate(PAST):
        server.schedule(f"past{number}", dueTime=text)
    server.schedule("twice", schedule="@every 1s", dueTime=PAST[0], repeats=2)
    server.wait_until_gone("twice", *[f"past{number}" for number in range(len(PAST))])
    assert len(app.wait_for("twice", 2)) == 2


def test_a_ttl_ends_at_the_instant_that_was_written(server):
    server.schedule("endless", schedule="@daily", ttl=LAST)
    assert server.get("endless").json()["ttl"] == LAST
    answer = server.post("gone", {"schedule": "@daily", "ttl": PAST[0]})
    assert answer.status_code == 204
    server.wait_until_gone("gone")
    for due, ttl in [(LAST, "9998-01-01T00:00:00Z"), (LAST, "2030-01-01T00:00:00Z"), (LAST, "-1s")]:
        answer = server.post("late", {"schedule": "@daily", "dueTime": due, "ttl": ttl})
        assert answer.status_code == 400 and "ttl must be greater than due time" in answer.text


def test_retries_an_interval_of_centuries_apart(server, app):
    app.answers("failing", Answer(500))
    policy = {"constant": {"interval": "9000000000s", "maxRetries": 2}}
    server.schedule("failing", dueTime="0s", failurePolicy=policy)
    app.wait_for("failing")
    wait_until(lambda: server.get("failing").json()["status"]["phase"] == "retrying", "it waits")
    server.delete("failing")


@pytest.mark.sidecars
@pytest.mark.parametrize("metadata", [app(), actor()])
def test_a_wait_without_a_time_out(server, scheduler, watch, metadata):
    """As a workflow that waits for an event registers it, and takes it away when that has come."""
    stream = watch(app_id="shop", actor_types=["cart"])
    scheduler.ScheduleJob(name="timer", metadata=metadata, job={"due_time": LAST}, overwrite=True)
    scheduler.ScheduleJob(
        name="next", metadata=metadata, job={"due_time": LAST, "schedule": "@every 1h"}
    )
    assert scheduler.GetJob(name="timer", metadata=metadata).job.due_time == LAST
    stream.close()
    server.kill()
    server.start()
    wait_until(lambda: answers(lambda: names(scheduler, metadata)), "the sidecar has come back")
    stream = watch(app_id="shop", actor_types=["cart"])
    found = {job.name: job.job.due_time for job in scheduler.ListJobs(metadata=metadata).jobs}
    assert found == {"next": LAST, "timer": LAST}
    scheduler.ScheduleJob(name="now", metadata=metadata, job={"due_time": PAST[1]})
    wait_until(lambda: stream.triggers, "what is due comes", changed=stream.changed)
    scheduler.DeleteJob(name="timer", metadata=metadata)
    wait_until(lambda: names(scheduler, metadata) == ["next"], "the others are gone")
    assert [trigger.name for _, trigger in stream.triggers] == ["now"]


def test_over_grpc_it_is_the_same(grpc_server, jobs):
    jobs.ScheduleJob(job={"name": "far", "due_time": LAST})
    jobs.ScheduleJob(job={"name": "past", "due_time": PAST[0]})
    assert jobs.GetJob(name="far").job.due_time == LAST
    grpc_server.wait_until_gone("past")
    assert [job.name for job in jobs.ListJobs().jobs] == ["far"]
