"""Namespaces that are deleted: exactly theirs, all or nothing, and nothing comes back."""

import signal

import httpx
import pytest

from Harness.waiting import wait_until
from operating import actor, app, done, everything, operator, owners, path, post

NAMESPACES = ["test", "test-1", "tes", "testtest", "default"]


def fill(server, *namespaces: str) -> None:
    """Two apps' jobs and two actors' reminders in each."""
    with operator(server) as client:
        for namespace in namespaces:
            for name in ("a", "b"):
                post(client, app("shop", name, namespace=namespace))
                post(client, app("test", name, namespace=namespace))
                post(client, actor("cart", name, "tick", namespace=namespace))


def left(server) -> list[str]:
    with operator(server) as client:
        return sorted({name.split("/")[0] for name in owners(everything(client))})


def test_exactly_that_namespace_goes(serve):
    server = serve()
    fill(server, *NAMESPACES)
    server.schedule("mine", dueTime="1h")
    assert done(server, "delete-namespace", "test") == '{"deleted":6}\n'
    assert left(server) == sorted(set(NAMESPACES) - {"test"})
    assert done(server, "delete-namespace", "test") == '{"deleted":0}\n'
    assert done(server, "delete-namespace", "test-1", "-o", "table") == "deleted 6 jobs\n"
    assert done(server, "delete-namespace", "nobody", "-o", "jsonl") == '{"deleted":0}\n'
    assert server.has("mine")
    server.kill()
    server.start()
    assert left(server) == ["default", "tes", "testtest"]
    assert done(server, "delete-namespace", "default") == '{"deleted":7}\n'
    assert not server.has("mine")


def test_its_names_are_free_again_and_histories_tell_of_it(serve):
    server = serve()
    fill(server, "test")
    done(server, "delete-namespace", "test")
    fill(server, "test")
    with operator(server) as client:
        job = app("shop", "a", namespace="test")
        reminder = actor("cart", "a", "tick", namespace="test")
        for place in (job, reminder):
            response = client.get(f"{place}/history").json()["history"]
            kinds = [event["kind"] for event in response]
            assert kinds == ["created", "deletedByPrefix", "created"]
            assert response[1]["count"] == (4 if "apps" in place else 2)
    table = done(server, "history", "a", "--app", "shop", "--namespace", "test", "-o", "table")
    assert "with all jobs of the namespace" in table
    flags = ("--actor", "cart/a", "--namespace", "test", "-o", "table")
    table = done(server, "history", "tick", *flags)
    assert "with all reminders of the namespace" in table


def test_a_namespace_of_apps_alone_or_of_actors_alone(serve):
    server = serve()
    with operator(server) as client:
        post(client, app("shop", "a", namespace="apps"))
        post(client, actor("cart", "a", "tick", namespace="actors"))
    assert done(server, "delete-namespace", "apps") == '{"deleted":1}\n'
    assert done(server, "delete-namespace", "actors") == '{"deleted":1}\n'
    code, report = server.audit()
    assert code == 0 and report["totals"]["jobsDeleted"] == 2


def test_a_call_in_flight_is_finished_and_no_other_follows(serve, apps):
    app_ = apps()
    app_.start()
    server = serve(app_)
    app_.hold()
    server.schedule("often", schedule="@every 10ms")
    app_.wait_for("often")
    assert done(server, "delete-namespace", "default") == '{"deleted":1}\n'
    app_.release()
    server.schedule("marker", dueTime="0s")
    app_.wait_for("marker")
    assert len(app_.calls_of("often")) == 1


# The first pass of a life belongs to the turn that records its beginning; the deletion comes next.
# It writes two records, one for each kind.
BEFORE = ["request-decoded", "append-begun@2", "record-put@2", "record-put@3", "seal-put@2"]
AFTER = ["turn-committed@2", "head-advanced@2", "reply-begun", "response-known"]


@pytest.mark.parametrize("failpoint", BEFORE + AFTER)
def test_kill_9_leaves_all_or_nothing(serve, failpoint):
    server = serve()
    fill(server, "test", "test-1")
    server.kill()
    server.start({"DAYBOOK_FAILPOINT": failpoint})
    with operator(server) as client, pytest.raises(httpx.TransportError):
        client.delete(path("namespaces", "test"))
    assert server.process.wait(60) == -signal.SIGKILL
    server.start()
    with operator(server) as client:
        places = [path("namespaces", name, "jobs") for name in ("test", "test-1")]
        counts = [len(everything(client, place)) for place in places]
    assert counts == [6 if failpoint in BEFORE else 0, 6]
    # Asked for again, it is done.
    done(server, "delete-namespace", "test")
    assert left(server) == ["test-1"]


def test_kills_in_the_middle_of_many_deletions(serve, rounds):
    server = serve()
    for _ in range(2 * rounds):
        fill(server, *NAMESPACES)
        acknowledged = []
        with operator(server) as client:
            for namespace in NAMESPACES[:3]:
                response = client.delete(path("namespaces", namespace))
                assert response.json() == {"deleted": 6}
                acknowledged.append(namespace)
        server.kill()
        server.start()
        assert not set(left(server)) & set(acknowledged)
        done(server, "delete-namespace", "default")
        done(server, "delete-namespace", "testtest")
    wait_until(lambda: left(server) == [], "all are gone")
