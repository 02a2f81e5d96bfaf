"""The app's process is down: ticks are parked, nothing is lost, no retry budget is used."""

import lists
from Harness.waiting import wait_until
from test_grpc_app import outcomes


def presences(server) -> tuple[int, int]:
    """How often the app came, and went, as the log has it."""
    said = server.log()
    return said.count("the app answers"), said.count("the app does not answer")


def test_an_app_that_comes_later_gets_what_was_due(serve_grpc, either_apps):
    app = either_apps()
    server = serve_grpc(app)
    names = [f"early {number}" for number in range(10)]
    for name in names:
        server.schedule(name, dueTime="0s", data=name)
    # The app is probed meanwhile and refuses every connection.
    server.schedule("later", dueTime="1500ms")
    wait_until(lambda: server.get("later").status_code == 200, "the last job is in")
    app.start()
    for name in [*names, "later"]:
        (call,) = app.wait_for(name)
        assert (call.tick, call.attempt) == (1, 1)
        assert call.body == b"" if name == "later" else call.json == name
    server.wait_until_gone(*names, "later")
    assert outcomes(server) == {"succeeded": 11}
    assert presences(server) == (1, 1)


def test_an_app_that_goes_and_comes_back_misses_nothing(serve, apps):
    app = apps()
    app.start()
    server = serve(app)
    server.schedule("often", schedule="@every 100ms", repeats=25)
    app.wait_for("often", 5)
    app.stop()
    seen = len(app.calls)
    # While it is away another job comes due, and is parked too.
    server.schedule("meanwhile", dueTime="500ms", data=1)
    app.start()
    server.wait_until_gone("often", "meanwhile")
    calls = app.calls_of("often")
    assert {call.tick for call in calls} == set(range(1, 26))
    # Only a call that was under way when the app went can have failed; parked ticks use no budget.
    after = app.calls[seen:]
    under_way = min(call.tick for call in after if call.name == "often")
    assert all(call.attempt == 1 for call in after if call.tick > under_way)
    assert all(call.attempt <= 2 for call in calls)
    assert [call.attempt for call in app.calls_of("meanwhile")] == [1]


def test_a_job_without_retries_waits_for_an_app_that_went_away(serve_grpc, either_apps):
    """It is looked for once, however many jobs there are."""
    app = either_apps()
    app.start()
    server = serve_grpc(app)
    server.schedule("before", dueTime="0s")
    server.wait_until_gone("before")
    app.stop()
    names = [f"fragile {number}" for number in range(20)]
    for name in names:
        server.schedule(name, dueTime="0s", failurePolicy={"drop": {}})
    wait_until(lambda: presences(server) == (1, 1), "the app has been found to be away")
    assert all(server.has(name) for name in names)
    app.start()
    server.wait_until_gone(*names)
    assert [[call.attempt for call in app.calls_of(name)] for name in names] == [[1]] * 20
    found = outcomes(server)
    assert (found["succeeded"], found.get("failed", 0)) == (21, 0)
    assert presences(server) == (2, 1)


def test_ticks_missed_while_the_app_was_away_follow_one_by_one(serve, absent_app):
    server = serve(absent_app)
    server.schedule("steady", schedule="@every 100ms", repeats=10)
    server.schedule("mark", dueTime="1s")
    wait_until(lambda: server.has("mark"), "the mark is in")
    absent_app.start()
    server.wait_until_gone("steady", "mark")
    calls = absent_app.calls_of("steady")
    assert [(call.tick, call.attempt) for call in calls] == [(tick, 1) for tick in range(1, 11)]


def test_a_parked_job_can_be_read_replaced_and_deleted(serve, absent_app):
    server = serve(absent_app)
    for name in ("read", "replaced", "deleted"):
        server.schedule(name, dueTime="0s", data="old")
    server.schedule("later", dueTime="1h")
    # It waits, and it says for whom.
    phases = {job["name"]: job["status"]["phase"] for job in lists.page(server)["jobs"]}
    parked = dict.fromkeys(["read", "replaced", "deleted"], "parked")
    assert phases == parked | {"later": "waiting"}
    assert server.get("read").json()["status"]["phase"] == "parked"
    assert server.get("read").json()["data"]["value"] == "old"
    server.schedule("replaced", dueTime="0s", data="new")
    server.delete("deleted")
    absent_app.start()
    server.wait_until_gone("read", "replaced")
    assert [call.json for call in absent_app.calls_of("replaced")] == ["new"]
    assert absent_app.calls_of("deleted") == []


def test_parked_ticks_survive_a_kill(serve_grpc, either_apps):
    app = either_apps()
    server = serve_grpc(app)
    names = [f"parked {number}" for number in range(5)]
    for name in names:
        server.schedule(name, dueTime="0s", failurePolicy={"drop": {}})
    server.kill()
    server.start()
    app.start()
    server.wait_until_gone(*names)
    assert [len(app.calls_of(name)) for name in names] == [1] * 5
