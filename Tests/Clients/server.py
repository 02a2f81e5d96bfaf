"""The server, as a client in Python calls Dapr's Jobs API."""

import signal
from pathlib import Path

import httpx

from Harness import server
from Harness.waiting import DEADLINE, wait_until


class Server(server.Server):
    # What it may take to drain: 5 s for handlers in flight, the rest for a machine under load.
    stop_seconds = 5 + 5

    def __init__(self, directory: Path, *ports, **options):
        super().__init__(directory, *ports, **options)
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=15)

    def terminate(self) -> None:
        self.signal(signal.SIGTERM)

    def stop(self) -> None:
        """SIGTERM must end it, with exit code 0."""
        code = super().stop()
        assert code in (0, -signal.SIGKILL), f"exit code {code}:\n{self.log()}"

    def abandon(self) -> None:
        self.client.close()
        super().abandon()

    # Dapr's Jobs API

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

    def wait_until_gone(self, *names: str, deadline: float = DEADLINE) -> None:
        """Waits until the jobs have come to their ends, durably."""
        for name in names:
            wait_until(lambda: not self.has(name), f"the job {name} is at its end", deadline)


def run_to_its_end(directory: Path, port: int, metrics_port="0", **options):
    """Starts a server that is expected to refuse, and returns its exit code and output."""
    return server.Server(directory, port, metrics_port=metrics_port).refusal(**options)
