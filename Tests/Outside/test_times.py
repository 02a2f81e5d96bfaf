"""Clocks that are moved, zones whose clocks go forward and back, spans, windows that overlap."""

import random

import pytest

from patience import Patience, ServerClock, Spans, full_spans
from matching import assign
from reading import SECOND, Fault, nanoseconds, utc
from schedules import FIRST, plan
from spans import go_duration, point
from story import (
    Story, ask, came, close, deleted, found, missed, move_clock, over, stories,
)  # fmt: skip

# Clocks


hour = ask(dueTime="1h")

test_moved_clocks = stories(
    ("a jump over a due time", {}, hour, move_clock(10, 3_600), came(10.5), over(11), close(60)),
    ("a tick that a jump made due must come", {"missed": 1}, hour, move_clock(10, 3_600), close(60),
     missed()),
    ("one set back puts off what is due", {}, ask(dueTime="20s"), move_clock(10, -100), close(60)),
    ("what is put off comes too early", {"early": 1}, ask(dueTime="20s"), move_clock(10, -100),
     came(21.1), over(22)),
    # It may come at either of the two times.
    ("due just before it is set back", {}, ask(dueTime="9s"), move_clock(10.1, -100), came(110.2),
     over(111)),
    ("no tick comes twice because time does", {"forbidden": 1},
     ask(schedule="@every 5s", repeats=2), came(6.1), move_clock(7, -5), came(11.2),
     came(16.2, tick=2), over(17)),
    # The first finds nothing; by the clock the record could be of either.
    ("two deletes that one hour has room for", {}, deleted("report", 1),
     ask(1.5, "other", dueTime="10h", data="other"), ask(2, dueTime="10h"), move_clock(3.5, -3),
     lambda story: story.delete("report", 4, story.job),
     ask(5, "other", kind="updated", dueTime="10h", data="another")),
)  # fmt: skip


def test_a_job_made_under_a_moved_clock(story, judge):
    for step in (move_clock(1, 86_400), ask(2), came(3.1), over(4), close(60)):
        step(story)
    assert found(judge(story)) == {}
    story.faults.clear()
    assert judge(story).log


def test_where_a_moved_clock_stood():
    moves = [Fault(100, 110, "clock", {"by": 1_000}), Fault(200, 200, "clock", {"by": -500})]
    clock = ServerClock(moves)
    assert (clock.lowest(90, 95), clock.highest(90, 95)) == (90, 95)
    assert (clock.lowest(105, 106), clock.highest(105, 106)) == (105, 1_106)
    assert (clock.lowest(111, 111), clock.highest(111, 111)) == (1_111, 1_111)
    assert clock.highest(90, 300) == 1_200
    assert clock.lowest(150, 201) == 700
    assert clock.past(1_150, 0, 300) == [(150, 200)]
    assert clock.past(1_150, 0, 800) == [(150, 200), (650, 800)]


# Zones


