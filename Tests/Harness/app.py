"""The application: notes calls and answers by script.

Asyncio on a thread of its own. Reads just enough HTTP/1.1 for what Daybook sends: requests with
Content-Length on connections that stay.
"""

import asyncio
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from .waiting import DEADLINE, free_port, wait_until

PATH = b"/job/"


@dataclass
class Call:
    """One call of the app, as it arrived, and what came of it."""

    name: str
    raw_path: bytes
    headers: dict[str, str]
    body: bytes
    # When it came, in nanoseconds since 1970.
    time: int = field(default_factory=time.time_ns)
    # When it was answered, and what; None if it was not.
    replied: int | None = None
    answer: "Answer | None" = None

    @property
    def key(self) -> str:
        return self.headers["idempotency-key"]

    @property
    def tick(self) -> int:
        return int(self.key.rpartition("-")[2])

    @property
    def generation(self) -> int:
        """The record by which the job was accepted."""
        return int(self.key.split("-")[1])

    @property
    def trigger(self) -> int:
        """The record by which the call was decided."""
        return int(self.headers["daybook-trigger"])

    @property
    def attempt(self) -> int:
        return int(self.headers["daybook-attempt"])

    @property
    def cause(self) -> str:
        return self.headers["daybook-cause"]

    @property
    def due(self) -> str:
        return self.headers["daybook-due-time"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    def reply(self, answer: "Answer") -> None:
        """Notes what it is about to be answered."""
        self.replied, self.answer = time.time_ns(), answer

    def receipt(self, app_id: str) -> dict:
        """Its line in the ledger."""
        return {
            "time": self.time, "replied": self.replied, "app": app_id, "name": self.name,
            "key": self.key, "due": self.due, "tick": self.tick, "attempt": self.attempt,
            "cause": self.cause, "trigger": self.trigger, "body": self.text,
            "status": self.answer.status if self.answer else None,
            "word": self.answer.word if self.answer else None,
            "code": self.answer.code if self.answer else None,
        }  # fmt: skip


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    # What the log has in place of the status, if that is not it.
    code: int | None = None
    # The body where it is no JSON.
    raw: bytes | None = None

    @property
    def word(self) -> str | None:
        """What it says in JSON of the trigger, beside the status."""
        said = self.body.get("status") if isinstance(self.body, dict) else None
        return said if isinstance(said, str) else None

    @property
    def content(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return b"" if self.body is None else json.dumps(self.body).encode()


class Receiver:
    """What triggers are sent to, and that is there at times."""

    def __init__(self):
        # From when to when it was away; without an end it still is.
        self.absences: list[list[int | None]] = [[time.time_ns(), None]]

    def came(self) -> None:
        self.absences[-1][1] = self.absences[-1][1] or time.time_ns()

    def left(self, since: int | None = None) -> None:
        self.absences.append([since or time.time_ns(), None])


class App(Receiver):
    """Answers 200 unless told otherwise. It can go away and come back, on its port."""

    def __init__(self, port: int | None = None):
        super().__init__()
        self.port = port or free_port()
        self.changed = threading.Condition()
        self.calls: list[Call] = []
        self.is_held, self.held = False, ("",)
        self._scripts: dict[str, list[Answer]] = {}
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._gate: asyncio.Event | None = None
        self._connections: set[asyncio.StreamWriter] = set()

    # The script

    def answers(self, name: str, *answers: Answer) -> None:
        """What the calls of job `name` are answered, one by one; the last answer stays."""
        self._scripts[name] = list(answers)

    def hold(self, *beginnings: str) -> None:
        """From now on calls are noted and not answered, until `release`; or only those of jobs
        whose names begin so."""
        self.is_held, self.held = True, beginnings or ("",)
        self._set_gate()

    def release(self) -> None:
        self.is_held = False
        self._set_gate()

    def _set_gate(self) -> None:
        loop, gate = self._loop, self._gate
        if loop and gate and not loop.is_closed():
            loop.call_soon_threadsafe(gate.clear if self.is_held else gate.set)

    def note(self, call: Call, unless=None, otherwise: Answer = Answer()) -> Answer:
        """Notes a call, unless its answer has the status `unless`. Returns that answer, the next
        of the script or `otherwise`."""
        with self.changed:
            script = self._scripts.get(call.name, [otherwise])
            answer = script.pop(0) if len(script) > 1 else script[0]
            if unless is None or answer.status != unless:
                self.calls.append(call)
                self.changed.notify_all()
        return answer

    async def reply(self, call: Call, connection: asyncio.StreamWriter) -> Answer | None:
        """What to answer; None: the connection is dropped without an answer."""
        answer = self.note(call)
        if call.name.startswith(self.held):
            await self._gate.wait()
        call.reply(answer)
        return answer

    # What was seen

    def calls_of(self, name: str) -> list[Call]:
        return [call for call in self.calls if call.name == name]

    def wait_for(self, name: str, count: int = 1, deadline: float = DEADLINE) -> list[Call]:
        """Waits until job `name` has been called `count` times; returns all its calls."""
        return self.wait_until(
            lambda: len(found := self.calls_of(name)) >= count and found,
            f"{count} calls of {name}",
            deadline,
        )

    def wait_until(self, predicate, what: str, deadline: float = DEADLINE):
        return wait_until(predicate, what, deadline, self.changed)

    # Its life

    def start(self) -> None:
        is_ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run(is_ready)), daemon=True
        )
        self._thread.start()
        assert is_ready.wait(DEADLINE), "the app does not start"
        self.came()

    def stop(self) -> None:
        """Takes no connections any more and drops those there are, with what was unanswered."""
        if self._thread:
            self.left()
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(DEADLINE)
            assert not self._thread.is_alive(), "the app does not stop"
            self._thread = None

    async def _run(self, is_ready: threading.Event) -> None:
        self._loop, self._gate = asyncio.get_running_loop(), asyncio.Event()
        self._stopping = asyncio.Event()
        if not self.is_held:
            self._gate.set()
        await self._listen()
        is_ready.set()
        await self._stopping.wait()
        self._listener.close()
        for connection in list(self._connections):
            connection.transport.abort()
        # Nobody waits for an answer any more; what is about to be noted is noted.
        self._gate.set()
        handlers = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*handlers, return_exceptions=True)

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, backlog=1_024)

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
        first, *rest = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        method, path, _ = first.split(b" ", 2)
        pairs = (line.decode("latin-1").partition(":") for line in rest if line)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        if method != b"POST" or not path.startswith(PATH):
            writer.write(encoded(Answer(404)))
            return True
        name = unquote_to_bytes(path.removeprefix(PATH)).decode()
        answer = await self.reply(Call(name, path, headers, body), writer)
        if answer is None:
            return False
        writer.write(encoded(answer))
        return True


def encoded(answer: Answer) -> bytes:
    head = f"HTTP/1.1 {answer.status} {'OK' if answer.status < 400 else 'Error'}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
    return f"{head}Content-Length: {len(answer.content)}\r\n\r\n".encode() + answer.content
