"""Apps that die with triggers in flight: that costs no attempt, but a job whose payload kills its
app does not come for ever."""

import pytest

from Harness import replay
from Harness.waiting import wait_until
from histories import events
from replica import Restarted

BROKE = "the connection to the app broke before it answered"
# The first two times that it kills its app are free, then come an attempt and two more.
TWO_RETRIES, DELIVERIES = {"constant": {"interval": "0.2s", "maxRetries": 2}}, 5
NO_RETRY = {"drop": {}}
# Seconds for an app to be started again five times, which on a busy machine takes a while.
PATIENCE = 180


@pytest.fixture
def breaking_app(request, tmp_path, ports):
    """Dies of a poison, and is started again whenever it is dead."""
    app = Restarted(ports.free(), tmp_path / "calls", getattr(request, "param", "http"))
    app.start()
    yield app
    app.kill()


both_protocols = pytest.mark.parametrize("breaking_app", ["http", "grpc"], indirect=True)


def answers(server, name: str) -> list[tuple[str, bool]]:
    """What came of each delivery that reached the app, oldest first."""
    told = [event for event in reversed(events(server, name)) if event["kind"] == "acknowledged"]
    return [
        (event["outcome"], event.get("connectionBroke", False))
        for event in told
        if event["outcome"] != "undeliverable"
    ]


@both_protocols
def test_poison_harms_nobody_else(serve_grpc, breaking_app):
    server, app = serve_grpc(breaking_app), breaking_app
    names = [f"innocent {number}" for number in range(12)]
    for name in [*names[:6], "poison", *names[6:]]:
        policy = TWO_RETRIES if name == "poison" else NO_RETRY
        server.schedule(name, dueTime="1s", failurePolicy=policy)
    server.wait_until_gone("poison", *names, deadline=PATIENCE)
    # Given up, when it had killed the app as often as it may.
    assert answers(server, "poison") == (
        [("abandoned", True)] * 2 + [("failed", True)] * (DELIVERIES - 2)
    )
    calls = app.calls_of("poison")
    assert [call.attempt for call in calls] == [1, 1, 1, 2, 3]
    assert [call.cause for call in calls][:3] == ["schedule", "redelivery", "redelivery"]
    assert len({call.key for call in calls}) == 1
    wait_until(lambda: app.deaths == DELIVERIES, "it has been started again", PATIENCE)
    # Some were in flight beside it; none lost its only attempt, and none came with another key.
    assert any(len(app.calls_of(name)) > 1 for name in names)
    for name in names:
        assert answers(server, name)[-1] == ("succeeded", False)
        assert {call.attempt for call in app.calls_of(name)} == {1}
        assert len({call.key for call in app.calls_of(name)}) == 1
    report = server.audit()[1]
    assert report["totals"]["acknowledgements"]["succeeded"] == len(names)
    assert report["stories"]["counts"]["givenUp"] == 1
    assert report["possibleDuplicateCounts"]["broken"] > DELIVERIES - 2


@both_protocols
def test_an_app_killed_at_work_is_called_again_and_no_attempt_is_used(serve_grpc, breaking_app):
    server, app = serve_grpc(breaking_app), breaking_app
    server.schedule("work", dueTime="0s", failurePolicy=NO_RETRY)
    wait_until(lambda: app.calls_of("work"), "the app works", PATIENCE)
    app.process.kill()
    server.wait_until_gone("work", deadline=PATIENCE)
    *broken, last = answers(server, "work")
    # A dying process may still be given a connection once more.
    assert broken in ([("abandoned", True)], [("abandoned", True)] * 2)
    assert last == ("succeeded", False)
    first, again = app.calls_of("work")
    assert (first.key, first.attempt) == (again.key, again.attempt)
    assert again.cause == "redelivery"
    # Everybody who is asked says so.
    data = ["--data-dir", str(server.directory), "--app", "shop"]
    assert f"was lost: {BROKE}" in replay.run("history", "work", *data).stdout
    due = events(server, "work")[-1]["firstDue"]
    told = replay.run("explain", "work", "--at", due, *data).stdout
    assert BROKE in " ".join(told.split())
    assert "the connection broke" in replay.run("audit", *data).stdout
    assert '"connectionBroke":true' in replay.run("export", "--job", "work", *data).stdout
    assert "the connection to the app broke before it answered" in server.log()


def test_a_row_of_breaks_outlives_the_server(serve, breaking_app):
    server = serve(breaking_app)
    server.schedule("poison", dueTime="0s", failurePolicy={"constant": {"interval": "2s"}})
    wait_until(lambda: ("failed", True) in answers(server, "poison"), "three breaks")
    before = len(answers(server, "poison"))
    server.kill()
    server.start()
    wait_until(lambda: len(answers(server, "poison")) > before + 1, "two more breaks")
    # What the kill itself left in flight does not count, and does not end the row.
    told = answers(server, "poison")
    assert told[:2] == [("abandoned", True)] * 2
    assert set(told[2:]) <= {("failed", True), ("abandoned", False)}
    assert told.count(("abandoned", False)) <= 1
    assert server.client.delete("/v1.0/jobs/poison").status_code == 204
