"""The server, as a client in Python calls Dapr's Jobs API."""

import signal
import time
from pathlib import Path

import httpx

from Harness import server
from Harness.ledger import now
from Harness.waiting import DEADLINE, wait_until


# How long a server that stops waits for triggers in flight.
DRAIN_SECONDS = 5


class Server(server.Server):

    def __init__(self, directory: Path, *ports, **options):
        super().__init__(directory, *ports, **options)
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)

        # Where its triggers go, as far as that can be judged.
        self.receivers: list = []
        # Whether the ledger has all that it was asked for.
        self.is_noted = False
        # What there is to say about judging it: `audited_only`, `zones_change`.
        self.marks: set[str] = set()

    def app_of(self, receiver, call=None) -> str | None:
        """Which app, or actor, a receiver is, or a call of it was for; None for several."""
        known = getattr(call, "app_id", None) or getattr(receiver, "app_id", None)
        return known or (self.app_id if hasattr(receiver, "port") else None)

    def terminate(self) -> None:
        self.signal(signal.SIGTERM)

    def signal(self, number: int) -> None:
        if number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            self.died("stop", now())
        super().signal(number)

    def kill(self) -> int:
        self.died("kill", now())
        return super().kill()

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


def assert_stops_at_once(server: Server, prepare=lambda: None) -> None:
    """That it waits for nothing. A server that waits is never quicker than that, so the quickest of
    some stops decides, however busy the machine is. `prepare` comes before each."""

    def took() -> float:
        if not server.is_running:
            server.start()
        prepare()
        begun = time.monotonic()
        server.stop()
        return time.monotonic() - begun

    wait_until(lambda: took() < DRAIN_SECONDS, "a stop that waits for nothing", 60)


def run_to_its_end(directory: Path, port: int, metrics_port="0", **options):
    """Starts a server that is expected to refuse, and returns its exit code and output."""
    return server.Server(directory, port, metrics_port=metrics_port).refusal(**options)
