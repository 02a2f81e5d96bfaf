"""`daybook-replay`, as one runs it on a data directory."""

import json
import os
import random
import shutil
import subprocess
from pathlib import Path

from .programs import REPLAY

FINE, FINDINGS, USAGE, CANNOT_OPEN, DAMAGED, BROKEN = 0, 1, 2, 3, 4, 6
# Those, and 7 for a newer format, are documented; a signal is none of them.
EXITS = (FINE, FINDINGS, USAGE, CANNOT_OPEN, DAMAGED, BROKEN, 7)
DATA = Path("log/00000000000000000001/data.mdb")
PAGE = 4096
# What no line a person reads may hold.
TRACES = ("Fatal error", "Backtrace", "Thread 0")


def run(*arguments, program: Path = REPLAY, timeout=300, **options) -> subprocess.CompletedProcess:
    """Runs it; `options` are those of a subprocess."""
    command = [str(program), *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=timeout, **options)
    assert result.returncode in EXITS, f"exit code {result.returncode}: {result.stderr}"
    for trace in TRACES:
        assert trace not in result.stdout + result.stderr, result.stdout + result.stderr
    return result


def audit(directory: Path, *flags, **options) -> tuple[int, dict]:
    """What the judge says of a log as it is now: exit code and report."""
    result = run("audit", "--data-dir", directory, "-o", "json", *flags, **options)
    assert result.returncode in (FINE, FINDINGS) and not result.stderr, result.stderr
    report = json.loads(result.stdout)
    assert report["isClean"] == (result.returncode == FINE)
    return result.returncode, report


def export(directory: Path, *flags, **options) -> list[dict]:
    """Every event of a log, or those that the flags ask for."""
    result = run("export", "--data-dir", directory, *flags, **options)
    assert (result.returncode, result.stderr) == (FINE, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


def verify(directory: Path, *flags, **options) -> tuple[int, dict]:
    """Exit code and report. There is a report of whatever could be opened."""
    result = run("verify", "--data-dir", directory, "-o", "json", *flags, **options)
    assert result.returncode in (FINE, FINDINGS, DAMAGED), result.stderr or result.stdout
    report = json.loads(result.stdout)
    assert report["isClean"] == (result.returncode == FINE)
    assert ("damage" in report) == (result.returncode == DAMAGED)
    return result.returncode, report


def sound(directory: Path, *flags) -> dict:
    """The report on a log in which nothing is found."""
    code, report = verify(directory, *flags)
    assert code == FINE, report
    assert report["trustworthy"] == {key: report["head"][key] for key in ("digest", "last")}
    return report


def copy(directory: Path, target: Path, *flags, **options) -> dict:
    """Makes a copy, and returns what is said of it."""
    result = run("copy", "--data-dir", directory, target, "-o", "json", *flags, **options)
    assert result.returncode == FINE, result.stderr
    assert not unfinished(target).exists()
    return json.loads(result.stdout)


def unfinished(target: Path) -> Path:
    return target.with_name(target.name + ".unfinished")


class Flips:
    """Bits of a log to be flipped one at a time, from a printed seed."""

    def __init__(self, source: Path, seed: int):
        print(f"seed {seed}")
        self.seed = seed
        self.whole = (source / DATA).read_bytes()

    def make(self, number: int, directory: Path) -> int:
        """Makes the log in `directory` with flip `number`; where that is."""
        chance = random.Random(f"{self.seed} {number}")
        place = chance.randrange(len(self.whole))
        content = bytearray(self.whole)
        content[place] ^= 1 << chance.randrange(8)
        lay(directory, content)
        return place


def lay(directory: Path, content: bytes) -> None:
    """Makes a data directory of a data file."""
    shutil.rmtree(directory, ignore_errors=True)
    (directory / DATA).parent.mkdir(parents=True)
    os.chmod(directory, 0o700)
    (directory / DATA).write_bytes(content)
