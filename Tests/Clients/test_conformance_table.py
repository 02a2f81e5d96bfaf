"""The table of Dapr's tests keeps what it says: whatever it names is there, and nothing that
answers to one of Dapr's tests is left out of it."""

import ast
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from Harness.programs import ROOT

HERE = Path(__file__).parent
TABLE = ROOT / "Sources/DaprGRPC/DaprGRPC.docc/Conformance.md"
WORDS = ("passes", "differs", "not applicable", "missing")
# Below tests/integration/suite, without the files that only gather the others of a folder.
DAPRS = (HERE / "dapr-1.18.3-tests.txt").read_text().split()
PARTS = {
    "daprd/jobs": "daprd/jobs/", "scheduler": "scheduler/",
    "actors/reminders": "actors/reminders/", "Others": "",
}  # fmt: skip
NAME = re.compile(r"`(\w+)::(\w+)`")


def rows() -> list[tuple[str, str, str]]:
    """Dapr's tests, what is said of them, and the functions."""
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("| `")]
    return [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in lines]


def functions(file: str) -> dict[str, ast.FunctionDef]:
    """The tests of a file, by their names without the first word."""
    tree = ast.parse((HERE / f"test_{file}.py").read_text())
    return {
        node.name.removeprefix("test_"): node for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }  # fmt: skip


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0].split("`")[1])
def test_what_a_row_says_is_shown_by_tests_that_are_there(row):
    theirs, said, shown = row
    assert said.startswith(WORDS), said
    assert all(part.strip("`").endswith((".go", "*")) for part in theirs.split(", ")), theirs
    named = NAME.findall(shown)
    assert ", ".join(f"`{file}::{name}`" for file, name in named) == shown
    if said.startswith(("passes", "differs")):
        assert named, "nothing shows it"
    for file, name in named:
        test = functions(file)[name]
        decorators = [ast.unparse(decorator) for decorator in test.decorator_list]
        assert not re.search("skip|xfail", " ".join(decorators)), name


def test_every_test_that_answers_to_one_of_daprs_is_in_the_table():
    named = {pair for _, _, shown in rows() for pair in NAME.findall(shown)}
    files = [path.stem.removeprefix("test_") for path in HERE.glob("test_conformance*.py")]
    files.remove(Path(__file__).stem.removeprefix("test_"))
    every = {(file, name) for file in files for name in functions(file)} | {
        ("concurrency_limits", name) for name in functions("concurrency_limits")
        if name.endswith("_go")
    }  # fmt: skip
    assert every - named == set()


def files_named() -> list[tuple[str, set[str]]]:
    """What the first columns name, and the files of Dapr's that this is. A name may leave out the
    folder of the one before it."""
    found = []
    for part in TABLE.read_text().split("\n## ")[1:]:
        folder = PARTS[re.split("[:\n]", part)[0]]
        for line in part.splitlines():
            if not line.startswith("| `"):
                continue
            below = ""
            for name in re.findall("`([^`]+)`", line.split(" | ")[0]):
                below = name.rpartition("/")[0] + "/" if "/" in name else below
                wanted = {folder + name, folder + below + name}
                found.append((name, {f for f in DAPRS for w in wanted if fnmatch(f, w)}))
    return found


def test_every_file_that_is_named_is_one_of_daprs():
    assert [name for name, files in files_named() if not files] == []


def test_no_file_of_daprs_is_left_out():
    named = set().union(*[files for _, files in files_named()])
    assert [file for file in DAPRS if file not in named] == []


def test_no_test_of_daprs_stands_in_a_table_twice():
    text = TABLE.read_text()
    for part in text.split("\n## ")[1:]:
        seen = [line.split(" | ")[0] for line in part.splitlines() if line.startswith("| `")]
        assert len(seen) == len(set(seen)) > 0


def test_the_readme_points_at_it():
    assert f"({TABLE.relative_to(ROOT)})" in (ROOT / "README.md").read_text()
