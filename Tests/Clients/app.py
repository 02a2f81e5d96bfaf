"""The application: FastAPI under uvicorn on a thread. It notes calls and answers by script."""

import asyncio
import json
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response

from waiting import DEADLINE, wait_until


@dataclass(frozen=True)
class Call:
    """One call of the app, as it arrived."""

    name: str
    raw_path: bytes
    headers: dict[str, str]
    body: bytes
    # When it came, in nanoseconds since 1970.
    time: int

    @property
    def key(self) -> str:
        return self.headers["idempotency-key"]

    @property
    def tick(self) -> int:
        return int(self.key.rpartition("-")[2])

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


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()


class App:
    def __init__(self, port: int):
        self.port = port
        self.changed = threading.Condition()
        self.calls: list[Call] = []
        self.is_held = False
        self._scripts: dict[str, list[Answer]] = {}
        self._thread: threading.Thread | None = None
        self._server: uvicorn.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._gate: asyncio.Event | None = None

    # The script

    def answers(self, name: str, *answers: Answer) -> None:
        """What the calls of job `name` are answered, one by one; the last answer stays."""
        self._scripts[name] = list(answers)

    def hold(self) -> None:
        """From now on calls are noted and not answered, until `release`."""
        self.is_held = True
        self._set_gate()

    def release(self) -> None:
        self.is_held = False
        self._set_gate()

    def _set_gate(self) -> None:
        loop, gate = self._loop, self._gate
        if loop and gate and not loop.is_closed():
            loop.call_soon_threadsafe(gate.clear if self.is_held else gate.set)

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
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        config = uvicorn.Config(
            self._fastapi(), log_level="warning", lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, args=(listener,), daemon=True)
        self._thread.start()
        wait_until(lambda: self._server.started, "the app has started")

    def _run(self, listener: socket.socket) -> None:
        async def main():
            self._loop, self._gate = asyncio.get_running_loop(), asyncio.Event()
            if not self.is_held:
                self._gate.set()
            await self._server.serve(sockets=[listener])

        asyncio.run(main())
        listener.close()

    def stop(self) -> None:
        """Stops listening, finishes what is in hand, closes every connection."""
        if self._thread:
            self._server.should_exit = True
            self._thread.join(DEADLINE)
            assert not self._thread.is_alive(), "the app does not stop"
            self._thread = None

    def _fastapi(self) -> FastAPI:
        api = FastAPI()

        @api.post("/job/{name}")
        async def job(name: str, request: Request) -> Response:
            now = time.time_ns()
            call = Call(
                name=name,
                raw_path=request.scope["raw_path"],
                headers=dict(request.headers),
                body=await request.body(),
                time=now,
            )
            with self.changed:
                self.calls.append(call)
                script = self._scripts.get(name, [Answer()])
                answer = script.pop(0) if len(script) > 1 else script[0]
                self.changed.notify_all()
            await self._gate.wait()
            content = b"" if answer.body is None else json.dumps(answer.body).encode()
            return Response(
                content,
                status_code=answer.status,
                media_type="application/json" if content else None,
                headers=dict(answer.headers),
            )

        return api
