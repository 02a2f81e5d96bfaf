"""The history of a job, asked of a running server: complete, exact, and nobody's work waits for it.
`daybook-replay export` reads the same log from outside and must agree."""

import threading
from datetime import datetime, timedelta, timezone

import pytest

from Harness.app import Answer
from Harness.waiting import wait_until
from histories import events, exported, history, kinds, lengthen, parts, sequences
from lists import delete_all
from zonefiles import write_noon

HISTORY, MALFORMED = "DAPR_SCHEDULER_JOB_HISTORY", "ERR_MALFORMED_REQUEST"


def agrees(server, *names: str) -> None:
    """Each history is what the log holds of the name."""
    for name in names:
        found = events(server, name)
        assert found and found == exported(server, name)


# What is told


def test_all_that_becomes_of_jobs_is_told(server, app):
    app.answers("fails once", Answer(500), Answer(200))
    app.answers("given up", Answer(500))
    app.answers("dropped", Answer(200, {"status": "DROP"}))
    policy = {"constant": {"interval": "0.01s", "maxRetries": 1}}
    server.schedule("once", dueTime="0s", data={"a": "é\n"})
    server.schedule("fails once", dueTime="0s", failurePolicy=policy)
    server.schedule("given up", dueTime="0s", failurePolicy=policy)
    server.schedule("dropped", dueTime="0s")
    server.schedule("often", schedule="@every 20ms", repeats=3, ttl="1h")
    server.schedule("replaced", schedule="@every 1h")
    server.schedule("replaced", schedule="@every 2h")
    server.schedule("deleted", dueTime="1h")
    server.delete("deleted")
    names = ["once", "fails once", "given up", "dropped", "often"]
    server.wait_until_gone(*names)
    agrees(server, *names, "replaced", "deleted")
    tick = ["triggered", "acknowledged"]
    assert kinds(server, "once") == ["created", *tick, "deleted"]
    assert kinds(server, "fails once") == ["created", *tick, *tick, "deleted"]
    assert kinds(server, "often") == ["created", *3 * tick, "deleted"]
    assert kinds(server, "replaced") == ["created", "updated"]
    assert kinds(server, "deleted") == ["created", "deleted"]
    [end, *_] = events(server, "given up")
    assert end["reason"] == "givenUp"
    for name in names:
        for event in events(server, name):
            assert (event["namespace"], event["app"], event["name"]) == ("default", "shop", name)


def test_a_tick_that_new_zone_rules_move_is_told(city, serve):
    now = datetime.now(timezone.utc).replace(microsecond=0)
    write_noon(city, now + timedelta(hours=6))
    server = serve()
    server.schedule("city", schedule="TZ=Test/City 0 0 12 * * *")
    server.stop()
    write_noon(city, now + timedelta(hours=2))
    server.start()
    assert kinds(server, "city") == ["created", "rescheduled"]
    agrees(server, "city")


def test_an_answer_after_the_end_of_its_job_is_told(server, app):
    app.hold()
    server.schedule("late", dueTime="0s")
    app.wait_for("late")
    server.delete("late")
    server.schedule("late", dueTime="1h")
    app.release()
    wait_until(lambda: "acknowledged" in kinds(server, "late"), "the answer is recorded")
    assert kinds(server, "late") == ["created", "triggered", "deleted", "created", "acknowledged"]
    assert events(server, "late")[0]["outcome"] == "late"
    agrees(server, "late")


def test_a_name_has_all_its_jobs_and_no_other_name_s(server):
    for _ in range(3):
        for name in ("a", "A", "ab", "a b"):
            server.schedule(name, dueTime="1h")
            server.delete(name)
    server.schedule("a", dueTime="1h")
    assert kinds(server, "a") == 3 * ["created", "deleted"] + ["created"]
    assert len({event["generation"] for event in events(server, "a")}) == 4
    agrees(server, "a", "A", "ab", "a b")


def test_a_deletion_by_prefix_is_told_of_every_job_it_may_have_met(server):
    for name in ("rep", "report", "reports", "other"):
        server.schedule(name, dueTime="1h")
    assert delete_all(server, "report") == 2
    server.schedule("report", dueTime="1h")
    assert delete_all(server, "") == 3
    assert kinds(server, "report") == ["created", "deletedByPrefix"] * 2
    assert kinds(server, "reports") == ["created", "deletedByPrefix", "deletedByPrefix"]
    assert kinds(server, "rep") == kinds(server, "other") == ["created", "deletedByPrefix"]
    [_, _, prefix, _] = events(server, "report")
    assert (prefix["namePrefix"], prefix["count"]) == ("report", 2) and "name" not in prefix
    agrees(server, "rep", "report", "reports", "other")
    assert server.client.get("/v1.0/jobs/repo/history").status_code == 404


def test_histories_are_of_one_app(deploy):
    deployment = deploy(shop={}, bank={})
    shop, bank = deployment.of("shop").client, deployment.of("bank").client
    assert shop.post("/v1.0/jobs/a", json={"dueTime": "1h"}).status_code == 204
    assert bank.get("/v1.0/jobs/a/history").status_code == 404
    assert bank.post("/v1.0/jobs/a", json={"dueTime": "2h"}).status_code == 204
    for client, due in [(shop, "1h"), (bank, "2h")]:
        [created] = client.get("/v1.0/jobs/a/history").json()["history"]
        assert created["dueTime"] == due


