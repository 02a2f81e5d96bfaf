"""`daybook-replay audit`, `history` and `explain` of a part: of some jobs, and over a stretch of
time, of an innocent log and of one with a fault in a single tick."""

import pytest

from Harness import replay
from Harness.replay import FINDINGS, FINE, USAGE
from readings import TICKS, forge, forms, triggers, turns, two_jobs
from reading import nanoseconds


@pytest.fixture
def log(serve, app, tmp_path):
    """The judge sees the original."""
    return two_jobs(serve(app), tmp_path / "log")


def test_only_a_selection_or_a_stretch_with_the_guilty_tick_is_guilty(log):
    assert replay.audit(log)[0] == FINE
    due = forge(log)["due"]
    code, report = replay.audit(log)
    assert (code, [finding["tick"] for finding in report["findings"]]) == (FINDINGS, [2])
    later = next_instant(due)
    assert nanoseconds(later) == nanoseconds(due) + 1
    last = turns(log)[-1]
    for flags, is_guilty in {
        ("--job", "guilty"): True, ("--job", "innocent"): False, ("--app", "shop"): True,
        ("--job", "@waits"): False, ("--from", due): True,
        ("--from", later): False, ("--from", "1"): True, ("--from", str(last)): False,
        ("--from", due, "--job", "innocent"): False, ("--from", due, "--job", "guilty"): True,
        ("--from", "2200-01-01T00:00:00Z"): False, ("--to", "2000-01-01T00:00:00Z"): False,
    }.items():  # fmt: skip
        code, report = replay.audit(log, *flags)
        assert (code == FINDINGS) == is_guilty, flags
        assert len(report["findings"]) == report["findingCounts"]["unexplained"] == is_guilty
    for flags in (("--app", "other"), ("--namespace", "other"), ("--job", "other")):
        result = replay.run("audit", "--data-dir", log, *flags)
        assert (result.returncode, result.stdout) == (USAGE, ""), "it never had such a job"
    _, report = replay.audit(log, "--job", "innocent")
    assert report["stories"]["ticksDue"] == report["totals"]["triggers"] == TICKS
    assert report["totals"]["jobsCreated"] == report["totals"]["jobsDeleted"] == 1
    assert report["totals"]["records"] == last


def next_instant(instant: str) -> str:
    """A nanosecond later."""
    seconds, _, fraction = instant.removesuffix("Z").partition(".")
    number = int(fraction.ljust(9, "0")) + 1
    assert number < 10**9
    return f"{seconds}.{number:09}Z"


def test_a_stretch_has_the_ticks_due_from_its_beginning_as_the_log_was_at_its_end(log):
    triggered = triggers(log)
    for place in triggered:
        start = nanoseconds(place["due"])
        _, report = replay.audit(log, "--from", place["due"])
        assert report["totals"]["triggers"] == report["stories"]["ticksDue"] == sum(
            nanoseconds(event["due"]) >= start for event in triggered
        )
    guilty = forge(log)["sequence"]
    for end in turns(log):
        code, report = replay.audit(log, "--to", str(end))
        assert report["totals"]["records"] == report["head"]["last"] == end
        assert report["totals"]["triggers"] == sum(e["sequence"] <= end for e in triggered)
        assert (code == FINDINGS) == (guilty <= end)


def test_a_history_of_a_stretch_is_that_part_of_it(log):
    whole = replay.export(log, "--job", "guilty")
    first, last = whole[2]["sequence"], whole[-3]["sequence"]
    flags = ("--app", "shop", "--from", str(first), "--to", str(last))
    rows = forms(log, "history", "guilty", *flags)[3]
    assert [row["sequence"] for row in rows] == [event["sequence"] for event in whole[2:-2]]
    result = replay.run(
        "history", "guilty", "--app", "shop", "--data-dir", log, "--to", "2000-01-01T00:00:00Z"
    )
    assert (result.returncode, result.stdout) == (FINDINGS, "")
    assert "the log tells nothing of a job default/shop/guilty there" in result.stderr


def test_an_explanation_can_be_that_of_an_earlier_time(log):
    trigger = triggers(log, "--job", "guilty")[1]
    asked = ("guilty", "--app", "shop", "--at", trigger["due"])
    before = str(trigger["sequence"] - 1)
    for flags, code, reasons in [
        ((), FINE, ("onTime", "late")),
        (("--to", str(trigger["sequence"])), FINE, ("inFlight",)),
        (("--to", before), FINE, ("notYetDue", "undecided")),
        (("--to", "1"), FINDINGS, ("neverAccepted",)),
    ]:
        found, _, explanation, _ = forms(log, "explain", *asked, *flags)
        assert found == code and explanation["reason"] in reasons


# Wrong usage


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("audit", "--from", "9", "--to", "3"), "--from lies behind --to"),
        (
            ("audit", "--from", "2026-01-02T00:00:00Z", "--to", "2026-01-01T00:00:00Z"),
            "--from lies behind --to",
        ),
        (("audit", "--from", "1000000"), "there is no 1000000"),
        (("audit", "--to", "1000000"), "there is no 1000000"),
        (("audit", "-o", "xml"), "xml"),
        (("audit", "--app", "a", "--actor-type", "b"), "never both"),
        (("history", "a", "--job", "b"), "about one name"),
        (("history",), "about one name"),
        (
            ("explain", "a", "--at", "2026-01-01T00:00:00Z", "--from", "1"),
            "needs the whole past",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_wrong_usage_is_said_with_its_reason(log, arguments, reason):
    result = replay.run(*arguments, "--data-dir", log)
    assert (result.returncode, result.stdout) == (USAGE, "")
    assert reason in " ".join(result.stderr.split())
