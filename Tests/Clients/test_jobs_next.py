"""`daybook jobs next`: when a schedule will be due, asked without a server."""

import json
import os
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from asking import CANNOT_OPEN, NEVER, USAGE, answer, ask, batch, dues, on_terminal, refused
from Harness.programs import BINARY
from zonefiles import write_zone

TZDATA = "install the package tzdata"


@pytest.fixture
def zones(tmp_path) -> Path:
    """A directory of time zones that only these tests know."""
    directory = tmp_path / "zones"
    write_zone(directory / "Test/East", "XST-2")
    return directory


# What is answered


def test_without_a_zone_a_schedule_is_utc():
    assert answer("0 30 6 * * MON-FRI", "--from", "2026-11-20T06:29:59.5Z", "-n", "3") == {
        "schedule": "0 30 6 * * MON-FRI",
        "from": "2026-11-20T06:29:59.5Z",
        "zone": "UTC",
        "next": ["2026-11-20T06:30:00Z", "2026-11-23T06:30:00Z", "2026-11-24T06:30:00Z"],
    }
    assert dues("0 30 6 * * *", "2026-11-20T06:30:00Z", 1) == ["2026-11-21T06:30:00Z"]


def test_ten_are_printed_unless_told_otherwise_and_a_hundred_thousand_at_most():
    assert len(answer("@daily")["next"]) == 10
    many = dues("* * * * * *", "2030-01-01T00:00:00Z", 100_000)
    assert len(set(many)) == 100_000 and many[-1] == "2030-01-02T03:46:40Z"
    for count in ("0", "100001", "-1", "x"):
        assert ask("@daily", "-n", count).returncode == USAGE


def test_intervals_count_from_the_start():
    start = "2026-11-22T06:04:00.25Z"
    dues_expected = ["2026-11-22T06:04:01.75Z", "2026-11-22T06:04:03.25Z"]
    assert dues("@every 1500ms", start, 2) == dues_expected


def test_the_start_may_be_relative_to_now():
    before = datetime.now(timezone.utc)
    for text, span in [("36h", 36 * 3600), ("-90m", -90 * 60), ("0s", 0)]:
        start = datetime.fromisoformat(answer("@daily", "--from", text)["from"])
        assert timedelta(0) <= start - before - timedelta(seconds=span) < timedelta(minutes=5)
    start = datetime.fromisoformat(answer("@daily")["from"])
    assert start >= before


def test_a_skipped_local_time_never_comes():
    new_york = "CRON_TZ=America/New_York 0 30 2 * * *"
    assert dues(new_york, "2026-03-07T00:00:00Z", 3) == [
        "2026-03-07T07:30:00Z", "2026-03-09T06:30:00Z", "2026-03-10T06:30:00Z",
    ]  # fmt: skip
    # Its clocks went from 23:59:59 to 01:00:00: this day had no midnight.
    sao_paulo = "TZ=America/Sao_Paulo 0 0 0 * * *"
    assert dues(sao_paulo, "2018-11-03T00:00:00Z", 3) == [
        "2018-11-03T03:00:00Z", "2018-11-05T02:00:00Z", "2018-11-06T02:00:00Z",
    ]  # fmt: skip


def test_a_repeated_local_time_comes_twice():
    new_york = "CRON_TZ=America/New_York 0 30 1 * * *"
    assert dues(new_york, "2026-11-01T00:00:00Z", 3) == [
        "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z", "2026-11-02T06:30:00Z",
    ]  # fmt: skip


def test_the_zone_is_named():
    assert answer("CRON_TZ=Europe/Berlin @hourly")["zone"] == "Europe/Berlin"
    for schedule in ("TZ=UTC @hourly", "CRON_TZ= @hourly", "@every 1s"):
        assert answer(schedule)["zone"] == "UTC"


def test_white_space_in_a_schedule_is_escaped():
    assert answer("0\t0 0\n* * *")["schedule"] == "0\t0 0\n* * *"


def test_what_stands_still_is_printed_once():
    start = "2026-11-22T06:04:00Z"
    result = ask("@every 0s", "--from", start, "-n", "100000")
    assert result.returncode == 0
    assert json.loads(result.stdout)["next"] == [start]
    assert result.stderr.decode().count("\n") == 1 and b"once" in result.stderr
    assert batch("@every 0s", count=5, start=start) == [start]