def test_a_job_may_be_called_history(server):
    for name in ("history", "a", "a||history"):
        server.schedule(name, version="v1.0", dueTime="1h")
        assert server.get(name, version="v1.0").json()["name"] == name
        assert kinds(server, name) == ["created"]
    server.delete("history", version="v1.0")
    assert server.client.get("/v1.0/jobs/history").status_code == 404
    assert kinds(server, "history") == ["created", "deleted"]
    assert kinds(server, "a", version="v1.0-alpha1") == kinds(server, "a")


# Parts


def test_parts_join_to_the_whole_while_the_job_ticks(server, app):
    server.schedule("ticks", schedule="@every 20ms")
    server.schedule("others", schedule="@every 10ms")
    app.wait_for("ticks", 20)
    for limit in (1, 3, 10, 1000):
        first = history(server, "ticks", limit=limit)
        assert len(first["history"]) <= limit
        newest = first["history"][0]["sequence"]
        if limit > 1:
            app.wait_for("ticks", len(app.calls_of("ticks")) + 2)
        found = [first]
        while before := found[-1].get("before"):
            found.append(history(server, "ticks", limit=limit, before=before))
        assert all(len(part["history"]) == limit for part in found[:-1])
        joined = [event for part in found for event in part["history"]]
        assert joined == [e for e in exported(server, "ticks") if e["sequence"] <= newest]
    server.delete("ticks")
    server.delete("others")


def test_any_place_can_be_begun_at(server):
    for _ in range(5):
        server.schedule("a", dueTime="1h")
        server.schedule("a", dueTime="2h")
        server.schedule("b", dueTime="1h")
        server.delete("a")
    whole = events(server, "a")
    assert len(whole) == 15 and sequences(whole) == sorted(sequences(whole), reverse=True)
    for place in [*range(1, 25), 10**6, 2**64 - 1]:
        part = history(server, "a", before=place)
        assert part == {"history": [event for event in whole if event["sequence"] < place]}
    # Without a word of how many, a hundred.
    assert [len(part) for part in parts(server, "a", limit=4)][:3] == [4, 4, 4]


# Survival


def test_a_history_outlives_the_server_however_it_ends(server, app):
    server.schedule("a", schedule="@every 20ms")
    server.schedule("b", dueTime="1h")
    server.delete("b")
    app.wait_for("a", 3)
    for end in (server.stop, server.kill, server.kill, server.stop):
        before = events(server, "a"), events(server, "b")
        end()
        server.start()
        after = events(server, "a")
        assert after[-len(before[0]) :] == before[0]
        assert events(server, "b") == before[1]
        app.wait_for("a", len(app.calls_of("a")) + 2)
    server.delete("a")
    agrees(server, "b")


# Refusals


QUERIES = {
    "limit=0": HISTORY, "limit=1001": HISTORY, "limit=": HISTORY, "limit=-1": HISTORY,
    "limit=1.5": HISTORY, "limit=%201": HISTORY, "before=0": HISTORY, "before=-1": HISTORY,
    "before=": HISTORY, "before=x": HISTORY, "before=01": HISTORY,
    "before=18446744073709551616": HISTORY, "before": MALFORMED, "before=%zz": MALFORMED,
    "before=1&before=1": MALFORMED, "cursor=1": MALFORMED, "prefix=a": MALFORMED,
}  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_that_cannot_be_read_names_its_parameter(server, query):
    server.schedule("a", dueTime="1h")
    response = server.client.get(f"/v1.0/jobs/a/history?{query}")
    error = response.json()
    assert (response.status_code, error["errorCode"]) == (400, QUERIES[query]), error
    assert query.partition("=")[0] in error["message"]


def test_a_name_that_never_was_is_not_found(server):
    response = server.client.get("/v1.0/jobs/nobody/history")
    error = response.json()
    assert (response.status_code, error["errorCode"]) == (404, HISTORY)
    assert "job not found: nobody" in error["message"]
    assert error["details"][0]["metadata"] == {"appID": "shop", "namespace": "default"}
    for method in ("POST", "DELETE", "PUT"):
        response = server.client.request(method, "/v1.0/jobs/nobody/history")
        assert response.status_code == 405 and response.headers["allow"] == "GET"


# A long log


@pytest.mark.audited_only("what is judged here is the history, of a long log")
def test_a_long_log_is_looked_through_piece_by_piece_and_no_tick_is_lost(server, app):
    server.schedule("early", dueTime="1h")
    server.delete("early")
    server.schedule("steady", schedule="@every 1s")
    app.wait_for("steady")
    server.kill()
    lengthen(server.directory, 300_000)
    server.start()
    failures: list[Exception] = []

    def read():
        try:
            first = history(server, "early")
            assert first["history"] == [] and first["before"] > 100_000
            assert kinds(server, "early") == ["created", "deleted"]
            # Nobody knows after one part.
            response = server.client.get("/v1.0/jobs/nobody/history", timeout=60)
            assert response.json()["history"] == []
            assert events(server, "nobody") == []
        except Exception as failure:
            failures.append(failure)

    before = len(app.calls_of("steady"))
    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert not failures, failures
    app.wait_for("steady", before + 2)
    server.delete("steady")
    # The calls, and what the log says of them; the judge sees to it that none was missed.
    ticks = [event["tick"] for event in events(server, "steady") if event["kind"] == "triggered"]
    assert sorted(set(ticks)) == list(range(1, max(ticks) + 1))
    agrees(server, "early")
