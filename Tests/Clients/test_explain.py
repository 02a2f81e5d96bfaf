"""`daybook-replay audit`, `history` and `explain`: what happened to a job, and why, in words."""

import json

import pytest

from Harness import replay
from Harness.app import Answer
from Harness.replay import CANNOT_OPEN, FINDINGS, FINE, USAGE


def asked(verb: str, name: str, server, *flags) -> tuple[int, object]:
    """Exit code, and what is said for programs."""
    result = replay.run(
        verb, name, "--app", "shop", "--data-dir", server.directory, "-o", "json", *flags
    )
    return result.returncode, json.loads(result.stdout) if result.stdout else None


def test_every_tick_has_its_story(server, app):
    app.answers("flaky", Answer(500))
    server.schedule("often", schedule="@every 50ms", repeats=5)
    server.schedule("flaky", dueTime="0s", failurePolicy={"drop": {}})
    server.wait_until_gone("often", "flaky")
    server.schedule("later", dueTime="1h")
    code, report = server.audit()
    assert code == FINE
    stories = report["stories"]
    assert stories["ticksDue"] == sum(stories["counts"].values()) == 6
    assert stories["counts"]["givenUp"] == 1
    assert stories["counts"]["onTime"] + stories["counts"]["late"] == 5
    assert stories["lateness"]["count"] == 6
    (shop,) = stories["apps"]
    assert (shop["name"], shop["counts"]) == ("shop", stories["counts"])
    assert report["uptime"]["writerCount"] == 1
    text = replay.run("audit", "--data-dir", server.directory).stdout
    assert "nothing was missed, forbidden or unexplained" in text
    assert "1 given up" in text


def test_writers_and_the_time_between_them_are_named(serve, app):
    server = serve(app)
    server.schedule("soon", dueTime="300ms")
    server.kill()
    server.start()
    app.wait_for("soon")
    server.wait_until_gone("soon")
    result = replay.run("audit", "--data-dir", server.directory, "--max-late", "24h", "-o", "json")
    report = json.loads(result.stdout)
    assert result.returncode == FINE
    assert (report["uptime"]["writerCount"], report["uptime"]["crashCount"]) == (2, 1)
    assert [writer["end"] for writer in report["uptime"]["writers"]] == ["crashed", "endOfLog"]
    assert report["uptime"]["downtimes"]["count"] == 1


def test_a_tick_later_than_allowed_without_an_excuse_is_a_finding(server, app):
    server.schedule("once", dueTime="200ms")
    server.wait_until_gone("once")
    result = replay.run("audit", "--data-dir", server.directory, "--max-late", "0s", "-o", "json")
    stories = json.loads(result.stdout)["stories"]
    assert result.returncode == (FINDINGS if stories["inexcusableCount"] else FINE)
    assert stories["inexcusableCount"] == len(stories["lateTriggers"]) == 1


def test_a_job_has_a_history_through_all_its_generations(server, app):
    server.schedule("report", schedule="@every 1h")
    server.schedule("report", schedule="@every 2h", repeats=3)
    server.schedule("other", schedule="@every 1h")
    server.delete("report")
    code, lines = asked("history", "report", server)
    assert code == FINE
    texts = [line["text"] for line in lines]
    assert [text.split()[0] for text in texts] == ["created", "replaced", "deleted"]
    assert '"@every 1h" → "@every 2h"' in texts[1]
    assert "by shop over HTTP from 127.0.0.1" in texts[2]
    printed = replay.run(
        "history", "report", "--app", "shop", "--data-dir", server.directory
    ).stdout.splitlines()
    assert len(printed) == 3
    assert all(f"#{line['sequence']} " in text for line, text in zip(lines, printed))


def test_a_run_is_explained(server, app):
    server.schedule("once", dueTime="100ms")
    (call,) = app.wait_for("once")
    server.wait_until_gone("once")
    code, answer = asked("explain", "once", server, "--at", call.due)
    assert code == FINE
    assert answer["reason"] in ("onTime", "late")
    assert "It succeeded with code 200" in answer["text"]
    _, numbers = asked("history", "once", server)
    assert set(answer["sequences"]) < {line["sequence"] for line in numbers}
    assert asked("explain", "once", server, "--at", "2020-01-01T00:00:00Z", "--next")[1] == answer
    code, answer = asked("explain", "once", server, "--at", "2020-01-01T00:00:00Z")
    assert (code, answer["reason"]) == (FINE, "notYetAccepted")


def test_an_unknown_job_is_said_so(server):
    server.schedule("known", dueTime="1h")
    assert asked("history", "unknown", server) == (FINDINGS, [])
    code, answer = asked("explain", "unknown", server, "--at", "2020-01-01T00:00:00Z")
    assert (code, answer["reason"]) == (FINDINGS, "neverAccepted")


@pytest.mark.parametrize(
    "flags",
    [
        ("explain", "job", "--at", "yesterday"),
        ("explain", "job", "--at", "5s"),
        ("explain", "job"),
        ("history",),
        ("history", "job", "--actor-type", "type"),
        ("history", ".."),
        ("audit", "--max-late", "soon"),
        ("audit", "--max-late", "-1s"),
    ],
)
def test_wrong_usage_is_named(flags, tmp_path):
    assert replay.run(*flags, "--data-dir", tmp_path).returncode == USAGE


def test_a_log_that_is_not_there_cannot_be_opened(tmp_path):
    flags = ("--data-dir", tmp_path / "none")
    assert replay.run("history", "job", *flags).returncode == CANNOT_OPEN
    at = ("--at", "2020-01-01T00:00:00Z")
    assert replay.run("explain", "job", *at, *flags).returncode == CANNOT_OPEN
