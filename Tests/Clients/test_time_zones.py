"""Schedules in time zones and durations in ISO 8601: when jobs are due, and what is refused."""

from datetime import date, datetime, time, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tzdata

from asking import batch
from judging import judge
from reading import nanoseconds

DIRECTORIES = {
    "system": Path("/usr/share/zoneinfo"),
    "tzdata": Path(tzdata.__file__).parent / "zoneinfo",
}
ZONES = [
    "Africa/Casablanca", "America/New_York", "America/Santiago", "America/St_Johns",
    "Antarctica/Troll", "Asia/Gaza", "Asia/Kathmandu", "Australia/Lord_Howe", "Etc/GMT+5",
    "Europe/Berlin", "Europe/Dublin", "Pacific/Apia", "Pacific/Chatham",
]  # fmt: skip
TZDATA = "install the package tzdata"


def now() -> datetime:
    return datetime.now(timezone.utc)


def next_due(server, name: str) -> str:
    return server.get(name).json()["status"]["nextDue"]


def refusal(server, **fields) -> str:
    """Why the server refuses a job, which is not there afterwards."""
    response = server.post("refused", fields, "v1.0")
    assert response.status_code == 400, response.text
    error = response.json()
    assert error["errorCode"] == "DAPR_SCHEDULER_SCHEDULE_JOB"
    assert not server.has("refused")
    return error["message"]


# When zoned jobs are due


def next_change(zone: tzinfo, after: datetime) -> date:
    """The day on which clocks are changed next, or some day if they are not changed."""
    days = [(after + timedelta(days=days)).astimezone(zone) for days in range(366)]
    pairs = zip(days, days[1:])
    changes = (later for day, later in pairs if day.utcoffset() != later.utcoffset())
    return next(changes, days[100]).date()


def first(zone: tzinfo, after: datetime, clock: time, on: date | None = None) -> str:
    """The first instant after `after` when clocks show `clock`, on that day of a year or any."""
    today = after.astimezone(zone).date()
    for days in range(-1, 5 * 366):
        day = today + timedelta(days=days)
        if on and (day.month, day.day) != (on.month, on.day):
            continue
        for fold in (0, 1):
            local = datetime.combine(day, clock.replace(fold=fold), zone)
            instant = local.astimezone(timezone.utc)
            is_skipped = instant.astimezone(zone).time() != clock
            if instant > after and not is_skipped:
                return instant.strftime("%FT%TZ")
    raise AssertionError(f"never {clock} in {zone}")


@pytest.mark.parametrize("directory", DIRECTORIES)
def test_a_zoned_job_is_due_when_others_say_so(serve, monkeypatch, directory):
    """Three readings of one directory: the server's, that of `daybook jobs next`, and Python's."""
    path = DIRECTORIES[directory]
    monkeypatch.setenv("TZDIR", str(path))
    server = serve()
    cases = {}
    for name in ZONES:
        with (path / name).open("rb") as file:
            zone = ZoneInfo.from_file(file)
        change = next_change(zone, now())
        for clock in (time(0), time(0, 30), time(1, 30), time(2, 30), time(12, 45)):
            prefix, at = f"TZ={name} 0 {clock.minute} {clock.hour}", (zone, clock)
            cases[f"{prefix} * * *"] = (*at, None)
            cases[f"CRON_{prefix} {change.day} {change.month} *"] = (*at, change)
        cases[f"TZ={name} @daily"] = (zone, time(0), None)
        cases[f"CRON_TZ={name} @yearly"] = (zone, time(0), date(2000, 1, 1))
    before = now()
    for number, schedule in enumerate(cases):
        server.schedule(f"case {number}", schedule=schedule)
    after = now()
    # One of both where a tick fell between them.
    starts = [moment.isoformat().replace("+00:00", "Z") for moment in (before, after)]
    asked = [batch(*cases, start=start, TZDIR=str(path)) for start in starts]
    for number, (schedule, *answers) in enumerate(zip(cases, *asked)):
        due = next_due(server, f"case {number}")
        zone, clock, on = cases[schedule]
        assert due in answers, schedule
        assert due in [first(zone, moment, clock, on) for moment in (before, after)], schedule


@pytest.mark.parametrize("directory", DIRECTORIES)
def test_a_zoned_job_runs_on_time(serve, app, monkeypatch, directory):
    monkeypatch.setenv("TZDIR", str(DIRECTORIES[directory]))
    server = serve(app)
    # Due in this minute and the next few, as clocks in Kathmandu show them, and at no other time.
    moments = [now() + timedelta(hours=5, minutes=45 + minutes) for minutes in range(3)]
    minutes = ",".join(str(moment.minute) for moment in moments)
    hours = ",".join({str(moment.hour) for moment in moments})
    server.schedule("often", schedule=f"TZ=Asia/Kathmandu */2 {minutes} {hours} * * *", repeats=3)
    server.wait_until_gone("often")
    calls = app.calls_of("often")
    assert [call.tick for call in calls] == [1, 2, 3]
    dues, two_seconds = [nanoseconds(call.due) for call in calls], 2_000_000_000
    assert dues[0] % two_seconds == 0
    assert dues == [dues[0] + number * two_seconds for number in range(3)]
    report = judge(server)
    assert (report["totals"]["ticks"], report["totals"]["ticksRescheduled"]) == (3, 0)


