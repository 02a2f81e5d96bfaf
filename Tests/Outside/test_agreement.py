"""The audit and the checker must say the same; whichever is wrong, the run fails and says who."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from check import check
from reading import SECOND, read
from story import GRACE, ask, came, close, fault, found, missed, over, stories

CHECK = Path(__file__).resolve().parent / "check.py"


test_misses = stories(
    ("one that the audit misses",
     {"missed": 1, "disagreements": "the audit does not call it missed"}, ask(), close(60)),
    ("one that the audit invents", {"disagreements": "is missed to the audit; outside it came"},
     ask(), came(2.1), over(3), missed()),
    ("several in a row, told by the first", {"missed": 2}, ask(schedule="@every 1s", repeats=4),
     came(2.05), came(5.05, tick=4), over(6), missed(2)),
    ("several in a row, told by another", {"missed": 2, "disagreements": 1},
     ask(schedule="@every 1s", repeats=4), came(2.05), came(5.05, tick=4), over(6), missed(3)),
)  # fmt: skip


@pytest.fixture
def retried(story):
    for step in (ask(), came(2.05, 500), came(3.1, attempt=2), over(5)):
        step(story)
    return story


@pytest.mark.parametrize("change, expected", [
    (lambda audit: audit.update(isClean=False), "is not clean, and does not say why"),
    *((lambda audit, kind=kind: audit.update(isClean=False, findings=[
        {"kind": kind, "generation": 3, "tick": 1, "explanation": "It is so."}
    ]), f"The audit finds ({kind}): It is so.") for kind in ("duplicate", "unexplained")),
    (lambda audit: audit.update(possibleDuplicates=[], possibleDuplicateCounts={"failed": 0}),
     "not among the audit's possible duplicates"),
    (lambda audit: audit["possibleDuplicates"][0].update(isAllowed=False), "does not allow"),
    (lambda audit: audit["totals"].update(triggers=3), "counts 3 triggered; the export has 2"),
    (lambda audit: audit["head"].update(last=2), "up to record 2; the export goes to 8"),
    # A list that was cut off proves nothing.
    (lambda audit: audit.update(possibleDuplicates=[]), None),
])  # fmt: skip
def test_what_else_the_audit_says(retried, judge, change, expected):
    audit = retried.audit()
    change(audit)
    said = judge(retried, audit).disagreements
    assert len(said) == (expected is not None) and all(expected in text for text in said)


def test_sure_is_that_it_came_before_not_with_which_trigger(story, judge):
    """The one before it never reached the app; the one before that did."""
    for step in (ask(), came(2.05, 500),
                 came(3.1, attempt=2, heard=False, outcome="undeliverable"),
                 came(3.2, attempt=2), over(5)):  # fmt: skip
        step(story)
    audit = story.audit()
    audit["possibleDuplicates"][1]["isSure"] = True
    assert found(judge(story, audit)) == {}


@pytest.mark.parametrize("is_sure", [True, False])
def test_a_duplicate_that_the_app_never_saw(story, judge, is_sure):
    for step in (ask(), fault("app-down", 2, 2.5), came(2.05, heard=False, outcome="failed"),
                 came(3.1, attempt=2), over(5)):  # fmt: skip
        step(story)
    audit = story.audit()
    audit["possibleDuplicates"][0]["isSure"] = is_sure
    assert found(judge(story, audit)) == ({"disagreements": 1} if is_sure else {})


# As a program


def run(directory: Path) -> tuple[int, str, str]:
    result = subprocess.run(
        [sys.executable, str(CHECK), str(directory)], capture_output=True, text=True, timeout=60
    )
    return result.returncode, result.stdout, result.stderr


def test_it_prints_one_object_and_ends_with_0(retried, tmp_path):
    retried.write(tmp_path)
    code, output, errors = run(tmp_path)
    assert (code, errors) == (0, "")
    assert json.loads(output) == {
        "verdict": "ok", "calls": 1, "acknowledged": 1, "receipts": 2, "expected": 1, "missed": [],
        "late": [], "early": [], "duplicates": {"seen": 1, "allowed": 1, "forbidden": []},
        "foreign": [], "wrongPayload": [], "wrongKey": [], "log": [], "disagreements": [],
    }  # fmt: skip


def test_it_ends_with_1_if_it_finds_something(retried, tmp_path):
    retried.calls.clear()
    retried.write(tmp_path)
    code, output, _ = run(tmp_path)
    assert code == 1 and json.loads(output)["verdict"] == "bad"


@pytest.mark.parametrize("spoil", [
    lambda path: path.unlink(),
    lambda path: path.write_text("{"),
    lambda path: path.write_text("{}\n"),
])  # fmt: skip
def test_what_cannot_be_read_is_not_judged(retried, tmp_path, spoil):
    retried.write(tmp_path)
    spoil(tmp_path / "calls.jsonl")
    code, output, errors = run(tmp_path)
    assert (code, output) == (2, "") and errors.startswith("check.py: ")


def test_many_findings_are_counted_and_some_shown(story, judge):
    for number in range(300):
        story.schedule(f"job {number}", 1, logged=False, dueTime="1h")
    shown = judge(story).document()["log"]
    assert len(shown) == 201 and shown[-1] == "… and 100 more."


def test_of_another_app_that_nobody_watched_nothing_is_asked(retried, judge, tmp_path):
    """Its records are counted, as the audit does, and what the audit says of it is not judged."""
    whose = {"namespace": "default", "app": "guest", "name": "j"}
    made = retried.record("created", 5.1, **whose, generation=0, dueTime="0s")
    sent = retried.record("triggered", 5.2, **whose, generation=made, tick=1, attempt=1)
    retried.record("acknowledged", 5.3, **whose, trigger=sent, outcome="succeeded", code=200)
    retried.record("deletedByPrefix", 5.4, namespace="default", app="guest", namePrefix="")
    audit = retried.audit()
    again = {"generation": made, "tick": 1, "again": sent, "isAllowed": True, "isSure": True}
    audit["possibleDuplicates"].append(again | {"app": "guest"})
    assert not judge(retried, audit).is_ok
    run = read(tmp_path)
    assert check(run.of("shop"), GRACE * SECOND).is_ok
    audit["totals"]["triggers"] -= 1
    judge(retried, audit)
    (said,) = check(read(tmp_path).of("shop"), GRACE * SECOND).disagreements
    assert "counts 2 triggered; the export has 3" in said
