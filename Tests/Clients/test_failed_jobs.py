"""What failed says so: the last outcome of a job, what its app said, and what was given up."""

import json

import grpc
import pytest

import operating
from checkpoints import FLAGS, start_from_checkpoint, write_checkpoint
from commanding import done, is_safe, misused, on_terminal
from Harness.app import Answer
from Harness.waiting import wait_until
from histories import history
from operating import operator

ERROR = "no such table: orders"
FAILED = Answer(500, raw=ERROR.encode())
OUTCOME = ["sequence", "time", "generation", "trigger", "tick", "due", "attempt", "outcome", "code"]


def outcomes(server, kind: str, **parameters) -> list[dict]:
    response = server.client.get("/v1.0/jobs:outcomes", params={"kind": kind} | parameters)
    assert response.status_code == 200, response.text
    return response.json()["outcomes"]


def last_outcome(server, name: str) -> dict | None:
    return server.get(name).json()["status"].get("lastOutcome")


def failing(server, app, name="report", answer=FAILED, **fields) -> dict:
    """A job whose tick was given up and that waits for the next; its last outcome."""
    app.answers(name, answer)
    fields = {"failurePolicy": {"drop": {}}} | fields
    server.schedule(name, schedule="@every 1h", dueTime="0s", **fields)
    wait_until(lambda: last_outcome(server, name), "its outcome")
    return last_outcome(server, name)


def test_a_job_says_what_its_last_trigger_came_to_and_what_the_app_said(server, app):
    outcome = failing(server, app)
    assert list(outcome) == [*OUTCOME, "error", "isGivenUp"]
    assert (outcome["outcome"], outcome["code"], outcome["error"]) == ("failed", 500, ERROR)
    assert (outcome["tick"], outcome["attempt"], outcome["isGivenUp"]) == (1, 1, True)
    page = server.client.get("/v1.0/jobs").json()["jobs"]
    assert [job["status"]["lastOutcome"] for job in page] == [outcome]
    # And so it is after a start, which reads the whole log.
    server.kill()
    server.start()
    assert last_outcome(server, "report") == outcome
    assert server.verify()[0] == 0


def test_a_job_that_never_ran_has_no_last_outcome(server):
    server.schedule("later", dueTime="1h")
    assert "lastOutcome" not in server.get("later").json()["status"]


def test_a_start_from_a_checkpoint_knows_that_a_job_is_failing(serve, app):
    server = serve(app, flags=FLAGS)
    constant = {"constant": {"interval": "3600s", "maxRetries": 5}}
    outcome = failing(server, app, failurePolicy=constant)
    assert "isGivenUp" not in outcome
    write_checkpoint(server)
    server.kill()
    start_from_checkpoint(server)
    assert last_outcome(server, "report") == outcome


def test_what_was_said_at_the_first_failure_is_shown_of_those_after_it(server, app):
    app.answers("report", FAILED, *[Answer(503, raw=b"again") for _ in range(2)], Answer(200))
    constant = {"constant": {"interval": "0s", "maxRetries": 2}}
    server.schedule("report", schedule="@every 1h", dueTime="0s", failurePolicy=constant)
    wait_until(lambda: outcomes(server, "givenUp"), "the end of the tick")
    said = [(found["attempt"], found.get("error")) for found in outcomes(server, "failed")]
    # The last one, which gives the tick up, has words of its own.
    assert said == [(3, "again"), (2, None), (1, ERROR)]
    assert last_outcome(server, "report")["error"] == "again"
    told = [event.get("error") for event in history(server, "report")["history"]]
    assert [words for words in told if words] == ["again", ERROR]


def test_what_was_given_up_is_listed_also_of_jobs_that_are_gone(server, app):
    for name, answer in [
        ("given up", FAILED), ("dropped", Answer(200, {"status": "DROP", "why": "sold"})),
        ("fine", Answer(200)), ("unknown", Answer(404, raw=b"what?")),
    ]:  # fmt: skip
        app.answers(name, answer)
        server.schedule(name, dueTime="0s", failurePolicy={"drop": {}})
        server.wait_until_gone(name)
    found = outcomes(server, "givenUp")
    assert [(one["name"], one["outcome"]) for one in found] == [
        ("dropped", "dropped"), ("given up", "failed"),
    ]  # fmt: skip
    assert found[0]["error"] == json.dumps({"status": "DROP", "why": "sold"})
    assert all(one["app"] == "shop" and one["isGivenUp"] for one in found)
    (unknown,) = outcomes(server, "notFound")
    assert (unknown["name"], unknown["code"], "error" in unknown) == ("unknown", 404, False)
    assert [one["name"] for one in outcomes(server, "givenUp", prefix="given")] == ["given up"]
    assert outcomes(server, "givenUp", limit=1) == found[:1]
    assert outcomes(server, "givenUp", before=found[0]["sequence"]) == found[1:]


def test_a_word_alone_is_not_what_the_app_said(server, app):
    assert "error" not in failing(server, app, answer=Answer(200, {"status": "RETRY"}))
    told = failing(server, app, "told", Answer(500, {"status": "no stock"}))
    assert told["error"] == json.dumps({"status": "no stock"})


