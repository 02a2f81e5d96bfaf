"""The app: notes every callback before it answers, and answers by a seed: 200, 500, slowly, or not
at all. It can go down and come back.

Asyncio on a thread of its own. Reads just enough HTTP/1.1 for what Daybook sends: requests with
Content-Length on connections that stay.
"""

import asyncio
import hashlib
import json
import threading
from dataclasses import dataclass, field
from urllib.parse import unquote

from records import RunDirectory, now
from server import free_port

PATH = "/job/"


@dataclass(frozen=True)
class Manners:
    """How often, of 1,000 calls, the app does not simply answer 200 at once."""

    failing: int = 0
    dropping: int = 0
    slow: int = 0
    # Seconds that a slow answer takes at most.
    slow_max: float = 0.3


@dataclass(frozen=True)
class Receipt:
    """One callback, as it came."""

    name: str
    key: str
    due: str
    attempt: int
    cause: str
    trigger: int
    body: str
    time: int = field(default_factory=now)


CALM = Manners()
MOODY = Manners(failing=80, dropping=40, slow=80)
# For a stream: it cannot say with what code something failed, and drops all at once.
FICKLE = Manners(dropping=20, slow=40)


class App:
    app_id = "shop"

    def __init__(self, run: RunDirectory, seed: int, manners: Manners = MOODY):
        self.run = run
        self.port = free_port()
        self.manners = manners
        self._seed = seed
        # How many callbacks were noted. Whoever waits for one waits for `received`.
        self.count = 0
        self.received = threading.Condition()
        self._seen: dict[str, int] = {}
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    # Its life

    def start(self) -> None:
        """Comes up, on the port it always has."""
        self._await(self._listen())

    def down(self) -> None:
        """Takes no connections any more and drops those there are, with what was unanswered."""
        self._await(self._close())

    def calm(self) -> None:
        """From now on answers everything with 200, at once."""
        self.manners = CALM

    def close(self) -> None:
        """The end; what it was about to note is noted."""
        self.down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def wait_for(self, count: int, seconds: float = 30) -> bool:
        """Waits until `count` callbacks have been noted since the start; False if that takes longer
        than `seconds`."""
        with self.received:
            return self.received.wait_for(lambda: self.count >= count, seconds)

    def _await(self, coroutine) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _close(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        for connection in list(self._connections):
            connection.transport.abort()
        handlers = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        await asyncio.gather(*handlers, return_exceptions=True)

    # Its work

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            while await self._answer(reader, writer):
                pass
        except (OSError, EOFError, asyncio.LimitOverrunError):
            # The other side is gone, perhaps in the middle of a request: then nothing was asked.
            pass
        finally:
            self._connections.discard(writer)
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Takes one request; returns whether the connection stays."""
        first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        pairs = (line.partition(":") for line in rest if line)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        if method != "POST" or not path.startswith(PATH):
            writer.write(response(404))
            return True
        receipt = Receipt(
            name=unquote(path.removeprefix(PATH)), key=headers["idempotency-key"],
            due=headers["daybook-due-time"], attempt=int(headers["daybook-attempt"]),
            cause=headers["daybook-cause"], trigger=int(headers["daybook-trigger"]),
            body=body.decode(errors="replace"),
        )  # fmt: skip
        status, pause = self.decide(receipt.key)
        if pause:
            await asyncio.sleep(pause)
        if writer.is_closing():
            status = None
        self.note(receipt, status)
        if status is None:
            return False
        writer.write(response(status))
        return True

    def decide(self, key: str) -> tuple[int | None, float]:
        """Status and seconds before it, the same for the same seed, key and number of the call."""
        number = self._seen[key] = self._seen.get(key, 0) + 1
        digest = hashlib.blake2s(f"{self._seed} {key} {number}".encode(), digest_size=8).digest()
        draw = int.from_bytes(digest[:4], "little") % 1000
        manners = self.manners
        if draw < manners.failing:
            return 500, 0
        if draw < manners.failing + manners.dropping:
            return None, 0
        if draw < manners.failing + manners.dropping + manners.slow:
            return 200, manners.slow_max * int.from_bytes(digest[4:6], "little") / 65536
        return 200, 0

    def note(self, receipt: "Receipt", status: int | None) -> None:
        self.run.receipts.add(
            time=receipt.time, replied=None if status is None else now(), app=self.app_id,
            name=receipt.name, key=receipt.key, due=receipt.due,
            tick=int(receipt.key.rpartition("-")[2]), attempt=receipt.attempt,
            cause=receipt.cause, trigger=receipt.trigger, body=receipt.body, status=status,
        )  # fmt: skip
        with self.received:
            self.count += 1
            self.received.notify_all()


def response(status: int) -> bytes:
    body = json.dumps({"error": "not today"}).encode() if status >= 400 else b""
    head = f"HTTP/1.1 {status} {'OK' if status < 400 else 'Error'}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
