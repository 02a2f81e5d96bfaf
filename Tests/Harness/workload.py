"""What is asked of the server meanwhile: a seeded mix of all kinds of jobs, written over, deleted
and made again, by several clients at once.

Each client has names of its own, so that the calls of one name never overlap. Every payload is one
of its kind, so that a callback tells which version of a job it is for. Whatever has no end of its
own, or is not due for an hour, is deleted at the end; then all settles within seconds.
"""

import random
import threading
import time
from datetime import datetime, timedelta, timezone

from .client import Client
from .ledger import Ledger
from .server import Server

CLIENTS = 4
NAMES_OF_A_CLIENT = 12
# Seconds from a schedule to its first tick, at most.
SOON_MAX = 3.0
REPEATS_MAX = 5
FAR = "1h"


class Workload:
    def __init__(
        self, run: Ledger, server: Server, seed: int, clients: int = CLIENTS,
        pause: float = 0.02, label: str = "w",
    ):  # fmt: skip
        """`pause` is the mean number of seconds between two calls of one client. Payloads begin
        with `label`, names with a "w"."""
        self._pause = pause
        self._ending = threading.Event()
        self._workers = [
            _Worker(Client(run, server), number, label, random.Random(f"{seed} {number}"))
            for number in range(clients)
        ]
        self._threads = [
            threading.Thread(target=self._work, args=(worker,), daemon=True)
            for worker in self._workers
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def _work(self, worker: "_Worker") -> None:
        while not self._ending.is_set():
            asked = worker.step()
            # Nobody there: it is being started again.
            pause = worker.random.expovariate(1 / self._pause) if asked else 0.01
            self._ending.wait(min(pause, 10 * self._pause))

    def stop(self, seconds: float = 30) -> None:
        """Ends the calls, and deletes what would go on for ever. The server must be up."""
        self._ending.set()
        for thread in self._threads:
            thread.join(seconds)
            assert not thread.is_alive(), "a client hangs"
        deadline = time.monotonic() + seconds
        for worker in self._workers:
            while not worker.delete_endless():
                assert time.monotonic() < deadline, "what is endless cannot be deleted"
                time.sleep(0.05)
            worker.client.close()

    def abandon(self) -> None:
        """Leaves no thread behind, whatever has gone wrong."""
        self._ending.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()


class _Worker:
    def __init__(self, client: Client, number: int, label: str, draw: random.Random):
        self.client = client
        self.random = draw
        self._names = [f"w{number}-{place}" for place in range(NAMES_OF_A_CLIENT)]
        # Names that may have a schedule without an end.
        self._endless: set[str] = set()
        self._version = 0
        self._label = f"{label}{number}"

    def step(self) -> bool:
        """One call; False if there was nobody to ask."""
        name = self.random.choice(self._names)
        kind = self.random.random()
        if kind < 0.02:
            # Now and then of more than this one.
            return self._delete(name, self.client.delete_all)
        if kind < 0.15:
            return self._delete(name, self.client.delete)
        if kind < 0.20:
            return self.client.get(name) is not None
        request = self._request()
        if is_endless(request):
            self._endless.add(name)
        return self.client.schedule(name, request) is not None

    def delete_endless(self) -> bool:
        for name in sorted(self._endless):
            self._delete(name, self.client.delete)
        return not self._endless

    def _delete(self, name: str, ask) -> bool:
        outcome = ask(name)
        if outcome == "ok":
            self._endless.discard(name)
        return outcome is not None

    def _request(self) -> dict:
        self._version += 1
        request = self._timing() | {"data": f"{self._label} version {self._version}"}
        # Without it a job that is there is left as it is, and the call refused.
        if self.random.random() < 0.8:
            request["overwrite"] = True
        policy = self.random.choice(["none", "drop", "constant"])
        if policy == "drop":
            request["failurePolicy"] = {"drop": {}}
        elif policy == "constant":
            constant = {"interval": f"{self.random.choice([0, 0.1, 0.5])}s"}
            request["failurePolicy"] = {"constant": constant | {"maxRetries": 5}}
        return request

    def _timing(self) -> dict:
        draw = self.random
        repeats = draw.randint(1, REPEATS_MAX)
        soon = draw.uniform(0, SOON_MAX)
        return draw.choice([
            lambda: {"dueTime": instant(soon)},
            lambda: {"dueTime": instant(soon)},
            lambda: {"dueTime": f"{round(soon * 1000)}ms"},
            # Long gone: due at once.
            lambda: {"dueTime": instant(-60)},
            lambda: {"schedule": "@every 1s", "repeats": repeats},
            lambda: {"schedule": "@every 1s", "repeats": repeats, "dueTime": instant(soon)},
            lambda: {"schedule": "@every 1s", "ttl": f"{repeats}s"},
            lambda: {"schedule": "* * * * * *", "repeats": repeats},
            lambda: {"schedule": "*/2 * * * * *", "ttl": f"{repeats}s"},
            lambda: {"schedule": "* * * * * *"},
            lambda: {"schedule": "@every 1s"},
            lambda: {"dueTime": FAR},
        ])()  # fmt: skip


def is_endless(request: dict) -> bool:
    if "schedule" not in request:
        return request["dueTime"] == FAR
    return "repeats" not in request and "ttl" not in request


def instant(seconds: float) -> str:
    """So many seconds from now, as RFC 3339 in UTC, to the millisecond."""
    moment = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
