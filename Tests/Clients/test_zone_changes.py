"""Rules of time zones that change, vanish or come to harm: what a restart makes of it. The zones
are the tests' own; in each it is noon when a test says so, and jobs are due at noon."""

import math
import os
import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from Harness.app import Answer
from Harness.waiting import wait_until
from judging import judge
from zonefiles import write_noon, write_zone

pytestmark = pytest.mark.zones_change

CITY = "TZ=Test/City 0 0 12 * * *"
TOWN = "CRON_TZ=Test/Town 0 0 12 * * *"
DAY = timedelta(days=1)
KEPT = "a time zone keeps the rules in the log"


def later(**span) -> datetime:
    """An instant in whole seconds, rounded up."""
    seconds = math.ceil((datetime.now(timezone.utc) + timedelta(**span)).timestamp())
    return datetime.fromtimestamp(seconds, timezone.utc)


def text(moment: datetime) -> str:
    return moment.strftime("%FT%TZ")


def status(server, name: str) -> dict:
    return server.get(name).json()["status"]


def next_due(server, name: str) -> str:
    return status(server, name)["nextDue"]


def warnings(server) -> int:
    return sum(KEPT in line and '"warning"' in line for line in server.log().splitlines())


# Ticks move, or stay


def test_a_restart_moves_the_ticks_of_a_changed_zone_and_no_others(city, serve):
    town = city.with_name("Town")
    noon, moved = later(hours=6), later(hours=2)
    write_noon(city, noon)
    write_noon(town, noon)
    server = serve()
    server.schedule("city", schedule=CITY)
    server.schedule("town", schedule=TOWN)
    server.schedule("at a due time", schedule=CITY, dueTime=text(noon))
    server.schedule("once", dueTime=text(noon))
    server.schedule("daily", schedule="@daily")
    server.schedule("cron in UTC", schedule="TZ=UTC 0 0 12 * * *")
    server.schedule("interval", schedule="@every 6h")
    names = ["city", "town", "at a due time", "once", "daily", "cron in UTC", "interval"]
    before = {name: next_due(server, name) for name in names}
    for name in ("city", "town", "at a due time", "once"):
        assert before[name] == text(noon)
    server.stop()
    write_noon(city, moved)
    # Other bytes, which say the same of the time.
    town.write_bytes(town.read_bytes().replace(b"XST", b"YST"))
    server.start()
    after = {name: next_due(server, name) for name in names}
    assert after == before | {"city": text(moved)}
    assert judge(server)["totals"]["ticksRescheduled"] == 1
    server.stop()
    server.start()
    assert {name: next_due(server, name) for name in names} == after
    assert judge(server)["totals"]["ticksRescheduled"] == 1


def test_many_changes_one_after_another(city, serve):
    write_noon(city, later(hours=12))
    server = serve()
    server.schedule("city", schedule=CITY)
    generation = status(server, "city")["generation"]
    for hours in (3, 9, 1, 9):
        server.stop()
        noon = later(hours=hours)
        write_noon(city, noon)
        server.start()
        assert status(server, "city") == {
            "generation": generation, "phase": "waiting", "ticksDone": 0, "attempt": 1,
            "nextDue": text(noon),
        }  # fmt: skip
    assert judge(server)["totals"]["ticksRescheduled"] == 4


def test_a_tick_moved_to_now_runs_and_one_moved_away_does_not(city, serve, app):
    """Each once: also the one that would have been due at the old time too."""
    town = city.with_name("Town")
    server = serve(app)
    soon, far = later(seconds=5), later(hours=5)
    write_noon(city, far)
    write_noon(town, soon)
    server.schedule("hither", schedule=CITY)
    server.schedule("away", schedule=TOWN)
    assert (next_due(server, "hither"), next_due(server, "away")) == (text(far), text(soon))
    server.stop()
    write_noon(city, soon)
    write_noon(town, far)
    server.start()
    assert (next_due(server, "hither"), next_due(server, "away")) == (text(soon), text(far))
    server.schedule("clock", dueTime=text(soon + timedelta(seconds=1)))
    app.wait_for("clock")
    (call,) = app.calls_of("hither")
    assert (call.due, call.tick, call.attempt, call.cause) == (text(soon), 1, 1, "schedule")
    assert app.calls_of("away") == []
    assert next_due(server, "hither") == text(soon + DAY)
    assert judge(server)["totals"]["ticksRescheduled"] == 2


def test_what_ran_by_the_old_rules_stays_right(city, serve, app):
    """A job that has run at noon runs again when the clocks are changed to before noon."""
    server = serve(app)
    noon = later(seconds=2)
    write_noon(city, noon)
    server.schedule("city", schedule=CITY)
    app.wait_for("city")
    wait_until(lambda: status(server, "city")["ticksDone"] == 1, "the tick is done")
    assert next_due(server, "city") == text(noon + DAY)
    server.stop()
    again = later(seconds=3)
    write_noon(city, again)
    server.start()
    found = status(server, "city")
    assert (found["lastDue"], found["nextDue"]) == (text(noon), text(again))
    first, second = app.wait_for("city", 2)
    assert (first.due, second.due) == (text(noon), text(again))
    assert (first.tick, second.tick) == (1, 2)
    wait_until(lambda: status(server, "city")["ticksDone"] == 2, "the tick is done")
    report = judge(server)
    assert (report["totals"]["ticks"], report["totals"]["ticksRescheduled"]) == (2, 1)


