"""The incident that the README shows in a picture: all that is said of its log is true."""

import os
import subprocess
import sys
from xml.etree import ElementTree

from Harness.programs import BINARY, ROOT

EXAMPLES = ROOT / "tools/examples"
SHADES = ("no scheduler running", "app not there")


def test_the_log_tells_exactly_what_happened(tmp_path):
    picture = tmp_path / "incident.svg"
    result = subprocess.run(
        [sys.executable, EXAMPLES / "incident.py", "--svg", picture], capture_output=True,
        text=True, timeout=300, env=os.environ | {"DAYBOOK_BIN": str(BINARY)},
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    marks = [line.strip()[0] for line in result.stdout.splitlines() if line.startswith("  ✓")]
    assert len(marks) == 18, result.stdout
    assert "NOT SO" not in result.stdout
    assert spans(picture) == spans(EXAMPLES / "incident.svg") == set(SHADES)


def spans(picture) -> set[str]:
    """What is shaded in a picture, by the words it has for that."""
    elements = ElementTree.parse(picture).iter()
    titles = [element.text for element in elements if element.tag.endswith("title")]
    return {words for words in SHADES for title in titles if title.startswith(f"{words} from ")}
