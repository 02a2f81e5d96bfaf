"""The ledger of a run: what was asked of a server, what its app was called with and what was done
to it, for a checker that shares no code with it (Tests/Outside).

It is a directory with files of JSON Lines, one object a line, append-only, each line with the
kernel before the next thing happens. Times are nanoseconds since 1970 by the wall clock of this
machine, which no fault moves. The data directory `data` and the server's log `server.log` may stand
beside them.

`calls.jsonl`     what was asked of the server: {"id", "start", "end": ns|null, "op":
                  "schedule|delete|delete by prefix|get", "app", "namespace", "name",
                  "request": body as sent, "outcome": "ok|refused|unknown",
                  "status": int|null}. Unknown is what had no answer: it may have been done or
                  not, and has no end. What could not even connect was not asked. A "get" that
                  found a job has its data as "seen".
`receipts.jsonl`  what the app was called with: {"time", "replied": ns|null, "app", "name", "key",
                  "due": RFC 3339 as in the header, "tick", "attempt", "cause", "trigger",
                  "body": text, "status": int|null}; null for a connection dropped without an
                  answer. Written before the answer is sent, so `replied` is when that began. There
                  may be a "word", the "status" in the body of the answer, and a "code", what the
                  log has in place of the status where the app is not called over HTTP.
`faults.jsonl`    what was done to it: {"time", "end": ns|null, "fault", "detail": {}}. What killed
                  the server ends with its next start.
`export.jsonl`    `daybook-replay export -o jsonl` at the end; `audit.json` is what
                  `daybook-replay audit -o json` says of it.
"""

import json
import os
import threading
import time
from contextlib import contextmanager
from pathlib import Path


class Journal:
    """A file of JSON Lines. Any thread may add."""

    def __init__(self, path: Path):
        self.path = path
        self._lock = threading.Lock()
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def add(self, **line) -> None:
        text = (json.dumps(line, separators=(",", ":")) + "\n").encode()
        with self._lock:
            os.write(self._descriptor, text)

    def close(self) -> None:
        os.close(self._descriptor)


class Ledger:
    """The ledger of one run. May be opened again, and goes on where it was."""

    def __init__(self, path: Path):
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.data = path / "data"
        self.log = path / "server.log"
        self.export = path / "export.jsonl"
        self.audit = path / "audit.json"
        self.calls = Journal(path / "calls.jsonl")
        self.receipts = Journal(path / "receipts.jsonl")
        self._faults = Journal(path / "faults.jsonl")

    def fault(self, fault: str, began: int, ended: int | None = None, **detail) -> None:
        """Notes what was done to the server or to what is around it, when it is over. `ended` is
        None for what has no duration."""
        self._faults.add(time=began, end=ended, fault=fault, detail=detail)

    @contextmanager
    def faulty(self, fault: str, **detail):
        """Notes what is done while the body runs. The body may add to the detail."""
        began = now()
        try:
            yield detail
        finally:
            self.fault(fault, began, now(), **detail)

    def close(self) -> None:
        for journal in (self.calls, self.receipts, self._faults):
            journal.close()


def now() -> int:
    """Nanoseconds since 1970."""
    return time.time_ns()


def lines(path: Path) -> list[dict]:
    """All lines of a file of JSON Lines; none if there is no such file."""
    if not path.exists():
        return []
    with path.open() as file:
        return [json.loads(line) for line in file]
