"""The server under test: the real binary as a process of its own, and what one does to it."""

import json
import os
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import httpx

from waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("DAYBOOK_BIN", ROOT / ".build/debug/daybook"))
REPLAY = BINARY.parent / "daybook-replay"
# What a server may take to drain: 5 s for handlers in flight, the rest for a machine under load.
STOP_DEADLINE = 5 + 5


class Server:
    """`daybook serve` on a directory. It can be killed and started again."""

    def __init__(
        self, directory: Path, http_port: int, app_port: int | None, app_id="shop", metrics_port=0,
        grpc_port: int | str = 0, scheduler_port: int | str = 0, flags=(), environment=None,
    ):  # fmt: skip
        self.directory = directory
        self.grpc_port = grpc_port
        self.scheduler_port = scheduler_port
        self.app_id = app_id
        self.command = [
            str(BINARY), "serve", "--data-dir", str(directory), "--app-id", app_id,
            "--http-port", str(http_port), "--log-format", "json",
            "--metrics-port", str(metrics_port), "--grpc-port", str(grpc_port),
            "--scheduler-port", str(scheduler_port),
        ]  # fmt: skip
        if app_port:
            self.command += ["--app-port", str(app_port)]
        self.command += flags
        self.environment = os.environ | (environment or {})
        self.output = directory.parent / f"{directory.name}.log"
        self.process: subprocess.Popen | None = None
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{http_port}", timeout=15)

    # Its life

    def start(self) -> None:
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                self.command, stdout=output, stderr=output, env=self.environment
            )
        wait_until(self.is_healthy, "the server has started")

    def is_healthy(self) -> bool:
        code = self.process.poll()
        assert code is None, f"the server is gone with exit code {code}:\n{self.log()}"
        try:
            return self.client.get("/v1.0/healthz").status_code == 204
        except httpx.TransportError:
            return False

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        return self.process.wait(STOP_DEADLINE)

    def stop(self) -> None:
        """SIGTERM must end it, with exit code 0."""
        if self.process.poll() is None:
            self.terminate()
        code = self.wait()
        assert code in (0, -signal.SIGKILL), f"exit code {code}:\n{self.log()}"

    def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()
        self.process.wait()

    def abandon(self) -> None:
        """Leaves no process behind, whatever has gone wrong."""
        self.client.close()
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def log(self) -> str:
        return self.output.read_text(errors="replace")

    # Dapr's Jobs API

    def path(self, name: str, version: str) -> str:
        return f"/{version}/jobs/{quote(name, safe='')}"

    def post(self, name: str, body: dict, version="v1.0-alpha1") -> httpx.Response:
        return self.client.post(self.path(name, version), json=body)

    def schedule(self, name: str, version="v1.0-alpha1", **fields) -> None:
        """Schedules a job that must be accepted."""
        response = self.post(name, fields, version)
        assert response.status_code == 204, response.text
        assert response.content == b""

    def get(self, name: str, version="v1.0-alpha1") -> httpx.Response:
        return self.client.get(self.path(name, version))

    def delete(self, name: str, version="v1.0-alpha1") -> None:
        response = self.client.delete(self.path(name, version))
        assert response.status_code == 204, response.text
        assert response.content == b""

    def has(self, name: str) -> bool:
        status = self.get(name).status_code
        assert status in (200, 404), status
        return status == 200

    def wait_until_gone(self, *names: str) -> None:
        """Waits until the jobs have come to their ends, durably."""
        for name in names:
            wait_until(lambda: not self.has(name), f"the job {name} is at its end")

    # The judge

    def audit(self) -> tuple[int, dict]:
        """What `daybook-replay audit` says of the log as it is now: exit code and report."""
        command = [str(REPLAY), "audit", "--data-dir", str(self.directory), "-o", "json"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert result.returncode in (0, 1), result.stderr or result.stdout
        return result.returncode, json.loads(result.stdout)


def run_to_its_end(
    directory: Path, port: int, metrics_port="0", **options
) -> subprocess.CompletedProcess:
    """Starts a server that is expected to refuse, and returns its exit code and output."""
    command = [
        str(BINARY), "serve", "--data-dir", str(directory), "--app-id", "shop",
        "--http-port", str(port), "--metrics-port", metrics_port, "--grpc-port", "0",
        "--scheduler-port", "0",
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=20, **options)
