"""The walk-through of an incident that the README shows: all that it says of the log is true."""

import os
import subprocess
import sys

from server import BINARY, ROOT


def test_the_log_tells_exactly_what_happened():
    script = ROOT / "tools/examples/incident.py"
    environment = os.environ | {"DAYBOOK_BIN": str(BINARY)}
    result = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=120, env=environment
    )
    assert result.returncode == 0, result.stdout + result.stderr
    marks = [line.strip()[0] for line in result.stdout.splitlines() if line.startswith("  ✓")]
    assert len(marks) == 18, result.stdout
    assert "NOT SO" not in result.stdout
