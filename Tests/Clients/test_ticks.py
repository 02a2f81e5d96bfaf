"""When and how often a job runs."""

from datetime import datetime, timedelta, timezone

import pytest

from Harness.waiting import wait_until
from histories import at, exported
from reading import SECOND, nanoseconds


def text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now() -> datetime:
    return datetime.now(timezone.utc)


def gaps(calls) -> list[float]:
    """Milliseconds from each due time to the next."""
    dues = [nanoseconds(call.due) for call in calls]
    return [(later - earlier) / 1e6 for earlier, later in zip(dues, dues[1:])]


def test_a_one_shot_runs_once_and_is_gone(either_server, either_app):
    either_server.schedule("once", dueTime="200ms", data="x")
    (call,) = either_app.wait_for("once")
    either_server.wait_until_gone("once")
    assert (call.tick, call.attempt, call.cause) == (1, 1, "schedule")
    assert either_app.calls_of("once") == [call]
    code, report = either_server.audit()
    assert code == 0 and report["totals"]["triggers"] == 1


def test_a_one_shot_runs_at_the_instant_it_names(server, app):
    due = now() + timedelta(seconds=0.5)
    server.schedule("at", dueTime=text(due))
    (call,) = app.wait_for("at")
    assert nanoseconds(call.due) == nanoseconds(text(due))


@pytest.mark.parametrize("period", [1, 100, 1_000])
def test_a_recurring_job_ticks_without_drift(either_server, either_app, period):
    """None before its time: the judge sees to that. How late they may be tools/bench says."""
    either_server.schedule("often", schedule=f"@every {period}ms", repeats=5)
    either_server.wait_until_gone("often")
    calls = either_app.calls_of("often")
    assert gaps(calls) == [period] * 4
    assert [call.tick for call in calls] == [1, 2, 3, 4, 5]


def test_a_cron_expression_ticks_on_the_second(server, app):
    server.schedule("cron", schedule="* * * * * *", repeats=2)
    calls = app.wait_for("cron", 2)
    assert all(nanoseconds(call.due) % 1_000_000_000 == 0 for call in calls)
    assert gaps(calls) == [1_000]
    server.wait_until_gone("cron")


def test_repeats_is_the_number_of_ticks(either_server, either_app):
    either_server.schedule("five", schedule="@every 50ms", repeats=5)
    either_server.wait_until_gone("five")
    assert [call.tick for call in either_app.calls_of("five")] == [1, 2, 3, 4, 5]


def test_repeats_may_be_a_numeric_string(server, app):
    server.schedule("two", schedule="@every 50ms", repeats="2")
    server.wait_until_gone("two")
    assert len(app.calls_of("two")) == 2


def test_every_0s_with_repeats_runs_back_to_back(server, app):
    server.schedule("burst", schedule="@every 0s", repeats=20)
    server.wait_until_gone("burst")
    calls = app.calls_of("burst")
    assert [call.tick for call in calls] == list(range(1, 21))
    assert len({call.key for call in calls}) == 20


def test_ttl_ends_a_job_and_a_tick_exactly_at_it_runs(either_server, either_app):
    either_server.schedule("short", schedule="@every 200ms", ttl="600ms")
    either_server.wait_until_gone("short")
    assert len(either_app.calls_of("short")) == 3


def test_a_first_tick_after_the_ttl_never_comes(server, app):
    server.schedule("never", schedule="@daily", ttl="1ms")
    server.wait_until_gone("never")
    assert app.calls_of("never") == []


def test_a_due_time_in_the_past_runs_at_once(server, app):
    due = now() - timedelta(hours=1)
    server.schedule("late", dueTime=text(due))
    (call,) = app.wait_for("late")
    assert nanoseconds(call.due) == nanoseconds(text(due))
    server.wait_until_gone("late")


def test_a_negative_due_time_runs_at_once(server, app):
    server.schedule("before", dueTime="-5s")
    (call,) = app.wait_for("before")
    created = exported(server, "before")[-1]
    assert at(created) - nanoseconds(call.due) == 5 * SECOND


def test_with_a_schedule_the_first_tick_is_the_due_time_itself(either_server, either_app):
    due = text(now() + timedelta(seconds=0.1))
    either_server.schedule("both", schedule="@every 300ms", dueTime=due, repeats=3)
    either_server.wait_until_gone("both")
    calls = either_app.calls_of("both")
    assert nanoseconds(calls[0].due) == nanoseconds(due) and gaps(calls) == [300, 300]


def test_ticks_missed_since_a_past_due_time_all_run(server, app):
    due = now() - timedelta(seconds=10)
    server.schedule("missed", schedule="@every 1s", dueTime=text(due), repeats=10)
    server.wait_until_gone("missed")
    calls = app.calls_of("missed")
    assert [call.tick for call in calls] == list(range(1, 11))
    assert nanoseconds(calls[0].due) == nanoseconds(text(due)) and gaps(calls) == [1_000] * 9


def test_a_slow_handler_delays_ticks_and_loses_none(server, app):
    app.hold()
    server.schedule("slow", schedule="@every 100ms", repeats=5)
    app.wait_for("slow")
    # Several ticks come due while the first is in hand; one tick of a job runs at a time.
    server.schedule("clock", dueTime="400ms")
    app.wait_for("clock")
    assert len(app.calls_of("slow")) == 1
    app.release()
    server.wait_until_gone("slow")
    calls = app.calls_of("slow")
    assert [call.tick for call in calls] == [1, 2, 3, 4, 5] and gaps(calls) == [100] * 4


def test_jobs_of_one_app_run_side_by_side(server, app):
    app.hold()
    for number in range(20):
        server.schedule(f"beside {number}", dueTime="0s")
    wait_until(lambda: len(app.calls) == 20, "20 handlers run at once", changed=app.changed)
    app.release()


def test_many_that_are_due_at_once_run_once_each(either_server, either_app):
    """Over gRPC they share a connection."""
    names = [f"job {number}" for number in range(200)]
    for name in names:
        either_server.schedule(name, dueTime="0s", data=name)
    either_server.wait_until_gone(*names)
    assert sorted(call.name for call in either_app.calls) == sorted(names)
