"""The application as most are: FastAPI under uvicorn, on a thread."""

import asyncio
import dataclasses
import socket
import threading

import uvicorn
from fastapi import FastAPI, Request, Response

from Harness import app
from Harness.app import Call
from Harness.waiting import DEADLINE, wait_until


class App(app.App):
    _server: uvicorn.Server | None = None

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
        self.came()

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
            self.left()
            self._server.should_exit = True
            self._thread.join(DEADLINE)
            assert not self._thread.is_alive(), "the app does not stop"
            self._thread = None

    def _fastapi(self) -> FastAPI:
        api = FastAPI()

        @api.post("/job/{name}")
        async def job(name: str, request: Request) -> Response:
            call = await arrived(name, request)
            answer = self.note(call)
            if name.startswith(self.held):
                await self._gate.wait()
            call.reply(answer)
            return Response(
                answer.content,
                status_code=answer.status,
                media_type="application/json" if answer.content else None,
                headers=dict(answer.headers),
            )

        return api


async def arrived(name: str, request: Request) -> Call:
    call = Call(name, request.scope["raw_path"], dict(request.headers), b"")
    return dataclasses.replace(call, body=await request.body())
