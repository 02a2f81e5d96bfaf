"""tools/docs: every link of every page leads somewhere, and the catalogue is built."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = "tools/docs"


def docs(root, *flags: str) -> subprocess.CompletedProcess:
    command = [sys.executable, root / DOCS, *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_catalogue_is_built_and_every_link_leads_somewhere():
    result = docs(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    built = ROOT / ".build/docs/Daybook.doccarchive/data/documentation"
    assert (built / "daybook.json").exists()
    # DocC's own words for where a page is.
    turns = json.loads((built / "daybook/turns.json").read_text())
    assert turns["metadata"]["title"] == "Turns and decisions"


@pytest.fixture
def clone(tmp_path):
    """The pages alone, to break them."""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / DOCS, tmp_path / DOCS)
    landing = tmp_path / "Sources/daybook/daybook.docc/Daybook.md"
    landing.parent.mkdir(parents=True)
    landing.write_text("# Daybook\n\nIt is.\n\n## Topics\n\n- [Other](Other.md)\n")
    (landing.parent / "Other.md").write_text("# Other\n\nIt is, too.\n\n## A part\n")
    (tmp_path / "README.md").write_text("[all](Sources/daybook/daybook.docc/Daybook.md)\n")
    return tmp_path


def test_sound_pages_have_no_findings(clone):
    result = docs(clone, "--check")
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize(
    "page, text, finding",
    [
        ("README.md", "[gone](tools/gone.md)", "README.md:1: tools/gone.md is not there"),
        ("README.md", "[x](Sources/daybook/daybook.docc/Other.md#b)", "has no heading #b"),
        ("Sources/daybook/daybook.docc/Daybook.md", "# Daybook", "Other.md is not in Daybook.md"),
        ("tools/Other.md", "# Other", "two pages are called Other"),
    ],
)
def test_broken_pages_are_found(clone, page, text, finding):
    (clone / page).write_text(f"{text}\n")
    result = docs(clone, "--check")
    assert result.returncode == 1
    assert finding in result.stdout


@pytest.mark.parametrize("text", ["`[gone](gone.md)`", "```\n[gone](gone.md)\n```"])
def test_code_is_not_a_link(clone, text):
    (clone / "README.md").write_text(f"{text}\n")
    assert docs(clone, "--check").returncode == 0