def test_fewer_are_printed_where_time_ends_or_five_years_hold_none():
    result = ask("0 0 0 11 4 *", "--from", "2259-12-31T00:00:00Z")
    assert result.returncode == 0 and b"2262" in result.stderr
    assert json.loads(result.stdout)["next"] == [
        "2260-04-11T00:00:00Z", "2261-04-11T00:00:00Z", "2262-04-11T00:00:00Z",
    ]  # fmt: skip
    result = ask("0 0 0 29 2 *", "--from", "2091-01-01T00:00:00Z")
    assert json.loads(result.stdout)["next"] == ["2092-02-29T00:00:00Z", "2096-02-29T00:00:00Z"]


# What is refused


@pytest.mark.parametrize(
    "schedule, words",
    [
        ("", "empty spec string"),
        ("0 0 * * *", "expected exactly 6 fields, found 5"),
        ("@minutely", "unrecognized descriptor: @minutely"),
        ("@every -1s", "negative"),
        ("TZ=UTC @every 1s", "timezone is not supported for @every"),
        ("TZ=Mars/Olympus @daily", "provided bad location Mars/Olympus: unknown time zone Mars"),
        ("TZ=../../etc/passwd @daily", "unknown time zone ../../etc/passwd"),
        ("TZ=Local @daily", "name a zone such as Europe/Berlin"),
        ("TZ=leapseconds @daily", "unknown time zone leapseconds"),
        ("0 0 0 \x1b[31m * *", r"\u{1b}[31m"),
        ("0" * 1025, "1024"),
    ],
)
def test_a_schedule_the_server_would_refuse(schedule, words):
    said = refused(USAGE, schedule)
    assert said.startswith("daybook: schedule: ") and words in said


@pytest.mark.parametrize("start", ["", "soon", "2026-02-30T00:00:00Z", "9999-01-01T00:00:00Z"])
def test_a_start_that_is_no_time(start):
    assert refused(USAGE, "@daily", "--from", start).startswith("daybook: from: ")


def test_a_schedule_that_never_comes_due():
    said = refused(NEVER, "0 0 0 30 2 *")
    assert said == "daybook: the schedule never comes due within five years\n"


def test_a_schedule_or_a_batch_but_not_both():
    for arguments in [(), ("@daily", "--batch")]:
        result = ask(*arguments)
        assert (result.returncode, result.stdout) == (USAGE, b"")
        assert b"standard input" in result.stderr


# Where time zones come from


def test_tzdir_names_the_zones(zones):
    start = "2030-06-01T00:00:00Z"
    own = {"TZDIR": str(zones)}
    assert dues("TZ=Test/East 0 0 12 * * *", start, 1, **own) == ["2030-06-01T10:00:00Z"]
    assert "unknown time zone" in refused(USAGE, "TZ=Europe/Berlin @daily", **own)
    assert "unknown time zone" in refused(USAGE, "TZ=Test @daily", **own)


def test_without_zones_it_is_said_what_to_install(tmp_path, zones):
    empty = tmp_path / "empty"
    empty.mkdir()
    for directory in (empty, tmp_path / "missing", zones / "Test/East"):
        said = refused(CANNOT_OPEN, "TZ=Europe/Berlin @daily", TZDIR=str(directory))
        assert str(directory) in said and TZDATA in said
        assert len(answer("@daily", TZDIR=str(directory))["next"]) == 10


def test_rules_that_cannot_be_used_are_said(zones):
    good = (zones / "Test/East").read_bytes()
    (zones / "Cut").write_bytes(good[:-1])
    (zones / "Old").write_bytes(good[:4] + b"\0" + good[5:])
    os.mkfifo(zones / "Pipe")
    for name in ("Cut", "Old"):
        said = refused(USAGE, f"TZ={name} @daily", TZDIR=str(zones))
        assert f"the rules of {name} cannot be read" in said
    assert "unknown time zone Pipe" in refused(USAGE, "TZ=Pipe @daily", TZDIR=str(zones))


# Many at once