@pytest.mark.parametrize("query", ["", "kind=all", "kind=failed&kind=failed", "kind=failed&of=a"])
def test_a_question_for_outcomes_that_cannot_be_is_refused(server, query):
    response = server.client.get(f"/v1.0/jobs:outcomes?{query}")
    assert response.status_code == 400, response.text
    assert "kind" in response.json()["message"] or "of" in response.json()["message"]


def test_a_grpc_app_says_it_in_its_message(grpc_server, grpc_app):
    grpc_app.answers_codes("report", grpc.StatusCode.INTERNAL)
    grpc_server.schedule("report", dueTime="0s", failurePolicy={"drop": {}})
    grpc_server.wait_until_gone("report")
    (outcome,) = outcomes(grpc_server, "givenUp")
    assert (outcome["code"], outcome["error"]) == (13, "told to say INTERNAL")


@pytest.mark.parametrize(
    "said",
    [
        b"\x1b[2J\x1b]0;title\x07\r\nforged", b"\xff\xfe\x00", b"x" * 60_000,
        "é\u0301\u202e😀".encode() * 300, b" \n\t ", b"a" * 511 + "😀".encode(),
    ],
    ids=["controls", "no UTF-8", "long", "combining", "blank", "cut"],
)  # fmt: skip
def test_whatever_an_app_says_is_safe_to_show(server, app, said):
    error = failing(server, app, answer=Answer(500, raw=said)).get("error", "")
    assert len(error.encode()) <= 512
    assert (error == "") == (said.strip() == b"")
    for verb, name in [("get", "report"), ("failed", ""), ("history", "report"), ("list", "")]:
        shown = done(server, verb, "-o", "table", *([name] if name else []))
        assert is_safe(shown), shown
    assert server.verify()[0] == 0
    exported = server.replay("export", "-o", "jsonl", "--payloads")
    assert exported.returncode == 0, exported.stderr
    told = [json.loads(line) for line in exported.stdout.splitlines()]
    assert [event["error"] for event in told if "error" in event] == [error] * (error != "")
    assert "error" not in server.replay("export", "-o", "csv").stdout.split("\n", 1)[1]


def test_people_see_what_failed(server, app):
    failing(server, app)
    heading, line = done(server, "failed", "-o", "table").splitlines()
    assert heading.split() == ["TIME", "NAME", "WHAT"]
    assert line.endswith(f"report  failed 500, tick 1, given up at attempt 1: {ERROR}")
    listed = done(server, "list", "-o", "table").splitlines()
    assert listed[0].split()[-1] == "LAST" and listed[1].endswith("failed 500")
    got = dict(
        line.split("  ", 1) for line in done(server, "get", "-o", "table", "report").splitlines()
    )
    assert got["ERROR"].strip() == ERROR
    assert got["LAST OUTCOME"].strip().startswith("failed 500, tick 1, at 20")
    assert f"the app said: {ERROR}" in done(server, "history", "-o", "table", "report")
    assert json.loads(done(server, "failed"))["outcomes"] == outcomes(server, "givenUp")
    assert on_terminal(server, "failed")[0].split() == ["TIME", "NAME", "WHAT"]
    assert done(server, "failed", "--prefix", "other", "-o", "jsonl") == ""


@pytest.mark.parametrize(
    "flags", [("-n", "0"), ("--back", "0"), ("--before", "0"), ("--kind", "late"), ("a",)]
)
def test_what_cannot_be_asked_of_failures_is_wrong_usage(server, flags):
    assert misused(server, "failed", *flags)


def test_an_operator_sees_the_failures_of_all_apps_and_an_app_only_its_own(server, app):
    failing(server, app)
    with operator(server) as client:
        found = client.get("/v1/jobs:outcomes", params={"kind": "givenUp"}).json()["outcomes"]
        assert found == outcomes(server, "givenUp")
        other = client.get("/v1/namespaces/default/apps/bank/jobs:outcomes?kind=givenUp")
        assert other.json() == {"outcomes": []}
    table = operating.done(server, "failed", "--all-apps", "-o", "table").splitlines()
    assert table[0].split("  ")[0] == "TIME" and "default    shop" in table[1]
    assert operating.done(server, "failed", "--app", "bank", "-o", "jsonl") == ""


def test_outcomes_and_times_are_counted_for_each_app(server, app, admin):
    failing(server, app)
    labels = {"namespace": "default", "app": "shop"}
    page = admin.wait_for("daybook_app_oldest_in_flight_seconds", 0, **labels)
    assert page("daybook_app_acknowledgements_total", outcome="failed", **labels) == 1
    assert page("daybook_app_acknowledgements_total", outcome="succeeded", **labels) == 0
    assert page("daybook_app_handler_seconds_count", **labels) == 1


def test_what_is_in_flight_says_since_when(server, app):
    app.hold("slow")
    server.schedule("slow", dueTime="0s")
    app.wait_for("slow")
    status = server.get("slow").json()["status"]
    assert status["phase"] == "inFlight" and status["triggeredAt"].startswith("20")
    assert "since" not in done(server, "list", "-o", "table")
    app.release()
    server.wait_until_gone("slow")