def test_a_tick_that_was_due_before_the_start_stays(city, serve, app):
    server = serve(app)
    noon = later(seconds=2)
    write_noon(city, noon)
    server.schedule("city", schedule=CITY)
    server.stop()
    moved = later(hours=3)
    write_noon(city, moved)
    wait_until(lambda: datetime.now(timezone.utc) > noon, "it is due")
    server.start()
    (call,) = app.wait_for("city")
    assert call.due == text(noon)
    # Its next one is counted by the new rules.
    wait_until(lambda: status(server, "city")["ticksDone"] == 1, "the tick is done")
    assert next_due(server, "city") == text(moved)
    assert judge(server)["totals"]["ticksRescheduled"] == 0


def test_a_retry_stays(city, serve, app):
    app.answers("failing", Answer(500))
    noon, moved = later(hours=6), later(hours=2)
    write_noon(city, noon)
    server = serve(app)
    policy = {"constant": {"interval": "3600s", "maxRetries": 3}}
    server.schedule("failing", schedule=CITY, dueTime="0s", failurePolicy=policy)
    wait_until(lambda: status(server, "failing")["phase"] == "retrying", "it has failed")
    before = status(server, "failing")
    assert (before["attempt"], before["nextDue"]) == (2, text(noon))
    server.stop()
    write_noon(city, moved)
    server.start()
    assert status(server, "failing") == before | {"nextDue": text(moved)}
    assert judge(server)["totals"]["ticksRescheduled"] == 0


def test_a_job_whose_tick_moves_beyond_its_ttl_is_at_its_end(city, serve):
    write_noon(city, later(hours=2))
    server = serve()
    server.schedule("short", schedule=CITY, ttl="PT4H")
    server.schedule("long", schedule=CITY, ttl="PT8H")
    server.stop()
    noon = later(hours=6)
    write_noon(city, noon)
    server.start()
    assert not server.has("short")
    assert next_due(server, "long") == text(noon)
    totals = judge(server)["totals"]
    assert (totals["ticksRescheduled"], totals["jobsDeleted"]) == (2, 1)


# Files that change, vanish or come to harm


def test_new_files_have_no_effect_until_a_restart(city, serve):
    noon, moved = later(hours=6), later(hours=2)
    write_noon(city, noon)
    server = serve()
    server.schedule("old", schedule=CITY)
    write_noon(city, moved)
    server.schedule("new", schedule=CITY)
    # A zone that no job has used yet is read now.
    write_noon(city.with_name("Town"), moved)
    server.schedule("town", schedule=TOWN)
    assert [next_due(server, name) for name in ("old", "new")] == 2 * [text(noon)]
    server.kill()
    server.start()
    assert [next_due(server, name) for name in ("old", "new", "town")] == 3 * [text(moved)]
    assert judge(server)["totals"]["ticksRescheduled"] == 2


def replace(path: Path, make) -> None:
    path.unlink()
    make(path)


DAMAGES = {
    "removed": Path.unlink,
    "directory removed": lambda path: shutil.rmtree(path.parents[1]),
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_bytes(b"It is always noon here.\n"),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "impossible rule": lambda path: write_zone(path, "XST-25"),
    "too large": lambda path: path.write_bytes(path.read_bytes() + bytes(1 << 20)),
    "directory": lambda path: replace(path, Path.mkdir),
    "pipe": lambda path: replace(path, os.mkfifo),
    "link to nowhere": lambda path: replace(path, lambda path: path.symlink_to("nowhere")),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_without_its_file_a_zone_keeps_the_rules_in_the_log(city, serve, app, damage):
    noon, moved = later(hours=6), later(hours=2)
    write_noon(city, noon)
    server = serve(app)
    server.schedule("old", schedule=CITY)
    server.schedule("often", schedule="TZ=Test/City * * * * * *")
    server.stop()
    assert warnings(server) == 0
    DAMAGES[damage](city)
    server.start()
    assert warnings(server) == 1, server.log()
    server.schedule("new", schedule=CITY)
    calls = len(app.calls)
    app.wait_until(lambda: len(app.calls) > calls, "the job goes on")
    server.delete("often")
    # A file that is good again, and says something else, is another matter only for the next start.
    shutil.rmtree(city.parents[1], ignore_errors=True)
    write_noon(city, moved)
    server.schedule("newer", schedule=CITY)
    names = ("old", "new", "newer")
    assert [next_due(server, name) for name in names] == 3 * [text(noon)]
    server.stop()
    server.start()
    assert [next_due(server, name) for name in names] == 3 * [text(moved)]
    assert warnings(server) == 1
    assert judge(server)["totals"]["ticksRescheduled"] == 3
