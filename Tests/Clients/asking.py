"""Asking `daybook jobs next` and reading its answers."""

import json
import os
import pty
import subprocess

from Harness.programs import BINARY, complaint, daybook

# Exit codes.
NEVER, USAGE, CANNOT_OPEN = 1, 2, 3
# No variable of this machine's time zones gets through.
ENVIRONMENT = {name: os.environ[name] for name in os.environ if name not in ("TZ", "TZDIR")}


def ask(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess:
    """Runs it."""
    asked = ("jobs", "next", *arguments)
    return daybook(*asked, text=False, input=stdin, env=ENVIRONMENT | environment)


def answer(*arguments: str, **environment: str) -> dict:
    """What it prints for a program, if it is content."""
    result = ask(*arguments, **environment)
    assert result.returncode == 0 and result.stderr == b"", result.stderr.decode()
    assert result.stdout.count(b"\n") == 1
    return json.loads(result.stdout)


def dues(schedule: str, start: str, count: int, **environment: str) -> list[str]:
    return answer(schedule, "--from", start, "-n", str(count), **environment)["next"]


def refused(code: int, *arguments: str, stdin: bytes = b"", **environment: str) -> str:
    """Its one line of complaint."""
    return complaint(ask(*arguments, stdin=stdin, **environment), code)


def batch(*lines: str | bytes, count: int = 1, start="2030-01-01T00:00:00Z", **environment: str):
    """The lines it answers with."""
    asked = b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines)
    arguments = ("--batch", "-n", str(count), "--from", start)
    result = ask(*arguments, stdin=asked, **environment)
    assert result.returncode == 0 and result.stderr == b"", result.stderr.decode()
    answers = result.stdout.decode().split("\n")
    assert answers.pop() == "" and len(answers) == len(lines)
    return answers


def on_terminal(*arguments: str, **environment: str) -> list[str]:
    """The lines it shows on a terminal."""
    ours, theirs = pty.openpty()
    try:
        subprocess.run(
            [str(BINARY), "jobs", "next", *arguments],
            stdin=theirs, stdout=theirs, stderr=theirs, timeout=60, check=True,
            env=ENVIRONMENT | environment,
        )  # fmt: skip
        return os.read(ours, 65_536).decode().splitlines()
    finally:
        os.close(ours)
        os.close(theirs)
