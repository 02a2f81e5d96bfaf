"""Peers in Go, with the library that daprd and Dapr's Go SDK have (Tests/Peers): how they are
started, what they see as they run, and what they say in the end."""

import json
import os
import signal
import subprocess
from pathlib import Path

from Harness.app import Call, Receiver
from Harness.programs import ROOT
from replica import Notes, Replica

PROGRAM = Path(os.environ.get("DAYBOOK_PEER", ROOT / ".build/peers/peer"))
# For thousands of calls on a machine under load.
PATIENCE = 180


def start(role: str, *flags) -> subprocess.Popen:
    assert PROGRAM.exists(), f"{PROGRAM} is not there; tools/test builds it"
    command = [str(PROGRAM), role, *map(str, flags)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def report(process: subprocess.Popen) -> dict:
    """What it says when it has come to its end by itself, or was told to."""
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output
    return json.loads(output)


def schedule(port: int, calls: int, **options) -> dict:
    """Makes so many calls of ScheduleJob: schedule(port, 10, in_flight=2, schedule="@every 1s")."""
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    return report(start("schedule", f"--address=127.0.0.1:{port}", f"--calls={calls}", *flags))


class GoWatch(Receiver):
    """A sidecar of the app `shop` with one stream of triggers. It goes on until it is stopped, or
    has had enough."""

    app_id = "shop"
    notes_answers = False

    def __init__(self, port: int, path: Path, *flags):
        super().__init__()
        self.notes = Notes(path, "grpc")
        where = (f"--address=127.0.0.1:{port}", f"--notes={path}")
        self.process = start("watch", *where, *flags)
        self.came()

    @property
    def calls(self) -> list[Call]:
        return self.notes.read()

    def wait_for(self, count: int, deadline=PATIENCE) -> None:
        self.notes.wait_for(count, deadline)

    def report(self) -> dict:
        return report(self.process)

    def stop(self) -> dict:
        self.left()
        self.process.terminate()
        return self.report()

    def abandon(self) -> None:
        self.left()
        self.process.kill()
        self.process.wait()


class GoApp(Replica):
    """An app as Dapr's Go SDK makes one. It can be stopped, killed and started again."""

    notes_answers = False

    def __init__(self, port: int, path: Path, *flags):
        super().__init__(port, path, "grpc")
        self.flags = flags

    def spawn(self) -> None:
        where = (f"--address=127.0.0.1:{self.port}", f"--notes={self.path}")
        self.process = start("app", *where, *self.flags)

    def stop(self) -> dict:
        """SIGTERM: it finishes what it has begun, and says what it has seen."""
        self.left()
        self.process.send_signal(signal.SIGTERM)
        said = report(self.process)
        self.process = None
        return said

    def wait_for_calls(self, count: int) -> None:
        self.notes.wait_for(count, PATIENCE)


def export(path: Path, *jobs: dict) -> Path:
    """Writes what Dapr's CLI exports of a scheduler with these jobs (Tests/Peers/export.go)."""
    command = [str(PROGRAM), "export", f"--file={path}"]
    result = subprocess.run(command, input=json.dumps(jobs), capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return path
