"""Daybook's schedules against an oracle that shares no code, no library and no language with them.

    DAYBOOK_TEST_SEED=… .venv/bin/python -m pytest Tests/ScheduleOracle [--long]

The first tests hold the oracle itself against known instants and a second-by-second search.
"""

from datetime import datetime, timedelta, tzinfo

import pytest

from cases import Cases, written
from comparison import transitions_near
from evaluator import Evaluator, Fields
from zones import EPOCH, Zones

# Schedule, instant, and the occurrences that follow, as many as are written down.
KNOWN = [
    # Local times that are skipped, repeated, or come on a date that another date overlaps.
    ("TZ=America/New_York 0 30 2 * * *", "2024-03-09T12:00:00Z", "2024-03-11T06:30:00Z"),
    ("TZ=America/New_York 0 30 1 * * *", "2024-11-02T12:00:00Z",
     "2024-11-03T05:30:00Z 2024-11-03T06:30:00Z 2024-11-04T06:30:00Z"),
    ("CRON_TZ=America/Sao_Paulo @daily", "2018-11-03T12:00:00Z", "2018-11-05T02:00:00Z"),
    ("TZ=America/Sao_Paulo 0 30 23 17 2 *", "2018-02-01T00:00:00Z",
     "2018-02-18T01:30:00Z 2018-02-18T02:30:00Z 2019-02-18T02:30:00Z"),
    ("TZ=Pacific/Apia 0 0 12 30 12 *", "2011-12-01T00:00:00Z", "2012-12-29T22:00:00Z"),
    ("TZ=Australia/Lord_Howe 0 45 1 * * *", "2024-04-06T00:00:00Z",
     "2024-04-06T14:45:00Z 2024-04-06T15:15:00Z 2024-04-07T15:15:00Z"),
    ("TZ=Africa/Monrovia @daily", "1971-01-01T00:00:00Z", "1971-01-01T00:44:30Z"),
    # Either day field, unless one is a star; `*/2` is none, `*,5` is.
    ("0 0 0 13 * fri", "2026-02-01T00:00:00Z", "2026-02-06T00:00:00Z 2026-02-13T00:00:00Z"),
    ("0 0 0 13 * *,5", "2026-02-01T00:00:00Z", "2026-02-13T00:00:00Z 2026-03-13T00:00:00Z"),
    ("0 0 0 */30 * ?", "2026-02-02T00:00:00Z", "2026-03-01T00:00:00Z 2026-03-31T00:00:00Z"),
    ("0 0 0 */30 * 0", "2026-02-02T00:00:00Z", "2026-02-08T00:00:00Z 2026-02-15T00:00:00Z"),
    # Items: empty ones, steps from a number on, names, ranges.
    ("50/4,,1 0 0 1 Jan *", "2025-12-01T00:00:00Z",
     "2026-01-01T00:00:01Z 2026-01-01T00:00:50Z 2026-01-01T00:00:54Z 2026-01-01T00:00:58Z"),
    ("0 0 20-23/2 * * THU-sat", "2026-01-01T20:00:00Z",
     "2026-01-01T22:00:00Z 2026-01-02T20:00:00Z"),
    # Strictly later; a fraction is dropped upward.
    ("* * * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"),
    ("* * * * * *", "2026-01-01T00:00:00.999999Z", "2026-01-01T00:00:01Z"),
    # The window: to the end of the fifth year after that of the first second looked at.
    ("0 0 0 29 2 *", "2098-12-31T23:59:59Z", "2104-02-29T00:00:00Z"),
    ("0 0 0 29 2 *", "2098-12-31T23:59:58.5Z", ""),
    ("TZ=Asia/Tokyo 0 0 0 29 2 *", "2098-12-31T15:00:00Z", "2104-02-28T15:00:00Z"),
    ("TZ=Asia/Tokyo 0 0 0 29 2 *", "2098-12-31T14:59:58Z", ""),
    ("TZ=America/Lima 59 59 23 31 12 *", "2026-01-01T04:59:59Z", "2027-01-01T04:59:59Z"),
    ("0 0 0 30 2 *", "2026-01-01T00:00:00Z", ""),
    ("0 0 , * * *", "2026-01-01T00:00:00Z", ""),
]  # fmt: skip


@pytest.mark.parametrize("schedule, after, expected", KNOWN)
def test_the_oracle_knows_these_instants(directory, schedule, after, expected):
    count = len(expected.split()) or 1
    evaluator = Evaluator(Zones(directory))
    occurrences = evaluator.occurrences(schedule, datetime.fromisoformat(after), count)
    assert " ".join(map(written, occurrences)) == expected


def test_the_oracle_agrees_with_a_search_second_by_second(directory, seed, long):
    """Four hours across transitions, with expressions built around them."""
    cases = Cases(Zones(directory), f"{seed}/seconds")
    wanted = 1000 if long else 100
    across = found = 0
    while across < wanted:
        case = cases.next()
        if not any(case.second < at <= case.second + 7200 for at in transitions_near(cases, case)):
            continue
        across += 1
        zone, fields = cases.evaluator.read(case.schedule)
        last = case.second + 4 * 3600
        expected = list(search(fields, zone.info, case.second + 1, last))[:50]
        occurrences = cases.evaluator.occurrences(case.schedule, case.second, 50)
        within = [at for at in occurrences if at <= last]
        assert within == expected, f"DAYBOOK_TEST_SEED={seed}: {case.line()}"
        found += bool(expected)
    assert found > wanted / 4, "most expressions should match close to the transition"


def search(fields: Fields, info: tzinfo, first: int, last: int):
    """Every occurrence from `first` to `last`, found by looking at each second."""
    for second in range(first, last + 1):
        local = (EPOCH + timedelta(seconds=second)).astimezone(info)
        if local.second not in fields.seconds or local.minute not in fields.minutes:
            continue
        if local.hour not in fields.hours or local.month not in fields.months:
            continue
        days = (local.day in fields.days, (local.weekday() + 1) % 7 in fields.weekdays)
        if any(days) if fields.either_day else all(days):
            yield second


def test_the_cases_are_of_the_kinds_asked_for(reports, long):
    for report in reports:
        print(f"\n{report}")
        assert report.share("at most monthly") >= 0.3
        assert report.share("near a transition") >= 0.5
        assert report.share("with both day fields restricted") >= 0.25
        assert 0 < report.share("without occurrence") <= 0.05
        assert report.share("without zone") >= 0.05
        assert not report.zones_missed
        if long:
            assert report.pairs_missed == 0


def test_the_product_gives_the_same_occurrences(reports, seed):
    for report in reports:
        assert report.failure is None, report.failure
    differences = [
        f"{report.differences} of {report.order.cases} cases differ with the zones of "
        f"{report.order.directory}, DAYBOOK_TEST_SEED={seed}:\n" + "\n".join(report.shown)
        for report in reports
        if report.differences
    ]
    assert not differences, "\n".join(differences)
