"""Moving in from Dapr's scheduler: a file that Go has encoded is imported, served, and the app is
called as Dapr's scheduler would have called it next."""

import base64
import hashlib
import json
import struct
import time

import pytest

from Harness import replay
from Harness.app import Answer
from Harness.programs import daybook
from judging import verdict_outside
from moving import accepted, at, job, move_in, recurring, told
from peers import export
from reading import nanoseconds
from sidecar import Watch

# The first test asks the checker outside itself.
pytestmark = pytest.mark.audited_only("what its jobs were asked for is known elsewhere")

SECOND = 1_000_000_000
VALUE = "type.googleapis.com/google.protobuf.Value"
# Of a string "logs".
LOGS = base64.b64encode(b"\x1a\x04logs").decode()


# What was moved in, and how it goes on


def test_each_job_goes_on_with_the_tick_after_the_last_and_the_outside_agrees(
    serve, app, tmp_path, directory
):
    start, last, soon = at(-10.5), at(-3.5), at(2)
    jobs = [
        recurring("every", "@every 1s", 7, last, start, repeats=12, typeURL=VALUE, payload=LOGS,
                  policy="constant", interval=SECOND, maxRetries=3),
        recurring("||cron|| é", "*/2 * * * * *", 40, at(-1)[:19] + "Z", start, repeats=42,
                  typeURL="example.com/a.B", payload=LOGS, policy="drop"),
        job("once", dueAt=soon, dueTime=soon, policy="drop"),
        job("fresh", start=at(-0.5), schedule="@every 2s", ttl="3s", expiration=at(2.5),
            policy="drop"),
    ]  # fmt: skip
    before = time.time_ns()
    report = move_in(export(tmp_path / "jobs.gob", *jobs), directory)
    after = time.time_ns()
    assert report["summary"]["jobs"] == 4 and report["summary"]["refused"] == 0
    assert told(report, "every")["nextTick"] == 8

    server = serve(app, directory)
    # Nobody could have called the app before.
    server.ledger.fault("not-served", after, time.time_ns())
    server.wait_until_gone("every", "||cron|| é", "once", "fresh")
    calls = {one["name"]: app.calls_of(one["name"]) for one in jobs}
    # Three had come due before, and came at once, one after another; then they came in time.
    assert [call.tick for call in calls["every"]] == [8, 9, 10, 11, 12]
    dues = [nanoseconds(last) + number * SECOND for number in range(1, 6)]
    assert [nanoseconds(call.due) for call in calls["every"]] == dues
    assert [call.json for call in calls["every"]] == ["logs"] * 5
    assert [call.tick for call in calls["||cron|| é"]] == [41, 42]
    assert all(nanoseconds(call.due) % (2 * SECOND) == 0 for call in calls["||cron|| é"])
    assert [nanoseconds(call.due) for call in calls["once"]] == [nanoseconds(soon)]
    assert [call.tick for call in calls["fresh"]] == [1], "its ttl was resolved there"
    server.stop()

    asked = [
        {"id": number, "op": "schedule", "status": 204, "outcome": "ok", "start": before,
         "end": after, "namespace": "default", "app": "shop", "name": one["name"],
         "request": asked_for(one)} for number, one in enumerate(jobs)
    ]  # fmt: skip
    report = server.audit()[1]
    verdict = verdict_outside(server, report, asked)
    assert verdict.is_ok, verdict.document()
    # And it would have noticed: a job counted from 0.
    asked[0]["request"]["standing"]["ticks"] = 6
    assert verdict_outside(server, report, asked).document()["log"]


def asked_for(job: dict) -> dict:
    """The same job to the checker outside."""
    counter = job.get("counter", {})
    standing = {
        "anchor": job.get("start") or job.get("dueAt"), "expiry": job.get("expiration"),
        "ticks": counter.get("count"), "lastDue": counter.get("lastTrigger"),
    }  # fmt: skip
    request = {name: job[name] for name in ("schedule", "dueTime", "ttl", "repeats") if name in job}
    if job.get("policy") == "constant":
        request["failurePolicy"] = {"constant": {"interval": "1s", "maxRetries": 3}}
    else:
        request["failurePolicy"] = {"drop": {}}
    if job.get("typeURL") == VALUE:
        request["data"] = "logs"
    elif "payload" in job:
        stored = stored_payload(job["typeURL"], base64.b64decode(job["payload"]))
        # The bytes as they are, without the white space at their ends.
        request |= {"stored": stored, "body": base64.b64decode(job["payload"]).strip().decode()}
    return request | {"standing": standing}


def stored_payload(url: str, value: bytes) -> tuple[int, str]:
    stored = struct.pack("<I", len(url)) + url.encode() + value
    return len(stored), hashlib.sha256(stored).hexdigest()


