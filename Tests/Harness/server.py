"""The server under test: the real binary as a process of its own, and what one does to it."""

import json
import os
import re
import select
import signal
import subprocess
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote

from . import footprint, replay
from .ledger import Ledger, now
from .programs import BINARY, REPLAY
from .waiting import free_port, wait_until

# What a server takes to answer that its disk is full, or that it is stopping, on a busy machine.
ANSWER_SECONDS = 60


def request(port: int, method: str, path: str, body: dict | None = None) -> tuple[int, bytes]:
    """Status and body."""
    connection = HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        connection.request(method, path, None if body is None else json.dumps(body).encode())
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def is_serving(port: int) -> bool:
    try:
        return request(port, "GET", "/v1.0/healthz")[0] == 204
    except (OSError, HTTPException):
        return False


class NotServing(AssertionError):
    """A server that was to start has ended instead."""


class Server:
    """`daybook serve` on a directory. It can be ended in any way and started again, on one port."""

    namespace = "default"
    # A start folds the log, a stop drains for 5 s; a machine under load takes its time.
    start_seconds, stop_seconds, replay_seconds = 60, 30, 60

    def __init__(
        self, directory: Path, http_port: int | None = None, app_port: int | None = None,
        app_id="shop", *, metrics_port: int | str = 0, grpc_port: int | str = 0,
        scheduler_port: int | str = 0, flags=(), environment=None, binary: Path = BINARY,
        output: Path | None = None, prefix=(),
    ):  # fmt: skip
        """A port of 0 is none. Its log goes to `output`, or beside the directory. `prefix` is a
        command that becomes it."""
        self.directory = directory
        self.port = http_port or free_port()
        self.metrics_port = metrics_port
        self.grpc_port = grpc_port
        self.scheduler_port = scheduler_port
        self.app_id = app_id
        self.binary = binary
        self.command = [
            *prefix, str(binary), "serve", "--data-dir", str(directory), "--app-id", app_id,
            "--http-port", str(self.port), "--log-format", "json",
            "--metrics-port", str(metrics_port), "--grpc-port", str(grpc_port),
            "--scheduler-port", str(scheduler_port),
        ]  # fmt: skip
        if app_port:
            self.command += ["--app-port", str(app_port)]
        self.command += map(str, flags)
        # On top of this process's own.
        self.environment = dict(environment or {})
        self.output = output or directory.parent / f"{directory.name}.log"
        self.process: subprocess.Popen | None = None
        # How many times it was started.
        self.lives = 0
        # Where what is done to it is noted.
        self.ledger: Ledger | None = None
        # What ended the last life: fault, when, detail. Noted when the next one has begun.
        self._death: tuple[str, int, dict] | None = None

    # Its life

    def launch(self, environment: dict[str, str] | None = None) -> None:
        """Starts it and waits for nothing. `environment` comes on top, for this life."""
        assert not self.is_running, "one process at a time"
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env=os.environ | self.environment | (environment or {}),
            )  # fmt: skip
        self.lives += 1
        self.note_death()

    def died(self, fault: str, began: int, **detail) -> None:
        """Something has killed it. What it had sent may arrive for a moment yet: so the fault lasts
        until the next start."""
        self._death = fault, began, detail

    def note_death(self) -> None:
        if self._death and self.ledger:
            fault, began, detail = self._death
            self.ledger.fault(fault, began, now(), **detail)
            self._death = None

    def start(self, environment: dict[str, str] | None = None) -> None:
        """Starts it and waits until it serves."""
        self.launch(environment)
        self.wait_healthy()

    def wait_healthy(self) -> None:
        what = "the server has started"
        wait_until(self.is_healthy, what, self.start_seconds, pause=0.004)

    def is_healthy(self) -> bool:
        """False if it is not there yet, which it may not be for ever."""
        code = self.process.poll()
        if code is not None:
            raise NotServing(f"the server is gone with exit code {code}: {self.last_words()}")
        return is_serving(self.port)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def wait(self, seconds: float | None = None) -> int:
        """Waits until it has ended; returns the exit code, negative for a signal."""
        seconds = seconds or self.stop_seconds
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            told = f"{footprint.threads(self.process.pid)}; {self.last_words()}"
            raise AssertionError(f"not ended after {seconds} s; {told}") from None

    def wait_dead(self, seconds: float) -> int | None:
        """Waits until it has ended, and sees that at once; None if it does not within `seconds`."""
        descriptor = os.pidfd_open(self.process.pid)
        try:
            is_dead = select.select([descriptor], [], [], seconds)[0]
        finally:
            os.close(descriptor)
        return self.process.wait() if is_dead else None

    def live_on(self, seconds: float) -> None:
        """It must not end by itself meanwhile."""
        code = self.wait_dead(seconds)
        assert code is None, f"the server is gone with exit code {code}: {self.last_words()}"

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        if self.is_running:
            self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> int:
        """`kill -9`."""
        self.process.kill()
        return self.wait()

    def abandon(self) -> None:
        """Leaves no process behind, whatever has gone wrong."""
        if self.is_running:
            self.kill()

    def refusal(self, *prefix: str, **options) -> subprocess.CompletedProcess:
        """How a start ends that must be refused. `prefix` is a command that starts the server."""
        options = {"env": os.environ | self.environment, "timeout": 20} | options
        return subprocess.run(
            [*prefix, *self.command], capture_output=True, text=True, **options
        )  # fmt: skip

    # What it says

    def request(
        self, method: str, path: str, body: dict | None = None, port: int | None = None
    ) -> tuple[int, bytes]:
        """Status and body."""
        return request(port or self.port, method, path, body)

    def path(self, name: str, version="v1.0") -> str:
        return f"/{version}/jobs/{quote(name, safe='')}"

    def schedule(self, name: str, **fields) -> None:
        """Schedules a job that must be accepted."""
        status, said = self.request("POST", self.path(name), fields)
        assert status == 204, f"the job {name} is refused with {status}: {said}"

    def jobs(self, limit: int = 100) -> list[dict]:
        """The first page of them."""
        status, body = self.request("GET", f"/v1.0/jobs?limit={limit}")
        assert status == 200, body
        return json.loads(body)["jobs"]

    def metric(self, name: str) -> float:
        """The sum of all of that name; with labels, as they stand there, of those alone."""
        status, text = self.request("GET", "/metrics", port=self.metrics_port)
        assert status == 200, f"the metrics answer {status}"
        values = re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text.decode(), re.MULTILINE)
        return sum(map(float, values))

    def log(self) -> str:
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def last_words(self) -> str:
        return " | ".join(self.log().splitlines()[-4:])

    @property
    def store(self) -> Path:
        """The file of its log that grows."""
        return max(self.directory.glob("log/*/data.mdb"))

    # What its log says

    def replay(self, *arguments, **options) -> subprocess.CompletedProcess:
        """`daybook-replay ARGUMENTS --data-dir DIR`."""
        return replay.run(*arguments, "--data-dir", self.directory, **self.reading | options)

    def audit(self) -> tuple[int, dict]:
        """What the judge says of the log as it is now: exit code and report."""
        return replay.audit(self.directory, **self.reading)

    def verify(self, *flags, directory: Path | None = None) -> tuple[int, dict]:
        """How `verify` ends, on this log or another, and its report."""
        return replay.verify(directory or self.directory, *flags, **self.reading)

    @property
    def reading(self) -> dict:
        """With what program its log is read, and for how long."""
        program = REPLAY if self.binary == BINARY else self.binary.parent / "daybook-replay"
        return {"program": program, "timeout": self.replay_seconds}