def test_a_batch_answers_line_by_line(zones):
    assert batch(
        "@daily",
        "@daily\t2031-05-06T07:08:09Z",
        "TZ=Test/East 0 0 12 * * *",
        "0 0 0 30 2 *",
        "",
        "nonsense",
        "@daily\tsoon",
        "TZ=Nowhere @daily",
        "@daily\r",
        b"\xff",
        "x" * 5_000,
        "y" * 500_000,
        "@every 1s",
        count=2, TZDIR=str(zones),
    ) == [
        "2030-01-02T00:00:00Z 2030-01-03T00:00:00Z",
        "2031-05-07T00:00:00Z 2031-05-08T00:00:00Z",
        "2030-01-01T10:00:00Z 2030-01-02T10:00:00Z",
        "",
        "error: schedule: empty spec string",
        "error: schedule: expected exactly 6 fields, found 1: [nonsense] (second minute hour"
        " day-of-month month day-of-week)",
        "error: from: from format not recognized: expected an RFC 3339 time such as"
        " 2030-01-31T08:00:00Z, a duration such as 1h30m (units ns, us, ms, s, m, h), or an"
        " ISO 8601 duration such as P1DT12H (without fractions)",
        "error: schedule: provided bad location Nowhere: unknown time zone Nowhere",
        "2030-01-02T00:00:00Z 2030-01-03T00:00:00Z",
        "error: line: is not UTF-8",
        "error: line: is longer than 4096 bytes",
        "error: line: is longer than 4096 bytes",
        "2030-01-01T00:00:01Z 2030-01-01T00:00:02Z",
    ]  # fmt: skip


def test_a_batch_without_lines_or_without_a_last_line_feed():
    assert ask("--batch").stdout == b""
    result = ask("--batch", "-n", "1", stdin=b"@daily\t2030-01-01T00:00:00Z")
    assert result.stdout == b"2030-01-02T00:00:00Z\n"


def test_a_batch_longer_than_any_buffer():
    first = datetime(2030, 1, 1, tzinfo=timezone.utc)
    starts = [(first + timedelta(hours=hour)).strftime("%FT%TZ") for hour in range(20_001)]
    assert batch(*(f"@hourly\t{start}" for start in starts[:-1])) == starts[1:]


def test_a_batch_answers_what_single_questions_answer():
    zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
    schedules = [f"CRON_TZ={zone} 0 15 */7 * * *" for zone in zones]
    start = "2026-03-27T00:00:00Z"
    single = [" ".join(dues(schedule, start, 30)) for schedule in schedules]
    assert batch(*schedules, *schedules, count=30, start=start) == single + single


def test_a_batch_ends_where_there_are_no_zones_at_all(tmp_path):
    stdin = b"@daily\t2030-01-01T00:00:00Z\nTZ=Europe/Berlin @daily\n@daily\n"
    result = ask("--batch", "-n", "1", stdin=stdin, TZDIR=str(tmp_path))
    assert (result.returncode, result.stdout) == (CANNOT_OPEN, b"2030-01-02T00:00:00Z\n")
    assert TZDATA in result.stderr.decode()


def test_who_reads_no_more_is_not_complained_to():
    asked = [str(BINARY), "jobs", "next", "--batch"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(asked, **pipes) as process:
        process.stdout.close()
        try:
            process.stdin.write(b"@daily\n" * 10_000)
            process.stdin.close()
        except BrokenPipeError:
            pass
        assert process.stderr.read() == b""


# For people


def test_a_terminal_gets_a_table():
    assert on_terminal("@every 36h30m", "--from", "2026-11-22T06:00:00.5Z", "-n", "3") == [
        "   UTC",
        "1  2026-11-23T18:30:00.5Z",
        "2  2026-11-25T07:00:00.5Z",
        "3  2026-11-26T19:30:00.5Z",
    ]


def test_a_terminal_gets_local_times_too(zones):
    schedule, start = "CRON_TZ=Europe/Berlin 0 30 2 * * *", "2026-03-28T00:00:00Z"
    assert on_terminal(schedule, "--from", start, "-n", "2") == [
        "   UTC                   Europe/Berlin",
        "1  2026-03-28T01:30:00Z  2026-03-28T02:30:00+01:00",
        "2  2026-03-30T00:30:00Z  2026-03-30T02:30:00+02:00",
    ]
    lines = on_terminal("TZ=Test/East @daily", "-n", "10", TZDIR=str(zones))
    assert lines[0] == "    UTC                   Test/East" and len(lines) == 11
    assert lines[10].startswith("10  ") and lines[10].endswith("T00:00:00+02:00")
