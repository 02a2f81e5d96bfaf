"""The list of planted bugs fits the code and the tests, and how they are planted."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/plantedbugs"))

import planting  # noqa: E402
from planting import Bug, plant, planted, unfitting  # noqa: E402

LATE = Bug("I4", "late", "…", ["simulate"], "A.swift", "a < b", "a <= b")
FILE = "Sources/Jobs/A.swift"
NEVER = replace(LATE, name="never", new="a < b, !PLANTED")


def test_every_bug_of_the_list_fits():
    assert unfitting(Bug.read()) == []


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A tree of its own: root(text of A.swift)."""
    monkeypatch.setattr(planting, "ROOT", tmp_path)
    (tmp_path / FILE).parent.mkdir(parents=True)
    planting.content.cache_clear()
    planting.swift_files.cache_clear()

    def make(text: str) -> Path:
        (tmp_path / FILE).write_text(text)
        return tmp_path

    return make


def test_two_bugs_in_one_place_each_have_their_switch(root, tmp_path_factory):
    root("if a < b {}")
    tree = tmp_path_factory.mktemp("tree")
    (tree / "gone.swift").write_text("")
    plant(planted([LATE, NEVER]), tree)
    assert (tree / FILE).read_text() == (
        'if (isPlanted("late") ? (a <= b) : (a < b, !isPlanted("never"))) {}')
    assert "func isPlanted" in (tree / "Sources/Jobs/PlantedBug.swift").read_text()
    assert not (tree / "gone.swift").exists()


@pytest.mark.parametrize(
    "bug, problem",
    [
        (replace(LATE, old="c"), "Sources/Jobs/A.swift holds 'c' in lines [1, 2]"),
        (replace(LATE, old="d"), "its file is Sources/Jobs/A.swift; 'd' is in no file"),
        (replace(LATE, file="B.swift"), "there is no B.swift; 'a < b' is in Sources/Jobs/A.swift"),
        (replace(LATE, old=["{}", "d"], new=["", ""]), "A.swift; 'd' is in no file"),
        (replace(LATE, found_by=["clients test_x.py"]), "there is no clients test_x.py"),
        (replace(LATE, found_by=["swift XTests/y"]), "there is no swift XTests/y"),
        (replace(LATE, found_by=["somebody"]), "there is no somebody"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_place(root, bug, problem):
    root("if a < b {} // c\n// c")
    assert unfitting([LATE]) == []
    [told] = unfitting([bug])
    assert problem in told