def test_failure_policies_hold_and_failed_attempts_begin_again(serve, app, tmp_path, directory):
    due = at(-1)
    failed = {"partitionID": 7, "count": 0, "attempts": 1}
    file = export(
        tmp_path / "jobs.gob", job("dropped", dueAt=due, dueTime=due, policy="drop"),
        job("none", dueAt=due, dueTime=due),
        job("tried", dueAt=due, dueTime=due, policy="constant", maxRetries=1, counter=failed),
    )  # fmt: skip
    why = told(move_in(file, directory), "tried")["why"]
    assert "1 attempts of this tick have failed; it begins again" in why
    for name in ("dropped", "none", "tried"):
        app.answers(name, Answer(500))
    server = serve(app, directory)
    server.wait_until_gone("dropped", "none", "tried")
    attempts = {name: [call.attempt for call in app.calls_of(name)] for name in
                ("dropped", "none", "tried")}  # fmt: skip
    assert attempts == {"dropped": [1], "none": [1], "tried": [1, 2]}


def test_reminders_go_to_the_hosts_of_their_type(serve_grpc, ports, protos, tmp_path, directory):
    counter = {"partitionID": 7, "count": 3, "lastTrigger": at(-3)}
    file = export(
        tmp_path / "jobs.gob",
        job("wake", actorType="cart", actorID="7||a", start=at(-12), schedule="@every 2s",
            repeats=5, concurrencyKey="k", policy="drop", counter=counter),
    )  # fmt: skip
    report = move_in(file, directory)
    assert report["groups"] == [{"namespace": "default", "actorType": "cart", "count": 1}]
    port = ports.free()
    server = serve_grpc(directory=directory, scheduler_port=port)
    stream = Watch(protos, port, app_id="billing", actor_types=["cart"])
    triggers = stream.wait_for(2)
    ticks = [trigger.daybook.idempotency_key.rpartition("-")[2] for trigger in triggers]
    assert ticks == ["4", "5"]
    metadata = triggers[0].metadata
    assert (metadata.target.actor.type, metadata.target.actor.id) == ("cart", "7||a")
    assert (metadata.app_id, metadata.concurrency_key) == ("shop", "k")
    stream.close()
    server.stop()


def test_the_app_may_register_the_same_job_again_and_it_goes_on(serve, app, file, directory):
    move_in(file, directory)
    server = serve(app, directory)
    standard = {"constant": {"interval": "1s", "maxRetries": 3}}
    server.schedule("report", schedule="@every 1h", failurePolicy={"drop": {}})
    assert server.get("report").json()["status"]["ticksDone"] == 3
    server.schedule("report", schedule="@every 1h", failurePolicy=standard)
    assert server.get("report").json()["status"]["ticksDone"] == 0, "another job begins anew"


# What is said of it


def test_the_report_has_every_job_the_groups_and_what_the_log_holds(file, directory):
    report = move_in(file, directory)
    summary = report["summary"]
    counts = {"jobs": 1, "reminders": 1, "finished": 1, "refused": 0, "strayCounters": 1}
    assert {name: summary[name] for name in counts} == counts
    assert summary["isWritten"] is True
    assert report["groups"] == [
        {"namespace": "default", "app": "shop", "count": 1},
        {"namespace": "default", "actorType": "cart", "count": 1},
    ]
    sound = replay.sound(directory)
    assert sound["trustworthy"] == {"last": summary["head"], "digest": summary["digest"]}
    created = accepted(directory)
    moved = told(report, "report")
    assert moved["result"] == "moved" and moved["generation"] == created["report"]["sequence"]
    assert moved["nextDue"] == created["report"]["firstDue"]
    assert created["report"]["ticksElsewhere"] == moved["ticksElsewhere"] == 3
    assert created["report"]["callerAPI"] == "import"
    assert created["report"]["callerPeer"] == str(file)
    assert "by its schedule after tick 3" in moved["why"]
    assert told(report, "done") == {
        "result": "finished", "namespace": "default", "app": "shop", "name": "done"
    }  # fmt: skip
    code, audit = replay.audit(directory)
    assert code == 0 and audit["totals"]["jobsCreated"] == 2


def test_a_person_reads_a_summary_and_a_program_lines(file, directory, tmp_path):
    table = daybook("import", "dapr", file, "--data-dir", directory, "-o", "table").stdout
    for part in (
        "moved in    1 jobs, 1 reminders", "1 of app shop in namespace default",
        "1 of actors of type cart in namespace default", "due first",
        "left out    1 of which no tick is left", "read again  the log holds exactly these",
    ):  # fmt: skip
        assert part in table, table
    lines = daybook("import", "dapr", file, "--data-dir", tmp_path / "b", "-o", "jsonl").stdout
    results = [json.loads(line)["result"] for line in lines.splitlines()]
    assert results == ["moved", "moved", "finished", "summary"]
    history = replay.run("history", "report", "--app", "shop", "--data-dir", directory).stdout
    assert "created by shop by the import of" in history
    assert "3 ticks ran elsewhere before" in history
