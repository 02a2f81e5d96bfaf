"""Lists and deletes by prefix: complete, in order, durable, and of one's own jobs only."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from Harness.waiting import wait_until
from lists import STABLE, delete_all, in_order, names, page, pages, schedule_many

LIST, DELETE, MALFORMED = (
    "DAPR_SCHEDULER_LIST_JOBS", "DAPR_SCHEDULER_DELETE_JOB", "ERR_MALFORMED_REQUEST",
)  # fmt: skip


# Reading


@pytest.mark.parametrize("version", ["v1.0-alpha1", STABLE])
def test_a_list_shows_each_job_as_a_get_of_it(server, version):
    server.schedule("b", dueTime="1h", data={"a": [1, None]})
    server.schedule("a", schedule="@every 1h", repeats=3, ttl="2100-01-01T00:00:00Z")
    jobs = page(server, version)["jobs"]
    assert jobs == [server.get(name, version).json() for name in ("a", "b")]
    assert jobs[0]["status"]["phase"] == "waiting"


def test_no_jobs_are_an_empty_list(server):
    assert page(server) == {"jobs": []}
    assert page(server, prefix="x", limit=1) == {"jobs": []}


def test_pages_hold_all_names_once_in_the_order_of_their_bytes(server):
    many = [f"{letter}{number}" for letter in "zAé☃ " for number in range(50)]
    many = [name.strip() or name for name in many]
    schedule_many(server, many)
    many = in_order(many)
    assert [len(jobs) for jobs in pages(server)] == [100, 100, 50]
    for limit in (1000, 250, 249, 99, 7):
        found = pages(server, limit=limit)
        assert [job["name"] for jobs in found for job in jobs] == many
        assert {len(jobs) for jobs in found[:-1]} <= {limit}
    assert names(server, prefix="é1", limit=3) == in_order(["é1", *(f"é1{n}" for n in range(10))])


def test_jobs_that_come_and_go_meanwhile_move_no_others(server):
    steady = in_order([f"steady {number:03}" for number in range(120)])
    schedule_many(server, steady)
    stopped = threading.Event()

    def disturb():
        with httpx.Client(base_url=server.client.base_url) as client:
            number = 0
            while not stopped.is_set():
                number += 1
                path = f"/v1.0/jobs/steady {number % 120:03}-"
                client.post(path, json={"dueTime": "1h", "overwrite": True})
                client.delete(path)

    disturber = threading.Thread(target=disturb)
    disturber.start()
    try:
        for limit in (1, 10, 50):
            seen = names(server, limit=limit)
            assert [name for name in seen if not name.endswith("-")] == steady
            assert seen == in_order(seen) and len(set(seen)) == len(seen)
    finally:
        stopped.set()
        disturber.join()


def test_a_page_of_large_payloads_ends_early_and_the_cursor_leads_on(server):
    for number in range(6):
        server.schedule(f"large {number}", dueTime="1h", data=f"{number}" * (1_500 << 10))
    found = pages(server)
    assert [len(jobs) for jobs in found] == [3, 3]
    for number, job in enumerate(job for jobs in found for job in jobs):
        assert job["data"]["value"] == f"{number}" * (1_500 << 10)


def test_a_list_shows_how_far_jobs_have_come(server, app):
    app.hold()
    server.schedule("running", schedule="@every 50ms", repeats=3)
    app.wait_for("running")
    (job,) = page(server)["jobs"]
    assert job["status"]["phase"] == "inFlight" and "lastDue" in job["status"]
    app.release()
    server.wait_until_gone("running")
    assert page(server) == {"jobs": []}


# Refusals

QUERIES = {
    "limit=0": (LIST, "limit"), "limit=1001": (LIST, "limit"), "limit=": (LIST, "limit"),
    "limit=-1": (LIST, "limit"), "limit=1.5": (LIST, "limit"), "limit=%201": (LIST, "limit"),
    "limit=5&limit=5": (MALFORMED, "limit"), "prefix=a&prefix=b": (MALFORMED, "prefix"),
    "prefix=%zz": (MALFORMED, "prefix"), "prefix=%ff": (MALFORMED, "prefix"),
    "prefix": (MALFORMED, "prefix"), "prefix=a/b": (LIST, "prefix"),
    "prefix=%00": (LIST, "prefix"), "prefix=" + "n" * 513: (LIST, "prefix"),
    "cursor=": (LIST, "cursor"), "cursor=AAAA": (LIST, "cursor"), "cursor=%": (MALFORMED, "cursor"),
    "perfix=a": (MALFORMED, "perfix"), "Limit=1": (MALFORMED, "Limit"), "&": (MALFORMED, ""),
}  # fmt: skip


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:20])
def test_a_query_that_cannot_be_read_names_its_parameter(server, query):
    code, parameter = QUERIES[query]
    response = server.client.get(f"/v1.0/jobs?{query}")
    assert response.status_code == 400, response.text
    error = response.json()
    assert error["errorCode"] == code and parameter in error["message"], error
    assert ("details" in error) == (code == LIST)


def test_a_cursor_is_of_one_list(server):
    schedule_many(server, ["a1", "a2", "b1", "b2"])
    cursor = page(server, prefix="a", limit=1)["nextCursor"]
    assert [job["name"] for job in page(server, prefix="a", cursor=cursor)["jobs"]] == ["a2"]
    for parameters in ({}, {"prefix": "b"}, {"prefix": "a1"}):
        response = server.client.get("/v1.0/jobs", params={"cursor": cursor} | parameters)
        assert response.status_code == 400 and "cursor" in response.json()["message"]


@pytest.mark.parametrize("query", ["", "?", "?prefix", "?Prefix=", "?prefix=&x=", "?limit=1", "/"])
def test_nobody_deletes_everything_by_a_slip(server, query):
    server.schedule("kept", dueTime="1h")
    response = server.client.delete(f"/v1.0/jobs{query}")
    assert response.status_code == 400, response.text
    assert server.has("kept")


# Deleting


def test_a_delete_by_prefix_deletes_what_begins_so_and_says_how_many(server):
    schedule_many(server, ["report", "report-1", "report-2", "Report", "repor", "other"])
    assert delete_all(server, "report") == 3
    assert names(server) == ["Report", "other", "repor"]
    assert delete_all(server, "report", "v1.0-alpha1") == 0
    _, report = server.audit()
    assert report["totals"]["jobsDeleted"] == 3


def test_an_empty_prefix_said_aloud_deletes_all(server):
    schedule_many(server, [f"job {number}" for number in range(300)])
    assert delete_all(server, "") == 300
    assert page(server) == {"jobs": []}


def test_jobs_deleted_by_prefix_do_not_run_and_their_names_are_free(server, app):
    schedule_many(server, [f"doomed {number}" for number in range(20)], dueTime="5s")
    assert delete_all(server, "doomed") == 20
    server.schedule("doomed 7", dueTime="5s", data="again")
    (call,) = app.wait_for("doomed 7")
    assert call.json == "again" and app.calls == [call]


def test_a_trigger_in_flight_outlives_a_delete_by_prefix(server, app):
    app.hold()
    schedule_many(server, ["held 1", "held 2"], dueTime="0s", schedule="@every 50ms")
    app.wait_for("held 1")
    app.wait_for("held 2")
    assert delete_all(server, "held") == 2
    app.release()

    def late() -> bool:
        return server.audit()[1]["totals"]["acknowledgements"].get("late", 0) == 2

    wait_until(late, "both answers are recorded as late")
    assert len(app.calls) == 2


def test_another_app_of_the_same_log_is_neither_shown_nor_deleted(serve, tmp_path):
    directory = tmp_path / "shared"
    for app_id in ("shop", "shopping", "sho"):
        server = serve(directory=directory, app_id=app_id)
        schedule_many(server, ["a", f"of {app_id}"])
        server.stop()
    server = serve(directory=directory, app_id="shop")
    assert names(server) == ["a", "of shop"]
    assert delete_all(server, "") == 2
    server.stop()
    for app_id in ("sho", "shopping"):
        server = serve(directory=directory, app_id=app_id)
        assert names(server) == ["a", f"of {app_id}"]
        server.stop()


# Kills


def test_a_list_and_its_cursor_survive_a_kill(server):
    schedule_many(server, [f"job {number:02}" for number in range(30)])
    first = page(server, limit=10)
    whole = pages(server, limit=10)
    server.kill()
    server.start()
    assert pages(server, limit=10) == whole
    assert page(server, limit=10, cursor=first["nextCursor"])["jobs"] == whole[1]


def ask_until_killed(server, ask) -> None:
    """Calls `ask` with a client of its own, again and again, until nobody answers any more."""
    with httpx.Client(base_url=server.client.base_url) as client:
        try:
            while ask(client):
                pass
        except httpx.TransportError:
            pass


def test_a_list_never_shows_what_a_kill_takes_back(server, rounds):
    for attempt in range(rounds):
        kind = f"burst {attempt}-"
        numbers = itertools.count()
        shown: set[str] = set()

        def post(client, kind=kind, numbers=numbers) -> bool:
            return client.post(f"/v1.0/jobs/{kind}{next(numbers)}", json={"dueTime": "1h"})

        def watch(client, kind=kind, shown=shown) -> bool:
            answer = client.get("/v1.0/jobs", params={"limit": 1000, "prefix": kind})
            shown.update(job["name"] for job in answer.json()["jobs"])
            return True

        with ThreadPoolExecutor(5) as pool:
            for ask in [watch, post, post, post, post]:
                pool.submit(ask_until_killed, server, ask)
            wait_until(lambda shown=shown: len(shown) > 50, "a list has shown some of the burst")
            server.kill()
        server.start()
        assert shown <= set(names(server, prefix=kind, limit=1000))


def test_a_delete_by_prefix_is_whole_or_absent_after_a_kill(server, rounds):
    many = in_order([f"many {number}" for number in range(200)])
    for attempt in range(2 * rounds):
        schedule_many(server, many, overwrite=True)
        acknowledged = threading.Event()

        def delete(client, acknowledged=acknowledged) -> bool:
            client.delete("/v1.0/jobs", params={"prefix": "many"})
            acknowledged.set()
            return False

        with ThreadPoolExecutor(1) as pool:
            pool.submit(ask_until_killed, server, delete)
            acknowledged.wait(0.01 * attempt)
            was_acknowledged = acknowledged.is_set()
            server.kill()
        server.start()
        left = names(server, prefix="many", limit=1000)
        assert left == [] or (left == many and not was_acknowledged)