@pytest.mark.parametrize("start, schedule, expected", [
    # Berlin goes forward on 29 March 2026 at 01:00 UTC and back on 25 October.
    ("2026-03-28T00:00:00Z", "0 30 2 * * *", ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"]),
    ("2026-10-24T12:00:00Z", "0 30 2 * * *",
     ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"]),
    ("2026-03-29T00:00:00Z", "@hourly", ["2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"]),
])  # fmt: skip
def test_ticks_where_clocks_go_forward_and_back(judge, start, schedule, expected):
    story = Story(start)
    count = len(expected)
    job = story.schedule(
        "report", 0.5, schedule=f"TZ=Europe/Berlin {schedule}", repeats=count, data="first"
    )
    assert [utc(story.due(job, tick)) for tick in range(1, count + 1)] == expected
    for tick in range(1, count + 1):
        story.run(job, tick, (story.due(job, tick) - story.start) / SECOND + 0.1)
    story.end(job, (story.due(job, count) - story.start) / SECOND + 1)
    assert found(judge(story)) == {}


def test_a_server_that_takes_local_time_for_utc_is_early(judge):
    """Berlin is an hour before UTC: the log is honest about what it did."""
    story = Story("2026-03-02T00:00:00Z")
    job = story.schedule("report", 0.5, schedule="TZ=Europe/Berlin 0 30 2 * * *", data="first")
    story.run(job, 1, 2 * 3_600 + 1_800)
    story.receipts[0]["due"] = story.events[3]["due"] = "2026-03-02T02:30:00Z"
    story.events[2]["firstDue"] = "2026-03-02T02:30:00Z"
    verdict = judge(story)
    assert len(verdict.log) == 1 and len(verdict.wrong_key) == 1


# Spans and points in time


@pytest.mark.parametrize("text, nanoseconds", [
    ("0", 0), ("1h30m", 5_400 * SECOND), ("-1.5s", -1_500_000_000), (".5ms", 500_000),
    ("1h2m3s4ms5us6ns", 3_723_004_005_006), ("+2m", 120 * SECOND),
])  # fmt: skip
def test_durations(text, nanoseconds):
    assert go_duration(text) == nanoseconds


@pytest.mark.parametrize("text", ["", "5", "1d", "1h 2m", "s", "--1s", "1e3s"])
def test_what_is_no_duration(text):
    with pytest.raises(ValueError):
        go_duration(text)


@pytest.mark.parametrize("text, expected", [
    ("2026-01-31T08:00:00.5+01:00", "2026-01-31T07:00:00.5Z"), ("1h", "2026-01-31T13:00:00Z"),
    ("P1M", "2026-03-03T12:00:00Z"), ("P1Y2M3DT4H5M6S", "2027-04-03T16:05:06Z"),
    ("PT-5S", "2026-01-31T11:59:55Z"), ("P-1M", "2025-12-31T12:00:00Z"),
    ("R0/P1W", "2026-02-07T12:00:00Z"),
])  # fmt: skip
def test_points_in_time(text, expected):
    assert utc(point(text, nanoseconds("2026-01-31T12:00:00Z"))) == expected


@pytest.mark.parametrize("text", ["tomorrow", "2026-01-31", "R3/PT1H", "PX", "17"])
def test_what_is_no_point_in_time(text):
    with pytest.raises(ValueError):
        point(text, 0)


@pytest.mark.parametrize("request_, expected", [
    ({"dueTime": "5s"}, [5]),
    ({"schedule": "@every 2s", "repeats": 3}, [2, 4, 6]),
    ({"schedule": "@every 2s", "dueTime": "5s", "repeats": 3}, [5, 7, 9]),
    ({"schedule": "@every 2s", "ttl": "6s"}, [2, 4, 6]),
    ({"schedule": "@every 2s", "dueTime": "1s", "ttl": "4s"}, [1, 3, 5]),
    ({"schedule": "@every 2s", "ttl": "1s"}, []),
    ({"schedule": "*/20 * * * * *", "repeats": "3"}, [20, 40, 60]),
    ({"schedule": "@every 0s", "repeats": 2, "due_time": "-1s"}, [-1, -1]),
])  # fmt: skip
def test_which_ticks_a_job_has(request_, expected):
    base = nanoseconds("2026-01-31T12:00:00Z")
    dues = [due for _, due in plan(request_, base).ticks()]
    assert dues == [base + second * SECOND for second in expected]


@pytest.mark.parametrize("text, seconds", [
    ("9999-12-31T23:59:59Z", 253_402_300_799), ("9999-12-31T23:59:59-01:00", 253_402_304_399),
    ("0001-01-01T00:00:00Z", -62_135_596_800), ("0001-01-01T00:00:00+01:30", -62_135_602_200),
    ("P8029Y", 253_370_764_800), ("P9000Y", 284_012_611_200), ("P-1969Y", -62_135_596_800),
    ("P-5000Y", -157_784_716_800),
])  # fmt: skip
def test_points_in_time_far_away(text, seconds):
    assert point(text, 0) == seconds * SECOND


@pytest.mark.parametrize("due, ttl, ticks, expiry", [
    ("9999-12-31T23:59:59.999999999Z", "1h", [], None),
    ("2262-04-11T23:47:16.854775808Z", "9999-12-31T23:59:59Z", [], None),
    ("1600-02-29T00:00:00Z", "1s", [FIRST, FIRST + SECOND], FIRST + SECOND),
    ("0001-01-01T00:00:00Z", "1600-01-01T00:00:00Z", [FIRST], FIRST),
])  # fmt: skip
def test_what_is_due_beyond_what_can_be_held(due, ttl, ticks, expiry):
    found = plan({"schedule": "@every 1s", "dueTime": due, "ttl": ttl}, 0)
    assert [due for _, due in found.ticks()] == ticks
    assert found.expiry == expiry


# What keeps a server from its work


def test_spans_count_what_they_cover_once():
    spans = Spans([(10, 20), (15, 30), (50, 60), (12, 14), (60, 61)])
    assert [spans.covered(at) for at in (0, 10, 15, 30, 40, 55, 100)] == [0, 0, 5, 20, 20, 25, 31]


def test_spans_are_right_second_by_second(seed):
    chance = random.Random(seed)
    for _ in range(200):
        found = [(at, at + chance.randrange(6)) for at in chance.choices(range(60), k=8)]
        spans = Spans(found)
        for until in range(70):
            assert spans.covered(until) == sum(
                any(start <= second < end for start, end in found) for second in range(until)
            )


def test_a_deadline_is_where_the_grace_is_used_up():
    patience = Patience(ServerClock([]), [(105, 200)])
    assert patience.deadline(100, 90, 10, 1_000) == 206
    assert patience.idle(100, 90, 205) == 10
    assert patience.deadline(100, 90, 10, 150) == 150


def test_an_app_that_is_full():
    story = Story()
    job = story.schedule("report", 1, dueTime="1s")
    for at in (2, 3, 4):
        story.run(job, 1, at, slow=5)
    calls = [(line["time"], line["replied"]) for line in story.receipts]
    assert full_spans(calls, 2) == [(story.at(3.01), story.at(8.01))]
    assert full_spans(calls, 4) == []


# Windows


class At:
    def __init__(self, time):
        self.time = time

    def __repr__(self):
        return f"at {self.time}"


def test_windows_that_overlap():
    """The one that is open longest takes the call that only it can take."""
    receipts = [At(5), At(15)]
    windows = [(0, 20, 1), (0, 10, 2)]
    assert [(tick, found.time) for tick, found in assign(windows, receipts)] == [(2, 5), (1, 15)]


def test_as_many_windows_are_met_as_can_be(seed):
    """Against all assignments there are."""
    chance = random.Random(seed)
    for _ in range(300):
        windows = []
        for tick in range(chance.randrange(5)):
            begin = chance.randrange(10)
            windows.append((begin, begin + chance.randrange(6), tick))
        receipts = [At(chance.randrange(14)) for _ in range(chance.randrange(5))]
        found = assign(windows, receipts)
        assert len({tick for tick, _ in found}) == len({id(at) for _, at in found}) == len(found)
        assert len(found) == most(windows, receipts), (windows, receipts)


def most(windows, receipts) -> int:
    if not receipts:
        return 0
    first, *rest = receipts
    counts = [most(windows, rest)]
    for window in windows:
        if window[0] <= first.time <= window[1]:
            left = [other for other in windows if other is not window]
            counts.append(1 + most(left, rest))
    return max(counts)
