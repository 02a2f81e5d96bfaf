"""Daybook among programs in Go, as daprd and most apps of Dapr are: grpc-go with its defaults pings
with almost every message it is sent, and is cut off nowhere for that."""

from collections import Counter
from itertools import count

import pytest

from grpc_app import ALPHA, STABLE
from Harness.making import making
from Harness.waiting import wait_until
from peers import PATIENCE, GoApp, GoWatch, schedule
from sidecar import app as whose
from test_grpc_app import outcomes

pytestmark = pytest.mark.sidecars

# No tick is given up because an app was killed under it.
RETRYING = {"constant": {"interval": "0.1s"}}


@pytest.fixture
def go_apps(tmp_path, ports):
    """Makes apps in Go that listen: go_apps("--delay=10ms"). They are killed in the end."""

    def started(*flags) -> GoApp:
        port = ports.free()
        app = GoApp(port, tmp_path / f"calls of app {port}", *flags)
        app.start()
        return app

    with making(started, GoApp.kill) as make:
        yield make


@pytest.fixture
def go_watch(server, tmp_path):
    """Opens streams of triggers: go_watch("--triggers=10")."""
    numbers = count()

    def started(*flags) -> GoWatch:
        notes = tmp_path / f"triggers of watch {next(numbers)}"
        server.receivers.append(GoWatch(server.scheduler_port, notes, *flags))
        return server.receivers[-1]

    with making(started, GoWatch.abandon) as make:
        yield make


@pytest.fixture
def long(request) -> bool:
    return request.config.getoption("--long")


def wait_until_all_is_done(scheduler) -> None:
    """No job of the watching app is left: every tick is answered, durably."""
    wait_until(
        lambda: not scheduler.ListJobs(metadata=whose()).jobs, "all ticks are answered", PATIENCE
    )


def wait_until_gone(server, jobs: int) -> None:
    for number in range(jobs):
        wait_until(lambda: not server.has(f"job {number}"), "all jobs are at their end", PATIENCE)


def assert_every_tick_came(calls, jobs: int, ticks: int) -> None:
    """Of each of the jobs, whatever else came again."""
    found = {(call.name, call.tick) for call in calls}
    assert len(found) == jobs * ticks, f"{len(found)} ticks of {jobs * ticks}"


# Unary calls


@pytest.mark.parametrize("service", ["runtime", "scheduler"])
def test_a_thousand_calls_take_one_connection(server, stub, service):
    port = {"runtime": server.grpc_port, "scheduler": server.scheduler_port}[service]
    said = schedule(port, 1_000, service=service)
    assert (said["ok"], said["errors"], said["reconnects"]) == (1_000, {}, 0)
    wanted = {f"job {number}" for number in range(1_000)}
    assert {job.name for job in stub(server).ListJobs().jobs} == wanted


@pytest.mark.parametrize("service", ["runtime", "scheduler"])
def test_a_job_is_there_already_if_it_is_and_only_then(server, service):
    """A client that was cut off asks again, and is told of what it did itself."""
    port = {"runtime": server.grpc_port, "scheduler": server.scheduler_port}[service]
    said = schedule(port, 2_000, service=service, in_flight=16)
    assert (said["ok"], said["errors"], said["reconnects"]) == (2_000, {}, 0)
    again = schedule(port, 2_000, service=service, in_flight=16)
    assert (again["ok"], again["errors"]) == (0, {"AlreadyExists": 2_000})
    assert again["reconnects"] == 0


def test_many_connections_with_many_calls_each_are_served_side_by_side(server, stub):
    said = schedule(server.grpc_port, 2_000, connections=20, in_flight=20)
    assert (said["ok"], said["errors"], said["reconnects"]) == (2_000, {}, 0)
    assert len(stub(server).ListJobs().jobs) == 2_000


# Streams of triggers


@pytest.mark.audited_only("its client counts what comes, which is much")
def test_a_stream_with_thousands_of_triggers_a_second_never_breaks(
    server, scheduler, go_watch, rounds
):
    """500 jobs every 100 ms, for 10 s. (--long: for 100 s.)"""
    jobs, ticks = 500, 100 * rounds
    watch = go_watch(f"--triggers={jobs * ticks}")
    every = {"schedule": "@every 100ms", "repeats": ticks}
    said = schedule(server.scheduler_port, jobs, service="scheduler", in_flight=16, **every)
    assert (said["ok"], said["reconnects"]) == (jobs, 0)
    seen = watch.report()
    print(seen)
    assert seen["breaks"] == []
    assert (seen["triggers"], seen["duplicates"]) == (jobs * ticks, 0)
    wait_until_all_is_done(scheduler)
    assert outcomes(server) == {"succeeded": jobs * ticks}


def test_a_stream_whose_answers_take_a_while_never_breaks(server, scheduler, go_watch):
    """Many triggers are unanswered at a time."""
    watch = go_watch("--delay=300ms", "--triggers=5000")
    schedule(
        server.scheduler_port, 500, service="scheduler", in_flight=16,
        schedule="@every 50ms", repeats=10,
    )  # fmt: skip
    seen = watch.report()
    assert (seen["breaks"], seen["triggers"], seen["duplicates"]) == ([], 5_000, 0)
    wait_until_all_is_done(scheduler)


def test_a_stream_with_nothing_to_send_stays(scheduler, go_watch, long):
    """Its client pings every 10 s, and so may the server. (--long: for five minutes.)"""
    watch = go_watch("--triggers=1")
    job = {"due_time": "300s" if long else "25s"}
    scheduler.ScheduleJob(name="late", metadata=whose(), job=job)
    watch.wait_for(1, 300 + PATIENCE)
    seen = watch.report()
    assert (seen["breaks"], seen["triggers"]) == ([], 1)


