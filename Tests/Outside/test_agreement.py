"""The audit and the checker must say the same; whichever is wrong, the run fails and says who."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from story import found

CHECK = Path(__file__).resolve().parent / "check.py"


def finding(kind, generation, tick):
    return {"kind": kind, "generation": generation, "tick": tick, "explanation": "It is so."}


def test_an_audit_that_misses_a_miss(story, judge):
    story.schedule("report", 1, dueTime="1s", data="first")
    story.close(60)
    verdict = judge(story)
    assert found(verdict) == {"missed": 1, "disagreements": 1}
    assert "the audit does not call it missed" in verdict.disagreements[0]


def test_an_audit_that_invents_a_miss(story, judge):
    job = story.schedule("report", 1, dueTime="1s", data="first")
    story.run(job, 1, 2.1)
    story.end(job, 3)
    story.misses.append((job, 1))
    verdict = judge(story)
    assert found(verdict) == {"disagreements": 1}
    assert "is missed to the audit; outside it came" in verdict.disagreements[0]


def test_ticks_passed_over_together_are_told_by_the_first(story, judge):
    job = story.schedule("report", 1, schedule="@every 1s", repeats=4, data="first")
    story.run(job, 1, 2.05)
    story.run(job, 4, 5.05)
    story.end(job, 6)
    story.misses.append((job, 2))
    assert found(judge(story)) == {"missed": 2}
    story.misses[:] = [(job, 3)]
    assert found(judge(story)) == {"missed": 2, "disagreements": 1}


@pytest.mark.parametrize("kind", ["duplicate", "unexplained"])
def test_whatever_the_audit_finds_fails(story, judge, kind):
    job = story.schedule("report", 1, dueTime="1s", data="first")
    story.run(job, 1, 2.1)
    story.end(job, 3)
    audit = story.audit() | {"isClean": False, "findings": [finding(kind, job, 1)]}
    verdict = judge(story, audit)
    assert found(verdict) == {"disagreements": 1}
    assert f"The audit finds ({kind}): It is so." in verdict.disagreements[0]


def test_an_audit_that_is_not_clean_and_does_not_say_why(story, judge):
    assert found(judge(story, story.audit() | {"isClean": False})) == {"disagreements": 1}


def retried(story):
    job = story.schedule("report", 1, dueTime="1s", data="first")
    story.run(job, 1, 2.05, status=500)
    story.run(job, 1, 3.1, attempt=2, cause="retry")
    story.end(job, 5)


def test_a_duplicate_that_the_audit_does_not_know(story, judge):
    retried(story)
    audit = story.audit() | {"possibleDuplicates": [], "possibleDuplicateCounts": {"failed": 0}}
    assert found(judge(story, audit)) == {"disagreements": 1}


def test_a_list_that_was_cut_off_proves_nothing(story, judge):
    retried(story)
    audit = story.audit() | {"possibleDuplicates": []}
    assert found(judge(story, audit)) == {}


def test_a_duplicate_that_the_audit_forbids(story, judge):
    retried(story)
    audit = story.audit()
    audit["possibleDuplicates"][0]["isAllowed"] = False
    assert found(judge(story, audit)) == {"disagreements": 1}


def test_sure_is_that_it_came_before_not_with_which_trigger(story, judge):
    """The one before it never reached the app; the one before that did."""
    job = story.schedule("report", 1, dueTime="1s", data="first")
    story.run(job, 1, 2.05, status=500)
    story.run(job, 1, 3.1, attempt=2, cause="retry", heard=False, outcome="undeliverable")
    story.run(job, 1, 3.2, attempt=2, cause="redelivery")
    story.end(job, 5)
    audit = story.audit()
    audit["possibleDuplicates"][1]["isSure"] = True
    assert found(judge(story, audit)) == {}


@pytest.mark.parametrize("is_sure", [True, False])
def test_a_duplicate_that_the_app_never_saw(story, judge, is_sure):
    job = story.schedule("report", 1, dueTime="1s", data="first")
    story.fault("app-down", 2, 2.5)
    story.run(job, 1, 2.05, heard=False, outcome="failed")
    story.run(job, 1, 3.1, attempt=2, cause="retry")
    story.end(job, 5)
    audit = story.audit()
    audit["possibleDuplicates"][0]["isSure"] = is_sure
    assert found(judge(story, audit)) == ({"disagreements": 1} if is_sure else {})


def test_an_audit_of_another_log(story, judge):
    audit = story.audit()
    retried(story)
    verdict = judge(story, audit)
    assert "judged the log up to record 2; the export goes to 8" in verdict.disagreements[0]


def test_an_audit_that_counts_otherwise(story, judge):
    retried(story)
    audit = story.audit()
    audit["totals"]["triggers"] = 3
    assert found(judge(story, audit)) == {"disagreements": 1}


# As a program


def run(directory: Path) -> tuple[int, str, str]:
    result = subprocess.run(
        [sys.executable, str(CHECK), str(directory)], capture_output=True, text=True, timeout=60
    )
    return result.returncode, result.stdout, result.stderr


def test_it_prints_one_object_and_ends_with_0(story, tmp_path):
    retried(story)
    story.write(tmp_path)
    code, output, errors = run(tmp_path)
    assert (code, errors) == (0, "")
    assert json.loads(output) == {
        "verdict": "ok", "calls": 1, "acknowledged": 1, "receipts": 2, "expected": 1, "missed": [],
        "late": [], "early": [], "duplicates": {"seen": 1, "allowed": 1, "forbidden": []},
        "foreign": [], "wrongPayload": [], "wrongKey": [], "log": [], "disagreements": [],
    }  # fmt: skip


def test_it_ends_with_1_if_it_finds_something(story, tmp_path):
    retried(story)
    story.calls.clear()
    story.write(tmp_path)
    code, output, _ = run(tmp_path)
    assert code == 1 and json.loads(output)["verdict"] == "bad"


@pytest.mark.parametrize("spoil", [
    lambda path: path.unlink(),
    lambda path: path.write_text("{"),
    lambda path: path.write_text("{}\n"),
])  # fmt: skip
def test_what_cannot_be_read_is_not_judged(story, tmp_path, spoil):
    retried(story)
    story.write(tmp_path)
    spoil(tmp_path / "calls.jsonl")
    code, output, errors = run(tmp_path)
    assert (code, output) == (2, "") and errors.startswith("check.py: ")


def test_many_findings_are_counted_and_some_shown(story, judge):
    for number in range(300):
        story.schedule(f"job {number}", 1, logged=False, dueTime="1h")
    shown = judge(story).document()["log"]
    assert len(shown) == 201 and shown[-1] == "… and 100 more."
