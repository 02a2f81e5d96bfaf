"""The client: asks the server for something and notes what came of it."""

import itertools
import json
from http.client import HTTPConnection, HTTPException
from urllib.parse import quote, urlencode

from .ledger import Ledger, now
from .server import Server

# Longer than the server takes to answer that its disk is full, or that it is stopping.
ANSWER_SECONDS = 20


class Client:
    """Calls of one thread, on a connection that stays while the server does."""

    # Of the whole process, so of every client of a run.
    _ids = itertools.count(1)

    def __init__(self, run: Ledger, server: Server):
        self.run = run
        self.server = server
        self._connection: HTTPConnection | None = None

    def schedule(self, name: str, request: dict) -> str | None:
        return self._call("schedule", "POST", name, request)

    def delete(self, name: str) -> str | None:
        return self._call("delete", "DELETE", name, {})

    def delete_all(self, prefix: str) -> str | None:
        return self._call("delete by prefix", "DELETE", prefix, {})

    def get(self, name: str) -> str | None:
        return self._call("get", "GET", name, {})

    def close(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def _call(self, op: str, method: str, name: str, request: dict) -> str | None:
        """The outcome; None if there was nobody to ask, which is no call."""
        if not self._connect():
            return None
        body = json.dumps(request).encode() if method == "POST" else None
        path = f"/v1.0/jobs/{quote(name, safe='')}"
        if op == "delete by prefix":
            path = f"/v1.0/jobs?{urlencode({'prefix': name})}"
        start, said = now(), b""
        try:
            self._connection.request(method, path, body)
            response = self._connection.getresponse()
            said = response.read()
            status, end = response.status, now()
        except (OSError, HTTPException):
            self.close()
            status, end = None, None
        outcome = outcome_of(status)
        self.run.calls.add(
            id=next(self._ids), start=start, end=end, op=op, app=self.server.app_id,
            namespace=self.server.namespace, name=name, request=request, outcome=outcome,
            status=status, **seen(op, status, said),
        )  # fmt: skip
        return outcome

    def _connect(self) -> bool:
        if self._connection:
            return True
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=ANSWER_SECONDS)
        try:
            connection.connect()
        except OSError:
            return False
        self._connection = connection
        return True


def seen(op: str, status: int | None, said: bytes) -> dict:
    """The data of a job that was found."""
    data = json.loads(said).get("data") if (op, status) == ("get", 200) else None
    return {} if data is None else {"seen": json.dumps(data["value"])}


def outcome_of(status: int | None) -> str:
    """2xx: it was done, durably. 4xx, 503 and 507: it was not. Anything else leaves it open."""
    if status is None:
        return "unknown"
    if 200 <= status < 300:
        return "ok"
    return "refused" if 400 <= status < 500 or status in (503, 507) else "unknown"