def test_the_status_of_a_zoned_job_tells_its_ticks(server, app):
    server.schedule("told", schedule="TZ=Europe/Berlin * * * * * *")
    app.wait_for("told", 2)
    # What is in flight is no tick done yet.
    status = server.get("told").json()["status"]
    assert status["phase"] in ("waiting", "inFlight") and status["attempt"] == 1
    assert status["ticksDone"] >= 1
    step = nanoseconds(status["nextDue"]) - nanoseconds(status["lastDue"])
    assert step == 1_000_000_000
    server.delete("told")


# What is refused


@pytest.mark.parametrize(
    "schedule, words",
    [
        ("TZ=Mars/Olympus @daily", "unknown time zone Mars/Olympus"),
        ("CRON_TZ=europe/berlin @daily", "unknown time zone europe/berlin"),
        ("TZ=Europe @daily", "unknown time zone Europe"),
        ("TZ=../../etc/passwd @daily", "unknown time zone ../../etc/passwd"),
        ("TZ=/etc/localtime @daily", "unknown time zone /etc/localtime"),
        ("TZ=zone.tab @daily", "unknown time zone zone.tab"),
        ("TZ=Local @daily", "name a zone such as Europe/Berlin"),
        ("TZ=localtime @daily", "name a zone such as Europe/Berlin"),
        ("TZ=UTC", "timezone prefix TZ=UTC is not followed by a schedule"),
        ("TZ=Europe/Berlin ", "expected exactly 6 fields, found 0"),
        ("TZ=Europe/Berlin @every 1s", "timezone is not supported for @every"),
        ("TZ=UTC @every 1s", "timezone is not supported for @every"),
        ("TZ=Europe/Berlin TZ=UTC @daily", "expected exactly 6 fields"),
        ("TZ=Europe/Berlin 0 0 0 30 2 *", "never comes due"),
    ],
)
def test_a_zone_or_what_follows_it_is_refused(serve, schedule, words):
    message = refusal(serve(), schedule=schedule)
    assert "schedule: " in message and words in message, message


def test_utc_needs_no_rules(serve, tmp_path, monkeypatch):
    monkeypatch.setenv("TZDIR", str(tmp_path / "missing"))
    server = serve()
    for schedule in ("@daily", "TZ=UTC @daily", "CRON_TZ=UTC 0 0 0 * * *", "TZ= @daily"):
        server.schedule(schedule, schedule=schedule)
        assert next_due(server, schedule).endswith("T00:00:00Z")


@pytest.mark.parametrize("place", ["missing", "empty", "file"])
def test_without_zones_it_is_said_what_to_install(serve, app, tmp_path, monkeypatch, place):
    directory = tmp_path / place
    if place == "empty":
        directory.mkdir()
    if place == "file":
        directory.write_text("no directory")
    monkeypatch.setenv("TZDIR", str(directory))
    server = serve(app)
    message = refusal(server, schedule="TZ=Europe/Berlin @daily")
    assert TZDATA in message and f"TZDIR={directory}" in message
    server.schedule("every", schedule="@every 100ms", repeats=2)
    server.schedule("cron", schedule="TZ=UTC * * * * * *", repeats=1)
    server.wait_until_gone("every", "cron")
    assert (len(app.calls_of("every")), len(app.calls_of("cron"))) == (2, 1)


# Durations in ISO 8601


def test_a_due_time_may_be_an_iso_duration(server, app):
    before = now().timestamp()
    server.schedule("later", dueTime="P1DT2H3M4S")
    server.schedule("once", dueTime="PT1S")
    after = now().timestamp()
    span = timedelta(days=1, hours=2, minutes=3, seconds=4).total_seconds()
    assert before <= nanoseconds(next_due(server, "later")) / 1e9 - span <= after
    server.wait_until_gone("once")
    (call,) = app.calls_of("once")
    assert before <= nanoseconds(call.due) / 1e9 - 1 <= after


def test_a_ttl_may_be_an_iso_duration(server, app):
    server.schedule("short", schedule="@every 1s", ttl="PT3S")
    server.wait_until_gone("short")
    assert [call.tick for call in app.calls_of("short")] == [1, 2, 3]


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"dueTime": "R3/PT1H"}, "dueTime: repeats not supported"),
        ({"schedule": "@daily", "ttl": "R3/PT1H"}, "ttl: repeats not supported"),
        ({"dueTime": "P"}, "dueTime: "),
        ({"dueTime": "PT0.5S"}, "dueTime: "),
        ({"schedule": "R3/PT1H"}, "schedule: "),
    ],
)
def test_an_iso_duration_is_refused(serve, fields, words):
    assert words in refusal(serve(), **fields)
