"""What the app's answer means."""

import json

import pytest

from Harness import replay
from Harness.app import Answer
from histories import intervals
from reading import SECOND

FAILED = Answer(500)


def assert_one_tick(calls, attempts: int):
    assert [call.attempt for call in calls] == list(range(1, attempts + 1))
    assert len({call.key for call in calls}) == 1, "one key for all attempts of a tick"
    assert len({call.due for call in calls}) == 1, "retries do not move the due time"
    assert [call.cause for call in calls] == ["schedule"] + ["retry"] * (attempts - 1)
    assert len({call.headers["daybook-trigger"] for call in calls}) == attempts


def constant(interval: str | None, retries: int | None = None) -> dict:
    policy = {"interval": interval, "maxRetries": retries}
    return {"constant": {name: value for name, value in policy.items() if value is not None}}


def test_a_failing_tick_has_four_attempts_a_second_apart_by_default(either_server, either_app):
    either_app.answers("failing", FAILED)
    either_server.schedule("failing", dueTime="0s", data="x")
    either_server.wait_until_gone("failing")
    calls = either_app.calls_of("failing")
    assert_one_tick(calls, 4)
    assert intervals(either_server, "failing") == [SECOND] * 3
    assert {call.json for call in calls} == {"x"}


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_a_success_ends_the_retries(either_server, either_app, failures):
    either_app.answers("shaky", *[FAILED] * failures, Answer(200))
    either_server.schedule("shaky", dueTime="0s")
    either_server.wait_until_gone("shaky")
    assert_one_tick(either_app.calls_of("shaky"), failures + 1)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(400),
        Answer(401),
        Answer(409),
        Answer(429),
        Answer(500),
        Answer(503),
        Answer(302, headers=(("location", "/job/elsewhere"),)),
        Answer(200, {"status": "RETRY"}),
        Answer(200, {"status": "RETRY", "more": 1}),
    ],
    ids=lambda answer: f"{answer.status} {answer.body or ''}",
)
def test_these_answers_are_failures(server, app, answer):
    app.answers("failing", answer)
    server.schedule("failing", dueTime="0s", failurePolicy=constant("0s", 1))
    server.wait_until_gone("failing")
    assert_one_tick(app.calls_of("failing"), 2)
    assert app.calls_of("elsewhere") == [], "redirects are not followed"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200),
        Answer(201, {"status": "SUCCESS"}),
        Answer(204),
        Answer(299, {"status": "unheard of"}),
        Answer(200, "RETRY"),
        Answer(200, ["RETRY"]),
        Answer(200, {"status": 1}),
    ],
    ids=lambda answer: f"{answer.status} {answer.body or ''}",
)
def test_these_answers_are_successes(server, app, answer):
    app.answers("fine", answer)
    server.schedule("fine", schedule="@every 50ms", repeats=2)
    server.wait_until_gone("fine")
    calls = app.calls_of("fine")
    assert [(call.tick, call.attempt) for call in calls] == [(1, 1), (2, 1)]
    _, report = server.audit()
    assert report["totals"]["acknowledgements"]["succeeded"] == 2


@pytest.mark.parametrize("word", ["DROPPED", "DROP"])
def test_dropped_gives_the_tick_up_and_the_schedule_goes_on(server, app, word):
    app.answers("dropping", Answer(200, {"status": word}))
    server.schedule("dropping", schedule="@every 50ms", repeats=3)
    server.wait_until_gone("dropping")
    calls = app.calls_of("dropping")
    assert [(call.tick, call.attempt) for call in calls] == [(1, 1), (2, 1), (3, 1)]
    _, report = server.audit()
    assert report["totals"]["acknowledgements"]["dropped"] == 3


def test_404_consumes_the_tick_and_the_audit_counts_it(server, app):
    app.answers("unknown", Answer(404))
    server.schedule("unknown", schedule="@every 50ms", repeats=2)
    server.wait_until_gone("unknown")
    calls = app.calls_of("unknown")
    assert [(call.tick, call.attempt) for call in calls] == [(1, 1), (2, 1)]
    _, report = server.audit()
    assert report["totals"]["ticksConsumedByNotFound"] == 2
    for what, code in (("notFound", 1), ("givenUp", 0), ("givenUp,notFound", 1), ("lost", 2)):
        result = replay.run("audit", "--data-dir", server.directory, "--fail-on", what)
        assert result.returncode == code, result.stderr