def test_a_server_that_is_killed_is_found_again_and_every_repeat_is_explained(
    server, scheduler, go_watch, rounds
):
    jobs, ticks = 50, 40 * rounds
    watch = go_watch()
    every = {"schedule": "@every 50ms", "repeats": ticks}
    schedule(server.scheduler_port, jobs, service="scheduler", in_flight=16, **every)
    for life in range(1, 3 * rounds + 1):
        watch.wait_for(life * jobs * 10)
        server.kill()
        server.start()
    wait_until_all_is_done(scheduler)
    seen = watch.stop()
    assert len(seen["breaks"]) == 3 * rounds, seen["breaks"]
    assert_every_tick_came(watch.calls, jobs, ticks)


def test_a_restart_costs_a_handler_one_more_call_at_most(server, go_watch, long):
    """60 handlers at work in two sidecars when the scheduler is killed, ten times. Their streams of
    triggers may be there again before that of WatchHosts is, and are replaced when it is: what was
    sent again by the first ran a third time. (--long: 200 times.)"""
    watches = [go_watch("--as-daprd", "--delay=1s") for _ in range(2)]

    def calls() -> Counter:
        return Counter(call.name for watch in watches for call in watch.calls)

    restarts = 200 if long else 10
    for restart in range(restarts):
        names = {f"job {restart} {number}" for number in range(60)}
        for name in names:
            server.schedule(name, dueTime="0s")
        wait_until(lambda: names <= calls().keys(), "the handlers work", PATIENCE)
        server.kill()
        server.start()
        server.wait_until_gone(*names, deadline=PATIENCE)
    assert calls().keys() == {f"job {r} {n}" for r in range(restarts) for n in range(60)}
    assert set(calls().values()) == {1, 2} or set(calls().values()) == {2}


# Apps that are called


def test_an_app_that_is_busy_is_never_cut_off(serve_grpc, go_apps):
    """5,000 calls, 64 at a time: as many as its scheduler lets it have."""
    app = go_apps("--delay=20ms")
    server = serve_grpc(app)
    schedule(server.grpc_port, 500, in_flight=16, schedule="@every 50ms", repeats=10)
    seen = when_all_is_answered(server, app, 5_000)
    assert 1 < seen["inFlightMax"] <= 64
    assert {call.raw_path for call in app.calls} == {STABLE.encode()}


def test_an_app_that_is_called_now_and_then_is_never_cut_off(serve_grpc, go_apps):
    """Calls that come one by one are worth a ping each."""
    app = go_apps()
    server = serve_grpc(app)
    for number in range(10):
        server.schedule(f"job {number}", schedule="@every 30ms", repeats=100)
    when_all_is_answered(server, app, 1_000)


def when_all_is_answered(server, app, ticks: int) -> dict:
    """What the app says in the end, of which it has seen each tick once."""
    app.wait_for_calls(ticks)
    wait_until(lambda: sum(outcomes(server).values()) >= ticks, "all is answered", PATIENCE)
    seen = app.stop()
    assert (seen["calls"], seen["cancelled"]) == (ticks, 0)
    assert len({call.key for call in app.calls}) == ticks
    assert outcomes(server) == {"succeeded": ticks}
    return seen


def test_an_app_with_the_older_method_alone_is_called_by_it(serve_grpc, go_apps):
    app = go_apps("--alpha-only")
    server = serve_grpc(app)
    server.schedule("test", schedule="@every 10ms", repeats=50)
    server.wait_until_gone("test")
    assert [call.raw_path for call in app.calls] == [ALPHA.encode()] * 50
    assert outcomes(server) == {"succeeded": 50}


@pytest.mark.parametrize("who", ["app stops", "app is killed", "server is killed"])
def test_whoever_ends_at_work_no_tick_is_missed(serve_grpc, go_apps, rounds, who):
    """An app that stops says goodbye and finishes what it has begun: nothing fails and nothing is
    repeated."""
    app = go_apps("--delay=30ms")
    server = serve_grpc(app)
    jobs, ticks = 20, 20 * rounds
    policy = {"failurePolicy": RETRYING} if who == "app is killed" else {}
    for number in range(jobs):
        server.schedule(f"job {number}", schedule="@every 50ms", repeats=ticks, **policy)
    for life in range(1, 3 * rounds + 1):
        app.wait_for_calls(life * jobs * 5)
        if who == "app stops":
            assert app.stop()["cancelled"] == 0
        else:
            (app if who == "app is killed" else server).kill()
        (server if who == "server is killed" else app).start()
    wait_until_gone(server, jobs)
    assert_every_tick_came(app.calls, jobs, ticks)
    if who == "app stops":
        assert len(app.calls) == jobs * ticks
        # What found nobody there has not been seen.
        assert outcomes(server).keys() <= {"succeeded", "undeliverable"}


# Patience


@pytest.mark.parametrize("kind", ["go", "python"])
def test_a_call_that_takes_minutes_is_made_once(serve_grpc, go_apps, grpc_apps, long, kind):
    """Whatever pings there are meanwhile. (--long only.)"""
    if not long:
        pytest.skip("takes three minutes")
    if kind == "go":
        app = go_apps("--slow=180s")
    else:
        app = grpc_apps()
        app.start()
        app.hold()
    server = serve_grpc(app)
    server.schedule("slow", dueTime="0s", failurePolicy={"drop": {}})
    server.schedule("mark", dueTime="180s", failurePolicy={"drop": {}})
    wait_until(lambda: "mark" in [call.name for call in app.calls], "minutes", 180 + PATIENCE)
    if kind == "python":
        app.release()
    wait_until(lambda: outcomes(server) == {"succeeded": 2}, "both are answered")
    assert sorted(call.name for call in app.calls) == ["mark", "slow"]
