"""Where the programs are, and running `daybook` when it ends by itself."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("DAYBOOK_BIN", ROOT / ".build/release/daybook"))
REPLAY = BINARY.parent / "daybook-replay"
# What a server is told that is to listen nowhere.
NO_PORTS = (
    "--http-port", "0", "--metrics-port", "0", "--grpc-port", "0", "--scheduler-port", "0",
)  # fmt: skip


def daybook(*arguments, timeout=60, **options) -> subprocess.CompletedProcess:
    """How it ends, and what it says; `options` are those of a subprocess."""
    if not options.keys() & {"stdout", "stderr"}:
        options["capture_output"] = True
    command = [str(BINARY), *map(str, arguments)]
    return subprocess.run(command, timeout=timeout, **{"text": True} | options)


def complaint(result: subprocess.CompletedProcess, code: int) -> str:
    """The one line of a `daybook` that refuses, with this exit code."""
    said = result.stderr if isinstance(result.stderr, str) else result.stderr.decode()
    assert (result.returncode, len(result.stdout)) == (code, 0), said
    assert said.startswith("daybook: ") and said.count("\n") == 1, said
    return said