def test_failing_handlers_are_told_of_in_the_log_and_do_not_flood_it(server, app):
    names = [f"failing {number}" for number in range(20)]
    for name in names:
        app.answers(name, FAILED)
        server.schedule(name, dueTime="0s", failurePolicy=constant(None, 1))
    server.wait_until_gone(*names)
    lines = [json.loads(line) for line in server.log().splitlines()]
    told = [line for line in lines if line["level"] == "warning" and "attempt" in line]
    assert [line["attempt"] for line in told].count("1") >= 1
    assert {line["message"] for line in told} <= {
        "a handler failed; it is called again", "a tick was given up",
    }  # fmt: skip
    # Five a minute, on however slow a machine.
    assert 5 <= len(told) < 2 * len(names) and {line["code"] for line in told} == {"500"}
    assert told[0]["app-id"] == "shop" and told[0]["job"] in names


@pytest.mark.parametrize("retries", [0, 1, 4])
def test_max_retries_is_the_number_of_further_attempts(either_server, either_app, retries):
    either_app.answers("counted", FAILED)
    either_server.schedule("counted", dueTime="0s", failurePolicy=constant("0.02s", retries))
    either_server.wait_until_gone("counted")
    assert_one_tick(either_app.calls_of("counted"), retries + 1)


def test_without_an_interval_retries_follow_at_once(server, app):
    app.answers("eager", FAILED)
    server.schedule("eager", dueTime="0s", failurePolicy=constant(None, 4))
    server.wait_until_gone("eager")
    assert_one_tick(app.calls_of("eager"), 5)


def test_without_max_retries_a_tick_is_tried_until_it_succeeds(server, app):
    app.answers("stubborn", *[FAILED] * 8, Answer(200))
    server.schedule("stubborn", dueTime="0s", failurePolicy=constant("0.01s"))
    server.wait_until_gone("stubborn")
    assert_one_tick(app.calls_of("stubborn"), 9)


def test_from_the_eleventh_attempt_on_retries_are_a_second_apart(server, app):
    app.answers("hopeless", *[FAILED] * 11, Answer(200))
    server.schedule("hopeless", dueTime="0s", failurePolicy=constant("0s"))
    server.wait_until_gone("hopeless")
    calls = app.calls_of("hopeless")
    assert_one_tick(calls, 12)
    assert intervals(server, "hopeless") == [0] * 9 + [SECOND] * 2


@pytest.mark.parametrize("answer", [FAILED, Answer(200)], ids=["failed", "success"])
def test_the_drop_policy_never_retries(either_server, either_app, answer):
    either_app.answers("dropped", answer)
    either_server.schedule("dropped", schedule="@every 50ms", repeats=3, failurePolicy={"drop": {}})
    either_server.wait_until_gone("dropped")
    calls = either_app.calls_of("dropped")
    assert [(call.tick, call.attempt) for call in calls] == [(1, 1), (2, 1), (3, 1)]


def test_a_failed_tick_uses_one_of_the_repeats_and_the_schedule_does_not_move(server, app):
    app.answers("mixed", FAILED, FAILED, Answer(200))
    server.schedule(
        "mixed", schedule="@every 100ms", repeats=3, failurePolicy=constant("0.01s", 1)
    )
    server.wait_until_gone("mixed")
    calls = app.calls_of("mixed")
    assert [(call.tick, call.attempt) for call in calls] == [(1, 1), (1, 2), (2, 1), (3, 1)]


def test_one_failing_job_does_not_hold_others_up(server, app):
    app.answers("bad", FAILED)
    server.schedule("bad", schedule="@every 10ms", failurePolicy=constant("0s"))
    server.schedule("good", schedule="@every 50ms", repeats=10)
    server.wait_until_gone("good")
    assert len(app.calls_of("good")) == 10
    server.delete("bad")
