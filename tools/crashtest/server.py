"""The server under fault: the real binary as a process, and what can be done to it."""

import json
import os
import random
import re
import select
import signal
import socket
import subprocess
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from records import RunDirectory, now

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("DAYBOOK_BIN", ROOT / ".build/debug/daybook"))
# A start folds the log, a stop drains for 5 s; a machine under load takes its time.
START_SECONDS = 60
STOP_SECONDS = 30
ANSWER_SECONDS = 15
# A long log takes its time.
REPLAY_SECONDS = 600
# Above the well-known ports and below those the kernel gives to outgoing connections: nobody takes
# the port of a server that is away for a moment.
PORTS = range(10_000, 32_000)


class NotServing(Exception):
    """A server that was to start has ended instead, or does not become healthy."""


class NotEnding(Exception):
    """A server that was told to end has not."""


def free_port() -> int:
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Server:
    """`daybook serve` on the data directory of a run. It can die and start again, on one port."""

    app_id = "shop"
    namespace = "default"

    def __init__(
        self, run: RunDirectory, app_port: int | None, binary: Path = BINARY, flags=(),
        directory: Path | None = None, scheduler_port: int = 0,
    ):  # fmt: skip
        self.run = run
        self.binary = Path(binary).resolve()
        self.replay = self.binary.parent / "daybook-replay"
        self.directory = directory or run.data
        self.port = free_port()
        self.flags = list(flags)
        self.app_port = app_port
        self.scheduler_port = scheduler_port
        self.process: subprocess.Popen | None = None
        # How many times it was started.
        self.lives = 0
        # What ended the last life: fault, when, detail. Noted when the next one has begun.
        self._death: tuple[str, int, dict] | None = None

    @property
    def command(self) -> list[str]:
        command = [
            str(self.binary), "serve", "--data-dir", str(self.directory), "--app-id", self.app_id,
            "--http-port", str(self.port), "--grpc-port", "0", "--metrics-port", "0",
            "--scheduler-port", str(self.scheduler_port), "--log-format", "json",
        ]  # fmt: skip
        if self.app_port:
            command += ["--app-port", str(self.app_port)]
        return command + self.flags

    # Its life

    def launch(self, environment: dict[str, str] | None = None, flags=()) -> None:
        """Starts it and waits for nothing. `environment` and `flags` come on top, for this life."""
        assert not self.is_running, "one process at a time"
        with self.run.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command + list(flags), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=os.environ | (environment or {}),
            )  # fmt: skip
        self.lives += 1
        self.note_death()

    def start(self, environment: dict[str, str] | None = None, flags=()) -> None:
        """Starts it and waits until it serves."""
        self.launch(environment, flags)
        self.wait_healthy()

    def wait_healthy(self, seconds: float = START_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not self.is_healthy():
            if (code := self.process.poll()) is not None:
                raise NotServing(f"the server ended with {code}: {self.last_words()}")
            if time.monotonic() > deadline:
                raise NotServing(f"not healthy after {seconds} s: {self.last_words()}")
            time.sleep(0.004)

    def is_healthy(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/v1.0/healthz")
            return connection.getresponse().status == 204
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """Waits until it has ended; returns the exit code, negative for a signal."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise NotEnding(
                f"not ended after {seconds} s; {self.threads()}; {self.last_words()}") from None

    def threads(self) -> str:
        """What each of its threads waits for in the kernel, and the signals it was sent and has not
        taken, as bits: proc(5)."""
        told = []
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            name, place = ((task / file).read_text().strip() for file in ("comm", "wchan"))
            signals = re.findall(r"^(SigPnd|ShdPnd|SigBlk|SigCgt):\s*(\w+)$",
                                 (task / "status").read_text(), re.M)  # fmt: skip
            told.append(f"{name} in {place} " + " ".join(map("=".join, signals)))
        return "threads: " + ", ".join(told)

    def wait_dead(self, seconds: float) -> int | None:
        """Waits until it has ended, and sees that at once; None if it does not within `seconds`."""
        descriptor = os.pidfd_open(self.process.pid)
        try:
            if not select.select([descriptor], [], [], seconds)[0]:
                return None
        finally:
            os.close(descriptor)
        return self.process.wait()

    def kill(self) -> int:
        """`kill -9`."""
        self.process.kill()
        return self.wait()

    def died(self, fault: str, began: int, **detail) -> None:
        """Something has killed it. What it had sent may arrive for a moment yet: so the fault lasts
        until the next start."""
        self._death = fault, began, detail

    def note_death(self) -> None:
        if self._death:
            fault, began, detail = self._death
            self.run.fault(fault, began, now(), **detail)
            self._death = None

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        if self.is_running:
            self.signal(signal.SIGTERM)
        return self.wait()

    def abandon(self) -> None:
        """Leaves no process behind, whatever has gone wrong."""
        if self.is_running:
            # Something may have stopped it.
            self.kill()

    # What it says

    def request(self, method: str, path: str, port: int | None = None) -> tuple[int, bytes]:
        """Something that no journal notes: status and body."""
        connection = HTTPConnection("127.0.0.1", port or self.port, timeout=ANSWER_SECONDS)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def job_count(self) -> int:
        """How many jobs there are, up to a page of them."""
        status, body = self.request("GET", "/v1.0/jobs?limit=100")
        assert status == 200, body
        return len(json.loads(body)["jobs"])

    def log(self) -> str:
        return self.run.log.read_text(errors="replace") if self.run.log.exists() else ""

    def last_words(self) -> str:
        return " | ".join(self.log().splitlines()[-4:])

    # The judge

    def replay_run(
        self, *arguments: str, directory: Path | None = None
    ) -> subprocess.CompletedProcess:
        """`daybook-replay ARGUMENTS --data-dir DIR`."""
        data = directory or self.directory
        command = [str(self.replay), *arguments, "--data-dir", str(data)]
        return subprocess.run(command, capture_output=True, text=True, timeout=REPLAY_SECONDS)

    def audit(self) -> tuple[int, dict]:
        """Judges the log as it is and keeps the report in the run: exit code and report."""
        result = self.replay_run("audit", "-o", "json")
        assert result.returncode in (0, 1), f"audit {result.returncode}: {result.stderr}"
        self.run.audit.write_text(result.stdout)
        return result.returncode, json.loads(result.stdout)

    def export(self) -> None:
        """Keeps every event of the log in the run."""
        result = self.replay_run("export", "-o", "jsonl")
        assert result.returncode == 0, f"export {result.returncode}: {result.stderr}"
        self.run.export.write_text(result.stdout)
